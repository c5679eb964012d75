"""Findings as text, JSON, SARIF and GitHub's annotations, from the command that people type."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from headend.cli import app
from headend.errors import HeadendError, UsageError

BROKEN = '{\n  "StartAt": "Done",\n  "States": {"Done": {"Type": "Succeed"},}\n}\n'
WORKING = '{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}\n'


def _lint(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["asl", "lint", *map(str, arguments)])


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "100%, broken.asl.json"
    path.write_text(BROKEN, encoding="utf-8")
    return path


@pytest.fixture
def working(tmp_path: Path) -> Path:
    path = tmp_path / "working.asl.json"
    path.write_text(WORKING, encoding="utf-8")
    return path


def test_text_is_a_line_for_each_finding_that_an_editor_can_jump_to(broken: Path, working: Path) -> None:
    result = _lint(broken, working)
    [line] = result.stdout.splitlines()
    assert re.fullmatch(rf"{re.escape(str(broken))}:3:\d+: error file-unreadable: is no JSON: .*", line)
    assert isinstance(result.exception, HeadendError)
    assert (result.exception.exit_code, str(result.exception)) == (
        1,
        "1 error in 2 files: docs/lint.md explains each code",
    )


def test_a_file_without_a_fault_is_no_failure(working: Path) -> None:
    result = _lint(working, "--strict")
    assert (result.exit_code, result.stdout) == (0, "")


def test_json_counts_and_lists(broken: Path) -> None:
    told = json.loads(_lint(broken, "--format", "json").stdout)
    assert (told["files"], told["errors"], told["warnings"]) == (1, 1, 0)
    [finding] = told["findings"]
    assert finding == {
        "code": "file-unreadable",
        "severity": "error",
        "file": str(broken),
        "line": 3,
        "column": finding["column"],
        "state": None,
        "pointer": [],
        "message": finding["message"],
    }


def test_json_of_nothing_found_is_json_too(working: Path) -> None:
    assert json.loads(_lint(working, "--format", "json").stdout)["findings"] == []


def test_sarif_names_the_rule_and_the_place(broken: Path) -> None:
    log = json.loads(_lint(broken, "--format", "sarif").stdout)
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    [rule], [result] = run["tool"]["driver"]["rules"], run["results"]
    assert (rule["id"], result["ruleId"], result["ruleIndex"], result["level"]) == (
        "file-unreadable",
        "file-unreadable",
        0,
        "error",
    )
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == broken.as_uri()
    assert place["region"]["startLine"] == 3


def test_annotations_escape_what_github_would_take_for_its_own(broken: Path) -> None:
    [line] = _lint(broken, "--format", "github").stdout.splitlines()
    assert line.startswith("::error file=")
    assert "100%25%2C broken.asl.json,line=3,col=" in line
    assert ",title=file-unreadable::is no JSON: " in line


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--format", "xml"], "--format xml: use one of text, json, sarif, github"),
        (["--type", "QUICK"], "--type QUICK: use STANDARD or EXPRESS"),
    ],
)
def test_wrong_use_is_one_line(working: Path, arguments: list[str], says: str) -> None:
    result = _lint(working, *arguments)
    assert isinstance(result.exception, UsageError)
    assert str(result.exception) == says
