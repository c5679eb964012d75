"""The demo's run: what it returns and what it leaves, whatever happens on the way."""

from __future__ import annotations

import io
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from headend import demo
from headend.demonstration import report
from headend.demonstration.interrupts import ended_at_once
from headend.demonstration.recording import Recording
from headend.demonstration.screen import Screen
from headend.demonstration.story import Story
from headend.errors import HeadendError, UsageError
from unit import demo_timeline as burst


class FakeCloud:
    """Plays the timeline it is given once a scenario is set."""

    endpoint, pid, log_file = "http://127.0.0.1:1", 1, Path("server.log")

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.coming = burst.timeline()

    def scenarios(self) -> dict[str, Any]:
        return {"scenarios": {"clean": "nothing", "loss-burst": "loss"}, "flows": {}}

    def set_scenario(self, flow: str, scenario: str) -> None:
        assert (flow, scenario) == (burst.FLOW_ARN, "loss-burst")
        self.entries = self.coming

    def timeline(self, since: int = 0) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if entry["seq"] > since]


class FakeStage:
    """Records what is asked of it; `fails` names the step that raises `error`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cloud = FakeCloud()
        self.durations: dict[str, float] = {}
        self.done: list[str] = []
        self.started = self.applied = False
        self.fails: dict[str, BaseException] = {}
        self.left: list[str] = []

    def _do(self, step: str) -> None:
        self.done.append(step)
        if step in self.fails:
            raise self.fails[step]

    def start(self) -> None:
        self.started = True
        self._do("start")

    def apply(self) -> None:
        self.applied = True
        self._do("apply")

    def settle(self, flow_arn: str, alarm_prefix: str) -> None:
        self._do("settle")

    def destroy(self) -> list[str]:
        self._do("destroy")
        self.applied = False
        return self.left

    def stop(self) -> None:
        self._do("stop")
        self.started = False


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    console = Console(file=stream, width=200, highlight=False)
    monkeypatch.setattr(demo, "Screen", lambda plain: Screen(console, plain=plain))
    return stream


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, output: io.StringIO) -> FakeStage:
    fake = FakeStage(tmp_path)

    def record(stage: FakeStage, story: Story, scenario: str, started: object) -> Recording:
        recording = burst.recording()
        recording.story = story
        recording.durations = stage.durations
        return recording

    monkeypatch.setattr(demo, "Stage", lambda screen, keep: fake)
    monkeypatch.setattr(demo, "_record", record)
    monkeypatch.setattr(demo, "_story", lambda stage: Story(burst.NAME, "studio-a", burst.FLOW_NAME, burst.FLOW_ARN))
    monkeypatch.setattr(demo, "POLL_SECONDS", 0)
    return fake


def test_a_whole_run_shows_the_story_writes_the_report_and_leaves_nothing(
    stage: FakeStage, output: io.StringIO
) -> None:
    assert demo.run(plain=True) == 0
    assert stage.done == ["start", "apply", "settle", "destroy", "stop"]
    assert "recovery notice delivered" in output.getvalue()
    page = (stage.root / "build" / "demo" / "report.html").read_text(encoding="utf-8")
    assert "Nothing was left after destroy" in page


def test_something_left_behind_is_a_failed_run(stage: FakeStage, output: io.StringIO) -> None:
    stage.left = ["sqs queue forgotten"]
    assert demo.run(plain=True) == 1
    assert "sqs queue forgotten" in output.getvalue()


def test_without_a_recovery_notice_the_run_fails_at_its_deadline_and_still_cleans_up(
    stage: FakeStage, output: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "DEADLINE_SECONDS", 0.0)
    stage.cloud.coming = burst.timeline()[:5]
    assert demo.run(plain=True) == 1
    assert "FAILED: no recovery notice within" in output.getvalue()
    assert stage.done[-2:] == ["destroy", "stop"]
    assert "no alert arrived in time" in (stage.root / "build" / "demo" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("step", "cleaned"),
    [("start", ["stop"]), ("apply", ["destroy", "stop"]), ("settle", ["destroy", "stop"])],
)
def test_ctrl_c_cleans_up_what_was_begun_and_says_so(
    stage: FakeStage, output: io.StringIO, step: str, cleaned: list[str]
) -> None:
    stage.fails[step] = KeyboardInterrupt()
    assert demo.run(plain=True) == 130
    assert stage.done[stage.done.index(step) + 1 :] == cleaned
    assert "Cleaned up:" in output.getvalue()
    assert "the local cloud is stopped" in output.getvalue()


def test_a_failed_apply_is_cleaned_up_and_its_reason_kept(stage: FakeStage, output: io.StringIO) -> None:
    stage.fails["apply"] = HeadendError("apply: no provider to be had")
    with pytest.raises(HeadendError, match="no provider to be had"):
        demo.run(plain=True)
    assert stage.done[-2:] == ["destroy", "stop"]


def test_a_clean_up_that_fails_does_not_hide_why_it_began(stage: FakeStage, output: io.StringIO) -> None:
    stage.fails["apply"] = HeadendError("apply: refused")
    stage.fails["destroy"] = HeadendError("destroy: refused as well")
    with pytest.raises(HeadendError, match="apply: refused"):
        demo.run(plain=True)
    assert stage.done[-1] == "stop"
    assert "destroy: refused as well" in output.getvalue()


def test_an_unknown_scenario_is_refused_before_anything_is_applied(stage: FakeStage) -> None:
    with pytest.raises(UsageError, match="--scenario flood: unknown; there are: clean, loss-burst"):
        demo.run("flood", plain=True)
    assert stage.done == ["start", "stop"]


def test_keep_leaves_everything_running_and_says_how_to_end_it(stage: FakeStage, output: io.StringIO) -> None:
    assert demo.run(keep=True, plain=True) == 0
    assert stage.done == ["start", "apply", "settle"]
    assert "headend local down" in output.getvalue()


def test_a_second_ctrl_c_ends_the_clean_up_at_once() -> None:
    acted = []
    with pytest.raises(KeyboardInterrupt), ended_at_once(lambda: acted.append("stopped")):
        signal.raise_signal(signal.SIGINT)
    assert acted == ["stopped"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_clean_up_that_swallows_one_interrupt_gets_another() -> None:
    def interrupts() -> Iterator[str]:
        for _ in range(2):
            try:
                signal.raise_signal(signal.SIGINT) if not seen else signal.pause()
            except KeyboardInterrupt:
                yield "interrupted"

    seen: list[str] = []
    with ended_at_once(lambda: None):
        for text in interrupts():
            seen.append(text)  # noqa: PERF402 - the second round depends on the first
    assert seen == ["interrupted", "interrupted"]


def test_milestones_have_words_in_the_report() -> None:
    assert set(burst.story().milestones()) <= set(report.STAGES)
