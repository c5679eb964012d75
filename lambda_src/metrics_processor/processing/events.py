"""Reads which objects are new out of what S3 says, through EventBridge or as a notification of its own.

A key is as it is in EventBridge's events, and URL-encoded in S3's notifications. The ETag is `etag` in the one, and
`eTag` in the other.

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
        etag: without quotes.
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
            bucket, made = event["detail"]["bucket"], event["detail"]["object"]
            return [_created(bucket, made, str(made["key"]), made["etag"])]
        if isinstance(event.get("Records"), list):
            told = [record["s3"] for record in event["Records"] if _creates(str(record["eventName"]))]
            return [
                _created(one["bucket"], one["object"], unquote_plus(str(one["object"]["key"])), one["object"]["eTag"])
                for one in told
            ]
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidRequest(f"the event of S3 is not complete: {type(error).__name__}: {error}") from error
    raise InvalidRequest("the event is neither EventBridge's Object Created nor a notification of S3")


def _creates(name: str) -> bool:
    return name.removeprefix("s3:").startswith("ObjectCreated:")


def _created(bucket: Mapping[str, Any], made: Mapping[str, Any], key: str, etag: object) -> ObjectCreated:
    sequencer = str(made["sequencer"]).upper().ljust(SEQUENCER_LENGTH, "0")
    return ObjectCreated(str(bucket["name"]), key, str(etag).strip('"'), sequencer)
