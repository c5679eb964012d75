"""The functions as Lambda calls them, against moto."""

import importlib.util
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest

from unit.lambda_src import monitor_cases
from unit.lambda_src.alert_cases import TABLE, issue, payload, table
from unit.lambda_src.conftest import LAMBDA_SRC


class Context:
    """What Lambda tells a function about its call."""

    function_name = "f"
    memory_limit_in_mb = 128
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:f"
    aws_request_id = "52fdfc07-2182-154f-163f-5f0f9a621d72"

    def get_remaining_time_in_millis(self) -> int:
        return 10_000


def load(function: str) -> ModuleType:
    """A function's handler.py, fresh, under a name of its own."""
    path = Path(LAMBDA_SRC / function / "handler.py")
    spec = importlib.util.spec_from_file_location(f"{function}_handler", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, aws: None) -> None:
    for name, value in {
        "POWERTOOLS_SERVICE_NAME": "test",
        "POWERTOOLS_METRICS_NAMESPACE": "Headend",
        "TABLE_NAME": TABLE,
        "DEPLOYMENT_NAME": "live-dev",
        "DASHBOARD_NAME": "live-dev-flows",
        "IDEMPOTENCY_TTL_SECONDS": "3600",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def queue(environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A queue that subscribes to the topic, message by message as they are."""
    table()
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name="live-dev-alerts")["TopicArn"]
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    monkeypatch.setenv("TOPIC_ARN", topic)
    yield url


def received(url: str) -> list[dict[str, Any]]:
    messages = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(m["Body"]) for m in messages]


def test_an_alert_reaches_a_subscriber_as_json(queue: str) -> None:
    answer = load("alert_handler").handler(payload("alert", 0, issue()), Context())
    assert answer["outcome"] == "alert"
    assert answer["subject"] == "[HIGH] live-dev-studio-a: Packet loss 2.5 %"
    [document] = received(queue)
    assert document["flow_name"] == "live-dev-studio-a"


def test_a_transition_delivered_twice_is_told_once(queue: str) -> None:
    handler = load("alert_handler").handler
    outcomes = [handler(payload("alert", 0, issue()), Context())["outcome"] for _ in range(3)]
    assert outcomes == ["alert", "duplicate", "duplicate"]
    assert len(received(queue)) == 1


def test_another_transition_of_the_same_alarm_is_told(queue: str) -> None:
    handler = load("alert_handler").handler
    kinds = [payload("alert", 0, issue()), payload("recovery", 60), payload("alert", 90, issue())]
    assert [handler(what, Context())["outcome"] for what in kinds] == ["alert", "recovery", "alert"]


def test_a_refused_alert_is_told_on_the_retry(queue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    topic = boto3.client("sns").list_topics()["Topics"][0]["TopicArn"]
    monkeypatch.setenv("TOPIC_ARN", f"{topic}-gone")
    with pytest.raises(Exception, match="does not exist") as refused:
        load("alert_handler").handler(payload("alert", 0, issue()), Context())
    assert type(refused.value).__name__ == "PublishFailed"
    monkeypatch.setenv("TOPIC_ARN", topic)
    assert load("alert_handler").handler(payload("alert", 0, issue()), Context())["outcome"] == "alert"


def test_the_alert_handler_refuses_what_the_workflow_would_not_send(queue: str) -> None:
    with pytest.raises(Exception, match="kind") as refused:
        load("alert_handler").handler({}, Context())
    assert type(refused.value).__name__ == "InvalidRequest"


def _flow() -> str:
    client = boto3.client("mediaconnect")
    arn = client.create_flow(
        Name="live-dev-studio-a",
        Source={"Name": "main", "Protocol": "rtp", "Description": "d", "WhitelistCidr": "203.0.113.0/24"},
    )["Flow"]["FlowArn"]
    return str(arn)


def test_the_monitor_finds_a_new_flow_in_standby_healthy(environment: None) -> None:
    arn = _flow()
    what = monitor_cases.payload({"flow_arn": arn}, monitor_cases.config(arn=arn))
    result = load("stream_monitor").handler(what, Context())
    assert (result["healthy"], result["flow_status"]) == (True, "STANDBY")


def test_the_monitor_reads_cloudwatch(environment: None) -> None:
    arn = _flow()
    client = boto3.client("mediaconnect")
    client.start_flow(FlowArn=arn)
    for _ in range(10):
        if client.describe_flow(FlowArn=arn)["Flow"]["Status"] == "ACTIVE":
            break
    dimensions = [{"Name": "FlowARN", "Value": arn}]
    data = [
        {"MetricName": m, "Dimensions": dimensions, "Value": 7.0} for m in (monitor_cases.LOSS, monitor_cases.JITTER)
    ]
    boto3.client("cloudwatch").put_metric_data(Namespace="AWS/MediaConnect", MetricData=data)
    what = monitor_cases.payload({"flow_arn": arn}, monitor_cases.config(arn=arn))
    result = load("stream_monitor").handler(what, Context())
    assert [(i["metric"], i["value"]) for i in result["issues"]] == [(monitor_cases.LOSS, 7.0)]


def test_pending_datapoints_are_an_answer_and_no_error(environment: None) -> None:
    arn = _flow()
    client = boto3.client("mediaconnect")
    client.start_flow(FlowArn=arn)
    for _ in range(10):
        if client.describe_flow(FlowArn=arn)["Flow"]["Status"] == "ACTIVE":
            break
    told = monitor_cases.event(
        "OK", datetime.now(UTC), metrics=[monitor_cases.metric_stat(monitor_cases.LOSS, arn=arn)]
    )
    answer = load("stream_monitor").handler(monitor_cases.payload(told, monitor_cases.config(arn=arn)), Context())
    assert answer["pending"] is True
    assert monitor_cases.LOSS in answer["reason"]


def test_the_monitors_errors_keep_their_names(environment: None) -> None:
    with pytest.raises(Exception, match="neither") as refused:
        load("stream_monitor").handler(monitor_cases.payload({}), Context())
    assert type(refused.value).__name__ == "InvalidEvent"
