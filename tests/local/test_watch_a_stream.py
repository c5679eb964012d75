"""From a degraded stream to the people who are told, on real Terraform and the real provider, in both variants."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from headend.localcloud.launcher import LocalCloud
from local.subscribers import HttpEndpoint, Queue
from local.workspace import Workspace, in_time

pytestmark = [pytest.mark.local, pytest.mark.terraform]

STARTED = ("lossy", "quiet", "clean")
BY_HAND = ("dead", "idle")
Found = TypeVar("Found")


@dataclass
class Live:
    """A deployment with five flows and three kinds of subscriber. Its time passes only while somebody waits for it."""

    here: Workspace
    outputs: dict[str, Any]
    everything: Queue
    high_only: Queue
    medium_only: Queue
    http: HttpEndpoint
    variant: str

    def flow(self, key: str) -> str:
        return str(self.outputs["flow_arns"][key])

    def eventually(self, what: str, probe: Callable[[], Found | None], seconds: float = 120) -> Found:
        """What `probe` finds within so many seconds of the local cloud's time."""
        return in_time(self.here.cloud, what, probe, seconds)

    @contextmanager
    def time_running(self) -> Iterator[None]:
        """The local cloud's time runs by itself, for commands that wait."""
        self.here.cloud.resume()
        yield
        self.here.cloud.pause()

    def told(self, subscriber: Queue | HttpEndpoint, key: str) -> list[str]:
        """The kinds of notice that named this flow, in order of arrival."""
        return [n["kind"] for n in subscriber.notifications() if n["flow_arn"] == self.flow(key)]


