"""The bucket: raw objects, and the manifests that say which objects a run has."""

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from processing.contents import GONE, TOO_LARGE, Contents, Failure, parse
from processing.errors import ManifestInvalid, StorageFailed
from processing.keys import RawKey

LARGEST = 32 * 1024 * 1024  # bytes of an object; the collector writes about 5 MB
_GONE = "NoSuchKey"


@dataclass(frozen=True)
class Object:
    """An object as it is now: its ETag (without quotes; empty where it is gone), and what is in it."""

    etag: str
    contents: Contents


class Bucket:
    """Reads objects as they are now: what an event tells of, or what was written over it since.

    S3 says "no such key" of an object that is gone to those only who may list the bucket, "access denied" to others:
    that is a failure to try again, since the object may be there.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """

    def __init__(self, s3: Any, name: str) -> None:
        self._s3, self.name = s3, name

    def raw(self, key: RawKey) -> Object:
        """A raw object. One that is gone or far too large is not whole.

        Raises:
            StorageFailed: it could not be read, or not to its end.
        """
        answer = self._read(key.key)
        if answer is None:
            return Object("", Contents(failure=Failure(GONE, "there is no such object any more")))
        etag, data = answer
        if data is None:
            return Object(etag, Contents(failure=Failure(TOO_LARGE, f"larger than {LARGEST} bytes")))
        return Object(etag, parse(data, key))

    def manifest(self, key: str) -> tuple[str, ...]:
        """The keys in a manifest: a JSON list, or an object with the list `objects`.

        Raises:
            ManifestInvalid, StorageFailed.
        """
        answer = self._read(key)
        if answer is None or answer[1] is None:
            raise ManifestInvalid(f"there is no manifest {key}")
        try:
            document = json.loads(answer[1])
        except (ValueError, RecursionError) as error:
            raise ManifestInvalid(f"{key} is no JSON: {error}") from error
        listed = document.get("objects") if isinstance(document, dict) else document
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise ManifestInvalid(f"{key} lists no objects")
        return tuple(dict.fromkeys(listed))

    def _read(self, key: str) -> tuple[str, bytes | None] | None:
        """ETag and bytes, None in place of too many; None where there is no object."""
        try:
            answer = self._s3.get_object(Bucket=self.name, Key=key)
            etag = str(answer["ETag"]).strip('"')
            return etag, None if answer["ContentLength"] > LARGEST else answer["Body"].read()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == _GONE:
                return None
            raise StorageFailed(f"{key}: {error}") from error
        except BotoCoreError as error:
            raise StorageFailed(f"{key}: {error}") from error
