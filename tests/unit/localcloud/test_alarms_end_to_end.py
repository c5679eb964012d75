"""The whole way: sample → alarm → event → state machine → function → topic → queue, and back to OK."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from cloud_metrics import go_to, pass_time
from running_cloud import RunningCloud, until

LOG_GROUPS = "arn:aws:logs:eu-central-1:123456789012:log-group"
FUNCTION = """
import boto3, os
topic = os.environ["TOPIC"]
def handler(event, context):
    state = event["detail"]["state"]["value"]
    boto3.client("sns").publish(TopicArn=topic, Subject=state, Message=event["detail"]["alarmName"])
    return {"told": state}
"""


@pytest.fixture
def chain(cloud: RunningCloud) -> dict[str, Any]:
    name = f"chain-{uuid.uuid4().hex[:6]}"
    url, queue_arn = cloud.queue(name)
    topic = cloud.client("sns").create_topic(Name=name)["TopicArn"]
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    function = cloud.function(FUNCTION, Environment={"Variables": {"TOPIC": topic}})
    group = f"/aws/vendedlogs/states/{name}"
    cloud.client("logs").create_log_group(logGroupName=group)
    machine = cloud.machine(
        {
            "StartAt": "Tell",
            "States": {
                "Tell": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::lambda:invoke",
                    "Parameters": {"FunctionName": function, "Payload.$": "$"},
                    "OutputPath": "$.Payload",
                    "End": True,
                }
            },
        },
        loggingConfiguration={
            "level": "ALL",
            "includeExecutionData": True,
            "destinations": [
                {
                    "cloudWatchLogsLogGroup": {
                        "logGroupArn": f"arn:aws:logs:eu-central-1:123456789012:log-group:{group}:*"
                    }
                }
            ],
        },
    )
    events = cloud.client("events")
    pattern = {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"alarmName": [{"prefix": f"{name}/"}], "state": {"value": ["ALARM", "OK"]}},
    }
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": machine, "RoleArn": cloud.role(f"{name}-rule")}])
    alarm = f"{name}/studio/packet-loss"
    flow = f"arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-a:{name}"
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName=alarm,
        Namespace="AWS/MediaConnect",
        MetricName="SourcePacketLossPercent",
        Dimensions=[{"Name": "FlowARN", "Value": flow}],
        Statistic="Maximum",
        Period=10,
        EvaluationPeriods=1,
        Threshold=0.1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    return {
        "name": name,
        "queue": url,
        "alarm": alarm,
        "flow": flow,
        "machine": machine,
        "group": group,
        "topic": topic,
    }


def test_a_breaching_sample_becomes_a_message_and_its_end_another(cloud: RunningCloud, chain: dict[str, Any]) -> None:
    def put(value: float) -> None:
        cloud.client("cloudwatch").put_metric_data(
            Namespace="AWS/MediaConnect",
            MetricData=[
                {
                    "MetricName": "SourcePacketLossPercent",
                    "Value": value,
                    "Dimensions": [{"Name": "FlowARN", "Value": chain["flow"]}],
                    "StorageResolution": 1,
                }
            ],
        )

    go_to(cloud, 10, beyond=3)
    pass_time(cloud, 10)
    assert cloud.timeline("alarm", alarm=chain["alarm"], new="OK")
    first = json.loads(cloud.receive(chain["queue"])["Body"])
    assert first["Subject"] == "OK"
    put(2.5)
    pass_time(cloud, 10)
    alert = json.loads(cloud.receive(chain["queue"])["Body"])
    assert (alert["Subject"], alert["Message"]) == ("ALARM", chain["alarm"])
    assert cloud.timeline("datapoint", flow_arn=chain["flow"], breaching=True)
    put(0)
    pass_time(cloud, 10)
    recovery = json.loads(cloud.receive(chain["queue"])["Body"])
    assert (recovery["Subject"], recovery["Message"]) == ("OK", chain["alarm"])
    ended = cloud.timeline("execution", state_machine=chain["machine"].split(":")[6], status="SUCCEEDED")
    assert [one["detail"]["output"]["told"] for one in ended] == ["OK", "ALARM", "OK"]
    states = cloud.timeline("state", execution_arn=ended[0]["detail"]["execution_arn"])
    assert [state["detail"]["name"] for state in states] == ["Tell"]
    logged = cloud.client("logs").filter_log_events(logGroupName=chain["group"])["events"]
    kinds = {json.loads(event["message"])["type"] for event in logged}
    assert {"ExecutionStarted", "TaskStateEntered", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"} <= kinds


def test_every_transition_starts_exactly_one_execution(cloud: RunningCloud) -> None:
    name = f"many-{uuid.uuid4().hex[:6]}"
    machine = cloud.machine(
        {"StartAt": "Name", "States": {"Name": {"Type": "Pass", "InputPath": "$.detail.alarmName", "End": True}}}
    )
    pattern = {
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"alarmName": [{"prefix": f"{name}/"}]},
    }
    cloud.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    cloud.client("events").put_targets(
        Rule=name, Targets=[{"Id": "1", "Arn": machine, "RoleArn": cloud.role(f"{name}-rule")}]
    )
    alarms = [f"{name}/flow-{number}/jitter" for number in range(20)]
    for alarm in alarms:
        cloud.client("cloudwatch").put_metric_alarm(
            AlarmName=alarm,
            Namespace="AWS/MediaConnect",
            MetricName="SourceJitter",
            Statistic="Maximum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=50,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",
        )
    states = ("ALARM", "OK", "ALARM")
    for state in states:
        for alarm in alarms:
            cloud.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue=state, StateReason="drill")
    machine_name = machine.rpartition(":")[2]

    def all_ended() -> list[dict[str, Any]] | None:
        ended = cloud.timeline("execution", state_machine=machine_name, status="SUCCEEDED")
        return ended if len(ended) == len(states) * len(alarms) else None

    ended = until(all_ended, timeout=60)
    assert sorted(entry["detail"]["output"] for entry in ended) == sorted(alarms * len(states))
