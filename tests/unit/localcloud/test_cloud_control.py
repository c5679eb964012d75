"""Cloud Control's contract.

https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/Welcome.html and
https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import RunningCloud, until

FLOW, OUTPUT = "AWS::MediaConnect::Flow", "AWS::MediaConnect::FlowOutput"
Json = dict[str, Any]


class Control:
    """Cloud Control, each request awaited."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.api = cloud.client("cloudcontrol")
        self.media = cloud.client("mediaconnect")

    def done(self, answer: Json) -> Json:
        """The last progress event of a request, which begins with IN_PROGRESS."""
        assert answer["ProgressEvent"]["OperationStatus"] == "IN_PROGRESS"
        token = answer["ProgressEvent"]["RequestToken"]

        def ended() -> Json | None:
            event: Json = self.api.get_resource_request_status(RequestToken=token)["ProgressEvent"]
            return None if event["OperationStatus"] == "IN_PROGRESS" else event

        return until(ended)

    def create(self, type_name: str, model: Json) -> str:
        event = self.done(self.api.create_resource(TypeName=type_name, DesiredState=json.dumps(model)))
        assert event["OperationStatus"] == "SUCCESS", event
        return str(event["Identifier"])

    def read(self, type_name: str, identifier: str) -> Json:
        described = self.api.get_resource(TypeName=type_name, Identifier=identifier)["ResourceDescription"]
        assert described["Identifier"] == identifier
        properties: Json = json.loads(described["Properties"])
        return properties

    def update(self, type_name: str, identifier: str, patch: list[Json]) -> Json:
        document = json.dumps(patch)
        return self.done(self.api.update_resource(TypeName=type_name, Identifier=identifier, PatchDocument=document))

    def delete(self, type_name: str, identifier: str) -> Json:
        return self.done(self.api.delete_resource(TypeName=type_name, Identifier=identifier))

    def refuses(self, code: str, operation: str, **parameters: Any) -> str:
        """The message of a request that is refused at once."""
        with pytest.raises(ClientError) as caught:
            getattr(self.api, operation)(**parameters)
        assert caught.value.response["Error"]["Code"] == code
        return str(caught.value.response["Error"]["Message"])


def flow_model(**changes: Any) -> Json:
    source = {
        "Name": "studio",
        "Description": "Contribution feed",
        "Protocol": "rtp",
        "IngestPort": 5000,
        "WhitelistCidr": "203.0.113.0/24",
    }
    return {"Name": f"flow-{uuid.uuid4().hex[:8]}", "Source": source, **changes}


@pytest.fixture
def control(cloud: RunningCloud) -> Control:
    return Control(cloud)


@pytest.fixture
def flow(control: Control) -> Iterator[str]:
    arn = control.create(FLOW, flow_model(Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}]))
    yield arn
    control.delete(FLOW, arn)


def test_a_created_flow_is_read_back_with_what_aws_adds_and_keeps_the_order_of_its_lists(
    control: Control, flow: str
) -> None:
    model = control.read(FLOW, flow)
    assert model["FlowArn"] == flow
    assert model["Source"]["SourceIngestPort"] == "5000", "a string in the schema"
    assert model["Source"]["SourceArn"].startswith("arn:aws:mediaconnect:")
    assert model["Source"]["IngestIp"] and model["EgressIp"]
    assert model["FlowAvailabilityZone"] == "eu-central-1a"
    assert model["Tags"] == [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}]
    assert control.media.describe_flow(FlowArn=flow)["Flow"]["Status"] == "STANDBY"


