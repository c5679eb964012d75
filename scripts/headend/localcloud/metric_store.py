"""Samples kept by metric and by time, so that alarms and GetMetricData read what they need instead of everything.

It stands in for the plain list that moto keeps. Like CloudWatch, it forgets high-resolution samples after three hours:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
"""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

KEPT_SECONDS = 3 * 3600
PRUNE_EVERY = 512
"""Samples appended to one metric between two looks at its oldest ones."""


class MetricKey(NamedTuple):
    """What identifies a metric: namespace, name, and its dimensions sorted by name."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


class Sample(NamedTuple):
    """One sample or statistic set. `time` is epoch seconds; a plain value has weight 1 and low = high = total."""

    time: float
    low: float
    high: float
    total: float
    weight: float
    unit: str | None


class _Series:
    __slots__ = ("added", "data", "samples")

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.data: deque[Any] = deque()
        self.added = 0


class MetricStore:
    """A drop-in for the list `CloudWatchBackend.metric_data`: it can be appended to, iterated and added to a list."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._series: dict[MetricKey, _Series] = {}

    def append(self, datum: Any) -> None:
        """Add moto's MetricDatum or MetricAggregatedDatum."""
        key = key_of(datum.namespace, datum.name, ((d.name, d.value) for d in datum.dimensions))
        moment = epoch(datum.timestamp)
        unit = None if datum.unit in (None, "None") else str(datum.unit)
        if hasattr(datum, "value"):
            value = float(datum.value)
            sample = Sample(moment, value, value, value, 1.0, unit)
        else:
            sample = Sample(
                moment, float(datum.min), float(datum.max), float(datum.sum), float(datum.sample_count), unit
            )
        with self._lock:
            series = self._series.setdefault(key, _Series())
            if not series.samples or series.samples[-1].time <= moment:
                series.samples.append(sample)
            else:
                insort(series.samples, sample, key=lambda known: known.time)
            series.data.append(datum)
            series.added += 1
            if series.added % PRUNE_EVERY == 0:
                _prune(series, series.samples[-1].time - KEPT_SECONDS)

    def samples(self, key: MetricKey, start: float, end: float, unit: str | None = None) -> list[Sample]:
        """The samples with start <= time < end, oldest first."""
        with self._lock:
            series = self._series.get(key)
            if series is None:
                return []
            first = bisect_left(series.samples, start, key=lambda known: known.time)
            last = bisect_left(series.samples, end, key=lambda known: known.time)
            found = series.samples[first:last]
        return found if unit is None else [sample for sample in found if sample.unit == unit]

    def __iter__(self) -> Iterator[Any]:
        with self._lock:
            return iter([datum for series in self._series.values() for datum in series.data])

    def __len__(self) -> int:
        with self._lock:
            return sum(len(series.data) for series in self._series.values())

    def __add__(self, other: Iterable[Any]) -> list[Any]:
        return [*self, *other]


def key_of(namespace: str, name: str, dimensions: Iterable[tuple[str, str]]) -> MetricKey:
    """The key of a metric whose dimensions come in any order."""
    return MetricKey(namespace, name, tuple(sorted(dimensions)))


def epoch(moment: datetime | float | str) -> float:
    """Epoch seconds of what moto stores as a time: naive times are UTC."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return float(moment)


def _prune(series: _Series, before: float) -> None:
    first = bisect_left(series.samples, before, key=lambda known: known.time)
    del series.samples[:first]
    while series.data and epoch(series.data[0].timestamp) < before:
        series.data.popleft()
