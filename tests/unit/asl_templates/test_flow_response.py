"""A flow is looked after while its incident lasts, by a role that may nothing but what was derived.

The flow is the local cloud's; the functions are stubs that answer what a test wants and write down what they hear.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from headend.localcloud import ACCOUNT_ID
from headend.localcloud.mediaconnect.media_connect import MediaConnect, MediaConnectError
from running_cloud import REGION, RunningCloud, cloud

__all__ = ["cloud"]

RENDERED = Path(__file__).resolve().parents[3] / "modules/flow_response/rendered"
TABLE = "response-state"
SETTINGS = {
    "approval_timeout_seconds": 300,
    "cool_down_seconds": 300,
    "escalate_after_seconds": 200,
    "hold_seconds": 60,
    "recheck_seconds": 20,
    "restart_cool_down_seconds": 1800,
    "verify_seconds": 10,
}

MONITOR = """
import boto3, json
class MonitorError(Exception): ...
class UnknownFlow(Exception): ...
dynamodb = boto3.client("dynamodb")
def handler(event, context):
    item = dynamodb.update_item(
        TableName="response-state", Key={"id": {"S": "script#" + event["flow_arn"]}},
        UpdateExpression="ADD calls :one", ExpressionAttributeValues={":one": {"N": "1"}}, ReturnValues="ALL_NEW",
    )["Attributes"]
    number = int(item["calls"]["N"])
    dynamodb.put_item(TableName="response-state", Item={
        "id": {"S": "asked#%s#%04d" % (event["flow_arn"], number)}, "payload": {"S": json.dumps(event)}})
    answers = json.loads(item["answers"]["S"])
    answer = answers[min(number, len(answers)) - 1]
    if "meanwhile" in answer:
        dynamodb.update_item(
            TableName="response-state", Key={"id": {"S": "response#" + event["flow_arn"]}},
            UpdateExpression="ADD version :one", ExpressionAttributeValues={":one": {"N": "1"}})
    if "raises" in answer:
        raise {"UnknownFlow": UnknownFlow}.get(answer["raises"], RuntimeError)("no")
    return answer
"""
ALERTS = """
import boto3, json
dynamodb = boto3.client("dynamodb")
def handler(event, context):
    arn = (event["result"] or event["event"])["flow_arn"]
    item = dynamodb.update_item(
        TableName="response-state", Key={"id": {"S": "outcomes#" + arn}},
        UpdateExpression="ADD calls :one", ExpressionAttributeValues={":one": {"N": "1"}}, ReturnValues="ALL_NEW",
    )["Attributes"]
    dynamodb.put_item(TableName="response-state", Item={
        "id": {"S": "told#%s#%04d" % (arn, int(item["calls"]["N"]))}, "payload": {"S": json.dumps(event)}})
    outcomes = json.loads(item["outcomes"]["S"])
    if outcomes.get(event["kind"]) == "raises":
        raise RuntimeError("no")
    wanted = outcomes.get(event["kind"], [event["kind"]])
    return {"outcome": wanted[min(int(item["calls"]["N"]), len(wanted)) - 1]}
"""


@dataclass(frozen=True)
class Around:
    """What the workflow needs beside the flow."""

    key: str
    """The key of the table."""
    monitor: str
    alerts: str


def aliased(cloud: RunningCloud, name: str, text: str, role: str) -> str:
    """A STANDARD machine's alias `live`."""
    states = cloud.client("stepfunctions")
    version = states.create_state_machine(name=name, definition=text, roleArn=role, publish=True)[
        "stateMachineVersionArn"
    ]
    routing = [{"stateMachineVersionArn": version, "weight": 100}]
    return str(states.create_state_machine_alias(name="live", routingConfiguration=routing)["stateMachineAliasArn"])


