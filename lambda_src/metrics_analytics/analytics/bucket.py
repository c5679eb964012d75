"""The bucket: raw objects read line by line, and results written.

Raw objects are `raw/metric_type=<type>/date=<YYYY-MM-DD>/<run_id>-<nnnn>.json`; the date is that of the
datapoints, in UTC.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from analytics.datapoints import Datapoint, End, read
from analytics.errors import StorageFailed
from analytics.series import Window

_CHUNK = 256 * 1024
_NAMED = 10


@dataclass
class Reading:
    """What was read: how much, and what is missing of it.

    Attributes:
        truncated: objects that have no end, or fewer lines than their end says.
        vanished: objects that were listed and are there no more.
    """

    objects: int = 0
    datapoints: int = 0
    unreadable_lines: int = 0
    truncated: set[str] = field(default_factory=set)
    vanished: set[str] = field(default_factory=set)

    @property
    def named(self) -> list[str]:
        """The first few of the truncated objects."""
        return sorted(self.truncated)[:_NAMED]

    @property
    def counts(self) -> dict[str, int]:
        """The numbers, as the result gives them."""
        return {
            "objects": self.objects,
            "datapoints": self.datapoints,
            "unreadable_lines": self.unreadable_lines,
            "truncated_objects": len(self.truncated),
            "vanished_objects": len(self.vanished),
        }


class Bucket:
    """The deployment's bucket."""

    def __init__(self, s3: Any, name: str) -> None:
        self._s3, self._name = s3, name

    def datapoints(self, metric_type: str, window: Window, reading: Reading) -> Iterator[Datapoint]:
        """The datapoints of a type that lie in the window, in no order, some perhaps twice; one line is held at a time.

        Args:
            reading: what is read is noted there.

        Raises:
            StorageFailed.
        """
        for key in self._keys(metric_type, window):
            reading.objects += 1
            for datapoint in self._lines(key, reading):
                if window.slot(datapoint.timestamp) is not None:
                    reading.datapoints += 1
                    yield datapoint

    def put(self, key: str, document: Mapping[str, Any]) -> None:
        """Write a JSON document.

        Raises:
            StorageFailed.
        """
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            self._s3.put_object(Bucket=self._name, Key=key, Body=body, ContentType="application/json")
        except (BotoCoreError, ClientError) as error:
            raise StorageFailed(f"{key} could not be written: {error}") from error

    def _keys(self, metric_type: str, window: Window) -> Iterator[str]:
        """The objects that may hold datapoints of the window: none that was written before it began, to the minute."""
        start, end = datetime.fromtimestamp(window.start, UTC), datetime.fromtimestamp(window.end, UTC)
        written = start - timedelta(minutes=1)
        pages = self._s3.get_paginator("list_objects_v2")
        for day in _days(start, end):
            prefix = f"raw/metric_type={metric_type}/date={day.isoformat()}/"
            try:
                for page in pages.paginate(Bucket=self._name, Prefix=prefix):
                    yield from (one["Key"] for one in page.get("Contents", []) if one["LastModified"] >= written)
            except (BotoCoreError, ClientError) as error:
                raise StorageFailed(f"{prefix} could not be listed: {error}") from error

    def _lines(self, key: str, reading: Reading) -> Iterator[Datapoint]:
        """An object's datapoints. What arrived of one that was cut off is true: it is used, and the object is named."""
        lines: int = 0
        end: int | None = None
        try:
            body = self._s3.get_object(Bucket=self._name, Key=key)["Body"]
            with body:
                for line in body.iter_lines(chunk_size=_CHUNK):
                    if not line.strip():
                        continue
                    said = read(line)
                    if isinstance(said, End):
                        end = said.lines
                        continue
                    lines += 1
                    if said is None:
                        reading.unreadable_lines += 1
                    else:
                        yield said
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in ("NoSuchKey", "404"):
                raise StorageFailed(f"{key} could not be read: {error}") from error
            reading.vanished.add(key)
            return
        except (BotoCoreError, HTTPError, OSError) as error:
            raise StorageFailed(f"{key} could not be read: {type(error).__name__}: {error}") from error
        if end != lines:
            reading.truncated.add(key)


def _days(start: datetime, end: datetime) -> Iterator[date]:
    day = start.date()
    while day <= end.date():
        yield day
        day += timedelta(days=1)
