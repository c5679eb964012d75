"""Metric queries over the store: statistics per period and metric math over them, for GetMetricData and for alarms.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
Omitted: paging by MaxDatapoints, LabelOptions, dynamic labels, Metrics Insights.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

from headend.localcloud.cloudwatch import metric_math, metric_search
from headend.localcloud.cloudwatch.metric_math import Series, Value
from headend.localcloud.cloudwatch.metric_statistics import parse, per_period
from headend.localcloud.cloudwatch.metric_store import MetricStore, key_of

DEFAULT_PERIOD = 300
DAY = 86400
QUERY_LIMIT = 500
ID = re.compile(r"[a-z][a-zA-Z0-9_]*$")
SHORT_PERIODS = frozenset({1, 5, 10, 20, 30})

Query = Mapping[str, Any]
"""A MetricDataQuery with the names of the API."""

History = Callable[[float, float], Series]
"""(start, end) → the series of a metric or expression between two moments of the past."""

Limits = Callable[[Query, History, int, Sequence[float], float], list[Series]]
"""(query, its history, period, moments, standard deviations) → [upper limit, lower limit] at the moments."""


class Result(TypedDict):
    """One answered series; `values` run oldest first, `moments` are epoch seconds of the period starts."""

    id: str
    label: str
    moments: list[float]
    values: list[float]


@dataclass(frozen=True)
class Source:
    """Where queries read: the samples of a Region, and who knows anomaly bands."""

    store: MetricStore
    limits: Limits | None = None
    searchable: bool = True


@dataclass
class Computation:
    """The values of queries between `start` and `end` (epoch seconds); periods begin at `start`."""

    source: Source
    queries: Sequence[Query]
    start: float
    end: float
    values: dict[str, Value] = field(default_factory=dict)

    def run(self) -> dict[str, Value]:
        """The value of every query by id. Raises ValueError for what cannot be computed."""
        metrics = [query for query in self.queries if query.get("MetricStat")]
        for query in metrics:
            self.values[query["Id"]] = self._statistics(query)
        periods = {str(query["Id"]): int(query["MetricStat"]["Period"]) for query in metrics}
        for query in in_order(self.queries):
            period = period_of(query, self.queries)
            request = metric_math.Request(
                values=self.values,
                moments=moments(self.start, self.end, period),
                metrics=list(periods),
                periods=periods,
                search=self._search(period) if self.source.searchable else None,
                band=self._band(period),
            )
            self.values[query["Id"]] = metric_math.evaluate(query["Expression"], request)
        return self.values

    def _statistics(self, query: Query) -> Series:
        wanted = query["MetricStat"]
        metric, period = wanted["Metric"], int(wanted["Period"])
        dimensions = ((str(d["Name"]), str(d["Value"])) for d in metric.get("Dimensions") or [])
        key = key_of(metric["Namespace"], metric["MetricName"], dimensions)
        columns = self.source.store.columns(key, self.start, self.end, wanted.get("Unit") or None)
        return Series(per_period(wanted["Stat"], columns, period, self.start % period), label_of(query))

    def _search(self, period: int) -> metric_math.Search:
        def search(expression: str, stat: str) -> list[Series]:
            parse(stat)
            found = []
            for key in metric_search.find(expression, self.source.store.keys(self.end - 14 * DAY)):
                columns = self.source.store.columns(key, self.start, self.end)
                label = " ".join([*(value for _, value in key.dimensions), key.name])
                found.append(Series(per_period(stat, columns, period, self.start % period), label))
            return found

        return search

    def _band(self, period: int) -> metric_math.Band | None:
        limits = self.source.limits
        if limits is None:
            return None

        def band(wanted: str, deviations: float) -> list[Series]:
            query = next((one for one in self.queries if one["Id"] == wanted), None)
            if query is None:
                raise metric_math.MetricMathError(f"ANOMALY_DETECTION_BAND of {wanted!r}, which is not in the request")
            return limits(query, self._history(wanted), period, moments(self.start, self.end, period), deviations)

        return band

    def _history(self, wanted: str) -> History:
        """The past of one query, computed from those that it needs."""

        def history(start: float, end: float) -> Series:
            needed = needs(wanted, self.queries)
            value = Computation(Source(self.source.store), needed, start, end).run()[wanted]
            if not isinstance(value, Series):
                raise metric_math.MetricMathError("ANOMALY_DETECTION_BAND takes a single time series")
            return value

        return history


def answer(source: Source, queries: Sequence[Query], start: float, end: float, now: float) -> list[Result]:
    """Answer the queries that return data. Raises ValueError for what cannot be computed."""
    _check(queries)
    periods = [period_of(query, queries) for query in queries]
    computed = Computation(source, queries, rounded(start, min(periods, default=60), now), end).run()
    results: list[Result] = []
    for query in queries:
        if query.get("ReturnData") in (False, "false"):
            continue
        value = computed[query["Id"]]
        if not isinstance(value, Series | list):
            raise metric_math.MetricMathError("the expression must give a time series, not a number")
        for number, series in enumerate(value if isinstance(value, list) else [value]):
            label = label_of(query)
            if isinstance(value, list):
                own = series.label or str(number)
                label = f"{query['Label']} {own}".strip() if query.get("Label") is not None else own
            ordered = sorted(series)
            results.append(
                {"id": query["Id"], "label": label, "moments": ordered, "values": [series[m] for m in ordered]}
            )
    return results


def rounded(start: float, period: int, now: float) -> float:
    """A start as CloudWatch rounds it: to the minute, older ones to five minutes or the hour, short periods to
    themselves."""
    if period in SHORT_PERIODS:
        return start // period * period
    step = 60 if start > now - 15 * DAY else 300 if start > now - 63 * DAY else 3600
    return start // step * step


def in_order(queries: Sequence[Query]) -> list[Query]:
    """The expressions, each after those it refers to. Raises MetricMathError for a circle."""
    expressions = {query["Id"]: query for query in queries if query.get("Expression")}
    ordered: list[Query] = []
    open_ids: list[str] = []

    def visit(query: Query) -> None:
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


def needs(wanted: str, queries: Sequence[Query]) -> list[Query]:
    """The query with this id and all that it is computed from."""
    known = {query["Id"]: query for query in queries}
    needed: set[str] = set()
    pending = [wanted]
    while pending:
        name = pending.pop()
        if name in needed or name not in known:
            continue
        needed.add(name)
        if known[name].get("Expression"):
            pending.extend(metric_math.references(known[name]["Expression"]))
    return [query for query in queries if query["Id"] in needed]


def period_of(query: Query, queries: Sequence[Query]) -> int:
    """The period of a metric or expression; an expression without one has the longest of the metrics'."""
    if query.get("MetricStat"):
        return int(query["MetricStat"]["Period"])
    if query.get("Period"):
        return int(query["Period"])
    periods = (int(other["MetricStat"]["Period"]) for other in queries if other.get("MetricStat"))
    return max(periods, default=DEFAULT_PERIOD)


