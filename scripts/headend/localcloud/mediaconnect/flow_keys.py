"""The role with which MediaConnect reads the key of a source or an output: tried when the flow gets it.

Source: https://docs.aws.amazon.com/mediaconnect/latest/ug/encryption-static-key-set-up.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.secretsmanager.models import secretsmanager_backends

from headend.localcloud.iam import key_policies, senders
from headend.localcloud.iam.senders import MEDIA_CONNECT, Sender

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

ACTIONS = (
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetResourcePolicy",
    "secretsmanager:GetSecretValue",
    "secretsmanager:ListSecretVersionIds",
)


def read(cloud: LocalCloudServer, flow_arn: str, encryption: dict[str, Any]) -> None:
    """Read the secret in the role, as MediaConnect for this flow. Raises AccessDenied."""
    secret_arn = str(encryption.get("secretArn") or "")
    if not secret_arn:
        return
    sender = Sender(MEDIA_CONNECT, flow_arn, role_arn=str(encryption.get("roleArn") or ""))
    for action in ACTIONS:
        senders.authorise(cloud, sender, action, secret_arn, {"secretsmanager:SecretId": secret_arn})
    held = list(secretsmanager_backends[cloud.account_id][secret_arn.split(":")[3]].secrets.values())
    key = next((str(one.kms_key_id or "") for one in held if one.arn == secret_arn), "")
    if key and "alias/aws/" not in key:
        who = senders.principal_of(cloud, sender)
        key_policies.permit(cloud, who, key, secret_arn, ("kms:Decrypt",), {"SecretARN": secret_arn})