def test_a_patch_changes_the_flow_in_place(control: Control, flow: str) -> None:
    patch = [
        {"op": "replace", "path": "/Source/IngestPort", "value": 5010},
        {"op": "remove", "path": "/Source/Description"},
        {"op": "replace", "path": "/Tags/1/Value", "value": "3"},
        {"op": "add", "path": "/Maintenance", "value": {"MaintenanceDay": "Monday", "MaintenanceStartHour": "02:00"}},
    ]
    event = control.update(FLOW, flow, patch)
    assert (event["OperationStatus"], event["Identifier"]) == ("SUCCESS", flow)
    model = control.read(FLOW, flow)
    assert model["Source"]["IngestPort"] == 5010
    assert "Description" not in model["Source"]
    assert model["Maintenance"] == {"MaintenanceDay": "Monday", "MaintenanceStartHour": "02:00"}
    assert control.media.list_tags_for_resource(ResourceArn=flow)["Tags"] == {"b": "2", "a": "3"}


def test_outputs_are_resources_of_their_own_that_the_flow_shows(control: Control, flow: str) -> None:
    wanted = {"FlowArn": flow, "Name": "primary", "Protocol": "rtp", "Destination": "198.51.100.10", "Port": 5001}
    output = control.create(OUTPUT, wanted)
    assert control.read(OUTPUT, output).items() >= wanted.items()
    control.update(OUTPUT, output, [{"op": "replace", "path": "/Port", "value": 6001}])
    assert [shown["Port"] for shown in control.media.describe_flow(FlowArn=flow)["Flow"]["Outputs"]] == [6001]
    listed = control.api.list_resources(TypeName=OUTPUT, ResourceModel=json.dumps({"FlowArn": flow}))
    assert [found["Identifier"] for found in listed["ResourceDescriptions"]] == [output]
    assert control.delete(OUTPUT, output)["OperationStatus"] == "SUCCESS"
    control.refuses("ResourceNotFoundException", "get_resource", TypeName=OUTPUT, Identifier=output)


@pytest.mark.parametrize(
    ("type_name", "wanted"),
    [
        (
            "AWS::MediaConnect::FlowSource",
            {"Name": "second", "Description": "x", "Protocol": "rtp", "WhitelistCidr": "203.0.113.0/24"},
        ),
        (
            "AWS::MediaConnect::FlowEntitlement",
            {"Name": "partner", "Description": "For a partner", "Subscribers": ["123456789012"]},
        ),
        (
            "AWS::MediaConnect::FlowVpcInterface",
            {
                "Name": "studio",
                "RoleArn": "arn:aws:iam::123456789012:role/media",
                "SubnetId": "subnet-0a",
                "SecurityGroupIds": ["sg-0a"],
            },
        ),
    ],
)
def test_every_other_part_of_a_flow_is_a_resource_too(
    control: Control, flow: str, type_name: str, wanted: Json
) -> None:
    control.media.update_flow(FlowArn=flow, SourceFailoverConfig={"State": "ENABLED", "FailoverMode": "FAILOVER"})
    identifier = control.create(type_name, {"FlowArn": flow, **wanted})
    assert control.read(type_name, identifier).items() >= wanted.items()
    assert control.delete(type_name, identifier)["OperationStatus"] == "SUCCESS"


@pytest.mark.parametrize(
    ("type_name", "wanted", "path", "value"),
    [
        (
            "AWS::MediaConnect::FlowSource",
            {"Name": "second", "Description": "x", "Protocol": "rtp", "WhitelistCidr": "203.0.113.0/24"},
            "/WhitelistCidr",
            "192.0.2.0/24",
        ),
        (
            "AWS::MediaConnect::FlowEntitlement",
            {"Name": "partner", "Description": "For a partner", "Subscribers": ["210987654321"]},
            "/Description",
            "For nobody",
        ),
        (
            "AWS::MediaConnect::FlowVpcInterface",
            {
                "Name": "studio",
                "RoleArn": "arn:aws:iam::123456789012:role/media",
                "SubnetId": "subnet-0a",
                "SecurityGroupIds": ["sg-0a"],
            },
            "/SecurityGroupIds",
            ["sg-0b"],
        ),
    ],
)
def test_a_part_keeps_its_identifier_when_it_is_changed(
    control: Control, flow: str, type_name: str, wanted: Json, path: str, value: Any
) -> None:
    control.media.update_flow(FlowArn=flow, SourceFailoverConfig={"State": "ENABLED", "FailoverMode": "FAILOVER"})
    identifier = control.create(type_name, {"FlowArn": flow, **wanted})
    event = control.update(type_name, identifier, [{"op": "replace", "path": path, "value": value}])
    assert (event["OperationStatus"], event["Identifier"]) == ("SUCCESS", identifier)
    assert control.read(type_name, identifier).items() >= {**wanted, path[1:]: value}.items()


