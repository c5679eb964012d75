"""The JSON paths that EventBridge reads: names, indices and wildcards, in dots or brackets.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html#targets-specifics-dynamic-path-params
"""

from __future__ import annotations

import re
from typing import Any

STEP = re.compile(
    r"""\.(?P<star>\*)|\.(?P<name>[^.\[\]'"\s]+)|\[(?P<index>\d+)\]|\[(?P<all>\*)\]|\[(['"])(?P<quoted>.+?)\5\]"""
)

ABSENT = object()
"""What a path finds where there is nothing."""


def read_path(path: str, value: Any) -> Any:
    """The value at a path like `$.detail.state.value` or `$.resources[0]`, or ABSENT.

    With a wildcard: the list of all values found. Raises ValueError for what is no path.
    """
    if not path.startswith("$"):
        raise ValueError(f"{path!r} is not a JSON path: it has to start with $")
    found, many, position = [value], False, 1
    while position < len(path):
        matched = STEP.match(path, position)
        if not matched:
            raise ValueError(f"cannot read the JSON path {path!r} after {path[:position]!r}")
        many = many or bool(matched["star"] or matched["all"])
        found = [inner for one in found for inner in _step(one, matched)]
        position = matched.end()
    if many:
        return found or ABSENT
    return found[0] if found else ABSENT


def _step(value: Any, matched: re.Match[str]) -> list[Any]:
    if matched["star"] or matched["all"]:
        return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else []
    name = matched["name"] or matched["quoted"]
    if name is not None:
        return [value[name]] if isinstance(value, dict) and name in value else []
    index = int(matched["index"])
    return [value[index]] if isinstance(value, list) and index < len(value) else []
