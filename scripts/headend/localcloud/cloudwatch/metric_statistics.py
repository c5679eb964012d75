"""Statistics of samples over periods, as CloudWatch computes them.

Percentiles and their kin need raw values: a statistic set counts only if its lowest value is its highest, and there is
no such statistic where a value is negative. Source:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

from __future__ import annotations

import functools
import math
import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import NamedTuple

from headend.localcloud.cloudwatch.metric_columns import Columns

PLAIN = frozenset({"Average", "Sum", "Minimum", "Maximum", "SampleCount"})
NUMBER = r"\d+(?:\.\d{1,10})?(?:[eE][+-]?\d+)?"
PERCENT = r"(?:\d{1,2}(?:\.\d{1,10})?|100)"
SHORT = re.compile(rf"(p|tm|wm|tc|ts)({PERCENT})$")
RANGE = re.compile(rf"(TM|WM|TC|TS|PR)\(({NUMBER}%?)?:({NUMBER}%?)?\)$")


class Extended(NamedTuple):
    """A statistic over raw values. Bounds are shares of the values (0 to 1) if `shares`, else values; None is open."""

    kind: str
    low: float | None
    high: float | None
    shares: bool


@functools.cache
def parse(name: str) -> Extended | None:
    """What an extended statistic asks for; None for a plain one. Raises ValueError for what is neither."""
    if name in PLAIN:
        return None
    if name.upper() == "IQM":
        return Extended("TM", 0.25, 0.75, shares=True)
    if short := SHORT.match(name):
        share = float(short[2]) / 100
        return Extended("P" if short[1] == "p" else short[1].upper(), None, share, shares=True)
    found = RANGE.match(name)
    bounds = [bound for bound in found.groups()[1:] if bound] if found else []
    if not found or not bounds or len({bound.endswith("%") for bound in bounds}) > 1:
        raise ValueError(f"the statistic {name!r} is not one of CloudWatch's")
    shares = bounds[0].endswith("%")
    low, high = (_bound(bound, shares=shares) for bound in found.groups()[1:])
    if found[1] == "PR" and shares:
        raise ValueError(f"the statistic {name!r} is not one of CloudWatch's: PR takes values, not percentages")
    if low is not None and high is not None and low >= high:
        raise ValueError(f"the statistic {name!r} is not one of CloudWatch's: its bounds are the wrong way round")
    return Extended(found[1], low, high, shares=shares)


def percentile_of(name: str) -> float | None:
    """The share (0 to 1) that a percentile statistic asks for; None for every other statistic."""
    extended = parse(name)
    return extended.high if extended and extended.kind == "P" else None


def statistic(name: str, columns: Columns) -> float | None:
    """The value of the statistic `name` over all samples; None if there are none that it can be computed from.

    Raises ValueError for a statistic that CloudWatch does not have.
    """
    extended = parse(name)
    if extended is not None:
        weighted = _raw(columns)
        return _extended(extended, weighted) if weighted else None
    if not len(columns):
        return None
    values = columns.values
    match name:
        case "Sum":
            return float(sum(values) + sum(columns.totals))
        case "Minimum":
            return min(min(part) for part in (values, columns.lows) if part)
        case "Maximum":
            return max(max(part) for part in (values, columns.highs) if part)
    count = len(values) + sum(columns.weights)
    if name == "SampleCount":
        return float(count)
    return float((sum(values) + sum(columns.totals)) / count) if count else None


def per_period(name: str, columns: Columns, period: int, offset: float = 0.0) -> dict[float, float]:
    """The statistic of each period that has samples: period start (epoch seconds) → value.

    Periods start at `offset` plus multiples of `period`.
    """
    extended = parse(name)
    if extended is None and not columns.set_times:
        return _plain_per_period(name, columns, period, offset)
    result: dict[float, float] = {}
    starts: set[float] = set()
    for times in (columns.times, columns.set_times):
        index = 0
        while index < len(times):
            start = math.floor((times[index] - offset) / period) * period + offset
            starts.add(start)
            index = bisect_left(times, start + period, index + 1)
    for start in sorted(starts):
        value = statistic(name, columns.between(start, start + period))
        if value is not None:
            result[start] = value
    return result


REDUCTIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "Average": lambda values: sum(values) / len(values),
    "Sum": sum,
    "Minimum": min,
    "Maximum": max,
    "SampleCount": len,
}


def _plain_per_period(name: str, columns: Columns, period: int, offset: float) -> dict[float, float]:
    """As `per_period`, for plain values alone: what alarms mostly look at."""
    reduce, times, values = REDUCTIONS[name], columns.times, columns.values
    result: dict[float, float] = {}
    index = 0
    while index < len(times):
        start = math.floor((times[index] - offset) / period) * period + offset
        following = bisect_left(times, start + period, index + 1)
        result[start] = float(reduce(values[index:following]))
        index = following
    return result


def _bound(text: str | None, *, shares: bool) -> float | None:
    if text is None:
        return None
    number = float(text.rstrip("%"))
    if shares and number > 100:
        raise ValueError(f"{text} is no percentage")
    return number / 100 if shares else number


def _raw(columns: Columns) -> list[tuple[float, float]]:
    """(value, how often), lowest first; nothing if a value is negative or only known as part of a set."""
    weighted = [(value, 1.0) for value in columns.values]
    for low, high, weight in zip(columns.lows, columns.highs, columns.weights, strict=True):
        if low != high:
            return []
        if weight:
            weighted.append((low, weight))
    weighted.sort()
    return [] if weighted and weighted[0][0] < 0 else weighted


def _extended(wanted: Extended, weighted: Sequence[tuple[float, float]]) -> float | None:
    count = sum(weight for _, weight in weighted)
    if wanted.kind == "P":
        return _percentile(weighted, count, wanted.high or 0.0)
    low, high = wanted.low, wanted.high
    if wanted.shares:
        kept = _kept_by_share(weighted, count, low or 0.0, 1.0 if high is None else high)
    else:
        kept = [(v, w) for v, w in weighted if (low is None or v > low) and (high is None or v <= high)]
    number = sum(weight for _, weight in kept)
    total = sum(value * weight for value, weight in kept)
    match wanted.kind:
        case "PR":
            return 100 * number / count
        case "TC":
            return number
        case "TS":
            return total
        case "TM":
            return total / number if number else None
    return _winsorized(wanted, weighted, count)


def _kept_by_share(
    weighted: Sequence[tuple[float, float]], count: float, low: float, high: float
) -> list[tuple[float, float]]:
    """What lies between two shares of the ordered values; a value on a boundary counts with the part inside."""
    begin, end = low * count, high * count
    kept: list[tuple[float, float]] = []
    position = 0.0
    for value, weight in weighted:
        inside = min(position + weight, end) - max(position, begin)
        if inside > 1e-9:
            kept.append((value, inside))
        position += weight
    return kept


def _winsorized(wanted: Extended, weighted: Sequence[tuple[float, float]], count: float) -> float:
    """The mean after values beyond a boundary have been taken for the boundary's."""
    low, high = wanted.low, wanted.high
    if wanted.shares:
        low = None if low is None else _percentile(weighted, count, low)
        high = None if high is None else _percentile(weighted, count, high)
    lowest = -math.inf if low is None else low
    highest = math.inf if high is None else high
    return sum(min(max(value, lowest), highest) * weight for value, weight in weighted) / count


def _percentile(weighted: Sequence[tuple[float, float]], count: float, share: float) -> float:
    """The value below which `share` of the values lie, interpolated between neighbours."""
    position = (count - 1) * share
    below = _at(weighted, math.floor(position))
    above = _at(weighted, math.ceil(position))
    return below + (above - below) * (position - math.floor(position))


def _at(weighted: Sequence[tuple[float, float]], index: int) -> float:
    passed = 0.0
    for value, weight in weighted:
        passed += weight
        if index < passed:
            return value
    return weighted[-1][0]
