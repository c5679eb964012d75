"""The inventory: everything that was made, whatever the service, and nothing that was there before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headend.localcloud.launcher import LocalCloud

from .requests_to import flow_request

REGION, OTHER = "eu-central-1", "us-east-1"
READERS = (
    ("budgets", "describe_budgets", {"AccountId": "123456789012"}),
    ("cloudtrail", "describe_trails", {}),
    ("ec2", "describe_vpcs", {}),
    ("events", "list_rules", {}),
    ("iam", "list_roles", {}),
    ("kms", "list_aliases", {}),
    ("lambda", "list_functions", {}),
    ("logs", "describe_log_groups", {}),
    ("scheduler", "list_schedules", {}),
    ("ssm", "describe_parameters", {}),
    ("stepfunctions", "list_state_machines", {}),
)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A server of its own: the shared one is never empty."""
    with LocalCloud(Path(tmp_path_factory.mktemp("fresh"))) as cloud:
        yield cloud


def kinds(cloud: LocalCloud) -> set[tuple[str, str, str]]:
    return {(found["service"], found["region"], found["type"]) for found in cloud.inventory()}


def test_defaults_that_come_into_being_by_looking_are_no_resources(fresh: LocalCloud) -> None:
    for region in (REGION, OTHER):
        for service, operation, parameters in READERS:
            getattr(fresh.client(service, region), operation)(**parameters)
    assert fresh.inventory() == []


def test_every_service_is_asked_in_every_region_and_what_is_deleted_is_gone(fresh: LocalCloud) -> None:
    def client(service: str, region: str = REGION) -> Any:
        return fresh.client(service, region)

    queue = client("sqs").create_queue(QueueName="left")["QueueUrl"]
    topic = client("sns", OTHER).create_topic(Name="left")["TopicArn"]
    client("events").put_rule(Name="left", ScheduleExpression="rate(1 minute)")  # in a bus that was there before
    client("iam").create_role(RoleName="left", AssumeRolePolicyDocument=json.dumps({"Statement": []}))
    client("logs").create_log_group(logGroupName="/left")
    flow = client("mediaconnect").create_flow(**flow_request("left"))["Flow"]["FlowArn"]
    group = client("ec2").create_security_group(GroupName="left", Description="in the default VPC")["GroupId"]
    assert kinds(fresh) == {
        ("ec2", REGION, "SecurityGroup"),
        ("events", REGION, "Rule"),
        ("iam", "aws", "Role"),
        ("logs", REGION, "LogGroup"),
        ("mediaconnect", REGION, "Flow"),
        ("sns", OTHER, "Topic"),
        ("sqs", REGION, "Queue"),
    }
    assert {"service": "sns", "region": OTHER, "type": "Topic", "id": topic} in fresh.inventory()

    client("sqs").delete_queue(QueueUrl=queue)
    client("sns", OTHER).delete_topic(TopicArn=topic)
    client("events").delete_rule(Name="left")
    client("iam").delete_role(RoleName="left")
    client("logs").delete_log_group(logGroupName="/left")
    client("ec2").delete_security_group(GroupId=group)
    client("mediaconnect").delete_flow(FlowArn=flow)
    client("mediaconnect").get_waiter("flow_deleted").wait(FlowArn=flow, WaiterConfig={"Delay": 1})
    assert fresh.inventory() == []


def test_a_key_that_waits_for_its_deletion_counts_as_deleted(fresh: LocalCloud) -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html: 7 days are the least."""
    kms = fresh.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert ("kms", REGION, "Key") in kinds(fresh)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert fresh.inventory() == []


def test_a_key_that_aws_made_for_a_service_is_nobodys_to_delete(fresh: LocalCloud) -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key"""
    made = fresh.client("kms").describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]
    assert made["KeyState"] == "Enabled"
    assert fresh.inventory() == []


def test_the_log_group_that_medialive_makes_is_of_all_channels_of_the_region(fresh: LocalCloud) -> None:
    """https://docs.aws.amazon.com/medialive/latest/ug/working-with-logs.html"""
    fresh.client("logs").create_log_group(logGroupName="ElementalMediaLive")
    fresh.client("logs").create_log_group(logGroupName="/left")
    assert [one["id"].rpartition("log-group:")[2] for one in fresh.inventory()] == ["/left"]
    fresh.client("logs").delete_log_group(logGroupName="/left")
