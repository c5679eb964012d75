"""What AWS refuses to make because a role, policy or key does not do."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from running_cloud import REGION, RunningCloud, package

ACCOUNT = "123456789012"
HERE = f"{REGION}:{ACCOUNT}"
LAMBDA = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"
LOG_DELIVERY = "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy"
MACHINE_ROLE = "https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html"
TRAIL_BUCKET = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html"
TRAIL_KEY = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html"
TRAIL_LOGS = (
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html"
)
LOG_KEY = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
SCHEDULER = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html"
DELIVERY_ACTIONS = [
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
]


def named(kind: str) -> str:
    return f"{kind}-{uuid.uuid4().hex[:8]}"


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def trust(service: str, **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return document({**statement, **({"Condition": condition} if condition else {})})


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


# Lambda


def create_function(cloud: RunningCloud, role: str, **settings: Any) -> Any:
    return cloud.client("lambda").create_function(
        FunctionName=named("function"),
        Role=role,
        Runtime="python3.13",
        Architectures=["arm64"],
        Handler="handler.handler",
        Code={"ZipFile": package({"handler.py": "def handler(event, context): return 1"})},
        **settings,
    )


NO_ROLE = ("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")


@pytest.mark.contract("A function's role has to trust Lambda", source=LAMBDA)
@pytest.mark.parametrize("trusted", ["ec2.amazonaws.com", "states.amazonaws.com"])
def test_a_functions_role_has_to_trust_lambda(cloud: RunningCloud, trusted: str) -> None:
    role = cloud.role(named("role"), trust=trust(trusted))
    assert refusal(lambda: create_function(cloud, role)) == NO_ROLE


@pytest.mark.contract("A function's role has to be there", source=LAMBDA)
def test_a_functions_role_has_to_be_there(cloud: RunningCloud) -> None:
    assert refusal(lambda: create_function(cloud, f"arn:aws:iam::{ACCOUNT}:role/{named('none')}")) == NO_ROLE


@pytest.mark.contract("A function's role is checked again when the function gets another one", source=LAMBDA)
def test_a_functions_new_role_has_to_trust_lambda(cloud: RunningCloud) -> None:
    name = cloud.function("def handler(event, context): return 1")
    role = cloud.role(named("role"), trust=trust("ec2.amazonaws.com"))
    functions = cloud.client("lambda")
    assert refusal(lambda: functions.update_function_configuration(FunctionName=name, Role=role)) == NO_ROLE
    functions.update_function_configuration(FunctionName=name, Timeout=11)


@pytest.mark.contract(
    "A function's role has to be allowed to send to its dead-letter queue",
    source="https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
)
def test_a_functions_role_has_to_reach_its_dead_letter_queue(cloud: RunningCloud) -> None:
    _, queue = cloud.queue(named("queue"))
    role = cloud.role(named("role"), policy=document(allow("sqs:SendMessage", resource=f"{queue}-other")))
    code, message = refusal(lambda: create_function(cloud, role, DeadLetterConfig={"TargetArn": queue}))
    assert code == "InvalidParameterValueException"
    assert message == "The provided execution role does not have permissions to call SendMessage on SQS"


@pytest.mark.contract(
    "A function's role has to be allowed to send to its destinations",
    source="https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
)
def test_a_functions_role_has_to_reach_its_destinations(cloud: RunningCloud) -> None:
    _, queue = cloud.queue(named("queue"))
    topic = cloud.topic(named("topic"))
    role = cloud.role(named("role"), policy=document(allow("sqs:SendMessage", resource=queue)))
    name = create_function(cloud, role)["FunctionName"]

    def set_destination(arn: str) -> Any:
        return cloud.client("lambda").put_function_event_invoke_config(
            FunctionName=name, DestinationConfig={"OnFailure": {"Destination": arn}}
        )

    set_destination(queue)
    code, message = refusal(lambda: set_destination(topic))
    assert code == "InvalidParameterValueException"
    assert message.endswith(f"does not have permissions to call Publish on {topic}")


# Step Functions


def create_machine(cloud: RunningCloud, role: str, name: str = "", **settings: Any) -> Any:
    definition = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
    return cloud.client("stepfunctions").create_state_machine(
        name=name or named("machine"), definition=json.dumps(definition), roleArn=role, type="EXPRESS", **settings
    )


def logging_to(cloud: RunningCloud) -> dict[str, Any]:
    group = f"/aws/vendedlogs/states/{named('group')}"
    cloud.client("logs").create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:{HERE}:log-group:{group}:*"
    destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]
    return {"level": "ALL", "includeExecutionData": True, "destinations": destinations}


NOT_TRUSTED = (
    "AccessDeniedException",
    (
        "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the "
        "provided role."
    ),
)
NO_LOGS = ("AccessDeniedException", "The state machine IAM Role is not authorized to access the Log Destination")


@pytest.mark.contract("A state machine's role has to trust Step Functions", source=MACHINE_ROLE)
@pytest.mark.parametrize(
    "document_of_trust",
    [
        pytest.param(trust("lambda.amazonaws.com"), id="another service"),
        pytest.param(
            trust("states.amazonaws.com", ArnLike={"aws:SourceArn": f"arn:aws:states:{HERE}:stateMachine:other"}),
            id="another machine",
        ),
        pytest.param(
            trust("states.amazonaws.com", ArnLike={"aws:SourceArn": f"arn:aws:states:us-east-1:{ACCOUNT}:*"}),
            id="another Region",
        ),
        pytest.param(
            trust("states.amazonaws.com", StringEquals={"aws:SourceAccount": "210987654321"}), id="another account"
        ),
        pytest.param(
            document(
                {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"},
                {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"},
            ),
            id="explicit deny",
        ),
    ],
)
def test_a_state_machines_role_has_to_trust_step_functions(
    cloud: RunningCloud, document_of_trust: dict[str, Any]
) -> None:
    role = cloud.role(named("role"), trust=document_of_trust)
    assert refusal(lambda: create_machine(cloud, role)) == NOT_TRUSTED


@pytest.mark.contract("A role may be for one state machine only", source=MACHINE_ROLE)
def test_a_role_may_be_for_one_state_machine(cloud: RunningCloud) -> None:
    name = named("machine")
    arn = f"arn:aws:states:{HERE}:stateMachine:{name}"
    only = trust("states.amazonaws.com", ArnLike={"aws:SourceArn": arn}, StringEquals={"aws:SourceAccount": ACCOUNT})
    assert create_machine(cloud, cloud.role(named("role"), trust=only), name)["stateMachineArn"] == arn


@pytest.mark.contract("A state machine's role may trust Step Functions of the Region", source=MACHINE_ROLE)
@pytest.mark.parametrize("region", [REGION, "us-east-1"])
def test_a_role_may_trust_the_regions_step_functions(cloud: RunningCloud, region: str) -> None:
    role = cloud.role(named("role"), trust=trust(f"states.{region}.amazonaws.com"))
    if region == REGION:
        create_machine(cloud, role)
    else:
        assert refusal(lambda: create_machine(cloud, role)) == NOT_TRUSTED


@pytest.mark.contract("Log delivery needs each of its permissions", source=LOG_DELIVERY)
@pytest.mark.parametrize("missing", DELIVERY_ACTIONS)
def test_log_delivery_needs_each_permission(cloud: RunningCloud, missing: str) -> None:
    actions = [action for action in DELIVERY_ACTIONS if action != missing]
    role = cloud.role(named("role"), policy=document(allow(*actions)))
    logging = logging_to(cloud)
    assert refusal(lambda: create_machine(cloud, role, loggingConfiguration=logging)) == NO_LOGS
    cloud.client("iam").put_role_policy(
        RoleName=role.rpartition("/")[2], PolicyName="rest", PolicyDocument=json.dumps(document(allow(missing)))
    )
    create_machine(cloud, role, loggingConfiguration=logging)


@pytest.mark.contract("Log delivery is checked when a state machine is updated", source=LOG_DELIVERY)
def test_log_delivery_is_checked_at_an_update(cloud: RunningCloud) -> None:
    role = cloud.role(named("role"), policy=document(allow(*DELIVERY_ACTIONS[1:])))
    machine = create_machine(cloud, role)["stateMachineArn"]
    machines = cloud.client("stepfunctions")
    logging = logging_to(cloud)
    assert (
        refusal(lambda: machines.update_state_machine(stateMachineArn=machine, loggingConfiguration=logging)) == NO_LOGS
    )


# EventBridge and Scheduler


@pytest.mark.contract(
    "A rule's target in Step Functions needs a role",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html",
)
def test_a_state_machine_as_target_needs_a_role(cloud: RunningCloud) -> None:
    events, name = cloud.client("events"), named("rule")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    target = {"Id": "1", "Arn": f"arn:aws:states:{HERE}:stateMachine:any"}
    code, message = refusal(lambda: events.put_targets(Rule=name, Targets=[target]))
    assert (code, message) == ("ValidationException", f"RoleArn is required for target {target['Arn']}.")


def create_schedule(cloud: RunningCloud, role: str) -> Any:
    return cloud.client("scheduler").create_schedule(
        Name=named("schedule"),
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": f"arn:aws:sqs:{HERE}:any", "RoleArn": role},
    )


@pytest.mark.contract(
    "A schedule's role has to trust Scheduler, for the schedule's group", source=SCHEDULER, limits="no cross account"
)
@pytest.mark.parametrize(
    ("document_of_trust", "allowed"),
    [
        pytest.param(trust("scheduler.amazonaws.com"), True, id="any group"),
        pytest.param(
            trust(
                "scheduler.amazonaws.com",
                StringEquals={
                    "aws:SourceAccount": ACCOUNT,
                    "aws:SourceArn": f"arn:aws:scheduler:{HERE}:schedule-group/default",
                },
            ),
            True,
            id="its group",
        ),
        pytest.param(
            trust(
                "scheduler.amazonaws.com",
                StringEquals={"aws:SourceArn": f"arn:aws:scheduler:{HERE}:schedule-group/other"},
            ),
            False,
            id="another group",
        ),
        pytest.param(trust("events.amazonaws.com"), False, id="another service"),
    ],
)
def test_a_schedules_role_has_to_trust_scheduler(
    cloud: RunningCloud, document_of_trust: dict[str, Any], allowed: bool
) -> None:
    role = cloud.role(named("role"), trust=document_of_trust)
    if allowed:
        create_schedule(cloud, role)
        return
    code, message = refusal(lambda: create_schedule(cloud, role))
    assert code == "ValidationException"
    assert message == "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."


# CloudWatch Logs

LOGS_USE = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
OWNER = {"Sid": "Owner", "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}


def new_key(cloud: RunningCloud, *statements: dict[str, Any]) -> str:
    made = cloud.client("kms").create_key(Policy=json.dumps(document(OWNER, *statements)))
    return str(made["KeyMetadata"]["Arn"])


def for_logs(region: str = REGION, actions: list[str] = LOGS_USE, **condition: Any) -> dict[str, Any]:
    given = {"Condition": condition} if condition else {}
    return allow(*actions, Principal={"Service": f"logs.{region}.amazonaws.com"}, **given)


@pytest.mark.contract("A log group's key has to admit CloudWatch Logs of the Region", source=LOG_KEY)
@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        pytest.param([for_logs()], True, id="admitted"),
        pytest.param(
            [for_logs(ArnLike={"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{HERE}:*"})],
            True,
            id="admitted for the account's groups",
        ),
        pytest.param([], False, id="not admitted"),
        pytest.param([for_logs("us-east-1")], False, id="another Region"),
        pytest.param(
            [for_logs(ArnEquals={"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{HERE}:log-group:other"})],
            False,
            id="another group",
        ),
        pytest.param(
            [for_logs(), {"Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*"}],
            False,
            id="explicit deny",
        ),
        pytest.param(
            [allow(*LOGS_USE[:3], Principal={"Service": f"logs.{REGION}.amazonaws.com"})], False, id="in part"
        ),
    ],
)
@pytest.mark.parametrize("afterwards", [False, True], ids=["CreateLogGroup", "AssociateKmsKey"])
def test_a_log_groups_key_has_to_admit_logs(
    cloud: RunningCloud, statements: list[dict[str, Any]], allowed: bool, afterwards: bool
) -> None:
    logs, name, key = cloud.client("logs"), named("group"), new_key(cloud, *statements)

    def use_key() -> None:
        if afterwards:
            logs.create_log_group(logGroupName=name)
            logs.associate_kms_key(logGroupName=name, kmsKeyId=key)
        else:
            logs.create_log_group(logGroupName=name, kmsKeyId=key)

    if allowed:
        use_key()
        return
    code, message = refusal(use_key)
    assert code == "AccessDeniedException"
    assert message == (
        "The specified KMS key does not exist or is not allowed to be used with Arn "
        f"'arn:aws:logs:{HERE}:log-group:{name}'"
    )


@pytest.mark.contract(
    "A log group sends to a function that permits CloudWatch Logs",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample",
)
@pytest.mark.parametrize(
    ("principal", "which", "allowed"),
    [
        ("logs.amazonaws.com", "its", True),
        (f"logs.{REGION}.amazonaws.com", "its", True),
        ("logs.us-east-1.amazonaws.com", "its", False),
        ("logs.amazonaws.com", "another", False),
        ("", "", False),
    ],
)
def test_a_log_group_sends_to_a_function(cloud: RunningCloud, principal: str, which: str, allowed: bool) -> None:
    name, group = cloud.function("def handler(event, context): return 1"), named("group")
    cloud.client("logs").create_log_group(logGroupName=group)
    if principal:
        source = f"arn:aws:logs:{HERE}:log-group:{group if which == 'its' else 'another'}:*"
        cloud.permit_invoke(name, principal, SourceArn=source, SourceAccount=ACCOUNT)

    def subscribe() -> Any:
        return cloud.client("logs").put_subscription_filter(
            logGroupName=group,
            filterName="all",
            filterPattern="",
            destinationArn=f"arn:aws:lambda:{HERE}:function:{name}",
        )

    if allowed:
        subscribe()
    else:
        assert refusal(subscribe)[0] == "InvalidParameterException"


# S3

DESTINATIONS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html"


@pytest.mark.contract("A bucket's destinations have to admit S3", source=DESTINATIONS)
@pytest.mark.parametrize("kind", ["Queue", "Topic", "LambdaFunction"])
@pytest.mark.parametrize("case", ["allowed", "no policy", "another bucket", "another account", "no key"])
def test_a_buckets_destinations_have_to_admit_it(cloud: RunningCloud, kind: str, case: str) -> None:
    bucket = named("bucket")
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    source = f"arn:aws:s3:::{bucket if case != 'another bucket' else 'other'}"
    account = ACCOUNT if case != "another account" else "210987654321"
    principal = {"Service": "s3.amazonaws.com" if case != "no policy" else "events.amazonaws.com"}
    if kind == "LambdaFunction":
        name = cloud.function("def handler(event, context): return 1")
        cloud.permit_invoke(name, principal["Service"], SourceArn=source, SourceAccount=account)
        arn = f"arn:aws:lambda:{HERE}:function:{name}"
    else:
        condition = {"ArnEquals": {"aws:SourceArn": source}, "StringEquals": {"aws:SourceAccount": account}}
        action = "sqs:SendMessage" if kind == "Queue" else "sns:Publish"
        policy = document(allow(action, Principal=principal, Condition=condition))
        key = {"KmsMasterKeyId": new_key(cloud)} if case == "no key" else {}
        arn = cloud.queue(named("queue"), policy, **key)[1] if kind == "Queue" else cloud.topic(bucket, policy, **key)

    def configure(**settings: Any) -> Any:
        wanted = {f"{kind}Configurations": [{f"{kind}Arn": arn, "Events": ["s3:ObjectCreated:*"]}]}
        return s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wanted, **settings)

    if case == "allowed" or (case, kind) == ("no key", "LambdaFunction"):
        configure()
        return
    code, message = refusal(configure)
    assert (code, message) == ("InvalidArgument", "Unable to validate the following destination configurations")
    configure(SkipDestinationValidation=True)


# CloudTrail


class Trail:
    """The bucket, key, log group and role of a trail, with policies that do."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.cloud, self.name = cloud, named("trail")
        self.arn = f"arn:aws:cloudtrail:{HERE}:trail/{self.name}"
        self.of_trail = {"aws:SourceArn": self.arn}
        self.principal = {"Service": "cloudtrail.amazonaws.com"}
        cloud.client("s3").create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": REGION})
        cloud.client("logs").create_log_group(logGroupName=self.name)
        self.group = f"arn:aws:logs:{HERE}:log-group:{self.name}:*"
        stream = f"arn:aws:logs:{HERE}:log-group:{self.name}:log-stream:{ACCOUNT}_CloudTrail_{REGION}*"
        self.role = cloud.role(
            named("role"),
            policy=document(allow("logs:CreateLogStream", "logs:PutLogEvents", resource=stream)),
            trust=trust(
                "cloudtrail.amazonaws.com", StringEquals={"aws:SourceAccount": ACCOUNT, "aws:SourceArn": self.arn}
            ),
        )
        self.key = new_key(cloud, *self.key_statements())
        self.set_bucket_policy(*self.bucket_statements())

    def bucket_statements(self, folder: str = f"AWSLogs/{ACCOUNT}", source: str = "") -> list[dict[str, Any]]:
        of_trail = {"aws:SourceArn": source or self.arn}
        bucket = f"arn:aws:s3:::{self.name}"
        written = {"StringEquals": {**of_trail, "s3:x-amz-acl": "bucket-owner-full-control"}}
        return [
            allow("s3:GetBucketAcl", resource=bucket, Principal=self.principal, Condition={"StringEquals": of_trail}),
            allow("s3:PutObject", resource=f"{bucket}/{folder}/*", Principal=self.principal, Condition=written),
        ]

    def key_statements(self, source: str = "") -> list[dict[str, Any]]:
        equals = {"StringEquals": {"aws:SourceArn": source or self.arn}}
        context = {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"}
        return [
            allow("kms:GenerateDataKey*", Principal=self.principal, Condition={**equals, "StringLike": context}),
            allow("kms:DescribeKey", Principal=self.principal, Condition=equals),
        ]

    def set_bucket_policy(self, *statements: dict[str, Any]) -> None:
        self.cloud.client("s3").put_bucket_policy(Bucket=self.name, Policy=json.dumps(document(*statements)))

    def set_key_policy(self, *statements: dict[str, Any]) -> None:
        policy = json.dumps(document(OWNER, *statements))
        self.cloud.client("kms").put_key_policy(KeyId=self.key, PolicyName="default", Policy=policy)

    def create(self) -> Any:
        return self.cloud.client("cloudtrail").create_trail(
            Name=self.name,
            S3BucketName=self.name,
            KmsKeyId=self.key,
            CloudWatchLogsLogGroupArn=self.group,
            CloudWatchLogsRoleArn=self.role,
        )


@pytest.fixture
def trail(cloud: RunningCloud) -> Trail:
    return Trail(cloud)


@pytest.mark.contract("A trail is made when bucket, key and role let CloudTrail in", source=TRAIL_BUCKET)
def test_a_trail_that_may_write_everywhere_is_made(trail: Trail) -> None:
    assert trail.create()["TrailARN"] == trail.arn


@pytest.mark.contract("A trail's bucket has to let CloudTrail look and write", source=TRAIL_BUCKET)
@pytest.mark.parametrize("kept", [0, 1], ids=["may not write", "may not look"])
def test_a_trails_bucket_has_to_admit_it(trail: Trail, kept: int) -> None:
    trail.set_bucket_policy(trail.bucket_statements()[kept])
    code, message = refusal(trail.create)
    assert code == "InsufficientS3BucketPolicyException"
    assert message == f"Incorrect S3 bucket policy is detected for bucket: {trail.name}"


@pytest.mark.contract("A trail's bucket admits it for its own folder and for itself", source=TRAIL_BUCKET)
@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"folder": "AWSLogs/210987654321"}, id="another account's folder"),
        pytest.param({"source": f"arn:aws:cloudtrail:{HERE}:trail/other"}, id="another trail"),
        pytest.param({"source": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/other"}, id="another Region"),
    ],
)
def test_a_trails_bucket_admits_that_trail_only(trail: Trail, other: dict[str, str]) -> None:
    trail.set_bucket_policy(*trail.bucket_statements(**other))
    assert refusal(trail.create)[0] == "InsufficientS3BucketPolicyException"


