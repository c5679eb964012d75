"""The fields of a cron expression: lists, ranges and steps, and the days that L, W and # mean.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html#eb-cron-expressions
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}


class ScheduleError(ValueError):
    """The expression is not a schedule."""


def numbers(text: str, low: int, high: int, names: Mapping[str, int] | None = None) -> tuple[int, ...]:
    """The numbers of a field, in order. A range may run over the end: 22-2. Raises ScheduleError."""
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        if slash and not re.fullmatch(r"[1-9]\d*", step):
            raise ScheduleError(f"{part!r} has no step")
        start, dash, end = span.partition("-")
        if span == "*":
            first, last = low, high
        else:
            first = _number(start, low, high, names)
            last = _number(end, low, high, names) if dash else high if slash else first
        span_length = last - first if last >= first else last - first + (high - low + 1)
        for offset in range(0, span_length + 1, int(step or 1)):
            found.add(low + (first - low + offset) % (high - low + 1))
    return tuple(sorted(found))


def _number(text: str, low: int, high: int, names: Mapping[str, int] | None) -> int:
    number = (names or {}).get(text)
    if number is None:
        if not re.fullmatch(r"\d+", text):
            raise ScheduleError(f"{text!r} is not a value of its field")
        number = int(text)
    if not low <= number <= high:
        raise ScheduleError(f"{number} is not between {low} and {high}")
    return number


def _last(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


@dataclass(frozen=True)
class DayOfMonth:
    """Days by number, the last one (L, or L-3: three before it), or the weekday nearest to one (15W, LW)."""

    days: frozenset[int] = frozenset()
    from_last: int | None = None
    near: int | None = None
    near_last: bool = False
    any: bool = False

    @classmethod
    def parse(cls, text: str) -> DayOfMonth:
        """The field's meaning. Raises ScheduleError."""
        if text in ("?", "*"):
            return cls(any=True)
        if text == "LW":
            return cls(near_last=True)
        if matched := re.fullmatch(r"L(?:-(\d+))?", text):
            return cls(from_last=_number(matched[1], 1, 30, None) if matched[1] else 0)
        if matched := re.fullmatch(r"(\d+)W", text):
            return cls(near=_number(matched[1], 1, 31, None))
        return cls(days=frozenset(numbers(text, 1, 31)))

    def accepts(self, day: date) -> bool:
        """Whether it is that day."""
        if self.any or day.day in self.days:
            return True
        last = _last(day)
        if self.from_last is not None:
            return day.day == last - self.from_last
        if self.near_last:
            return day == _nearest_weekday(day.replace(day=last))
        return self.near is not None and self.near <= last and day == _nearest_weekday(day.replace(day=self.near))


@dataclass(frozen=True)
class DayOfWeek:
    """Weekdays by number (1 is Sunday), the nth of the month (6#3), or the last (6L); L alone is Saturday."""

    days: frozenset[int] = frozenset()
    nth: tuple[int, int] | None = None
    last: int | None = None
    any: bool = False

    @classmethod
    def parse(cls, text: str) -> DayOfWeek:
        """The field's meaning. Raises ScheduleError."""
        if text in ("?", "*"):
            return cls(any=True)
        if text == "L":
            return cls(days=frozenset({7}))
        weekday, hash_sign, nth = text.partition("#")
        if hash_sign:
            return cls(nth=(_number(weekday, 1, 7, WEEKDAYS), _number(nth, 1, 5, None)))
        if text.endswith("L"):
            return cls(last=_number(text[:-1], 1, 7, WEEKDAYS))
        return cls(days=frozenset(numbers(text, 1, 7, WEEKDAYS)))

    def accepts(self, day: date) -> bool:
        """Whether it is such a day."""
        number = (day.weekday() + 1) % 7 + 1
        if self.any or number in self.days:
            return True
        if self.nth is not None:
            return (number, (day.day - 1) // 7 + 1) == self.nth
        return self.last == number and day.day + 7 > _last(day)


def _nearest_weekday(day: date) -> date:
    """The weekday closest to `day` in its month."""
    if day.weekday() == calendar.SATURDAY:
        return day - timedelta(days=1) if day.day > 1 else day + timedelta(days=2)
    if day.weekday() == calendar.SUNDAY:
        return day + timedelta(days=1) if day.day < _last(day) else day - timedelta(days=2)
    return day
