"""Every permission of every role of the metrics pipeline is needed: without it something ends with AccessDenied.

The module has all that asks for permissions: keys of the caller's for the bucket, the table and the topic. Functions
are invoked by themselves where that is enough; the rest is a run of the workflow.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from headend import package
from headend.localcloud.launcher import LocalCloud
from headend.terraform import Terraform
from local.permissions import Atom, Permissions
from local.test_examples import PROVIDER, REGION
from local.workspace import REPOSITORY

pytestmark = [pytest.mark.local, pytest.mark.terraform]

ROOT = """
module "metrics" {
  source = "../modules/metrics_pipeline"

  bucket             = { force_destroy = true }
  bucket_kms_key_arn = aws_kms_key.this["bucket"].arn
  hosts              = { Role = ["encoder"] }
  name               = "metered"
  packages = {
    for function in ["metrics_analytics", "metrics_collector", "metrics_processor"] : function => {
      filename = "${path.root}/../build/lambda/${function}.zip"
    }
  }
  table_kms_key_arn = aws_kms_key.this["table"].arn
  topic_arn         = module.topic.arn
  topic_kms_key_arn = module.topic.kms_key_arn
}

module "topic" {
  source = "../modules/alert_topic"
  name   = "metered"
}

resource "aws_kms_key" "this" {
  for_each = toset(["bucket", "table"])

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::123456789012:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

output "alias_arn" { value = module.metrics.alias_arn }
output "bucket_name" { value = module.metrics.bucket_name }
output "dead_letter_queue_names" { value = module.metrics.dead_letter_queue_names }
output "function_names" { value = module.metrics.function_names }
output "schedule_group_name" { value = module.metrics.schedule_group_name }
output "table_name" { value = module.metrics.table_name }
"""
UNUSED: dict[str, str] = {}
"""Action → why nothing here can use it."""
QUERIES = {
    "cpu": {"namespace": "AWS/EC2", "metric": "CPUUtilization", "statistic": "Average", "unit": "Percent"},
    "memory": {"namespace": "CWAgent", "metric": "mem_used_percent", "statistic": "Average", "unit": "Percent"},
}
HOST = "i-0123456789abcdef0"


@dataclass
class Live:
    """The pipeline on a local cloud, with a host that has said something in the last half an hour."""

    cloud: LocalCloud
    outputs: dict[str, Any]
    permissions: Permissions
    proven: set[Atom] = field(default_factory=set)

    def client(self, service: str) -> Any:
        return self.cloud.client(service, REGION)

    def invoke(self, function: str, payload: dict[str, Any]) -> None:
        name = self.outputs["function_names"][function]
        self.client("lambda").invoke(FunctionName=name, Qualifier="live", Payload=json.dumps(payload))

    def put(self, key: str, *lines: dict[str, Any]) -> None:
        """Write an object under the bucket's key."""
        body = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
        self.client("s3").put_object(Bucket=self.outputs["bucket_name"], Key=key, Body=body)

    def put_raw(self, run: str, moment: datetime) -> str:
        """Write an object with one datapoint; its key."""
        stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        key = f"raw/metric_type=cpu/date={moment:%Y-%m-%d}/{run}-0001.json"
        query = QUERIES["cpu"]
        line = {"run_id": run, "metric_type": "cpu", "host": HOST, "timestamp": stamp, "value": 50.0, **query}
        self.put(key, {**line, "dimensions": {"InstanceId": HOST}}, {"end": True, "lines": 1})
        return key

    def queue_url(self, name: str) -> str:
        return str(self.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])

    def messages(self, name: str) -> int:
        """Messages in a queue, also those that somebody has."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        got = self.client("sqs").get_queue_attributes(QueueUrl=self.queue_url(name), AttributeNames=names)
        return sum(int(got["Attributes"][one]) for one in names)


def now() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_run() -> str:
    return f"run-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def live(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    package.build(REPOSITORY)
    folder: Path = tmp_path_factory.mktemp("metered")
    root = folder / "root"
    root.mkdir()
    for linked in ("build", "modules"):
        (folder / linked).symlink_to(REPOSITORY / linked)
    (root / "main.tf").write_text(PROVIDER + ROOT, encoding="utf-8")
    terraform = Terraform(root, folder / "work", cloud.environment(REGION), name="metered")
    terraform.init()
    plan = folder / "plan"
    terraform.plan(plan)
    terraform.apply(plan)
    running = Live(cloud, terraform.output(), Permissions(cloud))
    instance = launch(running)
    yield running
    running.client("ec2").terminate_instances(InstanceIds=[instance])
    terraform.destroy()
    assert cloud.inventory() == []


def launch(live: Live) -> str:
    """An instance, and what CloudWatch would have of it."""
    ec2 = live.client("ec2")
    instance = ec2.run_instances(
        ImageId=ec2.describe_images()["Images"][0]["ImageId"],
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Role", "Value": "encoder"}]}],
    )["Instances"][0]["InstanceId"]
    for query in QUERIES.values():
        data = [
            {
                "MetricName": query["metric"],
                "Dimensions": [{"Name": "InstanceId", "Value": instance}],
                "Timestamp": now() - timedelta(minutes=minutes),
                "Unit": query["unit"],
                "Value": 50.0,
            }
            for minutes in range(0, 40, 5)
        ]
        live.client("cloudwatch").put_metric_data(Namespace=query["namespace"], MetricData=data)
    return str(instance)


def _tried(call: Callable[[], Any]) -> None:
    """A call that AWS refuses when a permission is missing: the timeline tells why."""
    try:
        call()
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] < 500


# What uses the permissions


def a_collection(live: Live) -> None:
    """The collector finds the host, reads its metrics and writes objects and manifests."""
    config = {
        "delay_seconds": 300,
        "hosts": {"Role": ["encoder"]},
        "metric_types": {name: {"queries": [query]} for name, query in QUERIES.items()},
        "period_seconds": 300,
        "window_seconds": 1800,
    }
    payload = {"run_id": new_run(), "metric_type": "all", "config": json.dumps(config), "started": stamp(now())}
    live.invoke("metrics_collector", payload)


def an_object_that_is_expected(live: Live) -> None:
    """The processor is told of a run, then its object comes through the queue: the run is complete."""
    since, run, moment = live.permissions.seq(), new_run(), now()
    key = f"raw/metric_type=cpu/date={moment:%Y-%m-%d}/{run}-0001.json"
    manifest = f"runs/{run}/cpu.json"
    live.put(manifest, {"run_id": run, "metric_type": "cpu", "objects": [key]})
    expected = [{"metric_type": "cpu", "manifest": manifest, "objects": 1}]
    token = f"AAAAKgAAAAIAAAAA{uuid.uuid4().hex}"  # of nobody: the processor asks all the same
    live.invoke("metrics_processor", {"operation": "expect", "run_id": run, "expected": expected, "task_token": token})
    assert live.put_raw(run, moment) == key

    def processed() -> bool:
        asked = {"TableName": live.outputs["table_name"], "Key": {"id": {"S": f"run#{run}"}}, "ConsistentRead": True}
        return "answered" in live.client("dynamodb").get_item(**asked).get("Item", {})

    live.permissions.settled("the end of the run", since, processed)


def an_object_that_is_gone(live: Live) -> None:
    """The processor hears of an object that is not there any more: to be told so, it has to be able to list."""
    made = {"key": f"raw/metric_type=cpu/date=2026-01-01/{new_run()}-0001.json", "etag": "e", "sequencer": "01"}
    detail = {"bucket": {"name": live.outputs["bucket_name"]}, "object": made}
    event = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
    record = {"messageId": "m", "eventSource": "aws:sqs", "body": json.dumps(event)}
    live.invoke("metrics_processor", {"Records": [record]})


def a_mapping_that_is_made(live: Live) -> None:
    """Lambda looks whether the processor's role can take messages from the queue."""
    client, name = live.client("lambda"), live.outputs["function_names"]["metrics_processor"]
    [known] = client.list_event_source_mappings()["EventSourceMappings"]
    asked = {"EventSourceArn": known["EventSourceArn"], "FunctionName": name, "Enabled": False}

    def make() -> None:
        made = client.create_event_source_mapping(**asked)
        client.delete_event_source_mapping(UUID=made["UUID"])

    _tried(make)


