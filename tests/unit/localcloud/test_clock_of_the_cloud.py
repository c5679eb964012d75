"""The whole local cloud on one clock: the process, the services and the functions."""

from __future__ import annotations

import datetime
import itertools
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from headend.localcloud.tables import TimeToLive
from running_cloud import REGION, RunningCloud, until

TELLING = """
import datetime, os, time
LOADED = time.time()
def handler(event, context):
    return {
        "loaded": LOADED,
        "time": time.time(),
        "now": datetime.datetime.now(datetime.timezone.utc).timestamp(),
        "remaining": context.get_remaining_time_in_millis(),
        "importable": __import__("importlib.util").util.find_spec("pytest") is not None,
    }
"""


@pytest.fixture
def paused(cloud: RunningCloud) -> Iterator[RunningCloud]:
    """The cloud with a clock that stands still."""
    cloud.server.clock.pause()
    yield cloud
    cloud.server.clock.resume()


def test_the_process_has_the_time_of_the_clock_in_every_thread(paused: RunningCloud) -> None:
    shown = paused.server.clock.time()
    seen: list[float] = []
    thread = threading.Thread(target=lambda: seen.append(time.time()))
    thread.start()
    thread.join()
    assert seen == [shown]
    assert datetime.datetime.now(datetime.UTC).timestamp() == shown
    paused.step(3 * 3600)
    assert time.time() == pytest.approx(shown + 3 * 3600, abs=1e-6)


def test_a_function_sees_the_time_of_the_clock_while_it_stands_still(paused: RunningCloud) -> None:
    name = paused.function(TELLING)
    for _ in range(2):
        shown = paused.server.clock.time()
        told, _ = paused.invoke(name)
        assert told["time"] == told["now"] == shown
        assert 0 < told["remaining"] <= 10_000, "time-outs of functions are real"
        assert not told["importable"], "the function sees no more than before"
        paused.step(86_400)


def test_a_warm_function_follows_when_the_clock_is_sped_up(cloud: RunningCloud) -> None:
    clock = cloud.server.clock
    name = cloud.function(TELLING)
    cloud.invoke(name)
    clock.set_speed(1000)
    before = clock.time()
    told, _ = cloud.invoke(name)
    assert before <= told["time"] <= clock.time()
    clock.set_speed(1)


# Queues


def visible(cloud: RunningCloud, url: str, **options: Any) -> list[str]:
    asked = cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, **options)
    return [message["Body"] for message in asked.get("Messages", [])]


def test_a_message_is_visible_again_after_its_time_out(paused: RunningCloud) -> None:
    url, _ = paused.queue("seen-again", VisibilityTimeout="3600")
    paused.client("sqs").send_message(QueueUrl=url, MessageBody="one")
    assert visible(paused, url) == ["one"]
    paused.step(3599)
    assert visible(paused, url) == []
    paused.step(2)
    assert visible(paused, url) == ["one"]


def test_a_delayed_message_comes_when_it_is_due(paused: RunningCloud) -> None:
    url, _ = paused.queue("later")
    paused.client("sqs").send_message(QueueUrl=url, MessageBody="one", DelaySeconds=900)
    assert visible(paused, url) == []
    paused.step(901)
    assert visible(paused, url) == ["one"]


def test_a_long_poll_ends_with_the_message_or_with_its_time(paused: RunningCloud) -> None:
    url, _ = paused.queue("polled", VisibilityTimeout="600")
    paused.client("sqs").send_message(QueueUrl=url, MessageBody="one", DelaySeconds=10)
    received: list[list[str]] = []

    def poll() -> None:
        received.append(visible(paused, url, WaitTimeSeconds=20))

    for _ in range(2):
        thread = threading.Thread(target=poll)
        thread.start()
        until(lambda: any("ReceiveMessage" in name for name in waiting(paused)))
        paused.step(21)
        thread.join(10)
    assert received == [["one"], []]


def waiting(cloud: RunningCloud) -> list[str]:
    """The names of the work whose thread waits on the clock."""
    return [work.name for waiter in list(cloud.server.clock._waiters) for work in waiter.works]


