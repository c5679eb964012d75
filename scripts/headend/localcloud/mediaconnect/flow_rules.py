"""What MediaConnect lets a flow be: its sources together, their ports, failover and maintenance.

Sources: https://docs.aws.amazon.com/mediaconnect/latest/ug/source-ports.html
https://docs.aws.amazon.com/mediaconnect/latest/ug/source-failover.html
https://docs.aws.amazon.com/mediaconnect/latest/api/API_FailoverConfig.html
https://docs.aws.amazon.com/mediaconnect/latest/api/API_AddMaintenance.html
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
FULL_HOUR = re.compile(r"([01]\d|2[0-3]):00")
SRT = frozenset({"srt-listener", "srt-caller"})


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
    if kind != "srt-password":
        return None
    if protocol not in SRT:
        return f"The key type srt-password is for SRT, not for {protocol}."
    if not (encryption or {}).get("secretArn"):
        return "Encryption with an SRT password needs a secret ARN."
    return None