def an_analysis(live: Live) -> None:
    """Both analyses read what was collected, today and yesterday, and write what they found."""
    moment = now() - timedelta(minutes=10)
    for day in (moment, moment - timedelta(days=1)):
        live.put_raw(new_run(), day)
    config = json.dumps({"metric_types": {"cpu": {}}, "resolution_seconds": 300})
    for analysis in ("trend", "day-over-day"):
        payload = {"analysis": analysis, "run_id": new_run(), "metric_types": ["cpu"], "config": config}
        live.invoke("metrics_analytics", {**payload, "started": stamp(now())})


def a_run(live: Live) -> None:
    """The whole workflow: its functions and its notice."""
    since, states = live.permissions.seq(), live.client("stepfunctions")
    arn = states.start_execution(stateMachineArn=live.outputs["alias_arn"])["executionArn"]
    live.permissions.settled(
        "the end of the run", since, lambda: states.describe_execution(executionArn=arn)["status"] != "RUNNING"
    )
    _tried(lambda: states.stop_execution(executionArn=arn))


def cold_starts(live: Live) -> None:
    """Each function in a new process: a log stream of its own, and traces."""
    client = live.client("lambda")
    for name in live.outputs["function_names"].values():
        known = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        changed = {**known, "RUN": uuid.uuid4().hex}
        client.update_function_configuration(FunctionName=name, Environment={"Variables": changed})
        client.invoke(FunctionName=name, Payload=b"{}")


