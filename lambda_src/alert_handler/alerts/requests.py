"""The payload that the workflow sends, checked and typed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.validation import SchemaValidationError, validate

from alerts.errors import InvalidRequest

ALERT, RECOVERY, MONITORING_FAILED = "alert", "recovery", "monitoring-failed"
SEVERITIES = ("HIGH", "MEDIUM", "LOW")
UNKNOWN = "unknown"

_TEXT = {"type": "string"}
_ISSUE = {
    "type": "object",
    "required": ["metric", "value", "unit", "threshold", "severity"],
    "properties": {
        "metric": {"type": "string", "minLength": 1, "maxLength": 255},
        "value": {"type": "number"},
        "unit": _TEXT,
        "threshold": {"type": "number"},
        "severity": {"enum": list(SEVERITIES)},
    },
}
_ALARM = {
    "type": ["object", "null"],
    "required": ["name", "state", "transition_time"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "state": {"enum": ["ALARM", "OK"]},
        "previous_state": {"type": ["string", "null"]},
        "transition_time": {"type": "string", "minLength": 1},
        "reason": _TEXT,
    },
}
_RESULT = {
    "type": "object",
    "required": ["flow_name", "flow_arn", "time", "healthy", "issues", "transition_id"],
    "properties": {
        "flow_name": {"type": "string", "minLength": 1},
        "flow_arn": {"type": "string", "minLength": 1},
        "flow_status": {"type": ["string", "null"]},
        "time": {"type": "string", "minLength": 1},
        "healthy": {"type": "boolean"},
        "issues": {"type": "array", "items": _ISSUE},
        "alarm": _ALARM,
        "transition_id": {"type": "string", "minLength": 1},
    },
}
_EXECUTION = {
    "type": "object",
    "required": ["arn"],
    "properties": {"arn": {"type": "string", "minLength": 1}, "started": {"type": ["string", "null"]}},
}
_ERROR = {
    "type": "object",
    "required": ["Error"],
    "properties": {"Error": _TEXT, "Cause": {"type": ["string", "null"]}},
}


def _schema(kind: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "required": ["kind", "execution", *properties],
        "properties": {"kind": {"const": kind}, "execution": _EXECUTION, **properties},
    }


_SCHEMAS = {
    ALERT: _schema(ALERT, {"result": _RESULT}),
    RECOVERY: _schema(RECOVERY, {"result": _RESULT}),
    MONITORING_FAILED: _schema(MONITORING_FAILED, {"error": _ERROR, "event": {}}),
}


@dataclass(frozen=True)
class Issue:
    """What is wrong with a flow: a value beyond its threshold, in the metric's unit."""

    metric: str
    value: float
    unit: str
    threshold: float
    severity: str


@dataclass(frozen=True)
class Alarm:
    """The alarm whose change of state led here; `transition_time` is ISO 8601."""

    name: str
    state: str
    previous_state: str | None
    transition_time: str
    reason: str


@dataclass(frozen=True)
class Request:
    """What happened.

    Attributes:
        kind: alert, recovery or monitoring-failed.
        time: when it was found, ISO 8601.
        at: when it happened (the transition, or the time of a manual check), in milliseconds since the epoch.
        transition_id: the same for every delivery of one transition.
        error, cause: why monitoring failed, else None.
    """

    kind: str
    flow_name: str
    flow_arn: str | None
    flow_status: str | None
    time: str
    at: int
    transition_id: str
    issues: tuple[Issue, ...]
    alarm: Alarm | None
    execution_arn: str
    execution_started: str | None
    error: str | None
    cause: str | None

    @property
    def idempotency_key(self) -> str:
        """Alarm, transition time and kind: one notification for each."""
        return f"{self.transition_id}#{self.kind}"


def severest(severities: list[str]) -> str:
    """The highest of some severities; LOW when there is none."""
    return min(severities, key=SEVERITIES.index, default="LOW")


def parse(payload: object, now: datetime) -> Request:
    """Check and read the payload.

    Raises:
        InvalidRequest: it is not what the workflow should send.
    """
    kind = payload.get("kind") if isinstance(payload, Mapping) else None
    if not isinstance(payload, Mapping) or not isinstance(kind, str) or kind not in _SCHEMAS:
        raise InvalidRequest(f"`kind` must be one of {', '.join(_SCHEMAS)}, not {str(kind)[:100]!r}")
    try:
        validate(event=payload, schema=_SCHEMAS[kind])
    except SchemaValidationError as error:
        raise InvalidRequest(f"the payload is not valid: {error.validation_message or error}") from error
    return _failed(payload, now) if kind == MONITORING_FAILED else _checked(payload, kind)


