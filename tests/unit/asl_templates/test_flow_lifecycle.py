"""A flow is started, stopped and restarted whatever it is doing, by a role that may nothing but what was derived."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ClientError

from headend.asl.iam.calls import RULE_ACTIONS
from headend.localcloud import ACCOUNT_ID
from headend.localcloud.mediaconnect.media_connect import MediaConnect, MediaConnectError
from running_cloud import REGION, RunningCloud, cloud
from unit.asl_templates.derived_roles import granted, refused, take_away

__all__ = ["cloud"]

RENDERED = Path(__file__).resolve().parents[3] / "modules/flow_lifecycle/rendered"
FLOW_ARN = f"arn:aws:mediaconnect:{REGION}:{ACCOUNT_ID}:flow:1-23aBC45dEF67hiJ8-12AbC34DE5fG:elsewhere"


@dataclass
class Ended:
    """How an execution ended, and how many seconds of the cloud's clock it took."""

    status: str
    output: dict[str, Any]
    error: str | None
    cause: str
    seconds: float


@dataclass
class Lifecycle:
    """One flow and the two workflows that may act on it."""

    cloud: RunningCloud
    flow: str
    lifecycle: str
    settle: str

    @property
    def names(self) -> list[str]:
        """The states that the flow has passed since it was made."""
        passed = self.cloud.timeline("flow-status", flow_arn=self.flow)
        return ["STANDBY", *(one["detail"]["to"] for one in passed)]

    @property
    def status(self) -> str:
        return str(self.cloud.client("mediaconnect").describe_flow(FlowArn=self.flow)["Flow"]["Status"])

    def request(self, operation: str, **settings: Any) -> None:
        """A request of somebody else's."""
        getattr(self.cloud.client("mediaconnect"), operation)(FlowArn=self.flow, **settings)

    def update(self) -> None:
        """Somebody changes the flow, which is UPDATING for a moment."""
        asked = {"FlowArn": self.flow, "sourceFailoverConfig": {"state": "DISABLED"}}
        self.cloud.server.part(MediaConnect).call("UpdateFlow", REGION, asked)

    def show(self, status: str) -> None:
        """MediaConnect itself puts the flow into a state, which lasts."""
        media = self.cloud.server.part(MediaConnect)
        media._changes.pop(self.flow, None)
        media._show(media.flow(REGION, self.flow), status)

    def vanish(self) -> None:
        """Somebody deletes the flow."""
        media = self.cloud.server.part(MediaConnect)
        media._changes.pop(self.flow, None)
        media._remove(media.flow(REGION, self.flow))

    def start(self, machine: str, event: Any) -> str:
        """Begin an execution."""
        states = self.cloud.client("stepfunctions")
        return str(states.start_execution(stateMachineArn=machine, input=json.dumps(event))["executionArn"])

    def end(self, execution: str, most: float = 900) -> Ended:
        """Let time pass until the execution has ended."""
        states = self.cloud.client("stepfunctions")
        begun = self.cloud.server.clock.time()
        while (got := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
            passed = self.cloud.server.clock.time() - begun
            assert passed < most, f"still running after {passed} s"
            self.cloud.step(1)
        seconds = (got["stopDate"] - got["startDate"]).total_seconds()
        output = json.loads(got.get("output", "{}"))
        return Ended(got["status"], output, got.get("error"), got.get("cause", ""), seconds)

    def act(self, action: str) -> Ended:
        return self.end(self.start(self.lifecycle, {"flow_arn": self.flow, "action": action}))

    def meanwhile(self, operation: str, action: Callable[[], Any], times: int = 1) -> None:
        """Do `action` just before MediaConnect answers the next so many requests for `operation`: stop_flow, …"""
        media = self.cloud.server.part(MediaConnect)
        answer = getattr(media, f"_{operation}")
        left = [None] * times

        def answered(region: str, asked: dict[str, Any]) -> Any:
            if left:
                left.pop()
                action()
            return answer(region, asked)

        vars(media)[f"_{operation}"] = answered

    def history(self, execution: str) -> list[dict[str, Any]]:
        """The states that an execution entered, each with its time."""
        states = self.cloud.client("stepfunctions")
        events = states.get_execution_history(executionArn=execution, maxResults=1000)["events"]
        return [
            {"name": one["stateEnteredEventDetails"]["name"], "time": one["timestamp"]}
            for one in events
            if "stateEnteredEventDetails" in one
        ]


def definition(name: str, values: dict[str, str]) -> str:
    """A rendered file with its placeholders filled in."""
    text = (RENDERED / name).read_text(encoding="utf-8")
    for placeholder, value in values.items():
        text = text.replace(f"${{{placeholder}}}", value)
    assert "${" not in text, "a placeholder has no value"
    return text


def machine(cloud: RunningCloud, file: str, name: str, values: dict[str, str]) -> str:
    """The workflow with the role that was derived for it."""
    policy = json.loads(definition(f"{file}.policy.json", values))
    role = cloud.role(f"{name}-role", policy=policy)
    states = cloud.client("stepfunctions")
    text = definition(f"{file}.asl.json", values)
    arn = states.create_state_machine(name=name, definition=text, roleArn=role, publish=True)["stateMachineVersionArn"]
    routing = [{"stateMachineVersionArn": arn, "weight": 100}]
    return str(states.create_state_machine_alias(name="live", routingConfiguration=routing)["stateMachineAliasArn"])


@pytest.fixture
def made(cloud: RunningCloud) -> Iterator[Lifecycle]:
    """A flow in STANDBY; time stands still."""
    name = f"f{uuid.uuid4().hex[:8]}"
    cloud.server.clock.resume()
    media = cloud.client("mediaconnect")
    source = {"Name": "in", "Protocol": "rtp", "IngestPort": 5000, "WhitelistCidr": "203.0.113.0/24"}
    flow = media.create_flow(Name=name, Source=source)["Flow"]["FlowArn"]
    values = {
        "account_id": ACCOUNT_ID,
        "flow_arns": flow,
        "known_flow_arns": f" {flow} ",
        "partition": "aws",
        "region": REGION,
        "settle_flow_name": f"{name}-settle-flow",
        "settle_task_timeout_seconds": "180",
        "settle_timeout_seconds": "120",
    }
    settle = machine(cloud, "settle_flow", values["settle_flow_name"], values)
    lifecycle = machine(cloud, "flow_lifecycle", f"{name}-flow-lifecycle", values)
    cloud.server.clock.pause()
    one = Lifecycle(cloud, flow, lifecycle, settle)
    yield one
    cloud.server.clock.resume()
    served = cloud.server.part(MediaConnect)
    for operation in ("describe_flow", "start_flow", "stop_flow"):
        vars(served).pop(f"_{operation}", None)
    with suppress(MediaConnectError):
        one.vanish()


ON_AIR = ["STANDBY", "STARTING", "ACTIVE"]


@pytest.fixture
def active(made: Lifecycle) -> Lifecycle:
    """The flow is on air."""
    made.request("start_flow")
    made.cloud.step(5)
    assert made.status == "ACTIVE"
    return made


def test_a_flow_in_standby_is_started(made: Lifecycle) -> None:
    assert made.act("start").output == {
        "flow_arn": made.flow,
        "action": "start",
        "status": "ACTIVE",
        "states_passed": ["STANDBY", "STARTING", "ACTIVE"],
    }
    assert made.status == "ACTIVE"


def test_an_active_flow_is_stopped(active: Lifecycle) -> None:
    ended = active.act("stop")
    assert ended.output["status"] == active.status == "STANDBY"
    assert ended.output["states_passed"] == ["ACTIVE", "STOPPING", "STANDBY"]


def test_an_active_flow_is_restarted(active: Lifecycle) -> None:
    ended = active.act("restart")
    assert ended.output["status"] == active.status == "ACTIVE"
    assert ended.output["states_passed"] == ["ACTIVE", "STOPPING", "STANDBY", "STARTING", "ACTIVE"]


def test_a_restart_starts_a_flow_in_standby(made: Lifecycle) -> None:
    assert made.act("restart").output["states_passed"] == ["STANDBY", "STARTING", "ACTIVE"]


def test_starting_an_active_flow_is_done_at_once(active: Lifecycle) -> None:
    ended = active.act("start")
    assert (ended.output["status"], ended.output["states_passed"], ended.seconds) == ("ACTIVE", ["ACTIVE"], 0)
    assert active.names == ON_AIR


def test_stopping_a_flow_in_standby_is_done_at_once(made: Lifecycle) -> None:
    ended = made.act("stop")
    assert (ended.output["status"], ended.output["states_passed"], ended.seconds) == ("STANDBY", ["STANDBY"], 0)
    assert made.names == ["STANDBY"]


def test_a_flow_that_is_being_changed_is_waited_for_before_it_is_stopped(active: Lifecycle) -> None:
    active.update()
    ended = active.act("stop")
    assert ended.output["states_passed"] == ["UPDATING", "ACTIVE", "STOPPING", "STANDBY"]


def test_a_flow_that_is_on_its_way_somewhere_else_gets_there_first(active: Lifecycle) -> None:
    active.request("stop_flow")
    assert active.act("start").output["states_passed"] == ["STOPPING", "STANDBY", "STARTING", "ACTIVE"]


def test_a_flow_that_is_on_its_way_already_is_not_asked_again(made: Lifecycle) -> None:
    made.request("start_flow")
    assert made.act("start").output["states_passed"] == ["STARTING", "ACTIVE"]
    assert made.names == ON_AIR


def test_a_stop_refused_because_the_flow_began_to_change_is_waited_out(active: Lifecycle) -> None:
    active.meanwhile("stop_flow", active.update)
    ended = active.act("stop")
    assert ended.output["status"] == active.status == "STANDBY"
    assert active.names == [*ON_AIR, "UPDATING", "ACTIVE", "STOPPING", "STANDBY"]


def test_a_start_that_another_was_quicker_to_send_is_no_error(made: Lifecycle) -> None:
    media = made.cloud.server.part(MediaConnect)
    asked = media._start_flow
    made.meanwhile("start_flow", lambda: asked(REGION, {"FlowArn": made.flow}))
    assert made.act("start").output["status"] == "ACTIVE"
    assert made.names == ON_AIR


def test_a_flow_that_is_changed_over_and_over_is_left_alone_in_the_end(active: Lifecycle) -> None:
    active.meanwhile("stop_flow", active.update, times=100)
    ended = active.act("stop")
    assert (ended.status, ended.error) == ("FAILED", "FlowNotSettled")
    assert "is ACTIVE after 6 requests; refused: " in ended.cause
    assert "is UPDATING" in ended.cause
    assert active.status == "ACTIVE"


@pytest.mark.parametrize("action", ["start", "stop", "restart"])
def test_a_flow_in_error_is_told_and_left_alone(active: Lifecycle, action: str) -> None:
    active.show("ERROR")
    ended = active.act(action)
    assert (ended.status, ended.error) == ("FAILED", "FlowInError")
    assert ended.cause.startswith(f"{active.flow} is in ERROR: The source is not connected.")
    assert active.names == [*ON_AIR, "ERROR"]


def test_a_flow_that_fails_while_it_starts_is_told(made: Lifecycle) -> None:
    execution = made.start(made.lifecycle, {"flow_arn": made.flow, "action": "start"})
    made.cloud.step(1)
    made.show("ERROR")
    ended = made.end(execution)
    assert ended.error == "FlowInError"
    assert ended.cause.endswith("it passed STANDBY, STARTING, ERROR")


def test_a_flow_that_is_not_there_is_told(made: Lifecycle) -> None:
    made.vanish()
    ended = made.act("start")
    assert (ended.error, ended.cause) == ("FlowNotFound", f"{made.flow} does not exist")


def test_a_flow_that_goes_meanwhile_is_told(made: Lifecycle) -> None:
    made.meanwhile("start_flow", made.vanish)
    ended = made.act("start")
    assert (ended.error, ended.cause) == ("FlowNotFound", f"{made.flow} does not exist any more; it passed STANDBY")


def test_a_flow_that_does_not_settle_in_time_is_told(made: Lifecycle) -> None:
    made.show("STARTING")
    ended = made.act("start")
    assert ended.error == "FlowNotSettled"
    assert ended.cause == f"{made.flow} is still STARTING after 120 s; it passed STARTING"
    assert 120 <= ended.seconds < 125
    assert made.names == ["STANDBY", "STARTING"]


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        "start",
        {"action": "start"},
        {"flow_arn": None, "action": "start"},
        {"flow_arn": "", "action": "start"},
        {"flow_arn": FLOW_ARN, "action": "start"},
        {"flow_arn": "FLOW"},
        {"flow_arn": "FLOW", "action": "delete"},
        {"flow_arn": "FLOW", "action": ["start"]},
    ],
)
def test_what_it_cannot_do_is_refused(made: Lifecycle, event: Any) -> None:
    ended = made.end(made.start(made.lifecycle, json.loads(json.dumps(event).replace("FLOW", made.flow))))
    assert (ended.status, ended.error) == ("FAILED", "InvalidInput")
    assert made.names == ["STANDBY"]


