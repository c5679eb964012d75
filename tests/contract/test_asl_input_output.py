"""How a state's input becomes its output: InputPath, Parameters, ResultSelector, ResultPath, OutputPath."""

from __future__ import annotations

from typing import Any

import pytest

from asl_machines import GUIDE, machine_of, run, run_standard
from running_cloud import REGION, RunningCloud

FLOW_OF_DATA = f"{GUIDE}/concepts-input-output-filtering.html"
INPUT = f"{GUIDE}/input-output-inputpath-params.html"
RESULT = f"{GUIDE}/input-output-resultpath.html"
OUTPUT = f"{GUIDE}/input-output-example.html"
CONTEXT = f"{GUIDE}/input-output-contextobject.html"
ERRORS = f"{GUIDE}/concepts-error-handling.html"
SDK = f"{GUIDE}/supported-services-awssdk.html"
EVENT = {"flow": {"name": "studio-7", "kbps": 12500}, "ports": [5000, 5001], "note": None}


def one(state: dict[str, Any]) -> dict[str, Any]:
    return machine_of({"Only": {"Type": "Pass", "End": True, **state}})


def case(name: str, state: dict[str, Any], expected: Any) -> Any:
    return pytest.param(state, expected, id=name)


@pytest.mark.contract("InputPath chooses what a state sees; null stands for an empty object", source=INPUT)
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        case("absent", {}, EVENT),
        case("everything", {"InputPath": "$"}, EVENT),
        case("node", {"InputPath": "$.flow"}, {"name": "studio-7", "kbps": 12500}),
        case("scalar", {"InputPath": "$.flow.kbps"}, 12500),
        case("null-value", {"InputPath": "$.note"}, None),
        case("null", {"InputPath": None}, {}),
        case("slice", {"InputPath": "$.ports[0:1]"}, [5000]),
        case("context-object", {"InputPath": "$$.State.Name"}, "Only"),
    ],
)
def test_input_path(cloud: RunningCloud, state: dict[str, Any], expected: Any) -> None:
    assert run(cloud, one(state), EVENT).output == expected


@pytest.mark.contract("Parameters make a new input of constants, paths and functions", source=INPUT)
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        case("constant", {"Parameters": {"a": 1}}, {"a": 1}),
        case("path", {"Parameters": {"a.$": "$.flow.name"}}, {"a": "studio-7"}),
        case("deep", {"Parameters": {"x": {"y": [{"z.$": "$.ports"}]}}}, {"x": {"y": [{"z": [5000, 5001]}]}}),
        case("no-suffix-no-path", {"Parameters": {"a": "$.flow.name"}}, {"a": "$.flow.name"}),
        case("after-input-path", {"InputPath": "$.flow", "Parameters": {"a.$": "$.kbps"}}, {"a": 12500}),
        case("null-found", {"Parameters": {"a.$": "$.note"}}, {"a": None}),
        case("whole-input", {"Parameters": {"all.$": "$"}}, {"all": EVENT}),
        case("unicode", {"Parameters": {"ort": "Zürich", "ö.$": "$.flow.name"}}, {"ort": "Zürich", "ö": "studio-7"}),
    ],
)
def test_parameters(cloud: RunningCloud, state: dict[str, Any], expected: Any) -> None:
    assert run(cloud, one(state), EVENT).output == expected


@pytest.mark.contract("ResultPath puts the result into the raw input; null throws the result away", source=RESULT)
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        case("absent", {"Result": 1}, 1),
        case("everything", {"Result": 1, "ResultPath": "$"}, 1),
        case("null", {"Result": 1, "ResultPath": None}, EVENT),
        case("new-node", {"Result": 1, "ResultPath": "$.r"}, {**EVENT, "r": 1}),
        case("old-node", {"Result": 1, "ResultPath": "$.note"}, {**EVENT, "note": 1}),
        case("new-branch", {"Result": 1, "ResultPath": "$.a.b.c"}, {**EVENT, "a": {"b": {"c": 1}}}),
        case("element", {"Result": 1, "ResultPath": "$.ports[1]"}, {**EVENT, "ports": [5000, 1]}),
        case("brackets", {"Result": 1, "ResultPath": "$['a b']"}, {**EVENT, "a b": 1}),
        case(
            "into-raw-input-not-parameters",
            {"InputPath": "$.flow", "Parameters": {"k.$": "$.kbps"}, "ResultPath": "$.seen"},
            {**EVENT, "seen": {"k": 12500}},
        ),
    ],
)
def test_result_path(cloud: RunningCloud, state: dict[str, Any], expected: Any) -> None:
    assert run(cloud, one(state), EVENT).output == expected


