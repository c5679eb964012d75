"""Task tokens, heartbeats and activities."""

from __future__ import annotations

import json
import threading
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from asl_machines import GUIDE, machine_of
from running_cloud import RunningCloud, until

TOKENS = f"{GUIDE}/connect-to-resource.html"
ACTIVITIES = f"{GUIDE}/concepts-activities.html"
SUCCESS = "https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html"
ERRORS = f"{GUIDE}/concepts-error-handling.html"


def waiting(url: str, **fields: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token", "flow.$": "$.flow"}},
        "End": True,
        **fields,
    }


class Run:
    """A STANDARD execution and the queue to which its token is sent."""

    def __init__(self, cloud: RunningCloud, states: dict[str, Any] | None = None, **fields: Any) -> None:
        self.cloud = cloud
        self.states = cloud.client("stepfunctions")
        self.url, _ = cloud.queue(f"tokens-{uuid.uuid4().hex[:8]}")
        definition = machine_of({"Ask": waiting(self.url, **fields), **(states or {})})
        self.machine = cloud.machine(definition, kind="STANDARD")
        self.arn = self.states.start_execution(stateMachineArn=self.machine, input='{"flow": "a"}')["executionArn"]

    def token(self) -> str:
        return str(json.loads(self.cloud.receive(self.url)["Body"])["token"])

    def end(self) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            got = self.states.describe_execution(executionArn=self.arn)
            return None if got["status"] == "RUNNING" else dict(got)

        return until(ended)

    def types(self) -> list[str]:
        events = self.states.get_execution_history(executionArn=self.arn)["events"]
        return [event["type"] for event in events]


def code_of(failed: pytest.ExceptionInfo[ClientError]) -> str:
    return str(failed.value.response["Error"]["Code"])


@pytest.mark.contract("A task with .waitForTaskToken goes on with the output of SendTaskSuccess", source=TOKENS)
def test_success(cloud: RunningCloud) -> None:
    run = Run(cloud)
    token = run.token()
    assert run.states.describe_execution(executionArn=run.arn)["status"] == "RUNNING"
    run.states.send_task_success(taskToken=token, output='{"answer": 42}')
    assert json.loads(run.end()["output"]) == {"answer": 42}
    assert run.types() == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


@pytest.mark.contract("SendTaskFailure's error and cause are the task's", source=TOKENS)
def test_failure(cloud: RunningCloud) -> None:
    run = Run(cloud)
    run.states.send_task_failure(taskToken=run.token(), error="Rejected", cause="not today")
    end = run.end()
    assert (end["status"], end["error"], end["cause"]) == ("FAILED", "Rejected", "not today")


@pytest.mark.contract("The error of SendTaskFailure can be caught", source=ERRORS)
def test_failure_is_caught(cloud: RunningCloud) -> None:
    catch = [{"ErrorEquals": ["Rejected"], "Next": "Caught"}]
    run = Run(cloud, {"Caught": {"Type": "Pass", "End": True}}, Catch=catch)
    run.states.send_task_failure(taskToken=run.token(), error="Rejected", cause="not today")
    assert json.loads(run.end()["output"]) == {"Error": "Rejected", "Cause": "not today"}


@pytest.mark.contract("A token that was never given out is InvalidToken", source=SUCCESS)
@pytest.mark.parametrize("operation", ["send_task_success", "send_task_failure", "send_task_heartbeat"])
def test_invalid_token(cloud: RunningCloud, operation: str) -> None:
    output = {"output": "1"} if operation == "send_task_success" else {}
    with pytest.raises(ClientError) as failed:
        getattr(cloud.client("stepfunctions"), operation)(taskToken="nobody's", **output)
    assert code_of(failed) == "InvalidToken"


@pytest.mark.contract("The token of a task that has ended is TaskTimedOut", source=SUCCESS)
def test_token_of_an_ended_task(cloud: RunningCloud) -> None:
    run = Run(cloud)
    token = run.token()
    run.states.send_task_success(taskToken=token, output="1")
    run.end()
    with pytest.raises(ClientError) as failed:
        run.states.send_task_success(taskToken=token, output="2")
    assert code_of(failed) == "TaskTimedOut"
    assert failed.value.response["Error"]["Message"] == "Task Timed Out: 'Provided task does not exist anymore'"


@pytest.mark.contract("Output that is no JSON is InvalidOutput, and the task goes on waiting", source=SUCCESS)
def test_invalid_output(cloud: RunningCloud) -> None:
    run = Run(cloud)
    token = run.token()
    with pytest.raises(ClientError) as failed:
        run.states.send_task_success(taskToken=token, output="{")
    assert code_of(failed) == "InvalidOutput"
    run.states.send_task_success(taskToken=token, output="{}")
    assert run.end()["status"] == "SUCCEEDED"


@pytest.mark.contract("Every attempt has a token of its own", source=TOKENS)
def test_retry_has_a_new_token(cloud: RunningCloud) -> None:
    run = Run(cloud, Retry=[{"ErrorEquals": ["Again"], "IntervalSeconds": 1, "MaxAttempts": 1}])
    run.states.send_task_failure(taskToken=run.token(), error="Again")
    run.states.send_task_success(taskToken=run.token(), output="1")
    assert run.end()["status"] == "SUCCEEDED"


@pytest.mark.contract("A token is given up when the execution is stopped", source=TOKENS)
def test_stopped(cloud: RunningCloud) -> None:
    run = Run(cloud)
    token = run.token()
    run.states.stop_execution(executionArn=run.arn, error="Enough", cause="of it")
    end = run.end()
    assert (end["status"], end["error"], end["cause"]) == ("ABORTED", "Enough", "of it")
    with pytest.raises(ClientError) as failed:
        run.states.send_task_success(taskToken=token, output="1")
    assert code_of(failed) == "TaskTimedOut"


