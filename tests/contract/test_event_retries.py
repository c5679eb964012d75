"""EventBridge tries again, gives up, and says why in the dead letter."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from headend.localcloud.eventbridge import event_delivery
from running_cloud import REGION, RunningCloud

RETRIES = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html"
DEAD_LETTERS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html"
NO_FIGURES = "AWS publishes neither the delays nor their jitter: 1, 2, 4 … 600 seconds, less up to half"


class Rule:
    """A rule with a FIFO queue as target, which refuses what comes until it removes doubles by content."""

    def __init__(self, cloud: RunningCloud, **retries: int) -> None:
        self.cloud, self.name = cloud, f"retry-{uuid.uuid4().hex[:8]}"
        self.dead_url, dead = cloud.queue(f"{self.name}-dead")
        self.url, queue = cloud.queue(f"{self.name}.fifo", FifoQueue="true")
        events = cloud.client("events")
        self.arn = events.put_rule(Name=self.name, EventPattern=json.dumps({"source": [self.name]}))["RuleArn"]
        target: dict[str, Any] = {
            "Id": "queue",
            "Arn": queue,
            "SqsParameters": {"MessageGroupId": "events"},
            "DeadLetterConfig": {"Arn": dead},
        }
        if retries:
            target["RetryPolicy"] = retries
        events.put_targets(Rule=self.name, Targets=[target])

    def send(self) -> str:
        entry = {"Source": self.name, "DetailType": "t", "Detail": '{"a": 1}'}
        return str(self.cloud.client("events").put_events(Entries=[entry])["Entries"][0]["EventId"])

    def heal(self) -> None:
        self.cloud.client("sqs").set_queue_attributes(
            QueueUrl=self.url, Attributes={"ContentBasedDeduplication": "true"}
        )

    def messages(self, url: str) -> list[dict[str, Any]]:
        got = self.cloud.client("sqs").receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return list(got.get("Messages", []))

    def dead_letter(self) -> dict[str, str]:
        [message] = self.messages(self.dead_url)
        return {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}


@pytest.mark.contract("A delivery that fails is tried again until it succeeds", source=RETRIES, limits=NO_FIGURES)
def test_a_retry_succeeds(cloud: RunningCloud) -> None:
    rule = Rule(cloud)
    event = rule.send()
    cloud.step(5)
    assert rule.messages(rule.url) == []
    rule.heal()
    cloud.step(30)
    [message] = rule.messages(rule.url)
    assert json.loads(message["Body"])["id"] == event
    assert rule.messages(rule.dead_url) == []


@pytest.mark.contract("After MaximumRetryAttempts the event is a dead letter", source=RETRIES, limits=NO_FIGURES)
@pytest.mark.parametrize("attempts", [0, 1, 3])
def test_attempts(cloud: RunningCloud, attempts: int) -> None:
    rule = Rule(cloud, MaximumRetryAttempts=attempts)
    event = rule.send()
    cloud.step(20)
    [message] = rule.messages(rule.dead_url)
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert json.loads(message["Body"])["id"] == event
    assert attributes.pop("ERROR_MESSAGE")
    assert attributes == {
        "RULE_ARN": rule.arn,
        "TARGET_ARN": f"arn:aws:sqs:{REGION}:123456789012:{rule.name}.fifo",
        "ERROR_CODE": "ERROR_FROM_TARGET",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "RETRY_ATTEMPTS": str(attempts),
    }


@pytest.mark.contract(
    "An event older than MaximumEventAgeInSeconds is a dead letter", source=RETRIES, limits=NO_FIGURES
)
def test_age(cloud: RunningCloud) -> None:
    rule = Rule(cloud, MaximumEventAgeInSeconds=60)
    rule.send()
    cloud.step(20)
    assert rule.messages(rule.dead_url) == []
    cloud.step(60)
    letter = rule.dead_letter()
    assert letter["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"
    assert 4 <= int(letter["RETRY_ATTEMPTS"]) <= 8


@pytest.mark.contract(
    "Without a retry policy it is tried 185 times, for up to 24 hours", source=RETRIES, limits=NO_FIGURES
)
def test_the_default_policy() -> None:
    policy = event_delivery.Policy.of({})
    assert (policy.attempts, policy.age) == (185, 86_400)


@pytest.mark.contract("What no retry can help is a dead letter at once", source=DEAD_LETTERS)
@pytest.mark.parametrize(
    ("arn", "code"),
    [
        pytest.param(f"arn:aws:sqs:{REGION}:123456789012:gone", "NO_RESOURCE", id="queue"),
        pytest.param(f"arn:aws:sns:{REGION}:123456789012:gone", "NO_RESOURCE", id="topic"),
        pytest.param(f"arn:aws:lambda:{REGION}:123456789012:function:gone", "NO_RESOURCE", id="function"),
        pytest.param(f"arn:aws:states:{REGION}:123456789012:stateMachine:gone", "NO_RESOURCE", id="state-machine"),
        pytest.param(f"arn:aws:events:{REGION}:123456789012:event-bus/gone", "NO_RESOURCE", id="bus"),
        pytest.param(f"arn:aws:logs:{REGION}:123456789012:log-group:/aws/events/gone", "NO_RESOURCE", id="log-group"),
    ],
)
def test_targets_that_are_gone(cloud: RunningCloud, arn: str, code: str) -> None:
    name = f"gone-{uuid.uuid4().hex[:8]}"
    url, dead = cloud.queue(name)
    events = cloud.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    target = {"Id": "t", "Arn": arn, "DeadLetterConfig": {"Arn": dead}, "RetryPolicy": {"MaximumRetryAttempts": 5}}
    if ":states:" in arn or ":event-bus/" in arn:
        target["RoleArn"] = cloud.role(name)
    if ":logs:" in arn:
        admit_logs(cloud)
    events.put_targets(Rule=name, Targets=[target])
    events.put_events(Entries=[{"Source": name, "DetailType": "t", "Detail": "{}"}])
    message = cloud.receive(url)
    attributes = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert (attributes["ERROR_CODE"], attributes["RETRY_ATTEMPTS"]) == (code, "0")
    assert "EXHAUSTED_RETRY_CONDITION" not in attributes


def admit_logs(cloud: RunningCloud) -> None:
    """Let EventBridge write into the log groups of events."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"arn:aws:logs:{REGION}:123456789012:log-group:/aws/events/*:*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.client("logs").put_resource_policy(policyName="events", policyDocument=document)


@pytest.mark.contract(
    "Events go on to other buses unchanged, where rules see them",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html",
)
def test_a_bus_is_a_target(cloud: RunningCloud) -> None:
    name = f"bus-{uuid.uuid4().hex[:8]}"
    url, queue = cloud.queue(name)
    events = cloud.client("events")
    bus = events.create_event_bus(Name=name)["EventBusArn"]
    pattern = json.dumps({"source": [name]})
    events.put_rule(Name=name, EventPattern=pattern)
    events.put_targets(Rule=name, Targets=[{"Id": "b", "Arn": bus, "RoleArn": cloud.role(name)}])
    events.put_rule(Name=name, EventBusName=name, EventPattern=pattern)
    events.put_targets(Rule=name, EventBusName=name, Targets=[{"Id": "q", "Arn": queue}])
    [sent] = events.put_events(Entries=[{"Source": name, "DetailType": "t", "Detail": '{"a": 1}'}])["Entries"]
    event = json.loads(cloud.receive(url)["Body"])
    assert (event["id"], event["detail"]) == (sent["EventId"], {"a": 1})


@pytest.mark.contract(
    "A log group gets each event in a stream, and a template's message alone",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html",
    limits="the names of the streams are not documented",
)
def test_a_log_group_is_a_target(cloud: RunningCloud) -> None:
    name = f"log-{uuid.uuid4().hex[:8]}"
    group = f"/aws/events/{name}"
    admit_logs(cloud)
    logs, events = cloud.client("logs"), cloud.client("events")
    logs.create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:{REGION}:123456789012:log-group:{group}"
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    shape = {
        "InputPathsMap": {"at": "$.time", "a": "$.detail.a"},
        "InputTemplate": '{"timestamp": <at>, "message": "a is <a>"}',
    }
    events.put_targets(Rule=name, Targets=[{"Id": "l", "Arn": arn}, {"Id": "m", "Arn": arn, "InputTransformer": shape}])
    events.put_events(Entries=[{"Source": name, "DetailType": "t", "Detail": '{"a": 1}'}])
    cloud.step(1)
    lines = [line["message"] for line in logs.filter_log_events(logGroupName=group)["events"]]
    assert "a is 1" in lines
    [event] = [json.loads(line) for line in lines if line != "a is 1"]
    assert event["detail"] == {"a": 1}


@pytest.mark.contract(
    "A version or alias of a state machine, STANDARD or EXPRESS, is a target",
    source="https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html",
)
@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_state_machine_is_a_target(cloud: RunningCloud, kind: str) -> None:
    name = f"machine-{uuid.uuid4().hex[:8]}"
    url, _ = cloud.queue(name)
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": url, "MessageBody.$": "$.detail.text"},
        "End": True,
    }
    machine = cloud.machine({"StartAt": "Send", "States": {"Send": send}}, kind)
    states, events = cloud.client("stepfunctions"), cloud.client("events")
    version = states.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    routing = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = states.create_state_machine_alias(name="live", routingConfiguration=routing)["stateMachineAliasArn"]
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "m", "Arn": alias, "RoleArn": cloud.role(name)}])
    events.put_events(Entries=[{"Source": name, "DetailType": "t", "Detail": '{"text": "started"}'}])
    assert cloud.receive(url)["Body"] == "started"


@pytest.mark.contract(
    "Retry policies have bounds, and dead-letter queues are standard queues",
    source="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html",
    limits="the words for a FIFO dead-letter queue are our own",
)
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"RetryPolicy": {"MaximumRetryAttempts": 186}}, id="attempts"),
        pytest.param({"RetryPolicy": {"MaximumEventAgeInSeconds": 86_401}}, id="too-old"),
        pytest.param({"DeadLetterConfig": {"Arn": f"arn:aws:sqs:{REGION}:123456789012:dead.fifo"}}, id="fifo"),
    ],
)
def test_bounds(cloud: RunningCloud, settings: dict[str, Any]) -> None:
    events = cloud.client("events")
    events.put_rule(Name="bounds", EventPattern='{"source": ["x"]}')
    target = {"Id": "q", "Arn": f"arn:aws:sqs:{REGION}:123456789012:any", **settings}
    with pytest.raises(ClientError) as refused:
        events.put_targets(Rule="bounds", Targets=[target])
    assert refused.value.response["Error"]["Code"] == "ValidationException"
