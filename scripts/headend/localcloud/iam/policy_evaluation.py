"""AWS's policy evaluation: `decide(question, policies)` says whether a principal may do something, and why.

Pure: no moto, no state, no clock. Explicit denies first, then resource policies, identity policies, permission
boundaries and session policies, in one account and across two. Organizations' policies (SCP, RCP) and KMS grants are
not known here.

Why of our own: `moto.iam.access_control` knows neither resources of statements nor conditions, resource policies,
principals other than users and roles, boundaries nor session policies (its docstring says so), and no maintained
evaluator in Python was found on PyPI. For cases, not for code: the Node project cloud-copilot/iam-simulate.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from headend.localcloud.iam.policy_conditions import (
    Context,
    Failure,
    Values,
    arn_glob,
    arn_like,
    first_failure,
    glob,
    resolve,
)
from headend.localcloud.iam.policy_documents import Statement, parse

ACCOUNT = re.compile(r"(?:arn:[^:]+:iam::)?(\d{12})(?::root)?")
Kind = Literal["Allowed", "ImplicitDeny", "ExplicitDeny"]
Grip = Literal["none", "account", "role", "exact"]
"""How a resource policy's Principal holds a caller: not, by its account, by its role, or the caller itself."""


@dataclass(frozen=True)
class Principal:
    """Who asks. `arn` is as AWS's messages name it; `account` is empty for services and for nobody.

    Kinds: Administrator (may do everything its account may), User, Session (of a role; `role_arn` is set), Service
    (`name` like events.amazonaws.com) and Anonymous. `context` are keys that come with the principal: tags, user id,
    a service's aws:SourceArn.
    """

    kind: Literal["Administrator", "User", "Session", "Service", "Anonymous"]
    arn: str
    account: str = ""
    role_arn: str = ""
    name: str = ""
    context: Mapping[str, Values] = field(default_factory=dict, hash=False, compare=False)

    def __str__(self) -> str:
        return self.arn


@dataclass(frozen=True)
class Question:
    """May `principal` do `action` (as in `sqs:SendMessage`) on `resource` (an ARN, or `*` when there is none)?"""

    principal: Principal
    action: str
    resource: str
    context: Mapping[str, Values] = field(default_factory=dict)


@dataclass(frozen=True)
class Policies:
    """All that is to be asked. None: there is no such policy; an empty tuple: one that allows nothing.

    `identity` are the statements of the principal's own policies, each of `boundary` and `session` those of one limit.
    `sole` tells that the resource's policy decides alone unless it hands the decision to the account: KMS keys and the
    trust policies of roles.
    """

    identity: tuple[Statement, ...] = ()
    boundary: tuple[Statement, ...] | None = None
    session: tuple[Statement, ...] | None = None
    resource: tuple[Statement, ...] | None = None
    resource_account: str = ""
    sole: bool = False


@dataclass(frozen=True)
class Near:
    """A statement that would have allowed but for one thing: its action, its resource, its principal, a condition."""

    statement: Statement
    misses: Literal["Action", "Resource", "Principal", "Condition"]
    condition: Failure | None = None

    def __str__(self) -> str:
        if self.condition:
            return f"{self.statement.label}: {self.condition}"
        named = {
            "Action": self.statement.actions or self.statement.not_actions,
            "Resource": self.statement.resources or self.statement.not_resources,
            "Principal": json.dumps(self.statement.principals or self.statement.not_principals),
        }[self.misses]
        listed = ", ".join(named) if isinstance(named, tuple) else named
        return f"{self.statement.label}: {self.misses} {listed} does not fit"


