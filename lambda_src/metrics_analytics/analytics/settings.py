"""What is judged and how: `config`, which HCL writes into the state machine as JSON text. `SCHEMA` is its JSON Schema.

An example, with every default that may be left out:

    {
      "metric_types": {
        "disk": {
          "thresholds": [
            {"metric": "disk_used_percent", "comparison": "GreaterThanOrEqualToThreshold", "threshold": 90,
             "severity": "HIGH"}
          ],
          "change": {"percent": 50, "minimum": 0, "severity": "LOW"}
        }
      },
      "delay_seconds": 0,
      "resolution_seconds": 300,
      "trend": {"window_hours": 24, "recent_minutes": 30, "horizon_hours": 72, "points": 12, "fit": 0.5},
      "day_over_day": {"window_hours": 3, "overlap": 0.5}
    }
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.validation import SchemaValidationError, validate

from analytics.errors import InvalidEvent

COMPARISONS = (
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanThreshold",
)
SEVERITIES = ("HIGH", "MEDIUM", "LOW")
METRIC_TYPE = "^(?!all$)[a-z][a-z0-9_]{0,39}$"
MAX_SLOTS = 2016  # a week of five minutes; each series holds that many values
_HOUR = 3600

_HOURS = {"type": "integer", "minimum": 1, "maximum": 168}
_LARGEST = 1e300  # what a float can still be reckoned with
_FRACTION = {"type": "number", "minimum": 0, "maximum": 1}


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": properties,
    }


_THRESHOLD = _object(
    {
        "metric": {"type": "string", "minLength": 1, "maxLength": 255},
        "comparison": {"enum": list(COMPARISONS)},
        "threshold": {"type": "number", "minimum": -_LARGEST, "maximum": _LARGEST},
        "severity": {"enum": list(SEVERITIES)},
    },
    *("metric", "comparison", "threshold", "severity"),
)
_CHANGE = _object(
    {
        "percent": {"type": "number", "exclusiveMinimum": 0, "maximum": _LARGEST},
        "minimum": {"type": "number", "minimum": 0, "maximum": _LARGEST},
        "severity": {"enum": list(SEVERITIES)},
    }
)
_METRIC_TYPE = _object({"thresholds": {"type": "array", "maxItems": 100, "items": _THRESHOLD}, "change": _CHANGE})
SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    **_object(
        {
            "metric_types": {
                "type": "object",
                "additionalProperties": False,
                "patternProperties": {METRIC_TYPE: _METRIC_TYPE},
            },
            "delay_seconds": {"type": "integer", "minimum": 0, "maximum": 86400},
            "resolution_seconds": {"type": "integer", "minimum": 60, "maximum": _HOUR},
            "trend": _object(
                {
                    "window_hours": _HOURS,
                    "recent_minutes": {"type": "integer", "minimum": 5, "maximum": 1440},
                    "horizon_hours": {"type": "integer", "minimum": 1, "maximum": 8760},
                    "points": {"type": "integer", "minimum": 3, "maximum": MAX_SLOTS},
                    "fit": _FRACTION,
                }
            ),
            "day_over_day": _object(
                {"window_hours": {"type": "integer", "minimum": 1, "maximum": 24}, "overlap": _FRACTION}
            ),
        },
        "metric_types",
    ),
}


@dataclass(frozen=True)
class Threshold:
    """A limit of a metric, in CloudWatch's words and in the metric's own unit."""

    metric: str
    comparison: str
    threshold: float
    severity: str

    @property
    def is_floor(self) -> bool:
        """Whether less is worse."""
        return self.comparison.startswith("Less")

    def is_breached_by(self, value: float) -> bool:
        """Whether the value is beyond the limit; at the limit, the comparison decides."""
        if value == self.threshold:
            return "OrEqualTo" in self.comparison
        return (value < self.threshold) == self.is_floor


@dataclass(frozen=True)
class Change:
    """The least difference from the previous day that is told.

    Attributes:
        percent: of the previous day's mean.
        minimum: in the metric's unit, so that from 0.1 % to 0.3 % of a CPU is not a change of 200 %.
    """

    percent: float = 50.0
    minimum: float = 0.0
    severity: str = "LOW"


@dataclass(frozen=True)
class MetricType:
    """What holds for the metrics of one type; a type that is not configured has no thresholds."""

    thresholds: tuple[Threshold, ...] = ()
    change: Change = Change()

    def thresholds_of(self, metric: str) -> tuple[Threshold, ...]:
        """The thresholds of a metric, the most severe first."""
        own = (one for one in self.thresholds if one.metric == metric)
        return tuple(sorted(own, key=lambda one: SEVERITIES.index(one.severity)))


@dataclass(frozen=True)
class TrendSettings:
    """How a trend is seen.

    Attributes:
        window: seconds that are looked back on.
        recent: seconds, up to the type's newest datapoint, whose mean is compared with the thresholds; a host that has
            no datapoint in them is silent.
        horizon: seconds ahead within which reaching a threshold is told.
        points: the fewest values of a trend.
        fit: the least share of the values' variance that the line explains (R²).
    """

    window: int = 24 * _HOUR
    recent: int = 1800
    horizon: int = 72 * _HOUR
    points: int = 12
    fit: float = 0.5


@dataclass(frozen=True)
class DaySettings:
    """How a day is compared: `window` in seconds; `overlap`, the share of this day's values that both days need."""

    window: int = 3 * _HOUR
    overlap: float = 0.5


