"""What S3 rejects and moto lets pass: names, policies that do not fit the bucket, access control lists.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from moto.s3.models import s3_backends

from headend.localcloud.rejections import policy_checks
from headend.localcloud.rejections.rejection import Rejected

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.aws_request import AwsRequest

NAME = re.compile(r"(?!.*\.\.)(?!(\d+\.){3}\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
HARMLESS = frozenset({"bucket-owner-full-control", "private"})
"""Canned lists that say what is so without lists too. `private` is refused on objects of others only."""


def create_bucket(_cloud: LocalCloudServer, request: AwsRequest) -> None:
    """The name, and a list for a bucket that will have none."""
    name = str(request.parameters.get("Bucket", ""))
    if not NAME.fullmatch(name) or name.startswith(PREFIXES) or name.endswith(SUFFIXES):
        raise Rejected("InvalidBucketName", "The specified bucket is not valid.")
    ownership = request.parameters.get("ObjectOwnership", "BucketOwnerEnforced")
    if ownership == "BucketOwnerEnforced" and str(request.parameters.get("ACL", "private")) != "private":
        text = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        raise Rejected("InvalidBucketAclWithObjectOwnership", text)


def access_control_list(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """Buckets have no access control lists unless their owner says so; new ones never have since April 2023."""
    bucket = _bucket(cloud, request)
    if bucket is None or not _without_lists(bucket):
        return
    given = request.parameters
    grants = any(str(name).startswith("Grant") for name in given)
    wanted = given.get("ACL")
    on_bucket = request.operation == "PutBucketAcl"
    if grants or (wanted is not None and wanted not in HARMLESS) or (on_bucket and given.get("AccessControlPolicy")):
        raise Rejected("AccessControlListNotSupported", "The bucket does not allow ACLs")


def put_bucket_policy(_cloud: LocalCloudServer, request: AwsRequest) -> None:
    """It is a policy of S3's about this bucket, for principals that exist."""
    bucket = str(request.parameters.get("Bucket", ""))
    text = request.parameters.get("Policy")
    try:
        found = policy_checks.statements(text.decode() if isinstance(text, bytes) else str(text))
    except ValueError as error:
        text = "Policies must be valid JSON and the first byte must be '{'"
        raise Rejected("MalformedPolicy", text) from error
    for statement in found:
        _check_statement(bucket, statement)


def _check_statement(bucket: str, statement: dict[str, Any]) -> None:
    if not statement.get("Principal") and not statement.get("NotPrincipal"):
        raise Rejected("MalformedPolicy", "Missing required field Principal: a bucket policy names its principal")
    if policy_checks.invalid_principal(statement):
        raise Rejected("MalformedPolicy", "Invalid principal in policy")
    for action in policy_checks.values(statement.get("Action")):
        if action != "*" and not action.lower().startswith("s3:"):
            raise Rejected("MalformedPolicy", "Policy has invalid action")
    own = f"arn:aws:s3:::{bucket}"
    for resource in policy_checks.values(statement.get("Resource")):
        if resource != own and not resource.startswith((f"{own}/", f"{own}*")):
            raise Rejected("MalformedPolicy", "Policy has invalid resource")


def _bucket(cloud: LocalCloudServer, request: AwsRequest) -> Any:
    return s3_backends[cloud.account_id]["aws"].buckets.get(str(request.parameters.get("Bucket", "")))


def _without_lists(bucket: Any) -> bool:
    ownership = getattr(bucket, "ownership_rule", None)
    return ownership is None or "BucketOwnerEnforced" in str(ownership)


CHECKS = {
    "CopyObject": access_control_list,
    "CreateBucket": create_bucket,
    "CreateMultipartUpload": access_control_list,
    "PutBucketAcl": access_control_list,
    "PutBucketPolicy": put_bucket_policy,
    "PutObject": access_control_list,
    "PutObjectAcl": access_control_list,
}
