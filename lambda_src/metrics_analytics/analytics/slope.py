"""A straight line through unevenly spaced points, by least squares."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """value(t) = level + slope * (t - at).

    Attributes:
        slope: in the values' unit a second.
        fit: the share of the values' variance that the line explains (R²), 0 to 1; 1 where the values do not vary.
        span: seconds from the first point to the last.
    """

    at: float
    level: float
    slope: float
    fit: float
    span: float

    def value(self, timestamp: float) -> float:
        """What the line says for a time."""
        return self.level + self.slope * (timestamp - self.at)

    def seconds_until(self, value: float, after: float) -> float | None:
        """How long after a time the line reaches the value; 0 where it has, None where it goes the other way."""
        now = self.value(after)
        if self.slope == 0 or not math.isfinite(now):
            return None
        seconds = (value - now) / self.slope
        if not math.isfinite(seconds):
            return None
        return max(seconds, 0.0)


def fit_line(points: Sequence[tuple[float, float]]) -> Line | None:
    """The line with the least sum of squared distances; None where all points have one time, or are too few or too far.

    Each point counts with its own time, so a gap between two moves nothing; sums are taken around the means, so that
    seconds since the epoch do not eat the digits.
    """
    if len(points) < 2:
        return None
    n = len(points)
    try:
        at = math.fsum(t for t, _ in points) / n
        level = math.fsum(v for _, v in points) / n
        tt = math.fsum((t - at) ** 2 for t, _ in points)
        tv = math.fsum((t - at) * (v - level) for t, v in points)
        vv = math.fsum((v - level) ** 2 for _, v in points)
    except (OverflowError, ValueError):
        return None
    if tt <= 0 or not all(map(math.isfinite, (at, level, tt, tv, vv))):
        return None
    slope = tv / tt
    explained = 1.0 if vv == 0 else min(max(slope * (tv / vv), 0.0), 1.0)
    times = [t for t, _ in points]
    if not math.isfinite(slope) or not math.isfinite(explained):
        return None
    return Line(at, level, slope, explained, max(times) - min(times))
