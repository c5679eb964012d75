"""Fragmented MP4 as ffmpeg writes it to a pipe: a header, then one fragment after the other.

Source: ISO/IEC 14496-12 (boxes moov, moof, tfhd, tfdt, trun).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

CONTAINERS = frozenset({"moov", "trak", "mdia", "mvex", "moof", "traf"})


@dataclass(frozen=True)
class Fragment:
    """One movie fragment: `pts` is the time stamp of its first picture, `last` that of its last one, in units of which
    a second has `timescale`, since the epoch."""

    body: bytes
    pts: int
    last: int
    timescale: int


@dataclass
class Splitter:
    """Takes what comes out of the pipe; gives the header once (`header`) and fragments as they become complete."""

    header: bytes = b""
    _data: bytearray = field(default_factory=bytearray)
    _pending: bytes = b""
    _video: int = 0
    _timescale: int = 0
    _default_duration: int = 0

    def feed(self, data: bytes) -> Iterator[Fragment]:
        """What has become complete with `data`. Raises ValueError for what is no fragmented MP4 with a picture."""
        self._data += data
        while len(self._data) >= 8:
            size, kind = _head(self._data, 0)
            if size < 8:
                raise ValueError(f"not fragmented MP4: a box {kind!r} of {size} bytes")
            if len(self._data) < size:
                return
            box = bytes(self._data[:size])
            del self._data[:size]
            if kind in ("ftyp", "moov"):
                self.header += box
                if kind == "moov":
                    self._read_header(box)
            elif kind == "moof":
                self._pending = box
            elif kind == "mdat" and self._pending:
                pts, last = self._times(self._pending)
                yield Fragment(self._pending + box, pts, last, self._timescale)
                self._pending = b""

    def _read_header(self, moov: bytes) -> None:
        for track, scale, handler in _tracks(moov):
            if handler == b"vide":
                self._video, self._timescale = track, scale
        for kind, content in _boxes(moov):
            if kind == "trex" and struct.unpack_from(">I", content, 4)[0] == self._video:
                self._default_duration = struct.unpack_from(">I", content, 12)[0]
        if not self._timescale:
            raise ValueError("no video track in this MP4 header")

    def _times(self, moof: bytes) -> tuple[int, int]:
        """The first and the last picture's decoding time: the encoders here make no frames out of order."""
        ours, begin, duration = False, 0, 0
        for kind, body in _boxes(moof):
            if kind == "tfhd":
                ours = struct.unpack_from(">I", body, 4)[0] == self._video
                duration = _tfhd_duration(body) or self._default_duration
            elif ours and kind == "tfdt":
                begin = struct.unpack_from(">Q" if body[0] else ">I", body, 4)[0]
            elif ours and kind == "trun":
                durations = _trun_durations(body, duration)
                return begin, begin + sum(durations[:-1])
        raise ValueError("no picture in this fragment")


def shifted(header: bytes, body: bytes, seconds: Fraction) -> bytes:
    """A fragment that begins so many seconds later in each of its tracks, and is the same otherwise."""
    scales = {track: scale for track, scale, _ in _tracks(header)}
    made = bytearray(body)
    track = 0
    for kind, at in _places(body, 0, len(body)):
        if kind == "tfhd":
            track = struct.unpack_from(">I", body, at + 4)[0]
        elif kind == "tfdt":
            form = ">Q" if body[at] else ">I"
            begin: int = struct.unpack_from(form, body, at + 4)[0]
            struct.pack_into(form, made, at + 4, begin + round(seconds * scales[track]))
    return bytes(made)


def _tracks(header: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(id, time scale, handler) of each track."""
    track, scale = 0, 0
    for kind, content in _boxes(header):
        if kind == "tkhd":
            track = struct.unpack_from(">I", content, 20 if content[0] else 12)[0]
        elif kind == "mdhd":
            scale = struct.unpack_from(">I", content, 20 if content[0] else 12)[0]
        elif kind == "hdlr":
            yield track, scale, content[8:12]


def _head(data: bytes | bytearray, offset: int) -> tuple[int, str]:
    size, kind = struct.unpack_from(">I4s", data, offset)
    return size, kind.decode("latin-1")


def _boxes(data: bytes) -> Iterator[tuple[str, bytes]]:
    """All boxes, depth first: (type, content)."""
    at = 0
    while at + 8 <= len(data):
        size, kind = _head(data, at)
        content = data[at + 8 : at + size]
        yield kind, content
        if kind in CONTAINERS:
            yield from _boxes(content)
        at += max(size, 8)


def _places(data: bytes, at: int, end: int) -> Iterator[tuple[str, int]]:
    """Like `_boxes`, but with the place where the content begins."""
    while at + 8 <= end:
        size, kind = _head(data, at)
        yield kind, at + 8
        if kind in CONTAINERS:
            yield from _places(data, at + 8, at + size)
        at += max(size, 8)


def _tfhd_duration(body: bytes) -> int:
    flags = int.from_bytes(body[1:4], "big")
    if not flags & 0x08:
        return 0
    at = 8 + (8 if flags & 0x01 else 0) + (4 if flags & 0x02 else 0)
    duration: int = struct.unpack_from(">I", body, at)[0]
    return duration


def _trun_durations(body: bytes, default: int) -> list[int]:
    flags = int.from_bytes(body[1:4], "big")
    count: int = struct.unpack_from(">I", body, 4)[0]
    if not flags & 0x100:
        return [default] * count
    at = 8 + (4 if flags & 0x01 else 0) + (4 if flags & 0x04 else 0)
    width = sum(4 for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit)
    return [struct.unpack_from(">I", body, at + width * index)[0] for index in range(count)]
