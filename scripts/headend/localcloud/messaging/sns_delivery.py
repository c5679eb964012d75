"""SNS: deliveries that happen, in the background, with retries, dead-letter queues, and confirmation of endpoints.

Mail and text messages cannot leave this machine: the timeline has them as sent. HTTP goes to loopback addresses only.
Sources: https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html
https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import urllib.parse
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.sns.exceptions import InvalidParameterValue, SNSInvalidParameter
from moto.sns.models import sns_backends
from werkzeug.wrappers import Request

from headend.errors import HeadendError
from headend.localcloud import moto_patches
from headend.localcloud.clock import iso
from headend.localcloud.cloudwatch.platform_metrics import PlatformMetrics
from headend.localcloud.faults.faults import Faults
from headend.localcloud.iam.senders import TOPICS, Sender
from headend.localcloud.messaging import delivery_status
from headend.localcloud.messaging.sns_envelope import confirmation, notification
from headend.localcloud.service_calls import DeliveryError, invoke_function, region_of, send_to_queue
from headend.localcloud.workers import Workers

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

TOPIC = "moto.sns.models:Topic"
BACKEND = "moto.sns.models:SNSBackend"
RESPONSES = "moto.sns.responses:SNSResponse"
HTTP_DELAYS = (20.0, 20.0, 20.0)
"""Seconds between attempts: the default delivery policy's three retries, minDelayTarget = maxDelayTarget = 20."""
HTTP_TIMEOUT = 15.0
WORKERS = 16


@dataclass(frozen=True)
class Message:
    """One published message. `attributes` in the shape {name: {Type, Value}}."""

    topic_arn: str
    message_id: str
    text: str
    subject: str | None
    attributes: dict[str, Any]
    timestamp: str
    group_id: str | None = None


