"""Sends a message to the topic."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from alerts.errors import PublishFailed
from alerts.message import Message


def publish(sns: Any, topic_arn: str, what: Message) -> str:
    """Tell the topic; returns the message's id.

    Raises:
        PublishFailed: nobody was told.
    """
    try:
        answer = sns.publish(
            TopicArn=topic_arn,
            Subject=what.subject,
            Message=what.body(),
            MessageStructure="json",
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in (("severity", what.severity), ("kind", what.kind), ("flow", what.flow_name))
            },
        )
    except (ClientError, BotoCoreError) as error:
        raise PublishFailed(str(error)) from error
    return str(answer["MessageId"])