def test_parts_that_are_added_at_once_to_a_flow_on_air_wait_for_each_other(control: Control, flow: str) -> None:
    """https://docs.aws.amazon.com/mediaconnect/latest/ug/flows-states.html (a flow that is UPDATING takes no change)"""
    control.media.start_flow(FlowArn=flow)
    asked = [
        control.api.create_resource(
            TypeName=OUTPUT,
            DesiredState=json.dumps(
                {"FlowArn": flow, "Name": name, "Protocol": "rtp", "Destination": "198.51.100.10", "Port": 5001}
            ),
        )
        for name in ("a", "b", "c")
    ]
    assert [control.done(one)["OperationStatus"] for one in asked] == ["SUCCESS"] * 3
    live = control.media.describe_flow(FlowArn=flow)["Flow"]
    assert {one["Name"] for one in live["Outputs"]} == {"a", "b", "c"}
    assert live["Status"] == "ACTIVE"
    control.media.stop_flow(FlowArn=flow)


def test_a_delete_of_a_flow_on_air_fails_with_media_connects_reason(control: Control, flow: str) -> None:
    control.media.start_flow(FlowArn=flow)
    event = control.delete(FLOW, flow)
    assert (event["OperationStatus"], event["ErrorCode"]) == ("FAILED", "InvalidRequest")
    assert "must stop the flow" in event["StatusMessage"]
    control.media.stop_flow(FlowArn=flow)


def test_a_delete_of_nothing_fails_with_not_found(control: Control) -> None:
    event = control.delete(FLOW, "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-a-b:none")
    assert (event["OperationStatus"], event["ErrorCode"]) == ("FAILED", "NotFound")


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"Name": "x"}, "#: required key [Source] not found"),
        (flow_model(Colour="red"), "#: extraneous key [Colour] is not permitted"),
        (flow_model(Name=5), "#/Name: expected type: String, found: Integer"),
        (flow_model(FlowSize="HUGE"), "#/FlowSize: HUGE is not a valid enum value"),
        (flow_model(Source={"EntitlementArn": "nothing"}), "#/Source/EntitlementArn: string [nothing] does not match"),
    ],
)
def test_a_model_that_the_schema_does_not_allow_is_refused_before_anything_happens(
    control: Control, model: Json, message: str
) -> None:
    said = control.refuses("ValidationException", "create_resource", TypeName=FLOW, DesiredState=json.dumps(model))
    assert said.startswith("Model validation failed (")
    assert message in said


def test_read_only_and_create_only_properties_cannot_be_changed(control: Control, flow: str) -> None:
    """https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations-update.html"""
    for path in ("/Name", "/Source/Name", "/EgressIp"):
        said = control.refuses(
            "ValidationException",
            "update_resource",
            TypeName=FLOW,
            Identifier=flow,
            PatchDocument=json.dumps([{"op": "replace", "path": path, "value": "new"}]),
        )
        assert f"/properties{path}" in said
    said = control.refuses(
        "ValidationException", "create_resource", TypeName=FLOW, DesiredState=json.dumps(flow_model(FlowArn=flow))
    )
    assert "/properties/FlowArn" in said


@pytest.mark.parametrize("patch", ["nonsense", '[{"op": "replace", "path": "/Nowhere/At", "value": 1}]', "[1]"])
def test_a_patch_that_cannot_be_applied_is_refused(control: Control, flow: str, patch: str) -> None:
    control.refuses("ValidationException", "update_resource", TypeName=FLOW, Identifier=flow, PatchDocument=patch)


