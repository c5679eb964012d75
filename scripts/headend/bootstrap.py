"""What has to exist before Terraform can run: the bucket for its state. Doing it again changes nothing.

The bucket belongs to an account and a Region and holds one key for each deployment. It is versioned and encrypted,
closes itself to the public and to requests without TLS, and is kept by `headend destroy`, as is the budget.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.exceptions

from headend.aws import Aws
from headend.errors import HeadendError, UsageError, one_line
from headend.plan_report import report
from headend.session import Session, state_bucket
from headend.terraform import Terraform

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


def bootstrap(session: Session) -> list[str]:
    """All of it for one environment; returns what was done, one line each."""
    if session.environment.backend != "s3":
        return []
    partition = session.identity.arn.split(":")[1]
    done = ensure_bucket(session.aws, state_bucket(session.config), session.identity.account, partition)
    root = session.environment.root / "envs" / "bootstrap"
    return done + (_apply_root(session, root) if any(root.glob("*.tf")) else [])


def _apply_root(session: Session, root: Path) -> list[str]:
    """Apply the bootstrap root for this environment; its state lies beside the environment's own."""
    config = session.config
    variables = {**session.aws.environment, "TF_VAR_config_file": str(session.environment.config_file)}
    name = f"bootstrap-{session.environment.name}"
    work = session.environment.work_dir.with_name(name)
    terraform = Terraform(root, work, variables, session.tell, name)
    backend = {"bucket": state_bucket(config), "key": f"{config.name}/bootstrap.tfstate", "region": config.region}
    terraform.init(backend)
    plan = work / "plan.tfplan"
    changed = terraform.plan(plan)
    found = report(terraform.show_json(plan))
    if changed:
        terraform.apply(plan)
    plan.unlink(missing_ok=True)
    return [f"{change.action} {change.address}" for change in found.changes]


def ensure_bucket(aws: Aws, bucket: str, account_id: str, partition: str) -> list[str]:
    """Make the bucket, or bring it into order; returns what was done, one line each, empty where all was right.

    An endpoint without TLS (the local cloud's) gets no TLS-only policy: it would refuse everybody, Terraform too.
    """
    client = aws.client("s3")
    done = []
    if not _exists(client, bucket):
        _create(client, bucket, aws.region)
        done.append(f"made bucket {bucket}")
    for setting in _settings(bucket, partition):
        if setting.name == _TLS_ONLY and (aws.endpoint or "").startswith("http://"):
            continue
        if not _is_set(client, bucket, setting):
            _call(client, setting.put, Bucket=bucket, ExpectedBucketOwner=account_id, **setting.argument)
            done.append(f"{bucket}: {setting.name}")
    return done


def _exists(client: Any, bucket: str) -> bool:
    try:
        client.head_bucket(Bucket=bucket)
    except botocore.exceptions.ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == 404:
            return False
        if status == 403:
            raise UsageError(
                f"bucket {bucket}: no access; it needs s3:ListBucket, and must be this account's"
            ) from None
        raise HeadendError(f"bucket {bucket}: {one_line(error)}") from None
    return True


def _create(client: Any, bucket: str, region: str) -> None:
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    _call(client, "create_bucket", Bucket=bucket, **place)


def _settings(bucket: str, partition: str) -> Iterator[_Setting]:
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
        raise HeadendError(f"bucket {bucket}: {one_line(error)}") from None


def _call(client: Any, operation: str, **arguments: Any) -> None:
    try:
        getattr(client, operation)(**arguments)
    except botocore.exceptions.ClientError as error:
        raise HeadendError(f"bucket {arguments['Bucket']}: {operation.replace('_', ' ')}: {one_line(error)}") from None
