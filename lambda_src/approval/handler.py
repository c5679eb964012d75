"""Entry point of the function: logging, metrics and clients around `approval_page.service`.

The event holds the link's key: it is never logged.
"""

import os
from functools import cache
from typing import Any

import boto3
from approval_page import page
from approval_page.approvals import ApprovalStore
from approval_page.requests import Refused, parse
from approval_page.service import ApprovalService, NotDelivered
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

logger = Logger()
metrics = Metrics()

_CLIENT = Config(connect_timeout=2, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 2})
_AGAIN = "The answer could not be delivered. Nothing is lost: go back, and give the same answer again in a minute."
_NO_TABLE = "The approval cannot be read now. Nothing was done: try again in a minute."


@cache
def _service() -> ApprovalService:
    """What answers requests; lives as long as the execution environment."""
    store = ApprovalStore(boto3.client("dynamodb", config=_CLIENT), os.environ["TABLE_NAME"])
    return ApprovalService(store, boto3.client("stepfunctions", config=_CLIENT))


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True, log_event=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Answer one request of the page: payload format 2.0 in and out. See `approval_page.service`."""
    headers: dict[str, str] = {}
    approval_id = None
    try:
        request = parse(event)
        approval_id = request.approval_id
        outcome = _service().handle(request)
        what, status, document = outcome.what, outcome.status, outcome.document
    except Refused as refusal:
        what, status, headers = "refused", refusal.status, refusal.headers
        document = page.notice(title="Not possible", text=refusal.says)
    except (NotDelivered, BotoCoreError, ClientError) as error:
        logger.warning("not answered", approval=approval_id, error=type(error).__name__, cause=str(error))
        what, status, headers = "failed", 503, {"retry-after": "60"}
        document = page.notice(title="Not now", text=_AGAIN if isinstance(error, NotDelivered) else _NO_TABLE)
    metrics.add_metric(f"Approval{what.capitalize()}", MetricUnit.Count, 1)
    logger.info("answered", approval=approval_id, outcome=what, status=status)
    head = str(((event.get("requestContext") or {}).get("http") or {}).get("method")) == "HEAD"
    result: dict[str, Any] = page.respond(status, document, headers, head=head)
    return result
