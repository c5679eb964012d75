"""Both variants of the stream monitor say the same: the functions' own code beside the definition without functions.

Flow, datapoints, table, topics and queues are those of one local cloud, whose time stands still.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alerts import advice
from alerts.incidents import IncidentStore
from alerts.message import monitoring_failed
from alerts.requests import parse
from alerts.service import AlertService
from monitor.check import check

import cloud_metrics
from headend.localcloud.mediaconnect.stream_simulator import StreamSimulator
from running_cloud import REGION, RunningCloud, cloud, until

__all__ = ["cloud"]

ROOT = Path(__file__).resolve().parents[3]
DEFINITION = ROOT / "modules/stream_monitor/rendered/stream_monitor_direct.asl.json"
LOSS, JITTER, BIT_RATE = "SourcePacketLossPercent", "SourceJitter", "SourceBitRate"
HEALTHY = {LOSS: 0.0, JITTER: 5.0, BIT_RATE: 20e6}
LIMITS = [
    (LOSS, "Maximum", "GreaterThanThreshold", 0.1, "Percent", "HIGH"),
    (LOSS, "Average", "GreaterThanThreshold", 0.05, "Percent", "MEDIUM"),
    (JITTER, "Maximum", "GreaterThanThreshold", 50, "Milliseconds", "MEDIUM"),
    (BIT_RATE, "Average", "LessThanThreshold", 14e6, "Bits/Second", "HIGH"),
]
OPTIONAL: list[dict[str, Any]] = [
    {
        "metric": "MergeActive",
        "statistic": "Minimum",
        "comparison": "LessThanThreshold",
        "threshold": 1,
        "unit": "None",
        "severity": "LOW",
        "missing": "ignore",
    },
    {
        "metric": "FailoverSwitches",
        "statistic": "Sum",
        "comparison": "GreaterThanOrEqualToThreshold",
        "threshold": 3,
        "unit": "Count",
        "severity": "HIGH",
        "period_seconds": 300,
    },
]
PERIOD = 60


@dataclass
class Side:
    """One variant's table, topic, and the queue of its subscriber."""

    table: str
    topic: str
    queue: str


