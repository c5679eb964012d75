"""Intrinsic functions of the Amazon States Language, each in the Parameters of a Pass state."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

import pytest

from asl_machines import GUIDE, machine_of, pass_with, run
from running_cloud import RunningCloud

INTRINSICS = f"{GUIDE}/intrinsic-functions.html"
ERRORS = f"{GUIDE}/concepts-error-handling.html"
FLOW = {"name": "studio-7", "kbps": 12500, "live": True, "note": None, "ports": [5000, 5001], "where": {"az": "b"}}
LONG = "x" * 10_000


def value(cloud: RunningCloud, expression: str, event: Any) -> Any:
    """What an intrinsic function gives for an input."""
    outcome = run(cloud, pass_with({"value.$": expression}), event)
    assert outcome.status == "SUCCEEDED", outcome
    return outcome.output["value"]


def case(name: str, expression: str, expected: Any, event: Any = None) -> Any:
    return pytest.param(expression, FLOW if event is None else event, expected, id=name)


@pytest.mark.contract("States.Format puts its arguments in place of {}, in order", source=INTRINSICS)
@pytest.mark.parametrize(
    ("expression", "event", "expected"),
    [
        case("literal-template", "States.Format('flow {} is up', $.name)", "flow studio-7 is up"),
        case("template-from-input", "States.Format($.t, $.n)", "bitrate 9 of 9", {"t": "bitrate {} of 9", "n": 9}),
        case("several-arguments", "States.Format('{}/{}', $.name, $.kbps)", "studio-7/12500"),
        case("no-argument", "States.Format('nothing to add')", "nothing to add"),
        case("booleans-and-null", "States.Format('{} {}', $.live, $.note)", "true null"),
        case("literals", "States.Format('{}-{}-{}', 'a', 3, true)", "a-3-true"),
        case("escaped-quote", r"States.Format('it\'s {}', $.name)", "it's studio-7"),
        case("escaped-braces", r"States.Format('\{{}\}', $.name)", "{studio-7}"),
        case("escaped-backslash", r"States.Format('C:\\{}', $.name)", "C:\\studio-7"),
        case("braces-of-a-value", "States.Format('<{}>', $.v)", "<{}>", {"v": "{}"}),
        case("context-object", "States.Format('{}', $$.State.Name)", "Only"),
        case("nested", "States.Format('{}', States.MathAdd($.kbps, 1))", "12501"),
    ],
)
def test_format(cloud: RunningCloud, expression: str, event: Any, expected: Any) -> None:
    assert value(cloud, expression, event) == expected


@pytest.mark.contract("States.StringToJson and States.JsonToString turn text into JSON and back", source=INTRINSICS)
@pytest.mark.parametrize(
    ("expression", "event", "expected"),
    [
        case("object", "States.StringToJson($.s)", {"a": [1, None]}, {"s": '{"a": [1, null]}'}),
        case("number", "States.StringToJson($.s)", 2.5, {"s": "2.5"}),
        case("empty-text", "States.StringToJson($.s)", None, {"s": ""}),
        case("to-text", "States.JsonToString($.where)", '{"az":"b"}'),
        case("list-to-text", "States.JsonToString($.ports)", "[5000,5001]"),
        case("text-to-text", "States.JsonToString($.name)", '"studio-7"'),
        case("not-ascii", "States.JsonToString($.s)", '"Zürich"', {"s": "Zürich"}),
    ],
)
def test_json_text(cloud: RunningCloud, expression: str, event: Any, expected: Any) -> None:
    assert value(cloud, expression, event) == expected


@pytest.mark.contract("The array functions build, cut, search and measure arrays", source=INTRINSICS)
@pytest.mark.parametrize(
    ("expression", "event", "expected"),
    [
        case("array", "States.Array('a', 7, $.where, null)", ["a", 7, {"az": "b"}, None]),
        case("array-of-nothing", "States.Array()", []),
        case("array-of-one", "States.Array($.name)", ["studio-7"]),
        case("partition", "States.ArrayPartition($.p, 2)", [[1, 2], [3, 4], [5]], {"p": [1, 2, 3, 4, 5]}),
        case("partition-larger", "States.ArrayPartition($.ports, 9)", [[5000, 5001]]),
        case("partition-of-nothing", "States.ArrayPartition($.p, 3)", [], {"p": []}),
        case("partition-rounds", "States.ArrayPartition($.p, 1.6)", [[1, 2], [3]], {"p": [1, 2, 3]}),
        case("contains", "States.ArrayContains($.ports, 5001)", True),
        case("contains-not", "States.ArrayContains($.ports, '5001')", False),
        case("contains-object", "States.ArrayContains($.a, $.b)", True, {"a": [{"k": [1]}], "b": {"k": [1]}}),
        case("contains-true-is-not-1", "States.ArrayContains($.a, $.b)", False, {"a": [1], "b": True}),
        case("range", "States.ArrayRange(1, 9, 4)", [1, 5, 9]),
        case("range-end-not-met", "States.ArrayRange(0, 8, 3)", [0, 3, 6]),
        case("range-downwards", "States.ArrayRange(3, 1, -1)", [3, 2, 1]),
        case("range-of-1000", "States.ArrayRange(1, 1000, 1)", list(range(1, 1001))),
        case("item", "States.ArrayGetItem($.ports, 1)", 5001),
        case("length", "States.ArrayLength($.ports)", 2),
        case("length-of-nothing", "States.ArrayLength($.a)", 0, {"a": []}),
        case("unique", "States.ArrayUnique($.a)", [2, 1, 3], {"a": [2, 1, 2, 3, 1]}),
        case("unique-objects", "States.ArrayUnique($.a)", [{"k": 1}, [1]], {"a": [{"k": 1}, [1], {"k": 1}, [1]]}),
        case("unique-true-is-not-1", "States.ArrayUnique($.a)", [1, True], {"a": [1, True, 1]}),
    ],
)
def test_arrays(cloud: RunningCloud, expression: str, event: Any, expected: Any) -> None:
    got = value(cloud, expression, event)
    assert (got, repr(got)) == (expected, repr(expected)), "True equals 1 in Python, not in JSON"


@pytest.mark.contract("Base64 of text of up to 10 000 characters, and back", source=INTRINSICS)
@pytest.mark.parametrize(
    ("expression", "event", "expected"),
    [
        case("encode", "States.Base64Encode($.name)", "c3R1ZGlvLTc="),
        case("encode-utf-8", "States.Base64Encode($.s)", "w7w=", {"s": "ü"}),
        case("decode", "States.Base64Decode('c3R1ZGlvLTc=')", "studio-7"),
        case("decode-utf-8", "States.Base64Decode('w7w=')", "ü"),
        case("longest", "States.ArrayLength(States.Array(States.Base64Encode($.s)))", 1, {"s": LONG}),
    ],
)
def test_encodings(cloud: RunningCloud, expression: str, event: Any, expected: Any) -> None:
    assert value(cloud, expression, event) == expected


@pytest.mark.contract("States.Hash gives the hexadecimal hash of a text", source=INTRINSICS)
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"])
def test_hash(cloud: RunningCloud, algorithm: str) -> None:
    expected = hashlib.new(algorithm.replace("-", "").lower(), b"studio-7").hexdigest()
    assert value(cloud, "States.Hash($.name, $.how)", {"name": "studio-7", "how": algorithm}) == expected


@pytest.mark.contract(
    "States.JsonMerge merges the first level of two objects, the second wins",
    source=INTRINSICS,
)
@pytest.mark.parametrize(
    ("expression", "event", "expected"),
    [
        case(
            "shallow",
            "States.JsonMerge($.a, $.b, false)",
            {"x": {"q": 2}, "y": 1, "z": 3},
            {"a": {"x": {"p": 1}, "y": 1}, "b": {"x": {"q": 2}, "z": 3}},
        ),
        case("with-text", "States.JsonMerge($.where, States.StringToJson('{\"n\":1}'), false)", {"az": "b", "n": 1}),
    ],
)
def test_merge(cloud: RunningCloud, expression: str, event: Any, expected: Any) -> None:
    assert value(cloud, expression, event) == expected


@pytest.mark.contract("States.MathAdd adds whole numbers; others are rounded to the nearest", source=INTRINSICS)
@pytest.mark.parametrize(
    ("expression", "event", "expected"),
    [
        case("add", "States.MathAdd($.kbps, 500)", 13000),
        case("subtract", "States.MathAdd($.kbps, -12501)", -1),
        case("rounds", "States.MathAdd(1.5, 2.4)", 4),
        case("rounds-negative-half-up", "States.MathAdd(-1.5, 0)", -1),
        case("largest", "States.MathAdd(2147483646, 1)", 2147483647),
        case("string-split", "States.StringSplit('a,b.c', ',.')", ["a", "b", "c"]),
        case("string-split-one", "States.StringSplit($.name, '-')", ["studio", "7"]),
        case("string-split-none", "States.StringSplit($.name, '|')", ["studio-7"]),
        case("string-split-special", "States.StringSplit('a+b*c', '+*')", ["a", "b", "c"]),
    ],
)
def test_math_and_split(cloud: RunningCloud, expression: str, event: Any, expected: Any) -> None:
    assert value(cloud, expression, event) == expected


@pytest.mark.contract(
    "States.MathRandom gives a whole number from the range, and the same one for the same seed",
    source=INTRINSICS,
    limits="the number that a seed gives is not that of AWS",
)
def test_random(cloud: RunningCloud) -> None:
    template = {"value.$": "States.MathRandom(3, 6)", "a.$": "States.MathRandom(0, 9999, 7)"}
    template["b.$"] = template["a.$"]
    output = run(cloud, pass_with(template)).output
    assert output["value"] in {3, 4, 5, 6}
    assert output["a"] == output["b"]


@pytest.mark.contract("States.UUID gives a version 4 UUID, a new one each time", source=INTRINSICS)
def test_uuid(cloud: RunningCloud) -> None:
    output = run(cloud, pass_with({"a.$": "States.UUID()", "b.$": "States.UUID()"})).output
    assert uuid.UUID(output["a"]).version == 4
    assert output["a"] != output["b"]


@pytest.mark.contract("Ten intrinsic functions may be nested in one field", source=INTRINSICS)
def test_nesting(cloud: RunningCloud) -> None:
    expression = "$.n"
    for _ in range(10):
        expression = f"States.MathAdd({expression}, 1)"
    assert value(cloud, expression, {"n": 1}) == 11


@pytest.mark.contract("An intrinsic function in ResultSelector reads the result of the state", source=INTRINSICS)
def test_in_result_selector(cloud: RunningCloud) -> None:
    branch = machine_of({"P": {"Type": "Pass", "Result": {"n": 4}, "End": True}})
    state = {
        "Type": "Parallel",
        "Branches": [branch],
        "ResultSelector": {"m.$": "States.MathAdd($[0].n, 1)"},
        "End": True,
    }
    assert run(cloud, machine_of({"Both": state})).output == {"m": 5}


@pytest.mark.contract(
    "An intrinsic function that fails ends the execution with States.IntrinsicFailure",
    source=ERRORS,
    limits="the text of the cause is not that of AWS",
)
@pytest.mark.parametrize(
    ("expression", "event"),
    [
        pytest.param("States.Format('{} {}', $.name)", FLOW, id="format-too-few"),
        pytest.param("States.Format('{}', $.name, $.kbps)", FLOW, id="format-too-many"),
        pytest.param("States.Format($.kbps)", FLOW, id="format-number"),
        pytest.param("States.StringToJson($.s)", {"s": "{not json"}, id="string-to-json-invalid"),
        pytest.param("States.StringToJson($.kbps)", FLOW, id="string-to-json-number"),
        pytest.param("States.ArrayPartition($.ports, 0)", FLOW, id="partition-zero"),
        pytest.param("States.ArrayPartition($.name, 2)", FLOW, id="partition-text"),
        pytest.param("States.ArrayContains($.name, 's')", FLOW, id="contains-text"),
        pytest.param("States.ArrayRange(1, 1001, 1)", FLOW, id="range-over-1000"),
        pytest.param("States.ArrayRange(1, 5, 0)", FLOW, id="range-step-zero"),
        pytest.param("States.ArrayGetItem($.ports, 2)", FLOW, id="item-out-of-range"),
        pytest.param("States.ArrayGetItem($.ports, -1)", FLOW, id="item-negative"),
        pytest.param("States.ArrayLength($.where)", FLOW, id="length-object"),
        pytest.param("States.ArrayUnique($.name)", FLOW, id="unique-text"),
        pytest.param("States.Base64Encode($.s)", {"s": LONG + "x"}, id="encode-too-long"),
        pytest.param("States.Base64Decode($.s)", {"s": "c3R1*"}, id="decode-invalid"),
        pytest.param("States.Base64Encode($.kbps)", FLOW, id="encode-number"),
        pytest.param("States.Hash($.name, 'CRC32')", FLOW, id="hash-algorithm"),
        pytest.param("States.Hash($.s, 'MD5')", {"s": LONG + "x"}, id="hash-too-long"),
        pytest.param("States.JsonMerge($.where, $.ports, false)", FLOW, id="merge-list"),
        pytest.param("States.JsonMerge($.ports, $.where, false)", FLOW, id="merge-into-list"),
        pytest.param("States.JsonMerge($.where, $.where, true)", FLOW, id="merge-deep"),
        pytest.param("States.MathAdd($.name, 1)", FLOW, id="add-text"),
        pytest.param("States.MathAdd($.live, 1)", FLOW, id="add-boolean"),
        pytest.param("States.MathAdd(2147483647, 1)", FLOW, id="add-overflow"),
        pytest.param("States.MathRandom(9, 1)", FLOW, id="random-backwards"),
        pytest.param("States.StringSplit($.kbps, '5')", FLOW, id="split-number"),
    ],
)
def test_failure(cloud: RunningCloud, expression: str, event: Any) -> None:
    outcome = run(cloud, pass_with({"value.$": expression}), event)
    assert (outcome.status, outcome.error) == ("FAILED", "States.IntrinsicFailure"), outcome
    assert "Only" in str(outcome.cause)
    assert expression in str(outcome.cause)


@pytest.mark.contract("States.ALL catches States.IntrinsicFailure", source=ERRORS)
def test_failure_is_caught(cloud: RunningCloud) -> None:
    states = {
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemSelector": {"value.$": "States.MathAdd($.text, 1)"},
            "ItemProcessor": machine_of({"P": {"Type": "Pass", "End": True}}),
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "Recover"}],
            "End": True,
        },
        "Recover": {"Type": "Pass", "InputPath": "$.problem.Error", "End": True},
    }
    outcome = run(cloud, machine_of(states), {"items": [1], "text": "no number"})
    assert (outcome.status, outcome.output) == ("SUCCEEDED", "States.IntrinsicFailure")


@pytest.mark.contract(
    "A path of an intrinsic function that leads nowhere fails the execution with States.Runtime", source=ERRORS
)
def test_path_of_an_argument(cloud: RunningCloud) -> None:
    outcome = run(cloud, pass_with({"value.$": "States.Format('{}', $.nowhere)"}), FLOW)
    assert (outcome.status, outcome.error) == ("FAILED", "States.Runtime")
    assert "$.nowhere" in str(outcome.cause)


@pytest.mark.contract(
    "A definition with an unknown intrinsic function or a wrong count of arguments is refused", source=INTRINSICS
)
@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("States.Reverse($.name)", id="unknown"),
        pytest.param("States.ArrayLength($.ports, 1)", id="too-many"),
        pytest.param("States.MathAdd($.kbps)", id="too-few"),
        pytest.param("States.UUID(1)", id="uuid-with-argument"),
        pytest.param("States.Format('open", id="open-quote"),
    ],
)
def test_refused(cloud: RunningCloud, expression: str) -> None:
    with pytest.raises(cloud.client("stepfunctions").exceptions.InvalidDefinition):
        run(cloud, pass_with({"value.$": expression}), FLOW)
