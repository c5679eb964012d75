"""What was found: the worst first, and no more of it in a result than a workflow's state can hold."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from analytics.settings import SEVERITIES

THRESHOLD, TREND, SILENT, RISE, DROP, GONE = "threshold", "trend", "silent", "rise", "drop", "gone"
_KINDS = (THRESHOLD, TREND, SILENT, RISE, DROP, GONE)
TOP = 50
RESULT_BYTES = 64 * 1024  # both analyses' results share a state's 256 KiB with what was collected
_TEXT = 300


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about one host.

    Attributes:
        value, threshold: in `unit`; None for a host that says nothing. Of a change, `threshold` is the previous mean.
        urgency: orders findings of one severity and kind; more is worse.
    """

    kind: str
    severity: str
    metric_type: str
    host: str
    metric: str
    unit: str
    value: float | None
    threshold: float | None
    text: str
    urgency: float = 0.0
    hours: float | None = None
    dimensions: tuple[tuple[str, str], ...] = ()

    def document(self) -> dict[str, Any]:
        """As the result gives it; texts of others are cut."""
        document: dict[str, Any] = {
            "kind": self.kind,
            "severity": self.severity,
            "metric_type": self.metric_type,
            "host": _cut(self.host),
            "metric": _cut(self.metric),
            "unit": _cut(self.unit),
            "value": self.value,
            "threshold": self.threshold,
            "text": _cut(self.text),
        }
        if self.hours is not None:
            document["hours"] = round(self.hours, 1)
        if self.dimensions:
            document["dimensions"] = dict(self.dimensions)
        return document


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """The worst first, in one order only."""
    return sorted(
        findings,
        key=lambda one: (
            SEVERITIES.index(one.severity),
            _KINDS.index(one.kind),
            -one.urgency,
            one.metric_type,
            one.host,
            one.metric,
            one.dimensions,
            one.text,
        ),
    )


def counted(findings: Iterable[Finding]) -> dict[str, int]:
    """How many, of each severity and of each kind."""
    counts = {"findings": 0, **{one.lower(): 0 for one in SEVERITIES}, **dict.fromkeys(_KINDS, 0)}
    for one in findings:
        for name in ("findings", one.severity.lower(), one.kind):
            counts[name] += 1
    return counts


def fitting(result: dict[str, Any]) -> dict[str, Any]:
    """The result with its first findings: at most TOP, without those for which there is no room.

    `truncated` says whether it has fewer than were found; `counts` are of all of them.
    """
    room = RESULT_BYTES - _size({**result, "findings": [], "truncated": False})
    findings = []
    for one in result["findings"][:TOP]:
        size = _size(one) + len(", ")
        if size <= room:
            findings.append(one)
            room -= size
    return {**result, "findings": findings, "truncated": len(findings) < len(result["findings"])}


def _size(document: dict[str, Any]) -> int:
    """Bytes of JSON, whoever writes it: no way is longer than with all but ASCII escaped."""
    return len(json.dumps(document))


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT else f"{text[: _TEXT - 1]}…"
