"""State machines with a KMS key of the account: their executions use it in the machine's role.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.exceptions import AWSError

from headend.localcloud.iam import key_policies, senders
from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.iam.senders import STATE_MACHINES, Sender

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

USE = ("kms:GenerateDataKey", "kms:Decrypt")


class KmsAccessDeniedError(AWSError):  # type: ignore[misc]
    """The role may not use the key."""

    TYPE = "KmsAccessDeniedException"
    STATUS = 400


def use(cloud: LocalCloudServer, machine: Any) -> None:
    """Encrypt and decrypt what an execution of moto's state machine holds. Raises KmsAccessDeniedError."""
    key = (machine.encryptionConfiguration or {}).get("kmsKeyId")
    if not key:
        return
    arn = ":".join(machine.arn.split(":")[:7])
    try:
        who = senders.principal_of(cloud, Sender(STATE_MACHINES, arn, role_arn=machine.roleArn))
        key_policies.permit(cloud, who, str(key), arn, USE, {"aws:states:stateMachineArn": arn})
    except AccessDenied as error:
        raise KmsAccessDeniedError(str(error)) from error
