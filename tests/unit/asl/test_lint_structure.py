"""Faults of structure: one fault is one finding, in its place, and what cannot be known is no finding.

The faults themselves are in the catalogue's examples, which test_catalogue.py runs.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from headend.asl import model
from headend.asl.lint import linter
from headend.asl.lint.finding import Finding

SOUND: dict[str, Any] = {
    "StartAt": "Look",
    "States": {
        "Look": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "${Eye}", "Payload.$": "$"},
            "ResultPath": "$.look",
            "TimeoutSeconds": 60,
            "Retry": [{"ErrorEquals": ["Lambda.ServiceException"], "IntervalSeconds": 2, "MaxAttempts": 3}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Broken"}],
            "Next": "Ready",
        },
        "Ready": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.look.Payload.ready", "BooleanEquals": True, "Next": "Both"},
                {"Variable": "$.look.Payload.late", "BooleanEquals": True, "Next": "Rest"},
            ],
            "Default": "Broken",
        },
        "Rest": {"Type": "Wait", "Seconds": 300, "Next": "Look"},
        "Both": {
            "Type": "Parallel",
            "ResultPath": "$.both",
            "Next": "Each",
            "Branches": [
                {"StartAt": "Bell", "States": {"Bell": {"Type": "Task", "Resource": "${Bell}", "End": True}}},
                {"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "${Phone}", "End": True}}},
            ],
        },
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.both",
            "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass", "Result": 1, "End": True}}},
            "ResultPath": None,
            "Next": "Done",
        },
        "Done": {"Type": "Succeed"},
        "Broken": {"Type": "Fail", "Error": "Broken"},
    },
}
Change = Callable[[dict[str, Any]], object]


def found(change: Change, execution_type: str | None = None) -> list[Finding]:
    """What lint says of the sound definition after one change."""
    definition = copy.deepcopy(SOUND)
    change(definition)
    return linter.lint(model.parse(json.dumps(definition, indent=1), Path("d.asl.json"), execution_type))


def renamed(where: Callable[[dict[str, Any]], dict[str, Any]], old: str, new: str) -> Change:
    """A change that gives a field another name in its place."""

    def change(definition: dict[str, Any]) -> None:
        fields = where(definition)
        items = [(new if name == old else name, value) for name, value in fields.items()]
        fields.clear()
        fields.update(items)

    return change


def state(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda definition: definition["States"][name]


def test_the_sound_definition_has_no_finding() -> None:
    assert found(lambda definition: None) == []


@pytest.mark.parametrize(
    ("where", "old", "new"),
    [
        (state("Look"), "Resource", "Resouce"),
        (state("Look"), "Catch", "Cacth"),
        (state("Look"), "Next", "next"),
        (state("Look"), "Type", "type"),
        (state("Ready"), "Choices", "Choice"),
        (state("Ready"), "Default", "Defualt"),
        (state("Both"), "Branches", "Branch"),
        (state("Each"), "ItemProcessor", "ItemProcesor"),
        (state("Rest"), "Seconds", "Second"),
        (lambda definition: definition, "StartAt", "Startat"),
        (lambda definition: definition, "States", "states"),
        (lambda definition: definition["States"]["Both"]["Branches"][0], "StartAt", "StartsAt"),
        (lambda definition: definition["States"]["Look"]["Catch"][0], "Next", "Netx"),
        (lambda definition: definition["States"]["Look"]["Retry"][0], "ErrorEquals", "ErrorEqual"),
        (lambda definition: definition["States"]["Ready"]["Choices"][0], "BooleanEquals", "BoolEquals"),
    ],
)
def test_a_misspelt_field_is_one_finding_with_the_name_that_was_meant(
    where: Callable[[dict[str, Any]], dict[str, Any]], old: str, new: str
) -> None:
    findings = found(renamed(where, old, new))
    assert [finding.code for finding in findings] == ["fields-unknown"]
    assert findings[0].message.endswith(f'did you mean "{old}"?')
    assert findings[0].pointer[-1] == new


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d["States"]["Look"].update(Type="task"), "fields-state-type"),
        (lambda d: d["States"]["Rest"].pop("Type"), "fields-missing"),
        (lambda d: d["States"]["Rest"].pop("Next"), "fields-missing"),
        (lambda d: d["States"]["Ready"].update(Choices=[]), "fields-missing"),
        (lambda d: d["States"]["Ready"].update(Choices="all"), "fields-type"),
        (lambda d: d["States"]["Rest"].update(Next=None), "fields-type"),
        (lambda d: d["States"].update(Done=[]), "fields-type"),
        (lambda d: d.update(States=[]), "fields-type"),
        (lambda d: d.update(QueryLanguage="jsonpath"), "fields-value"),
        (lambda d: d["States"]["Each"].update(Next="Nowhere"), "graph-dangling"),
        (lambda d: d["States"]["Each"].update(Next="One"), "graph-border"),
        (lambda d: d.update(StartAt="Nowhere"), "graph-dangling"),
        (lambda d: d["States"].update(A={"Type": "Wait", "Seconds": 1, "Next": "B"}, B={"Type": "Succeed"}), None),
    ],
)
def test_one_fault_is_one_finding(change: Change, code: str | None) -> None:
    assert [finding.code for finding in found(change)] == [code or "graph-unreachable"]


def test_two_faults_are_two_findings() -> None:
    def change(definition: dict[str, Any]) -> None:
        definition["States"]["Each"]["Next"] = "Nowhere"  # so Done is not reached, which is the same fault
        definition["States"]["Lost"] = {"Type": "Succeed"}

    assert sorted(finding.code for finding in found(change)) == [
        "graph-dangling",
        "graph-unreachable",
        "graph-unreachable",
    ]


def test_a_finding_stands_at_the_value_or_at_the_key_of_what_is_wrong() -> None:
    text = (
        '{"StartAt": "Rest", "States": {\n'
        ' "Rest": {"Type": "Wait", "Seconds": -5, "Next": "Dne"},\n'
        ' "Done": {"Type": "Succeed", "Coment": ""}}}'
    )
    findings = linter.lint(model.parse(text))
    assert [(finding.code, finding.line, finding.column, finding.state) for finding in findings] == [
        ("fields-limit", 2, 38, "Rest"),
        ("graph-dangling", 2, 50, "Rest"),
        ("fields-unknown", 3, 30, "Done"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["States"]["Rest"].update(Seconds="${Seconds}"),
        lambda d: d["States"]["Rest"].update(Next="${Next}"),
        lambda d: d.update(StartAt="${First}"),
        lambda d: d["States"]["Look"].update(Retry="${Retry}"),
        lambda d: d["States"]["Look"]["Retry"][0].update(MaxAttempts="${Attempts}", ErrorEquals=["${Error}"]),
        lambda d: d["States"]["Each"].update(ItemProcessor="${Processor}"),
        lambda d: d["States"]["Each"].update(MaxConcurrency="${Most}"),
        lambda d: d["States"].update(Done="${Done}"),
        lambda d: d.update(Version="${Version}", TimeoutSeconds="${Timeout}"),
    ],
)
def test_a_placeholder_may_become_anything(change: Change) -> None:
    assert found(change) == []


def test_jsonata_states_may_compute_what_others_write_out() -> None:
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "Rest",
        "States": {
            "Rest": {"Type": "Wait", "Seconds": "{% $states.input.pause %}", "Next": "Look"},
            "Look": {
                "Type": "Task",
                "Resource": "${Eye}",
                "TimeoutSeconds": "{% $states.input.limit %}",
                "HeartbeatSeconds": "{% $states.input.beat %}",
                "Next": "Stop",
            },
            "Stop": {"Type": "Fail", "Error": "{% $states.input.error %}"},
        },
    }
    assert linter.lint(model.parse(json.dumps(definition))) == []


def test_a_wait_of_ten_minutes_is_wrong_only_where_executions_are_express() -> None:
    def change(definition: dict[str, Any]) -> None:
        definition["States"]["Rest"]["Seconds"] = 600

    assert found(change) == found(change, "STANDARD") == []
    assert [finding.code for finding in found(change, "EXPRESS")] == ["smells-express-wait"]


@pytest.mark.parametrize(
    ("seconds", "timeout", "codes"),
    [
        (5, None, ["smells-history"]),
        (5, 3600, []),
        (60, None, []),
        (60, 604_800, ["smells-history"]),
        ("${Seconds}", None, []),
    ],
)
def test_a_polling_loop_is_measured_against_the_timeout_or_a_day(
    seconds: object, timeout: int | None, codes: list[str]
) -> None:
    def change(definition: dict[str, Any]) -> None:
        definition["States"]["Rest"]["Seconds"] = seconds
        if timeout is not None:
            definition["TimeoutSeconds"] = timeout

    assert [finding.code for finding in found(change)] == codes
    assert found(change, "EXPRESS") == []


def test_an_error_that_a_fail_state_gives_is_known() -> None:
    def change(definition: dict[str, Any]) -> None:
        branch = definition["States"]["Both"]["Branches"][0]
        branch["States"]["Bell"] = {"Type": "Fail", "Error": "States.Enough"}
        definition["States"]["Both"]["Catch"] = [{"ErrorEquals": ["States.Enough"], "Next": "Done"}]

    assert found(change) == []


def test_findings_grow_with_the_faults_and_not_with_the_states() -> None:
    states: dict[str, Any] = {f"S{i}": {"Type": "Wait", "Seconds": 60, "Next": f"S{i + 1}"} for i in range(2000)}
    states["S2000"] = {"Type": "Wait", "Seconds": 60, "Next": "S0"}
    findings = linter.lint(model.parse(json.dumps({"StartAt": "S0", "States": states})))
    assert [finding.code for finding in findings] == ["graph-no-end"]


def test_what_a_definition_holds_cannot_break_a_line_of_the_report() -> None:
    findings = found(lambda d: d["States"].update({"Two\nlines\x1b[2J": {"Type": "Succeed", "Also\n": 1}}))
    assert len(findings) == 2
    assert all(text.isprintable() for finding in findings for text in (finding.message, finding.state or ""))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "this is no definition: it has no StartAt and States: add them"),
        ('{"name": "x", "version": "1"}', "this is no definition: it has no StartAt and States: add them"),
        (
            '{"Transform": "AWS::Serverless-2016-10-31", "Resources": {}}',
            "this is a CloudFormation template, not a definition: name the file that its DefinitionUri names",
        ),
    ],
)
def test_a_file_that_is_something_else_gets_one_finding(text: str, said: str) -> None:
    assert [finding.message for finding in linter.lint(model.parse(text))] == [said]
