"""State machines that work on channels: calls, errors by name, permissions by ARN."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

import live_channels
from running_cloud import RunningCloud, until


@pytest.fixture(scope="module", autouse=True)
def quickly(cloud: RunningCloud) -> None:
    live_channels.hurry(cloud)


@pytest.fixture(scope="module")
def channel(cloud: RunningCloud) -> str:
    return live_channels.created(cloud)


def run(cloud: RunningCloud, operation: str, policy: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    """Run a machine of one task in a role with this policy."""
    name = f"m-{uuid.uuid4().hex[:8]}"
    caught = {"ErrorEquals": ["States.ALL"], "Next": "Failed"}
    definition = {
        "StartAt": "Call",
        "States": {
            "Call": {
                "Type": "Task",
                "Resource": f"arn:aws:states:::aws-sdk:medialive:{operation}",
                "Parameters": parameters,
                "Catch": [caught],
                "End": True,
            },
            "Failed": {"Type": "Pass", "End": True},
        },
    }
    role = cloud.role(f"{name}-role", policy={"Version": "2012-10-17", "Statement": [policy]})
    states = cloud.client("stepfunctions")
    made = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role, type="EXPRESS")
    done = states.start_sync_execution(stateMachineArn=made["stateMachineArn"], input="{}")
    assert done["status"] == "SUCCEEDED", done
    output: dict[str, Any] = json.loads(done["output"])
    return output


def allow(action: str, arn: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": f"medialive:{action}", "Resource": arn}


def test_a_workflow_starts_pauses_and_stops_a_channel(cloud: RunningCloud, channel: str) -> None:
    arn = cloud.client("medialive").describe_channel(ChannelId=channel)["Arn"]
    assert run(cloud, "startChannel", allow("StartChannel", arn), ChannelId=channel)["State"] == "STARTING"
    until(lambda: live_channels.state(cloud, channel) == "RUNNING")
    action = {
        "ActionName": "pause",
        "ScheduleActionStartSettings": {"ImmediateModeScheduleActionStartSettings": {}},
        "ScheduleActionSettings": {"PauseStateSettings": {"Pipelines": [{"PipelineId": "PIPELINE_0"}]}},
    }
    allowed = allow("BatchUpdateSchedule", arn)
    creates = {"ScheduleActions": [action]}
    done = run(cloud, "batchUpdateSchedule", allowed, ChannelId=channel, Creates=creates)
    assert done["Creates"]["ScheduleActions"][0]["ActionName"] == "pause"
    shown = run(cloud, "describeChannel", allow("DescribeChannel", arn), ChannelId=channel)
    assert (shown["State"], shown["PipelinesRunningCount"]) == ("RUNNING", 2)
    again = run(cloud, "startChannel", allow("StartChannel", arn), ChannelId=channel)
    assert again["Error"] == "MediaLive.ConflictException"
    assert run(cloud, "stopChannel", allow("StopChannel", arn), ChannelId=channel)["State"] == "STOPPING"
    until(lambda: live_channels.state(cloud, channel) == "IDLE")


def test_a_role_for_another_channel_is_refused(cloud: RunningCloud, channel: str) -> None:
    arn = cloud.client("medialive").describe_channel(ChannelId=channel)["Arn"]
    other = arn.rpartition(":")[0] + ":1"
    refused = run(cloud, "startChannel", allow("StartChannel", other), ChannelId=channel)
    assert "medialive:StartChannel" in refused["Cause"]
    assert live_channels.state(cloud, channel) == "IDLE"
