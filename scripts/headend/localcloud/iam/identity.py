"""Identity: each request's caller, sessions of roles, and whether a caller may do what it asks for.

Behaviour of AWS that this adds to moto: function and state machine sessions, trust policies, identity and resource
policies with conditions, boundaries, session policies, key policies. Every refusal is on the timeline (kind `denied`)
with the statement that would have allowed it; every use of a permission is counted (/_headend/permissions).

The access key `local` is the account's administrator: allowed by identity, while resource policies may still deny.
Signatures are not recomputed. Plain HTTP on loopback stands for HTTPS: aws:SecureTransport is true.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import base64
import secrets
import string
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from headend.localcloud.aws_request import AwsRequest
from headend.localcloud.iam import identity_policies
from headend.localcloud.iam.access_denied import EXPIRED, UNKNOWN_KEY, AccessDenied, InvalidCredentials
from headend.localcloud.iam.permission_usage import PermissionUsage
from headend.localcloud.iam.policy_conditions import Values
from headend.localcloud.iam.policy_evaluation import Decision, Policies, Principal, Question, Statement, decide, parse
from headend.localcloud.iam.resource_policies import resource_policy

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

ADMINISTRATOR_KEY = "local"
TRUSTED = frozenset({"sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"})
"""What a role's trust policy decides on."""
KEY_LETTERS = string.ascii_uppercase + "234567"


