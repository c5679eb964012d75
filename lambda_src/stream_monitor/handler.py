"""Entry point of the function: logging, metrics and clients around `monitor.check` and `monitor.assess`."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config
from monitor.assess import assess
from monitor.check import check
from monitor.errors import DatapointsPending, InvalidEvent, MonitorError, Throttled, UnknownFlow

logger = Logger()
metrics = Metrics()

_EXPECTED = (InvalidEvent, MonitorError, Throttled, UnknownFlow)
_CLIENT = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})


@cache
def _client(service: str) -> Any:
    """Clients live as long as the execution environment."""
    return boto3.client(service, config=_CLIENT)  # type: ignore[call-overload]


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Check a flow; see `monitor.check.check` for the payload, the result and the errors.

    With {"operation": "assess"} its sources are judged too: see `monitor.assess.assess`. While datapoints are pending
    the answer is {"pending": true, "reason"}.
    """
    try:
        operation = assess if isinstance(event, dict) and event.get("operation") == "assess" else check
        result = operation(event, _client("mediaconnect"), _client("cloudwatch"), datetime.now(UTC))
    except DatapointsPending as pending:
        metrics.add_metric("CheckPending", MetricUnit.Count, 1)
        logger.info("datapoints pending", reason=str(pending))
        return {"pending": True, "reason": str(pending)}
    except _EXPECTED as error:
        metrics.add_metric(f"Check{type(error).__name__}", MetricUnit.Count, 1)
        logger.info("check not finished", error=type(error).__name__, cause=str(error))
        raise
    except Exception as error:
        logger.exception("check failed unexpectedly")
        raise MonitorError(f"{type(error).__name__}: {error}") from error
    metrics.add_metric("CheckHealthy" if result["healthy"] else "CheckUnhealthy", MetricUnit.Count, 1)
    logger.info("check finished", result=result)
    return result
