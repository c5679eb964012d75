"""Resolved properties against the registry's schema of their type: scalars made what it asks for, then validated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from headend.localcloud.cloudcontrol.registry import paths, problems

Json = dict[str, Any]
TRUE_AND_FALSE = {"true": True, "false": False}


def fitted(schema: Json, value: Any, node: Json | None = None) -> Any:
    """`value` with scalars of the types that the schema names: templates may write `"5"` for 5, and 5 for `"5"`."""
    node = schema if node is None else node
    if "$ref" in node:
        return fitted(schema, value, schema["definitions"][node["$ref"].rpartition("/")[2]])
    if isinstance(value, dict):
        known = node.get("properties", {})
        return {key: fitted(schema, item, known.get(key, {})) for key, item in value.items()}
    if isinstance(value, list):
        return [fitted(schema, item, node.get("items", {})) for item in value]
    kinds = node.get("type", [])
    return _scalar([kinds] if isinstance(kinds, str) else kinds, value)


def _scalar(kinds: list[str], value: Any) -> Any:
    if isinstance(value, str) and "string" not in kinds:
        if "boolean" in kinds and value.lower() in TRUE_AND_FALSE:
            return TRUE_AND_FALSE[value.lower()]
        if "integer" in kinds or "number" in kinds:
            try:
                number = float(value)
            except ValueError:
                return value
            return int(number) if number.is_integer() else number
    if kinds == ["string"] and isinstance(value, bool | int | float):
        return json.dumps(value)
    return value


def tagged(schema: Json, properties: Json, tags: Mapping[str, str]) -> Json:
    """`properties` with the stack's tags, where the type has tags; its own come first.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html (Tags)
    """
    kinds = schema.get("properties", {}).get("Tags", {}).get("type")
    if not tags or kinds is None:
        return properties
    if kinds == "array":
        own = {tag.get("Key") for tag in properties.get("Tags") or []}
        more = [{"Key": key, "Value": value} for key, value in tags.items() if key not in own]
        return {**properties, "Tags": [*(properties.get("Tags") or []), *more]}
    return {**properties, "Tags": {**tags, **(properties.get("Tags") or {})}}


def faults(schema: Json, properties: Json) -> str:
    """What the schema does not allow, in CloudFormation's words; empty when all is well."""
    found = problems(schema, properties)
    read_only = [pointer for pointer in paths(schema, "readOnlyProperties") if pointer.strip("/") in properties]
    found += [f"#: extraneous key [{pointer.strip('/')}] is not permitted" for pointer in read_only]
    return "\n".join(found)


def replaces(schema: Json, before: Json, after: Json) -> bool:
    """Whether the change of properties needs another resource in the place of this one."""
    return any(
        _at(before, pointer.strip("/").split("/")) != _at(after, pointer.strip("/").split("/"))
        for pointer in paths(schema, "createOnlyProperties")
    )


def _at(value: Any, path: list[str]) -> Any:
    for name in path:
        if name == "*" or not isinstance(value, dict):
            return value
        value = value.get(name)
    return value
