"""The resources of services that name them in ways of their own: queue URLs, buckets, tables, functions, executions.

Each function answers for a service: (action, operation, arguments, settings) → resources; None for "as usual".
Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from headend.asl.iam.arguments import Arguments, Value
from headend.asl.iam.arns import Resource, fill, hinted, is_arn
from headend.asl.iam.policy import Conditions
from headend.asl.iam.settings import Settings

Answer = list[Resource] | None
_QUEUE = re.compile(
    r"https?://(?:sqs\.)?(?P<region>[^/]*?)(?:\.queue)?\.amazonaws\.com[^/]*/(?P<account>[^/]+)/(?P<name>[^/]+)"
)


def _sqs(_action: str, _operation: str, arguments: Arguments, settings: Settings) -> Answer:
    """Queues are named by URL: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME."""
    found = []
    for value in arguments.values("QueueUrl"):
        told = hinted(value, settings)
        match = _QUEUE.fullmatch(value.text or "")
        if told:
            found.append(Resource(told))
        elif match:
            found.append(Resource(f"arn:{settings.partition}:sqs:{match['region']}:{match['account']}:{match['name']}"))
        else:
            why = f"`QueueUrl` is decided at run time (`{value.written}`)"
            if value.text is not None:
                why = f"no ARN can be told from the URL `{value.written}`: tell it with `arns`"
            found.append(Resource(settings.arn("sqs", "*"), why))
    return found or None


def _sns(action: str, _operation: str, arguments: Arguments, settings: Settings) -> Answer:
    if action != "sns:Publish":
        return None
    if arguments.has("PhoneNumber"):
        return [Resource("*", "a message to a phone number is about no topic")]
    target = next((name for name in ("TopicArn", "TargetArn") if arguments.has(name)), "TopicArn")
    return fill(f"arn:{{partition}}:sns:{{region}}:{{account}}:{{{target}}}", arguments, settings)


def function(name: Value, qualifier: list[Value], settings: Settings) -> list[Resource]:
    """A function by name, part of its ARN or ARN. A version or an alias is a resource of its own.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
    """
    told = hinted(name, settings)
    if told is None and name.text is None:
        why = f"the function is decided at run time (`{name.written}`)"
        return [Resource(settings.arn("lambda", "function:*"), why)]
    arn = told or str(name.text)
    if not told and not is_arn(arn, ""):
        account, _, short = arn.rpartition(":function:")
        own = settings if not account else replace(settings, account=account.rpartition(":")[2])
        arn = own.arn("lambda", f"function:{short.removeprefix('function:')}")
    if not qualifier or len(re.sub(r"\$\{[^{}]*\}", "x", arn).split(":")) > 7:
        return [Resource(arn)]
    if qualifier[0].text is None:
        return [Resource(f"{arn}:*", f"the qualifier is decided at run time (`{qualifier[0].written}`)")]
    return [Resource(f"{arn}:{qualifier[0].text}")]


def _lambda(action: str, _operation: str, arguments: Arguments, settings: Settings) -> Answer:
    qualifier = (
        arguments.values("Qualifier") if action == "lambda:InvokeFunction" and arguments.fields is not None else []
    )
    found = [one for name in arguments.values("FunctionName") for one in function(name, qualifier, settings)]
    return found or None


def _dynamodb(action: str, operation: str, arguments: Arguments, settings: Settings) -> Answer:
    """Transactions need the permission of each item, batches that of each table, queries that of the index."""
    table = "arn:{partition}:dynamodb:{region}:{account}:table/{TableName}"
    if operation in ("BatchGetItem", "BatchWriteItem") and arguments.fields is not None:
        names = [name for one in arguments.objects("RequestItems") for name in one]
        named = [Arguments({"TableName": name}, jsonata=True) for name in names]
        return [one for name in named for one in fill(table, name, settings)] or None
    if operation in TRANSACTIONS:
        found = []
        for item in arguments.objects("TransactItems"):
            if item.fields is None:
                return [Resource(settings.arn("dynamodb", "table/*"), "the items are decided at run time")]
            for kind in item:
                if action == f"dynamodb:{TRANSACTIONS[operation].get(kind, 'ConditionCheckItem')}":
                    found += [one for inner in item.objects(kind) for one in fill(table, inner, settings)]
        return found or None
    if "Statement" in arguments or arguments.has("Statements"):
        return [Resource(settings.arn("dynamodb", "table/*"), "the tables stand in the statement's text")]
    if not arguments.has("TableName") and arguments.fields is not None:
        return None
    found = fill(table, arguments, settings)
    indexes = arguments.values("IndexName") if arguments.fields is not None else []
    for value in indexes:
        why = "" if value.text is not None else f"`IndexName` is decided at run time (`{value.written}`)"
        index = "*" if value.text is None else value.text
        found = [Resource(f"{one.arn}/index/{index}", "; ".join(filter(None, (one.why, why)))) for one in found]
    return found


TRANSACTIONS: Mapping[str, Mapping[str, str]] = {
    "TransactGetItems": {"Get": "GetItem"},
    "TransactWriteItems": {
        "ConditionCheck": "ConditionCheckItem",
        "Delete": "DeleteItem",
        "Put": "PutItem",
        "Update": "UpdateItem",
    },
}
"""Operation → kind of item → what it needs.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
"""


def actions_of_transaction(operation: str, arguments: Arguments) -> list[str]:
    """What the items of a transaction need; all that it might, where they are decided at run time."""
    kinds = TRANSACTIONS[operation]
    items = arguments.objects("TransactItems")
    if not items or any(item.fields is None for item in items):
        return sorted({f"dynamodb:{name}" for name in kinds.values()})
    return sorted({f"dynamodb:{kinds.get(kind, 'ConditionCheckItem')}" for item in items for kind in item})


_BUCKET = "arn:{partition}:s3:::{Bucket}"


def _s3(action: str, operation: str, arguments: Arguments, settings: Settings) -> Answer:
    """Objects by bucket and key; what is copied has to be read."""
    if not arguments.has("Bucket") and arguments.fields is not None:
        return None
    if operation == "DeleteObjects":
        return _objects(arguments, settings, "Delete.Objects.Key")
    if operation in ("CopyObject", "UploadPartCopy") and action == "s3:GetObject":
        return _copied(arguments, settings)
    if arguments.has("Key") or (arguments.fields is None and "Object" in action):
        return _objects(arguments, settings, "Key")
    return fill(_BUCKET, arguments, settings)


def _objects(arguments: Arguments, settings: Settings, key: str) -> list[Resource]:
    """A bucket's ARN stands for the bucket only: the key follows it."""
    if arguments.fields is None:
        return fill(f"{_BUCKET}/*", arguments, settings)
    buckets = fill(_BUCKET, arguments, settings)
    found: list[Resource] = []
    for bucket in buckets:
        found += [
            Resource(f"{bucket.arn}/{one.arn}", "; ".join(filter(None, (bucket.why, one.why))))
            for one in fill(f"{{{key}}}", arguments, settings)
        ]
    return found


