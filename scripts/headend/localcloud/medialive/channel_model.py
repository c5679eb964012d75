"""Channels, inputs and input security groups as MediaLive's API shows them, kept in moto's back end.

moto 5.2.5 keeps a few fields of a request and moves states on when somebody looks; here states move with time.
Source: https://docs.aws.amazon.com/medialive/latest/apireference/channels-channelid.html
"""

from __future__ import annotations

import copy
import hashlib
from typing import Any

from moto.core.common_models import BaseModel
from moto.medialive.models import Channel, Input

from headend.localcloud.medialive.channel_rules import SINGLE, STANDARD

Json = dict[str, Any]
CHANNEL_FIELDS = (
    "AnywhereSettings",
    "CdiInputSpecification",
    "ChannelSecurityGroups",
    "Destinations",
    "EncoderSettings",
    "InputAttachments",
    "InputSpecification",
    "LogLevel",
    "Maintenance",
    "Name",
    "RoleArn",
)
"""What CreateChannel and UpdateChannel both take."""
INPUT_FIELDS = (
    "Destinations",
    "InputDevices",
    "InputSecurityGroups",
    "MediaConnectFlows",
    "MulticastSettings",
    "Name",
    "RoleArn",
    "SdiSources",
    "Smpte2110ReceiverGroupSettings",
    "Sources",
    "SrtSettings",
)
"""What CreateInput and UpdateInput both take."""
PULLED_TYPES = frozenset({"MP4_FILE", "RTMP_PULL", "TS_FILE", "URL_PULL"})
"""Types whose inputs MediaLive fetches, so that several channels may have one."""


class LiveChannel(Channel):  # type: ignore[misc]
    """One channel. `settings` holds what was asked for, by the names of the API reference.

    `paused` holds the pipelines that a schedule action has paused (PIPELINE_0, PIPELINE_1). `active_input` is the name
    of the attachment that is taken, `active_action` that of the action that switched to it.
    """

    def __init__(self, account: str, region: str, identifier: str, request: Json) -> None:
        arn = f"arn:aws:medialive:{region}:{account}:channel:{identifier}"
        super().__init__(
            arn=arn, channel_id=identifier, channel_class=request.get("ChannelClass"), tags=request.get("Tags") or {}
        )
        self.region = region
        self.state: str = "CREATING"
        self.settings: Json = {name: request[name] for name in CHANNEL_FIELDS if request.get(name) is not None}
        self.vpc: Json | None = request.get("Vpc")
        self.name: str = request.get("Name") or ""
        self.channel_class: str = request.get("ChannelClass") or STANDARD
        self.paused: frozenset[str] = frozenset()
        self.actions: list[Json] = []
        self.active_input = ""
        self.active_action = ""
        self.alerts: dict[str, Json] = {}

    def _resolve_transient_states(self) -> None:
        """Nothing: states change with time here, not when somebody looks (moto's habit)."""

    @property
    def pipelines(self) -> tuple[str, ...]:
        """The ids of its pipelines: `0`, and `1` for the standard class."""
        return ("0",) if self.channel_class == SINGLE else ("0", "1")

    @property
    def pipelines_running(self) -> int:
        """How many pipelines run: all of a channel that is on air. Pausing stops the output, not the pipeline."""
        return len(self.pipelines) if self.state == "RUNNING" else 0

    @property
    def attachments(self) -> list[Json]:
        """Its input attachments."""
        return list(self.settings.get("InputAttachments") or [])

    def describe(self) -> Json:
        """The channel as DescribeChannel shows it."""
        shown = copy.deepcopy(self.settings)
        maintenance = shown.pop("Maintenance", None)
        details = []
        if self.state == "RUNNING":
            details = [
                {"PipelineId": pipeline, "ActiveInputAttachmentName": self.active_input} for pipeline in self.pipelines
            ]
        described = {
            "LogLevel": "DISABLED",
            **shown,
            "Arn": self.arn,
            "ChannelClass": self.channel_class,
            "EgressEndpoints": [{"SourceIp": _address(self.arn, pipeline)} for pipeline in self.pipelines],
            "Id": self.id,
            "PipelineDetails": details,
            "PipelinesRunningCount": self.pipelines_running,
            "State": self.state,
            "Tags": dict(self.tags),
        }
        if maintenance:
            described["Maintenance"] = maintenance
        if self.vpc:
            described["Vpc"] = {"AvailabilityZones": [], "NetworkInterfaceIds": [], **self.vpc}
        return described

    def summary(self) -> Json:
        """The channel as ListChannels shows it."""
        return {name: value for name, value in self.describe().items() if name != "EncoderSettings"}


