"""What DynamoDB rejects, and the states that tables pass through."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.rejection import Ask, check, refused, unchecked
from running_cloud import RunningCloud, until

CREATE = "amazondynamodb/latest/APIReference/API_CreateTable.html"
TTL = "amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html"
PUT = "amazondynamodb/latest/APIReference/API_PutItem.html"
STATES = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html"
KEY = [{"AttributeName": "id", "KeyType": "HASH"}]
ID = {"AttributeName": "id", "AttributeType": "S"}
OTHER = {"AttributeName": "other", "AttributeType": "S"}


def create(**settings: Any) -> Ask:
    def ask(cloud: RunningCloud) -> Any:
        given = {
            "TableName": f"t-{uuid.uuid4().hex[:8]}",
            "KeySchema": KEY,
            "AttributeDefinitions": [ID],
            "BillingMode": "PAY_PER_REQUEST",
            **settings,
        }
        return unchecked(cloud, "dynamodb").create_table(**given)

    return ask


def table(cloud: RunningCloud) -> str:
    """A new table that is ACTIVE."""
    name = str(create()(cloud)["TableDescription"]["TableName"])
    until(lambda: status(cloud, name) == "ACTIVE")
    return name


def status(cloud: RunningCloud, name: str) -> str | None:
    try:
        return str(cloud.client("dynamodb").describe_table(TableName=name)["Table"]["TableStatus"])
    except cloud.client("dynamodb").exceptions.ResourceNotFoundException:
        return None


def twice(cloud: RunningCloud) -> object:
    return create(TableName=table(cloud))(cloud)


def ttl(*steps: bool) -> Ask:
    def ask(cloud: RunningCloud) -> Any:
        name, dynamodb = table(cloud), cloud.client("dynamodb")
        for enabled in steps:
            last = dynamodb.update_time_to_live(
                TableName=name, TimeToLiveSpecification={"Enabled": enabled, "AttributeName": "expires"}
            )
        return last

    return ask


def put(item: dict[str, Any], **options: Any) -> Ask:
    return lambda cloud: cloud.client("dynamodb").put_item(TableName=table(cloud), Item=item, **options)


def protected(cloud: RunningCloud) -> object:
    made = create(DeletionProtectionEnabled=True)(cloud)["TableDescription"]["TableName"]
    until(lambda: status(cloud, made) == "ACTIVE")
    return cloud.client("dynamodb").delete_table(TableName=made)


BAD = "ValidationException"
CASES = [
    refused(
        "An attribute that no key uses", create(AttributeDefinitions=[ID, OTHER]), BAD, "AttributeDefinitions", CREATE
    ),
    refused(
        "A key whose attribute is not defined",
        create(AttributeDefinitions=[OTHER]),
        BAD,
        "AttributeDefinitions",
        CREATE,
    ),
    refused(
        "A key of a type that keys cannot have",
        create(AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "BOOL"}]),
        BAD,
        "enum value set",
        CREATE,
    ),
    refused("A table's name of two letters", create(TableName="ab"), BAD, "3", CREATE),
    refused("A table's name with a space", create(TableName="a table"), BAD, "tableName", CREATE),
    refused(
        "Provisioned throughput for a table that pays per request",
        create(ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}),
        BAD,
        "PAY_PER_REQUEST",
        CREATE,
    ),
    refused(
        "A provisioned table without throughput", create(BillingMode="PROVISIONED"), BAD, "ReadCapacityUnits", CREATE
    ),
    refused("A table that is there", twice, "ResourceInUseException", "", CREATE),
    refused("Time to live switched on twice", ttl(True, True), BAD, "TimeToLive is already enabled", TTL),
    refused("Time to live switched off where it is off", ttl(False), BAD, "TimeToLive is already disabled", TTL),
    refused("An item without its key", put({"other": {"S": "a"}}), BAD, "key", PUT),
    refused("An item whose key is of another type", put({"id": {"N": "1"}}), BAD, "ype mismatch for key", PUT),
    refused("An item whose key is empty", put({"id": {"S": ""}}), BAD, "empty string", PUT),
    refused(
        "An item of over 400 KB",
        put({"id": {"S": "a"}, "long": {"S": "x" * 410_000}}),
        BAD,
        "exceeded the maximum allowed size",
        PUT,
    ),
    refused(
        "An item that is there under a condition",
        put({"id": {"S": "a"}}, ConditionExpression="attribute_exists(id)"),
        "ConditionalCheckFailedException",
        "",
        PUT,
    ),
    refused(
        "A reserved word as a name in a condition",
        put({"id": {"S": "a"}}, ConditionExpression="attribute_not_exists(name)"),
        BAD,
        "reserved keyword",
        "amazondynamodb/latest/developerguide/ReservedWords.html",
    ),
    refused(
        "Deleting a table that is protected",
        protected,
        BAD,
        "deletion protection",
        "amazondynamodb/latest/APIReference/API_DeleteTable.html",
    ),
]


@pytest.mark.parametrize(("ask", "code", "says"), CASES)
def test_dynamodb_rejects(cloud: RunningCloud, ask: Ask, code: str, says: str) -> None:
    check(cloud, ask, code, says)


@pytest.mark.contract("A new table is CREATING and takes no items, then it is ACTIVE", source=STATES)
def test_a_new_table_is_creating(cloud: RunningCloud) -> None:
    dynamodb = cloud.client("dynamodb")
    made = create()(cloud)["TableDescription"]
    name = made["TableName"]
    assert made["TableStatus"] == "CREATING"
    with pytest.raises(ClientError) as early:
        dynamodb.put_item(TableName=name, Item={"id": {"S": "a"}})
    assert early.value.response["Error"]["Code"] == "ResourceNotFoundException"
    until(lambda: status(cloud, name) == "ACTIVE")
    dynamodb.put_item(TableName=name, Item={"id": {"S": "a"}})


@pytest.mark.contract(
    "A table that is changed is UPDATING and refuses another change, then it is ACTIVE", source=STATES
)
def test_a_changed_table_is_updating(cloud: RunningCloud) -> None:
    dynamodb, name = cloud.client("dynamodb"), table(cloud)
    changed = dynamodb.update_table(TableName=name, DeletionProtectionEnabled=True)["TableDescription"]
    assert changed["TableStatus"] == "UPDATING"
    with pytest.raises(ClientError) as early:
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    assert early.value.response["Error"]["Code"] == "ResourceInUseException"
    until(lambda: status(cloud, name) == "ACTIVE")
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)


@pytest.mark.contract("A deleted table is DELETING and refuses a new one of its name, then it is gone", source=STATES)
def test_a_deleted_table_is_deleting(cloud: RunningCloud) -> None:
    dynamodb, name = cloud.client("dynamodb"), table(cloud)
    assert dynamodb.delete_table(TableName=name)["TableDescription"]["TableStatus"] == "DELETING"
    assert status(cloud, name) == "DELETING"
    with pytest.raises(ClientError) as early:
        create(TableName=name)(cloud)
    assert early.value.response["Error"]["Code"] == "ResourceInUseException"
    until(lambda: status(cloud, name) is None)
    create(TableName=name)(cloud)
