"""What was seen while a scenario played: notices, switches, states of the flow, and what went wrong beside it.

Times are seconds since the epoch, of the local cloud's clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

LINK = re.compile(r"https?://[^\s\"<>]+/approvals/[^\s\"<>]+")
OPENS, CLOSES = "alert", "recovery"
BROKEN = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})


@dataclass(frozen=True)
class Notice:
    """One message that a subscriber got. `metrics` are those of its issues, `link` is where it is approved."""

    at: float
    kind: str
    severity: str
    subject: str
    reason: str = ""
    metrics: tuple[str, ...] = ()
    action: Mapping[str, Any] = field(default_factory=dict)
    link: str | None = None

    @property
    def action_kind(self) -> str:
        """`switch` or `restart`; empty for any other notice."""
        return str(self.action.get("kind", ""))


@dataclass(frozen=True)
class Change:
    """From one source, or one status of the flow, to another."""

    at: float
    before: str
    after: str


@dataclass
class Facts:
    """What was seen since `began`; `first_bad` is the first second in which the stream was bad.

    `page_status` and `answer_status` are the HTTP status of the approval's page and of its answer.
    """

    began: float
    first_bad: float | None = None
    notices: list[Notice] = field(default_factory=list)
    switches: list[Change] = field(default_factory=list)
    statuses: list[Change] = field(default_factory=list)
    page_status: int | None = None
    answered_at: float | None = None
    answer_status: int | None = None
    faults: list[str] = field(default_factory=list)
    preferred: str | None = None
    ended: float = 0.0

    def add(self, entries: list[Mapping[str, Any]], flow_arn: str) -> None:
        """Take what the timeline says of the flow, and every fault."""
        for entry in entries:
            detail, at = entry["detail"], seconds(entry["time"])
            mine = detail.get("flow_arn") == flow_arn
            if entry["kind"] == "source-switch" and mine:
                self.switches.append(Change(at, detail["from"], detail["to"]))
            elif entry["kind"] == "flow-status" and mine:
                self.statuses.append(Change(at, str(detail["from"]), str(detail["to"])))
            elif entry["kind"] in ("denied", "error") or (
                entry["kind"] == "execution" and detail.get("status") in BROKEN
            ):
                self.faults.append(str(entry["summary"]))

    def of(self, kind: str, **wanted: str) -> list[Notice]:
        """The notices of one kind, in order, whose `reason` or `action_kind` is as wanted."""
        chosen = [notice for notice in self.notices if notice.kind == kind]
        return [one for one in chosen if all(getattr(one, name) == value for name, value in wanted.items())]

    @property
    def incidents(self) -> list[list[Notice]]:
        """The notices by incident: a recovery ends one."""
        found: list[list[Notice]] = []
        fresh = True
        for notice in self.notices:
            if fresh:
                found.append([])
            found[-1].append(notice)
            fresh = notice.kind == CLOSES
        return found

    @property
    def alerts_per_incident(self) -> int:
        """The most alerts that any incident had."""
        return max((sum(one.kind == OPENS for one in told) for told in self.incidents), default=0)

    def off_air(self) -> list[Change]:
        """When the flow was stopped."""
        return [change for change in self.statuses if change.after == "STOPPING"]

    def times(self) -> dict[str, float]:
        """Seconds from the first bad datapoint to what came of it, in order; what did not happen is left out."""
        found = dict(self._moments())
        base = self.first_bad if self.first_bad is not None else self.began
        after = [(round(at - base, 3), what) for what, at in found.items() if at is not None]
        return {what: at for at, what in sorted(after, key=lambda item: item[0])}

    def _moments(self) -> Iterator[tuple[str, float | None]]:
        yield "first notice", _first(self.notices)
        yield "backup selected", _first(self.switches)
        yield "approval asked", _first(self.of("approval"))
        yield "approval answered", self.answered_at
        yield "stopped", _first(self.off_air())
        on_air = [one for one in self.statuses if one.after == "ACTIVE" and one.before == "STARTING"]
        yield "on air again", _first(on_air)
        yield "escalated", _first(self.of("escalation"))
        yield "action told", _first(self.of("action"))
        recoveries = self.of(CLOSES)
        yield "recovery told", recoveries[-1].at if recoveries else None


def notice_of(envelope: Mapping[str, Any]) -> Notice:
    """The notice in SNS's envelope as a queue gets it."""
    message = str(envelope["Message"])
    try:
        document = json.loads(message)
    except ValueError:
        document = {}
    if not isinstance(document, dict):
        document = {}
    attributes = envelope.get("MessageAttributes") or {}
    link = LINK.search(str(document.get("link") or "")) or LINK.search(str(document.get("text", message)))
    return Notice(
        at=seconds(str(envelope["Timestamp"])),
        kind=str(document.get("kind") or _attribute(attributes, "kind") or "other"),
        severity=str(document.get("severity") or _attribute(attributes, "severity")),
        subject=str(envelope.get("Subject") or ""),
        reason=str(document.get("reason") or ""),
        metrics=tuple(str(issue.get("metric", "")) for issue in document.get("issues") or ()),
        action=document.get("action") or {},
        link=link.group(0) if link else None,
    )


def seconds(text: str) -> float:
    """An ISO 8601 time as seconds since the epoch."""
    return datetime.fromisoformat(text).timestamp()


def _attribute(attributes: Mapping[str, Any], name: str) -> str:
    return str((attributes.get(name) or {}).get("Value", ""))


def _first(events: list[Notice] | list[Change]) -> float | None:
    return events[0].at if events else None
