"""The policy of a resource, found by the resource's ARN in moto's back ends.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.dynamodb.models import dynamodb_backends
from moto.events.models import events_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.mediapackagev2.models import mediapackagev2_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

Document = dict[str, Any]
MANAGED = "alias/aws/"
"""How the aliases of the keys begin that AWS manages."""
VERSION = "2012-10-17"


def resource_policy(account: str, arn: str) -> Document | None:
    """The policy document of the resource, {Version, Statement: [...]}; None for no policy and for no such resource.

    A key may be named by its ARN or by that of an alias, an object by the ARN of its own, a function with or without
    a version or alias, a log stream by its group. Buckets have no Region, all other ARNs name theirs.
    """
    parts = arn.split(":", 5)
    if len(parts) != 6:
        return None
    _, _, service, region, _, name = parts
    find = _FINDERS.get(service)
    if find is None:
        return None
    try:
        found = find(account, region, arn, name)
    except KeyError:  # a Region that there is not
        return None
    if not found:
        return None
    document: Document = json.loads(found) if isinstance(found, str | bytes) else dict(found)
    statements = document.get("Statement") or []
    document["Statement"] = [statements] if isinstance(statements, dict) else list(statements)
    return document if document["Statement"] else None


def _queue(account: str, region: str, _: str, name: str) -> Any:
    queue = sqs_backends[account][region].queues.get(name)
    return queue and queue._policy_json


def _topic(account: str, region: str, arn: str, _: str) -> Any:
    topic = sns_backends[account][region].topics.get(arn)
    return topic and topic._policy_json


def _function(account: str, region: str, _: str, name: str) -> Document | None:
    """All permissions of a function: each names the function, or the version or alias that it is for.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    """
    functions = lambda_backends[account][region]._lambdas._functions
    held = functions.get(name.split(":")[1] if ":" in name else name)
    if not held:
        return None
    found: dict[int, Document] = {}
    for function in (held["latest"], *held["versions"]):  # moto's copies may share one policy
        for statement in function.policy.statements:
            found.setdefault(id(statement), _permission(statement))
    return {"Version": VERSION, "Statement": list(found.values())}


def _permission(statement: Document) -> Document:
    """A permission as Lambda writes it: moto leaves accounts, roles and the URL's kind as they were given."""
    shaped = {name: value for name, value in statement.items() if name != "FunctionUrlAuthType"}
    principal = shaped.get("Principal")
    if isinstance(principal, str) and principal != "*":
        is_account = principal.isdigit()
        shaped["Principal"] = (
            {"AWS": f"arn:aws:iam::{principal}:root" if is_account else principal}
            if is_account or principal.startswith("arn:")
            else {"Service": principal}
        )
    if "FunctionUrlAuthType" in statement:
        condition = {name: dict(tests) for name, tests in (shaped.get("Condition") or {}).items()}
        condition.setdefault("StringEquals", {})["lambda:FunctionUrlAuthType"] = statement["FunctionUrlAuthType"]
        shaped["Condition"] = condition
    return shaped


def key_of(account: str, region: str, key_id: str) -> Any:
    """moto's key by id, ARN, alias name or alias ARN (in that ARN's Region); None when there is none."""
    if key_id.startswith("arn:"):
        region = key_id.split(":")[3]
    backend = kms_backends[account][region]
    try:
        return backend.keys.get(backend.any_id_to_key_id(key_id))
    except (AttributeError, KeyError):
        return None


def _key(account: str, region: str, arn: str, name: str) -> Any:
    key = key_of(account, region, arn)
    service = aws_managed(key) if key else ""
    if key is None and name.startswith(MANAGED):  # AWS makes it when a service first needs it
        service = name.removeprefix(MANAGED)
    if service:
        return _managed_key(account, region, service)
    return key and key.policy


def aws_managed(key: Any) -> str:
    """The service whose key in this account it is, as in `sns` for alias/aws/sns; empty for customers' own keys."""
    found = (str(alias).removeprefix(MANAGED) for alias in key.aliases if str(alias).startswith(MANAGED))
    return next(found, "")


def _managed_key(account: str, region: str, service: str) -> Document:
    """The policy of a key that AWS manages, which nobody can change: the account's own principals, by the service.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk
    """
    by_service = {"kms:CallerAccount": account, "kms:ViaService": f"{service}.{region}.amazonaws.com"}
    use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"]
    look = ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"]
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Sid": "ThroughService",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": use,
                "Resource": "*",
                "Condition": {"StringEquals": by_service},
            },
            {"Sid": "Metadata", "Effect": "Allow", "Principal": root, "Action": look, "Resource": "*"},
        ],
    }


def _bucket(account: str, _: str, arn: str, name: str) -> Any:
    buckets = s3_backends[account][arn.split(":")[1]].buckets
    bucket = buckets.get(name.split("/", 1)[0])
    return bucket and bucket.policy


def _log_group(account: str, region: str, _arn: str, _name: str) -> Document:
    """The Region's resource policies together: their statements say for which log groups they are.

    Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
    """
    held = logs_backends[account][region].resource_policies.values()
    statements: list[Document] = []
    for policy in held:
        found = json.loads(policy.policy_document).get("Statement") or []
        statements += [found] if isinstance(found, dict) else found
    return {"Version": VERSION, "Statement": statements}


def _bus(account: str, region: str, _: str, name: str) -> Any:
    bus = events_backends[account][region].event_buses.get(name.partition("/")[2])
    return bus and bus.policy


def _table(account: str, region: str, arn: str, _: str) -> Any:
    held = dynamodb_backends[account][region].resource_policies.get(arn)
    return held and held.policy_doc


def _secret(account: str, region: str, arn: str, _: str) -> Any:
    for secret in list(secretsmanager_backends[account][region].secrets.values()):
        if secret.arn == arn:
            return secret.policy
    return None


def _package(account: str, region: str, _: str, name: str) -> Any:
    """The policy of a channel (channelGroup/G/channel/C) or of an origin endpoint (…/originEndpoint/E)."""
    match name.split("/"):
        case ["channelGroup", group, "channel", channel]:
            return mediapackagev2_backends[account][region].channel_groups[group].channels[channel].policy
        case ["channelGroup", group, "channel", channel, "originEndpoint", endpoint]:
            held = mediapackagev2_backends[account][region].channel_groups[group].channels[channel]
            return held.endpoints[endpoint].policy
    return None


_FINDERS: dict[str, Callable[[str, str, str, str], Any]] = {
    "dynamodb": _table,
    "events": _bus,
    "kms": _key,
    "lambda": _function,
    "logs": _log_group,
    "mediapackagev2": _package,
    "s3": _bucket,
    "secretsmanager": _secret,
    "sns": _topic,
    "sqs": _queue,
}
"""Service of an ARN → (account, Region, ARN, what follows the account in it) → the policy, as text or document."""
