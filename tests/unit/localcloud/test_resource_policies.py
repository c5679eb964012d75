"""The policy of each kind of resource is found by its ARN."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from headend.localcloud import ACCOUNT_ID
from headend.localcloud.iam.resource_policies import resource_policy
from running_cloud import REGION, RunningCloud


def statement(**more: Any) -> dict[str, Any]:
    return {"Sid": "Ours", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **more}


def policy(**more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statement(**more)})


def sids(arn: str) -> list[str]:
    return [one["Sid"] for one in (resource_policy(ACCOUNT_ID, arn) or {"Statement": []})["Statement"]]


def queue(cloud: RunningCloud) -> str:
    url, arn = cloud.queue("with-policy")
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy()})
    return arn


def topic(cloud: RunningCloud) -> str:
    made = cloud.client("sns").create_topic(Name="with-policy", Attributes={"Policy": policy()})
    return str(made["TopicArn"])


def key(cloud: RunningCloud) -> str:
    made = cloud.client("kms").create_key(Policy=policy())
    cloud.client("kms").create_alias(AliasName="alias/with-policy", TargetKeyId=made["KeyMetadata"]["KeyId"])
    return str(made["KeyMetadata"]["Arn"])


def alias_of_key(cloud: RunningCloud) -> str:
    key_arn = str(cloud.client("kms").create_key(Policy=policy())["KeyMetadata"]["Arn"])
    cloud.client("kms").create_alias(AliasName="alias/by-alias", TargetKeyId=key_arn)
    return f"{key_arn.rpartition(':')[0]}:alias/by-alias"


def bucket(cloud: RunningCloud) -> str:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="with-policy", CreateBucketConfiguration={"LocationConstraint": REGION})
    own = {**statement(), "Resource": "arn:aws:s3:::with-policy/*", "Action": "s3:GetObject"}
    s3.put_bucket_policy(Bucket="with-policy", Policy=json.dumps({"Version": "2012-10-17", "Statement": [own]}))
    return "arn:aws:s3:::with-policy"


@pytest.fixture(scope="module", autouse=True)
def logs_admit_nobody_afterwards(cloud: RunningCloud) -> Iterator[None]:
    """What moto holds outlives the cloud, and this policy is one of the whole Region."""
    yield
    held = cloud.client("logs").describe_resource_policies()["resourcePolicies"]
    for name in [one["policyName"] for one in held]:
        cloud.client("logs").delete_resource_policy(policyName=name)


def log_group(cloud: RunningCloud) -> str:
    cloud.client("logs").put_resource_policy(policyName="ours", policyDocument=policy())
    return f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:any"


def secret(cloud: RunningCloud) -> str:
    manager = cloud.client("secretsmanager")
    arn = str(manager.create_secret(Name="with-policy", SecretString="s")["ARN"])
    manager.put_resource_policy(SecretId=arn, ResourcePolicy=policy())
    return arn


def table(cloud: RunningCloud) -> str:
    tables = cloud.client("dynamodb")
    made = tables.create_table(
        TableName="with-policy",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    arn = str(made["TableDescription"]["TableArn"])
    tables.put_resource_policy(ResourceArn=arn, Policy=policy())
    return arn


def bus(cloud: RunningCloud) -> str:
    events = cloud.client("events")
    events.create_event_bus(Name="with-policy")
    events.put_permission(EventBusName="with-policy", Policy=json.dumps({"Statement": [statement()]}))
    return f"arn:aws:events:{REGION}:{ACCOUNT_ID}:event-bus/with-policy"


@pytest.mark.parametrize("make", [queue, topic, key, alias_of_key, bucket, log_group, secret, table, bus])
def test_the_policy_of_a_resource_is_found(cloud: RunningCloud, make: Any) -> None:
    assert sids(make(cloud)) == ["Ours"]


@pytest.mark.parametrize("service", ["sqs", "sns", "lambda", "kms", "secretsmanager", "dynamodb", "events"])
def test_what_is_not_there_has_no_policy(cloud: RunningCloud, service: str) -> None:
    assert resource_policy(ACCOUNT_ID, f"arn:aws:{service}:{REGION}:{ACCOUNT_ID}:none") is None
    assert resource_policy(ACCOUNT_ID, f"arn:aws:{service}:mars-north-1:{ACCOUNT_ID}:none") is None


def test_permissions_of_a_function_name_what_they_are_for(cloud: RunningCloud) -> None:
    functions = cloud.client("lambda")
    name = cloud.function("def handler(event, context): return 1")
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}"
    functions.publish_version(FunctionName=name)
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    for sid, more in {
        "plain": {"Principal": "sns.amazonaws.com", "SourceArn": f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:t"},
        "alias": {"Principal": ACCOUNT_ID, "Qualifier": "live"},
        "role": {"Principal": f"arn:aws:iam::{ACCOUNT_ID}:role/r", "Qualifier": "1"},
        "url": {"Principal": "*", "FunctionUrlAuthType": "NONE", "Action": "lambda:InvokeFunctionUrl"},
    }.items():
        functions.add_permission(
            **{"FunctionName": name, "StatementId": sid, "Action": "lambda:InvokeFunction", **more}
        )
    found = resource_policy(ACCOUNT_ID, f"{arn}:live")
    assert found is not None
    by_sid = {one["Sid"]: one for one in found["Statement"]}
    assert by_sid["plain"]["Resource"] == arn
    assert by_sid["plain"]["Principal"] == {"Service": "sns.amazonaws.com"}
    assert by_sid["plain"]["Condition"] == {"ArnLike": {"AWS:SourceArn": f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:t"}}
    assert by_sid["alias"]["Resource"] == f"{arn}:live"
    assert by_sid["alias"]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}
    assert by_sid["role"]["Resource"] == f"{arn}:1"
    assert by_sid["role"]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:role/r"}
    assert by_sid["url"]["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}


def test_a_key_that_aws_manages_is_for_its_service(cloud: RunningCloud) -> None:
    found = resource_policy(ACCOUNT_ID, f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:alias/aws/sns")
    assert found is not None
    assert found["Statement"][0]["Condition"]["StringEquals"]["kms:ViaService"] == f"sns.{REGION}.amazonaws.com"
