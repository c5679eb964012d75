"""The error with which AWS refuses to make something because a role, policy or key does not do."""

from __future__ import annotations

from headend.errors import HeadendError


class Refusal(HeadendError):  # noqa: N818 - it is an answer
    """`code` is the API's error code, as in InvalidParameterValueException."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
