"""The permissions of a deployment's roles, one by one: which are used, and what happens without one of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, TypeVar

from headend.localcloud.launcher import LocalCloud
from local.workspace import eventually

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

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def used(self) -> dict[Atom, int]:
        """Each permission with the requests that it has allowed so far."""
        return {
            Atom(one["role"], one["policy"], one["sid"], one["statement"], one["action"], one["resource"]): one[
                "requests"
            ]
            for one in self._cloud.permissions()
        }

    @contextmanager
    def without(self, atom: Atom) -> Iterator[None]:
        """The role's policy with everything but this permission, and as it was afterwards."""
        iam = self._cloud.client("iam")
        name = {"RoleName": atom.role.rpartition("/")[2], "PolicyName": atom.policy}
        document = iam.get_role_policy(**name)["PolicyDocument"]
        iam.put_role_policy(**name, PolicyDocument=json.dumps(_less(document, atom)))
        try:
            yield
        finally:
            iam.put_role_policy(**name, PolicyDocument=json.dumps(document))

    def denied(self, since: int) -> list[dict[str, Any]]:
        """The refusals on the timeline after an entry's number."""
        return [entry["detail"] for entry in self._cloud.timeline(since) if entry["kind"] == "denied"]

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

    def seq(self) -> int:
        """The number of the timeline's newest entry."""
        entries = self._cloud.timeline()
        return entries[-1]["seq"] if entries else 0

    def prove(self, exercise: Callable[[], None], proven: set[Atom], *patterns: str) -> None:
        """Every permission whose text fits a pattern is used by the exercise, and needed by it; it joins `proven`.

        Text and patterns are as in `live-workflow definition/SendDeadLetters: sqs:SendMessage on arn:…`, with `*`.
        """
        before, since = self.used(), self.seq()
        exercise()
        assert self.denied(since) == [], "with all permissions nothing is refused"
        after = self.used()
        meant = sorted(atom for atom in after if any(fnmatchcase(str(atom), pattern) for pattern in patterns))
        assert meant, f"no role has a permission like {' or '.join(patterns)}"
        idle = [str(atom) for atom in meant if after[atom] == before.get(atom, 0)]
        assert idle == [], "the exercise does without these"
        for atom in meant:
            since = self.seq()
            with self.without(atom):
                exercise()
                told = eventually(f"AccessDenied without {atom}", lambda: self.denial(atom, since), 30)  # noqa: B023
            assert told["decision"] == "ImplicitDeny"
            assert told["would_allow"]["Action"] == told["action"]
            proven.add(atom)

    def left(self, proven: set[Atom], unused: dict[str, str]) -> list[str]:
        """The permissions that nothing has used, but for actions that are listed with a reason."""
        return [str(atom) for atom in self.used() if atom not in proven and atom.action not in unused]

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
