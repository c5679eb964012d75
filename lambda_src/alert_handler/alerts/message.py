"""The words: subject, text for people, JSON for machines."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from alerts import links
from alerts.advice import MONITORING_FAILED, advice
from alerts.incidents import Incident
from alerts.requests import ALERT, RECOVERY, Issue, Request, severest

SCHEMA_VERSION = 1
SUBJECT_LIMIT = 100  # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
_BODY_LIMIT = 250 * 1024  # 256 KiB with the attributes
_ISSUE_LIMIT = 50
_FIELD_LIMIT = 1000
_TEXT_LIMIT = 20_000
_SMS_LIMIT = 1000
_SCALES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
_UNITS = {"Percent": "%", "Milliseconds": "ms", "Seconds": "s", "Microseconds": "µs", "Count": "", "None": ""}


@dataclass(frozen=True)
class Message:
    """A notification.

    Attributes:
        subject: at most 100 printable ASCII characters.
        text: for people.
        short: for telephones.
        document: for machines: schema_version, kind, subject, severity, flow_name, flow_arn, time, issues, recovered,
            duration_seconds, alarm, links, error, text.
    """

    kind: str
    severity: str
    flow_name: str
    subject: str
    text: str
    short: str
    document: dict[str, Any]

    def body(self) -> str:
        """The message for `MessageStructure=json`: people read text, programs read JSON; cut to what SNS takes."""
        bodies = (self._body(_TEXT_LIMIT // share, _ISSUE_LIMIT // share) for share in (1, 4, 16, 64))
        return next((body for body in bodies if len(body.encode()) <= _BODY_LIMIT), json.dumps({"default": self.short}))

    def _body(self, characters: int, issues: int) -> str:
        text = self.text[:characters]
        machine = json.dumps(
            {**self.document, "issues": self.document["issues"][:issues], "text": text}, ensure_ascii=False
        )
        programs = dict.fromkeys(("http", "https", "sqs", "lambda", "firehose"), machine)
        return json.dumps({"default": text, "email": text, "sms": self.short, **programs}, ensure_ascii=False)


def alert(request: Request, new: tuple[Issue, ...], known: tuple[Issue, ...], dashboard: str) -> Message:
    """The message for issues that people do not know yet; `known` are those that they do."""
    severity = severest([issue.severity for issue in new])
    lines = [
        f"{severity} alert for flow {request.flow_name}",
        "",
        *_facts(request),
        "",
        "Issues:",
        *(line for issue in new[:_ISSUE_LIMIT] for line in _describe(issue)),
        *_more(new),
    ]
    if known:
        lines += ["", "Reported before, and still so:", *(f"- {_line(issue)}" for issue in known[:_ISSUE_LIMIT])]
    lines += ["", "What to do:", *_numbered(action for issue in new for action in advice(issue.metric).actions)]
    more = f" (+{len(new) - 1} more)" if len(new) > 1 else ""
    subject = f"[{severity}] {request.flow_name}: {_headline(new[0])}{more}"
    return _message(
        request, severity, subject, lines, dashboard, issues=[asdict(issue) for issue in new[:_ISSUE_LIMIT]]
    )


def recovery(request: Request, incident: Incident, dashboard: str) -> Message:
    """The message that an incident is over: what recovered, and for how long it lasted."""
    seconds = max(0, request.at - incident.opened_at) // 1000
    lasted = duration(seconds)
    lines = [
        f"Flow {request.flow_name} has recovered after {lasted}",
        "",
        *_facts(request),
        "",
        "Recovered:",
        *(f"- {advice(m).title} ({m}) [{claim.severity}]" for m, claim in list(incident.claims.items())[:_ISSUE_LIMIT]),
        "",
        "Every metric has been within its thresholds since the alarm returned to OK."
        if request.flow_status in ("ACTIVE", "UPDATING")
        else "The flow is not running, so there is nothing to measure.",
    ]
    return _message(
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
        *_facts(request),
        "",
        f"Error: {_cut(request.error)}",
        f"Cause: {_cut(request.cause)}",
        "",
        "What to check:",
        *_numbered(MONITORING_FAILED),
    ]
    subject = f"[HIGH] {request.flow_name}: monitoring failed ({request.error})"
    error = {"Error": _cut(request.error), "Cause": _cut(request.cause)}
    return _message(request, "HIGH", subject, lines, dashboard, error=error)


def _message(request: Request, severity: str, subject: str, lines: list[str], dashboard: str, **fields: Any) -> Message:
    found = {
        "flow": links.flow(request.flow_arn),
        "dashboard": links.dashboard(dashboard, request.flow_arn or request.execution_arn),
        "execution": links.execution(request.execution_arn, request.execution_started),
    }
    lines = [*lines, "", "Links:", *(f"{name.capitalize()}: {url}" for name, url in found.items() if url)]
    text = "\n".join(lines)[:_TEXT_LIMIT]
    subject = _subject(subject)
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
        "alarm": {**asdict(request.alarm), "reason": _cut(request.alarm.reason)} if request.alarm else None,
        "links": found,
        "error": None,
        "text": text,
        **fields,
    }
    short = f"{subject}\n{found['flow'] or ''}"[:_SMS_LIMIT].strip()
    return Message(request.kind, severity, request.flow_name, subject, text, short, document)


def _facts(request: Request) -> list[str]:
    facts = [f"Flow: {request.flow_name} ({request.flow_arn or 'ARN unknown'})", f"Time: {request.time}"]
    if request.flow_status:
        facts.append(f"Status: {request.flow_status}")
    if request.alarm:
        change = f"{request.alarm.previous_state or '?'} to {request.alarm.state}"
        facts.append(f"Alarm: {request.alarm.name}, {change} at {request.alarm.transition_time}")
        if request.alarm.reason and request.kind == ALERT:
            facts.append(f"Reason: {_cut(request.alarm.reason)}")
    elif request.kind != RECOVERY:
        facts.append("Alarm: none, this is a manual check")
    return facts


def _describe(issue: Issue) -> list[str]:
    return [f"- {_line(issue)}", f"  {advice(issue.metric).meaning}"]


def _line(issue: Issue) -> str:
    title = advice(issue.metric).title
    if issue.metric in ("NoData", "FlowError"):
        return f"{title} [{issue.severity}]"
    side = "above" if issue.value > issue.threshold else "below" if issue.value < issue.threshold else "at"
    value, threshold = quantity(issue.value, issue.unit), quantity(issue.threshold, issue.unit)
    return f"{title} ({issue.metric}): {value}, {side} the threshold of {threshold} [{issue.severity}]"


def _headline(issue: Issue) -> str:
    title = advice(issue.metric).title
    return title if issue.metric in ("NoData", "FlowError") else f"{title} {quantity(issue.value, issue.unit)}"


def _more(issues: tuple[Issue, ...]) -> list[str]:
    return [f"- and {len(issues) - _ISSUE_LIMIT} more"] if len(issues) > _ISSUE_LIMIT else []


def _numbered(actions: Iterable[str]) -> list[str]:
    return [f"{i}. {action}" for i, action in enumerate(dict.fromkeys(actions), 1)]


def _cut(text: str | None) -> str:
    text = text or "not given"
    return text if len(text) <= _FIELD_LIMIT else f"{text[: _FIELD_LIMIT - 1]}…"


def _subject(text: str) -> str:
    """Printable ASCII only, one line, cut to the limit."""
    clean = "".join(c if c.isascii() and c.isprintable() else "?" for c in " ".join(text.split()))
    return clean if len(clean) <= SUBJECT_LIMIT else f"{clean[: SUBJECT_LIMIT - 3]}..."


def quantity(value: float, unit: str) -> str:
    """A value with its unit: `5.2 %`, `12 ms`, `14.2 Mbit/s`."""
    if unit == "Bits/Second":
        for scale, prefix in _SCALES:
            if abs(value) >= scale:
                return f"{value / scale:.3g} {prefix}bit/s"
        return f"{value:.3g} bit/s"
    number = f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return f"{number} {_UNITS.get(unit, unit)}".rstrip()


def duration(seconds: int) -> str:
    """`45 s`, `2 min 5 s`, `3 h 20 min`, `2 d 4 h`."""
    minutes, s = divmod(seconds, 60)
    hours, m = divmod(minutes, 60)
    days, h = divmod(hours, 24)
    if days:
        return f"{days} d {h} h"
    if hours:
        return f"{hours} h {m} min"
    return f"{m} min {s} s" if minutes else f"{s} s"
