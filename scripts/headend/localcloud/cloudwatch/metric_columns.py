"""Samples of one metric and unit in columns: 16 bytes for a plain value, 40 for a statistic set."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Sample(NamedTuple):
    """One sample or statistic set. `time` is epoch seconds; a plain value has weight 1 and low = high = total."""

    time: float
    low: float
    high: float
    total: float
    weight: float
    unit: str | None


def _column() -> array[float]:
    return array("d")


@dataclass
class Columns:
    """Plain values and statistic sets, each ordered by time. A set whose low is its high stands for equal values."""

    times: array[float] = field(default_factory=_column)
    values: array[float] = field(default_factory=_column)
    set_times: array[float] = field(default_factory=_column)
    lows: array[float] = field(default_factory=_column)
    highs: array[float] = field(default_factory=_column)
    totals: array[float] = field(default_factory=_column)
    weights: array[float] = field(default_factory=_column)
    rolled: list[float] = field(default_factory=lambda: [-math.inf, -math.inf])
    """Until when the sets have been rolled up, by level of age."""

    def add(self, sample: Sample) -> None:
        """Put a sample in its place; among samples of the same time, last."""
        if sample.weight == 1 and sample.low == sample.high == sample.total:
            _insert(self.times, (self.values,), sample.time, (sample.total,))
        else:
            self.add_set(sample)

    def add_set(self, sample: Sample) -> None:
        """Put a statistic set in its place."""
        _insert(self.set_times, self._sets(), sample.time, (sample.low, sample.high, sample.total, sample.weight))

    def between(self, start: float, end: float) -> Columns:
        """A copy of the samples with start <= time < end."""
        first, last = bisect_left(self.times, start), bisect_left(self.times, end)
        begin, stop = bisect_left(self.set_times, start), bisect_left(self.set_times, end)
        return Columns(
            self.times[first:last],
            self.values[first:last],
            self.set_times[begin:stop],
            self.lows[begin:stop],
            self.highs[begin:stop],
            self.totals[begin:stop],
            self.weights[begin:stop],
        )

    def drop_values(self, before: float) -> None:
        """Forget the plain values older than `before`."""
        first = bisect_left(self.times, before)
        del self.times[:first], self.values[:first]

    def drop_sets(self, start: float, before: float) -> None:
        """Forget the statistic sets with start <= time < before."""
        first, last = bisect_left(self.set_times, start), bisect_left(self.set_times, before)
        for column in (self.set_times, *self._sets()):
            del column[first:last]

    def joined(self, other: Columns) -> Columns:
        """These samples and the other's, in the order of time."""
        both = self.between(-math.inf, math.inf)
        for sample in other:
            both.add(sample)
        return both

    def last(self) -> Sample | None:
        """The newest sample."""
        if self.times and (not self.set_times or self.set_times[-1] <= self.times[-1]):
            return _plain(self.times[-1], self.values[-1])
        return self._set(-1) if self.set_times else None

    def __len__(self) -> int:
        return len(self.times) + len(self.set_times)

    def __iter__(self) -> Iterator[Sample]:
        """Every sample, oldest first, without its unit."""
        found = [_plain(time, value) for time, value in zip(self.times, self.values, strict=True)]
        if not self.set_times:
            return iter(found)
        found.extend(self._set(index) for index in range(len(self.set_times)))
        return iter(sorted(found, key=lambda sample: sample.time))

    def _set(self, index: int) -> Sample:
        numbers = [column[index] for column in self._sets()]
        return Sample(self.set_times[index], numbers[0], numbers[1], numbers[2], numbers[3], None)

    def _sets(self) -> tuple[array[float], array[float], array[float], array[float]]:
        return self.lows, self.highs, self.totals, self.weights


def _plain(time: float, value: float) -> Sample:
    return Sample(time, value, value, value, 1.0, None)


def _insert(times: array[float], columns: tuple[array[float], ...], time: float, numbers: tuple[float, ...]) -> None:
    place = len(times) if not times or times[-1] <= time else bisect_right(times, time)
    times.insert(place, time)
    for column, number in zip(columns, numbers, strict=True):
        column.insert(place, number)
