"""Whether a mock of TestState may stand for what a state calls.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
"""

from __future__ import annotations

import json
from typing import Any

from headend.localcloud.stepfunctions.sdk_names import operation_model
from headend.localcloud.stepfunctions.service_results import pascal_case
from headend.localcloud.stepfunctions.states_requests import StatesError

MOCKED = ("Map", "Parallel", "Task")
OPTIMISED = {"states": "stepfunctions"}
SDK = {"sfn": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs"}
NUMBERS = ("integer", "long", "float", "double")


def check(state: dict[str, Any], asked: dict[str, Any]) -> None:
    """Raise ValidationException for a mock that does not fit."""
    mock = asked.get("mock")
    if mock is None:
        return
    if asked.get("revealSecrets"):
        raise _refusal("TestState does not support RevealSecrets when a mock is specified.")
    if ("result" in mock) == ("errorOutput" in mock):
        raise _refusal("A test mock should have only one of the following fields: [result, errorOutput].")
    kind = str(state.get("Type"))
    if kind not in MOCKED:
        raise _refusal(f"State type '{kind}' is not supported when a mock is specified")
    if "result" not in mock:
        return
    try:
        result = json.loads(mock["result"])
    except ValueError as error:
        raise _refusal("Mocked result must be valid JSON") from error
    _check_shape(state, kind, result)
    mode = mock.get("fieldValidationMode", "STRICT")
    shape = None if mode == "NONE" or kind != "Task" else _shape(str(state.get("Resource", "")))
    if shape is not None:
        _check_members(shape, result, required=mode == "STRICT")


def _check_shape(state: dict[str, Any], kind: str, result: Any) -> None:
    if kind == "Parallel":
        if not isinstance(result, list):
            raise _refusal("Mocked result must be an array.")
        if len(result) != len(state.get("Branches", [])):
            text = "Mocked result must contain the same number of items as number of Parallel branches."
            raise _refusal(text)
    if kind == "Map" and not isinstance(result, list):
        raise _refusal("Mocked result must be an array.")


def _shape(resource: str) -> Any:
    """The model of what an integration answers. None for functions, activities and what botocore does not know."""
    parts = resource.split(":")
    if not resource.startswith("arn:aws:states:::"):
        return None
    if parts[5] == "aws-sdk":
        service, action = SDK.get(parts[6], parts[6]), parts[7]
    else:
        service, action = OPTIMISED.get(parts[5], parts[5]), parts[6]
    if "." in action:
        return None
    model = operation_model(service, action)
    return None if model is None else model.output_shape


def _check_members(shape: Any, value: Any, *, required: bool) -> None:
    if not isinstance(value, dict):
        raise _refusal("Mocked result must be a JSON object.")
    named = {pascal_case(name): member for name, member in shape.members.items()}
    for name in shape.required_members if required else ():
        if pascal_case(name) not in value and name not in value:
            raise _refusal(f"Mock result schema validation error: Required field '{pascal_case(name)}' is missing")
    for name, member in value.items():
        known = shape.members.get(name) or named.get(name)
        if known is not None:
            _check_value(known, name, member, required=required)


def _check_value(shape: Any, name: str, value: Any, *, required: bool) -> None:
    kind = shape.type_name
    wanted: tuple[Any, str] | None = None
    if kind in {"string", "timestamp"} or (kind == "blob" and name != "Payload"):
        wanted = (str, "a string")
    elif kind in NUMBERS:
        wanted = (int if kind in {"integer", "long"} else (int, float), "a number")
    elif kind == "boolean":
        wanted = (bool, "a boolean")
    elif kind == "list":
        wanted = (list, "an array")
    elif kind in {"structure", "map"}:
        wanted = (dict, "an object")
    if wanted and (not isinstance(value, wanted[0]) or (kind in NUMBERS and isinstance(value, bool))):
        raise _refusal(f"Mock result schema validation error: Field '{name}' must be {wanted[1]}")
    if kind == "string" and shape.enum and value not in shape.enum:
        raise _refusal(f"Mock result schema validation error: Field '{name}' is not an expected value")
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if kind in NUMBERS and low is not None and value < low:
        raise _refusal(f"Mock result schema validation error: Field '{name}' is less than the minimum value")
    if kind in NUMBERS and high is not None and value > high:
        raise _refusal(f"Mock result schema validation error: Field '{name}' exceeds the maximum value")
    if kind == "structure":
        _check_members(shape, value, required=required)
    if kind == "list" and shape.member.type_name == "structure":
        for item in value:
            _check_members(shape.member, item, required=required)


def _refusal(text: str) -> StatesError:
    return StatesError("ValidationException", text)
