"""Functions, state machines and sessions act in their roles; every permission's use is counted."""

from __future__ import annotations

import json
import uuid
from typing import Any

import boto3
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.iam.identity import Identity
from headend.localcloud.iam.identity_gate import may_deny
from unit.localcloud.conftest import REGION, RunningCloud, until

ACCOUNT = "123456789012"
SENDER = """
import boto3, os
def handler(event, context):
    sent = boto3.client("sqs").send_message(QueueUrl=event["url"], MessageBody="x")
    return {"id": sent["MessageId"], "session": os.environ["AWS_SESSION_TOKEN"][:4]}
"""


ENCRYPTION = "s3:x-amz-server-side-encryption"


def statement(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def put_policy(cloud: RunningCloud, role: str, *statements: dict[str, Any]) -> None:
    name = role.rpartition("/")[2]
    cloud.client("iam").put_role_policy(
        RoleName=name, PolicyName="inline", PolicyDocument=json.dumps(document(*statements))
    )


def test_a_function_acts_in_its_execution_role(cloud: RunningCloud) -> None:
    url, arn = cloud.queue("of-function")
    name = cloud.function(SENDER)
    role = f"arn:aws:iam::{ACCOUNT}:role/{name}-role"
    assert cloud.invoke(name, {"url": url})[0]["id"]
    put_policy(cloud, role, statement("logs:*"), statement("sqs:SendMessage", f"{arn}-other"))
    error, _ = cloud.invoke(name, {"url": url})  # the same warm process: a policy counts from the next request on
    who = f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}-role/{name}"
    wanted = f"User: {who} is not authorized to perform: sqs:SendMessage on resource: {arn}"
    assert wanted in error["errorMessage"]
    [told] = [one["detail"] for one in cloud.timeline("denied") if one["detail"]["principal"] == who]
    assert told["near"][0] == f"role/{name}-role/inline statement 2: Resource {arn}-other does not fit"
    put_policy(cloud, role, statement("logs:*"), statement("sqs:SendMessage", arn))
    assert cloud.invoke(name, {"url": url})[0]["id"]


def test_a_function_does_not_get_the_administrators_key(cloud: RunningCloud) -> None:
    name = cloud.function("import os\ndef handler(event, context):\n    return dict(os.environ)")
    environment, _ = cloud.invoke(name)
    assert environment["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert environment["AWS_SESSION_TOKEN"]
    assert environment["AWS_SECRET_ACCESS_KEY"] != "local"


@pytest.mark.parametrize("resource", ["arn:aws:states:::aws-sdk:sqs:sendMessage", "arn:aws:states:::sqs:sendMessage"])
def test_a_state_machine_acts_in_its_role(cloud: RunningCloud, resource: str) -> None:
    url, arn = cloud.queue(f"of-machine-{uuid.uuid4().hex[:6]}")
    task = {"Type": "Task", "Resource": resource, "Parameters": {"QueueUrl": url, "MessageBody": "x"}, "End": True}
    machine = cloud.machine({"StartAt": "Send", "States": {"Send": task}})
    assert cloud.run(machine)["status"] == "SUCCEEDED"
    role = f"{machine.rpartition(':')[2]}-role"
    put_policy(cloud, role, statement("sqs:ReceiveMessage", arn))
    ended = cloud.run(machine)
    assert ended["status"] == "FAILED"
    assert f"assumed-role/{role}/" in ended["cause"]
    assert "is not authorized to perform: sqs:SendMessage" in ended["cause"]


def test_two_state_machines_have_clients_of_their_own(cloud: RunningCloud) -> None:
    url, arn = cloud.queue("of-two")
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sqs:sendMessage",
        "Parameters": {"QueueUrl": url, "MessageBody": "x"},
        "End": True,
    }
    machines = [cloud.machine({"StartAt": "Send", "States": {"Send": task}}) for _ in range(2)]
    put_policy(cloud, f"{machines[0].rpartition(':')[2]}-role", statement("sqs:ReceiveMessage", arn))
    assert [cloud.run(machine)["status"] for machine in machines] == ["FAILED", "SUCCEEDED"]


def test_the_use_of_each_permission_is_counted(cloud: RunningCloud) -> None:
    url, arn = cloud.queue("counted")
    name = cloud.function(SENDER)
    role = f"arn:aws:iam::{ACCOUNT}:role/{name}-role"
    put_policy(
        cloud,
        role,
        statement(["sqs:SendMessage", "sqs:DeleteMessage"], [arn, f"{arn}-2"], Sid="Queues"),
        statement("logs:*", Sid="Logs"),
    )
    cloud.invoke(name, {"url": url})
    cloud.invoke(name, {"url": url})
    held = cloud.server.part(Identity).usage.report()
    counts = {(one["sid"], one["action"], one["resource"]): one["requests"] for one in held if one["role"] == role}
    assert counts["Queues", "sqs:SendMessage", arn] == 2
    assert counts["Queues", "sqs:SendMessage", f"{arn}-2"] == 0
    assert counts["Queues", "sqs:DeleteMessage", arn] == 0