@pytest.fixture(scope="module")
def around(cloud: RunningCloud) -> Around:
    key = str(cloud.client("kms").create_key()["KeyMetadata"]["Arn"])
    cloud.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    for name, seconds in (("response-lifecycle", 5), ("response-stream-monitor", 0)):
        states = {"Work": {"Type": "Wait", "Seconds": seconds, "End": True}}
        aliased(cloud, name, json.dumps({"StartAt": "Work", "States": states}), cloud.role(f"{name}-role"))
    arns = [key]
    for code in (MONITOR, ALERTS):
        name = cloud.function(code, Timeout=30)
        arns.append(cloud.client("lambda").get_function_configuration(FunctionName=name)["FunctionArn"])
    return Around(*arns)


def assessed(action: str = "none", healthy: bool = False, helped: bool | None = None, **more: Any) -> dict[str, Any]:
    """What the function answers, as far as the workflow reads it."""
    decision = {"action": action, "source": "two" if action == "switch" else None, "rule": "a-rule", "reason": "why"}
    return {"flow_arn": "", "healthy": healthy, "helped": helped, "decision": decision, "issues": [], **more}


@dataclass
class Response:
    """One flow with two sources on air, in an incident, and the workflow that looks after it."""

    cloud: RunningCloud
    flow: str
    machine: str
    opened_at: int

    @property
    def described(self) -> dict[str, Any]:
        return dict(self.cloud.client("mediaconnect").describe_flow(FlowArn=self.flow)["Flow"])

    @property
    def primary(self) -> str:
        return str(self.described["SourceFailoverConfig"]["SourcePriority"]["PrimarySource"])

    def items(self, kind: str) -> list[dict[str, Any]]:
        """What the stubs have heard: `asked` or `told`."""
        found = self.cloud.client("dynamodb").scan(TableName=TABLE)["Items"]
        mine = {item["id"]["S"]: item for item in found if item["id"]["S"].startswith(f"{kind}#{self.flow}")}
        return [json.loads(mine[key]["payload"]["S"]) for key in sorted(mine)]

    def kinds(self) -> list[str]:
        return [one["kind"] for one in self.items("told")]

    def actions(self) -> list[tuple[str, str]]:
        return [
            (a["kind"], a["outcome"]) for one in self.items("told") if one["kind"] == "action" for a in [one["action"]]
        ]

    def item(self, prefix: str) -> dict[str, Any]:
        got = self.cloud.client("dynamodb").get_item(TableName=TABLE, Key={"id": {"S": f"{prefix}#{self.flow}"}})
        return dict(got.get("Item", {}))

    def put(self, prefix: str, **attributes: Any) -> None:
        item = {"id": {"S": f"{prefix}#{self.flow}"}, **attributes}
        self.cloud.client("dynamodb").put_item(TableName=TABLE, Item=item)

    def script(self, *answers: dict[str, Any], **outcomes: Any) -> None:
        """What the functions answer: the last assessment again and again; outcomes by kind of notice."""
        told = [{**answer, "flow_arn": self.flow} for answer in answers]
        self.put("script", answers={"S": json.dumps(told)}, calls={"N": "0"})
        self.put("outcomes", outcomes={"S": json.dumps(outcomes)}, calls={"N": "0"})

    def start(self, **incident: Any) -> str:
        name = f"studio-{uuid.uuid4().hex[:8]}"
        event = {
            "flow_arn": self.flow,
            "flow_key": "studio",
            "flow_name": "studio",
            "incident": {"id": name, "opened_at": self.opened_at, "muted_until": None, **incident},
        }
        return self.begin(name, event)

    def begin(self, name: str, event: Any) -> str:
        states = self.cloud.client("stepfunctions")
        begun = states.start_execution(stateMachineArn=self.machine, name=name, input=json.dumps(event))
        return str(begun["executionArn"])

    def describe(self, execution: str) -> dict[str, Any]:
        return dict(self.cloud.client("stepfunctions").describe_execution(executionArn=execution))

    def let(self, execution: str, seen: Callable[[], object], most: float = 1500, step: float = 10) -> None:
        """Let time pass until something is seen, or the execution has ended."""
        passed = 0.0
        while self.describe(execution)["status"] == "RUNNING" and not seen():
            assert passed < most, f"nothing after {passed} s; told {self.kinds()}, in {self.states(execution)[-12:]}"
            self.cloud.step(step)
            passed += step
        assert seen(), (self.describe(execution), self.states(execution)[-12:])

    def end(self, execution: str, most: float = 1500) -> dict[str, Any]:
        """Let time pass until the execution has ended."""
        self.let(execution, lambda: self.describe(execution)["status"] != "RUNNING", most)
        return self.describe(execution)

    def states(self, execution: str) -> list[str]:
        """The states that an execution entered."""
        pages = self.cloud.client("stepfunctions").get_paginator("get_execution_history")
        events = [one for page in pages.paginate(executionArn=execution) for one in page["events"]]
        return [one["stateEnteredEventDetails"]["name"] for one in events if "stateEnteredEventDetails" in one]

    def token(self) -> str:
        [asked] = [one for one in self.items("told") if one["kind"] == "approval"]
        return str(asked["task_token"])

    def started(self, machine: str) -> list[dict[str, Any]]:
        """The inputs of the executions of a machine that are about this flow."""
        states = self.cloud.client("stepfunctions")
        arn = f"arn:aws:states:{REGION}:{ACCOUNT_ID}:stateMachine:{machine}"
        arns = [one["executionArn"] for one in states.list_executions(stateMachineArn=arn)["executions"]]
        inputs = [json.loads(states.describe_execution(executionArn=one)["input"]) for one in arns]
        return [one for one in inputs if one["flow_arn"] == self.flow]


