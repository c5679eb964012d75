"""The state bucket: made once, kept in order, never taken from somebody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest
from moto import mock_aws

from headend import bootstrap
from headend.aws import Aws
from headend.bootstrap import ensure_bucket
from headend.errors import UsageError

ACCOUNT = "123456789012"
BUCKET = f"headend-state-{ACCOUNT}-eu-central-1"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    for name, value in {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield Aws("eu-central-1")


def test_the_bucket_is_versioned_encrypted_and_closed(aws: Aws) -> None:
    done = ensure_bucket(aws, BUCKET, ACCOUNT, "aws")
    assert done[0] == f"made bucket {BUCKET}"
    s3 = aws.client("s3")
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    rule = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert all(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values())
    statement = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"][0]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == "eu-central-1"


def test_doing_it_again_changes_nothing(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_bucket(aws, BUCKET, ACCOUNT, "aws")
    sent: list[str] = []
    call = bootstrap._call
    monkeypatch.setattr(
        bootstrap, "_call", lambda client, operation, **rest: sent.append(operation) or call(client, operation, **rest)
    )
    assert ensure_bucket(aws, BUCKET, ACCOUNT, "aws") == []
    assert sent == []


def test_what_somebody_changed_is_put_right_and_told(aws: Aws) -> None:
    ensure_bucket(aws, BUCKET, ACCOUNT, "aws")
    aws.client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    aws.client("s3").delete_bucket_policy(Bucket=BUCKET)
    assert ensure_bucket(aws, BUCKET, ACCOUNT, "aws") == [f"{BUCKET}: versioned", f"{BUCKET}: TLS only"]


def test_us_east_1_takes_no_location(aws: Aws) -> None:
    aws.region = "us-east-1"
    assert ensure_bucket(aws, "headend-state-x", ACCOUNT, "aws")[0] == "made bucket headend-state-x"


def test_an_endpoint_without_tls_is_not_locked_out(aws: Aws) -> None:
    aws.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})

    class Plain(Aws):
        endpoint = "http://127.0.0.1:5000"  # type: ignore[assignment]

        def client(self, service: str, region: str | None = None) -> Any:
            return aws.client(service, region)

    assert f"{BUCKET}: TLS only" not in ensure_bucket(Plain("eu-central-1"), BUCKET, ACCOUNT, "aws")


def test_a_bucket_of_somebody_else_is_refused(aws: Aws) -> None:
    class Forbidden(Aws):
        def client(self, service: str, region: str | None = None) -> Any:
            return self

        def head_bucket(self, Bucket: str) -> None:  # noqa: N803 - boto3
            response: Any = {"Error": {"Code": "403"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
            raise botocore.exceptions.ClientError(response, "HeadBucket")

    with pytest.raises(UsageError, match=f"bucket {BUCKET}: no access"):
        ensure_bucket(Forbidden("eu-central-1"), BUCKET, ACCOUNT, "aws")


def test_every_bucket_name_fits_s3(tmp_path: Path) -> None:
    from headend.config import media_connect_regions

    assert all(len(f"headend-state-{ACCOUNT}-{region}") <= 63 for region in media_connect_regions())
