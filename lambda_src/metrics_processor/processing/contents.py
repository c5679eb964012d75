"""Reads a raw object: JSON lines, one datapoint a line, and an end line that says how many there were.

    {"run_id", "metric_type", "metric", "namespace", "host", "statistic", "unit", "timestamp", "value", "dimensions"}
    …
    {"end": true, "lines": n}

An object without its end line is truncated. Nothing of an object that is not whole is used: by nobody, so the analyses
leave it out too.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from processing.keys import RawKey

TRUNCATED, GONE, MALFORMED, TOO_LARGE = "truncated", "gone", "malformed", "too large"
"""Why nothing of an object is used, in the notice's words."""

_LONGEST = 512  # bytes of a name: a table's key holds a host and a metric, and 2,048 bytes
_LARGEST = 1e100  # CloudWatch takes values up to 2^360, and the sum of a fleet is one
_SMALLEST = 1e-100  # DynamoDB's numbers begin at 1e-130


@dataclass(frozen=True)
class Datapoint:
    """A value of a host at a moment (UTC, whole seconds)."""

    host: str
    metric: str
    unit: str
    timestamp: datetime
    value: float

    @property
    def order(self) -> tuple[datetime, float]:
        """The later of two datapoints is the greater; of two of one moment, the greater value."""
        return self.timestamp, self.value


@dataclass(frozen=True)
class Failure:
    """Why nothing of an object is used: `reason` is one of the four words above, `detail` is for the log."""

    reason: str
    detail: str

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


@dataclass(frozen=True)
class Contents:
    """What is in an object: how many datapoints, and each host's latest of each metric.

    Attributes:
        failure: None where the object is whole.
    """

    datapoints: int = 0
    latest: Mapping[tuple[str, str], Datapoint] = field(default_factory=dict)
    failure: Failure | None = None


def parse(data: bytes, key: RawKey) -> Contents:
    """Read an object's bytes."""
    lines = data.splitlines()
    end = _end(lines[-1]) if lines else None
    if end is None:
        return Contents(failure=Failure(TRUNCATED, f"no end line after {len(lines)} lines"))
    if end != len(lines) - 1:
        return Contents(failure=Failure(TRUNCATED, f"{len(lines) - 1} lines of {end}"))
    known: dict[tuple[str, str], Datapoint] = {}
    for number, line in enumerate(lines[:-1], 1):
        try:
            _keep(known, _datapoint(line, key))
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
            detail = f"line {number} is no datapoint: {type(error).__name__}: {error}"[:300]
            return Contents(failure=Failure(MALFORMED, detail))
    return Contents(end, known)


def latest(datapoints: Iterable[Datapoint]) -> dict[tuple[str, str], Datapoint]:
    """The latest datapoint of each host and metric, in whichever order they come."""
    known: dict[tuple[str, str], Datapoint] = {}
    for datapoint in datapoints:
        _keep(known, datapoint)
    return known


def _keep(known: dict[tuple[str, str], Datapoint], datapoint: Datapoint) -> None:
    name = datapoint.host, datapoint.metric
    if name not in known or known[name].order < datapoint.order:
        known[name] = datapoint


def _end(line: bytes) -> int | None:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("end") is not True or type(document.get("lines")) is not int:
        return None
    return int(document["lines"])


def _datapoint(line: bytes, key: RawKey) -> Datapoint:
    document = json.loads(line)
    if not isinstance(document, dict):
        raise TypeError("no JSON object")
    if (document["run_id"], document["metric_type"]) != (key.run_id, key.metric_type):
        raise ValueError("it is of another run or metric type")
    timestamp = datetime.fromisoformat(_text(document, "timestamp"))
    if timestamp.tzinfo is None:
        raise ValueError("the timestamp has no time zone")
    counts = _text(document, "statistic") == "SampleCount"
    return Datapoint(
        host=_text(document, "host"),
        metric=_text(document, "metric"),
        unit="Count" if counts else _text(document, "unit"),  # samples are counted, whatever they are of
        timestamp=timestamp.astimezone(UTC).replace(microsecond=0),
        value=_number(document["value"]),
    )


def _text(document: Mapping[str, Any], name: str) -> str:
    text = document[name]
    if not isinstance(text, str) or not 0 < len(text.encode()) <= _LONGEST:
        raise ValueError(f"{name} must be text of 1 to {_LONGEST} bytes")
    return text


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("value must be a number")
    number = float(value)
    if not math.isfinite(number) or abs(number) > _LARGEST:
        raise ValueError("value must be finite, and at most 1e100")
    return 0.0 if abs(number) < _SMALLEST else number
