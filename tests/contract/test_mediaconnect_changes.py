"""What MediaConnect does when the parts of a flow are changed, in STANDBY and on air."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from contract.rejection import Ask, check, refused
from running_cloud import RunningCloud, until

FAILOVER = "mediaconnect/latest/ug/source-failover.html"
STATES = "mediaconnect/latest/ug/flows-states.html"
INTERFACES = "mediaconnect/latest/ug/vpc-interfaces-remove.html"
STREAMS = "mediaconnect/latest/ug/media-streams-remove.html"
ENTITLEMENTS = "mediaconnect/latest/ug/entitlements-grant.html"
QUOTAS = "mediaconnect/latest/ug/quotas.html"
BAD = "BadRequestException"
UNSURE = "AWS's words are not published: the code is"
SUBSCRIBER = "210987654321"
INTERFACE = {
    "Name": "studio",
    "RoleArn": "arn:aws:iam::123456789012:role/media",
    "SubnetId": "subnet-0a",
    "SecurityGroupIds": ["sg-0a"],
}
STREAM = {"MediaStreamId": 1, "MediaStreamName": "video", "MediaStreamType": "video", "ClockRate": 90_000}


def source(name: str = "one", **settings: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "Description": "a source",
        "Protocol": "rtp",
        "IngestPort": 5000,
        "WhitelistCidr": "203.0.113.0/24",
        **settings,
    }


def output(name: str = "out", **settings: Any) -> dict[str, Any]:
    return {"Name": name, "Protocol": "rtp", "Destination": "198.51.100.1", "Port": 5000, **settings}


@pytest.fixture
def flow(cloud: RunningCloud) -> Iterator[dict[str, Any]]:
    """A flow in STANDBY with two sources, an output and a VPC interface; deleted after the test."""
    made: dict[str, Any] = make(cloud)
    yield made
    clear(cloud, made["FlowArn"])


def make(cloud: RunningCloud, **settings: Any) -> dict[str, Any]:
    given = {
        "Sources": [source("one"), source("two", IngestPort=5010)],
        "SourceFailoverConfig": {"State": "ENABLED", "FailoverMode": "FAILOVER"},
        "Outputs": [output()],
        "VpcInterfaces": [INTERFACE],
        **settings,
    }
    made: dict[str, Any] = cloud.client("mediaconnect").create_flow(Name=f"f-{uuid.uuid4().hex[:8]}", **given)["Flow"]
    return made


def clear(cloud: RunningCloud, arn: str) -> None:
    media = cloud.client("mediaconnect")
    until(lambda: status(cloud, arn) in ("ACTIVE", "STANDBY"))
    if status(cloud, arn) == "ACTIVE":
        media.stop_flow(FlowArn=arn)
        until(lambda: status(cloud, arn) == "STANDBY")
    media.delete_flow(FlowArn=arn)


def status(cloud: RunningCloud, arn: str) -> str:
    return str(cloud.client("mediaconnect").describe_flow(FlowArn=arn)["Flow"]["Status"])


def start(cloud: RunningCloud, arn: str) -> None:
    cloud.client("mediaconnect").start_flow(FlowArn=arn)
    until(lambda: status(cloud, arn) == "ACTIVE")


def on_a_flow(operation: str, **parameters: Any) -> Ask:
    """Ask for something on a new flow; a parameter that is callable is made from the flow."""

    def ask(cloud: RunningCloud) -> Any:
        made = make(cloud)
        try:
            given = {name: value(made) if callable(value) else value for name, value in parameters.items()}
            return getattr(cloud.client("mediaconnect"), operation)(FlowArn=made["FlowArn"], **given)
        finally:
            clear(cloud, made["FlowArn"])

    return ask


def first_source(flow: dict[str, Any]) -> str:
    return str(flow["Sources"][0]["SourceArn"])


def first_output(flow: dict[str, Any]) -> str:
    return str(flow["Outputs"][0]["OutputArn"])


def interface_in_use(cloud: RunningCloud) -> object:
    made = make(cloud, Outputs=[output(VpcInterfaceAttachment={"VpcInterfaceName": "studio"})])
    try:
        return cloud.client("mediaconnect").remove_flow_vpc_interface(
            FlowArn=made["FlowArn"], VpcInterfaceName="studio"
        )
    finally:
        clear(cloud, made["FlowArn"])


def stream_in_use(cloud: RunningCloud) -> object:
    carried = {"MediaStreamName": "video", "EncodingName": "raw"}
    made = make(
        cloud, MediaStreams=[STREAM], Outputs=[output(Protocol="cdi", MediaStreamOutputConfigurations=[carried])]
    )
    try:
        return cloud.client("mediaconnect").remove_flow_media_stream(FlowArn=made["FlowArn"], MediaStreamName="video")
    finally:
        clear(cloud, made["FlowArn"])


def while_updating(cloud: RunningCloud) -> object:
    made = make(cloud)
    media, arn = cloud.client("mediaconnect"), made["FlowArn"]
    start(cloud, arn)
    try:
        cloud.server.clock.pause()
        media.add_flow_outputs(FlowArn=arn, Outputs=[output("second")])
        return media.add_flow_outputs(FlowArn=arn, Outputs=[output("third")])
    finally:
        cloud.server.clock.resume()
        clear(cloud, arn)


def change_merged(cloud: RunningCloud) -> object:
    made = make(cloud, SourceFailoverConfig={"State": "ENABLED", "FailoverMode": "MERGE"})
    try:
        return cloud.client("mediaconnect").update_flow_source(
            FlowArn=made["FlowArn"], SourceArn=first_source(made), Protocol="srt-listener"
        )
    finally:
        clear(cloud, made["FlowArn"])


CASES = [
    refused("A change of a flow that is UPDATING", while_updating, BAD, "UPDATING", STATES, UNSURE),
    refused(
        "A source moved to the port of the other",
        on_a_flow("update_flow_source", SourceArn=first_source, IngestPort=5010),
        BAD,
        "port 5010",
        FAILOVER,
        UNSURE,
    ),
    refused(
        "A source made SRT while sources are merged",
        change_merged,
        BAD,
        "MERGE",
        FAILOVER,
        UNSURE,
    ),
    refused(
        "A source put on a VPC interface that the flow has not",
        on_a_flow("update_flow_source", SourceArn=first_source, VpcInterfaceName="none"),
        BAD,
        "VPC interface none",
        INTERFACES,
        UNSURE,
    ),
    refused(
        "An output put on a VPC interface that the flow has not",
        on_a_flow("update_flow_output", OutputArn=first_output, VpcInterfaceAttachment={"VpcInterfaceName": "none"}),
        BAD,
        "VPC interface none",
        INTERFACES,
        UNSURE,
    ),
    refused(
        "An output's port over 65535",
        on_a_flow("update_flow_output", OutputArn=first_output, Port=65_536),
        BAD,
        "65535",
        STATES,
        UNSURE,
    ),
    refused("Removing a VPC interface that is in use", interface_in_use, BAD, "in use by out", INTERFACES, UNSURE),
    refused("Removing a media stream that is in use", stream_in_use, BAD, "in use by out", STREAMS, UNSURE),
    refused(
        "An entitlement for nobody",
        on_a_flow("grant_flow_entitlements", Entitlements=[{"Name": "e", "Subscribers": []}]),
        BAD,
        "subscriber",
        ENTITLEMENTS,
        UNSURE,
    ),
    refused(
        "An entitlement for what is no account",
        on_a_flow("grant_flow_entitlements", Entitlements=[{"Name": "e", "Subscribers": ["partner"]}]),
        BAD,
        "12 digits",
        ENTITLEMENTS,
        UNSURE,
    ),
    refused(
        "A 51st entitlement of a flow",
        on_a_flow(
            "grant_flow_entitlements",
            Entitlements=[{"Name": f"e-{n}", "Subscribers": [SUBSCRIBER]} for n in range(51)],
        ),
        "GrantFlowEntitlements420Exception",
        "50",
        QUOTAS,
    ),
]


@pytest.mark.parametrize(("ask", "code", "says"), CASES)
def test_mediaconnect_refuses_a_change(cloud: RunningCloud, ask: Ask, code: str, says: str) -> None:
    check(cloud, ask, code, says)


@pytest.mark.contract(
    "Every change of a part of a flow on air passes through UPDATING; in STANDBY it is done at once",
    source=f"https://docs.aws.amazon.com/{STATES}",
    limits="UPDATING lasts 1 s",
)
def test_a_change_on_air_passes_through_updating(cloud: RunningCloud, flow: dict[str, Any]) -> None:
    media, arn = cloud.client("mediaconnect"), flow["FlowArn"]
    second = flow["Sources"][1]["SourceArn"]

    def changes() -> Iterator[None]:
        yield media.update_flow_source(FlowArn=arn, SourceArn=second, WhitelistCidr="192.0.2.0/24")
        yield media.update_flow_output(FlowArn=arn, OutputArn=first_output(flow), Port=6000)
        yield media.remove_flow_source(FlowArn=arn, SourceArn=second)
        yield media.add_flow_sources(FlowArn=arn, Sources=[source("two", IngestPort=5020)])
        granted = media.grant_flow_entitlements(
            FlowArn=arn, Entitlements=[{"Name": "partner", "Subscribers": [SUBSCRIBER]}]
        )["Entitlements"][0]
        yield None
        yield media.update_flow_entitlement(
            FlowArn=arn, EntitlementArn=granted["EntitlementArn"], EntitlementStatus="DISABLED"
        )
        yield media.revoke_flow_entitlement(FlowArn=arn, EntitlementArn=granted["EntitlementArn"])
        yield media.remove_flow_vpc_interface(FlowArn=arn, VpcInterfaceName="studio")
        yield media.add_flow_vpc_interfaces(FlowArn=arn, VpcInterfaces=[INTERFACE])
        yield media.update_flow(FlowArn=arn, SourceFailoverConfig={"SourcePriority": {"PrimarySource": "two"}})

    for _ in changes():
        assert status(cloud, arn) == "STANDBY"
    live = media.describe_flow(FlowArn=arn)["Flow"]
    second = live["Sources"][1]["SourceArn"]
    start(cloud, arn)
    cloud.server.clock.pause()
    try:
        for _ in changes():
            assert status(cloud, arn) == "UPDATING"
            cloud.step(1.5)
            assert status(cloud, arn) == "ACTIVE"
    finally:
        cloud.server.clock.resume()


@pytest.mark.contract(
    "An entitlement is for other accounts: granted, disabled and revoked by its ARN",
    source=f"https://docs.aws.amazon.com/{ENTITLEMENTS}",
)
def test_an_entitlement_is_granted_changed_and_revoked(cloud: RunningCloud, flow: dict[str, Any]) -> None:
    media, arn = cloud.client("mediaconnect"), flow["FlowArn"]
    wanted = {"Name": "partner", "Subscribers": [SUBSCRIBER], "DataTransferSubscriberFeePercent": 100}
    made = media.grant_flow_entitlements(FlowArn=arn, Entitlements=[{**wanted, "EntitlementTags": {"a": "1"}}])
    entitlement = made["Entitlements"][0]
    assert entitlement["EntitlementStatus"] == "ENABLED"
    assert entitlement.items() >= wanted.items()
    identifier = entitlement["EntitlementArn"]
    assert media.list_tags_for_resource(ResourceArn=identifier)["Tags"] == {"a": "1"}
    changed = media.update_flow_entitlement(
        FlowArn=arn, EntitlementArn=identifier, EntitlementStatus="DISABLED", Description="not now"
    )["Entitlement"]
    assert (changed["EntitlementStatus"], changed["Description"]) == ("DISABLED", "not now")
    media.revoke_flow_entitlement(FlowArn=arn, EntitlementArn=identifier)
    assert media.describe_flow(FlowArn=arn)["Flow"]["Entitlements"] == []
