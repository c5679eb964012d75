"""Entry point of the function: logging, metrics, idempotency and clients around `alerts.service`."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from alerts.approvals import ApprovalStore
from alerts.courses import CourseStore, Settings
from alerts.incidents import IncidentStore
from alerts.maintenance import MaintenanceStore
from alerts.requests import Request, parse
from alerts.response import ResponseService
from alerts.service import DUPLICATE, AlertService
from alerts.table import Table
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


def _responds() -> bool:
    """Whether a response workflow closes incidents; without one, transitions do."""
    mode = os.environ.get("INCIDENT_MODE", "transition")
    if mode not in ("transition", "response"):
        raise ValueError(f"INCIDENT_MODE must be transition or response, not {mode!r}")
    return mode == "response"


def _replayed(response: Any, idempotent_data: DataRecord) -> dict[str, Any]:  # noqa: ARG001 - the hook's signature
    """The transition was handled already: say so, whatever became of it.

    A response workflow may not have been started for what became of it, so there the first answer is given again.
    """
    first = {"outcome": DUPLICATE, "message_id": None, "subject": None}
    return {**first, **response, "replayed": True} if _responds() else first


def _service(dynamodb: Any) -> AlertService | ResponseService:
    sns, topic_arn = boto3.client("sns", config=_CLIENT), os.environ["TOPIC_ARN"]
    table, dashboard = os.environ["TABLE_NAME"], os.environ["DASHBOARD_NAME"]
    transitions = AlertService(
        sns=sns,
        topic_arn=topic_arn,
        incidents=IncidentStore(dynamodb, table),
        dashboard=dashboard,
        warn=logger.warning,
    )
    if not _responds():
        return transitions
    settings = Settings(
        flapping_count=int(os.environ.get("FLAPPING_COUNT", "3")),
        condition_seconds=int(os.environ.get("EVENT_CONDITION_SECONDS", "300")),
    )
    items = Table(dynamodb, table)
    return ResponseService(
        sns=sns,
        topic_arn=topic_arn,
        store=CourseStore(items, settings),
        maintenance=MaintenanceStore(items),
        approvals=ApprovalStore(items, os.environ.get("APPROVAL_URL")),
        transitions=transitions,
        settings=settings,
        dashboard=dashboard,
        warn=logger.warning,
    )


@cache
def _idempotent() -> tuple[Callable[..., dict[str, Any]], IdempotencyConfig]:
    """What handles a request once, and its configuration; both live as long as the execution environment."""
    dynamodb = boto3.client("dynamodb", config=_CLIENT)
    service = _service(dynamodb)
    config = IdempotencyConfig(
        expires_after_seconds=int(os.environ["IDEMPOTENCY_TTL_SECONDS"]),
        response_hook=_replayed,
    )

    def handle(*, key: str, request: Request) -> dict[str, Any]:  # noqa: ARG001 - the key is for the decorator
        return service.handle(request)

    once = idempotent_function(
        data_keyword_argument="key",
        persistence_store=DynamoDBPersistenceLayer(table_name=os.environ["TABLE_NAME"], boto3_client=dynamodb),
        config=config,
        key_prefix=os.environ["DEPLOYMENT_NAME"],
    )
    return once(handle), config


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Tell people; see `alerts.schemas` for the payload, `alerts.service` for the result and the errors.

    With INCIDENT_MODE=response, `alerts.response` has them. `incident` is always there, and None without a response
    workflow.
    """
    try:
        request = parse(event, datetime.now(UTC))
        handle, config = _idempotent()
        config.register_lambda_context(context)
        outcome = {"incident": None, **handle(key=request.idempotency_key, request=request)}
    except Exception as error:
        metrics.add_metric("NotHandled", MetricUnit.Count, 1)
        logger.warning("not handled", error=type(error).__name__, cause=str(error))
        raise
    counted = DUPLICATE if outcome.pop("replayed", False) else outcome["outcome"]
    metrics.add_metric(f"Outcome{counted.capitalize()}", MetricUnit.Count, 1)
    logger.info("handled", kind=request.kind, flow=request.flow_name, transition=request.transition_id, result=outcome)
    return outcome