def test_a_function_that_polls_does_not_hold_the_clock_up(paused: RunningCloud) -> None:
    url, _ = paused.queue("polled-by-a-function")
    name = paused.function(
        "import boto3\n"
        "def handler(event, context):\n"
        "    got = boto3.client('sqs').receive_message(QueueUrl=event, WaitTimeSeconds=20)\n"
        "    return [message['Body'] for message in got.get('Messages', [])]\n"
    )
    machine = paused.machine(
        {
            "StartAt": "F",
            "States": {
                "F": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::lambda:invoke",
                    "Parameters": {"FunctionName": name, "Payload.$": "$.url"},
                    "End": True,
                }
            },
        },
        kind="STANDARD",
    )
    states = paused.client("stepfunctions")
    started = states.start_execution(stateMachineArn=machine, input=json.dumps({"url": url}))["executionArn"]
    paused.client("sqs").send_message(QueueUrl=url, MessageBody="late", DelaySeconds=15)
    paused.step(60)
    ended = states.describe_execution(executionArn=started)
    assert ended["status"] == "SUCCEEDED"
    assert json.loads(ended["output"])["Payload"] == ["late"]


# Functions, state machines, schedules, alarms


def test_an_asynchronous_call_is_tried_again_after_one_and_two_minutes(paused: RunningCloud) -> None:
    name = paused.function("def handler(event, context):\n    raise ValueError('no')\n")
    began = paused.server.clock.time()
    paused.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    paused.step(600)
    times = [moment(entry) for entry in paused.timeline("function", function=name)]
    assert [round(one - began) for one in times] == [0, 60, 180]


def moment(entry: dict[str, Any]) -> float:
    return datetime.datetime.fromisoformat(entry["time"]).timestamp()


def test_a_state_machine_waits_and_retries_on_the_clock(paused: RunningCloud) -> None:
    states = {
        "Wait": {"Type": "Wait", "Seconds": 86_400, "Next": "Try"},
        "Try": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sqs:getQueueUrl",
            "Parameters": {"QueueName": "is-not-there"},
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 100, "BackoffRate": 2, "MaxAttempts": 3}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "End"}],
            "Next": "End",
        },
        "End": {"Type": "Succeed"},
    }
    machine = paused.machine({"StartAt": "Wait", "States": states}, kind="STANDARD")
    client = paused.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=machine)["executionArn"]
    paused.step(86_400 + 699)
    assert client.describe_execution(executionArn=arn)["status"] == "RUNNING"
    paused.step(2)
    ended = client.describe_execution(executionArn=arn)
    assert ended["status"] == "SUCCEEDED"
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() == pytest.approx(86_400 + 700, abs=1)


def test_a_token_that_does_not_come_back_times_out_on_the_clock(paused: RunningCloud) -> None:
    """One task has a limit, the other waits for heartbeats, of which one comes; a branch each, at the same time."""
    url, _ = paused.queue("tokens")
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": url, "MessageBody.$": "$$.Task.Token"},
        "End": True,
    }
    ended = {"ErrorEquals": ["States.ALL"], "Next": "Ended", "ResultPath": "$.error"}
    states = {
        name: {"StartAt": name, "States": {name: {**task, **limit, "Catch": [ended]}, "Ended": {"Type": "Succeed"}}}
        for name, limit in {
            "limit": {"TimeoutSeconds": 7200},
            "heartbeat": {"TimeoutSeconds": 86_400, "HeartbeatSeconds": 600},
        }.items()
    }
    machine = paused.machine(
        {"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "Branches": list(states.values()), "End": True}}},
        kind="STANDARD",
    )
    client = paused.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=machine)["executionArn"]
    paused.step(500)
    for token in visible(paused, url):
        client.send_task_heartbeat(taskToken=token)
    paused.step(7200)
    done = client.describe_execution(executionArn=arn)
    assert done["status"] == "SUCCEEDED"
    events = client.get_execution_history(executionArn=arn)["events"]
    took = [
        (event["timestamp"] - done["startDate"]).total_seconds() for event in events if event["type"] == "TaskTimedOut"
    ]
    assert took == pytest.approx([500 + 600, 7200], abs=1)


def test_a_token_that_comes_back_before_its_request_has_returned_is_not_waited_for(paused: RunningCloud) -> None:
    code = """
import boto3
def handler(event, context):
    boto3.client("stepfunctions").send_task_success(taskToken=event["token"], output='"at once"')
"""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": paused.function(code), "Payload": {"token.$": "$$.Task.Token"}},
        "TimeoutSeconds": 600,
        "HeartbeatSeconds": 120,
        "End": True,
    }
    machine = paused.machine({"StartAt": "Ask", "States": {"Ask": task}}, kind="STANDARD")
    client = paused.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=machine)["executionArn"]
    paused.step(1)
    ended = client.describe_execution(executionArn=arn)
    assert (ended["status"], ended.get("output")) == ("SUCCEEDED", '"at once"')


