"""Revisions, versions and aliases of state machines."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from asl_machines import GUIDE, machine_of
from headend.localcloud.stepfunctions.state_machines import StateMachines
from running_cloud import RunningCloud, until

VERSIONS = f"{GUIDE}/concepts-state-machine-version.html"
ALIASES = f"{GUIDE}/concepts-state-machine-alias.html"
API = "https://docs.aws.amazon.com/step-functions/latest/apireference"


def giving(result: Any) -> dict[str, Any]:
    return machine_of({"Only": {"Type": "Pass", "Result": result, "End": True}})


def two_versions(cloud: RunningCloud, kind: str = "EXPRESS") -> tuple[str, str, str]:
    """A state machine and its versions, which give 1 and 2."""
    states = cloud.client("stepfunctions")
    machine = cloud.machine(giving(1), kind=kind)
    first = states.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    second = states.update_state_machine(
        stateMachineArn=machine, definition=json.dumps(giving(2)), publish=True, versionDescription="two"
    )["stateMachineVersionArn"]
    return machine, first, second


def alias(cloud: RunningCloud, *routes: tuple[str, int], name: str = "live") -> str:
    routing = [{"stateMachineVersionArn": version, "weight": weight} for version, weight in routes]
    made = cloud.client("stepfunctions").create_state_machine_alias(name=name, routingConfiguration=routing)
    return str(made["stateMachineAliasArn"])


def code_of(failed: pytest.ExceptionInfo[ClientError]) -> str:
    return str(failed.value.response["Error"]["Code"])


@pytest.mark.contract("A version keeps the definition that it was published with", source=VERSIONS)
def test_versions(cloud: RunningCloud) -> None:
    machine, first, second = two_versions(cloud)
    assert (first, second) == (f"{machine}:1", f"{machine}:2")
    assert [json.loads(cloud.run(arn)["output"]) for arn in (machine, first, second)] == [2, 1, 2]
    states = cloud.client("stepfunctions")
    got = states.describe_state_machine(stateMachineArn=second)
    assert (json.loads(got["definition"]), got["description"]) == (giving(2), "two")
    listed = states.list_state_machine_versions(stateMachineArn=machine)["stateMachineVersions"]
    assert [version["stateMachineVersionArn"] for version in listed] == [second, first]


@pytest.mark.contract("Publishing the same revision again gives the same version", source=VERSIONS)
def test_publish_again(cloud: RunningCloud) -> None:
    states = cloud.client("stepfunctions")
    machine, _, second = two_versions(cloud)
    assert states.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"] == second
    with pytest.raises(ClientError) as failed:
        states.publish_state_machine_version(stateMachineArn=machine, description="another")
    assert code_of(failed) == "ConflictException"


@pytest.mark.contract("A change of definition or role is a new revision", source=f"{API}/API_UpdateStateMachine.html")
def test_revisions(cloud: RunningCloud) -> None:
    states = cloud.client("stepfunctions")
    machine = cloud.machine(giving(1))
    assert "revisionId" not in states.describe_state_machine(stateMachineArn=machine)
    same = states.update_state_machine(stateMachineArn=machine, definition=json.dumps(giving(1)))
    assert "revisionId" not in same
    first = states.update_state_machine(stateMachineArn=machine, definition=json.dumps(giving(2)))["revisionId"]
    assert states.describe_state_machine(stateMachineArn=machine)["revisionId"] == first
    with pytest.raises(ClientError) as failed:
        states.publish_state_machine_version(stateMachineArn=machine, revisionId="another")
    assert code_of(failed) == "ConflictException"
    version = states.publish_state_machine_version(stateMachineArn=machine, revisionId=first)["stateMachineVersionArn"]
    assert states.describe_state_machine(stateMachineArn=version)["revisionId"] == first
    second = states.update_state_machine(stateMachineArn=machine, definition=json.dumps(giving(3)))["revisionId"]
    assert second != first


@pytest.mark.contract("Numbers of deleted versions are not given again", source=VERSIONS)
def test_delete_version(cloud: RunningCloud) -> None:
    states = cloud.client("stepfunctions")
    machine, _, second = two_versions(cloud)
    states.delete_state_machine_version(stateMachineVersionArn=second)
    third = states.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    assert third == f"{machine}:3"
    with pytest.raises(ClientError) as failed:
        cloud.run(second)
    assert code_of(failed) == "StateMachineDoesNotExist"


@pytest.mark.contract(
    "A version that an alias routes to cannot be deleted", source=f"{API}/API_DeleteStateMachineVersion.html"
)
def test_version_in_use(cloud: RunningCloud) -> None:
    _, first, _ = two_versions(cloud)
    alias(cloud, (first, 100))
    with pytest.raises(ClientError) as failed:
        cloud.client("stepfunctions").delete_state_machine_version(stateMachineVersionArn=first)
    assert code_of(failed) == "ConflictException"
    assert failed.value.response["Error"]["Message"].endswith("this version: [live]")


@pytest.mark.contract("An alias sends its versions executions by their weights", source=ALIASES)
@pytest.mark.parametrize("weight", [80, 50, 5])
def test_weights(cloud: RunningCloud, weight: int) -> None:
    _, first, second = two_versions(cloud)
    arn = alias(cloud, (first, weight), (second, 100 - weight))
    cloud.server.part(StateMachines).seed(weight)
    runs = 200
    counts = Counter(json.loads(cloud.run(arn)["output"]) for _ in range(runs))
    share, deviation = weight / 100, (weight / 100 * (1 - weight / 100) / runs) ** 0.5
    assert abs(counts[1] / runs - share) < 4 * deviation
    assert counts[1] + counts[2] == runs


@pytest.mark.contract("An alias that is updated sends all executions to the new version", source=ALIASES)
def test_shift(cloud: RunningCloud) -> None:
    states = cloud.client("stepfunctions")
    machine, first, second = two_versions(cloud)
    arn = alias(cloud, (first, 100))
    assert json.loads(cloud.run(arn)["output"]) == 1
    routing = [{"stateMachineVersionArn": second, "weight": 100}]
    states.update_state_machine_alias(stateMachineAliasArn=arn, routingConfiguration=routing, description="moved")
    assert json.loads(cloud.run(arn)["output"]) == 2
    got = states.describe_state_machine_alias(stateMachineAliasArn=arn)
    assert (got["routingConfiguration"], got["description"]) == (routing, "moved")
    listed = states.list_state_machine_aliases(stateMachineArn=machine)["stateMachineAliases"]
    assert [one["stateMachineAliasArn"] for one in listed] == [arn]


@pytest.mark.contract(
    "The same alias again is the same; with other routes it is a conflict",
    source=f"{API}/API_CreateStateMachineAlias.html",
)
def test_alias_again(cloud: RunningCloud) -> None:
    _, first, second = two_versions(cloud)
    arn = alias(cloud, (first, 100))
    assert alias(cloud, (first, 100)) == arn
    with pytest.raises(ClientError) as failed:
        alias(cloud, (second, 100))
    assert code_of(failed) == "ConflictException"


@pytest.mark.contract(
    "Routes have to be distinct versions, their weights 100 in all", source=f"{API}/API_CreateStateMachineAlias.html"
)
@pytest.mark.parametrize(
    ("weights", "message"),
    [
        pytest.param((60, 30), "Sum of routing configuration weights must equal 100. Received: [60, 30]", id="sum"),
        pytest.param(None, "Routing configuration must contain distinct state machine version ARNs.", id="distinct"),
    ],
)
def test_bad_routes(cloud: RunningCloud, weights: tuple[int, int] | None, message: str) -> None:
    _, first, second = two_versions(cloud)
    with pytest.raises(ClientError) as failed:
        if weights:
            alias(cloud, (first, weights[0]), (second, weights[1]))
        else:
            alias(cloud, (first, 50), (first, 50))
    assert code_of(failed) == "ValidationException"
    assert message in failed.value.response["Error"]["Message"]


@pytest.mark.contract("An alias for the state machine itself is refused, as are names of digits", source=ALIASES)
def test_bad_alias(cloud: RunningCloud) -> None:
    machine, first, _ = two_versions(cloud)
    with pytest.raises(ClientError, match="must contain state machine version ARNs"):
        alias(cloud, (machine, 100))
    with pytest.raises(ClientError, match="Member must satisfy regular expression pattern"):
        alias(cloud, (first, 100), name="123")


@pytest.mark.contract("Executions say by which version and alias they were started", source=ALIASES)
def test_execution_of_an_alias(cloud: RunningCloud) -> None:
    states = cloud.client("stepfunctions")
    machine, first, _ = two_versions(cloud, kind="STANDARD")
    arn = alias(cloud, (first, 100))
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    got = until(lambda: (got := states.describe_execution(executionArn=execution))["status"] == "SUCCEEDED" and got)
    assert (got["stateMachineArn"], got["stateMachineVersionArn"], got["stateMachineAliasArn"]) == (machine, first, arn)
    for one in (machine, first, arn):
        [listed] = states.list_executions(stateMachineArn=one)["executions"]
        assert listed["executionArn"] == execution
    described = states.describe_state_machine_for_execution(executionArn=execution)
    assert json.loads(described["definition"]) == giving(1)
    assert described["stateMachineArn"] == machine


@pytest.mark.contract("A running execution keeps the definition that it began with", source=VERSIONS)
def test_update_during_an_execution(cloud: RunningCloud) -> None:
    states = cloud.client("stepfunctions")
    waits = machine_of({"Wait": {"Type": "Wait", "Seconds": 60, "Next": "Only"}, **giving("old")["States"]})
    machine = cloud.machine(waits, kind="STANDARD")
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    states.update_state_machine(stateMachineArn=machine, definition=json.dumps(giving("new")))
    cloud.step(61)
    got = until(lambda: (got := states.describe_execution(executionArn=execution))["status"] == "SUCCEEDED" and got)
    assert json.loads(got["output"]) == "old"
    described = states.describe_state_machine_for_execution(executionArn=execution)
    assert json.loads(described["definition"]) == waits


@pytest.mark.contract(
    "The same request again is the same state machine; another definition is refused",
    source=f"{API}/API_CreateStateMachine.html",
)
def test_create_again(cloud: RunningCloud) -> None:
    states = cloud.client("stepfunctions")
    name = f"again-{uuid.uuid4().hex[:8]}"
    role = cloud.role(f"{name}-role")
    made = states.create_state_machine(name=name, definition=json.dumps(giving(1)), roleArn=role)
    again = states.create_state_machine(name=name, definition=json.dumps(giving(1)), roleArn=role)
    assert again["stateMachineArn"] == made["stateMachineArn"]
    with pytest.raises(ClientError) as failed:
        states.create_state_machine(name=name, definition=json.dumps(giving(2)), roleArn=role)
    assert code_of(failed) == "StateMachineAlreadyExists"
