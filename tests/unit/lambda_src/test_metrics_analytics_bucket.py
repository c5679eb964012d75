"""What is read from the bucket: all pages, what may matter, whole objects only; and what can go wrong."""

import io
import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from analytics.bucket import LARGEST, Bucket, Reading
from analytics.collection import collect
from analytics.errors import StorageFailed
from analytics.series import Window
from analytics.service import analyse
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.response import StreamingBody
from urllib3.exceptions import ProtocolError

from unit.lambda_src.analytics_cases import NOW, bucket, content, line, lines, objects, request, window


class Pages:
    """A bucket's listing, a page for each list of keys; each object was written at its time, or just now."""

    def __init__(self, pages: list[list[str]], times: dict[str, datetime] | None = None) -> None:
        self.pages, self.times, self.asked = pages, times or {}, list[str]()

    def paginate(self, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        self.asked.append(Prefix)
        for page in self.pages:
            own = [{"Key": key, "LastModified": self.times.get(key, NOW)} for key in page if key.startswith(Prefix)]
            yield {"Contents": own} if own else {}


class S3:
    """A bucket whose objects are made when they are read."""

    def __init__(self, pages: Pages, body: Any = b"") -> None:
        self.pages, self.body, self.read, self.size = pages, body, list[str](), 1000

    def get_paginator(self, operation: str) -> Pages:
        assert operation == "list_objects_v2"
        return self.pages

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        self.read.append(Key)
        if isinstance(self.body, Exception):
            raise self.body
        raw = self.body(Key) if callable(self.body) else io.BytesIO(self.body)
        return {"Body": StreamingBody(raw, content_length=None), "ContentLength": self.size}


class Lines(io.RawIOBase):
    """A body that is made when it is read."""

    def __init__(self, made: Iterator[bytes]) -> None:
        self._made = made

    def read(self, size: int = -1) -> bytes:
        return b"".join(self._made)


def read(s3: S3, over: Window | None = None) -> tuple[list[Any], Reading]:
    reading = Reading()
    return list(Bucket(s3, "b").datapoints("cpu", over or window(3), reading)), reading


def key(number: int, day: str = "2026-01-02") -> str:
    return f"raw/metric_type=cpu/date={day}/run-1-{number:04d}.json"


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetObject")


def test_all_pages_of_a_listing_are_read(aws: None) -> None:
    kept = [objects(lines(f"i-{number}", [20.0] * 2), run=f"run-{number}") for number in range(7)]
    small = bucket(*kept)
    original = small._s3.get_paginator
    small._s3.get_paginator = lambda name: _TwoAPage(original(name))
    result = analyse(request(), small)
    assert (result["counts"]["objects"], result["counts"]["hosts"]) == (7, 7)


class _TwoAPage:
    def __init__(self, paginator: Any) -> None:
        self._paginator = paginator

    def paginate(self, **parameters: Any) -> Any:
        return self._paginator.paginate(**parameters, PaginationConfig={"PageSize": 2})


def test_an_empty_page_does_not_end_a_listing() -> None:
    s3 = S3(Pages([[key(1)], [], [key(2)]]), content(lines("i-1", [20.0])))
    assert (len(read(s3)[0]), s3.read) == (2, [key(1), key(2)])


def test_the_days_of_the_window_are_listed_and_no_other() -> None:
    pages = Pages([])
    read(S3(pages), window(24))
    assert pages.asked == [f"raw/metric_type=cpu/date=2026-01-0{day}/" for day in (1, 2)]


def test_an_object_that_was_written_before_the_window_began_is_not_read() -> None:
    old, young = NOW - timedelta(hours=3, minutes=2), NOW - timedelta(hours=3)
    s3 = S3(Pages([[key(1), key(2)]], {key(1): old, key(2): young}), content([]))
    read(s3)
    assert s3.read == [key(2)]


def test_datapoints_outside_the_window_are_left_out() -> None:
    points = [line("i-1", NOW - timedelta(hours=3, minutes=m), 1.0) for m in (-1, 0, 1)] + [line("i-1", NOW, 1.0)]
    found, reading = read(S3(Pages([[key(1)]]), content(points)))
    assert len(found) == reading.datapoints == 2


def test_an_object_that_was_deleted_meanwhile_is_counted() -> None:
    found, reading = read(S3(Pages([[key(1)]]), client_error("NoSuchKey")))
    assert (found, reading.counts["vanished_objects"], reading.left_out) == ([], 1, {})


def test_an_object_that_is_far_too_large_is_not_read() -> None:
    s3 = S3(Pages([[key(1), key(2)]]), content(lines("i-1", [20.0])))
    s3.size = LARGEST
    assert len(read(s3)[0]) == 2
    s3.size = LARGEST + 1
    found, reading = read(s3)
    assert (found, reading.left_out) == ([], {key(n): "larger than 33554432 bytes" for n in (1, 2)})


@pytest.mark.parametrize(
    "error", [client_error("AccessDenied"), client_error("SlowDown"), ReadTimeoutError(endpoint_url="https://s3")]
)
def test_an_object_that_cannot_be_read_fails_the_analysis(error) -> None:
    with pytest.raises(StorageFailed, match=r"run-1-0001\.json could not be read"):
        read(S3(Pages([[key(1)]]), error))


def test_a_connection_that_breaks_in_an_object_fails_the_analysis() -> None:
    def broken(_: str) -> Lines:
        def made() -> Iterator[bytes]:
            yield b'{"end": true'
            raise ProtocolError("reset")

        return Lines(made())

    with pytest.raises(StorageFailed, match="could not be read: "):
        read(S3(Pages([[key(1)]]), broken))


def test_a_bucket_that_is_not_there_fails_the_analysis(aws: None) -> None:
    with pytest.raises(StorageFailed, match="could not be listed"):
        analyse(request(), Bucket(boto3.client("s3"), "gone"))


def test_a_result_that_cannot_be_written_fails_the_analysis(aws: None) -> None:
    with pytest.raises(StorageFailed, match=r"analysis/run-1/trend\.json could not be written"):
        analyse(request(types=()), Bucket(boto3.client("s3"), "gone"))


def _peak(runs: int) -> int:
    """Bytes that 1,000 hosts take at most, each run with the same hosts and times."""
    times = [(NOW - timedelta(minutes=5 * n)).strftime("%Y-%m-%dT%H:%M:%SZ") for n in range(6, 0, -1)]

    def made() -> Iterator[bytes]:
        for host in range(1000):
            for at in times:
                document = line(f"i-{host:017x}", datetime(2026, 1, 2, tzinfo=UTC), 20.0)
                yield json.dumps({**document, "timestamp": at}).encode() + b"\n"
        yield json.dumps({"end": True, "lines": 6000}).encode() + b"\n"

    s3 = S3(Pages([[key(n) for n in range(runs)]]), lambda _: Lines(made()))
    over, reading = window(24), Reading()
    tracemalloc.start()
    try:
        found = collect(Bucket(s3, "b").datapoints("cpu", over, reading), over)
        assert (len(found), reading.datapoints) == (1000, 6000 * runs)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_what_is_read_of_a_thousand_hosts() -> None:
    few, many = _peak(2), _peak(5)
    assert many < few * 1.05
    assert many < 16 * 1024 * 1024
