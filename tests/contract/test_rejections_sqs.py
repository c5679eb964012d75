"""What SQS rejects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract.rejection import Ask, check, refused
from running_cloud import RunningCloud

CREATE = "AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html"
SEND = "AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"
RECEIVE = "AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"


def create(name: str, **attributes: str) -> Ask:
    return lambda cloud: cloud.client("sqs").create_queue(QueueName=name, Attributes=attributes)


def again(cloud: RunningCloud) -> object:
    sqs = cloud.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.create_queue(QueueName="deleted-just-now")["QueueUrl"])
    return sqs.create_queue(QueueName="deleted-just-now")


def changed(cloud: RunningCloud) -> object:
    sqs = cloud.client("sqs")
    sqs.create_queue(QueueName="changed", Attributes={"DelaySeconds": "1"})
    return sqs.create_queue(QueueName="changed", Attributes={"DelaySeconds": "2"})


def purge_twice(cloud: RunningCloud) -> object:
    url, _ = cloud.queue("purged-twice")
    cloud.client("sqs").purge_queue(QueueUrl=url)
    return cloud.client("sqs").purge_queue(QueueUrl=url)


def set_attributes(name: str, **attributes: str) -> Ask:
    return lambda cloud: cloud.client("sqs").set_queue_attributes(QueueUrl=cloud.queue(name)[0], Attributes=attributes)


def send(name: str, **message: Any) -> Ask:
    return lambda cloud: cloud.client("sqs").send_message(
        QueueUrl=cloud.queue(name)[0], **{"MessageBody": "text", **message}
    )


def receive(name: str, **options: Any) -> Ask:
    return lambda cloud: cloud.client("sqs").receive_message(QueueUrl=cloud.queue(name)[0], **options)


CASES = [
    refused("A queue's name with a dot", create("a.b"), "InvalidParameterValue", "alphanumeric characters", CREATE),
    refused("A queue's name of 81 letters", create("a" * 81), "InvalidParameterValue", "1 to 80 in length", CREATE),
    refused(
        "A visibility timeout over 12 hours",
        create("q1", VisibilityTimeout="43201"),
        "InvalidAttributeValue",
        "VisibilityTimeout",
        CREATE,
    ),
    refused(
        "A delay over 15 minutes", create("q2", DelaySeconds="901"), "InvalidAttributeValue", "DelaySeconds", CREATE
    ),
    refused(
        "A retention under a minute",
        create("q3", MessageRetentionPeriod="59"),
        "InvalidAttributeValue",
        "MessageRetentionPeriod",
        CREATE,
    ),
    refused(
        "A long poll over 20 seconds",
        create("q4", ReceiveMessageWaitTimeSeconds="21"),
        "InvalidAttributeValue",
        "ReceiveMessageWaitTimeSeconds",
        CREATE,
    ),
    refused(
        "Messages of under 1 KiB at most",
        create("q5", MaximumMessageSize="1023"),
        "InvalidAttributeValue",
        "MaximumMessageSize",
        CREATE,
    ),
    refused(
        "A data key's reuse under a minute",
        create("q6", KmsMasterKeyId="alias/aws/sqs", KmsDataKeyReusePeriodSeconds="59"),
        "InvalidAttributeValue",
        "KmsDataKeyReusePeriodSeconds",
        CREATE,
    ),
    refused(
        "Two kinds of encryption at once",
        create("q7", KmsMasterKeyId="alias/aws/sqs", SqsManagedSseEnabled="true"),
        "InvalidAttributeValue",
        "one type of server-side encryption",
        CREATE,
    ),
    refused(
        "An attribute that is no number",
        create("q8", DelaySeconds="soon"),
        "InvalidAttributeValue",
        "DelaySeconds",
        CREATE,
    ),
    refused("An unknown attribute", create("q9", Colour="red"), "InvalidAttributeName", "Colour", CREATE),
    refused(
        "A FIFO queue whose name does not end in .fifo",
        create("q10", FifoQueue="true"),
        "InvalidParameterValue",
        ".fifo",
        CREATE,
    ),
    refused(
        "A standard queue that says it is not FIFO",
        create("q11", FifoQueue="false"),
        "InvalidAttributeName",
        "FifoQueue",
        CREATE,
    ),
    refused(
        "A queue's name within 60 seconds of its deletion",
        again,
        "AWS.SimpleQueueService.QueueDeletedRecently",
        "60 seconds",
        CREATE,
    ),
    refused("A queue that is there with another value", changed, "QueueAlreadyExists", "DelaySeconds", CREATE),
    refused(
        "A redrive policy to a queue that is not there",
        create(
            "q12",
            RedrivePolicy=json.dumps(
                {"deadLetterTargetArn": "arn:aws:sqs:eu-central-1:123456789012:nowhere", "maxReceiveCount": 3}
            ),
        ),
        "InvalidParameterValue",
        "Dead letter target does not exist",
        CREATE,
    ),
    refused(
        "A redrive policy that counts to 1001",
        create(
            "q13",
            RedrivePolicy=json.dumps(
                {"deadLetterTargetArn": "arn:aws:sqs:eu-central-1:123456789012:nowhere", "maxReceiveCount": 1001}
            ),
        ),
        "InvalidParameterValue",
        "maxReceiveCount",
        CREATE,
    ),
    refused(
        "A queue policy that is not JSON", set_attributes("q14", Policy="{"), "InvalidAttributeValue", "Policy", CREATE
    ),
    refused(
        "Two purges within a minute",
        purge_twice,
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        "60 seconds",
        "AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html",
    ),
    refused(
        "A message delayed by over 15 minutes",
        send("q15", DelaySeconds=901),
        "InvalidParameterValue",
        "DelaySeconds",
        SEND,
    ),
    refused(
        "A message group in a number of messages over 10",
        receive("q16", MaxNumberOfMessages=11),
        "InvalidParameterValue",
        "MaxNumberOfMessages",
        RECEIVE,
    ),
    refused(
        "A poll of over 20 seconds",
        receive("q17", WaitTimeSeconds=21),
        "InvalidParameterValue",
        "WaitTimeSeconds",
        RECEIVE,
    ),
    refused("An empty message", send("q18", MessageBody=""), "MissingParameter", "MessageBody", SEND),
    refused(
        "A message with a character that XML has not",
        send("q19", MessageBody="a\x00b"),
        "InvalidMessageContents",
        "",
        SEND,
    ),
]


@pytest.mark.parametrize(("ask", "code", "says"), CASES)
def test_sqs_rejects(cloud: RunningCloud, ask: Ask, code: str, says: str) -> None:
    check(cloud, ask, code, says)
