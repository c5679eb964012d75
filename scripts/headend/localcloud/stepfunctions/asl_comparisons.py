"""The data-test expressions of a Choice on plain values: two values of unlike types never match.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Any

TIMESTAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:(Z)|([+-])(\d\d):(\d\d))",
    re.ASCII,
)
ORDERS: tuple[tuple[str, Callable[[Any, Any], bool]], ...] = (
    ("GreaterThanEquals", operator.ge),
    ("LessThanEquals", operator.le),
    ("GreaterThan", operator.gt),
    ("LessThan", operator.lt),
    ("Equals", operator.eq),
)
Moment = tuple[datetime, int]
"""Whole seconds in UTC, and nanoseconds."""


def timestamp(value: Any) -> Moment | None:
    """An RFC 3339 moment with capital T and Z, or None."""
    found = TIMESTAMP.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    fraction, zulu, sign, hours, minutes = found.groups()[6:]
    zone: timezone = UTC
    try:
        if not zulu:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            zone = timezone(-offset if sign == "-" else offset)
        moment = datetime.combine(date(year, month, day), time(hour, minute, second), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment, int((fraction or "0").ljust(9, "0"))


def is_number(value: Any) -> bool:
    """A JSON number: in Python, true is one too."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


TYPES: dict[str, Callable[[Any], Any]] = {
    "String": lambda value: value.encode("utf-16-be", "surrogatepass") if isinstance(value, str) else None,
    "Numeric": lambda value: value if is_number(value) else None,
    "Boolean": lambda value: value if isinstance(value, bool) else None,
    "Timestamp": timestamp,
}
"""What values of a type are compared by; None for a value of another type. Strings compare as in Java."""
TESTS: dict[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsString": lambda value: isinstance(value, str),
    "IsNumeric": is_number,
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: timestamp(value) is not None,
}


@lru_cache(maxsize=256)
def pattern(text: str) -> re.Pattern[str]:
    r"""StringMatches: only `*` is a wildcard, `\*` is an asterisk and `\\` a backslash."""
    made = []
    at = 0
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2] in {"*", "\\"}:
            made.append(re.escape(text[at + 1]))
            at += 2
        else:
            made.append(".*" if text[at] == "*" else re.escape(text[at]))
            at += 1
    return re.compile("".join(made), re.DOTALL)


def holds(name: str, variable: Any, value: Any) -> bool:
    """Whether the comparison `name` (without Path) is true of a variable and a value. KeyError for an unknown one."""
    if name in TESTS:
        return TESTS[name](variable) is value
    if name == "StringMatches":
        return isinstance(variable, str) and pattern(value).fullmatch(variable) is not None
    for suffix, order in ORDERS:
        if name.endswith(suffix):
            comparable = TYPES[name.removesuffix(suffix)]
            left, right = comparable(variable), comparable(value)
            return left is not None and right is not None and order(left, right)
    raise KeyError(name)