def test_part_of_an_arn_names_no_flow(made: Lifecycle) -> None:
    ended = made.end(made.start(made.lifecycle, {"flow_arn": made.flow[:-1], "action": "start"}))
    assert ended.error == "InvalidInput"


@pytest.mark.parametrize("operation", ["DescribeFlow", "StartFlow"])
def test_a_service_that_is_unavailable_for_a_moment_is_asked_again(
    made: Lifecycle, fault: Callable[..., Any], operation: str
) -> None:
    fault("error", service="mediaconnect", operation=operation, status=503, count=3)
    assert made.act("start").output["status"] == "ACTIVE"


def test_the_pauses_between_two_looks_grow(made: Lifecycle) -> None:
    made.show("STARTING")
    execution = made.start(made.settle, {"flow_arn": made.flow})
    made.cloud.step(70)
    made.show("ACTIVE")
    ended = made.end(execution)
    assert ended.output == {
        "flow_arn": made.flow,
        "status": "ACTIVE",
        "errors": [],
        "states_passed": ["STARTING", "ACTIVE"],
    }
    looks = [one["time"] for one in made.history(execution) if one["name"] == "DescribeFlow"]
    assert [round((look - looks[0]).total_seconds()) for look in looks] == [0, 2, 6, 14, 30, 46, 62, 78]


