"""Manifests for tests: S3 as far as the dead man's switch knows it, and the messages that it arms."""

import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from botocore.exceptions import ClientError

BUCKET = "live-origin-0123456789ab"
KEY = "live/primary_p720.m3u8"
KEPT = ("live/index.m3u8", "live/primary.m3u8", "live/backup.m3u8")


class Bucket:
    """One bucket of S3, which decides each request in one step.

    Attributes:
        before: called before each request, as what others do meanwhile.
        refusals: errors (codes) of the next requests.
        asked: how many requests there were.
    """

    def __init__(self) -> None:
        self.objects: dict[str, str] = {}
        self.before: Callable[[], None] | None = None
        self.refusals: list[str | Exception] = []
        self.asked = 0

    def write(self, key: str, text: str) -> str:
        """Put an object; its ETag."""
        self.objects[key] = text
        return etag(text)

    def delete_object(self, *, Bucket: str, Key: str, IfMatch: str | None = None) -> dict[str, Any]:  # noqa: N803 - AWS's
        self.asked += 1
        if self.before:
            self.before()
        if self.refusals:
            refusal = self.refusals.pop(0)
            raise refusal if isinstance(refusal, Exception) else _error(refusal)
        if IfMatch is not None and Key not in self.objects:
            raise _error("NoSuchKey")
        if IfMatch is not None and etag(self.objects[Key]) != IfMatch.strip('"'):
            raise _error("PreconditionFailed")
        self.objects.pop(Key, None)
        return {}


def etag(text: str) -> str:
    """The ETag of a text, as S3 makes it, without quotes."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def notification(key: str = KEY, text: str = "1", *, name: str = "ObjectCreated:Put", bucket: str = BUCKET) -> str:
    """S3's notification of an object, as it lies in a queue."""
    stored = {"key": quote_plus(key, safe="/"), "size": len(text), "eTag": etag(text), "sequencer": "0A"}
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "eu-central-1",
        "eventTime": "2026-11-21T20:00:00.000Z",
        "eventName": name,
        "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"}, "object": stored},
    }
    return json.dumps({"Records": [record]})


def batch(*bodies: object) -> dict[str, Any]:
    """What a queue gives to its function."""
    return {"Records": [{"messageId": f"m{number}", "body": body} for number, body in enumerate(bodies)]}


def _error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "DeleteObject")
