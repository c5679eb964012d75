"""Schedule expressions of EventBridge: rate(), cron() and at(), and when they are due next.

A cron expression has six fields (minutes hours day-of-month month day-of-week year) and looks at wall clocks: rules use
UTC, schedules of EventBridge Scheduler a time zone of their own. A moment that a clock skips when summer time begins is
skipped, and one that it shows twice when summer time ends counts once.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from headend.localcloud.eventbridge.cron_fields import DayOfMonth, DayOfWeek, ScheduleError, numbers

RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)")
CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)")
UNITS = {"minute": 60, "hour": 3600, "day": 86_400}
MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
FIRST_YEAR, LAST_YEAR = 1970, 2199

__all__ = ["At", "Cron", "Rate", "Schedule", "ScheduleError", "parse_rule_schedule", "parse_schedule"]


@dataclass(frozen=True)
class Rate:
    """Every so many seconds."""

    seconds: int

    def after(self, moment: datetime, start: datetime) -> datetime | None:
        """The first time after `moment`, counted from `start`."""
        if moment < start:
            return start
        passed = (moment - start) // timedelta(seconds=self.seconds)
        return start + timedelta(seconds=self.seconds * (passed + 1))


@dataclass(frozen=True)
class At:
    """Once."""

    moment: datetime

    def after(self, moment: datetime, _start: datetime) -> datetime | None:
        """The moment, until it has passed."""
        return self.moment if moment < self.moment else None


@dataclass(frozen=True)
class Cron:
    """By the calendar and clock of a zone."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: DayOfMonth
    months: frozenset[int]
    weekdays: DayOfWeek
    years: tuple[int, ...]
    zone: tzinfo

    def after(self, moment: datetime, _start: datetime) -> datetime | None:
        """The first time after `moment`; None when there is none left."""
        local = moment.astimezone(self.zone)
        for day in self._days_from(local.date()):
            for hour in self.hours:
                for minute in self.minutes:
                    due = self._moment(day, hour, minute)
                    if due is not None and due > moment:
                        return due
        return None

    def due(self, moment: datetime) -> bool:
        """Whether it is due in the minute of `moment`."""
        minute = moment.replace(second=0, microsecond=0)
        return self.after(minute - timedelta(microseconds=1), minute) == minute

    def _days_from(self, first: date) -> list[date] | _Days:
        return _Days(self, first)

    def _moment(self, day: date, hour: int, minute: int) -> datetime | None:
        """The moment of a wall clock's time; None for one that the clock never shows."""
        local = datetime.combine(day, time(hour, minute), self.zone)
        moment = local.astimezone(UTC)
        return moment if moment.astimezone(self.zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None


class _Days:
    """The days on which a cron expression is due, from a day on."""

    def __init__(self, cron: Cron, first: date) -> None:
        self._cron, self._first = cron, first

    def __iter__(self) -> _Days:
        self._next: date | None = self._first
        return self

    def __next__(self) -> date:
        while self._next is not None:
            day = self._next
            if day.year > self._cron.years[-1]:
                break
            if day.year not in self._cron.years:
                years = [year for year in self._cron.years if year > day.year]
                self._next = date(years[0], 1, 1)
            elif day.month not in self._cron.months:
                self._next = _next_month(day)
            else:
                self._next = day + timedelta(days=1) if day < date(LAST_YEAR, 12, 31) else None
                if self._cron.days.accepts(day) and self._cron.weekdays.accepts(day):
                    return day
        raise StopIteration


def _next_month(day: date) -> date | None:
    if day.month < 12:
        return date(day.year, day.month + 1, 1)
    return date(day.year + 1, 1, 1) if day.year < LAST_YEAR else None


Schedule = Rate | At | Cron


def parse_rule_schedule(expression: str) -> Rate | Cron:
    """The schedule of a rule. Raises ScheduleError."""
    matched = RATE.fullmatch(expression)
    if matched and bool(matched[3]) == (int(matched[1]) > 1):
        return Rate(int(matched[1]) * UNITS[matched[2]])
    return parse_cron(expression, UTC)


def parse_schedule(expression: str, zone: str = "UTC") -> Schedule:
    """A schedule of EventBridge Scheduler; rates may have either number of the unit. Raises ScheduleError."""
    try:
        known: tzinfo = ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise ScheduleError(f"{zone!r} is no time zone") from error
    matched = RATE.fullmatch(expression)
    if matched:
        return Rate(int(matched[1]) * UNITS[matched[2]])
    once = AT.fullmatch(expression)
    if once:
        try:
            return At(datetime.fromisoformat(once[1]).replace(tzinfo=known).astimezone(UTC))
        except ValueError as error:
            raise ScheduleError(str(error)) from error
    return parse_cron(expression, known)


def parse_cron(expression: str, zone: tzinfo) -> Cron:
    """A cron expression. Raises ScheduleError."""
    matched = CRON.fullmatch(expression)
    if not matched:
        raise ScheduleError(f"{expression!r} is neither a rate nor a cron expression of six fields")
    minutes, hours, days, months, weekdays, years = (field.upper() for field in matched.groups())
    if (days == "?") == (weekdays == "?"):
        raise ScheduleError("one of day-of-month and day-of-week has to be ?, and not both")
    return Cron(
        minutes=numbers(minutes, 0, 59),
        hours=numbers(hours, 0, 23),
        days=DayOfMonth.parse(days),
        months=frozenset(numbers(months, 1, 12, MONTHS)),
        weekdays=DayOfWeek.parse(weekdays),
        years=numbers(years, FIRST_YEAR, LAST_YEAR),
        zone=zone,
    )
