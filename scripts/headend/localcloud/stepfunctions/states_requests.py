"""Operations of Step Functions: errors, limits of parameters, pages.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import AWSError
from moto.stepfunctions.exceptions import InvalidToken
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

Operation = Callable[[str, dict[str, Any]], dict[str, Any]]
"""(region, parameters) → answer."""

MAX_PAGE = 1000
TOKEN_CHARACTERS = 1024


class StatesError(AWSError):  # type: ignore[misc]
    """An error by its code."""

    STATUS = 400

    def __init__(self, code: str, message: str) -> None:
        self.TYPE = code  # moto's own __init__ reads it
        super().__init__(message)


def violation(value: Any, field: str, constraint: str) -> StatesError:
    """A parameter outside of what the API's model allows."""
    text = f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: {constraint}"
    return StatesError("ValidationException", text)


def not_for_this_type() -> StatesError:
    """The operation is for the other type of state machine."""
    return StatesError("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")


def add_operations(cloud: LocalCloudServer, operations: Mapping[str, Operation]) -> None:
    """Answer these operations in moto's place."""
    for name, operation in operations.items():
        cloud.add_operation("states", name, _answering(operation))


def page(items: list[Any], asked: dict[str, Any]) -> tuple[list[Any], dict[str, str]]:
    """The page of `items` that maxResults and nextToken ask for, and {nextToken} when there is more."""
    start, count = bounds(asked)
    return items[start : start + count], token(start + count) if start + count < len(items) else {}


def bounds(asked: dict[str, Any]) -> tuple[int, int]:
    """Where the page begins that is asked for, and how long it is at most."""
    count = asked.get("maxResults") or 0
    given = asked.get("nextToken") or ""
    if count > MAX_PAGE:
        raise violation(count, "maxResults", f"Member must have value less than or equal to {MAX_PAGE}")
    if len(given) > TOKEN_CHARACTERS:
        limit = f"Member must have length less than or equal to {TOKEN_CHARACTERS}"
        raise violation(given, "nextToken", limit)
    if not given:
        return 0, count or 100
    try:
        return int(base64.b64decode(given, validate=True).decode()), count or 100
    except (binascii.Error, ValueError) as error:
        raise InvalidToken(f"Invalid Token: '{given}'") from error


def token(start: int) -> dict[str, str]:
    """The nextToken of the page that begins at `start`."""
    return {"nextToken": base64.b64encode(str(start).encode()).decode()}


def present(**values: Any) -> dict[str, Any]:
    """The values that are there."""
    return {name: value for name, value in values.items() if value is not None}


def _answering(operation: Operation) -> Callable[[Request, str], Response]:
    def handle(request: Request, region: str) -> Response:
        try:
            return _json(200, operation(region, json.loads(request.get_data() or b"{}")))
        except AWSError as error:
            return _json(400, {"__type": error.TYPE, "message": error.message})

    return handle


def _json(status: int, value: Any) -> Response:
    response = Response(json.dumps(value), status=status)
    response.mimetype = "application/x-amz-json-1.0"
    return response
