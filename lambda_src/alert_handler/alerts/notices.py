"""The words of what the response workflow has to tell: escalation, recovery, action, approval."""

from typing import Any

from alerts import course as courses
from alerts.advice import advice
from alerts.approvals import Question
from alerts.course import FLAPPING, WORSE, Course
from alerts.message import Message, compose, facts
from alerts.requests import Action, Issue, Request, severest
from alerts.schemas import ESCALATION
from alerts.words import ISSUE_LIMIT, cut, describe, duration, headline, moment, more, numbered

_RESTART = (
    "A restart stops the flow and starts it again. From the stop until the flow is active again and has locked to a "
    "source, no output carries a picture or sound. It cannot bring back a source that nobody sends."
)
_DONE = {"switch": "switched the flow to source", "restart": "restarted the flow"}
_NOT_DONE = {"switch": "did not switch the flow to source", "restart": "did not restart the flow"}
_OUTCOMES = {
    "helped": "it helped",
    "did-not-help": "it did not help",
    "failed": "it could not be done",
    "rejected": "a person rejected it",
    "expired": "the question has lapsed",
}
_THEN = {
    "helped": (
        "Nothing is urgent: the incident ends by itself when the flow stays healthy.",
        "Find out why the source failed before it is needed again.",
    ),
    "did-not-help": (
        "Look at the sources in the dashboard and at the encoders: none of them may carry a good picture.",
        "If viewers are affected, switch to another feed by hand. Do not restart a flow that still carries a picture.",
    ),
    "failed": (
        "Open the execution and read which state failed, and why.",
        "Do by hand what could not be done, if viewers are affected: the flow's page in the console.",
    ),
    "rejected": ("Bring the sources back by hand: nothing else is tried until one of them sends.",),
    "expired": (
        "If viewers are still affected, bring the sources back, or restart the flow in the console.",
        "If nobody answered in time: see to it that somebody who may answer reads these messages.",
    ),
}


def incident_document(course: Course) -> dict[str, Any]:
    """What programs read of an incident."""
    return {"id": course.id, "opened_at": course.opened_at}


def escalation(request: Request, course: Course, key: str, flapping_count: int, dashboard: str) -> Message:
    """The message that an incident which people know is worse than they know: worse, flapping, or lasting."""
    reason = str(courses.reason_of(key))
    seconds = _seconds(request, course)
    lasted, issues = duration(seconds), request.issues
    severity = severest([*(issue.severity for issue in issues), course.severity])
    if reason == WORSE:
        why = [f"Told again because it has become worse: {severest([issue.severity for issue in issues])}."]
        short = headline(min(issues, key=lambda issue: issue.severity != severity))
    elif reason == FLAPPING:
        why = ["Told again because it comes and goes; it will not be told again for that:"]
        why += [f"- {_name(name)} has fired {count} times" for name, count in courses.flapping(course, flapping_count)]
        short = "comes and goes"
    else:
        why = ["Told again because it has lasted so long; it will not be told again for that."]
        short = "not over"
    lines = [
        f"Flow {request.flow_name}: the incident that began at {moment(course.opened_at)} lasts on, {lasted} now",
        "",
        *facts(request),
        "",
        *why,
        "",
        *_issues("Now:", issues),
        *_meanwhile(course),
        "What to do:",
        *numbered([action for issue in issues for action in advice(issue.metric).actions] or advice("").actions),
    ]
    return compose(
        request,
        severity,
        f"[{severity}] {request.flow_name}: {short}, {reason} after {lasted}",
        lines,
        dashboard,
        kind=ESCALATION,
        reason=reason,
        incident=incident_document(course),
        issues=[issue.document for issue in issues[:ISSUE_LIMIT]],
        duration_seconds=seconds,
        actions=_actions(course),
    )


def recovery(request: Request, course: Course, dashboard: str) -> Message:
    """The message that an incident is over: how long it lasted, what recovered and what was done meanwhile."""
    seconds = _seconds(request, course)
    lines = [
        f"Flow {request.flow_name} has recovered after {duration(seconds)}",
        "",
        *facts(request),
        f"Began: {moment(course.opened_at)}",
        "",
        "Recovered:",
        *(f"- {advice(m).title} ({m}) [{claim.severity}]" for m, claim in list(course.claims.items())[:ISSUE_LIMIT]),
        "",
        *_meanwhile(course),
        "Sources and metrics have been within their thresholds for as long as the configuration asks before it counts."
        if request.flow_status in ("ACTIVE", "UPDATING")
        else "The flow is not running, so there is nothing to measure.",
    ]
    return compose(
        request,
        course.severity,
        f"[RECOVERED] {request.flow_name} after {duration(seconds)}",
        lines,
        dashboard,
        incident=incident_document(course),
        recovered=list(course.claims),
        duration_seconds=seconds,
        actions=_actions(course),
    )


