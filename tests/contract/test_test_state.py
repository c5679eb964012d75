"""TestState: one state by itself, with mocks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from asl_machines import GUIDE, machine_of
from running_cloud import RunningCloud

ISOLATION = f"{GUIDE}/test-state-isolation.html"
API = "https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html"


def ask(cloud: RunningCloud, state: dict[str, Any], event: Any = None, **given: Any) -> dict[str, Any]:
    got = cloud.client("stepfunctions").test_state(
        definition=json.dumps(state), input=json.dumps({} if event is None else event), **given
    )
    return {name: value for name, value in got.items() if name != "ResponseMetadata"}


def refused(cloud: RunningCloud, state: dict[str, Any], **given: Any) -> str:
    with pytest.raises(ClientError) as failed:
        ask(cloud, state, **given)
    assert failed.value.response["Error"]["Code"] == "ValidationException"
    return str(failed.value.response["Error"]["Message"])


def result(value: Any, **more: str) -> dict[str, Any]:
    return {"result": json.dumps(value), **more}


SEND = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage",
    "Parameters": {"QueueUrl": "https://example.com/queue", "MessageBody.$": "$.text"},
    "ResultPath": "$.sent",
    "Next": "After",
}


@pytest.mark.contract("A state gives its output and the next state", source=API)
@pytest.mark.parametrize(
    ("state", "event", "expected"),
    [
        pytest.param(
            {"Type": "Pass", "Result": {"b": 1}, "ResultPath": "$.r", "Next": "N"},
            {"a": 1},
            {"status": "SUCCEEDED", "output": '{"a":1,"r":{"b":1}}', "nextState": "N"},
            id="Pass",
        ),
        pytest.param(
            {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.a + 1 %}", "End": True},
            {"a": 1},
            {"status": "SUCCEEDED", "output": "2"},
            id="JSONata",
        ),
        pytest.param(
            {"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": 1, "Next": "One"}], "Default": "Other"},
            {"a": 1},
            {"status": "SUCCEEDED", "output": '{"a":1}', "nextState": "One"},
            id="Choice",
        ),
        pytest.param(
            {"Type": "Wait", "Seconds": 86400, "Next": "N"},
            {},
            {"status": "SUCCEEDED", "output": "{}", "nextState": "N"},
            id="Wait",
        ),
        pytest.param(
            {"Type": "Fail", "Error": "E", "Cause": "C"},
            {},
            {"status": "FAILED", "error": "E", "cause": "C"},
            id="Fail",
        ),
        pytest.param({"Type": "Succeed"}, {"a": 1}, {"status": "SUCCEEDED", "output": '{"a":1}'}, id="Succeed"),
    ],
)
def test_states(cloud: RunningCloud, state: dict[str, Any], event: Any, expected: dict[str, Any]) -> None:
    assert ask(cloud, state, event) == expected


@pytest.mark.contract("DEBUG shows the data after each field", source=API)
def test_debug(cloud: RunningCloud) -> None:
    state = {
        "Type": "Pass",
        "InputPath": "$.in",
        "Parameters": {"x.$": "$.a", "y": 2},
        "ResultPath": "$.out",
        "End": True,
    }
    got = ask(cloud, state, {"in": {"a": 1}}, inspectionLevel="DEBUG")
    shown = {name: json.loads(text) for name, text in got["inspectionData"].items()}
    assert shown["input"] == {"in": {"a": 1}}
    assert shown["afterInputPath"] == {"a": 1}
    assert shown["afterParameters"] == {"x": 1, "y": 2}
    assert shown["afterResultPath"] == {"in": {"a": 1}, "out": {"x": 1, "y": 2}}


@pytest.mark.contract("A mocked result stands for the service's answer; nothing is called", source=ISOLATION)
def test_mocked_result(cloud: RunningCloud) -> None:
    mock = result({"MessageId": "m-1", "MD5OfMessageBody": "d41d8"})
    got = ask(cloud, SEND, {"text": "hi"}, mock=mock, inspectionLevel="DEBUG")
    assert (got["status"], got["nextState"]) == ("SUCCEEDED", "After")
    assert json.loads(got["output"])["sent"]["MessageId"] == "m-1"
    shown = got["inspectionData"]
    assert json.loads(shown["afterParameters"])["MessageBody"] == "hi"
    assert json.loads(shown["result"])["MessageId"] == "m-1"


@pytest.mark.contract("A mocked error is retried, caught, or fails the state", source=ISOLATION)
@pytest.mark.parametrize(
    ("count", "fields", "expected"),
    [
        pytest.param(0, {}, {"status": "FAILED"}, id="fails"),
        pytest.param(0, {"Retry": True}, {"status": "RETRIABLE", "retryIndex": 0, "seconds": 2}, id="retriable"),
        pytest.param(1, {"Retry": True}, {"status": "RETRIABLE", "retryIndex": 0, "seconds": 6}, id="second-retry"),
        pytest.param(2, {"Retry": True}, {"status": "FAILED"}, id="retries-used-up"),
        pytest.param(2, {"Retry": True, "Catch": True}, {"status": "CAUGHT_ERROR", "catchIndex": 1}, id="caught"),
    ],
)
def test_mocked_error(cloud: RunningCloud, count: int, fields: dict[str, bool], expected: dict[str, Any]) -> None:
    state = dict(SEND)
    if "Retry" in fields:
        state["Retry"] = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 2}]
    if "Catch" in fields:
        state["Catch"] = [
            {"ErrorEquals": ["Other"], "Next": "Never"},
            {"ErrorEquals": ["Busy"], "ResultPath": "$.e", "Next": "Caught"},
        ]
    got = ask(
        cloud,
        state,
        {"text": "hi"},
        mock={"errorOutput": {"error": "Busy", "cause": "today"}},
        stateConfiguration={"retrierRetryCount": count},
        inspectionLevel="DEBUG",
    )
    details = got["inspectionData"].get("errorDetails", {})
    assert (got["status"], got["error"], got["cause"]) == (expected["status"], "Busy", "today")
    assert details.get("retryIndex") == expected.get("retryIndex")
    assert details.get("retryBackoffIntervalSeconds") == expected.get("seconds")
    assert details.get("catchIndex") == expected.get("catchIndex")
    if expected["status"] == "CAUGHT_ERROR":
        assert got["nextState"] == "Caught"
        assert json.loads(got["output"])["e"] == {"Error": "Busy", "Cause": "today"}


@pytest.mark.contract("Map, Parallel, callbacks and jobs can be tested with a mock", source=ISOLATION)
@pytest.mark.parametrize(
    ("state", "mock"),
    [
        pytest.param(
            {"Type": "Parallel", "Branches": [machine_of({"A": {"Type": "Succeed"}})] * 2, "End": True},
            [1, 2],
            id="Parallel",
        ),
        pytest.param(
            {"Type": "Map", "ItemProcessor": machine_of({"A": {"Type": "Succeed"}}), "End": True}, [1, 2, 3], id="Map"
        ),
        pytest.param(
            {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "Parameters": {"QueueUrl": "u", "MessageBody.$": "$$.Task.Token"},
                "End": True,
            },
            {"ok": True},
            id="waitForTaskToken",
        ),
        pytest.param(
            {"Type": "Task", "Resource": "arn:aws:states:eu-central-1:123456789012:activity:a", "End": True},
            "done",
            id="activity",
        ),
    ],
)
def test_mocked_states(cloud: RunningCloud, state: dict[str, Any], mock: Any) -> None:
    context = json.dumps({"Task": {"Token": "t"}})
    got = ask(cloud, state, [0], mock=result(mock), context=context)
    assert (got["status"], json.loads(got["output"])) == ("SUCCEEDED", mock)


@pytest.mark.contract("variables and context are given", source=API)
def test_variables_and_context(cloud: RunningCloud) -> None:
    state = {
        "Type": "Pass",
        "QueryLanguage": "JSONata",
        "Assign": {"total": "{% $total + 1 %}"},
        "Output": ["{% $total %}", "{% $states.context.Execution.Name %}"],
        "End": True,
    }
    got = ask(
        cloud,
        state,
        variables=json.dumps({"total": 4}),
        context=json.dumps({"Execution": {"Name": "mine"}}),
        inspectionLevel="DEBUG",
    )
    assert json.loads(got["output"]) == [4, "mine"]
    assert json.loads(got["inspectionData"]["variables"]) == {"total": 5}


@pytest.mark.contract("A state of a whole definition is chosen by stateName", source=API)
def test_state_name(cloud: RunningCloud) -> None:
    definition = machine_of(
        {"One": {"Type": "Pass", "Next": "Two"}, "Two": {"Type": "Pass", "Output": "{% 1 + 1 %}", "End": True}},
        QueryLanguage="JSONata",
    )
    assert ask(cloud, definition, stateName="Two")["output"] == "2"


@pytest.mark.contract("Without a mock a Task calls its service in its role", source=API)
def test_call(cloud: RunningCloud) -> None:
    url, _ = cloud.queue("tested")
    state = {**SEND, "Parameters": {"QueueUrl": url, "MessageBody.$": "$.text"}}
    got = ask(cloud, state, {"text": "really"}, roleArn=cloud.role("tester"))
    assert json.loads(got["output"])["sent"]["MessageId"]
    assert cloud.receive(url)["Body"] == "really"


@pytest.mark.contract(
    "What cannot be tested, and mocks that do not fit, are refused",
    source=ISOLATION,
    limits="of a mocked result names, types, enumerations and ranges of numbers are checked, no lengths and patterns",
)
@pytest.mark.parametrize(
    ("state", "given", "says"),
    [
        pytest.param(SEND, {}, "RoleArn must be specified when testing a Task state", id="no-role"),
        pytest.param(
            {"Type": "Parallel", "Branches": [machine_of({"A": {"Type": "Succeed"}})], "End": True},
            {},
            "TestState API does not support Map or Parallel states",
            id="parallel",
        ),
        pytest.param(
            {"Type": "Pass", "End": True},
            {"mock": result(1)},
            "State type 'Pass' is not supported when a mock is specified",
            id="pass",
        ),
        pytest.param(SEND, {"mock": {"result": "{"}}, "Mocked result must be valid JSON", id="no-json"),
        pytest.param(
            SEND,
            {"mock": {"result": "{}", "errorOutput": {"error": "E"}}},
            "A test mock should have only one of the following fields: [result, errorOutput].",
            id="both",
        ),
        pytest.param(
            SEND,
            {"mock": result({"MessageId": 5})},
            "Mock result schema validation error: Field 'MessageId' must be a string",
            id="type",
        ),
        pytest.param(
            {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "Parameters": {}, "End": True},
            {"mock": result({"StartDate": "x"})},
            "Mock result schema validation error: Required field 'ExecutionArn' is missing",
            id="required",
        ),
        pytest.param(
            {"Type": "Parallel", "Branches": [machine_of({"A": {"Type": "Succeed"}})] * 2, "End": True},
            {"mock": result([1])},
            "Mocked result must contain the same number of items as number of Parallel branches.",
            id="branches",
        ),
    ],
)
def test_refusals(cloud: RunningCloud, state: dict[str, Any], given: dict[str, Any], says: str) -> None:
    assert says in refused(cloud, state, **given)


@pytest.mark.contract("Without field validation any JSON is a result", source=ISOLATION)
def test_no_validation(cloud: RunningCloud) -> None:
    got = ask(cloud, SEND, {"text": "a"}, mock=result({"MessageId": 5}, fieldValidationMode="NONE"))
    assert json.loads(got["output"])["sent"] == {"MessageId": 5}
