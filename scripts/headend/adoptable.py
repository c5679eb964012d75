"""The resources whose names can be taken by what no state knows: whether one exists, and how Terraform imports it.

Types with names that AWS makes itself (keys, topics' subscriptions, flows) cannot collide and are not here; topics,
queues, rules, alarms and state machines are made again without an error, and so need no adoption.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import botocore.exceptions

from headend.aws import Aws

Find = Callable[[Aws, str], str | None]
"""(access, name) → the identifier that `terraform import` wants, None where nothing has the name."""

ABSENT = ("404", "NotFound", "NoSuch", "DoesNotExist")


def _budget(aws: Aws, name: str) -> str:
    account = aws.client("sts").get_caller_identity()["Account"]
    aws.client("budgets").describe_budget(AccountId=account, BudgetName=name)
    return f"{account}:{name}"


def _log_group(aws: Aws, name: str) -> str | None:
    found = aws.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return name if any(group["logGroupName"] == name for group in found) else None


def _secret(aws: Aws, name: str) -> str:
    return str(aws.client("secretsmanager").describe_secret(SecretId=name)["ARN"])


def _trail(aws: Aws, name: str) -> str:
    return str(aws.client("cloudtrail").get_trail(Name=name)["Trail"]["TrailARN"])


def _by_name(service: str, operation: str, parameter: str) -> Find:
    def find(aws: Aws, name: str) -> str:
        getattr(aws.client(service), operation)(**{parameter: name})
        return name

    return find


TYPES: dict[str, tuple[str, Find]] = {
    "aws_budgets_budget": ("name", _budget),
    "aws_cloudtrail": ("name", _trail),
    "aws_cloudwatch_log_group": ("name", _log_group),
    "aws_dynamodb_table": ("name", _by_name("dynamodb", "describe_table", "TableName")),
    "aws_iam_role": ("name", _by_name("iam", "get_role", "RoleName")),
    "aws_kms_alias": ("name", _by_name("kms", "describe_key", "KeyId")),
    "aws_lambda_function": ("function_name", _by_name("lambda", "get_function", "FunctionName")),
    "aws_s3_bucket": ("bucket", _by_name("s3", "head_bucket", "Bucket")),
    "aws_secretsmanager_secret": ("name", _secret),
}
"""Terraform's type → (the argument that holds the name, how to look)."""


def identifier(aws: Aws, kind: str, values: dict[str, Any]) -> str | None:
    """What `terraform import` has to be told for a planned resource that is there already; None for all others."""
    if kind not in TYPES:
        return None
    argument, find = TYPES[kind]
    name = values.get(argument)
    if not name:
        return None
    try:
        return find(aws, str(name))
    except botocore.exceptions.ClientError as error:
        if any(word in error.response["Error"]["Code"] for word in ABSENT):
            return None
        raise
