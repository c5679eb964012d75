"""EventBridge Scheduler: the schedules that moto stores are run.

Sources: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-flexible-time-windows.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
"""

from __future__ import annotations

import random
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from moto.scheduler.exceptions import ScheduleGroupNotFound
from moto.scheduler.models import scheduler_backends

from headend.localcloud import moto_patches
from headend.localcloud.eventbridge import scheduler_checks
from headend.localcloud.eventbridge.event_checks import seconds
from headend.localcloud.eventbridge.event_delivery import Delivery, Policy, begin, send_dead_letter
from headend.localcloud.eventbridge.scheduler_targets import Invocation, ScheduleTargets
from headend.localcloud.service_calls import DeliveryError
from headend.localcloud.timers import Timers

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

BACKEND = "moto.scheduler.models:EventBridgeSchedulerBackend"
RESPONSE = "moto.scheduler.responses:EventBridgeSchedulerResponse"
INSTANT = timedelta(microseconds=1)


class Scheduler:
    """Sets a timer for the next time of each enabled schedule."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._targets = ScheduleTargets(cloud)

    def begin(self, schedule: Any) -> None:
        """Set the first timer of a schedule that has been made or changed."""
        now = self._cloud.clock.now()
        schedule.run = object()
        schedule.began = _moment(schedule.start_date) or now
        if str(schedule.state) == "ENABLED":
            self._set(schedule, max(now, schedule.began) - INSTANT, schedule.run)

    def _set(self, schedule: Any, after: datetime, run: object) -> bool:
        """Wait for the first time after a moment. False when there is none."""
        expression = scheduler_checks.schedule_of(schedule.schedule_expression, schedule.schedule_expression_timezone)
        due = expression.after(after, schedule.began)
        end = _moment(schedule.end_date)
        if due is None or (end is not None and due > end):
            return False
        # Within a flexible window each invocation has a moment of its own.
        window = schedule.flexible_time_window
        flexible = 60.0 * int(window.get("MaximumWindowInMinutes") or 0) if window.get("Mode") == "FLEXIBLE" else 0.0
        delay = random.uniform(0, flexible)  # noqa: S311 - no secret
        self._cloud.part(Timers).at(
            due.timestamp() + delay, f"schedule {schedule.name}", lambda: self._due(schedule, due, run)
        )
        return True

    def _current(self, schedule: Any, run: object) -> bool:
        backend = scheduler_backends[self._cloud.account_id][schedule.arn.split(":")[3]]
        group = backend.schedule_groups.get(schedule.group_name)
        return group is not None and group.schedules.get(schedule.name) is schedule and schedule.run is run

    def _due(self, schedule: Any, due: datetime, run: object) -> None:
        if not self._current(schedule, run):
            return
        more = self._set(schedule, max(due, self._cloud.clock.now() - timedelta(minutes=1)), run)
        invocation = Invocation(schedule, due, secrets.token_hex(8))
        self._note(invocation, "due", "")

        def ended() -> None:
            if not more and schedule.action_after_completion == "DELETE" and self._current(schedule, run):
                backend = scheduler_backends[self._cloud.account_id][schedule.arn.split(":")[3]]
                backend.delete_schedule(schedule.group_name, schedule.name)

        def done() -> None:
            self._note(invocation, "delivered", "")
            ended()

        def gave_up(error: DeliveryError, retries: int, exhausted: str) -> None:
            self._gave_up(invocation, error, retries, exhausted)
            ended()

        begin(
            self._cloud,
            Delivery(
                f"schedule {schedule.name}",
                Policy.of(schedule.target),
                lambda retries: self._targets.attempt(invocation, retries + 1),
                done,
                lambda: None,
                gave_up,
            ),
        )

    def _gave_up(self, invocation: Invocation, error: DeliveryError, retries: int, exhausted: str) -> None:
        """Use the schedule's dead-letter queue."""
        schedule = invocation.schedule
        self._note(invocation, "failed", f"{error.code}: {error}")
        queue = (schedule.target.get("DeadLetterConfig") or {}).get("Arn")
        if not queue:
            return
        attributes = {
            "ERROR_CODE": error.code,
            "ERROR_MESSAGE": str(error) or error.code,
            "EXECUTION_ID": invocation.execution_id,
            "EXHAUSTED_RETRY_CONDITION": exhausted,
            "IS_PAYLOAD_TRUNCATED": "false",
            "RETRY_ATTEMPTS": str(retries),
            "SCHEDULED_TIME": seconds(invocation.scheduled),
            "SCHEDULE_ARN": schedule.arn,
            "TARGET_ARN": str(schedule.target["Arn"]),
        }
        body = invocation.input(self._cloud.account_id, schedule.arn.split(":")[3], retries + 1)
        try:
            send_dead_letter(self._cloud, queue, body, attributes, sender=self._targets.sender(schedule))
        except DeliveryError as lost:
            self._note(invocation, "lost", f"dead-letter queue: {lost}")

    def _note(self, invocation: Invocation, outcome: str, why: str) -> None:
        schedule = invocation.schedule
        self._cloud.timeline.record(
            "schedule",
            schedule.arn.split(":")[3],
            schedule.arn,
            f"{schedule.name} ({schedule.schedule_expression}): {outcome}{f' ({why})' if why else ''}",
            schedule=schedule.name,
            expression=schedule.schedule_expression,
            scheduled=seconds(invocation.scheduled),
            execution_id=invocation.execution_id,
            target=schedule.target["Arn"],
            outcome=outcome,
            error=why,
        )


def _moment(date: Any) -> datetime | None:
    return None if date is None else datetime.fromtimestamp(float(date), tz=UTC)


def install(cloud: LocalCloudServer) -> None:
    """Check and run schedules."""
    scheduler = Scheduler(cloud)
    cloud.provide(scheduler)

    def create(self: Any, **asked: Any) -> Any:
        group = asked.get("group_name") or "default"
        if group not in self.schedule_groups:
            raise ScheduleGroupNotFound(group)
        scheduler_checks.check(asked)
        asked["action_after_completion"] = asked.get("action_after_completion") or "NONE"
        schedule = moto_patches.original(BACKEND, "create_schedule")(self, **asked)
        scheduler.begin(schedule)
        return schedule

    def update(self: Any, **asked: Any) -> Any:
        scheduler_checks.check(asked)
        asked["state"] = asked.get("state") or "ENABLED"
        schedule = moto_patches.original(BACKEND, "update_schedule")(self, **asked)
        scheduler.begin(schedule)
        return schedule

    def answer_update(self: Any) -> Any:
        """moto leaves the action after completion as it was; an update that does not name it sets NONE."""
        answer = moto_patches.original(RESPONSE, "update_schedule")(self)
        name = self.uri.split("?")[0].split("/")[-1]
        schedule = self.scheduler_backend.get_schedule(self._get_param("GroupName"), name)
        schedule.action_after_completion = self._get_param("ActionAfterCompletion") or "NONE"
        return answer

    moto_patches.replace(BACKEND, "create_schedule", create)
    moto_patches.replace(BACKEND, "update_schedule", update)
    moto_patches.replace(RESPONSE, "update_schedule", answer_update)