@dataclass(frozen=True)
class Settings:
    """All of it.

    Attributes:
        delay: seconds before its start at which a run's window ends, as the collector is told too.
        resolution: seconds for which a series holds one value, the latest; the collector's period loses none.
    """

    metric_types: Mapping[str, MetricType]
    delay: int = 0
    resolution: int = 300
    trend: TrendSettings = TrendSettings()
    day_over_day: DaySettings = DaySettings()

    def of(self, metric_type: str) -> MetricType:
        """What holds for a type."""
        return self.metric_types.get(metric_type) or MetricType()


def parse(config: object) -> Settings:
    """Read `config`, JSON text; the same text is read once.

    Raises:
        InvalidEvent: it is not what HCL should have written.
    """
    if not isinstance(config, str):
        raise InvalidEvent("config is missing: the workflow passes it as text")
    return _parse(config)


@lru_cache(maxsize=4)
def _parse(config: str) -> Settings:
    try:
        document = json.loads(config, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InvalidEvent(f"config is no JSON: {error}") from error
    try:
        validate(event=document, schema=SCHEMA)
    except SchemaValidationError as error:
        raise InvalidEvent(f"config is not valid: {error.validation_message or error}") from error
    assert isinstance(document, dict)  # noqa: S101 - the schema says so; this tells the type checker
    trend, day = document.get("trend", {}), document.get("day_over_day", {})
    settings = Settings(
        metric_types={name: _metric_type(one) for name, one in document["metric_types"].items()},
        **_given(document, delay=("delay_seconds", 1), resolution=("resolution_seconds", 1)),
        trend=TrendSettings(
            **_given(
                trend,
                window=("window_hours", _HOUR),
                recent=("recent_minutes", 60),
                horizon=("horizon_hours", _HOUR),
                points=("points", 1),
                fit=("fit", 1),
            )
        ),
        day_over_day=DaySettings(**_given(day, window=("window_hours", _HOUR), overlap=("overlap", 1))),
    )
    for name, window in (("trend", settings.trend.window), ("day_over_day", settings.day_over_day.window)):
        if window / settings.resolution > MAX_SLOTS:
            raise InvalidEvent(
                f"config is not valid: {name}.window_hours holds more than {MAX_SLOTS} times resolution_seconds: "
                "shorten the window, or make the resolution coarser"
            )
    if settings.trend.recent > settings.trend.window:
        raise InvalidEvent("config is not valid: trend.recent_minutes is longer than trend.window_hours")
    return settings


def _metric_type(document: Mapping[str, Any]) -> MetricType:
    return MetricType(
        thresholds=tuple(
            Threshold(one["metric"], one["comparison"], float(one["threshold"]), one["severity"])
            for one in document.get("thresholds", [])
        ),
        change=Change(**document.get("change", {})),
    )


def _given(document: Mapping[str, Any], **names: tuple[str, int]) -> dict[str, Any]:
    """The arguments that the document gives, each times its factor."""
    return {name: document[key] * factor for name, (key, factor) in names.items() if key in document}


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON number")