@dataclass
class Pair:
    """One flow, told of by both variants."""

    cloud: RunningCloud
    flow: str
    name: str
    functions: Side
    direct: Side
    machine: str
    config: str
    letters: str

    def now(self) -> datetime:
        return datetime.fromtimestamp(cloud_metrics.now(self.cloud), UTC)

    def measure(self, periods: int = 3, **values: float | None) -> None:
        """So many periods pass, with these values of each metric; None is no datapoint."""
        simulator = self.cloud.server.part(StreamSimulator)
        dimensions = [{"Name": "FlowARN", "Value": self.flow}]
        for _ in range(periods):
            simulator.set_scenario(self.flow, "silence")  # its own datapoints stay away; it lasts longer than a period
            start = cloud_metrics.go_to(self.cloud, PERIOD, 0)
            data = [
                {"MetricName": metric, "Dimensions": dimensions, "Timestamp": start, "Value": value}
                for metric, value in {**HEALTHY, **values}.items()
                if value is not None
            ]
            self.cloud.client("cloudwatch").put_metric_data(Namespace="AWS/MediaConnect", MetricData=data)

    def alarm(self, state: str, signal: str = "packet-loss", metric: str = LOSS, ago: float = 0) -> dict[str, Any]:
        """The event of an alarm's change `ago` seconds back."""
        at = datetime.fromtimestamp(self.now().timestamp() - ago, UTC)
        stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "+0000")
        stat = {"metric": {"namespace": "AWS/MediaConnect", "name": metric, "dimensions": {"FlowARN": self.flow}}}
        configuration = {"metrics": [{"id": "m1", "metricStat": {**stat, "period": PERIOD, "stat": "Maximum"}}]}
        previous = {"value": "OK" if state == "ALARM" else "ALARM", "timestamp": stamp}
        given = {"value": state, "reason": "Threshold crossed", "reasonData": '{"version": "1.0"}', "timestamp": stamp}
        return {
            "source": "aws.cloudwatch",
            "detail-type": "CloudWatch Alarm State Change",
            "detail": {
                "alarmName": f"live/{self.name}/{signal}",
                "configuration": configuration,
                "previousState": previous,
                "state": given,
            },
        }

    def by_workflow(self, event: Any) -> dict[str, Any]:
        """How the execution of the direct variant ended: its output, or {"error"}."""
        got = self.cloud.client("stepfunctions").start_sync_execution(
            stateMachineArn=self.machine, input=json.dumps(event)
        )
        if got["status"] != "SUCCEEDED":
            return {"error": got["error"], "cause": got.get("cause")}
        found: dict[str, Any] = json.loads(got["output"])
        return found

    def by_functions(self, event: Any) -> dict[str, Any]:
        """What the functions' code makes of the event: its result and outcome."""
        client = self.cloud.client
        execution = {"arn": f"arn:aws:states:{REGION}:123456789012:express:m:e:1", "started": None}
        payload = {"event": event, "config": self.config, "execution": execution}
        result = check(payload, client("mediaconnect"), client("cloudwatch"), self.now())
        kind = "recovery" if (result["alarm"] or {}).get("state") == "OK" else None
        kind = kind if result["healthy"] else "alert"
        if kind is None:
            return {"result": result, "outcome": "healthy"}
        service = AlertService(
            client("sns"),
            self.functions.topic,
            IncidentStore(client("dynamodb"), self.functions.table, lambda: self.now().timestamp()),
            "live-flows",
            lambda _: None,
        )
        request = parse({"kind": kind, "result": result, "execution": execution}, self.now())
        return {"result": result, **service.handle(request)}

    def told(self, side: Side) -> list[dict[str, Any]]:
        """What the side's subscriber has got: subject, attributes and document, without what is the execution's."""
        sqs = self.cloud.client("sqs")
        found = []
        while batch := sqs.receive_message(QueueUrl=side.queue, MaxNumberOfMessages=10).get("Messages", []):
            for message in batch:
                envelope = json.loads(message["Body"])
                attributes = {name: one["Value"] for name, one in envelope["MessageAttributes"].items()}
                document = json.loads(envelope["Message"])
                found.append({"subject": envelope["Subject"], "attributes": attributes, **_of_any_execution(document)})
                sqs.delete_message(QueueUrl=side.queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    def incident(self, side: Side) -> dict[str, Any] | None:
        """The flow's incident as the side's table has it."""
        key = {"id": {"S": f"incident#{self.flow}"}}
        item: dict[str, Any] | None = self.cloud.client("dynamodb").get_item(TableName=side.table, Key=key).get("Item")
        if item is None:
            return None
        text = re.sub(r"manual@[^\"]*", "manual", json.dumps(item))  # a check by hand is named by its execution
        return {name: value for name, value in json.loads(text).items() if name not in ("expiration", "version")}

    def forget(self) -> None:
        """End the flow's incident on both sides."""
        for side in (self.functions, self.direct):
            key = {"id": {"S": f"incident#{self.flow}"}}
            self.cloud.client("dynamodb").delete_item(TableName=side.table, Key=key)

    def both(self, event: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the two variants make of one event."""
        return self.by_functions(event), self.by_workflow(event)


def _of_any_execution(document: dict[str, Any]) -> dict[str, Any]:
    text = re.sub(r"\nExecution: .*", "", document["text"])
    return {**document, "links": {**document["links"], "execution": None}, "text": text}


def _side(cloud: RunningCloud, name: str) -> Side:
    url, arn = cloud.queue(name)
    topic = cloud.topic(name)
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    cloud.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    cloud.client("dynamodb").get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return Side(name, topic, url)


@pytest.fixture(scope="module")
def sides(cloud: RunningCloud) -> tuple[Side, Side]:
    return _side(cloud, "functions"), _side(cloud, "direct")


@pytest.fixture
def pair(cloud: RunningCloud, sides: tuple[Side, Side]) -> Iterator[Pair]:
    """A flow of its own, on air."""
    name = f"f{uuid.uuid4().hex[:8]}"
    cloud.server.clock.resume()
    media = cloud.client("mediaconnect")
    source = {"Name": "in", "Protocol": "rtp", "IngestPort": 5000, "WhitelistCidr": "203.0.113.0/24"}
    flow = media.create_flow(Name=f"live-{name}", Source=source)["Flow"]["FlowArn"]
    letters, _ = cloud.queue(f"{name}-letters")
    config = _config(name, flow)
    machine = cloud.machine(_definition(config, sides[1], letters))
    media.start_flow(FlowArn=flow)
    until(lambda: media.describe_flow(FlowArn=flow)["Flow"]["Status"] == "ACTIVE")
    made = Pair(cloud, flow, name, *sides, machine, config, letters)
    yield made
    for side in sides:
        made.told(side)
    cloud.server.clock.resume()
    if media.describe_flow(FlowArn=flow)["Flow"]["Status"] == "ACTIVE":
        media.stop_flow(FlowArn=flow)
        until(lambda: media.describe_flow(FlowArn=flow)["Flow"]["Status"] == "STANDBY")
    media.delete_flow(FlowArn=flow)


def _config(name: str, flow: str) -> str:
    """What HCL writes."""
    settings = {
        "arn": flow,
        "name": f"live-{name}",
        "window_seconds": 300,
        "resolution_seconds": PERIOD,
        "no_data_seconds": 180,
        "datapoint_grace_seconds": 0,
        "thresholds": [
            dict(zip(("metric", "statistic", "comparison", "threshold", "unit", "severity"), one, strict=True))
            for one in LIMITS
        ]
        + OPTIONAL,
    }
    return json.dumps({"flows": {name: settings}, "composite_alarms": {"any-trouble": name}})


def _definition(config: str, side: Side, letters: str) -> dict[str, Any]:
    """The rendered definition with its placeholders filled in."""
    values = {
        "monitor_config": json.dumps(config)[1:-1],
        "topic_arn": side.topic,
        "table_name": side.table,
        "dashboard_name": "live-flows",
        "idempotency_ttl_seconds": "3600",
        "dead_letter_queue_url": letters,
    }
    text = DEFINITION.read_text(encoding="utf-8")
    for placeholder, value in values.items():
        text = text.replace(f"${{{placeholder}}}", value)
    found: dict[str, Any] = json.loads(text)
    return found


def _same(pair: Pair, event: Any) -> dict[str, Any]:
    """What both variants make of an event, which must be the same; returns the outcome and what people were told."""
    functions, direct = pair.both(event)
    assert "error" not in direct, direct
    assert direct["outcome"] == functions["outcome"]
    told, told_directly = pair.told(pair.functions), pair.told(pair.direct)
    assert told_directly == told
    assert pair.incident(pair.direct) == pair.incident(pair.functions)
    return {"outcome": direct["outcome"], "told": told_directly}


def test_an_incident_from_its_first_alert_to_its_end(pair: Pair) -> None:
    pair.measure()
    assert _same(pair, {"flow_arn": pair.flow})["outcome"] == "healthy"
    pair.measure(SourceJitter=71.25)
    assert _same(pair, pair.alarm("ALARM", "jitter", JITTER))["told"][0]["severity"] == "MEDIUM"
    pair.measure(SourceJitter=71.25, SourcePacketLossPercent=2.5)
    [worse] = _same(pair, pair.alarm("ALARM"))["told"]
    assert "Reported before, and still so:" in worse["text"]
    assert _same(pair, pair.alarm("ALARM", "packet-loss-trigger"))["outcome"] == "duplicate"
    pair.measure(SourceJitter=71.25, SourcePacketLossPercent=2.5)
    assert _same(pair, pair.alarm("ALARM"))["outcome"] == "alert", "the same alarm fires again"
    pair.measure(6)
    [over] = _same(pair, pair.alarm("OK", ago=200))["told"]
    assert over["kind"] == "recovery", "the alarm has fired since"
    assert over["recovered"] == [JITTER, LOSS]
    assert _same(pair, pair.alarm("OK", ago=100))["outcome"] == "healthy"


def test_a_recovery_that_an_alarm_has_overtaken_tells_nobody(pair: Pair) -> None:
    pair.measure(SourcePacketLossPercent=2.5)
    assert _same(pair, pair.alarm("ALARM"))["outcome"] == "alert"
    pair.measure(4)
    assert _same(pair, pair.alarm("OK", "jitter", JITTER, ago=245))["outcome"] == "duplicate"


MEASUREMENTS: list[dict[str, float | None]] = [
    {LOSS: 0.05},
    {LOSS: 0.0512345, JITTER: 50.0},
    {LOSS: 12.3456, JITTER: 1234.5},
    {LOSS: 99.99, BIT_RATE: 999.0},
    {BIT_RATE: 512_345.0, JITTER: 12_345.0},
    {BIT_RATE: 13_999_999.0},
    {BIT_RATE: 0.0},
    {BIT_RATE: None},
    {LOSS: None, JITTER: None, BIT_RATE: None},
    {LOSS: None},
    {"MergeActive": 0.0, "FailoverSwitches": 1.0},
    {"MergeActive": 1.0, "FailoverSwitches": 0.0},
]


@pytest.mark.parametrize("how", ["ALARM", "by hand", "OK"])
def test_every_measurement_is_judged_and_told_alike(pair: Pair, how: str) -> None:
    for values in MEASUREMENTS:
        pair.measure(5, **values)
        _same(pair, {"flow_arn": pair.flow} if how == "by hand" else pair.alarm(how, ago=190 if how == "OK" else 0))
        pair.forget()


def test_a_short_window_at_a_high_resolution_is_judged_alike(pair: Pair) -> None:
    pair.measure(1, SourcePacketLossPercent=3.5)
    for ago in (5, 45, 59, 61, 300, 4000):
        _same(pair, pair.alarm("ALARM", f"packet-loss-{ago}", ago=ago))


def test_a_flow_that_does_not_run_is_healthy_and_ends_its_incident(pair: Pair) -> None:
    pair.measure(SourcePacketLossPercent=2.5)
    assert _same(pair, pair.alarm("ALARM"))["outcome"] == "alert"
    pair.cloud.server.clock.resume()
    media = pair.cloud.client("mediaconnect")
    media.stop_flow(FlowArn=pair.flow)
    until(lambda: media.describe_flow(FlowArn=pair.flow)["Flow"]["Status"] == "STANDBY")
    cloud_metrics.pass_time(pair.cloud, 5)
    [over] = _same(pair, pair.alarm("OK"))["told"]
    assert "The flow is not running" in over["text"]


def test_a_composite_alarm_is_about_the_flow_that_the_configuration_names(pair: Pair) -> None:
    pair.measure(SourcePacketLossPercent=2.5)
    event = pair.alarm("ALARM")
    event["detail"] |= {"alarmName": "any-trouble", "configuration": {"alarmRule": "ALARM(a)"}}
    assert _same(pair, event)["outcome"] == "alert"


def test_a_second_delivery_tells_nobody(pair: Pair) -> None:
    pair.measure(SourcePacketLossPercent=2.5)
    event = pair.alarm("ALARM")
    assert pair.by_workflow(event)["outcome"] == "alert"
    assert pair.by_workflow(event)["outcome"] == "duplicate"
    assert len(pair.told(pair.direct)) == 1


def test_a_topic_that_refuses_leaves_a_dead_letter_and_no_trace_in_the_table(pair: Pair) -> None:
    pair.measure(SourcePacketLossPercent=2.5)
    topic = pair.cloud.client("sns")
    policy = topic.get_topic_attributes(TopicArn=pair.direct.topic)["Attributes"]["Policy"]
    refusing = {"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": pair.direct.topic}
    denied = json.dumps({"Version": "2012-10-17", "Statement": [refusing]})
    event = pair.alarm("ALARM")
    pair.cloud.server.clock.resume()  # retries wait
    topic.set_topic_attributes(TopicArn=pair.direct.topic, AttributeName="Policy", AttributeValue=denied)
    ended = pair.by_workflow(event)
    assert ended["error"] == "DeadLettered"
    assert pair.incident(pair.direct) is None
    topic.set_topic_attributes(TopicArn=pair.direct.topic, AttributeName="Policy", AttributeValue=policy)
    assert pair.by_workflow(event)["outcome"] == "alert"


def test_a_check_that_fails_is_told_with_its_reason(pair: Pair) -> None:
    gone = pair.flow.replace(pair.name, "gone")
    assert pair.by_workflow({"flow_arn": gone})["outcome"] == "alert"
    [notice] = pair.told(pair.direct)
    assert notice["kind"] == "monitoring-failed"
    assert notice["subject"] == "[HIGH] live-gone: monitoring failed (UnknownFlow)"
    assert notice["attributes"] == {"severity": "HIGH", "kind": "monitoring-failed", "flow": "live-gone"}
    request = {
        "kind": "monitoring-failed",
        "error": notice["error"],
        "event": {"flow_arn": gone},
        "execution": {"arn": f"arn:aws:states:{REGION}:123456789012:express:m:e:1"},
    }
    words = _of_any_execution(monitoring_failed(parse(request, pair.now()), "live-flows").document)
    assert _without(notice, "time") == _without({**words, "attributes": notice["attributes"]}, "time")


def test_what_is_no_event_is_a_dead_letter(pair: Pair) -> None:
    whole: list[Any] = [[], {}, {"flow_arn": 1}, {"flow_arn": "arn:aws:medialive:eu-central-1:123456789012:channel:1"}]
    details: list[dict[str, Any]] = [
        {"state": {"value": "INSUFFICIENT_DATA"}},
        {"state": {"value": "ALARM", "timestamp": "yesterday"}},
        {"state": {"value": "ALARM", "timestamp": "2126-01-01T00:00:00.000+0000"}},
        {"alarmName": 7},
        {"configuration": {"metrics": []}},
    ]
    good = pair.alarm("ALARM")
    for event in [*whole, *({**good, "detail": {**good["detail"], **wrong}} for wrong in details)]:
        assert pair.by_workflow(event)["error"] == "DeadLettered"
        letter = json.loads(pair.cloud.receive(pair.letters)["Body"])
        assert (letter["event"], letter["error"]) == (event, "InvalidEvent")
        assert letter["cause"]


def test_the_words_are_those_of_the_function() -> None:
    states = json.loads(DEFINITION.read_text(encoding="utf-8"))["States"]["TellPeople"]["Branches"][0]["States"]
    words = states["GatherFacts"]["Assign"]
    listed = {name: {**vars(one), "actions": list(one.actions)} for name, one in advice._ADVICE.items()}
    other = advice.advice("other")
    assert words["advice"] == listed
    assert words["other_advice"] == {"meaning": other.meaning, "actions": list(other.actions)}
    ours = [line.replace("function", "workflow") for line in advice.MONITORING_FAILED]
    assert states["WordFailure"]["Assign"]["checks"] == ours, "there is no function whose log or role could be meant"


def _without(document: dict[str, Any], name: str) -> dict[str, Any]:
    text = re.sub(r"Time: \S+", "", document["text"].replace("function", "workflow"))
    return {key: value for key, value in {**document, "text": text}.items() if key != name}
