"""Epoch locking: segment N of every encoder begins N segment durations after 1970-01-01T00:00:00Z.

A duration is a whole number of frames, so that 2 s at 30000/1001 frames a second are 60 frames, 2.002 s.

Source: https://docs.aws.amazon.com/elemental-live/latest/ug/opl-epoch-how-it-works.html
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

TICKS = 90_000
"""Ticks of an MPEG-TS time stamp in a second."""
WRAP = 1 << 33
"""Where MPEG-TS time stamps begin anew, every 26.5 hours."""
TOLERANCE = 2
"""Ticks by which a rounded time stamp may miss the grid."""


@dataclass(frozen=True)
class Grid:
    """Where segments begin: `frames` of `frame_rate` each."""

    frames: int
    frame_rate: Fraction

    @classmethod
    def of(cls, segment_seconds: Fraction, frame_rate: Fraction) -> Grid:
        """The grid for segments of about so many seconds: the nearest whole number of frames, at least one."""
        return cls(max(1, round(segment_seconds * frame_rate)), frame_rate)

    @property
    def duration(self) -> Fraction:
        """A segment's seconds."""
        return Fraction(self.frames) / self.frame_rate

    @property
    def frame(self) -> Fraction:
        """A frame's ticks."""
        return TICKS / self.frame_rate

    def pts(self, number: int) -> int:
        """The first time stamp of a segment, in ticks since the epoch."""
        return round(number * self.duration * TICKS)

    def number(self, pts: int) -> int | None:
        """The segment that begins at `pts` (ticks since the epoch), None when none does."""
        number = round(pts / (self.duration * TICKS))
        return number if abs(self.pts(number) - pts) <= TOLERANCE else None

    def complete(self, pts: int, end: int) -> bool:
        """Whether what lasts from `pts` to `end` is a segment: begins on the grid, and at most two frames are missing
        before the next one begins."""
        number = self.number(pts)
        return number is not None and abs(end - self.pts(number + 1)) <= 2 * self.frame


def unwrapped(pts: int, near: float) -> int:
    """Ticks since the epoch of a 33-bit time stamp: of all that it may mean the moment next to `near` (seconds)."""
    around = round(near * TICKS)
    return around + (pts - around + WRAP // 2) % WRAP - WRAP // 2
