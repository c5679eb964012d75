"""A flow in config.yaml: all that modules/mediaconnect_flow takes.

Which fields a protocol takes is said by the module alone, at plan; here stands what a field can be by itself.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from headend.config_alarms import Alarms, Catalogue
from headend.config_types import (
    Account,
    Hour,
    KeyArn,
    Latency,
    Model,
    Name,
    Network,
    Port,
    Positive,
    RoleArn,
    SecretArn,
    SecurityGroupId,
    SubnetId,
    Text,
    Weekday,
)

BackupProtocol = Literal["rist", "rtp", "rtp-fec", "srt-caller", "srt-listener", "zixi-push"]
SourceProtocol = Literal[
    "bridge",
    "cdi",
    "entitlement",
    "ndi-speed-hq",
    "rist",
    "router",
    "rtp",
    "rtp-fec",
    "srt-caller",
    "srt-listener",
    "st2110-jpegxs",
    "zixi-push",
]
OutputProtocol = Literal[
    "cdi",
    "ndi-speed-hq",
    "rist",
    "router",
    "rtp",
    "rtp-fec",
    "srt-caller",
    "srt-listener",
    "st2110-jpegxs",
    "zixi-pull",
    "zixi-push",
]
Algorithm = Literal["aes128", "aes192", "aes256"]
AudioLevel = Annotated[float | None, Field(ge=-40, le=0, description="dBFS")]
Tags = dict[Annotated[str, Field(min_length=1, max_length=128)], Annotated[str, Field(max_length=256)]]


class Encryption(Model):
    """How a source is decrypted or an output encrypted; the secret is in Secrets Manager."""

    key_type: Literal["static-key", "srt-password"]
    secret_arn: SecretArn
    kms_key_arn: KeyArn | None = None
    role_arn: RoleArn | None = None
    algorithm: Algorithm | None = None

    @model_validator(mode="after")
    def _algorithm_fits(self) -> Self:
        if self.key_type == "srt-password" and self.algorithm:
            raise ValueError("algorithm: MediaConnect takes none with key_type srt-password; delete it")
        if self.key_type == "static-key" and not self.algorithm:
            raise ValueError("algorithm: missing; write aes128, aes192 or aes256")
        return self


class ContentEncryption(Model):
    """The same, and SPEKE: a key server instead of a secret. For first sources and entitlements."""

    key_type: Literal["speke", "static-key", "srt-password"]
    secret_arn: SecretArn | None = None
    kms_key_arn: KeyArn | None = None
    role_arn: RoleArn | None = None
    algorithm: Algorithm | None = None
    api_arn: Annotated[str, Field(pattern=r"^arn:[\w-]+:execute-api:[\w-]+:[0-9]{12}:.+$")] | None = None
    constant_initialization_vector: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{32}$")] | None = None
    device_id: Text | None = None
    region: Text | None = None
    resource_id: Text | None = None
    url: Annotated[str, Field(pattern=r"^https://[A-Za-z0-9]")] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.key_type == "srt-password" and self.algorithm:
            raise ValueError("algorithm: MediaConnect takes none with key_type srt-password; delete it")
        if self.key_type != "srt-password" and not self.algorithm:
            raise ValueError("algorithm: missing; write aes128, aes192 or aes256")
        if self.key_type == "speke" and self.secret_arn:
            raise ValueError("secret_arn: speke asks a key server; delete it")
        if self.key_type != "speke" and not self.secret_arn:
            raise ValueError("secret_arn: missing; add it")
        return self


class Router(Model):
    """The key on the way from or to a MediaConnect router."""

    key_type: Literal["AUTOMATIC", "SECRETS_MANAGER"] | None = None
    kms_key_arn: KeyArn | None = None
    role_arn: RoleArn | None = None
    secret_arn: SecretArn | None = None


class StreamInput(Model):
    """Where one stream of ST 2110 JPEG XS arrives."""

    interface: Name
    port: Port


class SourceStream(Model):
    """One stream of a CDI or JPEG XS source."""

    inputs: Annotated[list[StreamInput], Field(max_length=2)] | None = None


class SourceNdi(Model):
    """What an NDI source is called."""

    audio_reference_level: AudioLevel = None
    source_name: Text | None = None


class _Source(Model):
    name: Name | None = None
    description: Text | None = None
    ingest_port: Port | None = None
    whitelist_cidr: Network | None = None
    listener_address: Text | None = None
    listener_port: Port | None = None
    max_bitrate: Positive | None = Field(default=None, description="bits/s")
    max_latency: Latency = None
    min_latency: Latency = None
    stream_id: Text | None = None
    vpc_interface: Name | None = None


class Source(_Source):
    """Where a flow's picture comes from."""

    protocol: SourceProtocol
    bridge_arn: Annotated[str, Field(pattern=r"^arn:[\w-]+:mediaconnect:[\w-]+:[0-9]{12}:bridge:.+$")] | None = None
    decryption: ContentEncryption | None = None
    entitlement_arn: (
        Annotated[str, Field(pattern=r"^arn:[\w-]+:mediaconnect:[\w-]+:[0-9]{12}:entitlement:.+$")] | None
    ) = None
    max_sync_buffer: Annotated[int, Field(ge=0, description="milliseconds")] | None = None
    media_streams: dict[Name, SourceStream] | None = None
    ndi: SourceNdi | None = None
    router: Router | None = None


