"""A MediaConnect flow as DescribeFlow shows it, kept in moto's back end.

moto 5.2.5 keeps requests as they came; AWS answers with other shapes (details below `transport`, ARNs, addresses).
Source: https://docs.aws.amazon.com/mediaconnect/latest/api/v1-flows-flowarn.html
"""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

from moto.mediaconnect.models import Flow

TRANSPORT = frozenset(
    {
        "cidrAllowList",
        "maxBitrate",
        "maxLatency",
        "maxSyncBuffer",
        "minLatency",
        "ndiAudioReferenceLevel",
        "ndiOutputTimecodeSource",
        "ndiProgramName",
        "ndiSourceSettings",
        "ndiSpeedHqQuality",
        "protocol",
        "remoteId",
        "senderControlPort",
        "senderIpAddress",
        "smoothingLatency",
        "sourceListenerAddress",
        "sourceListenerPort",
        "streamId",
    }
)
"""What a request names directly and an answer shows below `transport`."""

LISTENERS = frozenset({"zixi-pull", "srt-listener"})
FLOW_FIELDS = (
    "encodingConfig",
    "flowSize",
    "maintenance",
    "ndiConfig",
    "sourceFailoverConfig",
    "sourceMonitoringConfig",
)
"""What CreateFlow and UpdateFlow both take, and DescribeFlow shows as it was given."""

Json = dict[str, Any]


class LiveFlow(Flow):  # type: ignore[misc]
    """One flow. `sources`, `outputs`, `entitlements`, `vpc_interfaces` and `media_streams` hold AWS's answer shapes."""

    def __init__(self, account_id: str, region: str, request: Json) -> None:
        super().__init__(account_id, region, name=request["name"])
        self.account_id = account_id
        self.region = region
        self.id = _new_id()
        self.flow_arn = self.arn("flow", self.id, request["name"])
        self.availability_zone = request.get("availabilityZone") or f"{region}a"
        self.description = ""
        self.egress_ip = _address("198.51.100", self.flow_arn)
        self.settings: Json = {name: request[name] for name in FLOW_FIELDS if request.get(name)}
        self.media_streams: list[Json] = []
        self.sources: list[Json] = []
        self.outputs: list[Json] = []
        self.entitlements: list[Json] = []
        self.vpc_interfaces: list[Json] = []

    def arn(self, kind: str, identifier: str, name: str) -> str:
        """`arn:PARTITION:mediaconnect:REGION:ACCOUNT:KIND:ID:NAME`."""
        partition = "aws-cn" if self.region.startswith("cn-") else "aws"
        return f"arn:{partition}:mediaconnect:{self.region}:{self.account_id}:{kind}:{identifier}:{name}"

    def to_dict(self, include: list[str] | None = None) -> Json:
        """The flow as DescribeFlow answers; with `include`, the summary that ListFlows answers."""
        first = self.sources[0] if self.sources else {}
        data: Json = {
            "availabilityZone": self.availability_zone,
            "description": self.description,
            "egressIp": self.egress_ip,
            "entitlements": self.entitlements,
            "flowArn": self.flow_arn,
            "mediaStreams": self.media_streams,
            "name": self.name,
            "outputs": self.outputs,
            "source": first,
            "sources": self.sources,
            "status": self.status,
            "vpcInterfaces": self.vpc_interfaces,
            **self.settings,
        }
        if include:
            kept = {name: value for name, value in data.items() if name in include}
            source_type = "ENTITLED" if first.get("entitlementArn") else "OWNED"
            data = {**kept, "sourceType": source_type}
        copy: Json = json.loads(json.dumps(data))
        return copy

    def resolve_transient_states(self) -> None:
        """Nothing: states change with time here, not when somebody looks (moto's habit)."""

    def add_source(self, request: Json) -> Json:
        """Attach a source; returns it as AWS answers."""
        shown = _shown(request)
        shown["sourceArn"] = self.arn("source", self.id, request["name"])
        if not request.get("entitlementArn") and request.get("protocol") != "srt-caller":
            shown["ingestIp"] = _address("192.0.2", f"{self.flow_arn}/{request['name']}")
        self.sources.append(shown)
        return shown

    def add_output(self, request: Json) -> Json:
        """Attach an output; returns it as AWS answers."""
        shown = {"outputStatus": "ENABLED", **_shown(request)}
        shown["outputArn"] = self.arn("output", self.id, request["name"])
        if request.get("protocol") in LISTENERS:
            shown["listenerAddress"] = self.egress_ip
        self.outputs.append(shown)
        return shown

    def add_entitlement(self, request: Json) -> Json:
        """Grant an entitlement; returns it as AWS answers."""
        shown = {"entitlementStatus": "ENABLED", **request}
        shown["entitlementArn"] = self.arn("entitlement", _new_id(), request["name"])
        self.entitlements.append(shown)
        return shown

    def add_vpc_interface(self, request: Json) -> Json:
        """Attach a VPC interface; returns it as AWS answers."""
        digest = hashlib.sha256(f"{self.flow_arn}/{request['name']}".encode()).hexdigest()
        shown = {"networkInterfaceType": "ena", **request, "networkInterfaceIds": [f"eni-{digest[:17]}"]}
        self.vpc_interfaces.append(shown)
        return shown

    def add_media_stream(self, request: Json) -> Json:
        """Add a media stream; returns it as AWS answers."""
        shown = {"fmt": 96 + len(self.media_streams), **request}
        self.media_streams.append(shown)
        return shown


def updated(shown: Json, request: Json) -> Json:
    """A source or output after an update: what `request` names replaces what was there; None removes it."""
    flat = {**flattened(shown), **request}
    kept = {name: value for name, value in flat.items() if value is not None}
    return _shown(kept)


def flattened(shown: Json) -> Json:
    """A source or output as the request that would create it, with what AWS adds beside it."""
    flat = {name: value for name, value in shown.items() if name != "transport"}
    return {**flat, **shown.get("transport", {})}


def _shown(request: Json) -> Json:
    direct = {name: value for name, value in request.items() if name not in TRANSPORT}
    transport = {name: value for name, value in request.items() if name in TRANSPORT}
    return {**direct, **({"transport": transport} if transport else {})}


def _new_id() -> str:
    text = uuid.uuid4().hex
    return f"1-{text[:16]}-{text[16:28]}"


def _address(network: str, seed: str) -> str:
    """An address of a documentation network (RFC 5737), the same one for the same seed."""
    return f"{network}.{hashlib.sha256(seed.encode()).digest()[0] % 254 + 1}"
