"""What arrives in an origin, and in which order."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from headend.drill import hls
from headend.localcloud.media.ladder import Ladder, Rendition
from headend.localcloud.media.pipeline_encoder import Segment
from headend.localcloud.media.uploader import Uploader

LADDER = Ladder((Rendition("_hd", 1280, 720, 3_000_000),))
FIRST = 897_646_720


class Origin:
    """Objects by key, and the order in which they came. While `refuse(key)` raises, nothing is taken."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.order: list[str] = []
        self.refuse: Callable[[str], None] = lambda _: None
        self.changed = threading.Condition()

    def put(self, key: str, content: bytes, kind: str) -> None:
        self.refuse(key)
        with self.changed:
            self.objects[key] = content
            self.order.append(key)
            self.changed.notify_all()

    def numbers(self, key: str = "event/primary_hd.m3u8") -> list[int]:
        """The segments that a manifest names; none when it is not there."""
        if key not in self.objects:
            return []
        return [one.number for one in hls.media(self.objects[key].decode(), "http://edge/").segments]

    def until(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, 10)


@pytest.fixture
def origin() -> Origin:
    return Origin()


def uploader(origin: Origin, **settings: object) -> Uploader:
    return Uploader(origin.put, "event/primary", LADDER, **settings)  # type: ignore[arg-type]


def segment(number: int, header: bytes = b"") -> Segment:
    return Segment("_hd", FIRST + number, (FIRST + number) * 180_000, b"picture", header, 2.0 * (FIRST + number))


def test_a_manifest_comes_after_the_segments_that_it_names(origin: Origin) -> None:
    up = uploader(origin)
    for number in range(4):
        up.take(segment(number))
    origin.until(lambda: FIRST + 3 in origin.numbers())

    assert origin.order == [
        *(f"event/primary_hd_{FIRST + number}.ts" for number in range(3)),
        "event/primary.m3u8",
        "event/primary_hd.m3u8",
        f"event/primary_hd_{FIRST + 3}.ts",
        "event/primary_hd.m3u8",
    ]
    assert origin.numbers() == [FIRST, FIRST + 1, FIRST + 2, FIRST + 3]
    up.end()


def test_segments_that_are_no_longer_to_be_kept_are_removed_the_oldest_first(origin: Origin) -> None:
    def remove(key: str) -> None:
        with origin.changed:
            del origin.objects[key]
            origin.changed.notify_all()
        if key.endswith(f"_{FIRST}.ts"):
            raise ConnectionError(key)

    up = uploader(origin, window=3, keep=5, remove=remove)
    for number in range(9):
        up.take(segment(number))
    origin.until(lambda: f"event/primary_hd_{FIRST + 3}.ts" not in origin.objects and FIRST + 8 in origin.numbers())

    kept = [f"event/primary_hd_{FIRST + number}.ts" for number in range(4, 9)]
    assert sorted(key for key in origin.objects if key.endswith(".ts")) == kept
    assert origin.numbers() == [FIRST + 6, FIRST + 7, FIRST + 8]
    up.end()


def test_a_manifest_never_names_fewer_than_three_segments_nor_more_than_its_window(origin: Origin) -> None:
    up = uploader(origin, window=5)
    for number in range(9):
        up.take(segment(number))
    origin.until(lambda: FIRST + 8 in origin.numbers())

    assert origin.numbers() == [FIRST + number for number in range(4, 9)]
    assert origin.order.index("event/primary_hd.m3u8") > origin.order.index(f"event/primary_hd_{FIRST + 2}.ts")
    up.end()


def test_a_paused_pipeline_writes_nothing_and_comes_back_with_whole_manifests(origin: Origin) -> None:
    up = uploader(origin)
    for number in range(3):
        up.take(segment(number))
    origin.until(lambda: bool(origin.numbers()))
    up.pause()
    up.take(segment(3))
    up.take(segment(4))
    assert up.paused
    before = list(origin.order)
    up.resume()
    for number in range(5, 8):
        up.take(segment(number))
    origin.until(lambda: FIRST + 7 in origin.numbers())

    assert origin.order[len(before) :] == [
        *(f"event/primary_hd_{FIRST + number}.ts" for number in (5, 6, 7)),
        "event/primary_hd.m3u8",
    ]
    assert origin.numbers() == [FIRST + 5, FIRST + 6, FIRST + 7]
    up.end()


