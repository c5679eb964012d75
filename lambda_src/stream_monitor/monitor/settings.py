"""The flows that are watched and their thresholds: `monitor_config`, which HCL writes into the state machine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.validation import SchemaValidationError, validate

from monitor.errors import InvalidEvent, MonitorError, UnknownFlow
from monitor.events import Request
from monitor.mute import DAYS, MuteWindow

COMPARISONS = (
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanThreshold",
)
STATISTICS = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")
SEVERITIES = ("HIGH", "MEDIUM", "LOW")
MAX_QUERIES = 500  # GetMetricData takes no more in one call

_TEXT = {"type": "string", "minLength": 1}
_SECONDS = {"type": "integer", "minimum": 1, "maximum": 86400}
_THRESHOLD = {
    "type": "object",
    "required": ["metric", "statistic", "comparison", "threshold", "unit", "severity"],
    "properties": {
        "metric": _TEXT,
        "statistic": {"enum": list(STATISTICS)},
        "comparison": {"enum": list(COMPARISONS)},
        "threshold": {"type": "number"},
        "unit": _TEXT,
        "severity": {"enum": list(SEVERITIES)},
        "missing": {"enum": ["ignore", "issue"]},
        "period_seconds": _SECONDS,
    },
}
_MUTE_WINDOW = {
    "type": "object",
    "required": ["day", "start_hour", "hours"],
    "properties": {
        "day": {"enum": list(DAYS)},
        "start_hour": {"type": "integer", "minimum": 0, "maximum": 23},
        "hours": {"type": "integer", "minimum": 1, "maximum": 24},
    },
}
_FLOW = {
    "type": "object",
    "required": [
        *("arn", "name", "window_seconds", "resolution_seconds", "no_data_seconds", "datapoint_grace_seconds"),
        "thresholds",
    ],
    "properties": {
        "arn": _TEXT,
        "name": _TEXT,
        "window_seconds": _SECONDS,
        "resolution_seconds": _SECONDS,
        "no_data_seconds": _SECONDS,
        "datapoint_grace_seconds": {"type": "integer", "minimum": 0, "maximum": 86400},
        "thresholds": {"type": "array", "minItems": 1, "maxItems": MAX_QUERIES, "items": _THRESHOLD},
        "mute_windows": {"type": "array", "items": _MUTE_WINDOW},
    },
}
_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["flows"],
    "properties": {
        "flows": {"type": "object", "additionalProperties": _FLOW},
        "composite_alarms": {"type": "object", "additionalProperties": _TEXT},
    },
}


@dataclass(frozen=True)
class Threshold:
    """A limit, in CloudWatch's words: a period's statistic is compared with the threshold, in the metric's unit.

    Attributes:
        missing: whether no datapoint is an "issue" or something to "ignore"; None: an issue where less is worse.
        period: seconds over which a sum is meant; None: a datapoint's period.
    """

    metric: str
    statistic: str
    comparison: str
    threshold: float
    unit: str
    severity: str
    missing: str | None = None
    period: int | None = None

    @property
    def is_floor(self) -> bool:
        """Whether less is worse."""
        return self.comparison.startswith("Less")

    @property
    def needs_data(self) -> bool:
        """Whether no datapoint at all is an issue."""
        return self.is_floor if self.missing is None else self.missing == "issue"


@dataclass(frozen=True)
class FlowSettings:
    """One watched flow; all times in seconds. `mute_windows` is None where the deployment knows of none."""

    key: str
    arn: str
    name: str
    window: int
    resolution: int
    no_data: int
    datapoint_grace: int
    thresholds: tuple[Threshold, ...]
    mute_windows: tuple[MuteWindow, ...] | None = None


@dataclass(frozen=True)
class Settings:
    """All watched flows by key, and the flow key of each composite alarm."""

    flows: Mapping[str, FlowSettings]
    composite_alarms: Mapping[str, str]

    def flow_for(self, request: Request) -> FlowSettings:
        """The flow that the request is about.

        Raises:
            InvalidEvent: the alarm names no flow and is no composite alarm of this deployment.
            UnknownFlow: the flow is not watched here.
        """
        if request.flow_arn is None:
            name = request.alarm.name if request.alarm else ""
            key = self.composite_alarms.get(name)
            if key is None:
                raise InvalidEvent(
                    f"alarm {name!r} has no FlowARN dimension and is no composite alarm of this deployment"
                )
            if key not in self.flows:
                raise UnknownFlow(f"composite alarm {name!r} is mapped to {key!r}, which is not watched")
            return self.flows[key]
        for flow in self.flows.values():
            if flow.arn == request.flow_arn:
                return flow
        raise UnknownFlow(f"flow {request.flow_arn} is not watched by this deployment")


def parse(config: object) -> Settings:
    """Read `monitor_config`, JSON text; the same text is read once.

    Raises:
        MonitorError: it is not what HCL should have written.
    """
    if not isinstance(config, str):
        raise MonitorError("monitor_config is missing: the workflow passes it as text")
    return _parse(config)


@lru_cache(maxsize=4)
def _parse(config: str) -> Settings:
    try:
        document = json.loads(config)
    except (ValueError, RecursionError) as error:
        raise MonitorError(f"monitor_config is no JSON: {error}") from error
    try:
        validate(event=document, schema=_SCHEMA)
    except SchemaValidationError as error:
        raise MonitorError(f"monitor_config is not valid: {error.validation_message or error}") from error
    assert isinstance(document, dict)  # noqa: S101 - the schema says so; this tells the type checker
    return Settings(
        flows={key: _flow(key, flow) for key, flow in document["flows"].items()},
        composite_alarms=document.get("composite_alarms", {}),
    )


def _flow(key: str, flow: Mapping[str, Any]) -> FlowSettings:
    return FlowSettings(
        key=key,
        arn=flow["arn"],
        name=flow["name"],
        window=int(flow["window_seconds"]),
        resolution=int(flow["resolution_seconds"]),
        no_data=int(flow["no_data_seconds"]),
        datapoint_grace=int(flow["datapoint_grace_seconds"]),
        thresholds=tuple(
            Threshold(
                metric=t["metric"],
                statistic=t["statistic"],
                comparison=t["comparison"],
                threshold=float(t["threshold"]),
                unit=t["unit"],
                severity=t["severity"],
                missing=t.get("missing"),
                period=int(t["period_seconds"]) if "period_seconds" in t else None,
            )
            for t in flow["thresholds"]
        ),
        mute_windows=_mute_windows(flow.get("mute_windows")),
    )


def _mute_windows(windows: list[Mapping[str, Any]] | None) -> tuple[MuteWindow, ...] | None:
    if windows is None:
        return None
    return tuple(MuteWindow(one["day"], int(one["start_hour"]), int(one["hours"])) for one in windows)
