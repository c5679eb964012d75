"""Schedules start and stop a flow by the clock of their zone: the example, applied, with the clock stepped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from headend.localcloud.launcher import LocalCloud
from headend.terraform import Terraform
from local.test_examples import PROVIDER, REGION
from local.workspace import REPOSITORY

pytestmark = [pytest.mark.local, pytest.mark.terraform]

BERLIN = ZoneInfo("Europe/Berlin")
ROOT = """
module "lifecycle" { source = "../modules/flow_lifecycle/examples/schedules" }

output "flow_arn" { value = module.lifecycle.flow_arn }
output "lifecycle_arn" { value = module.lifecycle.lifecycle_arn }
"""


@dataclass
class Live:
    """The example on a local cloud whose time stands still."""

    cloud: LocalCloud
    flow: str
    lifecycle: str

    def client(self, service: str) -> Any:
        return self.cloud.client(service, REGION)

    def status(self) -> str:
        return str(self.client("mediaconnect").describe_flow(FlowArn=self.flow)["Flow"]["Status"])

    def now(self) -> datetime:
        return datetime.fromisoformat(str(self.cloud.clock()["iso"])).astimezone(UTC)

    def alarm(self, name: str) -> str:
        """The state of an alarm."""
        [alarm] = self.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return str(alarm["StateValue"])

    def next_monday(self) -> datetime:
        """The next Monday's midnight in Berlin."""
        today = self.now().astimezone(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
        return today + timedelta(days=7 - today.weekday())

    def go_to(self, moment: datetime) -> None:
        """Let time pass until a moment."""
        self.cloud.step((moment.astimezone(UTC) - self.now()).total_seconds())

    def executions(self) -> list[dict[str, Any]]:
        """What the workflow has been started with and what it answered, oldest first."""
        states = self.client("stepfunctions")
        machine = self.lifecycle.rpartition(":")[0]
        found = states.list_executions(stateMachineArn=machine)["executions"]
        described = [states.describe_execution(executionArn=one["executionArn"]) for one in reversed(found)]
        return [
            {
                "action": json.loads(one["input"])["action"],
                "at": one["startDate"].astimezone(BERLIN).strftime("%a %H:%M"),
                "states_passed": json.loads(one.get("output", "{}")).get("states_passed"),
            }
            for one in described
        ]


@pytest.fixture(scope="module")
def live(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder: Path = tmp_path_factory.mktemp("schedules")
    root = folder / "root"
    root.mkdir()
    (folder / "modules").symlink_to(REPOSITORY / "modules")
    (root / "main.tf").write_text(PROVIDER + ROOT, encoding="utf-8")
    terraform = Terraform(root, folder / "work", cloud.environment(REGION), name="schedules")
    terraform.init()
    plan = folder / "plan"
    terraform.plan(plan)
    terraform.apply(plan)
    assert not terraform.plan(plan), "a second plan changes nothing"
    outputs = terraform.output()
    cloud.pause()
    yield Live(cloud, outputs["flow_arn"], outputs["lifecycle_arn"])
    cloud.resume()
    terraform.destroy()
    assert cloud.inventory() == []


def test_a_flow_is_started_and_stopped_by_the_clock_of_berlin(live: Live) -> None:
    monday = live.next_monday()
    live.go_to(monday + timedelta(hours=7, minutes=29))
    assert (live.status(), live.executions()) == ("STANDBY", [])
    live.go_to(monday + timedelta(hours=7, minutes=32))
    assert live.status() == "ACTIVE"
    live.client("mediaconnect").stop_flow(FlowArn=live.flow)  # half a day of metrics would take long
    live.go_to(monday + timedelta(hours=18, minutes=58))
    live.client("mediaconnect").start_flow(FlowArn=live.flow)
    live.go_to(monday + timedelta(hours=18, minutes=59, seconds=59))
    assert live.status() == "ACTIVE"
    live.go_to(monday + timedelta(hours=19, minutes=2))
    assert live.status() == "STANDBY"
    assert live.executions() == [
        {"action": "start", "at": "Mon 07:30", "states_passed": ["STANDBY", "STARTING", "ACTIVE"]},
        {"action": "stop", "at": "Mon 19:00", "states_passed": ["ACTIVE", "STOPPING", "STANDBY"]},
    ]


def test_what_cannot_be_delivered_is_kept_and_raises_an_alarm(live: Live) -> None:
    iam, sqs = live.client("iam"), live.client("sqs")
    role, name = f"example-lifecycle-schedules-{REGION}", "start-execution"
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    kept = [one for one in policy["Statement"] if "states:StartExecution" not in one["Action"]]
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps({**policy, "Statement": kept}))
    known = len(live.executions())
    tomorrow = live.now().astimezone(BERLIN).replace(hour=7, minute=33) + timedelta(days=1)
    live.go_to(tomorrow)
    assert (live.status(), len(live.executions())) == ("STANDBY", known)
    url = sqs.get_queue_url(QueueName="example-lifecycle-schedule-dead-letters")["QueueUrl"]
    [letter] = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], VisibilityTimeout=0)["Messages"]
    assert json.loads(letter["Body"]) == {"action": "start", "flow_arn": live.flow}
    assert "states:StartExecution" in letter["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]
    assert live.alarm("example-lifecycle-schedule-dead-letters") == "ALARM"
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))


def test_a_request_that_fails_raises_the_workflow_s_alarm(live: Live) -> None:
    states = live.client("stepfunctions")
    states.start_execution(stateMachineArn=live.lifecycle, input='{"flow_arn": "somewhere", "action": "stop"}')
    live.cloud.step(120)
    assert live.alarm("example-lifecycle-flow-lifecycle-failed") == "ALARM"
