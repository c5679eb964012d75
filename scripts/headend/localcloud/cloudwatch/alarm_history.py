"""What DescribeAlarmHistory answers: configuration updates, state updates and actions of alarms, also of deleted ones.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
Kept: 30 days by the clock, and the newest 10,000 items of a Region.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from headend.localcloud.cloudwatch.alarm_events import State, stamp

KEPT = timedelta(days=30)
MOST_ITEMS = 10_000


@dataclass(frozen=True)
class Item:
    """One item; `data` is JSON text. The names are those of the API in snake case."""

    alarm_name: str
    alarm_type: str
    timestamp: datetime
    history_item_type: str
    history_summary: str
    history_data: str


class AlarmHistory:
    """The history of one Region's alarms. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: deque[Item] = deque(maxlen=MOST_ITEMS)

    def state(self, alarm: Any, old: State, new: State) -> None:
        """The alarm went from `old` to `new`."""
        data = {"version": "1.0", "oldState": _state(old), "newState": _state(new)}
        self._add(alarm, new.since, "StateUpdate", f"Alarm updated from {old.value} to {new.value}", data)

    def configuration(self, alarm: Any, operation: str, moment: datetime, described: Mapping[str, Any]) -> None:
        """The alarm was subject to `operation`: create, update or delete."""
        done = {"create": "created", "update": "updated", "delete": "deleted"}[operation]
        data = {"version": "1.0", "type": operation.capitalize(), f"{done}Alarm": described}
        self._add(alarm, moment, "ConfigurationUpdate", f'Alarm "{alarm.name}" {done}', data)

    def action(self, alarm: Any, arn: str, moment: datetime, since: datetime, error: str | None) -> None:
        """The alarm's action for the state it is in `since` ran, or failed with an error."""
        data: dict[str, Any] = {
            "actionState": "Failed" if error else "Succeeded",
            "stateUpdateTimestamp": int(since.timestamp() * 1000),
            "notificationResource": arn,
            "publishedMessage": None,
        }
        if error:
            data["error"] = error
        summary = f"Failed to execute action {arn}" if error else f"Successfully executed action {arn}"
        self._add(alarm, moment, "Action", summary, data)

    def find(self, wanted: Mapping[str, Any], now: datetime) -> list[Item]:
        """The items that the parameters of DescribeAlarmHistory ask for, in the order they ask for."""
        types = wanted.get("AlarmTypes") or ["MetricAlarm"]
        start, end = _aware(wanted.get("StartDate"), now), _aware(wanted.get("EndDate"), now)
        with self._lock:
            while self._items and self._items[0].timestamp < now - KEPT:
                self._items.popleft()
            items = list(self._items)
        found = [
            item
            for item in items
            if item.alarm_type in types
            and wanted.get("AlarmName") in (None, item.alarm_name)
            and wanted.get("HistoryItemType") in (None, item.history_item_type)
            and (start is None or item.timestamp >= start)
            and (end is None or item.timestamp <= end)
        ]
        return found if wanted.get("ScanBy") == "TimestampAscending" else found[::-1]

    def _add(self, alarm: Any, moment: datetime, kind: str, summary: str, data: Mapping[str, Any]) -> None:
        alarm_type = "CompositeAlarm" if alarm.rule else "MetricAlarm"
        text = json.dumps(data, separators=(",", ":"), default=str)
        with self._lock:
            self._items.append(Item(alarm.name, alarm_type, moment, kind, summary, text))


def _state(state: State) -> dict[str, Any]:
    fields: dict[str, Any] = {"stateValue": state.value, "stateReason": state.reason}
    if state.reason_data and state.reason_data != "{}":
        fields["stateReasonData"] = json.loads(state.reason_data)
    if state.suppressed_by:
        fields["actionsSuppressedBy"] = state.suppressed_by
        fields["actionsSuppressedReason"] = f"Actions suppressed by {state.suppressed_by}"
    return {**fields, "stateUpdateTimestamp": stamp(state.since)}


def _aware(moment: Any, now: datetime) -> datetime | None:
    if not isinstance(moment, datetime):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)
