"""Maintenance of flows: while it is under way, nobody is told what it does to the picture.

One item `maintenance#<flow ARN>` for each flow in maintenance: `started_at` and `until` (milliseconds since the epoch),
`expiration` (`until` in seconds). MediaConnect's word is best effort: a maintenance whose end is never heard ends after
two hours.
"""

from typing import Any

from alerts.requests import Request
from alerts.schemas import MAINTENANCE_ENDED, MAINTENANCE_STARTED
from alerts.table import Table, until_unchanged

# Then what is measured is of after the maintenance, and an alarm that fired while nobody was told may still be right.
SETTLED_MILLISECONDS = 300_000
LONGEST_MILLISECONDS = (
    2 * 3600 * 1000
)  # MediaConnect's window: https://docs.aws.amazon.com/mediaconnect/latest/ug/maintenance.html


class MaintenanceStore:
    """The table's maintenance items; every method raises StateStoreFailed when the table cannot be used."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, request: Request) -> bool:
        """Record what an event says of maintenance, if it says anything; True when one has ended."""
        if request.maintenance == MAINTENANCE_STARTED:
            until_unchanged(lambda: self._start(request))
        return request.maintenance == MAINTENANCE_ENDED and until_unchanged(lambda: self._end(request))

    def until(self, request: Request) -> int | None:
        """When the flow's maintenance ends at the latest; None when it is in none."""
        item = self._table.get(_key(request))
        return int(item["until"]) if item and int(item["started_at"]) <= request.found < int(item["until"]) else None

    def _start(self, request: Request) -> None:
        item = self._table.get(_key(request))
        if item and int(item["started_at"]) >= request.at:
            return
        until = request.at + LONGEST_MILLISECONDS
        attributes: dict[str, Any] = {"started_at": request.at, "until": until, "expiration": -(-until // 1000)}
        self._table.put(_key(request), attributes, int(item["version"]) if item else None)

    def _end(self, request: Request) -> bool:
        item = self._table.get(_key(request))
        if item is None or int(item["started_at"]) > request.at:
            return False
        self._table.delete(_key(request), int(item["version"]))
        return True


def _key(request: Request) -> str:
    return f"maintenance#{request.flow_arn}"
