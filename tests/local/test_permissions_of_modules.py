"""Every permission of the roles that `envs/local` does not have is needed too: each module with everything switched on.

Roles of CloudTrail, MediaConnect, SNS's delivery status, and functions in a VPC or with traces.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from headend.localcloud.launcher import LocalCloud
from headend.terraform import Terraform
from local.permissions import Atom, Permissions
from local.test_examples import PROVIDER, REGION
from local.workspace import REPOSITORY, eventually

pytestmark = [pytest.mark.local, pytest.mark.terraform]

ROOT = """
module "audit" { source = "../modules/guardrails/examples/audit" }
module "flow" { source = "../modules/mediaconnect_flow/examples/encrypted_srt" }

module "topic" {
  source                  = "../modules/alert_topic"
  name                    = "told"
  delivery_status_logging = {}
  subscriptions           = { recorder = { protocol = "sqs", endpoint = aws_sqs_queue.recorder.arn } }
}

resource "aws_sqs_queue" "recorder" {
  name = "told-recorder"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "*"
      Condition = { ArnEquals = { "aws:SourceArn" = "arn:aws:sns:eu-central-1:123456789012:told" } }
    }]
  })
}

module "function" {
  source  = "../modules/lambda_function"
  name    = "in-vpc"
  package = { filename = "${path.root}/../modules/lambda_function/examples/minimal/function.zip" }
  vpc     = { security_group_ids = [aws_security_group.this.id], subnet_ids = [aws_subnet.this.id] }
}

resource "aws_vpc" "this" { cidr_block = "192.0.2.0/24" }

resource "aws_subnet" "this" {
  cidr_block = "192.0.2.0/28"
  vpc_id     = aws_vpc.this.id
}

resource "aws_security_group" "this" {
  name   = "in-vpc"
  vpc_id = aws_vpc.this.id
}

module "machine" {
  source          = "../modules/state_machine"
  definition_file = "${path.root}/pass.asl.json"
  kms_key_arn     = aws_kms_key.this.arn
  name            = "sealed"
}

