"""Which policies speak about a principal: those of roles, users and groups in moto's IAM, and managed policies.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from moto.iam.models import iam_backends

from headend.localcloud.iam.policy_evaluation import Statement, parse

PARTITION = "aws"
AWS_POLICY = "arn:aws:iam::aws:policy/"
"""How the ARNs of AWS's own managed policies begin."""
Attached = list[tuple[str, tuple[Statement, ...]]]
"""(name of the policy, its statements), for each policy of an entity."""


def backend(account: str) -> Any:
    """moto's IAM of an account."""
    return iam_backends[account][PARTITION]


def role_of(account: str, role_arn: str) -> Any | None:
    """moto's role with this ARN; None when there is none."""
    return next((role for role in list(backend(account).roles.values()) if role.arn == role_arn), None)


def user_of(account: str, name: str) -> Any | None:
    """moto's user of this name; None when there is none."""
    return backend(account).users.get(name)


def policies_of(entity: Any, kind: str) -> Attached:
    """Inline and managed policies of a role, user or group. `kind` is role, user or group."""
    label = f"{kind}/{entity.name}"
    inline = [
        (f"{label}/{name}", _read(document, f"{label}/{name}")) for name, document in list(entity.policies.items())
    ]
    managed = [
        (policy.arn, _read(default_document(policy), policy.arn)) for policy in list(entity.managed_policies.values())
    ]
    return inline + managed


def identity_statements(account: str, entity: Any, kind: str) -> tuple[Statement, ...]:
    """The statements of a role, or those of a user and the user's groups."""
    found = policies_of(entity, kind)
    if kind == "user":
        for group in backend(account).get_groups_for_user(entity.name):
            found += policies_of(group, "group")
    return _joined(found)


def boundary_statements(account: str, entity: Any) -> tuple[Statement, ...] | None:
    """The statements of the entity's permissions boundary; None when it has none. A missing policy allows nothing."""
    arn = getattr(entity, "permissions_boundary_arn", None)
    return managed_statements(account, arn) if arn else None


def managed_statements(account: str, arn: str) -> tuple[Statement, ...]:
    """The statements of a managed policy's default version; none when there is no such policy."""
    policy = backend(account).managed_policies.get(arn)
    return _read(default_document(policy), arn) if policy else ()


def trust_statements(role: Any) -> tuple[Statement, ...]:
    """The statements of the role's trust policy."""
    return _read(role.assume_role_policy_document, f"{role.arn} trust policy")


def default_document(policy: Any) -> str:
    """The text of a managed policy's default version."""
    versions = {version.version_id: version.document for version in policy.versions}
    return str(versions.get(policy.default_version_id) or "{}")


def _read(document: Any, source: str) -> tuple[Statement, ...]:
    """A document of moto's, which keeps some of them URL-encoded. What is no JSON allows nothing."""
    if isinstance(document, str) and document.startswith("%"):
        document = unquote(document)
    try:
        return parse(document, source)
    except ValueError:
        return ()


def _joined(found: Iterable[tuple[str, tuple[Statement, ...]]]) -> tuple[Statement, ...]:
    return tuple(statement for _, statements in found for statement in statements)
