"""Entry point of the function: logging, metrics and clients around `livecheck.service`."""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config
from livecheck.errors import InvalidEvent, LiveCheckError, SegmentsPending, Throttled
from livecheck.service import Access, check

logger = Logger()
metrics = Metrics()

_EXPECTED = (InvalidEvent, LiveCheckError, Throttled)
_CLIENT = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})


@cache
def _client(service: str, region: str) -> Any:
    """Clients live as long as the execution environment."""
    return boto3.client(service, region_name=region, config=_CLIENT)  # type: ignore[call-overload]


def _access() -> Access:
    credentials = boto3.session.Session().get_credentials
    return Access(_client, lambda: credentials(), os.environ.get("AWS_ENDPOINT_URL") or None)


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Check channels: {"operation": "epoch" | "manifest", "channels": [{region, channel_id, origin}], "limits"?}.

    `origin` is {kind: "s3" | "mediapackage", domain_name, manifest_path}, as module live_origin's output. The answer is
    {operation, ok, failed, findings}, or {"pending": true, "reason"} while a start has not settled: ask again.
    """
    try:
        result = check(event, _access(), datetime.now(UTC))
    except SegmentsPending as pending:
        metrics.add_metric("LiveCheckPending", MetricUnit.Count, 1)
        logger.info("segments pending", reason=str(pending))
        return {"pending": True, "reason": str(pending)}
    except _EXPECTED as error:
        metrics.add_metric(f"LiveCheck{type(error).__name__}", MetricUnit.Count, 1)
        logger.info("check not finished", error=type(error).__name__, cause=str(error))
        raise
    except Exception as error:
        logger.exception("check failed unexpectedly")
        raise LiveCheckError(f"{type(error).__name__}: {error}") from error
    metrics.add_metric("LiveCheckPassed" if result["ok"] else "LiveCheckFailed", MetricUnit.Count, 1)
    logger.info("check finished", result=result)
    return result
