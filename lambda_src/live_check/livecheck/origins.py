"""How a channel's origin is read: a bucket by S3's API, an endpoint of MediaPackage V2 by signed requests.

A read gives the bytes and when they were written, seconds since the epoch; None where the origin does not say.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html,
https://docs.aws.amazon.com/mediapackage/latest/userguide/endpoint-auth.html (signed requests)
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError

from livecheck.errors import Missing, Throttled

SECONDS = 5.0
BEGINNING = 256 * 1024
"""Bytes of a segment within which its first picture begins."""
THROTTLED = frozenset({"SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException"})


class Origin(Protocol):
    """Reads objects by URL."""

    def read(self, url: str, *, beginning: bool = False) -> tuple[bytes, float | None]:
        """An object, or its first `BEGINNING` bytes at least. Raises Missing, Throttled."""


class Bucket:
    """Objects of S3 by `s3://BUCKET/KEY`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def read(self, url: str, *, beginning: bool = False) -> tuple[bytes, float | None]:
        """See Origin."""
        parts = urlsplit(url)
        asked = {"Bucket": parts.netloc, "Key": parts.path.lstrip("/")}
        if beginning:
            asked["Range"] = f"bytes=0-{BEGINNING - 1}"
        try:
            answer = self._client.get_object(**asked)
            return answer["Body"].read(), answer["LastModified"].timestamp()
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in THROTTLED:
                raise Throttled(f"S3: {code}") from error
            raise Missing(f"{url}: {code}") from error
        except BotoCoreError as error:
            raise Missing(f"{url}: {error}") from error


class Endpoint:
    """Objects of a MediaPackage V2 origin endpoint by their HTTPS URL, asked for with these credentials.

    `door` is the address of what stands in for AWS, None for AWS itself; the Host header stays.
    """

    def __init__(self, credentials: Any, region: str, door: str | None, now: Callable[[], float]) -> None:
        self._credentials = credentials
        self._region = region
        self._door = door
        self._now = now
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({})) if door else None

    def read(self, url: str, *, beginning: bool = False) -> tuple[bytes, float | None]:
        """See Origin."""
        host = urlsplit(url).netloc
        asked = AWSRequest("GET", url, headers={"Host": host})
        SigV4Auth(self._credentials, "mediapackagev2", self._region).add_auth(asked)
        headers = dict(asked.headers.items())
        if beginning:
            headers["Range"] = f"bytes=0-{BEGINNING - 1}"
        request = urllib.request.Request(self._address(url), headers=headers)  # noqa: S310 - see _address
        opening = self._opener.open if self._opener else urllib.request.urlopen
        try:
            with opening(request, timeout=SECONDS) as response:
                return response.read(), None
        except urllib.error.HTTPError as error:
            with error:
                if error.code == http.HTTPStatus.TOO_MANY_REQUESTS:
                    raise Throttled(f"{host}: {error.code}") from error
                raise Missing(f"{url}: {error.code}") from error
        except (OSError, http.client.HTTPException) as error:
            raise Missing(f"{url}: {error}") from error

    def _address(self, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "https":
            raise Missing(f"{url}: MediaPackage is asked by https")
        if self._door is None:
            return url
        door = urlsplit(self._door)
        return urlunsplit((door.scheme, door.netloc, parts.path, parts.query, ""))
