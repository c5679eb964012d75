"""What KMS rejects and moto lets pass: policies that lock out, windows, and keys in the wrong state.

Sources: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#allow-iam-policies
https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.kms.models import kms_backends

from headend.localcloud.rejections import policy_checks
from headend.localcloud.rejections.rejection import Rejected

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.aws_request import AwsRequest

WINDOW = (7, 30)
"""Days before a key is deleted."""
POLICY_SIZE = 32_768
MALFORMED = "MalformedPolicyDocumentException"
LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."
USES = (
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "ReEncrypt",
    "Sign",
    "Verify",
    "VerifyMac",
)
CHANGES = (
    "CreateGrant",
    "DisableKey",
    "DisableKeyRotation",
    "EnableKey",
    "EnableKeyRotation",
    "RotateKeyOnDemand",
    "UpdateKeyDescription",
)


def key_policy(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """CreateKey, PutKeyPolicy and ReplicateKey: it is a policy, its principals exist, its maker can change it later."""
    text = request.parameters.get("Policy")
    if text is None:
        return
    if len(text) > POLICY_SIZE:
        raise Rejected("LimitExceededException", f"The policy is longer than {POLICY_SIZE} bytes.")
    try:
        found = policy_checks.statements(str(text))
    except ValueError as error:
        raise Rejected(MALFORMED, "The policy contains invalid JSON.") from error
    for statement in found:
        if policy_checks.invalid_principal(statement):
            raise Rejected(MALFORMED, "Policy contains a statement with one or more invalid principals.")
    skipped = str(request.parameters.get("BypassPolicyLockoutSafetyCheck", "")).lower() == "true"
    if not skipped and not any(_keeps_the_door_open(cloud, one) for one in found):
        raise Rejected(MALFORMED, LOCKED_OUT)


def _keeps_the_door_open(cloud: LocalCloudServer, statement: dict[str, Any]) -> bool:
    """Whether a statement lets somebody of this account change the policy again; conditions count as fulfilled."""
    if statement.get("Effect") != "Allow" or not policy_checks.names_action(statement, "kms:PutKeyPolicy"):
        return False
    account = cloud.account_id
    return any(
        kind == "AWS" and (name in ("*", account) or f"::{account}:" in name)
        for kind, name in policy_checks.principals(statement)
    )


def schedule_key_deletion(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """7 to 30 days, and not twice."""
    days = request.parameters.get("PendingWindowInDays")
    if days is not None and not WINDOW[0] <= int(days) <= WINDOW[1]:
        text = f"'{days}' is not a valid pending window: it must be between {WINDOW[0]} and {WINDOW[1]} days"
        raise Rejected("ValidationException", text)
    _not_pending(_key(cloud, request))


def create_alias(_cloud: LocalCloudServer, request: AwsRequest) -> None:
    """Names that are AWS's own, and those without their beginning."""
    name = str(request.parameters.get("AliasName", ""))
    if name.startswith("alias/aws/"):
        raise Rejected("NotAuthorizedException", "")
    if not name.startswith("alias/"):
        raise Rejected("ValidationException", f'Alias must start with the prefix "alias/": {name}')


def usable(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """An operation that needs an enabled key."""
    key = _key(cloud, request)
    _not_pending(key)
    if key is not None and key.key_state == "Disabled":
        raise Rejected("DisabledException", f"{key.arn} is disabled.")


def changeable(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """An operation that a key that will be deleted has not."""
    _not_pending(_key(cloud, request))


def _not_pending(key: Any) -> None:
    if key is not None and key.key_state == "PendingDeletion":
        raise Rejected("KMSInvalidStateException", f"{key.arn} is pending deletion.")


def _key(cloud: LocalCloudServer, request: AwsRequest) -> Any:
    """moto's key of a request, None when it has none or there is none."""
    name = str(request.parameters.get("KeyId", ""))
    backend = kms_backends[cloud.account_id][request.region]
    if not name:
        return None
    return backend.keys.get(backend.any_id_to_key_id(name))


CHECKS = {
    "CreateAlias": create_alias,
    "CreateKey": key_policy,
    "PutKeyPolicy": key_policy,
    "ReplicateKey": key_policy,
    "ScheduleKeyDeletion": schedule_key_deletion,
    **dict.fromkeys(USES, usable),
    **dict.fromkeys(CHANGES, changeable),
}
