"""Comparisons of Choice states."""

from __future__ import annotations

from typing import Any

import pytest

from asl_machines import GUIDE, machine_of, run
from running_cloud import RunningCloud

CHOICE = f"{GUIDE}/state-choice.html"
ERRORS = f"{GUIDE}/concepts-error-handling.html"
FLOW = {
    "name": "studio-7",
    "kbps": 12500,
    "limit": 15000,
    "live": True,
    "dead": False,
    "note": None,
    "since": "2026-03-01T10:00:00Z",
    "until": "2026-03-01T12:30:00+01:00",
    "ports": [5000, 5001],
}


def chosen(cloud: RunningCloud, rule: dict[str, Any], event: Any = None) -> Any:
    """Whether a rule is followed: True, False, or the error of the execution."""
    states = {
        "Which": {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"},
        "Yes": {"Type": "Pass", "Result": True, "End": True},
        "No": {"Type": "Pass", "Result": False, "End": True},
    }
    outcome = run(cloud, machine_of(states), FLOW if event is None else event)
    return outcome.output if outcome.status == "SUCCEEDED" else outcome.error


def case(variable: str, operator: str, value: Any, expected: bool, note: str = "") -> Any:
    name = f"{operator}-{variable.removeprefix('$.')}-{note or value}"
    return pytest.param({"Variable": variable, operator: value}, expected, id=name.replace(" ", "_"))


@pytest.mark.contract("Strings compare as Java compares them", source=CHOICE)
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        case("$.name", "StringEquals", "studio-7", True),
        case("$.name", "StringEquals", "Studio-7", False),
        case("$.name", "StringLessThan", "studio-8", True),
        case("$.name", "StringLessThan", "studio-10", False),
        case("$.name", "StringGreaterThan", "Studio-9", True),
        case("$.name", "StringGreaterThan", "studio-7", False),
        case("$.name", "StringLessThanEquals", "studio-7", True),
        case("$.name", "StringGreaterThanEquals", "studio-7", True),
        case("$.name", "StringEqualsPath", "$.name", True),
        case("$.name", "StringEqualsPath", "$.since", False),
        case("$.name", "StringLessThanPath", "$.since", False),
        case("$.name", "StringGreaterThanPath", "$.since", True),
        case("$.name", "StringLessThanEqualsPath", "$.name", True),
        case("$.name", "StringGreaterThanEqualsPath", "$.name", True),
        case("$.name", "StringEqualsPath", "$$.Execution.Input.name", True),
        case("$.kbps", "StringEquals", "12500", False, "a number is no string"),
        case("$.kbps", "StringLessThan", "9", False, "a number is no string"),
    ],
)
def test_strings(cloud: RunningCloud, rule: dict[str, Any], expected: bool) -> None:
    assert chosen(cloud, rule) is expected


@pytest.mark.contract("StringMatches: an asterisk stands for any characters, nothing else is special", source=CHOICE)
@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        pytest.param("studio-7.log", "studio-*.log", True, id="wildcard"),
        pytest.param("studio-7.log", "*", True, id="everything"),
        pytest.param("studio-7.log", "*-*.*", True, id="several"),
        pytest.param("studio-7.log", "studio-?.log", False, id="question-mark"),
        pytest.param("studio-7.log", "studio-[0-9].log", False, id="brackets"),
        pytest.param("studio-.log", "studio-*.log", True, id="nothing"),
        pytest.param("Studio-7.log", "studio-*.log", False, id="case"),
        pytest.param("5*5", r"5\*5", True, id="escaped"),
        pytest.param("5x5", r"5\*5", False, id="escaped-is-no-wildcard"),
        pytest.param("a\nb", "a*b", True, id="line-break"),
    ],
)
def test_string_matches(cloud: RunningCloud, text: str, pattern: str, expected: bool) -> None:
    assert chosen(cloud, {"Variable": "$.text", "StringMatches": pattern}, {"text": text}) is expected


