"""CloudFormation's refusals."""

from __future__ import annotations


class StackError(Exception):
    """An error that CloudFormation answers with: `code` as on the wire, `status` of HTTP."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
