"""What alarms say when their state changes: events, messages to topics, reasons."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from cloud_metrics import go_to, pass_time, set_state, state
from running_cloud import RunningCloud

NAMESPACE = "AWS/MediaConnect"
EVENTS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"
MESSAGES = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html"


@pytest.fixture
def listening(cloud: RunningCloud) -> dict[str, str]:
    """A queue that gets the events of alarms below a name, and one that gets their messages."""
    name = f"alarms-{uuid.uuid4().hex[:6]}"
    events_url, events_arn = cloud.queue(f"{name}-events")
    pattern = {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"alarmName": [{"prefix": f"{name}/"}]},
    }
    cloud.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    cloud.client("events").put_targets(Rule=name, Targets=[{"Id": "q", "Arn": events_arn}])
    messages_url, messages_arn = cloud.queue(f"{name}-messages")
    topic = cloud.client("sns").create_topic(Name=name)["TopicArn"]
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=messages_arn)
    return {"name": name, "events": events_url, "messages": messages_url, "topic": topic}


def metric_alarm(cloud: RunningCloud, name: str, **settings: Any) -> None:
    cloud.client("cloudwatch").put_metric_alarm(
        **{
            "AlarmName": name,
            "AlarmDescription": "Loss on studio A",
            "Namespace": NAMESPACE,
            "MetricName": "SourcePacketLossPercent",
            "Dimensions": [{"Name": "FlowARN", "Value": name}],
            "Statistic": "Maximum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 0.1,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "ignore",
            **settings,
        }
    )


@pytest.mark.contract("The event of a metric alarm has both states and the metric", source=EVENTS)
def test_the_event_of_a_metric_alarm_has_the_documented_shape(cloud: RunningCloud, listening: dict[str, str]) -> None:
    name = f"{listening['name']}/studio/packet-loss"
    metric_alarm(cloud, name)
    set_state(cloud, name, "ALARM")
    event = json.loads(cloud.receive(listening["events"])["Body"])
    arn = f"arn:aws:cloudwatch:eu-central-1:123456789012:alarm:{name}"
    assert (event["source"], event["detail-type"]) == ("aws.cloudwatch", "CloudWatch Alarm State Change")
    assert event["resources"] == [arn]
    assert event["time"].endswith("Z")
    detail = event["detail"]
    assert detail["alarmName"] == name
    assert (detail["previousState"]["value"], detail["state"]["value"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert detail["state"]["reason"] == "by hand"
    assert detail["state"]["timestamp"].endswith("+0000")
    [metric] = detail["configuration"]["metrics"]
    assert metric["returnData"] is True
    assert metric["metricStat"] == {
        "metric": {"namespace": NAMESPACE, "name": "SourcePacketLossPercent", "dimensions": {"FlowARN": name}},
        "period": 300,
        "stat": "Maximum",
    }


@pytest.mark.contract("The message of an alarm to a topic has its trigger", source=MESSAGES)
def test_the_message_of_an_alarm_has_the_documented_shape(cloud: RunningCloud, listening: dict[str, str]) -> None:
    name = f"{listening['name']}/studio/jitter"
    metric_alarm(cloud, name, AlarmActions=[listening["topic"]], MetricName="SourceJitter", Threshold=50)
    set_state(cloud, name, "ALARM")
    envelope = json.loads(cloud.receive(listening["messages"])["Body"])
    assert envelope["Subject"] == f'ALARM: "{name}" in EU (Frankfurt)'
    message = json.loads(envelope["Message"])
    assert (message["OldStateValue"], message["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert message["AWSAccountId"] == "123456789012"
    assert message["Trigger"]["MetricName"] == "SourceJitter"
    assert message["Trigger"]["Statistic"] == "MAXIMUM"
    assert message["Trigger"]["Dimensions"] == [{"value": name, "name": "FlowARN"}]


@pytest.mark.contract("Setting the state that an alarm is in says nothing", source=EVENTS)
def test_setting_the_same_state_again_says_nothing(cloud: RunningCloud, listening: dict[str, str]) -> None:
    name = f"{listening['name']}/studio/same"
    metric_alarm(cloud, name)
    for value in ("ALARM", "ALARM", "OK"):
        set_state(cloud, name, value)
    told = [json.loads(cloud.receive(listening["events"])["Body"])["detail"]["state"]["value"] for _ in range(2)]
    assert sorted(told) == ["ALARM", "OK"]


@pytest.mark.contract("The event and message of a composite alarm name the child that changed", source=EVENTS)
def test_a_composite_alarm_follows_its_children(cloud: RunningCloud, listening: dict[str, str]) -> None:
    first, second = (f"{listening['name']}-{child}" for child in "ab")
    for child in (first, second):
        metric_alarm(cloud, child)
    name = f"{listening['name']}/both"
    cloud.client("cloudwatch").put_composite_alarm(
        AlarmName=name, AlarmRule=f'ALARM("{first}") AND ALARM("{second}")', AlarmActions=[listening["topic"]]
    )
    assert state(cloud, name) == "OK"
    json.loads(cloud.receive(listening["events"])["Body"])
    set_state(cloud, first, "ALARM")
    assert state(cloud, name) == "OK"
    set_state(cloud, second, "ALARM")
    assert state(cloud, name) == "ALARM"
    event = json.loads(cloud.receive(listening["events"])["Body"])
    assert event["detail"]["configuration"] == {"alarmRule": f'ALARM("{first}") AND ALARM("{second}")'}
    assert f"alarm:{second} transitioned to ALARM at" in event["detail"]["state"]["reason"]
    [child] = json.loads(event["detail"]["state"]["reasonData"])["triggeringAlarms"]
    assert child["state"]["value"] == "ALARM"
    message = json.loads(json.loads(cloud.receive(listening["messages"])["Body"])["Message"])
    assert message["AlarmRule"] == f'ALARM("{first}") AND ALARM("{second}")'


@pytest.mark.contract("The reason of a state lists the datapoints that made it", source=EVENTS)
def test_an_alarm_says_which_datapoints_made_it_change(cloud: RunningCloud) -> None:
    name = f"reason-{uuid.uuid4().hex[:6]}"
    go_to(cloud, 10, beyond=3)
    metric_alarm(cloud, name, Period=10, TreatMissingData="notBreaching")
    sample = {
        "MetricName": "SourcePacketLossPercent",
        "Value": 2.5,
        "Dimensions": [{"Name": "FlowARN", "Value": name}],
        "StorageResolution": 1,
    }
    cloud.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[sample])
    pass_time(cloud, 10)
    [entry] = cloud.timeline("alarm", alarm=name, new="ALARM")
    assert entry["detail"]["reason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [2.5 (")
    assert "was greater than the threshold (0.1) (minimum 1 datapoint for OK -> ALARM" in entry["detail"]["reason"]
    [alarm] = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    data = json.loads(alarm["StateReasonData"])
    assert (data["statistic"], data["period"], data["threshold"], data["recentDatapoints"]) == (
        "Maximum",
        10,
        0.1,
        [2.5],
    )
