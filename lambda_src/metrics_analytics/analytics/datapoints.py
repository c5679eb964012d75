"""The lines of an object: datapoints, and a last line that says how many they are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

_LARGEST = 2.0**360  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html


class SeriesKey(NamedTuple):
    """What tells a series from another: a host may report a metric once for each disk or interface."""

    host: str
    metric: str
    statistic: str
    dimensions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Datapoint:
    """One value; `timestamp` in seconds since the epoch."""

    key: SeriesKey
    unit: str
    timestamp: float
    value: float


@dataclass(frozen=True, slots=True)
class End:
    """The last line of a whole object: how many datapoints come before it."""

    lines: int


def read(line: bytes | str) -> Datapoint | End | None:
    """What a line says; None where it is neither a datapoint nor the end."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    if document.get("end") is True:
        lines = document.get("lines")
        return End(lines) if isinstance(lines, int) and not isinstance(lines, bool) else None
    try:
        return _datapoint(document)
    except (KeyError, OverflowError, TypeError, ValueError):
        return None


def _datapoint(document: Mapping[str, Any]) -> Datapoint:
    value = document["value"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise ValueError(value)
    dimensions = document.get("dimensions") or {}
    if not isinstance(dimensions, dict):
        raise TypeError(dimensions)
    key = SeriesKey(
        host=_text(document["host"]),
        metric=_text(document["metric"]),
        statistic=_text(document["statistic"]),
        dimensions=tuple(sorted((_text(name), _text(one)) for name, one in dimensions.items())),
    )
    return Datapoint(key, _text(document.get("unit") or "None"), _seconds(document["timestamp"]), float(value))


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(value)
    if not value.isascii():
        value.encode()  # half a character of two can be read from JSON and written nowhere
    return value


@lru_cache(maxsize=4096)  # the hosts of a run share their timestamps
def _seconds(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).timestamp()
