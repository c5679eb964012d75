"""What the workflows send, as JSON Schemas: one for each kind of request."""

from collections.abc import Mapping
from typing import Any

ALERT, RECOVERY, MONITORING_FAILED = "alert", "recovery", "monitoring-failed"
ESCALATION, ACTION, APPROVAL = "escalation", "action", "approval"
SEVERITIES = ("HIGH", "MEDIUM", "LOW")
LASTING = "lasting"
MAINTENANCE_STARTED, MAINTENANCE_ENDED = "started", "ended"

_TEXT = {"type": "string"}
_NAME = {"type": "string", "minLength": 1}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_ISSUE = {
    "type": "object",
    "required": ["metric", "value", "unit", "threshold", "severity"],
    "properties": {
        "metric": {"type": "string", "minLength": 1, "maxLength": 255},
        "value": {"type": "number"},
        "unit": _TEXT,
        "threshold": {"type": "number"},
        "severity": {"enum": list(SEVERITIES)},
        "condition": _TEXT_OR_NULL,
    },
}
_ALARM = {
    "type": ["object", "null"],
    "required": ["name", "state", "transition_time"],
    "properties": {
        "name": _NAME,
        "state": {"enum": ["ALARM", "OK"]},
        "previous_state": _TEXT_OR_NULL,
        "transition_time": _NAME,
        "reason": _TEXT,
    },
}
_RESULT = {
    "type": "object",
    "required": ["flow_name", "flow_arn", "time", "healthy", "issues", "transition_id"],
    "properties": {
        "flow_name": _NAME,
        "flow_arn": _NAME,
        "flow_key": _TEXT_OR_NULL,
        "flow_status": _TEXT_OR_NULL,
        "time": _NAME,
        "healthy": {"type": "boolean"},
        "issues": {"type": "array", "items": _ISSUE},
        "alarm": _ALARM,
        "transition_id": _NAME,
        "cleared": {"type": ["array", "null"], "items": _TEXT},
        "maintenance": _TEXT_OR_NULL,
        "muted_until": _TEXT_OR_NULL,
    },
}
_EXECUTION = {
    "type": "object",
    "required": ["arn"],
    "properties": {"arn": _NAME, "started": _TEXT_OR_NULL},
}
_ERROR = {
    "type": "object",
    "required": ["Error"],
    "properties": {"Error": _TEXT, "Cause": _TEXT_OR_NULL},
}
_INCIDENT = {"type": "object", "required": ["id"], "properties": {"id": _NAME}}
_KINDS_OF_ACTION = {"enum": ["switch", "restart"]}
_ACTION = {
    "type": "object",
    "required": ["kind", "outcome"],
    "properties": {
        "kind": _KINDS_OF_ACTION,
        "source": _TEXT_OR_NULL,
        "rule": _TEXT_OR_NULL,
        "reason": _TEXT_OR_NULL,
        "outcome": {"enum": ["helped", "did-not-help", "failed", "rejected", "expired"]},
    },
}
_PROPOSAL = {**_ACTION, "required": ["kind"], "properties": {**_ACTION["properties"], "outcome": _TEXT_OR_NULL}}  # type: ignore[dict-item]


def _schema(kind: str, properties: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "required": ["kind", "execution", *properties],
        "properties": {"kind": {"const": kind}, "execution": _EXECUTION, **properties, **optional},
    }


REQUESTS = {
    ALERT: _schema(ALERT, {"result": _RESULT}),
    RECOVERY: _schema(RECOVERY, {"result": _RESULT}, incident={**_INCIDENT, "type": ["object", "null"]}),
    MONITORING_FAILED: _schema(MONITORING_FAILED, {"error": _ERROR, "event": {}}),
    ESCALATION: _schema(ESCALATION, {"result": _RESULT, "incident": _INCIDENT, "reason": {"const": LASTING}}),
    ACTION: _schema(ACTION, {"result": _RESULT, "incident": _INCIDENT, "action": _ACTION}),
    APPROVAL: _schema(
        APPROVAL,
        {
            "result": _RESULT,
            "incident": _INCIDENT,
            "action": _PROPOSAL,
            "task_token": _NAME,
            "expires_in_seconds": {"type": "number", "exclusiveMinimum": 0},
        },
    ),
}
