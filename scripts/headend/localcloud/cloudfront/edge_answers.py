"""Answers on their way to a viewer: CloudFront's own headers, conditions, ranges, the response headers policy.

Sources: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehavior.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RangeGETs.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from headend.localcloud.cloudfront import response_headers
from headend.localcloud.cloudfront.cache_key import Viewed
from headend.localcloud.cloudfront.records import Config
from headend.localcloud.origins.listener import Received, Reply

ORIGIN = "x-headend-origin"
"""Who served an answer: the origin's id, which CloudFront itself does not tell."""
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
HIT, MISS, REFRESHED, ERROR = "Hit", "Miss", "RefreshHit", "Error"


@dataclass(frozen=True)
class Served:
    """An answer on its way to the viewer. `result` is X-Cache's word; `age` in seconds for what the cache has."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    result: str
    origin: str = ""
    age: int | None = None


def own(status: int, message: str) -> Served:
    """An error that the edge answers by itself."""
    return Served(status, {"content-type": "text/html"}, page(status, message), ERROR)


def page(status: int, message: str) -> bytes:
    """The body of such an answer."""
    return f"<html><body><h1>{status}</h1><p>{message}</p></body></html>\n".encode()


def reply(served: Served, policy: Config | None, viewed: Viewed, received: Received, request_id: str) -> Reply:
    """The answer as it is sent. `policy` is the response headers policy of the cache behavior."""
    status, headers, body = served.status, dict(served.headers), served.body
    if status == 200 and _is_known(headers, received):
        status, body = 304, b""
    elif status == 200 and viewed.method == "GET" and received.header("range"):
        status, headers, body = _part(headers, body, received.header("range"))
    if served.age is not None:
        headers["age"] = str(served.age)
    headers["via"] = "1.1 localcloud.cloudfront.net (CloudFront)"
    headers["x-amz-cf-id"] = request_id
    headers["x-amz-cf-pop"] = "LOC50-P1"
    headers["x-cache"] = f"{served.result} from cloudfront"
    if served.origin:
        headers[ORIGIN] = served.origin
    preflight = viewed.method == "OPTIONS" and bool(received.header("access-control-request-method"))
    headers = response_headers.changed(headers, policy, received.header("origin"), preflight=preflight)
    return Reply(status, [(name.title(), value) for name, value in headers.items()], body)


def _is_known(headers: Mapping[str, str], received: Received) -> bool:
    """Whether the viewer has the object already, by its ETag or else by its time.

    Source: https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
    """
    tags = [one.strip() for one in received.header("if-none-match").split(",") if one.strip()]
    if tags:
        return "*" in tags or headers.get("etag", "?") in tags
    changed = headers.get("last-modified")
    return changed is not None and changed == received.header("if-modified-since")


def _part(headers: dict[str, str], body: bytes, wanted: str) -> tuple[int, dict[str, str], bytes]:
    """One range of an object; all of it for what is no single range."""
    found = RANGE.fullmatch(wanted.strip())
    if not found or found.groups() == ("", ""):
        return 200, headers, body
    first, last = found.groups()
    start = int(first) if first else max(0, len(body) - int(last))
    end = min(int(last), len(body) - 1) if first and last else len(body) - 1
    if start >= len(body) or start > end:
        return 416, {**headers, "content-range": f"bytes */{len(body)}"}, b""
    return 206, {**headers, "content-range": f"bytes {start}-{end}/{len(body)}"}, body[start : end + 1]
