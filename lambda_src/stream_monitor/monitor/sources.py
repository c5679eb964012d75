"""How each source of a flow is, from DescribeFlow and the metrics of its SourceARN.

https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-cloudwatch-metrics-source-health.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from monitor import decision, metrics, thresholds
from monitor.settings import SEVERITIES, Threshold

SELECTED, CONNECTED, BIT_RATE, LOST = "SourceSelected", "SourceConnected", "SourceBitRate", "SourceNotRecoveredPackets"
_ALWAYS: tuple[metrics.Series, ...] = (
    (SELECTED, "Maximum"),
    (CONNECTED, "Maximum"),
    (BIT_RATE, "Maximum"),
    (LOST, "Sum"),
)
_COUNT_RECOVERED_TOO = frozenset({"SourceDroppedPackets", "SourcePacketLossPercent"})
"""What counts packets that were recovered as well: no harm where SourceNotRecoveredPackets says that none was lost."""


@dataclass(frozen=True)
class Source:
    """A source as MediaConnect describes it; `role` is primary, backup or only."""

    name: str
    arn: str
    role: str


@dataclass(frozen=True)
class Criteria:
    """How sources are judged; all times in seconds.

    Attributes:
        thresholds: of the flow, those of its sources.
        threshold_seconds: the period that sums among them are meant for.
        severities: of issues that make a source degraded.
        window: how far back datapoints count.
        dead: a source is dead that sends nothing for so long while others are measured.
        no_data: every source is dead when nothing at all was measured for so long.
    """

    thresholds: tuple[Threshold, ...]
    threshold_seconds: int
    severities: frozenset[str]
    window: int
    dead: int
    no_data: int


@dataclass(frozen=True)
class Verdict:
    """What was found about a source."""

    source: Source
    selected: bool | None
    state: str
    bad_seconds: int
    reasons: tuple[str, ...]
    issues: tuple[thresholds.Issue, ...]
    values: Mapping[str, float | None]

    def as_dict(self) -> dict[str, Any]:
        """The verdict as the workflow passes it on."""
        return {
            "name": self.source.name,
            "arn": self.source.arn,
            "role": self.source.role,
            "selected": self.selected,
            "state": self.state,
            "bad_seconds": self.bad_seconds,
            "reasons": list(self.reasons),
            "issues": [issue.as_dict() for issue in self.issues],
            "values": dict(self.values),
        }

    def for_decision(self) -> decision.SourceState:
        """The verdict as the decision sees it."""
        return decision.SourceState(self.source.name, self.selected, self.state, self.bad_seconds)


def of_flow(flow: Mapping[str, Any]) -> list[Source]:
    """The sources of a flow as DescribeFlow answers it. Without a preferred source the first one is the primary."""
    described = flow.get("Sources") or ([flow["Source"]] if flow.get("Source") else [])
    names = [str(one.get("Name")) for one in described]
    preferred = ((flow.get("SourceFailoverConfig") or {}).get("SourcePriority") or {}).get("PrimarySource")
    primary = preferred if preferred in names else next(iter(names), None)
    return [
        Source(
            name=str(one.get("Name")),
            arn=str(one.get("SourceArn")),
            role="only" if len(described) == 1 else "primary" if one.get("Name") == primary else "backup",
        )
        for one in described
    ]


def failover_mode(flow: Mapping[str, Any]) -> str | None:
    """FAILOVER or MERGE; None where failover is off."""
    config = flow.get("SourceFailoverConfig") or {}
    if not config or config.get("State", "ENABLED") != "ENABLED":
        return None
    return decision.MERGE if config.get("FailoverMode") == decision.MERGE else decision.FAILOVER


def wanted(criteria: Criteria) -> list[metrics.Series]:
    """What to ask CloudWatch for, of each source."""
    return list(dict.fromkeys([*((t.metric, t.statistic) for t in criteria.thresholds), *_ALWAYS]))


def judge(
    found: Sequence[tuple[Source, metrics.Datapoints]],
    criteria: Criteria,
    now: datetime,
    merging: bool = False,
    since: datetime | None = None,
) -> list[Verdict]:
    """A verdict on each source.

    Metrics come late, by up to minutes, and all alike: sources are compared at the time of the newest datapoint of any.

    Args:
        found: each source's datapoints, of at least the last `no_data` seconds.
        since: judge only what was measured after this time, to see what an action has changed.
    """
    newest = max((_end(points) for _, points in found), default=None, key=lambda end: end or now - timedelta(days=1))
    reference = min(newest, now) if newest else None
    silent = reference is None or now - reference >= timedelta(seconds=criteria.no_data)
    only = len(found) == 1
    return [
        _verdict(source, points, criteria, now, reference, silent, merging, only, since) for source, points in found
    ]


def _verdict(
    source: Source,
    points: metrics.Datapoints,
    criteria: Criteria,
    now: datetime,
    reference: datetime | None,
    silent: bool,
    merging: bool,
    only: bool,
    since: datetime | None,
) -> Verdict:
    begin = (reference or now) - timedelta(seconds=criteria.window)
    judge_from = max(begin, since) if since else begin
    judged = _only_from(points, metrics.align(judge_from, points.period, up=True))
    selected = True if only else None if merging else _selected(judged)
    values = dict(_values(judged, criteria, now))

    def verdict(state: str, seconds: float, reason: str, issues: Iterable[thresholds.Issue] = ()) -> Verdict:
        return Verdict(source, selected, state, int(seconds), (reason,), tuple(issues), values)

    if points.problems:
        return verdict(decision.UNKNOWN, 0, f"CloudWatch did not answer in full: {points.problems[0][:200]}")
    if reference is None or silent:
        gone = criteria.no_data if reference is None else (now - reference).total_seconds()
        return verdict(decision.DEAD, gone, f"nothing was measured for {int(gone)} s, of any source")
    last = _end(points)
    quiet = (reference - last).total_seconds() if last else float(criteria.no_data)
    if quiet >= criteria.dead:
        return verdict(decision.DEAD, quiet, f"nothing was measured for {int(quiet)} s, while other sources were")
    if not any(judged.series.values()):
        return verdict(decision.UNKNOWN, 0, "nothing was measured yet")
    for metric, words in ((CONNECTED, "not connected"), (BIT_RATE, "no bit rate")):
        zero = _zero_for(judged, metric)
        if zero >= min(criteria.dead, (reference - judge_from).total_seconds()) and zero > 0:
            return verdict(decision.DEAD, zero, f"{words} for {int(zero)} s")
    issues, bad = _issues(judged, criteria, now)
    if bad:
        metric_names = ", ".join(sorted({issue.metric for issue in issues if issue.severity in criteria.severities}))
        return verdict(decision.DEGRADED, bad, f"{metric_names} beyond the threshold for {bad} s", issues)
    if quiet > 2 * points.period:
        return verdict(decision.UNKNOWN, quiet, f"nothing was measured for {int(quiet)} s", issues)
    return verdict(decision.HEALTHY, 0, f"no issue within {criteria.window} s", issues)


def _issues(points: metrics.Datapoints, criteria: Criteria, now: datetime) -> tuple[list[thresholds.Issue], int]:
    """The worst issue of each metric, and for how many seconds some issue made the source degraded."""
    limits = [_for_period(threshold, criteria.threshold_seconds, points.period) for threshold in criteria.thresholds]
    worst: dict[str, thresholds.Issue] = {}
    bad = 0
    for start in sorted({point.start for series in points.series.values() for point in series}):
        one = metrics.Datapoints(
            points.period,
            {key: [point for point in series if point.start == start] for key, series in points.series.items()},
        )
        nothing_lost = [point.value for point in one.series.get((LOST, "Sum"), [])] == [0]
        issues, _ = thresholds.evaluate(limits, one, start, now)
        issues = [issue for issue in issues if not (nothing_lost and issue.metric in _COUNT_RECOVERED_TOO)]
        bad += points.period * any(issue.severity in criteria.severities for issue in issues)
        for issue in issues:
            known = worst.get(issue.metric)
            if known is None or _rank(issue) < _rank(known):
                worst[issue.metric] = issue
    return sorted(worst.values(), key=_rank), bad


def _rank(issue: thresholds.Issue) -> tuple[int, float]:
    return SEVERITIES.index(issue.severity), -abs(issue.value - issue.threshold)


def _for_period(threshold: Threshold, meant_for: int, period: int) -> Threshold:
    """A sum's limit is meant for a period, its own or the flow's: in a shorter one, the same rate."""
    if threshold.statistic not in ("Sum", "SampleCount"):
        return threshold
    return replace(threshold, threshold=threshold.threshold * period / (threshold.period or meant_for), period=None)


def _values(points: metrics.Datapoints, criteria: Criteria, now: datetime) -> Iterable[tuple[str, float | None]]:
    for threshold in reversed(criteria.thresholds):
        series = points.series.get((threshold.metric, threshold.statistic), [])
        yield threshold.metric, thresholds.worst(threshold, series, points.period, now)
    for metric, statistic in _ALWAYS:
        if metric in {threshold.metric for threshold in criteria.thresholds}:
            continue
        series = points.series.get((metric, statistic), [])
        yield metric, series[-1].value if series else None


def _selected(points: metrics.Datapoints) -> bool | None:
    series = points.series.get((SELECTED, "Maximum"), [])
    return bool(series[-1].value) if series else None


def _zero_for(points: metrics.Datapoints, metric: str) -> float:
    """For how many seconds a metric has been zero, up to its newest datapoint."""
    count = 0
    for point in reversed(points.series.get((metric, "Maximum"), [])):
        if point.value > 0:
            break
        count += 1
    return float(count * points.period)


def _only_from(points: metrics.Datapoints, start: datetime) -> metrics.Datapoints:
    kept = {key: [point for point in series if point.start >= start] for key, series in points.series.items()}
    return metrics.Datapoints(points.period, kept, points.problems)


def _end(points: metrics.Datapoints) -> datetime | None:
    """When the newest period with a datapoint ends."""
    starts = [point.start for series in points.series.values() for point in series]
    return max(starts) + timedelta(seconds=points.period) if starts else None
