"""Whether a field's value has the type and the limits that its table entry gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from headend.asl.lint.finding import Finding, finding
from headend.asl.lint.rules.field_tables import Field, Kind
from headend.asl.model import PLACEHOLDER, Definition, State, expression
from headend.asl.near_names import did_you_mean
from headend.asl.source import Pointer

_NAMES: dict[Kind, str] = {
    "text": "text",
    "path": "text (a path) or null",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "objects": "a list of objects",
    "list": "a list of objects",
    "texts": "a list of texts",
    "timestamp": 'a time such as "2026-03-14T01:59:00Z"',
}


def unknown(value: Any) -> bool:
    """Whether somebody fills the value in later (a placeholder or a function of CloudFormation)."""
    if isinstance(value, dict) and len(value) == 1:
        name = str(next(iter(value)))
        return name == "Ref" or name.startswith("Fn::")
    return isinstance(value, str) and PLACEHOLDER.search(value) is not None


def describe(value: Any) -> str:
    """A value's type in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'the text "{value[:40]}"'
    if isinstance(value, (int, float)):
        return f"the number {value}"
    return "an object" if isinstance(value, dict) else "a list"


def check(
    definition: Definition, state: State | None, field: Field, value: Any, where: Pointer, *, jsonata: bool
) -> Iterator[Finding]:
    """Findings about one value."""
    if field.kind == "any" or unknown(value) or (field.dynamic and jsonata and expression(value) is not None):
        return
    name = where[-1]
    code, message, at = "", "", where
    if not _fits(field.kind, value):
        code, message = "fields-type", f"{name} is {describe(value)}: it must be {_NAMES[field.kind]}"
    elif field.kind in ("objects", "texts") and not value:
        code, message = "fields-missing", f"{name} is an empty list: it needs at least one entry"
    elif field.kind in ("objects", "list", "texts"):
        wanted = str if field.kind == "texts" else dict
        wrong = next((i for i, item in enumerate(value) if not isinstance(item, wanted) and not unknown(item)), None)
        if wrong is not None:
            kind = "text" if wanted is str else "an object"
            code, message = "fields-type", f"an entry of {name} is {describe(value[wrong])}: it must be {kind}"
            at = (*where, wrong)
    elif field.choices and value not in field.choices:
        meant = did_you_mean(value, field.choices) or f": it is {' or '.join(field.choices)}"
        code, message = "fields-value", f'{name} cannot be "{value[:40]}"{meant}'
    elif field.low is not None and value < field.low:
        code, message = "fields-limit", f"{name} is {value}: it is at least {field.low:,}"
    elif field.high is not None and value > field.high:
        code, message = "fields-limit", f"{name} is {value}: it is at most {field.high:,}"
    if code:
        yield finding(definition, code, at, message, state, value=True)


def _fits(kind: Kind, value: Any) -> bool:
    if kind == "text":
        return isinstance(value, str)
    if kind == "path":
        return value is None or isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "object":
        return isinstance(value, dict)
    if kind in ("integer", "number"):
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole or (isinstance(value, float) and (kind == "number" or value.is_integer()))
    if kind == "timestamp":
        return isinstance(value, str) and _is_time(value)
    return isinstance(value, list)


def _is_time(text: str) -> bool:
    """RFC 3339 with the capital letters T and Z: https://states-language.net/spec.html#timestamps"""
    if "T" not in text or text[-1:] == "z":
        return False
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def heartbeat(definition: Definition, state: State) -> Iterator[Finding]:
    """HeartbeatSeconds must be below TimeoutSeconds."""
    beat, limit = _whole(state.fields.get("HeartbeatSeconds")), _whole(state.fields.get("TimeoutSeconds"))
    if state.type == "Task" and beat is not None and limit is not None and beat >= limit:
        message = f"HeartbeatSeconds ({beat}) must be less than TimeoutSeconds ({limit})"
        where = (*state.pointer, "HeartbeatSeconds")
        yield finding(definition, "fields-limit", where, message, state, value=True)


def delays(definition: Definition, state: State, retrier: Mapping[str, Any], where: Pointer) -> Iterator[Finding]:
    """MaxDelaySeconds must be above IntervalSeconds."""
    most, first = _whole(retrier.get("MaxDelaySeconds")), _whole(retrier.get("IntervalSeconds", 1))
    if most is not None and first is not None and 0 < most <= first:
        message = f"MaxDelaySeconds ({most}) must be more than IntervalSeconds ({first})"
        yield finding(definition, "fields-limit", (*where, "MaxDelaySeconds"), message, state, value=True)


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
