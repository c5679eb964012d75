"""What a player's report says about a drill: was anything seen, was anything left out.

Times are seconds since the player's start, as in the report.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from headend.drill.player import Played, Report

WRAP = 1 << 33
TICKS = 90_000
STALL_MS = 250.0
"""A viewer does not notice a shorter one."""


def problems(report: Report, segment_seconds: float, longest_stall_ms: float = STALL_MS) -> list[str]:
    """What a viewer would have noticed, or would notice with a stricter player; empty when all is well."""
    return [
        *(f"the player gave up: {error}" for error in report.errors),
        *(
            f"a stall of {stall.milliseconds:.0f} ms at {stall.at:.1f} s"
            for stall in report.stalls
            if stall.milliseconds > longest_stall_ms
        ),
        *(f"segment {number} was skipped" for number in report.skipped),
        *_breaks(report.segments, segment_seconds),
        *(["nothing was played"] if not report.segments else []),
    ]


def _breaks(segments: list[Played], seconds: float) -> Iterator[str]:
    """Where numbers or time stamps do not follow each other. A number that was skipped is told elsewhere."""
    for before, after in pairwise(segments):
        steps = after.number - before.number
        if steps <= 0:
            yield f"segment {after.number} came after {before.number}"
        elif before.pts >= 0 and after.pts >= 0:
            expected = round(steps * seconds * TICKS)
            off = (after.pts - before.pts - expected + WRAP // 2) % WRAP - WRAP // 2
            if abs(off) > TICKS * seconds / 100:
                yield f"segment {after.number} begins {off / TICKS * 1000:+.0f} ms off the one before it"
