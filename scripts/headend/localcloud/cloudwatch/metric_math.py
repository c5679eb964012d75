"""CloudWatch metric math: the value of an expression over time series.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
Not here: SERVICE_QUOTA, INSIGHT_RULE_METRIC, DB_PERF_INSIGHTS, LAMBDA and Metrics Insights queries, which are refused.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from headend.localcloud.cloudwatch import metric_functions
from headend.localcloud.cloudwatch.metric_math_syntax import (
    Array,
    Call,
    MetricMathError,
    Name,
    Negation,
    Node,
    Number,
    Operation,
    Text,
    Word,
    functions,
    nodes,
    parse,
    references,
)
from headend.localcloud.cloudwatch.metric_series import Series, Value, combine, each

__all__ = ["MetricMathError", "Request", "Series", "Value", "evaluate", "fills_by_repeating", "functions", "references"]

Search = Callable[[str, str], list[Series]]
"""(search expression, statistic) → the series found."""

Band = Callable[[str, float], list[Series]]
"""(id of a metric or expression, standard deviations) → [upper limit, lower limit]."""


@dataclass(frozen=True)
class Request:
    """What an expression is evaluated on: values by id, and every period start of the range, oldest first."""

    values: Mapping[str, Value]
    moments: Sequence[float]
    metrics: Sequence[str] = ()
    """Ids of the plain metrics, for METRICS()."""
    periods: Mapping[str, int] = field(default_factory=dict)
    """The period of each plain metric, for PERIOD()."""
    search: Search | None = None
    band: Band | None = None


def evaluate(expression: str, request: Request) -> Value:
    """The value of `expression`. Raises MetricMathError."""
    return _Evaluation(request, expression).value(parse(expression))


def fills_by_repeating(expression: str) -> bool:
    """Whether FILL(…, REPEAT) is in the expression: such an alarm looks further back."""
    calls = [node for node in nodes(parse(expression)) if isinstance(node, Call)]
    return any(call.function == "FILL" and call.arguments[1:] == (Word("REPEAT"),) for call in calls)


class _Evaluation:
    def __init__(self, request: Request, expression: str) -> None:
        self._request = request
        self._expression = expression

    def value(self, node: Node) -> Value:
        match node:
            case Number(value):
                return value
            case Text(value) | Word(value):
                return value
            case Name(name):
                if name not in self._request.values:
                    raise MetricMathError(
                        f"{name!r} in the expression {self._expression!r} is not an id of the request"
                    )
                return _as_value(self._request.values[name], name)
            case Array(items):
                return self._array(items)
            case Negation(operand):
                return each(operator.neg, self.value(operand))
            case Operation(sign, left, right):
                return combine(sign, self.value(left), self.value(right))
            case Call(function, arguments):
                return self._call(function, arguments)

    def _array(self, items: Sequence[Node]) -> list[Series]:
        flat: list[Series] = []
        for item in items:
            value = self.value(item)
            if isinstance(value, list):
                flat.extend(value)
            elif isinstance(value, Series):
                flat.append(value)
            else:
                raise MetricMathError("an array holds time series only")
        return flat

    def _call(self, function: str, arguments: Sequence[Node]) -> Value:
        request = self._request
        match function:
            case "METRICS":
                wanted = [self.value(argument) for argument in arguments]
                part = str(wanted[0]) if wanted else ""
                ids = [known for known in request.metrics if part in known]
                return self._array([Name(known) for known in ids])
            case "PERIOD":
                return self._period(arguments)
            case "SEARCH":
                if request.search is None:
                    raise MetricMathError("SEARCH is not supported here")
                texts = [str(self.value(argument)) for argument in arguments]
                if len(texts) not in (2, 3):
                    raise MetricMathError("SEARCH takes a search expression and a statistic")
                return request.search(texts[0], texts[1])
            case "ANOMALY_DETECTION_BAND":
                return self._band(arguments)
        if function in metric_functions.REFUSED:
            raise MetricMathError(f"the function {function} is not supported by the local cloud")
        known = metric_functions.FUNCTIONS.get(function)
        if known is None:
            raise MetricMathError(f"{function} is not a function of metric math")
        if not known.fewest <= len(arguments) <= known.most:
            raise MetricMathError(f"{function} does not take {len(arguments)} arguments")
        return known.compute([self.value(argument) for argument in arguments], request.moments)

    def _period(self, arguments: Sequence[Node]) -> float:
        match list(arguments):
            case [Name(name)] if name in self._request.periods:
                return float(self._request.periods[name])
        raise MetricMathError("PERIOD takes the id of a metric, not the result of an expression")

    def _band(self, arguments: Sequence[Node]) -> list[Series]:
        if self._request.band is None:
            raise MetricMathError("ANOMALY_DETECTION_BAND is not supported here")
        match list(arguments):
            case [Name(name)]:
                return self._request.band(name, 2.0)
            case [Name(name), width]:
                deviations = self.value(width)
                if isinstance(deviations, float) and deviations > 0:
                    return self._request.band(name, deviations)
        raise MetricMathError("ANOMALY_DETECTION_BAND takes an id and a positive number of standard deviations")


def _as_value(value: Value | Mapping[float, float], label: str) -> Value:
    if isinstance(value, Mapping) and not isinstance(value, Series):
        return Series(value, label)
    return value
