"""What botocore's models say of a request: which members there are, and what they forbid of values.

MediaLive's model carries its limits in the names of its shapes (`__integerMin0Max100`), all others as metadata. The
models know no more: what a service refuses beyond them is told by its own rules.

Source: https://smithy.io/2.0/spec/constraint-traits.html (the constraints; botocore's models carry them)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.utils import parse_timestamp


@dataclass(frozen=True)
class Problem:
    """What is wrong at a place of a request: `path` as in `encoderSettings/outputGroups/0`."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


@cache
def model(service: str) -> ServiceModel:
    """botocore's model of a service, by botocore's name."""
    return ServiceModel(Loader(include_default_search_paths=True).load_service_model(service, "service-2"), service)


def operation_model(service: str, operation: str) -> OperationModel:
    """One operation. Raises NotImplementedError for one that the service has not."""
    if operation not in model(service).operation_names:
        raise NotImplementedError(f"{service} has no operation {operation}")
    return model(service).operation_model(operation)


def known(shape: Shape | None, value: Any) -> Any:
    """A request's value without what the model does not know: services drop such members silently."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return {name: known(shape.members[name], item) for name, item in value.items() if name in shape.members}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [known(shape.member, item) for item in value]
    return value


def problems(shape: Shape | None, value: Any, path: str = "", *, wire: bool = False) -> Iterator[Problem]:
    """What the model forbids in a request. Places have the API reference's names, or with `wire` those of the wire."""
    if isinstance(shape, StructureShape):
        if not isinstance(value, Mapping):
            yield Problem(path or "/", f"expected an object, not {value!r}")
            return
        for name in shape.required_members:
            if value.get(name) is None:
                yield Problem(_below(path, shape, name, wire=wire), "is required")
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from problems(member, value[name], _below(path, shape, name, wire=wire), wire=wire)
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            yield Problem(path, f"expected a list, not {value!r}")
            return
        yield from _limits(shape, len(value), path, "must have {} {} members")
        for number, item in enumerate(value):
            yield from problems(shape.member, item, f"{path}/{number}", wire=wire)
    elif shape is not None:
        yield from _scalar(shape, value, path)


def _below(path: str, shape: StructureShape, name: str, *, wire: bool) -> str:
    shown = shape.members[name].serialization.get("name", name) if wire else name
    return f"{path}/{shown}" if path else shown


def _scalar(shape: Shape, value: Any, path: str) -> Iterator[Problem]:
    match shape.type_name:
        case "string":
            if not isinstance(value, str):
                yield Problem(path, f"expected a string, not {value!r}")
                return
            allowed = shape.metadata.get("enum")
            if allowed and value not in allowed:
                yield Problem(path, f"{value!r} is not one of {', '.join(allowed)}")
            yield from _limits(shape, len(value), path, "must have {} {} characters")
            pattern = shape.metadata.get("pattern")
            if pattern and not re.fullmatch(pattern, value):
                yield Problem(path, f"{value!r} does not match {pattern}")
        case "integer" | "long":
            if isinstance(value, bool) or not isinstance(value, int):
                yield Problem(path, f"expected an integer, not {value!r}")
                return
            yield from _limits(shape, value, path, "must be {} {}")
        case "double" | "float":
            if isinstance(value, bool) or not isinstance(value, int | float):
                yield Problem(path, f"expected a number, not {value!r}")
                return
            yield from _limits(shape, value, path, "must be {} {}")
        case "boolean":
            if not isinstance(value, bool):
                yield Problem(path, f"expected true or false, not {value!r}")
        case "timestamp":
            try:
                parse_timestamp(value)
            except ValueError:
                yield Problem(path, f"expected a time, not {value!r}")


RANGE = re.compile(r"^__(?:integer|string|double|long)Min(Negative)?(\d+)?(?:Max(\d+))?")
"""MediaLive's model carries its limits in the names of its shapes: `__integerMin0Max100`, `__stringMin32Max32`."""


def _limits(shape: Shape, size: float, path: str, words: str) -> Iterator[Problem]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    named = RANGE.match(shape.name)
    if named:
        least = int(named[2]) * (-1 if named[1] else 1) if named[2] else least
        most = int(named[3]) if named[3] else most
    elif only := re.match(r"^__(?:integer|string)Max(\d+)$", shape.name):
        most = int(only[1])
    if least is not None and size < least:
        yield Problem(path, words.format("at least", least))
    if most is not None and size > most:
        yield Problem(path, words.format("at most", most))
