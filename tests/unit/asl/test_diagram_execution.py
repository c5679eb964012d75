"""Histories of executions: the path, the times, the retries and the errors."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from headend.asl.diagram import execution
from headend.asl.diagram.execution import Visit
from headend.errors import HeadendError

ZERO = datetime(2030, 1, 1, tzinfo=UTC)


class History:
    """Events as GetExecutionHistory returns them. Each is a second after the one before, and names it as previous."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def add(self, kind: str, previous: int | None = None, **details: Any) -> int:
        number = len(self.events) + 1
        event: dict[str, Any] = {
            "timestamp": ZERO + timedelta(seconds=number),
            "type": kind,
            "id": number,
            "previousEventId": number - 1 if previous is None else previous,
        }
        if details:
            event[f"{kind[0].lower()}{kind[1:]}EventDetails"] = details
        self.events.append(event)
        return number

    def enter(self, name: str, kind: str = "Pass", previous: int | None = None) -> int:
        number = self.add(f"{kind}StateEntered", previous)
        self.events[-1]["stateEnteredEventDetails"] = {"name": name}
        return number

    def leave(self, name: str, kind: str = "Pass", previous: int | None = None) -> int:
        number = self.add(f"{kind}StateExited", previous)
        self.events[-1]["stateExitedEventDetails"] = {"name": name}
        return number

    def through(self, name: str, kind: str = "Pass", previous: int | None = None) -> int:
        self.enter(name, kind, previous)
        return self.leave(name, kind)


@pytest.fixture
def history() -> History:
    found = History()
    found.add("ExecutionStarted")
    return found


def retried(history: History) -> None:
    history.enter("Work", "Task")
    history.add("TaskScheduled")
    history.add("TaskFailed", error="Work.Busy")
    history.add("TaskScheduled")
    history.add("TaskStarted")
    history.add("TaskTimedOut", error="States.Timeout")


def test_a_path_has_its_steps_in_order_with_their_times(history: History) -> None:
    history.through("First")
    history.through("Second", "Wait")
    history.add("ExecutionSucceeded")
    run = execution.read(history.events)
    assert run.visits == (Visit("First", None, seconds=1.0), Visit("Second", "First", seconds=1.0))
    assert (run.status, run.error, run.seconds) == ("SUCCEEDED", "", 5.0)
    assert run.steps == {(None, "First", False): 1, ("First", "Second", False): 1}


def test_retries_that_end_well_leave_a_state_that_has_not_failed(history: History) -> None:
    retried(history)
    history.add("TaskScheduled")
    history.add("TaskSucceeded")
    history.leave("Work", "Task")
    (visit,) = execution.read(history.events).visits
    assert visit.errors == ("Work.Busy", "States.Timeout")
    assert not visit.failed
    assert execution.read(history.events).note("Work") == "8.0 s · 2 retries · after Work.Busy, States.Timeout"


def test_a_caught_error_is_a_step_by_the_catcher(history: History) -> None:
    retried(history)
    history.leave("Work", "Task")
    history.through("Repair")
    run = execution.read(history.events)
    assert run.visits[0].failed
    assert run.steps["Work", "Repair", True] == 1
    assert run.note("Work") == "6.0 s · 1 retry · failed: Work.Busy, States.Timeout"


def test_an_error_that_nobody_catches_ends_the_execution_in_its_state(history: History) -> None:
    retried(history)
    history.add("ExecutionFailed", error="States.Timeout", cause="too slow")
    run = execution.read(history.events)
    assert (run.status, run.error) == ("FAILED", "States.Timeout")
    assert run.visits[0].failed
    assert run.visits[0].seconds == 6.0


def test_a_state_in_which_an_execution_still_is_has_not_ended(history: History) -> None:
    history.enter("Wait", "Wait")
    run = execution.read(history.events)
    assert run.status == "RUNNING"
    assert run.note("Wait") == "not ended"
    assert run.note("Elsewhere") == ""


def test_a_loop_counts_its_rounds(history: History) -> None:
    for _ in range(3):
        history.through("Ask")
        history.through("Again", "Choice")
    run = execution.read(history.events)
    assert run.steps["Ask", "Again", False] == 3
    assert run.steps["Again", "Ask", False] == 2
    assert run.note("Ask") == "3 times · 3.0 s"


