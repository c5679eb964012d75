"""How one service of the local cloud hands something to another: by ARN, in process, with AWS's kinds of failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.exceptions import ServiceException
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from headend.errors import HeadendError

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer


class DeliveryError(HeadendError):
    """A delivery failed. `code` is EventBridge's error code; a failure that is not `retryable` stays one."""

    def __init__(self, code: str, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.code = code
        self.retryable = retryable


def region_of(arn: str) -> str:
    """The Region of an ARN."""
    return arn.split(":")[3]


def send_to_queue(
    cloud: LocalCloudServer,
    arn: str,
    body: str,
    attributes: dict[str, Any] | None = None,
    group_id: str | None = None,
) -> str:
    """Send a message, with attributes as {name: {DataType, StringValue}}. Returns its id. Raises DeliveryError."""
    name = arn.rpartition(":")[2]
    backend = sqs_backends[cloud.account_id][region_of(arn)]
    if name not in backend.queues:
        raise DeliveryError("NO_RESOURCE", f"The specified queue does not exist: {arn}", retryable=False)
    try:
        message = backend.send_message(name, body, message_attributes=attributes or {}, group_id=group_id)
    except ServiceException as error:
        raise DeliveryError("ERROR_FROM_TARGET", str(error), retryable=True) from error
    return str(message.id)


def publish(cloud: LocalCloudServer, arn: str, message: str, subject: str | None = None) -> str:
    """Publish to a topic. Returns the message id. Raises DeliveryError."""
    backend = sns_backends[cloud.account_id][region_of(arn)]
    if arn not in backend.topics:
        raise DeliveryError("NO_RESOURCE", f"Topic does not exist: {arn}", retryable=False)
    return str(backend.publish(message=message, arn=arn, subject=subject))


def deliver(cloud: LocalCloudServer, arn: str, body: str) -> None:
    """Hand `body` to a queue, topic or function. Raises DeliveryError."""
    match arn.split(":")[2]:
        case "sqs":
            send_to_queue(cloud, arn, body)
        case "sns":
            publish(cloud, arn, body)
        case "lambda":
            from headend.localcloud.functions import Functions

            cloud.part(Functions).invoke_async(region_of(arn), arn, body)
        case service:
            raise DeliveryError(
                "SDK_CLIENT_ERROR", f"The local cloud cannot deliver to {service}: {arn}", retryable=False
            )
