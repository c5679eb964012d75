"""The live channel in two Regions, in config.yaml (`live`): what of modules/live_workflow an environment chooses.

What its parts take is said by the modules, at plan; here stands what a field can be by itself. The first Region is the
environment's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from headend.config_flow import Encryption
from headend.config_live_ladder import Ladder
from headend.config_types import Hour, Key, Latency, Model, Network, Port, Positive, SecurityGroupId, SubnetId, Text
from headend.strict_yaml import Place

AUTO = "auto"
Zone = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$")]
Zones = Annotated[list[Zone], Field(min_length=2, max_length=2)]
Day = Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]

PIPELINES = ("primary", "backup")
"""Of a channel, in order. Their flows are called `<name>-<pipeline>`: modules/live_region."""


class LiveContribution(Model):
    """How the feeds come to the four flows."""

    protocol: Literal["rist", "rtp", "rtp-fec", "srt-listener", "zixi-push"]
    ingest_port: Port | None = None
    max_bitrate: Positive | None = None
    max_latency: Latency = None
    min_latency: Latency = None
    stream_id: Text | None = None
    whitelist_cidr: Network | None = None
    decryption: Encryption | None = None


class InputSpecification(Model):
    """What MediaLive is told that the feeds are at most, and is paid by."""

    codec: Literal["AVC", "HEVC", "MPEG2"] = "AVC"
    maximum_bitrate: Literal["MAX_10_MBPS", "MAX_20_MBPS", "MAX_50_MBPS"] | None = Field(
        default=None, description="default: what holds contribution.max_bitrate, else MAX_20_MBPS"
    )
    resolution: Literal["SD", "HD", "UHD"] = "HD"


class ContributionSite(Model):
    """Where feeds are sent from: `headend feeds` says where to, the nearer Region first."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    description: Text | None = None


class ChannelMaintenance(Model):
    """When MediaLive may maintain a channel."""

    day: Day
    start_hour: Hour


class ContributionVpc(Model):
    """Where feeds come into a VPC: a subnet for each flow, the primary one's first."""

    subnet_ids: Annotated[list[SubnetId], Field(min_length=2, max_length=2)]
    security_group_ids: Annotated[list[SecurityGroupId], Field(min_length=1)]


class LiveRegion(Model):
    """What only a Region can say."""

    availability_zones: Zones | None = None
    maintenance: ChannelMaintenance | None = None
    vpc: ContributionVpc | None = None


class LiveRegions(Model):
    """Both."""

    primary: LiveRegion | None = None
    secondary: LiveRegion | None = None


class ViewerLocation(Model):
    """Which viewers are served from where, when nobody has said `headend prefer`."""

    enabled: bool | None = None
    countries: dict[Country, Text] | None = None


class AccessLogs(Model):
    """The bucket that CloudFront writes access logs to, by its domain name; it takes ACLs."""

    bucket_domain_name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]+\.s3(\.[a-z0-9-]+)?\.amazonaws\.com$")]
    prefix: str | None = None


class GeoRestriction(Model):
    """Where viewers may be: only there (whitelist), or not there (blacklist)."""

    type: Literal["blacklist", "whitelist"]
    countries: Annotated[list[Country], Field(min_length=1)]


class LiveDelivery(Model):
    """The distribution."""

    access_logs: AccessLogs | None = None
    aliases: list[Text] | None = None
    certificate_arn: (
        Annotated[str, Field(pattern=r"^arn:aws:acm:us-east-1:[0-9]{12}:certificate/[a-z0-9-]+$")] | None
    ) = None
    error_caching_seconds: Annotated[int, Field(ge=0, le=1)] | None = None
    geo_restriction: GeoRestriction | None = None
    media_quality: bool | None = None
    preferred_region: Text | None = Field(default=None, description="a Region, or auto, until somebody prefers one")
    price_class: Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"] | None = None
    viewer_location: ViewerLocation | None = None
    web_acl_arn: Annotated[str, Field(pattern=r"^arn:aws:wafv2:us-east-1:[0-9]{12}:global/webacl/.+$")] | None = None


