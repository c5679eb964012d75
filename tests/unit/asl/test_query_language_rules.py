"""Findings about paths and expressions: where they point, and that one fault is said once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headend.asl.lint.finding import Finding
from headend.asl.lint.linter import lint_text

JSON, YAML = Path("one.asl.json"), Path("one.asl.yaml")


def _lint(state: dict[str, Any], **top: Any) -> list[Finding]:
    written = {**top, "StartAt": "Here", "States": {"Here": {"End": True, **state}}}
    return lint_text(json.dumps(written), JSON)


def _pointed_at(text: str, path: Path = JSON) -> list[str]:
    """What stands where each finding points, up to the end of the word."""
    lines = text.split("\n")
    return [lines[found.line - 1][found.column - 1 :].split()[0] for found in lint_text(text, path)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_finding_points_at_the_part_of_the_expression(end: str) -> None:
    text = (
        '{"QueryLanguage": "JSONata", "StartAt": "Here", "States": {"Here": {"Type": "Pass", "End": true,\n'
        '  "Output": {"ä": "{% \\"ü\\" & $wrong($states.nothing) %}"}}}}'
    )
    assert _pointed_at(text.replace("\n", end)) == ["$wrong($states.nothing)", "$states.nothing)"]


def test_it_does_in_yaml_too() -> None:
    text = (
        "QueryLanguage: JSONata\nStartAt: Here\nStates:\n  Here:\n    Type: Pass\n    End: true\n"
        "    Output: '{% 1 + $wrong() %}'\n"
    )
    assert _pointed_at(text, YAML) == ["$wrong()"]


def test_an_expression_over_several_lines_of_yaml_is_pointed_at_as_a_whole() -> None:
    text = (
        "QueryLanguage: JSONata\nStartAt: Here\nStates:\n  Here:\n    Type: Pass\n    End: true\n"
        "    Output: |-\n      {%\n        $wrong()\n      %}\n"
    )
    assert [(found.code, found.line) for found in lint_text(text, YAML)] == [("jsonata-function", 7)]


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ({"QueryLanguage": "JSONata", "Type": "Wait", "Seconds": "{% 5"}, "jsonata-delimiters"),
        ({"Type": "Pass", "Parameters": {"a": {"b": "$.c"}}}, "jsonpath-missing-dollar"),
        ({"Type": "Pass", "InputPath": "States.Array(1", "OutputPath": None}, "jsonpath-intrinsic-syntax"),
        (
            {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": "pack", "Payload.$": 5},
            },
            "jsonpath-template-value",
        ),
        (
            {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:dynamodb:scan",
                "Parameters": {"TableName": "orders", "Limit": "$.most"},
            },
            "jsonpath-missing-dollar",
        ),
    ],
)
def test_one_fault_is_one_finding(state: dict[str, Any], code: str) -> None:
    assert [found.code for found in _lint(state)] == [code]


def test_a_path_in_place_of_a_number_is_an_error() -> None:
    resource = "arn:aws:states:::aws-sdk:dynamodb:scan"
    (found,) = _lint({"Type": "Task", "Resource": resource, "Parameters": {"TableName": "orders", "Limit": "$.most"}})
    assert found.severity == "error"


@pytest.mark.parametrize(
    "parameters",
    [
        {"InputPath": "$.detail", "InputPathsMap": {"a": "$.detail.a"}},
        {"EventPattern": {"a": "$.b"}},
        {"price": "$.50", "currency": "$", "text": "$.a and more", "name.$": "$"},
        {"one": "${Placeholder}", "two": "$.${Name}"},
    ],
)
def test_a_dollar_that_is_meant_as_text_is_none_to_talk_about(parameters: dict[str, Any]) -> None:
    assert _lint({"Type": "Pass", "Parameters": parameters}) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("$states.input.total", "jsonata-text"),
        ("'Hello ' & $states.input.name", "jsonata-text"),
        ("$uppercase('a')", "jsonata-text"),
        ("$.total", "jsonata-text"),
        ("States.Format('{}', 1)", "jsonata-text"),
        ("{ % $states.input % }", "jsonata-embedded"),
        (" {% 1 %} ", "jsonata-embedded"),
        ("{% 1 %} ", "jsonata-delimiters"),
    ],
)
def test_a_text_that_was_meant_as_an_expression_is_found(text: str, code: str) -> None:
    assert [found.code for found in _lint({"Type": "Pass", "Output": [text]}, QueryLanguage="JSONata")] == [code]


@pytest.mark.parametrize(
    "text", ["$5", "$name", "$unknown('a')", "100 %} {%", "", "{}", 'a definition: {"States": {% 1 %}}']
)
def test_any_other_text_is_left_alone(text: str) -> None:
    assert _lint({"Type": "Pass", "Output": [text]}, QueryLanguage="JSONata") == []


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("$toUpper('a')", "there is no function $toUpper: did you mean $uppercase?"),
        ("uuid()", "write $uuid for the function"),
        ("states.input", "write $states"),
        ("a || b", 'write "or" instead of ||'),
        ("$a !== $b", "JSONata compares with = and !="),
        ("$f := $x => 1", "a function is written function($x)"),
    ],
)
def test_what_other_languages_write_is_said_in_jsonata(expression: str, message: str) -> None:
    found = _lint({"Type": "Pass", "Output": f"{{% {expression} %}}"}, QueryLanguage="JSONata")
    assert any(message in one.message for one in found), found


@pytest.mark.parametrize(
    "expression",
    [
        "$states.input.a = '${Name}'",
        "${Number} + 1",
        "$states.input.a > 5 ? 'many' : 'few'",
        "$match('a1', /[a-z](?<digit>\\d)/)",
        "(" * 3000 + "1" + ")" * 3000,
        "$now('[Y0001]')",
        "$states.input.items[$.price > 5 and name in ['a', 'b']]",
        "$reduce([1..5], function($sum, $one) { $sum + $one }, 0)",
    ],
)
def test_a_right_expression_and_one_that_is_filled_in_later_are_not_talked_about(expression: str) -> None:
    assert _lint({"Type": "Pass", "Output": {"a": f"{{% {expression} %}}"}}, QueryLanguage="JSONata") == []


@settings(max_examples=50, deadline=None)
@given(
    st.recursive(
        st.none() | st.integers() | st.sampled_from(["{% $a", "$.a", "States.x(", "{% $ %}", "$$", ""]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["a.$", "Catch", "Choices", "Variable", "And", "Assign", "Output", "ItemReader"]),
                inner,
                max_size=3,
            )
        ),
    ),
    st.sampled_from(["JSONPath", "JSONata"]),
    st.sampled_from(["Task", "Map", "Choice", "Pass", "Fail", "Nothing"]),
)
def test_no_shape_of_a_state_crashes_lint(value: Any, language: str, kind: str) -> None:
    names = ("Parameters", "Output", "Assign", "Catch", "Choices", "ItemReader", "ItemBatcher", "Result", "InputPath")
    assert _lint({"Type": kind, "QueryLanguage": language, **dict.fromkeys(names, value)})
