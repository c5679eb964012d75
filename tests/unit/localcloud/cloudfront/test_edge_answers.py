"""Answers as viewers get them: conditions, ranges, CloudFront's headers."""

from __future__ import annotations

import pytest

from headend.localcloud.cloudfront.cache_key import Viewed
from headend.localcloud.cloudfront.edge_answers import Served, reply
from headend.localcloud.cloudfront.viewer_requests import read
from headend.localcloud.origins.listener import Received, Reply

MODIFIED = "Sat, 21 Nov 2026 21:00:00 GMT"


def answered(method: str = "GET", age: int | None = None, **headers: str) -> tuple[Reply, dict[str, str]]:
    received = Received(
        method, "/a", [(name.replace("_", "-"), value) for name, value in headers.items()], b"", True, ""
    )
    known = {"etag": '"x"', "last-modified": MODIFIED}
    served = Served(200, known, b"0123456789", "Hit", "first", age)
    made = reply(served, None, Viewed(method, "/a"), received, "id")
    return made, {name.lower(): value for name, value in made.headers}


@pytest.mark.parametrize(
    ("wanted", "status", "body", "told"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=5-100", 206, b"56789", "bytes 5-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=5-3", 416, b"", "bytes */10"),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("lines=0-1", 200, b"0123456789", None),
    ],
)
def test_ranges(wanted: str, status: int, body: bytes, told: str | None) -> None:
    made, headers = answered(Range=wanted)
    assert (made.status, made.body, headers.get("content-range")) == (status, body, told)


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"If_None_Match": '"x"'}, 304),
        ({"If_None_Match": '"y", "x"'}, 304),
        ({"If_None_Match": "*"}, 304),
        ({"If_None_Match": '"y"', "If_Modified_Since": MODIFIED}, 200),
        ({"If_Modified_Since": MODIFIED}, 304),
        ({"If_Modified_Since": "Sat, 21 Nov 2026 20:00:00 GMT"}, 200),
    ],
)
def test_conditions(condition: dict[str, str], status: int) -> None:
    assert answered(**condition)[0].status == status


def test_headers_of_the_edge() -> None:
    _, headers = answered(age=3)
    assert (headers["x-cache"], headers["age"], headers["x-headend-origin"]) == ("Hit from cloudfront", "3", "first")
    assert "age" not in answered()[1]


def test_a_request_is_read() -> None:
    sent = [("Cookie", "a=1; b=2"), ("Accept", "x"), ("accept", "y")]
    assert read(Received("GET", "/a%20b?c=1&d&e=f=g", sent, b"", True, "")) == Viewed(
        "GET", "/a%20b", (("c", "1"), ("d", ""), ("e", "f=g")), {"accept": "x,y"}, (("a", "1"), ("b", "2"))
    )
