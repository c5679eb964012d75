"""The history of executions, how they end, what EventBridge is told."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from asl_machines import GUIDE, machine_of, run_standard
from running_cloud import RunningCloud, until

API = "https://docs.aws.amazon.com/step-functions/latest/apireference"
HISTORY = f"{API}/API_GetExecutionHistory.html"
EVENTS = f"{GUIDE}/eventbridge-integration.html"
PASS: dict[str, Any] = {"Type": "Pass", "End": True}


def shape(history: list[dict[str, Any]]) -> list[tuple[int, int, str]]:
    return [(event["id"], event["previousEventId"], event["type"]) for event in history]


def start(cloud: RunningCloud, definition: dict[str, Any], **given: Any) -> tuple[str, str]:
    machine = cloud.machine(definition, kind="STANDARD")
    return machine, cloud.client("stepfunctions").start_execution(stateMachineArn=machine, **given)["executionArn"]


def end(cloud: RunningCloud, arn: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        got = cloud.client("stepfunctions").describe_execution(executionArn=arn)
        return None if got["status"] == "RUNNING" else dict(got)

    return until(ended)


# Events


@pytest.mark.contract("Entering and leaving a state are events with the state's data", source=HISTORY)
def test_pass(cloud: RunningCloud) -> None:
    _, history = run_standard(cloud, machine_of({"Only": {**PASS, "Result": {"b": 2}}}), {"a": 1})
    assert shape(history) == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "PassStateEntered"),
        (3, 2, "PassStateExited"),
        (4, 3, "ExecutionSucceeded"),
    ]
    details = [next(value for name, value in event.items() if name.endswith("Details")) for event in history]
    assert (details[0]["input"], details[0]["inputDetails"]) == ('{"a": 1}', {"truncated": False})
    assert details[1] == {"name": "Only", "input": '{"a":1}', "inputDetails": {"truncated": False}}
    assert details[2] == {"name": "Only", "output": '{"b":2}', "outputDetails": {"truncated": False}}
    assert details[3] == {"output": '{"b":2}', "outputDetails": {"truncated": False}}


@pytest.mark.contract("Each type of state has events of its own", source=HISTORY)
@pytest.mark.parametrize(
    ("state", "types"),
    [
        pytest.param({"Type": "Succeed"}, ["SucceedStateEntered", "SucceedStateExited"], id="Succeed"),
        pytest.param({"Type": "Wait", "Seconds": 0, "End": True}, ["WaitStateEntered", "WaitStateExited"], id="Wait"),
        pytest.param({"Type": "Fail", "Error": "E"}, ["FailStateEntered"], id="Fail"),
        pytest.param(
            {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "Last"}], "Default": "Last"},
            ["ChoiceStateEntered", "ChoiceStateExited", "SucceedStateEntered", "SucceedStateExited"],
            id="Choice",
        ),
    ],
)
def test_types(cloud: RunningCloud, state: dict[str, Any], types: list[str]) -> None:
    states = {"Only": state, **({"Last": {"Type": "Succeed"}} if state["Type"] == "Choice" else {})}
    _, history = run_standard(cloud, machine_of(states))
    assert [event["type"] for event in history[1:-1]] == types
    assert history[-1]["type"] == ("ExecutionFailed" if state["Type"] == "Fail" else "ExecutionSucceeded")


@pytest.mark.contract("A service's task is scheduled, started and has succeeded", source=HISTORY)
def test_task(cloud: RunningCloud) -> None:
    function = cloud.function("def handler(event, context):\n    return event")
    parameters = {"FunctionName": function, "Payload": {"x": 1}}
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": parameters,
        "TimeoutSeconds": 20,
        "End": True,
    }
    _, history = run_standard(cloud, machine_of({"Only": task}))
    assert shape(history)[2:6] == [
        (3, 2, "TaskScheduled"),
        (4, 3, "TaskStarted"),
        (5, 4, "TaskSucceeded"),
        (6, 5, "TaskStateExited"),
    ]
    scheduled = history[2]["taskScheduledEventDetails"]
    assert json.loads(scheduled.pop("parameters")) == parameters
    assert scheduled == {
        "region": "eu-central-1",
        "resource": "invoke",
        "resourceType": "lambda",
        "timeoutInSeconds": 20,
    }
    assert history[3]["taskStartedEventDetails"] == {"resource": "invoke", "resourceType": "lambda"}
    succeeded = history[4]["taskSucceededEventDetails"]
    assert json.loads(succeeded["output"])["Payload"] == {"x": 1}


@pytest.mark.contract("A function's ARN as the resource has LambdaFunction events", source=HISTORY)
def test_function(cloud: RunningCloud) -> None:
    function = cloud.function("def handler(event, context):\n    raise ValueError('no')")
    arn = f"arn:aws:lambda:eu-central-1:123456789012:function:{function}"
    _, history = run_standard(cloud, machine_of({"Only": {"Type": "Task", "Resource": arn, "End": True}}))
    assert shape(history)[2:] == [
        (3, 2, "LambdaFunctionScheduled"),
        (4, 3, "LambdaFunctionStarted"),
        (5, 4, "LambdaFunctionFailed"),
        (6, 5, "ExecutionFailed"),
    ]
    assert history[4]["lambdaFunctionFailedEventDetails"]["error"] == "ValueError"


@pytest.mark.contract(
    "Branches of a Parallel follow its start; what comes after follows the last event", source=HISTORY
)
def test_parallel(cloud: RunningCloud) -> None:
    branch = machine_of({"Inner": PASS})
    _, history = run_standard(cloud, machine_of({"Both": {"Type": "Parallel", "Branches": [branch] * 3, "End": True}}))
    types = [event["type"] for event in history]
    assert types[:3] == ["ExecutionStarted", "ParallelStateEntered", "ParallelStateStarted"]
    assert types[-3:] == ["ParallelStateSucceeded", "ParallelStateExited", "ExecutionSucceeded"]
    entered = [event for event in history if event["type"] == "PassStateEntered"]
    assert [event["previousEventId"] for event in entered] == [3, 3, 3]
    assert [event["id"] for event in history] == list(range(1, len(history) + 1))


@pytest.mark.contract("Items of a Map have iterations with their index", source=HISTORY)
def test_map(cloud: RunningCloud) -> None:
    state = {"Type": "Map", "ItemProcessor": machine_of({"Inner": PASS}), "MaxConcurrency": 1, "End": True}
    _, history = run_standard(cloud, machine_of({"Each": state}), ["a", "b"])
    assert [event["type"] for event in history[1:-1]] == [
        "MapStateEntered",
        "MapStateStarted",
        "MapIterationStarted",
        "PassStateEntered",
        "PassStateExited",
        "MapIterationSucceeded",
        "MapIterationStarted",
        "PassStateEntered",
        "PassStateExited",
        "MapIterationSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
    ]
    assert history[2]["mapStateStartedEventDetails"] == {"length": 2}
    indexes = [event["mapIterationStartedEventDetails"] for event in history if event["type"] == "MapIterationStarted"]
    assert indexes == [{"name": "Each", "index": 0}, {"name": "Each", "index": 1}]


@pytest.mark.contract("Many branches and items at the same time keep their own data", source=HISTORY)
def test_concurrency(cloud: RunningCloud) -> None:
    inner = machine_of({"In": {**PASS, "Parameters": {"i.$": "$.i", "b.$": "$$.Map.Item.Index"}}})
    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemSelector": {"i.$": "$$.Map.Item.Value"},
        "ItemProcessor": inner,
        "End": True,
    }
    both = {"Type": "Parallel", "Branches": [machine_of({"Each": each})] * 4, "End": True}
    outcome, history = run_standard(cloud, machine_of({"Both": both}), {"items": list(range(50))})
    assert outcome.output == [[{"i": number, "b": number} for number in range(50)]] * 4
    assert [event["id"] for event in history] == list(range(1, len(history) + 1))


# Asking for it


@pytest.mark.contract("Pages of maxResults events follow each other by nextToken", source=HISTORY)
def test_pages(cloud: RunningCloud) -> None:
    _, arn = start(cloud, machine_of({"A": {"Type": "Pass", "Next": "B"}, "B": PASS}))
    end(cloud, arn)
    client = cloud.client("stepfunctions")
    pages = client.get_paginator("get_execution_history").paginate(executionArn=arn, PaginationConfig={"PageSize": 4})
    listed = [[event["id"] for event in page["events"]] for page in pages]
    assert listed == [[1, 2, 3, 4], [5, 6]]


@pytest.mark.contract("reverseOrder begins with the last event", source=HISTORY)
def test_reverse(cloud: RunningCloud) -> None:
    _, arn = start(cloud, machine_of({"A": PASS}))
    end(cloud, arn)
    client = cloud.client("stepfunctions")
    got = client.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=2)["events"]
    assert [event["type"] for event in got] == ["ExecutionSucceeded", "PassStateExited"]


@pytest.mark.contract("Without includeExecutionData there is no input and no output", source=HISTORY)
def test_without_data(cloud: RunningCloud) -> None:
    _, arn = start(cloud, machine_of({"A": PASS}), input='{"secret": 1}')
    end(cloud, arn)
    got = cloud.client("stepfunctions").get_execution_history(executionArn=arn, includeExecutionData=False)["events"]
    assert "secret" not in json.dumps(got, default=str)
    assert got[1]["stateEnteredEventDetails"] == {"name": "A"}


@pytest.mark.contract("An execution that is not there is ExecutionDoesNotExist", source=HISTORY)
@pytest.mark.parametrize("operation", ["get_execution_history", "describe_execution", "stop_execution"])
def test_unknown(cloud: RunningCloud, operation: str) -> None:
    arn = "arn:aws:states:eu-central-1:123456789012:execution:nobody:nothing"
    with pytest.raises(ClientError) as failed:
        getattr(cloud.client("stepfunctions"), operation)(executionArn=arn)
    assert failed.value.response["Error"]["Code"] == "ExecutionDoesNotExist"


# The end


@pytest.mark.contract("StopExecution ends an execution as ABORTED, at once", source=f"{API}/API_StopExecution.html")
def test_stop(cloud: RunningCloud) -> None:
    _, arn = start(cloud, machine_of({"A": {"Type": "Wait", "Seconds": 3600, "End": True}}))
    client = cloud.client("stepfunctions")
    stopped = client.stop_execution(executionArn=arn, error="Enough", cause="of it")
    got = client.describe_execution(executionArn=arn)
    assert (got["status"], got["error"], got["cause"]) == ("ABORTED", "Enough", "of it")
    assert got["stopDate"] == stopped["stopDate"]
    last = client.get_execution_history(executionArn=arn, reverseOrder=True)["events"][0]
    assert last["type"] == "ExecutionAborted"
    assert last["executionAbortedEventDetails"] == {"error": "Enough", "cause": "of it"}


@pytest.mark.contract(
    "TimeoutSeconds of a state machine ends an execution as TIMED_OUT", source=f"{API}/API_DescribeExecution.html"
)
def test_timed_out(cloud: RunningCloud) -> None:
    waits = machine_of({"A": {"Type": "Wait", "Seconds": 3600, "End": True}}, TimeoutSeconds=100)
    _, arn = start(cloud, waits)
    cloud.step(99)
    assert cloud.client("stepfunctions").describe_execution(executionArn=arn)["status"] == "RUNNING"
    cloud.step(2)
    got = end(cloud, arn)
    assert (got["status"], got["error"]) == ("TIMED_OUT", "States.Timeout")
    assert 99 <= (got["stopDate"] - got["startDate"]).total_seconds() <= 102
    history = cloud.client("stepfunctions").get_execution_history(executionArn=arn)["events"]
    assert [event["type"] for event in history] == ["ExecutionStarted", "WaitStateEntered", "ExecutionTimedOut"]


@pytest.mark.contract(
    "ListExecutions lists the newest first, by status and page", source=f"{API}/API_ListExecutions.html"
)
def test_list(cloud: RunningCloud) -> None:
    client = cloud.client("stepfunctions")
    choice = {
        "Which": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.fail", "BooleanEquals": True, "Next": "Bad"}],
            "Default": "Good",
        },
        "Bad": {"Type": "Fail"},
        "Good": {"Type": "Succeed"},
    }
    machine = cloud.machine(machine_of(choice), kind="STANDARD")
    arns = []
    for number in range(4):
        text = json.dumps({"fail": number % 2 == 1})
        arns.append(client.start_execution(stateMachineArn=machine, name=f"n{number}", input=text)["executionArn"])
        end(cloud, arns[-1])
    listed = client.list_executions(stateMachineArn=machine)["executions"]
    assert [one["name"] for one in listed] == ["n3", "n2", "n1", "n0"]
    assert all(one["stopDate"] >= one["startDate"] and one["stateMachineArn"] == machine for one in listed)
    failed = client.list_executions(stateMachineArn=machine, statusFilter="FAILED")["executions"]
    assert [one["name"] for one in failed] == ["n3", "n1"]
    first = client.list_executions(stateMachineArn=machine, maxResults=3)
    rest = client.list_executions(stateMachineArn=machine, maxResults=3, nextToken=first["nextToken"])
    assert [one["name"] for one in first["executions"] + rest["executions"]] == ["n3", "n2", "n1", "n0"]


@pytest.mark.contract(
    "The same name and input stand for the running execution; else ExecutionAlreadyExists",
    source=f"{API}/API_StartExecution.html",
    limits="a name is free again after 90 days, but only when a thousand more executions have begun",
)
def test_names(cloud: RunningCloud) -> None:
    client = cloud.client("stepfunctions")
    machine = cloud.machine(machine_of({"A": {"Type": "Wait", "Seconds": 3600, "End": True}}), kind="STANDARD")
    first = client.start_execution(stateMachineArn=machine, name="once", input='{"a": 1}')
    again = client.start_execution(stateMachineArn=machine, name="once", input='{"a": 1}')
    assert (again["executionArn"], again["startDate"]) == (first["executionArn"], first["startDate"])
    for text in ('{"a": 2}', '{"a": 1}'):
        with pytest.raises(ClientError) as failed:
            client.start_execution(stateMachineArn=machine, name="once", input=text)
        assert failed.value.response["Error"]["Code"] == "ExecutionAlreadyExists"
        client.stop_execution(executionArn=first["executionArn"])


@pytest.mark.contract(
    "$$ has the execution, its start, the state and the state machine",
    source=f"{GUIDE}/input-output-contextobject.html",
)
def test_context(cloud: RunningCloud) -> None:
    state = {**PASS, "Parameters": {"all.$": "$$"}}
    machine, arn = start(cloud, machine_of({"Look": state}), input='{"a": 1}')
    context = json.loads(end(cloud, arn)["output"])["all"]
    assert context["Execution"]["Id"] == arn
    assert context["Execution"]["Input"] == {"a": 1}
    assert context["Execution"]["RedriveCount"] == 0
    assert context["StateMachine"] == {"Id": machine, "Name": machine.rpartition(":")[2]}
    assert context["State"]["Name"] == "Look"
    for moment in (context["Execution"]["StartTime"], context["State"]["EnteredTime"]):
        assert datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


# EventBridge


def heard(cloud: RunningCloud, machine: str) -> list[dict[str, Any]]:
    """What the default bus is told of a state machine's executions, from now on."""
    events = cloud.client("events")
    name = f"status-{uuid.uuid4().hex[:8]}"
    url, arn = cloud.queue(name)
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [machine]}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    return [{"url": url}]


