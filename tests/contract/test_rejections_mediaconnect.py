"""What MediaConnect rejects."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from contract.rejection import Ask, check, refused
from running_cloud import RunningCloud, until

CREATE = "mediaconnect/latest/api/v1-flows.html"
FAILOVER = "mediaconnect/latest/ug/source-failover.html"
PORTS = "mediaconnect/latest/ug/source-ports.html"
PASSWORD = "mediaconnect/latest/ug/encryption-srt-password.html"
STATES = "mediaconnect/latest/ug/flows-states.html"
QUOTAS = "mediaconnect/latest/ug/quotas.html"
ROLE = "arn:aws:iam::123456789012:role/media"
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:srt-abcdef"


def source(name: str = "one", **settings: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "Description": "a source",
        "Protocol": "rtp",
        "IngestPort": 5000,
        "WhitelistCidr": "203.0.113.0/24",
        **settings,
    }


def create(*sources: dict[str, Any], **settings: Any) -> Ask:
    def ask(cloud: RunningCloud) -> Any:
        name = f"f-{uuid.uuid4().hex[:8]}"
        try:
            return cloud.client("mediaconnect").create_flow(Name=name, Sources=list(sources), **settings)
        finally:
            clear(cloud)

    return ask


def clear(cloud: RunningCloud) -> None:
    """The quota is 20: what a case has made is taken away."""
    media = cloud.client("mediaconnect")
    for flow in media.list_flows()["Flows"]:
        if flow["Status"] == "STANDBY":
            media.delete_flow(FlowArn=flow["FlowArn"])
    until(lambda: not media.list_flows()["Flows"])


def flow(cloud: RunningCloud, *sources: dict[str, Any], **settings: Any) -> str:
    given = list(sources) or [source()]
    made = cloud.client("mediaconnect").create_flow(Name=f"f-{uuid.uuid4().hex[:8]}", Sources=given, **settings)
    return str(made["Flow"]["FlowArn"])


def failover(protocol: str = "rtp", **config: Any) -> Ask:
    pair = [source("one", Protocol=protocol), source("two", Protocol=protocol, IngestPort=5010)]
    return create(*pair, SourceFailoverConfig={"State": "ENABLED", **config})


def srt(**encryption: Any) -> Ask:
    key = {"RoleArn": ROLE, "SecretArn": SECRET, "KeyType": "srt-password", **encryption}
    return create(source(Protocol="srt-listener", Decryption=key))


def output(**settings: Any) -> Ask:
    def ask(cloud: RunningCloud) -> Any:
        arn = flow(cloud)
        try:
            given = {"Name": "out", "Protocol": "rtp", "Destination": "198.51.100.1", "Port": 5000, **settings}
            known = {name: value for name, value in given.items() if value is not None}
            return cloud.client("mediaconnect").add_flow_outputs(FlowArn=arn, Outputs=[known])
        finally:
            clear(cloud)

    return ask


def on_air(action: str) -> Ask:
    """Something that a flow that is starting, or on air, does not let itself be asked."""

    def ask(cloud: RunningCloud) -> Any:
        media, arn = cloud.client("mediaconnect"), flow(cloud)
        media.start_flow(FlowArn=arn)
        try:
            if action.startswith("start"):
                return media.start_flow(FlowArn=arn)
            until(lambda: media.describe_flow(FlowArn=arn)["Flow"]["Status"] == "ACTIVE")
            return media.delete_flow(FlowArn=arn)
        finally:
            until(lambda: media.describe_flow(FlowArn=arn)["Flow"]["Status"] == "ACTIVE")
            media.stop_flow(FlowArn=arn)
            until(lambda: media.describe_flow(FlowArn=arn)["Flow"]["Status"] == "STANDBY")
            clear(cloud)

    return ask


def remove_only_source(cloud: RunningCloud) -> object:
    media, arn = cloud.client("mediaconnect"), flow(cloud)
    try:
        only = media.describe_flow(FlowArn=arn)["Flow"]["Sources"][0]["SourceArn"]
        return media.remove_flow_source(FlowArn=arn, SourceArn=only)
    finally:
        clear(cloud)


def second_source_without_failover(cloud: RunningCloud) -> object:
    arn = flow(cloud)
    try:
        return cloud.client("mediaconnect").add_flow_sources(FlowArn=arn, Sources=[source("two", IngestPort=5010)])
    finally:
        clear(cloud)


def twenty_first(cloud: RunningCloud) -> object:
    try:
        for _ in range(21):
            last = flow(cloud)
        return last
    finally:
        clear(cloud)


def fifty_first_output(cloud: RunningCloud) -> object:
    media, arn = cloud.client("mediaconnect"), flow(cloud)
    out = {"Protocol": "rtp", "Destination": "198.51.100.1", "Port": 5000}
    try:
        return media.add_flow_outputs(FlowArn=arn, Outputs=[{**out, "Name": f"out-{n}"} for n in range(51)])
    finally:
        clear(cloud)


BAD = "BadRequestException"
UNSURE = "AWS's words are not published: the code is"
CASES = [
    refused("An algorithm with an SRT password", srt(Algorithm="aes128"), BAD, "algorithm", PASSWORD, UNSURE),
    refused("A static key without an algorithm", srt(KeyType="static-key"), BAD, "algorithm", PASSWORD, UNSURE),
    refused(
        "An SRT password without a secret",
        create(source(Protocol="srt-listener", Decryption={"RoleArn": ROLE, "KeyType": "srt-password"})),
        BAD,
        "secret",
        PASSWORD,
        UNSURE,
    ),
    refused(
        "An SRT password for RTP",
        create(source(Decryption={"RoleArn": ROLE, "SecretArn": SECRET, "KeyType": "srt-password"})),
        BAD,
        "srt-password",
        PASSWORD,
        UNSURE,
    ),
    refused("Merging SRT sources", failover("srt-listener", FailoverMode="MERGE"), BAD, "MERGE", FAILOVER, UNSURE),
    refused(
        "A recovery window of under 100 ms",
        failover(FailoverMode="MERGE", RecoveryWindow=99),
        BAD,
        "100",
        FAILOVER,
        UNSURE,
    ),
    refused(
        "A recovery window of over 15 s",
        failover(FailoverMode="MERGE", RecoveryWindow=15_001),
        BAD,
        "15000",
        FAILOVER,
        UNSURE,
    ),
    refused(
        "Two sources without failover",
        create(source("one"), source("two", IngestPort=5010)),
        BAD,
        "failover",
        FAILOVER,
        UNSURE,
    ),
    refused(
        "A second source later, without failover", second_source_without_failover, BAD, "failover", FAILOVER, UNSURE
    ),
    refused(
        "Three sources",
        create(
            source("one"),
            source("two", IngestPort=5010),
            source("three", IngestPort=5020),
            SourceFailoverConfig={"State": "ENABLED"},
        ),
        BAD,
        "2 sources",
        QUOTAS,
        UNSURE,
    ),
    refused(
        "Two sources on the same port",
        create(source("one"), source("two"), SourceFailoverConfig={"State": "ENABLED"}),
        BAD,
        "port",
        PORTS,
        UNSURE,
    ),
    refused(
        "A port that error correction of the other source needs",
        create(
            source("one", Protocol="rtp-fec"),
            source("two", Protocol="rtp-fec", IngestPort=5002),
            SourceFailoverConfig={"State": "ENABLED"},
        ),
        BAD,
        "port",
        PORTS,
        UNSURE,
    ),
    refused("A port that is reserved for Zixi", create(source(IngestPort=2095)), BAD, "2090", PORTS, UNSURE),
    refused("A port over 65535", create(source(IngestPort=65_536)), BAD, "65535", PORTS, UNSURE),
    refused(
        "A whitelist that is an address range by hyphen",
        create(source(WhitelistCidr="203.0.113.0-203.0.113.9")),
        BAD,
        "CIDR",
        CREATE,
        UNSURE,
    ),
    refused("A whitelist with host bits", create(source(WhitelistCidr="203.0.113.1/24")), BAD, "CIDR", CREATE, UNSURE),
    refused(
        "A public source that says not who may send",
        lambda cloud: cloud.client("mediaconnect").create_flow(
            Name="open", Sources=[{"Name": "one", "Description": "d", "Protocol": "rtp", "IngestPort": 5000}]
        ),
        BAD,
        "whitelist",
        CREATE,
        UNSURE,
    ),
    refused(
        "An SRT caller that calls nobody",
        create({"Name": "one", "Description": "d", "Protocol": "srt-caller"}),
        BAD,
        "listener",
        CREATE,
        UNSURE,
    ),
    refused(
        "An entitled source with SPEKE that names no key server",
        create(
            {
                "Name": "one",
                "Description": "d",
                "EntitlementArn": "arn:aws:mediaconnect:eu-central-1:210987654321:entitlement:1-11aa-22bb:partner",
                "Decryption": {"KeyType": "speke", "Algorithm": "aes256", "RoleArn": ROLE, "DeviceId": "d"},
            }
        ),
        BAD,
        "region, resourceId, url",
        "mediaconnect/latest/api/API_Encryption.html",
        UNSURE,
    ),
    refused("An output without a destination", output(Destination=None), BAD, "destination", CREATE, UNSURE),
    refused(
        "A maintenance hour that is no full hour",
        create(source(), Maintenance={"MaintenanceDay": "Monday", "MaintenanceStartHour": "02:30"}),
        BAD,
        "hour",
        CREATE,
        UNSURE,
    ),
    refused("Removing the only source", remove_only_source, BAD, "only source", CREATE, UNSURE),
    refused("Starting a flow that is starting", on_air("start"), BAD, "STARTING", STATES, UNSURE),
    refused("Deleting a flow that is on air", on_air("delete"), BAD, "stop the flow", STATES, UNSURE),
    refused("A 21st flow in a Region", twenty_first, "CreateFlow420Exception", "20", QUOTAS),
    refused("A 51st output of a flow", fifty_first_output, "AddFlowOutputs420Exception", "50", QUOTAS),
]


@pytest.mark.parametrize(("ask", "code", "says"), CASES)
def test_mediaconnect_rejects(cloud: RunningCloud, ask: Ask, code: str, says: str) -> None:
    check(cloud, ask, code, says)
