"""The payload of the workflow, read."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools.utilities.validation import SchemaValidationError, validate

from analytics.errors import InvalidEvent
from analytics.settings import METRIC_TYPE, Settings
from analytics.settings import parse as parse_settings

TREND, DAY_OVER_DAY = "trend", "day-over-day"

_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["analysis", "run_id", "metric_types", "config"],
    "properties": {
        "analysis": {"enum": [TREND, DAY_OVER_DAY]},
        # An execution's name; it becomes a part of a key.
        "run_id": {"type": "string", "pattern": "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}$"},
        "metric_types": {
            "type": "array",
            "maxItems": 100,
            "uniqueItems": True,
            "items": {"type": "string", "pattern": METRIC_TYPE},
        },
        "started": {"type": "string"},
    },
}


@dataclass(frozen=True)
class Request:
    """What is asked: one analysis of the metric types that a run has collected.

    Attributes:
        at: when the run was started.
    """

    analysis: str
    run_id: str
    metric_types: tuple[str, ...]
    settings: Settings
    at: datetime

    @property
    def until(self) -> datetime:
        """Before when datapoints are looked at: where the collector's window ended, which may be long before the run.

        That is so many seconds before the start, on a boundary of the resolution, which is the collector's period.
        """
        settings = self.settings
        end = (int(self.at.timestamp()) - settings.delay) // settings.resolution * settings.resolution
        return datetime.fromtimestamp(end, UTC)


def parse(event: Any, now: datetime) -> Request:
    """Read {"analysis": "trend" | "day-over-day", "run_id", "metric_types": [name], "config": text, "started"?: ISO}.

    Without `started`, the run was started `now`.

    Raises:
        InvalidEvent: that is not what it is.
    """
    try:
        validate(event=event, schema=_SCHEMA)
    except SchemaValidationError as error:
        raise InvalidEvent(f"the payload is not valid: {error.validation_message or error}") from error
    return Request(
        analysis=event["analysis"],
        run_id=event["run_id"],
        metric_types=tuple(event["metric_types"]),
        settings=parse_settings(event["config"]),
        at=_moment(event["started"]) if "started" in event else now,
    )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        moment - timedelta(days=30), moment + timedelta(days=30)  # so far from it is looked
    except (OverflowError, ValueError) as error:
        raise InvalidEvent(f"started is no time that can be used: {text[:100]!r}") from error
    return moment
