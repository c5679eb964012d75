"""Services whose actions or resources are not called as their operations and parameters are.

Each function answers for one service: (scope, operation, parameters) → what is needed, or None for "as usual".
Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlparse

from headend.localcloud.iam.catalog_actions import needs_of_athena, needs_of_glue
from headend.localcloud.iam.policy_conditions import Values
from headend.localcloud.iam.request_needs import Need, Parameters, Scope
from headend.localcloud.iam.resource_policies import key_of
from headend.localcloud.iam.s3_actions import needs_of_s3

Special = Callable[[Scope, str, Parameters], list[Need] | None]

PASSED_ROLES: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("cloudformation", "CreateChangeSet"): {"RoleARN": "cloudformation.amazonaws.com"},
    ("cloudformation", "CreateStack"): {"RoleARN": "cloudformation.amazonaws.com"},
    ("cloudformation", "DeleteStack"): {"RoleARN": "cloudformation.amazonaws.com"},
    ("cloudformation", "UpdateStack"): {"RoleARN": "cloudformation.amazonaws.com"},
    ("cloudtrail", "CreateTrail"): {"CloudWatchLogsRoleArn": "cloudtrail.amazonaws.com"},
    ("events", "PutTargets"): {"Targets.RoleArn": "events.amazonaws.com"},
    ("lambda", "CreateFunction"): {"Role": "lambda.amazonaws.com"},
    ("lambda", "UpdateFunctionConfiguration"): {"Role": "lambda.amazonaws.com"},
    ("mediaconnect", "CreateFlow"): {"source.decryption.roleArn": "mediaconnect.amazonaws.com"},
    ("medialive", "CreateChannel"): {"RoleArn": "medialive.amazonaws.com"},
    ("medialive", "CreateInput"): {"RoleArn": "medialive.amazonaws.com"},
    ("medialive", "UpdateChannel"): {"RoleArn": "medialive.amazonaws.com"},
    ("medialive", "UpdateInput"): {"RoleArn": "medialive.amazonaws.com"},
    ("scheduler", "CreateSchedule"): {"Target.RoleArn": "scheduler.amazonaws.com"},
    ("scheduler", "UpdateSchedule"): {"Target.RoleArn": "scheduler.amazonaws.com"},
    ("states", "CreateStateMachine"): {"roleArn": "states.amazonaws.com"},
    ("states", "UpdateStateMachine"): {"roleArn": "states.amazonaws.com"},
}
"""(service, operation) → where it names a role that it hands to a service, and which.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""


def _sqs(scope: Scope, operation: str, parameters: Parameters) -> list[Need] | None:
    """Queues are named by URL; a batch needs the permission of its single message."""
    action = operation.removesuffix("Batch")
    url = str(parameters.get("QueueUrl") or "")
    if url:
        path = urlparse(url).path.strip("/").split("/")
        account = path[-2] if len(path) > 1 and path[-2].isdigit() else scope.account
        return [Need(f"sqs:{action}", f"arn:aws:sqs:{scope.region}:{account}:{path[-1]}")]
    name = parameters.get("QueueName") or parameters.get("SourceArn") or ""
    if not name:
        return [Need(f"sqs:{action}", "*")]
    return [Need(f"sqs:{action}", str(name) if str(name).startswith("arn:") else scope.arn(str(name)))]


def _sns(scope: Scope, operation: str, parameters: Parameters) -> list[Need] | None:
    action = f"sns:{operation.removesuffix('Batch')}"
    arn = parameters.get("TopicArn") or parameters.get("TargetArn") or parameters.get("ResourceArn")
    subscription = parameters.get("SubscriptionArn")
    if not arn and subscription:  # the permission is one of the subscription's topic
        arn = ":".join(str(subscription).split(":")[:6])
    context: dict[str, Values] = {}
    if operation == "Subscribe":
        context = {
            "sns:Protocol": str(parameters.get("Protocol", "")),
            "sns:Endpoint": str(parameters.get("Endpoint", "")),
        }
    if not arn and parameters.get("Name"):
        arn = scope.arn(str(parameters["Name"]))
    return [Need(action, str(arn or "*"), context)]