class LiveInput(Input):  # type: ignore[misc]
    """One input. `settings` holds what was asked for, by the names of the API reference."""

    def __init__(self, account: str, region: str, identifier: str, request: Json) -> None:
        arn = f"arn:aws:medialive:{region}:{account}:input:{identifier}"
        super().__init__(arn=arn, input_id=identifier, input_type=request.get("Type"), tags=request.get("Tags") or {})
        self.region = region
        self.name: str = request.get("Name") or ""
        self.state: str = "CREATING"
        self.settings: Json = {name: request[name] for name in INPUT_FIELDS if request.get(name) is not None}
        self.vpc: Json | None = request.get("Vpc")
        self.attached: list[str] = []

    def _resolve_transient_states(self) -> None:
        """Nothing: states change with time here."""

    @property
    def class_(self) -> str:
        """STANDARD with two sources (flows, URLs, destinations), SINGLE_PIPELINE with one."""
        counted = [
            len(self.settings[name])
            for name in ("MediaConnectFlows", "Sources", "Destinations")
            if name in self.settings
        ]
        if self.vpc and self.type in ("RTP_PUSH", "UDP_PUSH", "RTMP_PUSH", "AWS_CDI"):
            counted = [len(self.vpc["SubnetIds"])]
        return SINGLE if max(counted, default=1) == 1 else STANDARD

    def describe(self) -> Json:
        """The input as DescribeInput shows it."""
        shown = copy.deepcopy(self.settings)
        groups = shown.pop("InputSecurityGroups", [])
        destinations = shown.pop("Destinations", [])
        return {
            **shown,
            "Arn": self.arn,
            "AttachedChannels": list(self.attached),
            "Destinations": [self._destination(number, one) for number, one in enumerate(destinations)],
            "Id": self.id,
            "InputClass": self.class_,
            "InputDevices": shown.get("InputDevices", []),
            "InputPartnerIds": [],
            "InputSourceType": "DYNAMIC" if "$urlPath$" in str(shown.get("Sources", "")) else "STATIC",
            "MediaConnectFlows": shown.get("MediaConnectFlows", []),
            "SecurityGroups": groups,
            "Sources": shown.get("Sources", []),
            "State": self.state,
            "Tags": dict(self.tags),
            "Type": self.type,
        }

    def _destination(self, number: int, asked: Json) -> Json:
        address = _address(self.arn, str(number))
        if self.type == "RTMP_PUSH":
            return {"Ip": address, "Port": "1935", "Url": f"rtmp://{address}:1935/{asked.get('StreamName', '')}"}
        scheme, port = ("rtp", "5000") if self.type == "RTP_PUSH" else ("udp", "5000")
        return {"Ip": address, "Port": port, "Url": f"{scheme}://{address}:{port}"}


class LiveSecurityGroup(BaseModel):  # type: ignore[misc]
    """One input security group: who may push to the inputs that have it."""

    def __init__(self, account: str, region: str, identifier: str, request: Json) -> None:
        self.arn = f"arn:aws:medialive:{region}:{account}:inputSecurityGroup:{identifier}"
        self.id = identifier
        self.region = region
        self.rules: list[Json] = list(request.get("WhitelistRules") or [])
        self.tags: dict[str, str] = dict(request.get("Tags") or {})

    def describe(self, inputs: list[str]) -> Json:
        """The group as DescribeInputSecurityGroup shows it; `inputs` are the ids of those that have it."""
        return {
            "Arn": self.arn,
            "Channels": [],
            "Id": self.id,
            "Inputs": inputs,
            "State": "IN_USE" if inputs else "IDLE",
            "Tags": dict(self.tags),
            "WhitelistRules": [dict(rule) for rule in self.rules],
        }


def _address(seed: str, number: str) -> str:
    """An address of a documentation network (RFC 5737), the same one for the same seed."""
    return f"203.0.113.{hashlib.sha256(f'{seed}/{number}'.encode()).digest()[0] % 254 + 1}"
