"""The functions of CloudWatch metric math.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-functions-list
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from statistics import fmean, pstdev

from headend.localcloud.cloudwatch.metric_math_syntax import MetricMathError
from headend.localcloud.cloudwatch.metric_series import Series, Value, each, kind

Moments = Sequence[float]
Numbers = Sequence[float]

REFUSED = frozenset({"INSIGHT_RULE_METRIC", "SERVICE_QUOTA", "DB_PERF_INSIGHTS", "LAMBDA"})


@dataclass(frozen=True)
class Function:
    """`compute(arguments, every period start of the range)`; between `fewest` and `most` arguments."""

    compute: Callable[[list[Value], Moments], Value]
    fewest: int = 1
    most: int = 1


def _series(value: Value, name: str) -> Series:
    if not isinstance(value, Series):
        raise MetricMathError(f"{name} takes a time series, not {kind(value)}")
    return value


def _array(value: Value, name: str) -> list[Series]:
    if isinstance(value, Series):
        return [value]
    if not isinstance(value, list):
        raise MetricMathError(f"{name} takes an array of time series, not {kind(value)}")
    return value


def _elementwise(name: str, function: Callable[[float], float | None]) -> Function:
    def compute(arguments: list[Value], _: Moments) -> Value:
        if isinstance(arguments[0], float):
            raise MetricMathError(f"{name} takes time series, not a number")
        return each(function, arguments[0])

    return Function(compute)


def _whole_series(
    name: str, function: Callable[[Series], Mapping[float, float] | Iterable[tuple[float, float]]]
) -> Function:
    """TS → TS and TS[] → TS[]."""

    def compute(arguments: list[Value], _: Moments) -> Value:
        if isinstance(arguments[0], list):
            return [Series(function(one), one.label) for one in arguments[0]]
        return Series(function(_series(arguments[0], name)))

    return Function(compute)


def _reduction(name: str, function: Callable[[Numbers], float], missing: float | None = None) -> Function:
    """TS → S over its datapoints; TS[] → TS over the values of each moment, `missing` for those that are not there."""

    def compute(arguments: list[Value], _: Moments) -> Value:
        value = arguments[0]
        if isinstance(value, Series):
            return float(function(list(value.values()))) if value else Series()
        every = _array(value, name)
        result = Series()
        for moment in sorted({moment for one in every for moment in one}):
            numbers = [one.get(moment, missing) for one in every]
            result[moment] = float(function([number for number in numbers if number is not None]))
        return result

    return Function(compute)


def _calendar(name: str, part: Callable[[datetime], int]) -> Function:
    def compute(arguments: list[Value], moments: Moments) -> Value:
        _series(arguments[0], name)
        return Series((moment, float(part(datetime.fromtimestamp(moment, tz=UTC)))) for moment in moments)

    return Function(compute)


def _changes(step: Callable[[float, float], float]) -> Callable[[Series], list[tuple[float, float]]]:
    """Of each datapoint but the first: step(change of the value, seconds since the datapoint before)."""

    def compute(series: Series) -> list[tuple[float, float]]:
        ordered = sorted(series.items())
        return [(later, step(value - old, later - earlier)) for (earlier, old), (later, value) in pairwise(ordered)]

    return compute


def _running_sum(series: Series) -> list[tuple[float, float]]:
    ordered = sorted(series.items())
    return list(zip([moment for moment, _ in ordered], accumulate(value for _, value in ordered), strict=True))


def _fill(arguments: list[Value], moments: Moments) -> Value:
    value, filler = arguments
    if isinstance(value, list):
        return [_filled(one, filler, moments) for one in value]
    return _filled(_series(value, "FILL"), filler, moments)


def _filled(series: Series, filler: Value, moments: Moments) -> Series:
    """Values for the periods without data. REPEAT and LINEAR leave those before the first datapoint missing, LINEAR
    those after the last one too, and both a series without any datapoint: there is nothing to repeat or to join."""
    result = Series(label=series.label)
    known = sorted(series)
    last: float | None = None
    for moment in moments:
        if moment in series:
            last = result[moment] = series[moment]
        elif filler == "REPEAT":
            if last is not None:
                result[moment] = last
        elif filler == "LINEAR":
            after = bisect_left(known, moment)
            if 0 < after < len(known):
                begin, end = known[after - 1], known[after]
                share = (moment - begin) / (end - begin)
                result[moment] = series[begin] + (series[end] - series[begin]) * share
        elif isinstance(filler, Series):
            if moment in filler:
                result[moment] = filler[moment]
        elif isinstance(filler, float):
            result[moment] = filler
        else:
            raise MetricMathError("FILL takes a number, a time series, REPEAT or LINEAR")
    return result


def _if(arguments: list[Value], _: Moments) -> Value:
    """Where the condition holds and the second argument has no value, 0; where it does not and the third has none, no
    datapoint."""
    condition, yes = arguments[:2]
    no = arguments[2] if len(arguments) > 2 else None
    if isinstance(condition, float):
        chosen = yes if condition else no
        return Series() if chosen is None else _series(chosen, "IF of a number")
    result = Series()
    for moment, holds in _series(condition, "IF").items():
        if holds:
            result[moment] = _at(yes, moment, 0.0) or 0.0
        elif no is not None and (value := _at(no, moment, None)) is not None:
            result[moment] = value
    return result


def _at(value: Value | None, moment: float, missing: float | None) -> float | None:
    if isinstance(value, float):
        return value
    if isinstance(value, Series):
        return value.get(moment, missing)
    raise MetricMathError("IF chooses between numbers and time series")


SORTED_BY: dict[str, Callable[[Numbers], float]] = {"AVG": fmean, "MIN": min, "MAX": max, "SUM": math.fsum}


def _sort(arguments: list[Value], _: Moments) -> Value:
    """Series without datapoints come last."""
    every = _array(arguments[0], "SORT")
    by, order = str(arguments[1]), arguments[2]
    if by not in SORTED_BY or order not in ("ASC", "DESC"):
        raise MetricMathError("SORT takes an array, one of AVG, MIN, MAX and SUM, and ASC or DESC")
    full = [one for one in every if one]
    full.sort(key=lambda one: SORTED_BY[by](list(one.values())), reverse=order == "DESC")
    ranked = [*full, *(one for one in every if not one)]
    return ranked[: _index(arguments[3], "SORT")] if len(arguments) > 3 else ranked


def _slice(arguments: list[Value], _: Moments) -> Value:
    every = _array(arguments[0], "SLICE")
    start = _index(arguments[1], "SLICE")
    return every[start : _index(arguments[2], "SLICE")] if len(arguments) > 2 else every[start:]


def _index(value: Value, name: str) -> int:
    if not isinstance(value, float) or value < 0 or value != int(value):
        raise MetricMathError(f"{name} takes whole numbers from 0")
    return int(value)


def _end(name: str, index: int) -> Function:
    def compute(arguments: list[Value], _: Moments) -> Value:
        every = _array(arguments[0], name)
        return Series(every[index], every[index].label) if every else Series()

    return Function(compute)


def _time_series(arguments: list[Value], moments: Moments) -> Value:
    value = arguments[0]
    if isinstance(value, Series) and not value:
        return value  # the statistic of a series without datapoints
    if not isinstance(value, float):
        raise MetricMathError("TIME_SERIES takes a number")
    return Series(dict.fromkeys(moments, value))


FUNCTIONS: dict[str, Function] = {
    "ABS": _elementwise("ABS", abs),
    "CEIL": _elementwise("CEIL", lambda value: float(math.ceil(value))),
    "FLOOR": _elementwise("FLOOR", lambda value: float(math.floor(value))),
    "LOG": _elementwise("LOG", lambda value: math.log(value) if value > 0 else None),
    "LOG10": _elementwise("LOG10", lambda value: math.log10(value) if value > 0 else None),
    "AVG": _reduction("AVG", fmean, missing=0.0),
    "MAX": _reduction("MAX", max),
    "MIN": _reduction("MIN", min),
    "STDDEV": _reduction("STDDEV", pstdev),
    "SUM": _reduction("SUM", math.fsum),
    "DATAPOINT_COUNT": _reduction("DATAPOINT_COUNT", lambda numbers: float(len(numbers))),
    "METRIC_COUNT": Function(lambda arguments, _: float(len(_array(arguments[0], "METRIC_COUNT")))),
    "DIFF": _whole_series("DIFF", _changes(lambda change, _: change)),
    "DIFF_TIME": _whole_series("DIFF_TIME", _changes(lambda _, seconds: seconds)),
    "RATE": _whole_series("RATE", _changes(lambda change, seconds: change / seconds)),
    "RUNNING_SUM": _whole_series("RUNNING_SUM", _running_sum),
    "MINUTE": _calendar("MINUTE", lambda moment: moment.minute),
    "HOUR": _calendar("HOUR", lambda moment: moment.hour),
    "DAY": _calendar("DAY", lambda moment: moment.isoweekday()),
    "DATE": _calendar("DATE", lambda moment: moment.day),
    "MONTH": _calendar("MONTH", lambda moment: moment.month),
    "YEAR": _calendar("YEAR", lambda moment: moment.year),
    "EPOCH": _calendar("EPOCH", lambda moment: int(moment.timestamp())),
    "FILL": Function(_fill, 2, 2),
    "IF": Function(_if, 2, 3),
    "FIRST": _end("FIRST", 0),
    "LAST": _end("LAST", -1),
    "REMOVE_EMPTY": Function(lambda arguments, _: [one for one in _array(arguments[0], "REMOVE_EMPTY") if one]),
    "SLICE": Function(_slice, 2, 3),
    "SORT": Function(_sort, 3, 4),
    "TIME_SERIES": Function(_time_series),
}
