"""Segments are read as they come, however they are cut into pieces, and what is none is refused."""

from __future__ import annotations

import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.localcloud.media.fmp4 import Fragment, Splitter, shifted
from headend.localcloud.media.mpegts import first_video_pts

TIMESCALE = 90_000


def box(kind: str, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), kind.encode()) + content


def full(kind: str, flags: int, *parts: bytes, version: int = 0) -> bytes:
    return box(kind, bytes([version]) + flags.to_bytes(3, "big"), *parts)


def track(number: int, handler: bytes, timescale: int) -> bytes:
    return box(
        "trak",
        full("tkhd", 3, bytes(8), struct.pack(">I", number), bytes(60)),
        box(
            "mdia",
            full("mdhd", 0, bytes(8), struct.pack(">I", timescale), bytes(8)),
            full("hdlr", 0, bytes(4), handler, bytes(12)),
        ),
    )


HEADER = box("ftyp", b"isom", bytes(4)) + box(
    "moov", track(1, b"soun", 48_000), track(2, b"vide", TIMESCALE), box("mvex", full("trex", 0, bytes(20)))
)


def fragment(begin: int, frames: int) -> bytes:
    sound = box("traf", full("tfhd", 0, struct.pack(">I", 1)), full("tfdt", 0, struct.pack(">Q", 5), version=1))
    picture = box(
        "traf",
        full("tfhd", 0x08, struct.pack(">II", 2, 3600)),
        full("tfdt", 0, struct.pack(">Q", begin), version=1),
        full("trun", 0, struct.pack(">I", frames)),
    )
    return box("moof", full("mfhd", 0, bytes(4)), sound, picture) + box("mdat", b"picture")


@given(st.lists(st.integers(1, 400), min_size=1, max_size=30))
def test_fragments_come_out_whole_however_the_pipe_cuts_them(cuts: list[int]) -> None:
    begin = 1_795_293_440 * TIMESCALE
    bodies = [fragment(begin + number * 2 * TIMESCALE, 50) for number in range(3)]
    data = HEADER + b"".join(bodies)
    splitter = Splitter()
    found: list[Fragment] = []
    at = 0
    for cut in [*cuts, len(data)]:
        found += splitter.feed(data[at : at + cut])
        at += cut

    assert splitter.header == HEADER
    assert [one.body for one in found] == bodies
    assert [one.pts for one in found] == [begin + number * 2 * TIMESCALE for number in range(3)]
    assert all(one.last - one.pts == 49 * 3600 for one in found)


def test_what_is_no_fragmented_mp4_is_refused() -> None:
    with pytest.raises(ValueError, match="not fragmented MP4"):
        list(Splitter().feed(struct.pack(">I4s", 3, b"moov")))
    with pytest.raises(ValueError, match="no video track"):
        list(Splitter().feed(box("moov", track(1, b"soun", 48_000))))


def test_a_shifted_fragment_begins_later_in_every_track_and_is_the_same_otherwise() -> None:
    begin = 1_795_293_440 * TIMESCALE
    moved = shifted(HEADER, fragment(begin, 50), Fraction(2))

    sound = struct.pack(">Q", 5)
    assert moved == fragment(begin + 2 * TIMESCALE, 50).replace(sound, struct.pack(">Q", 5 + 96_000), 1)


def packet(pid: int, payload: bytes, *, starts: bool) -> bytes:
    """One MPEG-TS packet, filled up by its adaptation field."""
    room = 184 - len(payload)
    fill = bytes([room - 1]) + (b"\0" + b"\xff" * (room - 2) if room > 1 else b"") if room else b""
    flags = 0x30 if room else 0x10
    return bytes([0x47, (0x40 if starts else 0) | pid >> 8, pid & 0xFF, flags]) + fill + payload


def pat(pmt: int) -> bytes:
    entry = struct.pack(">HH", 1, 0xE000 | pmt)
    return b"\0" + struct.pack(">BHHBBB", 0, 0xB000 | 13, 1, 0xC1, 0, 0) + entry + bytes(4)


def pmt(streams: list[tuple[int, int]]) -> bytes:
    entries = b"".join(struct.pack(">BHH", kind, 0xE000 | pid, 0xF000) for kind, pid in streams)
    length = 13 + len(entries)
    head = struct.pack(">BHHBBBHH", 2, 0xB000 | length, 1, 0xC1, 0, 0, 0xE100, 0xF000)
    return b"\0" + head + entries + bytes(4)


def pes(kind: int, pts: int) -> bytes:
    stamp = bytes(
        [0x21 | pts >> 29 & 0x0E, pts >> 22 & 0xFF, pts >> 14 & 0xFE | 1, pts >> 7 & 0xFF, pts << 1 & 0xFE | 1]
    )
    return b"\0\0\x01" + bytes([kind]) + b"\0\0\x80\x80\x05" + stamp


@given(st.integers(0, 2**33 - 1), st.sampled_from([0x1B, 0x24, 0x02]))
def test_the_first_picture_tells_when_an_mpeg_ts_segment_begins(pts: int, kind: int) -> None:
    segment = (
        packet(0, pat(0x1000), starts=True)
        + packet(0x1000, pmt([(0x0F, 0x101), (kind, 0x100)]), starts=True)
        + packet(0x101, pes(0xC0, 5), starts=True)
        + packet(0x100, b"rest of an older picture", starts=False)
        + packet(0x100, pes(0xE0, pts), starts=True)
        + packet(0x100, pes(0xE0, (pts + 3600) % 2**33), starts=True)
    )

    assert first_video_pts(segment) == pts


def test_a_segment_without_a_picture_has_no_beginning() -> None:
    sound = packet(0, pat(0x1000), starts=True) + packet(0x1000, pmt([(0x0F, 0x101)]), starts=True)

    with pytest.raises(ValueError, match="no picture"):
        first_video_pts(sound + packet(0x101, pes(0xC0, 5), starts=True))
    with pytest.raises(ValueError, match="not MPEG-TS"):
        first_video_pts(bytes(188))
