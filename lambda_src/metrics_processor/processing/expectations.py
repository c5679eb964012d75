"""What the workflow says that it waits for: {"operation": "expect", "run_id", "expected", "task_token"}.

`expected` has for each metric type {"metric_type", "manifest": key of the list of its objects, "objects": how many}.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.utilities.validation import SchemaValidationError, validate

from processing.errors import InvalidRequest

_NAME = {"type": "string", "minLength": 1, "maxLength": 1024}
_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["operation", "run_id", "expected", "task_token"],
    "properties": {
        "operation": {"const": "expect"},
        "run_id": {"type": "string", "minLength": 1, "maxLength": 80},
        "task_token": {"type": "string", "minLength": 1, "maxLength": 2048},
        "expected": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["metric_type", "manifest", "objects"],
                "properties": {
                    "metric_type": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
                    "manifest": _NAME,
                    "objects": {"type": "integer", "minimum": 0},
                },
            },
        },
    },
}


@dataclass(frozen=True)
class Expected:
    """A metric type's objects: the key of their list, and how many it has."""

    metric_type: str
    manifest: str
    objects: int


@dataclass(frozen=True)
class Expectation:
    """What a run waits for, and the token with which it waits."""

    run_id: str
    task_token: str
    expected: tuple[Expected, ...]


def parse(event: Mapping[str, Any]) -> Expectation:
    """Read the payload. InvalidRequest: it is not what the workflow should send."""
    try:
        validate(event=dict(event), schema=_SCHEMA)
    except SchemaValidationError as error:
        raise InvalidRequest(str(error.validation_message or error)) from error
    expected = tuple(Expected(one["metric_type"], one["manifest"], int(one["objects"])) for one in event["expected"])
    if len({one.metric_type for one in expected}) < len(expected):
        raise InvalidRequest("a metric type is expected twice")
    return Expectation(event["run_id"], event["task_token"], expected)
