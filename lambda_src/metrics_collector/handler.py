"""Entry point of the function: logging, metrics and clients around `collector.collect`."""

import os
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config
from collector.collect import Clients, collect
from collector.errors import CollectionIncomplete, CollectorError, InvalidRequest, Throttled

logger = Logger()
metrics = Metrics()

_EXPECTED = (CollectionIncomplete, CollectorError, InvalidRequest, Throttled)
# The branches of a run ask at once: adaptive retries make each of them slow down where it is told to.
_CLIENT = Config(connect_timeout=2, read_timeout=20, retries={"mode": "adaptive", "total_max_attempts": 5})


@cache
def _clients() -> Clients:
    """Clients live as long as the execution environment."""
    return Clients(
        cloudwatch=boto3.client("cloudwatch", config=_CLIENT),
        ec2=boto3.client("ec2", config=_CLIENT),
        s3=boto3.client("s3", config=_CLIENT),
    )


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Collect one metric type, or all: see `collector.collect.collect` for the payload, the result and the errors.

    The environment's BUCKET_NAME is where objects go.
    """
    try:
        result = collect(event, _clients(), os.environ["BUCKET_NAME"])
    except _EXPECTED as error:
        metrics.add_metric(f"Collect{type(error).__name__}", MetricUnit.Count, 1)
        logger.info("collection not finished", error=type(error).__name__, cause=str(error))
        raise
    except Exception as error:
        logger.exception("collection failed unexpectedly")
        raise CollectorError(f"{type(error).__name__}: {error}") from error
    for one in result.get("results", [result]):
        metrics.add_metric("CollectedDatapoints", MetricUnit.Count, one.get("datapoints", 0))
    logger.info("collection finished", result=result)
    return result
