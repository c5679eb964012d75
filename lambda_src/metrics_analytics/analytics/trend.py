"""Hosts beyond a threshold, hosts that will be, and hosts that say nothing any more."""

from collections.abc import Iterator
from statistics import fmean

from analytics.collection import Collection
from analytics.datapoints import SeriesKey
from analytics.findings import SILENT, THRESHOLD, TREND, Finding
from analytics.series import Series, Window
from analytics.settings import MetricType, Threshold, TrendSettings
from analytics.slope import Line, fit_line
from analytics.words import hours, quantity

REACH = 4
"""How many times further ahead than it has seen a trend may look: three hours of data say nothing of next week."""
LATE = 3600
"""Seconds by which all of a type's datapoints may be late without being a sign of silence, as CloudWatch's own may."""
_LOWER = {"HIGH": "MEDIUM", "MEDIUM": "LOW", "LOW": "LOW"}


def judge(
    metric_type: str, collection: Collection, window: Window, kind: MetricType, settings: TrendSettings
) -> Iterator[Finding]:
    """What is to be said of the series of one type.

    The present is the newest datapoint of the type, or the window's end where even that is long before it. A series is
    told once: for the most severe threshold that the mean of its recent values is beyond, or else for the one that its
    line reaches first. A host is silent when none of its series of the type has a recent value.
    """
    newest = max((t for series in collection.values() for t, _ in series.points()), default=window.end)
    now = newest if newest >= window.end - window.resolution - LATE else window.end
    recent = now - settings.recent
    heard: set[str] = set()
    for key, series in collection.items():
        values = series.since(recent)
        if not values:
            continue
        heard.add(key.host)
        thresholds = kind.thresholds_of(key.metric)
        if thresholds:
            found = _beyond(metric_type, key, series, fmean(values), thresholds) or _ahead(
                metric_type, key, series, now, thresholds, settings
            )
            if found:
                yield found
    silent: dict[str, list[tuple[SeriesKey, Series]]] = {}
    for key, series in collection.items():
        if key.host not in heard:
            silent.setdefault(key.host, []).append((key, series))
    for host, own in silent.items():
        yield _silent(metric_type, host, own, now)


def _beyond(
    metric_type: str, key: SeriesKey, series: Series, value: float, thresholds: tuple[Threshold, ...]
) -> Finding | None:
    for threshold in thresholds:
        if threshold.is_breached_by(value):
            side = "at" if value == threshold.threshold else "below" if threshold.is_floor else "above"
            return Finding(
                kind=THRESHOLD,
                severity=threshold.severity,
                metric_type=metric_type,
                host=key.host,
                metric=key.metric,
                unit=series.unit,
                value=value,
                threshold=threshold.threshold,
                text=f"{name(key)} is {quantity(value, series.unit)}, {side} the threshold of "
                f"{quantity(threshold.threshold, series.unit)}",
                urgency=abs(value - threshold.threshold) / max(abs(threshold.threshold), 1e-9),
                dimensions=key.dimensions,
            )
    return None


def _ahead(
    metric_type: str,
    key: SeriesKey,
    series: Series,
    now: float,
    thresholds: tuple[Threshold, ...],
    settings: TrendSettings,
) -> Finding | None:
    points = list(series.points())
    line = fit_line(points) if len(points) >= settings.points else None
    if line is None or line.fit < settings.fit:
        return None
    reached = [
        (seconds, threshold)
        for threshold in thresholds
        if (seconds := _until(line, threshold, now)) is not None and seconds <= min(settings.horizon, REACH * line.span)
    ]
    if not reached:
        return None
    seconds, threshold = min(reached, key=lambda one: one[0])
    value = points[-1][1]
    return Finding(
        kind=TREND,
        severity=_LOWER[threshold.severity],
        metric_type=metric_type,
        host=key.host,
        metric=key.metric,
        unit=series.unit,
        value=value,
        threshold=threshold.threshold,
        text=f"{name(key)} is {quantity(value, series.unit)} and reaches "
        f"{quantity(threshold.threshold, series.unit)} {hours(seconds)}",
        urgency=-seconds,
        hours=seconds / 3600,
        dimensions=key.dimensions,
    )


def _until(line: Line, threshold: Threshold, now: float) -> float | None:
    """Seconds until the line reaches the threshold from its good side; None where it does not go there."""
    towards = line.slope < 0 if threshold.is_floor else line.slope > 0
    return line.seconds_until(threshold.threshold, now) if towards else None


def _silent(metric_type: str, host: str, own: list[tuple[SeriesKey, Series]], now: float) -> Finding:
    last = max(t for _, series in own for t, _ in series.points())
    metrics = sorted({key.metric for key, _ in own})
    why = "it was stopped" if host.startswith("arn:") else "it was stopped, or its agent was"  # a flow has no agent
    return Finding(
        kind=SILENT,
        severity="MEDIUM",
        metric_type=metric_type,
        host=host,
        metric=metrics[0],
        unit=own[0][1].unit,
        value=None,
        threshold=None,
        text=f"{host} has sent no {', '.join(metrics)} for {quantity((now - last) / 60, 'minutes')}: {why}",
        urgency=now - last,
    )


def name(key: SeriesKey) -> str:
    """A series for people: its metric and host, and what tells it from the host's others."""
    others = [f"{name} {value}" for name, value in key.dimensions if value != key.host]
    return f"{key.metric} of {key.host}" + (f" ({', '.join(others)})" if others else "")
