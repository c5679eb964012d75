"""The first video time stamp of an MPEG-TS segment.

Source: ISO/IEC 13818-1 (2.4.3 packets and PES, 2.4.4 programme tables).
"""

from __future__ import annotations

from collections.abc import Iterator

PACKET = 188
SYNC = 0x47
VIDEO_TYPES = frozenset({0x01, 0x02, 0x1B, 0x24})
"""Stream types of MPEG-1, MPEG-2, H.264 and H.265 video."""


def first_video_pts(segment: bytes) -> int:
    """The time stamp (33 bits, 90 kHz) of the first picture. Raises ValueError when there is none."""
    tables: set[int] = {0}
    video: int | None = None
    for pid, starts, payload in _packets(segment):
        if starts and pid in tables and video is None:
            section = payload[1 + payload[0] :]
            if pid == 0:
                tables |= set(_programmes(section))
            else:
                video = next(_video_pids(section), None)
        elif starts and pid == video:
            found = _pts(payload)
            if found is not None:
                return found
    raise ValueError("no picture with a time stamp in this MPEG-TS segment")


def _packets(segment: bytes) -> Iterator[tuple[int, bool, bytes]]:
    """(PID, whether a unit starts, payload) of each packet that has a payload."""
    for offset in range(0, len(segment) - PACKET + 1, PACKET):
        packet = segment[offset : offset + PACKET]
        if packet[0] != SYNC:
            raise ValueError(f"not MPEG-TS: no sync byte at {offset}")
        if packet[3] & 0x10:
            start = 5 + packet[4] if packet[3] & 0x20 else 4
            yield (packet[1] & 0x1F) << 8 | packet[2], bool(packet[1] & 0x40), packet[start:]


def _programmes(section: bytes) -> Iterator[int]:
    end = 3 + _length(section) - 4
    for at in range(8, end, 4):
        if section[at : at + 2] != b"\0\0":
            yield (section[at + 2] & 0x1F) << 8 | section[at + 3]


def _video_pids(section: bytes) -> Iterator[int]:
    end = 3 + _length(section) - 4
    at = 12 + ((section[10] & 0x0F) << 8 | section[11])
    while at + 5 <= end:
        if section[at] in VIDEO_TYPES:
            yield (section[at + 1] & 0x1F) << 8 | section[at + 2]
        at += 5 + ((section[at + 3] & 0x0F) << 8 | section[at + 4])


def _length(section: bytes) -> int:
    return (section[1] & 0x0F) << 8 | section[2]


def _pts(payload: bytes) -> int | None:
    if payload[:3] != b"\0\0\x01" or len(payload) < 14 or not payload[7] & 0x80:
        return None
    first, second, third, fourth, fifth = payload[9:14]
    return (first >> 1 & 7) << 30 | second << 22 | third >> 1 << 15 | fourth << 7 | fifth >> 1
