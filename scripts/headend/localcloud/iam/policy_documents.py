"""Policy documents as statements: JSON in, what the evaluation asks out.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any


@dataclass(frozen=True)
class Statement:
    """One statement of a policy document. None for an element that the statement does not have.

    `source` names the policy, as in `role/live-monitor/statements` or the resource's ARN; `index` counts from 0.
    """

    source: str
    index: int
    sid: str
    effect: str
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    principals: Mapping[str, tuple[str, ...]] | None
    not_principals: Mapping[str, tuple[str, ...]] | None
    conditions: Mapping[str, Mapping[str, object]]
    variables: bool

    @property
    def label(self) -> str:
        """The policy and the statement's Sid, or its number counted from 1."""
        return f"{self.source} {self.sid or f'statement {self.index + 1}'}"


def parse(document: str | Mapping[str, Any], source: str) -> tuple[Statement, ...]:
    """The statements of a policy document. Raises ValueError when it is no JSON object."""
    if isinstance(document, str):
        return _parsed(document, source)
    return _read(document, source)


@lru_cache(maxsize=2048)
def _parsed(document: str, source: str) -> tuple[Statement, ...]:
    value = json.loads(document)
    if not isinstance(value, dict):
        raise ValueError(f"the policy {source} is not a JSON object")  # noqa: TRY004 - the document's value is wrong
    return _read(value, source)


def _read(document: Mapping[str, Any], source: str) -> tuple[Statement, ...]:
    raw = document.get("Statement", [])
    variables = document.get("Version") == "2012-10-17"
    return tuple(
        Statement(
            source=source,
            index=index,
            sid=str(one.get("Sid", "")),
            effect=str(one.get("Effect", "")),
            actions=_listed(one.get("Action")),
            not_actions=_listed(one.get("NotAction")),
            resources=_listed(one.get("Resource")),
            not_resources=_listed(one.get("NotResource")),
            principals=_principals(one.get("Principal")),
            not_principals=_principals(one.get("NotPrincipal")),
            conditions=one.get("Condition") or {},
            variables=variables,
        )
        for index, one in enumerate(raw if isinstance(raw, list) else [raw])
    )


def _listed(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else (str(value),)


def _principals(value: Any) -> Mapping[str, tuple[str, ...]] | None:
    if value is None:
        return None
    if isinstance(value, str):
        return {"*": ("*",)} if value == "*" else {"AWS": (value,)}
    return {kind: _listed(names) or () for kind, names in value.items()}
