"""The local cloud enforces identity: definitions run with their derived policies, and not without any statement."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from asl_machines import machine_of
from headend.asl import model
from headend.asl.iam.derive import derive
from headend.asl.iam.settings import Settings
from headend.localcloud import ACCOUNT_ID
from running_cloud import REGION, RunningCloud, until

NOTHING = {"Sid": "Nothing", "Effect": "Allow", "Action": "none:Nothing", "Resource": "*"}
ECHO = "def handler(event, context):\n    return event\n"


def task(resource: str, arguments: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": arguments, **fields}


def sequence(*tasks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A definition that runs tasks one after the other, each with the definition's input."""
    names = [f"Step{number}" for number in range(1, len(tasks) + 1)]
    states = {}
    for name, following, one in zip(names, [*names[1:], None], tasks, strict=True):
        way = {"Next": following} if following else {"End": True}
        kept = {} if "Arguments" in one else {"ResultPath": None}
        states[name] = {**kept, **one, **way}
    return machine_of(states, **fields)


class Trial:
    """A definition under its derived policy."""

    def __init__(
        self, cloud: RunningCloud, definition: dict[str, Any], values: dict[str, str], arns: dict[str, str], event: Any
    ) -> None:
        self.cloud = cloud
        self.event = json.dumps(event)
        self.states = cloud.client("stepfunctions")
        name = f"derived-{uuid.uuid4().hex[:8]}"
        text = json.dumps(definition)
        settings = Settings("aws", REGION, ACCOUNT_ID, name, arns)
        policy = derive(model.parse(text), settings)
        assert not policy.underived
        self.policy = json.loads(filled(policy.text(), values))
        self.definition = filled(text, values)
        self.role_name = f"{name}-role"
        self.role = cloud.role(self.role_name, self.policy)
        made = self.states.create_state_machine(name=name, definition=self.definition, roleArn=self.role)
        self.machine = made["stateMachineArn"]

    def run(self) -> tuple[str, str]:
        """Status and cause of an execution."""
        execution = self.states.start_execution(stateMachineArn=self.machine, input=self.event)["executionArn"]

        def ended() -> dict[str, Any] | None:
            got = self.states.describe_execution(executionArn=execution)
            return dict(got) if got["status"] != "RUNNING" else None

        got = until(ended)
        return got["status"], got.get("cause", "")

    def without(self, sid: str) -> str:
        """Without a statement: "refused" when the machine is deployed, "denied" when it runs, or what happens else."""
        left = [one for one in self.policy["Statement"] if one["Sid"] != sid] or [NOTHING]
        self.put({**self.policy, "Statement": left})
        try:
            before = len(self.cloud.timeline("denied"))
            try:
                self.states.update_state_machine(
                    stateMachineArn=self.machine, definition=self.definition, roleArn=self.role
                )
            except ClientError as error:
                return "refused" if error.response["Error"]["Code"] == "AccessDeniedException" else str(error)
            status, cause = self.run()
            denied = self.cloud.timeline("denied")[before:]
            return "denied" if status == "FAILED" and denied else f"{status} {cause}"
        finally:
            self.put(self.policy)

    def put(self, policy: dict[str, Any]) -> None:
        """Give the role another policy."""
        iam = self.cloud.client("iam")
        iam.put_role_policy(RoleName=self.role_name, PolicyName="inline", PolicyDocument=json.dumps(policy))


def filled(text: str, values: dict[str, str]) -> str:
    """Placeholders replaced, as templatefile() does."""
    return re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], text)


@pytest.fixture
def try_out(cloud: RunningCloud) -> Callable[..., None]:
    def out(
        definition: dict[str, Any],
        sids: int,
        values: dict[str, str] | None = None,
        arns: dict[str, str] | None = None,
        event: Any = None,
    ) -> None:
        """The definition runs with its policy of so many statements, and without any one of them it does not."""
        trial = Trial(cloud, definition, values or {}, arns or {}, event or {})
        status, cause = trial.run()
        assert status == "SUCCEEDED", cause
        found = [one["Sid"] for one in trial.policy["Statement"]]
        assert len(found) == sids, json.dumps(trial.policy, indent=1)
        assert {sid: trial.without(sid) for sid in found} == {
            sid: ("refused" if "Rule" in sid else "denied") for sid in found
        }

    return out


def bucket_of(cloud: RunningCloud, **objects: str) -> str:
    name = f"objects-{uuid.uuid4().hex[:8]}"
    where = {"LocationConstraint": REGION}
    cloud.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)
    for key, body in objects.items():
        cloud.client("s3").put_object(Bucket=name, Key=key, Body=body)
    return name


