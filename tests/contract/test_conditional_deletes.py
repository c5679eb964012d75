"""What the dead man's switch of a live origin builds on: deletes by ETag, and messages that wait in their queue."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from running_cloud import REGION, RunningCloud, until

DELETES = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html"
ENFORCED = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-delete-enforce.html"
DELAYS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html"
KEY = "live/primary_p720.m3u8"


@pytest.fixture
def bucket(cloud: RunningCloud) -> str:
    name = f"origin-{uuid.uuid4().hex[:8]}"
    cloud.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


def put(cloud: RunningCloud, bucket: str, text: str, key: str = KEY) -> str:
    """Write an object; its ETag."""
    return str(cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=text.encode())["ETag"])


def keys(cloud: RunningCloud, bucket: str) -> list[str]:
    return [one["Key"] for one in cloud.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])]


def refusal(act: Callable[..., Any], **parameters: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as refused:
        act(**parameters)
    response = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.contract("An object is deleted only while it has the ETag that is asked for", source=DELETES)
def test_the_etag_decides(cloud: RunningCloud, bucket: str) -> None:
    s3 = cloud.client("s3")
    old, new = put(cloud, bucket, "1"), put(cloud, bucket, "2")
    assert refusal(s3.delete_object, Bucket=bucket, Key=KEY, IfMatch=old) == ("PreconditionFailed", 412)
    assert keys(cloud, bucket) == [KEY]
    assert s3.delete_object(Bucket=bucket, Key=KEY, IfMatch=new)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert keys(cloud, bucket) == []


@pytest.mark.contract("Asked by its ETag, an object that is not there is told so", source=DELETES)
def test_a_gone_object(cloud: RunningCloud, bucket: str) -> None:
    s3 = cloud.client("s3")
    etag = put(cloud, bucket, "1")
    s3.delete_object(Bucket=bucket, Key=KEY, IfMatch=etag)
    assert refusal(s3.delete_object, Bucket=bucket, Key=KEY, IfMatch=etag) == ("NoSuchKey", 404)


@pytest.mark.contract("A write at the same moment as a delete of what was there before is never lost", source=DELETES)
def test_a_race(cloud: RunningCloud, bucket: str) -> None:
    """Either the delete is first, or it finds another ETag or a conflict: what was written is there in all cases."""
    writer, deleter = cloud.new_client("s3"), cloud.new_client("s3")
    for number in range(20):
        old = put(cloud, bucket, f"old {number}")
        both = threading.Barrier(2)

        def write(text: str, both: threading.Barrier = both) -> None:
            both.wait(timeout=30)
            writer.put_object(Bucket=bucket, Key=KEY, Body=text.encode())

        thread = threading.Thread(target=write, args=(f"new {number}",))
        thread.start()
        both.wait(timeout=30)
        try:
            deleter.delete_object(Bucket=bucket, Key=KEY, IfMatch=old)
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (409, 412)
        thread.join(timeout=30)
        assert cloud.client("s3").get_object(Bucket=bucket, Key=KEY)["Body"].read() == f"new {number}".encode()


def in_role(cloud: RunningCloud, *statements: dict[str, Any]) -> Any:
    """A client of S3 in a new role with these permissions."""
    account = cloud.client("sts").get_caller_identity()["Account"]
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    role = cloud.role(
        f"expire-{uuid.uuid4().hex[:8]}",
        policy={"Version": "2012-10-17", "Statement": list(statements)},
        trust={"Version": "2012-10-17", "Statement": [trust]},
    )
    got = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="expire")["Credentials"]
    return boto3.client(
        "s3",
        region_name=REGION,
        endpoint_url=cloud.server.endpoint,
        aws_access_key_id=got["AccessKeyId"],
        aws_secret_access_key=got["SecretAccessKey"],
        aws_session_token=got["SessionToken"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def allow(action: str, bucket: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": f"arn:aws:s3:::{bucket}/live/*", **more}


@pytest.mark.contract("To delete by ETag, s3:GetObject is needed too", source=ENFORCED)
def test_permissions(cloud: RunningCloud, bucket: str) -> None:
    etag = put(cloud, bucket, "1")
    deletes = allow("s3:DeleteObject", bucket)
    without = in_role(cloud, deletes)
    assert refusal(without.delete_object, Bucket=bucket, Key=KEY, IfMatch=etag) == ("AccessDenied", 403)
    in_role(cloud, deletes, allow("s3:GetObject", bucket)).delete_object(Bucket=bucket, Key=KEY, IfMatch=etag)
    assert keys(cloud, bucket) == []


@pytest.mark.contract("A policy can ask for If-Match in every delete", source=ENFORCED)
def test_an_unconditional_delete_can_be_refused(cloud: RunningCloud, bucket: str) -> None:
    etag = put(cloud, bucket, "1")
    only = allow("s3:DeleteObject", bucket, Condition={"Null": {"s3:if-match": "false"}})
    s3 = in_role(cloud, only, allow("s3:GetObject", bucket))
    assert refusal(s3.delete_object, Bucket=bucket, Key=KEY) == ("AccessDenied", 403)
    s3.delete_object(Bucket=bucket, Key=KEY, IfMatch=etag)
    assert keys(cloud, bucket) == []


@pytest.mark.contract("A queue's delay holds S3's notifications back from its function", source=DELAYS)
def test_a_delay_queue(cloud: RunningCloud, bucket: str) -> None:
    told, _ = cloud.queue(f"{bucket}-told")
    waiting, arn = cloud.queue(f"{bucket}-waiting", DelaySeconds="60", VisibilityTimeout="60")
    code = f"""
import json, boto3
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl={told!r}, MessageBody=json.dumps(event))
"""
    cloud.client("lambda").create_event_source_mapping(FunctionName=cloud.function(code), EventSourceArn=arn)
    cloud.client("s3").put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]},
    )
    cloud.step(61)
    test = json.loads(cloud.receive(told)["Body"])["Records"][0]
    assert json.loads(test["body"])["Event"] == "s3:TestEvent"
    etag = put(cloud, bucket, "1").strip('"')
    until(lambda: delayed(cloud, waiting) == 1)
    cloud.step(50)
    assert "Messages" not in cloud.client("sqs").receive_message(QueueUrl=told)
    cloud.step(11)
    [record] = json.loads(cloud.receive(told)["Body"])["Records"]
    [stored] = json.loads(record["body"])["Records"]
    assert stored["s3"]["object"]["eTag"] == etag


def delayed(cloud: RunningCloud, url: str) -> int:
    """How many messages of a queue wait for its delay."""
    name = "ApproximateNumberOfMessagesDelayed"
    got = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"]
    return int(got[name])