@pytest.mark.contract("OutputPath is applied last; null gives an empty object", source=OUTPUT)
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        case("node", {"OutputPath": "$.flow.name"}, "studio-7"),
        case("null", {"OutputPath": None}, {}),
        case("after-result-path", {"Result": {"k": 2}, "ResultPath": "$.flow", "OutputPath": "$.flow"}, {"k": 2}),
        case("context-object", {"OutputPath": "$$.StateMachine.Name"}, str),
    ],
)
def test_output_path(cloud: RunningCloud, state: dict[str, Any], expected: Any) -> None:
    output = run(cloud, one(state), EVENT).output
    assert isinstance(output, str) if expected is str else output == expected


@pytest.mark.contract("The fields apply in the order of their documentation", source=FLOW_OF_DATA)
def test_order(cloud: RunningCloud) -> None:
    branch = {"P": {"Type": "Pass", "Parameters": {"doubled.$": "States.MathAdd($.n, $.n)"}, "End": True}}
    state = {
        "Type": "Parallel",
        "InputPath": "$.flow",
        "Parameters": {"n.$": "$.kbps"},
        "Branches": [machine_of(branch)],
        "ResultSelector": {"sum.$": "$[0].doubled"},
        "ResultPath": "$.report.rate",
        "OutputPath": "$.report",
        "End": True,
    }
    assert run(cloud, machine_of({"Only": state}), EVENT).output == {"rate": {"sum": 25000}}


@pytest.mark.contract("ResultSelector reads the result, and the context object", source=INPUT)
def test_result_selector(cloud: RunningCloud) -> None:
    url, _ = cloud.queue("asl-result-selector")
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sqs:getQueueUrl",
        "Parameters": {"QueueName": "asl-result-selector"},
        "ResultSelector": {"url.$": "$.QueueUrl", "state.$": "$$.State.Name", "fixed": [1]},
        "ResultPath": "$.queue",
        "End": True,
    }
    output = run(cloud, machine_of({"Ask": state}), {"a": 1}).output
    assert output == {"a": 1, "queue": {"url": url, "state": "Ask", "fixed": [1]}}


@pytest.mark.contract("Results of SDK integrations have the names of the AWS SDK for Java", source=SDK)
def test_result_names(cloud: RunningCloud) -> None:
    key = cloud.client("kms").create_key()["KeyMetadata"]["KeyId"]
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:kms:describeKey",
        "Parameters": {"KeyId": key},
        "ResultSelector": {"account.$": "$.KeyMetadata.AwsAccountId"},
        "End": True,
    }
    assert run(cloud, machine_of({"Ask": state})).output == {"account": "123456789012"}


@pytest.mark.contract("The context object tells of the execution, the state and the state machine", source=CONTEXT)
def test_context_object(cloud: RunningCloud) -> None:
    outcome, _ = run_standard(cloud, one({"Parameters": {"c.$": "$$"}}), EVENT)
    context = outcome.output["c"]
    assert context["Execution"]["Input"] == EVENT
    assert context["Execution"]["Id"].startswith(f"arn:aws:states:{REGION}:123456789012:execution:asl-")
    assert context["Execution"]["Id"].endswith(":" + context["Execution"]["Name"])
    assert context["Execution"]["RoleArn"].startswith("arn:aws:iam::123456789012:role/")
    assert context["Execution"]["StartTime"] <= context["State"]["EnteredTime"]
    assert context["State"]["Name"] == "Only"
    assert context["StateMachine"]["Id"].endswith(":" + context["StateMachine"]["Name"])


