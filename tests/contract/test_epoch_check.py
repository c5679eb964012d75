"""The epoch check and the manifest check on a channel on air, with real pictures.

The feed is the test's: `POST /_headend/feeds` of the local cloud stands for the contribution site.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

import live_channels
from headend.aws import Aws
from headend.localcloud.media.media_plane import MediaPlane
from headend.verify import live
from running_cloud import REGION, RunningCloud, until

pytest.importorskip("imageio_ffmpeg")

GUIDE = "https://docs.aws.amazon.com/medialive/latest/ug/"
SECONDS = 90.0
SHORT = "with feeds of the local cloud"


@dataclass
class Air:
    """A channel on air; `asked` is how it is asked for. `feeds` sends to both flows, their clock so far ahead."""

    cloud: RunningCloud
    flows: list[str]
    asked: tuple[live.Asked, ...]

    @property
    def access(self) -> live.Access:
        variables = {
            "AWS_ENDPOINT_URL": self.cloud.server.endpoint,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        }
        return live.access(Aws(REGION, variables))

    def feeds(self, skew_seconds: float = 0) -> None:
        plane = self.end_feeds()
        for flow in self.flows:
            plane.start_feed(f"feed-{uuid.uuid4().hex[:6]}", [flow], Fraction(25), skew_seconds)

    def end_feeds(self) -> MediaPlane:
        plane = self.cloud.server.part(MediaPlane)
        for name in plane.state()["feeds"]:
            plane.end_feed(name)
        return plane

    def failed(self) -> dict[str, str] | None:
        """What the epoch check finds wrong: check → what is said; None while there are no segments."""
        try:
            found = live.epoch(self.asked, self.access, datetime.now(UTC))
        except live.SegmentsPending:
            return None
        return {one.check: one.detail for one in found if not one.ok}


@pytest.fixture(scope="module", params=["s3", "mediapackage"])
def air(cloud: RunningCloud, request: pytest.FixtureRequest) -> Iterator[Air]:
    made = {"s3": bucket, "mediapackage": endpoint}[request.param](cloud)
    flows = [live_channels.flow(cloud, zone) for zone in ("a", "b")]
    for flow in flows:
        cloud.client("mediaconnect").start_flow(FlowArn=flow)
    channel = live_channels.created(
        cloud,
        kind="hls" if request.param == "s3" else "cmaf",
        input_id=live_channels.input_over(cloud, *flows),
        Destinations=[{"Id": "origin", "Settings": [{"Url": url} for url in made["destinations"]]}],
    )
    live_channels.start(cloud, channel)
    origin = {"kind": request.param, "domain_name": made["domain_name"], "manifest_path": made["manifest_path"]}
    event = {"channels": [{"region": REGION, "channel_id": channel, "origin": origin}]}
    on_air = Air(cloud, flows, live.parse(event)[1])
    on_air.feeds()
    yield on_air
    live_channels.stop(cloud, channel)
    on_air.end_feeds()


def bucket(cloud: RunningCloud) -> dict[str, Any]:
    name = f"live-{uuid.uuid4().hex[:8]}"
    cloud.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return {
        "destinations": [f"s3ssl://{name}/live/{base}" for base in ("primary", "backup")],
        "domain_name": f"{name}.s3.{REGION}.amazonaws.com",
        "manifest_path": "/live/primary.m3u8",
    }


def endpoint(cloud: RunningCloud) -> dict[str, Any]:
    package = cloud.client("mediapackagev2")
    named: dict[str, Any] = {"ChannelGroupName": f"g-{uuid.uuid4().hex[:6]}"}
    package.create_channel_group(**named)
    named["ChannelName"] = "channel"
    urls = [one["Url"] for one in package.create_channel(**named, InputType="CMAF")["IngestEndpoints"]]
    made = package.create_origin_endpoint(
        **named,
        OriginEndpointName="endpoint",
        ContainerType="CMAF",
        Segment={"SegmentDurationSeconds": 2},
        HlsManifests=[{"ManifestName": "index"}],
    )
    account = boto3.client(
        "sts",
        region_name=REGION,
        endpoint_url=cloud.server.endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    ).get_caller_identity()["Account"]
    own = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "mediapackagev2:GetObject"}
    document = {"Version": "2012-10-17", "Statement": [{**own, "Resource": made["Arn"]}]}
    package.put_origin_endpoint_policy(**named, OriginEndpointName="endpoint", Policy=json.dumps(document))
    parts = urlsplit(made["HlsManifests"][0]["Url"])
    return {"destinations": urls, "domain_name": parts.netloc, "manifest_path": parts.path}


@pytest.mark.contract(
    "With epoch locking segments are numbered and timed by the epoch, alike in both pipelines; PipelinesLocked is 1",
    source=f"{GUIDE}pipeline-lock.html",
    limits=SHORT,
)
def test_a_channel_that_is_locked_to_the_epoch_passes_every_check(air: Air) -> None:
    until(lambda: air.failed() == {}, SECONDS)


@pytest.mark.contract(
    "The multivariant manifest names what the channel makes: of both pipelines with redundant manifests",
    source=f"{GUIDE}hls-rm-manifests-contents.html",
    limits=SHORT,
)
def test_the_manifest_that_a_channel_makes_agrees_with_it(air: Air) -> None:
    until(lambda: all(one.ok for one in live.manifests(air.asked, air.access)), SECONDS)


@pytest.mark.contract(
    "A timecode that is more than 2 minutes off the epoch's time is not locked to",
    source=f"{GUIDE}pipeline-locking-verify-input.html",
    limits=SHORT,
)
def test_a_clock_that_is_three_minutes_wrong_is_found(air: Air) -> None:
    air.feeds(skew_seconds=180)
    until(lambda: {"timecode", "locked"} <= set(air.failed() or ()), SECONDS)
    assert "NTP" in (air.failed() or {})["timecode"]
