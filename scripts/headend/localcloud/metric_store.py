"""Samples kept by metric and by time, so that alarms and GetMetricData read what they need instead of everything.

It stands in for the plain list that moto keeps. CloudWatch keeps high-resolution samples for three hours, then rolls
them up; here they go after one, so that memory stays flat:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
"""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from moto.cloudwatch.models import MetricDatum

KEPT_SECONDS = 3600
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
    __slots__ = ("added", "samples")

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.added = 0


class MetricStore:
    """A drop-in for the list `CloudWatchBackend.metric_data`, as far as moto needs it.

    It can be appended to; iterated, it gives the newest datum of each metric (ListMetrics needs no more).
    """

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
        type(datum).instances_tracked.clear()  # moto remembers every model object for its dashboard, for ever
        self.put(key, sample)

    def put(self, key: MetricKey, sample: Sample) -> None:
        """Add a sample."""
        with self._lock:
            series = self._series.setdefault(key, _Series())
            if not series.samples or series.samples[-1].time <= sample.time:
                series.samples.append(sample)
            else:
                insort(series.samples, sample, key=lambda known: known.time)
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

    def __iter__(self) -> Iterator[MetricDatum]:
        with self._lock:
            newest = [(key, series.samples[-1]) for key, series in self._series.items() if series.samples]
        return iter([_datum(key, sample) for key, sample in newest])

    def __len__(self) -> int:
        """The number of metrics."""
        with self._lock:
            return len(self._series)

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


def _datum(key: MetricKey, sample: Sample) -> MetricDatum:
    moment = datetime.fromtimestamp(sample.time, tz=UTC).replace(tzinfo=None)
    dimensions = [{"Name": name, "Value": value} for name, value in key.dimensions]
    datum = MetricDatum(key.namespace, key.name, sample.total, dimensions, moment, sample.unit)
    MetricDatum.instances_tracked.clear()
    return datum
