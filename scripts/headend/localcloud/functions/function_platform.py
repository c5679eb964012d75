"""What Lambda does for a function in the function's own role: its log, its traces, its dead letters.

Without the permission nothing fails: the log or trace is simply not there, and the timeline says why.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from moto.logs.models import logs_backends

from headend.localcloud.functions.function_dead_letters import target_of
from headend.localcloud.functions.function_runtime import Package
from headend.localcloud.iam import senders
from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.iam.senders import FUNCTIONS, Sender
from headend.localcloud.logs import log_writer
from headend.localcloud.service_calls import DeliveryError, publish, send_to_queue

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

TRACE = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")


def sender_of(function_arn: str, role_arn: str) -> Sender:
    """Lambda in a function's role, in the session that the function itself has."""
    name = function_arn.split(":")[6]
    bare = ":".join(function_arn.split(":")[:7])
    return Sender(FUNCTIONS, bare, role_arn=role_arn, session=name)


def write_log(
    cloud: LocalCloudServer, package: Package, stream: str, lines: Sequence[tuple[float, str]], *, exists: bool
) -> bool:
    """Write lines (epoch seconds, text) to the function's log. False when there is no such log, or the role may not.

    A group that is not there is made, unless the function is gone meanwhile (`exists` is false).
    """
    account, region, group = cloud.account_id, package.region, package.log_group
    arn = f"arn:aws:logs:{region}:{account}:log-group:{group}"
    known = logs_backends[account][region].groups.get(group)
    needs = [("logs:PutLogEvents", f"{arn}:log-stream:{stream}")]
    if known is None or stream not in known.streams:
        needs.insert(0, ("logs:CreateLogStream", f"{arn}:log-stream:{stream}"))
    if known is None:
        if not exists:
            return False
        needs.insert(0, ("logs:CreateLogGroup", arn))
    return _may(cloud, package, needs) and log_writer.write(account, region, group, stream, lines, create=exists)


def trace(cloud: LocalCloudServer, package: Package) -> None:
    """Send the trace of an invocation: X-Ray keeps nothing here, but the role has to allow it."""
    _may(cloud, package, [(action, "*") for action in TRACE])


def _may(cloud: LocalCloudServer, package: Package, needs: Sequence[tuple[str, str]]) -> bool:
    sender = sender_of(f"arn:aws:lambda:{package.region}:{cloud.account_id}:function:{package.name}", package.role)
    try:
        for action, resource in needs:
            senders.authorise(cloud, sender, action, resource)
    except AccessDenied:
        return False
    return True


def send_dead_letter(
    cloud: LocalCloudServer, function: Any, payload: str | bytes, request_id: str, error: dict[str, Any] | None
) -> None:
    """Send an event that could not be handled to the function's dead-letter queue or topic, if it has one.

    `error` is the function's own, {errorType, errorMessage}; None when it never ran. Raises DeliveryError.
    """
    arn = target_of(function)
    if not arn:
        return
    sender = sender_of(function.function_arn, function.role)
    text = payload.decode() if isinstance(payload, bytes) else payload
    message = str((error or {}).get("errorMessage") or "Rate Exceeded.")[:1024]
    told = {"RequestID": request_id, "ErrorCode": "200" if error else "429", "ErrorMessage": message}
    match arn.split(":")[2]:
        case "sqs":
            shaped = {name: {"DataType": "String", "StringValue": value} for name, value in told.items()}
            send_to_queue(cloud, arn, text, shaped, sender=sender)
        case "sns":
            publish(cloud, arn, text, sender=sender)
        case service:
            raise DeliveryError("SDK_CLIENT_ERROR", f"no dead letters to {service}: {arn}", retryable=False)


def error_of(payload: str | None) -> dict[str, Any] | None:
    """The function's error from its answer, as {errorType, errorMessage}."""
    found = json.loads(payload) if payload else None
    return found if isinstance(found, dict) else None
