"""Budgets in the local cloud, as AWS Budgets documents them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import RunningCloud

ACCOUNT = "123456789012"
AT_80 = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
FINANCE = {"SubscriptionType": "EMAIL", "Address": "finance@example.com"}


def limited(name: str, amount: str) -> dict[str, Any]:
    return {
        "BudgetName": name,
        "BudgetLimit": {"Amount": amount, "Unit": "USD"},
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
    }


@pytest.fixture
def budget(cloud: RunningCloud) -> str:
    name = f"budget-{uuid.uuid4().hex[:8]}"
    cloud.client("budgets").create_budget(
        AccountId=ACCOUNT,
        Budget=limited(name, "400"),
        NotificationsWithSubscribers=[{"Notification": AT_80, "Subscribers": [FINANCE]}],
        ResourceTags=[{"Key": "Deployment", "Value": "live"}],
    )
    return name


def test_the_subscribers_of_a_notification_are_those_it_was_made_with(cloud: RunningCloud, budget: str) -> None:
    asked = {"AccountId": ACCOUNT, "BudgetName": budget, "Notification": {**AT_80, "ThresholdType": "PERCENTAGE"}}
    assert cloud.client("budgets").describe_subscribers_for_notification(**asked)["Subscribers"] == [FINANCE]


def test_a_notification_that_is_not_there_is_not_found(cloud: RunningCloud, budget: str) -> None:
    with pytest.raises(ClientError) as error:
        cloud.client("budgets").describe_subscribers_for_notification(
            AccountId=ACCOUNT, BudgetName=budget, Notification={**AT_80, "Threshold": 90.0}
        )
    assert error.value.response["Error"]["Code"] == "NotFoundException"


def test_a_changed_limit_is_kept_with_the_notifications(cloud: RunningCloud, budget: str) -> None:
    client = cloud.client("budgets")
    client.update_budget(AccountId=ACCOUNT, NewBudget=limited(budget, "500"))
    found = client.describe_budget(AccountId=ACCOUNT, BudgetName=budget)["Budget"]
    assert float(found["BudgetLimit"]["Amount"]) == 500
    assert found["TimePeriod"]["Start"]
    notifications = client.describe_notifications_for_budget(AccountId=ACCOUNT, BudgetName=budget)["Notifications"]
    assert [one["Threshold"] for one in notifications] == [80.0]


def test_tags_are_kept_changed_and_taken_away(cloud: RunningCloud, budget: str) -> None:
    client, arn = cloud.client("budgets"), f"arn:aws:budgets::{ACCOUNT}:budget/{budget}"
    client.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "Stage", "Value": "dev"}])
    client.untag_resource(ResourceARN=arn, ResourceTagKeys=["Deployment"])
    assert client.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [{"Key": "Stage", "Value": "dev"}]


def test_a_second_budget_of_the_same_name_is_refused(cloud: RunningCloud, budget: str) -> None:
    with pytest.raises(ClientError) as error:
        cloud.client("budgets").create_budget(AccountId=ACCOUNT, Budget=limited(budget, "1"))
    assert error.value.response["Error"]["Code"] == "DuplicateRecordException"


def test_a_budget_that_is_not_there_cannot_be_changed(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError) as error:
        cloud.client("budgets").update_budget(AccountId=ACCOUNT, NewBudget=limited("nothing", "1"))
    assert error.value.response["Error"]["Code"] == "NotFoundException"
