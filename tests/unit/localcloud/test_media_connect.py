"""MediaConnect's contract: what these tests say is what AWS documents, and would hold there (with patience)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from headend.localcloud.mediaconnect.media_connect import FLOWS_PER_REGION, MediaConnect, MediaConnectError

from .conftest import RunningCloud, until
from .requests_to import flow_request


@pytest.fixture
def media(cloud: RunningCloud) -> Any:
    return cloud.client("mediaconnect")


@pytest.fixture
def flow(media: Any) -> Iterator[dict[str, Any]]:
    made = media.create_flow(**flow_request(f"flow-{uuid.uuid4().hex[:8]}"))["Flow"]
    yield made
    remove(media, made["FlowArn"])


def status(media: Any, arn: str) -> str:
    return str(media.describe_flow(FlowArn=arn)["Flow"]["Status"])


def start(media: Any, arn: str) -> None:
    media.start_flow(FlowArn=arn)
    until(lambda: status(media, arn) == "ACTIVE")


def remove(media: Any, arn: str) -> None:
    """Stop and delete, from any state, if it is still there."""
    try:
        until(lambda: status(media, arn) in ("ACTIVE", "STANDBY"))
        if status(media, arn) == "ACTIVE":
            media.stop_flow(FlowArn=arn)
            until(lambda: status(media, arn) == "STANDBY")
        media.delete_flow(FlowArn=arn)
        media.get_waiter("flow_deleted").wait(FlowArn=arn, WaiterConfig={"Delay": 1})
    except media.exceptions.NotFoundException:
        pass


def test_a_new_flow_is_in_standby_and_shows_what_it_was_given(flow: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/mediaconnect/latest/api/v1-flows.html"""
    assert flow["Status"] == "STANDBY"
    assert flow["FlowArn"].startswith("arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-")
    assert flow["FlowArn"].endswith(f":{flow['Name']}")
    source = flow["Source"]
    assert source["WhitelistCidr"] == "203.0.113.0/24"
    assert source["IngestPort"] == 5000
    assert source["Transport"] == {"Protocol": "rtp"}
    assert source["IngestIp"] and flow["EgressIp"]
    assert flow["Sources"] == [source]
    assert [(output["Name"], output["Destination"], output["Port"]) for output in flow["Outputs"]] == [
        ("primary", "198.51.100.10", 5001)
    ]


def test_a_flow_passes_through_starting_and_stopping_and_says_so_on_the_default_bus(
    cloud: RunningCloud, media: Any, flow: dict[str, Any]
) -> None:
    """https://docs.aws.amazon.com/mediaconnect/latest/ug/monitoring-cloudwatch-events-flow-state-change.html"""
    name = f"states-{uuid.uuid4().hex[:8]}"
    url, arn = cloud.queue(name)
    pattern = {
        "source": ["aws.mediaconnect"],
        "detail-type": ["MediaConnect Flow Status Change"],
        "resources": [flow["FlowArn"]],
    }
    cloud.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    cloud.client("events").put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])

    assert media.start_flow(FlowArn=flow["FlowArn"])["Status"] == "STARTING"
    assert status(media, flow["FlowArn"]) == "STARTING", "looking does not move it on"
    until(lambda: status(media, flow["FlowArn"]) == "ACTIVE")
    assert media.stop_flow(FlowArn=flow["FlowArn"])["Status"] == "STOPPING"
    until(lambda: status(media, flow["FlowArn"]) == "STANDBY")

    events = [json.loads(cloud.receive(url)["Body"]) for _ in range(4)]
    changes = [(event["detail"]["previousStatus"], event["detail"]["currentStatus"]) for event in events]
    assert sorted(changes) == sorted(
        [("STANDBY", "STARTING"), ("STARTING", "ACTIVE"), ("ACTIVE", "STOPPING"), ("STOPPING", "STANDBY")]
    )
    assert all(event["resources"] == [flow["FlowArn"]] for event in events)
    recorded = cloud.timeline("flow-status", flow_arn=flow["FlowArn"])
    assert [(entry["detail"]["from"], entry["detail"]["to"]) for entry in recorded] == [
        ("STANDBY", "STARTING"),
        ("STARTING", "ACTIVE"),
        ("ACTIVE", "STOPPING"),
        ("STOPPING", "STANDBY"),
    ]


def test_a_flow_on_air_cannot_be_deleted_or_started_and_updates_while_it_changes(
    media: Any, flow: dict[str, Any]
) -> None:
    """https://docs.aws.amazon.com/mediaconnect/latest/api/v1-flows-flowarn.html (DELETE: the flow must be stopped)"""
    arn = flow["FlowArn"]
    start(media, arn)
    with pytest.raises(media.exceptions.BadRequestException, match="must stop the flow"):
        media.delete_flow(FlowArn=arn)
    with pytest.raises(media.exceptions.BadRequestException, match="only a flow in STANDBY"):
        media.start_flow(FlowArn=arn)
    added = {"Name": "backup", "Protocol": "rtp", "Destination": "198.51.100.11", "Port": 5002}
    media.add_flow_outputs(FlowArn=arn, Outputs=[added])
    assert status(media, arn) == "UPDATING"
    until(lambda: status(media, arn) == "ACTIVE")
    assert [output["Name"] for output in media.describe_flow(FlowArn=arn)["Flow"]["Outputs"]] == ["primary", "backup"]


