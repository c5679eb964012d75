"""What SQS rejects and moto lets pass.

Sources: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moto.sqs.models import sqs_backends

from headend.localcloud.rejections.rejection import Rejected

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.aws_request import AwsRequest

RANGES: dict[str, tuple[int, int]] = {
    "DelaySeconds": (0, 900),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
    "MaximumMessageSize": (1024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
}
KNOWN = frozenset(RANGES) | {
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsMasterKeyId",
    "Policy",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
}
MOST_RECEIVES = 1000
NAME_AGAIN_SECONDS = 60.0
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What a message cannot hold."""


class DeletedQueues:
    """When each queue was deleted, in seconds of the clock: its name is free again a minute later."""

    def __init__(self) -> None:
        self.times: dict[tuple[str, str], float] = {}


def create_queue(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """Attributes, a name that was in use a moment ago, and a queue that is there with other attributes."""
    name = str(request.parameters.get("QueueName", ""))
    attributes: dict[str, str] = request.parameters.get("Attributes") or {}
    if attributes.get("FifoQueue") == "false":
        raise Rejected("InvalidAttributeName", "Unknown Attribute FifoQueue.")
    queues = sqs_backends[cloud.account_id][request.region].queues
    deleted = cloud.part(DeletedQueues).times.get((request.region, name))
    if name not in queues and deleted is not None and cloud.clock.time() - deleted < NAME_AGAIN_SECONDS:
        text = "You must wait 60 seconds after deleting a queue before you can create another with the same name."
        raise Rejected("AWS.SimpleQueueService.QueueDeletedRecently", text)
    _check_attributes(attributes, queues)
    if name in queues:
        _check_same(queues[name], attributes)


def set_queue_attributes(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """Attributes."""
    queues = sqs_backends[cloud.account_id][request.region].queues
    _check_attributes(request.parameters.get("Attributes") or {}, queues)


def delete_queue(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """Nothing: the moment is remembered."""
    name = str(request.parameters.get("QueueUrl", "")).rpartition("/")[2]
    if name in sqs_backends[cloud.account_id][request.region].queues:
        cloud.part(DeletedQueues).times[request.region, name] = cloud.clock.time()


def send_message(_cloud: LocalCloudServer, request: AwsRequest) -> None:
    """An empty body, and characters that XML has not."""
    text = request.parameters.get("MessageBody")
    if not text:
        raise Rejected("MissingParameter", "The request must contain the parameter MessageBody.")
    if NOT_XML.search(text):
        raise Rejected("InvalidMessageContents", "Invalid characters found: the message body is not valid XML text.")


def _check_attributes(attributes: Mapping[str, str], queues: Mapping[str, Any]) -> None:
    for name, value in attributes.items():
        if name not in KNOWN:
            raise Rejected("InvalidAttributeName", f"Unknown Attribute {name}.")
        if name in RANGES:
            least, most = RANGES[name]
            if not value.isdigit() or not least <= int(value) <= most:
                raise Rejected("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
    if attributes.get("Policy"):
        _check_json(attributes["Policy"], "Policy")
    if attributes.get("RedrivePolicy"):
        _check_redrive(attributes["RedrivePolicy"], queues)
    if attributes.get("KmsMasterKeyId") and attributes.get("SqsManagedSseEnabled", "").lower() == "true":
        text = "You can use one type of server-side encryption (SSE) at one time: either KMS SSE or SQS SSE."
        raise Rejected("InvalidAttributeValue", text)


def _check_json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Rejected("InvalidAttributeValue", f"Invalid value for the parameter {name}.") from error


def _check_redrive(text: str, queues: Mapping[str, Any]) -> None:
    policy = _check_json(text, "RedrivePolicy")
    beginning = f"Value {text} for parameter RedrivePolicy is invalid. Reason: "
    if not isinstance(policy, dict) or not {"deadLetterTargetArn", "maxReceiveCount"} <= policy.keys():
        names = "deadLetterTargetArn and maxReceiveCount"
        raise Rejected("InvalidParameterValue", f"{beginning}Redrive policy does not contain {names}.")
    count = str(policy["maxReceiveCount"])
    if not count.isdigit() or not 1 <= int(count) <= MOST_RECEIVES:
        text = f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to {MOST_RECEIVES} both inclusive."
        raise Rejected("InvalidParameterValue", beginning + text)
    if str(policy["deadLetterTargetArn"]) not in {queue.queue_arn for queue in queues.values()}:
        raise Rejected("InvalidParameterValue", f"{beginning}Dead letter target does not exist.")


def _check_same(queue: Any, attributes: Mapping[str, str]) -> None:
    present = {name: str(value) for name, value in (queue.attributes or {}).items()}
    for name in RANGES:
        if name in attributes and str(present.get(name, attributes[name])) != attributes[name]:
            text = f"A queue already exists with the same name and a different value for attribute {name}"
            raise Rejected("QueueAlreadyExists", text)


def install(cloud: LocalCloudServer) -> None:
    """Remember deletions."""
    cloud.provide(DeletedQueues())


CHECKS = {
    "CreateQueue": create_queue,
    "DeleteQueue": delete_queue,
    "SendMessage": send_message,
    "SetQueueAttributes": set_queue_attributes,
}
