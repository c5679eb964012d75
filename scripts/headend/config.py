"""An environment's config.yaml: its model, and the checks that need more than one field.

`load_config` is the one way in. Terraform reads the same file with yamldecode(); the rules here say no earlier, and in
one line. Limits and names come from AWS's service models and documentation, cited where they are used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import botocore.session
from pydantic import AfterValidator, Field, JsonValue, ValidationError, model_validator

from headend.config_errors import ConfigError, explain
from headend.config_flow import Flow, Tags
from headend.config_live import PIPELINES, Live
from headend.config_live import faults as live_faults
from headend.config_live_ladder import faults as ladder_faults
from headend.config_metrics import MetricsPipeline
from headend.config_response import Response, Schedule
from headend.config_types import Account, Key, Model, Name, Network, Positive, SecurityGroupId, Severity, SubnetId
from headend.strict_yaml import Document, load

MAX_FLOWS = 20  # https://docs.aws.amazon.com/mediaconnect/latest/ug/quotas.html
OPEN_NETWORKS = ("0.0.0.0/0", "::/0")

DEPLOYMENT_NAME = r"^[a-z][a-z0-9-]{1,31}$"
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


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise ValueError("is not a mail address; write one such as noc@example.com")
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


class Monitor(Model):
    """How a flow is looked at, and what looks: two functions, or the workflow itself (direct)."""

    variant: Literal["functions", "direct"] | None = None
    window_seconds: Annotated[int, Field(ge=1, le=86400)] | None = None
    resolution_seconds: Annotated[int, AfterValidator(_resolution)] | None = None
    no_data_seconds: Positive | None = None
    datapoint_grace_seconds: Annotated[int, Field(ge=0, le=240)] | None = None


class Subscription(Model):
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


class Budget(Model):
    """The monthly budget; it belongs to the bootstrap root, so it outlives the environment."""

    monthly_usd: Annotated[float, Field(gt=0)]
    emails: Annotated[list[Email], Field(min_length=1, max_length=10)]


class VpcEndpoints(Model):
    """Private access to the APIs that the workflow calls."""

    vpc_id: Annotated[str, Field(pattern=r"^vpc-[0-9a-f]+$")]
    subnet_ids: Annotated[list[SubnetId], Field(min_length=1)]
    security_group_ids: list[SecurityGroupId] | None = None
    client_cidr_blocks: list[Network] | None = None
    route_table_ids: list[Annotated[str, Field(pattern=r"^rtb-[0-9a-f]+$")]] | None = None
    services: list[Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")]] | None = None


class Dashboards(Model):
    """What the dashboards show."""

    detail: Literal["basic", "full"] | None = None
    per_flow: bool | None = Field(
        default=None, description="one for each flow besides; each costs as much as the first"
    )


class Guardrails(Model):
    """Budget, audit and private access."""

    budget: Budget | None = None
    audit_trail: bool = False
    vpc_endpoints: VpcEndpoints | None = None


Subscriptions = dict[Name, Subscription]


class Config(Model):
    """The whole file."""

    name: Annotated[str, Field(pattern=DEPLOYMENT_NAME)]
    region: Annotated[str, AfterValidator(_region)]
    account_id: Account | None = None
    tags: Tags = Field(default={})
    log_retention_days: Annotated[int, AfterValidator(_retention)] = 30
    monitor: Monitor | None = None
    flows: Annotated[dict[Key, Flow], Field(min_length=1, max_length=MAX_FLOWS)]
    dashboards: Dashboards | None = None
    metrics_pipeline: MetricsPipeline | None = None
    response: Response | None = None
    schedules: dict[Name, Schedule] = Field(default={})
    live: Live | None = Field(default=None, description="one live channel in two Regions; this one's is the primary")
    subscriptions: Subscriptions = Field(default={})
    direct_subscriptions: Subscriptions = Field(default={})
    guardrails: Guardrails | None = None
    templates: dict[str, dict[str, JsonValue]] = Field(
        default={},
        description="Values for an environment's own renderings: template (stream_monitor.asl) → value → what",
    )

    def template_values(self) -> dict[str, dict[str, Any]]:
        """What the environment's own renderings are made with: `templates`, and the branches of its metric types."""
        values: dict[str, dict[str, Any]] = {name: dict(own) for name, own in self.templates.items()}
        if self.metrics_pipeline and self.metrics_pipeline.metric_types:
            own = values.setdefault("metrics_pipeline.asl", {})
            own.setdefault("metric_types", sorted(self.metrics_pipeline.metric_types))
        return values

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
        if config.live and flow.arn is None and key in PIPELINES:
            yield (
                ("flows", key),
                f"flows.{key}: {name} is the flow of live's {key} pipeline; give this one another key",
            )
        if local:
            continue
        for field, source in (("source", flow.source), ("backup_source", flow.backup_source)):
            if source and source.whitelist_cidr in OPEN_NETWORKS:
                yield _open(("flows", key, field, "whitelist_cidr"), source.whitelist_cidr)
        for output_key, output in (flow.outputs or {}).items():
            for network in sorted(set(output.cidr_allow_list or ()) & set(OPEN_NETWORKS)):
                yield _open(("flows", key, "outputs", output_key, "cidr_allow_list"), network)
    if config.live and config.live.ladder:
        yield from ladder_faults(config.live.ladder)
    if config.live:
        yield from live_faults(config.live, config.region, () if local else OPEN_NETWORKS)
    if config.response and config.monitor and config.monitor.variant == "direct":
        yield ("response",), "response: needs monitor.variant functions; without them nobody keeps incidents"
    for name, schedule in config.schedules.items():
        if schedule.flow not in config.flows:
            known = ", ".join(config.flows)
            yield ("schedules", name, "flow"), f"schedules.{name}.flow: there is no flow {schedule.flow!r}; {known}"


def _open(place: tuple[str, ...], network: str) -> tuple[tuple[str, ...], str]:
    remedy = "admits everybody and is allowed in the local environment only; name the other side's network"
    return place, f"{'.'.join(place)}: {network} {remedy}"


def as_data(config: Config) -> dict[str, Any]:
    """The configuration as plain data, without what is left to defaults."""
    return config.model_dump(mode="json", exclude_none=True)