@dataclass(frozen=True)
class Decision:
    """The answer. `by` are the statements that decided: those that allow, or the one that denies.

    `lacks` names the layer without an allowing statement (`identity`, `resource`, `boundary` or `session`) of an
    implicit deny, or the layer of the explicit deny.
    """

    kind: Kind
    by: tuple[Statement, ...] = ()
    lacks: Literal["", "identity", "resource", "boundary", "session"] = ""
    near: tuple[Near, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether it may."""
        return self.kind == "Allowed"


def decide(question: Question, policies: Policies) -> Decision:
    """Whether the principal of `question` may do it under these policies."""
    who = question.principal
    context = context_of(question)
    layers: list[tuple[Literal["identity", "boundary", "session", "resource"], Sequence[Statement]]] = [
        ("identity", policies.identity),
        ("boundary", policies.boundary or ()),
        ("session", policies.session or ()),
        ("resource", policies.resource or ()),
    ]
    for layer, statements in layers:
        for statement in statements:
            if statement.effect == "Deny" and miss(statement, question, context, resource=layer == "resource") is None:
                return Decision("ExplicitDeny", (statement,), layer)

    by_resource, grip = _resource_allows(policies.resource or (), question, context)
    identity = tuple(s for s in policies.identity if s.effect == "Allow" and miss(s, question, context) is None)
    own = bool(identity) or who.kind == "Administrator"
    within = [_limit("boundary", policies.boundary, question, context)]
    within.append(_limit("session", policies.session, question, context))
    lacking = next((layer for layer in within if layer), "")

    def allowed(*statements: Statement) -> Decision:
        return Decision("Allowed", statements)

    def denied(lacks: Literal["identity", "resource", "boundary", "session"]) -> Decision:
        return Decision("ImplicitDeny", (), lacks, near_misses(question, policies, context))

    if who.kind in ("Service", "Anonymous"):
        return allowed(*by_resource) if grip != "none" else denied("resource")
    if policies.resource_account and policies.resource_account != who.account:
        if grip == "none":
            return denied("resource")
        if not own:
            return denied("identity")
        return denied(lacking) if lacking else allowed(*identity, *by_resource)  # type: ignore[arg-type]
    if grip == "exact":
        return allowed(*by_resource)
    if grip == "role":
        return denied(lacking) if lacking else allowed(*by_resource)  # type: ignore[arg-type]
    if policies.sole and grip == "none":
        return denied("resource")
    if not own:
        return denied("identity")
    return denied(lacking) if lacking else allowed(*identity, *by_resource)  # type: ignore[arg-type]


def _limit(
    layer: Literal["boundary", "session"],
    statements: tuple[Statement, ...] | None,
    question: Question,
    context: Context,
) -> str:
    """The layer's name when it is there and does not allow it."""
    if statements is None:
        return ""
    held = any(s.effect == "Allow" and miss(s, question, context) is None for s in statements)
    return "" if held else layer


def _resource_allows(
    statements: Sequence[Statement], question: Question, context: Context
) -> tuple[tuple[Statement, ...], Grip]:
    """The allowing statements of a resource's policy that hold the principal most closely, and how closely."""
    order: tuple[Grip, ...] = ("none", "account", "role", "exact")
    best: Grip = "none"
    found: list[Statement] = []
    for statement in statements:
        if statement.effect != "Allow" or miss(statement, question, context, resource=True) is not None:
            continue
        grip = _grip(statement, question.principal)
        if order.index(grip) > order.index(best):
            best, found = grip, []
        if grip == best:
            found.append(statement)
    return tuple(found), best


# One statement


def context_of(question: Question) -> Context:
    """The question's context with what its principal brings."""
    who = question.principal
    known: dict[str, Values] = {"aws:PrincipalType": who.kind if who.kind != "Session" else "AssumedRole"}
    known["aws:PrincipalIsAWSService"] = "true" if who.kind == "Service" else "false"
    if who.account:
        known["aws:PrincipalAccount"] = who.account
        known["aws:PrincipalArn"] = who.role_arn or who.arn
    if who.kind == "Service":
        known["aws:PrincipalServiceName"] = who.name
    if who.kind == "User":
        known["aws:username"] = who.name
    return Context({**known, **question.context, **who.context})


def miss(statement: Statement, question: Question, context: Context, *, resource: bool = False) -> Near | None:
    """What of `statement` does not fit the question; None when all of it does. `resource`: of a resource's policy."""
    if not _fits_action(statement, question.action):
        return Near(statement, "Action")
    if not _fits_resource(statement, question.resource, context, resource=resource):
        return Near(statement, "Resource")
    if resource and not _fits_principal(statement, question.principal):
        return Near(statement, "Principal")
    failure = first_failure(statement.conditions, context, variables=statement.variables)
    return Near(statement, "Condition", failure) if failure else None


def near_misses(question: Question, policies: Policies, context: Context | None = None) -> tuple[Near, ...]:
    """The allowing statements that fit in action or resource, but not in all: first those that come closest."""
    context = context or context_of(question)
    found: list[Near] = []
    for layer, statements in (("identity", policies.identity), ("resource", policies.resource or ())):
        for statement in statements:
            if statement.effect != "Allow":
                continue
            missed = miss(statement, question, context, resource=layer == "resource")
            if missed is None:
                continue
            if missed.misses == "Action" and not (
                statement.resources is not None
                and "*" not in statement.resources
                and _fits_resource(statement, question.resource, context, resource=layer == "resource")
            ):
                continue
            found.append(missed)
    order = ("Condition", "Resource", "Action", "Principal")
    return tuple(sorted(found, key=lambda one: order.index(one.misses)))


def _fits_action(statement: Statement, action: str) -> bool:
    if statement.not_actions is not None:
        return not any(glob(one, action, ignore_case=True) for one in statement.not_actions)
    return any(glob(one, action, ignore_case=True) for one in statement.actions or ())


def _fits_resource(statement: Statement, arn: str, context: Context, *, resource: bool) -> bool:
    names = context if statement.variables else None
    if statement.not_resources is not None:
        return not any(fits_arn(one, arn, names) for one in statement.not_resources)
    if statement.resources is None:  # trust policies have no Resource: it is the role itself
        return resource
    return any(fits_arn(one, arn, names) for one in statement.resources)


def fits_arn(pattern: str, arn: str, context: Context | None) -> bool:
    """Whether a Resource element's pattern is met by the ARN of a request; a request for no resource has `*`."""
    if pattern == "*":
        return True
    resolved = resolve(pattern, context)
    return resolved is not None and arn_glob(resolved, arn)


def _fits_principal(statement: Statement, who: Principal) -> bool:
    """Whether Principal names the caller, or NotPrincipal does not: that has to name a session itself.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    if statement.not_principals is not None:
        exempt = _named(statement.not_principals, who)
        return exempt != "exact" if who.kind == "Session" else exempt == "none"
    return _named(statement.principals or {}, who) != "none"


def _grip(statement: Statement, who: Principal) -> Grip:
    if statement.not_principals is not None:
        return "account"
    return _named(statement.principals or {}, who)


def _named(principals: Mapping[str, tuple[str, ...]], who: Principal) -> Grip:
    """How closely a Principal element names the caller."""
    order: tuple[Grip, ...] = ("none", "account", "role", "exact")
    best: Grip = "none"
    for kind, names in principals.items():
        for name in names:
            grip = _named_by(kind, name, who)
            if order.index(grip) > order.index(best):
                best = grip
    return best


def _named_by(kind: str, name: str, who: Principal) -> Grip:
    if kind == "*" or (kind == "AWS" and name == "*"):
        return "exact"
    if kind == "Service":
        return "exact" if who.kind == "Service" and glob(name, who.name) else "none"
    if kind != "AWS" or not who.account:
        return "none"
    account = ACCOUNT.fullmatch(name)
    if account:
        return "account" if account[1] == who.account else "none"
    if name == who.arn:
        return "exact"
    return "role" if who.role_arn and name == who.role_arn else "none"


__all__ = [
    "Context",
    "Decision",
    "Failure",
    "Near",
    "Policies",
    "Principal",
    "Question",
    "Statement",
    "arn_like",
    "decide",
    "parse",
]
