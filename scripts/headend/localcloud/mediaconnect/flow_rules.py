"""What MediaConnect lets a flow be: its sources together, their ports, failover and maintenance.

Sources: https://docs.aws.amazon.com/mediaconnect/latest/ug/source-ports.html
https://docs.aws.amazon.com/mediaconnect/latest/ug/source-failover.html
https://docs.aws.amazon.com/mediaconnect/latest/api/API_FailoverConfig.html
https://docs.aws.amazon.com/mediaconnect/latest/api/API_AddMaintenance.html
https://docs.aws.amazon.com/mediaconnect/latest/ug/vpc-interfaces-remove.html
https://docs.aws.amazon.com/mediaconnect/latest/ug/entitlements.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]

SOURCES = 2
EXTRA_PORTS = {"rist": (1,), "rtp-fec": (2, 4)}
"""Ports beside its own that a source needs, as distances."""
ZIXI_PORTS = range(2090, 2100)
ZIXI_PORT = 2088
ANY_PORT = frozenset({"zixi-push", "cdi", "st2110-jpegxs"})
"""Protocols whose sources share ports or listen in the VPC."""
FAILOVER_ONLY = frozenset({"srt-listener", "srt-caller"})
NO_FAILOVER = frozenset({"cdi", "st2110-jpegxs"})
RECOVERY_WINDOW = (100, 15_000)
ACCOUNT = re.compile(r"\d{12}")
FULL_HOUR = re.compile(r"([01]\d|2[0-3]):00")
SRT = frozenset({"srt-listener", "srt-caller"})
SPEKE_FIELDS = ("deviceId", "region", "resourceId", "url")
"""https://docs.aws.amazon.com/mediaconnect/latest/api/API_Encryption.html"""
IN_BETWEEN = frozenset({"STARTING", "UPDATING", "STOPPING", "DELETING"})
"""States in which a flow takes no change."""


def problems(sources: Sequence[Json], failover: Json | None) -> Iterator[str]:
    """What is wrong with the sources of a flow together with its failover configuration."""
    config = failover or {}
    enabled = config.get("state") == "ENABLED" or (bool(config) and "state" not in config)
    if len(sources) > SOURCES:
        yield f"A flow can have at most {SOURCES} sources."
    if len(sources) > 1 and not enabled:
        yield "A flow with two sources needs source failover: its state must be ENABLED."
    yield from _ports(sources)
    if not enabled:
        return
    mode = config.get("failoverMode", "MERGE" if "recoveryWindow" in config else "FAILOVER")
    for source in sources:
        protocol = source.get("protocol")
        if protocol in NO_FAILOVER:
            yield f"Source failover is not available for {protocol}."
        if protocol in FAILOVER_ONLY and mode == "MERGE":
            yield f"The failover mode MERGE is not available for {protocol}: use FAILOVER."
    window = config.get("recoveryWindow")
    if window is not None and not RECOVERY_WINDOW[0] <= int(window) <= RECOVERY_WINDOW[1]:
        yield f"The recovery window must be from {RECOVERY_WINDOW[0]} to {RECOVERY_WINDOW[1]} ms, not {window}."


def _ports(sources: Sequence[Json]) -> Iterator[str]:
    taken: dict[int, str] = {}
    for source in sources:
        port, protocol = source.get("ingestPort"), str(source.get("protocol", ""))
        if not isinstance(port, int) or protocol in ANY_PORT:
            continue
        if port in ZIXI_PORTS or port == ZIXI_PORT:
            yield f"The port {port} is reserved for Zixi: {ZIXI_PORT} and {ZIXI_PORTS[0]} to {ZIXI_PORTS[-1]}."
        for needed in (port, *(port + distance for distance in EXTRA_PORTS.get(protocol, ()))):
            if needed in taken:
                yield f"The port {needed} is already in use by the source {taken[needed]}."
            taken[needed] = str(source.get("name", ""))


def maintenance_problem(maintenance: Json | None) -> str | None:
    """What is wrong with a maintenance window: it begins at a full hour."""
    hour = (maintenance or {}).get("maintenanceStartHour")
    if hour is not None and not FULL_HOUR.fullmatch(str(hour)):
        return f"The maintenance start hour must be a full hour such as 02:00, not {hour}."
    return None


def encryption_problem(protocol: str | None, encryption: Json | None) -> str | None:
    """What is wrong with the key of a source or output of a protocol."""
    kind = (encryption or {}).get("keyType")
    if kind == "speke":
        missing = [field for field in SPEKE_FIELDS if not (encryption or {}).get(field)]
        return f"Encryption with SPEKE needs {', '.join(missing)}." if missing else None
    if kind != "srt-password":
        return None
    if protocol not in SRT:
        return f"The key type srt-password is for SRT, not for {protocol}."
    if not (encryption or {}).get("secretArn"):
        return "Encryption with an SRT password needs a secret ARN."
    return None


def transit_key(transit: Json | None) -> dict[str, Any]:
    """The role and the secret of a key on the way from or to a router; empty where MediaConnect makes it itself."""
    return dict(((transit or {}).get("encryptionKeyConfiguration") or {}).get("secretsManager") or {})


def state_problem(flow_arn: str, status: str) -> str | None:
    """Why a flow takes no change now."""
    return f"Flow {flow_arn} is {status}: wait until it has settled." if status in IN_BETWEEN else None


def users_of_interface(name: str, sources: Sequence[Json], outputs: Sequence[Json]) -> list[str]:
    """The names of the sources and outputs that go through a VPC interface: it cannot be taken off before them."""
    by_source = [str(source["name"]) for source in sources if _source_interface(source) == name]
    by_output = [str(output["name"]) for output in outputs if output_interface(output) == name]
    return by_source + by_output


def output_interface(output: Json) -> str | None:
    """The VPC interface through which an output goes; None for one to the public network."""
    name = (output.get("vpcInterfaceAttachment") or {}).get("vpcInterfaceName")
    return str(name) if name else None


def users_of_stream(name: str, sources: Sequence[Json], outputs: Sequence[Json]) -> list[str]:
    """The names of the sources and outputs that carry a media stream: it cannot be removed before them."""
    users = []
    for part in (*sources, *outputs):
        configured = [*(part.get("mediaStreamSourceConfigurations") or [])]
        configured += part.get("mediaStreamOutputConfigurations") or []
        if any(one.get("mediaStreamName") == name for one in configured):
            users.append(str(part["name"]))
    return users


def entitlement_problem(entitlement: Json) -> str | None:
    """What is wrong with an entitlement: it is for accounts, and its subscribers pay all of the fee or less."""
    subscribers = entitlement.get("subscribers") or []
    if not subscribers:
        return "An entitlement needs at least one subscriber."
    for subscriber in subscribers:
        if not ACCOUNT.fullmatch(str(subscriber)):
            return f"A subscriber is an account of 12 digits, not {subscriber}."
    fee = entitlement.get("dataTransferSubscriberFeePercent")
    if fee is not None and not 0 <= int(fee) <= 100:
        return f"The subscriber's share of the data transfer fee must be from 0 to 100 percent, not {fee}."
    return None


def _source_interface(source: Json) -> str | None:
    name = source.get("vpcInterfaceName")
    return str(name) if name else None
