"""What Step Functions itself needs of a state machine's role: to deliver logs and traces, to use the machine's key."""

from __future__ import annotations

from collections.abc import Iterator

from headend.asl.iam.arns import NO_RESOURCES
from headend.asl.iam.policy import Grant
from headend.asl.iam.settings import Settings, as_arn

LOGS_PAGE = "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy"
TRACES_PAGE = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html#xray-iam"
KEY_PAGE = "https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html"
LOGS = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
TRACES = ("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments")
KEY = ("kms:Decrypt", "kms:GenerateDataKey")


def logging() -> Iterator[Grant]:
    """Log delivery, which has no resources to name."""
    for action in LOGS:
        yield Grant(action, "*", why=NO_RESOURCES, purpose="to deliver logs", source=LOGS_PAGE)


def tracing() -> Iterator[Grant]:
    """Traces, which have no resources to name."""
    for action in TRACES:
        yield Grant(action, "*", why=NO_RESOURCES, purpose="to send traces", source=TRACES_PAGE)


def key(settings: Settings) -> Iterator[Grant]:
    """The machine's own key, for its definition and executions only."""
    context = (("StringEquals", "kms:EncryptionContext:aws:states:stateMachineArn", (settings.machine,)),)
    for action in KEY if settings.kms_key else ():
        yield Grant(action, as_arn(str(settings.kms_key)), context, purpose="to encrypt executions", source=KEY_PAGE)
