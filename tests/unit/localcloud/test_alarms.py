"""Alarms over the API: states, events, messages, metric math, composite alarms."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import RunningCloud, until

NAMESPACE = "AWS/MediaConnect"


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


def state(cloud: RunningCloud, name: str) -> str:
    found = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return str((found["MetricAlarms"] + found["CompositeAlarms"])[0]["StateValue"])


def set_state(cloud: RunningCloud, name: str, value: str) -> None:
    cloud.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=value, StateReason="by hand")


def test_a_new_alarm_has_insufficient_data_and_an_updated_one_keeps_its_state(cloud: RunningCloud) -> None:
    name = f"new-{uuid.uuid4().hex[:6]}"
    metric_alarm(cloud, name)
    assert state(cloud, name) == "INSUFFICIENT_DATA"
    set_state(cloud, name, "ALARM")
    metric_alarm(cloud, name, Threshold=0.2)
    assert state(cloud, name) == "ALARM"


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


def test_the_event_of_a_metric_math_alarm_begins_with_the_expression(
    cloud: RunningCloud, listening: dict[str, str]
) -> None:
    name = f"{listening['name']}/studio/bit-rate-low"
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        EvaluationPeriods=1,
        Threshold=70,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="ignore",
        Metrics=[
            {"Id": "e1", "Expression": "bit_rate * 1", "Label": "Gated", "ReturnData": True},
            {
                "Id": "bit_rate",
                "ReturnData": False,
                "MetricStat": {
                    "Metric": {
                        "Namespace": NAMESPACE,
                        "MetricName": "SourceBitRate",
                        "Dimensions": [{"Name": "FlowARN", "Value": name}],
                    },
                    "Period": 60,
                    "Stat": "Average",
                },
            },
        ],
    )
    set_state(cloud, name, "ALARM")
    event = json.loads(cloud.receive(listening["events"])["Body"])
    first, second = event["detail"]["configuration"]["metrics"]
    assert first == {"id": "e1", "expression": "bit_rate * 1", "label": "Gated", "returnData": True}
    assert second["metricStat"]["metric"]["dimensions"] == {"FlowARN": name}
    assert second["returnData"] is False


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


def test_setting_the_same_state_again_says_nothing(cloud: RunningCloud, listening: dict[str, str]) -> None:
    name = f"{listening['name']}/studio/same"
    metric_alarm(cloud, name)
    for value in ("ALARM", "ALARM", "OK"):
        set_state(cloud, name, value)
    told = [json.loads(cloud.receive(listening["events"])["Body"])["detail"]["state"]["value"] for _ in range(2)]
    assert sorted(told) == ["ALARM", "OK"]


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


def test_a_composite_alarm_of_unknown_alarms_is_refused(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError, match="do not exist"):
        cloud.client("cloudwatch").put_composite_alarm(AlarmName="odd", AlarmRule="ALARM(nobody)")
    found = cloud.client("cloudwatch").describe_alarms(AlarmNames=["odd"], AlarmTypes=["CompositeAlarm"])
    assert found["CompositeAlarms"] == []


def test_a_gated_floor_alarms_for_an_active_flow_without_input_only(cloud: RunningCloud) -> None:
    cloudwatch = cloud.client("cloudwatch")
    names = {}
    for word, active in (("dead", 1.0), ("standby", 0.0)):
        name = names[word] = f"floor-{word}-{uuid.uuid4().hex[:6]}"
        dimensions = [{"Name": "FlowARN", "Value": name}]
        sample = {"MetricName": "FlowActive", "Value": active, "Dimensions": dimensions, "StorageResolution": 1}
        cloudwatch.put_metric_data(Namespace="Headend/MediaConnect", MetricData=[sample])
        metrics = [
            {"Id": "gated", "Expression": "IF(FILL(active, REPEAT) > 0, bit_rate, 70)", "ReturnData": True},
            *(
                {
                    "Id": query,
                    "ReturnData": False,
                    "MetricStat": {
                        "Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions},
                        "Period": 10,
                        "Stat": "Average",
                    },
                }
                for query, namespace, metric in (
                    ("active", "Headend/MediaConnect", "FlowActive"),
                    ("bit_rate", NAMESPACE, "SourceBitRate"),
                )
            ),
        ]
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            EvaluationPeriods=1,
            Threshold=70,
            ComparisonOperator="LessThanThreshold",
            TreatMissingData="breaching",
            Metrics=metrics,
        )
    until(lambda: state(cloud, names["dead"]) == "ALARM" and state(cloud, names["standby"]) == "OK", timeout=40)


def test_an_alarm_says_which_datapoints_made_it_change(cloud: RunningCloud) -> None:
    name = f"reason-{uuid.uuid4().hex[:6]}"
    metric_alarm(cloud, name, Period=10, TreatMissingData="notBreaching")
    sample = {
        "MetricName": "SourcePacketLossPercent",
        "Value": 2.5,
        "Dimensions": [{"Name": "FlowARN", "Value": name}],
        "StorageResolution": 1,
    }
    cloud.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[sample])
    [entry] = until(lambda: cloud.timeline("alarm", alarm=name, new="ALARM"))
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
