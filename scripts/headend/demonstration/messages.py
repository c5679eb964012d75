"""The messages of a demo run: each alert once, with everybody who received it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headend.demonstration.story import Entry, Story, kind_of, when


@dataclass
class Message:
    """One alert as it was sent. `machine` is the JSON variant, None when no subscriber received it."""

    at: float
    kind: str
    subject: str
    attributes: dict[str, str]
    text: str = ""
    machine: dict[str, Any] | None = None
    receivers: list[tuple[str, str, str]] = field(default_factory=list)


def messages_of(story: Story) -> list[Message]:
    """The story's messages in the order sent, the deliveries of one text joined."""
    found: dict[tuple[str, str, str], Message] = {}
    for entry in story.messages:
        detail = entry["detail"]
        text, machine = variants(str(detail.get("message", "")))
        key = (kind_of(entry), str(detail.get("subject", "")), text)
        message = found.get(key)
        if message is None:
            at = (when(entry["time"]) - story.fault_at).total_seconds() if story.fault_at else 0.0
            message = found[key] = Message(at, key[0], key[1], plain_attributes(entry), text)
        message.machine = message.machine or machine
        message.receivers.append(
            (str(detail.get("protocol", "")), str(detail.get("endpoint", "")), str(detail.get("outcome", "")))
        )
    return list(found.values())


def variants(content: str) -> tuple[str, dict[str, Any] | None]:
    """The (text, JSON) variants in what a subscriber received: plain text, our JSON, or either in SNS's envelope."""
    value = _json_object(content)
    if value is not None and value.get("Type") == "Notification":
        content = str(value.get("Message", ""))
        value = _json_object(content)
    if value is not None and "text" in value:
        return str(value["text"]), value
    return content, None


def plain_attributes(entry: Entry) -> dict[str, str]:
    """A message's attributes as name → value, whichever of SNS's shapes they have."""
    attributes = entry["detail"].get("attributes") or {}
    return {
        name: str(value.get("Value", value.get("StringValue", "")) if isinstance(value, Mapping) else value)
        for name, value in sorted(attributes.items())
    }


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