def test_functions_by_arn_alias_and_name(cloud: RunningCloud, try_out: Callable[..., None]) -> None:
    plain, versioned = cloud.function(ECHO), cloud.function(ECHO)
    client = cloud.client("lambda")
    version = client.publish_version(FunctionName=versioned)["Version"]
    client.create_alias(FunctionName=versioned, Name="live", FunctionVersion=version)
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{plain}"
    definition = sequence(
        {"Type": "Task", "Resource": "${function_arn}"},
        task("lambda:invoke", {"FunctionName": versioned, "Qualifier": "live"}),
        task("aws-sdk:lambda:invoke", {"FunctionName": f"{versioned}:live"}),
        task("aws-sdk:lambda:getFunctionConfiguration", {"FunctionName": plain}),
    )
    try_out(definition, 3, {"function_arn": arn})


def test_queues_and_topics(cloud: RunningCloud, try_out: Callable[..., None]) -> None:
    url, queue = cloud.queue(f"q-{uuid.uuid4().hex[:8]}")
    topic = cloud.topic(f"t-{uuid.uuid4().hex[:8]}")
    entries = [{"Id": "1", "MessageBody": "one"}]
    messages = [{"Id": "1", "Message": "one"}]
    definition = sequence(
        task("sqs:sendMessage", {"QueueUrl": "${queue_url}", "MessageBody.$": "$"}),
        task("aws-sdk:sqs:sendMessageBatch", {"QueueUrl": "${queue_url}", "Entries": entries}),
        task("aws-sdk:sqs:receiveMessage", {"QueueUrl": "${queue_url}"}),
        task("sns:publish", {"TopicArn": "${topic_arn}", "Message": "hello"}),
        task("aws-sdk:sns:publishBatch", {"TopicArn.$": "$.topic", "PublishBatchRequestEntries": messages}),
    )
    values = {"queue_url": url, "topic_arn": topic, "queue_arn": queue}
    try_out(definition, 3, values, {"queue_url": "queue_arn", "$.topic": "topic_arn"}, {"topic": topic})


def table_of(cloud: RunningCloud) -> str:
    name = f"table-{uuid.uuid4().hex[:8]}"
    client = cloud.client("dynamodb")
    index = {
        "IndexName": "by-owner",
        "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in ("id", "owner")],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[index],
        BillingMode="PAY_PER_REQUEST",
    )
    until(lambda: client.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE")
    return name


def test_tables_their_items_and_indexes(cloud: RunningCloud, try_out: Callable[..., None]) -> None:
    table = table_of(cloud)
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{table}"
    item = {"id": {"S": "1"}, "owner": {"S": "me"}}
    key = {"id": {"S": "1"}}
    definition = sequence(
        task("dynamodb:putItem", {"TableName": "${table_name}", "Item": item}),
        task("dynamodb:getItem", {"TableName": "${table_arn}", "Key": key}),
        task(
            "aws-sdk:dynamodb:query",
            {
                "TableName": "${table_name}",
                "IndexName": "by-owner",
                "KeyConditionExpression": "#o = :o",
                "ExpressionAttributeNames": {"#o": "owner"},
                "ExpressionAttributeValues": {":o": {"S": "me"}},
            },
        ),
        task("aws-sdk:dynamodb:batchGetItem", {"RequestItems": {table: {"Keys": [key]}}}),
        task("dynamodb:deleteItem", {"TableName.$": "$.table", "Key": key}),
    )
    try_out(definition, 5, {"table_name": table, "table_arn": arn}, event={"table": table})


def test_a_transaction_needs_what_its_items_need(cloud: RunningCloud, try_out: Callable[..., None]) -> None:
    table = table_of(cloud)
    item = {"id": {"S": "2"}}
    items = [{"Put": {"TableName": table, "Item": item}}, {"Delete": {"TableName": table, "Key": {"id": {"S": "3"}}}}]
    try_out(sequence(task("aws-sdk:dynamodb:transactWriteItems", {"TransactItems": items})), 1)


def test_objects_and_buckets(cloud: RunningCloud, try_out: Callable[..., None]) -> None:
    bucket = bucket_of(cloud, first="1")
    definition = sequence(
        task("aws-sdk:s3:headObject", {"Bucket": bucket, "Key": "first"}),
        task("aws-sdk:s3:listObjectsV2", {"Bucket": "${bucket}", "Prefix": "fi"}),
        task("aws-sdk:s3:copyObject", {"Bucket": bucket, "Key": "second", "CopySource": f"{bucket}/first"}),
        task("aws-sdk:s3:putObject", {"Bucket": bucket, "Key.$": "$.key", "Body": "3"}),
        task("aws-sdk:s3:deleteObject", {"Bucket": bucket, "Key": "second"}),
    )
    # The key in the input may be any: that covers the other PutObject. HeadObject and CopyObject read the same object.
    try_out(definition, 4, {"bucket": bucket}, event={"key": "third"})


def test_metrics_and_alarms(cloud: RunningCloud, try_out: Callable[..., None]) -> None:
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName="derived",
        Namespace="Test",
        MetricName="M",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    metric = {"Namespace": "Test", "MetricData": [{"MetricName": "M", "Value": 1}]}
    query = {"Id": "m", "MetricStat": {"Metric": {"Namespace": "Test", "MetricName": "M"}, "Period": 60, "Stat": "Sum"}}
    asked = {
        "MetricDataQueries": [query],
        "StartTime": "2026-01-01T00:00:00Z",
        "EndTime": "2026-01-01T01:00:00Z",
    }
    alarm = {"AlarmName": "derived", "StateValue": "OK", "StateReason": "test"}
    definition = sequence(
        task("aws-sdk:cloudwatch:putMetricData", metric),
        task("aws-sdk:cloudwatch:getMetricData", asked),
        task("aws-sdk:cloudwatch:setAlarmState", alarm),
        task("aws-sdk:cloudwatch:describeAlarms", {}),
    )
    try_out(definition, 4)


def test_a_flow_in_the_input(cloud: RunningCloud, try_out: Callable[..., None]) -> None:
    source = {"Name": "in", "Protocol": "srt-listener", "IngestPort": 5000, "WhitelistCidr": "10.0.0.0/8"}
    flow = cloud.client("mediaconnect").create_flow(Name="derived", Source=source)["Flow"]["FlowArn"]
    described = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:mediaconnect:describeFlow",
        "Arguments": {"FlowArn": "{% $states.input.flow_arn %}"},
        "Output": "{% $states.input %}",
    }
    started = {**described, "Resource": "arn:aws:states:::aws-sdk:mediaconnect:startFlow"}
    definition = sequence(described, started, QueryLanguage="JSONata")
    trial: dict[str, Any] = {"arns": {"$states.input.flow_arn": "flow_arn"}, "values": {"flow_arn": flow}}
    described_only = sequence(described, QueryLanguage="JSONata")
    try_out(described_only, 1, event={"flow_arn": flow})
    try_out(described_only, 1, event={"flow_arn": flow}, **trial)
    assert [one.actions for one in derive(model.parse(json.dumps(definition))).statements] == [
        ("mediaconnect:DescribeFlow",),
        ("mediaconnect:StartFlow",),
    ]


