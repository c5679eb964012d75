"""Resource models as the registry's schemas have them, made from what an API answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from headend.localcloud.cloudcontrol.cloud_control_handler import HandlerError
from headend.localcloud.cloudcontrol.registry import paths, schema_of

Json = dict[str, Any]


def schema(type_name: str, region: str) -> Json:
    """The schema of a type. Raises HandlerError when the Region has no such type."""
    found = schema_of(type_name, region)
    if found is None:
        raise HandlerError("NotFound", f"The type '{type_name}' cannot be found.")
    return found


def read_model(type_name: str, region: str, shown: Json) -> Json:
    """What the schema knows of `shown`, without what is empty and without what is only ever written."""
    known = schema(type_name, region)
    model: Json = _pruned(known, known, shown)
    for pointer in paths(known, "writeOnlyProperties"):
        _drop(model, pointer.strip("/").split("/"))
    return model


def tag_map(tags: Any) -> dict[str, str]:
    """Tags as a map, from a model's list of pairs or its map."""
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    return {str(tag["Key"]): str(tag.get("Value", "")) for tag in tags or []}


def tag_list(tags: Mapping[str, str]) -> list[Json]:
    """Tags as a list of pairs."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _pruned(root: Json, node: Json, value: Any) -> Any:
    if "$ref" in node:
        return _pruned(root, root["definitions"][node["$ref"].rpartition("/")[2]], value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, list):
        return [_pruned(root, node.get("items", {}), item) for item in value]
    if isinstance(value, Mapping) and "properties" in node:
        known = node["properties"]
        kept = {key: _pruned(root, known[key], item) for key, item in value.items() if key in known}
        return {key: item for key, item in kept.items() if item is not None and item not in ("", [])}
    return value


def _drop(value: Any, path: list[str]) -> None:
    if isinstance(value, list):
        for item in value:
            _drop(item, path[1:] if path[0] == "*" else path)
    elif isinstance(value, dict) and path:
        if len(path) == 1:
            value.pop(path[0], None)
        else:
            _drop(value.get(path[0]), path[1:])
