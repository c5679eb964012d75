"""Which permissions have been used: each action and resource of each statement of each role, with its requests."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TypedDict

from headend.localcloud.iam import identity_policies
from headend.localcloud.iam.policy_conditions import glob
from headend.localcloud.iam.policy_evaluation import Decision, Question, Statement, context_of, fits_arn

Atom = tuple[str, str, str, int, str, str]
"""(role ARN, policy, Sid, index of the statement, action, resource), the last two as the policy writes them."""


class Permission(TypedDict):
    """One action on one resource that a role's policy allows, and how many requests were allowed by it.

    `policy` is the name of an inline policy or the ARN of a managed one; `statement` counts from 0.
    """

    role: str
    policy: str
    sid: str
    statement: int
    action: str
    resource: str
    requests: int


class PermissionUsage:
    """Counts the use of roles' permissions. Thread-safe."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._lock = threading.Lock()
        self._used: Counter[Atom] = Counter()

    def add(self, question: Question, decision: Decision) -> None:
        """Note what allowed a request of a role's session. What a resource's policy allowed is not the role's."""
        role = question.principal.role_arn
        if not role:
            return
        context = context_of(question)
        for statement in decision.by:
            if statement.principals is not None or statement.not_principals is not None:
                continue
            names = context if statement.variables else None
            for action in statement.actions or ("*",):
                if not glob(action, question.action, ignore_case=True):
                    continue
                for resource in statement.resources or ("*",):
                    if fits_arn(resource, question.resource, names):
                        with self._lock:
                            self._used[_atom(role, statement, action, resource)] += 1

    def report(self) -> list[Permission]:
        """Every permission that a role has now, also the unused, in the order of roles and policies."""
        with self._lock:
            used = dict(self._used)
        found: list[Permission] = []
        for role in sorted(identity_policies.backend(self._account).roles.values(), key=lambda one: str(one.arn)):
            for _, statements in identity_policies.policies_of(role, "role"):
                for statement in statements:
                    if statement.effect != "Allow":
                        continue
                    for action in statement.actions or ("*",):
                        for resource in statement.resources or ("*",):
                            atom = _atom(role.arn, statement, action, resource)
                            found.append(_permission(atom, used.get(atom, 0)))
        return found


def _atom(role: str, statement: Statement, action: str, resource: str) -> Atom:
    source = statement.source
    policy = source.split("/", 2)[2] if source.startswith("role/") else source
    return (role, policy, statement.sid, statement.index, action, resource)


def _permission(atom: Atom, requests: int) -> Permission:
    role, policy, sid, statement, action, resource = atom
    return {
        "role": role,
        "policy": policy,
        "sid": sid,
        "statement": statement,
        "action": action,
        "resource": resource,
        "requests": requests,
    }