class BackupSource(_Source):
    """A second source, for failover or merge."""

    protocol: BackupProtocol
    decryption: Encryption | None = None


class StreamDestination(Model):
    """Where one stream of ST 2110 JPEG XS is sent."""

    interface: Name
    ip: Text
    port: Port


class OutputStream(Model):
    """One stream of a CDI or JPEG XS output."""

    compression_factor: Annotated[float, Field(ge=3, le=10)] | None = None
    destinations: Annotated[list[StreamDestination], Field(max_length=2)] | None = None
    encoder_profile: Literal["high", "main"] | None = None


class OutputNdi(Model):
    """How an NDI output is announced and encoded."""

    audio_reference_level: AudioLevel = None
    program_name: Text | None = None
    quality: Positive | None = None
    timecode_source: Literal["EMBEDDED_TIMECODE", "UTC_SYSTEM_TIME"] | None = None


class Output(Model):
    """Where a flow sends its picture."""

    protocol: OutputProtocol
    enabled: bool | None = None
    description: str | None = None
    destination: Text | None = None
    port: Port | None = None
    cidr_allow_list: list[Network] | None = None
    max_latency: Latency = None
    min_latency: Latency = None
    smoothing_latency: Latency = None
    stream_id: Text | None = None
    remote_id: Text | None = None
    encryption: Encryption | None = None
    media_streams: dict[Name, OutputStream] | None = None
    ndi: OutputNdi | None = None
    router: Router | None = None
    vpc_interface: Name | None = None


class Encoding(Model):
    """How an NDI source is turned into a transport stream."""

    profile: Literal["CONTRIBUTION_H264_DEFAULT", "DISTRIBUTION_H264_DEFAULT"] | None = None
    video_max_bitrate: Annotated[int, Field(ge=10_000_000, le=50_000_000, description="bits/s")] | None = None


class Entitlement(Model):
    """Who may take the content into a flow of their own."""

    subscribers: Annotated[list[Account], Field(min_length=1)]
    description: Text | None = None
    enabled: bool | None = None
    encryption: ContentEncryption | None = None
    subscriber_fee_percent: Annotated[int, Field(ge=0, le=100)] | None = None


class Failover(Model):
    """What two sources do for each other."""

    mode: Literal["FAILOVER", "MERGE"] | None = None
    prefer_primary: bool | None = None
    recovery_window: Annotated[int, Field(ge=100, le=15000, description="milliseconds")] | None = None

    @model_validator(mode="after")
    def _fits_the_mode(self) -> Self:
        if self.recovery_window is not None and self.mode != "MERGE":
            raise ValueError("recovery_window: belongs to mode MERGE; FAILOVER keeps no buffer")
        if self.prefer_primary is not None and self.mode == "MERGE":
            raise ValueError("prefer_primary: belongs to mode FAILOVER; MERGE uses both sources at once")
        return self


class Maintenance(Model):
    """When MediaConnect may restart the flow."""

    day: Weekday
    start_hour: Hour | None = None


