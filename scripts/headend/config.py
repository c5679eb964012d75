"""An environment's config.yaml: its model, and the checks that need more than one field.

`load_config` is the one way in. Terraform reads the same file with yamldecode(); the rules here say no earlier, and in
one line. Limits and names come from AWS's service models and documentation, cited where they are used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import botocore.session
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from headend.config_errors import ConfigError, explain
from headend.strict_yaml import Document, load

MAX_FLOWS = 20  # https://docs.aws.amazon.com/mediaconnect/latest/ug/quotas.html
OPEN_NETWORKS = ("0.0.0.0/0", "::/0")

DEPLOYMENT_NAME = r"^[a-z][a-z0-9-]{1,31}$"
FLOW_KEY = r"^[a-z][a-z0-9-]{0,23}$"
NAME = r"^[A-Za-z0-9_-]{1,64}$"
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_ENDPOINTS = {
    "email": (_EMAIL, "a mail address such as noc@example.com"),
    "email-json": (_EMAIL, "a mail address such as noc@example.com"),
    "sms": (re.compile(r"\+[1-9][0-9]{6,14}"), 'a telephone number in E.164 form such as "+15555550100"'),
    "http": (re.compile(r"http://\S+"), "a URL that starts with http://"),
    "https": (re.compile(r"https://\S+"), "a URL that starts with https://"),
    "sqs": (re.compile(r"arn:[\w-]+:sqs:[\w-]+:[0-9]{12}:[\w.-]+"), "the ARN of a queue"),
    "lambda": (re.compile(r"arn:[\w-]+:lambda:[\w-]+:[0-9]{12}:function:[\w:.$-]+"), "the ARN of a function"),
}
# CloudWatch Logs takes only these: PutRetentionPolicy in its API reference.
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

SourceProtocol = Literal["rist", "rtp", "rtp-fec", "srt-caller", "srt-listener", "zixi-push"]
OutputProtocol = Literal["rist", "rtp", "rtp-fec", "srt-caller", "srt-listener", "zixi-pull", "zixi-push"]
Severity = Literal["HIGH", "MEDIUM", "LOW"]


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise ValueError("is not a mail address; write one such as noc@example.com")
    return value


def _network(value: str) -> str:
    try:
        ip_network(value)
    except ValueError:
        raise ValueError("is not a CIDR block; write one such as 203.0.113.0/24") from None
    return value


def _region(value: str) -> str:
    known = media_connect_regions()
    if value not in known:
        raise ValueError(f"MediaConnect is not offered in this Region; choose one of {', '.join(known)}")
    return value


def _retention(value: int) -> int:
    if value not in RETENTION_DAYS:
        raise ValueError(f"CloudWatch Logs does not take this; choose one of {', '.join(map(str, RETENTION_DAYS))}")
    return value


def _period(value: int) -> int:
    if value not in (10, 30) and (value < 60 or value % 60):
        raise ValueError("an alarm's period is 10, 30 or a multiple of 60 seconds")
    return value


def _resolution(value: int) -> int:
    if value not in (1, 5, 10, 30) and (value < 60 or value % 60):
        raise ValueError("CloudWatch reads by 1, 5, 10, 30 or a multiple of 60 seconds")
    return value


@cache
def media_connect_regions() -> tuple[str, ...]:
    """The Regions that offer MediaConnect, in every partition, from botocore's endpoint data."""
    session = botocore.session.Session()
    found = (session.get_available_regions("mediaconnect", name) for name in session.get_available_partitions())
    return tuple(sorted({region for regions in found for region in regions}))


Email = Annotated[str, AfterValidator(_email)]
Network = Annotated[str, AfterValidator(_network)]
Port = Annotated[int, Field(ge=1024, le=65535)]
Latency = Annotated[int | None, Field(ge=0, le=15000, description="milliseconds")]
Period = Annotated[int, AfterValidator(_period), Field(ge=10, le=86400)]
Positive = Annotated[int, Field(ge=1)]
SecretArn = Annotated[str, Field(pattern=r"^arn:[\w-]+:secretsmanager:[\w-]+:[0-9]{12}:secret:.+$")]
RoleArn = Annotated[str, Field(pattern=r"^arn:[\w-]+:iam::[0-9]{12}:role/.+$")]
Tags = dict[Annotated[str, Field(min_length=1, max_length=128)], Annotated[str, Field(max_length=256)]]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Encryption(_Model):
    """How a source is decrypted or an output encrypted; the secret is in Secrets Manager."""

    key_type: Literal["static-key", "srt-password"]
    secret_arn: SecretArn
    kms_key_arn: Annotated[str, Field(pattern=r"^arn:[\w-]+:kms:[\w-]+:[0-9]{12}:key/.+$")] | None = None
    role_arn: RoleArn | None = None
    algorithm: Literal["aes128", "aes192", "aes256"] | None = None

    @model_validator(mode="after")
    def _algorithm_fits(self) -> Self:
        if self.key_type == "srt-password" and self.algorithm:
            raise ValueError("algorithm: MediaConnect takes none with key_type srt-password; delete it")
        if self.key_type == "static-key" and not self.algorithm:
            raise ValueError("algorithm: missing; write aes128, aes192 or aes256")
        return self


