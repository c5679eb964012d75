"""EventBridge Scheduler: schedules run on time, deliver in their role, and end."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from running_cloud import REGION, RunningCloud, until

TYPES = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"
FLEXIBLE = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-flexible-time-windows.html"
ATTRIBUTES = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html"
TEMPLATED = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html"
UNIVERSAL = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html"
DEAD_LETTERS = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html"
CREATE = "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html"
DELETION = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-delete.html"


@pytest.fixture
def name() -> str:
    return f"plan-{uuid.uuid4().hex[:8]}"


def create(cloud: RunningCloud, name: str, expression: str, target: dict[str, Any], **settings: Any) -> str:
    """A new schedule; returns its ARN."""
    role = cloud.role(f"{name}-{uuid.uuid4().hex[:4]}")
    made = cloud.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression=expression,
        Target={"RoleArn": role, **target},
        **{"FlexibleTimeWindow": {"Mode": "OFF"}, **settings},
    )
    return str(made["ScheduleArn"])


def now(cloud: RunningCloud) -> datetime:
    moment: datetime = cloud.server.clock.now()
    return moment


def bodies(cloud: RunningCloud, url: str) -> list[str]:
    """All messages of a queue at this moment, in order."""
    found: list[str] = []
    while True:
        got = cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        if not got:
            return found
        for message in got:
            found.append(message["Body"])
            cloud.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def shown(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.contract(
    "A rate without a start date begins at once, and goes on until the schedule is disabled", source=TYPES
)
def test_a_rate(cloud: RunningCloud, name: str) -> None:
    url, arn = cloud.queue(name)
    cloud.server.clock.pause()
    begun = now(cloud)
    create(cloud, name, "rate(5 minutes)", {"Arn": arn, "Input": "<aws.scheduler.scheduled-time>"})
    cloud.step(601)
    wanted = [shown(begun + timedelta(minutes=minutes)) for minutes in (0, 5, 10)]
    assert bodies(cloud, url) == wanted
    scheduler = cloud.client("scheduler")
    known = scheduler.get_schedule(Name=name)
    kept = {key: known[key] for key in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
    scheduler.update_schedule(State="DISABLED", **kept)
    cloud.step(601)
    assert bodies(cloud, url) == []
    scheduler.delete_schedule(Name=name)


@pytest.mark.contract("A rate begins at its start date and does not go on after its end date", source=TYPES)
def test_start_and_end(cloud: RunningCloud, name: str) -> None:
    url, arn = cloud.queue(name)
    start = now(cloud).replace(microsecond=0) + timedelta(minutes=3)
    create(
        cloud,
        name,
        "rate(2 minutes)",
        {"Arn": arn, "Input": "<aws.scheduler.scheduled-time>"},
        StartDate=start,
        EndDate=start + timedelta(minutes=5),
    )
    cloud.step(900)
    assert bodies(cloud, url) == [shown(start + timedelta(minutes=minutes)) for minutes in (0, 2, 4)]


@pytest.mark.contract("at() runs once, and is deleted afterwards when it says so", source=DELETION)
@pytest.mark.parametrize("action", ["NONE", "DELETE"])
def test_once(cloud: RunningCloud, name: str, action: str) -> None:
    url, arn = cloud.queue(name)
    moment = (now(cloud) + timedelta(minutes=2)).replace(microsecond=0)
    expression = f"at({moment.strftime('%Y-%m-%dT%H:%M:%S')})"
    create(cloud, name, expression, {"Arn": arn, "Input": "once"}, ActionAfterCompletion=action)
    cloud.step(110)
    assert bodies(cloud, url) == []
    cloud.step(300)
    assert bodies(cloud, url) == ["once"]
    scheduler = cloud.client("scheduler")
    if action == "DELETE":
        with pytest.raises(ClientError, match=f"Schedule {name} does not exist"):
            scheduler.get_schedule(Name=name)
    else:
        assert scheduler.get_schedule(Name=name)["ActionAfterCompletion"] == "NONE"


@pytest.mark.contract("at() means the wall clock of the schedule's zone", source=TYPES)
def test_once_in_a_zone(cloud: RunningCloud, name: str) -> None:
    url, arn = cloud.queue(name)
    moment = (now(cloud) + timedelta(minutes=2)).replace(microsecond=0)
    local = moment + timedelta(hours=5, minutes=30)
    create(
        cloud,
        name,
        f"at({local.strftime('%Y-%m-%dT%H:%M:%S')})",
        {"Arn": arn, "Input": "<aws.scheduler.scheduled-time>"},
        ScheduleExpressionTimezone="Asia/Kolkata",
    )
    cloud.step(130)
    assert bodies(cloud, url) == [shown(moment)]


@pytest.mark.contract("Within a flexible window a schedule runs at some moment after its time", source=FLEXIBLE)
def test_a_flexible_window(cloud: RunningCloud, name: str) -> None:
    url, arn = cloud.queue(name)
    moment = (now(cloud) + timedelta(minutes=1)).replace(microsecond=0)
    create(
        cloud,
        name,
        f"at({moment.strftime('%Y-%m-%dT%H:%M:%S')})",
        {"Arn": arn, "Input": "<aws.scheduler.scheduled-time>"},
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15},
    )
    cloud.step(960)
    assert bodies(cloud, url) == [shown(moment)], "the time is the scheduled one"
    [due] = cloud.timeline("schedule", schedule=name, outcome="due")
    assert moment <= datetime.fromisoformat(due["time"]) <= moment + timedelta(minutes=15, seconds=1)


@pytest.mark.contract("The context attributes are filled in, each attempt with its number", source=ATTRIBUTES)
def test_context_attributes(cloud: RunningCloud, name: str) -> None:
    url, arn = cloud.queue(name)
    names = ("schedule-arn", "scheduled-time", "execution-id", "attempt-number")
    text = json.dumps({key: f"<aws.scheduler.{key}>" for key in names})
    schedule = create(cloud, name, "rate(1 hour)", {"Arn": arn, "Input": text})
    got = json.loads(cloud.receive(url)["Body"])
    assert (got["schedule-arn"], got["attempt-number"]) == (schedule, "1")
    assert len(got["execution-id"]) == 16
    assert datetime.fromisoformat(got["scheduled-time"]).tzinfo == UTC


@pytest.mark.contract(
    "Templated targets get the input: function, topic, FIFO queue, event bus, state machine", source=TEMPLATED
)
def test_templated_targets(cloud: RunningCloud, name: str) -> None:
    url, arn = cloud.queue(name)
    topic = cloud.topic(name)
    raw = {"RawMessageDelivery": "true"}
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
    create(cloud, f"{name}-topic", "rate(1 day)", {"Arn": topic, "Input": "to a topic"})
    assert cloud.receive(url)["Body"] == "to a topic"

    events = cloud.client("events")
    events.create_event_bus(Name=name)
    events.put_rule(Name=name, EventBusName=name, EventPattern=json.dumps({"source": ["plan"]}))
    events.put_targets(Rule=name, EventBusName=name, Targets=[{"Id": "q", "Arn": arn}])
    bus = f"arn:aws:events:{REGION}:123456789012:event-bus/{name}"
    known = {"DetailType": "Planned", "Source": "plan"}
    create(cloud, f"{name}-bus", "rate(1 day)", {"Arn": bus, "Input": '{"a": 1}', "EventBridgeParameters": known})
    event = json.loads(cloud.receive(url)["Body"])
    assert (event["source"], event["detail-type"], event["detail"]) == ("plan", "Planned", {"a": 1})

    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": url, "MessageBody.$": "$.text"},
        "End": True,
    }
    machine = cloud.machine({"StartAt": "Send", "States": {"Send": send}}, "STANDARD")
    create(cloud, f"{name}-machine", "rate(1 day)", {"Arn": machine, "Input": '{"text": "by a state machine"}'})
    assert cloud.receive(url)["Body"] == "by a state machine"

    call = f"boto3.client('sqs').send_message(QueueUrl={url!r}, MessageBody=event['text'])"
    code = f"import boto3\ndef handler(event, context):\n    {call}"
    function = f"arn:aws:lambda:{REGION}:123456789012:function:{cloud.function(code)}"
    create(cloud, f"{name}-function", "rate(1 day)", {"Arn": function, "Input": '{"text": "by a function"}'})
    assert cloud.receive(url)["Body"] == "by a function"


@pytest.mark.contract("A FIFO queue gets the message group of the schedule", source=TEMPLATED)
def test_a_fifo_queue(cloud: RunningCloud, name: str) -> None:
    sqs = cloud.client("sqs")
    settings = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName=f"{name}.fifo", Attributes=settings)["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:123456789012:{name}.fifo"
    create(cloud, name, "rate(1 day)", {"Arn": arn, "Input": "x", "SqsParameters": {"MessageGroupId": "plans"}})

    def message() -> Any:
        got = sqs.receive_message(QueueUrl=url, AttributeNames=["All"]).get("Messages", [])
        return got[0] if got else None

    assert until(message)["Attributes"]["MessageGroupId"] == "plans"


@pytest.mark.contract("Without an input a target gets a notification of the schedule", source=TEMPLATED)
def test_no_input(cloud: RunningCloud, name: str) -> None:
    url, arn = cloud.queue(name)
    schedule = create(cloud, name, "rate(1 day)", {"Arn": arn})
    got = json.loads(cloud.receive(url)["Body"])
    assert (got["source"], got["detail-type"], got["resources"]) == ("aws.scheduler", "Scheduled Event", [schedule])
    assert got["detail"] == "{}"


@pytest.mark.contract("A universal target is an operation of the SDK, called in the schedule's role", source=UNIVERSAL)
def test_a_universal_target(cloud: RunningCloud, name: str) -> None:
    url, _ = cloud.queue(name)
    asked = {"QueueUrl": url, "MessageBody": "<aws.scheduler.scheduled-time>"}
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "Input": json.dumps(asked)}
    create(cloud, name, "rate(1 day)", target)
    assert datetime.fromisoformat(cloud.receive(url)["Body"]).tzinfo == UTC
    with pytest.raises(ClientError, match="describeExecution"):
        create(cloud, f"{name}-2", "rate(1 day)", {"Arn": "arn:aws:scheduler:::aws-sdk:sfn:describeExecution"})


@pytest.mark.contract(
    "What cannot be delivered goes to the dead-letter queue with the schedule's attributes",
    source=DEAD_LETTERS,
    limits="ERROR_CODE of templated targets follows EventBridge's rules",
)
def test_dead_letters(cloud: RunningCloud, name: str) -> None:
    url, dead = cloud.queue(f"{name}-dead")
    gone = f"arn:aws:sqs:{REGION}:123456789012:{name}-gone"
    schedule = create(cloud, name, "rate(1 day)", {"Arn": gone, "Input": '{"a": 1}', "DeadLetterConfig": {"Arn": dead}})
    message = cloud.receive(url)
    attributes = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert json.loads(message["Body"]) == {"a": 1}
    assert (attributes["SCHEDULE_ARN"], attributes["TARGET_ARN"]) == (schedule, gone)
    assert (attributes["RETRY_ATTEMPTS"], attributes["IS_PAYLOAD_TRUNCATED"]) == ("0", "false")
    assert {"ERROR_CODE", "ERROR_MESSAGE", "EXECUTION_ID", "SCHEDULED_TIME"} <= set(attributes)


@pytest.mark.contract("The errors of a universal target are the service's own", source=DEAD_LETTERS)
def test_dead_letters_of_a_universal_target(cloud: RunningCloud, name: str) -> None:
    url, dead = cloud.queue(f"{name}-dead")
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:sfn:stopExecution",
        "Input": json.dumps({"executionArn": f"arn:aws:states:{REGION}:123456789012:execution:m:gone"}),
        "DeadLetterConfig": {"Arn": dead},
    }
    create(cloud, name, "rate(1 day)", target)
    attributes = cloud.receive(url)["MessageAttributes"]
    assert attributes["ERROR_CODE"]["StringValue"] == "ExecutionDoesNotExist"


@pytest.mark.contract(
    "A role that may not reach the target makes a dead letter, not a delivery",
    source=DEAD_LETTERS,
    limits="the error code is EventBridge's NO_PERMISSIONS",
)
def test_a_role_without_permission(cloud: RunningCloud, name: str) -> None:
    url, arn = cloud.queue(name)
    dead_url, dead = cloud.queue(f"{name}-dead")
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": dead}],
    }
    role = cloud.role(name, policy=policy)
    create(cloud, name, "rate(1 day)", {"Arn": arn, "RoleArn": role, "Input": "x", "DeadLetterConfig": {"Arn": dead}})
    message = cloud.receive(dead_url)
    assert "sqs:SendMessage" in message["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]
    assert bodies(cloud, url) == []


@pytest.mark.contract(
    "Schedules live in groups, and go with them",
    source="https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-group.html",
    limits="a deleted group is gone at once: AWS shows DELETING first",
)
def test_groups(cloud: RunningCloud, name: str) -> None:
    url, arn = cloud.queue(name)
    scheduler = cloud.client("scheduler")
    with pytest.raises(ClientError, match=f"Schedule group {name} does not exist"):
        create(cloud, name, "rate(5 minutes)", {"Arn": arn}, GroupName=name)
    scheduler.create_schedule_group(Name=name)
    schedule = create(cloud, name, "rate(5 minutes)", {"Arn": arn, "Input": "x"}, GroupName=name)
    assert schedule == f"arn:aws:scheduler:{REGION}:123456789012:schedule/{name}/{name}"
    assert cloud.receive(url)["Body"] == "x"
    scheduler.delete_schedule_group(Name=name)
    cloud.step(601)
    assert bodies(cloud, url) == []


@pytest.mark.contract(
    "CreateSchedule refuses windows and dates that cannot be", source=CREATE, limits="the words are our own"
)
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, id="flexible-without-a-window"),
        pytest.param(
            {"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1441}}, id="window-too-long"
        ),
        pytest.param({"ScheduleExpressionTimezone": "Studio/North"}, id="unknown-zone"),
        pytest.param(
            {"StartDate": datetime(2030, 1, 2, tzinfo=UTC), "EndDate": datetime(2030, 1, 1, tzinfo=UTC)},
            id="end-before-start",
        ),
    ],
)
def test_what_is_refused(cloud: RunningCloud, name: str, settings: dict[str, Any]) -> None:
    _, arn = cloud.queue(name)
    with pytest.raises(ClientError) as refused:
        create(cloud, name, "rate(1 day)", {"Arn": arn}, **settings)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
