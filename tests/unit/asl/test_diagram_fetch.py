"""The path of an execution that ran on the local cloud."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from headend.asl.diagram.execution import Run
from headend.asl.diagram.fetch import fetch
from headend.errors import HeadendError
from headend.localcloud import ACCOUNT_ID
from running_cloud import REGION, RunningCloud, until

INNER = {"StartAt": "Try", "States": {"Try": {"Type": "Fail", "Error": "No.Luck"}}}
EACH = {"StartAt": "Item", "States": {"Item": {"Type": "Pass", "End": True}}}
DEFINITION: dict[str, Any] = {
    "StartAt": "Each",
    "States": {
        "Each": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": EACH, "Next": "Both"},
        "Both": {
            "Type": "Parallel",
            "Branches": [INNER],
            "Retry": [{"ErrorEquals": ["No.Luck"], "IntervalSeconds": 1, "MaxAttempts": 2}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Repair"}],
            "Next": "Done",
        },
        "Repair": {"Type": "Pass", "Next": "Done"},
        "Done": {"Type": "Succeed"},
    },
}
INPUT = json.dumps({"items": [1, 2, 3]})


@pytest.fixture(autouse=True)
def access(cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.server.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")


def is_the_path(run: Run) -> None:
    assert run.status == "SUCCEEDED"
    assert run.steps[None, "Item", False] == 3
    assert run.steps["Each", "Both", False] == 1
    assert run.steps[None, "Try", False] == 3
    assert run.steps["Both", "Repair", True] == 1
    assert run.steps["Repair", "Done", False] == 1
    (both,) = run.by_name["Both"]
    assert both.errors == ("Try (Fail)",) * 3
    assert both.failed


def test_a_standard_execution_has_a_history(cloud: RunningCloud) -> None:
    states = cloud.client("stepfunctions")
    machine = cloud.machine(DEFINITION, kind="STANDARD")
    arn = states.start_execution(stateMachineArn=machine, input=INPUT)["executionArn"]
    until(lambda: states.describe_execution(executionArn=arn)["status"] != "RUNNING")
    is_the_path(fetch(arn))


def test_what_an_express_execution_did_is_in_its_log(cloud: RunningCloud) -> None:
    group = f"/aws/vendedlogs/states/{uuid.uuid4().hex[:8]}"
    cloud.client("logs").create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{group}:*"
    logging = {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]}
    machine = cloud.machine(DEFINITION, loggingConfiguration=logging)
    execution = cloud.run(machine, json.loads(INPUT))["executionArn"]
    until(lambda: len(cloud.client("logs").filter_log_events(logGroupName=group)["events"]) > 20)
    is_the_path(fetch(execution))


def test_an_express_workflow_without_a_log_is_told_to_have_one(cloud: RunningCloud) -> None:
    execution = cloud.run(cloud.machine(DEFINITION), json.loads(INPUT))["executionArn"]
    with pytest.raises(HeadendError, match="writes no log"):
        fetch(execution)


def test_an_unknown_execution_is_one_line(cloud: RunningCloud) -> None:
    with pytest.raises(HeadendError, match=r"^--execution [^\n]+ExecutionDoesNotExist[^\n]+$"):
        fetch(f"arn:aws:states:{REGION}:{ACCOUNT_ID}:execution:none:run")
