"""`headend asl diagram`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from headend.asl.diagram import command
from headend.asl_commands import app
from headend.errors import HeadendError, UsageError

WORK = {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True}}}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    path = tmp_path / "work.asl.json"
    path.write_text(json.dumps(WORK), encoding="utf-8")
    return path


def history(folder: Path, name: str) -> Path:
    path = folder / "history.json"
    entered = {"id": 2, "previousEventId": 1, "type": "PassStateEntered", "timestamp": 2.0}
    exited = {"id": 3, "previousEventId": 2, "type": "PassStateExited", "timestamp": 2.25}
    events = [
        {"id": 1, "type": "ExecutionStarted", "timestamp": 1.0},
        {**entered, "stateEnteredEventDetails": {"name": name}},
        {**exited, "stateExitedEventDetails": {"name": name}},
    ]
    path.write_text(json.dumps({"events": events}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "style", "begins"),
    [
        ("a.svg", None, "<svg "),
        ("a.mmd", None, "flowchart"),
        ("a.txt", "svg", "<svg "),
        ("a.svg", "mermaid", "flowchart"),
    ],
)
def test_the_file_s_name_decides_on_the_format_unless_one_is_asked_for(
    work: Path, name: str, style: str | None, begins: str
) -> None:
    out = work.parent / "new" / name
    result = CliRunner().invoke(app, ["diagram", str(work), "--out", str(out), *(["--format", style] if style else [])])
    assert result.exit_code == 0, result.output
    assert out.read_text(encoding="utf-8").startswith(begins)


def test_without_a_file_mermaid_is_printed(work: Path) -> None:
    result = CliRunner().invoke(app, ["diagram", str(work)])
    assert result.exit_code == 0
    assert result.stdout == command.drawing(work, "mermaid")


def test_an_execution_s_history_is_drawn(work: Path) -> None:
    assert "250 ms" in command.drawing(work, "svg", str(history(work.parent, "Only")))
    assert "250 ms" in command.drawing(work, "mermaid", str(history(work.parent, "Only")))


def test_another_workflow_s_execution_is_refused(work: Path) -> None:
    with pytest.raises(HeadendError, match="has no state 'Elsewhere'"):
        command.drawing(work, "svg", str(history(work.parent, "Elsewhere")))


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(UsageError, match="--format png: use one of svg, mermaid"):
        command.style("png", None)


def test_an_arn_of_something_else_is_refused(work: Path) -> None:
    with pytest.raises(UsageError, match="is no execution's ARN"):
        command.drawing(work, "svg", "arn:aws:states:eu-central-1:123456789012:stateMachine:work")


def test_a_file_that_cannot_be_written_is_one_line(work: Path) -> None:
    with pytest.raises(HeadendError, match=r"cannot be written \([^\n]+\)$"):
        command.write("text", work / "below-a-file.svg")
