"""Schedule expressions of EventBridge rules: rate(5 minutes) and cron(minutes hours day month weekday year), in UTC.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime

RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)$")
CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$")
UNITS = {"minute": 60, "hour": 3600, "day": 86_400}
MONTHS = {
    "JAN": 1,
    "FEB": 2,
    "MAR": 3,
    "APR": 4,
    "MAY": 5,
    "JUN": 6,
    "JUL": 7,
    "AUG": 8,
    "SEP": 9,
    "OCT": 10,
    "NOV": 11,
    "DEC": 12,
}
WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}


def rate_seconds(expression: str) -> int | None:
    """The interval of a rate expression; None for any other text."""
    matched = RATE.match(expression)
    return int(matched[1]) * UNITS[matched[2]] if matched else None


def due(expression: str, moment: datetime) -> bool:
    """Whether a cron expression fires in the minute of `moment` (UTC). Raises ValueError for what cannot be read."""
    matched = CRON.match(expression)
    if not matched:
        raise ValueError(f"{expression!r} is not a cron expression of six fields")
    minutes, hours, days, months, weekdays, years = matched.groups()
    return (
        _field(minutes, moment.minute, 0, 59)
        and _field(hours, moment.hour, 0, 23)
        and _field(months, moment.month, 1, 12, MONTHS)
        and _field(years, moment.year, 1970, 2199)
        and _day_of_month(days, moment.date())
        and _day_of_week(weekdays, moment.date())
    )


def _field(text: str, value: int, low: int, high: int, names: dict[str, int] | None = None) -> bool:
    """Whether a field of lists, ranges and steps accepts `value`."""
    for part in text.upper().split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = low, high
        else:
            start, _, end = span.partition("-")
            first = _number(start, names)
            last = _number(end, names) if end else (high if step else first)
        if first <= value <= last and (value - first) % int(step or 1) == 0:
            return True
    return False


def _number(text: str, names: dict[str, int] | None) -> int:
    return names[text] if names and text in names else int(text)


def _day_of_month(text: str, day: date) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    if text.upper() == "L":
        return day.day == last
    if text.upper().endswith("W"):
        return day == _nearest_weekday(date(day.year, day.month, min(int(text[:-1]), last)))
    return _field(text, day.day, 1, 31)


def _nearest_weekday(day: date) -> date:
    """The weekday closest to `day` in its month."""
    last = calendar.monthrange(day.year, day.month)[1]
    if day.weekday() == calendar.SATURDAY:
        return day.replace(day=day.day - 1 if day.day > 1 else day.day + 2)
    if day.weekday() == calendar.SUNDAY:
        return day.replace(day=day.day + 1 if day.day < last else day.day - 2)
    return day


def _day_of_week(text: str, day: date) -> bool:
    number = (day.weekday() + 1) % 7 + 1
    upper = text.upper()
    if "#" in upper:
        weekday, _, nth = upper.partition("#")
        return number == _number(weekday, WEEKDAYS) and (day.day - 1) // 7 + 1 == int(nth)
    if upper == "L":
        return number == WEEKDAYS["SAT"]
    if upper.endswith("L"):
        last = calendar.monthrange(day.year, day.month)[1]
        return number == _number(upper[:-1], WEEKDAYS) and day.day + 7 > last
    return _field(upper, number, 1, 7, WEEKDAYS)
