"""Durations and tracks of what a channel takes in."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cmaf
from headend.localcloud.mediapackage.ingest import Content, IngestError

RATES = [Fraction(24_000, 1001), Fraction(25), Fraction(30_000, 1001), Fraction(50), Fraction(60_000, 1001)]


def content(*, locked: bool = True) -> Content:
    return Content(locked=locked, now=lambda: 0.0, window=lambda: 30.0)


@given(st.sampled_from(RATES), st.integers(12, 600), st.integers(10**8, 10**9))
def test_the_duration_of_segments_is_read_off_one_of_them(rate: Fraction, frames: int, number: int) -> None:
    duration = frames / rate
    taken = content()
    taken.put("1", "index_high_init.mp4", cmaf.header())
    begins = round(number * duration * cmaf.TIMESCALE) / cmaf.TIMESCALE
    taken.put("1", f"index_high_{number}.m4s", cmaf.segment(number, begins=begins))
    assert taken.tracks()[0].duration == duration


def test_a_track_needs_its_header_first() -> None:
    taken = content()
    with pytest.raises(IngestError, match="no header") as raised:
        taken.put("1", "index_high_5.m4s", cmaf.segment(5))
    assert raised.value.status == 409
    assert taken.tracks() == []


def test_old_content_is_forgotten() -> None:
    taken = content()
    taken.put("1", "index_high_init.mp4", cmaf.header())
    for number in range(1_000, 1_100):
        taken.put("1", f"index_high_{number}.m4s", cmaf.segment(number))
    assert sorted(taken.tracks()[0].pieces) == list(range(1_054, 1_100)), "the manifest's 30 s, and 60 s to spare"


MANIFEST = b"""#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=2,RESOLUTION=2x2
index_high.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1
index_low.m3u8
"""


def test_nothing_plays_before_all_that_was_announced_does_and_each_track_is_what_it_was_announced_as() -> None:
    taken = content()
    taken.put("1", "index.m3u8", MANIFEST)
    taken.put("1", "index_low_init.mp4", cmaf.header())
    taken.put("1", "index_low_1000.m4s", cmaf.segment(1_000))
    assert taken.tracks() == []
    taken.put("2", "index_high_init.mp4", cmaf.header())
    taken.put("2", "index_high_1000.m4s", cmaf.segment(1_000))
    assert [one.name for one in taken.tracks()] == ["index_high", "index_low"]
    assert [taken.attributes(one) for one in taken.tracks()] == ["BANDWIDTH=2,RESOLUTION=2x2", "BANDWIDTH=1"]
    taken.put("1", "index_low.m3u8", b"#EXTM3U\n")
    assert len(taken.tracks()) == 2, "a media manifest announces nothing"


def test_a_rendition_that_is_no_longer_announced_plays_no_more() -> None:
    taken = content()
    taken.put("1", "index.m3u8", MANIFEST)
    for track in ("high", "low"):
        taken.put("1", f"index_{track}_init.mp4", cmaf.header())
        taken.put("1", f"index_{track}_1000.m4s", cmaf.segment(1_000))
    taken.put("1", "index.m3u8", MANIFEST.partition(b"#EXT-X-STREAM-INF:BANDWIDTH=1")[0])
    assert [one.name for one in taken.tracks()] == ["index_high"]


@pytest.mark.parametrize("name", ["index.txt", "init.mp4", "index_high_.m4s"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(IngestError) as raised:
        content().put("1", name, b"")
    assert raised.value.status == 400


def test_a_channel_that_is_not_locked_takes_numbers_from_nought() -> None:
    taken = content(locked=False)
    taken.put("1", "index_high_init.mp4", cmaf.header())
    for number in range(3):
        taken.put("1", f"index_high_{number}.m4s", cmaf.segment(number))
    assert sorted(taken.tracks()[0].pieces) == [0, 1, 2]
    strict = content()
    strict.put("1", "index_high_init.mp4", cmaf.header())
    with pytest.raises(IngestError, match="not locked to the epoch"):
        strict.put("1", "index_high_0.m4s", cmaf.segment(0))
