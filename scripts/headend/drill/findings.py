"""What a player's report says about a drill: was anything seen, was anything left out, who took over and how fast.

Times are seconds since the player's start, as in the report.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from headend.drill.player import Played, Report

WRAP = 1 << 33
TICKS = 90_000
STALL_MS = 250.0
"""A viewer does not notice a shorter one."""


@dataclass(frozen=True)
class Takeover:
    """A change of the origin: when the first segment of another one arrived, and which."""

    at: float
    number: int
    origin: str


def problems(report: Report, segment_seconds: float, longest_stall_ms: float = STALL_MS) -> list[str]:
    """What a viewer would have noticed, or would notice with a stricter player; empty when all is well."""
    return [
        *(
            f"a stall of {stall.milliseconds:.0f} ms at {stall.at:.1f} s"
            for stall in report.stalls
            if stall.milliseconds > longest_stall_ms
        ),
        *(f"segment {number} was skipped" for number in report.skipped),
        *_breaks(report.segments, segment_seconds),
        *(["nothing was played"] if not report.segments else []),
    ]


def takeovers(report: Report) -> list[Takeover]:
    """The changes of origin, in order."""
    found = []
    for before, after in pairwise(report.segments):
        if after.origin != before.origin:
            found.append(Takeover(after.at, after.number, after.origin))
    return found


def failover_seconds(report: Report, fault_at: float) -> float | None:
    """From a fault to the first segment of another origin; None when none took over."""
    return next((one.at - fault_at for one in takeovers(report) if one.at >= fault_at), None)


def failback_seconds(report: Report, mended_at: float) -> float | None:
    """From the end of a fault to the first segment of the origin that served first; None when it did not come back."""
    if not report.segments:
        return None
    first = report.segments[0].origin
    since = [one for one in report.segments if one.at >= mended_at]
    if not since or report.segments[-1].origin != first:
        return None
    back = [one for one in takeovers(report) if one.at >= mended_at and one.origin == first]
    return back[0].at - mended_at if back else 0.0


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
