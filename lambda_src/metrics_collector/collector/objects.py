"""Writes datapoints into objects of JSON lines: `raw/metric_type=<type>/date=<YYYY-MM-DD>/<run id>-<nnnn>.json`.

A datapoint lies under the day on which its period began (UTC), so that a day's partition holds that day. Each object's
last line says how many come before it: {"end": true, "lines": n}. One that was cut off lacks it.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from collector.aws import call
from collector.datapoints import Datapoint

MAX_BYTES = 5_000_000
"""Of an object, but for its last two lines."""
CONTENT_TYPE = "application/x-ndjson"


@dataclass
class _Open:
    """An object that is being filled."""

    content: bytearray = field(default_factory=bytearray)
    lines: int = 0


class ObjectWriter:
    """Takes a run's datapoints of one metric type; at most one object a day is in memory.

    The same datapoints in the same order make the same objects: a run that is tried again writes over its own.
    """

    def __init__(self, s3: Any, bucket: str, run_id: str, metric_type: str, max_bytes: int = MAX_BYTES) -> None:
        self._s3, self._bucket, self._run_id, self._type = s3, bucket, run_id, metric_type
        self._max_bytes = max_bytes
        self._open: dict[str, _Open] = {}
        self.keys: list[str] = []
        self.lines = 0
        self.bytes = 0

    def add(self, point: Datapoint) -> None:
        """Append a line; writes the day's object when it is full.

        Raises:
            Throttled, CollectorError.
        """
        text = point.start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = point.series.query
        line = {
            "run_id": self._run_id,
            "metric_type": self._type,
            "metric": query.metric,
            "namespace": query.namespace,
            "host": point.series.host,
            "statistic": query.statistic,
            "unit": query.unit,
            "timestamp": text,
            "value": point.value,
            "dimensions": dict(sorted(point.series.dimensions.items())),
        }
        day = self._open.setdefault(text[:10], _Open())
        day.content += _line(line)
        day.lines += 1
        self.lines += 1
        if len(day.content) >= self._max_bytes:
            self._write(text[:10])

    def close(self) -> None:
        """Write what is left.

        Raises:
            Throttled, CollectorError.
        """
        for date in sorted(self._open):
            self._write(date)

    def _write(self, date: str) -> None:
        day = self._open.pop(date)
        day.content += _line({"end": True, "lines": day.lines})
        key = f"raw/metric_type={self._type}/date={date}/{self._run_id}-{len(self.keys) + 1:04d}.json"
        put(self._s3, self._bucket, key, day.content, CONTENT_TYPE)
        self.keys.append(key)
        self.bytes += len(day.content)


def put(s3: Any, bucket: str, key: str, content: bytes | bytearray, content_type: str = "application/json") -> None:
    """Write one object.

    Raises:
        Throttled, CollectorError.
    """
    call(s3.put_object, Bucket=bucket, Key=key, Body=content, ContentType=content_type)


def _line(content: dict[str, object]) -> bytes:
    return json.dumps(content, separators=(",", ":"), allow_nan=False).encode() + b"\n"
