"""How one service of the local cloud hands something to another: by ARN, in process, with AWS's kinds of failure.

Every delivery is made as its sender, and refused like AWS does when policies do not allow it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.exceptions import JsonRESTError, ServiceException
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from headend.errors import HeadendError
from headend.localcloud.iam import key_policies, senders
from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.iam.senders import Context, Sender

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

FAILED_TO_ASSUME_ROLE = "FAILED_TO_ASSUME_ROLE"
NO_PERMISSIONS = "NO_PERMISSIONS"


class DeliveryError(HeadendError):
    """A delivery failed. `code` is EventBridge's error code; a failure that is not `retryable` stays one."""

    def __init__(self, code: str, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.code = code
        self.retryable = retryable


def region_of(arn: str) -> str:
    """The Region of an ARN."""
    return arn.split(":")[3]


def permit(cloud: LocalCloudServer, sender: Sender, action: str, resource: str, context: Context | None = None) -> None:
    """Let the sender do `action` on `resource`. Raises DeliveryError, which no retry helps."""
    from headend.localcloud.faults.faults import Faults  # they fail as deliveries do

    cloud.part(Faults).check_call(action, resource)
    try:
        senders.authorise(cloud, sender, action, resource, context)
    except AccessDenied as error:
        raise refused(error) from error


def refused(error: AccessDenied) -> DeliveryError:
    """What is denied as a failed delivery."""
    code = FAILED_TO_ASSUME_ROLE if error.question.action == "sts:AssumeRole" else NO_PERMISSIONS
    return DeliveryError(code, str(error), retryable=False)


def send_to_queue(
    cloud: LocalCloudServer,
    arn: str,
    body: str,
    attributes: dict[str, Any] | None = None,
    group_id: str | None = None,
    *,
    sender: Sender,
) -> str:
    """Send a message, with attributes as {name: {DataType, StringValue}}. Returns its id. Raises DeliveryError."""
    name = arn.rpartition(":")[2]
    backend = sqs_backends[cloud.account_id][region_of(arn)]
    if name not in backend.queues or backend.queues[name].queue_arn != arn:
        raise DeliveryError("NO_RESOURCE", f"The specified queue does not exist: {arn}", retryable=False)
    permit(cloud, sender, "sqs:SendMessage", arn)
    try:
        key_policies.permit_send(cloud, sender, arn)
    except AccessDenied as error:
        raise refused(error) from error
    try:
        message = backend.send_message(name, body, message_attributes=attributes or {}, group_id=group_id)
    except ServiceException as error:
        raise DeliveryError("ERROR_FROM_TARGET", str(error), retryable=True) from error
    return str(message.id)


def publish(cloud: LocalCloudServer, arn: str, message: str, subject: str | None = None, *, sender: Sender) -> str:
    """Publish to a topic. Returns the message id. Raises DeliveryError."""
    backend = sns_backends[cloud.account_id][region_of(arn)]
    if arn not in backend.topics:
        raise DeliveryError("NO_RESOURCE", f"Topic does not exist: {arn}", retryable=False)
    permit(cloud, sender, "sns:Publish", arn)
    try:
        key_policies.permit_publish(cloud, sender, arn)
    except AccessDenied as error:
        raise refused(error) from error
    return str(backend.publish(message=message, arn=arn, subject=subject))


def invoke_function(cloud: LocalCloudServer, arn: str, payload: str, *, sender: Sender) -> None:
    """Queue an event for a function, version or alias. Raises DeliveryError; ValueError when it is no JSON."""
    from headend.localcloud.functions.functions import Functions  # functions deliver too

    functions = cloud.part(Functions)
    try:
        functions.find(region_of(arn), arn)
    except (JsonRESTError, ServiceException) as error:
        raise DeliveryError("NO_RESOURCE", str(error), retryable=False) from error
    permit(cloud, sender, "lambda:InvokeFunction", arn)
    functions.invoke_async(region_of(arn), arn, payload)


def start_execution(cloud: LocalCloudServer, arn: str, name: str, text: str, *, sender: Sender) -> None:
    """Start an execution of a state machine, version or alias. Raises DeliveryError, and StartExecution's errors.

    For a version or an alias Step Functions authorises by the state machine's own ARN.
    Source: https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    """
    from headend.localcloud.stepfunctions.state_machines import StateMachines

    parts = arn.split(":")
    context = {"states:StateMachineQualifier": parts[7]} if len(parts) > 7 else None
    permit(cloud, sender, "states:StartExecution", ":".join(parts[:7]), context)
    cloud.part(StateMachines).start(region_of(arn), arn, name, text)


def deliver(cloud: LocalCloudServer, arn: str, body: str, *, sender: Sender) -> None:
    """Hand `body` to a queue, topic or function. Raises DeliveryError."""
    match arn.split(":")[2]:
        case "sqs":
            send_to_queue(cloud, arn, body, sender=sender)
        case "sns":
            publish(cloud, arn, body, sender=sender)
        case "lambda":
            invoke_function(cloud, arn, body, sender=sender)
        case service:
            raise DeliveryError(
                "SDK_CLIENT_ERROR", f"The local cloud cannot deliver to {service}: {arn}", retryable=False
            )
