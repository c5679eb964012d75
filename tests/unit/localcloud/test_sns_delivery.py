"""Messages reach those who subscribed to them, in the form they asked for, or a dead-letter queue."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError

from .conftest import RunningCloud, until

Received = list[tuple[dict[str, str], dict[str, Any]]]


class Endpoint:
    """An HTTP subscriber on the loopback address."""

    def __init__(self) -> None:
        self.received: Received = []
        self.status = 200
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.received.append((dict(self.headers), json.loads(body)))
                self.send_response(endpoint.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/sns"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of_type(self, kind: str) -> Received:
        return [(headers, body) for headers, body in self.received if body["Type"] == kind]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def topic(cloud: RunningCloud) -> str:
    return str(cloud.client("sns").create_topic(Name=f"topic-{uuid.uuid4().hex[:6]}")["TopicArn"])


def subscribe(cloud: RunningCloud, topic: str, protocol: str, where: str, **attributes: str) -> str:
    made = cloud.client("sns").subscribe(
        TopicArn=topic, Protocol=protocol, Endpoint=where, Attributes=attributes, ReturnSubscriptionArn=True
    )
    return str(made["SubscriptionArn"])


def severity(value: str) -> dict[str, Any]:
    return {"severity": {"DataType": "String", "StringValue": value}}


def test_a_queue_gets_the_envelope_with_attributes(cloud: RunningCloud, topic: str) -> None:
    url, arn = cloud.queue(topic.rpartition(":")[2])
    subscribe(cloud, topic, "sqs", arn)
    cloud.client("sns").publish(TopicArn=topic, Subject="S", Message="M", MessageAttributes=severity("HIGH"))
    body = json.loads(cloud.receive(url)["Body"])
    assert (body["Type"], body["TopicArn"], body["Subject"], body["Message"]) == ("Notification", topic, "S", "M")
    assert body["MessageAttributes"] == {"severity": {"Type": "String", "Value": "HIGH"}}


def test_raw_delivery_keeps_text_and_attributes(cloud: RunningCloud, topic: str) -> None:
    url, arn = cloud.queue(topic.rpartition(":")[2])
    subscribe(cloud, topic, "sqs", arn, RawMessageDelivery="true")
    cloud.client("sns").publish(TopicArn=topic, Message="M", MessageAttributes=severity("HIGH"))
    message = cloud.receive(url)
    assert message["Body"] == "M"
    assert message["MessageAttributes"]["severity"]["StringValue"] == "HIGH"


def test_a_filter_policy_lets_its_severities_through(cloud: RunningCloud, topic: str) -> None:
    url, arn = cloud.queue(topic.rpartition(":")[2])
    subscribe(cloud, topic, "sqs", arn, FilterPolicy=json.dumps({"severity": ["HIGH", "MEDIUM"]}))
    for value in ("LOW", "HIGH"):
        cloud.client("sns").publish(TopicArn=topic, Message=value, MessageAttributes=severity(value))
    assert json.loads(cloud.receive(url)["Body"])["Message"] == "HIGH"


def test_each_protocol_gets_its_part_of_a_structured_message(
    cloud: RunningCloud, topic: str, endpoint: Endpoint
) -> None:
    url, arn = cloud.queue(topic.rpartition(":")[2])
    subscribe(cloud, topic, "sqs", arn)
    subscribe(cloud, topic, "email", "noc@example.com")
    message = json.dumps({"default": "for people", "sqs": "for machines"})
    cloud.client("sns").publish(TopicArn=topic, Message=message, MessageStructure="json")
    assert json.loads(cloud.receive(url)["Body"])["Message"] == "for machines"
    [mail] = until(lambda: cloud.timeline("notification", topic_arn=topic, protocol="email"))
    assert (mail["detail"]["message"], mail["detail"]["endpoint"]) == ("for people", "noc@example.com")
    with pytest.raises(ClientError, match="default"):
        cloud.client("sns").publish(TopicArn=topic, Message='{"sqs": "x"}', MessageStructure="json")


@pytest.mark.parametrize("by_link", [True, False])
def test_an_endpoint_confirms_before_it_gets_messages(
    cloud: RunningCloud, topic: str, endpoint: Endpoint, by_link: bool
) -> None:
    sns = cloud.client("sns")
    arn = subscribe(cloud, topic, "http", endpoint.url)
    [(headers, asked)] = until(lambda: endpoint.of_type("SubscriptionConfirmation"))
    assert headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "true"
    sns.publish(TopicArn=topic, Message="too early")
    if by_link:
        assert urlopen(asked["SubscribeURL"], timeout=10).status == 200
    else:
        assert sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])["SubscriptionArn"] == arn
    sns.publish(TopicArn=topic, Subject="S", Message="now")
    [(headers, body)] = until(lambda: endpoint.of_type("Notification"))
    assert (body["Message"], body["Subject"], headers["x-amz-sns-subscription-arn"]) == ("now", "S", arn)
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "false"


def test_a_wrong_token_confirms_nothing(cloud: RunningCloud, topic: str, endpoint: Endpoint) -> None:
    subscribe(cloud, topic, "http", endpoint.url)
    with pytest.raises(ClientError, match="Token"):
        cloud.client("sns").confirm_subscription(TopicArn=topic, Token="guess")


def test_what_an_endpoint_refuses_goes_to_the_dead_letter_queue(
    cloud: RunningCloud, topic: str, endpoint: Endpoint
) -> None:
    url, dead = cloud.queue(f"{topic.rpartition(':')[2]}-dead")
    subscribe(cloud, topic, "http", endpoint.url, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead}))
    [(_, asked)] = until(lambda: endpoint.of_type("SubscriptionConfirmation"))
    cloud.client("sns").confirm_subscription(TopicArn=topic, Token=asked["Token"])
    endpoint.status = 403
    cloud.client("sns").publish(TopicArn=topic, Message="refused")
    message = cloud.receive(url)
    assert json.loads(message["Body"])["Message"] == "refused"
    assert message["MessageAttributes"]["ErrorCode"]["StringValue"] == "ERROR_FROM_TARGET"


def test_a_queue_that_is_gone_is_a_failed_delivery(cloud: RunningCloud, topic: str) -> None:
    url, dead = cloud.queue(f"{topic.rpartition(':')[2]}-dead")
    gone = dead.replace("-dead", "-gone")
    subscribe(cloud, topic, "sqs", gone, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead}))
    cloud.client("sns").publish(TopicArn=topic, Message="lost?")
    assert json.loads(cloud.receive(url)["Body"])["Message"] == "lost?"
    assert cloud.timeline("notification", topic_arn=topic, endpoint=gone)


def test_a_function_subscribes(cloud: RunningCloud, topic: str) -> None:
    url, _ = cloud.queue(topic.rpartition(":")[2])
    function = cloud.function(
        "import boto3, os\ndef handler(event, context):\n"
        "    told = event['Records'][0]['Sns']\n"
        "    text = told['Subject'] + told['Message']\n"
        "    boto3.client('sqs').send_message(QueueUrl=os.environ['URL'], MessageBody=text)",
        Environment={"Variables": {"URL": url}},
    )
    cloud.permit_invoke(function, "sns.amazonaws.com", SourceArn=topic)
    subscribe(cloud, topic, "lambda", f"arn:aws:lambda:eu-central-1:123456789012:function:{function}")
    cloud.client("sns").publish(TopicArn=topic, Subject="S", Message="M")
    assert cloud.receive(url)["Body"] == "SM"


@pytest.mark.parametrize("subject", ["with\nbreak", "grün", "x" * 101])
def test_a_bad_subject_is_refused(cloud: RunningCloud, topic: str, subject: str) -> None:
    with pytest.raises(ClientError, match="ubject"):
        cloud.client("sns").publish(TopicArn=topic, Subject=subject, Message="M")