def filled(text: str, values: dict[str, str]) -> str:
    for placeholder, value in values.items():
        text = text.replace(f"${{{placeholder}}}", value)
    return text


def policy_of(values: dict[str, str], flow: str, key: str = "") -> dict[str, Any]:
    """The derived policy as the module state_machine fills it in; without `key` the table has none of its own."""
    document = json.loads(filled((RENDERED / "flow_response.policy.json").read_text(encoding="utf-8"), values))
    lists = {"${flow_arns}": flow, "${table_key_arns}": key}
    for statement in document["Statement"]:
        statement["Resource"] = [arn for one in statement["Resource"] if (arn := lists.get(one, one))]
    document["Statement"] = [one for one in document["Statement"] if one["Resource"]]
    assert "${" not in json.dumps(document)
    return dict(document)


@pytest.fixture
def response(cloud: RunningCloud, around: Around, request: pytest.FixtureRequest) -> Iterator[Response]:
    cloud.server.clock.pause()
    name = f"r{uuid.uuid4().hex[:8]}"
    media = cloud.client("mediaconnect")
    sources = [
        {"Name": source, "Protocol": "rtp", "IngestPort": port, "WhitelistCidr": "203.0.113.0/24"}
        for source, port in (("one", 5000), ("two", 5010))
    ]
    failover = {"State": "ENABLED", "FailoverMode": "FAILOVER", "SourcePriority": {"PrimarySource": "one"}}
    flow = media.create_flow(Name=name, Sources=sources, SourceFailoverConfig=failover)["Flow"]["FlowArn"]
    media.start_flow(FlowArn=flow)
    cloud.step(5)
    monitor_config = {"flows": {"studio": {"arn": flow}, "other": {"arn": "x"}}, "composite_alarms": {}}
    settings = {**SETTINGS, **getattr(request, "param", {})}
    values = {
        "account_id": ACCOUNT_ID,
        "alert_function_arn": around.alerts,
        "lifecycle_alias": "live",
        "lifecycle_name": "response-lifecycle",
        "monitor_config": json.dumps(json.dumps(monitor_config))[1:-1],
        "monitor_function_arn": around.monitor,
        "partition": "aws",
        "region": REGION,
        "response_config": json.dumps(json.dumps(settings))[1:-1],
        "state_machine_name": name,
        "stream_monitor_alias_arn": f"arn:aws:states:{REGION}:{ACCOUNT_ID}:stateMachine:response-stream-monitor:live",
        "stream_monitor_arn": f"arn:aws:states:{REGION}:{ACCOUNT_ID}:stateMachine:response-stream-monitor",
        "table_name": TABLE,
    }
    text = filled((RENDERED / "flow_response.asl.json").read_text(encoding="utf-8"), values)
    assert "${" not in text, "a placeholder has no value"
    assert "$$" not in text, "a placeholder is not declared"
    if settings.get("max_rounds"):
        text = text.replace("$rounds >= 800", f"$rounds >= {settings['max_rounds']}")
    machine = aliased(cloud, name, text, cloud.role(f"{name}-role", policy=policy_of(values, flow, around.key)))
    yield Response(cloud, flow, machine, int(cloud.server.clock.time() * 1000))
    states = cloud.client("stepfunctions")
    for running in states.list_executions(stateMachineArn=machine.rpartition(":")[0], statusFilter="RUNNING")[
        "executions"
    ]:
        states.stop_execution(executionArn=running["executionArn"])
    with suppress(MediaConnectError):
        cloud.server.part(MediaConnect)._remove(cloud.server.part(MediaConnect).flow(REGION, flow))
    cloud.server.clock.resume()