def test_stopping_ends_the_manifests_for_players(origin: Origin) -> None:
    up = uploader(origin)
    for number in range(3):
        up.take(segment(number))
    origin.until(lambda: bool(origin.numbers()))
    up.end()

    assert origin.objects["event/primary_hd.m3u8"].decode().endswith("#EXT-X-ENDLIST\n")
    up.take(segment(3))
    assert f"event/primary_hd_{FIRST + 3}.ts" not in origin.objects


def test_a_pipeline_that_fails_leaves_its_manifests_as_they_are(origin: Origin) -> None:
    up = uploader(origin)
    for number in range(3):
        up.take(segment(number))
    origin.until(lambda: bool(origin.numbers()))
    up.end(ending=False)

    assert b"ENDLIST" not in origin.objects["event/primary_hd.m3u8"]


def test_what_an_origin_refuses_is_written_when_it_takes_again(origin: Origin) -> None:
    failed = threading.Event()

    def refuse(key: str) -> None:
        if not failed.is_set():
            raise ConnectionError(key)

    origin.refuse = refuse
    up = uploader(origin, failed=lambda _key, _error: failed.set())
    for number in range(3):
        up.take(segment(number))
    origin.until(lambda: FIRST in origin.numbers())

    assert origin.numbers() == [FIRST, FIRST + 1, FIRST + 2]
    up.end()


def test_an_origin_that_refuses_for_long_loses_old_segments_and_gets_the_new_ones(origin: Origin) -> None:
    closed = threading.Event()
    closed.set()
    lost = threading.Event()

    def refuse(key: str) -> None:
        if closed.is_set():
            raise ConnectionError(key)

    origin.refuse = refuse
    up = uploader(origin, failed=lambda key, _: lost.set() if f"{FIRST + 1}" in key else None)
    for number in range(9):
        up.take(segment(number))
    assert lost.wait(10)
    closed.clear()
    origin.until(lambda: FIRST + 8 in origin.numbers())

    assert FIRST not in origin.numbers()
    assert origin.numbers() == list(range(origin.numbers()[0], FIRST + 9))
    up.end()


def test_a_segment_that_was_there_already_is_not_written_again(origin: Origin) -> None:
    up = uploader(origin)
    for number in (0, 1, 2, 1, 2, 3):
        up.take(segment(number))
    origin.until(lambda: FIRST + 3 in origin.numbers())

    assert [key for key in origin.order if key.endswith(".ts")] == [
        f"event/primary_hd_{FIRST + number}.ts" for number in range(4)
    ]
    up.end()


def test_an_fmp4_rendition_has_its_header_before_its_first_segment(origin: Origin) -> None:
    fragmented = Ladder(LADDER.renditions, fragmented=True)
    up = Uploader(origin.put, "event/primary", fragmented)
    for number in range(3):
        up.take(segment(number, header=b"header"))
    origin.until(lambda: bool(origin.numbers()))

    first = next(key for key in origin.order if not key.endswith(".m3u8"))
    assert first == "event/primary_hd_init.mp4"
    assert origin.order[0] == "event/primary.m3u8", "it says what is to come"
    assert b'#EXT-X-MAP:URI="primary_hd_init.mp4"' in origin.objects["event/primary_hd.m3u8"]
    up.end()


def test_a_redundant_multivariant_manifest_names_both_pipelines(origin: Origin) -> None:
    up = uploader(origin, redundant="backup")
    for number in range(3):
        up.take(segment(number))
    origin.until(lambda: "event/primary.m3u8" in origin.objects)

    text = origin.objects["event/primary.m3u8"].decode()
    assert [one.url for one in hls.variants(text, "http://edge/event/primary.m3u8")] == [
        "http://edge/event/primary_hd.m3u8",
        "http://edge/event/backup_hd.m3u8",
    ]
    up.end()