def destinations_that_are_set(live: Live) -> None:
    """Lambda looks whether each function's role can send to the queue for what fails."""
    client = live.client("lambda")
    for name in live.outputs["function_names"].values():
        known = client.get_function_event_invoke_config(FunctionName=name, Qualifier="live")
        asked = {one: known[one] for one in ("DestinationConfig", "MaximumRetryAttempts")}
        _tried(
            lambda name=name, asked=asked: client.put_function_event_invoke_config(
                FunctionName=name, Qualifier="live", **asked
            )
        )


def a_state_machine_that_is_updated(live: Live) -> None:
    """Step Functions arranges the delivery of logs with the machine's role."""
    client = live.client("stepfunctions")
    arn = live.outputs["alias_arn"].rpartition(":")[0]
    known = client.describe_state_machine(stateMachineArn=arn)["loggingConfiguration"]
    _tried(lambda: client.update_state_machine(stateMachineArn=arn, loggingConfiguration=known))


def _schedule(live: Live) -> None:
    """A schedule like the module's that is due once; its time comes."""
    client, group = live.client("scheduler"), live.outputs["schedule_group_name"]
    target = client.get_schedule(Name="metrics-pipeline", GroupName=group)["Target"]
    live.cloud.pause()
    try:
        moment = datetime.fromisoformat(str(live.cloud.clock()["iso"])) + timedelta(seconds=5)
        client.create_schedule(
            Name=f"once-{uuid.uuid4().hex[:8]}",
            GroupName=group,
            ActionAfterCompletion="DELETE",
            FlexibleTimeWindow={"Mode": "OFF"},
            ScheduleExpression=f"at({moment:%Y-%m-%dT%H:%M:%S})",
            Target={**target, "RetryPolicy": {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}},
        )
        live.cloud.step(6)
    finally:
        live.cloud.resume()


