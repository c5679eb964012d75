"""Calls AWS, and turns what can go wrong into the errors that the workflow matches."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from monitor.errors import MonitorError, Throttled, UnknownFlow

_THROTTLING = frozenset({
    "LimitExceeded",
    "LimitExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
})  # fmt: skip


def call(operation: Callable[..., Any], **parameters: Any) -> Any:
    """Call a client's method.

    Raises:
        Throttled, UnknownFlow (MediaConnect does not know the flow), MonitorError.
    """
    name = getattr(operation, "__name__", "the call")
    try:
        return operation(**parameters)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        message = f"{name}: {error}"
        if code in _THROTTLING:
            raise Throttled(message) from error
        if code == "NotFoundException":
            raise UnknownFlow(message) from error
        raise MonitorError(message) from error
    except BotoCoreError as error:
        raise MonitorError(f"{name}: {error}") from error
