"""Who makes a delivery from one service to another: a service in its own name, or a service in a role's.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headend.localcloud.iam.identity import Identity
from headend.localcloud.iam.policy_evaluation import Principal, Question

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

Context = Mapping[str, str | list[str]]
ALARMS = "cloudwatch.amazonaws.com"
ALARMS_TO_FUNCTIONS = "lambda.alarms.cloudwatch.amazonaws.com"
EVENTS = "events.amazonaws.com"
FUNCTIONS = "lambda.amazonaws.com"
MEDIA_CONNECT = "mediaconnect.amazonaws.com"
SCHEDULER = "scheduler.amazonaws.com"
STATE_MACHINES = "states.amazonaws.com"
TOPICS = "sns.amazonaws.com"
TRAILS = "cloudtrail.amazonaws.com"


@dataclass(frozen=True)
class Sender:
    """A `service` (as in events.amazonaws.com) that acts for the resource `source_arn`: its rule, topic or alarm.

    With a `role_arn` it assumes that role, whose trust policy has to admit it, and acts as the role, in a session named
    `session` or, when that is empty, like the service. `owner_is_told`: the delivery carries AWS:SourceOwner, which the
    default policy of topics asks for (CloudWatch's does). `account_id` is for sources whose ARN names no account.
    """

    service: str
    source_arn: str
    role_arn: str = ""
    owner_is_told: bool = False
    session: str = ""
    account_id: str = ""

    @property
    def account(self) -> str:
        """The account of the source."""
        return self.account_id or self.source_arn.split(":")[4]


def authorise(
    cloud: LocalCloudServer, sender: Sender, action: str, resource: str, context: Context | None = None
) -> None:
    """Let the sender do `action` on `resource`, or raise AccessDenied; what is denied is on the timeline."""
    cloud.part(Identity).authorise(principal_of(cloud, sender, resource), action, resource, context)


def may(cloud: LocalCloudServer, sender: Sender, action: str, resource: str) -> bool:
    """Whether the service itself may do `action`, whatever the sender's role; nothing is noted."""
    identity = cloud.part(Identity)
    service = identity.service(sender.service, source_arn=sender.source_arn)
    return identity.decide(Question(service, action, resource)).allowed


def principal_of(cloud: LocalCloudServer, sender: Sender, resource: str = "") -> Principal:
    """The principal as the policy of `resource` sees it. Raises AccessDenied when the role does not trust the service.

    To topics EventBridge does not tell for which rule it publishes: a policy of the topic, or of its key, that asks for
    aws:SourceAccount or aws:SourceArn keeps it out.
    Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """
    if sender.role_arn:
        identity = cloud.part(Identity)
        session = sender.session or None
        return identity.assume(sender.role_arn, sender.service, source_arn=sender.source_arn, session_name=session)
    known = {"aws:SecureTransport": "true"}
    if not (sender.service == EVENTS and resource.startswith("arn:aws:sns:")):
        known |= {"aws:SourceArn": sender.source_arn, "aws:SourceAccount": sender.account}
        if sender.owner_is_told:
            known["aws:SourceOwner"] = sender.account
    return Principal("Service", sender.service, name=sender.service, context=known)
