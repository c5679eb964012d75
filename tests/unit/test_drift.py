"""What drift says of a whole state: which resources are asked, as whom, and what nobody has configured."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import botocore.exceptions
import pytest

from headend.drift import CLOUD_CONTROL, Drift, Examination
from headend.errors import HeadendError
from headend.state import Resource, resources

FLOW_ARN = "arn:aws:mediaconnect:eu-west-1:123456789012:flow:1-abc:live-studio-a"
OUTPUT_ARN = "arn:aws:mediaconnect:eu-west-1:123456789012:output:1-abc:receiver"
SOURCE_ARN = "arn:aws:mediaconnect:eu-west-1:123456789012:source:1-abc:primary"
BACKUP_ARN = "arn:aws:mediaconnect:eu-west-1:123456789012:source:1-def:backup"
FLOW = {"Name": "live-studio-a", "Source": {"Name": "primary", "WhitelistCidr": "203.0.113.0/24"}}
FLOW_LIVE = {**FLOW, "Source": {**FLOW["Source"], "SourceArn": SOURCE_ARN}}  # type: ignore[dict-item]
OUTPUT = {"Name": "receiver", "FlowArn": FLOW_ARN, "Port": 5001}
SCHEMAS: dict[str, dict[str, Any]] = {"Flow": {"readOnlyProperties": ["/properties/Source/SourceArn"]}}


class NotFoundError(botocore.exceptions.ClientError):
    def __init__(self) -> None:
        super().__init__({"Error": {"Code": "NotFoundException", "Message": "not there"}}, "Describe")


class Cloud:
    """What Cloud Control and MediaConnect answer, and what they were asked."""

    is_local = True

    class exceptions:  # noqa: N801 - the name that boto3 clients have
        NotFoundException = NotFoundError
        ResourceNotFoundException = NotFoundError

    def __init__(self, models: dict[str, Any], flow: dict[str, Any] | None) -> None:
        self.models, self.flow = models, flow
        self.asked: list[dict[str, Any]] = []
        self.regions: set[str] = set()

    def client(self, service: str, region: str) -> Cloud:
        self.regions.add(region)
        return self

    def describe_flow(self, FlowArn: str) -> dict[str, Any]:  # noqa: N803 - boto3
        if self.flow is None:
            raise NotFoundError
        return {"Flow": {"Status": "ACTIVE", **self.flow}}

    def get_resource(self, **request: str) -> dict[str, Any]:
        self.asked.append(request)
        if request["Identifier"] not in self.models:
            raise NotFoundError
        return {"ResourceDescription": {"Properties": json.dumps(self.models[request["Identifier"]])}}


class Environment:
    name = "dev"


class Config:
    region = "us-east-1"


class Session:
    """As much of a session as an examination uses."""

    environment, config = Environment, Config

    def __init__(self, aws: Cloud) -> None:
        self.aws = aws
        self.tell = lambda line: None


def resource(kind: str, identifier: str, desired: dict[str, Any], **more: Any) -> Resource:
    attributes = {
        "id": identifier,
        "type_name": f"AWS::MediaConnect::{kind}",
        "desired_state": json.dumps(desired),
        "properties": "{}",
        "schema": json.dumps(SCHEMAS.get(kind, {})),
        "role_arn": None,
        **more,
    }
    return Resource(f"aws_cloudcontrolapi_resource.{kind.lower()}", CLOUD_CONTROL, "aws", attributes)


STATE = [resource("Flow", FLOW_ARN, FLOW), resource("FlowOutput", OUTPUT_ARN, OUTPUT)]
PARTS: dict[str, Any] = {
    "Outputs": [{"Name": "receiver", "OutputArn": OUTPUT_ARN}],
    "Sources": [{"Name": "primary", "SourceArn": SOURCE_ARN}],
    "Entitlements": [],
}


def examined(cloud: Cloud, state: list[Resource] | None = None, regions: dict[str, str] | None = None) -> Drift:
    found = STATE if state is None else state
    return Examination(Session(cloud), found, regions or {}).run()  # type: ignore[arg-type]


def cloud(flow: dict[str, Any] | None = PARTS, **changed: Any) -> Cloud:
    return Cloud({FLOW_ARN: FLOW_LIVE, OUTPUT_ARN: OUTPUT, **changed}, flow)


def test_a_deployment_as_configured_has_no_findings_and_nothing_to_put_back() -> None:
    found = examined(cloud())
    assert (found.findings, found.repairs, found.asked) == ([], [], 2)


def test_a_finding_is_one_line_with_both_sides_the_remedy_and_the_address() -> None:
    found = examined(cloud(**{OUTPUT_ARN: {**OUTPUT, "Port": 6001}}))
    assert [str(item) for item in found.findings] == [
        (
            "changed   live-studio-a/receiver Port: configured 5001, live 6001; `--fix` puts it back, or write it "
            "into the configuration: a plan does not see it (aws_cloudcontrolapi_resource.flowoutput)"
        )
    ]
    assert [(json.loads(repair.patch), repair.on_air) for repair in found.repairs] == [
        ([{"op": "replace", "path": "/Port", "value": 5001}], True)
    ]


def test_a_flow_that_is_gone_is_one_finding_and_its_outputs_are_not_named() -> None:
    found = examined(cloud(flow=None))
    assert [(item.kind, item.name) for item in found.findings] == [("gone", "live-studio-a")]
    assert "new ingest address: tell the sender" in found.findings[0].remedy
    assert found.repairs == []


def test_an_output_that_is_gone_is_named_by_its_flow() -> None:
    asked = cloud()
    del asked.models[OUTPUT_ARN]
    assert [(item.kind, item.name) for item in examined(asked).findings] == [("gone", "live-studio-a/receiver")]


def test_parts_that_nobody_configured_are_named_with_the_command_that_takes_them_away() -> None:
    flow = {
        "Outputs": [*PARTS["Outputs"], {"Name": "extra", "OutputArn": "arn:extra"}],
        "Sources": [*PARTS["Sources"], {"Name": "backup", "SourceArn": BACKUP_ARN}],
        "Entitlements": [{"Name": "partner", "EntitlementArn": "arn:entitlement"}],
    }
    found = examined(cloud(flow))
    assert [item.path for item in found.findings] == ["output extra", "source backup", "entitlement partner"]
    assert "remove-flow-source --source-arn " + BACKUP_ARN in found.findings[1].remedy
    assert found.repairs == [], "nothing is taken off a flow"

    managed = resource("FlowSource", BACKUP_ARN, {"Name": "backup", "FlowArn": FLOW_ARN})
    asked = cloud(flow, **{BACKUP_ARN: {"Name": "backup", "FlowArn": FLOW_ARN}})
    assert "source backup" not in [item.path for item in examined(asked, [*STATE, managed]).findings]


@pytest.mark.parametrize("maker", ["MediaLiveInputArn", "BridgeArn", "EntitlementArn"])
def test_an_output_that_another_service_has_made_is_not_drift(maker: str) -> None:
    made = {"Name": "made", "OutputArn": "arn:made", maker: "arn:maker"}
    assert examined(cloud({**PARTS, "Outputs": [*PARTS["Outputs"], made]})).findings == []


def test_a_vpc_interface_of_its_own_resource_is_no_drift_of_its_flow() -> None:
    interface = resource("FlowVpcInterface", f"{FLOW_ARN}|inside", {"Name": "inside", "FlowArn": FLOW_ARN})
    live = {"Name": "inside", "FlowArn": FLOW_ARN}
    asked = cloud(**{f"{FLOW_ARN}|inside": live, FLOW_ARN: {**FLOW_LIVE, "VpcInterfaces": [{"Name": "inside"}]}})
    assert examined(asked, [*STATE, interface]).findings == []
    assert [item.path for item in examined(asked).findings] == ["VpcInterfaces[inside]"]


def test_cloud_control_is_asked_in_the_region_of_the_resource_and_with_its_role() -> None:
    asked = cloud()
    examined(asked, [resource("Flow", FLOW_ARN, FLOW, role_arn="arn:role")])
    assert asked.regions == {"eu-west-1"}
    assert asked.asked == [{"TypeName": "AWS::MediaConnect::Flow", "RoleArn": "arn:role", "Identifier": FLOW_ARN}]


def test_a_resource_of_another_service_is_compared_too() -> None:
    other = resource("x", "my-thing", {"Size": 1}, type_name="AWS::Other::Thing")
    asked = Cloud({"my-thing": {"Size": 2, "Made": "by AWS"}}, None)
    found = examined(
        asked, [replace(other, attributes={**other.attributes, "properties": json.dumps({"Made": "by AWS"})})]
    )
    assert [(item.name, item.path, item.live) for item in found.findings] == [("my-thing", "Size", 2)]
    assert asked.regions == {"us-east-1"}


def test_what_has_no_arn_is_asked_for_and_put_back_in_its_providers_region() -> None:
    """A channel policy of MediaPackage's: both Regions' ones are called alike."""
    policy = resource("x", "live|live", {"Policy": "one"}, type_name="AWS::MediaPackageV2::ChannelPolicy")
    asked = Cloud({"live|live": {"Policy": "two"}}, None)
    far = replace(policy, provider="aws.secondary")
    found = examined(asked, [far], {"aws": "us-east-1", "aws.secondary": "eu-west-1"})
    assert asked.regions == {"eu-west-1"}
    assert [repair.region for repair in found.repairs] == ["eu-west-1"]


def test_a_state_that_nobody_can_read_is_one_line() -> None:
    with pytest.raises(HeadendError, match="desired_state in the state is not a JSON object"):
        examined(cloud(), [resource("Flow", FLOW_ARN, {}, desired_state="no JSON")])


def test_the_json_is_for_programs() -> None:
    found = json.loads(examined(cloud(flow=None)).as_json())
    assert found["asked"] == 2
    assert found["findings"][0] | {"remedy": ""} == {
        "address": "aws_cloudcontrolapi_resource.flow",
        "name": "live-studio-a",
        "kind": "gone",
        "path": "",
        "configured": FLOW_ARN,
        "live": None,
        "in_place": False,
        "remedy": "",
    }


def test_a_state_says_which_attributes_are_sensitive() -> None:
    state = {
        "resources": [
            {
                "mode": "managed",
                "type": CLOUD_CONTROL,
                "name": "flow",
                "provider": "aws",
                "instances": [
                    {
                        "attributes": {},
                        "sensitive_attributes": [
                            [{"type": "get_attr", "value": "schema"}],
                            [{"type": "get_attr", "value": "desired_state"}],
                        ],
                    }
                ],
            }
        ]
    }
    assert resources(json.dumps(state))[0].sensitive == {"schema", "desired_state"}
