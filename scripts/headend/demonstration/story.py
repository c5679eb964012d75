"""The story of one fault, told from the local cloud's timeline: what happened, and how long after the fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from headend.asl.diagram.execution import spoken

Entry = Mapping[str, Any]

LABELS = {
    "scenario": "stream",
    "flow-status": "flow",
    "datapoint": "datapoint",
    "alarm": "alarm",
    "event": "event",
    "execution": "workflow",
    "state": "state",
    "notification": "message",
    "error": "error",
}
"""The timeline's kinds that belong to the story, and the word that stands in the second column."""


@dataclass(frozen=True)
class Beat:
    """One line of the story. `at` is in seconds after the fault; tone is one of fault, bad, good, info, quiet."""

    at: float
    label: str
    text: str
    tone: str
    body: str = ""


@dataclass
class Story:
    """Turns timeline entries into beats, in order, for one flow of one deployment.

    `name` is the deployment's name, the other three say which flow is degraded. Entries about other
    flows and other workflows (the state check of every minute) are left out, and so is an error said before.
    """

    name: str
    flow_key: str
    flow_name: str
    flow_arn: str
    fault_at: datetime | None = None
    entries: list[Entry] = field(default_factory=list)
    _executions: dict[str, int] = field(default_factory=dict)

    @property
    def alarm_prefix(self) -> str:
        """What the names of the flow's alarms begin with."""
        return f"{self.name}/{self.flow_key}/"

    def add(self, entries: Iterable[Entry]) -> list[Beat]:
        """Take new timeline entries and return the beats they make."""
        beats = []
        for entry in entries:
            if not self._belongs(entry):
                continue
            self.entries.append(entry)
            if self.fault_at is None and entry["kind"] == "scenario":
                self.fault_at = when(entry["time"])
            beats.append(self.beat(entry))
        return beats

    def beat(self, entry: Entry) -> Beat:
        """One entry as a line of the story."""
        at = (when(entry["time"]) - self.fault_at).total_seconds() if self.fault_at else 0.0
        detail = entry["detail"]
        label, text, body = LABELS[entry["kind"]], str(entry["summary"]), ""
        if entry["kind"] == "alarm":
            text = f"{detail['alarm']}: {detail['old']} → {detail['new']}"
        if entry["kind"] in ("execution", "state"):
            text = f"#{self._executions[detail['execution_arn']]} {_step(entry)}"
        if kind_of(entry):
            label = kind_of(entry)
            body = "" if self._told_before(entry) else str(detail.get("message", ""))
        return Beat(at, label, text, _tone(entry), body)

    @property
    def messages(self) -> list[Entry]:
        """The alerts and notices that the workflow sent, one entry for each delivery to a subscriber."""
        return [entry for entry in self.entries if entry["kind"] == "notification" and kind_of(entry)]

    @property
    def recovered(self) -> bool:
        """Whether a recovery notice has reached a subscriber."""
        return any(kind_of(entry) == "recovery" and delivered(entry) for entry in self.messages)

    def first(self, kind: str, **detail: Any) -> float | None:
        """Seconds from the fault to the first entry of `kind` with these values in its detail, None without one."""
        if self.fault_at is None:
            return None
        for entry in self.entries:
            if entry["kind"] == kind and all(entry["detail"].get(key) == value for key, value in detail.items()):
                return (when(entry["time"]) - self.fault_at).total_seconds()
        return None

    def milestones(self) -> dict[str, float]:
        """Seconds after the fault of each stage of `report.STAGES` that was reached, in order of time."""
        found = {
            "datapoint": self.first("datapoint", breaching=True),
            "alarm": self.first("alarm", new="ALARM"),
            "alert": self._first_message("alert"),
            "clear": self.first("datapoint", breaching=False),
            "ok": self._last_ok(),
            "recovery": self._first_message("recovery"),
        }
        reached = [(stage, at) for stage, at in found.items() if at is not None]
        return dict(sorted(reached, key=lambda item: item[1]))

    def path(self, outcome: str) -> list[Entry]:
        """The `state` entries, in order, of the first execution with this outcome (`alert`, `recovery`, …)."""
        for entry in self.entries:
            if entry["kind"] == "execution" and outcome_of(entry) == outcome:
                arn = entry["detail"]["execution_arn"]
                return [e for e in self.entries if e["kind"] == "state" and e["detail"]["execution_arn"] == arn]
        return []

    def _first_message(self, kind: str) -> float | None:
        if self.fault_at is None:
            return None
        times = [when(entry["time"]) for entry in self.messages if kind_of(entry) == kind and delivered(entry)]
        return (min(times) - self.fault_at).total_seconds() if times else None

    def _last_ok(self) -> float | None:
        if self.fault_at is None:
            return None
        times = [when(e["time"]) for e in self.entries if e["kind"] == "alarm" and e["detail"].get("new") == "OK"]
        times = [t for t in times if t > self.fault_at]
        return (max(times) - self.fault_at).total_seconds() if times else None

    def _told_before(self, entry: Entry) -> bool:
        """Whether the same message went to another subscriber earlier: its text is shown once."""
        mine = (kind_of(entry), entry["detail"].get("subject"))
        first = next(e for e in self.messages if (kind_of(e), e["detail"].get("subject")) == mine)
        return bool(first["seq"] != entry["seq"])

    def _belongs(self, entry: Entry) -> bool:
        kind, detail = entry["kind"], entry["detail"]
        if kind not in LABELS:
            return False
        if kind == "error":
            return all(known["summary"] != entry["summary"] for known in self.entries)
        if kind in ("scenario", "flow-status", "datapoint"):
            return bool(detail.get("flow_arn") == self.flow_arn)
        if kind == "alarm":
            return str(detail.get("alarm", "")).startswith(self.alarm_prefix)
        if kind == "event":
            return str(detail.get("rule", "")).endswith("-alarm-state-change")
        if kind == "execution":
            mine = detail.get("state_machine") == f"{self.name}-stream-monitor"
            if mine:
                self._executions.setdefault(detail["execution_arn"], len(self._executions) + 1)
            return bool(mine)
        if kind == "state":
            return detail.get("execution_arn") in self._executions
        return bool(kind_of(entry)) or self.alarm_prefix in str(detail.get("subject", ""))


