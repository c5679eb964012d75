"""The datapoints an alarm looks at: statistics or metric math over windows that end now.

The windows of an alarm slide with its evaluations: every 10 s for periods below a minute, else every minute. Source:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headend.localcloud import metric_math
from headend.localcloud.alarm_evaluation import EXTRA_PERIODS
from headend.localcloud.alarm_events import returns_data, statistic_of
from headend.localcloud.alarm_reasons import Datapoint
from headend.localcloud.metric_statistics import per_period
from headend.localcloud.metric_store import MetricStore, key_of

LOOK_BACK_SECONDS = 300
"""FILL(…, REPEAT) repeats a value that is at least this old, whatever the evaluation range."""


def period_of(alarm: Any) -> int:
    """The period in seconds; of metric math, the longest of its metrics."""
    if not alarm.metric_data_queries:
        return int(alarm.period)
    stated = [int(query.period) for query in alarm.metric_data_queries if query.expression and query.period]
    periods = stated or [int(query.metric_stat.period) for query in alarm.metric_data_queries if query.metric_stat]
    return max(periods, default=60)


def interval_of(alarm: Any) -> int:
    """Seconds between two evaluations."""
    return 10 if period_of(alarm) < 60 else 60


def datapoints(alarm: Any, store: MetricStore, end: float) -> list[Datapoint]:
    """The evaluation range that ends at `end` (epoch seconds), oldest first. Raises ValueError for bad expressions."""
    period = period_of(alarm)
    count = int(alarm.evaluation_periods) + EXTRA_PERIODS
    wanted = [end - number * period for number in range(count, 0, -1)]
    if alarm.metric_data_queries:
        values = _math(alarm, store, end, period, wanted[0])
    else:
        key = key_of(alarm.namespace, alarm.metric_name, ((d.name, d.value) for d in alarm.dimensions))
        samples = store.samples(key, wanted[0], end, alarm.unit)
        values = per_period(statistic_of(alarm), samples, period, end % period)
    return [(moment, values.get(moment)) for moment in wanted]


def _math(alarm: Any, store: MetricStore, end: float, period: int, start: float) -> metric_math.Series:
    """The series of the query that returns data."""
    queries: Sequence[Any] = alarm.metric_data_queries
    if any(query.expression and metric_math.fills_by_repeating(query.expression) for query in queries):
        back = -(-LOOK_BACK_SECONDS // period) * period
        start = min(start, end - back)
    moments = [float(moment) for moment in range(int(start), int(end), period)]
    values: dict[str, metric_math.Value] = {}
    metrics = [query for query in queries if query.metric_stat]
    for query in metrics:
        metric = query.metric_stat.metric
        key = key_of(metric.namespace, metric.metric_name, ((d.name, d.value) for d in metric.dimensions))
        samples = store.samples(key, start, end, query.metric_stat.unit)
        values[query.id] = per_period(query.metric_stat.stat, samples, period, end % period)
    ids = [str(query.id) for query in metrics]
    pending = [query for query in queries if query.expression]
    while pending:
        names = {query.id for query in pending}
        ready = [query for query in pending if not metric_math.references(query.expression) & (names - {query.id})]
        if not ready:
            raise metric_math.MetricMathError(f"the expressions of {alarm.name} refer to each other")
        for query in ready:
            request = metric_math.Request(values=values, moments=moments, metrics=ids)
            values[query.id] = metric_math.evaluate(query.expression, request)
        pending = [query for query in pending if query not in ready]
    result = next(values[query.id] for query in queries if returns_data(query))
    if isinstance(result, float):
        return dict.fromkeys(moments, result)
    if not isinstance(result, dict):
        raise metric_math.MetricMathError(f"the expression of {alarm.name} gives more than one time series")
    return result
