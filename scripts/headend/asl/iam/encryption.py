"""What KMS asks of a caller whose call reads or writes something that a customer's key encrypts.

Sources: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#sns-what-permissions-for-sse
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from headend.asl.iam.policy import Grant
from headend.asl.iam.settings import Settings, as_arn

ACTIONS: Mapping[str, tuple[str, ...]] = {
    "dynamodb": ("kms:Decrypt",),
    "s3:GetObject": ("kms:Decrypt",),
    "s3:PutObject": ("kms:Decrypt", "kms:GenerateDataKey"),
    "secretsmanager": ("kms:Decrypt",),
    "sns:Publish": ("kms:Decrypt", "kms:GenerateDataKey"),
    "sqs:ReceiveMessage": ("kms:Decrypt",),
    "sqs:SendMessage": ("kms:Decrypt", "kms:GenerateDataKey"),
    "ssm": ("kms:Decrypt",),
}
"""Action, or the prefix of all of a service's → what it needs of the key."""
PAGES: Mapping[str, str] = {
    "s3": "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
    "sns": "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
    "sqs": "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
}


def of(action: str, resource: str, settings: Settings) -> Iterator[Grant]:
    """The grants on the key that the settings give for a resource: only through the resource's service."""
    names = [resource, *re.findall(r"\$\{([^{}]*)\}", resource)]
    key = next((settings.keys[name] for name in names if name in settings.keys), None)
    service = action.partition(":")[0]
    for needed in (ACTIONS.get(action) or ACTIONS.get(service) or ()) if key else ():
        through = (("StringEquals", "kms:ViaService", (f"{service}.{settings.region}.amazonaws.com",)),)
        yield Grant(needed, as_arn(str(key)), through, "", f"the key of `{resource}`", PAGES.get(service, ""))