GOOD, BAD = assessed(healthy=True), assessed()
SWITCH, RESTART = assessed("switch"), assessed("restart")


def test_an_incident_is_closed_when_the_flow_has_been_healthy_for_long_enough(response: Response) -> None:
    response.script(BAD, GOOD, BAD, GOOD)
    execution = response.start()
    ended = response.end(execution)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", {"outcome": "recovery"})
    [told] = response.items("told")
    assert (told["kind"], told["incident"]["opened_at"]) == ("recovery", response.opened_at)
    assert response.states(execution).count("Assess") == 7, "the fourth look is healthy, 60 s are three more"


def test_each_look_tells_the_function_what_it_needs_and_no_other_flow(response: Response) -> None:
    response.script(GOOD)
    response.end(response.start())
    asked = response.items("asked")[0]
    assert asked["operation"] == "assess"
    assert json.loads(asked["config"]) == {"flows": {"studio": {"arn": response.flow}}, "composite_alarms": {}}
    assert json.loads(asked["response"])["hold_seconds"] == 60
    assert asked["memory"] == {"version": 0, "switches": [], "restarts": [], "maintenance": False}
    assert set(asked["execution"]) == {"arn", "name", "started"}


def test_an_incident_that_is_held_open_is_looked_after_further(response: Response) -> None:
    response.script(GOOD, recovery=["held", "held", "recovery"])
    ended = response.end(response.start())
    assert response.kinds() == ["recovery"] * 3
    assert json.loads(ended["output"]) == {"outcome": "recovery"}


def test_evidence_that_cannot_be_had_stops_nothing(response: Response) -> None:
    response.script(GOOD)
    execution = response.start()
    response.end(execution)
    assert {"SourceMetadata", "SourceThumbnail"} < set(response.states(execution))


# Switches


def test_a_switch_keeps_the_rest_of_the_configuration_and_is_verified_and_told(response: Response) -> None:
    response.script(SWITCH, assessed(helped=True, healthy=True), GOOD)
    execution = response.start()
    response.end(execution)
    config = response.described["SourceFailoverConfig"]
    assert config == {"State": "ENABLED", "FailoverMode": "FAILOVER", "SourcePriority": {"PrimarySource": "two"}}
    assert response.actions() == [("switch", "helped")]
    assert response.kinds() == ["action", "recovery"]
    action = response.items("told")[0]["action"]
    assert (action["source"], action["rule"], action["reason"]) == ("two", "a-rule", "why")
    verified = response.items("asked")[1]["memory"]
    assert verified["action"]["kind"] == "switch"
    assert verified["action"]["at"] >= response.opened_at


