"""What Step Functions itself needs of a state machine's role: to deliver logs and traces, to use the machine's key."""

from __future__ import annotations

from collections.abc import Iterator

from headend.asl.iam.arns import NO_RESOURCES
from headend.asl.iam.policy import Collector, Grant, Policy
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
MACHINE = "(the state machine)"
KEY = ("kms:Decrypt", "kms:GenerateDataKey")


def needs(settings: Settings) -> Iterator[Grant]:
    """What the settings ask for. Neither log delivery nor traces have resources to name."""
    for action in LOGS if settings.logging else ():
        yield Grant(action, "*", (), NO_RESOURCES, "to deliver logs", LOGS_PAGE, "DeliverLogs")
    for action in TRACES if settings.tracing else ():
        yield Grant(action, "*", (), NO_RESOURCES, "to send traces", TRACES_PAGE, "Trace")
    context = (("StringEquals", "kms:EncryptionContext:aws:states:stateMachineArn", (settings.machine,)),)
    for action in KEY if settings.kms_key else ():
        yield Grant(action, as_arn(str(settings.kms_key)), context, "", "to encrypt executions", KEY_PAGE, "Encrypt")


def policy(settings: Settings) -> Policy:
    """The policy of a machine that calls nothing."""
    collector = Collector()
    collector.add(needs(settings), MACHINE)
    return Policy(collector.statements())
