"""The bucket: raw objects read, one at a time, and results written.

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

from analytics.datapoints import Datapoint, whole
from analytics.errors import NotWhole, StorageFailed
from analytics.series import Window

LARGEST = 32 * 1024 * 1024
"""Bytes of an object that is read; the collector writes about 5 MB, and the processor leaves out what is larger."""
_NAMED = 10


@dataclass
class Reading:
    """What was read: how much, and what is missing of it.

    Attributes:
        left_out: objects that are not whole, by key, and why; nothing of them was used.
        vanished: objects that were listed and are there no more.
    """

    objects: int = 0
    datapoints: int = 0
    left_out: dict[str, str] = field(default_factory=dict)
    vanished: set[str] = field(default_factory=set)

    @property
    def named(self) -> list[dict[str, str]]:
        """The first few of the objects that were left out."""
        return [{"object": key, "why": why} for key, why in sorted(self.left_out.items())[:_NAMED]]

    @property
    def counts(self) -> dict[str, int]:
        """The numbers, as the result gives them."""
        return {
            "objects": self.objects,
            "datapoints": self.datapoints,
            "left_out_objects": len(self.left_out),
            "vanished_objects": len(self.vanished),
        }


class Bucket:
    """The deployment's bucket."""

    def __init__(self, s3: Any, name: str) -> None:
        self._s3, self._name = s3, name

    def datapoints(self, metric_type: str, window: Window, reading: Reading) -> Iterator[Datapoint]:
        """A type's datapoints that lie in the window, in no order, some perhaps twice; one object is held at a time.

        Args:
            reading: what is read is noted there.

        Raises:
            StorageFailed.
        """
        for key in self._keys(metric_type, window):
            reading.objects += 1
            for datapoint in self._read(key, reading):
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

    def _read(self, key: str, reading: Reading) -> list[Datapoint]:
        """An object's datapoints; none where it is gone or not whole, which is noted."""
        try:
            answer = self._s3.get_object(Bucket=self._name, Key=key)
            with answer["Body"] as body:
                if answer["ContentLength"] <= LARGEST:
                    return whole(body.read())
            reading.left_out[key] = f"larger than {LARGEST} bytes"
        except NotWhole as error:
            reading.left_out[key] = str(error)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in ("NoSuchKey", "404"):
                raise StorageFailed(f"{key} could not be read: {error}") from error
            reading.vanished.add(key)
        except (BotoCoreError, HTTPError) as error:
            raise StorageFailed(f"{key} could not be read: {type(error).__name__}: {error}") from error
        return []


def _days(start: datetime, end: datetime) -> Iterator[date]:
    day = start.date()
    while day <= end.date():
        yield day
        day += timedelta(days=1)