def test_a_nested_execution_and_the_rule_that_tells_its_end(cloud: RunningCloud, try_out: Callable[..., None]) -> None:
    child = cloud.machine(machine_of({"Pass": {"Type": "Pass", "End": True}}), kind="STANDARD")
    arguments = {"StateMachineArn": child, "Input": {}}
    try_out(sequence(task("states:startExecution.sync:2", arguments)), 3)


def test_a_distributed_map_with_its_reader_and_writer(cloud: RunningCloud, try_out: Callable[..., None]) -> None:
    bucket = bucket_of(cloud, items="[1, 2]")
    each = {**machine_of({"Each": {"Type": "Pass", "End": True}})}
    each["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    state = {
        "Type": "Map",
        "ItemProcessor": each,
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": "${bucket}", "Key": "items"},
        },
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": "${bucket}", "Prefix": "results"},
        },
    }
    try_out(sequence(state), 4, {"bucket": bucket})


def test_the_objects_of_a_prefix(cloud: RunningCloud, try_out: Callable[..., None]) -> None:
    bucket = bucket_of(cloud, **{"in/1": "x", "in/2": "y"})
    each = {**machine_of({"Each": {"Type": "Pass", "End": True}})}
    each["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    reader = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": bucket, "Prefix": "in/"}}
    try_out(sequence({"Type": "Map", "ItemProcessor": each, "ItemReader": reader}), 3)


def test_events_on_two_buses(cloud: RunningCloud, try_out: Callable[..., None]) -> None:
    bus = f"bus-{uuid.uuid4().hex[:8]}"
    cloud.client("events").create_event_bus(Name=bus)
    entry = {"Source": "my.source", "DetailType": "t", "Detail": {"a": 1}}
    definition = sequence(
        task("events:putEvents", {"Entries": [entry]}),
        task("events:putEvents", {"Entries": [{**entry, "EventBusName": bus}]}),
    )
    try_out(definition, 2)


def test_parameters_and_secrets(cloud: RunningCloud, try_out: Callable[..., None]) -> None:
    cloud.client("ssm").put_parameter(Name="/derived/one", Value="1", Type="String")
    cloud.client("secretsmanager").create_secret(Name="derived/secret", SecretString="s")
    definition = sequence(
        task("aws-sdk:ssm:getParameter", {"Name": "/derived/one"}),
        task("aws-sdk:secretsmanager:getSecretValue", {"SecretId": "derived/secret"}),
    )
    try_out(definition, 2)


def test_a_schedule_hands_over_a_role(cloud: RunningCloud, try_out: Callable[..., None]) -> None:
    _, queue = cloud.queue(f"q-{uuid.uuid4().hex[:8]}")
    role = cloud.role(f"scheduled-{uuid.uuid4().hex[:8]}")
    name = f"s-{uuid.uuid4().hex[:8]}"
    arguments = {
        "Name": name,
        "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": queue, "RoleArn": "${role_arn}"},
    }
    deleted = task("aws-sdk:scheduler:deleteSchedule", {"Name": name})
    try_out(sequence(task("aws-sdk:scheduler:createSchedule", arguments), deleted), 3, {"role_arn": role})