def test_a_service_assumes_a_role_only_as_its_trust_policy_says(cloud: RunningCloud) -> None:
    rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/live"
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}, "StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    role = cloud.role("trusting", trust=document(trust))
    identity = cloud.server.part(Identity)
    assert identity.assume(role, "events.amazonaws.com", source_arn=rule).role_arn == role
    for service, source in (
        ("events.amazonaws.com", f"{rule}-2"),
        ("events.amazonaws.com", rule.replace(REGION, "eu-west-1")),
        ("events.amazonaws.com", rule.replace(ACCOUNT, "111122223333")),
        ("scheduler.amazonaws.com", rule),
        ("events.amazonaws.com", None),
    ):
        with pytest.raises(AccessDenied, match="no role trust policy allows the sts:AssumeRole action"):
            identity.assume(role, service, source_arn=source)


def assumed(cloud: RunningCloud, role: str, kind: str, **options: Any) -> Any:
    held = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="test", **options)["Credentials"]
    return boto3.client(
        kind,
        region_name=REGION,
        endpoint_url=cloud.server.endpoint,
        aws_access_key_id=held["AccessKeyId"],
        aws_secret_access_key=held["SecretAccessKey"],
        aws_session_token=held["SessionToken"],
        config=Config(
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
            signature_version="s3v4" if kind == "s3" else None,
        ),
    )


def open_role(cloud: RunningCloud, name: str, *statements: dict[str, Any]) -> str:
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    return cloud.role(name, policy=document(*statements), trust=document(trust))


def test_a_presigned_address_has_the_permissions_of_who_signed_it(cloud: RunningCloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="signed", CreateBucketConfiguration={"LocationConstraint": REGION})
    for key in ("open/a", "shut/b"):
        s3.put_object(Bucket="signed", Key=key, Body=b"x")
    role = open_role(cloud, "signer", statement("s3:GetObject", "arn:aws:s3:::signed/open/*"))
    signer = assumed(cloud, role, "s3")
    pool = urllib3.PoolManager()
    status = {
        key: pool.request("GET", signer.generate_presigned_url("get_object", {"Bucket": "signed", "Key": key})).status
        for key in ("open/a", "shut/b")
    }
    assert status == {"open/a": 200, "shut/b": 403}


