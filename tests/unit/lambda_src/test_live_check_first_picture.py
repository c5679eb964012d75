"""The first picture's time stamp, whatever the segment looks like."""

from __future__ import annotations

import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livecheck.errors import NoPicture
from livecheck.first_picture import TS_WRAP, Stamp, first_picture

import cmaf
from headend.localcloud.media.fmp4 import Splitter
from headend.localcloud.media.mpegts import first_video_pts
from unit.lambda_src.live_cases import transport_stream


@given(st.integers(0, TS_WRAP - 1), st.booleans())
def test_a_transport_stream_tells_its_first_picture_also_after_a_sound(pts: int, audio_first: bool) -> None:
    segment = transport_stream(pts, audio_first=audio_first)
    assert first_picture(segment) == Stamp(pts, 90_000, TS_WRAP)
    assert first_video_pts(segment) == pts


@given(st.integers(0, 2_000_000_000))
def test_a_fragment_tells_its_first_picture(number: int) -> None:
    header, segment = cmaf.header(), cmaf.segment(number)
    found = first_picture(segment, header)
    assert found.seconds(Fraction(0)) == number * 2
    assert next(Splitter().feed(header + segment)).pts == found.ticks


@given(st.integers(-500, 500), st.integers(0, 500), st.integers(0, 1 << 40))
def test_pictures_that_are_shown_later_than_decoded_and_edits_that_begin_later_are_counted(
    offset: int, edit: int, decoded: int
) -> None:
    tkhd = cmaf.box("tkhd", bytes(4), struct.pack(">III", 0, 0, 1), bytes(68))
    mdhd = cmaf.box("mdhd", bytes(4), struct.pack(">IIII", 0, 0, 1000, 0), bytes(4))
    hdlr = cmaf.box("hdlr", bytes(8), b"vide", bytes(13))
    edits = cmaf.box("edts", cmaf.box("elst", bytes(4), struct.pack(">I", 2), _edit(-1), _edit(edit)))
    header = cmaf.box("moov", cmaf.box("trak", tkhd, edits, cmaf.box("mdia", mdhd, hdlr)))
    tfhd = cmaf.box("tfhd", bytes(4), struct.pack(">I", 1))
    tfdt = cmaf.box("tfdt", b"\1\0\0\0", struct.pack(">Q", decoded))
    trun = cmaf.box("trun", b"\1\0\x09\x01", struct.pack(">IIIi", 1, 0, 40, offset))
    segment = cmaf.box("moof", cmaf.box("traf", tfhd, tfdt, trun))
    assert first_picture(segment, header) == Stamp(decoded + offset - edit, 1000)


def _edit(begins: int) -> bytes:
    return struct.pack(">Iii", 0, begins, 0x10000)


@given(st.integers(0, 10**7), st.sampled_from([TS_WRAP, 1 << 32]), st.sampled_from([90_000, 25_000]))
def test_a_time_stamp_that_began_anew_means_the_moment_that_is_near(number: int, wrap: int, scale: int) -> None:
    begins = Fraction(number * 1001 * 60, 30_000)
    ticks = round(begins * scale)
    stamp = Stamp(ticks % wrap, scale, wrap)
    assert stamp.seconds(begins) == Fraction(ticks, scale)


@given(st.binary(max_size=600), st.booleans())
def test_damaged_segments_are_said_to_have_no_picture(body: bytes, fragmented: bool) -> None:
    with pytest.raises(NoPicture):
        first_picture(body, cmaf.header() if fragmented else b"")


def test_the_beginning_of_a_segment_is_enough() -> None:
    whole = transport_stream(180_000) + transport_stream(270_000)
    assert first_picture(whole[:1000]).ticks == 180_000
    assert first_picture(cmaf.segment(7)[:-5], cmaf.header()).ticks == 7 * 2 * cmaf.TIMESCALE
