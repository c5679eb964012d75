"""The payload that the workflow sends, checked and typed."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.validation import SchemaValidationError, validate

from alerts.errors import InvalidRequest
from alerts.events import UNKNOWN, cause_of, flow_arn_of, flow_name_of, mapping
from alerts.schemas import ACTION, ALERT, APPROVAL, ESCALATION, MONITORING_FAILED, RECOVERY, REQUESTS, SEVERITIES


@dataclass(frozen=True)
class Issue:
    """What is wrong with a flow: a value beyond its threshold, in the metric's unit.

    `condition` names what an event of MediaConnect said, `<metric>#<resource>`, so that a later event can take it back.
    """

    metric: str
    value: float
    unit: str
    threshold: float
    severity: str
    condition: str | None = None

    @property
    def document(self) -> dict[str, Any]:
        """As programs read it: `condition` only where there is one."""
        return {name: value for name, value in vars(self).items() if name != "condition" or value is not None}


@dataclass(frozen=True)
class Alarm:
    """The alarm whose change of state led here; `transition_time` is ISO 8601."""

    name: str
    state: str
    previous_state: str | None
    transition_time: str
    reason: str


@dataclass(frozen=True)
class Action:
    """What the response workflow did, or asks to do (then without an outcome)."""

    kind: str
    source: str | None
    rule: str | None
    reason: str | None
    outcome: str | None


@dataclass(frozen=True)
class Request:
    """What happened.

    Attributes:
        kind: alert, recovery, monitoring-failed, escalation, action or approval.
        time: when it was found, ISO 8601.
        at: when it happened (the transition, or the time of a manual check), in milliseconds since the epoch.
        transition_id: the same for every delivery of one transition.
        error, cause: why monitoring failed, else None.
        found: when it was found, in milliseconds since the epoch.
        flow_key: the flow's key in the configuration, of letters, digits and hyphens.
        cleared: the conditions that an event has taken back.
        maintenance: scheduled, started or ended, when an event says so.
        muted_until: when the flow's mute window ends, if one is open; milliseconds since the epoch.
        incident_id, reason, action, task_token, expires_in_seconds: what the response workflow says, else None.
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
    found: int = 0
    flow_key: str = UNKNOWN
    cleared: tuple[str, ...] = ()
    maintenance: str | None = None
    muted_until: int | None = None
    incident_id: str | None = None
    reason: str | None = None
    action: Action | None = None
    task_token: str | None = None
    expires_in_seconds: float | None = None

    @property
    def idempotency_key(self) -> str:
        """Alarm, transition time and kind: one notification for each.

        What the response workflow sends is told apart by the assessment that it follows from: a later attempt to close
        an incident, or a second switch of it, is another request.
        """
        if self.incident_id is None:
            return f"{self.transition_id}#{self.kind}"
        parts = [self.incident_id, self.kind, self.reason or "", self.transition_id, self.time]
        if self.action:
            parts += [self.action.kind, self.action.source or "", self.action.outcome or ""]
        if self.task_token:
            parts.append(token_digest(self.task_token))
        return "#".join(parts)


def token_digest(task_token: str) -> str:
    """A short name for a task token, from which the token cannot be had."""
    return hashlib.sha256(task_token.encode()).hexdigest()[:16]


def severest(severities: list[str]) -> str:
    """The highest of some severities; LOW when there is none."""
    return min(severities, key=SEVERITIES.index, default="LOW")


def parse(payload: object, now: datetime) -> Request:
    """Check and read the payload.

    Raises:
        InvalidRequest: it is not what the workflow should send.
    """
    kind = payload.get("kind") if isinstance(payload, Mapping) else None
    if not isinstance(payload, Mapping) or not isinstance(kind, str) or kind not in REQUESTS:
        raise InvalidRequest(f"`kind` must be one of {', '.join(REQUESTS)}, not {str(kind)[:100]!r}")
    try:
        validate(event=payload, schema=REQUESTS[kind])
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
        Issue(i["metric"], float(i["value"]), i["unit"], float(i["threshold"]), i["severity"], i.get("condition"))
        for i in result["issues"]
    )
    if kind in (ALERT, RECOVERY) and (kind == ALERT) != bool(issues):
        raise InvalidRequest(f"kind {kind} with {len(issues)} issues")
    muted_until = result.get("muted_until")
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
        found=milliseconds(result["time"]),
        flow_key=_flow_key(result),
        cleared=tuple(result.get("cleared") or ()),
        maintenance=result.get("maintenance"),
        muted_until=milliseconds(muted_until) if muted_until else None,
        incident_id=None if kind == ALERT else mapping(payload.get("incident")).get("id"),
        reason=payload["reason"] if kind == ESCALATION else None,
        action=_action(payload["action"]) if kind in (ACTION, APPROVAL) else None,
        task_token=payload["task_token"] if kind == APPROVAL else None,
        expires_in_seconds=payload["expires_in_seconds"] if kind == APPROVAL else None,
    )


def _action(found: Mapping[str, Any]) -> Action:
    texts = {name: found.get(name) for name in ("source", "rule", "reason", "outcome")}
    return Action(kind=found["kind"], **{name: text or None for name, text in texts.items()})


def _flow_key(result: Mapping[str, Any]) -> str:
    """The flow's key, fit for the name of an execution (80 characters, with what is put behind it)."""
    key = result.get("flow_key") or result["flow_name"]
    return re.sub(r"[^A-Za-z0-9-]", "-", key)[:50]


def _failed(payload: Mapping[str, Any], now: datetime) -> Request:
    event = mapping(payload["event"])
    detail = mapping(event.get("detail"))
    state = mapping(detail.get("state"))
    name, time = detail.get("alarmName"), state.get("timestamp") or event.get("time")
    execution = payload["execution"]
    flow_arn = flow_arn_of(event)
    alarm = None
    if isinstance(name, str) and name:
        previous = mapping(detail.get("previousState")).get("value")
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
        flow_name=flow_name_of(flow_arn, name),
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
        cause=cause_of(payload["error"].get("Cause")),
    )


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
