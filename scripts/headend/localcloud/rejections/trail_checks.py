"""CloudTrail tries a trail's bucket, key, topic and log group when the trail is made or changed.

Sources: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.cloudtrail.models import cloudtrail_backends
from moto.s3.models import s3_backends

from headend.localcloud.aws_request import AwsRequest
from headend.localcloud.iam import key_policies, senders
from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.iam.senders import TRAILS, Sender
from headend.localcloud.rejections.check_refusal import Refusal

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

FIELDS = {
    "S3BucketName": "bucket_name",
    "S3KeyPrefix": "s3_key_prefix",
    "SnsTopicName": "sns_topic_name",
    "CloudWatchLogsLogGroupArn": "cw_log_group_arn",
    "CloudWatchLogsRoleArn": "cw_role_arn",
    "KmsKeyId": "kms_key_id",
}
"""Parameter of CreateTrail → what moto calls it."""


def create_trail(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """Raise Refusal unless CloudTrail can do for this trail what it is asked for."""
    _check(cloud, request.region, dict(request.parameters))


def update_trail(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """The same, with what the trail has and keeps."""
    asked = dict(request.parameters)
    asked["Name"] = str(asked.get("Name", "")).rpartition(":trail/")[2]
    trail = cloudtrail_backends[cloud.account_id][request.region].trails.get(asked["Name"])
    if trail is not None:
        kept = {name: getattr(trail, field) for name, field in FIELDS.items()}
        _check(cloud, request.region, {**kept, **asked})


def _check(cloud: LocalCloudServer, region: str, asked: dict[str, Any]) -> None:
    trail = Sender(TRAILS, f"arn:aws:cloudtrail:{region}:{cloud.account_id}:trail/{asked.get('Name', '')}")
    _bucket(cloud, trail, str(asked.get("S3BucketName") or ""), str(asked.get("S3KeyPrefix") or ""))
    topic = str(asked.get("SnsTopicName") or "")
    if topic:
        _topic(cloud, trail, topic if topic.startswith("arn:") else f"arn:aws:sns:{region}:{cloud.account_id}:{topic}")
    key = str(asked.get("KmsKeyId") or "")
    if key:
        _key(cloud, trail, key, str(asked.get("S3BucketName") or ""))
    group = str(asked.get("CloudWatchLogsLogGroupArn") or "")
    if group:
        _log_group(cloud, trail, group, str(asked.get("CloudWatchLogsRoleArn") or ""))


def _bucket(cloud: LocalCloudServer, trail: Sender, bucket: str, prefix: str) -> None:
    if bucket not in s3_backends[cloud.account_id]["aws"].buckets:
        return  # moto's answer is AWS's: S3BucketDoesNotExistException
    folder = f"{prefix}/" if prefix else ""
    where = f"arn:aws:s3:::{bucket}/{folder}AWSLogs/{cloud.account_id}/CloudTrail/{trail.source_arn.split(':')[3]}/file"
    try:
        senders.authorise(cloud, trail, "s3:GetBucketAcl", f"arn:aws:s3:::{bucket}")
        senders.authorise(cloud, trail, "s3:PutObject", where, {"s3:x-amz-acl": "bucket-owner-full-control"})
    except AccessDenied as error:
        message = f"Incorrect S3 bucket policy is detected for bucket: {bucket}"
        raise Refusal("InsufficientS3BucketPolicyException", message) from error


def _topic(cloud: LocalCloudServer, trail: Sender, topic: str) -> None:
    try:
        senders.authorise(cloud, trail, "sns:Publish", topic)
    except AccessDenied as error:
        message = "SNS Topic does not exist or the topic policy is incorrect!"
        raise Refusal("InsufficientSnsTopicPolicyException", message) from error


def _key(cloud: LocalCloudServer, trail: Sender, key: str, bucket: str) -> None:
    """CloudTrail looks at the key, and encrypts with the trail's ARN as context."""
    arn, who = trail.source_arn, senders.principal_of(cloud, trail)
    try:
        key_policies.permit(cloud, who, key, arn, ("kms:DescribeKey",), {})
        key_policies.permit(cloud, who, key, arn, ("kms:GenerateDataKey",), {"aws:cloudtrail:arn": arn})
    except AccessDenied as error:
        message = f"Insufficient permissions to access S3 bucket {bucket} or KMS key {key}."
        raise Refusal("InsufficientEncryptionPolicyException", message) from error


def _log_group(cloud: LocalCloudServer, trail: Sender, group: str, role: str) -> None:
    writer = Sender(trail.service, trail.source_arn, role_arn=role)
    account, region = cloud.account_id, trail.source_arn.split(":")[3]
    stream = f"{group.removesuffix(':*')}:log-stream:{account}_CloudTrail_{region}"
    try:
        senders.principal_of(cloud, writer)
    except AccessDenied as error:
        message = "Access denied. Verify in IAM that the role has adequate permissions."
        raise Refusal("InvalidCloudWatchLogsRoleArnException", message) from error
    try:
        senders.authorise(cloud, writer, "logs:CreateLogStream", stream)
        senders.authorise(cloud, writer, "logs:PutLogEvents", stream)
    except AccessDenied as error:
        message = "Access denied. Check the permissions for your role."
        raise Refusal("InvalidCloudWatchLogsLogGroupArnException", message) from error