@pytest.mark.contract("Numbers and booleans compare with their like only", source=CHOICE)
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        case("$.kbps", "NumericEquals", 12500, True),
        case("$.kbps", "NumericEquals", 12500.0, True),
        case("$.kbps", "NumericLessThan", 12500.5, True),
        case("$.kbps", "NumericGreaterThan", 12499, True),
        case("$.kbps", "NumericLessThanEquals", 12500, True),
        case("$.kbps", "NumericGreaterThanEquals", 12501, False),
        case("$.kbps", "NumericEqualsPath", "$.kbps", True),
        case("$.kbps", "NumericLessThanPath", "$.limit", True),
        case("$.kbps", "NumericGreaterThanPath", "$.limit", False),
        case("$.kbps", "NumericLessThanEqualsPath", "$.ports[0]", False),
        case("$.kbps", "NumericGreaterThanEqualsPath", "$.ports[1]", True),
        case("$.kbps", "NumericLessThanPath", "$.name", False, "a string is no number"),
        case("$.name", "NumericGreaterThan", 1, False, "a string is no number"),
        case("$.live", "NumericEquals", 1, False, "true is no number"),
        case("$.live", "BooleanEquals", True, True),
        case("$.live", "BooleanEquals", False, False),
        case("$.live", "BooleanEqualsPath", "$.live", True),
        case("$.live", "BooleanEqualsPath", "$.dead", False),
        case("$.live", "BooleanEqualsPath", "$.name", False, "a string is no boolean"),
        case("$.note", "BooleanEquals", False, False, "null is not false"),
    ],
)
def test_numbers_and_booleans(cloud: RunningCloud, rule: dict[str, Any], expected: bool) -> None:
    assert chosen(cloud, rule) is expected


@pytest.mark.contract("Timestamps compare as moments, fractions and offsets included", source=CHOICE)
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        case("$.since", "TimestampEquals", "2026-03-01T10:00:00Z", True),
        case("$.since", "TimestampEquals", "2026-03-01T11:00:00+01:00", True),
        case("$.since", "TimestampEquals", "2026-03-01T10:00:00.000Z", True),
        case("$.since", "TimestampLessThan", "2026-03-01T10:00:00.001Z", True),
        case("$.since", "TimestampGreaterThan", "2026-03-01T10:30:00+01:00", True),
        case("$.since", "TimestampLessThanEquals", "2026-03-01T10:00:00Z", True),
        case("$.since", "TimestampGreaterThanEquals", "2026-03-01T10:00:01Z", False),
        case("$.since", "TimestampEqualsPath", "$.since", True),
        case("$.since", "TimestampLessThanPath", "$.until", True),
        case("$.since", "TimestampGreaterThanPath", "$.until", False),
        case("$.since", "TimestampLessThanEqualsPath", "$.until", True),
        case("$.since", "TimestampGreaterThanEqualsPath", "$.until", False),
        case("$.since", "TimestampLessThanPath", "$$.State.EnteredTime", True),
        case("$.since", "TimestampLessThanPath", "$.name", False, "a name is no timestamp"),
        case("$.name", "TimestampLessThan", "2026-03-01T10:00:00Z", False, "a name is no timestamp"),
        case("$.since", "StringEquals", "2026-03-01T10:00:00Z", True, "a timestamp is a string too"),
    ],
)
def test_timestamps(cloud: RunningCloud, rule: dict[str, Any], expected: bool) -> None:
    assert chosen(cloud, rule) is expected


@pytest.mark.contract("The operators Is… ask for the type of a value", source=CHOICE)
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        case("$.note", "IsNull", True, True),
        case("$.name", "IsNull", False, True),
        case("$.name", "IsString", True, True),
        case("$.kbps", "IsString", True, False),
        case("$.kbps", "IsNumeric", True, True),
        case("$.live", "IsNumeric", True, False),
        case("$.live", "IsBoolean", True, True),
        case("$.note", "IsBoolean", True, False),
        case("$.since", "IsTimestamp", True, True),
        case("$.until", "IsTimestamp", True, True),
        case("$.name", "IsTimestamp", True, False),
        case("$.name", "IsTimestamp", False, True),
        case("$.note", "IsPresent", True, True, "null is there"),
        case("$.name", "IsPresent", False, False),
        case("$.nowhere", "IsPresent", True, False),
        case("$.nowhere", "IsPresent", False, True),
        case("$.nowhere.deeper[3]", "IsPresent", False, True),
        case("$.ports[2]", "IsPresent", True, False),
    ],
)
def test_types(cloud: RunningCloud, rule: dict[str, Any], expected: bool) -> None:
    assert chosen(cloud, rule) is expected


