"""AWS Budgets: changes, subscribers and tags of a budget, which moto lacks. The budgets themselves are moto's.

Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Operations_AWS_Budgets.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moto.budgets.models import Budget, budgets_backends
from moto.core.exceptions import JsonRESTError
from werkzeug.wrappers import Request, Response

from headend.localcloud.app import aws_error

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

PARTITION = "aws"
"""Budgets belong to the account and have no Region: moto keeps them by partition."""
IDENTITY = ("NotificationType", "ComparisonOperator", "Threshold")
"""What makes a notification the same one; AWS fills in the rest where a caller leaves it out."""


class NotFoundError(LookupError):
    """There is no such budget or notification."""


def install(cloud: LocalCloudServer) -> None:
    """Answer the operations that moto lacks."""

    def budget(name: str) -> Budget:
        found = budgets_backends[cloud.account_id][PARTITION].budgets[cloud.account_id].get(name)
        if found is None:
            raise NotFoundError(f"Unable to get budget: {name} - the budget doesn't exist.")
        return found

    def tagged(arn: str) -> dict[str, str]:
        """The tags of the budget with this ARN (arn:aws:budgets::ACCOUNT:budget/NAME), to read or to change."""
        found: dict[str, str] = vars(budget(arn.rpartition(":budget/")[2])).setdefault("tags", {})
        return found

    def update(request: dict[str, Any]) -> dict[str, Any]:
        new = request["NewBudget"]
        known = budget(new["BudgetName"])
        known.budget = {"TimePeriod": known.budget["TimePeriod"], **new, "LastUpdatedTime": cloud.clock.time()}
        return {}

    def subscribers(request: dict[str, Any]) -> dict[str, Any]:
        wanted = request["Notification"]
        for notification in budget(request["BudgetName"]).notifications:
            if all(notification.details.get(key) == wanted.get(key) for key in IDENTITY):
                return {"Subscribers": notification.subscribers}
        raise NotFoundError("Unable to find the notification - it doesn't exist.")

    def tag(request: dict[str, Any]) -> dict[str, Any]:
        tagged(request["ResourceARN"]).update({item["Key"]: item["Value"] for item in request["ResourceTags"]})
        return {}

    def untag(request: dict[str, Any]) -> dict[str, Any]:
        tags = tagged(request["ResourceARN"])
        for key in request["ResourceTagKeys"]:
            tags.pop(key, None)
        return {}

    def list_tags(request: dict[str, Any]) -> dict[str, Any]:
        tags = tagged(request["ResourceARN"])
        return {"ResourceTags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}

    def create(request: dict[str, Any]) -> dict[str, Any]:
        budgets_backends[cloud.account_id][PARTITION].create_budget(
            cloud.account_id, request["Budget"], request.get("NotificationsWithSubscribers", [])
        )
        tags = {item["Key"]: item["Value"] for item in request.get("ResourceTags", [])}
        vars(budget(request["Budget"]["BudgetName"]))["tags"] = tags
        return {}

    for name, operation in (
        ("CreateBudget", create),
        ("DescribeSubscribersForNotification", subscribers),
        ("ListTagsForResource", list_tags),
        ("TagResource", tag),
        ("UntagResource", untag),
        ("UpdateBudget", update),
    ):
        cloud.add_operation("budgets", name, _answering(operation))


def _answering(operation: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Request, str], Response]:
    def answer(request: Request, _: str) -> Response:
        try:
            body = operation(json.loads(request.get_data() or b"{}"))
        except NotFoundError as error:
            return aws_error("NotFoundException", str(error))
        except JsonRESTError as error:
            return aws_error(error.error_type, error.message)
        return Response(json.dumps(body), mimetype="application/x-amz-json-1.1")

    return answer