LAMBDA_ACTIONS = {
    "Invoke": "InvokeFunction",
    "InvokeAsync": "InvokeFunction",
    "InvokeWithResponseStream": "InvokeFunction",
}


def _lambda(scope: Scope, operation: str, parameters: Parameters) -> list[Need] | None:
    """A function is named by name, part of its ARN, or ARN, each with or without a qualifier."""
    action = f"lambda:{LAMBDA_ACTIONS.get(operation, operation)}"
    name = str(parameters.get("FunctionName") or "")
    if not name:
        return None
    if operation == "CreateEventSourceMapping":
        return [Need(action, "*", {"lambda:FunctionArn": _function_arn(scope, name, "")})]
    qualifier = str(parameters.get("Qualifier") or "") if action == "lambda:InvokeFunction" else ""
    return [Need(action, _function_arn(scope, name, qualifier))]


def _function_arn(scope: Scope, name: str, qualifier: str) -> str:
    if not name.startswith("arn:"):
        tail = name.partition("function:")[2] or name
        name = scope.arn(f"function:{tail}")
    return f"{name}:{qualifier}" if qualifier and len(name.split(":")) == 7 else name


def _dynamodb(scope: Scope, operation: str, parameters: Parameters) -> list[Need] | None:
    """Transactions need the permission of each item; a query of an index needs that of the index."""

    def arn(name: Any) -> str:
        return str(name) if str(name).startswith("arn:") else scope.arn(f"table/{name}")

    transaction = parameters.get("TransactItems")
    if transaction:
        pairs = [(kind, item) for one in transaction for kind, item in one.items()]
        names = {"Get": "GetItem", "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
        enclosing: dict[str, Values] = {"dynamodb:EnclosingOperation": operation}
        return [
            Need(f"dynamodb:{names.get(kind, 'ConditionCheckItem')}", arn(item.get("TableName")), enclosing)
            for kind, item in pairs
        ]
    tables = parameters.get("RequestItems")
    if tables:
        return [Need(f"dynamodb:{operation}", arn(table)) for table in tables]
    table = parameters.get("TableName")
    if not table:
        return None
    index = parameters.get("IndexName")
    context: dict[str, Values] = {}
    if isinstance(parameters.get("Key"), Mapping) or isinstance(parameters.get("Item"), Mapping):
        named = parameters.get("Key") or parameters.get("Item") or {}
        context = {"dynamodb:Attributes": sorted(named), **_leading_keys(scope, str(table), named)}
    return [Need(f"dynamodb:{operation}", arn(table) + (f"/index/{index}" if index else ""), context)]


def _leading_keys(scope: Scope, table: str, named: Mapping[str, Any]) -> dict[str, Values]:
    """The value of the partition key, by which a policy may keep a caller to some items of a table.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    from moto.dynamodb.models import dynamodb_backends

    held = dynamodb_backends[scope.account][scope.region].tables.get(table.rpartition("/")[2])
    value = named.get(held.hash_key_attr) if held else None
    if not isinstance(value, Mapping) or not value:
        return {}
    return {"dynamodb:LeadingKeys": [str(next(iter(value.values())))]}


def _states(scope: Scope, operation: str, parameters: Parameters) -> list[Need] | None:
    """For an alias or a version, Step Functions asks for the machine's own ARN.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    """
    arn = next(
        (
            str(parameters[name])
            for name in ("executionArn", "mapRunArn", "activityArn", "stateMachineAliasArn", "stateMachineVersionArn")
            if parameters.get(name)
        ),
        str(parameters.get("stateMachineArn") or ""),
    )
    if operation in ("CreateStateMachine", "CreateActivity"):
        kind = "stateMachine" if operation == "CreateStateMachine" else "activity"
        arn = scope.arn(f"{kind}:{parameters.get('name')}")
    if not arn:
        return [Need(f"states:{operation}", str(parameters.get("resourceArn") or "*"))]
    parts = arn.split(":")
    context: dict[str, Values] = {}
    if len(parts) == 8 and parts[5] == "stateMachine":
        context["states:StateMachineQualifier"] = parts[7]
        arn = ":".join(parts[:7])
    return [Need(f"states:{operation}", arn, context)]


def _events(scope: Scope, operation: str, parameters: Parameters) -> list[Need] | None:
    def bus(name: Any) -> str:
        return str(name) if str(name).startswith("arn:") else scope.arn(f"event-bus/{name or 'default'}")

    if operation == "PutEvents":
        return [
            Need(
                "events:PutEvents",
                bus(one.get("EventBusName")),
                {"events:source": str(one.get("Source", "")), "events:detail-type": str(one.get("DetailType", ""))},
            )
            for one in parameters.get("Entries") or [{}]
        ]
    rule = parameters.get("Rule") or (parameters.get("Name") if operation.endswith("Rule") else None)
    if rule:
        name = str(parameters.get("EventBusName") or "default").rpartition("/")[2]
        return [Need(f"events:{operation}", scope.arn(f"rule/{rule}" if name == "default" else f"rule/{name}/{rule}"))]
    if operation in ("CreateEventBus", "DeleteEventBus", "DescribeEventBus"):
        return [Need(f"events:{operation}", bus(parameters.get("Name")))]
    return None


def _logs(scope: Scope, operation: str, parameters: Parameters) -> list[Need] | None:
    """Streams stand below their group; what names a group only needs the group's ARN with an empty stream."""
    group = parameters.get("logGroupName") or parameters.get("logGroupIdentifier")
    if not group:
        if operation.startswith("Describe") and operation not in ("DescribeLogGroups", "DescribeLogStreams"):
            return None
        return [Need(f"logs:{operation}", "*")] if operation != "DescribeLogGroups" else _all_groups(scope)
    name = str(group).partition(":log-group:")[2].removesuffix(":*") if str(group).startswith("arn:") else str(group)
    stream = parameters.get("logStreamName") or ""
    return [Need(f"logs:{operation}", scope.arn(f"log-group:{name}:log-stream:{stream}"))]


def _all_groups(scope: Scope) -> list[Need]:
    return [Need("logs:DescribeLogGroups", scope.arn("log-group::log-stream:"))]


def _cloudwatch(scope: Scope, operation: str, parameters: Parameters) -> list[Need] | None:
    if operation == "PutMetricData":
        return [Need("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": str(parameters.get("Namespace", ""))})]
    names = parameters.get("AlarmNames") or ([parameters["AlarmName"]] if parameters.get("AlarmName") else [])
    if names and operation != "DescribeAlarmsForMetric":
        return [Need(f"cloudwatch:{operation}", scope.arn(f"alarm:{name}")) for name in names]
    if operation == "DescribeAlarms":
        return [Need("cloudwatch:DescribeAlarms", scope.arn("alarm:*"))]
    return None


