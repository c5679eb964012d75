"""How a query ends when it does not succeed.

Source of the numbers: https://docs.aws.amazon.com/athena/latest/ug/error-reference.html (which of them belongs to which
reason is our reading of their descriptions)
"""

from __future__ import annotations

from typing import Any

from headend.errors import HeadendError

SYSTEM, USER = 1, 2
USER_ERROR = 1000
ERROR_TYPES = {
    "Access denied when writing output": 401,
    "COLUMN_NOT_FOUND": 1006,
    "FUNCTION_NOT_FOUND": 1303,
    "GENERIC_INTERNAL_ERROR": 200,
    "HIVE_BAD_DATA": 1001,
    "HIVE_CURSOR_ERROR": 1001,
    "INVALID_CAST_ARGUMENT": 1106,
    "INVALID_TABLE_PROPERTY": 1103,
    "Insufficient permissions": 1500,
    "NOT_SUPPORTED": 1200,
    "PERMISSION_DENIED": 1501,
    "Query exhausted resources": 0,
    "TABLE_NOT_FOUND": 1110,
    "TYPE_MISMATCH": 1006,
}
"""How a reason begins → the number of its kind."""


class QueryFailedError(HeadendError):
    """The query ends in `state` (FAILED or CANCELLED); the message is its StateChangeReason."""

    def __init__(self, reason: str, state: str = "FAILED") -> None:
        super().__init__(reason)
        self.state = state


def athena_error(reason: str) -> dict[str, Any]:
    """AWS's AthenaError of a failed query."""
    kind = next((number for start, number in ERROR_TYPES.items() if reason.startswith(start)), USER_ERROR)
    return {
        "ErrorCategory": USER
        if kind >= USER_ERROR or kind == ERROR_TYPES["Access denied when writing output"]
        else SYSTEM,
        "ErrorType": kind,
        "Retryable": False,
        "ErrorMessage": reason,
    }
