"""Requests that use a KMS key besides what they are about: messages, secrets, objects and items under a key.

Whoever sends, reads or writes needs the permission on the key too; the service asks KMS in the caller's name, with
kms:ViaService. Keys that AWS manages (`alias/aws/…`) admit everybody in the account who comes through their service.

Sources: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from headend.localcloud.iam.policy_evaluation import Principal

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.aws_request import AwsRequest

WRITE = ("kms:GenerateDataKey", "kms:Decrypt")
READ = ("kms:Decrypt",)
ITEMS = frozenset({"BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"})


@dataclass(frozen=True)
class KeyUse:
    """A key (id, ARN or alias) that is used for a resource, by which actions, with which encryption context."""

    key: str
    resource: str
    actions: tuple[str, ...]
    encryption_context: Mapping[str, str] = field(default_factory=dict)


def authorise(cloud: LocalCloudServer, who: Principal, request: AwsRequest) -> None:
    """Let the caller use the keys that its request needs. Raises AccessDenied."""
    find = FINDERS.get(request.service)
    if find is None:
        return
    from headend.localcloud.iam.key_policies import permit

    for use in find(cloud.account_id, request):
        if use.key and "alias/aws/" not in use.key:
            permit(cloud, who, use.key, use.resource, use.actions, dict(use.encryption_context))


def _topic(account: str, request: AwsRequest) -> Iterator[KeyUse]:
    if request.operation not in ("Publish", "PublishBatch"):
        return
    arn = str(request.parameters.get("TopicArn") or request.parameters.get("TargetArn") or "")
    topic = sns_backends[account][request.region].topics.get(arn)
    if topic and topic.kms_master_key_id:
        yield KeyUse(str(topic.kms_master_key_id), arn, WRITE, {"aws:sns:topicArn": arn})


def _queue(account: str, request: AwsRequest) -> Iterator[KeyUse]:
    actions = {"SendMessage": WRITE, "SendMessageBatch": WRITE, "ReceiveMessage": READ}.get(request.operation)
    if actions is None:
        return
    name = str(request.parameters.get("QueueUrl") or "").rstrip("/").rpartition("/")[2]
    queue = sqs_backends[account][request.region].queues.get(name)
    if queue and queue.kms_master_key_id:
        yield KeyUse(str(queue.kms_master_key_id), queue.queue_arn, actions, {"aws:sqs:arn": queue.queue_arn})


def _secret(account: str, request: AwsRequest) -> Iterator[KeyUse]:
    parameters = request.parameters
    actions = {
        "CreateSecret": WRITE,
        "GetSecretValue": READ,
        "PutSecretValue": WRITE,
        "UpdateSecret": WRITE,
    }.get(request.operation)
    if actions is None:
        return
    named = str(parameters.get("SecretId") or parameters.get("Name") or "")
    held = list(secretsmanager_backends[account][request.region].secrets.values())
    secret = next((one for one in held if named in (one.arn, one.name)), None)
    key = str(parameters.get("KmsKeyId") or (secret.kms_key_id if secret else "") or "")
    arn = secret.arn if secret else f"arn:aws:secretsmanager:{request.region}:{account}:secret:{named}"
    if key:
        yield KeyUse(key, arn, actions, {"SecretARN": arn})


def _object(account: str, request: AwsRequest) -> Iterator[KeyUse]:
    parameters = request.parameters
    bucket = s3_backends[account]["aws"].buckets.get(str(parameters.get("Bucket") or ""))
    name = str(parameters.get("Key") or "")
    if bucket is None or not name:
        return
    arn = f"arn:aws:s3:::{bucket.name}/{name}"
    where = f"arn:aws:s3:{request.region}:{account}:{bucket.name}/{name}"  # the Region of kms:ViaService
    if request.operation in ("GetObject", "HeadObject"):
        held = bucket.keys.get(name)
        if held is not None and getattr(held, "encryption", None) == "aws:kms" and held.kms_key_id:
            yield KeyUse(str(held.kms_key_id), where, READ, {"aws:s3:arn": arn})
    elif request.operation in ("PutObject", "CopyObject", "CreateMultipartUpload"):
        key = parameters.get("SSEKMSKeyId") or _default_key(bucket)
        if key:
            yield KeyUse(str(key), where, ("kms:GenerateDataKey",), {"aws:s3:arn": arn})


def _default_key(bucket: Any) -> str:
    """The key of the bucket's default encryption; empty for S3's own keys."""
    rule: Any = (bucket.encryption or {}).get("Rule") or {}
    rule = rule[0] if isinstance(rule, list) else rule
    return str((rule.get("ApplyServerSideEncryptionByDefault") or {}).get("KMSMasterKeyID") or "")


def _table(account: str, request: AwsRequest) -> Iterator[KeyUse]:
    if request.operation not in ITEMS:
        return
    parameters = request.parameters
    for named in parameters.get("RequestItems") or [parameters.get("TableName") or ""]:
        name = str(named).rpartition("/")[2]
        table = dynamodb_backends[account][request.region].tables.get(name)
        settings = (table.sse_specification or {}) if table else {}
        key = str(settings.get("KMSMasterKeyId") or settings.get("KMSMasterKeyID") or "")
        if table and key and not _aws_managed(account, request.region, key):
            yield KeyUse(key, table.table_arn, READ, {"aws:dynamodb:tableName": name})


def _aws_managed(account: str, region: str, named: str) -> bool:
    """Whether it is a key that AWS made for a service: moto gives it an alias below alias/aws/."""
    from headend.localcloud.iam.resource_policies import key_of

    key = key_of(account, region, named)
    return key is not None and any(str(alias).startswith("alias/aws/") for alias in getattr(key, "aliases", ()))


FINDERS: Mapping[str, Callable[[str, AwsRequest], Iterator[KeyUse]]] = {
    "dynamodb": _table,
    "s3": _object,
    "secretsmanager": _secret,
    "sns": _topic,
    "sqs": _queue,
}
"""Signing name → the keys that a request of the service uses."""
