"""Reads which objects are new out of what S3 says, through EventBridge or as a notification of its own.

A key is as it is in EventBridge's events, and URL-encoded in S3's notifications.

Sources:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from processing.errors import InvalidRequest

SEQUENCER_LENGTH = 32  # S3's are 16 to 18 hexadecimal digits


@dataclass(frozen=True)
class ObjectCreated:
    """One object that was written.

    Attributes:
        etag: without quotes; empty where the event has none.
        sequencer: which of two events of one key is the later, by comparing text. S3 gives hexadecimal digits of any
            length, the shorter to be padded with zeros on the right: padded already.
    """

    bucket: str
    key: str
    etag: str
    sequencer: str


def parse_message(body: object) -> list[ObjectCreated]:
    """The new objects in a queue's message, JSON text. InvalidRequest: it is no event of S3."""
    try:
        event = json.loads(str(body))
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"the message is no JSON: {error}") from error
    return parse(event)


def parse(event: object) -> list[ObjectCreated]:
    """The new objects in an event of EventBridge or a notification of S3; none in S3's test of a configuration.

    Raises:
        InvalidRequest: it is neither.
    """
    if not isinstance(event, dict):
        raise InvalidRequest("an event must be a JSON object")
    if event.get("Event") == "s3:TestEvent":
        return []
    try:
        if event.get("source") == "aws.s3" and event.get("detail-type") == "Object Created":
            detail = event["detail"]
            return [_created(detail["bucket"], detail["object"], str(detail["object"]["key"]))]
        if isinstance(event.get("Records"), list):
            return [
                _created(
                    record["s3"]["bucket"], record["s3"]["object"], unquote_plus(str(record["s3"]["object"]["key"]))
                )
                for record in event["Records"]
                if str(record["eventName"]).removeprefix("s3:").startswith("ObjectCreated:")
            ]
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidRequest(f"the event of S3 is not complete: {type(error).__name__}: {error}") from error
    raise InvalidRequest("the event is neither EventBridge's Object Created nor a notification of S3")


def _created(bucket: Mapping[str, Any], made: Mapping[str, Any], key: str) -> ObjectCreated:
    etag = str(made.get("etag") or made.get("eTag") or "").strip('"')
    sequencer = str(made.get("sequencer") or "").upper().ljust(SEQUENCER_LENGTH, "0")
    return ObjectCreated(str(bucket["name"]), key, etag, sequencer)
