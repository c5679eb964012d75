"""Requests to the table, and their errors."""

from collections.abc import Callable
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from processing.errors import StateStoreFailed

deserialize = TypeDeserializer().deserialize
serialize = TypeSerializer().serialize


class Unchanged(Exception):  # noqa: N818 - not an error: what is there is as new, or newer
    """The request's condition does not hold."""


def call(operation: Callable[..., Any], **parameters: Any) -> Any:
    """Make one request.

    Raises:
        Unchanged: the request's condition does not hold.
        StateStoreFailed: the table could not be used.
    """
    try:
        return operation(**parameters)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
            raise Unchanged from error
        raise StateStoreFailed(str(error)) from error
    except BotoCoreError as error:
        raise StateStoreFailed(str(error)) from error
