"""AWS's answer to what it does not accept."""

from __future__ import annotations

from headend.errors import HeadendError


class Rejected(HeadendError):  # noqa: N818 - it is an answer
    """`code` as on the wire, `status` of HTTP."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
