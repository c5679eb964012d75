"""On whose behalf resources are made, read, changed and deleted: of the caller of Cloud Control or CloudFormation.

Both make the calls of the resource's own service with their caller's credentials, CloudFormation also in a role that
the caller hands to it. So a caller needs the permissions of that service as well.

Sources: https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/security-iam.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from headend.localcloud.cloudcontrol.cloud_control_handler import HandlerError
from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.iam.identity import Identity
from headend.localcloud.iam.policy_evaluation import Principal
from headend.localcloud.iam.request_actions import needs

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.aws_request import AwsRequest

_CALLER: ContextVar[Principal | None] = ContextVar("caller", default=None)


@dataclass(frozen=True)
class _Asked:
    """What permissions are read off: a call as if it had come over HTTP."""

    service: str
    region: str
    operation: str
    parameters: Mapping[str, Any]
    environ: Mapping[str, Any]


@contextmanager
def acting_for(who: Principal | None) -> Iterator[None]:
    """What handlers do in the block they do for `who`; for None nobody is asked."""
    token = _CALLER.set(who)
    try:
        yield
    finally:
        _CALLER.reset(token)


def current() -> Principal | None:
    """For whom this thread acts."""
    return _CALLER.get()


def authorise(
    cloud: LocalCloudServer, service: str, region: str, operation: str, parameters: Mapping[str, Any]
) -> None:
    """Let the caller do an operation of a service (its signing name). Raises HandlerError AccessDenied."""
    who = _CALLER.get()
    if who is None or who.kind == "Administrator":
        return
    asked = cast("AwsRequest", _Asked(service, region, operation, parameters, {}))
    try:
        for need in needs(asked, cloud.account_id):
            cloud.part(Identity).authorise(who, need.action, need.resource, need.context)
    except AccessDenied as error:
        raise HandlerError("AccessDenied", str(error)) from error
