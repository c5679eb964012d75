"""Events reach the targets of matching rules, shaped as the rule says, or its dead-letter queue."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from headend.localcloud.eventbridge.event_input import fill, target_input
from headend.localcloud.eventbridge.event_patterns import matches
from headend.localcloud.eventbridge.event_wildcards import Wildcard

from .conftest import RunningCloud, until

EVENT: dict[str, Any] = {
    "source": "aws.mediaconnect",
    "detail-type": "MediaConnect Flow Status Change",
    "resources": ["arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-a:live-studio"],
    "detail": {
        "currentStatus": "ACTIVE",
        "count": 3,
        "ratio": 0.5,
        "none": None,
        "on": True,
        "ip": "192.0.2.7",
        "tags": ["a", "b"],
    },
}


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ({"source": ["aws.mediaconnect"]}, True),
        ({"source": ["aws.ec2", "aws.mediaconnect"]}, True),
        ({"source": ["aws.ec2"]}, False),
        ({}, False),
        ({"detail": {"currentStatus": ["ACTIVE"], "count": [3]}}, True),
        ({"detail": {"currentStatus": [{"prefix": "ACT"}]}}, True),
        ({"detail": {"currentStatus": [{"prefix": {"equals-ignore-case": "act"}}]}}, True),
        ({"resources": [{"suffix": ":live-studio"}]}, True),
        ({"resources": [{"suffix": ":live"}]}, False),
        ({"detail": {"currentStatus": [{"anything-but": "STANDBY"}]}}, True),
        ({"detail": {"currentStatus": [{"anything-but": ["ACTIVE", "STANDBY"]}]}}, False),
        ({"detail": {"currentStatus": [{"anything-but": {"prefix": "STAND"}}]}}, True),
        ({"detail": {"count": [{"anything-but": 3}]}}, False),
        ({"detail": {"absent": [{"anything-but": 3}]}}, False),
        ({"detail": {"count": [{"numeric": [">", 0, "<=", 3]}]}}, True),
        ({"detail": {"count": [{"numeric": [">", 3]}]}}, False),
        ({"detail": {"absent": [{"exists": False}]}}, True),
        ({"detail": {"count": [{"exists": True}]}}, True),
        ({"detail": {"none": [None]}}, True),
        ({"detail": {"on": [True]}}, True),
        ({"detail": {"on": [1]}}, False),
        ({"detail": {"currentStatus": [{"equals-ignore-case": "active"}]}}, True),
        ({"detail": {"currentStatus": [{"wildcard": "A*I*E"}]}}, True),
        ({"detail": {"ip": [{"cidr": "192.0.2.0/24"}]}}, True),
        ({"detail": {"ip": [{"cidr": "198.51.100.0/24"}]}}, False),
        ({"detail": {"tags": ["b"]}}, True),
        ({"$or": [{"source": ["x"]}, {"detail": {"count": [3]}}]}, True),
        ({"$or": [{"source": ["x"]}, {"source": ["y"]}]}, False),
        ({"nowhere": {"deep": ["x"]}}, False),
    ],
)
def test_patterns(pattern: dict[str, Any], wanted: bool) -> None:
    assert matches(pattern, EVENT) is wanted


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [("*", "", True), ("a*c", "abc", True), ("a*c", "ab", False), ("ab*ba", "aba", False), (r"a\*c", "a*c", True)],
)
def test_wildcards(pattern: str, text: str, wanted: bool) -> None:
    assert Wildcard(pattern).matches(text) is wanted


def test_the_input_of_a_target() -> None:
    def shaped(**target: Any) -> Any:
        return json.loads(target_input(target, EVENT, "arn:rule/name", "2026-01-01T00:00:00.000Z"))

    assert shaped() == EVENT
    assert shaped(Input='{"constant": 1}') == {"constant": 1}
    assert shaped(InputPath="$.detail.tags[1]") == "b"
    template = (
        '{"flow_arns": [<arn>], "says": "is <status>", "tags": <tags>, "count": <count>, '
        '"rule": <aws.events.rule-name>}'
    )
    paths = {
        "arn": "$.resources[0]",
        "status": "$.detail.currentStatus",
        "tags": "$.detail.tags",
        "count": "$.detail.count",
    }
    assert shaped(InputTransformer={"InputPathsMap": paths, "InputTemplate": template}) == {
        "flow_arns": EVENT["resources"],
        "says": "is ACTIVE",
        "tags": ["a", "b"],
        "count": 3,
        "rule": "name",
    }


def test_a_template_is_valid_json_whatever_the_values_contain() -> None:
    text = 'a "quoted"\nvalue\\'
    assert json.loads(fill('{"out": <x>}', {"x": text})) == {"out": text}


@pytest.fixture
def rule(cloud: RunningCloud) -> dict[str, str]:
    name = f"rule-{uuid.uuid4().hex[:6]}"
    arn = cloud.client("events").put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
    return {"name": name, "arn": arn}


def send(cloud: RunningCloud, source: str, **detail: Any) -> dict[str, Any]:
    entry = {"Source": source, "DetailType": "Test", "Detail": json.dumps(detail)}
    return dict(cloud.client("events").put_events(Entries=[entry]))


def test_a_queue_gets_the_whole_event(cloud: RunningCloud, rule: dict[str, str]) -> None:
    url, arn = cloud.queue(rule["name"])
    cloud.client("events").put_targets(Rule=rule["name"], Targets=[{"Id": "1", "Arn": arn}])
    [entry] = send(cloud, rule["name"], a=1)["Entries"]
    event = json.loads(cloud.receive(url)["Body"])
    assert event["id"] == entry["EventId"]
    assert set(event) == {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}
    assert event["time"].endswith("Z")
    assert event["detail"] == {"a": 1}


def test_a_disabled_rule_delivers_nothing(cloud: RunningCloud, rule: dict[str, str]) -> None:
    url, arn = cloud.queue(rule["name"])
    events = cloud.client("events")
    events.put_targets(Rule=rule["name"], Targets=[{"Id": "1", "Arn": arn}])
    events.disable_rule(Name=rule["name"])
    send(cloud, rule["name"], a=1)
    events.enable_rule(Name=rule["name"])
    send(cloud, rule["name"], a=2)
    assert json.loads(cloud.receive(url)["Body"])["detail"] == {"a": 2}


def test_a_function_and_a_topic_are_targets(cloud: RunningCloud, rule: dict[str, str]) -> None:
    url, queue_arn = cloud.queue(rule["name"])
    topic = cloud.topic(rule["name"])
    cloud.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"}
    )
    send_back = "boto3.client('sqs').send_message(QueueUrl=event['url'], MessageBody='ran')"
    code = f"import boto3\ndef handler(event, context):\n    {send_back}"
    function = cloud.function(code)
    cloud.permit_invoke(function, "events.amazonaws.com", SourceArn=rule["arn"])
    function_arn = f"arn:aws:lambda:eu-central-1:123456789012:function:{function}"
    targets = [
        {"Id": "f", "Arn": function_arn, "Input": json.dumps({"url": url})},
        {"Id": "t", "Arn": topic, "Input": '"told"'},
    ]
    cloud.client("events").put_targets(Rule=rule["name"], Targets=targets)
    send(cloud, rule["name"])
    assert sorted(cloud.receive(url)["Body"] for _ in range(2)) == ['"told"', "ran"]


def test_events_in_awss_name_are_refused(cloud: RunningCloud) -> None:
    answer = send(cloud, "aws.cloudwatch")
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"


def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue(cloud: RunningCloud, rule: dict[str, str]) -> None:
    url, arn = cloud.queue(f"{rule['name']}-dead")
    gone = "arn:aws:states:eu-central-1:123456789012:stateMachine:gone"
    target = {"Id": "1", "Arn": gone, "RoleArn": cloud.role(rule["name"]), "DeadLetterConfig": {"Arn": arn}}
    cloud.client("events").put_targets(Rule=rule["name"], Targets=[target])
    send(cloud, rule["name"], a=1)
    message = cloud.receive(url)
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert attributes["RULE_ARN"] == rule["arn"]
    assert attributes["TARGET_ARN"] == gone
    assert attributes["ERROR_CODE"] == "NO_RESOURCE"
    assert attributes["RETRY_ATTEMPTS"] == "0"
    assert "EXHAUSTED_RETRY_CONDITION" not in attributes
    assert json.loads(message["Body"])["detail"] == {"a": 1}
    [note] = until(lambda: cloud.timeline("event", rule=rule["name"], outcome="failed"))
    assert note["detail"]["target"] == gone
