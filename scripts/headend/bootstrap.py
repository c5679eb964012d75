"""What has to exist before Terraform can run: the bucket for its state. Doing it again changes nothing.

The bucket belongs to an account and a Region and holds one key for each deployment. It is versioned and encrypted, closes
itself to the public and to requests without TLS, and is kept by `headend destroy`, as is the budget.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import botocore.exceptions

from headend.aws import Aws
from headend.errors import HeadendError, UsageError

KEPT_NONCURRENT_DAYS = 90
_TLS_ONLY = "TLS only"
Settings = dict[str, Any]


@dataclass(frozen=True)
class _Setting:
    """One thing that a bucket is told: how to ask for it, and how to set it."""

    name: str
    get: str
    put: str
    wanted: Callable[[dict[str, Any]], bool]
    argument: Settings


def ensure_bucket(aws: Aws, bucket: str, account_id: str, partition: str) -> list[str]:
    """Make the bucket, or bring it into order; returns what was done, one line each, empty where all was right.

    An endpoint without TLS (the local cloud's) gets no TLS-only policy: it would refuse everybody, Terraform too.
    """
    client = aws.client("s3")
    done = []
    if not _exists(client, bucket):
        _create(client, bucket, aws.region)
        done.append(f"made bucket {bucket}")
    for setting in _settings(bucket, account_id, partition):
        if setting.name == _TLS_ONLY and (aws.endpoint or "").startswith("http://"):
            continue
        if not _is_set(client, bucket, setting):
            _call(client, setting.put, Bucket=bucket, ExpectedBucketOwner=account_id, **setting.argument)
            done.append(f"{bucket}: {setting.name}")
    return done


def bucket_exists(aws: Aws, bucket: str) -> bool:
    """Whether the bucket is there and ours. Raises UsageError where somebody else has it."""
    return _exists(aws.client("s3"), bucket)


def _exists(client: Any, bucket: str) -> bool:
    try:
        client.head_bucket(Bucket=bucket)
    except botocore.exceptions.ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == 404:
            return False
        if status == 403:
            raise UsageError(f"bucket {bucket}: no access; it needs s3:ListBucket, and must be this account's") from None
        raise HeadendError(f"bucket {bucket}: {_line(error)}") from None
    return True


def _create(client: Any, bucket: str, region: str) -> None:
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    _call(client, "create_bucket", Bucket=bucket, **place)


def _settings(bucket: str, account_id: str, partition: str) -> Iterator[_Setting]:
    policy = _tls_only(bucket, partition)
    public = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
    encryption = {
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}]
    }
    lifecycle = {
        "Rules": [
            {
                "ID": "old-states",
                "Status": "Enabled",
                "Filter": {"Prefix": ""},
                "NoncurrentVersionExpiration": {"NoncurrentDays": KEPT_NONCURRENT_DAYS},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            }
        ]
    }
    yield _Setting(
        "versioned",
        "get_bucket_versioning",
        "put_bucket_versioning",
        lambda answer: answer.get("Status") == "Enabled",
        {"VersioningConfiguration": {"Status": "Enabled"}},
    )
    yield _Setting(
        "encrypted",
        "get_bucket_encryption",
        "put_bucket_encryption",
        lambda answer: _algorithm(answer) == "aws:kms",
        {"ServerSideEncryptionConfiguration": encryption},
    )
    yield _Setting(
        "closed to the public",
        "get_public_access_block",
        "put_public_access_block",
        lambda answer: answer["PublicAccessBlockConfiguration"] == public,
        {"PublicAccessBlockConfiguration": public},
    )
    yield _Setting(
        _TLS_ONLY,
        "get_bucket_policy",
        "put_bucket_policy",
        lambda answer: bool(json.loads(answer["Policy"]) == policy),
        {"Policy": json.dumps(policy)},
    )
    yield _Setting(
        f"old states kept {KEPT_NONCURRENT_DAYS} days",
        "get_bucket_lifecycle_configuration",
        "put_bucket_lifecycle_configuration",
        lambda answer: [rule["ID"] for rule in answer["Rules"]] == ["old-states"],
        {"LifecycleConfiguration": lifecycle},
    )


def _algorithm(answer: dict[str, Any]) -> str:
    rule = answer["ServerSideEncryptionConfiguration"]["Rules"][0]
    return str(rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"])


def _tls_only(bucket: str, partition: str) -> dict[str, Any]:
    arn = f"arn:{partition}:s3:::{bucket}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }


def _is_set(client: Any, bucket: str, setting: _Setting) -> bool:
    """Whether the bucket has it; S3 answers 404 where it was never set."""
    try:
        return setting.wanted(getattr(client, setting.get)(Bucket=bucket))
    except botocore.exceptions.ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise HeadendError(f"bucket {bucket}: {_line(error)}") from None


def _call(client: Any, operation: str, **arguments: Any) -> None:
    try:
        getattr(client, operation)(**arguments)
    except botocore.exceptions.ClientError as error:
        raise HeadendError(f"bucket {arguments['Bucket']}: {operation.replace('_', ' ')}: {_line(error)}") from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