class LifecycleSettings(Model):
    """Seconds that the workflows wait."""

    drain_seconds: Annotated[int, Field(ge=5, le=900)] | None = None
    feed_timeout_seconds: Annotated[int, Field(ge=10, le=3600)] | None = None
    flow_settle_timeout_seconds: Annotated[int, Field(ge=10, le=3600)] | None = None
    settle_timeout_seconds: Annotated[int, Field(ge=60, le=3600)] | None = None


class OriginBucket(Model):
    """For kind s3."""

    force_destroy: bool | None = None
    retention_days: Positive | None = None


class Live(Model):
    """One live channel in two Regions behind one address."""

    kind: Literal["mediapackage", "s3"] | None = None
    secondary_region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")]
    contribution: LiveContribution
    cors_origins: Annotated[list[Text], Field(min_length=1)] | None = None
    delivery: LiveDelivery | None = None
    input_specification: InputSpecification | None = None
    ladder: Ladder | None = Field(default=None, description="default: modules/live_channel/ladder.yaml")
    lifecycle: LifecycleSettings | None = None
    regions: LiveRegions | None = None
    s3: OriginBucket | None = None
    sites: Annotated[dict[Key, ContributionSite], Field(max_length=100)] = Field(default={})

    def region(self, key: str) -> LiveRegion:
        """What was said of `primary` or `secondary`."""
        return getattr(self.regions, key, None) or LiveRegion()


def faults(live: Live, region: str, open_networks: tuple[str, ...]) -> Iterator[tuple[Place, str]]:
    """The faults that no single field shows: (place, `field: what and remedy`). `region` is the environment's."""
    if live.secondary_region == region:
        yield (
            ("live", "secondary_region"),
            f"live.secondary_region: {region} is the environment's own; a Region that is gone takes both with it",
        )
    network = live.contribution.whitelist_cidr
    inside = [key for key in ("primary", "secondary") if live.region(key).vpc]
    if network is None and len(inside) < 2:
        yield (
            ("live", "contribution"),
            "live.contribution.whitelist_cidr: missing; say who may send, or give both Regions a vpc",
        )
    if network in open_networks:
        yield (
            ("live", "contribution", "whitelist_cidr"),
            (
                f"live.contribution.whitelist_cidr: {network} admits everybody and is allowed in the local environment "
                "only; name the other side's network"
            ),
        )
    for key in inside:
        if not live.region(key).availability_zones:
            yield (
                ("live", "regions", key, "vpc"),
                f"live.regions.{key}.availability_zones: missing; name the zones of the vpc's subnets",
            )
    for key, one in (("primary", region), ("secondary", live.secondary_region)):
        zones = live.region(key).availability_zones or []
        if len(set(zones)) < len(zones) or any(zone[:-1] != one for zone in zones):
            yield (
                ("live", "regions", key, "availability_zones"),
                f"live.regions.{key}.availability_zones: must be two different ones of {one}",
            )
    days = [found.day for key in ("primary", "secondary") if (found := live.region(key).maintenance)]
    if len(set(days)) < len(days):
        yield (
            ("live", "regions"),
            f"live.regions: both are maintained on {days[0]}; give them different days",
        )
    delivery = live.delivery or LiveDelivery()
    if delivery.aliases and not delivery.certificate_arn:
        yield (
            ("live", "delivery", "aliases"),
            "live.delivery.aliases: need certificate_arn, a certificate that covers them, in us-east-1",
        )
    if delivery.media_quality and live.kind == "s3":
        yield (
            ("live", "delivery", "media_quality"),
            "live.delivery.media_quality: only MediaPackage sends it; delete it",
        )
    if delivery.preferred_region not in (None, AUTO, region, live.secondary_region):
        yield (
            ("live", "delivery", "preferred_region"),
            (
                f"live.delivery.preferred_region: viewers are served from {region} or {live.secondary_region}, not "
                f"{delivery.preferred_region}; name one of them, or {AUTO}"
            ),
        )
    location = delivery.viewer_location or ViewerLocation()
    for country, served in (location.countries or {}).items():
        if served not in (region, live.secondary_region):
            yield (
                ("live", "delivery", "viewer_location", "countries", country),
                (
                    f"live.delivery.viewer_location.countries.{country}: viewers are served from {region} or "
                    f"{live.secondary_region}, not {served}"
                ),
            )
