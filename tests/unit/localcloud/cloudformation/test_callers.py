"""With whose permissions Cloud Control and CloudFormation make resources."""

from __future__ import annotations

import json
import uuid
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from running_cloud import REGION, RunningCloud, until

GROUP = "AWS::MediaLive::InputSecurityGroup"
TEMPLATE = json.dumps({"Resources": {"Group": {"Type": GROUP, "Properties": {}}}})
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def allow(*actions: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


def client(cloud: RunningCloud, service: str, *actions: str) -> Any:
    """A client of a new user who may do these."""
    iam, name = cloud.client("iam"), f"user-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=json.dumps(allow(*actions)))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=cloud.server.endpoint,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def ended(api: Any, made: dict[str, Any]) -> dict[str, Any]:
    """The progress event of a request of Cloud Control once it has ended."""
    token = made["ProgressEvent"]["RequestToken"]

    def look() -> dict[str, Any] | None:
        event: dict[str, Any] = api.get_resource_request_status(RequestToken=token)["ProgressEvent"]
        return event if event["OperationStatus"] in ("SUCCESS", "FAILED") else None

    return until(look)


def stack(cloud: RunningCloud, api: Any, **settings: Any) -> tuple[str, str]:
    """Make a stack: its settled state, and the reasons in its events."""
    name = f"stack-{uuid.uuid4().hex[:8]}"
    api.create_stack(StackName=name, TemplateBody=TEMPLATE, **settings)
    mine = cloud.client("cloudformation")

    def look() -> str:
        status = str(mine.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
        return "" if status.endswith("_IN_PROGRESS") else status

    status = until(look)
    events = mine.describe_stack_events(StackName=name)["StackEvents"]
    return status, " ".join(one.get("ResourceStatusReason", "") for one in events)


def test_cloud_control_needs_the_services_own_permissions_too(cloud: RunningCloud) -> None:
    few = client(cloud, "cloudcontrol", "cloudformation:*")
    event = ended(few, few.create_resource(TypeName=GROUP, DesiredState="{}"))
    assert (event["OperationStatus"], event["ErrorCode"]) == ("FAILED", "AccessDenied")
    assert "medialive:CreateInputSecurityGroup" in event["StatusMessage"]
    enough = client(cloud, "cloudcontrol", "cloudformation:*", "medialive:*InputSecurityGroup")
    event = ended(enough, enough.create_resource(TypeName=GROUP, DesiredState="{}"))
    assert event["OperationStatus"] == "SUCCESS", event
    with pytest.raises(ClientError, match="AccessDeniedException"):
        few.get_resource(TypeName=GROUP, Identifier=event["Identifier"])
    assert enough.get_resource(TypeName=GROUP, Identifier=event["Identifier"])


def test_a_stack_is_made_with_its_callers_permissions(cloud: RunningCloud) -> None:
    status, reasons = stack(cloud, client(cloud, "cloudformation", "cloudformation:*"))
    assert status == "ROLLBACK_COMPLETE"
    assert "medialive:CreateInputSecurityGroup" in reasons
    assert "HandlerErrorCode: AccessDenied" in reasons
    able = client(cloud, "cloudformation", "cloudformation:*", "medialive:*")
    assert stack(cloud, able)[0] == "CREATE_COMPLETE"


def test_a_stack_with_a_role_is_made_by_the_role(cloud: RunningCloud) -> None:
    api = client(cloud, "cloudformation", "cloudformation:*", "iam:PassRole")
    name = f"stacks-{uuid.uuid4().hex[:8]}"
    role = cloud.role(name, policy=allow("medialive:*"), trust=TRUST)
    assert stack(cloud, api, RoleARN=role)[0] == "CREATE_COMPLETE"
    with pytest.raises(ClientError, match="iam:PassRole"):
        stack(cloud, client(cloud, "cloudformation", "cloudformation:*"), RoleARN=role)
    stranger = cloud.role(f"{name}-stranger", policy=allow("medialive:*"))
    with pytest.raises(ClientError, match="cannot be assumed"):
        stack(cloud, api, RoleARN=stranger)