@pytest.fixture(scope="module", params=["functions", "direct"])
def variant(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def cloud(variant: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """One for each variant: steps of the first would leave the clock ahead of what smoke asks the second."""
    with LocalCloud(tmp_path_factory.mktemp(f"cloud-{variant}")) as running:
        yield running


@pytest.fixture(scope="module")
def live(workspace: Callable[[str], Workspace], variant: str) -> Iterator[Live]:
    here = workspace("local")
    sqs = here.client("sqs")
    everything, high_only, medium_only = (Queue(sqs, f"subscriber-{n}") for n in ("all", "high", "medium"))
    http = HttpEndpoint()

    def change(config: dict[str, Any]) -> None:
        template = next(iter(config["flows"].values()))
        config["monitor"]["variant"] = variant
        config["flows"] = {key: {**template, "start": key in STARTED} for key in (*STARTED, *BY_HAND)}
        config["subscriptions"] = {
            "all": {"protocol": "sqs", "endpoint": everything.arn},
            "high": {"protocol": "sqs", "endpoint": high_only.arn, "severities": ["HIGH"]},
            "medium": {"protocol": "sqs", "endpoint": medium_only.arn, "severities": ["MEDIUM"]},
            "http": {"protocol": "http", "endpoint": http.url},
        }

    here.configure(change)
    here.deploy()
    here.cloud.pause()
    yield Live(here, here.outputs(), everything, high_only, medium_only, http, variant)
    _letters.clear()
    here.cloud.resume()
    here.headend("destroy", "--env", "local", "--yes", "--stop-flows")
    for queue in (everything, high_only, medium_only):
        queue.delete()
    http.close()
    assert here.cloud.inventory() == []


def test_each_fault_tells_each_subscriber_once_and_its_end_once(live: Live) -> None:
    """Loss on one flow, silence on a second, a third that starts without input, all at once."""
    cloud = live.here.cloud
    since = len(cloud.timeline())
    cloud.set_scenario(live.flow("lossy"), "loss-burst")
    cloud.set_scenario(live.flow("quiet"), "silence")
    cloud.set_scenario(live.flow("dead"), "silence")
    live.here.client("mediaconnect").start_flow(FlowArn=live.flow("dead"))

    live.eventually("an alert for lossy", lambda: live.told(live.everything, "lossy"))
    live.eventually("an alert for quiet", lambda: live.told(live.everything, "quiet"))
    live.eventually("an alert for the flow that started dead", lambda: live.told(live.everything, "dead"), 240)
    for key in ("lossy", "quiet"):
        cloud.set_scenario(live.flow(key), "clean")
    both = ["alert", "recovery"]
    for key in ("lossy", "quiet"):
        live.eventually(f"the recovery of {key}", lambda key=key: live.told(live.everything, key) == both, 240)
        for subscriber in (live.high_only, live.http):
            live.eventually(f"the same elsewhere, {key}", lambda k=key, s=subscriber: live.told(s, k) == both, 30)
    _until_no_execution_runs(live)

    assert live.told(live.everything, "lossy") == both
    assert live.told(live.everything, "quiet") == both
    assert live.told(live.everything, "dead") == ["alert"]
    for silent in ("clean", "idle"):
        assert live.told(live.everything, silent) == []
    assert live.medium_only.notifications() == [], "the filtered subscriber takes MEDIUM only"
    alarmed = {
        e["detail"]["alarm"] for e in cloud.timeline(since) if e["kind"] == "alarm" and e["detail"]["new"] == "ALARM"
    }
    assert {name.split("/")[1] for name in alarmed} == {"lossy", "quiet", "dead"}


def test_an_alert_says_what_a_person_needs(live: Live) -> None:
    alert = next(
        n for n in live.everything.notifications() if n["kind"] == "alert" and n["flow_arn"] == live.flow("lossy")
    )
    issue = next(i for i in alert["issues"] if i["metric"] == "SourcePacketLossPercent")
    assert issue["value"] > issue["threshold"]
    assert issue["severity"] == alert["severity"] == "HIGH"
    for needed in (alert["flow_name"], "SourcePacketLossPercent", "https://"):
        assert needed in alert["text"]
    recovery = next(n for n in live.everything.notifications() if n["kind"] == "recovery")
    assert recovery["duration_seconds"] > 0


def test_smoke_passes_on_the_running_deployment(live: Live) -> None:
    with live.time_running():
        run = live.here.headend("smoke", "--env", "local")
    assert run.code == 0, run.text


def test_a_monitor_that_fails_is_itself_an_alert(live: Live) -> None:
    """Nobody can look at the flow, as after a bad deployment: one alert for each transition meanwhile."""
    live.eventually("no alarm of clean", lambda: _all_ok(live, "clean"))
    _until_no_execution_runs(live)
    since = len(live.here.cloud.timeline())
    broken = (
        _function_changed(live, "stream_monitor", Handler="handler.is_not_there")
        if live.variant == "functions"
        else _permission_withdrawn(live, "mediaconnect:DescribeFlow")
    )
    with broken:
        outcome = _transition(live, "clean", "monitor fails")
    assert outcome == "alert"
    told = [n for n in live.everything.notifications() if n["kind"] == "monitoring-failed"]
    # The evaluation itself may set the alarm back while the check is broken: that transition is told too, once.
    assert 1 <= len(told) <= len(_transitions(live, since, list(live.outputs["alarm_names"]["clean"].values())))
    assert live.outputs["flow_names"]["clean"] in told[0]["text"]


def test_a_topic_that_refuses_ends_in_the_dead_letter_queue(live: Live) -> None:
    """The alert function publishes to a topic that is not there; without functions the workflow may not publish."""
    live.here.cloud.set_scenario(live.flow("clean"), "jitter")
    with _nobody_can_be_told(live):
        live.eventually("a dead letter", lambda: _dead_letters(live))
    live.here.cloud.set_scenario(live.flow("clean"), "clean")
    letter = _dead_letters(live)[0]
    assert live.flow("clean") in str(letter["event"])
    assert letter["error"]


def test_an_event_that_cannot_be_parsed_is_kept_as_a_dead_letter(live: Live) -> None:
    before = len(_dead_letters(live))
    states = live.here.client("stepfunctions")
    states.start_execution(stateMachineArn=live.outputs["state_machine_arn"], input='{"neither": "event nor check"}')
    live.eventually("the dead letter", lambda: len(_dead_letters(live)) > before)
    assert any(letter["event"] == {"neither": "event nor check"} for letter in _dead_letters(live))


def test_two_hundred_transitions_in_ten_seconds_add_up(live: Live) -> None:
    """Every transition ends as exactly one of the five outcomes, also those that the evaluation itself makes meanwhile.

    Half of them are of a healthy flow, half of one that loses packets.
    """
    for key in ("clean", "lossy"):
        live.eventually(f"{key} without an alarm", lambda key=key: _all_ok(live, key), 180)
    alarms = [live.outputs["alarm_names"][key]["packet-loss"] for key in ("clean", "lossy")]
    cloudwatch = live.here.client("cloudwatch")
    since = len(live.here.cloud.timeline())
    live.here.cloud.set_scenario(live.flow("lossy"), "loss-burst")
    number = 0
    while len(_transitions(live, since, alarms)) < 200:
        for _ in range(20):
            state = ("ALARM", "OK")[number // 2 % 2]
            cloudwatch.set_alarm_state(AlarmName=alarms[number % 2], StateValue=state, StateReason=f"burst {number}")
            number += 1
        live.here.cloud.step(1)

    def all_ended() -> Counter[str] | None:
        ends = Counter(_ends(live, since, alarms).values())
        return ends if ends.total() >= len(_transitions(live, since, alarms)) else None

    table = live.eventually("an end for each", all_ended, 240)
    print(dict(table))
    assert table.total() == len(_transitions(live, since, alarms)) >= 200
    assert set(table) <= {"alert", "recovery", "healthy", "duplicate", "dead letter"}
    assert table["alert"] > 0
    assert table["healthy"] > 0


# What the statements above are made of


_letters: list[dict[str, Any]] = []


def _dead_letters(live: Live) -> list[dict[str, Any]]:
    sqs = live.here.client("sqs")
    url = live.outputs["dead_letter_queue_url"]
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in batch:
            _letters.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return _letters


def _transitions(live: Live, since: int, alarms: list[str]) -> list[dict[str, Any]]:
    """The changes of these alarms' states."""
    entries = live.here.cloud.timeline(since)
    return [e for e in entries if e["kind"] == "alarm" and e["detail"]["alarm"] in alarms]


def _ends(live: Live, since: int, alarms: list[str]) -> dict[str, str]:
    """How each execution ended that a transition of these alarms started: execution → outcome."""
    ends: dict[str, str] = {}
    for entry in live.here.cloud.timeline(since):
        detail = entry["detail"]
        if entry["kind"] != "execution" or detail["status"] == "RUNNING":
            continue
        given = _parsed(detail["input"])
        if given.get("detail", {}).get("alarmName") in alarms:
            outcome = _parsed(detail.get("output") or "{}").get("outcome")
            ends[detail["execution_arn"]] = outcome if detail["status"] == "SUCCEEDED" else _failure(detail)
    return ends


def _failure(detail: dict[str, Any]) -> str:
    return "dead letter" if detail["error"] == "DeadLettered" else f"lost: {detail['error']}"


def _parsed(value: Any) -> dict[str, Any]:
    return json.loads(value) if isinstance(value, str) else value


def _transition(live: Live, key: str, reason: str) -> str:
    """Set one of the flow's alarms off by hand and say how the transition ended."""
    alarm = live.outputs["alarm_names"][key]["jitter"]
    since = len(live.here.cloud.timeline())
    live.here.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason=reason)
    return next(iter(live.eventually(f"the end of {reason}", lambda: _ends(live, since, [alarm])).values()))


def _all_ok(live: Live, key: str) -> bool:
    names = list(live.outputs["alarm_names"][key].values())
    alarms = live.here.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    return all(alarm["StateValue"] == "OK" for alarm in alarms)


def _until_no_execution_runs(live: Live) -> None:
    def quiet() -> bool:
        running: Counter[str] = Counter()
        for entry in live.here.cloud.timeline():
            if entry["kind"] == "execution":
                running[entry["detail"]["execution_arn"]] = int(entry["detail"]["status"] == "RUNNING")
        return not any(running.values())

    live.eventually("all executions at their end", quiet)


def _nobody_can_be_told(live: Live) -> AbstractContextManager[None]:
    if live.variant == "direct":
        return _permission_withdrawn(live, "sns:Publish")
    function = live.here.client("lambda").get_function_configuration(
        FunctionName=live.outputs["functions"]["alert_handler"]
    )
    environment = function["Environment"]["Variables"]
    broken = {**environment, "TOPIC_ARN": environment["TOPIC_ARN"] + "-gone"}
    return _function_changed(live, "alert_handler", Environment={"Variables": broken})


@contextmanager
def _permission_withdrawn(live: Live, action: str) -> Iterator[None]:
    """The workflow's role without one action, and with it again afterwards."""
    iam, states = live.here.client("iam"), live.here.client("stepfunctions")
    machine = live.outputs["state_machine_arn"].rpartition(":")[0]
    role = states.describe_state_machine(stateMachineArn=machine)["roleArn"].rpartition("/")[2]
    name = {"RoleName": role, "PolicyName": "definition"}
    document = iam.get_role_policy(**name)["PolicyDocument"]
    rest = [one for one in document["Statement"] if action not in one["Action"]]
    iam.put_role_policy(**name, PolicyDocument=json.dumps({**document, "Statement": rest}))
    yield
    iam.put_role_policy(**name, PolicyDocument=json.dumps(document))


class _function_changed(AbstractContextManager[None]):  # noqa: N801 - reads as a statement in a with
    """A function's live alias on a version with this change, and back again afterwards."""

    def __init__(self, live: Live, function: str, **change: Any) -> None:
        self._lambda = live.here.client("lambda")
        self._name = live.outputs["functions"][function].split(":")[6]
        self._change = change

    def __enter__(self) -> None:
        client, name = self._lambda, self._name
        self._was = client.get_function_configuration(FunctionName=name)
        self._version = client.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
        client.update_function_configuration(FunctionName=name, **self._change)
        broken = client.publish_version(FunctionName=name)["Version"]
        client.update_alias(FunctionName=name, Name="live", FunctionVersion=broken)

    def __exit__(self, *_: object) -> None:
        client, name = self._lambda, self._name
        client.update_alias(FunctionName=name, Name="live", FunctionVersion=self._version)
        client.update_function_configuration(
            FunctionName=name, Handler=self._was["Handler"], Environment=self._was["Environment"]
        )