def test_a_state_machine_that_runs_another_one_waits_for_it_on_the_clock(paused: RunningCloud) -> None:
    waits = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}
    inner = paused.machine(waits, kind="STANDARD")
    run = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": inner},
        "End": True,
    }
    outer = paused.machine({"StartAt": "R", "States": {"R": run}}, kind="STANDARD")
    client = paused.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=outer)["executionArn"]
    paused.step(3599)
    assert client.describe_execution(executionArn=arn)["status"] == "RUNNING"
    paused.step(61)
    assert client.describe_execution(executionArn=arn)["status"] == "SUCCEEDED"


def test_a_schedule_of_three_hours_fires_every_three_hours(paused: RunningCloud) -> None:
    url, arn = paused.queue("every-three-hours")
    events = paused.client("events")
    events.put_rule(Name="every-three-hours", ScheduleExpression="rate(3 hours)")
    events.put_targets(Rule="every-three-hours", Targets=[{"Id": "queue", "Arn": arn}])
    paused.step(86_400)
    times = [json.loads(body)["time"] for body in visible(paused, url)]
    hours = [datetime.datetime.fromisoformat(one).timestamp() / 3600 for one in sorted(times)]
    assert len(hours) == 8
    assert [round(after - before, 2) for before, after in itertools.pairwise(hours)] == [3] * 7


def test_an_alarm_of_five_minutes_goes_off_after_five_minutes(paused: RunningCloud) -> None:
    cloudwatch = paused.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="five-minutes",
        Namespace="N",
        MetricName="M",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=5,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    for _ in range(7):
        cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": "M", "Value": 1}])
        paused.step(60)
    [change] = paused.timeline("alarm", alarm="five-minutes", new="ALARM")
    assert change["detail"]["old"] in ("OK", "INSUFFICIENT_DATA")


# DynamoDB


def test_items_go_when_their_time_has_come(paused: RunningCloud) -> None:
    dynamodb = paused.client("dynamodb")
    dynamodb.create_table(
        TableName="expiring",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "OLD_IMAGE"},
    )
    dynamodb.update_time_to_live(
        TableName="expiring", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    now = int(paused.server.clock.time())
    items: dict[str, dict[str, str]] = {
        "soon": {"N": str(now + 3600)},
        "later": {"N": str(now + 7200)},
        "text": {"S": str(now + 3600)},
        "long-ago": {"N": str(now - 6 * 366 * 86_400)},
    }
    for key, value in items.items():
        dynamodb.put_item(TableName="expiring", Item={"k": {"S": key}, "until": value})
    heard: list[str] = []
    paused.server.part(TimeToLive).listen(lambda region, _, item: heard.append(f"{region} {item.attrs['k'].value}"))

    def left() -> set[str]:
        return {item["k"]["S"] for item in dynamodb.scan(TableName="expiring")["Items"]}

    paused.step(3590)
    assert left() == set(items)
    paused.step(12)
    assert left() == {"later", "text", "long-ago"}
    paused.step(86_400)
    assert left() == {"text", "long-ago"}
    assert heard == [f"{REGION} soon", f"{REGION} later"]
    streams = paused.client("dynamodbstreams")
    [stream] = streams.list_streams(TableName="expiring")["Streams"]
    [shard] = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    removed = [one for one in streams.get_records(ShardIterator=iterator)["Records"] if one["eventName"] == "REMOVE"]
    assert [one["userIdentity"] for one in removed] == [
        {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    ] * 2


# Control


def ask(cloud: RunningCloud, content: dict[str, Any] | None = None) -> dict[str, Any]:
    data = None if content is None else json.dumps(content).encode()
    with urllib.request.urlopen(f"{cloud.server.endpoint}/_headend/clock", data=data) as answer:
        return dict(json.load(answer))


def test_the_clock_is_read_and_controlled_over_http(paused: RunningCloud) -> None:
    before = ask(paused)
    assert before["paused"]
    after = ask(paused, {"step": "3h"})
    assert after["time"] - before["time"] == pytest.approx(3 * 3600, abs=1e-5)
    assert after["iso"].endswith("Z")
    running = ask(paused, {"paused": False, "speed": 60})
    assert (running["paused"], running["speed"]) == (False, 60)
    assert ask(paused, {"speed": 1, "paused": True})["paused"]


def test_a_wrong_order_is_one_line(paused: RunningCloud) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(paused, {"speed": 0})
    assert refused.value.code == 400
    assert "above 0" in json.load(refused.value)["message"]