@pytest.mark.contract("A timestamp has a capital T, and a capital Z or an offset", source=CHOICE)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T10:00:00.123456789Z", True),
        ("2026-03-01T10:00:00-07:30", True),
        ("2026-03-01t10:00:00Z", False),
        ("2026-03-01T10:00:00z", False),
        ("2026-03-01 10:00:00Z", False),
        ("2026-03-01T10:00:00", False),
        ("2026-03-01", False),
        ("2026-02-30T10:00:00Z", False),
    ],
)
def test_timestamp_form(cloud: RunningCloud, text: str, expected: bool) -> None:
    assert chosen(cloud, {"Variable": "$.t", "IsTimestamp": True}, {"t": text}) is expected


NAMED = {"Variable": "$.name", "StringEquals": "studio-7"}
DEAD = {"Variable": "$.dead", "BooleanEquals": True}
NOWHERE = {"Variable": "$.nowhere", "StringEquals": "x"}


@pytest.mark.contract("And, Or and Not combine rules, and ask no more of them than they need", source=CHOICE)
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param({"And": [NAMED, NAMED]}, True, id="and"),
        pytest.param({"And": [NAMED, DEAD]}, False, id="and-not"),
        pytest.param({"Or": [DEAD, NAMED]}, True, id="or"),
        pytest.param({"Or": [DEAD, DEAD]}, False, id="or-not"),
        pytest.param({"Not": DEAD}, True, id="not"),
        pytest.param({"Not": {"Or": [DEAD, {"Not": NAMED}]}}, True, id="nested"),
        pytest.param({"And": [DEAD, NOWHERE]}, False, id="and-stops"),
        pytest.param({"Or": [NAMED, NOWHERE]}, True, id="or-stops"),
        pytest.param({"And": [{"Variable": "$.nowhere", "IsPresent": True}, NOWHERE]}, False, id="is-present-guards"),
    ],
)
def test_combinations(cloud: RunningCloud, rule: dict[str, Any], expected: bool) -> None:
    assert chosen(cloud, rule) is expected


@pytest.mark.contract("A path of a Choice that leads nowhere fails the execution with States.Runtime", source=CHOICE)
@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(NOWHERE, id="variable"),
        pytest.param({"Variable": "$.nowhere", "IsNull": True}, id="is-null"),
        pytest.param({"Variable": "$.name", "StringEqualsPath": "$.nowhere"}, id="path-operator"),
        pytest.param({"Not": NOWHERE}, id="not"),
        pytest.param({"Or": [NOWHERE, NAMED]}, id="or-in-order"),
        pytest.param({"Variable": "$.ports[2]", "NumericEquals": 1}, id="index"),
    ],
)
def test_missing_path(cloud: RunningCloud, rule: dict[str, Any]) -> None:
    assert chosen(cloud, rule) == "States.Runtime"


@pytest.mark.contract("The first rule that matches is followed", source=CHOICE)
def test_order(cloud: RunningCloud) -> None:
    states: dict[str, Any] = {
        "Which": {"Type": "Choice", "Choices": [{**DEAD, "Next": "A"}, {**NAMED, "Next": "B"}, {**NAMED, "Next": "C"}]}
    }
    states |= {name: {"Type": "Pass", "Result": name, "End": True} for name in "ABC"}
    assert run(cloud, machine_of(states), FLOW).output == "B"


@pytest.mark.contract("A Choice without a match and without Default fails with States.NoChoiceMatched", source=ERRORS)
def test_no_match(cloud: RunningCloud) -> None:
    states = {"Which": {"Type": "Choice", "Choices": [{**DEAD, "Next": "A"}]}, "A": {"Type": "Succeed"}}
    outcome = run(cloud, machine_of(states), FLOW)
    assert (outcome.status, outcome.error) == ("FAILED", "States.NoChoiceMatched")
    assert "'Which'" in str(outcome.cause)


@pytest.mark.contract("InputPath is applied before the rules, OutputPath to what is handed on", source=CHOICE)
def test_input_and_output_path(cloud: RunningCloud) -> None:
    which = {
        "Type": "Choice",
        "InputPath": "$.flow",
        "OutputPath": "$.ports",
        "Choices": [{**NAMED, "Next": "A"}],
        "Default": "B",
    }
    states = {"Which": which, "A": {"Type": "Succeed"}, "B": {"Type": "Fail"}}
    assert run(cloud, machine_of(states), {"flow": FLOW}).output == [5000, 5001]


@pytest.mark.contract("A rule of And, Or or Not has no Next of its own", source=CHOICE)
def test_next_inside(cloud: RunningCloud) -> None:
    with pytest.raises(cloud.client("stepfunctions").exceptions.InvalidDefinition):
        chosen(cloud, {"And": [{**NAMED, "Next": "Yes"}]})
