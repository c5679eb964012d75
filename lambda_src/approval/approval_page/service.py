"""What a request of the page does: a look does nothing, the first answer reaches the workflow, later ones hear of it.

Mail scanners and previews follow links, so GET never answers anything.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from approval_page import page
from approval_page.approvals import Approval, ApprovalStore
from approval_page.requests import Refused, Request

DELIVERED, LATE, UNCERTAIN = "delivered", "late", "uncertain"

_DONE = {"approve": "Approved", "reject": "Rejected"}
_NOT_WAITING = frozenset({"InvalidToken", "TaskDoesNotExist", "TaskTimedOut"})


@dataclass(frozen=True)
class Outcome:
    """What was done (`asked`, `delivered`, `late`, `uncertain`, `repeated`, `conflict`), the HTTP status, the page."""

    what: str
    status: int
    document: str


class NotDelivered(Exception):  # noqa: N818 - the person is told to press again
    """The answer is recorded, and the workflow has not had it: the same answer may be given again."""


class ApprovalService:
    """Answers requests of the page.

    Args:
        approvals: the table.
        states: Step Functions' client, for SendTaskSuccess.
        clock: seconds since the epoch.
    """

    def __init__(self, approvals: ApprovalStore, states: Any, clock: Callable[[], float] = time.time) -> None:
        self._approvals, self._states, self._clock = approvals, states, clock

    def handle(self, request: Request) -> Outcome:
        """The page for a request.

        Raises:
            Refused: 404 no such approval, 403 wrong key, 410 too late.
            NotDelivered: Step Functions cannot be reached.
        """
        approval = self._admitted(request)
        if request.answer is None:
            return self._look(approval, request.key)
        return self._answer(approval, request.answer)

    def _admitted(self, request: Request) -> Approval:
        approval = self._approvals.get(request.approval_id)
        if approval is None:
            raise Refused(404, "There is no such approval, or it is over and forgotten.")
        if not approval.admits(request.key):
            raise Refused(403, "The link is not complete: open it exactly as it was sent.")
        return approval

    def _look(self, approval: Approval, key: str) -> Outcome:
        if approval.answered and approval.delivery:
            return _told("asked", 200, approval)
        if not approval.answered and self._clock() >= approval.expires:
            raise _expired(approval)
        return Outcome(
            "asked",
            200,
            page.question(
                title=approval.title,
                text=approval.text,
                flow_name=approval.flow_name,
                until=_shown(approval.expires),
                key=key,
            ),
        )

    def _answer(self, approval: Approval, answer: str) -> Outcome:
        now = self._clock()
        at = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        first = self._approvals.answer(approval.approval_id, answer, at, now)
        known = self._approvals.get(approval.approval_id)
        if known is None or known.answered is None:
            raise _expired(approval)
        if known.answered != answer:
            return _told("conflict", 409, known)
        if known.delivery:
            return _told("repeated", 410 if known.delivery == LATE else 200, known)
        delivery = self._deliver(known, first=first)
        self._approvals.note_delivery(approval.approval_id, delivery)
        told = Approval(**{**vars(known), "delivery": delivery})
        return _told(delivery, 410 if delivery == LATE else 200, told)

    def _deliver(self, approval: Approval, *, first: bool) -> str:
        """Hand the answer to the execution that waits for it.

        A token works once. When an earlier attempt was cut off, "does not exist any more" may be its own success.
        """
        output = {"approved": approval.answered == "approve", "answered_at": approval.answered_at}
        try:
            self._states.send_task_success(taskToken=approval.token, output=json.dumps(output))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _NOT_WAITING:
                raise NotDelivered(str(error)) from error
            again = not first or bool(error.response.get("ResponseMetadata", {}).get("RetryAttempts"))
            return UNCERTAIN if again else LATE
        except BotoCoreError as error:
            raise NotDelivered(str(error)) from error
        return DELIVERED


def _expired(approval: Approval) -> Refused:
    return Refused(410, f"It is too late: the answer had to be there by {_shown(approval.expires)}. Nothing was done.")


def _told(what: str, status: int, approval: Approval) -> Outcome:
    """The page of an approval that has its answer."""
    done = _DONE[approval.answered or ""]
    title, text = {
        LATE: ("Too late", "The workflow no longer waited for an answer. Nothing was done."),
        UNCERTAIN: (done, "The answer is recorded. Whether it came in time, the next notice about the flow will say."),
    }.get(approval.delivery or "", (done, "The workflow has the answer and goes on."))
    if what == "conflict":
        title, text = f"Already {done.lower()}", "An approval is answered once. Your answer changed nothing."
    facts = {"Flow": approval.flow_name, "Asked": approval.title, "Answered": f"{done}, {approval.answered_at}"}
    return Outcome(what, status, page.notice(title=title, text=text, facts=facts))


def _shown(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%H:%M:%S UTC on %d %B %Y")
