"""What Cloud Control asks of those who know one type of resource."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

Json = dict[str, Any]


class HandlerError(Exception):
    """A handler failed: `code` is one of Cloud Control's handler error codes.

    Source: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Handler(Protocol):
    """Creates, reads, updates, deletes and lists the resources of one type. Every method may raise HandlerError."""

    def create(self, region: str, model: Json) -> str:
        """Create; return the identifier once the resource has settled."""

    def read(self, region: str, identifier: str) -> Json:
        """The whole model."""

    def update(self, region: str, identifier: str, before: Json, after: Json) -> None:
        """Turn `before` into `after`."""

    def delete(self, region: str, identifier: str) -> None:
        """Delete; return when it is gone."""

    def identifiers(self, region: str, model: Json) -> Iterable[str]:
        """The identifiers of all resources, of one parent when `model` names it."""
