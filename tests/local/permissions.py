"""The permissions of a deployment's roles, one by one: which are used, and what happens without one of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from local.workspace import Workspace, eventually

Found = TypeVar("Found")


class Atom(NamedTuple):
    """One action on one resource, as a statement of a role's inline policy grants it."""

    role: str
    policy: str
    sid: str
    statement: int
    action: str
    resource: str

    def __str__(self) -> str:
        return f"{self.role.rpartition('/')[2]} {self.policy}/{self.sid}: {self.action} on {self.resource}"


class Permissions:
    """What the roles of a deployment may do, as the local cloud sees it."""

    def __init__(self, here: Workspace) -> None:
        self._here = here

    def used(self) -> dict[Atom, int]:
        """Each permission with the requests that it has allowed so far."""
        return {
            Atom(one["role"], one["policy"], one["sid"], one["statement"], one["action"], one["resource"]): one[
                "requests"
            ]
            for one in self._here.cloud.permissions()
        }

    @contextmanager
    def without(self, atom: Atom) -> Iterator[None]:
        """The role's policy with everything but this permission, and as it was afterwards."""
        iam = self._here.client("iam")
        name = {"RoleName": atom.role.rpartition("/")[2], "PolicyName": atom.policy}
        document = iam.get_role_policy(**name)["PolicyDocument"]
        iam.put_role_policy(**name, PolicyDocument=json.dumps(_less(document, atom)))
        try:
            yield
        finally:
            iam.put_role_policy(**name, PolicyDocument=json.dumps(document))

    def denied(self, since: int) -> list[dict[str, Any]]:
        """The refusals on the timeline after an entry's number."""
        return [entry["detail"] for entry in self._here.cloud.timeline(since) if entry["kind"] == "denied"]

    def denial(self, atom: Atom, since: int) -> dict[str, Any] | None:
        """The refusal of what this permission allowed, to its role."""
        session = f":assumed-role/{atom.role.rpartition('/')[2]}/"
        service = atom.action.partition(":")[0]
        return next(
            (
                one
                for one in self.denied(since)
                if session in one["principal"]
                and one["action"].startswith(service)
                and _fits(atom.action, one["action"])
            ),
            None,
        )

    def settled(self, what: str, since: int, done: Callable[[], Found | None]) -> None:
        """Wait until something is done, or refused."""
        eventually(what, lambda: done() or self.denied(since), 90)


def _fits(pattern: str, action: str) -> bool:
    start, star, _ = pattern.partition("*")
    return action.startswith(start) if star else action == pattern


def _less(document: dict[str, Any], atom: Atom) -> dict[str, Any]:
    """The document with the permission's statement in two: all other actions, and its action on other resources."""
    statements = list(document["Statement"])
    whole = statements.pop(atom.statement)
    actions, resources = _list(whole["Action"]), _list(whole["Resource"])
    plain = {key: value for key, value in whole.items() if key != "Sid"}
    others = [action for action in actions if action != atom.action]
    elsewhere = [resource for resource in resources if resource != atom.resource]
    if others:
        statements.append({**plain, "Action": others})
    if elsewhere:
        statements.append({**plain, "Action": atom.action, "Resource": elsewhere})
    nothing = {"Effect": "Allow", "Action": "none:Nothing", "Resource": "*"}
    return {**document, "Statement": statements or [nothing]}


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
