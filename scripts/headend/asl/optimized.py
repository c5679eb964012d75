"""What is known of Step Functions' optimized integrations: `optimized.yaml`, whose head says what each part means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True)
class Sync:
    """What a .sync state gives: an operation's result, or the part of it that `member` leads to (names and indices)."""

    operation: str
    member: tuple[str | int, ...] = ()


@dataclass(frozen=True)
class Action:
    """An action of an optimized integration.

    Attributes:
        service, name: as in the Resource (`elasticmapreduce`, `addStep`).
        source: AWS's page.
        model, operation: botocore's service and operation behind it; None where there is none.
        iam: prefix of its IAM actions where no model says it.
        errors: what its error names begin with; None where that is not known.
        patterns: those besides request-response.
        parameters: all that it has, with their types (text, object, boolean, any); None: those of the operation.
        extra: parameters besides the operation's.
        required: None: those that the operation requires.
        one_of: parameters of which one is required; () where there are none such.
        json: parameters that take any JSON though the API wants a text.
        enums: values of parameters that no model knows.
        result: names in the answer; None: any. Only where `own_result`; otherwise the operation's result.
        sync: None: not known.
    """

    service: str
    name: str
    source: str
    model: str | None
    operation: str | None
    iam: str | None
    errors: str | None
    patterns: frozenset[str]
    parameters: Mapping[str, str] | None
    extra: tuple[str, ...]
    required: tuple[str, ...] | None
    one_of: tuple[str, ...]
    json: frozenset[str]
    enums: Mapping[str, tuple[str, ...]]
    own_result: bool
    result: tuple[str, ...] | None
    sync: Sync | None


@cache
def services() -> dict[str, dict[str, Action]]:
    """All actions by service and name."""
    text = (files("headend.asl") / "optimized.yaml").read_text(encoding="utf-8")
    return {
        service: {name: _action(service, entry, name, written or {}) for name, written in entry["actions"].items()}
        for service, entry in yaml.safe_load(text).items()
    }


def action(service: str | None, name: str | None) -> Action | None:
    """One action; None where there is none of that name."""
    return services().get(service or "", {}).get(name or "")


def _action(service: str, entry: Mapping[str, Any], name: str, written: Mapping[str, Any]) -> Action:
    model = written.get("model", entry.get("model"))
    sync = written.get("sync")
    return Action(
        service=service,
        name=name,
        source=entry["source"],
        model=model,
        operation=written.get("operation", name[:1].upper() + name[1:]) if model else None,
        iam=entry.get("iam"),
        errors=entry.get("errors"),
        patterns=frozenset(written.get("patterns", ())),
        parameters=written.get("parameters"),
        extra=tuple(written.get("extra", ())),
        required=_tuple(written.get("required")),
        one_of=tuple(written.get("one_of", ())),
        json=frozenset(written.get("json", ())),
        enums={key: tuple(values) for key, values in written.get("enums", {}).items()},
        own_result="result" in written,
        result=_tuple(written.get("result")),
        sync=Sync(sync["operation"], tuple(sync.get("member", ()))) if sync else None,
    )


def _tuple(names: Any) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)
