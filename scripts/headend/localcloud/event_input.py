"""What a rule's target receives: the event, a constant, a part of the event, or a filled-in template.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

STEP = re.compile(r"""\.([A-Za-z0-9_\-]+)|\[(\d+)\]|\[(['"])(.+?)\3\]""")
PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.\-]+)>")
_ABSENT = object()


def target_input(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str, ingestion_time: str) -> str:
    """The text that goes to `target`. Raises ValueError for a path that cannot be read."""
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath"):
        found = read_path(str(target["InputPath"]), event)
        return json.dumps(None if found is _ABSENT else found)
    transformer = target.get("InputTransformer")
    if transformer:
        values = {name: read_path(path, event) for name, path in (transformer.get("InputPathsMap") or {}).items()}
        without_detail = {name: value for name, value in event.items() if name != "detail"}
        values |= {
            "aws.events.rule-arn": rule_arn,
            "aws.events.rule-name": rule_arn.rpartition("/")[2],
            "aws.events.event.ingestion-time": ingestion_time,
            "aws.events.event": without_detail,
            "aws.events.event.json": dict(event),
        }
        return fill(str(transformer["InputTemplate"]), values)
    return json.dumps(event)


def read_path(path: str, event: Any) -> Any:
    """The value at a path like `$.detail.state.value` or `$.resources[0]`; a marker for none. Raises ValueError."""
    if not path.startswith("$"):
        raise ValueError(f"{path!r} is not a JSON path: it has to start with $")
    position = 1
    value = event
    while position < len(path):
        matched = STEP.match(path, position)
        if not matched:
            raise ValueError(f"cannot read the JSON path {path!r} after {path[:position]!r}")
        name = matched[1] or matched[4]
        if name is not None:
            value = value.get(name, _ABSENT) if isinstance(value, dict) else _ABSENT
        else:
            index = int(matched[2])
            value = value[index] if isinstance(value, list) and index < len(value) else _ABSENT
        if value is _ABSENT:
            return _ABSENT
        position = matched.end()
    return value


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Put values for `<name>`: as text in a JSON string, as JSON outside. An absent one becomes empty text."""
    result: list[str] = []
    position = 0
    quoted = False
    while position < len(template):
        matched = PLACEHOLDER.match(template, position)
        if matched and matched[1] in values:
            value = values[matched[1]]
            result.append(_inside(value) if quoted else json.dumps("" if value is _ABSENT else value))
            position = matched.end()
            continue
        character = template[position]
        if character == "\\" and quoted:
            result.append(template[position : position + 2])
            position += 2
            continue
        if character == '"':
            quoted = not quoted
        result.append(character)
        position += 1
    return "".join(result)


def _inside(value: Any) -> str:
    """A value as part of a JSON string, escaped."""
    if value is _ABSENT:
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text)[1:-1]
