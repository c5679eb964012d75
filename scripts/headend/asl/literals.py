"""Texts that look as if they were meant to be evaluated, where a definition takes them as they are.

A text such as `$.order.id` is data in a few places: patterns and paths that other services evaluate.
These are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from headend.asl import paths
from headend.asl.model import PLACEHOLDER, Definition
from headend.asl.source import Pointer

_CALL = re.compile(r"States\.[A-Z]\w+\s*\(.*\)", re.DOTALL)
_VARIABLE = re.compile(r"\$([^\W\d]\w*)")
_FOREIGN = re.compile(
    r"^(input|output|items|result|reference|json)_?path$|pathsmap$|pattern$|^mapping$|^selector$"
    r"|^(input|request|response)templates?$",
    re.IGNORECASE,
)
"""Names of fields whose values other services evaluate: InputPath of EventBridge, a schema's JsonPath, a template."""
_LONGEST = 5_000
"""Characters of a text that is looked at."""
_WHOLE = frozenset({"Payload", "Input", "Body", "MessageBody", "Message", "Detail"})
"""Fields of a call in which a lone `$` can only be meant as the whole input."""


Kind = Literal["a path", "an intrinsic function", "a variable"]


@dataclass(frozen=True)
class Suspect:
    """A text that looks like a path, the call of an intrinsic function, or a variable.

    Attributes:
        pointer: where it stands.
        key: the name of its field; None for an element of an array.
        text: itself.
        kind: what it looks like.
    """

    pointer: Pointer
    key: str | None
    text: str
    kind: Kind


def suspects(value: Any, pointer: Pointer, variables: frozenset[str]) -> Iterator[Suspect]:
    """The suspicious texts in a value, fields whose names end in `.$` left out.

    Args:
        value: any JSON value.
        pointer: where it stands.
        variables: names, without the dollar sign, that the definition assigns.
    """
    todo = [(pointer, value)]
    while todo:
        where, part = todo.pop()
        if isinstance(part, dict):
            todo += [((*where, key), item) for key, item in reversed(part.items()) if not key.endswith(".$")]
        elif isinstance(part, list):
            todo += [((*where, index), part[index]) for index in reversed(range(len(part)))]
        elif isinstance(part, str):
            keys = where[len(pointer) :]
            kind = kind_of(part, keys, variables)
            if kind:
                key = keys[-1] if keys and isinstance(keys[-1], str) else None
                yield Suspect(where, key, part, kind)


def kind_of(text: str, keys: Pointer, variables: frozenset[str]) -> Kind | None:
    """What a text looks like; None where it looks like text, or other services evaluate it.

    Args:
        text: the text.
        keys: the names of the fields around it, from the outside, its own the last.
        variables: names, without the dollar sign, that the definition assigns.
    """
    if len(text) > _LONGEST or any(isinstance(key, str) and _FOREIGN.search(key) for key in keys):
        return None
    return _kind(text, keys[-1] if keys else None, variables)


def _kind(text: str, key: str | int | None, variables: frozenset[str]) -> Kind | None:
    text = text.strip()
    if PLACEHOLDER.search(text):
        return None
    if _CALL.fullmatch(text):
        return "an intrinsic function"
    if text in ("$", "$$"):
        return "a path" if key in _WHOLE else None
    if text.startswith(("$.", "$[", "$$.")):
        try:
            path = paths.parse(text)
        except paths.PathError:
            return None
        amount = bool(path.names) and str(path.names[0]).isdecimal() and text.startswith("$.")
        return None if amount else "a path"
    variable = _VARIABLE.match(text)
    if variable and variable[1] in variables:
        try:
            paths.parse(text)
        except paths.PathError:
            return None
        return None if " " in text else "a variable"
    return None


def assigned(definition: Definition) -> frozenset[str]:
    """The names of all variables that any state of the definition assigns."""
    names: set[str] = set()
    for state in definition.states():
        rules = [rule for name in ("Choices", "Catch") for _, rule in state.objects(name)]
        for holder in (state.fields, *rules):
            variables = holder.get("Assign")
            if isinstance(variables, dict):
                names |= {name.removesuffix(".$") for name in variables}
    return frozenset(names)