@pytest.mark.parametrize("may_list", [False, True])
def test_only_who_may_list_a_bucket_hears_that_an_object_is_not_there(cloud: RunningCloud, may_list: bool) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"""
    name, s3 = f"listed-{str(may_list).lower()}", cloud.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=name, Key="here", Body=b"x")
    reading, listing = (
        statement("s3:GetObject", f"arn:aws:s3:::{name}/*"),
        statement("s3:ListBucket", f"arn:aws:s3:::{name}"),
    )
    reader = assumed(cloud, open_role(cloud, name, reading, *([listing] if may_list else [])), "s3")
    assert reader.get_object(Bucket=name, Key="here")["ContentLength"] == 1
    with pytest.raises(ClientError) as refused:
        reader.get_object(Bucket=name, Key="gone")
    assert refused.value.response["Error"]["Code"] == ("NoSuchKey" if may_list else "AccessDenied")
    with pytest.raises(ClientError) as refused:
        reader.head_object(Bucket=name, Key="gone")
    assert refused.value.response["Error"]["Code"] == ("404" if may_list else "403")


def test_what_a_bucket_denies_under_a_condition_is_denied_under_that_condition_only(cloud: RunningCloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="careful", CreateBucketConfiguration={"LocationConstraint": REGION})
    everything = {"Effect": "Deny", "Principal": "*", "Resource": "arn:aws:s3:::careful/*"}
    over_http = {**everything, "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    plain = {**everything, "Action": "s3:PutObject", "Condition": {"StringNotEquals": {ENCRYPTION: "AES256"}}}
    s3.put_bucket_policy(Bucket="careful", Policy=json.dumps(document(over_http, plain)))
    allowed = statement(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::careful/*")
    for writer in (s3, assumed(cloud, open_role(cloud, "careful-writer", allowed), "s3")):
        writer.put_object(Bucket="careful", Key="a", Body=b"x", ServerSideEncryption="AES256")
        assert writer.get_object(Bucket="careful", Key="a")["ContentLength"] == 1
        with pytest.raises(ClientError, match="AccessDenied"):
            writer.put_object(Bucket="careful", Key="b", Body=b"x")


def test_a_session_ends(cloud: RunningCloud) -> None:
    role = open_role(cloud, "short", statement("sqs:ListQueues"))
    sqs = assumed(cloud, role, "sqs", DurationSeconds=900)
    sqs.list_queues()
    identity = cloud.server.part(Identity)
    made = identity.open_session(role, "test", seconds=-1)
    late = boto3.client(
        "sqs",
        region_name=REGION,
        endpoint_url=cloud.server.endpoint,
        aws_access_key_id=made.access_key_id,
        aws_secret_access_key=made.secret_access_key,
        aws_session_token=made.session_token,
    )
    with pytest.raises(ClientError) as refused:
        late.list_queues()
    assert refused.value.response["Error"]["Code"] == "ExpiredToken"


def test_a_session_without_its_token_is_refused(cloud: RunningCloud) -> None:
    made = cloud.server.part(Identity).open_session(open_role(cloud, "tokenless", statement("*")), "test")
    bare = boto3.client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=cloud.server.endpoint,
        aws_access_key_id=made.access_key_id,
        aws_secret_access_key=made.secret_access_key,
    )
    with pytest.raises(ClientError) as refused:
        bare.list_tables()
    assert refused.value.response["Error"]["Code"] == "UnrecognizedClientException"


def test_who_hands_on_a_role_has_to_be_allowed_to(cloud: RunningCloud) -> None:
    machine_role = cloud.role("handed-on")
    definition = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
    role = open_role(cloud, "maker", statement("states:CreateStateMachine"))
    states = assumed(cloud, role, "stepfunctions")
    with pytest.raises(ClientError, match=f"iam:PassRole on resource: {machine_role}"):
        states.create_state_machine(name="made", definition=definition, roleArn=machine_role)
    passed = {"StringEquals": {"iam:PassedToService": "states.amazonaws.com"}}
    put_policy(cloud, role, statement("states:*"), statement("iam:PassRole", machine_role, Condition=passed))
    assert states.create_state_machine(name="made", definition=definition, roleArn=machine_role)["stateMachineArn"]


def test_a_resource_can_deny_the_administrator(cloud: RunningCloud) -> None:
    shut = f"arn:aws:sqs:{REGION}:{ACCOUNT}:shut"
    policy = document({"Effect": "Deny", "Principal": "*", "Action": "sqs:PurgeQueue", "Resource": shut})
    url, _ = cloud.queue("shut", policy=policy)
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    with pytest.raises(ClientError, match="with an explicit deny in a resource-based policy"):
        cloud.client("sqs").purge_queue(QueueUrl=url)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, False),
        ({}, False),
        (document({"Effect": "Allow", "Principal": "*", "Action": "*"}), False),
        (
            document({"Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}),
            False,
        ),
        (document({"Effect": "Deny", "Principal": "*", "Action": "*"}), True),
        (json.dumps(document({"Effect": "Deny", "Principal": "*", "Action": "*"})).encode(), True),
    ],
)
def test_denials_of_plain_http_do_not_matter(policy: Any, expected: bool) -> None:
    assert may_deny(policy) is expected


def test_a_denied_request_changes_nothing(cloud: RunningCloud) -> None:
    role = open_role(cloud, "harmless", statement("sqs:ListQueues"))
    url, _ = cloud.queue("harmless")
    with pytest.raises(ClientError):
        assumed(cloud, role, "sqs").delete_queue(QueueUrl=url)
    assert until(lambda: cloud.client("sqs").get_queue_url(QueueName="harmless"))["QueueUrl"] == url


KEYED = [
    (
        "events",
        "put_events",
        {"Entries": [{"Source": "live", "DetailType": "t", "Detail": "{}"}]},
        "events:source",
        "live",
    ),
    (
        "cloudwatch",
        "put_metric_data",
        {"Namespace": "Live", "MetricData": [{"MetricName": "m", "Value": 1}]},
        "cloudwatch:namespace",
        "Live",
    ),
    ("s3", "list_objects_v2", {"Bucket": "keyed", "Prefix": "live/"}, "s3:prefix", "live/"),
    (
        "sns",
        "subscribe",
        {"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:keyed", "Protocol": "email", "Endpoint": "noc@example.com"},
        "sns:Endpoint",
        "noc@example.com",
    ),
    ("sqs", "create_queue", {"QueueName": "tagged", "tags": {"team": "live"}}, "aws:RequestTag/team", "live"),
]


@pytest.mark.parametrize(
    ("kind", "call", "parameters", "key", "value"), [pytest.param(*one, id=one[3]) for one in KEYED]
)
def test_requests_bring_their_condition_keys(
    cloud: RunningCloud, kind: str, call: str, parameters: dict[str, Any], key: str, value: str
) -> None:
    if kind == "s3":
        cloud.client("s3").create_bucket(Bucket="keyed", CreateBucketConfiguration={"LocationConstraint": REGION})
    if kind == "sns":
        cloud.topic("keyed")
    for wanted, allowed in ((value, True), (f"{value}-not", False)):
        role = open_role(
            cloud, f"keyed-{kind}-{allowed}", statement(f"{kind}:*", Condition={"StringEquals": {key: wanted}})
        )
        client = assumed(cloud, role, kind)
        if allowed:
            getattr(client, call)(**parameters)
        else:
            with pytest.raises(ClientError, match="is not authorized to perform"):
                getattr(client, call)(**parameters)
