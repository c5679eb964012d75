"""Calls AWS, and turns what can go wrong into the errors that the workflow matches."""

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from collector.errors import CollectorError, Throttled

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
        Throttled, CollectorError.
    """
    name = getattr(operation, "__name__", "the call")
    try:
        return operation(**parameters)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _THROTTLING:
            raise Throttled(f"{name}: {error}") from error
        raise CollectorError(f"{name}: {error}") from error
    except BotoCoreError as error:
        raise CollectorError(f"{name}: {error}") from error


def pages(operation: Callable[..., Any], **parameters: Any) -> Iterator[Any]:
    """All pages of an operation that goes on by NextToken, one at a time.

    Raises:
        Throttled, CollectorError: also where the same token comes twice, which would never end.
    """
    token = None
    while True:
        page = call(operation, **parameters, **({"NextToken": token} if token else {}))
        yield page
        following = page.get("NextToken")
        if not following:
            return
        if following == token:
            raise CollectorError(f"{getattr(operation, '__name__', 'the call')}: the same NextToken came twice")
        token = following
