"""What AWS tries with the roles, policies and keys of a thing when it is made or changed.

It refuses the thing when they do not do. Each check belongs to one operation and raises Refusal with AWS's error.

Sources: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moto.awslambda.models import lambda_backends
from moto.core.exceptions import JsonRESTError
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from werkzeug.wrappers import Response

from headend.localcloud.aws_request import AwsRequest
from headend.localcloud.iam import key_policies, senders
from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.iam.identity import Identity
from headend.localcloud.iam.senders import FUNCTIONS, SCHEDULER, STATE_MACHINES, Sender
from headend.localcloud.rejections import managed_rules, notification_checks, trail_checks
from headend.localcloud.rejections.check_refusal import Refusal

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

Check = Callable[["LocalCloudServer", AwsRequest], None]
LOG_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
NETWORK = (
    "CreateNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeSubnets",
    "DeleteNetworkInterface",
    "AssignPrivateIpAddresses",
    "UnassignPrivateIpAddresses",
)
LOG_KEY_USE = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey")
DESTINATIONS = {
    "sqs": ("sqs:SendMessage", "SendMessage"),
    "sns": ("sns:Publish", "Publish"),
    "lambda": ("lambda:InvokeFunction", "InvokeFunction"),
    "events": ("events:PutEvents", "PutEvents"),
}
"""Service of a destination's ARN → what the function's role needs there, and how Lambda calls it."""


def _arn(cloud: LocalCloudServer, request: AwsRequest, service: str, resource: str) -> str:
    return f"arn:aws:{service}:{request.region}:{cloud.account_id}:{resource}"


# Lambda


def create_function(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """The role has to trust Lambda, and to be able to reach the queue or topic for what fails."""
    asked = request.parameters
    name = str(asked.get("FunctionName", ""))
    _function_role(cloud, asked["Role"], _arn(cloud, request, "lambda", f"function:{name}"), asked)


def update_function(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """As at CreateFunction, for what changes."""
    asked = request.parameters
    try:
        known = lambda_backends[cloud.account_id][request.region].get_function(asked["FunctionName"])
    except JsonRESTError:
        return
    _function_role(cloud, asked.get("Role") or known.role, known.function_arn, asked)


def _function_role(cloud: LocalCloudServer, role: str, function_arn: str, asked: dict[str, Any]) -> None:
    sender = Sender(FUNCTIONS, function_arn, role_arn=role)
    try:
        senders.principal_of(cloud, sender)
    except AccessDenied as error:
        raise Refusal(
            "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."
        ) from error
    if (asked.get("VpcConfig") or {}).get("SubnetIds"):
        _network(cloud, sender)
    target = (asked.get("DeadLetterConfig") or {}).get("TargetArn")
    if target:
        action, verb = DESTINATIONS[target.split(":")[2]]
        where = {"sqs": "SQS", "sns": "SNS"}[target.split(":")[2]]
        try:
            senders.authorise(cloud, sender, action, target)
        except AccessDenied as error:
            message = f"The provided execution role does not have permissions to call {verb} on {where}"
            raise Refusal("InvalidParameterValueException", message) from error


def _network(cloud: LocalCloudServer, sender: Sender) -> None:
    """Lambda makes network interfaces in the function's role.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    """
    for verb in NETWORK:
        try:
            senders.authorise(cloud, sender, f"ec2:{verb}", "*")
        except AccessDenied as error:
            message = f"The provided execution role does not have permissions to call {verb} on EC2"
            raise Refusal("InvalidParameterValueException", message) from error


