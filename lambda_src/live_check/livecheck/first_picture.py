"""The time stamp of the first picture of a segment, of MPEG-TS and of fragmented MP4.

Sources: ISO/IEC 13818-1 (2.4.3: packets, PES, the 33-bit PTS), ISO/IEC 14496-12 (mdhd, hdlr, elst, tfhd, tfdt, trun).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from livecheck.errors import NoPicture

PACKET = 188
SYNC = 0x47
TS_SCALE = 90_000
TS_WRAP = 1 << 33
"""Where the time stamps of MPEG-TS begin anew: every 26.5 hours."""
VIDEO_STREAMS = range(0xE0, 0xF0)
CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"edts", b"moof", b"traf"})
FIRST_SAMPLE_FLAGS, DATA_OFFSET = 0x04, 0x01
SAMPLE_DURATION, SAMPLE_SIZE, SAMPLE_FLAGS, SAMPLE_OFFSET = 0x100, 0x200, 0x400, 0x800


@dataclass(frozen=True)
class Stamp:
    """A time stamp: `ticks` of which a second has `scale`; it begins anew at `wrap` ticks, 0 for never."""

    ticks: int
    scale: int
    wrap: int = 0

    def seconds(self, near: Fraction) -> Fraction:
        """Seconds since the epoch: of all moments that it may mean, the one next to `near`."""
        if not self.wrap:
            return Fraction(self.ticks, self.scale)
        around = near * self.scale
        turns = round((around - self.ticks) / self.wrap)
        return Fraction(self.ticks + turns * self.wrap, self.scale)


def first_picture(segment: bytes, header: bytes = b"") -> Stamp:
    """The first picture's time stamp. `header` is the initialisation segment of fragmented MP4, empty for MPEG-TS.

    The beginning of a segment is enough. Raises NoPicture where there is none, or the bytes are something else.
    """
    try:
        return _of_fragment(header, segment) if header else _of_stream(segment)
    except (struct.error, IndexError) as error:
        raise NoPicture(f"the segment is damaged: {error}") from error


def _of_stream(segment: bytes) -> Stamp:
    for at in range(0, len(segment) - PACKET + 1, PACKET):
        packet = segment[at : at + PACKET]
        if packet[0] != SYNC:
            raise NoPicture(f"not MPEG-TS: no sync byte at {at}")
        starts, has_payload, has_adaptation = packet[1] & 0x40, packet[3] & 0x10, packet[3] & 0x20
        if not starts or not has_payload:
            continue
        payload = packet[5 + packet[4] if has_adaptation else 4 :]
        if len(payload) >= 14 and payload[:3] == b"\0\0\x01" and payload[3] in VIDEO_STREAMS and payload[7] & 0x80:
            high, middle, low = payload[9] >> 1 & 7, struct.unpack(">H", payload[10:12])[0], payload[12:14]
            ticks = high << 30 | middle >> 1 << 15 | struct.unpack(">H", low)[0] >> 1
            return Stamp(ticks, TS_SCALE, TS_WRAP)
    raise NoPicture("no picture with a time stamp in this MPEG-TS segment")


@dataclass
class _Video:
    """The video track: its id, ticks a second, and where its presentation begins in the media (ticks)."""

    track: int = 0
    scale: int = 0
    begins: int = 0


def _of_fragment(header: bytes, segment: bytes) -> Stamp:
    video = _video(header)
    ours, decoded, wrap = False, 0, 0
    for kind, content in _boxes(segment):
        if kind == b"tfhd":
            ours = struct.unpack_from(">I", content, 4)[0] == video.track
        elif ours and kind == b"tfdt":
            decoded = struct.unpack_from(">Q" if content[0] else ">I", content, 4)[0]
            wrap = 0 if content[0] else 1 << 32
        elif ours and kind == b"trun":
            return Stamp(decoded + _first_offset(content) - video.begins, video.scale, wrap)
    raise NoPicture("no picture in this fragment")


def _video(header: bytes) -> _Video:
    current, found = _Video(), None
    for kind, content in _boxes(header):
        if kind == b"tkhd":
            current = _Video(struct.unpack_from(">I", content, 20 if content[0] else 12)[0])
        elif kind == b"mdhd":
            current.scale = struct.unpack_from(">I", content, 20 if content[0] else 12)[0]
        elif kind == b"elst":
            current.begins = _first_edit(content)
        elif kind == b"hdlr" and content[8:12] == b"vide":
            found = current
    if found is None or not found.scale:
        raise NoPicture("no video track in this MP4 header")
    return found


def _first_edit(content: bytes) -> int:
    """Where the first edit that shows something begins; empty edits have -1."""
    count = struct.unpack_from(">I", content, 4)[0]
    form = ">Qqi" if content[0] else ">Iii"
    for index in range(count):
        begins: int = struct.unpack_from(form, content, 8 + index * struct.calcsize(form))[1]
        if begins >= 0:
            return begins
    return 0


def _first_offset(content: bytes) -> int:
    """How much later than it is decoded the first sample is shown."""
    flags = int.from_bytes(content[1:4], "big")
    if not flags & SAMPLE_OFFSET:
        return 0
    at = 8 + sum(4 for bit in (DATA_OFFSET, FIRST_SAMPLE_FLAGS) if flags & bit)
    at += sum(4 for bit in (SAMPLE_DURATION, SAMPLE_SIZE, SAMPLE_FLAGS) if flags & bit)
    offset: int = struct.unpack_from(">i" if content[0] else ">I", content, at)[0]
    return offset


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """All boxes, those within others after them: (type, content). The last one may be cut off."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        begins = at + 8
        if size == 1:
            size, begins = struct.unpack_from(">Q", data, begins)[0], begins + 8
        end = at + size if size else len(data)
        if end <= at:
            raise NoPicture(f"not MP4: a box of {size} bytes")
        content = data[begins:end]
        yield kind, content
        if kind in CONTAINERS:
            yield from _boxes(content)
        at = end
