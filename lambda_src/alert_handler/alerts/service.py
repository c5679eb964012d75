"""What is done with a request: told, or not, and what became of it."""

from collections.abc import Callable
from typing import Any

from alerts import message
from alerts.errors import InvalidRequest, PublishFailed, StateStoreFailed
from alerts.incidents import IncidentStore, Transition
from alerts.message import Message
from alerts.publish import publish
from alerts.requests import Request
from alerts.schemas import ALERT, MONITORING_FAILED, RECOVERY

DUPLICATE, HEALTHY = "duplicate", "healthy"

Outcome = dict[str, Any]


class AlertService:
    """Tells people through a topic what the incidents in a table say they do not know yet.

    `warn` is called with a sentence when something was left undone that does not change the outcome.
    """

    def __init__(
        self, sns: Any, topic_arn: str, incidents: IncidentStore, dashboard: str, warn: Callable[[str], None]
    ) -> None:
        self._sns, self._topic_arn, self._incidents = sns, topic_arn, incidents
        self._dashboard, self._warn = dashboard, warn

    def handle(self, request: Request) -> Outcome:
        """Tell people, if there is something to tell.

        Returns:
            {"outcome": alert | recovery | healthy | duplicate, "message_id", "subject"}; the latter two are None when
            nobody was told.

        Raises:
            InvalidRequest, PublishFailed, StateStoreFailed.
        """
        if request.kind == MONITORING_FAILED:
            return self._tell("alert", message.monitoring_failed(request, self._dashboard))
        if request.kind not in (ALERT, RECOVERY):
            raise InvalidRequest(f"kind {request.kind} is of a response workflow: it needs INCIDENT_MODE=response")
        return self._alert(request) if request.kind == ALERT else self._recover(request)

    def _alert(self, request: Request) -> Outcome:
        flow, by = str(request.flow_arn), _transition(request)
        claimed = self._incidents.claim(flow, request.issues, by)
        if not claimed.new:
            return _silent(DUPLICATE)
        try:
            return self._tell("alert", message.alert(request, claimed.new, claimed.known, self._dashboard))
        except PublishFailed:
            self._undo(lambda: self._incidents.release(flow, by))
            raise

    def _recover(self, request: Request) -> Outcome:
        by = _transition(request)
        incident = self._incidents.begin_close(str(request.flow_arn), by)
        if incident is None:
            return _silent(HEALTHY)
        if not incident.is_closed_by(by):
            return _silent(DUPLICATE)
        try:
            outcome = self._tell("recovery", message.recovery(request, incident, self._dashboard))
        except PublishFailed:
            self._undo(lambda: self._incidents.abort_close(incident))
            raise
        self._undo(lambda: self._incidents.finish_close(incident))
        return outcome

    def _tell(self, outcome: str, what: Message) -> Outcome:
        message_id = publish(self._sns, self._topic_arn, what)
        return {"outcome": outcome, "message_id": message_id, "subject": what.subject}

    def _undo(self, step: Callable[[], None]) -> None:
        """A step after which nothing depends on it: the next transition finds its way without it."""
        try:
            step()
        except StateStoreFailed as error:
            self._warn(str(error))


def _transition(request: Request) -> Transition:
    return Transition(
        transition_id=request.transition_id,
        alarm=request.alarm.name if request.alarm else None,
        fired=request.alarm is not None and request.alarm.state == "ALARM",
        at=request.at,
    )


def _silent(outcome: str) -> Outcome:
    return {"outcome": outcome, "message_id": None, "subject": None}
