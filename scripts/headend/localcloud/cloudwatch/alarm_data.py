"""The datapoints an alarm looks at: statistics or metric math over windows that end now, or at full hours.

The windows of an alarm slide with its evaluations (every 10 s for periods below a minute, every hour for alarms that
look back over more than a day, else every minute) unless it asks for a wall clock window. Sources:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from headend.localcloud.cloudwatch import metric_math
from headend.localcloud.cloudwatch.alarm_evaluation import EXTRA_PERIODS
from headend.localcloud.cloudwatch.alarm_events import returns_data, statistic_of
from headend.localcloud.cloudwatch.metric_math import Series
from headend.localcloud.cloudwatch.metric_query import Computation, Query, Source
from headend.localcloud.cloudwatch.metric_statistics import percentile_of, statistic
from headend.localcloud.cloudwatch.metric_store import key_of

LOOK_BACK_SECONDS = 300
"""FILL(…, REPEAT) repeats a value that is at least this old, whatever the evaluation range."""

DAY = 86400
WATCHED = "watched"
"""The id of an alarm's only metric."""


class Datapoint(NamedTuple):
    """Start of the period in epoch seconds, the value or None, and the limits of an anomaly band or None."""

    moment: float
    value: float | None
    lower: float | None = None
    upper: float | None = None


def period_of(alarm: Any) -> int:
    """The period in seconds; of metric math, the longest of its metrics."""
    if not alarm.metric_data_queries:
        return int(alarm.period)
    stated = [int(query.period) for query in alarm.metric_data_queries if query.expression and query.period]
    periods = stated or [int(query.metric_stat.period) for query in alarm.metric_data_queries if query.metric_stat]
    return max(periods, default=60)


def interval_of(alarm: Any) -> int:
    """Seconds between two evaluations."""
    period = period_of(alarm)
    if period < 60:
        return 10
    return 3600 if period * int(alarm.evaluation_periods) > DAY else 60


def end_of(alarm: Any, moment: float) -> float:
    """The end of the newest window that has closed at `moment` (epoch seconds)."""
    interval = interval_of(alarm)
    sliding = moment // interval * interval
    zone = wall_clock_of(alarm)
    if zone is None:
        return sliding
    period = period_of(alarm)
    shift = shift_of(datetime.fromtimestamp(sliding, tz=UTC), zone)
    monday = 4 * DAY if period == 7 * DAY else 0  # the epoch began on a Thursday
    return (sliding + shift - monday) // period * period + monday - shift


def wall_clock_of(alarm: Any) -> str | None:
    """The time zone of a wall clock window; None for a sliding one."""
    window = getattr(alarm, "evaluation_window", None) or {}
    return (window["WallClockWindow"] or {}).get("Timezone") or "UTC" if "WallClockWindow" in window else None


def shift_of(moment: datetime, zone: str) -> float:
    """Seconds between UTC and the zone: a name, +05:30, or UTC+05:30. Raises ValueError, ZoneInfoNotFoundError."""
    offset = zone.removeprefix("UTC").removeprefix("GMT")
    if zone and (not offset or offset[0] in "+-"):
        return (datetime.strptime(offset or "+00:00", "%z").utcoffset() or timedelta()).total_seconds()
    return (moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()).total_seconds()


def queries_of(alarm: Any) -> list[Query]:
    """What the alarm computes, with the names of the API."""
    if alarm.metric_data_queries:
        return [_query(query) for query in alarm.metric_data_queries]
    metric = {
        "Namespace": alarm.namespace,
        "MetricName": alarm.metric_name,
        "Dimensions": [{"Name": d.name, "Value": d.value} for d in alarm.dimensions],
    }
    stat = {"Metric": metric, "Period": int(alarm.period), "Stat": statistic_of(alarm), "Unit": alarm.unit}
    return [{"Id": WATCHED, "MetricStat": stat}]


def _query(query: Any) -> Query:
    fields: dict[str, Any] = {"Id": query.id, "Label": query.label, "ReturnData": returns_data(query)}
    if query.expression:
        return {**fields, "Expression": query.expression, "Period": query.period}
    stat = query.metric_stat
    metric = {
        "Namespace": stat.metric.namespace,
        "MetricName": stat.metric.metric_name,
        "Dimensions": [{"Name": d.name, "Value": d.value} for d in stat.metric.dimensions],
    }
    return {**fields, "MetricStat": {"Metric": metric, "Period": stat.period, "Stat": stat.stat, "Unit": stat.unit}}


def watched_id(alarm: Any) -> str:
    """The id of the query that the alarm compares with its threshold or band."""
    if not alarm.metric_data_queries:
        return WATCHED
    returning = [query.id for query in alarm.metric_data_queries if returns_data(query)]
    return next((str(name) for name in returning if name != alarm.threshold_metric_id), str(returning[0]))


def datapoints(alarm: Any, source: Source, end: float) -> list[Datapoint]:
    """The evaluation range that ends at `end` (epoch seconds), oldest first. Raises ValueError for bad expressions."""
    period = period_of(alarm)
    count = int(alarm.evaluation_periods) + EXTRA_PERIODS
    wanted = [end - number * period for number in range(count, 0, -1)]
    queries = queries_of(alarm)
    start = wanted[0]
    if any(query.get("Expression") and metric_math.fills_by_repeating(query["Expression"]) for query in queries):
        start = min(start, end - -(-LOOK_BACK_SECONDS // period) * period)
    computed = Computation(source, queries, start, end).run()
    watched = computed[watched_id(alarm)]
    if not isinstance(watched, Series):
        raise metric_math.MetricMathError(f"the expression of {alarm.name} does not give a single time series")
    if not alarm.threshold_metric_id:
        return [Datapoint(moment, watched.get(moment)) for moment in wanted]
    band = computed[alarm.threshold_metric_id]
    if not isinstance(band, list) or len(band) != 2:
        raise metric_math.MetricMathError(f"{alarm.threshold_metric_id} of {alarm.name} is not an anomaly band")
    upper, lower = band
    return [
        Datapoint(moment, watched[moment], lower[moment], upper[moment])
        if moment in watched and moment in upper and moment in lower
        else Datapoint(moment, None)
        for moment in wanted
    ]


def too_few_samples(alarm: Any, source: Source, end: float) -> bool:
    """Whether a percentile of the evaluation periods would rest on too few samples, and the alarm is to ignore that.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
    """
    if alarm.evaluate_low_sample_count_percentile != "ignore" or not alarm.extended_statistic:
        return False
    share = percentile_of(alarm.extended_statistic)
    if share is None or not 0 < share < 1:
        return False
    needed = 10 / (1 - share) if share >= 0.5 else 10 / share
    key = key_of(alarm.namespace, alarm.metric_name, ((d.name, d.value) for d in alarm.dimensions))
    start = end - period_of(alarm) * int(alarm.evaluation_periods)
    count = statistic("SampleCount", source.store.columns(key, start, end, alarm.unit)) or 0
    return count < round(needed, 6)
