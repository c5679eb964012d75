"""Where a channel's outputs go: S3 over the local cloud's API, in the channel's role, or MediaPackage V2's ingest.

Sources: https://docs.aws.amazon.com/medialive/latest/ug/hls-destinations-s3-specify.html (s3ssl://BUCKET/PATH),
https://docs.aws.amazon.com/medialive/latest/ug/hls-example-mediapackage-v2.html (https://…ingest…/index)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from headend.errors import HeadendError
from headend.localcloud.media.uploader import SLATE_TYPE, Put, Remove

S3_SCHEMES = ("s3", "s3ssl")
PutUrl = Callable[[str, bytes, bool], None]
"""(URL, content, whether it is slate): puts one object to MediaPackage V2, or raises."""


class Destination(NamedTuple):
    """How to write to it, the base file name with its path, and how to remove what is old. `remove` is None where the
    origin does that by itself.

    A bucket's objects are the encoder's own: "you (MediaLive) will be the only agent that can delete the files when the
    files are no longer required", https://docs.aws.amazon.com/medialive/latest/ug/origin-server-hls-s3.html
    """

    put: Put
    base: str
    remove: Remove | None


def put_for(url: str, s3: Callable[[], Any], put_url: PutUrl) -> Destination:
    """The destination of that URL.

    `s3` gives an S3 client in the channel's role. Raises HeadendError for a protocol that is not written to here.
    """
    parts = urlsplit(url)
    if parts.scheme in S3_SCHEMES:
        bucket = parts.netloc

        def to_bucket(key: str, content: bytes, kind: str) -> None:
            s3().put_object(Bucket=bucket, Key=key, Body=content, ContentType=kind)

        def from_bucket(key: str) -> None:
            s3().delete_object(Bucket=bucket, Key=key)

        return Destination(to_bucket, parts.path.lstrip("/"), from_bucket)
    if parts.scheme == "https":

        def to_ingest(key: str, content: bytes, kind: str) -> None:
            put_url(f"https://{parts.netloc}/{key}", content, kind == SLATE_TYPE)

        return Destination(to_ingest, parts.path.lstrip("/"), None)
    raise HeadendError(f"{url}: the local cloud writes to s3://, s3ssl:// and https:// destinations")