def _kms(scope: Scope, operation: str, parameters: Parameters) -> list[Need] | None:
    """Keys by id, ARN or alias; the encryption context is a condition key each."""
    named = parameters.get("KeyId") or parameters.get("TargetKeyId")
    context: dict[str, Values] = {"kms:CallerAccount": scope.account}
    pairs = parameters.get("EncryptionContext") or {}
    context |= {f"kms:EncryptionContext:{name}": str(value) for name, value in pairs.items()}
    if pairs:
        context["kms:EncryptionContextKeys"] = list(pairs)
    found = [Need(f"kms:{operation}", _key_arn(scope, str(named)), context)] if named else []
    alias = parameters.get("AliasName")
    if alias:
        found.append(Need(f"kms:{operation}", scope.arn(str(alias)), context))
    return found or [Need(f"kms:{operation}", "*", context)]


def _key_arn(scope: Scope, named: str) -> str:
    key = key_of(scope.account, scope.region, named)
    if key:
        return str(key.arn)
    return named if named.startswith("arn:") else scope.arn(f"key/{named}", "kms")


def _secretsmanager(scope: Scope, operation: str, parameters: Parameters) -> list[Need] | None:
    from moto.secretsmanager.models import secretsmanager_backends

    named = str(parameters.get("SecretId") or "")
    if not named:
        return None
    held = secretsmanager_backends[scope.account][scope.region].secrets
    arns = [secret.arn for secret in list(held.values()) if named in (secret.arn, secret.name)]
    context: dict[str, Values] = {"secretsmanager:SecretId": arns[0] if arns else named}
    if operation == "GetSecretValue":
        context["secretsmanager:VersionStage"] = str(parameters.get("VersionStage") or "AWSCURRENT")
    unknown = named if named.startswith("arn:") else scope.arn(f"secret:{named}")
    return [Need(f"secretsmanager:{operation}", arns[0] if arns else unknown, context)]


