"""What a state machine's role needs beside its tasks' calls: rules for `.sync`, children of a Distributed Map."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from asl_machines import GUIDE, machine_of
from running_cloud import REGION, RunningCloud, until

SYNC = f"{GUIDE}/service-integration-iam-templates.html"
MAP = f"{GUIDE}/iam-policies-eg-dist-map.html"
ACCOUNT = "123456789012"


def allowing(*statements: tuple[str, str]) -> dict[str, Any]:
    allowed = [{"Effect": "Allow", "Action": action, "Resource": arn} for action, arn in statements]
    return {"Version": "2012-10-17", "Statement": allowed}


def create(cloud: RunningCloud, name: str, definition: dict[str, Any], policy: dict[str, Any]) -> str:
    role = cloud.role(f"{name}-role", policy)
    made = cloud.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role, type="STANDARD"
    )
    return str(made["stateMachineArn"])


NESTED = machine_of(
    {
        "Run": {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {"StateMachineArn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:child"},
            "End": True,
        }
    }
)
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"


@pytest.mark.contract("A machine with a .sync task is refused when its role may not make the managed rule", source=SYNC)
def test_the_managed_rule(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError, match="is not authorized to create managed-rule") as refused:
        create(cloud, "no-rule", NESTED, allowing(("states:*", "*"), ("events:PutRule", RULE)))
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    create(cloud, "with-rule", NESTED, allowing(("events:*", RULE)))


@pytest.mark.contract("A Distributed Map needs states:StartExecution on its own state machine", source=MAP)
@pytest.mark.parametrize("allowed", [True, False])
def test_the_children_of_a_distributed_map(cloud: RunningCloud, allowed: bool) -> None:
    name = f"map-{allowed}".lower()
    each = {**machine_of({"Each": {"Type": "Pass", "End": True}}), "ProcessorConfig": {"Mode": "DISTRIBUTED"}}
    each["ProcessorConfig"]["ExecutionType"] = "STANDARD"
    definition = machine_of({"Map": {"Type": "Map", "ItemProcessor": each, "End": True}})
    own = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"
    children = ("states:DescribeExecution", f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{name}:*")
    machine = create(
        cloud, name, definition, allowing(children, *([("states:StartExecution", own)] if allowed else []))
    )
    client = cloud.client("stepfunctions")
    execution = client.start_execution(stateMachineArn=machine, input="[1, 2]")["executionArn"]
    got = until(lambda: (one := client.describe_execution(executionArn=execution))["status"] != "RUNNING" and one)
    if allowed:
        assert (got["status"], got["output"]) == ("SUCCEEDED", "[1,2]")
    else:
        assert got["status"] == "FAILED"
        assert "states:StartExecution" in got["cause"]