def test_whoever_waits_may_say_how_long(made: Lifecycle) -> None:
    made.show("UPDATING")
    ended = made.end(made.start(made.settle, {"flow_arn": made.flow, "timeout_seconds": 9}))
    assert (ended.error, ended.cause) == (
        "FlowNotSettled",
        f"{made.flow} is still UPDATING after 9 s; it passed UPDATING",
    )
    assert 9 <= ended.seconds < 11


@pytest.mark.parametrize("seconds", [0, -1, "60", None, []])
def test_a_time_that_is_none_is_refused(made: Lifecycle, seconds: Any) -> None:
    ended = made.end(made.start(made.settle, {"flow_arn": made.flow, "timeout_seconds": seconds}))
    assert ended.error == "InvalidInput"


def test_every_state_that_lasts_is_an_answer(made: Lifecycle) -> None:
    for status in ("STANDBY", "ACTIVE", "ERROR"):
        made.show(status)
        assert made.end(made.start(made.settle, {"flow_arn": made.flow})).output["status"] == status


def a_restart(one: Lifecycle) -> None:
    ended = one.act("restart")
    assert ended.status == "FAILED"
    assert "is not authorized to perform" in ended.cause


def a_restart_that_is_cut_short(one: Lifecycle) -> None:
    """The nested execution is stopped with the one that waits for it."""
    execution = one.start(one.lifecycle, {"flow_arn": one.flow, "action": "restart"})
    one.cloud.step(1)
    one.cloud.client("stepfunctions").stop_execution(executionArn=execution)


