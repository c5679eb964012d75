"""What a request needs: an action, the resource's ARN, the condition keys that the request brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headend.localcloud.iam.policy_conditions import Values

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Need:
    """One permission: an action on a resource (`*` when it has none), with the condition keys of the request."""

    action: str
    resource: str
    context: Mapping[str, Values] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """Where a request goes: the prefix of its service's actions, Region and account."""

    service: str
    region: str
    account: str

    def arn(self, rest: str, service: str = "") -> str:
        """The ARN of something in this Region and account."""
        return f"arn:aws:{service or self.service}:{self.region}:{self.account}:{rest}"
