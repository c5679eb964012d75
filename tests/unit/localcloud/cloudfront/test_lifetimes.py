"""Times to live: the table of AWS's page on expiration, and properties of it."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.localcloud.cloudfront.lifetimes import (
    Limits,
    error_seconds,
    object_seconds,
    stale_if_error,
    stale_while_revalidating,
)

NOW = 1_800_000_000.0
FREE, HELD = Limits(0, 100, 1000), Limits(10, 100, 1000)


@pytest.mark.parametrize(
    ("headers", "limits", "seconds"),
    [
        ({"cache-control": "max-age=50"}, FREE, 50),
        ({"cache-control": "max-age=5000"}, FREE, 1000),
        ({"cache-control": "max-age=0"}, FREE, 0),
        ({"cache-control": "max-age=5"}, HELD, 10),
        ({"cache-control": "max-age=50"}, HELD, 50),
        ({"cache-control": "max-age=5000"}, HELD, 1000),
        ({}, FREE, 100),
        ({}, Limits(200, 200, 1000), 200),
        ({"cache-control": "max-age=5, s-maxage=50"}, FREE, 50),
        ({"cache-control": "S-MaxAge=5, max-age=50"}, HELD, 10),
        ({"expires": formatdate(NOW + 70, usegmt=True)}, FREE, 70),
        ({"expires": formatdate(NOW + 7000, usegmt=True)}, FREE, 1000),
        ({"expires": formatdate(NOW - 70, usegmt=True)}, HELD, 10),
        ({"expires": "0"}, FREE, 0),
        ({"expires": formatdate(NOW + 70, usegmt=True), "cache-control": "max-age=5"}, FREE, 5),
        ({"cache-control": "no-store"}, FREE, 0),
        ({"cache-control": "no-cache, max-age=50"}, FREE, 0),
        ({"cache-control": "private"}, HELD, 10),
        ({"cache-control": 'public, max-age="50"'}, FREE, 50),
    ],
)
def test_how_long_an_object_is_fresh(headers: dict[str, str], limits: Limits, seconds: float) -> None:
    assert object_seconds(headers, limits, NOW) == seconds


@given(
    least=st.integers(0, 10**6),
    more=st.integers(0, 10**6),
    most=st.integers(0, 10**6),
    text=st.text("abcdefmnoprstuvwxg-=,0123456789 ", max_size=60),
)
def test_a_time_is_never_outside_the_limits(least: int, more: int, most: int, text: str) -> None:
    limits = Limits(least, least + more, least + more + most)
    assert limits.least <= object_seconds({"cache-control": text}, limits, NOW) <= limits.most


@pytest.mark.parametrize(
    ("status", "cache_control", "responses", "seconds"),
    [
        (404, "", [], 10),
        (503, "", [{"ErrorCode": 503, "ErrorCachingMinTTL": 0}], 0),
        (503, "", [{"ErrorCode": 404, "ErrorCachingMinTTL": 0}], 10),
        (404, "max-age=60", [{"ErrorCode": 404, "ErrorCachingMinTTL": 5}], 60),
        (404, "max-age=1", [{"ErrorCode": 404, "ErrorCachingMinTTL": 5}], 5),
        (404, "no-store", [], 0),
        (403, "", [], 0),
        (403, "max-age=1", [], 10),
        (429, "max-age=60", [], 0),
    ],
)
def test_how_long_an_error_is_kept(
    status: int, cache_control: str, responses: list[dict[str, int]], seconds: float
) -> None:
    assert error_seconds(status, {"cache-control": cache_control}, responses) == seconds


def test_how_long_what_is_out_of_date_is_good_enough() -> None:
    assert stale_if_error({}, FREE, 100) == 900
    assert stale_if_error({}, FREE, 1000) == 0
    assert stale_if_error({"cache-control": "stale-if-error=0"}, FREE, 0) == 0
    assert stale_if_error({"cache-control": "stale-if-error=5"}, FREE, 100) == 5
    assert stale_if_error({"cache-control": "stale-if-error=5000"}, FREE, 100) == 900
    assert stale_while_revalidating({"cache-control": "max-age=1"}, FREE, 1) == 0
    assert stale_while_revalidating({"cache-control": "max-age=1, stale-while-revalidate=30"}, FREE, 1) == 30
    assert stale_while_revalidating({"cache-control": "max-age=1, stale-while-revalidate=30"}, FREE, 990) == 10
