"""The changes of a table go to a function in order: filtered, in batches, with retries, halving and a destination.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

from __future__ import annotations

import json
import threading
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import JsonRESTError, ServiceException
from moto.dynamodb.models import dynamodb_backends

from headend.localcloud.clock import iso
from headend.localcloud.functions.functions import Functions, Invocation, ThrottledError
from headend.localcloud.iam.senders import FUNCTIONS, Sender
from headend.localcloud.service_calls import DeliveryError, deliver
from headend.localcloud.sources.source_filters import accepts, failed_items
from headend.localcloud.timers import Timers

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

LONGEST_DELAY = 60.0
"""Seconds between two attempts at most; AWS gives no figures."""


class StreamPoller:
    """Reads one table's stream for one mapping: one batch after the other, in order."""

    def __init__(self, cloud: LocalCloudServer, mapping: Any, table: Any) -> None:
        self._cloud, self._mapping, self._table = cloud, mapping, table
        self._shard = table.stream_shard
        self._region = str(table.table_arn).split(":")[3]
        self._lock = threading.Lock()
        self._looking = False
        self._again = False
        self._window_ends: float | None = None
        self._next = len(self._shard.items) if mapping.starting_position == "LATEST" else 0
        self._batches: list[tuple[int, int]] = []
        """Parts of a halved batch, (first, end), which come before anything new."""
        self._attempts = 0
        self._wait_until = 0.0

    def look(self) -> None:
        """Look at the stream on a worker, unless that is going on."""
        with self._lock:
            if self._looking:
                self._again = True
                return
            self._looking = True
        self._cloud.part(Timers).soon(f"stream of {self._table.name}", self._work)

    def _work(self) -> None:
        try:
            while True:
                batch = self._batch()
                if batch is None:
                    break
                self._handle(*batch)
        finally:
            with self._lock:
                again, self._again, self._looking = self._again, False, False
            if again:
                self.look()
            else:
                self._look_later()

    def _look_later(self) -> None:
        now = self._cloud.clock.time()
        moments = [moment for moment in (self._window_ends, self._wait_until) if moment and moment > now]
        if moments:
            self._cloud.part(Timers).at(min(moments), f"stream of {self._table.name}", self.look)

    def _batch(self) -> tuple[int, int] | None:
        """The records to hand over now: (first, end); None when there are none yet."""
        mapping, now = self._mapping, self._cloud.clock.time()
        tables = dynamodb_backends[self._cloud.account_id][self._region].tables
        if not mapping.enabled or tables.get(self._table.name) is not self._table or now < self._wait_until:
            return None
        if self._batches:
            return self._batches[0]
        end = len(self._shard.items)
        if end <= self._next:
            self._window_ends = None
            return None
        if self._window_ends is None:
            self._window_ends = now + float(mapping.max_batch_window or 0)
        if end - self._next < int(mapping.batch_size) and now < self._window_ends:
            return None
        self._window_ends = None
        first = self._next
        self._next = min(end, first + int(mapping.batch_size))
        self._batches = [(first, self._next)]
        return self._batches[0]

    def _handle(self, first: int, end: int) -> None:
        """One attempt with the first of the waiting batches."""
        records = [self._record(number) for number in range(first, end)]
        records = [record for record in records if accepts(self._mapping, record)]
        if not records:
            self._done()
            return
        answer = self._invoke(json.dumps({"Records": records}))
        failed = failed_items(self._mapping, answer.payload) if answer and not answer.function_error else None
        if failed == []:
            self._note(len(records), "handed over")
            self._done()
            return
        self._attempts += 1
        self._note(len(records), "failed")
        if failed:  # what comes before the first failure has been handled
            numbers = [number for number in range(first, end) if self._sequence(number) in failed]
            first = min(numbers, default=first)
            self._batches[0] = (first, end)
        limit = self._mapping.max_retry_attempts
        aged = self._is_too_old(first)
        if (limit is not None and 0 <= int(limit) < self._attempts) or aged:
            self._give_up(first, end, answer, "RecordAgeExceeded" if aged else "RetryAttemptsExhausted")
            self._done()
        elif self._mapping.bisect_on_error and end - first > 1:
            # Halving a batch is no retry.
            self._attempts -= 1
            middle = (first + end) // 2
            self._batches[0:1] = [(first, middle), (middle, end)]
        else:
            self._wait_until = self._cloud.clock.time() + min(2.0 ** (self._attempts - 1), LONGEST_DELAY)

    def _done(self) -> None:
        self._batches.pop(0)
        self._attempts = 0

    def _is_too_old(self, first: int) -> bool:
        age = self._mapping.max_record_age
        if age is None or int(age) < 0:
            return False
        return self._cloud.clock.time() - self._created(first) > int(age)

    def _invoke(self, body: str) -> Invocation | None:
        try:
            return self._cloud.part(Functions).invoke(self._region, self._mapping.invoked, body)
        except (ThrottledError, JsonRESTError, ServiceException):
            return None

    def _sequence(self, number: int) -> str:
        return str(self._shard.items[number].record["dynamodb"]["SequenceNumber"])

    def _created(self, number: int) -> float:
        made = self._shard.items[number].record["dynamodb"]["ApproximateCreationDateTime"]
        return _seconds(made)

    def _record(self, number: int) -> dict[str, Any]:
        """A record as functions and filters get it."""
        known = self._shard.items[number].to_json()
        made = float(int(self._created(number)))
        change = {**known["dynamodb"], "ApproximateCreationDateTime": made}
        record = {**known, "eventVersion": "1.1", "dynamodb": change}
        return json.loads(json.dumps({**record, "eventSourceARN": self._mapping.event_source_arn}, default=str))  # type: ignore[no-any-return]

    def _give_up(self, first: int, end: int, answer: Invocation | None, condition: str) -> None:
        """Tell the on-failure destination which records were given up; it does not get the records themselves."""
        arn = ((self._mapping.destination_config or {}).get("OnFailure") or {}).get("Destination")
        if not arn:
            return
        context: dict[str, Any] = {
            "requestId": answer.request_id if answer else str(uuid.uuid4()),
            "functionArn": self._mapping.function_arn,
            "condition": condition,
            "approximateInvokeCount": self._attempts,
        }
        record = {
            "requestContext": context,
            "responseContext": {
                "statusCode": 200,
                "executedVersion": answer.executed_version if answer else "$LATEST",
                "functionError": "Unhandled",
            },
            "version": "1.0",
            "timestamp": iso(self._cloud.clock.now()),
            "DDBStreamBatchInfo": {
                "shardId": self._shard.id,
                "startSequenceNumber": self._sequence(first),
                "endSequenceNumber": self._sequence(end - 1),
                "approximateArrivalOfFirstRecord": _stamp(self._created(first)),
                "approximateArrivalOfLastRecord": _stamp(self._created(end - 1)),
                "batchSize": end - first,
                "streamArn": self._mapping.event_source_arn,
            },
        }
        function = self._cloud.part(Functions).find(self._region, self._mapping.invoked)
        sender = Sender(FUNCTIONS, self._mapping.function_arn, role_arn=function.role, session="awslambda")
        try:
            deliver(self._cloud, arn, json.dumps(record), sender=sender)
        except DeliveryError as error:
            self._note(end - first, f"lost ({error.code}: {error})")

    def _note(self, count: int, outcome: str) -> None:
        function = str(self._mapping.function_arn).rpartition(":")[2]
        self._cloud.timeline.record(
            "mapping",
            self._region,
            self._mapping.arn,
            f"{self._table.name} → {function}: {count} records {outcome}",
            source=self._mapping.event_source_arn,
            function=self._mapping.function_arn,
            records=count,
            outcome=outcome,
        )


def _seconds(moment: Any) -> float:
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return float(moment)


def _stamp(seconds: float) -> str:
    return iso(datetime.fromtimestamp(seconds, tz=UTC))
