"""What a plan changes and why, for people and for programs.

Source: `terraform show -json PLAN`, https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.text import Text

ACTIONS = {
    ("create",): "create",
    ("update",): "update",
    ("delete",): "delete",
    ("read",): "read",
    ("forget",): "forget",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
}
_SIGNS = {"create": "+", "update": "~", "delete": "-", "replace": "±", "forget": ".", "import": "<"}
_COLOURS = {
    "create": "green",
    "update": "yellow",
    "delete": "red",
    "replace": "bold red",
    "forget": "dim",
    "import": "cyan",
}
_REASONS = {
    "replace_because_tainted": "its creation failed half-way last time",
    "replace_because_cannot_update": "AWS cannot change this in place",
    "replace_by_request": "asked for with -replace",
    "replace_by_triggers": "something that it is tied to changes",
    "delete_because_no_resource_config": "it is no longer in the configuration",
    "delete_because_no_module": "its module is no longer in the configuration",
    "delete_because_no_move_target": "the place it was moved to is not in the configuration",
    "delete_because_wrong_repetition": "its count or for_each was added or taken away",
    "delete_because_count_index": "count is smaller now",
    "delete_because_each_key": "its key is no longer in the map",
}
# What a replacement costs beyond a new identifier, by resource type (for Cloud Control by the type it manages).
_COSTS = {
    "AWS::MediaConnect::Flow": "the flow is off air, and comes back with a new ARN and a new ingest address: tell the "
    "sender, and start it again",
    "AWS::MediaConnect::FlowEntitlement": "the subscriber's flow loses its source: tell them the new entitlement's ARN",
    "AWS::MediaConnect::FlowSource": "it comes back with a new ARN and a new ingest address: tell the sender",
    "AWS::MediaConnect::FlowOutput": "the receiver loses the picture for a moment",
    "aws_dynamodb_table": "what it remembers is lost: open incidents alert again",
    "aws_kms_key": "what the old key encrypted can be read only until that key is deleted",
    "aws_lambda_function": "calls fail until the new function stands",
    "aws_s3_bucket": "its objects are lost",
    "aws_sfn_state_machine": "alarms meanwhile start nothing; execution history is lost",
    "aws_sns_topic": "every subscriber has to confirm again, and alerts meanwhile are lost",
    "aws_sns_topic_subscription": "a mail subscriber has to confirm again",
    "aws_sqs_queue": "the messages in it are lost",
}
_DEFAULT_COST = "it gets a new identifier, and does not exist for a moment"
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_HIDDEN = "(sensitive)"
_UNKNOWN = "(known after apply)"
_LONGEST_VALUE = 80
_MOST_ATTRIBUTES = 12


@dataclass(frozen=True)
class Attribute:
    """One attribute that differs; `before` and `after` are text for people."""

    path: str
    before: str
    after: str
    forces_replacement: bool = False


@dataclass(frozen=True)
class Change:
    """One resource that a plan touches."""

    address: str
    type: str
    action: str
    reason: str | None = None
    cost: str | None = None
    attributes: list[Attribute] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """All that a plan does; `drift` is what of it somebody changed outside Terraform since the last run."""

    changes: list[Change]
    drift: list[str]

    @property
    def counts(self) -> dict[str, int]:
        """How many resources by action."""
        return dict(Counter(change.action for change in self.changes))

    @property
    def summary(self) -> str:
        """One line."""
        counts = self.counts
        words = [f"{counts[action]} to {action}" for action in _SIGNS if counts.get(action)]
        return ", ".join(words) if words else "No changes"

    def as_json(self) -> str:
        """For another program: {summary, changes, drift}."""
        changes = [asdict(change) for change in self.changes]
        return json.dumps({"summary": self.counts, "changes": changes, "drift": self.drift}, indent=2)


def report(plan: dict[str, Any]) -> Report:
    """Read a plan in Terraform's JSON format."""
    changes = [_change(item) for item in plan.get("resource_changes", []) if _matters(item)]
    order = list(_SIGNS)
    changes.sort(key=lambda change: (-order.index(change.action), change.address))
    touched = {change.address for change in changes}
    drift = {item["address"] for item in plan.get("resource_drift", []) if _drifted(item["change"])}
    return Report(changes, sorted(drift & touched))


