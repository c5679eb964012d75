"""A plain model of a metric's expected values, in place of AWS's: a mean and a deviation for each hour of the week.

AWS trains a model of its own on up to two weeks and documents what it takes into account (hourly, daily and weekly
patterns, the time zone, excluded ranges), not how: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Anomaly_Detection.html

This one: the expected value of a period is the mean of the history in the same hour of the week, if that has at least
LEAST_IN_HOUR datapoints from two different weeks; else of the same hour of the day, if it has them from two days; else
of all. The deviation is the standard deviation of the same datapoints, at least FLOOR_SHARE of the mean's size. The
band is the mean ± n deviations; it stays above zero where the history never was below, and below 100 for a Percent.
It knows no trends, and learns anew at full hours. There is no band before LEAST datapoints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from statistics import fmean, pstdev

from headend.localcloud.cloudwatch.metric_series import Series

TRAINING_SECONDS = 14 * 86400
LEAST = 15
LEAST_IN_HOUR = 4
FLOOR_SHARE = 0.001

Range = tuple[float, float]
"""(start, end) in epoch seconds."""


@dataclass(frozen=True)
class Expected:
    """The mean and deviation of some datapoints."""

    mean: float
    deviation: float


@dataclass(frozen=True)
class Model:
    """Expected values by hour of the week (Monday 0 h is 0), by hour of the day, and overall."""

    overall: Expected
    by_hour: Mapping[int, Expected]
    by_week_hour: Mapping[int, Expected]
    zone: tzinfo
    lowest: float

    def limits(self, moments: Sequence[float], deviations: float, highest: float | None) -> list[Series]:
        """[upper, lower] at the moments. `highest`: what the metric cannot exceed, if anything."""
        upper, lower = Series(label="High"), Series(label="Low")
        for moment in moments:
            local = datetime.fromtimestamp(moment, tz=UTC).astimezone(self.zone)
            week_hour = local.weekday() * 24 + local.hour
            expected = self.by_week_hour.get(week_hour) or self.by_hour.get(local.hour) or self.overall
            width = expected.deviation * deviations
            low, high = expected.mean - width, expected.mean + width
            lower[moment] = max(low, 0.0) if self.lowest >= 0 else low
            upper[moment] = high if highest is None else min(high, highest)
        return [upper, lower]


def train(history: Mapping[float, float], zone: tzinfo = UTC, excluded: Sequence[Range] = ()) -> Model | None:
    """A model of the history (period start → value) without the excluded ranges; None if there is too little of it."""
    known = {
        moment: value for moment, value in history.items() if not any(start <= moment < end for start, end in excluded)
    }
    if len(known) < LEAST:
        return None
    local = {moment: datetime.fromtimestamp(moment, tz=UTC).astimezone(zone) for moment in known}
    return Model(
        overall=_expected(known.values()),
        by_hour=_grouped(known, lambda moment: local[moment].hour, lambda moment: local[moment].date()),
        by_week_hour=_grouped(
            known,
            lambda moment: local[moment].weekday() * 24 + local[moment].hour,
            lambda moment: local[moment].isocalendar()[:2],
        ),
        zone=zone,
        lowest=min(known.values()),
    )


def _grouped(
    known: Mapping[float, float], group_of: Callable[[float], int], season_of: Callable[[float], object]
) -> dict[int, Expected]:
    """What to expect in each group with enough datapoints, from at least two seasons."""
    groups: dict[int, list[float]] = {}
    for moment in known:
        groups.setdefault(group_of(moment), []).append(moment)
    return {
        group: _expected([known[moment] for moment in moments])
        for group, moments in groups.items()
        if len(moments) >= LEAST_IN_HOUR and len({season_of(moment) for moment in moments}) > 1
    }


def _expected(values: Iterable[float]) -> Expected:
    known = list(values)
    mean = fmean(known)
    return Expected(mean, max(pstdev(known), abs(mean) * FLOOR_SHARE))