def test_an_in_between_state_is_not_acted_on(media: Any, flow: dict[str, Any]) -> None:
    media.start_flow(FlowArn=flow["FlowArn"])
    with pytest.raises(media.exceptions.BadRequestException):
        media.stop_flow(FlowArn=flow["FlowArn"])
    with pytest.raises(media.exceptions.BadRequestException, match="settled"):
        media.update_flow(FlowArn=flow["FlowArn"], Maintenance={"MaintenanceDay": "Monday"})


def test_an_output_is_updated_field_by_field_and_removed_by_its_arn(media: Any, flow: dict[str, Any]) -> None:
    arn, output = flow["FlowArn"], flow["Outputs"][0]["OutputArn"]
    shown = media.update_flow_output(FlowArn=arn, OutputArn=output, Port=6000, SmoothingLatency=100)["Output"]
    assert (shown["Port"], shown["Destination"]) == (6000, "198.51.100.10")
    assert shown["Transport"] == {"Protocol": "rtp", "SmoothingLatency": 100}
    assert media.remove_flow_output(FlowArn=arn, OutputArn=output)["OutputArn"] == output
    assert media.describe_flow(FlowArn=arn)["Flow"]["Outputs"] == []


def test_a_deleted_flow_is_deleting_and_then_gone_with_its_tags(media: Any) -> None:
    request = flow_request(f"gone-{uuid.uuid4().hex[:8]}") | {"FlowTags": {"Environment": "test"}}
    arn = media.create_flow(**request)["Flow"]["FlowArn"]
    assert media.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"Environment": "test"}
    assert media.delete_flow(FlowArn=arn)["Status"] == "DELETING"
    media.get_waiter("flow_deleted").wait(FlowArn=arn, WaiterConfig={"Delay": 1})
    with pytest.raises(media.exceptions.NotFoundException) as caught:
        media.describe_flow(FlowArn=arn)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    with pytest.raises(media.exceptions.NotFoundException):
        media.list_tags_for_resource(ResourceArn=arn)


def test_tags_are_added_and_removed(media: Any, flow: dict[str, Any]) -> None:
    output = flow["Outputs"][0]["OutputArn"]
    media.tag_resource(ResourceArn=output, Tags={"a": "1", "b": "2"})
    media.untag_resource(ResourceArn=output, TagKeys=["a"])
    assert media.list_tags_for_resource(ResourceArn=output)["Tags"] == {"b": "2"}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"WhitelistCidr": "anyone"}, "not a CIDR block"),
        ({"Protocol": "rtmp-push"}, "is not one of"),
        ({"IngestPort": 70000}, "port from 1 to 65535"),
        ({"Protocol": "srt-caller"}, "listener address"),
        ({"VpcInterfaceName": "studio"}, "no VPC interface studio"),
        (
            {
                "Protocol": "srt-listener",
                "Decryption": {
                    "KeyType": "srt-password",
                    "Algorithm": "aes128",
                    "RoleArn": "arn:aws:iam::123456789012:role/media",
                },
            },
            "takes no algorithm",
        ),
    ],
)
def test_a_source_that_media_connect_would_refuse_is_refused_with_the_reason(
    media: Any, source: dict[str, Any], reason: str
) -> None:
    with pytest.raises(media.exceptions.BadRequestException, match=reason):
        media.create_flow(**flow_request("refused", **source))


def test_a_public_source_says_who_may_send(media: Any) -> None:
    """https://docs.aws.amazon.com/mediaconnect/latest/ug/sources-standard.html (allowlist CIDR)"""
    request = flow_request("open")
    del request["Source"]["WhitelistCidr"]
    with pytest.raises(media.exceptions.BadRequestException, match="whitelist"):
        media.create_flow(**request)


def test_two_outputs_of_one_name_are_refused(media: Any, flow: dict[str, Any]) -> None:
    again = {"Name": "primary", "Protocol": "rtp", "Destination": "198.51.100.12", "Port": 5003}
    with pytest.raises(media.exceptions.BadRequestException, match="already in use"):
        media.add_flow_outputs(FlowArn=flow["FlowArn"], Outputs=[again])


def test_the_twenty_first_flow_of_a_region_is_refused(cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/mediaconnect/latest/ug/quotas.html"""
    service, region = cloud.server.part(MediaConnect), "eu-west-3"
    source = {"name": "s", "protocol": "rtp", "whitelistCidr": "203.0.113.0/24"}
    arns = [
        service.call("CreateFlow", region, {"name": f"many-{number}", "source": source})["flow"]["flowArn"]
        for number in range(FLOWS_PER_REGION)
    ]
    with pytest.raises(MediaConnectError) as caught:
        service.call("CreateFlow", region, {"name": "one-too-many", "source": source})
    assert (caught.value.code, caught.value.status) == ("CreateFlow420Exception", 420)
    listed = service.call("ListFlows", region, {"maxResults": 15})
    rest = service.call("ListFlows", region, {"maxResults": 15, "nextToken": listed["nextToken"]})
    assert [flow["flowArn"] for flow in listed["flows"] + rest["flows"]] == arns
    for arn in arns:
        service.call("DeleteFlow", region, {"FlowArn": arn})
    until(lambda: not service.call("ListFlows", region, {})["flows"])


def test_a_region_without_media_connect_is_refused(cloud: RunningCloud) -> None:
    with pytest.raises(NotImplementedError, match="not available in mars-1"):
        cloud.server.part(MediaConnect).call("ListFlows", "mars-1", {})


def test_an_unknown_flow_is_not_found(media: Any) -> None:
    arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-a-b:none"
    for operation in (media.describe_flow, media.start_flow, media.stop_flow, media.delete_flow):
        with pytest.raises(ClientError) as caught:
            operation(FlowArn=arn)
        assert caught.value.response["Error"]["Code"] == "NotFoundException"
