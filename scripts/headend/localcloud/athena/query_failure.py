"""How a query ends when it does not succeed."""

from __future__ import annotations

from headend.errors import HeadendError


class QueryFailedError(HeadendError):
    """The query ends in `state` (FAILED or CANCELLED); the message is its StateChangeReason."""

    def __init__(self, reason: str, state: str = "FAILED") -> None:
        super().__init__(reason)
        self.state = state
