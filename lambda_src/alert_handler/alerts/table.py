"""The table, item by item: what an item holds in Python's types, and changes that hold only for what was read.

Whoever changes an item on what it read says which `version` that was; the table refuses if it is another by now. So a
function that dies, or another that is faster, leaves an item that is whole.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from alerts.errors import StateStoreFailed

ATTEMPTS = 20
KEPT_SECONDS = 30 * 24 * 3600

_T = TypeVar("_T")

_deserialize = TypeDeserializer().deserialize
serialize = TypeSerializer().serialize


class Changed(Exception):  # noqa: N818 - not an error: look again
    """The item is not as it was read."""


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item's attributes in Python's types; numbers are Decimal."""
    return {name: _deserialize(value) for name, value in item.items()}


def call(operation: Callable[..., Any], **parameters: Any) -> Any:
    """Make one request.

    Raises:
        Changed: the request's condition does not hold.
        StateStoreFailed: the table could not be used.
    """
    try:
        return operation(**parameters)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
            raise Changed from error
        raise StateStoreFailed(str(error)) from error
    except BotoCoreError as error:
        raise StateStoreFailed(str(error)) from error


def until_unchanged(change: Callable[[], _T]) -> _T:
    """Make a change that raises Changed while others are faster; StateStoreFailed when they always are."""
    for _ in range(ATTEMPTS):
        try:
            return change()
        except Changed:
            continue
    raise StateStoreFailed(f"the incident kept changing, {ATTEMPTS} times")


class Table:
    """Whole items of the table, each with a `version`."""

    def __init__(self, dynamodb: Any, name: str) -> None:
        self._dynamodb, self.name = dynamodb, name

    def get(self, key: str) -> dict[str, Any] | None:
        """The item as it is now."""
        answer = call(self._dynamodb.get_item, TableName=self.name, Key={"id": {"S": key}}, ConsistentRead=True)
        return plain(answer["Item"]) if answer.get("Item") else None

    def put(self, key: str, attributes: Mapping[str, Any], version: int | None) -> None:
        """Write the item in place of the one that had this version; None: where there was none."""
        item = {**attributes, "id": key, "version": (version or 0) + 1}
        self._conditionally(
            self._dynamodb.put_item, version, Item={name: serialize(value) for name, value in item.items()}
        )

    def delete(self, key: str, version: int) -> None:
        """Remove the item if it still has this version."""
        self._conditionally(self._dynamodb.delete_item, version, Key={"id": {"S": key}})

    def replace(self, key: str, attributes: Mapping[str, Any], unless: str) -> None:
        """Write the item, whatever was there, unless that has an attribute `unless`; raises Changed then."""
        call(
            self._dynamodb.put_item,
            TableName=self.name,
            Item={name: serialize(value) for name, value in {**attributes, "id": key}.items()},
            ConditionExpression="attribute_not_exists(#unless)",
            ExpressionAttributeNames={"#unless": unless},
        )

    def _conditionally(self, operation: Callable[..., Any], version: int | None, **parameters: Any) -> None:
        if version is None:
            condition = {
                "ConditionExpression": "attribute_not_exists(#id)",
                "ExpressionAttributeNames": {"#id": "id"},
            }
        else:
            condition = {
                "ConditionExpression": "#version = :version",
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":version": serialize(version)},
            }
        call(operation, TableName=self.name, **parameters, **condition)
