"""Executions are logged as configured, counted, and shown on the timeline."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest

from .conftest import RunningCloud

FAILS = {
    "StartAt": "First",
    "States": {
        "First": {"Type": "Pass", "Next": "Last"},
        "Last": {"Type": "Fail", "Error": "DeadLettered", "Cause": "because"},
    },
}


def logged(cloud: RunningCloud, level: str, with_data: bool = True) -> tuple[str, list[dict[str, Any]]]:
    group = f"/aws/vendedlogs/states/{uuid.uuid4().hex[:8]}"
    cloud.client("logs").create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:eu-central-1:123456789012:log-group:{group}:*"
    machine = cloud.machine(
        FAILS,
        loggingConfiguration={
            "level": level,
            "includeExecutionData": with_data,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}],
        },
    )
    cloud.run(machine, {"secret": 1})
    events = cloud.client("logs").filter_log_events(logGroupName=group)["events"]
    return machine, [json.loads(event["message"]) for event in events]


def test_all_events_are_logged_in_awss_shape(cloud: RunningCloud) -> None:
    machine, events = logged(cloud, "ALL")
    kinds = [event["type"] for event in events]
    assert kinds == ["ExecutionStarted", "PassStateEntered", "PassStateExited", "FailStateEntered", "ExecutionFailed"]
    first, last = events[0], events[-1]
    assert set(first) == {
        "id",
        "type",
        "details",
        "redrive_count",
        "previous_event_id",
        "event_timestamp",
        "execution_arn",
    }
    assert (first["id"], first["previous_event_id"]) == ("1", "0")
    assert json.loads(first["details"]["input"]) == {"secret": 1}
    assert last["details"] == {"error": "DeadLettered", "cause": "because"}
    assert first["execution_arn"].startswith(machine.replace(":stateMachine:", ":express:"))


def test_execution_data_is_left_out_when_not_asked_for(cloud: RunningCloud) -> None:
    _, events = logged(cloud, "ALL", with_data=False)
    assert events
    assert not [event for event in events if "input" in event["details"] or "output" in event["details"]]


@pytest.mark.parametrize(
    ("level", "kinds"),
    [("ERROR", ["FailStateEntered", "ExecutionFailed"]), ("FATAL", ["ExecutionFailed"]), ("OFF", [])],
)
def test_the_level_decides_what_is_logged(cloud: RunningCloud, level: str, kinds: list[str]) -> None:
    _, events = logged(cloud, level)
    assert [event["type"] for event in events] == kinds


def test_executions_and_states_are_on_the_timeline(cloud: RunningCloud) -> None:
    machine, _ = logged(cloud, "OFF")
    name = machine.rpartition(":")[2]
    started, ended = cloud.timeline("execution", state_machine=name)
    assert (started["detail"]["status"], ended["detail"]["status"]) == ("RUNNING", "FAILED")
    assert (ended["detail"]["error"], ended["detail"]["cause"]) == ("DeadLettered", "because")
    assert started["detail"]["input"] == {"secret": 1}
    states = cloud.timeline("state", execution_arn=ended["detail"]["execution_arn"])
    assert [state["detail"]["name"] for state in states] == ["First", "Last"]
    assert all(state["detail"]["exited"] >= state["detail"]["entered"] for state in states)


def test_executions_are_counted(cloud: RunningCloud) -> None:
    machine, _ = logged(cloud, "OFF")
    names = ("ExecutionsStarted", "ExecutionsFailed", "ExecutionsSucceeded")
    queries = [
        {
            "Id": name.lower(),
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/States",
                    "MetricName": name,
                    "Dimensions": [{"Name": "StateMachineArn", "Value": machine}],
                },
                "Period": 3600,
                "Stat": "Sum",
            },
        }
        for name in names
    ]
    now = time.time()
    got = cloud.client("cloudwatch").get_metric_data(MetricDataQueries=queries, StartTime=now - 3600, EndTime=now + 60)
    assert [sum(result["Values"]) for result in got["MetricDataResults"]] == [1, 1, 0]