@pytest.mark.contract("EventBridge is told when a STANDARD execution begins and how it ends", source=EVENTS)
@pytest.mark.parametrize(
    ("state", "status"),
    [
        pytest.param({**PASS, "Result": {"b": 2}}, "SUCCEEDED", id="SUCCEEDED"),
        pytest.param({"Type": "Fail", "Error": "E", "Cause": "C"}, "FAILED", id="FAILED"),
    ],
)
def test_status_events(cloud: RunningCloud, state: dict[str, Any], status: str) -> None:
    machine = cloud.machine(machine_of({"Only": state}), kind="STANDARD")
    [queue] = heard(cloud, machine)
    before = time.time()
    arn = cloud.client("stepfunctions").start_execution(stateMachineArn=machine, input='{"a": 1}')["executionArn"]
    got = {}
    for _ in range(2):
        event = json.loads(cloud.receive(queue["url"])["Body"])
        got[event["detail"]["status"]] = event
    assert set(got) == {"RUNNING", status}
    last = got[status]
    assert (last["detail-type"], last["resources"]) == ("Step Functions Execution Status Change", [arn])
    detail = last["detail"]
    assert (detail["executionArn"], detail["name"]) == (arn, arn.rpartition(":")[2])
    assert (detail["input"], detail["inputDetails"]) == ('{"a": 1}', {"included": True})
    assert before * 1000 - 2000 <= detail["startDate"] <= detail["stopDate"]
    assert detail["output"] == ('{"b":2}' if status == "SUCCEEDED" else None)
    assert got["RUNNING"]["detail"]["stopDate"] is None
    assert (detail["error"], detail["cause"]) == (("E", "C") if status == "FAILED" else (None, None))


@pytest.mark.contract("EventBridge is not told of EXPRESS executions", source=EVENTS)
def test_express_has_no_events(cloud: RunningCloud) -> None:
    machine = cloud.machine(machine_of({"Only": PASS}))
    other = cloud.machine(machine_of({"Only": PASS}), kind="STANDARD")
    [queue] = heard(cloud, machine)
    [marker] = heard(cloud, other)
    cloud.run(machine)
    cloud.client("stepfunctions").start_execution(stateMachineArn=other)
    cloud.receive(marker["url"])  # events are carried in their order
    assert "Messages" not in cloud.client("sqs").receive_message(QueueUrl=queue["url"])
