"""Redriving executions."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from asl_machines import GUIDE, machine_of
from headend.localcloud.stepfunctions import redrive
from running_cloud import RunningCloud, until

REDRIVE = f"{GUIDE}/redrive-executions.html"
API = "https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html"


def start(cloud: RunningCloud, definition: dict[str, Any], event: Any = None) -> str:
    machine = cloud.machine(definition, kind="STANDARD")
    text = json.dumps({} if event is None else event)
    return str(cloud.client("stepfunctions").start_execution(stateMachineArn=machine, input=text)["executionArn"])


def end(cloud: RunningCloud, arn: str) -> dict[str, Any]:
    client = cloud.client("stepfunctions")
    return until(lambda: (got := client.describe_execution(executionArn=arn))["status"] != "RUNNING" and dict(got))


def types(cloud: RunningCloud, arn: str) -> list[str]:
    events = cloud.client("stepfunctions").get_execution_history(executionArn=arn)["events"]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    return [event["type"] for event in events]


def reading(queue: str) -> dict[str, Any]:
    """A Task that fails until there is a queue of that name."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sqs:getQueueUrl",
        "Parameters": {"QueueName": queue},
        "ResultPath": "$.queue",
        "Next": "After",
    }


@pytest.mark.contract(
    "A redriven execution goes on with the failed state, its input and its variables",
    source=REDRIVE,
    limits="a Parallel or Map that failed runs as a whole again; no redrive of Map Runs",
)
def test_redrive(cloud: RunningCloud) -> None:
    client = cloud.client("stepfunctions")
    states = {
        "Before": {"Type": "Pass", "Assign": {"count": 7}, "Result": {"kept": True}, "Next": "Read"},
        "Read": reading("redriven"),
        "After": {"Type": "Pass", "Parameters": {"kept.$": "$.kept", "count.$": "$count"}, "End": True},
    }
    arn = start(cloud, machine_of(states))
    failed = end(cloud, arn)
    assert (failed["status"], failed["redriveStatus"], failed["redriveCount"]) == ("FAILED", "REDRIVABLE", 0)
    cloud.queue("redriven")
    assert client.redrive_execution(executionArn=arn)["redriveDate"] >= failed["stopDate"]
    got = end(cloud, arn)
    assert (got["status"], json.loads(got["output"])) == ("SUCCEEDED", {"kept": True, "count": 7})
    assert (got["redriveCount"], got["redriveStatus"]) == (1, "NOT_REDRIVABLE")
    assert got["startDate"] == failed["startDate"]
    assert types(cloud, arn)[3:9] == [
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskFailed",
        "ExecutionFailed",
        "ExecutionRedriven",
    ]
    assert types(cloud, arn)[9:] == [
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]


@pytest.mark.contract("An execution can be redriven again and again; each is counted", source=REDRIVE)
def test_again(cloud: RunningCloud) -> None:
    client = cloud.client("stepfunctions")
    arn = start(cloud, machine_of({"Stop": {"Type": "Fail", "Error": "E"}}))
    for number in range(3):
        got = end(cloud, arn)
        assert (got["status"], got["error"], got["redriveCount"]) == ("FAILED", "E", number)
        client.redrive_execution(executionArn=arn)
    events = client.get_execution_history(executionArn=arn)["events"]
    redriven = [event["executionRedrivenEventDetails"] for event in events if event["type"] == "ExecutionRedriven"]
    assert redriven == [{"redriveCount": 1}, {"redriveCount": 2}, {"redriveCount": 3}]


@pytest.mark.contract("An execution that was stopped or ran out of time can be redriven", source=REDRIVE)
@pytest.mark.parametrize("how", ["ABORTED", "TIMED_OUT"])
def test_stopped(cloud: RunningCloud, how: str) -> None:
    client = cloud.client("stepfunctions")
    waits = machine_of({"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}, TimeoutSeconds=90)
    arn = start(cloud, waits if how == "ABORTED" else {**waits, "TimeoutSeconds": 30})
    if how == "ABORTED":
        client.stop_execution(executionArn=arn)
    else:
        cloud.step(31)
    assert end(cloud, arn)["status"] == how
    client.redrive_execution(executionArn=arn)
    assert client.describe_execution(executionArn=arn)["status"] == "RUNNING"
    cloud.step(61)
    assert end(cloud, arn)["status"] == ("SUCCEEDED" if how == "ABORTED" else "TIMED_OUT")


@pytest.mark.contract("Running and successful executions are not redriven", source=API)
def test_not_redrivable(cloud: RunningCloud) -> None:
    client = cloud.client("stepfunctions")
    arn = start(cloud, machine_of({"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}))
    for status in ("RUNNING", "SUCCEEDED"):
        with pytest.raises(ClientError) as failed:
            client.redrive_execution(executionArn=arn)
        assert failed.value.response["Error"]["Code"] == "ExecutionNotRedrivable"
        reason = client.describe_execution(executionArn=arn)["redriveStatusReason"]
        assert reason == f"Execution is {status} and cannot be redriven"
        cloud.step(61)


@pytest.mark.contract("After 14 days an execution is no longer redriven", source=REDRIVE)
def test_period(cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    assert redrive.PERIOD.days == 14
    monkeypatch.setattr(redrive, "PERIOD", timedelta(minutes=14))  # metrics and logs of other tests would expire
    client = cloud.client("stepfunctions")
    arn = start(cloud, machine_of({"Stop": {"Type": "Fail", "Error": "E"}}))
    end(cloud, arn)
    cloud.step(14 * 60 + 10)
    assert client.describe_execution(executionArn=arn)["redriveStatus"] == "NOT_REDRIVABLE"
    with pytest.raises(ClientError) as failed:
        client.redrive_execution(executionArn=arn)
    assert failed.value.response["Error"]["Code"] == "ExecutionNotRedrivable"
