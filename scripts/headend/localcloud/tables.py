"""DynamoDB as AWS answers it where moto says less.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from moto.dynamodb.exceptions import ResourceNotFoundException
from moto.dynamodb.models import dynamodb_backends

from headend.localcloud import moto_patches

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

OWNER = "moto.dynamodb.models:DynamoDBBackend"
CHECK_SECONDS = 1.0
AFTER_SECONDS = 0.001
"""An item has expired after its moment, not at it."""
OLDEST_SECONDS = 5 * 365.25 * 86_400
"""What expired longer ago than this is taken for a mistake and stays."""
DELETED_BY_TTL = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
"""The userIdentity of such a deletion's stream record as in GetRecords; a function's event says type, principalId."""

Listener = Callable[[str, Any, Any], None]
"""(Region, moto's table, moto's item) of a deletion."""


class TimeToLive:
    """Deletes items whose time has come; AWS does so within days, here it is at once.

    Only a Number counts as a time, in whole seconds since the epoch.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
    """

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call `listener` after each deletion. The record in the table's stream has its userIdentity by then."""
        self._listeners.append(listener)

    def expire(self) -> None:
        """Delete what has expired."""
        now = self._cloud.clock.time()
        for region, table, attribute in self._tables():
            if not any(moment < now for moment, _ in _moments(table, attribute, now)):
                continue
            with self._cloud.alone("dynamodb"):
                for moment, item in list(_moments(table, attribute, now)):
                    if moment < now:
                        self._delete(region, table, item)

    def next_moment(self) -> float:
        """When the next item expires, in seconds since the epoch; math.inf when none does."""
        now = self._cloud.clock.time()
        moments = [moment for _, table, name in self._tables() for moment, _ in _moments(table, name, now)]
        return min(moments, default=math.inf) + AFTER_SECONDS

    def _tables(self) -> Iterator[tuple[str, Any, str]]:
        for region, backend in list(dynamodb_backends[self._cloud.account_id].items()):
            for table in list(backend.tables.values()):
                if table.ttl.get("TimeToLiveStatus") == "ENABLED":
                    yield region, table, table.ttl["AttributeName"]

    def _delete(self, region: str, table: Any, item: Any) -> None:
        deleted = table.delete_item(item.hash_key, item.range_key)
        if deleted is None:
            return
        if table.stream_shard is not None:
            table.stream_shard.items[-1].record["userIdentity"] = DELETED_BY_TTL
        for listener in self._listeners:
            listener(region, table, deleted)


def _moments(table: Any, attribute: str, now: float) -> Iterator[tuple[float, Any]]:
    """(when it expires, item) of the items that do, soonest in no order."""
    for item in list(table.all_items()):
        value = item.attrs.get(attribute)
        if value is None or value.type != "N":
            continue
        moment = float(value.value)
        if moment > now - OLDEST_SECONDS:
            yield moment, item


def install(cloud: LocalCloudServer) -> None:
    """Let items expire; name the table in the error of DeleteTable, by which Terraform knows that it is deleted."""

    def delete(self: Any, name: str) -> Any:
        if name.rpartition("/")[2] not in self.tables:
            raise ResourceNotFoundException(table_name=name.rpartition("/")[2])
        return moto_patches.original(OWNER, "delete_table")(self, name)

    moto_patches.replace(OWNER, "delete_table", delete)
    time_to_live = TimeToLive(cloud)
    cloud.provide(time_to_live)
    cloud.every(CHECK_SECONDS, "time-to-live", time_to_live.expire, time_to_live.next_moment)
