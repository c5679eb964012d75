"""What one execution did, from its history: which states it entered, by which ways, for how long, and what failed.

Read are the answer of GetExecutionHistory (as the AWS CLI prints it, or boto3 returns it) and the events in the log
group of an EXPRESS workflow, which has no history; both tell the same events.

Sources: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html,
https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from headend.errors import HeadendError

_EXECUTION_ENDS = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}
_FAILURES = ("Failed", "TimedOut")
_ATTEMPTS = ("Scheduled", "Started", "Succeeded", "Submitted")
_AROUND = ("MapState", "MapIteration", "MapRun", "ParallelState")


@dataclass(frozen=True)
class Visit:
    """One time that an execution was in a state.

    Attributes:
        name: the state's.
        previous: the state before it in the same machine; None for the first of a machine, branch or iteration.
        by_catch: whether it was come to by a Catch of `previous`.
        seconds: how long it took; None while it runs, and where that is not known.
        errors: of its failed attempts, in order.
        failed: whether it was left by its last error, and not by a success after a retry.
    """

    name: str
    previous: str | None = None
    by_catch: bool = False
    seconds: float | None = None
    errors: tuple[str, ...] = ()
    failed: bool = False


@dataclass(frozen=True)
class Run:
    """One execution: its visits in order of time, how it ended ("RUNNING" if it has not), its error and time."""

    visits: tuple[Visit, ...]
    status: str = "RUNNING"
    error: str = ""
    seconds: float | None = None

    @cached_property
    def by_name(self) -> dict[str, list[Visit]]:
        """The visits of each state."""
        found: dict[str, list[Visit]] = {}
        for visit in self.visits:
            found.setdefault(visit.name, []).append(visit)
        return found

    @cached_property
    def steps(self) -> Counter[tuple[str | None, str, bool]]:
        """How often each way was taken: previous state (None: the machine's start), state, whether by a Catch."""
        return Counter((visit.previous, visit.name, visit.by_catch) for visit in self.visits)

    def note(self, state: str) -> str:
        """A few words on a state: `3 times · 1.2 s · after States.Timeout`; "" where the execution has not been."""
        visits = self.by_name.get(state)
        if not visits:
            return ""
        times = [visit.seconds for visit in visits if visit.seconds is not None]
        errors = list(dict.fromkeys(error for visit in visits for error in visit.errors))
        retries = sum(len(visit.errors) - visit.failed for visit in visits)
        words = [f"{len(visits)} times" if len(visits) > 1 else "", spoken(sum(times)) if times else "not ended"]
        words.append(f"{retries} {'retry' if retries == 1 else 'retries'}" if retries > 0 else "")
        if errors:
            words.append(f"{'failed:' if visits[-1].failed else 'after'} {', '.join(errors)}")
        return " · ".join(word for word in words if word)


def in_order(visits: Iterable[Visit], status: str = "SUCCEEDED") -> Run:
    """A run of visits that followed each other in one machine: `previous` and `by_catch` are filled in."""
    found: list[Visit] = []
    for visit in visits:
        before = found[-1] if found else None
        name, caught = (before.name, before.failed) if before else (None, False)
        found.append(Visit(visit.name, name, caught, visit.seconds, visit.errors, visit.failed))
    return Run(tuple(found), status)


def spoken(seconds: float) -> str:
    """A duration for people: `80 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def load(path: Path) -> Run:
    """Read a file with events: GetExecutionHistory's answer, its list of events, or FilterLogEvents' answer.

    Raises HeadendError, one line, where it is none of these.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise HeadendError(f"{path}: cannot be read as JSON ({str(error).splitlines()[0]})") from None
    try:
        return read(value["events"] if isinstance(value, dict) else value)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise HeadendError(
            f"{path}: holds no events of one execution: write it with `aws stepfunctions get-execution-history`"
        ) from None


@dataclass
class _Open:
    """A visit while the history is read."""

    name: str
    kind: str
    around: _Open | None
    previous: str | None
    by_catch: bool
    entered: float | None
    exited: float | None = None
    done: bool = False
    errors: list[str] = field(default_factory=list)
    failing: bool = False
    begun: bool = False

    def visit(self) -> Visit:
        seconds = None
        if self.exited is not None and self.entered is not None:
            seconds = max(0.0, self.exited - self.entered)
        return Visit(self.name, self.previous, self.by_catch, seconds, tuple(self.errors), self.failing)


@dataclass(frozen=True)
class _Event:
    id: int
    previous: int
    kind: str
    time: float | None
    details: Mapping[str, Any]


def read(events: Iterable[Mapping[str, Any]]) -> Run:
    """The run that `events` tell, in any order. Raises KeyError, TypeError or ValueError where they are no events."""
    visits: list[_Open] = []
    at: dict[int, _Open | None] = {0: None}
    exits: set[int] = set()
    status, error, first, last = "RUNNING", "", None, None
    for event in sorted(map(_event, events), key=lambda e: e.id):
        here = at.get(event.previous, visits[-1] if visits else None)
        first = event.time if first is None else first
        if event.kind in _EXECUTION_ENDS:
            status, last = _EXECUTION_ENDS[event.kind], event.time
            error = str(event.details.get("error") or "")
            _close([visit for visit in visits if not visit.done], event.time)
        elif event.kind.endswith("StateEntered"):
            before = here if event.previous in exits else None
            around = before.around if before else here
            here = _Open(
                str(event.details["name"]),
                event.kind,
                around,
                before.name if before else None,
                bool(before and before.failing),
                event.time,
            )
            visits.append(here)
            if event.kind == "FailStateEntered":
                _close([here], event.time)
        elif event.kind.endswith("StateExited"):
            here = _enclosing(here, name=event.details.get("name")) or here
            exits.add(event.id)
            if here:
                _close([here, *_inside(here, visits)], event.time)
        else:
            if event.kind.startswith(_AROUND):
                here = _enclosing(here, kinds=("Map", "Parallel")) or here
            if here and not event.kind.startswith("MapIteration"):
                _attempt(here, event, visits)
        at[event.id] = here
    seconds = last - first if first is not None and last is not None else None
    return Run(tuple(visit.visit() for visit in visits), status, error, seconds)


def _attempt(visit: _Open, event: _Event, visits: list[_Open]) -> None:
    """An attempt's begin or end. A group that is tried again begins again, without an event that it has failed."""
    begins_again = event.kind in ("MapStateStarted", "ParallelStateStarted") and visit.begun
    if event.kind.endswith(_FAILURES) or (begins_again and not visit.failing):
        visit.errors.append(str(event.details.get("error") or _inner_error(visit, visits) or event.kind))
        visit.failing = True
    if begins_again:
        _close(_inside(visit, visits), event.time)
    if event.kind.endswith(_ATTEMPTS):
        visit.begun, visit.failing = True, False


def _inner_error(visit: _Open, visits: list[_Open]) -> str | None:
    """The last error inside a Map or Parallel state, whose own events name none; of a Fail state its name."""
    for inner in reversed(visits):
        if inner.around is visit and inner.errors:
            return inner.errors[-1]
        if inner.around is visit and inner.kind == "FailStateEntered":
            return f"{inner.name} (Fail)"
    return None


def _inside(visit: _Open, visits: list[_Open]) -> list[_Open]:
    """What is not ended inside a visit, at any depth."""
    found = [inner for inner in visits if inner.around is visit and not inner.done]
    return [*found, *(deeper for inner in found for deeper in _inside(inner, visits))]


def _close(visits: list[_Open], time: float | None) -> None:
    for visit in visits:
        visit.exited, visit.done = time, True


def _enclosing(visit: _Open | None, *, name: Any = None, kinds: tuple[str, ...] = ()) -> _Open | None:
    """The nearest visit, this one or one around it, that is not ended and has the name or is of one of the kinds."""
    while visit is not None:
        if not visit.done and (visit.name == name or (kinds and visit.kind.startswith(kinds))):
            return visit
        visit = visit.around
    return None


def _event(written: Mapping[str, Any]) -> _Event:
    """An event of a history, or of a log (with or without FilterLogEvents' envelope)."""
    if "message" in written:
        written = json.loads(written["message"])
    details = written.get("details")
    if details is None:
        details = next((value for key, value in written.items() if key.endswith("EventDetails")), {})
    number = int(written["id"])
    previous = written.get("previousEventId", written.get("previous_event_id", number - 1))
    time = written.get("timestamp", written.get("event_timestamp"))
    return _Event(number, int(previous), str(written["type"]), _seconds(time), details)


def _seconds(time: Any) -> float | None:
    """Seconds since 1970 of a time as boto3, the AWS CLI (ISO 8601 or seconds) or a log (milliseconds) gives it."""
    if isinstance(time, datetime):
        return time.timestamp()
    if isinstance(time, str) and not time.isdigit():
        return datetime.fromisoformat(time).timestamp()
    return float(time) / 1000 if isinstance(time, str) else float(time) if time is not None else None
