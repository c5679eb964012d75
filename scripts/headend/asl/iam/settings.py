"""What a definition cannot say about where it will run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Settings:
    """Where the machine runs and what its placeholders stand for.

    Attributes:
        partition, region, account, name: of the state machine: values, or the placeholders of the template language
            that fills in the policy.
        arns: where an ARN is that the definition does not show. Key: a placeholder's name (`queue_url`), an expression
            as written (`$.flow_arn`) or an action (`iam:PassRole`); value: a placeholder's name or an ARN.
        keys: the KMS key that encrypts a resource. Key: the resource as in the policy, or its placeholder's name;
            value: a placeholder's name or an ARN.
        logging, tracing: whether the policy also holds what Step Functions needs to deliver logs and traces.
        kms_key: the key that encrypts the state machine, if it has one of its own.
        redrive: whether somebody redrives executions, which map runs and nested executions need permissions for.
    """

    partition: str = "${partition}"
    region: str = "${region}"
    account: str = "${account_id}"
    name: str = "${state_machine_name}"
    arns: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    logging: bool = False
    tracing: bool = False
    kms_key: str | None = None
    redrive: bool = False

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something in the machine's Region and account."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    @property
    def machine(self) -> str:
        """The state machine's own ARN."""
        return self.arn("states", f"stateMachine:{self.name}")


def as_arn(told: str) -> str:
    """The ARN that a setting names: an ARN stays, a placeholder's name becomes the placeholder."""
    return told if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", told) else f"${{{told}}}"
