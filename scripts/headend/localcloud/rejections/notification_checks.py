"""S3 and CloudWatch Logs try whether they may reach a queue, topic or function when they are told to send there.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from headend.localcloud.aws_request import AwsRequest
from headend.localcloud.iam import key_policies, senders
from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.iam.senders import Sender
from headend.localcloud.rejections.check_refusal import Refusal

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

LOGS = "logs.amazonaws.com"
S3 = "s3.amazonaws.com"
KINDS = (
    ("QueueConfigurations", "QueueArn", "sqs:SendMessage"),
    ("TopicConfigurations", "TopicArn", "sns:Publish"),
    ("LambdaFunctionConfigurations", "LambdaFunctionArn", "lambda:InvokeFunction"),
)


def bucket_notifications(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """S3 sends a test message to each destination, unless it is told to skip that."""
    asked: dict[str, Any] = request.parameters
    if request.environ.get("HTTP_X_AMZ_SKIP_DESTINATION_VALIDATION", "").lower() == "true":
        return
    name = str(asked.get("Bucket") or "")
    if name not in s3_backends[cloud.account_id]["aws"].buckets:
        return  # moto answers NoSuchBucket
    sender = Sender(S3, f"arn:aws:s3:::{name}", account_id=cloud.account_id)
    for kind, field, action in KINDS:
        for one in (asked.get("NotificationConfiguration") or {}).get(kind) or []:
            if not _reaches(cloud, sender, action, str(one.get(field) or "")):
                message = "Unable to validate the following destination configurations"
                raise Refusal("InvalidArgument", message)


def _reaches(cloud: LocalCloudServer, sender: Sender, action: str, arn: str) -> bool:
    region = arn.split(":")[3]
    try:
        senders.authorise(cloud, sender, action, arn)
        if action == "sqs:SendMessage":
            key_policies.permit_send(cloud, sender, arn)
            return arn.rpartition(":")[2] in sqs_backends[cloud.account_id][region].queues
        if action == "sns:Publish":
            key_policies.permit_publish(cloud, sender, arn)
            return arn in sns_backends[cloud.account_id][region].topics
    except AccessDenied:
        return False
    return True


def subscription_filter(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """CloudWatch Logs needs a permission of the function to which it is to send."""
    asked: dict[str, Any] = request.parameters
    function = str(asked.get("destinationArn") or "")
    if not function.startswith("arn:aws:lambda:"):
        return
    group = f"arn:aws:logs:{request.region}:{cloud.account_id}:log-group:{asked.get('logGroupName', '')}:*"
    regional = Sender(f"logs.{request.region}.amazonaws.com", group)
    sender = regional if senders.may(cloud, regional, "lambda:InvokeFunction", function) else Sender(LOGS, group)
    try:
        senders.authorise(cloud, sender, "lambda:InvokeFunction", function)
    except AccessDenied as error:
        message = (
            "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute "
            "your function."
        )
        raise Refusal("InvalidParameterException", message) from error
