"""The events of an execution from AWS, or from the local cloud."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from headend.asl.diagram.execution import Run, read
from headend.aws import Aws
from headend.errors import HeadendError, UsageError, one_line


def fetch(arn: str) -> Run:
    """The run of an execution, from AWS or from what AWS_ENDPOINT_URL names.

    A STANDARD execution has a history. Of an EXPRESS one, what its log says is read.
    Raises HeadendError, one line: no such execution, no access, no log.
    """
    parts = arn.split(":")
    if len(parts) < 8 or parts[5] not in ("execution", "express"):
        raise UsageError(f"--execution {arn}: is no execution's ARN (arn:aws:states:REGION:ACCOUNT:execution:NAME:ID)")
    aws = Aws(parts[3])
    try:
        events = _log(aws, arn, parts) if parts[5] == "express" else _history(aws, arn)
    except (BotoCoreError, ClientError) as error:
        raise HeadendError(f"--execution {arn}: {one_line(error)}") from None
    return read(events)


def _history(aws: Aws, arn: str) -> list[dict[str, Any]]:
    pages = aws.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
    return [event for page in pages for event in page["events"]]


def _log(aws: Aws, arn: str, parts: list[str]) -> list[dict[str, Any]]:
    machine = ":".join([*parts[:5], "stateMachine", parts[6]])
    described = aws.client("stepfunctions").describe_state_machine(stateMachineArn=machine)
    destinations = described.get("loggingConfiguration", {}).get("destinations", [])
    if not destinations:
        raise HeadendError(
            f"{parts[6]}: is EXPRESS and writes no log, so its executions leave nothing: switch logging on"
        )
    group = destinations[0]["cloudWatchLogsLogGroup"]["logGroupArn"].removesuffix(":*").rpartition(":log-group:")[2]
    pages = aws.client("logs").get_paginator("filter_log_events")
    found = pages.paginate(logGroupName=group, filterPattern=f'{{ $.execution_arn = "{arn}" }}')
    events = [event for page in found for event in page["events"]]
    if not events:
        raise HeadendError(f"{arn}: {group} holds none of its events: the log level must be ALL; wait some seconds")
    return events
