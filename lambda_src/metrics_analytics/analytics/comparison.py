"""This day's hours against the same hours of the previous day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import fmean

from analytics.collection import Collection, hosts
from analytics.datapoints import SeriesKey
from analytics.findings import DROP, GONE, RISE, Finding
from analytics.series import Series
from analytics.settings import Change, DaySettings
from analytics.trend import name
from analytics.words import quantity


@dataclass
class Coverage:
    """How much of the previous day there was to compare with.

    Attributes:
        compared: series that both days have enough common hours of.
        partly: series that both days have, and not enough of.
        hosts_new, hosts_gone: whose series of a type are there on this day only, on the previous day only.
    """

    series: int = 0
    compared: int = 0
    partly: int = 0
    hosts_new: set[str] = field(default_factory=set)
    hosts_gone: set[str] = field(default_factory=set)

    def add(self, other: "Coverage") -> None:
        """Count another type's too."""
        self.series += other.series
        self.compared += other.compared
        self.partly += other.partly
        self.hosts_new |= other.hosts_new
        self.hosts_gone |= other.hosts_gone

    @property
    def previous(self) -> str:
        """complete, partial, other-hosts or none: what the previous day's objects hold of this day's series."""
        if self.series and self.compared == self.series:
            return "complete"
        if self.compared or self.partly:
            return "partial"
        return "other-hosts" if self.hosts_gone else "none"


def compare(
    metric_type: str, today: Collection, before: Collection, change: Change, settings: DaySettings
) -> tuple[list[Finding], Coverage]:
    """What changed, and how much could be compared.

    Only times of day that both days have a value for are compared, so a gap on either day moves no mean.
    """
    now_hosts, then_hosts = hosts(today), hosts(before)
    coverage = Coverage(
        series=len(today),
        hosts_new=now_hosts - then_hosts,
        hosts_gone=then_hosts - now_hosts,
    )
    found: list[Finding] = []
    for key, series in today.items():
        previous = before.get(key)
        if previous is None:
            continue
        now, then = series.slots(), previous.slots()
        common = now.keys() & then.keys()
        if len(common) < settings.overlap * len(now) or not common:
            coverage.partly += 1
            continue
        coverage.compared += 1
        one = _change(metric_type, key, series, _mean(now, common), _mean(then, common), change)
        if one:
            found.append(one)
    if today:
        found.extend(_gone(metric_type, coverage.hosts_gone, before))
    return found, coverage


def _mean(values: Mapping[int, float], slots: set[int]) -> float:
    return fmean(values[slot] for slot in slots)


def _change(
    metric_type: str, key: SeriesKey, series: Series, now: float, then: float, change: Change
) -> Finding | None:
    difference = now - then
    if difference == 0 or abs(difference) < change.minimum:
        return None
    percent = abs(difference) / abs(then) * 100 if then else None
    if percent is not None and percent < change.percent:
        return None
    kind, verb = (RISE, "rose") if difference > 0 else (DROP, "fell")
    by = f" by {percent:,.0f} %" if percent is not None and percent < 1e6 else ""
    return Finding(
        kind=kind,
        severity=change.severity,
        metric_type=metric_type,
        host=key.host,
        metric=key.metric,
        unit=series.unit,
        value=now,
        threshold=then,
        text=f"{name(key)} {verb}{by} from the previous day's {quantity(then, series.unit)} to "
        f"{quantity(now, series.unit)}",
        urgency=min(percent, 1e300) if percent is not None else 1e300,
        dimensions=key.dimensions,
    )


def _gone(metric_type: str, gone: set[str], before: Collection) -> Iterator[Finding]:
    first: dict[str, tuple[SeriesKey, Series]] = {}
    for key, series in before.items():
        if key.host in gone:
            first.setdefault(key.host, (key, series))
    for host, (key, series) in first.items():
        yield Finding(
            kind=GONE,
            severity="LOW",
            metric_type=metric_type,
            host=host,
            metric=key.metric,
            unit=series.unit,
            value=None,
            threshold=None,
            text=f"{host} has sent no {metric_type} metrics in these hours; on the previous day it did",
        )
