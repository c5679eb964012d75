"""Reads which manifests were written out of the queue's messages: S3's notifications, as they are.

Sources:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from expiry.errors import InvalidRequest


@dataclass(frozen=True)
class Written:
    """One object that was written.

    Attributes:
        key: not encoded, as the API takes it.
        etag: without quotes; it stands for this content of the object.
        at: when it was written.
    """

    bucket: str
    key: str
    etag: str
    at: datetime


def parse(body: object) -> list[Written]:
    """What was written, by a queue's message (JSON text); nothing in S3's test of a configuration, or for deletions.

    Raises:
        InvalidRequest: it is no notification of S3.
    """
    try:
        event = json.loads(str(body))
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"the message is no JSON: {error}") from error
    if not isinstance(event, dict):
        raise InvalidRequest("a notification must be a JSON object")
    if event.get("Event") == "s3:TestEvent":
        return []
    records = event.get("Records")
    if not isinstance(records, list):
        raise InvalidRequest("a notification must have a list of Records")
    try:
        return [_written(one) for one in records if _creates(str(one["eventName"]))]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidRequest(f"the notification is not complete: {type(error).__name__}: {error}") from error


def _creates(name: str) -> bool:
    return name.removeprefix("s3:").startswith("ObjectCreated:")


def _written(record: Mapping[str, Any]) -> Written:
    stored = record["s3"]["object"]
    at = datetime.fromisoformat(record["eventTime"])
    etag = str(stored["eTag"]).strip('"')
    if not etag:
        raise ValueError("an empty ETag")
    return Written(
        bucket=str(record["s3"]["bucket"]["name"]),
        key=unquote_plus(str(stored["key"])),
        etag=etag,
        at=at if at.tzinfo else at.replace(tzinfo=UTC),
    )