@pytest.mark.parametrize(("window", "kept"), [(500, {"RecoveryWindow": 500}), (0, {})])
def test_a_recovery_window_is_carried_over(response: Response, window: int, kept: dict[str, int]) -> None:
    flow = response.cloud.server.part(MediaConnect).flow(REGION, response.flow)
    flow.settings["sourceFailoverConfig"]["recoveryWindow"] = window
    response.script(SWITCH, assessed(helped=True), GOOD)
    response.let(response.start(), response.actions)
    assert response.described["SourceFailoverConfig"] == {
        "State": "ENABLED",
        "FailoverMode": "FAILOVER",
        "SourcePriority": {"PrimarySource": "two"},
        **kept,
    }


def test_a_switch_is_remembered_in_the_table_by_whoever_comes_next(response: Response) -> None:
    response.script(SWITCH, assessed(helped=True), GOOD)
    response.end(response.start())
    reserved = response.item("response")
    assert len(reserved["switches"]["L"]) == 1
    asked = response.items("asked")[2]["memory"]
    assert asked["switches"] == [int(reserved["switches"]["L"][0]["N"])]
    assert asked["version"] == 1


def test_whoever_comes_second_does_not_switch(response: Response) -> None:
    response.script({**SWITCH, "meanwhile": "somebody else reserves"}, GOOD)
    execution = response.start()
    response.end(execution)
    assert "ReserveSwitch" in response.states(execution)
    assert "SwitchSource" not in response.states(execution)
    assert (response.primary, response.kinds()) == ("one", ["recovery"])


@pytest.mark.parametrize(
    ("answers", "outcome", "looks"),
    [
        ([assessed(helped=False)], "did-not-help", 1),
        ([assessed(), assessed(helped=True)], "helped", 2),
        ([assessed()] * 6, "did-not-help", 6),
        ([{"raises": "Other"}] * 2 + [assessed(helped=True)], "helped", 3),
    ],
)
def test_it_says_whether_a_switch_has_helped(
    response: Response, answers: list[dict[str, Any]], outcome: str, looks: int
) -> None:
    response.script(SWITCH, *answers, GOOD)
    execution = response.start()
    response.let(execution, response.actions)
    assert response.actions() == [("switch", outcome)]
    if looks > 1:
        assert response.states(execution).count("Verify") == looks


def test_a_flow_that_is_updating_is_waited_for(response: Response) -> None:
    response.script(SWITCH, assessed(helped=True), GOOD)
    media = response.cloud.server.part(MediaConnect)
    media._changes.pop(response.flow, None)
    media._show(media.flow(REGION, response.flow), "UPDATING")
    execution = response.start()
    response.let(execution, lambda: response.states(execution).count("WaitUntilSettled") >= 2)
    assert response.primary == "one"
    media._show(media.flow(REGION, response.flow), "ACTIVE")
    response.let(execution, response.actions)
    assert (response.primary, response.actions()) == ("two", [("switch", "helped")])


def test_a_flow_that_does_not_settle_is_given_up_and_told(response: Response) -> None:
    response.script(SWITCH, BAD)
    media = response.cloud.server.part(MediaConnect)
    media._changes.pop(response.flow, None)
    media._show(media.flow(REGION, response.flow), "STOPPING")
    execution = response.start()
    response.let(execution, response.actions)
    assert response.actions() == [("switch", "failed")]
    assert "STOPPING" in response.items("told")[0]["action"]["reason"]


@pytest.mark.parametrize(("times", "outcome"), [(2, "helped"), (9, "failed")])
def test_a_switch_that_mediaconnect_refuses_is_tried_again_and_then_told(
    response: Response, monkeypatch: pytest.MonkeyPatch, times: int, outcome: str
) -> None:
    media = response.cloud.server.part(MediaConnect)
    update, left = media._update_flow, [None] * times

    def refuse(region: str, asked: dict[str, Any]) -> Any:
        if left:
            left.pop()
            raise MediaConnectError("BadRequestException", "somebody changes the flow", 400)
        return update(region, asked)

    monkeypatch.setattr(media, "_update_flow", refuse)
    response.script(SWITCH, assessed(helped=True))
    execution = response.start()
    response.let(execution, response.actions)
    assert response.actions() == [("switch", outcome)]
    assert response.states(execution).count("SwitchSource") == min(times + 1, 4)
    if outcome == "failed":
        assert response.primary == "one"
        assert "somebody changes the flow" in response.items("told")[0]["action"]["reason"]


