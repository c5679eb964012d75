"""What is done with a manifest some time after it was written: it is deleted, unless it has been written again.

Each write of a manifest has a message of its own, which comes after the queue's delay and carries the ETag of what was
written. S3 deletes the object only if it still has that ETag, and decides that in one step: a write that comes
meanwhile is never lost. So messages may come late, twice and in any order, and two of them at the same time.

Sources:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
"""

from collections.abc import Collection
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from expiry.errors import StorageFailed
from expiry.events import Written

EXPIRED, SUPERSEDED, GONE, KEPT = "expired", "superseded", "gone", "kept"
SUFFIX = ".m3u8"
_ATTEMPTS = 3
"""Of a delete that another request to the same object got in the way of."""
_AGAIN = frozenset({"ConditionalRequestConflict", "OperationAborted"})
_GONE = frozenset({"404", "NoSuchKey"})
_WRITTEN_AGAIN = frozenset({"412", "PreconditionFailed"})


class Expirer:
    """Expires manifests of one bucket.

    Args:
        s3: a client, which may be used by several threads.
        bucket: what lies in another one is left alone.
        kept: keys of manifests that never expire.
        conditional: whether a manifest must still be the one of the message. False is for the drill that shows what
            happens without it.
    """

    def __init__(self, s3: Any, bucket: str, kept: Collection[str], *, conditional: bool = True) -> None:
        self._s3, self._bucket, self._kept, self._conditional = s3, bucket, frozenset(kept), conditional

    def expire(self, written: Written) -> str:
        """Delete a manifest if it is still what was written then.

        Returns:
            EXPIRED; SUPERSEDED: it has been written again; GONE: it is not there; KEPT: it never expires.

        Raises:
            StorageFailed: S3 cannot be asked, or does not permit it. To try again is safe.
        """
        if written.bucket != self._bucket or written.key in self._kept or not written.key.endswith(SUFFIX):
            return KEPT
        for _ in range(_ATTEMPTS):
            outcome = self._delete(written)
            if outcome:
                return outcome
        raise StorageFailed(f"{written.key}: other requests for it got in the way {_ATTEMPTS} times")

    def _delete(self, written: Written) -> str | None:
        """The outcome; None when another request for the object got in the way."""
        condition = {"IfMatch": f'"{written.etag}"'} if self._conditional else {}
        try:
            self._s3.delete_object(Bucket=written.bucket, Key=written.key, **condition)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code"))
            if code in _WRITTEN_AGAIN:
                return SUPERSEDED
            if code in _GONE:
                return GONE
            if code in _AGAIN:
                return None
            raise StorageFailed(f"{written.key}: {code}: {error}") from error
        except BotoCoreError as error:
            raise StorageFailed(f"{written.key}: {type(error).__name__}: {error}") from error
        return EXPIRED