class Source(_Model):
    """Where a flow's picture comes from."""

    protocol: SourceProtocol
    name: Annotated[str, Field(pattern=NAME)] | None = None
    description: Annotated[str, Field(min_length=1)] | None = None
    ingest_port: Port | None = None
    whitelist_cidr: Network | None = None
    listener_address: str | None = None
    listener_port: Port | None = None
    max_bitrate: Annotated[int, Field(ge=1)] | None = Field(default=None, description="bits/s")
    max_latency: Latency = None
    min_latency: Latency = None
    stream_id: str | None = None
    decryption: Encryption | None = None


class Output(_Model):
    """Where a flow sends its picture."""

    protocol: OutputProtocol
    enabled: bool | None = None
    description: str | None = None
    destination: str | None = None
    port: Port | None = None
    cidr_allow_list: list[Network] | None = None
    max_latency: Latency = None
    min_latency: Latency = None
    smoothing_latency: Latency = None
    stream_id: str | None = None
    remote_id: str | None = None
    encryption: Encryption | None = None


class _Alarm(_Model):
    enabled: bool | None = None
    period_seconds: Period | None = None
    evaluation_periods: Positive | None = None
    datapoints_to_alarm: Positive | None = None
    severity: Severity | None = None

    @model_validator(mode="after")
    def _m_of_n(self) -> Self:
        if self.datapoints_to_alarm and self.evaluation_periods and self.datapoints_to_alarm > self.evaluation_periods:
            raise ValueError("datapoints_to_alarm: is greater than evaluation_periods; it must not be")
        return self


class PercentAlarm(_Alarm):
    """An alarm on packet loss."""

    threshold_percent: Annotated[float, Field(ge=0, le=100)] | None = None


class MillisecondAlarm(_Alarm):
    """An alarm on jitter."""

    threshold_milliseconds: Annotated[float, Field(ge=0)] | None = None


class BitRateAlarm(_Alarm):
    """An alarm on the bit-rate floor."""

    fraction_of_nominal: Annotated[float, Field(gt=0, lt=1)] | None = None


class Alarms(_Model):
    """What differs from the alarm catalogue's defaults for one flow."""

    packet_loss: PercentAlarm | None = None
    packet_loss_trigger: PercentAlarm | None = None
    jitter: MillisecondAlarm | None = None
    bit_rate_low: BitRateAlarm | None = None


class Flow(_Model):
    """A flow that is made here (`source`), or one that exists already and is only watched (`arn`)."""

    arn: Annotated[str, Field(pattern=r"^arn:[\w-]+:mediaconnect:[\w-]+:[0-9]{12}:flow:[\w-]+:.+$")] | None = None
    description: str | None = None
    start: bool = False
    nominal_bit_rate: Annotated[int, Field(ge=1)] | None = Field(default=None, description="bits/s")
    availability_zone: str | None = None
    source: Source | None = None
    outputs: dict[Annotated[str, Field(pattern=NAME)], Output] | None = Field(default=None, max_length=50)
    alarms: Alarms | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.source is None) == (self.arn is None):
            raise ValueError("write either source (a new flow) or arn (an existing flow)")
        if self.arn and (self.outputs or self.start or self.availability_zone):
            raise ValueError("an existing flow (arn) is only watched; delete outputs, start and availability_zone")
        return self


class Monitor(_Model):
    """How a flow is looked at, and what looks: two functions, or the workflow itself (direct)."""

    variant: Literal["functions", "direct"] | None = None
    window_seconds: Annotated[int, Field(ge=1, le=86400)] | None = None
    resolution_seconds: Annotated[int, AfterValidator(_resolution)] | None = None
    no_data_seconds: Positive | None = None
    datapoint_grace_seconds: Annotated[int, Field(ge=0, le=240)] | None = None


class Subscription(_Model):
    """Who is told, and of which severities (null: all)."""

    protocol: Literal["email", "email-json", "http", "https", "lambda", "sms", "sqs"]
    endpoint: str
    severities: Annotated[list[Severity], Field(min_length=1)] | None = None
    raw_message_delivery: bool | None = None

    @model_validator(mode="after")
    def _endpoint_fits(self) -> Self:
        pattern, wanted = _ENDPOINTS[self.protocol]
        if not pattern.fullmatch(self.endpoint):
            raise ValueError(f"endpoint: {self.endpoint!r} does not fit protocol {self.protocol}; write {wanted}")
        if self.severities and len(set(self.severities)) < len(self.severities):
            raise ValueError("severities: names one twice; delete it")
        if self.raw_message_delivery and self.protocol not in ("http", "https", "sqs"):
            raise ValueError("raw_message_delivery: only http, https and sqs have it; delete it")
        return self