# Restarts


def test_a_restart_is_made_only_when_somebody_approves_it(response: Response) -> None:
    response.script(RESTART, RESTART)
    execution = response.start()
    response.let(execution, lambda: "approval" in response.kinds())
    [asked] = [one for one in response.items("told") if one["kind"] == "approval"]
    assert (asked["expires_in_seconds"], asked["action"]["kind"], asked["action"]["reason"]) == (300, "restart", "why")
    assert response.started("response-lifecycle") == []
    response.script(RESTART, assessed(helped=True), GOOD)
    response.cloud.client("stepfunctions").send_task_success(taskToken=asked["task_token"], output='{"approved": true}')
    response.let(execution, response.actions)
    assert response.actions() == [("restart", "helped")], (response.states(execution), response.items("told")[-1])
    assert response.started("response-lifecycle") == [{"flow_arn": response.flow, "action": "restart"}]
    assert response.actions() == [("restart", "helped")]


def test_when_nobody_can_be_asked_nothing_is_restarted_and_that_is_told(response: Response) -> None:
    response.script(RESTART, approval="raises")
    execution = response.start()
    response.let(execution, response.actions)
    assert (response.actions()[0], response.started("response-lifecycle")) == (("restart", "failed"), [])


def test_a_restart_that_is_rejected_is_not_made(response: Response) -> None:
    response.script(RESTART, RESTART)
    execution = response.start()
    response.let(execution, lambda: "approval" in response.kinds())
    token = response.token()
    response.script(BAD)
    response.cloud.client("stepfunctions").send_task_success(taskToken=token, output='{"approved": false}')
    response.let(execution, response.actions)
    assert (response.actions(), response.started("response-lifecycle")) == ([("restart", "rejected")], [])


def test_a_restart_that_nobody_answers_expires(response: Response) -> None:
    response.script(RESTART)
    execution = response.start()
    response.let(execution, response.actions)
    assert response.actions()[0] == ("restart", "expired")
    action = next(one["action"] for one in response.items("told") if one["kind"] == "action")
    assert action["reason"] == "nobody answered in time"
    assert response.started("response-lifecycle") == []


def test_a_source_that_comes_back_takes_the_question_back(response: Response) -> None:
    response.script(RESTART, RESTART, BAD)
    execution = response.start()
    response.let(execution, response.actions)
    assert response.actions() == [("restart", "expired")]
    action = next(one["action"] for one in response.items("told") if one["kind"] == "action")
    assert action["reason"] == "a restart is no longer called for"


def test_an_approval_that_comes_when_a_source_is_back_restarts_nothing(response: Response) -> None:
    response.script(RESTART)
    execution = response.start()
    response.let(execution, lambda: "approval" in response.kinds())
    token = response.token()
    response.script(BAD)
    response.cloud.client("stepfunctions").send_task_success(taskToken=token, output='{"approved": true}')
    response.let(execution, response.actions)
    assert (response.actions(), response.started("response-lifecycle")) == ([("restart", "expired")], [])


def test_the_looks_while_it_is_asked_say_that_a_restart_was_asked_for(response: Response) -> None:
    response.script(RESTART, RESTART, BAD)
    response.let(execution := response.start(), response.actions)
    assert response.describe(execution)["status"] == "RUNNING"
    assert [one["memory"].get("restart_approved") for one in response.items("asked")[:3]] == [None, True, True]
    assert len(response.item("response")["restarts"]["L"]) == 1


# Time