def _ssm(scope: Scope, operation: str, parameters: Parameters) -> list[Need] | None:
    if "Parameter" not in operation:
        return None
    names = parameters.get("Names") or [parameters.get("Name") or parameters.get("Path")]
    return [Need(f"ssm:{operation}", scope.arn(f"parameter/{str(n).lstrip('/')}") if n else "*") for n in names]


def _scheduler(scope: Scope, operation: str, parameters: Parameters) -> list[Need] | None:
    if operation.endswith("Schedule") and parameters.get("Name"):
        return [
            Need(
                f"scheduler:{operation}",
                scope.arn(f"schedule/{parameters.get('GroupName') or 'default'}/{parameters['Name']}"),
            )
        ]
    return None


def _iam(scope: Scope, operation: str, parameters: Parameters) -> list[Need] | None:
    """Entities by name: their ARN has a path, which only IAM knows."""
    from headend.localcloud.iam.identity_policies import backend

    held = backend(scope.account)
    for parameter, kind, known in (
        ("RoleName", "role", {role.name: role.arn for role in list(held.roles.values())}),
        ("UserName", "user", {user.name: user.arn for user in list(held.users.values())}),
        ("GroupName", "group", {group.name: group.arn for group in list(held.groups.values())}),
    ):
        name = parameters.get(parameter)
        if name:
            path = str(parameters.get("Path") or "/")
            return [Need(f"iam:{operation}", known.get(name, f"arn:aws:iam::{scope.account}:{kind}{path}{name}"))]
    return None


def _sts(_: Scope, operation: str, parameters: Parameters) -> list[Need] | None:
    role = parameters.get("RoleArn")
    if not role:
        return None
    context: dict[str, Values] = {"sts:RoleSessionName": str(parameters.get("RoleSessionName", ""))}
    if parameters.get("ExternalId"):
        context["sts:ExternalId"] = str(parameters["ExternalId"])
    if parameters.get("TransitiveTagKeys"):
        context["sts:TransitiveTagKeys"] = [str(one) for one in parameters["TransitiveTagKeys"]]
    found = [Need(f"sts:{operation}", str(role), context)]
    if parameters.get("Tags"):
        found.append(Need("sts:TagSession", str(role), context))
    return found


SERVICES: Mapping[str, Special] = {
    "athena": needs_of_athena,
    "cloudwatch": _cloudwatch,
    "dynamodb": _dynamodb,
    "events": _events,
    "glue": needs_of_glue,
    "iam": _iam,
    "kms": _kms,
    "lambda": _lambda,
    "logs": _logs,
    "s3": needs_of_s3,
    "scheduler": _scheduler,
    "secretsmanager": _secretsmanager,
    "sns": _sns,
    "sqs": _sqs,
    "ssm": _ssm,
    "states": _states,
    "sts": _sts,
}
"""Prefix of a service's actions → its function."""
