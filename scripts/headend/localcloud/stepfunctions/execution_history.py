"""The history of one execution: its events with their ids, and what GetExecutionHistory answers.

It takes the place of moto's EventManager. Sources:
https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from headend.localcloud.clock import Clock

MAX_EVENTS = 25_000
"""Of a STANDARD execution. Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
TOO_MANY = f"The execution reached the maximum number of history events ({MAX_EVENTS})."
ENDS = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"})
DATA = frozenset(
    {
        "assignedVariables",
        "assignedVariablesDetails",
        "input",
        "inputDetails",
        "output",
        "outputDetails",
        "parameters",
    }
)
"""Fields of an event's details that hold the execution's data."""


class Ending(NamedTuple):
    """The last event: its type, details and moment."""

    kind: str
    details: dict[str, Any]
    moment: datetime


class HistoryFullError(Exception):
    """Ends the threads of an execution that has written its last event."""


class AlreadyInHistory(dict[str, Any]):
    """Details of an evaluation's failure, which is written once, where it happens; moto would write it again."""


class FirstTime(dict[str, Any]):
    """Details of an evaluation's failure where it happens."""


class History:
    """Events in order. After the event that ends the execution, what its threads still do is not written."""

    def __init__(self, clock: Clock, listener: Callable[[dict[str, Any], datetime], None], limit: int | None) -> None:
        """`listener` is told of each event as it is written; `limit` is the most events there may be."""
        self._clock = clock
        self._listener = listener
        self._limit = limit
        self._lock = threading.Lock()
        self._events: list[tuple[dict[str, Any], datetime]] = []
        self.ending: Ending | None = None
        self.execution: Any = None

    def now(self) -> datetime:
        """The moment of an event that happens now."""
        return self._clock.now()

    def add_event(
        self,
        context: Any,
        event_type: Any,
        event_details: Any = None,
        timestamp: Any = None,  # noqa: ARG002 - moto's signature
        update_source_event_id: bool = True,
    ) -> int:
        """Write an event that follows `context`'s, and return its id."""
        with self._lock:
            kind = str(getattr(event_type, "value", event_type))
            if self.ending or (kind == "EvaluationFailed" and not isinstance(event_details, FirstTime)):
                return int(context.source_event_id)
            number = len(self._events) + 1
            full = self._limit is not None and number >= self._limit and kind not in ENDS
            if full:
                kind, event_details = "ExecutionFailed", {"executionFailedEventDetails": _too_many()}
            self._write(context, number, kind, event_details)
            if update_source_event_id:
                context.source_event_id = number
        if full:
            raise HistoryFullError(TOO_MANY)
        return number

    def _write(self, context: Any, number: int, kind: str, details: Any) -> None:
        moment = self.now()
        event = {"id": number, "previousEventId": context.source_event_id, "type": kind, **copy.deepcopy(details or {})}
        context.last_published_event_id = number
        self._events.append((event, moment))
        if kind in ENDS:
            self.ending = Ending(kind, details_of(event), moment)
        self._listener(event, moment)

    def get_event_history(self) -> list[dict[str, Any]]:
        """The events so far."""
        with self._lock:
            return [event for event, _ in self._events]

    def page(self, *, reverse: bool, data: bool, start: int, count: int) -> tuple[list[dict[str, Any]], int | None]:
        """At most `count` events from place `start` on, as the API shows them; and the place of the next page."""
        with self._lock:
            ordered = self._events[::-1] if reverse else self._events[:]
        chosen = [shown(event, moment, data) for event, moment in ordered[start : start + count]]
        return chosen, start + count if start + count < len(ordered) else None

    def reopen(self) -> None:
        """Go on after the end: the execution is redriven."""
        with self._lock:
            self.ending = None


class Writer:
    """Writes into a history for one run of an execution; what an earlier run's threads still do is not written."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.live = True

    @property
    def execution(self) -> Any:
        """The execution whose history it is."""
        return self.history.execution

    def now(self) -> datetime:
        """The moment of an event that happens now."""
        return self.history.now()

    def add_event(self, context: Any, *arguments: Any, **named: Any) -> int:
        """Write an event that follows `context`'s, and return its id."""
        if not self.live:
            return int(context.source_event_id)
        return self.history.add_event(context, *arguments, **named)


def details_of(event: dict[str, Any]) -> dict[str, Any]:
    """The details of an event, which stand in a field named after its type."""
    return next((value for name, value in event.items() if name.endswith("EventDetails")), {})


def shown(event: dict[str, Any], moment: datetime, data: bool) -> dict[str, Any]:
    """An event as GetExecutionHistory answers it; without the execution's data unless `data`."""
    made: dict[str, Any] = {}
    for name, value in event.items():
        if isinstance(value, dict):
            kept = {field: member for field, member in value.items() if data or field not in DATA}
            made[name] = {field: _text(field, member) for field, member in kept.items() if member is not None}
        else:
            made[name] = value
    return {**made, "timestamp": moment.timestamp()}


def _text(field: str, value: Any) -> Any:
    """Data is JSON in a string."""
    if field in {"input", "output", "parameters"} and not isinstance(value, str):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)
    return value


def _too_many() -> dict[str, str]:
    return {"error": "States.Runtime", "cause": TOO_MANY}
