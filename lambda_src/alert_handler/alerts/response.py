"""What is done with a request where a response workflow looks after incidents (INCIDENT_MODE=response).

The first issue of a flow opens its incident and is told. What is reported while it is open is recorded, and told again
only if it is worse than anything told, or comes and goes. Only the response workflow says that it is over.
"""

from collections.abc import Callable
from typing import Any

from alerts import message, notices
from alerts.approvals import ApprovalStore
from alerts.course import Course
from alerts.courses import CourseStore, Settings
from alerts.errors import PublishFailed, StateStoreFailed
from alerts.maintenance import SETTLED_MILLISECONDS, MaintenanceStore
from alerts.message import Message
from alerts.publish import publish
from alerts.requests import Action, Request
from alerts.schemas import ACTION, ALERT, APPROVAL, ESCALATION, MONITORING_FAILED, RECOVERY
from alerts.service import DUPLICATE, HEALTHY, AlertService, Outcome
from alerts.words import moment

MUTED, HELD = "muted", "held"


class ResponseService:
    """Tells people what they do not know of the flows' incidents, and keeps count of them for the response workflow.

    `transitions` ends the incidents that were opened before there was a response workflow. `warn` is called with a
    sentence when something was left undone that does not change the outcome.
    """

    def __init__(
        self,
        sns: Any,
        topic_arn: str,
        store: CourseStore,
        maintenance: MaintenanceStore,
        approvals: ApprovalStore,
        transitions: AlertService,
        settings: Settings,
        dashboard: str,
        warn: Callable[[str], None],
    ) -> None:
        self._sns, self._topic_arn, self._dashboard, self._warn = sns, topic_arn, dashboard, warn
        self._store, self._maintenance, self._approvals = store, maintenance, approvals
        self._transitions, self._settings = transitions, settings

    def handle(self, request: Request) -> Outcome:
        """Tell people, if there is something to tell.

        Returns:
            {"outcome": alert | escalation | recovery | action | approval | healthy | duplicate | held | muted,
            "message_id", "subject", "incident"}; message and subject are None when nobody was told. The incident is
            {"id", "opened_at" (milliseconds since the epoch), "muted_until" (ISO 8601 or None)}, or None without one.

        Raises:
            PublishFailed, StateStoreFailed: nothing is lost if it is tried again.
        """
        if request.kind == MONITORING_FAILED:
            return self._tell("alert", message.monitoring_failed(request, self._dashboard), None)
        ended = self._maintenance.note(request)
        if request.kind == RECOVERY:
            return self._close(request) if request.incident_id else self._clear(request, look_again=ended)
        if request.kind == APPROVAL:
            return self._ask(request)
        muted_until = self._muted_until(request)
        if request.kind == ACTION:
            return self._act(request, muted_until)
        if muted_until is not None:
            return _silent(MUTED, _muted(request, muted_until))
        return self._escalate(request) if request.kind == ESCALATION else self._report(request)

    def _report(self, request: Request) -> Outcome:
        step = self._store.report(request)
        course = step.course
        if course is None or step.key is None:
            return _silent(DUPLICATE, _known(course))
        if step.key == ALERT:
            incident = notices.incident_document(course)
            what = message.alert(request, request.issues, (), self._dashboard, incident=incident)
            return self._tell_of(request, step.key, ALERT, what, course)
        return self._tell_of(request, step.key, ESCALATION, self._worded(request, course, step.key), course)

    def _clear(self, request: Request, *, look_again: bool) -> Outcome:
        if self._store.is_foreign(request):
            return {**self._transitions.handle(request), "incident": None}
        course = self._store.clear(request)
        if look_again:
            # The event says nothing of how the flow is, and what fired meanwhile was told nobody.
            until = max(request.at + SETTLED_MILLISECONDS, request.muted_until or 0)
            return _silent(MUTED, _muted(request, until))
        return _silent(HEALTHY, _known(course))

    def _close(self, request: Request) -> Outcome:
        step = self._store.begin_close(request)
        if step.course is None or step.key is None:
            return _silent(HELD if step.held else HEALTHY, _known(step.course))
        what = notices.recovery(request, step.course, self._dashboard)
        return self._tell_of(request, step.key, RECOVERY, what, step.course)

    def _escalate(self, request: Request) -> Outcome:
        step = self._store.escalate(request)
        if step.course is None or step.key is None:
            return _silent(DUPLICATE, _known(step.course))
        return self._tell_of(request, step.key, ESCALATION, self._worded(request, step.course, step.key), step.course)

    def _worded(self, request: Request, course: Course, key: str) -> Message:
        return notices.escalation(request, course, key, self._settings.flapping_count, self._dashboard)

    def _act(self, request: Request, muted_until: int | None) -> Outcome:
        step = self._store.act(request, silently=muted_until is not None)
        if muted_until is not None:
            return _silent(MUTED, _muted(request, muted_until))
        if step.course and step.key is None:
            return _silent(DUPLICATE, _known(step.course))
        # What was done is told even if the incident is over by now.
        what = notices.action(request, _action(request), step.course, self._dashboard)
        if step.course is None or step.key is None:
            return self._tell(ACTION, what, None)
        return self._tell_of(request, step.key, ACTION, what, step.course)

    def _ask(self, request: Request) -> Outcome:
        """Ask even while muted: an execution waits for the answer."""
        course = _known(self._store.get(request))
        how = self._approvals.create(request, *notices.question(request, _action(request)))
        if how is None:
            return _silent(DUPLICATE, course)
        in_maintenance = self._maintenance.until(request) is not None
        what = notices.approval(request, _action(request), how, in_maintenance, self._dashboard)
        return self._tell(APPROVAL, what, course)

    def _tell_of(self, request: Request, key: str, outcome: str, what: Message, course: Course) -> Outcome:
        """Tell a notice that was claimed: give it back if nobody could be told, mark it if somebody was."""
        try:
            answer = self._tell(outcome, what, _known(course))
        except PublishFailed:
            self._afterwards(lambda: self._store.release(request, key))
            raise
        self._afterwards(lambda: self._store.finish(request, key))
        return answer

    def _tell(self, outcome: str, what: Message, incident: dict[str, Any] | None) -> Outcome:
        message_id = publish(self._sns, self._topic_arn, what)
        return {"outcome": outcome, "message_id": message_id, "subject": what.subject, "incident": incident}

    def _afterwards(self, step: Callable[[], None]) -> None:
        """A step after which nothing depends on it: after a while it counts as done by one who died."""
        try:
            step()
        except StateStoreFailed as error:
            self._warn(str(error))

    def _muted_until(self, request: Request) -> int | None:
        ends = [end for end in (request.muted_until, self._maintenance.until(request)) if end is not None]
        return max(ends, default=None)


def _action(request: Request) -> Action:
    assert request.action is not None  # noqa: S101 - `requests.parse` has seen to it
    return request.action


def _known(course: Course | None) -> dict[str, Any] | None:
    return {"id": course.id, "opened_at": course.opened_at, "muted_until": None} if course else None


def _muted(request: Request, until: int) -> dict[str, Any]:
    """A mute in place of an incident; named by its end, so that each is waited for once, and to the last of it."""
    end = moment(-(-until // 1000) * 1000)
    return {"id": f"{request.flow_key}-muted-{until}", "opened_at": request.at, "muted_until": end}


def _silent(outcome: str, incident: dict[str, Any] | None) -> Outcome:
    return {"outcome": outcome, "message_id": None, "subject": None, "incident": incident}