@pytest.mark.contract("The times of the context object are in ISO 8601 with milliseconds and Z", source=CONTEXT)
@pytest.mark.parametrize("path", ["$$.Execution.StartTime", "$$.State.EnteredTime"])
def test_context_times(cloud: RunningCloud, path: str) -> None:
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.t", "StringMatches": "*T*.*Z", "Next": "Good"}]}
    states = {
        "Only": {"Type": "Pass", "Parameters": {"t.$": path}, "Next": "Form"},
        "Form": {**choice, "Default": "Bad"},
        "Good": {"Type": "Succeed"},
        "Bad": {"Type": "Fail"},
    }
    outcome = run(cloud, machine_of(states))
    assert outcome.status == "SUCCEEDED"
    assert len(outcome.output["t"]) == len("2026-01-01T00:00:00.000Z")


@pytest.mark.contract("A Map's context object holds the item's index and value", source=CONTEXT)
def test_map_item_context(cloud: RunningCloud) -> None:
    state = {
        "Type": "Map",
        "ItemsPath": "$.ports",
        "ItemSelector": {"i.$": "$$.Map.Item.Index", "port.$": "$$.Map.Item.Value", "name.$": "$.flow.name"},
        "ItemProcessor": machine_of({"P": {"Type": "Pass", "End": True}}),
        "End": True,
    }
    assert run(cloud, machine_of({"Each": state}), EVENT).output == [
        {"i": 0, "port": 5000, "name": "studio-7"},
        {"i": 1, "port": 5001, "name": "studio-7"},
    ]


@pytest.mark.contract("A path that leads nowhere fails the execution with States.Runtime", source=ERRORS)
@pytest.mark.parametrize(
    "state",
    [
        pytest.param({"InputPath": "$.nowhere"}, id="InputPath"),
        pytest.param({"OutputPath": "$.nowhere"}, id="OutputPath"),
        pytest.param({"InputPath": "$.ports[2]"}, id="index"),
        pytest.param({"InputPath": "$$.Nowhere"}, id="context-object"),
    ],
)
def test_missing(cloud: RunningCloud, state: dict[str, Any]) -> None:
    outcome = run(cloud, one(state), EVENT)
    assert (outcome.status, outcome.error) == ("FAILED", "States.Runtime")
    assert "'Only'" in str(outcome.cause)


@pytest.mark.contract(
    "A path of Parameters that leads nowhere fails the execution, and the cause names field and path",
    source=ERRORS,
    limits="the document has States.ParameterPathFailure; AWS answers States.Runtime, and so does the local cloud",
)
@pytest.mark.parametrize("path", ["$.nowhere", "$.flow.nowhere.deeper", "$.ports[2]", "$$.Execution.Input.nowhere"])
def test_missing_in_parameters(cloud: RunningCloud, path: str) -> None:
    outcome = run(cloud, one({"Parameters": {"value.$": path}}), EVENT)
    assert (outcome.status, outcome.error) == ("FAILED", "States.Runtime")
    assert path in str(outcome.cause)
    assert "'value.$'" in str(outcome.cause)


@pytest.mark.contract("A ResultPath that cannot be applied fails with States.ResultPathMatchFailure", source=ERRORS)
@pytest.mark.parametrize(
    ("path", "event"),
    [
        pytest.param("$.a.b", {"a": "text"}, id="into-text"),
        pytest.param("$.a", [1, 2], id="into-list"),
        pytest.param("$.a[3]", {"a": [1]}, id="past-the-end"),
        pytest.param("$.a", "text", id="input-is-text"),
    ],
)
def test_result_path_mismatch(cloud: RunningCloud, path: str, event: Any) -> None:
    outcome = run(cloud, one({"Result": 1, "ResultPath": path}), event)
    assert (outcome.status, outcome.error) == ("FAILED", "States.ResultPathMatchFailure")


@pytest.mark.contract("A reference path names one node: others are refused", source=RESULT)
@pytest.mark.parametrize("path", ["$.ports[*]", "$..name", "$.ports[0:1]", "$.ports[?(@ > 1)]"])
def test_reference_path(cloud: RunningCloud, path: str) -> None:
    with pytest.raises(cloud.client("stepfunctions").exceptions.InvalidDefinition):
        run(cloud, one({"ResultPath": path}), EVENT)