def test_an_empty_patch_changes_nothing(control: Control, flow: str) -> None:
    before = control.read(FLOW, flow)
    assert control.update(FLOW, flow, [])["OperationStatus"] == "SUCCESS"
    assert control.read(FLOW, flow) == before


def test_what_media_connect_refuses_is_a_failed_request_with_its_reason(control: Control) -> None:
    model = flow_model(Source={"Name": "s", "Protocol": "rtp"})
    event = control.done(control.api.create_resource(TypeName=FLOW, DesiredState=json.dumps(model)))
    assert (event["OperationStatus"], event["ErrorCode"]) == ("FAILED", "InvalidRequest")
    assert "whitelist" in event["StatusMessage"]


def test_a_client_token_makes_a_request_once_and_fits_no_other(control: Control) -> None:
    token, desired = str(uuid.uuid4()), json.dumps(flow_model())
    first = control.api.create_resource(TypeName=FLOW, DesiredState=desired, ClientToken=token)
    again = control.api.create_resource(TypeName=FLOW, DesiredState=desired, ClientToken=token)
    assert again["ProgressEvent"]["RequestToken"] == first["ProgressEvent"]["RequestToken"]
    control.refuses(
        "ClientTokenConflictException",
        "create_resource",
        TypeName=FLOW,
        DesiredState=json.dumps(flow_model()),
        ClientToken=token,
    )
    control.delete(FLOW, control.done(first)["Identifier"])


def test_two_operations_on_one_resource_at_once_are_refused(control: Control, flow: str) -> None:
    control.media.start_flow(FlowArn=flow)
    patch = json.dumps([{"op": "replace", "path": "/Source/IngestPort", "value": 5020}])
    first = control.api.update_resource(TypeName=FLOW, Identifier=flow, PatchDocument=patch)
    control.refuses(
        "ConcurrentOperationException", "update_resource", TypeName=FLOW, Identifier=flow, PatchDocument=patch
    )
    assert control.done(first)["OperationStatus"] == "SUCCESS", "it waited until the flow had settled"
    assert control.media.describe_flow(FlowArn=flow)["Flow"]["Status"] == "ACTIVE"
    control.media.stop_flow(FlowArn=flow)


def test_requests_are_listed_newest_first_and_filtered(control: Control, flow: str) -> None:
    wanted = {"Operations": ["CREATE"], "OperationStatuses": ["SUCCESS"]}
    listed = control.api.list_resource_requests(ResourceRequestStatusFilter=wanted, MaxResults=100)
    summaries = listed["ResourceRequestStatusSummaries"]
    assert {(one["Operation"], one["OperationStatus"]) for one in summaries} == {("CREATE", "SUCCESS")}
    assert summaries[0]["Identifier"] == flow


def test_unknown_tokens_types_and_actions_are_named(control: Control) -> None:
    control.refuses("RequestTokenNotFoundException", "get_resource_request_status", RequestToken="none")
    control.refuses("TypeNotFoundException", "create_resource", TypeName="AWS::Media::Nothing", DesiredState="{}")
    control.refuses("UnsupportedActionException", "create_resource", TypeName="AWS::SQS::Queue", DesiredState="{}")
    said = control.refuses("InvalidRequestException", "list_resources", TypeName=OUTPUT)
    assert "[FlowArn]" in said


def test_describe_type_returns_the_registrys_schema(cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeType.html"""
    described = cloud.client("cloudformation").describe_type(Type="RESOURCE", TypeName=FLOW)
    schema = json.loads(described["Schema"])
    assert schema["typeName"] == FLOW
    assert schema["primaryIdentifier"] == ["/properties/FlowArn"]
    assert (described["Visibility"], described["ProvisioningType"]) == ("PUBLIC", "FULLY_MUTABLE")
    with pytest.raises(ClientError) as caught:
        cloud.client("cloudformation").describe_type(Type="RESOURCE", TypeName="AWS::Media::Nothing")
    assert caught.value.response["Error"]["Code"] == "TypeNotFoundException"
