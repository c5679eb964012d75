"""What SNS rejects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract.rejection import Ask, check, refused
from running_cloud import RunningCloud

PUBLISH = "sns/latest/api/API_Publish.html"
SUBSCRIBE = "sns/latest/api/API_Subscribe.html"
CREATE = "sns/latest/api/API_CreateTopic.html"
ATTRIBUTES = "sns/latest/dg/sns-message-attributes.html"
FILTERS = "sns/latest/dg/subscription-filter-policy-constraints.html"
QUEUE = "arn:aws:sqs:eu-central-1:123456789012:queue"


def topic(cloud: RunningCloud) -> str:
    return str(cloud.client("sns").create_topic(Name="rejections")["TopicArn"])


def create(name: str, **attributes: str) -> Ask:
    return lambda cloud: cloud.client("sns").create_topic(Name=name, Attributes=attributes)


def publish(**message: Any) -> Ask:
    return lambda cloud: cloud.client("sns").publish(TopicArn=topic(cloud), **{"Message": "m", **message})


def attribute(name: str, value: str, kind: str = "String") -> Ask:
    return publish(MessageAttributes={name: {"DataType": kind, "StringValue": value}})


def subscribe(protocol: str, endpoint: str, **attributes: str) -> Ask:
    return lambda cloud: cloud.client("sns").subscribe(
        TopicArn=topic(cloud), Protocol=protocol, Endpoint=endpoint, Attributes=attributes
    )


def filtered(policy: object, **attributes: str) -> Ask:
    return subscribe("sqs", QUEUE, FilterPolicy=policy if isinstance(policy, str) else json.dumps(policy), **attributes)


def batch_of_eleven(cloud: RunningCloud) -> object:
    entries = [{"Id": str(number), "Message": "m"} for number in range(11)]
    return cloud.client("sns").publish_batch(TopicArn=topic(cloud), PublishBatchRequestEntries=entries)


def other_attributes(cloud: RunningCloud) -> object:
    cloud.client("sns").create_topic(Name="twice", Attributes={"DisplayName": "one"})
    return cloud.client("sns").create_topic(Name="twice", Attributes={"DisplayName": "two"})


BAD = "InvalidParameter"
CASES = [
    refused("A subject of 101 characters", publish(Subject="s" * 101), BAD, "Subject", PUBLISH),
    refused("A subject with a line break", publish(Subject="one\ntwo"), BAD, "Subject", PUBLISH),
    refused("A subject that is not ASCII", publish(Subject="Störung"), BAD, "Subject", PUBLISH),
    refused("An empty subject", publish(Subject=""), BAD, "Subject", PUBLISH),
    refused("An empty message", publish(Message=""), BAD, "Empty message", PUBLISH),
    refused("A message over 256 KiB", publish(Message="m" * 262_145), BAD, "Message too long", PUBLISH),
    refused(
        "A topic that is not there",
        lambda cloud: cloud.client("sns").publish(TopicArn="arn:aws:sns:eu-central-1:123456789012:gone", Message="m"),
        "NotFound",
        "Topic does not exist",
        PUBLISH,
    ),
    refused(
        "A message structure without a default",
        publish(MessageStructure="json", Message='{"sqs": "m"}'),
        BAD,
        "default",
        PUBLISH,
    ),
    refused("An attribute's name with a space", attribute("a b", "v"), "ParameterValueInvalid", "a b", ATTRIBUTES),
    refused(
        "An attribute's name that begins with AWS.",
        attribute("AWS.kind", "v"),
        "ParameterValueInvalid",
        "AWS.kind",
        ATTRIBUTES,
    ),
    refused(
        "An attribute's name that ends in a dot", attribute("kind.", "v"), "ParameterValueInvalid", "kind.", ATTRIBUTES
    ),
    refused("An attribute with an empty value", attribute("kind", ""), "ParameterValueInvalid", "kind", ATTRIBUTES),
    refused(
        "An attribute of an unknown type", attribute("kind", "v", "Text"), "ParameterValueInvalid", "kind", ATTRIBUTES
    ),
    refused(
        "A number attribute that is no number",
        attribute("kind", "many", "Number"),
        "ParameterValueInvalid",
        "kind",
        ATTRIBUTES,
    ),
    refused(
        "Eleven messages in a batch",
        batch_of_eleven,
        "TooManyEntriesInBatchRequest",
        "",
        "sns/latest/api/API_PublishBatch.html",
    ),
    refused("A topic's name with a dot", create("a.b"), BAD, "Topic Name", CREATE),
    refused("A topic's name of 257 letters", create("a" * 257), BAD, "Topic Name", CREATE),
    refused(
        "A FIFO topic whose name does not end in .fifo", create("fifo", FifoTopic="true"), BAD, "Topic Name", CREATE
    ),
    refused(
        "A topic that is there with other attributes",
        other_attributes,
        BAD,
        "already exists with different attributes",
        CREATE,
    ),
    refused(
        "A protocol that SNS does not know",
        subscribe("carrier-pigeon", "loft"),
        BAD,
        "does not support this protocol string: carrier-pigeon",
        SUBSCRIBE,
    ),
    refused("A mail address without an at sign", subscribe("email", "someone"), BAD, "Email address", SUBSCRIBE),
    refused(
        "A queue's URL as endpoint",
        subscribe("sqs", "https://sqs.eu-central-1.amazonaws.com/123456789012/q"),
        BAD,
        "SQS endpoint ARN",
        SUBSCRIBE,
    ),
    refused("A function's name as endpoint", subscribe("lambda", "monitor"), BAD, "Lambda endpoint ARN", SUBSCRIBE),
    refused(
        "An https endpoint with an http address",
        subscribe("https", "http://127.0.0.1:9/x"),
        BAD,
        "must match the specified protocol",
        SUBSCRIBE,
    ),
    refused("A telephone number with letters", subscribe("sms", "call-me"), BAD, "Invalid SMS endpoint", SUBSCRIBE),
    refused(
        "Raw delivery to a mail address",
        subscribe("email", "ops@example.com", RawMessageDelivery="true"),
        BAD,
        "does not support raw message delivery",
        SUBSCRIBE,
    ),
    refused(
        "A redrive policy to what is no queue",
        subscribe("sqs", QUEUE, RedrivePolicy='{"deadLetterTargetArn": "queue"}'),
        BAD,
        "RedrivePolicy",
        SUBSCRIBE,
    ),
    refused("A filter policy that is not JSON", filtered("{"), BAD, "FilterPolicy", FILTERS),
    refused(
        "A filter policy of six keys",
        filtered({f"k{number}": ["v"] for number in range(6)}),
        BAD,
        "FilterPolicy",
        FILTERS,
    ),
    refused(
        "A filter policy of over 150 combinations",
        filtered({f"k{number}": [f"v{one}" for one in range(6)] for number in range(3)}),
        BAD,
        "FilterPolicy",
        FILTERS,
    ),
    refused("A filter policy whose value is no list", filtered({"kind": "alert"}), BAD, "FilterPolicy", FILTERS),
    refused(
        "A filter policy with an unknown operator",
        filtered({"kind": [{"sounds-like": "a"}]}),
        BAD,
        "FilterPolicy",
        FILTERS,
    ),
    refused(
        "An unknown scope of a filter policy",
        filtered({"kind": ["a"]}, FilterPolicyScope="Subject"),
        BAD,
        "FilterPolicyScope",
        FILTERS,
    ),
]


@pytest.mark.parametrize(("ask", "code", "says"), CASES)
def test_sns_rejects(cloud: RunningCloud, ask: Ask, code: str, says: str) -> None:
    check(cloud, ask, code, says)
