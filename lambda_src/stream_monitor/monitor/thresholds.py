"""Compares datapoints with thresholds."""

import operator
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from monitor.metrics import Datapoint, Datapoints
from monitor.settings import SEVERITIES, Threshold

_BREACHES = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
_GROWS_WITHIN_A_PERIOD = frozenset({"Sum", "SampleCount"})


@dataclass(frozen=True)
class Issue:
    """What is wrong with a flow: a value beyond its threshold, in the metric's unit.

    `condition` names what holds until MediaConnect takes it back, where the issue is its word.
    """

    metric: str
    value: float
    unit: str
    threshold: float
    severity: str
    condition: str | None = None

    def as_dict(self) -> dict[str, object]:
        """The issue as the workflow passes it on."""
        return {name: value for name, value in asdict(self).items() if name != "condition" or value is not None}


NO_DATA = Issue(metric="NoData", value=0, unit="Count", threshold=1, severity="HIGH")
FLOW_ERROR = Issue(metric="FlowError", value=1, unit="Count", threshold=1, severity="HIGH")


def worst(threshold: Threshold, points: Sequence[Datapoint], period: int, now: datetime) -> float | None:
    """The worst statistic of any one period: what an alarm on one period would see; None without datapoints.

    A sum that still grows is not held against a floor. A sum over several periods is the worst of all that fit.
    """
    if threshold.period and threshold.period > period and threshold.statistic == "Sum":
        points = _sums(points, timedelta(seconds=threshold.period))
    if threshold.is_floor and threshold.statistic in _GROWS_WITHIN_A_PERIOD:
        points = [point for point in points if point.start + timedelta(seconds=period) <= now]
    values = [point.value for point in points]
    if not values:
        return None
    return min(values) if threshold.is_floor else max(values)


def _sums(points: Sequence[Datapoint], span: timedelta) -> list[Datapoint]:
    """For each datapoint, the sum of those that begin less than `span` before it, and its own."""
    return [
        Datapoint(last.start, sum(point.value for point in points if last.start - span < point.start <= last.start))
        for last in points
    ]


def evaluate(
    thresholds: Iterable[Threshold], datapoints: Datapoints, since: datetime, now: datetime
) -> tuple[list[Issue], dict[str, float | None]]:
    """Issues, one for each metric (the most severe, then the first threshold's), and each metric's value.

    Only periods that begin at or after `since` count. The value is the first threshold's that has datapoints.
    """
    values: dict[str, float | None] = {}
    issues: dict[str, Issue] = {}
    for threshold in thresholds:
        series = datapoints.series.get((threshold.metric, threshold.statistic), [])
        value = worst(threshold, [point for point in series if point.start >= since], datapoints.period, now)
        if values.get(threshold.metric) is None:
            values[threshold.metric] = value
        if value is None or not _BREACHES[threshold.comparison](value, threshold.threshold):
            continue
        issue = Issue(threshold.metric, value, threshold.unit, threshold.threshold, threshold.severity)
        known = issues.get(issue.metric)
        if known is None or SEVERITIES.index(issue.severity) < SEVERITIES.index(known.severity):
            issues[issue.metric] = issue
    return sorted(issues.values(), key=lambda issue: SEVERITIES.index(issue.severity)), values
