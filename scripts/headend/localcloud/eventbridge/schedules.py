"""Rules on a schedule fire: rate() counted from when the rule was made, cron() at the start of its minutes, in UTC.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.events.models import events_backends

from headend.localcloud import moto_patches
from headend.localcloud.eventbridge.cron import parse_rule_schedule
from headend.localcloud.eventbridge.event_checks import seconds
from headend.localcloud.eventbridge.events import Events
from headend.localcloud.faults.faults import Faults
from headend.localcloud.timers import Timers

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

RULE = "moto.events.models:Rule"


class Schedules:
    """Sets a timer for the next time of each enabled rule with a schedule."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud

    def begin(self, rule: Any) -> None:
        """Set the first timer of a rule that has been made, changed or enabled."""
        rule.schedule_began = self._cloud.clock.now()
        rule.schedule_run = object()
        self._set(rule, rule.schedule_began, rule.schedule_run)

    def _set(self, rule: Any, moment: datetime, run: object) -> None:
        if not rule.scheduled_expression:
            return
        schedule = parse_rule_schedule(rule.scheduled_expression)
        due = schedule.after(moment, rule.schedule_began)
        if due is not None:
            name = f"schedule of {rule.name}"
            self._cloud.part(Timers).at(due.timestamp(), name, lambda: self._due(rule, due, run))

    def _due(self, rule: Any, due: datetime, run: object) -> None:
        """Fire, unless the rule has been changed, disabled or deleted since, and wait for the next time."""
        buses = events_backends[self._cloud.account_id][rule.region_name].event_buses
        current = buses["default"].rules.get(rule.name)
        if current is not rule or rule.schedule_run is not run or str(rule.state) == "DISABLED":
            return
        # Times that passed while the machine slept are not made up for.
        self._set(rule, max(due, self._cloud.clock.now()), run)
        if not self._cloud.part(Faults).region_gone(rule.region_name):
            self._fire(rule)

    def _fire(self, rule: Any) -> None:
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self._cloud.account_id,
            "time": seconds(self._cloud.clock.now().astimezone(UTC)),
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
    """Begin the schedule of each rule that is made or enabled."""
    schedules = Schedules(cloud)
    cloud.provide(schedules)

    def created(self: Any, *arguments: Any, **named: Any) -> None:
        moto_patches.original(RULE, "__init__")(self, *arguments, **named)
        schedules.begin(self)

    def enable(self: Any) -> None:
        moto_patches.original(RULE, "enable")(self)
        schedules.begin(self)

    moto_patches.replace(RULE, "__init__", created)
    moto_patches.replace(RULE, "enable", enable)
