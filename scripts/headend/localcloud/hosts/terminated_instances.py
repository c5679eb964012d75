"""A terminated instance takes the network interface with it that was made for it, as on AWS; in moto it stays.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configure-eni-delete-on-termination.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headend.localcloud import moto_patches

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

OWNER = "moto.ec2.models.instances:Instance"


def install(_: LocalCloudServer) -> None:
    """Mark the interface that comes with an instance when its request names none."""

    def prepare(self: Any, nic_spec: list[dict[str, Any]], *rest: Any, **more: Any) -> None:
        named = bool(nic_spec)
        moto_patches.original(OWNER, "prep_nics")(self, nic_spec, *rest, **more)
        for interface in self.nics.values():
            interface.delete_on_termination = interface.delete_on_termination or not named

    moto_patches.replace(OWNER, "prep_nics", prepare)