def action(request: Request, done: Action, course: Course | None, dashboard: str) -> Message:
    """The message that something was done to a flow, by which rule, and whether it helped."""
    severity = "LOW" if done.outcome == "helped" else course.severity if course else "HIGH"
    sentence = _sentence(done)
    lines = [
        f"The response workflow {sentence}: {_OUTCOMES[str(done.outcome)]}",
        "",
        *facts(request),
        *_why(done),
        "",
        *_issues("Still wrong:", request.issues),
        "What to do:",
        *numbered(_THEN[str(done.outcome)]),
    ]
    subject = f"[{severity}] {request.flow_name}: {sentence}, {_OUTCOMES[str(done.outcome)]}"
    return compose(
        request,
        severity,
        subject,
        lines,
        dashboard,
        incident=incident_document(course) if course else {"id": request.incident_id, "opened_at": None},
        issues=[issue.document for issue in request.issues[:ISSUE_LIMIT]],
        action=vars(done),
    )


def question(request: Request, asked: Action) -> tuple[str, str]:
    """What the page of an approval says: title and text."""
    if asked.kind == "restart":
        title, effect = f"Restart flow {request.flow_name}?", _RESTART
    else:
        title = f"Switch flow {request.flow_name} to source {asked.source or '?'}?"
        effect = "The outputs may show a short glitch while the flow takes the other source."
    return title, "\n".join([effect, "", *_why(asked), "", *_issues("Wrong now:", request.issues)]).strip()


def approval(request: Request, asked: Action, how: Question, in_maintenance: bool, dashboard: str) -> Message:
    """The message that asks for an approval: what it does to the picture, by when to answer, and how."""
    title, text = question(request, asked)
    by = moment(how.expires * 1000)
    warning = ["MediaConnect maintains this flow now: it may come back by itself.", ""] if in_maintenance else []
    lines = [
        title,
        f"Answer by {by}, or it is not done.",
        "",
        *facts(request),
        "",
        text,
        "",
        *warning,
        *_how(request, how),
    ]
    told = compose(
        request,
        "HIGH",
        f"[APPROVE?] {title} By {by}",
        lines,
        dashboard,
        incident={"id": request.incident_id, "opened_at": None},
        issues=[issue.document for issue in request.issues[:ISSUE_LIMIT]],
        action=vars(asked),
        approval={"id": how.approval_id, "expires": by, "url": how.url, "table": how.table, "item": how.item},
    )
    return told.with_short(f"{told.subject}\n{how.url}") if how.url else told


def _how(request: Request, how: Question) -> list[str]:
    if how.url:
        return [
            "Approve or reject on this page (opening it answers nothing):",
            how.url,
            "Whoever has this link can answer: do not pass it on.",
        ]
    region = (request.execution_arn.split(":") + [""] * 4)[3]
    key = f'{{"id": {{"S": "{how.item}"}}}}'
    token = (
        f"aws dynamodb get-item --region {region} --table-name {how.table} --key '{key}' "
        "--query Item.token.S --output text"
    )
    output = '{"approved": true, "answered_at": "\'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"\'"}'
    return [
        "Approve with the AWS CLI (to reject, write false in place of true):",
        f"aws stepfunctions send-task-success --region {region} --task-token \"$({token})\" --task-output '{output}'",
    ]


def _seconds(request: Request, course: Course) -> int:
    return max(0, max(request.at, request.found) - course.opened_at) // 1000


def _sentence(done: Action) -> str:
    words = _NOT_DONE if done.outcome in ("failed", "rejected", "expired") else _DONE
    source = f" {done.source or '?'}" if done.kind == "switch" else ""
    return f"{words[done.kind]}{source}"


def _why(done: Action) -> list[str]:
    return [
        *([f"Rule: {cut(done.rule)}"] if done.rule else []),
        *([f"Reason: {cut(done.reason)}"] if done.reason else []),
    ]


def _issues(head: str, issues: tuple[Issue, ...]) -> list[str]:
    if not issues:
        return []
    return [head, *(text for issue in issues[:ISSUE_LIMIT] for text in describe(issue)), *more(issues), ""]


def _meanwhile(course: Course) -> list[str]:
    if not course.actions:
        return []
    return [
        "Done meanwhile:",
        *(
            f"- {moment(one['at'])} {_sentence(_action(one))}: {_OUTCOMES[one['outcome']]}"
            + (f" (rule {cut(one['rule'])})" if one["rule"] else "")
            for one in course.actions[-ISSUE_LIMIT:]
        ),
        "",
    ]


def _action(found: dict[str, Any]) -> Action:
    return Action(**{name: found[name] for name in ("kind", "source", "rule", "reason", "outcome")})


def _actions(course: Course) -> list[dict[str, Any]]:
    return [{**vars(_action(one)), "time": moment(one["at"])} for one in course.actions[-ISSUE_LIMIT:]]


def _name(firing: str) -> str:
    """An alarm's name, or the condition of an event in words."""
    metric, mark, resource = firing.partition("#")
    return f"{advice(metric).title} ({resource})" if mark else f"Alarm {firing}"
