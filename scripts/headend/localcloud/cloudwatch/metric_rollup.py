"""What becomes of a metric's samples as they grow old: one statistic set a minute, then in five minutes, then an hour.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from headend.localcloud.cloudwatch.metric_columns import Columns, Sample

DAY = 86400
LEVELS = ((15 * DAY, 300), (63 * DAY, 3600))
"""(age in seconds, the period that older statistic sets are rolled up to)."""

FORGOTTEN_SECONDS = 455 * DAY
SLACK_SECONDS = 600
"""Samples wait this long for their turn, so that they move in blocks."""


def roll_up(columns: Columns, now: float, raw_seconds: float) -> None:
    """Roll up in place what is older than `raw_seconds` at `now` (epoch seconds), and what CloudWatch does next."""
    if columns.times and columns.times[0] < now - raw_seconds - SLACK_SECONDS:
        before = math.floor((now - raw_seconds) / 60) * 60
        old = columns.between(-math.inf, before)
        columns.drop_values(before)
        old.drop_sets(-math.inf, math.inf)
        for sample in rolled(old, 60):
            columns.add_set(sample)
    for level, (age, period) in enumerate(LEVELS):
        before = math.floor((now - age) / period) * period
        start = columns.rolled[level]
        if columns.set_times and columns.set_times[0] < before and before - start >= DAY:
            columns.rolled[level] = before
            old = columns.between(start, before)
            columns.drop_sets(start, before)
            for sample in rolled(old, period):
                columns.add_set(sample)
    if columns.set_times and columns.set_times[0] < now - FORGOTTEN_SECONDS:
        columns.drop_sets(-math.inf, now - FORGOTTEN_SECONDS)


def rolled(samples: Iterable[Sample], period: int) -> list[Sample]:
    """One statistic set for each period that has samples, stamped with the period's start."""
    sets: dict[float, Sample] = {}
    for sample in samples:
        start = float(math.floor(sample.time / period) * period)
        known = sets.get(start)
        if known is None:
            sets[start] = sample._replace(time=start)
        else:
            sets[start] = Sample(
                start,
                min(known.low, sample.low),
                max(known.high, sample.high),
                known.total + sample.total,
                known.weight + sample.weight,
                None,
            )
    return [sets[start] for start in sorted(sets)]
