"""`live` in config.yaml: what is accepted, and what a person is told about the rest."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from headend.config import Config, check
from headend.config_errors import ConfigError
from headend.strict_yaml import parse

FILE = Path("envs/dev/config.yaml")
TEXT = """\
name: event
region: eu-central-1
flows:
  studio:
    source: {protocol: rtp, ingest_port: 5000, whitelist_cidr: 203.0.113.0/24}
live:
  kind: s3
  secondary_region: eu-west-1
  contribution: {protocol: srt-listener, ingest_port: 7000, min_latency: 500, whitelist_cidr: 203.0.113.0/28}
  sites:
    stadium: {latitude: 48.2, longitude: 11.6}
"""
ZONES = {"availability_zones": ["eu-central-1a", "eu-central-1b"]}
VPC = {"subnet_ids": ["subnet-0a", "subnet-0b"], "security_group_ids": ["sg-0a"]}


def read(change: dict[str, Any], *, local: bool = False, without: tuple[str, ...] = ()) -> Config:
    data = yaml.safe_load(TEXT)
    for place, value in change.items():
        node = data["live"]
        *way, last = place.split(".")
        for key in way:
            node = node.setdefault(key, {})
        node[last] = value
    for place in without:
        node = data["live"]
        *way, last = place.split(".")
        for key in way:
            node = node[key]
        del node[last]
    return check(parse(yaml.safe_dump(data, sort_keys=False), FILE), local=local)


def test_the_example_is_accepted() -> None:
    live = read({}).live
    assert live is not None
    assert (live.kind, live.secondary_region, live.sites["stadium"].latitude) == ("s3", "eu-west-1", 48.2)


def test_nothing_is_live_where_nothing_is_said() -> None:
    text = TEXT.split("live:")[0]
    assert check(parse(text, FILE), local=False).live is None


@pytest.mark.parametrize("key", ["primary", "backup"])
def test_a_flow_that_is_watched_may_not_be_called_as_a_pipelines_is(key: str) -> None:
    text = TEXT.replace("  studio:", f"  {key}:")
    with pytest.raises(ConfigError) as refused:
        check(parse(text, FILE), local=False)
    assert str(refused.value).splitlines() == [
        f"{FILE}:4: flows.{key}: event-{key} is the flow of live's {key} pipeline; give this one another key"
    ]
    assert check(parse(text.split("live:")[0], FILE), local=False).live is None


def test_the_flow_of_a_pipeline_may_be_watched_under_that_name() -> None:
    arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-abc:event-primary"
    data = yaml.safe_load(TEXT)
    data["flows"] = {"primary": {"arn": arn}}
    assert check(parse(yaml.safe_dump(data), FILE), local=False).flow_name("primary") == "event-primary"


GOOD: dict[str, dict[str, Any]] = {
    "zones": {"regions.primary": ZONES},
    "days": {
        "regions.primary.maintenance": {"day": "TUESDAY", "start_hour": 3},
        "regions.secondary.maintenance": {"day": "THURSDAY", "start_hour": 3},
    },
    "a ladder": {
        "ladder": {"renditions": {"high": {"width": 640, "height": 360, "bitrate": 800000}}, "segment_seconds": 2}
    },
    "an alias": {
        "delivery.aliases": ["live.example.com"],
        "delivery.certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/1b",
    },
    "feeds in HEVC": {"input_specification": {"codec": "HEVC", "resolution": "UHD", "maximum_bitrate": "MAX_50_MBPS"}},
    "a preferred Region": {"delivery.preferred_region": "eu-west-1"},
    "no preferred Region": {"delivery.preferred_region": "auto"},
    "logs, a web ACL and where viewers may be": {
        "delivery.access_logs": {"bucket_domain_name": "logs.s3.amazonaws.com", "prefix": "live/"},
        "delivery.geo_restriction": {"type": "whitelist", "countries": ["DE", "AT"]},
        "delivery.web_acl_arn": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/live/1b",
    },
    "countries": {"delivery.viewer_location": {"countries": {"BR": "eu-west-1"}}},
    "a VPC in one Region": {"regions.primary": {**ZONES, "vpc": VPC}},
}


@pytest.mark.parametrize("change", GOOD.values(), ids=GOOD)
def test_what_can_be_is_accepted(change: dict[str, Any]) -> None:
    assert read(change).live is not None


def test_without_anybody_outside_both_regions_have_a_vpc() -> None:
    there = {"availability_zones": ["eu-west-1a", "eu-west-1b"], "vpc": deepcopy(VPC)}
    change = {"regions.primary": {**ZONES, "vpc": VPC}, "regions.secondary": there}
    assert read(change, without=("contribution.whitelist_cidr",)).live is not None


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "the same Region twice": ({"secondary_region": "eu-central-1"}, "live.secondary_region: eu-central-1 is the"),
    "no Region": ({"secondary_region": "Ireland"}, "secondary_region"),
    "another kind": ({"kind": "mediastore"}, "live.kind"),
    "everybody may send": ({"contribution.whitelist_cidr": "0.0.0.0/0"}, "0.0.0.0/0 admits everybody"),
    "a protocol that no channel takes": ({"contribution.protocol": "cdi"}, "live.contribution.protocol"),
    "one zone for both flows": (
        {"regions.primary.availability_zones": ["eu-central-1a", "eu-central-1a"]},
        "live.regions.primary.availability_zones: must be two different ones of eu-central-1",
    ),
    "another Region's zones": (
        {"regions.secondary": ZONES},
        "live.regions.secondary.availability_zones: must be two different ones of eu-west-1",
    ),
    "a VPC without zones": ({"regions.primary.vpc": VPC}, "live.regions.primary.availability_zones: missing"),
    "one day for both": (
        {
            key: {"day": "TUESDAY", "start_hour": 3}
            for key in ("regions.primary.maintenance", "regions.secondary.maintenance")
        },
        "live.regions: both are maintained on TUESDAY",
    ),
    "an alias without a certificate": ({"delivery.aliases": ["live.example.com"]}, "need certificate_arn"),
    "a quality that S3 does not send": ({"delivery.media_quality": True}, "only MediaPackage sends it"),
    "viewers of a third Region": (
        {"delivery.viewer_location": {"countries": {"BR": "sa-east-1"}}},
        "countries.BR: viewers are served from eu-central-1 or eu-west-1, not sa-east-1",
    ),
    "feeds in a codec that MediaLive does not take": ({"input_specification": {"codec": "VP9"}}, "input_specification"),
    "a third Region preferred": (
        {"delivery.preferred_region": "sa-east-1"},
        "live.delivery.preferred_region: viewers are served from eu-central-1 or eu-west-1, not sa-east-1",
    ),
    "a restriction to nowhere": (
        {"delivery.geo_restriction": {"type": "whitelist", "countries": []}},
        "live.delivery.geo_restriction.countries",
    ),
    "a web ACL of a Region": (
        {"delivery.web_acl_arn": "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/live/1b"},
        "live.delivery.web_acl_arn",
    ),
    "errors remembered for long": ({"delivery.error_caching_seconds": 10}, "error_caching_seconds"),
    "a site beyond the pole": ({"sites.stadium": {"latitude": 91.0, "longitude": 0.0}}, "latitude"),
    "a misspelt key": ({"secondary_regoin": "eu-west-1"}, "did you mean 'secondary_region'?"),
}


@pytest.mark.parametrize(("change", "said"), BAD.values(), ids=BAD)
def test_what_cannot_be_is_refused_with_its_place(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(change)
    [line] = str(caught.value).splitlines()
    assert line.startswith(f"{FILE}:")
    assert said in line


def test_somebody_has_to_be_named_who_may_send() -> None:
    with pytest.raises(ConfigError, match=r"live\.contribution\.whitelist_cidr: missing"):
        read({}, without=("contribution.whitelist_cidr",))


def test_on_this_machine_everybody_may_send() -> None:
    assert read({"contribution.whitelist_cidr": "0.0.0.0/0"}, local=True).live is not None
