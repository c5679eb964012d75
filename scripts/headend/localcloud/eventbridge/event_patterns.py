"""EventBridge's content filtering: does an event match a rule's pattern?

Fields are compared by their paths, arrays count as their items, and fields of objects in an array match together only
when they are of the same object.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
https://github.com/aws/event-ruler#json-array-matching
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from headend.localcloud.eventbridge.event_pattern_compiler import compile_pattern
from headend.localcloud.eventbridge.event_pattern_tests import Test

Places = tuple[tuple[int, int], ...]
"""The arrays a value is in: (number of the array, index in it)."""
Fields = dict[str, list[tuple[Any, Places]]]


class Pattern:
    """A checked event pattern."""

    def __init__(self, text: str) -> None:
        """Raises InvalidPatternError, whose text is EventBridge's reason."""
        self.text = text
        self._alternatives = compile_pattern(text)

    def matches(self, event: Any) -> bool:
        """Whether an event, as parsed JSON, has what the pattern asks for."""
        fields = flatten(event)
        return any(_fits(list(alternative.items()), fields, {}) for alternative in self._alternatives)


@lru_cache(maxsize=1024)
def compiled(text: str) -> Pattern:
    """The pattern of a text, made once. Raises InvalidPatternError."""
    return Pattern(text)


def matches(pattern: str | Mapping[str, Any], event: Any) -> bool:
    """Whether `event` matches. An empty pattern matches nothing. Raises InvalidPatternError."""
    if not pattern:
        return False
    return compiled(pattern if isinstance(pattern, str) else json.dumps(pattern)).matches(event)


def flatten(event: Any) -> Fields:
    """Every value of an event by its path. Empty objects and arrays have none."""
    fields: Fields = defaultdict(list)
    arrays = iter(range(1_000_000))

    def walk(value: Any, path: str, places: Places) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, f"{path}.{name}" if path else name, places)
        elif isinstance(value, list):
            number = next(arrays)
            for index, item in enumerate(value):
                # Plain items are all of the same array: any of them may match beside any other field.
                walk(item, path, (*places, (number, index)) if isinstance(item, dict | list) else places)
        else:
            fields[path].append((value, places))

    walk(event, "", ())
    return dict(fields)


def _fits(wanted: list[tuple[str, list[Test]]], fields: Fields, chosen: dict[int, int]) -> bool:
    """Whether the paths in `wanted` have values that go together with the objects chosen so far."""
    if not wanted:
        return True
    (path, tests), rest = wanted[0], wanted[1:]
    if path not in fields and any(test.absent for test in tests):
        return _fits(rest, fields, chosen)
    for value, places in fields.get(path, ()):
        if any(chosen.get(array, index) != index for array, index in places):
            continue
        if any(not test.absent and test.check(value) for test in tests) and _fits(
            rest, fields, {**chosen, **dict(places)}
        ):
            return True
    return False
