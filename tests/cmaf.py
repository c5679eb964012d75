"""Small CMAF content for tests: a header, and fragments with the boxes by which they are told apart but no picture."""

from __future__ import annotations

import struct

TIMESCALE = 25_000
FRAME = 1_000
"""One of 25 frames a second, in units of TIMESCALE."""


def box(kind: str, *content: bytes) -> bytes:
    """One box."""
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8, kind.encode()) + body


def header() -> bytes:
    """The header of a video track."""
    full = bytes(4)
    tkhd = box("tkhd", full, struct.pack(">III", 0, 0, 1), bytes(68))
    mdhd = box("mdhd", full, struct.pack(">IIII", 0, 0, TIMESCALE, 0), bytes(4))
    hdlr = box("hdlr", full, bytes(4), b"vide", bytes(13))
    trex = box("trex", full, struct.pack(">IIIII", 1, 1, FRAME, 0, 0))
    trak = box("trak", tkhd, box("mdia", mdhd, hdlr))
    return box("ftyp", b"cmfc", bytes(4), b"cmfc") + box("moov", trak, box("mvex", trex))


def segment(number: int, seconds: int = 2, *, mark: bytes = b"", begins: float | None = None) -> bytes:
    """The segment of a number on the epoch's grid; `mark` tells copies apart, `begins` moves it off the grid."""
    begin = round((number * seconds if begins is None else begins) * TIMESCALE)
    tfhd = box("tfhd", bytes(4), struct.pack(">I", 1))
    tfdt = box("tfdt", b"\x01\x00\x00\x00", struct.pack(">Q", begin))
    trun = box("trun", bytes(4), struct.pack(">I", seconds * TIMESCALE // FRAME))
    return box("moof", box("traf", tfhd, tfdt, trun)) + box("mdat", b"picture", mark)
