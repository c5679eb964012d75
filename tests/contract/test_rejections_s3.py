"""What S3 rejects."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from contract.rejection import Ask, check, refused, unchecked
from running_cloud import REGION, RunningCloud

NAMES = "AmazonS3/latest/userguide/bucketnamingrules.html"
OWNERSHIP = "AmazonS3/latest/userguide/about-object-ownership.html"
POLICY = "AmazonS3/latest/API/API_PutBucketPolicy.html"
HERE = {"LocationConstraint": REGION}


def bucket(cloud: RunningCloud) -> str:
    made = f"b-{uuid.uuid4().hex[:12]}"
    cloud.client("s3").create_bucket(Bucket=made, CreateBucketConfiguration=HERE)
    return made


def named(name: str) -> Ask:
    return lambda cloud: unchecked(cloud, "s3").create_bucket(Bucket=name, CreateBucketConfiguration=HERE)


def twice(cloud: RunningCloud) -> object:
    return named(bucket(cloud))(cloud)


def without_place(cloud: RunningCloud) -> object:
    return cloud.client("s3").create_bucket(Bucket="no-place-for-this-bucket")


def delete_full(cloud: RunningCloud) -> object:
    made = bucket(cloud)
    cloud.client("s3").put_object(Bucket=made, Key="k", Body=b"b")
    return cloud.client("s3").delete_bucket(Bucket=made)


def delete_with_versions(cloud: RunningCloud) -> object:
    s3, made = cloud.client("s3"), bucket(cloud)
    s3.put_bucket_versioning(Bucket=made, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=made, Key="k", Body=b"b")
    s3.delete_object(Bucket=made, Key="k")
    return s3.delete_bucket(Bucket=made)


def policy(**changes: Any) -> Ask:
    def ask(cloud: RunningCloud) -> Any:
        made = bucket(cloud)
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{made}/*",
            **changes,
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return cloud.client("s3").put_bucket_policy(Bucket=made, Policy=document)

    return ask


def bucket_acl(cloud: RunningCloud) -> object:
    return cloud.client("s3").put_bucket_acl(Bucket=bucket(cloud), ACL="public-read")


def object_acl(cloud: RunningCloud) -> object:
    return cloud.client("s3").put_object(Bucket=bucket(cloud), Key="k", Body=b"b", ACL="public-read")


CASES = [
    refused("A bucket's name with capitals", named("Bucket"), "InvalidBucketName", "not valid", NAMES),
    refused("A bucket's name with an underscore", named("a_bucket"), "InvalidBucketName", "not valid", NAMES),
    refused("A bucket's name of two letters", named("ab"), "InvalidBucketName", "not valid", NAMES),
    refused("A bucket's name of 64 letters", named("b" * 64), "InvalidBucketName", "not valid", NAMES),
    refused("A bucket's name with two dots in a row", named("a..bucket"), "InvalidBucketName", "not valid", NAMES),
    refused("A bucket's name that ends in a hyphen", named("bucket-"), "InvalidBucketName", "not valid", NAMES),
    refused("A bucket's name that is an address", named("192.0.2.1"), "InvalidBucketName", "not valid", NAMES),
    refused("A bucket's name with a prefix of AWS's", named("xn--bucket"), "InvalidBucketName", "not valid", NAMES),
    refused(
        "A bucket that is there", twice, "BucketAlreadyOwnedByYou", "", "AmazonS3/latest/API/API_CreateBucket.html"
    ),
    refused(
        "A bucket without a location outside us-east-1",
        without_place,
        "IllegalLocationConstraintException",
        "",
        "AmazonS3/latest/API/API_CreateBucket.html",
    ),
    refused(
        "Deleting a bucket with an object",
        delete_full,
        "BucketNotEmpty",
        "not empty",
        "AmazonS3/latest/API/API_DeleteBucket.html",
    ),
    refused(
        "Deleting a bucket with old versions",
        delete_with_versions,
        "BucketNotEmpty",
        "not empty",
        "AmazonS3/latest/API/API_DeleteBucket.html",
    ),
    refused(
        "A bucket policy for another bucket",
        policy(Resource="arn:aws:s3:::another-bucket/*"),
        "MalformedPolicy",
        "invalid resource",
        POLICY,
    ),
    refused("A bucket policy without a principal", policy(Principal=None), "MalformedPolicy", "principal", POLICY),
    refused(
        "A bucket policy with a role that is not there",
        policy(Principal={"AWS": "arn:aws:iam::123456789012:role/never-made"}),
        "MalformedPolicy",
        "Invalid principal in policy",
        POLICY,
    ),
    refused(
        "A bucket policy with another service's action",
        policy(Action="sqs:SendMessage"),
        "MalformedPolicy",
        "invalid action",
        POLICY,
    ),
    refused(
        "An object action on the bucket alone", policy(Resource="bucket-itself"), "MalformedPolicy", "resource", POLICY
    ),
    refused(
        "An access control list on a new bucket",
        bucket_acl,
        "AccessControlListNotSupported",
        "does not allow ACLs",
        OWNERSHIP,
    ),
    refused(
        "An access control list on an object",
        object_acl,
        "AccessControlListNotSupported",
        "does not allow ACLs",
        OWNERSHIP,
    ),
]


@pytest.mark.parametrize(("ask", "code", "says"), CASES)
def test_s3_rejects(cloud: RunningCloud, ask: Ask, code: str, says: str) -> None:
    check(cloud, ask, code, says)
