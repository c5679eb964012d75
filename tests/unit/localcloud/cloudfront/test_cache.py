"""The edge's cache: what goes, what stays, and who waits."""

from __future__ import annotations

import threading

import pytest

from headend.localcloud.cloudfront import cache
from headend.localcloud.cloudfront.cache import Cache, Cached


def answer(body: bytes = b"x") -> Cached:
    return Cached(200, {}, body, "a", 0, 10)


def key(path: str, domain: str = "d") -> tuple[str, str, str]:
    return (domain, "", path)


def test_what_was_not_asked_for_the_longest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_BYTES", 25)
    kept = Cache()
    for path in ("/a", "/b"):
        kept.put(key(path), answer(b"x" * 10))
    assert kept.get(key("/a"))
    kept.put(key("/c"), answer(b"x" * 10))
    assert [bool(kept.get(key(path))) for path in ("/a", "/b", "/c")] == [True, False, True]


def test_an_answer_takes_the_place_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_BYTES", 25)
    kept = Cache()
    kept.put(key("/other"), answer(b"x" * 10))
    for _ in range(5):
        kept.put(key("/a"), answer(b"x" * 10))
    assert kept.get(key("/other"))


@pytest.mark.parametrize(("paths", "gone"), [(["/a*"], 2), (["/*"], 3), (["/b"], 1), (["/a?query"], 1), (["/none"], 0)])
def test_an_invalidation_removes_what_it_names_of_one_distribution(paths: list[str], gone: int) -> None:
    kept = Cache()
    for path in ("/a", "/ab", "/b"):
        kept.put(key(path), answer())
        kept.put(key(path, "other"), answer())
    assert kept.invalidate("d", paths) == gone
    assert all(kept.get(key(path, "other")) for path in ("/a", "/ab", "/b"))


def test_one_request_for_a_key_is_under_way_at_a_time_and_others_do_not_wait() -> None:
    kept, inside, order = Cache(), threading.Event(), []

    def second() -> None:
        inside.set()
        with kept.alone(key("/a")):
            order.append("second")

    with kept.alone(key("/a")):
        thread = threading.Thread(target=second)
        thread.start()
        inside.wait(10)
        with kept.alone(key("/b")):
            order.append("another key")
        order.append("first")
    thread.join(10)
    assert order == ["another key", "first", "second"]
    assert not kept._under_way
