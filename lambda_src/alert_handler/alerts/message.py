"""The words: subject, text for people, JSON for machines."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from alerts import links
from alerts.advice import MONITORING_FAILED, advice
from alerts.incidents import Incident
from alerts.requests import Issue, Request, severest
from alerts.schemas import ALERT, RECOVERY
from alerts.words import ISSUE_LIMIT, cut, describe, duration, headline, line, more, numbered, one_line, quantity

__all__ = ["Message", "alert", "compose", "duration", "facts", "monitoring_failed", "quantity", "recovery"]

SCHEMA_VERSION = 1
_BODY_LIMIT = 250 * 1024  # 256 KiB with the attributes
_TEXT_LIMIT = 20_000
_SMS_LIMIT = 1000


@dataclass(frozen=True)
class Message:
    """A notification.

    Attributes:
        subject: at most 100 printable ASCII characters.
        text: for people.
        short: for telephones.
        document: for machines: schema_version, kind, subject, severity, flow_name, flow_arn, time, issues, recovered,
            duration_seconds, alarm, links, error, text; with a response workflow also incident, reason, action, actions
            and approval, where there is something to say. docs/notice.schema.json has the whole.
    """

    kind: str
    severity: str
    flow_name: str
    subject: str
    text: str
    short: str
    document: dict[str, Any]

    def with_short(self, short: str) -> "Message":
        """The message with other words for telephones."""
        return replace(self, short=short[:_SMS_LIMIT])

    def body(self) -> str:
        """The message for `MessageStructure=json`: people read text, programs read JSON; cut to what SNS takes."""
        bodies = (self._body(_TEXT_LIMIT // share, ISSUE_LIMIT // share) for share in (1, 4, 16, 64))
        return next((body for body in bodies if len(body.encode()) <= _BODY_LIMIT), json.dumps({"default": self.short}))

    def _body(self, characters: int, issues: int) -> str:
        text = self.text[:characters]
        machine = json.dumps(
            {**self.document, "issues": self.document["issues"][:issues], "text": text}, ensure_ascii=False
        )
        programs = dict.fromkeys(("http", "https", "sqs", "lambda", "firehose"), machine)
        return json.dumps({"default": text, "email": text, "sms": self.short, **programs}, ensure_ascii=False)


def alert(request: Request, new: tuple[Issue, ...], known: tuple[Issue, ...], dashboard: str, **fields: Any) -> Message:
    """The message for issues that people do not know yet; `known` are those that they do."""
    severity = severest([issue.severity for issue in new])
    lines = [
        f"{severity} alert for flow {request.flow_name}",
        "",
        *facts(request),
        "",
        "Issues:",
        *(text for issue in new[:ISSUE_LIMIT] for text in describe(issue)),
        *more(new),
    ]
    if known:
        lines += ["", "Reported before, and still so:", *(f"- {line(issue)}" for issue in known[:ISSUE_LIMIT])]
    lines += ["", "What to do:", *numbered(action for issue in new for action in advice(issue.metric).actions)]
    others = f" (+{len(new) - 1} more)" if len(new) > 1 else ""
    subject = f"[{severity}] {request.flow_name}: {headline(new[0])}{others}"
    documents = [issue.document for issue in new[:ISSUE_LIMIT]]
    return compose(request, severity, subject, lines, dashboard, issues=documents, **fields)


def recovery(request: Request, incident: Incident, dashboard: str) -> Message:
    """The message that an incident is over: what recovered, and for how long it lasted."""
    seconds = max(0, request.at - incident.opened_at) // 1000
    lasted = duration(seconds)
    lines = [
        f"Flow {request.flow_name} has recovered after {lasted}",
        "",
        *facts(request),
        "",
        "Recovered:",
        *(f"- {advice(m).title} ({m}) [{claim.severity}]" for m, claim in list(incident.claims.items())[:ISSUE_LIMIT]),
        "",
        "Every metric has been within its thresholds since the alarm returned to OK."
        if request.flow_status in ("ACTIVE", "UPDATING")
        else "The flow is not running, so there is nothing to measure.",
    ]
    return compose(
        request,
        incident.severity,
        f"[RECOVERED] {request.flow_name} after {lasted}",
        lines,
        dashboard,
        recovered=list(incident.claims),
        duration_seconds=seconds,
    )


def monitoring_failed(request: Request, dashboard: str) -> Message:
    """The message that the check itself failed, and why."""
    lines = [
        f"Monitoring of flow {request.flow_name} failed: nobody knows how it is",
        "",
        *facts(request),
        "",
        f"Error: {cut(request.error)}",
        f"Cause: {cut(request.cause)}",
        "",
        "What to check:",
        *numbered(MONITORING_FAILED),
    ]
    subject = f"[HIGH] {request.flow_name}: monitoring failed ({request.error})"
    error = {"Error": cut(request.error), "Cause": cut(request.cause)}
    return compose(request, "HIGH", subject, lines, dashboard, error=error)


def compose(request: Request, severity: str, subject: str, lines: list[str], dashboard: str, **fields: Any) -> Message:
    """The message of some lines, with its links; `fields` are those of the document that are its own."""
    found = {
        "flow": links.flow(request.flow_arn),
        "dashboard": links.dashboard(dashboard, request.flow_arn or request.execution_arn),
        "execution": links.execution(request.execution_arn, request.execution_started),
    }
    lines = [*lines, "", "Links:", *(f"{name.capitalize()}: {url}" for name, url in found.items() if url)]
    text = "\n".join(lines)[:_TEXT_LIMIT]
    subject = one_line(subject)
    document = {
        "schema_version": SCHEMA_VERSION,
        "kind": request.kind,
        "subject": subject,
        "severity": severity,
        "flow_name": request.flow_name,
        "flow_arn": request.flow_arn,
        "time": request.time,
        "issues": [],
        "recovered": [],
        "duration_seconds": None,
        "alarm": {**asdict(request.alarm), "reason": cut(request.alarm.reason)} if request.alarm else None,
        "links": found,
        "error": None,
        "text": text,
        **fields,
    }
    short = f"{subject}\n{found['flow'] or ''}"[:_SMS_LIMIT].strip()
    return Message(document["kind"], severity, request.flow_name, subject, text, short, document)


def facts(request: Request) -> list[str]:
    """Which flow, when, and which alarm."""
    known = [f"Flow: {request.flow_name} ({request.flow_arn or 'ARN unknown'})", f"Time: {request.time}"]
    if request.flow_status:
        known.append(f"Status: {request.flow_status}")
    if request.alarm:
        change = f"{request.alarm.previous_state or '?'} to {request.alarm.state}"
        known.append(f"Alarm: {request.alarm.name}, {change} at {request.alarm.transition_time}")
        if request.alarm.reason and request.kind == ALERT:
            known.append(f"Reason: {cut(request.alarm.reason)}")
    elif request.transition_id.startswith("MediaConnect "):
        known.append(f"Event: {request.transition_id.partition('@')[0]}")
    elif request.kind != RECOVERY and request.incident_id is None:
        known.append("Alarm: none, this is a manual check")
    return known