def _checked(payload: Mapping[str, Any], kind: str) -> Request:
    result = payload["result"]
    found = result.get("alarm")
    alarm = None
    if found:
        alarm = Alarm(
            name=found["name"],
            state=found["state"],
            previous_state=found.get("previous_state"),
            transition_time=found["transition_time"],
            reason=found.get("reason", ""),
        )
    issues = tuple(
        Issue(i["metric"], float(i["value"]), i["unit"], float(i["threshold"]), i["severity"]) for i in result["issues"]
    )
    if (kind == ALERT) != bool(issues):
        raise InvalidRequest(f"kind {kind} with {len(issues)} issues")
    return Request(
        kind=kind,
        flow_name=result["flow_name"],
        flow_arn=result["flow_arn"],
        flow_status=result.get("flow_status"),
        time=result["time"],
        at=milliseconds(alarm.transition_time if alarm else result["time"]),
        transition_id=result["transition_id"],
        issues=issues,
        alarm=alarm,
        execution_arn=payload["execution"]["arn"],
        execution_started=payload["execution"].get("started"),
        error=None,
        cause=None,
    )


def _failed(payload: Mapping[str, Any], now: datetime) -> Request:
    event = _mapping(payload["event"])
    detail = _mapping(event.get("detail"))
    state = _mapping(detail.get("state"))
    name, time = detail.get("alarmName"), state.get("timestamp") or event.get("time")
    execution = payload["execution"]
    flow_arn = _flow_arn(event)
    alarm = None
    if isinstance(name, str) and name:
        previous = _mapping(detail.get("previousState")).get("value")
        alarm = Alarm(
            name=name,
            state=str(state.get("value", UNKNOWN)),
            previous_state=previous if isinstance(previous, str) else None,
            transition_time=str(time),
            reason=str(state.get("reason", "")),
        )
    now_text = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Request(
        kind=MONITORING_FAILED,
        flow_name=_flow_name(flow_arn, name),
        flow_arn=flow_arn,
        flow_status=None,
        time=now_text,
        at=milliseconds(now_text),
        transition_id=f"{alarm.name}@{alarm.transition_time}" if alarm else f"manual@{execution['arn']}",
        issues=(),
        alarm=alarm,
        execution_arn=execution["arn"],
        execution_started=execution.get("started"),
        error=payload["error"]["Error"],
        cause=_cause(payload["error"].get("Cause")),
    )


def _cause(text: str | None) -> str | None:
    """The message of a function's error, which Step Functions wraps in JSON; any other cause as it is."""
    try:
        message = _mapping(json.loads(text or "")).get("errorMessage")
    except (ValueError, RecursionError):
        return text
    return message if isinstance(message, str) else text


def _flow_arn(event: Mapping[str, Any]) -> str | None:
    """The first FlowARN that the event names, wherever an alarm's event or a manual check has it."""
    if isinstance(event.get("flow_arn"), str):
        return str(event["flow_arn"])
    metrics = _mapping(_mapping(event.get("detail")).get("configuration")).get("metrics")
    for entry in metrics if isinstance(metrics, list) else []:
        dimensions = _mapping(_mapping(_mapping(entry).get("metricStat")).get("metric")).get("dimensions")
        arn = _mapping(dimensions).get("FlowARN")
        if isinstance(arn, str):
            return arn
    return None


def _flow_name(flow_arn: str | None, alarm_name: object) -> str:
    """The flow's name from its ARN, else from the alarm's name, `<deployment>/<flow>/<signal>`."""
    if flow_arn and flow_arn.count(":") >= 7:
        return flow_arn.rsplit(":", 1)[-1] or UNKNOWN
    parts = alarm_name.split("/") if isinstance(alarm_name, str) else []
    return f"{parts[0]}-{parts[1]}" if len(parts) == 3 else UNKNOWN


def milliseconds(text: str) -> int:
    """Milliseconds since the epoch of an ISO 8601 time.

    Raises:
        InvalidRequest: it is none.
    """
    try:
        moment = datetime.fromisoformat(text)
        return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(f"{text[:100]!r} is no time") from error


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
