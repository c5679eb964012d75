"""Items of a Distributed Map in batches.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

MOST_BYTES = 262_144
"""The input of a child execution is never larger."""


class Batch(NamedTuple):
    """The input of one child execution, and how many items it holds."""

    input: Any
    items: int


def batches(items: list[Any], settings: dict[str, Any] | None) -> list[Batch]:
    """One batch for each item; or with an ItemBatcher's settings as many items together as fit, in their order."""
    if settings is None:
        return [Batch(item, 1) for item in items]
    most = int(settings.get("MaxItemsPerBatch") or len(items) or 1)
    shared = {"BatchInput": settings["BatchInput"]} if "BatchInput" in settings else {}
    limit = min(int(settings.get("MaxInputBytesPerBatch") or MOST_BYTES), MOST_BYTES)
    room = limit - _size({**shared, "Items": []})
    made: list[Batch] = []
    current: list[Any] = []
    used = 0
    for item in items:
        size = _size(item) + 1
        if current and (len(current) >= most or used + size > room):
            made.append(Batch({**shared, "Items": current}, len(current)))
            current, used = [], 0
        current.append(item)
        used += size
    if current:
        made.append(Batch({**shared, "Items": current}, len(current)))
    return made


def _size(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())
