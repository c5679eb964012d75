"""Each contribution site is told the addresses of the four flows, the nearer Region first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from headend.config_live import ContributionSite
from headend.errors import HeadendError, UsageError
from headend.feeds import Feed, feeds, places_of
from headend.live_outputs import LiveOutputs

PLACES = places_of(Path(__file__).parents[2])
ORIGIN = {"kind": "s3", "domain_name": "live.s3.eu-central-1.amazonaws.com", "manifest_path": "/live/index.m3u8"}
IPS = {"eu-central-1": 1, "us-east-1": 2}


def arn(region: str, pipeline: str) -> str:
    return f"arn:aws:mediaconnect:{region}:123456789012:flow:1-{pipeline}:live-{pipeline}"


def outputs(*regions: str) -> LiveOutputs:
    keys = dict(zip(("primary", "secondary"), regions, strict=True))
    told = {
        key: {
            "region": region,
            "channel_id": "1",
            "flow_arns": {pipeline: arn(region, pipeline) for pipeline in ("primary", "backup")},
            "origin": ORIGIN,
        }
        for key, region in keys.items()
    }
    return LiveOutputs.model_validate(
        {"regions": told, "distribution_id": "E1", "play_url": "https://x/live/index.m3u8"}
    )


LIVE = outputs("eu-central-1", "us-east-1")


class Aws:
    """MediaConnect with one address for each flow."""

    def client(self, service: str, region: str) -> Any:
        assert service == "mediaconnect"
        self.region = region
        return self

    def describe_flow(self, FlowArn: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        assert f":{self.region}:" in FlowArn
        end = 10 if FlowArn.endswith("primary") else 20
        ip = f"203.0.113.{end + IPS[self.region]}"
        return {"Flow": {"Source": {"IngestIp": ip, "IngestPort": 7000, "Transport": {"Protocol": "srt-listener"}}}}


def of(sites: dict[str, tuple[float, float]], live: LiveOutputs = LIVE, aws: Any = None) -> list[Feed]:
    known = {name: ContributionSite(latitude=place[0], longitude=place[1]) for name, place in sites.items()}
    return feeds(live, known, PLACES, aws or Aws())


def test_a_stadium_in_munich_sends_to_frankfurt_first() -> None:
    found = of({"stadium": (48.2, 11.6)})
    assert [(one.region, one.pipeline, one.address) for one in found] == [
        ("eu-central-1", "primary", "203.0.113.11:7000"),
        ("eu-central-1", "backup", "203.0.113.21:7000"),
        ("us-east-1", "primary", "203.0.113.12:7000"),
        ("us-east-1", "backup", "203.0.113.22:7000"),
    ]
    assert 290 < (found[0].kilometres or 0) < 320
    assert str(found[0]).startswith("stadium: primary feed to srt-listener 203.0.113.11:7000 (eu-central-1, ")


def test_a_studio_in_new_york_sends_to_virginia_first() -> None:
    assert of({"studio": (40.7, -74.0)})[0].region == "us-east-1"


def test_sites_come_by_their_names() -> None:
    assert [one.site for one in of({"studio": (0, 0), "arena": (0, 0)})][::4] == ["arena", "studio"]


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_site_sends_to_all_four_flows_the_nearer_region_first(latitude: float, longitude: float) -> None:
    found = of({"site": (latitude, longitude)})
    assert {(one.region, one.pipeline) for one in found} == {(one, two) for one in IPS for two in ("primary", "backup")}
    far = [one.kilometres or 0 for one in found]
    assert far == sorted(far)
    assert max(far) <= 20_016


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_the_order_is_the_distance_s_and_not_the_regions(latitude: float, longitude: float) -> None:
    there, back = (
        of({"site": (latitude, longitude)}, outputs(*regions))
        for regions in (("eu-central-1", "us-east-1"), reversed(IPS))
    )
    if there[0].kilometres != there[2].kilometres:
        assert there == back


def test_without_sites_the_key_is_named() -> None:
    with pytest.raises(UsageError, match=r"^live\.sites: there are none"):
        of({})


def test_a_region_that_does_not_answer_is_named() -> None:
    class Gone(Aws):
        def describe_flow(self, FlowArn: str) -> dict[str, Any]:  # noqa: N803
            raise ClientError({"Error": {"Code": "NotFoundException", "Message": "not found"}}, "DescribeFlow")

    with pytest.raises(HeadendError, match=r"live-primary in eu-central-1: .*not found"):
        of({"stadium": (0, 0)}, aws=Gone())
