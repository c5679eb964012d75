"""No flow is replaced or destroyed by a plan unless it is allowed by name.

A new flow has a new ARN and a new ingest address: until every contribution encoder sends there, nothing arrives. The
provider decides on replacement by the registry schema's createOnlyProperties and marks all of `desired_state` as what
forces it; which property it is follows from the schema that the plan carries.
Source: https://developer.hashicorp.com/terraform/internals/json-format#change-representation
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from headend.errors import UsageError
from headend.plan_report import Report
from headend.state import FLOW_TYPE

_ABSENT = object()


class ReplacementRefusedError(UsageError):
    """The plan would take flows away that nobody has allowed by name; `report` is what else it would do."""

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report


@dataclass(frozen=True)
class LostFlow:
    """A flow that a plan takes away: by what name people know it, whether another comes instead, and why."""

    address: str
    name: str
    replaced: bool
    reason: str

    def __str__(self) -> str:
        done = "replaced" if self.replaced else "destroyed"
        costs = "its ARN and its ingest address change, and every contribution encoder has to be told"
        if not self.replaced:
            costs = "its ARN and its ingest address are lost, and contribution encoders send to nobody"
        return (
            f"flow {self.name} would be {done}: {self.reason}; {costs}; take the change back, "
            f"or allow it with --allow-replace {self.name} ({self.address})"
        )


def lost_flows(plan: dict[str, Any]) -> list[LostFlow]:
    """The MediaConnect flows that a plan (`terraform show -json`) replaces or destroys."""
    return [
        LostFlow(item["address"], _name(item), "create" in item["change"]["actions"], _reason(item))
        for item in plan.get("resource_changes", [])
        if "delete" in item["change"]["actions"] and (item["change"].get("before") or {}).get("type_name") == FLOW_TYPE
    ]


def require_allowed(plan: dict[str, Any], report: Report, allowed: Collection[str]) -> None:
    """Raise ReplacementRefusedError, one line a flow, unless each that is lost is in `allowed`: by name or address."""
    refused = [flow for flow in lost_flows(plan) if not {flow.name, flow.address} & set(allowed)]
    if refused:
        raise ReplacementRefusedError("\n".join(map(str, refused)), report)


def _name(item: dict[str, Any]) -> str:
    return str(_document(item["change"]["before"]).get("Name") or item["address"])


def _reason(item: dict[str, Any]) -> str:
    """What forces it, by property where the plan tells."""
    change = item["change"]
    reason = str(item.get("action_reason") or "")
    if reason == "replace_because_tainted":
        return "its creation failed half-way last time"
    if reason == "replace_by_request":
        return "asked for with -replace"
    if reason == "replace_by_triggers":
        return "something that it is tied to changes"
    if "create" not in change["actions"]:
        return "it is no longer in the configuration"
    properties = list(_forcing(change))
    if properties:
        return f"{', '.join(properties)} cannot be changed in place"
    paths = [".".join(map(str, path)) for path in change.get("replace_paths") or []]
    return f"{', '.join(paths) or 'a property'} cannot be changed in place"


def _forcing(change: dict[str, Any]) -> Iterator[str]:
    before, after = _document(change["before"]), _document(change.get("after") or {})
    for pointer in _parsed(change["before"].get("schema")).get("createOnlyProperties") or []:
        keys = str(pointer).split("/")[2:]
        old, new = _at(before, keys), _at(after, keys)
        if after and old != new:
            yield f"{'.'.join(keys)} ({_text(old)} → {_text(new)})"


def _document(side: dict[str, Any]) -> dict[str, Any]:
    return _parsed(side.get("desired_state"))


def _parsed(text: Any) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except (TypeError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _at(value: Any, keys: list[str]) -> Any:
    for key in keys:
        value = value.get(key, _ABSENT) if isinstance(value, dict) else _ABSENT
    return value


def _text(value: Any) -> str:
    return "none" if value is _ABSENT else json.dumps(value, ensure_ascii=False)
