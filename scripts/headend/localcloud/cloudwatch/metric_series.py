"""Values of metric math: time series, arrays of them, and the operators between them.

A series maps a period's start (epoch seconds) to a value. Where only one of two series has a value, the other's counts
as 0; a division by zero drops the datapoint. Source:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-arithmetic
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping

from headend.localcloud.cloudwatch.metric_math_syntax import MetricMathError


class Series(dict[float, float]):
    """Period start → value, with the label that a legend shows."""

    def __init__(self, values: Mapping[float, float] | Iterable[tuple[float, float]] = (), label: str = "") -> None:
        super().__init__(values)
        self.label = label


Value = float | Series | list[Series] | str
"""Scalar (S), time series (TS), array of them (TS[]), or a text or word."""

OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "<": lambda left, right: float(left < right),
    "<=": lambda left, right: float(left <= right),
    ">": lambda left, right: float(left > right),
    ">=": lambda left, right: float(left >= right),
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
    "AND": lambda left, right: float(bool(left) and bool(right)),
    "OR": lambda left, right: float(bool(left) or bool(right)),
}


def kind(value: Value) -> str:
    """AWS's abbreviation of the value's type."""
    if isinstance(value, str):
        return "text"
    if isinstance(value, float):
        return "S"
    return "TS[]" if isinstance(value, list) else "TS"


def each(function: Callable[[float], float | None], value: Value) -> Value:
    """The function's value for every number; None drops the datapoint. Raises MetricMathError for a text."""
    if isinstance(value, str):
        raise MetricMathError(f"{value!r} is not a number")
    if isinstance(value, float):
        result = function(value)
        return Series() if result is None else result
    if isinstance(value, list):
        return [_each(function, one) for one in value]
    return _each(function, value)


def combine(sign: str, left: Value, right: Value) -> Value:
    """left sign right. Raises MetricMathError for texts, for two arrays of different length, for 1 / 0."""
    if isinstance(left, str) or isinstance(right, str):
        raise MetricMathError(f"{sign} works on numbers, not on text")
    if isinstance(left, list):
        if not isinstance(right, list):
            return [_pairs(sign, one, right, one.label) for one in left]
        if len(left) != len(right):
            raise MetricMathError(f"{sign} between arrays of {len(left)} and {len(right)} time series")
        return [_pairs(sign, one, other, one.label) for one, other in zip(left, right, strict=True)]
    if isinstance(right, list):
        return [_pairs(sign, left, one, one.label) for one in right]
    if isinstance(left, float) and isinstance(right, float):
        result = _compute(sign, left, right)
        if result is None:
            raise MetricMathError(f"{left:g} {sign} {right:g} has no value")
        return result
    return _pairs(sign, left, right)


def _each(function: Callable[[float], float | None], series: Series) -> Series:
    found = ((moment, function(number)) for moment, number in series.items())
    return Series(((moment, number) for moment, number in found if number is not None), series.label)


def _pairs(sign: str, left: float | Series, right: float | Series, label: str = "") -> Series:
    if isinstance(left, Series):
        moments: Iterable[float] = left if not isinstance(right, Series) else sorted({*left, *right})
    else:
        moments = right if isinstance(right, Series) else ()
    result = Series(label=label)
    for moment in moments:
        first = left.get(moment, 0.0) if isinstance(left, Series) else left
        second = right.get(moment, 0.0) if isinstance(right, Series) else right
        number = _compute(sign, first, second)
        if number is not None:
            result[moment] = number
    return result


def _compute(sign: str, left: float, right: float) -> float | None:
    """One operation; None, a missing datapoint, where it has no real and finite value."""
    try:
        result = OPERATORS[sign](left, right)
    except (ZeroDivisionError, OverflowError):
        return None
    return float(result) if isinstance(result, int | float) and math.isfinite(result) else None
