"""One attempt to hand something to a target of EventBridge: a queue, topic, function, state machine, bus, log group.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import JsonRESTError, ServiceException

from headend.localcloud.iam.senders import Sender
from headend.localcloud.logs import log_writer
from headend.localcloud.service_calls import (
    DeliveryError,
    invoke_function,
    permit,
    publish,
    region_of,
    send_to_queue,
    start_execution,
)

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

SERVICES = frozenset({"lambda", "sns", "sqs", "states", "logs"})
MISSING = ("NotFound", "DoesNotExist", "Does Not Exist")


def hand_over(cloud: LocalCloudServer, target: Mapping[str, Any], body: str, *, event_id: str, sender: Sender) -> None:
    """Give `body` to the target. Raises DeliveryError, with EventBridge's code.

    `target` is one of PutTargets or a schedule's; `event_id` begins the name of an execution.
    """
    arn = str(target["Arn"])
    try:
        match arn.split(":")[2]:
            case "sqs":
                group = (target.get("SqsParameters") or {}).get("MessageGroupId")
                send_to_queue(cloud, arn, body, group_id=group, sender=sender)
            case "sns":
                publish(cloud, arn, body, sender=sender)
            case "lambda":
                invoke_function(cloud, arn, body, sender=sender)
            case "states":
                start_execution(cloud, arn, f"{event_id}_{uuid.uuid4()}", body, sender=sender)
            case "logs":
                _write_log(cloud, arn, body, sender)
            case service:
                raise DeliveryError(
                    "SDK_CLIENT_ERROR", f"The local cloud cannot deliver to {service}: {arn}", retryable=False
                )
    except ValueError as error:
        raise DeliveryError("INVALID_JSON", f"Invalid JSON provided: {error}", retryable=False) from error
    except (JsonRESTError, ServiceException) as error:
        kind = getattr(error, "code", None) or getattr(error, "error_type", type(error).__name__)
        missing = any(word in f"{kind} {error}" for word in MISSING)
        code = "NO_RESOURCE" if missing else "SDK_CLIENT_ERROR"
        raise DeliveryError(code, str(getattr(error, "message", error)), retryable=False) from error


def _write_log(cloud: LocalCloudServer, arn: str, body: str, sender: Sender) -> None:
    """One log event in a stream of its own; a template of timestamp and message sets them.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html#eb-cloudwatch-logs-targets
    """
    group = arn.split(":log-group:")[1].removesuffix(":*")
    stream = str(uuid.uuid4())
    bare = arn.removesuffix(":*")
    permit(cloud, sender, "logs:CreateLogStream", f"{bare}:*")
    permit(cloud, sender, "logs:PutLogEvents", f"{bare}:log-stream:{stream}")
    line = _log_line(body)
    if not log_writer.write(
        cloud.account_id, region_of(arn), group, stream, [(cloud.clock.time(), line)], create=False
    ):
        raise DeliveryError("NO_RESOURCE", f"The specified log group does not exist: {group}", retryable=False)


def _log_line(body: str) -> str:
    try:
        parsed = json.loads(body)
    except ValueError:
        return body
    if isinstance(parsed, dict) and set(parsed) == {"timestamp", "message"}:
        return str(parsed["message"])
    return body
