"""Entry point of the function: logging, metrics and the client around `expiry.service`. Its queue calls it."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config
from expiry.errors import EXPECTED
from expiry.events import Written, parse
from expiry.service import EXPIRED, Expirer

logger = Logger()
metrics = Metrics()

_WORKERS = 10
_CLIENT = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=_WORKERS,
)
_NO_IF_MATCH = "no-if-match"

Settled = list[tuple[Written, str]] | Exception
"""What became of a message's manifests, or why that is not known."""


@cache
def _expirer() -> Expirer:
    """What expires; lives as long as the execution environment."""
    return Expirer(
        boto3.client("s3", config=_CLIENT),
        os.environ["BUCKET_NAME"],
        os.environ["KEPT_KEYS"].split(","),
        conditional=os.environ.get("WEAKENED_FOR_DRILL") != _NO_IF_MATCH,
    )


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True, log_event=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Expire the manifests of a batch of messages, all at once: what waits here is played meanwhile.

    Args:
        event: {"Records": [{"messageId", "body": S3's notification as JSON text, …}, …]}.

    Returns:
        {"batchItemFailures": [{"itemIdentifier": message id}, …]}: the queue brings those again.
    """
    records = event["Records"]
    metrics.add_dimension(name="Origin", value=os.environ["ORIGIN_NAME"])
    if "WEAKENED_FOR_DRILL" in os.environ:
        logger.warning("weakened for a drill", protection=os.environ["WEAKENED_FOR_DRILL"])
    settle = partial(_settle, _expirer())  # made here: boto3 makes clients on one thread only
    with ThreadPoolExecutor(_WORKERS) as workers:
        settled = list(workers.map(settle, [one.get("body") for one in records]))
    failed = []
    for record, outcome in zip(records, settled, strict=True):
        if isinstance(outcome, Exception):
            _note_failure(record, outcome)
            failed.append(str(record["messageId"]))
        else:
            _note(outcome)
    metrics.add_metric("ManifestNotSettled", MetricUnit.Count, len(failed))
    return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}


def _settle(expirer: Expirer, body: object) -> Settled:
    """One message's trouble is not the others'."""
    try:
        return [(written, expirer.expire(written)) for written in parse(body)]
    except Exception as error:  # noqa: BLE001 - it goes to the log, and the message comes again
        return error


def _note(settled: list[tuple[Written, str]]) -> None:
    for written, outcome in settled:
        seconds = (datetime.now(UTC) - written.at).total_seconds()
        metrics.add_metric(f"Manifest{outcome.capitalize()}", MetricUnit.Count, 1)
        if outcome == EXPIRED:
            metrics.add_metric("ManifestAge", MetricUnit.Seconds, max(0.0, seconds))
        # While all is well each manifest is written again: that is nothing to read about.
        log = logger.info if outcome == EXPIRED else logger.debug
        log("manifest", key=written.key, etag=written.etag, outcome=outcome, seconds=round(seconds, 3))


def _note_failure(record: dict[str, Any], error: Exception) -> None:
    unexpected = not isinstance(error, EXPECTED)
    log = logger.error if unexpected else logger.warning
    log(
        "manifest not settled",
        message_id=record["messageId"],
        error=type(error).__name__,
        cause=str(error),
        exc_info=error if unexpected else None,
    )