def an_update_of_the_machine(one: Lifecycle) -> None:
    """Step Functions keeps a rule for nested executions, in the machine's role."""
    states, arn = one.cloud.client("stepfunctions"), one.lifecycle.rpartition(":")[0]
    known = states.describe_state_machine(stateMachineArn=arn)
    with pytest.raises(ClientError, match="AccessDenied"):
        states.update_state_machine(stateMachineArn=arn, definition=known["definition"], roleArn=known["roleArn"])


EXERCISES = {"states:StopExecution": a_restart_that_is_cut_short} | dict.fromkeys(
    RULE_ACTIONS, an_update_of_the_machine
)
"""Action → what is refused without it; for all others a restart."""


@pytest.mark.parametrize(
    ("file", "sid", "action"),
    [
        (file, *permission)
        for file in ("flow_lifecycle", "settle_flow")
        for permission in granted(RENDERED / f"{file}.policy.json")
    ],
)
def test_without_any_one_permission_it_is_refused_and_nothing_else_is_missing(
    active: Lifecycle, file: str, sid: str, action: str
) -> None:
    alias = active.lifecycle if file == "flow_lifecycle" else active.settle
    role = f"{alias.split(':')[6]}-role"
    take_away(active.cloud, role, sid, action)
    EXERCISES.get(action, a_restart)(active)
    assert refused(active.cloud, role) == {action}


def test_a_schedule_starts_a_flow_by_the_clock_of_its_zone(made: Lifecycle) -> None:
    begun: datetime = made.cloud.server.clock.now()
    local = (begun + timedelta(minutes=10)).astimezone(ZoneInfo("Asia/Kolkata")).replace(second=0, microsecond=0)
    group = f"{made.flow.rpartition(':')[2]}-flow-lifecycle"
    scheduler = made.cloud.client("scheduler")
    source = scheduler.create_schedule_group(Name=group)["ScheduleGroupArn"]
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"ArnEquals": {"aws:SourceArn": source}, "StringEquals": {"aws:SourceAccount": ACCOUNT_ID}},
    }
    machine = made.lifecycle.rpartition(":")[0]
    may = {"Effect": "Allow", "Action": "states:StartExecution", "Resource": machine}
    role = made.cloud.role(
        f"{group}-schedules",
        policy={"Version": "2012-10-17", "Statement": [may]},
        trust={"Version": "2012-10-17", "Statement": [trust]},
    )
    scheduler.create_schedule(
        Name="start",
        GroupName=group,
        FlexibleTimeWindow={"Mode": "OFF"},
        ScheduleExpression=f"cron({local.minute} {local.hour} * * ? *)",
        ScheduleExpressionTimezone="Asia/Kolkata",
        Target={
            "Arn": made.lifecycle,
            "RoleArn": role,
            "Input": json.dumps({"flow_arn": made.flow, "action": "start"}),
        },
    )
    made.cloud.step((local - begun).total_seconds() - 1)
    assert made.status == "STANDBY"
    made.cloud.step(70)
    assert made.status == "ACTIVE"
    scheduler.delete_schedule(Name="start", GroupName=group)