class StreamFormat(Model):
    """What a stream of video or audio is like."""

    channel_order: Text | None = None
    colorimetry: Literal["BT601", "BT709", "BT2020", "BT2100", "ST2065-1", "ST2065-3", "XYZ"] | None = None
    exact_framerate: Text | None = None
    par: Text | None = None
    range: Literal["NARROW", "FULL", "FULLPROTECT"] | None = None
    scan_mode: Literal["progressive", "interlace", "progressive-segmented-frame"] | None = None
    tcs: (
        Literal["SDR", "PQ", "HLG", "LINEAR", "BT2100LINPQ", "BT2100LINHLG", "ST2065-1", "ST428-1", "DENSITY"] | None
    ) = None


class MediaStream(Model):
    """One stream of a CDI or ST 2110 JPEG XS flow."""

    id: Annotated[int, Field(ge=0)]
    type: Literal["ancillary-data", "audio", "video"]
    clock_rate: Literal[48000, 90000, 96000] | None = Field(default=None, description="Hz")
    description: Text | None = None
    format: StreamFormat | None = None
    language: Text | None = None
    video_format: Literal["2160p", "1080p", "1080i", "720p", "480p"] | None = None


class DiscoveryServer(Model):
    """An NDI discovery server."""

    address: Text
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    vpc_interface: Name


class Ndi(Model):
    """NDI for the flow."""

    discovery_servers: Annotated[list[DiscoveryServer], Field(min_length=1, max_length=3)]
    machine_name: Text | None = None


def _whole_or_nothing(value: int) -> int:
    if value and not 10 <= value <= 60:
        raise ValueError("must be from 10 to 60 seconds, or 0 for not watched")
    return value


WatchedSeconds = Annotated[int, AfterValidator(_whole_or_nothing), Field(ge=0, le=60)]


class ContentQuality(Model):
    """After how long what is wrong with picture or sound is reported."""

    black_frames_seconds: WatchedSeconds | None = None
    frozen_frames_seconds: WatchedSeconds | None = None
    silent_audio_seconds: WatchedSeconds | None = None


class SourceMonitoring(Model):
    """What MediaConnect looks for in a transport stream."""

    content_quality: ContentQuality | None = None
    thumbnail: bool | None = None


class VpcInterface(Model):
    """A network interface of the flow in a VPC."""

    subnet_id: SubnetId
    security_group_ids: Annotated[list[SecurityGroupId], Field(min_length=1)]
    role_arn: RoleArn | None = None
    type: Literal["efa", "ena"] | None = None


class Flow(Model):
    """A flow that is made here (`source`), or one that exists already and is only watched (`arn`)."""

    arn: Annotated[str, Field(pattern=r"^arn:[\w-]+:mediaconnect:[\w-]+:[0-9]{12}:flow:[\w-]+:.+$")] | None = None
    description: str | None = None
    start: bool = False
    nominal_bit_rate: Positive | None = Field(default=None, description="bits/s")
    availability_zone: str | None = None
    source: Source | None = None
    backup_source: BackupSource | None = None
    failover: Failover | None = None
    outputs: dict[Name, Output] | None = Field(default=None, max_length=50)
    entitlements: dict[Name, Entitlement] | None = Field(default=None, max_length=50)
    media_streams: dict[Name, MediaStream] | None = None
    vpc_interfaces: dict[Name, VpcInterface] | None = None
    ndi: Ndi | None = None
    encoding: Encoding | None = None
    flow_size: Literal["MEDIUM", "LARGE", "LARGE_4X"] | None = None
    source_monitoring: SourceMonitoring | None = None
    maintenance: Maintenance | None = None
    tags: Tags | None = None
    alarms: Alarms | None = None
    catalogue: Catalogue | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.source is None) == (self.arn is None):
            raise ValueError("write either source (a new flow) or arn (an existing flow)")
        made = [field for field in _OF_NEW_FLOWS if getattr(self, field)]
        if self.arn and made:
            raise ValueError(f"an existing flow (arn) is only watched; delete {', '.join(made)}")
        if self.arn and self.catalogue and self.catalogue.preset == "full" and not self.catalogue.protocol:
            raise ValueError("catalogue: preset full of an existing flow needs protocol; its metrics depend on it")
        return self


_OF_NEW_FLOWS = (
    *("availability_zone", "backup_source", "encoding", "entitlements", "failover", "flow_size", "maintenance"),
    *("media_streams", "ndi", "outputs", "source_monitoring", "start", "tags", "vpc_interfaces"),
)
