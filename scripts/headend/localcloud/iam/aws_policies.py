"""The managed policies of AWS itself, from moto's copy of them: put into IAM when somebody first names or lists one.

moto can load them at its start only; a local cloud that never sees one starts quicker without.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html#aws-managed-policies
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy

from headend.localcloud.iam.identity_policies import AWS_POLICY, backend

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.aws_request import AwsRequest

_lock = threading.Lock()
LISTING = (b"Action=ListPolicies", b"Action=GetAccountAuthorizationDetails")


def ensure(account: str) -> None:
    """Have AWS's policies in the account's IAM."""
    held = backend(account)
    with _lock:
        if any(arn.startswith(AWS_POLICY) for arn in held.managed_policies):
            return
        for name, data in json.loads(aws_managed_policies_data).items():
            policy = AWSManagedPolicy.from_data(name, account, held.region_name, data)
            held.aws_managed_policies.append(policy)
            held.managed_policies[policy.arn] = policy


def install(cloud: LocalCloudServer) -> None:
    """Load them for the first request that needs them."""

    def gate(request: AwsRequest) -> None:
        if request.service not in ("iam", "sts") or not request.is_form:
            return
        body = request.body
        if b"%3Aaws%3Apolicy%2F" in body or any(one in body for one in LISTING):
            ensure(cloud.account_id)

    cloud.add_gate(gate)
