"""Permissions, one by one, and the policy that they make."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Conditions = tuple[tuple[str, str, tuple[str, ...]], ...]
"""(operator, key, values) of each condition."""


@dataclass(frozen=True)
class Grant:
    """One action on one resource.

    Attributes:
        action, resource, conditions: as in a statement.
        why: why the resource has a wildcard; "" where it has none.
        purpose: what needs it, where that is not the call itself: "to wait for the end of the job".
        source: the page that says so; "" where botocore and the service authorization reference do.
        sid: the statement's name, where it is not made of states and actions.
    """

    action: str
    resource: str
    conditions: Conditions = ()
    why: str = ""
    purpose: str = ""
    source: str = ""
    sid: str = ""


@dataclass(frozen=True)
class Need:
    """A grant and the states that need it; a state's name may stand for the machine itself."""

    grant: Grant
    states: tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """A statement of the policy with the needs that it meets."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions
    needs: tuple[Need, ...]

    def document(self) -> dict[str, Any]:
        """As in a policy."""
        told: dict[str, Any] = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
        }
        if self.conditions:
            told["Condition"] = {}
            for operator, key, values in self.conditions:
                told["Condition"].setdefault(operator, {})[key] = list(values)
        return told


@dataclass(frozen=True)
class Policy:
    """What a definition needs.

    Attributes:
        statements: in the order of the states that need them first.
        elsewhere: (state, role): calls that another role makes (`Credentials`), which needs the permissions itself.
        underived: (state, reason): calls whose permissions cannot be told.
    """

    statements: tuple[Statement, ...]
    elsewhere: tuple[tuple[str, str], ...] = ()
    underived: tuple[tuple[str, str], ...] = ()

    def document(self) -> dict[str, Any]:
        """The policy as IAM takes it; without any statement it has none, which IAM refuses."""
        return {"Version": "2012-10-17", "Statement": [one.document() for one in self.statements]}

    def text(self) -> str:
        """The policy as canonical JSON text."""
        return json.dumps(self.document(), indent=2, ensure_ascii=False) + "\n"


@dataclass
class Collector:
    """Takes grants in the order of the states and makes statements of them."""

    _found: dict[Grant, dict[str, None]] = field(default_factory=dict)

    def add(self, grants: Iterable[Grant], state: str) -> None:
        """Note what a state needs."""
        for grant in grants:
            self._found.setdefault(grant, {})[state] = None

    def statements(self) -> tuple[Statement, ...]:
        """One statement for what the same states need, under the same conditions, of the same resources or actions."""
        needs = [Need(grant, tuple(states)) for grant, states in _narrowest(self._found).items()]
        by_resource: dict[Any, list[Need]] = {}
        for need in needs:
            by_resource.setdefault(
                (need.states, need.grant.sid, need.grant.conditions, need.grant.resource), []
            ).append(need)
        by_actions: dict[Any, list[list[Need]]] = {}
        for (states, sid, conditions, _), group in by_resource.items():
            actions = tuple(sorted({need.grant.action for need in group}))
            by_actions.setdefault((states, sid, conditions, actions), []).append(group)
        found: list[Statement] = []
        used: set[str] = set()
        for (states, given, conditions, actions), groups in by_actions.items():
            members = tuple(need for group in groups for need in group)
            resources = tuple(dict.fromkeys(need.grant.resource for need in members))
            sid = _unique(given or _sid(states, actions), used)
            found.append(Statement(sid, actions, resources, conditions, members))
        return tuple(found)


def _narrowest(found: dict[Grant, dict[str, None]]) -> dict[Grant, dict[str, None]]:
    """Each action on a resource once, and not where a wider resource allows it already."""
    merged: dict[tuple[str, str, Conditions], tuple[Grant, dict[str, None]]] = {}
    for grant, states in found.items():
        known = merged.setdefault((grant.action, grant.resource, grant.conditions), (grant, {}))
        known[1].update(states)
    wider: dict[str, list[Grant]] = {}
    limited = {(action, resource) for action, resource, conditions in merged if conditions}
    for grant, _ in merged.values():
        if "*" in grant.resource or (grant.action, grant.resource) in limited:
            wider.setdefault(grant.action, []).append(grant)
    covering = {grant: [w for w in wider.get(grant.action, []) if _covers(w, grant)] for grant, _ in merged.values()}
    kept = {grant: states for grant, states in merged.values() if not covering[grant]}
    for grant, states in merged.values():
        for wide in covering[grant]:
            kept.get(wide, {}).update(states)
    return kept


def _covers(wide: Grant, grant: Grant) -> bool:
    """Whether one grant allows all of another, and more."""
    if wide.action != grant.action or wide.conditions not in ((), grant.conditions):
        return False
    if wide.resource == grant.resource:
        return wide.conditions != grant.conditions
    beginning, star, _ = wide.resource.partition("*")
    if not star or not grant.resource.startswith(beginning):
        return False
    pattern = ".*".join(re.escape(part) for part in wide.resource.split("*"))
    return re.fullmatch(pattern, grant.resource) is not None


def _sid(states: tuple[str, ...], actions: tuple[str, ...]) -> str:
    """`SendAlertAnd2MoreInvokeFunction`: who, then what. IAM allows letters and digits."""
    who = _word(states[0])[:40]
    if len(states) > 1:
        who += f"And{len(states) - 1}More"
    what = actions[0].partition(":")[2]
    if len(actions) > 1:
        what += f"And{len(actions) - 1}More"
    return who if who == _word(what) else who + _word(what)


def _word(text: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", text)) or "State"


def _unique(sid: str, used: set[str]) -> str:
    candidate, number = sid, 2
    while candidate in used:
        candidate, number = f"{sid}{number}", number + 1
    used.add(candidate)
    return candidate
