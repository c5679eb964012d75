"""The page `build/demo/report.html`: one demo run as a document that needs nothing but a browser."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from markupsafe import Markup

from headend import html_page
from headend.asl import diagram, model, source
from headend.demonstration import plots
from headend.demonstration.messages import messages_of
from headend.demonstration.recording import SHOWN_METRICS, Alarm, Recording, alarm_bands
from headend.demonstration.story import Entry, error_of, seconds, when

BEFORE_FAULT = timedelta(seconds=12)
AFTER_END_SECONDS = 3.0
OUTCOMES = {"alert": "The alert", "recovery": "The recovery notice"}
STAGES = {
    "datapoint": "first breaching datapoint",
    "alarm": "alarm in ALARM",
    "alert": "alert delivered",
    "clear": "first clear datapoint",
    "ok": "last alarm back to OK",
    "recovery": "recovery notice delivered",
}
COMPARISONS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": "≥",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
}


def write(recording: Recording, path: Path) -> Path:
    """Write the report of `recording` to `path` and return it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html(recording), encoding="utf-8")
    return path


def html(recording: Recording) -> str:
    """The whole page as text. No part of it is loaded from elsewhere."""
    story = recording.story
    milestones = story.milestones()
    return html_page.template("headend.demonstration", "report.html.j2").render(
        recording=recording,
        story=story,
        style=Markup(plots.STYLE),  # noqa: S704 - a constant of this package
        headline=headline(milestones),
        milestones=[(STAGES[stage], at) for stage, at in milestones.items()],
        durations=recording.durations,
        plots=[Markup(drawing) for drawing in drawings(recording)],  # noqa: S704 - escaped where they are made
        workflows=workflows(recording),
        messages=messages_of(story),
        beats=[(entry, story.beat(entry)) for entry in story.entries],
        alert_after=_between(milestones, "alarm", "alert"),
        notice_after=_between(milestones, "ok", "recovery"),
    )


def headline(milestones: dict[str, float]) -> str:
    """The run in one sentence."""
    if "alert" not in milestones:
        return "A stream degraded, and no alert arrived in time."
    told = f"A stream degraded. People were told after {milestones['alert']:.0f} s"
    if "recovery" in milestones:
        return f"{told}, and told that it was over after {milestones['recovery']:.0f} s."
    return f"{told}. The recovery notice did not arrive."


def drawings(recording: Recording) -> list[str]:
    """One plot a metric, all on the same time axis in seconds after the fault."""
    story = recording.story
    if story.fault_at is None:
        return []
    end_at = when(story.entries[-1]["time"])
    first = min((samples[0][0] for samples in recording.metrics.values() if samples), default=story.fault_at)
    start, end = _after(story.fault_at, first), _after(story.fault_at, end_at) + AFTER_END_SECONDS
    bands = alarm_bands(story, end_at)
    marks = [(0.0, "fault")]
    clean = next((e for e in story.entries if e["kind"] == "scenario" and e["detail"].get("step") == "clean"), None)
    if clean is not None and when(clean["time"]) > story.fault_at:
        marks.append(((when(clean["time"]) - story.fault_at).total_seconds(), "fault ends"))
    pages = []
    for metric, samples in recording.metrics.items():
        title, unit = SHOWN_METRICS[metric]
        alarms = [alarm for alarm in recording.alarms if alarm.metric == metric]
        points = [
            (second, value) for time, value in samples if start <= (second := _after(story.fault_at, time)) <= end
        ]
        pages.append(
            plots.svg(
                plots.Plot(
                    title=title,
                    unit=unit,
                    points=[(second, value) for second, value in points if start <= second <= end],
                    thresholds=[plots.Threshold(alarm.threshold, _threshold_label(alarm, unit)) for alarm in alarms],
                    bands=[plots.Band(a, b, _signal(x.name)) for x in alarms for a, b in bands.get(x.name, [])],
                    marks=marks,
                ),
                start,
                end,
            )
        )
    return pages


def workflows(recording: Recording) -> list[dict[str, Any]]:
    """The executions that ended in an alert and in a recovery notice: title, drawing, and the path in words."""
    found = []
    for outcome, title in OUTCOMES.items():
        states = recording.story.path(outcome)
        if not states or not recording.definition:
            continue
        run = diagram.in_order(_visit(recording, states, index) for index in range(len(states)))
        names = " → ".join(visit.name for visit in run.visits)
        drawing = diagram.svg(_definition(recording), run, f"{title}: {names}")
        found.append({"id": outcome, "title": title, "svg": Markup(drawing), "path": run.visits})  # noqa: S704 - escaped there
    return found


def _definition(recording: Recording) -> model.Definition:
    return model.read(source.Document(Path("stream_monitor.asl.json"), recording.definition))


def _visit(recording: Recording, states: list[Entry], index: int) -> diagram.Visit:
    """One state of a path. The timeline has the last error of a state, whether it was retried or caught."""
    state, name = states[index], states[index]["detail"]["name"]
    following = states[index + 1]["detail"]["name"] if index + 1 < len(states) else None
    caught = _caught(recording.definition["States"][name], following)
    error = error_of(state)
    return diagram.Visit(name, seconds=seconds(state), errors=(error,) if error else (), failed=caught)


def _caught(state: Mapping[str, Any], following: str | None) -> bool:
    """Whether a state was left by one of its Catch clauses."""
    return following in {catcher["Next"] for catcher in state.get("Catch", [])} - {state.get("Next")}


def _after(zero: datetime, time: datetime) -> float:
    return (time - zero).total_seconds()


def _between(milestones: dict[str, float], first: str, second: str) -> float | None:
    return milestones[second] - milestones[first] if first in milestones and second in milestones else None


def _signal(alarm_name: str) -> str:
    return alarm_name.rpartition("/")[2]


def _threshold_label(alarm: Alarm, unit: str) -> str:
    value = f"{alarm.threshold / 1e6:g} Mbit/s" if unit == "bit/s" else f"{alarm.threshold:g} {unit}"
    return f"{_signal(alarm.name)} {COMPARISONS.get(alarm.comparison, '')} {value}, {alarm.period} s"
