"""A picture as JPEG: grey blocks of 8 by 8 pixels, baseline, written by hand.

Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf (ITU-T T.81, annexes B and F). A flat block is one DC coefficient
and the end of its block, so two tiny Huffman tables are enough.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

BLOCK = 8
DC_BITS = 4
"""The length of every DC code: categories 0 to 8 have the codes 0000 to 1000. The end of a block has the code 0."""
CATEGORIES = 9


def jpeg(rows: Sequence[Sequence[int]], width: int, height: int) -> bytes:
    """`rows` holds the brightness (0 black, 255 white) of each block; `width` and `height` are pixels."""
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            _segment(0xDB, bytes([0]) + bytes([BLOCK] * BLOCK * BLOCK)),
            _segment(0xC0, struct.pack(">BHHBBBB", 8, height, width, 1, 1, 0x11, 0)),
            _segment(0xC4, _table(0x00, DC_BITS, range(CATEGORIES))),
            _segment(0xC4, _table(0x10, 1, [0])),
            _segment(0xDA, bytes([1, 1, 0x00, 0, 63, 0])),
            _stuffed(_bits(rows)),
            b"\xff\xd9",
        )
    )


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _table(where: int, length: int, symbols: Sequence[int]) -> bytes:
    """A Huffman table whose codes all have one length."""
    counts = [len(symbols) if bits == length else 0 for bits in range(1, 17)]
    return bytes([where, *counts, *symbols])


def _bits(rows: Sequence[Sequence[int]]) -> str:
    return "".join(_codes(rows))


def _codes(rows: Sequence[Sequence[int]]) -> Iterator[str]:
    before = 0
    for row in rows:
        for level in row:
            now = level - 128
            difference, before = now - before, now
            category = abs(difference).bit_length()
            coded = difference if difference > 0 else difference + (1 << category) - 1
            yield f"{category:0{DC_BITS}b}" + (f"{coded:0{category}b}" if category else "") + "0"


def _stuffed(bits: str) -> bytes:
    """The bits as bytes, filled up with ones; a byte of ones is followed by a zero byte."""
    filled = bits + "1" * (-len(bits) % 8)
    return int(filled, 2).to_bytes(len(filled) // 8, "big").replace(b"\xff", b"\xff\0")