class Budget(_Model):
    """The monthly budget; it belongs to the bootstrap root, so it outlives the environment."""

    monthly_usd: Annotated[float, Field(gt=0)]
    emails: Annotated[list[Email], Field(min_length=1, max_length=10)]


class VpcEndpoints(_Model):
    """Private access to the APIs that the workflow calls."""

    vpc_id: Annotated[str, Field(pattern=r"^vpc-[0-9a-f]+$")]
    subnet_ids: Annotated[list[Annotated[str, Field(pattern=r"^subnet-[0-9a-f]+$")]], Field(min_length=1)]
    security_group_ids: list[Annotated[str, Field(pattern=r"^sg-[0-9a-f]+$")]] | None = None
    client_cidr_blocks: list[Network] | None = None
    route_table_ids: list[Annotated[str, Field(pattern=r"^rtb-[0-9a-f]+$")]] | None = None
    services: list[Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")]] | None = None


class Guardrails(_Model):
    """Budget, audit and private access."""

    budget: Budget | None = None
    audit_trail: bool = False
    vpc_endpoints: VpcEndpoints | None = None


Subscriptions = dict[Annotated[str, Field(pattern=NAME)], Subscription]


class Config(_Model):
    """The whole file."""

    name: Annotated[str, Field(pattern=DEPLOYMENT_NAME)]
    region: Annotated[str, AfterValidator(_region)]
    account_id: Annotated[str, Field(pattern=r"^[0-9]{12}$")] | None = None
    tags: Tags = {}
    log_retention_days: Annotated[int, AfterValidator(_retention)] = 30
    monitor: Monitor | None = None
    flows: Annotated[dict[Annotated[str, Field(pattern=FLOW_KEY)], Flow], Field(min_length=1, max_length=MAX_FLOWS)]
    subscriptions: Subscriptions = {}
    direct_subscriptions: Subscriptions = {}
    guardrails: Guardrails | None = None
    templates: dict[str, dict[str, JsonValue]] = Field(
        default={},
        description="Values for an environment's own renderings: template (stream_monitor.asl) → value → what",
    )

    def flow_name(self, key: str) -> str:
        """The MediaConnect name of the flow with this key."""
        arn = self.flows[key].arn
        return arn.rsplit(":", 1)[1] if arn else f"{self.name}-{key}"


def load_config(path: Path, *, local: bool) -> Config:
    """Read and check a file. `local` allows 0.0.0.0/0. Raises ConfigError: one line per fault, exit code 2."""
    document = load(path)
    return check(document, local=local)


def check(document: Document, *, local: bool) -> Config:
    """The same for a document that is already read."""
    if not isinstance(document.value, dict):
        raise ConfigError([f"{document.path}:1: must hold keys such as name, region and flows"])
    try:
        config = Config.model_validate(document.value)
    except ValidationError as error:
        raise ConfigError(explain(error, document, Config)) from None
    faults = [f"{document.path}:{document.line(place)}: {text}" for place, text in _across(config, local=local)]
    if faults:
        raise ConfigError(faults)
    return config


def _across(config: Config, *, local: bool) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The faults that no single field shows: (place, `field: what and remedy`)."""
    first: dict[str, str] = {}
    for key, flow in config.flows.items():
        name = config.flow_name(key)
        if name in first:
            yield ("flows", key), f"flows.{key}: is the flow {name!r}, as flows.{first[name]} is; rename or delete one"
        first.setdefault(name, key)
        if local:
            continue
        if flow.source and flow.source.whitelist_cidr in OPEN_NETWORKS:
            yield _open(("flows", key, "source", "whitelist_cidr"), flow.source.whitelist_cidr)
        for output_key, output in (flow.outputs or {}).items():
            for network in sorted(set(output.cidr_allow_list or ()) & set(OPEN_NETWORKS)):
                yield _open(("flows", key, "outputs", output_key, "cidr_allow_list"), network)


def _open(place: tuple[str, ...], network: str) -> tuple[tuple[str, ...], str]:
    remedy = "admits everybody and is allowed in the local environment only; name the other side's network"
    return place, f"{'.'.join(place)}: {network} {remedy}"


def as_data(config: Config) -> dict[str, Any]:
    """The configuration as plain data, without what is left to defaults."""
    return config.model_dump(mode="json", exclude_none=True)
