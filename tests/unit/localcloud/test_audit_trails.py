"""Trails in the local cloud."""

from __future__ import annotations

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from .conftest import RunningCloud


@pytest.mark.parametrize("by", ["Name", "TrailARN"])
def test_a_trail_is_deleted_by_its_name_and_by_its_arn(cloud: RunningCloud, by: str) -> None:
    name = f"trail-{uuid.uuid4().hex[:8]}"
    cloud.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    admitted = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:*"}
    policy = {"Statement": [{**admitted, "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]}]}
    cloud.client("s3").put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    trail = cloud.client("cloudtrail").create_trail(Name=name, S3BucketName=name)
    cloud.client("cloudtrail").delete_trail(Name=trail[by])
    assert name not in [one["Name"] for one in cloud.client("cloudtrail").list_trails()["Trails"]]


def test_a_trail_that_is_not_there_is_not_found(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError) as error:
        cloud.client("cloudtrail").delete_trail(Name="nothing")
    assert error.value.response["Error"]["Code"] == "TrailNotFoundException"
