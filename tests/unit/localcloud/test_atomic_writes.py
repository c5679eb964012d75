"""Writes to one item of a table are atomic, as DynamoDB documents.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from .conftest import RunningCloud

WRITERS = 16


@pytest.fixture(autouse=True)
def _threads_change_often() -> Iterator[None]:
    """Between almost any two instructions: without it a write that is not atomic would be seen once in a long while."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_of_many_writers_at_once_exactly_one_is_the_first(cloud: RunningCloud) -> None:
    """Each sets the attribute unless it is there, and reads what then stands there: so are issues claimed."""
    dynamodb = cloud.client("dynamodb")
    dynamodb.create_table(
        TableName="claims",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.get_waiter("table_exists").wait(TableName="claims", WaiterConfig={"Delay": 1})

    def claim(writer: str, item: str) -> bool:
        answer = dynamodb.update_item(
            TableName="claims",
            Key={"id": {"S": item}},
            UpdateExpression="SET #m = if_not_exists(#m, :me)",
            ExpressionAttributeNames={"#m": "metric"},
            ExpressionAttributeValues={":me": {"S": writer}},
            ReturnValues="ALL_NEW",
        )
        return bool(answer["Attributes"]["metric"]["S"] == writer)

    with ThreadPoolExecutor(WRITERS) as pool:
        for item in map(str, range(20)):
            firsts = list(pool.map(lambda writer, item=item: claim(str(writer), item), range(WRITERS)))
            assert firsts.count(True) == 1
