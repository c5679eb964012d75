"""What IAM rejects and moto lets pass: trust policies, principals, sizes, and what is still in use.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from moto.iam.models import iam_backends

from headend.localcloud.rejections import policy_checks
from headend.localcloud.rejections.rejection import Rejected

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.aws_request import AwsRequest

INLINE_SIZE = 10_240
"""Of all inline policies of a role together."""
MANAGED_SIZE = 6_144
TRUST_SIZE = 2_048
POLICIES_PER_ROLE = 10
MALFORMED = "MalformedPolicyDocument"
ASSUMING = ("sts:", "*")


def trust_policy(_cloud: LocalCloudServer, request: AwsRequest) -> None:
    """The document of CreateRole (AssumeRolePolicyDocument) or UpdateAssumeRolePolicy (PolicyDocument)."""
    given = request.parameters
    text = str(given.get("AssumeRolePolicyDocument") or given.get("PolicyDocument") or "")
    for statement in _statements(text):
        if not statement.get("Principal") and not statement.get("NotPrincipal"):
            raise Rejected(MALFORMED, "Missing required field Principal")
        for field in ("Resource", "NotResource"):
            if field in statement:
                raise Rejected(MALFORMED, f"Has prohibited field {field}")
        if wrong := policy_checks.invalid_principal(statement):
            raise Rejected(MALFORMED, f"Invalid principal in policy: {wrong}")
        if not all(action.lower().startswith(ASSUMING) for action in policy_checks.values(statement.get("Action"))):
            raise Rejected(MALFORMED, "AssumeRole policy may only specify STS AssumeRole actions.")
    if size(text) > TRUST_SIZE:
        raise _too_much(f"ACLSizePerRole: {TRUST_SIZE}")


def inline_policy(_cloud: LocalCloudServer, request: AwsRequest) -> None:
    """PutRolePolicy: no principal, and no more than fits."""
    text, name = str(request.parameters["PolicyDocument"]), str(request.parameters["RoleName"])
    _check_identity_policy(text)
    role = _role(_cloud, name)
    if role is None:
        return
    kept = sum(size(str(one)) for known, one in role.policies.items() if known != request.parameters["PolicyName"])
    if kept + size(text) > INLINE_SIZE:
        text = f"Maximum policy size of {INLINE_SIZE} bytes exceeded for role {name}"
        raise Rejected("LimitExceeded", text, 409)


def managed_policy(_cloud: LocalCloudServer, request: AwsRequest) -> None:
    """CreatePolicy and CreatePolicyVersion."""
    text = str(request.parameters["PolicyDocument"])
    _check_identity_policy(text)
    if size(text) > MANAGED_SIZE:
        raise _too_much(f"PolicySize: {MANAGED_SIZE}")


def attach_role_policy(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """At most ten on a role."""
    role = _role(cloud, str(request.parameters["RoleName"]))
    arn = str(request.parameters["PolicyArn"])
    if role and arn not in role.managed_policies and len(role.managed_policies) >= POLICIES_PER_ROLE:
        raise _too_much(f"PoliciesPerRole: {POLICIES_PER_ROLE}")


def delete_policy(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """Not while something has it, nor while it has versions beside the default one."""
    arn = str(request.parameters["PolicyArn"])
    policy = iam_backends[cloud.account_id]["aws"].managed_policies.get(arn)
    if policy is None:
        return
    if policy.attachment_count:
        raise Rejected("DeleteConflict", "Cannot delete a policy attached to entities.", 409)
    if len(policy.versions) > 1:
        text = "This policy has more than one version. Before you delete a policy, you must delete its other versions."
        raise Rejected("DeleteConflict", text, 409)


def size(document: str) -> int:
    """Characters as IAM counts them: white space is free."""
    return len(re.sub(r"\s", "", document))


def _statements(text: str) -> list[dict[str, Any]]:
    try:
        return policy_checks.statements(text)
    except ValueError as error:
        raise Rejected(MALFORMED, "This policy contains invalid Json") from error


def _check_identity_policy(text: str) -> None:
    for statement in _statements(text):
        if "Principal" in statement or "NotPrincipal" in statement:
            raise Rejected(MALFORMED, "Policy document should not specify a principal.")


def _role(cloud: LocalCloudServer, name: str) -> Any:
    roles = iam_backends[cloud.account_id]["aws"].roles
    return next((role for role in list(roles.values()) if role.name == name), None)


def _too_much(quota: str) -> Rejected:
    return Rejected("LimitExceeded", f"Cannot exceed quota for {quota}", 409)


CHECKS = {
    "AttachRolePolicy": attach_role_policy,
    "CreatePolicy": managed_policy,
    "CreatePolicyVersion": managed_policy,
    "CreateRole": trust_policy,
    "DeletePolicy": delete_policy,
    "PutRolePolicy": inline_policy,
    "UpdateAssumeRolePolicy": trust_policy,
}
