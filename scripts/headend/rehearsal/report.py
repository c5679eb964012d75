"""What a rehearsal has shown, as a table and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from headend.rehearsal.runner import Result


def table(results: Sequence[Result]) -> Table:
    """A line for each scenario: what people were told, and when, in seconds after the first bad datapoint."""
    shown = Table(show_edge=False, pad_edge=False)
    for heading in ("scenario", "ok", "notices", "alerts per incident", "seconds after the first bad datapoint"):
        shown.add_column(heading, justify="right" if heading == "alerts per incident" else "left")
    for result in results:
        kinds = Counter(notice.kind for notice in result.facts.notices)
        shown.add_row(
            result.play.name,
            "yes" if result.ok else "NO",
            ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "none",
            str(result.facts.alerts_per_incident),
            ", ".join(f"{what} {at:g}" for what, at in result.facts.times().items()) or "-",
        )
    return shown


def failures(results: Sequence[Result]) -> list[str]:
    """Each expectation that did not hold, one line each."""
    found = []
    for result in results:
        for says, held in result.verdicts.items():
            if not held:
                faults = f" ({'; '.join(result.facts.faults[:3])})" if "denied" in says else ""
                found.append(f"{result.play.name}: expected: {says}{faults}")
    return found


def document(results: Sequence[Result], clock: str) -> dict[str, Any]:
    """All of it, for another program. Times are seconds after the first bad datapoint."""
    return {"clock": clock, "scenarios": [_one(result) for result in results]}


def as_json(results: Sequence[Result], clock: str) -> str:
    """The document as text."""
    return json.dumps(document(results, clock), indent=2)


def _one(result: Result) -> dict[str, Any]:
    facts = result.facts
    base = facts.first_bad if facts.first_bad is not None else facts.began
    return {
        "name": result.play.name,
        "title": result.play.title,
        "scenario": result.play.scenario,
        "ok": result.ok,
        "expected": result.verdicts,
        "alerts_per_incident": facts.alerts_per_incident,
        "seconds": facts.times(),
        "lasted_seconds": round(facts.ended - facts.began, 3),
        "preferred_source": facts.preferred,
        "approval_status": {"page": facts.page_status, "answer": facts.answer_status},
        "notices": [{**asdict(one), "at": round(one.at - base, 3), "link": bool(one.link)} for one in facts.notices],
        "switches": [{**asdict(one), "at": round(one.at - base, 3)} for one in facts.switches],
        "statuses": [{**asdict(one), "at": round(one.at - base, 3)} for one in facts.statuses],
        "faults": facts.faults,
    }
