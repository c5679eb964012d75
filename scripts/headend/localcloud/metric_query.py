"""GetMetricData over the metric store: statistics per period, and metric math over them.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from headend.localcloud import metric_math
from headend.localcloud.metric_statistics import per_period
from headend.localcloud.metric_store import MetricStore, key_of

DEFAULT_PERIOD = 300


class Result(TypedDict):
    """One answered query; `values` run oldest first, `moments` are epoch seconds of the period starts."""

    id: str
    label: str
    moments: list[float]
    values: list[float]


def answer(store: MetricStore, queries: Sequence[Mapping[str, Any]], start: float, end: float) -> list[Result]:
    """Answer the queries that return data. Raises ValueError for what cannot be computed."""
    values: dict[str, metric_math.Value] = {}
    metrics = [query for query in queries if query.get("MetricStat")]
    for query in metrics:
        values[query["Id"]] = _statistics(store, query["MetricStat"], start, end)
    expressions = {query["Id"]: query for query in queries if query.get("Expression")}
    ids = [str(query["Id"]) for query in metrics]
    for query in _in_order(expressions):
        period = _period(query, metrics)
        moments = _moments(start, end, period)
        request = metric_math.Request(values=values, moments=moments, metrics=ids)
        values[query["Id"]] = metric_math.evaluate(query["Expression"], request)
    results: list[Result] = []
    for query in queries:
        if query.get("ReturnData") in (False, "false"):
            continue
        value = values[query["Id"]]
        for number, series in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(series, dict):
                raise metric_math.MetricMathError("the expression must give a time series, not a number")
            label = query.get("Label") or _label(query)
            moments = sorted(series)
            query_id = str(query["Id"]) if number == 0 else f"{query['Id']}_{number}"
            results.append({"id": query_id, "label": label, "moments": moments, "values": [series[m] for m in moments]})
    return results


def _statistics(store: MetricStore, wanted: Mapping[str, Any], start: float, end: float) -> metric_math.Series:
    metric = wanted["Metric"]
    period = int(wanted["Period"])
    dimensions = ((str(d["Name"]), str(d["Value"])) for d in metric.get("Dimensions") or [])
    key = key_of(metric["Namespace"], metric["MetricName"], dimensions)
    unit = wanted.get("Unit")
    samples = store.samples(key, math.floor(start / period) * period, end, None if unit == "None" else unit)
    return per_period(wanted["Stat"], samples, period)


def _in_order(expressions: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Expressions after those they refer to; METRICS() refers to metrics only."""
    ordered: list[Mapping[str, Any]] = []
    open_ids: list[str] = []

    def visit(query: Mapping[str, Any]) -> None:
        if query in ordered:
            return
        if query["Id"] in open_ids:
            raise metric_math.MetricMathError(f"the expression {query['Id']!r} refers to itself")
        open_ids.append(query["Id"])
        for name in sorted(metric_math.references(query["Expression"])):
            if name in expressions:
                visit(expressions[name])
        ordered.append(query)

    for query in expressions.values():
        visit(query)
    return ordered


def _period(query: Mapping[str, Any], metrics: Sequence[Mapping[str, Any]]) -> int:
    if query.get("Period"):
        return int(query["Period"])
    return max((int(metric["MetricStat"]["Period"]) for metric in metrics), default=DEFAULT_PERIOD)


def _moments(start: float, end: float, period: int) -> list[float]:
    first = math.floor(start / period) * period
    return [float(moment) for moment in range(first, math.ceil(end), period)]


def _label(query: Mapping[str, Any]) -> str:
    if query.get("MetricStat"):
        return str(query["MetricStat"]["Metric"]["MetricName"])
    return str(query["Id"])
