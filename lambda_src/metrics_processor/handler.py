"""Entry point of the function: logging, metrics and clients around `processing.service`.

It is called by the queue of S3's events (with partial batch responses), and by the workflow, which says what a run
waits for. A task token is never logged.
"""

import os
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config
from processing import events, expectations
from processing.bucket import Bucket
from processing.callback import Callback
from processing.errors import EXPECTED
from processing.fleet import Fleet
from processing.runs import Runs
from processing.service import Outcome, Processor
from processing.values import WORKERS, LatestValues

logger = Logger()
metrics = Metrics()

_CLIENT = Config(
    connect_timeout=2,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=WORKERS,
)
_DAY = 24 * 3600
_LEAST_MILLISECONDS = 10_000  # for one more object; what is left goes back to the queue


@cache
def _processor() -> Processor:
    """What processes; lives as long as the execution environment."""
    dynamodb, table = boto3.client("dynamodb", config=_CLIENT), os.environ["TABLE_NAME"]
    retention = int(os.environ.get("RETENTION_DAYS", "30")) * _DAY
    return Processor(
        bucket=Bucket(boto3.client("s3", config=_CLIENT), os.environ["BUCKET_NAME"]),
        values=LatestValues(dynamodb, table, retention),
        runs=Runs(dynamodb, table, retention),
        fleet=Fleet(boto3.client("cloudwatch", config=_CLIENT), os.environ["DEPLOYMENT_NAME"]),
        callback=Callback(boto3.client("stepfunctions", config=_CLIENT)),
    )


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True, log_event=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Process a batch of the queue, an event of S3, or what the workflow says.

    Args:
        event: {"operation": "expect", …} (see `processing.expectations`), {"Records": […]} of SQS, or what
            `processing.events` reads.

    Returns:
        {"batchItemFailures": [{"itemIdentifier"}, …]} for SQS, which brings those again; for an expectation see
        `processing.service.Processor.expect`; {} otherwise.
    """
    if isinstance(event, dict) and "operation" in event:
        return _expect(event)
    records = event.get("Records") if isinstance(event, dict) else None
    if isinstance(records, list) and all(one.get("eventSource") == "aws:sqs" for one in records):
        return {"batchItemFailures": [{"itemIdentifier": one} for one in _batch(records, context)]}
    for created in events.parse(event):
        _note(created, _processor().created(created))
    return {}


def _expect(event: dict[str, Any]) -> dict[str, Any]:
    """Note what a run waits for; any error goes on to the workflow, by the name of its class."""
    try:
        result = _processor().expect(expectations.parse(event))
    except Exception as error:
        logger.warning("not expected", error=type(error).__name__, cause=str(error))
        metrics.add_metric("RunNotExpected", MetricUnit.Count, 1)
        raise
    logger.info("expected", result=result)
    metrics.add_metric("RunExpected", MetricUnit.Count, 1)
    _count_answer(result["answered"])
    return result


def _batch(records: list[dict[str, Any]], context: LambdaContext) -> list[str]:
    """Process messages; returns the ids of those that are to come again.

    What failed is tried once more when the others are done: the queue brings it again only after minutes, and by then
    the workflow may have missed a sign of life.
    """
    left = records
    for attempt in (1, 2):
        failed = []
        for number, record in enumerate(left):
            if (number or attempt > 1) and context.get_remaining_time_in_millis() < _LEAST_MILLISECONDS:
                logger.warning("no time left", messages=len(left) - number)
                failed.extend(left[number:])
                break
            if not _message(record):
                failed.append(record)
        left = failed
    metrics.add_metric("ObjectNotProcessed", MetricUnit.Count, len(left))
    return [str(one["messageId"]) for one in left]


def _message(record: dict[str, Any]) -> bool:
    """Process one message; False where it failed: one message's trouble is not the others'."""
    try:
        for created in events.parse_message(record["body"]):
            _note(created, _processor().created(created))
    except EXPECTED as error:
        logger.warning("not processed", message_id=record["messageId"], error=type(error).__name__, cause=str(error))
        return False
    except Exception:
        logger.exception("not processed, unexpectedly", message_id=record["messageId"])
        return False
    return True


def _note(created: events.ObjectCreated, outcome: Outcome) -> None:
    metrics.add_metric(f"Object{outcome.what.capitalize()}", MetricUnit.Count, 1)
    _count_answer(outcome.answered)
    logger.info(
        "object",
        key=created.key,
        outcome=outcome.what,
        run_id=outcome.run_id,
        datapoints=outcome.datapoints,
        failure=outcome.failure,
        answered=outcome.answered,
    )


def _count_answer(answered: bool | None) -> None:
    if answered is not None:
        metrics.add_metric("RunAnswered" if answered else "RunNotWaiting", MetricUnit.Count, 1)