def _copied(arguments: Arguments, settings: Settings) -> list[Resource]:
    if [one for one in arguments.objects("CopySource") if one.fields]:
        inner = arguments.objects("CopySource")[0]
        return _objects(inner, settings, "Key")
    found = []
    for value in arguments.values("CopySource"):
        if value.text is None:
            why = f"`CopySource` is decided at run time (`{value.written}`)"
            found.append(Resource(f"arn:{settings.partition}:s3:::*", why))
        else:
            found.append(Resource(f"arn:{settings.partition}:s3:::{value.text.lstrip('/').partition('?')[0]}"))
    return found


def _states(_action: str, operation: str, arguments: Arguments, settings: Settings) -> Answer:
    """For an alias or a version, Step Functions asks for the machine's own ARN.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    """
    if operation not in ("StartExecution", "StartSyncExecution"):
        return None
    found = fill("arn:{partition}:states:{region}:{account}:stateMachine:{StateMachineArn}", arguments, settings)
    return [replace(one, arn=unqualified(one.arn)) for one in found]


def unqualified(arn: str) -> str:
    """A state machine's ARN without version or alias, where the text shows it."""
    parts = re.split(r":(?![^{]*\})", arn)
    return ":".join(parts[:7]) if arn.startswith("arn:") else arn


def _batch(action: str, _operation: str, arguments: Arguments, settings: Settings) -> Answer:
    """A job definition without a revision is the newest one.

    Source: https://docs.aws.amazon.com/batch/latest/userguide/iam-example-job-def.html
    """
    if action != "batch:SubmitJob":
        return None
    queue = fill("arn:{partition}:batch:{region}:{account}:job-queue/{JobQueue}", arguments, settings)
    definition = fill("arn:{partition}:batch:{region}:{account}:job-definition/{JobDefinition}", arguments, settings)
    return queue + [_any_revision(one, "job-definition/") for one in definition]


def _ecs(action: str, _operation: str, arguments: Arguments, settings: Settings) -> Answer:
    """A task definition without a revision is the newest one."""
    if action not in ("ecs:RunTask", "ecs:StartTask"):
        return None
    form = "arn:{partition}:ecs:{region}:{account}:task-definition/{TaskDefinition}"
    return [_any_revision(one, "task-definition/") for one in fill(form, arguments, settings)]


def _any_revision(resource: Resource, kind: str) -> Resource:
    name = resource.arn.rpartition(kind)[2]
    if kind not in resource.arn or ":" in re.sub(r"\$\{[^{}]*\}", "", name) or name.endswith("*"):
        return resource
    why = resource.why or "without a revision the newest one is meant"
    return Resource(f"{resource.arn}:*", why)


def _ssm(action: str, _operation: str, arguments: Arguments, settings: Settings) -> Answer:
    """A parameter's name may begin with a slash, its ARN has one only."""
    name = next((name for name in ("Name", "Names", "Path") if arguments.has(name)), None)
    if "Parameter" not in action or name is None:
        return None
    found = fill(f"arn:{{partition}}:ssm:{{region}}:{{account}}:parameter/{{{name}}}", arguments, settings)
    found = [replace(one, arn=one.arn.replace("parameter//", "parameter/")) for one in found]
    if name == "Path":
        found = [replace(one, arn=one.arn.rstrip("/") + "*", why="all parameters below the path") for one in found]
    return found


SERVICES: Mapping[str, Callable[[str, str, Arguments, Settings], Answer]] = {
    "batch": _batch,
    "dynamodb": _dynamodb,
    "ecs": _ecs,
    "lambda": _lambda,
    "s3": _s3,
    "sns": _sns,
    "sqs": _sqs,
    "ssm": _ssm,
    "states": _states,
}


def conditions(action: str, arguments: Arguments) -> Conditions:
    """The conditions that AWS documents for an action without resources of its own, where the arguments are known."""
    key = CONDITIONS.get(action)
    text = arguments.text(key[1]) if key and arguments.fields is not None else None
    return (("StringEquals", key[0], (text,)),) if key and text else ()


CONDITIONS: Mapping[str, tuple[str, str]] = {
    "cloudwatch:PutMetricData": ("cloudwatch:namespace", "Namespace"),
    "s3:ListBucket": ("s3:prefix", "Prefix"),
}
"""Action → (condition key, argument).

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
"""
