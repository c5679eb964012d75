"""What EventBridge Scheduler refuses when a schedule is made or changed.

Sources: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from moto.scheduler.exceptions import ValidationException

from headend.localcloud.eventbridge.cron import Schedule, ScheduleError, parse_schedule

UNIVERSAL = re.compile(r"arn:[\w-]+:scheduler:::aws-sdk:([\w-]+):(\w+)")
TEMPLATED = frozenset({"lambda", "sqs", "sns", "states", "events"})
READING = (
    *("get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read", "lookup"),
    *("discover", "validate", "batchGet", "batchDescribe", "batchRead", "transactGet", "adminGet", "adminList"),
    *("testMigration", "retrieve", "testConnection", "translateDocument", "isAuthorized", "invokeModel"),
)
"""Operations that begin so have no use as a universal target, and are refused."""


def schedule_of(expression: str, zone: str | None) -> Schedule:
    """The schedule of an expression. Raises ValidationException."""
    try:
        return parse_schedule(expression, zone or "UTC")
    except ScheduleError as error:
        if "time zone" in str(error):
            raise ValidationException(f"Invalid Schedule Expression Timezone {zone}.") from error
        raise ValidationException(f"Invalid Schedule Expression {expression}.") from error


def check(asked: Mapping[str, Any]) -> None:
    """Refuse a schedule, given as moto's arguments of CreateSchedule. Raises ValidationException."""
    schedule_of(str(asked["schedule_expression"]), asked.get("schedule_expression_timezone"))
    start, end = asked.get("start_date"), asked.get("end_date")
    if start is not None and end is not None and float(start) >= float(end):
        raise ValidationException("The StartDate you specify must come before the EndDate.")
    _window(asked.get("flexible_time_window") or {})
    _target(asked.get("target") or {})


def _window(window: Mapping[str, Any]) -> None:
    minutes = window.get("MaximumWindowInMinutes")
    if window.get("Mode") == "FLEXIBLE":
        if minutes is None:
            raise ValidationException("MaximumWindowInMinutes is required when the flexible time window is FLEXIBLE.")
        if not 1 <= int(minutes) <= 1_440:
            raise ValidationException("MaximumWindowInMinutes must be between 1 and 1440.")
    elif minutes is not None:
        raise ValidationException("MaximumWindowInMinutes must not be provided when the flexible time window is OFF.")


def _target(target: Mapping[str, Any]) -> None:
    arn = str(target.get("Arn", ""))
    universal = UNIVERSAL.fullmatch(arn)
    if universal:
        if universal[2].startswith(READING):
            raise ValidationException(f"{universal[2]} is not a supported operation for a universal target: {arn}")
        _universal_input(target.get("Input"))
    elif arn.count(":") < 5 or arn.split(":")[2] not in TEMPLATED:
        raise ValidationException(f"Provided Arn is not in correct format: {arn}")
    if ":sqs:" in arn and arn.endswith(".fifo") and not (target.get("SqsParameters") or {}).get("MessageGroupId"):
        raise ValidationException("Parameter SqsParameters.MessageGroupId is required for a FIFO queue.")
    if ":event-bus/" in arn and not target.get("EventBridgeParameters"):
        raise ValidationException("Parameter EventBridgeParameters is required for an event bus.")
    queue = (target.get("DeadLetterConfig") or {}).get("Arn", "")
    if queue.endswith(".fifo"):
        raise ValidationException("A dead-letter queue has to be a standard queue.")


def _universal_input(text: Any) -> None:
    try:
        parsed = json.loads(text or "{}")
    except ValueError as error:
        raise ValidationException("The Input of a universal target has to be JSON.") from error
    if not isinstance(parsed, dict):
        raise ValidationException("The Input of a universal target has to be a JSON object.")
