"""SQS where moto says less: SetQueueAttributes changes what it names, and nothing else; long polls are on the clock.

A redrive policy is answered without blanks, as AWS does: Terraform compares the text.

Sources: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from headend.localcloud import moto_patches

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

OWNER = "moto.sqs.models:Queue"


AFTER_SECONDS = 0.001
"""moto takes a message for visible, and a poll for over, after the moment and not at it."""


def install(cloud: LocalCloudServer) -> None:
    """Keep a queue's policy when other attributes change; wait for messages on the cloud's clock."""

    def set_attributes(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
        policy = getattr(self, "policy", None)
        moto_patches.original(OWNER, "_set_attributes")(self, attributes, now)
        if "Policy" not in attributes:
            self.policy = policy

    def attributes(self: Any) -> dict[str, Any]:
        found: dict[str, Any] = moto_patches.original(OWNER, "attributes").fget(self)
        if "RedrivePolicy" in found:
            found["RedrivePolicy"] = json.dumps(self.redrive_policy, separators=(",", ":"))
        return found

    def wait_for_messages(self: Any, timeout: float) -> None:
        cloud.clock.wait_on(self._messages_lock, lambda: bool(self.messages), timeout + AFTER_SECONDS)

    moto_patches.replace(OWNER, "_set_attributes", set_attributes)
    moto_patches.replace(OWNER, "attributes", property(attributes))
    moto_patches.replace(OWNER, "wait_for_messages", wait_for_messages)