def when(text: str) -> datetime:
    """A timeline's time (ISO 8601, UTC) as a datetime."""
    return datetime.fromisoformat(text)


def kind_of(entry: Entry) -> str:
    """`alert`, `recovery` or `monitoring-failed` for a workflow's message, "" for any other."""
    attributes = entry["detail"].get("attributes") or {}
    value = attributes.get("kind", "")
    return str(value.get("Value", "") if isinstance(value, Mapping) else value)


def delivered(entry: Entry) -> bool:
    """Whether a notification reached its subscriber."""
    return str(entry["detail"].get("outcome")) == "delivered"


def outcome_of(entry: Entry) -> str:
    """The `outcome` in the output of a finished execution, "" while it runs and when it failed."""
    output = entry["detail"].get("output")
    return str(output.get("outcome", "")) if isinstance(output, Mapping) else ""


def seconds(state: Entry) -> float | None:
    """How long a state took; None when it is not known."""
    entered, exited = state["detail"].get("entered"), state["detail"].get("exited")
    return (when(exited) - when(entered)).total_seconds() if entered and exited else None


def duration(state: Entry) -> str:
    """How long a state took, for people; "" when it is not known."""
    took = seconds(state)
    return "" if took is None else spoken(took)


def error_of(entry: Entry) -> str:
    """The name of the last error of a state (retried or caught) or of an execution, "" without one."""
    error = entry["detail"].get("error") or ""
    return str(error.get("Error", "") if isinstance(error, Mapping) else error)


def _step(entry: Entry) -> str:
    """A step of an execution: a state and how long it took, or the execution's start or end and what came of it."""
    detail = entry["detail"]
    if entry["kind"] == "state":
        after = f", after {error_of(entry)}" if error_of(entry) else ""
        return f"{detail['name']} ({duration(entry)}{after})"
    outcome = outcome_of(entry) or error_of(entry)
    return f"{entry['summary']}{f': {outcome}' if outcome else ''}"


def _tone(entry: Entry) -> str:
    kind, detail = entry["kind"], entry["detail"]
    if kind == "error":
        return "bad"
    if kind == "scenario":
        return "good" if detail.get("step") == "clean" else "fault"
    if kind == "datapoint":
        return "bad" if detail.get("breaching") else "good"
    if kind == "alarm":
        return {"ALARM": "bad", "OK": "good"}.get(str(detail.get("new")), "info")
    if kind == "notification":
        return "good" if kind_of(entry) == "recovery" else "bad" if kind_of(entry) else "quiet"
    if kind == "execution":
        return "bad" if detail.get("status") in ("FAILED", "TIMED_OUT", "ABORTED") else "info"
    if kind == "state":
        return "quiet"
    return "info"