@pytest.mark.contract("A task in JSONata takes its token from $states.context", source=TOKENS)
def test_token_in_jsonata(cloud: RunningCloud) -> None:
    url, _ = cloud.queue(f"tokens-{uuid.uuid4().hex[:8]}")
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Arguments": {"QueueUrl": url, "MessageBody": {"token": "{% $states.context.Task.Token %}"}},
        "Output": {"got": "{% $states.result %}"},
        "End": True,
    }
    machine = cloud.machine(machine_of({"Ask": task}, QueryLanguage="JSONata"), kind="STANDARD")
    states = cloud.client("stepfunctions")
    arn = states.start_execution(stateMachineArn=machine)["executionArn"]
    states.send_task_success(taskToken=json.loads(cloud.receive(url)["Body"])["token"], output='["x"]')
    end = until(lambda: (got := states.describe_execution(executionArn=arn))["status"] != "RUNNING" and got)
    assert json.loads(end["output"]) == {"got": ["x"]}


# Time: the clock is stepped.


@pytest.mark.contract("A task without a heartbeat for HeartbeatSeconds ends with States.Timeout", source=ERRORS)
def test_missed_heartbeat(cloud: RunningCloud) -> None:
    run = Run(cloud, HeartbeatSeconds=30, TimeoutSeconds=600)
    token = run.token()
    cloud.step(20)
    run.states.send_task_heartbeat(taskToken=token)
    cloud.step(20)
    assert run.states.describe_execution(executionArn=run.arn)["status"] == "RUNNING"
    cloud.step(15)
    end = run.end()
    assert (end["status"], end["error"]) == ("FAILED", "States.Timeout")
    assert run.types()[-2:] == ["TaskTimedOut", "ExecutionFailed"]


@pytest.mark.contract("TimeoutSeconds ends the wait for a token", source=ERRORS)
def test_timeout(cloud: RunningCloud) -> None:
    run = Run(cloud, TimeoutSeconds=60)
    token = run.token()
    cloud.step(59)
    assert run.states.describe_execution(executionArn=run.arn)["status"] == "RUNNING"
    cloud.step(2)
    assert run.end()["error"] == "States.Timeout"
    with pytest.raises(ClientError) as failed:
        run.states.send_task_success(taskToken=token, output="1")
    assert code_of(failed) == "TaskTimedOut"


# Activities


def activity(cloud: RunningCloud) -> str:
    return str(cloud.client("stepfunctions").create_activity(name=f"a-{uuid.uuid4().hex[:8]}")["activityArn"])


def activity_run(cloud: RunningCloud, arn: str, **fields: Any) -> str:
    state = {"Type": "Task", "Resource": arn, "End": True, **fields}
    machine = cloud.machine(machine_of({"Work": state}), kind="STANDARD")
    states = cloud.client("stepfunctions")
    return str(states.start_execution(stateMachineArn=machine, input='{"flow": "a"}')["executionArn"])


@pytest.mark.contract("A worker takes an activity's task and gives its result", source=ACTIVITIES)
def test_activity(cloud: RunningCloud) -> None:
    states = cloud.client("stepfunctions")
    arn = activity(cloud)
    execution = activity_run(cloud, arn)
    task = states.get_activity_task(activityArn=arn, workerName="w1")
    assert json.loads(task["input"]) == {"flow": "a"}
    states.send_task_success(taskToken=task["taskToken"], output='{"done": true}')
    end = until(lambda: (got := states.describe_execution(executionArn=execution))["status"] != "RUNNING" and got)
    assert json.loads(end["output"]) == {"done": True}
    events = states.get_execution_history(executionArn=execution)["events"]
    assert [event["type"] for event in events[2:5]] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]
    assert events[3]["activityStartedEventDetails"] == {"workerName": "w1"}


@pytest.mark.contract("GetActivityTask waits for a task", source=ACTIVITIES)
def test_activity_waits(cloud: RunningCloud) -> None:
    arn = activity(cloud)
    got: list[dict[str, Any]] = []
    client = cloud.new_client("stepfunctions")
    worker = threading.Thread(target=lambda: got.append(client.get_activity_task(activityArn=arn)))
    worker.start()
    activity_run(cloud, arn)
    worker.join(timeout=20)
    assert json.loads(got[0]["input"]) == {"flow": "a"}


@pytest.mark.contract("A failing worker fails the task", source=ACTIVITIES)
def test_activity_fails(cloud: RunningCloud) -> None:
    states = cloud.client("stepfunctions")
    arn = activity(cloud)
    execution = activity_run(cloud, arn)
    token = states.get_activity_task(activityArn=arn)["taskToken"]
    states.send_task_failure(taskToken=token, error="Broken", cause="disk")
    end = until(lambda: (got := states.describe_execution(executionArn=execution))["status"] != "RUNNING" and got)
    assert (end["error"], end["cause"]) == ("Broken", "disk")


@pytest.mark.contract("An activity that is not there fails the execution with States.Runtime", source=ACTIVITIES)
def test_no_such_activity(cloud: RunningCloud) -> None:
    states = cloud.client("stepfunctions")
    arn = activity(cloud)
    states.delete_activity(activityArn=arn)
    execution = activity_run(cloud, arn)
    end = until(lambda: (got := states.describe_execution(executionArn=execution))["status"] != "RUNNING" and got)
    assert end["error"] == "States.Runtime"
    with pytest.raises(ClientError) as failed:
        states.get_activity_task(activityArn=arn)
    assert code_of(failed) == "ActivityDoesNotExist"
