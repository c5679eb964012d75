"""The examples of docs/lint.md: each bad one has its fault and no other, each good one has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from headend.asl.lint import reference
from headend.asl.lint.codes import CODES, Code
from headend.asl.lint.linter import lint_text

ROOT = Path(__file__).parents[3]


def _path(example: str) -> Path:
    return Path("example.asl.json" if example.lstrip().startswith(("{", "[")) else "example.asl.yaml")


def _found(example: str) -> list[str]:
    return [f"{finding.code} at {finding.line}: {finding.message}" for finding in lint_text(example, _path(example))]


@pytest.mark.parametrize(
    ("code", "example"),
    [
        pytest.param(code, example, id=f"{code.name}-{i}")
        for code in CODES.values()
        for i, example in enumerate(code.bad)
    ],
)
def test_the_bad_example_has_its_fault_and_no_other(code: Code, example: str) -> None:
    assert {finding.code for finding in lint_text(example, _path(example))} == {code.name}, _found(example)


@pytest.mark.parametrize(
    ("code", "example"),
    [
        pytest.param(code, example, id=f"{code.name}-{i}")
        for code in CODES.values()
        for i, example in enumerate(code.good)
    ],
)
def test_the_good_example_has_no_fault(code: Code, example: str) -> None:
    assert _found(example) == []


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.name)
def test_a_code_says_what_it_is_why_and_where_that_is_documented(code: Code) -> None:
    assert code.family in reference.TITLES
    assert code.severity in ("error", "warning")
    assert code.title and not code.title.endswith(".")
    assert code.why.endswith(".")
    assert code.source.startswith("https://")
    assert code.bad and code.good


@pytest.mark.parametrize("definition", sorted(ROOT.glob("modules/*/rendered/*.asl.json")), ids=lambda path: path.name)
def test_the_workflows_of_this_project_have_no_fault(definition: Path) -> None:
    found = lint_text(definition.read_text(encoding="utf-8"), definition)
    assert [f"{finding.code} at {finding.line}: {finding.message}" for finding in found] == []
