"""Pydantic's findings as lines a person can act on: `file:line: field: what; remedy`."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from headend.errors import UsageError
from headend.strict_yaml import Document, Place


class ConfigError(UsageError):
    """One or more faults in a configuration, one line each."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(lines)
        super().__init__("\n".join(self.lines))


def explain(error: ValidationError, document: Document, model: type[BaseModel]) -> list[str]:
    """One line per finding, in the order of the file."""
    found = []
    for detail in error.errors(include_url=False):
        place: Place = tuple(part for part in detail["loc"] if part != "[key]")
        line = document.line(place)
        field = ".".join(str(part) for part in place) or "the file"
        found.append((line, f"{document.path}:{line}: {field}: {_what(detail, place, model)}"))
    return [text for _, text in sorted(found)]


def _what(detail: ErrorDetails, place: Place, model: type[BaseModel]) -> str:
    context: dict[str, Any] = detail.get("ctx", {})
    value = detail["input"]
    kind = detail["type"]
    if kind == "extra_forbidden":
        allowed = _siblings(place, model)
        near = get_close_matches(str(place[-1]), allowed, n=1)
        return f"unknown key; did you mean {near[0]!r}?" if near else f"unknown key; there are {', '.join(allowed)}"
    if kind == "missing":
        return "missing; add it"
    if kind == "string_type":
        quoted = f'; write it in quotes: "{value}"' if isinstance(value, (int, float)) else ""
        return f"must be a string, not {_kind(value)}{quoted}"
    if kind == "literal_error":
        choices = str(context["expected"]).replace(" or ", ", ").replace("'", "")
        near = get_close_matches(str(value), choices.split(", "), n=1)
        return f"{value!r} is not known; " + (f"did you mean {near[0]!r}?" if near else f"choose one of {choices}")
    if kind == "string_pattern_mismatch":
        return f"{value!r} {_pattern(str(context['pattern']), value)}"
    if kind == "value_error":
        text = str(context["error"])
        return text if isinstance(value, dict) else f"{value!r}: {text}"
    if kind == "too_long" and place == ("flows",):
        return f"has {len(value)} flows; MediaConnect allows {context['max_length']} in a Region"
    if kind in ("too_long", "string_too_long"):
        return f"is too long; at most {context['max_length']} are allowed"
    if kind in ("too_short", "string_too_short"):
        return f"must hold at least {context['min_length']}; add one or delete the key"
    if kind in _BOUNDS:
        return f"{value!r} must be {_BOUNDS[kind]} {next(iter(context.values()))}"
    if kind in ("int_from_float", "int_type") and isinstance(value, float):
        return f"must be a whole number, not {value!r}"
    return f"must be {_TYPES.get(kind, 'different')}, not {_kind(value)}" if kind in _TYPES else detail["msg"]


_BOUNDS = {
    "greater_than": "more than",
    "greater_than_equal": "at least",
    "less_than": "less than",
    "less_than_equal": "at most",
    "multiple_of": "a multiple of",
}
_TYPES = {
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "finite_number": "a finite number",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "a mapping",
}
_PATTERNS = {
    "^[0-9]{12}$": "is not an account id: 12 digits in quotes",
    "^[a-z][a-z0-9-]{1,31}$": "is not a deployment name: 2 to 32 of a-z, 0-9 and -, starting with a letter",
    "^[A-Za-z0-9_-]{1,64}$": "is not a name: 1 to 64 of A-Z, a-z, 0-9, - and _",
    "^[a-z][a-z0-9-]{0,23}$": "is not a key: 1 to 24 of a-z, 0-9 and -, starting with a letter",
}


def _pattern(pattern: str, value: object) -> str:
    if pattern in _PATTERNS:
        return f"{_PATTERNS[pattern]}" + (f" (this has {len(str(value))})" if len(str(value)) > 24 else "")
    return f"does not fit; it must match {pattern}"


def _kind(value: object) -> str:
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "a mapping",
    }
    return "empty" if value is None else names.get(type(value), type(value).__name__)


def _siblings(place: Place, model: type[BaseModel]) -> list[str]:
    """The keys allowed at `place`, found by walking the generated schema."""
    schema = _schema(model)
    node = schema
    for part in place[:-1]:
        node = _resolve(node, schema)
        properties = node.get("properties", {})
        node = properties.get(part) or node.get("additionalProperties") or node.get("items") or {}
        if isinstance(node, bool):
            return []
    return sorted(_resolve(node, schema).get("properties", {}))


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _resolve(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in node:
        node = next((option for option in node["anyOf"] if option.get("type") != "null"), {})
    if "$ref" in node:
        node = schema["$defs"][str(node["$ref"]).rsplit("/", 1)[1]]
    if "patternProperties" in node:
        return {**node, "additionalProperties": next(iter(node["patternProperties"].values()))}
    return node
