"""Scheduled rules fire: rate() counted from when the rule was first seen, cron() at the start of its minutes.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from moto.events.models import events_backends

from headend.localcloud.cron import due, rate_seconds
from headend.localcloud.events import Events, seconds

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

CHECK_SECONDS = 1.0


class Schedules:
    """Remembers when each scheduled rule is due next."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._next: dict[tuple[str, str], tuple[str, float]] = {}
        self._minute = int(cloud.clock.time() // 60)

    def check(self) -> None:
        """Fire what is due now."""
        now = self._cloud.clock.time()
        new_minute = int(now // 60) > self._minute
        self._minute = max(self._minute, int(now // 60))
        seen = set()
        for region, backend in list(events_backends[self._cloud.account_id].items()):
            for rule in list(backend.event_buses["default"].rules.values()):
                expression = rule.scheduled_expression
                if not expression or str(rule.state) == "DISABLED":
                    continue
                key = (region, rule.name)
                seen.add(key)
                interval = rate_seconds(expression)
                if interval is None:
                    if new_minute and due(expression, self._cloud.clock.now()):
                        self._fire(rule)
                    continue
                known, moment = self._next.get(key, ("", 0.0))
                if known != expression:
                    self._next[key] = (expression, now + interval)
                elif now >= moment:
                    self._next[key] = (expression, max(moment + interval, now))
                    self._fire(rule)
        self._next = {key: value for key, value in self._next.items() if key in seen}

    def _fire(self, rule: Any) -> None:
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self._cloud.account_id,
            "time": seconds(self._cloud.clock.now()),
            "region": rule.region_name,
            "resources": [rule.arn],
            "detail": {},
        }
        self._cloud.timeline.record(
            "schedule",
            rule.region_name,
            rule.arn,
            f"{rule.name} is due ({rule.scheduled_expression})",
            rule=rule.name,
            expression=rule.scheduled_expression,
        )
        self._cloud.part(Events).trigger(rule, event)


def install(cloud: LocalCloudServer) -> None:
    """Check the schedules every second."""
    cloud.every(CHECK_SECONDS, "schedules", Schedules(cloud).check)
