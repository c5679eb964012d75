"""How often a workflow is started: `240/month`, or the schedule that starts it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from headend.errors import UsageError

_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:/|per)\s*(second|minute|hour|day|week|month|year)s?")
_HOURS = {"second": 1 / 3600, "minute": 1 / 60, "hour": 1.0, "day": 24.0, "week": 168.0, "year": 8760.0}
_YEAR = 2027
"""A year of 365 days in which the runs of a cron expression are counted."""


def from_rate(text: str, hours_in_a_month: float) -> float:
    """Executions a month. Raises UsageError for anything but a number per second … year."""
    match = _RATE.fullmatch(text.strip().lower())
    if match is None or not float(match[1]):
        raise UsageError(f"--rate {text}: write a number per time, such as 240/month, 10/hour or 1/second")
    hours = hours_in_a_month if match[2] == "month" else _HOURS[match[2]]
    return float(match[1]) * hours_in_a_month / hours


def from_schedule(text: str, hours_in_a_month: float) -> float:
    """Executions a month of `rate(…)` or `cron(…)`, as EventBridge reads them. Raises UsageError for any other."""
    from headend.localcloud.eventbridge.cron import Rate, ScheduleError, parse_rule_schedule

    try:
        schedule = parse_rule_schedule(text.strip())
    except ScheduleError as error:
        raise UsageError(f"--schedule {text}: {error}") from None
    if isinstance(schedule, Rate):
        return hours_in_a_month * 3600 / schedule.seconds
    first = date(_YEAR, 1, 1)
    days = 0
    for number in range(365):
        day = first + timedelta(days=number)
        begins = datetime.combine(day, time(), UTC)
        due = schedule.after(begins - timedelta(seconds=1), begins)
        days += due is not None and due.date() == day
    return days * len(schedule.hours) * len(schedule.minutes) * hours_in_a_month / 8760
