"""What the service models say of a parameter's length, range, pattern and values, checked as AWS's front ends do.

moto checks few of these; AWS refuses the request before anything else looks at it.
Source: https://smithy.io/2.0/spec/constraint-traits.html (the constraints; botocore's models carry them)
Source: https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html (the error)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.exceptions import UnknownServiceError
from moto.core.utils import get_service_model

CODES: dict[str, str] = {
    "budgets": "InvalidParameterException",
    "dynamodb": "ValidationException",
    "events": "ValidationException",
    "iam": "ValidationError",
    "kms": "ValidationException",
    "lambda": "ValidationException",
    "logs": "InvalidParameterException",
    "scheduler": "ValidationException",
    "secretsmanager": "ValidationException",
    "states": "ValidationException",
}
"""Signing name → the code of the error. The other services' models carry no constraints, or they have own words."""

OWN_WORDS = frozenset(
    {
        ("lambda", "Runtime"),
        ("states", "name"),
        ("states", "roleArn"),
        ("states", "definition"),
        ("states", "stateMachineArn"),
        ("states", "executionArn"),
        ("states", "activityArn"),
        ("kms", "KeyId"),
        ("kms", "AliasName"),
        ("kms", "TargetKeyId"),
        ("dynamodb", "TableName"),
    }
)
"""(service, member) whose values the service refuses with an error of its own."""


def violations(service: str, model: str, operation: str, parameters: dict[str, Any]) -> list[str]:
    """What is wrong with the parameters of an operation, in AWS's words; empty when nothing is."""
    try:
        shape = get_service_model(model).operation_model(operation).input_shape
    except (UnknownServiceError, KeyError):
        return []
    return [] if shape is None else list(_look(service, shape, parameters, ""))


def as_message(found: list[str]) -> str:
    """The text of the error."""
    count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
    return f"{count}: {'; '.join(found)}"


def _look(service: str, shape: Any, value: Any, place: str) -> Iterator[str]:
    match shape.type_name:
        case "structure" if isinstance(value, dict):
            for name, member in shape.members.items():
                if value.get(name) is not None and (service, name) not in OWN_WORDS:
                    inner = f"{place}.{_camel(name)}" if place else _camel(name)
                    yield from _look(service, member, value[name], inner)
        case "list" if isinstance(value, list):
            yield from _length(shape, value, place)
            for number, item in enumerate(value, 1):
                yield from _look(service, shape.member, item, f"{place}.{number}.member")
        case "map" if isinstance(value, dict):
            yield from _length(shape, value, place)
            for name, item in value.items():
                yield from _look(service, shape.key, name, f"{place}.key")
                yield from _look(service, shape.value, item, f"{place}.{name}.member")
        case "string" if isinstance(value, str):
            yield from _length(shape, value, place)
            yield from _text(shape, value, place)
        case "integer" | "long" | "float" | "double" if isinstance(value, int | float):
            yield from _range(shape, value, place)


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _failed(value: Any, place: str, constraint: str) -> str:
    shown = "[" + ", ".join(map(str, value)) + "]" if isinstance(value, list) else value
    return f"Value '{shown}' at '{place}' failed to satisfy constraint: Member must {constraint}"


def _length(shape: Any, value: Any, place: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield _failed(value, place, f"have length greater than or equal to {least}")
    if most is not None and len(value) > most:
        yield _failed(value, place, f"have length less than or equal to {most}")


def _range(shape: Any, value: float, place: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield _failed(value, place, f"have value greater than or equal to {least}")
    if most is not None and value > most:
        yield _failed(value, place, f"have value less than or equal to {most}")


def _text(shape: Any, value: str, place: str) -> Iterator[str]:
    values = shape.metadata.get("enum")
    if values and value not in values:
        yield _failed(value, place, f"satisfy enum value set: [{', '.join(values)}]")
    pattern = shape.metadata.get("pattern")
    compiled = _compiled(pattern) if pattern else None
    if compiled and not compiled.fullmatch(value):
        yield _failed(value, place, f"satisfy regular expression pattern: {pattern}")


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """A pattern of the models, which are Java's; None for those that Python does not know."""
    try:
        return re.compile(pattern.replace(r"\p{ASCII}", r"\x00-\x7F"), re.DOTALL)
    except re.error:
        return None
