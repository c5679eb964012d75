"""Quotas of Step Functions: sizes, events, times, names, what EXPRESS cannot do."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from asl_machines import GUIDE, machine_of, run, run_standard
from running_cloud import RunningCloud, until

QUOTAS = f"{GUIDE}/service-quotas.html"
ERRORS = f"{GUIDE}/concepts-error-handling.html"
TYPES = f"{GUIDE}/choosing-workflow-type.html"
API = "https://docs.aws.amazon.com/step-functions/latest/apireference"
LIMIT = 262_144
DOUBLING = {"QueryLanguage": "JSONata", "Type": "Pass", "Output": "{% $states.input & $states.input %}"}


def code_of(failed: pytest.ExceptionInfo[ClientError]) -> str:
    return str(failed.value.response["Error"]["Code"])


def text_of(size: int) -> str:
    """A text whose JSON has this many bytes."""
    return "x" * (size - 2)


@pytest.mark.contract("A state's output may be 256 KiB, and not more", source=QUOTAS)
@pytest.mark.parametrize(("size", "status"), [(LIMIT, "SUCCEEDED"), (LIMIT + 2, "FAILED")], ids=["fits", "too-large"])
def test_output(cloud: RunningCloud, size: int, status: str) -> None:
    half = "x" * ((size - 2) // 2)
    outcome = run(cloud, machine_of({"Only": {**DOUBLING, "End": True}}), half)
    assert outcome.status == status
    if status == "FAILED":
        assert outcome.error == "States.DataLimitExceeded"
        assert outcome.cause == (
            "The state/task 'Only' returned a result with a size exceeding the maximum number of bytes service limit."
        )


@pytest.mark.contract("The size counts bytes of UTF-8", source=QUOTAS)
def test_bytes(cloud: RunningCloud) -> None:
    twice = {"First": {**DOUBLING, "Next": "Second"}, "Second": {**DOUBLING, "End": True}}
    outcome = run(cloud, machine_of(twice), "é" * (LIMIT // 8))
    assert outcome.error == "States.DataLimitExceeded"


LARGE = f"def handler(event, context):\n    return 'x' * {LIMIT}"


def large_task(function: str, **fields: Any) -> dict[str, Any]:
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": function}}
    return {**task, **fields}


@pytest.mark.contract("A task whose result is too large fails; only its own name catches that", source=ERRORS)
@pytest.mark.parametrize(
    ("caught", "status"),
    [("States.DataLimitExceeded", "SUCCEEDED"), ("States.ALL", "FAILED"), ("States.TaskFailed", "FAILED")],
)
def test_task(cloud: RunningCloud, caught: str, status: str) -> None:
    catch = [{"ErrorEquals": [caught], "ResultPath": None, "Next": "Caught"}]
    task = large_task(cloud.function(LARGE), Catch=catch, End=True)
    outcome = run(cloud, machine_of({"Only": task, "Caught": {"Type": "Pass", "End": True}}))
    assert outcome.status == status
    assert status == "SUCCEEDED" or outcome.error == "States.DataLimitExceeded"


@pytest.mark.contract("An execution's input may be 256 KiB, and not more", source=QUOTAS)
def test_input(cloud: RunningCloud) -> None:
    machine = cloud.machine(machine_of({"Only": {"Type": "Succeed"}}), kind="STANDARD")
    client = cloud.client("stepfunctions")
    client.start_execution(stateMachineArn=machine, input=json.dumps(text_of(LIMIT)))
    with pytest.raises(ClientError) as failed:
        client.start_execution(stateMachineArn=machine, input=json.dumps(text_of(LIMIT + 1)))
    assert code_of(failed) == "ValidationException"
    assert "length less than or equal to 262144" in failed.value.response["Error"]["Message"]


@pytest.mark.contract("An execution has at most 25,000 events", source=QUOTAS)
def test_events(cloud: RunningCloud) -> None:
    states = {
        "Count": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Again"},
        "Again": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericLessThan": 100000, "Next": "Count"}],
            "Default": "Done",
        },
        "Done": {"Type": "Succeed"},
    }
    machine = cloud.machine(machine_of(states), kind="STANDARD")
    client = cloud.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=machine, input='{"n": 0}')["executionArn"]

    def ended() -> Any:
        got = client.describe_execution(executionArn=arn)
        return got if got["status"] != "RUNNING" else None

    got = until(ended, timeout=60)
    assert (got["status"], got["error"]) == ("FAILED", "States.Runtime")
    assert got["cause"] == "The execution reached the maximum number of history events (25000)."
    [last] = client.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=1)["events"]
    assert (last["id"], last["type"]) == (25_000, "ExecutionFailed")


@pytest.mark.contract("An EXPRESS execution takes five minutes at most", source=QUOTAS)
def test_express_time(cloud: RunningCloud) -> None:
    states = machine_of(
        {"Wait": {"Type": "Wait", "Seconds": 299, "Next": "More"}, "More": {"Type": "Wait", "Seconds": 5, "End": True}}
    )
    machine = cloud.machine(states)
    arn = cloud.client("stepfunctions").start_execution(stateMachineArn=machine)["executionArn"]
    cloud.step(299)
    assert [entry["detail"]["status"] for entry in cloud.timeline("execution", execution_arn=arn)] == ["RUNNING"]
    cloud.step(2)
    until(lambda: [e["detail"]["status"] for e in cloud.timeline("execution", execution_arn=arn)][-1] == "TIMED_OUT")


@pytest.mark.contract("A definition has at most 1 MiB", source=QUOTAS)
def test_definition(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError) as failed:
        cloud.machine(machine_of({"Only": {"Type": "Succeed", "Comment": "x" * 1_048_576}}))
    assert code_of(failed) == "ValidationException"


@pytest.mark.contract(
    "Names of state machines and executions: 80 characters, no blanks and brackets",
    source=f"{API}/API_StartExecution.html",
)
@pytest.mark.parametrize("name", ["a b", "a<b", "a{b", "a?", "a#b", "a/b", "a:b", "x" * 81], ids=lambda name: name[:3])
def test_names(cloud: RunningCloud, name: str) -> None:
    client = cloud.client("stepfunctions")
    definition = json.dumps(machine_of({"Only": {"Type": "Succeed"}}))
    role = cloud.role(f"names-{uuid.uuid4().hex[:8]}")
    expected = "ValidationException" if len(name) > 80 else "InvalidName"
    with pytest.raises(ClientError) as failed:
        client.create_state_machine(name=name, definition=definition, roleArn=role)
    assert code_of(failed) == expected
    machine = cloud.machine(json.loads(definition), kind="STANDARD")
    with pytest.raises(ClientError) as failed:
        client.start_execution(stateMachineArn=machine, name=name)
    assert code_of(failed) == expected


@pytest.mark.contract("EXPRESS has no jobs, no callbacks, no activities, no Distributed Map", source=TYPES)
@pytest.mark.parametrize(
    ("state", "says"),
    [
        pytest.param(
            {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken"},
            "Express state machine does not support '.waitForTaskToken' service integration",
            id="waitForTaskToken",
        ),
        pytest.param(
            {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2"},
            "Express state machine does not support '.sync' service integration",
            id="sync",
        ),
        pytest.param(
            {"Type": "Task", "Resource": "arn:aws:states:eu-central-1:123456789012:activity:work"},
            "Express state machine does not support Activity ARN",
            id="activity",
        ),
        pytest.param(
            {
                "Type": "Map",
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    **machine_of({"In": {"Type": "Succeed"}}),
                },
            },
            "Express state machine does not support Distributed Map",
            id="distributed",
        ),
    ],
)
def test_express(cloud: RunningCloud, state: dict[str, Any], says: str) -> None:
    definition = machine_of({"Only": {**state, "End": True}})
    with pytest.raises(ClientError) as failed:
        cloud.machine(definition)
    assert code_of(failed) == "InvalidDefinition"
    assert says in failed.value.response["Error"]["Message"]
    assert cloud.machine(definition, kind="STANDARD")


@pytest.mark.contract("What is about STANDARD executions is not for EXPRESS", source=f"{API}/API_ListExecutions.html")
def test_operations_on_express(cloud: RunningCloud) -> None:
    client = cloud.client("stepfunctions")
    machine = cloud.machine(machine_of({"Only": {"Type": "Succeed"}}))
    arn = client.start_execution(stateMachineArn=machine)["executionArn"]
    for ask in (
        lambda: client.list_executions(stateMachineArn=machine),
        lambda: client.describe_execution(executionArn=arn),
        lambda: client.get_execution_history(executionArn=arn),
        lambda: client.stop_execution(executionArn=arn),
    ):
        with pytest.raises(ClientError) as failed:
            ask()
        assert code_of(failed) == "StateMachineTypeNotSupported"


@pytest.mark.contract("A page has at most 1,000 entries", source=f"{API}/API_ListExecutions.html")
def test_page(cloud: RunningCloud) -> None:
    machine = cloud.machine(machine_of({"Only": {"Type": "Succeed"}}), kind="STANDARD")
    with pytest.raises(ClientError, match="Member must have value less than or equal to 1000"):
        cloud.client("stepfunctions").list_executions(stateMachineArn=machine, maxResults=1001)


@pytest.mark.contract("A TimeoutSeconds of a task ends it on the clock", source=ERRORS)
def test_task_timeout(cloud: RunningCloud) -> None:
    inner = cloud.machine(machine_of({"W": {"Type": "Wait", "Seconds": 500, "End": True}}), kind="STANDARD")
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync",
        "Parameters": {"StateMachineArn": inner},
        "TimeoutSeconds": 40,
        "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Late"}],
        "End": True,
    }
    definition = machine_of({"Only": task, "Late": {"Type": "Pass", "Result": "late", "End": True}})
    machine = cloud.machine(definition, kind="STANDARD")
    client = cloud.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=machine)["executionArn"]
    until(lambda: client.list_executions(stateMachineArn=inner)["executions"])
    cloud.step(41)
    got = until(lambda: (got := client.describe_execution(executionArn=arn))["status"] != "RUNNING" and got)
    assert json.loads(got["output"]) == "late"


@pytest.mark.contract("A thousand items of a Map, one after the other or forty at once, come in order", source=QUOTAS)
@pytest.mark.parametrize("concurrency", [1, 0])
def test_many_items(cloud: RunningCloud, concurrency: int) -> None:
    processor = machine_of({"In": {"Type": "Pass", "End": True}})
    state = {"Type": "Map", "ItemProcessor": processor, "MaxConcurrency": concurrency, "End": True}
    outcome, _ = run_standard(cloud, machine_of({"Each": state}), list(range(1000)))
    assert outcome.output == list(range(1000))
