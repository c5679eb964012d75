"""The workflow that needs no functions needs every permission of its derived policy: without one of them it is refused.

The other roles of the deployment are those of `test_permissions.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

import pytest

from local.permissions import Atom, Permissions
from local.workspace import Workspace

pytestmark = [pytest.mark.local, pytest.mark.terraform]

OWN = "*-stream-monitor-workflow-* definition/*"
"""What the derived policy grants."""


@dataclass
class Live:
    """A deployment without functions: studio-a is on air, studio-b is not."""

    here: Workspace
    outputs: dict[str, Any]
    permissions: Permissions
    proven: set[Atom] = field(default_factory=set)

    def flow(self, key: str) -> str:
        return str(self.outputs["flow_arns"][key])

    def incident(self, key: str) -> dict[str, Any]:
        """The key of a flow's incident in the table."""
        return {"id": {"S": f"incident#{self.flow(key)}"}}

    def execute(self, event: Any) -> None:
        """Start the workflow and wait for its end, or for a refusal."""
        since = self.permissions.seq()
        states = self.here.client("stepfunctions")
        arn = states.start_execution(stateMachineArn=self.outputs["state_machine_arn"], input=json.dumps(event))[
            "executionArn"
        ]

        def ended() -> bool:
            return any(
                entry["kind"] == "execution"
                and entry["detail"]["execution_arn"] == arn
                and entry["detail"]["status"] != "RUNNING"
                for entry in self.here.cloud.timeline(since)
            )

        self.permissions.settled("the end of the execution", since, ended)


@pytest.fixture(scope="module")
def live(workspace: Callable[[str], Workspace]) -> Iterator[Live]:
    here = workspace("local")

    def change(config: dict[str, Any]) -> None:
        config["monitor"]["variant"] = "direct"
        config["flows"]["studio-b"]["start"] = False

    here.configure(change)
    here.deploy()
    outputs = here.outputs()
    assert outputs["functions"] == {}
    yield Live(here, outputs, Permissions(here.cloud))
    here.headend("destroy", "--env", "local", "--yes", "--stop-flows")


def an_event_that_is_none(live: Live) -> None:
    """The workflow saves what it cannot handle."""
    live.execute({"neither": "event nor check"})


def a_check_of_each_flow(live: Live) -> None:
    """The flow's status, and the metrics of the one on air."""
    for key in ("studio-a", "studio-b"):
        live.execute({"flow_arn": live.flow(key)})


def an_alert(live: Live) -> None:
    """Packets are lost and nobody knows yet."""
    live.here.client("dynamodb").delete_item(TableName=live.outputs["table_name"], Key=live.incident("studio-a"))
    lost = {
        "MetricName": "SourcePacketLossPercent",
        "Dimensions": [{"Name": "FlowARN", "Value": live.flow("studio-a")}],
        "Value": 50.0,
        "StorageResolution": 1,
    }
    live.here.client("cloudwatch").put_metric_data(Namespace="AWS/MediaConnect", MetricData=[lost])
    live.execute({"flow_arn": live.flow("studio-a")})


def a_recovery(live: Live) -> None:
    """The alarm of a flow that is off the air is OK: its incident, which is in the table, is over."""
    claim = {
        "transition_id": {"S": "an earlier one"},
        "alarm": {"NULL": True},
        "severity": {"S": "HIGH"},
        "at": {"N": "1"},
        "previous": {"NULL": True},
    }
    incident = {"opened_at": {"N": "1"}, "version": {"N": "1"}, "metric#SourcePacketLossPercent": {"M": claim}}
    live.here.client("dynamodb").put_item(
        TableName=live.outputs["table_name"], Item={**live.incident("studio-b"), **incident}
    )
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")
    dimensions = {"FlowARN": live.flow("studio-b")}
    metric = {"namespace": "AWS/MediaConnect", "name": "SourcePacketLossPercent", "dimensions": dimensions}
    stat = {"metric": metric, "period": 10, "stat": "Maximum"}
    detail = {
        "alarmName": live.outputs["alarm_names"]["studio-b"]["packet-loss"],
        "configuration": {"metrics": [{"id": "m1", "metricStat": stat}]},
        "previousState": {"value": "ALARM", "timestamp": stamp},
        "state": {"value": "OK", "reason": "by hand", "timestamp": stamp},
    }
    live.execute({"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "detail": detail})


EXERCISES: dict[Callable[[Live], None], tuple[str, ...]] = {
    an_event_that_is_none: (f"{OWN}: sqs:SendMessage *",),
    a_check_of_each_flow: (f"{OWN}: mediaconnect:DescribeFlow *", f"{OWN}: cloudwatch:GetMetricData *"),
    an_alert: (f"{OWN}: dynamodb:PutItem *", f"{OWN}: dynamodb:UpdateItem *", f"{OWN}: sns:Publish *", f"{OWN}: kms:*"),
    a_recovery: (f"{OWN}: dynamodb:GetItem *", f"{OWN}: dynamodb:DeleteItem *"),
}
"""What uses permissions → those that it uses."""


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.__name__)
def test_it_is_refused_without_any_one_permission_that_it_uses(live: Live, exercise: Callable[[Live], None]) -> None:
    live.permissions.prove(lambda: exercise(live), live.proven, *EXERCISES[exercise])


def test_no_permission_of_the_workflow_is_without_an_exercise(live: Live) -> None:
    left = [one for one in live.permissions.left(live.proven, {}) if fnmatchcase(one, OWN)]
    assert left == [], "\n".join(["no exercise uses:", *left])