def put_destinations(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """The function's role has to be allowed to send to its destinations."""
    asked = request.parameters
    try:
        function = lambda_backends[cloud.account_id][request.region].get_function(asked["FunctionName"])
    except JsonRESTError:
        return
    sender = Sender(FUNCTIONS, function.function_arn, role_arn=function.role)
    for destination in (asked.get("DestinationConfig") or {}).values():
        arn = (destination or {}).get("Destination") or ""
        action, verb = DESTINATIONS.get(arn.split(":")[2] if arn.startswith("arn:") else "", ("", ""))
        if not action:
            continue
        try:
            senders.authorise(cloud, sender, action, arn)
        except AccessDenied as error:
            message = f"The function's execution role does not have permissions to call {verb} on {arn}"
            raise Refusal("InvalidParameterValueException", message) from error


# Step Functions


def create_state_machine(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """The role has to trust Step Functions, and to be able to make the rules of `.sync` tasks and to deliver logs."""
    asked = request.parameters
    arn = _arn(cloud, request, "states", f"stateMachine:{asked.get('name', '')}")
    _machine_role(cloud, arn, asked["roleArn"], asked.get("loggingConfiguration"), asked.get("definition", ""))


def update_state_machine(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """As at CreateStateMachine, with the role and the logging that it has from then on."""
    asked = request.parameters
    arn = ":".join(str(asked["stateMachineArn"]).split(":")[:7])
    machines = stepfunctions_parser_backends[cloud.account_id][request.region].state_machines
    known = next((machine for machine in machines if machine.arn == arn), None)
    if known is not None:
        logging = asked.get("loggingConfiguration") or known.loggingConfiguration
        definition = asked.get("definition") or known.definition
        _machine_role(cloud, arn, asked.get("roleArn") or known.roleArn, logging, definition)


def _machine_role(
    cloud: LocalCloudServer, arn: str, role: str, logging: dict[str, Any] | None, definition: str
) -> None:
    region = arn.split(":")[3]
    regional = Sender(f"states.{region}.amazonaws.com", arn, role_arn=role)
    sender = (
        regional if senders.may(cloud, regional, "sts:AssumeRole", role) else Sender(STATE_MACHINES, arn, role_arn=role)
    )
    try:
        senders.principal_of(cloud, sender)
    except AccessDenied as error:
        message = (
            "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume "
            "the provided role."
        )
        raise Refusal("AccessDeniedException", message) from error
    managed_rules.check(cloud, sender, definition)
    if not (logging or {}).get("destinations"):
        return
    try:
        for action in LOG_DELIVERY:
            senders.authorise(cloud, sender, action, "*")
    except AccessDenied as error:
        message = "The state machine IAM Role is not authorized to access the Log Destination"
        raise Refusal("AccessDeniedException", message) from error


# EventBridge Scheduler


def put_schedule(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """The role has to trust Scheduler, which acts for the schedule's group."""
    asked = request.parameters
    group = asked.get("GroupName") or "default"
    source = _arn(cloud, request, "scheduler", f"schedule-group/{group}")
    role = (asked.get("Target") or {}).get("RoleArn") or ""
    try:
        cloud.part(Identity).assume(role, SCHEDULER, source_arn=source)
    except AccessDenied as error:
        message = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
        raise Refusal("ValidationException", message) from error


# CloudWatch Logs


def log_group_key(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """The key's policy has to let CloudWatch Logs of the Region encrypt this group."""
    asked = request.parameters
    key, name = asked.get("kmsKeyId"), asked.get("logGroupName")
    if not key:
        return
    arn = _arn(cloud, request, "logs", f"log-group:{name}") if name else str(asked.get("resourceIdentifier", ""))
    logs = Sender(f"logs.{request.region}.amazonaws.com", arn)
    try:
        principal = senders.principal_of(cloud, logs)
        key_policies.permit(cloud, principal, str(key), arn, LOG_KEY_USE, {"aws:logs:arn": arn})
    except AccessDenied as error:
        message = f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'"
        raise Refusal("AccessDeniedException", message) from error


CHECKS: dict[tuple[str, str], Check] = {
    ("cloudtrail", "CreateTrail"): trail_checks.create_trail,
    ("cloudtrail", "UpdateTrail"): trail_checks.update_trail,
    ("lambda", "CreateFunction"): create_function,
    ("lambda", "PutFunctionEventInvokeConfig"): put_destinations,
    ("lambda", "UpdateFunctionConfiguration"): update_function,
    ("lambda", "UpdateFunctionEventInvokeConfig"): put_destinations,
    ("logs", "AssociateKmsKey"): log_group_key,
    ("logs", "CreateLogGroup"): log_group_key,
    ("logs", "PutSubscriptionFilter"): notification_checks.subscription_filter,
    ("s3", "PutBucketNotificationConfiguration"): notification_checks.bucket_notifications,
    ("scheduler", "CreateSchedule"): put_schedule,
    ("scheduler", "UpdateSchedule"): put_schedule,
    ("states", "CreateStateMachine"): create_state_machine,
    ("states", "UpdateStateMachine"): update_state_machine,
}
SERVICES = frozenset(service for service, _ in CHECKS)


def install(cloud: LocalCloudServer) -> None:
    """Look at what is made after its maker has been found to be allowed to."""
    from headend.localcloud.app import aws_error

    def gate(request: AwsRequest) -> Response | None:
        check = CHECKS.get((request.service, request.operation)) if request.service in SERVICES else None
        if check is None or not request.parameters:
            return None
        try:
            check(cloud, request)
        except Refusal as error:
            return aws_error(error.code, str(error), request.service)
        return None

    cloud.add_gate(gate)
