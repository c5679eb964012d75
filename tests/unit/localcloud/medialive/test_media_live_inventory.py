"""What the inventory and Cloud Control know of MediaLive, MediaPackage and stacks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

import live_channels
from headend.localcloud.inventory import Inventory
from running_cloud import RunningCloud, until


@pytest.fixture(scope="module", autouse=True)
def quickly(cloud: RunningCloud) -> None:
    live_channels.hurry(cloud)


def kinds(cloud: RunningCloud) -> set[str]:
    found = cloud.server.part(Inventory).resources()
    return {f"{one['service']} {one['type']}" for one in found if one["service"] not in ("iam", "mediaconnect")}


def settled(cloud: RunningCloud, event: dict[str, Any]) -> dict[str, Any]:
    """The progress event of a request once it has ended."""
    token = event["ProgressEvent"]["RequestToken"]

    def ended() -> dict[str, Any] | None:
        shown = cloud.client("cloudcontrol").get_resource_request_status(RequestToken=token)["ProgressEvent"]
        return shown if shown["OperationStatus"] in ("SUCCESS", "FAILED") else None

    return until(ended)


def test_what_is_made_is_listed_and_what_is_deleted_is_not(cloud: RunningCloud) -> None:
    media, package = cloud.client("medialive"), cloud.client("mediapackagev2")
    stacks = cloud.client("cloudformation")
    before = kinds(cloud)
    identifier = live_channels.created(cloud)
    held = media.describe_channel(ChannelId=identifier)["InputAttachments"][0]["InputId"]
    package.create_channel_group(ChannelGroupName="listed")
    template = {"Resources": {"Push": {"Type": "AWS::MediaLive::InputSecurityGroup", "Properties": {}}}}
    stack = stacks.create_stack(StackName="listed", TemplateBody=json.dumps(template))["StackId"]
    until(lambda: stacks.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE")
    assert kinds(cloud) - before == {
        "cloudformation Stack",
        "mediapackagev2 Group",
        "medialive Channel",
        "medialive Input",
        "medialive SecurityGroup",
    }
    media.delete_channel(ChannelId=identifier)
    until(lambda: live_channels.state(cloud, identifier) == "DELETED")
    media.delete_input(InputId=held)
    until(lambda: media.describe_input(InputId=held)["State"] == "DELETED")
    package.delete_channel_group(ChannelGroupName="listed")
    stacks.delete_stack(StackName=stack)
    until(lambda: stacks.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE")
    assert kinds(cloud) == before


def test_cloud_control_has_inputs_but_no_channels(cloud: RunningCloud) -> None:
    """The registry's schema of the channel has no handlers."""
    control = cloud.client("cloudcontrol")
    with pytest.raises(ClientError, match="UnsupportedActionException"):
        control.create_resource(TypeName="AWS::MediaLive::Channel", DesiredState="{}")
    flows = [live_channels.flow(cloud, zone) for zone in "ab"]
    wanted = {
        "Name": "feeds",
        "Type": "MEDIACONNECT",
        "MediaConnectFlows": [{"FlowArn": flow} for flow in flows],
        "RoleArn": live_channels.role(cloud),
        "Tags": {"a": "1"},
    }
    event = settled(cloud, control.create_resource(TypeName="AWS::MediaLive::Input", DesiredState=json.dumps(wanted)))
    assert event["OperationStatus"] == "SUCCESS", event
    given = {"TypeName": "AWS::MediaLive::Input", "Identifier": event["Identifier"]}
    shown = json.loads(control.get_resource(**given)["ResourceDescription"]["Properties"])
    assert shown.items() >= wanted.items()
    patch = json.dumps([{"op": "replace", "path": "/Tags", "value": {"b": "2"}}])
    assert settled(cloud, control.update_resource(**given, PatchDocument=patch))["OperationStatus"] == "SUCCESS"
    shown = json.loads(control.get_resource(**given)["ResourceDescription"]["Properties"])
    assert shown["Tags"] == {"b": "2"}
    assert settled(cloud, control.delete_resource(**given))["OperationStatus"] == "SUCCESS"


def test_an_endpoint_is_changed_through_cloud_control(cloud: RunningCloud) -> None:
    control, package = cloud.client("cloudcontrol"), cloud.client("mediapackagev2")
    names = {"ChannelGroupName": "control", "ChannelName": "live"}
    package.create_channel_group(ChannelGroupName="control")
    package.create_channel(**names, InputType="CMAF")
    wanted = {
        **names,
        "OriginEndpointName": "hls",
        "ContainerType": "CMAF",
        "HlsManifests": [{"ManifestName": "index", "ManifestWindowSeconds": 30}],
        "Tags": [{"Key": "a", "Value": "1"}],
    }
    kind = "AWS::MediaPackageV2::OriginEndpoint"
    event = settled(cloud, control.create_resource(TypeName=kind, DesiredState=json.dumps(wanted)))
    assert event["OperationStatus"] == "SUCCESS", event
    given = {"TypeName": kind, "Identifier": event["Identifier"]}
    patch = [
        {"op": "replace", "path": "/HlsManifests/0/ManifestWindowSeconds", "value": 60},
        {
            "op": "add",
            "path": "/ForceEndpointErrorConfiguration",
            "value": {"EndpointErrorConditions": ["STALE_MANIFEST"]},
        },
        {"op": "remove", "path": "/Tags"},
    ]
    done = settled(cloud, control.update_resource(**given, PatchDocument=json.dumps(patch)))
    assert done["OperationStatus"] == "SUCCESS", done
    shown = json.loads(control.get_resource(**given)["ResourceDescription"]["Properties"])
    assert shown["HlsManifests"][0]["ManifestWindowSeconds"] == 60
    assert shown["ForceEndpointErrorConfiguration"]["EndpointErrorConditions"] == ["STALE_MANIFEST"]
    assert "Tags" not in shown
    refused = settled(cloud, control.create_resource(TypeName=kind, DesiredState=json.dumps(wanted)))
    assert (refused["OperationStatus"], refused["ErrorCode"]) == ("FAILED", "AlreadyExists")
    assert settled(cloud, control.delete_resource(**given))["OperationStatus"] == "SUCCESS"
    gone = settled(cloud, control.delete_resource(**given))
    assert (gone["OperationStatus"], gone["ErrorCode"]) == ("FAILED", "NotFound")
    package.delete_channel(**names)
    package.delete_channel_group(ChannelGroupName="control")
