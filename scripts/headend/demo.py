"""`headend demo`: one fault from the stream to the recovery notice, on real Terraform and a local cloud."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from platform import python_version

import headend
from headend.demonstration import recording as recordings
from headend.demonstration import report
from headend.demonstration.interrupts import ended_at_once
from headend.demonstration.recording import Recording
from headend.demonstration.screen import Screen
from headend.demonstration.stage import Stage
from headend.demonstration.story import Story
from headend.environments import LOCAL, find
from headend.errors import HeadendError, UsageError
from headend.terraform import InterruptedRunError

DEADLINE_SECONDS = 180.0
LAST_WORDS_SECONDS = 5.0
POLL_SECONDS = 0.2
INTERRUPTED = 130


def run(scenario: str = "loss-burst", keep: bool = False, plain: bool = False) -> int:
    """Play `scenario` on the first flow of envs/local and show what comes of it.

    Returns 0 when the recovery notice was delivered and nothing is left, 1 when not, 130 after Ctrl-C. With `keep` the
    environment stays, and so does the local cloud. Raises HeadendError, after cleaning up, when a part fails.
    """
    screen = Screen(plain=plain)
    stage = Stage(screen, keep=keep)
    try:
        with _cleaned_up(stage, screen, keep=keep):
            return _play(stage, screen, scenario, keep=keep)
    except (KeyboardInterrupt, InterruptedRunError):
        return INTERRUPTED


def _play(stage: Stage, screen: Screen, scenario: str, *, keep: bool) -> int:
    screen.title(f"Headend demo: {scenario}")
    started = datetime.now(UTC)
    stage.start()
    _require_known(stage, scenario)
    stage.apply()
    story = _story(stage)
    stage.settle(story.flow_arn, story.alarm_prefix)
    told = _watch(stage, screen, story, scenario)
    recording = _record(stage, story, scenario, started)
    page = report.write(recording, stage.root / "build" / "demo" / "report.html")
    if not keep:
        screen.title("Clean up")
        recording.left = stage.destroy()
        report.write(recording, page)
    _sum_up(screen, recording, page, told=told)
    if keep:
        _say_what_is_kept(stage, screen)
    return 0 if told and not recording.left else 1


@contextmanager
def _cleaned_up(stage: Stage, screen: Screen, *, keep: bool) -> Iterator[None]:
    """Whatever happens inside, destroy what was applied and stop the local cloud; say so when it was not the plan."""
    try:
        yield
    except BaseException as error:
        stopped = isinstance(error, KeyboardInterrupt | InterruptedRunError)
        screen.title("Stopped: cleaning up (Ctrl-C again ends at once)" if stopped else "Failed: cleaning up")
        _take_down(stage, screen)
        raise
    if not keep:
        stage.stop()


def _take_down(stage: Stage, screen: Screen) -> None:
    cleaned = []
    try:
        with ended_at_once(stage.stop):
            if stage.applied:
                left = stage.destroy()
                cleaned.append("everything that was applied is destroyed")
                cleaned.append(f"left were: {', '.join(left)}" if left else "nothing is left")
            if stage.started:
                stage.stop()
                cleaned.append("the local cloud is stopped")
    except (KeyboardInterrupt, InterruptedRunError):
        stage.stop()
        cleaned.append("the clean-up was cut short: the local cloud is stopped, and all it held is gone with it")
    except HeadendError as error:
        stage.stop()
        cleaned.append(f"destroy failed ({error}); the local cloud is stopped, and all it held is gone with it")
    screen.line(f"  Cleaned up: {'; '.join(cleaned) or 'there was nothing to clean'}.")


def _require_known(stage: Stage, scenario: str) -> None:
    known = stage.cloud.scenarios()["scenarios"]
    if scenario not in known:
        raise UsageError(f"--scenario {scenario}: unknown; there are: {', '.join(sorted(known))}")


def _story(stage: Stage) -> Story:
    """The story of the first flow that config.yaml wants on air."""
    config = find(LOCAL, stage.root).config()
    key = next((key for key, flow in config.flows.items() if flow.start), None)
    if key is None:
        raise UsageError("envs/local/config.yaml: no flow has `start: true`; the demo needs one")
    return Story(config.name, key, stage.outputs["flow_names"][key], stage.outputs["flow_arns"][key])


def _watch(stage: Stage, screen: Screen, story: Story, scenario: str) -> bool:
    """Start the fault and show what happens until the recovery notice is delivered. False when the deadline passes."""
    screen.title(f"{scenario} on {story.flow_name} (seconds after the fault)")
    seen = max((entry["seq"] for entry in stage.cloud.timeline()), default=0)
    begun = time.monotonic()
    stage.cloud.set_scenario(story.flow_arn, scenario)
    told_at: float | None = None
    with screen.waiting() as waiting:
        while told_at is None or not _ended(story, told_at):
            entries = stage.cloud.timeline(seen)
            seen = max([seen, *(entry["seq"] for entry in entries)])
            for beat in story.add(entries):
                screen.beat(beat)
            now = time.monotonic()
            if told_at is None and story.recovered:
                told_at = now
            if told_at is None and now - begun > DEADLINE_SECONDS:
                reached = ", ".join(f"{stage} {at:+.1f} s" for stage, at in story.milestones().items())
                screen.line(
                    f"  FAILED: no recovery notice within {DEADLINE_SECONDS:.0f} s; reached: {reached or 'nothing'}. "
                    f"Look into {stage.cloud.log_file} and build/local/timeline.jsonl.",
                    "bold red",
                )
                break
            waiting(f"{now - begun:5.1f} s  waiting for {_awaited(story)}")
            time.sleep(POLL_SECONDS)
    stage.durations["story"] = time.monotonic() - begun
    return told_at is not None


def _ended(story: Story, told_at: float) -> bool:
    """Whether the execution behind the recovery notice has ended too, or has had time enough to."""
    return bool(story.path("recovery")) or time.monotonic() - told_at > LAST_WORDS_SECONDS


def _awaited(story: Story) -> str:
    stages = {"alarm": "the alarm", "alert": "the alert", "ok": "the alarm to clear", "recovery": "the recovery notice"}
    reached = story.milestones()
    return next((text for stage, text in stages.items() if stage not in reached), "the end")


def _record(stage: Stage, story: Story, scenario: str, started: datetime) -> Recording:
    """Everything the report shows, asked of the local cloud while it is still there."""
    region = stage.region
    cloudwatch = stage.cloud.client("cloudwatch", region)
    first = story.fault_at or started
    return Recording(
        scenario=scenario,
        story=story,
        region=region,
        started=started,
        metrics=recordings.samples_of(cloudwatch, story.flow_arn, first - report.BEFORE_FAULT, datetime.now(UTC)),
        alarms=recordings.alarms_of(cloudwatch, story.alarm_prefix),
        definition=recordings.definition_of(
            stage.cloud.client("stepfunctions", region), stage.outputs["state_machine_arn"]
        ),
        durations=stage.durations,
        resources=stage.resources,
        versions={"headend": headend.__version__, "Terraform": stage.terraform_version, "Python": python_version()},
    )


def _sum_up(screen: Screen, recording: Recording, page: Path, *, told: bool) -> None:
    durations, milestones = recording.durations, recording.story.milestones()
    screen.title("What happened" if told else "What happened, as far as it went")
    for stage, at in milestones.items():
        screen.line(f"  {report.STAGES[stage]:<28} {at:+8.1f} s")
    for phase in ("apply", "destroy"):
        if phase in durations:
            screen.line(f"  terraform {phase:<18} {durations[phase]:8.1f} s")
    if recording.left is not None:
        left = ", ".join(recording.left) or "nothing: every back end was asked"
        screen.line(f"  left behind                  {left}", "red" if recording.left else "green")
    screen.line(f"  report                       {page}")


def _say_what_is_kept(stage: Stage, screen: Screen) -> None:
    screen.title("Kept, as you asked")
    screen.line(f"  local cloud at {stage.cloud.endpoint} (process {stage.cloud.pid})")
    screen.line("  look:    headend local status")
    screen.line("  again:   headend local scenario loss-burst")
    screen.line("  destroy: headend destroy --env local && headend local down")
