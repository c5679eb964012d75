"""The cache key, and what reaches the origin."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.localcloud.cloudfront.cache_key import Pairs, Viewed, cache_key, forwarded

NAMES = st.text("abc", min_size=1, max_size=2)
PAIRS = st.lists(st.tuples(NAMES, st.text("xyz", max_size=2)), max_size=4).map(tuple)


def policy(**parts: Any) -> dict[str, Any]:
    return {"ParametersInCacheKeyAndForwardedToOrigin": parts}


def query(behavior: str, *names: str) -> dict[str, Any]:
    return {"QueryStringsConfig": {"QueryStringBehavior": behavior, "QueryStrings": {"Items": list(names)}}}


@given(first=PAIRS, second=PAIRS, cookies=PAIRS)
def test_what_no_policy_names_is_not_in_the_key(first: Pairs, second: Pairs, cookies: Pairs) -> None:
    keys = {
        cache_key("d", Viewed("GET", "/a", pairs, {"accept": str(pairs)}, cookies), policy())
        for pairs in (first, second)
    }
    assert len(keys) == 1


@given(pairs=PAIRS, names=st.lists(NAMES, max_size=2))
def test_what_is_in_the_key_reaches_the_origin(pairs: Pairs, names: list[str]) -> None:
    viewed = Viewed("GET", "/a", pairs)
    for behavior in ("whitelist", "allExcept", "all", "none"):
        named = policy(**query(behavior, *names))
        target, _ = forwarded(viewed, named, None)
        kept = cache_key("d", viewed, named)[3]
        assert target == viewed.text(kept)


@pytest.mark.parametrize(
    ("behavior", "target"),
    [
        ("none", "/a"),
        ("all", "/a?v=1&w=2"),
        ("whitelist", "/a?v=1"),
        ("allExcept", "/a?w=2"),
    ],
)
def test_query_strings(behavior: str, target: str) -> None:
    viewed = Viewed("GET", "/a", (("v", "1"), ("w", "2")))
    assert forwarded(viewed, policy(**query(behavior, "v")), None)[0] == target
    assert forwarded(viewed, policy(), query(behavior, "v"))[0] == target, "as an origin request policy"


def test_the_path_and_the_domain_are_in_the_key_and_options_has_keys_of_its_own() -> None:
    keys = {
        cache_key(domain, Viewed(method, path), policy())
        for domain in ("d", "e")
        for path in ("/a", "/A")
        for method in ("GET", "HEAD", "OPTIONS")
    }
    assert len(keys) == 8


def test_an_origin_request_policy_adds_to_the_request_but_not_to_the_key() -> None:
    viewed = Viewed("GET", "/a", headers={"origin": "https://a", "accept": "*/*", "x-own": "1", "authorization": "no"})
    more = {"HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": {"Items": ["Origin", "X-Own"]}}}
    _, headers = forwarded(viewed, policy(), more)
    assert headers == {"user-agent": "Amazon CloudFront", "origin": "https://a", "x-own": "1"}


def test_all_headers_of_a_viewer() -> None:
    viewed = Viewed("GET", "/a", headers={"host": "d", "accept": "*/*", "x-headend-viewer": "x", "connection": "close"})
    _, headers = forwarded(viewed, policy(), {"HeadersConfig": {"HeaderBehavior": "allViewer"}})
    assert headers == {"user-agent": "Amazon CloudFront", "host": "d", "accept": "*/*"}


@pytest.mark.parametrize(
    ("gzip", "brotli", "normal"), [(False, False, ""), (True, False, "gzip"), (True, True, "br,gzip")]
)
def test_encodings_have_one_form(gzip: bool, brotli: bool, normal: str) -> None:
    named = policy(EnableAcceptEncodingGzip=gzip, EnableAcceptEncodingBrotli=brotli)
    keys = {
        cache_key("d", Viewed("GET", "/a", headers={"accept-encoding": text}), named)
        for text in ("gzip, br", "br;q=1.0,gzip;q=0.5", "deflate, gzip, br")
    }
    assert {key[-1] for key in keys} == {normal}


def test_cookies_go_by_name() -> None:
    viewed = Viewed("GET", "/a", cookies=(("a", "1"), ("b", "2")))
    named = policy(CookiesConfig={"CookieBehavior": "whitelist", "Cookies": {"Items": ["b"]}})
    assert forwarded(viewed, named, None)[1]["cookie"] == "b=2"
    assert "cookie" not in forwarded(viewed, policy(), None)[1]