def label_of(query: Query) -> str:
    """What a legend shows for a query."""
    if query.get("Label"):
        return str(query["Label"])
    return str(query["MetricStat"]["Metric"]["MetricName"] if query.get("MetricStat") else query["Id"])


def moments(start: float, end: float, period: int) -> list[float]:
    """The starts of the periods from `start` to before `end`."""
    return [start + number * period for number in range(max(0, math.ceil((end - start) / period)))]


def valid_period(period: int) -> bool:
    """Whether statistics can be asked for by this period."""
    return period in SHORT_PERIODS or (period > 0 and period % 60 == 0)


def _check(queries: Sequence[Query]) -> None:
    if len(queries) > QUERY_LIMIT:
        raise ValueError(f"The collection MetricDataQueries must not have a size greater than {QUERY_LIMIT}.")
    ids = [str(query.get("Id") or "") for query in queries]
    for number, (name, query) in enumerate(zip(ids, queries, strict=True), start=1):
        if not ID.match(name):
            raise ValueError(
                f"The value {name} for parameter MetricDataQueries.member.{number}.Id is not matching the "
                "expected pattern ^[a-z][a-zA-Z0-9_]*$."
            )
        if name in ids[: number - 1]:
            raise ValueError(f"The values for parameter Id in MetricDataQueries are not unique: {name}.")
        if query.get("MetricStat") and query.get("Expression"):
            raise ValueError("The parameters MetricStat and Expression are mutually exclusive.")
        period = int((query.get("MetricStat") or query).get("Period") or 60)
        if not valid_period(period):
            raise ValueError(
                f"The value {period} for parameter MetricDataQueries.member.{number}.Period is not valid: "
                "1, 5, 10, 20, 30 and multiples of 60 are."
            )
    if all(query.get("ReturnData") in (False, "false") for query in queries):
        raise ValueError("At least one of the MetricDataQueries must have ReturnData true.")
