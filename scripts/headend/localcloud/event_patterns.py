"""EventBridge's content filtering: does an event match a rule's pattern?

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_ABSENT = object()
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """Whether every field of `pattern` accepts what `event` has there. An empty pattern matches nothing."""
    return bool(pattern) and _object(pattern, event)


def _object(pattern: Mapping[str, Any], value: Any) -> bool:
    if isinstance(value, list):  # an array of objects matches when one of its objects does
        return any(_object(pattern, item) for item in value)
    known = value if isinstance(value, dict) else {}
    return all(_field(name, wanted, known) for name, wanted in pattern.items())


def _field(name: str, wanted: Any, event: Mapping[str, Any]) -> bool:
    if name == "$or" and isinstance(wanted, list):
        return any(_object(choice, event) for choice in wanted)
    value = event.get(name, _ABSENT)
    if isinstance(wanted, dict):
        return _object(wanted, value)
    if not isinstance(wanted, list):
        return False
    values: Sequence[Any] = value if isinstance(value, list) else [value]
    if value == []:
        values = [_ABSENT]
    return any(_one(item, filtered) for filtered in wanted for item in values)


def _one(value: Any, filtered: Any) -> bool:
    """One value against one filter: a plain value or an object with one operator."""
    if not isinstance(filtered, dict):
        return _equal(value, filtered)
    [(name, wanted)] = filtered.items()
    if name == "exists":
        return (value is not _ABSENT) is bool(wanted)
    if value is _ABSENT:
        return False
    if name == "anything-but":
        return _anything_but(value, wanted)
    return _operator(name, value, wanted)


def _equal(value: Any, wanted: Any) -> bool:
    """JSON equality: true is not 1, and 1 is 1.0."""
    if value is _ABSENT or isinstance(value, bool) != isinstance(wanted, bool):
        return False
    return bool(value == wanted)


def _anything_but(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        [(name, inner)] = wanted.items()
        return isinstance(value, str) and not _operator(name, value, inner)
    return not any(_equal(value, item) for item in (wanted if isinstance(wanted, list) else [wanted]))


def _operator(name: str, value: Any, wanted: Any) -> bool:
    if name == "numeric":
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        pairs = zip(wanted[::2], wanted[1::2], strict=True)
        return all(COMPARISONS[sign](float(value), float(number)) for sign, number in pairs)
    if not isinstance(value, str):
        return False
    if isinstance(wanted, list):
        return any(_operator(name, value, item) for item in wanted)
    if isinstance(wanted, dict):  # {"prefix": {"equals-ignore-case": "x"}}
        return _operator(name, value.casefold(), str(wanted["equals-ignore-case"]).casefold())
    match name:
        case "prefix":
            return value.startswith(str(wanted))
        case "suffix":
            return value.endswith(str(wanted))
        case "equals-ignore-case":
            return value.casefold() == str(wanted).casefold()
        case "wildcard":
            return wildcard(str(wanted), value)
        case "cidr":
            return _in_network(value, str(wanted))
    return False


def wildcard(pattern: str, text: str) -> bool:
    """Whether `text` matches a pattern in which `*` stands for any characters and `\\` escapes `*` and itself."""
    parts: list[str] = [""]
    characters = iter(pattern)
    for character in characters:
        if character == "*":
            parts.append("")
        else:
            parts[-1] += next(characters, "") if character == "\\" else character
    if len(parts) == 1:
        return text == parts[0]
    if not text.startswith(parts[0]) or not text.endswith(parts[-1]):
        return False
    position = len(parts[0])
    for part in parts[1:-1]:
        found = text.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return position <= len(text) - len(parts[-1])


def _in_network(value: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
