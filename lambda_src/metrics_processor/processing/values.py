"""The latest values in the table: one item `latest#<metric type>#<host>#<metric>` each.

- `value`, `unit`, `timestamp` (ISO 8601, UTC, whole seconds), `run_id`: the datapoint, and the run that brought it;
- `expiration`: seconds since the epoch, after which DynamoDB may forget the item: so does a host that is no more.

A datapoint replaces an older one only; of two of one moment the greater value stays: of a host's disks the fullest. So
the items are the same in whichever order the objects come, and however often.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from processing.contents import Datapoint
from processing.table import Unchanged, call, serialize

WORKERS = 16  # requests at once: DynamoDB has no conditional batch


class LatestValues:
    """Writes latest values, kept for `retention` seconds after their datapoint."""

    def __init__(self, dynamodb: Any, table: str, retention: int) -> None:
        self._dynamodb, self._table, self._retention = dynamodb, table, retention

    def put(self, metric_type: str, run_id: str, datapoints: Iterable[Datapoint]) -> int:
        """Write what is newer than what is there; returns how many were. StateStoreFailed: some may be missing."""
        with ThreadPoolExecutor(WORKERS) as workers:
            return sum(workers.map(lambda one: self._put(metric_type, run_id, one), list(datapoints)))

    def _put(self, metric_type: str, run_id: str, datapoint: Datapoint) -> bool:
        item = {
            "id": f"latest#{metric_type}#{datapoint.host}#{datapoint.metric}",
            "value": Decimal(repr(datapoint.value)),
            "unit": datapoint.unit,
            "timestamp": datapoint.timestamp.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "run_id": run_id,
            "expiration": int(datapoint.timestamp.timestamp()) + self._retention,
        }
        values = {name: serialize(value) for name, value in item.items()}
        try:
            call(
                self._dynamodb.put_item,
                TableName=self._table,
                Item=values,
                ConditionExpression=(
                    "attribute_not_exists(#id) OR #timestamp < :timestamp OR "
                    "(#timestamp = :timestamp AND #value < :value)"
                ),
                ExpressionAttributeNames={"#id": "id", "#timestamp": "timestamp", "#value": "value"},
                ExpressionAttributeValues={":timestamp": values["timestamp"], ":value": values["value"]},
            )
        except Unchanged:
            return False
        return True
