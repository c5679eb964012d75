"""SNS's delivery status: a log line for each delivery to HTTP, Lambda, SQS and Firehose, in the topic's feedback roles.

Without the permission nothing fails: the line is not there, and the timeline says why.
Sources: https://docs.aws.amazon.com/sns/latest/dg/sns-topic-attributes.html
https://docs.aws.amazon.com/sns/latest/dg/msg-status-sdk.html
"""

from __future__ import annotations

import hashlib
import json
import random
import uuid
from typing import TYPE_CHECKING, Any

from moto.core.utils import camelcase_to_underscores
from moto.logs.models import logs_backends

from headend.localcloud import moto_patches
from headend.localcloud.iam import senders
from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.iam.senders import TOPICS, Sender
from headend.localcloud.logs import log_writer

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

RESPONSES = "moto.sns.responses:SNSResponse"
PROTOCOLS = {"firehose": "Firehose", "http": "HTTP", "https": "HTTP", "lambda": "Lambda", "sqs": "SQS"}
"""A subscription's protocol → how its attributes begin. E-mail and SMS have none."""
ATTRIBUTES = tuple(
    f"{protocol}{rest}"
    for protocol in sorted(set(PROTOCOLS.values()))
    for rest in ("FailureFeedbackRoleArn", "SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate")
)


def log(cloud: LocalCloudServer, subscription: Any, message: Any, error: Exception | None, attempts: int) -> None:
    """Write what became of a delivery, if the topic asks for it. Successes are sampled by the topic's percentage."""
    topic, start = subscription.topic, PROTOCOLS.get(subscription.protocol, "")
    role = _attribute(topic, f"{start}{'Failure' if error else 'Success'}FeedbackRoleArn") if start else ""
    if not role:
        return
    sample = float(_attribute(topic, f"{start}SuccessFeedbackSampleRate") or 0)
    if error is None and random.random() * 100 >= sample:  # noqa: S311 - sampling
        return
    _, _, _, region, account, name = topic.arn.split(":")
    group = f"sns/{region}/{account}/{name}" + ("/Failure" if error else "")
    now = cloud.clock.time()
    line = {
        "notification": {
            "messageMD5Sum": hashlib.md5(message.text.encode(), usedforsecurity=False).hexdigest(),
            "messageId": message.message_id,
            "topicArn": topic.arn,
            "timestamp": cloud.clock.now().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
        },
        "delivery": {
            "deliveryId": str(uuid.uuid4()),
            "destination": subscription.endpoint,
            "providerResponse": str(error) if error else "OK",
            "dwellTimeMs": 0,
            "attempts": attempts,
            "statusCode": 400 if error else 200,
        },
        "status": "FAILURE" if error else "SUCCESS",
    }
    stream = str(uuid.uuid4())
    where = f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:{stream}"
    sender = Sender(TOPICS, topic.arn, role_arn=role)
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    if group not in logs_backends[account][region].groups:
        actions.insert(0, "logs:CreateLogGroup")
    try:
        for action in actions:
            senders.authorise(cloud, sender, action, where)
    except AccessDenied:
        return
    log_writer.write(account, region, group, stream, [(now, json.dumps(line))], create=True)


def _attribute(topic: Any, name: str) -> str:
    """A topic's attribute, as moto keeps it."""
    return str(getattr(topic, camelcase_to_underscores(name), None) or "")


def install(_: LocalCloudServer) -> None:
    """Let GetTopicAttributes tell of the feedback roles, which moto keeps to itself."""

    def get_topic_attributes(self: Any) -> Any:
        answer = moto_patches.original(RESPONSES, "get_topic_attributes")(self)
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        known = {name: value for name in ATTRIBUTES if (value := _attribute(topic, name))}
        answer.result["Attributes"].update(known)
        return answer

    moto_patches.replace(RESPONSES, "get_topic_attributes", get_topic_attributes)
