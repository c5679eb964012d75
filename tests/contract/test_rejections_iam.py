"""What IAM rejects."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from contract.rejection import Ask, check, refused
from running_cloud import RunningCloud

CREATE = "IAM/latest/APIReference/API_CreateRole.html"
DELETE = "IAM/latest/APIReference/API_DeleteRole.html"
QUOTAS = "IAM/latest/UserGuide/reference_iam-quotas.html"
GRAMMAR = "IAM/latest/UserGuide/reference_policies_grammar.html"
PRINCIPALS = "IAM/latest/UserGuide/reference_policies_elements_principal.html"
ALLOW = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal: object) -> str:
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def name() -> str:
    return f"r-{uuid.uuid4().hex[:8]}"


def role(cloud: RunningCloud) -> str:
    """A new role without policies."""
    made = name()
    cloud.client("iam").create_role(RoleName=made, AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"}))
    return made


def create(role_name: str = "", policy: str = "", **settings: Any) -> Ask:
    return lambda cloud: cloud.client("iam").create_role(
        RoleName=role_name or name(),
        AssumeRolePolicyDocument=policy or trust({"Service": "lambda.amazonaws.com"}),
        **settings,
    )


def inline(policy: str) -> Ask:
    return lambda cloud: cloud.client("iam").put_role_policy(
        RoleName=role(cloud), PolicyName="p", PolicyDocument=policy
    )


def managed(policy: str) -> Ask:
    return lambda cloud: cloud.client("iam").create_policy(PolicyName=name(), PolicyDocument=policy)


def inline_in_two_parts(cloud: RunningCloud) -> object:
    iam, made = cloud.client("iam"), role(cloud)
    half = document({**ALLOW, "Resource": [f"arn:aws:sqs:*:*:{'q' * 60}{number:04}" for number in range(75)]})
    iam.put_role_policy(RoleName=made, PolicyName="one", PolicyDocument=half)
    return iam.put_role_policy(RoleName=made, PolicyName="two", PolicyDocument=half)


def eleven_policies(cloud: RunningCloud) -> object:
    iam, made = cloud.client("iam"), role(cloud)
    for _ in range(11):
        arn = iam.create_policy(PolicyName=name(), PolicyDocument=document(ALLOW))["Policy"]["Arn"]
        last = iam.attach_role_policy(RoleName=made, PolicyArn=arn)
    return last


def delete_with_inline_policy(cloud: RunningCloud) -> object:
    made = role(cloud)
    cloud.client("iam").put_role_policy(RoleName=made, PolicyName="p", PolicyDocument=document(ALLOW))
    return cloud.client("iam").delete_role(RoleName=made)


def delete_with_attached_policy(cloud: RunningCloud) -> object:
    iam, made = cloud.client("iam"), role(cloud)
    arn = iam.create_policy(PolicyName=name(), PolicyDocument=document(ALLOW))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=made, PolicyArn=arn)
    return iam.delete_role(RoleName=made)


def delete_in_instance_profile(cloud: RunningCloud) -> object:
    iam, made = cloud.client("iam"), role(cloud)
    iam.create_instance_profile(InstanceProfileName=made)
    iam.add_role_to_instance_profile(InstanceProfileName=made, RoleName=made)
    return iam.delete_role(RoleName=made)


def delete_attached_policy(cloud: RunningCloud) -> object:
    iam = cloud.client("iam")
    arn = iam.create_policy(PolicyName=name(), PolicyDocument=document(ALLOW))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=role(cloud), PolicyArn=arn)
    return iam.delete_policy(PolicyArn=arn)


def six_versions(cloud: RunningCloud) -> object:
    iam = cloud.client("iam")
    arn = iam.create_policy(PolicyName=name(), PolicyDocument=document(ALLOW))["Policy"]["Arn"]
    for _ in range(5):
        last = iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(ALLOW))
    return last


def twice(cloud: RunningCloud) -> object:
    return create(role(cloud))(cloud)


BIG = document({**ALLOW, "Resource": [f"arn:aws:sqs:*:*:{'q' * 100}{number:04}" for number in range(100)]})
MEDIUM = document({**ALLOW, "Resource": [f"arn:aws:sqs:*:*:{'q' * 100}{number:04}" for number in range(50)]})
MALFORMED = "MalformedPolicyDocument"
CASES = [
    refused(
        "A role's name of 65 letters", create("r" * 65), "ValidationError", "length less than or equal to 64", CREATE
    ),
    refused("A role's name with a space", create("a b"), "ValidationError", "roleName", CREATE),
    refused("A role that is there", twice, "EntityAlreadyExists", "already exists", CREATE),
    refused("Sessions of over 12 hours", create(MaxSessionDuration=43_201), "ValidationError", "43200", CREATE),
    refused("A trust policy that is not JSON", create(policy="{"), MALFORMED, "", GRAMMAR),
    refused(
        "A trust policy with a resource",
        create(
            policy=document({**ALLOW, "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}})
        ),
        MALFORMED,
        "prohibited field Resource",
        GRAMMAR,
    ),
    refused(
        "A trust policy without a principal",
        create(policy=document({"Effect": "Allow", "Action": "sts:AssumeRole"})),
        MALFORMED,
        "rincipal",
        GRAMMAR,
    ),
    refused(
        "A trust policy that allows no AssumeRole",
        create(
            policy=document(
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sqs:SendMessage"}
            )
        ),
        MALFORMED,
        "AssumeRole policy may only specify STS AssumeRole actions",
        GRAMMAR,
    ),
    refused(
        "A trusted role that is not there",
        create(policy=trust({"AWS": "arn:aws:iam::123456789012:role/never-made"})),
        MALFORMED,
        'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/never-made"',
        PRINCIPALS,
    ),
    refused(
        "A trusted service with a wrong name",
        create(policy=trust({"Service": "lambda"})),
        MALFORMED,
        'Invalid principal in policy: "SERVICE":"lambda"',
        PRINCIPALS,
    ),
    refused(
        "A trusted account number of 11 digits",
        create(policy=trust({"AWS": "12345678901"})),
        MALFORMED,
        "Invalid principal in policy",
        PRINCIPALS,
    ),
    refused(
        "A trust policy of over 2,048 characters",
        create(policy=trust({"Service": [f"service{number:03}.amazonaws.com" for number in range(100)]})),
        "LimitExceeded",
        "ACLSizePerRole: 2048",
        QUOTAS,
    ),
    refused(
        "An inline policy with a principal",
        inline(document({**ALLOW, "Principal": "*"})),
        MALFORMED,
        "should not specify a principal",
        GRAMMAR,
    ),
    refused(
        "An inline policy without a resource",
        inline(document({"Effect": "Allow", "Action": "sqs:SendMessage"})),
        MALFORMED,
        "must contain resources",
        GRAMMAR,
    ),
    refused(
        "An inline policy without actions",
        inline(document({"Effect": "Allow", "Resource": "*"})),
        MALFORMED,
        "must contain actions",
        GRAMMAR,
    ),
    refused(
        "An action without its service",
        inline(document({**ALLOW, "Action": "SendMessage"})),
        MALFORMED,
        "vendor",
        GRAMMAR,
    ),
    refused("A resource that is no ARN", inline(document({**ALLOW, "Resource": "queue"})), MALFORMED, "queue", GRAMMAR),
    refused(
        "An effect other than Allow and Deny", inline(document({**ALLOW, "Effect": "Maybe"})), MALFORMED, "", GRAMMAR
    ),
    refused(
        "A condition operator that is none",
        inline(document({**ALLOW, "Condition": {"StringIs": {"aws:username": "a"}}})),
        MALFORMED,
        "",
        GRAMMAR,
    ),
    refused(
        "Two statements with the same Sid",
        inline(document({**ALLOW, "Sid": "a"}, {**ALLOW, "Sid": "a"})),
        MALFORMED,
        "unique",
        GRAMMAR,
    ),
    refused(
        "An inline policy of over 10,240 characters",
        inline(BIG),
        "LimitExceeded",
        "Maximum policy size of 10240 bytes exceeded",
        QUOTAS,
    ),
    refused(
        "Inline policies of over 10,240 characters together",
        inline_in_two_parts,
        "LimitExceeded",
        "Maximum policy size of 10240 bytes exceeded",
        QUOTAS,
    ),
    refused("A managed policy of over 6,144 characters", managed(BIG), "LimitExceeded", "PolicySize: 6144", QUOTAS),
    refused("An eleventh managed policy on a role", eleven_policies, "LimitExceeded", "PoliciesPerRole: 10", QUOTAS),
    refused("A sixth version of a policy", six_versions, "LimitExceeded", "5 versions", QUOTAS),
    refused(
        "Deleting a role that has an inline policy",
        delete_with_inline_policy,
        "DeleteConflict",
        "must delete policies first",
        DELETE,
    ),
    refused(
        "Deleting a role that has a managed policy",
        delete_with_attached_policy,
        "DeleteConflict",
        "must detach all policies first",
        DELETE,
    ),
    refused(
        "Deleting a role in an instance profile",
        delete_in_instance_profile,
        "DeleteConflict",
        "must remove roles from instance profile first",
        DELETE,
    ),
    refused(
        "Deleting a policy that a role has",
        delete_attached_policy,
        "DeleteConflict",
        "attached to entities",
        "IAM/latest/APIReference/API_DeletePolicy.html",
    ),
    refused(
        "Passing on a policy that is not there",
        lambda cloud: cloud.client("iam").attach_role_policy(
            RoleName=role(cloud), PolicyArn="arn:aws:iam::123456789012:policy/none"
        ),
        "NoSuchEntity",
        "does not exist",
        "IAM/latest/APIReference/API_AttachRolePolicy.html",
    ),
]


@pytest.mark.parametrize(("ask", "code", "says"), CASES)
def test_iam_rejects(cloud: RunningCloud, ask: Ask, code: str, says: str) -> None:
    check(cloud, ask, code, says)