def test_people_are_told_once_that_it_lasts(response: Response) -> None:
    response.script(BAD)
    execution = response.start()
    response.let(execution, response.kinds)
    assert response.cloud.server.clock.time() * 1000 - response.opened_at >= 200_000
    response.cloud.step(300)
    assert response.kinds() == ["escalation"]
    assert response.items("told")[0]["reason"] == "lasting"


def test_a_notice_that_cannot_be_given_is_given_in_the_next_round(response: Response) -> None:
    response.script(BAD, escalation="raises")
    execution = response.start()
    response.let(execution, lambda: response.kinds().count("escalation") > 5)
    assert response.describe(execution)["status"] == "RUNNING"


def test_a_muted_incident_waits_and_has_the_flow_looked_at_when_the_mute_ends(response: Response) -> None:
    response.script(BAD)
    now = response.cloud.server.clock.now().astimezone(UTC)
    muted_until = (now + timedelta(seconds=600)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    execution = response.start(muted_until=muted_until)
    response.cloud.step(500)
    assert response.states(execution)[-1] == "WaitUntilUnmuted"
    ended = response.end(execution)
    assert json.loads(ended["output"]) == {"outcome": "unmuted"}
    assert response.started("response-stream-monitor") == [{"flow_arn": response.flow}]
    assert datetime.fromisoformat(muted_until) <= ended["stopDate"]
    assert (response.items("asked"), response.kinds()) == ([], [])


def test_maintenance_is_told_to_the_function_while_it_lasts(response: Response) -> None:
    response.script(BAD, GOOD)
    expires = int(response.cloud.server.clock.time()) + 30
    response.put("maintenance", expiration={"N": str(expires)})
    response.end(response.start())
    assert [one["memory"]["maintenance"] for one in response.items("asked")][:4] == [True, True, False, False]


# Ends


def test_a_flow_that_is_gone_needs_nobody(response: Response) -> None:
    response.script(BAD, {"raises": "UnknownFlow"})
    ended = response.end(response.start())
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", {"outcome": "flow-gone"})


def test_when_nobody_can_say_how_the_flow_is_people_hear_that_once_and_it_is_looked_at_further(
    response: Response,
) -> None:
    response.script(*[{"raises": "Other"}] * 25, GOOD)
    execution = response.start()
    response.let(execution, response.kinds)
    [told] = response.items("told")
    assert (told["kind"], told["error"]["Error"]) == ("monitoring-failed", "RuntimeError")
    assert response.end(execution)["status"] == "SUCCEEDED"
    assert response.kinds() == ["monitoring-failed", "recovery"]


def test_a_few_failed_looks_are_forgiven(response: Response) -> None:
    response.script(*[{"raises": "Other"}] * 3, GOOD)
    assert response.end(response.start())["status"] == "SUCCEEDED"


@pytest.mark.parametrize("response", [{"max_rounds": 3}], indirect=True)
def test_a_long_incident_is_handed_over_to_a_new_execution(response: Response) -> None:
    response.script(*[BAD] * 18, GOOD)
    execution = response.start()
    ended = response.end(execution)
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"]) == {"outcome": "handed-over"}
    following = f"{execution}-2"
    response.let(following, lambda: response.describe(following)["status"] != "RUNNING")
    event = json.loads(response.describe(following)["input"])
    assert event["carry"] == {"generation": 2, "healthy_since": None, "escalated": False}
    assert event["incident"] == json.loads(response.describe(execution)["input"])["incident"]
    for _ in range(100):
        if "recovery" not in response.kinds():
            response.cloud.step(5)
    assert response.kinds() == ["escalation", "recovery"], "once, by whichever execution it is"


@pytest.mark.parametrize(
    "event", [{}, [], {"flow_arn": "a"}, {"flow_arn": "a", "flow_key": "b", "incident": {"id": 1}}]
)
def test_an_input_that_it_cannot_work_with_is_refused(response: Response, event: Any) -> None:
    ended = response.end(response.begin(f"bad-{uuid.uuid4().hex[:8]}", event))
    assert (ended["status"], ended["error"]) == ("FAILED", "InvalidInput")
