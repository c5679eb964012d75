"""The gate: every AWS request is that of its caller, and is answered only when the caller may do what it asks for.

The administrator (access key `local`) may do everything that no resource's policy denies; its requests are looked at
only where such a policy, or a key's, could matter. What is not signed passes: what answers decides on that itself.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/intro-structure.html
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from werkzeug.wrappers import Response

from headend.localcloud import moto_patches
from headend.localcloud.aws_request import AwsRequest
from headend.localcloud.faults.fault_answers import answer
from headend.localcloud.iam import key_uses
from headend.localcloud.iam.access_denied import (
    AccessDenied,
    InvalidCredentials,
    code_and_status,
    is_query_compatible,
    key_code,
)
from headend.localcloud.iam.identity import Identity
from headend.localcloud.iam.request_actions import needs

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

BUCKET = "moto.s3.models:FakeBucket"
SWITCH = "HEADEND_BENCH_IDENTITY"
"""`off` in the server's environment leaves requests unauthorised: for the benchmark, which tells what it costs."""
CALLER = "headend.principal"
"""Where a request's environment holds its Principal, for those who answer it."""
SECURE_TRANSPORT = "headend.secure_transport"
"""Where an origin's gate says whether a request came over TLS; others are taken to have come over it."""
PLAIN = {"aws:SecureTransport": "false"}
OVER_HTTP_ONLY = {"Bool": PLAIN}
"""The condition of denials that do not matter to who comes over TLS."""


class Gate:
    """Authorises requests before they are answered."""

    def __init__(self, cloud: LocalCloudServer, identity: Identity) -> None:
        self._cloud = cloud
        self._identity = identity

    def __call__(self, request: AwsRequest) -> Response | None:
        """None when the caller may; the service's refusal otherwise."""
        if not request.service:
            return None
        try:
            who = self._identity.caller(request)
            request.environ[CALLER] = who
            over = transport(request.environ)
            plain = over == PLAIN
            if who.kind == "Administrator" and not plain and not self._matters(request.service, request.region):
                return None
            for need in needs(request, self._cloud.account_id):
                self._identity.authorise(who, need.action, need.resource, {**need.context, **over})
            key_uses.authorise(self._cloud, who, request)
        except AccessDenied as refusal:
            through = request.service != "kms" and refusal.question.action.startswith("kms:")
            return refused(request, *(key_code if through else code_and_status)(request.service), str(refusal))
        except InvalidCredentials as error:
            return refused(request, *code_and_status(request.service, error.problem), str(error))
        return None

    def _matters(self, service: str, region: str) -> bool:
        """Whether the policy of a resource of this service could keep the administrator out, or its key's."""
        if service in ("kms", "sts"):
            return True
        find = GUARDED.get(service)
        return find is not None and any(key or may_deny(policy) for policy, key in find(self._cloud.account_id, region))


def transport(environ: Mapping[str, Any]) -> dict[str, str]:
    """The condition key that says whether a request came over TLS, where that is known.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    secure = environ.get(SECURE_TRANSPORT)
    return {} if secure is None else {"aws:SecureTransport": "true" if secure else "false"}


Guards = Iterable[tuple[Any, Any]]


def _queues(account: str, region: str) -> Guards:
    return [(one._policy_json, one.kms_master_key_id) for one in list(sqs_backends[account][region].queues.values())]


def _topics(account: str, region: str) -> Guards:
    return [(one._policy_json, one.kms_master_key_id) for one in list(sns_backends[account][region].topics.values())]


def _buckets(account: str, _: str) -> Guards:
    return [(one.policy, one.encryption) for one in list(s3_backends[account]["aws"].buckets.values())]


def _secrets(account: str, region: str) -> Guards:
    held = list(secretsmanager_backends[account][region].secrets.values())
    return [(one.policy, str(one.kms_key_id or "alias/aws/").find("alias/aws/") < 0) for one in held]


GUARDED: Mapping[str, Callable[[str, str], Guards]] = {
    "s3": _buckets,
    "secretsmanager": _secrets,
    "sns": _topics,
    "sqs": _queues,
}
"""Signing name → (policy, key) of each of the service's resources in a Region."""


def may_deny(policy: Any) -> bool:
    """Whether a policy, as text or document, holds a denial of more than plain HTTP."""
    if not policy:
        return False
    if isinstance(policy, str | bytes):
        if b"Deny" not in policy if isinstance(policy, bytes) else "Deny" not in policy:
            return False
        policy = json.loads(policy)
    statements = policy.get("Statement") or []
    statements = [statements] if isinstance(statements, dict) else statements
    return any(one.get("Effect") == "Deny" and one.get("Condition") != OVER_HTTP_ONLY for one in statements)


def refused(request: AwsRequest, code: str, status: int, message: str) -> Response:
    """The refusal in the request's protocol."""
    response = answer(request, code, message, status)
    if is_query_compatible(request.service):  # services that left the query protocol kept its codes
        response.headers["x-amzn-query-error"] = f"{code};Sender"
    return response


def install(cloud: LocalCloudServer) -> None:
    """Ask Identity about each request, bucket policies included: moto would take conditions for met that are not."""

    def permission(self: Any, action: str, resource: str) -> PermissionResult:
        found = moto_patches.original(BUCKET, "get_permission")(self, action, resource)
        return PermissionResult.NEUTRAL if found is PermissionResult.DENIED else found

    moto_patches.replace(BUCKET, "get_permission", permission)
    if os.environ.get(SWITCH) == "off":
        return
    cloud.add_gate(Gate(cloud, cloud.part(Identity)))
