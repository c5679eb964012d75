"""What a request's parameters break of the service's model: enumerations, lengths and ranges, as AWS words it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, ServiceModel, Shape, StructureShape

CONSTRAINTS = {
    "min": {"string": "have length greater than or equal to", "list": "have length greater than or equal to"},
    "max": {"string": "have length less than or equal to", "list": "have length less than or equal to"},
}


def violations(service: str, operation: str, parameters: Mapping[str, Any]) -> str | None:
    """AWS's message about the parameters that break the model of `operation`; None if none does."""
    shape = _model(service).operation_model(operation).input_shape
    found = list(_structure(shape, parameters, "")) if isinstance(shape, StructureShape) else []
    if not found:
        return None
    number = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
    return f"{number} detected: {'; '.join(found)}"


@functools.cache
def _model(service: str) -> ServiceModel:
    loaded = Loader(include_default_search_paths=True).load_service_model(service, "service-2")
    return ServiceModel(loaded, service)


def _structure(shape: StructureShape, given: Mapping[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if given.get(name) is None:
            yield f"Value null at '{_path(path, name)}' failed to satisfy constraint: Member must not be null"
    for name, member in shape.members.items():
        if given.get(name) is not None:
            yield from _value(member, given[name], _path(path, name))


def _value(shape: Shape, value: Any, path: str) -> Iterator[str]:
    shown = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must"
    limits = shape.metadata
    if limits.get("enum") and value not in limits["enum"]:
        yield f"{shown} satisfy enum value set: [{', '.join(limits['enum'])}]"
        return
    kind = shape.type_name
    size = len(value) if kind in ("string", "list") else value
    if kind in ("string", "list", "integer", "double", "long"):
        if "min" in limits and size < limits["min"]:
            yield f"{shown} {CONSTRAINTS['min'].get(kind, 'have value greater than or equal to')} {limits['min']}"
        if "max" in limits and size > limits["max"]:
            yield f"{shown} {CONSTRAINTS['max'].get(kind, 'have value less than or equal to')} {limits['max']}"
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        yield from _structure(shape, value, path)
    elif isinstance(shape, ListShape):
        for number, item in enumerate(value, start=1):
            yield from _value(shape.member, item, f"{path}.{number}.member")


def _path(path: str, name: str) -> str:
    first = name[0].lower() + name[1:]
    return f"{path}.{first}" if path else first
