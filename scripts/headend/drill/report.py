"""The page `build/drill/<path>.html`: one drill as a document that needs only a browser; and its figures as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from markupsafe import Markup

from headend import html_page
from headend.drill import strip
from headend.drill.engine import Outcome
from headend.drill.player import Report
from headend.drill.verdict import Server, Verdict, server_of


def write(outcome: Outcome, path: Path, versions: Mapping[str, str]) -> Path:
    """Write the page to `path`, and the figures beside it as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html(outcome, versions), encoding="utf-8")
    path.with_suffix(".json").write_text(json.dumps(data(outcome), indent=2) + "\n", encoding="utf-8")
    return path


def html(outcome: Outcome, versions: Mapping[str, str]) -> str:
    """The whole page as text. No part of it is loaded from elsewhere."""
    classes = strip.colours(list(outcome.reports.values()))
    return html_page.template("headend.drill", "report.html.j2").render(
        outcome=outcome,
        headline=headline(outcome),
        style=Markup(strip.STYLE),  # noqa: S704 - a constant of this package
        legend=[(classes[server], named(server, outcome)) for server in classes],
        players=[
            {
                "verdict": verdict,
                "ratios": verdict.ratios(outcome.stage.segment_seconds),
                "before": verdict.before and named(verdict.before, outcome),
                "meanwhile": verdict.meanwhile and named(verdict.meanwhile, outcome),
                "strip": Markup(_strip(outcome, verdict, classes)),  # noqa: S704 - escaped where it is made
                "served": served(outcome.reports[verdict.player], outcome),
                "failed": [one for one in outcome.reports[verdict.player].requests if one.status != 200],
                "began": outcome.faults[verdict.player].began,
            }
            for verdict in outcome.verdicts
        ],
        versions=versions,
    )


def _strip(outcome: Outcome, verdict: Verdict, classes: Mapping[Server, str]) -> str:
    report, fault = outcome.reports[verdict.player], outcome.faults[verdict.player]
    return strip.svg(f"{verdict.player}: {outcome.scenario.title}", report, fault, classes)


def headline(outcome: Outcome) -> str:
    """The drill in one sentence."""
    title = outcome.scenario.title
    if not outcome.ok:
        worst = next(one for one in outcome.verdicts if not one.ok)
        return f"{title}, and {worst.player} noticed: {worst.faults[0]}."
    over = [one.over for one in outcome.verdicts if one.over is not None]
    if not over:
        return f"{title}. Nobody noticed."
    return f"{title}. Somebody else served after {max(over):.1f} s, and nobody noticed."


def named(server: Server, outcome: Outcome) -> str:
    """A server with its Region."""
    region = outcome.stage.regions.get(server.origin)
    origin = f"{server.origin} ({region})" if region else server.origin or "unknown origin"
    return f"{origin}, pipeline {server.pipeline}" if server.pipeline else origin


def served(report: Report, outcome: Outcome) -> list[dict[str, Any]]:
    """Who served which segments, each run of them once."""
    segments = sorted(report.segments, key=lambda one: one.at)
    found = []
    for server, group in groupby(segments, key=server_of):
        run = list(group)
        found.append(
            {
                "server": named(server, outcome),
                "first": run[0].number,
                "last": run[-1].number,
                "count": len(run),
                "at": run[0].at,
            }
        )
    return found


def data(outcome: Outcome) -> dict[str, Any]:
    """The figures for a program: times in seconds and in segments."""
    seconds = outcome.stage.segment_seconds
    return {
        "path": outcome.scenario.name,
        "kind": outcome.stage.kind,
        "started": outcome.started.isoformat(),
        "segment_seconds": seconds,
        "ok": outcome.ok,
        "load": outcome.load,
        "weakened": list(outcome.stage.weakened),
        "players": [
            {
                **asdict(verdict),
                "over_segments": verdict.ratios(seconds)[0],
                "back_segments": verdict.ratios(seconds)[1],
                "served": served(outcome.reports[verdict.player], outcome),
            }
            for verdict in outcome.verdicts
        ],
    }