def a_schedule_that_is_due(live: Live) -> None:
    """Scheduler starts a run in the schedule's role."""
    since, states = live.permissions.seq(), live.client("stepfunctions")
    arn = live.outputs["alias_arn"].rpartition(":")[0]

    def executions() -> set[str]:
        return {one["executionArn"] for one in states.list_executions(stateMachineArn=arn)["executions"]}

    before = executions()
    _schedule(live)
    live.permissions.settled("the run", since, lambda: executions() - before)
    for one in executions() - before:
        _tried(lambda one=one: states.stop_execution(executionArn=one))


def a_schedule_whose_target_does_not_answer(live: Live) -> None:
    """Scheduler keeps what it could not deliver in the schedule's role."""
    since, queue = live.permissions.seq(), live.outputs["dead_letter_queue_names"]["schedule"]
    before = live.messages(queue)
    with live.cloud.fault("throttle", service="states", rate=1.0):
        _schedule(live)
        live.permissions.settled("the dead letter", since, lambda: live.messages(queue) > before)


EXERCISES: dict[Callable[[Live], None], tuple[str, ...]] = {
    a_collection: (
        "*-metrics-collector-function-* function/FindHostsAndReadMetrics:*",
        "*-metrics-collector-function-* function/Trace:*",
        "*-metrics-collector-function-* function/*BucketKey:*",
        "*-metrics-collector-function-* function/WriteObjects:*",
        "*-metrics-collector-function-* function/WriteOwnLogGroup: logs:PutLogEvents *",
    ),
    an_object_that_is_expected: (
        "*-metrics-processor-function-* function/Answer:*",
        "*-metrics-processor-function-* function/PublishMetrics:*",
        "*-metrics-processor-function-* function/ReadObjects:*",
        "*-metrics-processor-function-* function/ReadWithBucketKey:*",
        "*-metrics-processor-function-* function/Remember:*",
        "*-metrics-processor-function-* function/Trace:*",
        "*-metrics-processor-function-* function/UseTableKey:*",
        "*-metrics-processor-function-* function/WriteOwnLogGroup: logs:PutLogEvents *",
    ),
    an_analysis: (
        "*-metrics-analytics-function-* function/ListObjects:*",
        "*-metrics-analytics-function-* function/ReadObjects:*",
        "*-metrics-analytics-function-* function/Trace:*",
        "*-metrics-analytics-function-* function/*BucketKey:*",
        "*-metrics-analytics-function-* function/WriteResults:*",
        "*-metrics-analytics-function-* function/WriteOwnLogGroup: logs:PutLogEvents *",
    ),
    an_object_that_is_gone: ("*-metrics-processor-function-* function/TellGoneObjects:*",),
    a_mapping_that_is_made: ("*-metrics-processor-function-* function/TakeEvents:*",),
    a_run: ("*-metrics-pipeline-workflow-* definition/*", "*-metrics-pipeline-workflow-* platform/Trace:*"),
    cold_starts: ("*-function-* function/WriteOwnLogGroup: logs:CreateLogStream *",),
    destinations_that_are_set: ("*-function-* function/SaveAsyncFailures:*",),
    a_state_machine_that_is_updated: ("*-metrics-pipeline-workflow-* platform/DeliverLogs:*",),
    a_schedule_that_is_due: ("*-metrics-schedule-* start-execution/StartMetricsPipeline:*",),
    a_schedule_whose_target_does_not_answer: ("*-metrics-schedule-* start-execution/KeepWhatCouldNotBeDelivered:*",),
}
"""What uses permissions → those that it uses."""


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.__name__)
def test_it_ends_with_access_denied_without_any_one_permission_that_it_uses(
    live: Live, exercise: Callable[[Live], None]
) -> None:
    live.permissions.prove(lambda: exercise(live), live.proven, *EXERCISES[exercise])


def test_no_permission_is_without_an_exercise(live: Live) -> None:
    left = live.permissions.left(live.proven, UNUSED)
    assert left == [], "\n".join(["no exercise uses:", *left])
