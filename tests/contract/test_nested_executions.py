"""State machines that start others and wait for them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asl_machines import GUIDE, machine_of, run, run_standard
from running_cloud import RunningCloud, until

NESTED = f"{GUIDE}/connect-stepfunctions.html"
SYNC = f"{GUIDE}/connect-to-resource.html"


def starting(machine: str, pattern: str = "", **fields: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::states:startExecution{pattern}",
        "Parameters": {"StateMachineArn": machine, "Input": {"n.$": "$.n"}},
        "End": True,
        **fields,
    }


def child(cloud: RunningCloud, *, kind: str = "STANDARD", **state: Any) -> str:
    made = {"Type": "Pass", "Parameters": {"twice.$": "States.MathAdd($.n, $.n)"}, "End": True, **state}
    kept = {name: value for name, value in made.items() if value is not None}
    return cloud.machine(machine_of({"Child": kept}), kind=kind)


@pytest.mark.contract("startExecution goes on as soon as the child has begun", source=NESTED)
@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_fire_and_forget(cloud: RunningCloud, kind: str) -> None:
    machine = child(cloud, kind=kind)
    outcome = run(cloud, machine_of({"Start": starting(machine)}), {"n": 4})
    assert outcome.status == "SUCCEEDED", outcome.cause
    assert outcome.output["ExecutionArn"].split(":")[5:7] == [
        "execution" if kind == "STANDARD" else "express",
        machine.rpartition(":")[2],
    ]


@pytest.mark.contract("startExecution.sync gives the child's description, input and output as strings", source=NESTED)
def test_sync(cloud: RunningCloud) -> None:
    machine = child(cloud)
    outcome, history = run_standard(cloud, machine_of({"Start": starting(machine, ".sync")}), {"n": 4})
    assert (outcome.output["Status"], outcome.output["StateMachineArn"]) == ("SUCCEEDED", machine)
    assert json.loads(outcome.output["Input"]) == {"n": 4}
    assert json.loads(outcome.output["Output"]) == {"twice": 8}
    assert outcome.output["OutputDetails"] == {"Included": True}
    assert outcome.output["StopDate"] >= outcome.output["StartDate"]
    assert [event["type"] for event in history[2:6]] == [
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
    ]


@pytest.mark.contract("startExecution.sync:2 gives input and output as JSON", source=NESTED)
def test_sync_2(cloud: RunningCloud) -> None:
    state = starting(child(cloud), ".sync:2", OutputPath="$.Output")
    outcome, _ = run_standard(cloud, machine_of({"Start": state}), {"n": 4})
    assert outcome.output == {"twice": 8}


@pytest.mark.contract("In JSONata the child's output is part of $states.result", source=NESTED)
def test_sync_2_in_jsonata(cloud: RunningCloud) -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": child(cloud), "Input": {"n": "{% $states.input.n %}"}},
        "Output": "{% $states.result.Output.twice %}",
        "End": True,
    }
    outcome, _ = run_standard(cloud, machine_of({"Start": state}, QueryLanguage="JSONata"), {"n": 4})
    assert outcome.output == 8


@pytest.mark.contract("A child that fails fails the task with States.TaskFailed; the cause describes it", source=SYNC)
@pytest.mark.parametrize("pattern", [".sync", ".sync:2"])
def test_failing_child(cloud: RunningCloud, pattern: str) -> None:
    machine = cloud.machine(
        machine_of({"Child": {"Type": "Fail", "Error": "NoFlow", "Cause": "gone"}}), kind="STANDARD"
    )
    outcome, _ = run_standard(cloud, machine_of({"Start": starting(machine, pattern)}), {"n": 4})
    assert (outcome.status, outcome.error) == ("FAILED", "States.TaskFailed")
    cause = json.loads(str(outcome.cause))
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "NoFlow", "gone")


@pytest.mark.contract("A child that runs out of time fails the task, and says so in the cause", source=SYNC)
def test_child_that_times_out(cloud: RunningCloud) -> None:
    definition = machine_of({"Child": {"Type": "Wait", "Seconds": 600, "End": True}}, TimeoutSeconds=30)
    machine = cloud.machine(definition, kind="STANDARD")
    parent = cloud.machine(machine_of({"Start": starting(machine, ".sync")}), kind="STANDARD")
    states = cloud.client("stepfunctions")
    arn = states.start_execution(stateMachineArn=parent, input='{"n": 1}')["executionArn"]
    cloud.step(31)
    end = until(lambda: (got := states.describe_execution(executionArn=arn))["status"] != "RUNNING" and got)
    assert end["error"] == "States.TaskFailed"
    cause = json.loads(end["cause"])
    assert (cause["Status"], cause["Error"]) == ("TIMED_OUT", "States.Timeout")


def started(cloud: RunningCloud, **fields: Any) -> tuple[str, str]:
    """A running parent and its running child."""
    machine = child(cloud, Type="Wait", Seconds=3600, Parameters=None)
    parent = cloud.machine(machine_of({"Start": starting(machine, ".sync", **fields)}), kind="STANDARD")
    states = cloud.client("stepfunctions")
    arn = states.start_execution(stateMachineArn=parent, input='{"n": 1}')["executionArn"]
    [running] = until(lambda: states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"])
    return arn, running["executionArn"]


@pytest.mark.contract("Stopping the parent stops the child that it waits for", source=SYNC)
def test_stopping_the_parent(cloud: RunningCloud) -> None:
    states = cloud.client("stepfunctions")
    parent, running = started(cloud)
    states.stop_execution(executionArn=parent)
    until(lambda: states.describe_execution(executionArn=running)["status"] == "ABORTED")


@pytest.mark.contract("A task that runs out of time stops the child that it waits for", source=SYNC)
def test_timeout_of_the_parents_task(cloud: RunningCloud) -> None:
    states = cloud.client("stepfunctions")
    parent, running = started(cloud, TimeoutSeconds=20)
    cloud.step(21)
    until(lambda: states.describe_execution(executionArn=running)["status"] == "ABORTED")
    until(lambda: states.describe_execution(executionArn=parent).get("error") == "States.Timeout")


@pytest.mark.contract("A child that cannot be started is StepFunctions.… error", source=NESTED)
def test_unknown_child(cloud: RunningCloud) -> None:
    machine = "arn:aws:states:eu-central-1:123456789012:stateMachine:nowhere"
    outcome, _ = run_standard(cloud, machine_of({"Start": starting(machine)}), {"n": 4})
    assert outcome.error == "StepFunctions.StateMachineDoesNotExistException"


@pytest.mark.contract("An EXPRESS child is waited for with the SDK's startSyncExecution", source=NESTED)
def test_express_child(cloud: RunningCloud) -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:startSyncExecution",
        "Parameters": {"StateMachineArn": child(cloud, kind="EXPRESS"), "Input": {"n.$": "$.n"}},
        "ResultSelector": {"result.$": "States.StringToJson($.Output)"},
        "End": True,
    }
    assert run(cloud, machine_of({"Start": state}), {"n": 3}).output == {"result": {"twice": 6}}
