"""An object's lines: datapoints, and a last line that says how many they are.

An object is used whole or not at all, as by the function that processes it: one without its end, with other than as
many lines as its end says, or with a line that is no datapoint, was cut off or damaged.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from analytics.errors import NotWhole

_LARGEST = 1e100  # the processor's limit, and the collector's


class SeriesKey(NamedTuple):
    """What tells a series from another: a host may report a metric once for each disk or interface."""

    host: str
    metric: str
    statistic: str
    dimensions: tuple[tuple[str, str], ...]


class Datapoint(NamedTuple):
    """One value; `timestamp` in seconds since the epoch."""

    key: SeriesKey
    unit: str
    timestamp: float
    value: float


@dataclass(frozen=True, slots=True)
class End:
    """The last line of a whole object: how many datapoints come before it."""

    lines: int


def whole(data: bytes) -> list[Datapoint]:
    """The datapoints of an object.

    Raises:
        NotWhole.
    """
    lines = data.splitlines()
    end = read(lines[-1]) if lines else None
    count = len(lines) - 1
    if not isinstance(end, End):
        raise NotWhole(f"no end line after {len(lines)} lines")
    if end.lines != count:
        raise NotWhole(f"{count} lines of {end.lines}")
    found: list[Datapoint] = []
    for number, line in enumerate(islice(lines, count), 1):
        one = read(line)
        if not isinstance(one, Datapoint):
            raise NotWhole(f"line {number} is no datapoint")
        found.append(one)
    return found


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
    key = _key(document["host"], document["metric"], document["statistic"], *dimensions.items())
    return Datapoint(key, _text(document["unit"]), _seconds(document["timestamp"]), float(value))


@lru_cache(maxsize=4096)  # of one series lines follow each other, and share the key
def _key(host: object, metric: object, statistic: object, *dimensions: tuple[object, object]) -> SeriesKey:
    named = sorted((_text(name), _text(one)) for name, one in dimensions)
    return SeriesKey(_text(host), _text(metric), _text(statistic), tuple(named))


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(value)
    if not value.isascii():
        value.encode()  # half a character of two can be read from JSON and written nowhere
    return value


@lru_cache(maxsize=4096)  # the hosts of a run share their timestamps
def _seconds(text: str) -> float:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.timestamp()
