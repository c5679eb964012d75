"""What a benchmark returns: pairs measured in one run, and the ratio of each pair. Nothing here judges a number."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Ratio:
    """One comparison: `value` of `what` against `base` of `against`, both in `unit`, measured in the same run."""

    what: str
    value: float
    against: str
    base: float
    unit: str

    @property
    def ratio(self) -> float:
        """value / base; infinite when the base is too small to measure."""
        return self.value / self.base if self.base else float("inf")


@dataclass(frozen=True)
class Measurement:
    """The result of one benchmark. `says` is what was measured, `details` is kept in the JSON file only."""

    name: str
    says: str
    ratios: list[Ratio]
    details: dict[str, object] = field(default_factory=dict)


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile: the smallest value that at least `percent` % of the values do not exceed."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[int(rank) - 1]


def middle(values: Sequence[float]) -> float:
    """The median."""
    return float(median(values))


def save(measurement: Measurement, folder: Path) -> Path:
    """Write `<folder>/<name>.json` and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{measurement.name}.json"
    content = asdict(measurement)
    for ratio, item in zip(content["ratios"], measurement.ratios, strict=True):
        ratio["ratio"] = item.ratio
    path.write_text(json.dumps(content, indent=2, default=str) + "\n", encoding="utf-8")
    return path
