"""DynamoDB's answers that Terraform's provider reads word by word."""

from __future__ import annotations

import uuid
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from headend.localcloud import ACCOUNT_ID
from running_cloud import REGION, RunningCloud, until


@pytest.mark.contract(
    "Deleting a table that is not there fails with an error that names it",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html",
)
def test_deleting_a_table_that_is_not_there_names_it(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError) as refused:
        cloud.client("dynamodb").delete_table(TableName="gone")
    error = refused.value.response["Error"]
    assert error["Code"] == "ResourceNotFoundException"
    assert error["Message"] == "Requested resource not found: Table: gone not found"


def _as_role(cloud: RunningCloud, condition: dict[str, Any]) -> Any:
    """DynamoDB's client of a role that may do everything with items, under a condition."""
    allow = {"Effect": "Allow", "Action": "dynamodb:*Item", "Resource": "*", "Condition": condition}
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, "Action": "sts:AssumeRole"}
    documents = [{"Version": "2012-10-17", "Statement": [statement]} for statement in (allow, trust)]
    role = cloud.role(f"r-{uuid.uuid4().hex[:8]}", *documents)
    got = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="items")["Credentials"]
    return boto3.client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=cloud.server.endpoint,
        aws_access_key_id=got["AccessKeyId"],
        aws_secret_access_key=got["SecretAccessKey"],
        aws_session_token=got["SessionToken"],
    )


@pytest.mark.contract(
    "dynamodb:LeadingKeys keeps a caller to the items whose partition key it allows",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html",
    limits="For requests of single items; not for queries, batches and transactions.",
)
@pytest.mark.parametrize("operation", ["get_item", "put_item", "update_item", "delete_item"])
def test_leading_keys(cloud: RunningCloud, operation: str) -> None:
    table = f"t-{uuid.uuid4().hex[:8]}"
    cloud.client("dynamodb").create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    until(lambda: cloud.client("dynamodb").describe_table(TableName=table)["Table"]["TableStatus"] == "ACTIVE")
    keys = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["approval#*"]}}
    call = getattr(_as_role(cloud, keys), operation)
    name = "Item" if operation == "put_item" else "Key"
    change = {"UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"S": "1"}}}
    more = change if operation == "update_item" else {}
    call(TableName=table, **{name: {"id": {"S": "approval#1"}}}, **more)
    with pytest.raises(ClientError, match="AccessDenied"):
        call(TableName=table, **{name: {"id": {"S": "incident#1"}}}, **more)
