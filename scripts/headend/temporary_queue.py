"""A queue that listens to topics for as long as a check lasts."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from headend.aws import Aws


class TemporaryQueue:
    """Subscribes to topics without a filter; the subscriptions and the queue go when the block ends.

    The queue is encrypted with SQS's own key, and admits the topics only.
    """

    def __init__(self, aws: Aws, name: str, topic_arns: Sequence[str]) -> None:
        self._sqs = aws.client("sqs")
        self._sns = aws.client("sns")
        self._name = f"{name}-smoke-{uuid.uuid4().hex[:8]}"
        self._topic_arns = list(topic_arns)
        self._subscriptions: list[str] = []
        self._url = ""
        self._seen: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        self._url = self._sqs.create_queue(QueueName=self._name, Attributes={"SqsManagedSseEnabled": "true"})[
            "QueueUrl"
        ]
        try:
            answer = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
            arn = answer["Attributes"]["QueueArn"]
            policy = json.dumps({"Version": "2012-10-17", "Statement": [_admit(arn, self._topic_arns)]})
            self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})
            for topic in self._topic_arns:
                made = self._sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
                self._subscriptions.append(made["SubscriptionArn"])
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool], seconds: float) -> dict[str, Any] | None:
        """The first SNS envelope (Subject, Message, MessageAttributes …) that is wanted; None when none came."""
        end = time.monotonic() + seconds
        while True:
            for message in self._seen:
                if wanted(message):
                    return message
            left = end - time.monotonic()
            if left <= 0:
                return None
            self._receive(min(left, 5))

    def arrived(self) -> list[dict[str, Any]]:
        """The SNS envelopes that have come since this was last asked, without waiting."""
        before = len(self._seen)
        while self._receive(0):
            pass
        return self._seen[before:]

    def _receive(self, seconds: float) -> bool:
        """Take what is there, or comes within `seconds`; whether there was anything."""
        answer = self._sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=max(1, int(seconds)) if seconds else 0
        )
        messages = answer.get("Messages", [])
        for message in messages:
            self._seen.append(json.loads(message["Body"]))
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return bool(messages)

    def _remove(self) -> None:
        for subscription in self._subscriptions:
            self._sns.unsubscribe(SubscriptionArn=subscription)
        self._subscriptions.clear()
        self._sqs.delete_queue(QueueUrl=self._url)


def _admit(queue_arn: str, topic_arns: Sequence[str]) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": list(topic_arns)}},
    }