def _matters(item: dict[str, Any]) -> bool:
    return _action(item["change"]) != "read"


def _action(change: dict[str, Any]) -> str:
    """An import that changes nothing is one; the rest are named for what they change."""
    action = ACTIONS.get(tuple(change["actions"]), "read")
    return "import" if action == "read" and change.get("importing") else action


def _drifted(change: dict[str, Any]) -> bool:
    """Whether somebody changed it: a refresh that fills in what was empty before is no change."""
    before, after = (
        {path: value for path, value in _flat(change.get(side)).items() if value not in _EMPTY}
        for side in ("before", "after")
    )
    return before != after


def _change(item: dict[str, Any]) -> Change:
    change = item["change"]
    action = _action(change)
    forced = {_path(path) for path in change.get("replace_paths") or []}
    attributes = list(_differences(change, forced)) if action in ("update", "replace") else []
    reason = _REASONS.get(str(item.get("action_reason")))
    if reason and forced:
        reason += f": {', '.join(sorted(forced))}"
    cost = None
    if action in ("replace", "delete"):
        kind = (change.get("before") or {}).get("type_name") or item["type"]
        cost = _COSTS.get(str(kind), _DEFAULT_COST if action == "replace" else None)
    return Change(item["address"], item["type"], action, reason, cost, attributes)


def _differences(change: dict[str, Any], forced: set[str]) -> Iterator[Attribute]:
    before, after = _flat(change.get("before")), _flat(change.get("after"))
    unknown = {path for path, value in _flat(change.get("after_unknown")).items() if value is True}
    hidden = _marked(change.get("before_sensitive")) | _marked(change.get("after_sensitive"))
    for path in sorted({*before, *after, *unknown}):
        old, new = before.get(path), _UNKNOWN if path in unknown else after.get(path)
        if old == new or (path in unknown and path.split(".")[0].split("[")[0] in ("tags_all", "id") and not forced):
            continue
        if any(path == mark or path.startswith((f"{mark}.", f"{mark}[")) for mark in hidden):
            old = new = _HIDDEN
        yield Attribute(path, _text(old), _text(new), any(path == f or path.startswith(f"{f}.") for f in forced))


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    """Leaves by path; a string that holds a JSON object is looked into, since Cloud Control's are one long line."""
    if isinstance(value, str) and value.startswith("{") and path:
        try:
            value = json.loads(value)
        except ValueError:
            return {path: value}
    if isinstance(value, dict) and value:
        return {
            leaf: item
            for key, child in value.items()
            for leaf, item in _flat(child, f"{path}.{key}" if path else str(key)).items()
        }
    if isinstance(value, list) and value:
        return {leaf: item for i, child in enumerate(value) for leaf, item in _flat(child, f"{path}[{i}]").items()}
    return {path: value} if path else {}


def _marked(value: Any) -> set[str]:
    return {path for path, item in _flat(value).items() if item is True}


def _path(parts: Sequence[str | int]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.removeprefix(".")


def _text(value: Any) -> str:
    text = value if value in (_HIDDEN, _UNKNOWN) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def show(found: Report, console: Console) -> None:
    """Print a report: replacements and deletions first, in red, with what they cost."""
    for change in found.changes:
        colour = _COLOURS[change.action]
        console.print(Text(f"{_SIGNS[change.action]} {change.action:<7} {change.address}", style=colour))
        if change.reason:
            console.print(Text(f"      because {change.reason}", style=colour))
        if change.cost:
            console.print(Text(f"      costs: {change.cost}", style=colour))
        for item in change.attributes[:_MOST_ATTRIBUTES]:
            mark = "  forces replacement" if item.forces_replacement else ""
            console.print(Text(f"      {item.path}: {item.before} → {item.after}{mark}", style="red" if mark else ""))
        if len(change.attributes) > _MOST_ATTRIBUTES:
            console.print(Text(f"      … and {len(change.attributes) - _MOST_ATTRIBUTES} more attributes"))
    for address in found.drift:
        console.print(Text(f"! changed outside Terraform: {address}", style="magenta"))
    console.print(Text(found.summary, style="bold"))
