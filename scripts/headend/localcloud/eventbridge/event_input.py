"""What a rule's target receives: the event, a constant, a part of the event, or a filled-in template.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from headend.localcloud.stepfunctions.json_paths import ABSENT, read_path

PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.\-]+)>")
RESERVED = frozenset(
    {
        "aws.events.rule-arn",
        "aws.events.rule-name",
        "aws.events.event.ingestion-time",
        "aws.events.event",
        "aws.events.event.json",
    }
)
"""The variables that every template has."""


def target_input(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str, ingestion_time: str) -> str:
    """The text that goes to `target`. Raises ValueError for what EventBridge would not deliver."""
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath"):
        found = read_path(str(target["InputPath"]), event)
        return compact(None if found is ABSENT else found)
    transformer = target.get("InputTransformer")
    if not transformer:
        return compact(event)
    values = {name: read_path(path, event) for name, path in (transformer.get("InputPathsMap") or {}).items()}
    values |= {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": ingestion_time,
        "aws.events.event": without_detail(event),
        "aws.events.event.json": dict(event),
    }
    return fill(str(transformer["InputTemplate"]), values)


def without_detail(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event as <aws.events.event> has it: no detail, and detail-type under another name."""
    names = ("id", "account", "detail-type", "time", "source", "region", "resources", "version")
    return {"detailType" if name == "detail-type" else name: event[name] for name in names if name in event}


def placeholders(template: str) -> list[str]:
    """The variables that a template names."""
    return PLACEHOLDER.findall(template)


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Put values for `<name>`: as JSON where a value stands by itself, unescaped inside quotes; an absent one is empty.

    A template that begins with a quote makes text: objects and arrays lose their quotes there. Any other has to make
    JSON, and raises ValueError when a value breaks it.
    """
    text = template.lstrip().startswith('"')
    result: list[str] = []
    position = 0
    quoted = False
    while position < len(template):
        matched = PLACEHOLDER.match(template, position)
        if matched and matched[1] in values:
            value = values[matched[1]]
            result.append(_inside(value, text=text) if quoted else compact("" if value is ABSENT else value))
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
    filled = "".join(result)
    if not text:
        try:
            json.loads(filled)
        except ValueError as error:
            raise ValueError(f"the template does not make JSON: {error}") from error
    return filled


def _inside(value: Any, *, text: bool) -> str:
    """A value within quotes. EventBridge escapes nothing there."""
    if value is ABSENT:
        return ""
    if isinstance(value, str):
        return value
    shown = compact(value)
    return shown.replace('"', "") if text else shown


def compact(value: Any) -> str:
    """JSON without spaces, as EventBridge sends it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