resource "aws_kms_key" "this" {
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

output "machine_arn" { value = module.machine.alias_arn }
output "flow_arn" { value = module.flow.flow_arn }
output "topic_arn" { value = module.topic.arn }
"""
UNUSED: dict[str, str] = {}
"""Action → why nothing here can use it."""


@dataclass
class Live:
    """The modules on a local cloud."""

    cloud: LocalCloud
    outputs: dict[str, Any]
    permissions: Permissions
    proven: set[Atom] = field(default_factory=set)


@pytest.fixture(scope="module")
def live(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder: Path = tmp_path_factory.mktemp("modules")
    root = folder / "root"
    root.mkdir()
    (folder / "modules").symlink_to(REPOSITORY / "modules")
    (root / "main.tf").write_text(PROVIDER + ROOT, encoding="utf-8")
    definition = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}
    (root / "pass.asl.json").write_text(json.dumps(definition), encoding="utf-8")
    terraform = Terraform(root, folder / "work", cloud.environment(REGION), name="modules")
    terraform.init()
    plan = folder / "plan"
    terraform.plan(plan)
    terraform.apply(plan)
    assert not terraform.plan(plan), "a second plan changes nothing"
    yield Live(cloud, terraform.output(), Permissions(cloud))
    terraform.destroy()
    assert cloud.inventory() == []


def _refused(call: Callable[[], Any]) -> None:
    """A call that AWS refuses when a permission is missing: the timeline tells why."""
    try:
        call()
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] < 500


def a_trail_that_is_updated(live: Live) -> None:
    """CloudTrail tries the log group in the trail's role."""
    client = live.cloud.client("cloudtrail", REGION)
    [trail] = client.describe_trails()["trailList"]
    _refused(
        lambda: client.update_trail(
            Name=trail["Name"],
            CloudWatchLogsLogGroupArn=trail["CloudWatchLogsLogGroupArn"],
            CloudWatchLogsRoleArn=trail["CloudWatchLogsRoleArn"],
        )
    )


def an_output_with_a_password(live: Live) -> None:
    """MediaConnect reads the password in the flow's role."""
    client, flow = live.cloud.client("mediaconnect", REGION), live.outputs["flow_arn"]
    [known] = [one for one in client.describe_flow(FlowArn=flow)["Flow"]["Outputs"] if one.get("Encryption")]
    output = {
        "Name": "second",
        "Protocol": "srt-listener",
        "Port": 7002,
        "CidrAllowList": ["192.0.2.0/28"],
        "MinLatency": 400,
        "Encryption": known["Encryption"],
    }

    def add() -> None:
        made = client.add_flow_outputs(FlowArn=flow, Outputs=[output])["Outputs"][0]
        client.remove_flow_output(FlowArn=flow, OutputArn=made["OutputArn"])

    _refused(add)


def a_message_that_is_delivered(live: Live) -> None:
    """SNS writes what became of it in the topic's feedback role."""
    since = live.permissions.seq()
    message_id = live.cloud.client("sns", REGION).publish(TopicArn=live.outputs["topic_arn"], Message="x")["MessageId"]

    def delivered() -> bool:
        return any(
            entry["kind"] == "notification" and entry["detail"]["message_id"] == message_id
            for entry in live.cloud.timeline(since)
        )

    eventually("the delivery", delivered)
    eventually("its log, or a refusal", lambda: _logged(live, message_id) or live.permissions.denied(since), 30)


def a_message_that_fails(live: Live) -> None:
    """So does it for what cannot be delivered: a queue that is gone."""
    sqs, sns = live.cloud.client("sqs", REGION), live.cloud.client("sns", REGION)
    topic = live.outputs["topic_arn"]
    url = sqs.create_queue(QueueName=f"told-gone-{uuid.uuid4()}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    made = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)["SubscriptionArn"]
    sqs.delete_queue(QueueUrl=url)
    since = live.permissions.seq()
    message_id = sns.publish(TopicArn=topic, Message="x")["MessageId"]
    eventually(
        "its log, or a refusal", lambda: _logged(live, message_id, "/Failure") or live.permissions.denied(since), 30
    )
    sns.unsubscribe(SubscriptionArn=made)


def _logged(live: Live, message_id: str, kind: str = "") -> bool:
    group = f"sns/{REGION}/123456789012/told{kind}"
    events = live.cloud.client("logs", REGION).filter_log_events(logGroupName=group)["events"]
    return any(message_id in event["message"] for event in events)


def a_function_in_a_vpc(live: Live) -> None:
    """Lambda makes its network interfaces in the function's role."""
    client = live.cloud.client("lambda", REGION)
    known = client.get_function_configuration(FunctionName="in-vpc")["VpcConfig"]
    asked = {name: known[name] for name in ("SecurityGroupIds", "SubnetIds")}
    _refused(lambda: client.update_function_configuration(FunctionName="in-vpc", VpcConfig=asked))


def a_function_that_runs(live: Live) -> None:
    """Its log, in a process of its own, and its traces."""
    client = live.cloud.client("lambda", REGION)
    variables = {"RUN": uuid.uuid4().hex}
    client.update_function_configuration(FunctionName="in-vpc", Environment={"Variables": variables})
    client.invoke(FunctionName="in-vpc", Payload=b"{}")


def a_destination_that_is_set(live: Live) -> None:
    """Lambda looks whether the function's role can send to the queue for what fails."""
    client = live.cloud.client("lambda", REGION)
    known = client.get_function_event_invoke_config(FunctionName="in-vpc", Qualifier="live")
    asked = {name: known[name] for name in ("DestinationConfig", "MaximumRetryAttempts")}
    _refused(lambda: client.put_function_event_invoke_config(FunctionName="in-vpc", Qualifier="live", **asked))


def an_execution_under_a_key(live: Live) -> None:
    """Step Functions uses the key and sends the trace in the machine's role."""
    client = live.cloud.client("stepfunctions", REGION)
    _refused(lambda: client.start_execution(stateMachineArn=live.outputs["machine_arn"], input="{}"))


def a_state_machine_that_is_updated(live: Live) -> None:
    """Step Functions arranges the delivery of logs with the machine's role."""
    client = live.cloud.client("stepfunctions", REGION)
    arn = live.outputs["machine_arn"].rpartition(":")[0]
    known = client.describe_state_machine(stateMachineArn=arn)["loggingConfiguration"]
    _refused(lambda: client.update_state_machine(stateMachineArn=arn, loggingConfiguration=known))


EXERCISES: dict[Callable[[Live], None], tuple[str, ...]] = {
    a_trail_that_is_updated: ("*-audit-trail-* write-log/*",),
    an_output_with_a_password: ("*-keys-* read-keys/*",),
    a_message_that_is_delivered: ("told-delivery-* delivery-status/*/told:[*]",),
    a_function_in_a_vpc: ("in-vpc-* function/NetworkInterfaces:*",),
    a_function_that_runs: ("in-vpc-* function/WriteOwnLogGroup:*", "in-vpc-* function/Trace:*"),
    a_destination_that_is_set: ("in-vpc-* function/SaveAsyncFailures:*",),
    an_execution_under_a_key: ("sealed-* platform/Encrypt:*", "sealed-* platform/Trace:*"),
    a_state_machine_that_is_updated: ("sealed-* platform/DeliverLogs:*",),
    a_message_that_fails: ("told-delivery-* delivery-status/*/told/Failure:[*]",),
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
