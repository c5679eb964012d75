"""KMS keys of encrypted resources: who sends to a topic or queue has to be allowed to use its key too.

AWS's services use the key as their caller, with an encryption context that names the resource.
Sources: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
https://docs.aws.amazon.com/kms/latest/developerguide/policy-conditions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from headend.localcloud.iam.identity import Identity
from headend.localcloud.iam.policy_evaluation import Principal
from headend.localcloud.iam.resource_policies import key_of
from headend.localcloud.iam.senders import Sender, principal_of

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

SEND = ("kms:GenerateDataKey", "kms:Decrypt")
"""What a publisher or sender needs on the key; the second proves that the data key is sound."""


def permit_publish(cloud: LocalCloudServer, sender: Sender, topic_arn: str) -> None:
    """Let the sender use the key of a topic, if that has one. Raises AccessDenied."""
    topic = sns_backends[cloud.account_id][topic_arn.split(":")[3]].topics.get(topic_arn)
    key_id = topic.kms_master_key_id if topic else None
    if key_id:
        who = principal_of(cloud, sender, topic_arn)
        permit(cloud, who, str(key_id), topic_arn, SEND, {"aws:sns:topicArn": topic_arn})


def permit_send(cloud: LocalCloudServer, sender: Sender, queue_arn: str) -> None:
    """Let the sender use the key of a queue, if that has one of KMS. Raises AccessDenied."""
    queue = sqs_backends[cloud.account_id][queue_arn.split(":")[3]].queues.get(queue_arn.rpartition(":")[2])
    key_id = queue.kms_master_key_id if queue else None
    if key_id:
        permit(cloud, principal_of(cloud, sender), str(key_id), queue_arn, SEND, {"aws:sqs:arn": queue_arn})


def permit(
    cloud: LocalCloudServer,
    who: Principal,
    key_id: str,
    resource_arn: str,
    actions: tuple[str, ...],
    encryption_context: dict[str, str],
) -> None:
    """Let `who` use a key (id, ARN or alias) through the service of the resource. Raises AccessDenied."""
    _, _, service, region, _, _ = resource_arn.split(":", 5)
    key = key_of(cloud.account_id, region, key_id)
    arn = key.arn if key else f"arn:aws:kms:{region}:{cloud.account_id}:{key_id}"
    context: dict[str, str | list[str]] = {
        f"kms:EncryptionContext:{name}": value for name, value in encryption_context.items()
    }
    if encryption_context:
        context["kms:EncryptionContextKeys"] = list(encryption_context)
    if who.account:
        context["kms:CallerAccount"] = who.account
        context["kms:ViaService"] = f"{service}.{region}.amazonaws.com"
    for action in actions:
        cloud.part(Identity).authorise(who, action, arn, context)
