"""What a workflow without functions asks of other services, and the form of their answers."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

import cloud_metrics
from asl_machines import GUIDE, machine_of, run
from running_cloud import RunningCloud

SDK = f"{GUIDE}/supported-services-awssdk.html"
TABLES = f"{GUIDE}/connect-ddb.html"
SNS = f"{GUIDE}/connect-sns.html"


def task(resource: str, **fields: Any) -> dict[str, Any]:
    """A definition of one Task state, in JSONata."""
    only = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "End": True, **fields}
    return machine_of({"Only": only}, QueryLanguage="JSONata")


@pytest.mark.contract("An SDK integration takes and gives times as ISO 8601 texts", source=SDK)
def test_times(cloud: RunningCloud) -> None:
    namespace = f"Times/{uuid.uuid4().hex[:8]}"
    start = cloud_metrics.go_to(cloud, 60, 0) - 60
    cloud_metrics.publish(cloud, namespace, "M", start, [2.5])
    arguments = {
        "MetricDataQueries": [{"Id": "m0", "MetricStat": cloud_metrics.query("m0", namespace, "M")["MetricStat"]}],
        "StartTime": "{% $fromMillis($states.input.start) %}",
        "EndTime": "{% $fromMillis($states.input.start + 60000) %}",
    }
    output = {
        "at": "{% $toMillis($states.result.MetricDataResults[0].Timestamps[0]) %}",
        "values": "{% $states.result.MetricDataResults[0].Values %}",
        "status": "{% $states.result.MetricDataResults[0].StatusCode %}",
    }
    definition = task("aws-sdk:cloudwatch:getMetricData", Arguments=arguments, Output=output)
    found = run(cloud, definition, {"start": round(start * 1000)}).output
    cloud.server.clock.resume()
    assert found == {"at": round(start * 1000), "values": [2.5], "status": "Complete"}


@pytest.mark.contract("DynamoDB's condition that is not met is DynamoDB.ConditionalCheckFailedException", source=TABLES)
def test_condition(cloud: RunningCloud) -> None:
    name = f"t-{uuid.uuid4().hex[:8]}"
    client = cloud.client("dynamodb")
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    put = {"TableName": name, "Item": {"id": {"S": "a"}}, "ConditionExpression": "attribute_not_exists(id)"}
    definition = task("dynamodb:putItem", Arguments=put)
    assert run(cloud, definition).status == "SUCCEEDED"
    assert run(cloud, definition).error == "DynamoDB.ConditionalCheckFailedException"
    got = run(cloud, task("dynamodb:getItem", Arguments={"TableName": name, "Key": {"id": {"S": "a"}}})).output
    assert got["Item"] == {"id": {"S": "a"}}


@pytest.mark.contract("A message with attributes and a body for each protocol is published", source=SNS)
def test_publish(cloud: RunningCloud) -> None:
    name = f"p-{uuid.uuid4().hex[:8]}"
    url, arn = cloud.queue(name)
    topic = cloud.topic(name)
    cloud.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    arguments = {
        "TopicArn": topic,
        "Message": "{% $string({'default': 'for all', 'sqs': $string({'for': 'programs'})}) %}",
        "MessageStructure": "json",
        "MessageAttributes": {"severity": {"DataType": "String", "StringValue": "HIGH"}},
    }
    assert run(cloud, task("sns:publish", Arguments=arguments)).output["MessageId"]
    message = cloud.receive(url)
    assert message["Body"] == '{"for":"programs"}'
    assert message["MessageAttributes"]["severity"]["StringValue"] == "HIGH"
