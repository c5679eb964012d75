"""What SNS rejects and moto lets pass.

Sources: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from moto.sns.models import sns_backends

from headend.localcloud.rejections.rejection import Rejected

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.aws_request import AwsRequest

PROTOCOLS = frozenset({"application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"})
RAW = frozenset({"firehose", "http", "https", "sqs"})
TOPIC_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
FIFO_NAME = re.compile(r"[A-Za-z0-9_-]{1,251}\.fifo")
ATTRIBUTE_NAME = re.compile(r"(?!\.)(?!.*\.\.)(?i:(?!aws\.|amazon\.))[A-Za-z0-9_.-]{1,256}(?<!\.)")
ATTRIBUTE_TYPE = re.compile(r"(String|Number|Binary|String\.Array)(\.[A-Za-z0-9_.-]+)?")
SCOPES = ("MessageAttributes", "MessageBody")
INVALID = "InvalidParameter"
VALUE = "ParameterValueInvalid"


def _invalid(text: str) -> Rejected:
    return Rejected(INVALID, f"Invalid parameter: {text}")


def create_topic(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """The name, and a topic that is there with other attributes."""
    name = str(request.parameters.get("Name", ""))
    attributes: dict[str, str] = request.parameters.get("Attributes") or {}
    fifo = attributes.get("FifoTopic", "false").lower() == "true"
    if not (FIFO_NAME if fifo else TOPIC_NAME).fullmatch(name):
        raise _invalid("Topic Name")
    topics = sns_backends[cloud.account_id][request.region].topics
    known = topics.get(f"arn:aws:sns:{request.region}:{cloud.account_id}:{name}")
    if known is None:
        return
    present = {"DisplayName": known.display_name, "KmsMasterKeyId": known.kms_master_key_id}
    if any(name in attributes and attributes[name] != (value or "") for name, value in present.items()):
        raise _invalid("Attributes Reason: Topic already exists with different attributes")


def publish(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """The topic, the message, and the attributes' names, types and values."""
    arn = request.parameters.get("TopicArn") or request.parameters.get("TargetArn")
    if arn and ":app/" not in arn and arn not in sns_backends[cloud.account_id][request.region].topics:
        raise Rejected("NotFound", "Topic does not exist", 404)
    if not request.parameters.get("Message"):
        raise _invalid("Empty message")
    _check_attributes(request.parameters.get("MessageAttributes") or {})


def publish_batch(_cloud: LocalCloudServer, request: AwsRequest) -> None:
    """The attributes of each message."""
    for entry in request.parameters.get("PublishBatchRequestEntries") or []:
        _check_attributes(entry.get("MessageAttributes") or {})


def _check_attributes(attributes: dict[str, dict[str, Any]]) -> None:
    for name, value in attributes.items():
        kind = str(value.get("DataType", ""))
        if not ATTRIBUTE_NAME.fullmatch(name):
            text = "letters, digits, '_', '-' and '.', not at its ends nor twice, and not begin with AWS. or Amazon."
            raise Rejected(VALUE, f"The message attribute name '{name}' is invalid: it can have {text}")
        if not ATTRIBUTE_TYPE.fullmatch(kind):
            text = "has an invalid message attribute type, the set of supported type prefixes is Binary, Number, String"
            raise Rejected(VALUE, f"The message attribute '{name}' {text}.")
        given = value.get("StringValue") or value.get("BinaryValue")
        if not given:
            text = f"must contain non-empty message attribute value for message attribute type '{kind}'"
            raise Rejected(VALUE, f"The message attribute '{name}' {text}.")
        if kind.startswith("Number") and not _is_number(str(given)):
            raise Rejected(VALUE, f"Could not cast message attribute '{name}' value to number.")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def subscribe(_cloud: LocalCloudServer, request: AwsRequest) -> None:
    """The protocol, the endpoint's form, and the attributes."""
    protocol = str(request.parameters.get("Protocol", ""))
    endpoint = str(request.parameters.get("Endpoint", ""))
    if protocol not in PROTOCOLS:
        raise _invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if protocol.startswith("email") and not re.fullmatch(r"[^@\s]+@[^@\s]+", endpoint):
        raise _invalid("Email address")
    if protocol == "lambda" and not endpoint.startswith("arn:aws:lambda:"):
        raise _invalid("Lambda endpoint ARN")
    if protocol == "firehose" and not endpoint.startswith("arn:aws:firehose:"):
        raise _invalid("Firehose endpoint ARN")
    for name, value in (request.parameters.get("Attributes") or {}).items():
        _check_subscription(protocol, name, value)


def set_subscription_attributes(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """The attribute."""
    arn = str(request.parameters.get("SubscriptionArn", ""))
    known = sns_backends[cloud.account_id][request.region].subscriptions.get(arn)
    if known is not None:
        name = str(request.parameters.get("AttributeName", ""))
        _check_subscription(known.protocol, name, str(request.parameters.get("AttributeValue", "")))


def _check_subscription(protocol: str, name: str, value: str) -> None:
    match name:
        case "RawMessageDelivery" if value.lower() == "true" and protocol not in RAW:
            raise _invalid(f"Attributes Reason: Delivery protocol [{protocol}] does not support raw message delivery.")
        case "RedrivePolicy" if value:
            found = _json(value, "RedrivePolicy")
            target = str(found.get("deadLetterTargetArn", "")) if isinstance(found, dict) else ""
            if not target.startswith("arn:aws:sqs:"):
                raise _invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn")
        case "FilterPolicy" if value:
            _json(value, "FilterPolicy")
        case "FilterPolicyScope" if value not in SCOPES:
            raise _invalid(f"FilterPolicyScope: Invalid value [{value}]. Please use either {' or '.join(SCOPES)}")


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise _invalid(f"{name}: failed to parse JSON. {error}") from error


CHECKS = {
    "CreateTopic": create_topic,
    "Publish": publish,
    "PublishBatch": publish_batch,
    "SetSubscriptionAttributes": set_subscription_attributes,
    "Subscribe": subscribe,
}