def test_branches_that_run_at_once_are_not_mixed_up(history: History) -> None:
    history.enter("Both", "Parallel")
    start = history.add("ParallelStateStarted")
    left, right = history.enter("L1", previous=start), history.enter("R1", previous=start)
    left = history.leave("L1", previous=left)
    right = history.leave("R1", previous=right)
    left, right = history.enter("L2", previous=left), history.enter("R2", "Task", previous=right)
    right = history.add("TaskScheduled", right)
    left = history.leave("L2", previous=left)
    right = history.add("TaskSucceeded", right)
    right = history.leave("R2", "Task", right)
    history.add("ParallelStateSucceeded", right)
    history.leave("Both", "Parallel")
    history.through("After")
    run = execution.read(history.events)
    assert {(v.previous, v.name) for v in run.visits} == {
        (None, "Both"), (None, "L1"), (None, "R1"), ("L1", "L2"), ("R1", "R2"), ("Both", "After"),
    }  # fmt: skip
    assert run.by_name["Both"][0].seconds == 13.0


def test_a_group_fails_as_a_whole_and_is_left_by_its_catcher(history: History) -> None:
    history.enter("Each", "Map")
    start = history.add("MapStateStarted")
    for index in range(2):
        history.add("MapIterationStarted", start, name="Each", index=index)
        history.through("Item")
        history.add("MapIterationSucceeded", name="Each", index=index)
    history.add("MapIterationStarted", start, name="Each", index=2)
    history.enter("Item", "Task")
    history.add("TaskScheduled")
    history.add("TaskFailed", error="Bad")
    history.add("MapIterationFailed", name="Each", index=2)
    history.add("MapStateFailed")
    history.leave("Each", "Map")
    history.through("Repair")
    run = execution.read(history.events)
    assert run.steps[None, "Item", False] == 3
    assert run.steps["Each", "Repair", True] == 1
    assert [visit.failed for visit in run.by_name["Item"]] == [False, False, True]
    assert run.by_name["Each"][0].errors == ("Bad",)


def test_events_may_come_in_reverse_order(history: History) -> None:
    history.through("First")
    history.through("Second")
    assert execution.read(history.events[::-1]) == execution.read(history.events)


@pytest.mark.parametrize("form", ["cli", "list", "log"])
def test_the_cli_s_file_a_list_and_an_express_workflow_s_log_say_the_same(
    history: History, tmp_path: Path, form: str
) -> None:
    retried(history)
    history.leave("Work", "Task")
    history.through("Repair")
    history.add("ExecutionSucceeded")
    told = execution.read(history.events)
    events = [{**event, "timestamp": event["timestamp"].isoformat()} for event in history.events]
    value: Any = {"cli": {"events": events}, "list": events, "log": {"events": [logged(e) for e in history.events]}}[
        form
    ]
    path = tmp_path / "history.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    assert execution.load(path) == told


def logged(event: dict[str, Any]) -> dict[str, str]:
    """An event as FilterLogEvents returns it."""
    details = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
    message = {
        "id": str(event["id"]),
        "type": event["type"],
        "details": details,
        "previous_event_id": str(event["previousEventId"]),
        "event_timestamp": str(round(event["timestamp"].timestamp() * 1000)),
        "execution_arn": "arn:aws:states:eu-central-1:123456789012:express:work:run:1",
    }
    return {"message": json.dumps(message)}


@pytest.mark.parametrize("text", ["", "{}", "3", '{"events": 3}', '[{"id": 1}]', '{"events": [{"message": "text"}]}'])
def test_a_file_that_holds_no_events_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "history.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(HeadendError, match=r"history\.json: [^\n]+$"):
        execution.load(path)


def test_a_missing_file_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(HeadendError, match=r"none\.json: cannot be read"):
        execution.load(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 ms"), (0.0804, "80 ms"), (1.24, "1.2 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")]
)
def test_durations_are_spoken(seconds: float, words: str) -> None:
    assert execution.spoken(seconds) == words