@dataclass(frozen=True)
class Credentials:
    """What a caller signs with: a session of a role. `expiration` is None for sessions that the cloud itself keeps."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    role_arn: str
    session_name: str
    expiration: datetime | None = None
    policies: tuple[tuple[Statement, ...], ...] = ()
    tags: Mapping[str, str] | None = None


class Identity:
    """Who may do what. Thread-safe."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._lock = threading.Lock()
        self._sessions: dict[str, Credentials] = {}
        self._kept: dict[tuple[str, str], Credentials] = {}
        self._services: dict[str, Principal] = {}
        self.usage = PermissionUsage(cloud.account_id)
        self.administrator = Principal(
            "Administrator", f"arn:aws:iam::{cloud.account_id}:user/local", cloud.account_id, name="local"
        )

    # Who asks

    def caller(self, request: AwsRequest) -> Principal:
        """Who signed the request. Raises InvalidCredentials for a key or token that is not known, or has expired."""
        key = request.access_key
        if key == ADMINISTRATOR_KEY:
            return self.administrator
        if not key:
            return Principal("Anonymous", "anonymous")
        with self._lock:
            held = self._sessions.get(key)
            service = self._services.get(key)
        if service:
            return service
        if held:
            if not secrets.compare_digest(held.session_token, request.session_token):
                raise InvalidCredentials("unknown key", UNKNOWN_KEY)
            if held.expiration and held.expiration <= self._cloud.clock.now():
                raise InvalidCredentials("expired", EXPIRED)
            return self.session_principal(held)
        return self._user(key)

    def session(self, role_arn: str, session_name: str) -> Credentials:
        """The session in which a service of the cloud acts for a function or a state machine: one for each name."""
        with self._lock:
            known = self._kept.get((role_arn, session_name))
        if known:
            return known
        made = self.open_session(role_arn, session_name)
        with self._lock:
            return self._kept.setdefault((role_arn, session_name), made)

    def open_session(
        self,
        role_arn: str,
        session_name: str,
        *,
        seconds: float | None = None,
        policies: tuple[tuple[Statement, ...], ...] = (),
        tags: Mapping[str, str] | None = None,
    ) -> Credentials:
        """New credentials of a role's session; nothing is checked."""
        made = Credentials(
            access_key_id="ASIA" + "".join(secrets.choice(KEY_LETTERS) for _ in range(16)),
            secret_access_key=base64.b64encode(secrets.token_bytes(30)).decode(),
            session_token=base64.b64encode(secrets.token_bytes(96)).decode(),
            role_arn=role_arn,
            session_name=session_name,
            expiration=None if seconds is None else self._cloud.clock.now() + timedelta(seconds=seconds),
            policies=policies,
            tags=tags,
        )
        with self._lock:
            self._sessions[made.access_key_id] = made
        return made

    def principal(self, role_arn: str, session_name: str) -> Principal:
        """The role's session as a principal, for what a service does itself in that role."""
        return self.session_principal(self.session(role_arn, session_name))

    def service(self, name: str, *, source_arn: str | None = None) -> Principal:
        """A service principal such as events.amazonaws.com, acting for the resource `source_arn`."""
        context: dict[str, Values] = {"aws:SourceAccount": self._cloud.account_id}
        if source_arn:
            context["aws:SourceArn"] = source_arn
            context["aws:SourceAccount"] = source_arn.split(":")[4] or self._cloud.account_id
        return Principal("Service", name, name=name, context=context)

    def open_service(self, name: str, *, source_arn: str) -> Credentials:
        """New credentials with which a service signs requests in its own name, for the resource `source_arn`."""
        source_account = source_arn.split(":")[4]
        made = self.open_session(f"arn:aws:iam::{source_account}:role/{name}", name)
        with self._lock:
            self._sessions.pop(made.access_key_id)
            self._services[made.access_key_id] = self.service(name, source_arn=source_arn)
        return made

    def assume(
        self,
        role_arn: str,
        service: str,
        *,
        source_arn: str | None = None,
        action: str = "sts:AssumeRole",
        session_name: str | None = None,
        context: Mapping[str, Values] | None = None,
    ) -> Principal:
        """The session of a role that a service assumes for a resource. Raises AccessDenied when its trust forbids."""
        self.authorise(self.service(service, source_arn=source_arn), action, role_arn, context)
        return self.principal(role_arn, session_name or service.partition(".")[0])

    # May they

    def authorise(
        self, principal: Principal, action: str, resource: str, context: Mapping[str, Values] | None = None
    ) -> None:
        """Raise AccessDenied, and note it on the timeline, unless the principal may do this to the resource."""
        question = Question(principal, action, resource, {**self._surroundings(resource), **(context or {})})
        decision = self.decide(question)
        if decision.allowed:
            self.usage.add(question, decision)
            return
        refusal = AccessDenied(question, decision)
        self._note(refusal)
        raise refusal

    def decide(self, question: Question) -> Decision:
        """The decision alone: nothing is noted."""
        return decide(question, self.policies(question.principal, question.action, question.resource))

    def policies(self, who: Principal, action: str, resource: str) -> Policies:
        """All policies that speak about the principal and the resource."""
        account = self._cloud.account_id
        identity: tuple[Statement, ...] = ()
        boundary: tuple[Statement, ...] | None = None
        entity = None
        if who.kind == "Session":
            entity = identity_policies.role_of(account, who.role_arn)
            kind = "role"
        elif who.kind == "User":
            entity = identity_policies.user_of(account, who.name)
            kind = "user"
        if entity is not None:
            identity = identity_policies.identity_statements(account, entity, kind)
            boundary = identity_policies.boundary_statements(account, entity)
        parts = resource.split(":", 5)
        owner = parts[4] if len(parts) == 6 else ""
        trust = identity_policies.role_of(account, resource) if action in TRUSTED else None
        if trust is not None:
            by_resource: tuple[Statement, ...] | None = identity_policies.trust_statements(trust)
        elif len(parts) == 6:
            document = resource_policy(owner or account, resource)
            by_resource = parse(document, resource) if document else None
        else:
            by_resource = None
        return Policies(
            identity=identity,
            boundary=boundary,
            session=self._session_policy(who),
            resource=by_resource,
            resource_account=owner or account,
            sole=trust is not None or (resource.startswith("arn:aws:kms:") and ":key/" in resource),
        )

    def _session_policy(self, who: Principal) -> tuple[Statement, ...] | None:
        with self._lock:
            held = self._sessions.get(str(who.context.get("headend:key", "")))
        if held is None or not held.policies:
            return None
        return tuple(statement for policy in held.policies for statement in policy)

    def session_principal(self, held: Credentials) -> Principal:
        """Whom a session's credentials stand for."""
        account, name = held.role_arn.split(":")[4], held.role_arn.rpartition("/")[2]
        role = identity_policies.role_of(account, held.role_arn)
        tags = {str(tag["Key"]): str(tag["Value"]) for tag in _tags(role)} | dict(held.tags or {})
        return Principal(
            "Session",
            f"arn:aws:sts::{account}:assumed-role/{name}/{held.session_name}",
            account,
            held.role_arn,
            held.session_name,
            {
                "aws:userid": f"{role.id if role else 'AROAUNKNOWN'}:{held.session_name}",
                "headend:key": held.access_key_id,
                **{f"aws:PrincipalTag/{key}": value for key, value in tags.items()},
            },
        )

    def _user(self, key: str) -> Principal:
        user = identity_policies.backend(self._cloud.account_id).get_user_from_access_key_id(key)
        held = user and next((one for one in user.access_keys if one.access_key_id == key), None)
        if not held or held.status != "Active":
            raise InvalidCredentials("unknown key", UNKNOWN_KEY)
        return Principal("User", user.arn, user.account_id, name=user.name, context={"aws:userid": user.id})

    def _surroundings(self, resource: str) -> dict[str, Values]:
        """The keys that every request has."""
        now = self._cloud.clock.now()
        parts = resource.split(":", 5)
        known: dict[str, Values] = {
            "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:EpochTime": str(int(now.timestamp())),
            "aws:SecureTransport": "true",
        }
        if len(parts) == 6:
            known["aws:ResourceAccount"] = parts[4] or self._cloud.account_id
            if parts[3]:
                known["aws:RequestedRegion"] = parts[3]
        return known

    def _note(self, refusal: AccessDenied) -> None:
        """Tell the timeline who was refused what, and what would have allowed it."""
        question, decision = refusal.question, refusal.decision
        parts = question.resource.split(":", 5)
        self._cloud.timeline.record(
            "denied",
            parts[3] if len(parts) == 6 else "",
            question.resource,
            str(refusal),
            principal=question.principal.arn,
            action=question.action,
            decision=decision.kind,
            lacks=decision.lacks,
            denied_by=[statement.label for statement in decision.by],
            would_allow=_would_allow(question, decision),
            near=[str(one) for one in decision.near[:5]],
        )


def _would_allow(question: Question, decision: Decision) -> dict[str, object]:
    """The statement that is missing, or a word on the one that is in the way."""
    if decision.kind == "ExplicitDeny":
        return {"remove": decision.by[0].label}
    wanted: dict[str, object] = {"Effect": "Allow", "Action": question.action, "Resource": question.resource}
    who = question.principal
    if decision.lacks == "resource":
        wanted["Principal"] = {"Service": who.name} if who.kind == "Service" else {"AWS": who.role_arn or who.arn}
    return wanted


def _tags(role: object) -> list[Mapping[str, str]]:
    tags = getattr(role, "tags", None) or []
    return list(tags.values()) if isinstance(tags, dict) else list(tags)


def install(cloud: LocalCloudServer) -> None:
    """Provide Identity; the gate asks it about each request."""
    identity = Identity(cloud)
    cloud.provide(identity)
    cloud.control.add("GET", "permissions", lambda _: {"permissions": identity.usage.report()})
