"""Samples kept by metric, unit and time, so that alarms and GetMetricData read what they need instead of everything.

It stands in for the plain list that moto keeps. What the clock says is older than RAW_SECONDS is rolled up to one
statistic set a minute, after 15 days to one in five minutes, after 63 days to one an hour; after 455 days, and after
two weeks without samples in ListMetrics and SEARCH, it is gone:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
CloudWatch keeps the distribution of rolled-up values; here percentiles end with the raw samples.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from moto.cloudwatch.models import MetricDatum

from headend.localcloud.cloudwatch.metric_columns import Columns, Sample
from headend.localcloud.cloudwatch.metric_rollup import roll_up

__all__ = ["RAW_SECONDS", "Columns", "MetricKey", "MetricStore", "Sample", "epoch", "key_of"]

RAW_SECONDS = 3 * 3600
LISTED_SECONDS = 14 * 86400

Listener = Callable[[Sample], None]


class MetricKey(NamedTuple):
    """What identifies a metric: namespace, name, and its dimensions sorted by name."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


class MetricStore:
    """A drop-in for the list `CloudWatchBackend.metric_data`, as far as moto needs it.

    It can be appended to; iterated, it gives the newest datum of each metric (ListMetrics needs no more).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._metrics: dict[MetricKey, dict[str | None, Columns]] = {}
        self._listeners: dict[MetricKey, list[Listener]] = {}

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
            units = self._metrics.get(key)
            if units is None:
                units = self._metrics[key] = {}
            columns = units.get(sample.unit)
            if columns is None:
                columns = units[sample.unit] = Columns()
            columns.add(sample)
            listeners = self._listeners.get(key)
        for listener in listeners or ():
            listener(sample)

    def columns(self, key: MetricKey, start: float, end: float, unit: str | None = None) -> Columns:
        """The samples with start <= time < end; of one unit, or ("None" is a unit too) of all together."""
        with self._lock:
            units = self._metrics.get(key, {})
            wanted = list(units) if unit is None else [None if unit == "None" else unit]
            found = [units[one].between(start, end) for one in wanted if one in units]
        result = found[0] if found else Columns()
        for more in found[1:]:
            result = result.joined(more)
        return result

    def samples(self, key: MetricKey, start: float, end: float, unit: str | None = None) -> list[Sample]:
        """As `columns`, sample by sample, oldest first, each with its unit."""
        with self._lock:
            units = [(one, columns.between(start, end)) for one, columns in self._metrics.get(key, {}).items()]
        wanted = [(one, columns) for one, columns in units if unit is None or one == (None if unit == "None" else unit)]
        found = [sample._replace(unit=one) for one, columns in wanted for sample in columns]
        return sorted(found, key=lambda sample: sample.time) if len(wanted) > 1 else found

    def units(self, key: MetricKey) -> list[str | None]:
        """The units the metric has samples of."""
        with self._lock:
            return list(self._metrics.get(key, {}))

    def keys(self, since: float = float("-inf")) -> list[MetricKey]:
        """The metrics that have a sample at or after `since` (epoch seconds)."""
        with self._lock:
            return [key for key, units in self._metrics.items() if (_newest(units) or 0.0) >= since]

    def listen(self, wanted: dict[MetricKey, list[Listener]]) -> None:
        """Call the listeners with each new sample of their metrics, in place of those called before."""
        with self._lock:
            self._listeners = wanted

    def expire(self, now: float) -> None:
        """Roll up and forget by age; `now` is epoch seconds. Call it every few minutes of the clock's time."""
        with self._lock:
            for key, units in list(self._metrics.items()):
                for unit, columns in list(units.items()):
                    roll_up(columns, now, RAW_SECONDS)
                    if not len(columns):
                        del units[unit]
                if not units:
                    del self._metrics[key]

    def __iter__(self) -> Iterator[MetricDatum]:
        with self._lock:
            newest = {key: _newest(units) or 0.0 for key, units in self._metrics.items()}
        latest = max(newest.values(), default=0.0)
        return iter([_datum(key, moment) for key, moment in newest.items() if moment >= latest - LISTED_SECONDS])

    def __len__(self) -> int:
        """The number of metrics."""
        with self._lock:
            return len(self._metrics)

    def size(self) -> int:
        """The number of samples and statistic sets."""
        with self._lock:
            return sum(len(columns) for units in self._metrics.values() for columns in units.values())

    def __add__(self, other: Iterable[Any]) -> list[Any]:
        return [*self, *other]


def key_of(namespace: str, name: str, dimensions: Iterable[tuple[str, str]]) -> MetricKey:
    """The key of a metric whose dimensions come in any order."""
    return MetricKey(namespace, name, tuple(sorted(dimensions)))


def listeners() -> defaultdict[MetricKey, list[Listener]]:
    """An empty table for `MetricStore.listen`."""
    return defaultdict(list)


def epoch(moment: datetime | float | str) -> float:
    """Epoch seconds of what moto stores as a time: naive times are UTC."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return float(moment)


def _newest(units: dict[str | None, Columns]) -> float | None:
    return max((last.time for columns in units.values() if (last := columns.last())), default=None)


def _datum(key: MetricKey, newest: float) -> MetricDatum:
    moment = datetime.fromtimestamp(newest, tz=UTC).replace(tzinfo=None)
    dimensions = [{"Name": name, "Value": value} for name, value in key.dimensions]
    datum = MetricDatum(key.namespace, key.name, 0.0, dimensions, moment, None)
    MetricDatum.instances_tracked.clear()
    return datum
