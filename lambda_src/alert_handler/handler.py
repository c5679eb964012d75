"""Entry point of the function: logging, metrics, idempotency and clients around `alerts.service`."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from alerts.incidents import IncidentStore
from alerts.requests import Request, parse
from alerts.service import DUPLICATE, AlertService
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

logger = Logger()
metrics = Metrics()

# Fails well before the function's own timeout, so that what was claimed can be released.
_CLIENT = Config(connect_timeout=2, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 2})


def _replayed(response: Any, idempotent_data: DataRecord) -> dict[str, Any]:  # noqa: ARG001 - the hook's signature
    """The transition was handled already: say so, whatever became of it."""
    return {"outcome": DUPLICATE, "message_id": None, "subject": None}


@cache
def _idempotent() -> tuple[Callable[..., dict[str, Any]], IdempotencyConfig]:
    """What handles a request once, and its configuration; both live as long as the execution environment."""
    dynamodb = boto3.client("dynamodb", config=_CLIENT)
    table = os.environ["TABLE_NAME"]
    service = AlertService(
        sns=boto3.client("sns", config=_CLIENT),
        topic_arn=os.environ["TOPIC_ARN"],
        incidents=IncidentStore(dynamodb, table),
        dashboard=os.environ["DASHBOARD_NAME"],
        warn=logger.warning,
    )
    config = IdempotencyConfig(
        expires_after_seconds=int(os.environ["IDEMPOTENCY_TTL_SECONDS"]),
        response_hook=_replayed,
    )

    def handle(*, key: str, request: Request) -> dict[str, Any]:  # noqa: ARG001 - the key is for the decorator
        return service.handle(request)

    once = idempotent_function(
        data_keyword_argument="key",
        persistence_store=DynamoDBPersistenceLayer(table_name=table, boto3_client=dynamodb),
        config=config,
        key_prefix=os.environ["DEPLOYMENT_NAME"],
    )
    return once(handle), config


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Tell people; see `alerts.requests` for the payload, `alerts.service` for the result and the errors."""
    try:
        request = parse(event, datetime.now(UTC))
        handle, config = _idempotent()
        config.register_lambda_context(context)
        outcome = handle(key=request.idempotency_key, request=request)
    except Exception as error:
        metrics.add_metric("NotHandled", MetricUnit.Count, 1)
        logger.warning("not handled", error=type(error).__name__, cause=str(error))
        raise
    metrics.add_metric(f"Outcome{outcome['outcome'].capitalize()}", MetricUnit.Count, 1)
    logger.info("handled", kind=request.kind, flow=request.flow_name, transition=request.transition_id, result=outcome)
    return outcome