class Deliveries:
    """Carries messages from topics to subscribers."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._metrics = PlatformMetrics(cloud)
        self._workers = Workers(cloud.clock, WORKERS, "sns-delivery")
        self._tokens: dict[str, str] = {}

    def publish(
        self,
        topic: Any,
        text: str,
        subject: str | None,
        attributes: dict[str, Any],
        structure: str | None,
        group_id: str | None,
    ) -> str:
        """Queue a message for every subscriber whose filter lets it through. Returns its id. Raises moto's errors."""
        by_protocol = _structured(text) if structure == "json" else None
        message_id = str(uuid.uuid4())
        timestamp = iso(self._cloud.clock.now())
        names = {"TopicName": topic.name}
        self._metrics.put(region_of(topic.arn), "AWS/SNS", names, NumberOfMessagesPublished=1)
        for subscription in self.subscriptions(topic):
            if pending(subscription):
                continue
            body = text if by_protocol is None else by_protocol.get(subscription.protocol, by_protocol["default"])
            matcher = subscription._filter_policy_matcher
            if matcher is not None and not matcher.matches(attributes, body):
                self._metrics.put(region_of(topic.arn), "AWS/SNS", names, NumberOfNotificationsFilteredOut=1)
                continue
            message = Message(topic.arn, message_id, body, subject, attributes, timestamp, group_id)
            self._workers.submit(self._deliver, subscription, message, 0)
        return message_id

    def subscriptions(self, topic: Any) -> list[Any]:
        """The subscriptions of a topic."""
        backend = sns_backends[self._cloud.account_id][region_of(topic.arn)]
        return [one for one in list(backend.subscriptions.values()) if one.topic.arn == topic.arn]

    def ask_for_confirmation(self, subscription: Any) -> None:
        """POST a SubscriptionConfirmation to an HTTP endpoint."""
        token = uuid.uuid4().hex * 2
        self._tokens[token] = subscription.arn
        subscription.attributes["PendingConfirmation"] = True
        subscription.attributes["ConfirmationWasAuthenticated"] = False
        body = confirmation(
            topic_arn=subscription.topic.arn,
            token=token,
            timestamp=iso(self._cloud.clock.now()),
            endpoint=self._cloud.endpoint,
        )

        def ask() -> None:
            for delay in (*HTTP_DELAYS, 0.0):
                try:
                    self._post(subscription, body, None)
                except DeliveryError as error:
                    self._note(subscription, None, f"asked for confirmation, refused: {error}")
                    if self._cloud.clock.wait(self._cloud.stopping, delay):
                        return
                else:
                    return

        self._workers.submit(self._guard, ask)

    def confirm(self, topic_arn: str, token: str) -> str:
        """Confirm by token; returns the subscription's ARN. Raises HeadendError for an unknown token."""
        arn = self._tokens.get(token)
        backend = sns_backends[self._cloud.account_id][region_of(topic_arn)]
        subscription = backend.subscriptions.get(arn)
        if arn is None or subscription is None or subscription.topic.arn != topic_arn:
            raise HeadendError("Invalid token")
        subscription.attributes["PendingConfirmation"] = False
        subscription.confirmed = True
        return arn

    def close(self) -> None:
        """Drop what has not been delivered."""
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _guard(self, action: Any) -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001 - the end of a worker's task: nobody else would see it
            self._cloud.report("sns delivery", error)

    def _deliver(self, subscription: Any, message: Message, attempt: int) -> None:
        try:
            self._send(subscription, message)
        except DeliveryError as error:
            self._failed(subscription, message, attempt, error)
        except Exception as error:  # noqa: BLE001 - the end of a worker's task: nobody else would see it
            self._cloud.report(f"sns delivery to {subscription.endpoint}", error)
        else:
            self._count(message, NumberOfNotificationsDelivered=1)
            self._note(subscription, message, "delivered")
            delivery_status.log(self._cloud, subscription, message, None, attempt + 1)

    def _send(self, subscription: Any, message: Message) -> None:
        """One attempt. Raises DeliveryError."""
        self._cloud.part(Faults).check_delivery(message.topic_arn)
        raw = is_true(subscription.attributes.get("RawMessageDelivery"))
        body = notification(
            topic_arn=message.topic_arn,
            subscription_arn=subscription.arn,
            message_id=message.message_id,
            message=message.text,
            subject=message.subject,
            attributes=message.attributes,
            timestamp=message.timestamp,
            endpoint=self._cloud.endpoint,
        )
        sender = Sender(TOPICS, message.topic_arn)
        match subscription.protocol:
            case "sqs":
                text = message.text if raw else json.dumps(body, indent=2)
                attributes = _queue_attributes(message.attributes) if raw else None
                send_to_queue(self._cloud, subscription.endpoint, text, attributes, message.group_id, sender=sender)
            case "http" | "https":
                self._post(subscription, body, message.text if raw else None)
            case "lambda":
                record = {
                    "EventSource": "aws:sns",
                    "EventVersion": "1.0",
                    "EventSubscriptionArn": subscription.arn,
                    "Sns": {
                        "Subject": None,
                        "MessageAttributes": {},
                        **{
                            name: value
                            for name, value in body.items()
                            if name not in ("SigningCertURL", "UnsubscribeURL")
                        },
                        "SigningCertUrl": body["SigningCertURL"],
                        "UnsubscribeUrl": body["UnsubscribeURL"],
                    },
                }
                text = json.dumps({"Records": [record]})
                invoke_function(self._cloud, subscription.endpoint, text, sender=sender)
            case _:  # email, email-json, sms, application, firehose: nobody can receive them here
                return

    def _post(self, subscription: Any, body: dict[str, Any], raw: str | None) -> None:
        """POST to an endpoint on the loopback address. Raises DeliveryError; only 5xx and 429 are retryable."""
        address = urllib.parse.urlsplit(subscription.endpoint)
        if not _is_loopback(address.hostname):
            self._note(subscription, None, "not sent: the local cloud posts to loopback addresses only")
            return
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",
            "User-Agent": "Amazon Simple Notification Service Agent",
            "x-amz-sns-message-type": str(body["Type"]),
            "x-amz-sns-message-id": str(body["MessageId"]),
            "x-amz-sns-topic-arn": str(body["TopicArn"]),
        }
        if raw is not None:
            headers["x-amz-sns-rawdelivery"] = "true"
        if body["Type"] == "Notification":
            headers["x-amz-sns-subscription-arn"] = subscription.arn
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        connection = kind(address.hostname or "", address.port, timeout=HTTP_TIMEOUT)
        path = urllib.parse.urlunsplit(("", "", address.path or "/", address.query, ""))
        try:
            connection.request("POST", path, (raw if raw is not None else json.dumps(body, indent=2)).encode(), headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise DeliveryError("CONNECTION_FAILURE", f"{subscription.endpoint}: {error}", retryable=True) from error
        finally:
            connection.close()
        if not 200 <= status < 300:
            retryable = status >= 500 or status == http.client.TOO_MANY_REQUESTS
            raise DeliveryError("ERROR_FROM_TARGET", f"{subscription.endpoint} answered {status}", retryable=retryable)

    def _failed(self, subscription: Any, message: Message, attempt: int, error: DeliveryError) -> None:
        """Try an HTTP endpoint again, or use the subscription's dead-letter queue."""
        if error.retryable and attempt < len(HTTP_DELAYS):

            def again() -> None:
                if not self._cloud.clock.wait(self._cloud.stopping, HTTP_DELAYS[attempt]):
                    self._deliver(subscription, message, attempt + 1)

            self._cloud.spawn("sns-retry", again)
            return
        self._count(message, NumberOfNotificationsFailed=1)
        self._note(subscription, message, f"failed: {error}")
        delivery_status.log(self._cloud, subscription, message, error, attempt + 1)
        policy = subscription.attributes.get("RedrivePolicy")
        queue = (json.loads(policy) if isinstance(policy, str) and policy else policy or {}).get("deadLetterTargetArn")
        if not queue:
            return
        body = notification(
            topic_arn=message.topic_arn,
            subscription_arn=subscription.arn,
            message_id=message.message_id,
            message=message.text,
            subject=message.subject,
            attributes=message.attributes,
            timestamp=message.timestamp,
            endpoint=self._cloud.endpoint,
        )
        details = {
            "RequestID": str(uuid.uuid4()),
            "ErrorCode": error.code,
            "ErrorMessage": str(error),
        }
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in details.items()}
        try:
            sender = Sender(TOPICS, message.topic_arn)
            send_to_queue(self._cloud, queue, json.dumps(body), attributes, sender=sender)
        except DeliveryError as lost:
            self._count(message, NumberOfNotificationsFailedToRedriveToDlq=1)
            self._note(subscription, message, f"lost: {lost}")
        else:
            self._count(message, NumberOfNotificationsRedrivenToDlq=1)

    def _count(self, message: Message, **values: float) -> None:
        names = {"TopicName": message.topic_arn.rpartition(":")[2]}
        self._metrics.put(region_of(message.topic_arn), "AWS/SNS", names, **values)

    def _note(self, subscription: Any, message: Message | None, outcome: str) -> None:
        subject = message.subject if message and message.subject else ""
        where = f"{subscription.protocol} {subscription.endpoint}"
        self._cloud.timeline.record(
            "notification",
            region_of(subscription.topic.arn),
            subscription.topic.arn,
            f"{subscription.topic.name} → {where}: {outcome} {subject}".rstrip(),
            topic_arn=subscription.topic.arn,
            protocol=subscription.protocol,
            endpoint=subscription.endpoint,
            subject=message.subject if message else None,
            message=message.text if message else None,
            message_id=message.message_id if message else None,
            attributes={name: value.get("Value") for name, value in message.attributes.items()} if message else {},
            outcome=outcome,
        )


