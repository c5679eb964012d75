"""Entry point of the function: logging, metrics and clients around `analytics.service`."""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from analytics.bucket import Bucket
from analytics.errors import AnalyticsError, InvalidEvent, StorageFailed
from analytics.requests import parse
from analytics.service import analyse
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

logger = Logger()
metrics = Metrics()

_EXPECTED = (InvalidEvent, StorageFailed)
_CLIENT = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})


@cache
def _bucket() -> Bucket:
    """The bucket's client lives as long as the execution environment."""
    return Bucket(boto3.client("s3", config=_CLIENT), os.environ["BUCKET_NAME"])


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Analyse what a run collected; see `analytics.requests.parse` for the payload, `analytics.service` for the rest.

    Raises:
        InvalidEvent, StorageFailed, AnalyticsError.
    """
    try:
        request = parse(event, datetime.now(UTC))
        result = analyse(request, _bucket())
    except _EXPECTED as error:
        metrics.add_metric(f"Analysis{type(error).__name__}", MetricUnit.Count, 1)
        logger.warning("not analysed", error=type(error).__name__, cause=str(error))
        raise
    except Exception as error:
        logger.exception("analysis failed unexpectedly")
        raise AnalyticsError(f"{type(error).__name__}: {error}") from error
    metrics.add_metric("Findings", MetricUnit.Count, result["counts"]["findings"])
    logger.info("analysed", analysis=request.analysis, run=request.run_id, counts=result["counts"])
    return result
