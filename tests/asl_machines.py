"""Runs a definition in the Amazon States Language over the API of Step Functions and says how it ended."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from running_cloud import RunningCloud, until

GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg"


@dataclass(frozen=True)
class Outcome:
    """How an execution ended: status SUCCEEDED, FAILED or TIMED_OUT; output as JSON; error and cause of a failure."""

    status: str
    output: Any
    error: str | None
    cause: str | None


def machine_of(states: dict[str, Any], start: str | None = None, **fields: Any) -> dict[str, Any]:
    """A definition of these states; it starts with the first."""
    return {"StartAt": start or next(iter(states)), "States": states, **fields}


def run(cloud: RunningCloud, definition: dict[str, Any], event: Any = None) -> Outcome:
    """Run a definition as an EXPRESS state machine to its end."""
    client = cloud.client("stepfunctions")
    arn = _create(cloud, definition, "EXPRESS")
    got = client.start_sync_execution(stateMachineArn=arn, input=json.dumps({} if event is None else event))
    output = json.loads(got["output"]) if "output" in got else None
    return Outcome(got["status"], output, got.get("error"), got.get("cause"))


def run_standard(
    cloud: RunningCloud, definition: dict[str, Any], event: Any = None
) -> tuple[Outcome, list[dict[str, Any]]]:
    """Run a definition as a STANDARD state machine; its history comes with the outcome."""
    client = cloud.client("stepfunctions")
    arn = _create(cloud, definition, "STANDARD")
    execution = client.start_execution(stateMachineArn=arn, input=json.dumps({} if event is None else event))
    name = execution["executionArn"]

    def ended() -> dict[str, Any] | None:
        got = client.describe_execution(executionArn=name)
        return dict(got) if got["status"] != "RUNNING" else None

    got = until(ended)
    output = json.loads(got["output"]) if "output" in got else None
    history = client.get_execution_history(executionArn=name, maxResults=1000)["events"]
    return Outcome(got["status"], output, got.get("error"), got.get("cause")), list(history)


def states_entered(history: list[dict[str, Any]]) -> list[str]:
    """The names of the states that were entered, in order."""
    return [event["stateEnteredEventDetails"]["name"] for event in history if "stateEnteredEventDetails" in event]


def pass_with(template: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A definition of one Pass state with these Parameters."""
    return machine_of({"Only": {"Type": "Pass", "Parameters": template, "End": True, **fields}})


def _create(cloud: RunningCloud, definition: dict[str, Any], kind: str) -> str:
    name = f"asl-{uuid.uuid4().hex[:8]}"
    made = cloud.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role(cloud), type=kind
    )
    return str(made["stateMachineArn"])


def role(cloud: RunningCloud) -> str:
    """One role for all state machines of a cloud."""
    known = getattr(cloud, "asl_role", None)
    if known is None:
        known = cloud.role(f"asl-{uuid.uuid4().hex[:8]}")
        cloud.asl_role = known
    return str(known)
