"""Statistics of samples over periods, as CloudWatch computes them.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from headend.localcloud.metric_store import Sample

PERCENTILE = re.compile(r"p(\d{1,2}(\.\d{1,10})?|100)$")


def statistic(name: str, samples: Iterable[Sample]) -> float | None:
    """The value of `name` (Average, Sum, Minimum, Maximum, SampleCount, p0 to p100) over `samples`.

    None for no samples. Raises ValueError for a statistic that is not supported.
    """
    known = list(samples)
    if not known:
        return None
    count = sum(sample.weight for sample in known)
    match name:
        case "Average":
            return sum(sample.total for sample in known) / count if count else None
        case "Sum":
            return sum(sample.total for sample in known)
        case "Minimum":
            return min(sample.low for sample in known)
        case "Maximum":
            return max(sample.high for sample in known)
        case "SampleCount":
            return count
    matched = PERCENTILE.match(name)
    if not matched:
        raise ValueError(f"the statistic {name!r} is not supported")
    return _percentile([sample.total / sample.weight for sample in known if sample.weight], float(matched[1]))


def _percentile(values: list[float], percent: float) -> float:
    """The value below which `percent` of the values lie, interpolated between neighbours."""
    ordered = sorted(values)
    position = (len(ordered) - 1) * percent / 100
    low = math.floor(position)
    high = math.ceil(position)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def per_period(name: str, samples: Iterable[Sample], period: int, offset: float = 0.0) -> dict[float, float]:
    """The statistic of each period that has samples: period start (epoch seconds) → value.

    Periods start at `offset` plus multiples of `period`.
    """
    buckets: dict[float, list[Sample]] = {}
    for sample in samples:
        start = math.floor((sample.time - offset) / period) * period + offset
        buckets.setdefault(start, []).append(sample)
    values = {start: statistic(name, bucket) for start, bucket in buckets.items()}
    return {start: value for start, value in values.items() if value is not None}
