"""Approvals in the table: who waits for which answer, and how it was answered.

One item `approval#<id>` for each, made by whoever asks:

- `token`: the task token of the execution that waits;
- `key_hash`: SHA-256, in hexadecimal, of the key that the link carries; the key itself is stored nowhere;
- `title`, `text`, `flow_name`: what is asked, for people;
- `expires`: seconds since the epoch, when it is too late to answer;
- `expiration`: seconds since the epoch, after which DynamoDB may forget the item.

Answering adds `answered` (`approve` or `reject`) and `answered_at` (ISO 8601, UTC), then `delivery`: `delivered`,
`late` (the execution no longer waited) or `uncertain` (it may have had the answer from an attempt that was cut off).
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

_deserialize = TypeDeserializer().deserialize


@dataclass(frozen=True)
class Approval:
    """One approval, as read from the table."""

    approval_id: str
    token: str
    key_hash: str
    title: str
    text: str
    flow_name: str
    expires: float
    answered: str | None = None
    answered_at: str | None = None
    delivery: str | None = None

    def admits(self, key: str) -> bool:
        """Whether `key` is the link's. Takes the same time wherever the two differ."""
        given = hashlib.sha256(key.encode()).hexdigest()
        return hmac.compare_digest(given.encode(), self.key_hash.encode())


class ApprovalStore:
    """The table's approvals. botocore's errors pass."""

    def __init__(self, dynamodb: Any, table_name: str) -> None:
        self._dynamodb, self._table = dynamodb, table_name

    def get(self, approval_id: str) -> Approval | None:
        """The approval, as it is now; None when there is none (any more)."""
        answer = self._dynamodb.get_item(TableName=self._table, Key=_key(approval_id), ConsistentRead=True)
        return _approval(approval_id, answer["Item"]) if answer.get("Item") else None

    def answer(self, approval_id: str, answer: str, at: str, now: float) -> bool:
        """Record the first answer, unless it is too late; False when there is one already, or nothing to answer."""
        return self._update(
            approval_id,
            "SET #answered = :answered, #at = :at",
            "attribute_not_exists(#answered) AND #expires > :now",
            {"#answered": "answered", "#at": "answered_at", "#expires": "expires"},
            {":answered": {"S": answer}, ":at": {"S": at}, ":now": {"N": f"{now:.3f}"}},
        )

    def note_delivery(self, approval_id: str, delivery: str) -> None:
        """Record what became of the answer; the first note stays."""
        self._update(
            approval_id,
            "SET #delivery = :delivery",
            "attribute_exists(#answered) AND attribute_not_exists(#delivery)",
            {"#answered": "answered", "#delivery": "delivery"},
            {":delivery": {"S": delivery}},
        )

    def _update(
        self, approval_id: str, change: str, condition: str, names: dict[str, str], values: dict[str, Any]
    ) -> bool:
        call: Callable[..., Any] = self._dynamodb.update_item
        try:
            call(
                TableName=self._table,
                Key=_key(approval_id),
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _key(approval_id: str) -> dict[str, Any]:
    return {"id": {"S": f"approval#{approval_id}"}}


def _approval(approval_id: str, item: dict[str, Any]) -> Approval:
    values = {name: _deserialize(value) for name, value in item.items()}
    return Approval(
        approval_id=approval_id,
        token=str(values["token"]),
        key_hash=str(values["key_hash"]),
        title=str(values.get("title", "")),
        text=str(values.get("text", "")),
        flow_name=str(values.get("flow_name", "")),
        expires=float(values["expires"]),
        answered=values.get("answered"),
        answered_at=values.get("answered_at"),
        delivery=values.get("delivery"),
    )