@pytest.mark.contract("A deny in a bucket's policy wins", source=TRAIL_BUCKET)
def test_a_deny_in_the_buckets_policy_wins(trail: Trail) -> None:
    resource = f"arn:aws:s3:::{trail.name}/*"
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resource}
    trail.set_bucket_policy(*trail.bucket_statements(), deny)
    assert refusal(trail.create)[0] == "InsufficientS3BucketPolicyException"


@pytest.mark.contract("A trail's key has to let CloudTrail encrypt for it and look at it", source=TRAIL_KEY)
@pytest.mark.parametrize("case", ["no encryption", "no look", "another trail"])
def test_a_trails_key_has_to_admit_it(trail: Trail, case: str) -> None:
    encrypt, look = trail.key_statements()
    statements = {
        "no encryption": [look],
        "no look": [encrypt],
        "another trail": trail.key_statements(f"arn:aws:cloudtrail:{HERE}:trail/other"),
    }[case]
    trail.set_key_policy(*statements)
    assert refusal(trail.create)[0] == "InsufficientEncryptionPolicyException"


@pytest.mark.contract("A trail's role has to trust CloudTrail for this trail", source=TRAIL_LOGS)
def test_a_trails_role_has_to_trust_cloudtrail(trail: Trail) -> None:
    other = trust("cloudtrail.amazonaws.com", StringEquals={"aws:SourceArn": f"{trail.arn}-other"})
    trail.role = trail.cloud.role(named("role"), trust=other)
    assert refusal(trail.create)[0] == "InvalidCloudWatchLogsRoleArnException"


@pytest.mark.contract("A trail's role has to write to its log group", source=TRAIL_LOGS)
@pytest.mark.parametrize("allowed", ["logs:CreateLogStream", "logs:PutLogEvents"])
def test_a_trails_role_has_to_write_the_log(trail: Trail, allowed: str) -> None:
    trail.role = trail.cloud.role(named("role"), policy=document(allow(allowed)))
    assert refusal(trail.create)[0] == "InvalidCloudWatchLogsLogGroupArnException"


@pytest.mark.contract("A trail is checked again when it is changed", source=TRAIL_BUCKET)
def test_a_changed_trail_is_checked(trail: Trail) -> None:
    trail.create()
    trail.set_bucket_policy(trail.bucket_statements()[0])
    change = trail.cloud.client("cloudtrail").update_trail
    code, _ = refusal(lambda: change(Name=trail.name, EnableLogFileValidation=True))
    assert code == "InsufficientS3BucketPolicyException"
