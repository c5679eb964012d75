"""What a destroy would stop at: data in buckets, and in Athena's workgroups."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from headend.aws import Aws
from headend.destroy import destroy
from headend.errors import HeadendError, UsageError
from headend.kept_data import Kept, kept_data, remedy
from headend.session import Session
from headend.state import Resource

REGION = "eu-central-1"
ACCESS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.fixture
def aws() -> Iterator[Aws]:
    """An account with the bucket `hosts` and the workgroup `hosts`."""
    with mock_aws():
        made = Aws(REGION, ACCESS)
        s3 = made.client("s3")
        s3.create_bucket(Bucket="hosts", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket="hosts", VersioningConfiguration={"Status": "Enabled"})
        made.client("athena").create_work_group(Name="hosts", Configuration={})
        yield made


def resource(kind: str, identity: str, **attributes: Any) -> Resource:
    return Resource(f"{kind}.this", kind, "aws", {"id": identity, **attributes})


def state(force_destroy: bool = False) -> list[Resource]:
    kinds = ("aws_s3_bucket", "aws_athena_workgroup")
    return [resource(kind, "hosts", force_destroy=force_destroy) for kind in kinds] + [resource("aws_sqs_queue", "q")]


def names(aws: Aws, found: list[Resource]) -> list[str]:
    return [one.what for one in kept_data(aws, found)]


def save_query(aws: Aws) -> str:
    made = aws.client("athena").create_named_query(Name="mine", Database="d", QueryString="SELECT 1", WorkGroup="hosts")
    return str(made["NamedQueryId"])


def test_an_empty_bucket_and_an_unused_workgroup_are_nothing_to_stop_at(aws: Aws) -> None:
    assert names(aws, state()) == []


def test_an_object_is_data_and_so_is_one_that_was_deleted_but_has_versions(aws: Aws) -> None:
    s3 = aws.client("s3")
    s3.put_object(Bucket="hosts", Key="raw/1.json", Body=b"1")
    assert names(aws, state()) == ["bucket hosts"]
    s3.delete_object(Bucket="hosts", Key="raw/1.json")
    assert names(aws, state()) == ["bucket hosts"]


def test_an_object_that_the_state_holds_goes_with_it_and_is_nothing_to_stop_at(aws: Aws) -> None:
    manifest = resource("aws_s3_object", "live/index.m3u8", bucket="hosts", key="live/index.m3u8")
    for body in (b"1", b"2"):
        aws.client("s3").put_object(Bucket="hosts", Key="live/index.m3u8", Body=body)
    assert names(aws, [*state(), manifest]) == []
    aws.client("s3").put_object(Bucket="hosts", Key="live/high_1.ts", Body=b"1")
    assert names(aws, [*state(), manifest]) == ["bucket hosts"]


@pytest.mark.parametrize(
    ("module", "setting", "file"),
    [
        ("module.live[0].module.primary.module.origin", "live.s3.force_destroy: true", "config.yaml"),
        ("module.metrics_pipeline[0]", "metrics_pipeline.bucket.force_destroy: true", "config.yaml"),
        ("module.guardrails", "guardrails' audit_trail.delete_files_on_destroy = true", "main.tf"),
        ("module.mine", "force_destroy = true for module.mine.aws_s3_bucket.this", "main.tf"),
    ],
)
def test_each_bucket_names_the_setting_by_which_it_is_deleted_with_what_is_in_it(
    aws: Aws, module: str, setting: str, file: str
) -> None:
    aws.client("s3").put_object(Bucket="hosts", Key="live/high_1.ts", Body=b"1")
    bucket = Resource(f"{module}.aws_s3_bucket.this", "aws_s3_bucket", "aws", {"id": "hosts"})
    assert kept_data(aws, [bucket]) == [Kept("bucket hosts", setting, file)]


def test_a_refusal_says_once_what_is_to_be_set_in_each_file() -> None:
    kept = [Kept("bucket a", "x: true"), Kept("workgroup a", "x: true"), Kept("bucket b", "y = true", "main.tf")]
    assert remedy(kept, "envs/dev") == "x: true in envs/dev/config.yaml; y = true in envs/dev/main.tf"


def test_queries_that_were_run_or_saved_by_somebody_keep_a_workgroup(aws: Aws) -> None:
    saved = save_query(aws)
    assert names(aws, state()) == ["Athena workgroup hosts"]
    assert names(aws, [*state(), resource("aws_athena_named_query", saved)]) == []
    location = {"OutputLocation": "s3://hosts/athena/"}
    aws.client("athena").start_query_execution(QueryString="SELECT 1", WorkGroup="hosts", ResultConfiguration=location)
    assert "Athena workgroup hosts" in names(aws, [*state(), resource("aws_athena_named_query", saved)])


def test_what_may_be_deleted_with_its_data_is_not_asked_for(aws: Aws) -> None:
    aws.client("s3").put_object(Bucket="hosts", Key="raw/1.json", Body=b"1")
    save_query(aws)
    assert names(aws, state(force_destroy=True)) == []


def test_what_is_already_gone_is_nothing_to_stop_at(aws: Aws) -> None:
    assert names(aws, [resource("aws_s3_bucket", "gone")]) == []


def test_a_bucket_that_cannot_be_looked_at_stops_the_destroy(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    client = aws.client("s3")
    refused = ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "ListObjectVersions")

    def refuse(*_: Any) -> None:
        raise refused

    monkeypatch.setattr(client, "get_paginator", refuse)
    monkeypatch.setattr(aws, "client", lambda _: client)
    with pytest.raises(HeadendError, match=r"cannot see whether hosts is empty: .*not you"):
        names(aws, state())


class Standing:
    """Terraform with a state that holds the bucket, which it may not destroy."""

    def pull_state(self) -> str:
        bucket = {"attributes": {"id": "hosts", "force_destroy": False}}
        kind = {"mode": "managed", "type": "aws_s3_bucket", "name": "this", "provider": "aws", "instances": [bucket]}
        return json.dumps({"version": 4, "resources": [{**kind, "module": "module.metrics_pipeline[0]"}]})

    def destroy(self) -> None:
        raise AssertionError("destroyed in spite of the data")


def test_a_destroy_refuses_before_anything_is_destroyed_and_says_what_to_change(aws: Aws, tmp_path: Path) -> None:
    aws.client("s3").put_object(Bucket="hosts", Key="raw/1.json", Body=b"1")
    environment = SimpleNamespace(name="dev", work_dir=tmp_path)
    session = SimpleNamespace(aws=aws, environment=environment, init=dict, tell=print, terraform=Standing())
    with pytest.raises(UsageError) as refused:
        destroy(cast(Session, session), stop_flows=True)
    assert str(refused.value) == (
        "not empty: bucket hosts; empty it, or have it deleted with what is in it: "
        "set metrics_pipeline.bucket.force_destroy: true in envs/dev/config.yaml, and apply"
    )
