"""A queue's messages go to a function in batches; those that it does not fail on are deleted.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import JsonRESTError, ServiceException
from moto.sqs.models import sqs_backends

from headend.localcloud.functions.functions import Functions, ThrottledError
from headend.localcloud.sources.source_filters import accepts, failed_items, parsed
from headend.localcloud.timers import Timers

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer


class QueuePoller:
    """Polls one queue for one mapping: one batch after the other."""

    def __init__(self, cloud: LocalCloudServer, mapping: Any, queue: Any) -> None:
        self._cloud, self._mapping, self._queue = cloud, mapping, queue
        self._region = str(queue.queue_arn).split(":")[3]
        self._lock = threading.Lock()
        self._looking = False
        self._again = False
        self._window_ends: float | None = None

    def look(self) -> None:
        """Look at the queue on a worker, unless that is going on."""
        with self._lock:
            if self._looking:
                self._again = True
                return
            self._looking = True
        self._cloud.part(Timers).soon(f"poll of {self._queue.name}", self._work)

    def _work(self) -> None:
        try:
            while self._batch_is_due() and self._take():
                pass
        finally:
            with self._lock:
                again, self._again, self._looking = self._again, False, False
            if again:
                self.look()
            else:
                self._look_later()

    def _batch_is_due(self) -> bool:
        """Whether a batch is full or its window is over."""
        mapping = self._mapping
        if not mapping.enabled or self._gone():
            return False
        waiting = len(self._queue.messages)
        if not waiting:
            self._window_ends = None
            return False
        window = float(mapping.max_batch_window or 0)
        now = self._cloud.clock.time()
        if self._window_ends is None:
            self._window_ends = now + window
        return waiting >= int(mapping.batch_size) or now >= self._window_ends

    def _gone(self) -> bool:
        return sqs_backends[self._cloud.account_id][self._region].queues.get(self._queue.name) is not self._queue

    def _look_later(self) -> None:
        """When the window ends, or a message becomes visible, there may be something to do."""
        moments = [self._window_ends] if self._window_ends is not None else []
        for message in list(self._queue._messages):
            moments += [at / 1000 for at in (message.visible_at, message.delayed_until) if at]
        now = self._cloud.clock.time()
        later = [moment for moment in moments if moment > now]
        if later and self._mapping.enabled and not self._gone():
            self._cloud.part(Timers).at(min(later) + 0.001, f"poll of {self._queue.name}", self.look)

    def _take(self) -> bool:
        """Receive a batch and hand it over. False when there was none."""
        backend = sqs_backends[self._cloud.account_id][self._region]
        self._window_ends = None
        messages = backend.receive_message(
            self._queue.name,
            int(self._mapping.batch_size),
            0,
            int(self._queue.visibility_timeout),
            ["All"],
        )
        wanted = []
        for message in messages:
            if accepts(self._mapping, {**self._record(message), "body": parsed(message.body)}):
                wanted.append(message)
            else:
                backend.delete_message(self._queue.name, message.receipt_handle)
        if not wanted:
            return bool(messages)
        body = json.dumps({"Records": [self._record(message) for message in wanted]})
        failed = self._invoke(body)
        for message in wanted:
            if failed is not None and message.id not in failed:
                backend.delete_message(self._queue.name, message.receipt_handle)
        self._note(len(wanted), len(wanted) if failed is None else len(failed))
        return True

    def _invoke(self, body: str) -> list[str] | None:
        """The ids of messages that failed; None when all of them did."""
        try:
            answer = self._cloud.part(Functions).invoke(self._region, self._mapping.invoked, body)
        except (ThrottledError, JsonRESTError, ServiceException):
            return None
        return None if answer.function_error else failed_items(self._mapping, answer.payload)

    def _record(self, message: Any) -> dict[str, Any]:
        attributes = {
            "ApproximateReceiveCount": str(message.approximate_receive_count),
            "SentTimestamp": str(message.sent_timestamp),
            "SenderId": str(message.sender_id),
            "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
        }
        if self._queue.fifo_queue:
            attributes |= {
                "MessageGroupId": str(message.group_id),
                "MessageDeduplicationId": str(message.deduplication_id),
                "SequenceNumber": str(message.sequence_number or ""),
            }
        return {
            "messageId": message.id,
            "receiptHandle": message.receipt_handle,
            "body": message.body,
            "attributes": attributes,
            "messageAttributes": {
                name: {
                    "stringValue": value.get("StringValue"),
                    "stringListValues": [],
                    "binaryListValues": [],
                    "dataType": value.get("DataType"),
                }
                for name, value in message.message_attributes.items()
            },
            "md5OfBody": message.body_md5,
            "eventSource": "aws:sqs",
            "eventSourceARN": self._queue.queue_arn,
            "awsRegion": self._region,
        }

    def _note(self, count: int, failed: int) -> None:
        function = str(self._mapping.function_arn).rpartition(":")[2]
        self._cloud.timeline.record(
            "mapping",
            self._region,
            self._mapping.arn,
            f"{self._queue.name} → {function}: {count} messages, {failed} failed",
            source=self._queue.queue_arn,
            function=self._mapping.function_arn,
            records=count,
            failed=failed,
        )
