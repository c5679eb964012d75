"""SQS where moto says less: SetQueueAttributes changes what it names, and nothing else.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headend.localcloud import moto_patches

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

OWNER = "moto.sqs.models:Queue"


def install(_cloud: LocalCloudServer) -> None:
    """Keep a queue's policy when other attributes change."""

    def set_attributes(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
        policy = getattr(self, "policy", None)
        moto_patches.original(OWNER, "_set_attributes")(self, attributes, now)
        if "Policy" not in attributes:
            self.policy = policy

    moto_patches.replace(OWNER, "_set_attributes", set_attributes)