def pending(subscription: Any) -> bool:
    """Whether a subscription waits for its endpoint's confirmation."""
    return is_true(subscription.attributes.get("PendingConfirmation"))


def is_true(value: Any) -> bool:
    """moto keeps attributes as booleans or as text, depending on which operation set them."""
    return str(value).lower() == "true"


def _structured(text: str) -> dict[str, str]:
    """The message per protocol of a message with MessageStructure json. Raises moto's InvalidParameter."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InvalidParameterValue(
            "Invalid parameter: Message Structure - JSON message body failed to parse"
        ) from error
    if not isinstance(found, dict) or not isinstance(found.get("default"), str):
        raise InvalidParameterValue("Invalid parameter: Message Structure - No default entry in JSON message body")
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _queue_attributes(attributes: dict[str, Any]) -> dict[str, Any]:
    shaped = {}
    for name, value in attributes.items():
        field = "BinaryValue" if str(value["Type"]).startswith("Binary") else "StringValue"
        shaped[name] = {"DataType": value["Type"], field: str(value["Value"])}
    return shaped


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def install(cloud: LocalCloudServer) -> None:
    """Take over publishing and subscribing."""
    deliveries = Deliveries(cloud)
    cloud.provide(deliveries)

    def publish(
        self: Any,
        message: str,
        subject: str | None = None,
        message_attributes: dict[str, Any] | None = None,
        group_id: str | None = None,
        deduplication_id: str | None = None,  # noqa: ARG001 - moto's signature
        message_structure: str | None = None,
    ) -> str:
        if subject is not None and (not subject or not subject.isascii() or not subject.isprintable()):
            raise SNSInvalidParameter("Invalid parameter: Subject")
        return deliveries.publish(self, message, subject, message_attributes or {}, message_structure, group_id)

    def subscribe(self: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
        known = self._find_subscription(topic_arn, endpoint, protocol)
        if known:
            return known
        made = moto_patches.original(BACKEND, "subscribe")(self, topic_arn, endpoint, protocol)
        if protocol in ("http", "https"):
            if endpoint.partition(":")[0] != protocol:
                self.unsubscribe(made.arn)
                raise SNSInvalidParameter("Invalid parameter: Endpoint must match the specified protocol")
            deliveries.ask_for_confirmation(made)
        elif protocol in ("email", "email-json"):
            # On AWS a person confirms by a link in a mail; here nobody could, so it counts as done.
            made.confirmed = True
        return made

    def confirm_subscription(self: Any) -> ActionResult:
        try:
            arn = deliveries.confirm(self._get_param("TopicArn"), self._get_param("Token"))
        except HeadendError as error:
            raise SNSInvalidParameter(f"Invalid parameter: Token Reason: {error}") from error
        return ActionResult({"SubscriptionArn": arn})

    def confirm_by_link(request: Request) -> dict[str, str]:
        return {"SubscriptionArn": deliveries.confirm(request.args["TopicArn"], request.args["Token"])}

    moto_patches.replace(TOPIC, "publish", publish)
    moto_patches.replace(BACKEND, "subscribe", subscribe)
    moto_patches.replace(RESPONSES, "confirm_subscription", confirm_subscription)
    cloud.control.add("GET", "sns-confirm", confirm_by_link)

    cloud.at_the_end(deliveries.close)
