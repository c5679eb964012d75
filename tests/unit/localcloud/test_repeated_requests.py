"""What an SDK sends twice is done once."""

from __future__ import annotations

import uuid
from typing import Any

from .conftest import RunningCloud


def _client(cloud: RunningCloud, service: str, invocation: str, attempt: int) -> Any:
    """A client whose requests say that they are the given attempt of an invocation."""
    client = cloud.new_client(service)

    def number(request: Any, **_: Any) -> None:
        request.headers["amz-sdk-invocation-id"] = invocation
        request.headers["amz-sdk-request"] = f"attempt={attempt}; max=3"

    client.meta.events.register("before-send", number)
    return client


def test_a_table_whose_deletion_is_asked_for_twice_is_deleted_once(cloud: RunningCloud) -> None:
    dynamodb = cloud.client("dynamodb")
    dynamodb.create_table(
        TableName="asked-twice",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.get_waiter("table_exists").wait(TableName="asked-twice", WaiterConfig={"Delay": 1})
    invocation = str(uuid.uuid4())
    first = _client(cloud, "dynamodb", invocation, 1).delete_table(TableName="asked-twice")
    second = _client(cloud, "dynamodb", invocation, 2).delete_table(TableName="asked-twice")
    assert second["TableDescription"] == first["TableDescription"]


def test_a_second_attempt_after_a_refusal_is_looked_at_again(cloud: RunningCloud) -> None:
    invocation = str(uuid.uuid4())
    sqs = cloud.client("sqs")
    for attempt in (1, 2):
        client = _client(cloud, "sqs", invocation, attempt)
        if attempt == 1:
            try:
                client.get_queue_url(QueueName="later")
            except sqs.exceptions.QueueDoesNotExist:
                sqs.create_queue(QueueName="later")
        else:
            assert client.get_queue_url(QueueName="later")["QueueUrl"].endswith("/later")
