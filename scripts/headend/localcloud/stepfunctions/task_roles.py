"""State machines' tasks act in the role of their state machine: each role has clients of its own.

A task's `Credentials` names another role, which is then taken without asking its trust policy.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/concept-create-iam-advanced.html
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from headend.localcloud import moto_patches
from headend.localcloud.iam.identity import Identity
from headend.localcloud.service_clients import Clients

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer


def install(cloud: LocalCloudServer) -> None:
    """Give moto's interpreter clients that sign with a session of the role that a task runs in."""
    identity = cloud.part(Identity)
    clients = Clients(
        cloud.endpoint,
        lambda role: identity.session(role, f"states-{secrets.token_hex(12)}"),
        cloud.clock.number,
    )

    def boto_client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        return clients.client(service, region, role_arn=state_credentials.role_arn if state_credentials else "")

    for module in moto_patches.CLIENT_USERS:
        moto_patches.replace(module, "boto_client_for", boto_client_for)
