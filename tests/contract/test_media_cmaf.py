"""A channel's CMAF output into MediaPackage V2, with real pictures, and out of it to a player."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from urllib.parse import urlsplit

import pytest

import live_channels
from headend.drill import hls
from headend.drill.player import Player, over_http
from headend.localcloud.media.grid import TICKS
from headend.localcloud.media.media_plane import MediaPlane
from running_cloud import RunningCloud, until

pytest.importorskip("imageio_ffmpeg")

SECONDS = 60.0
STRICT = ("STALE_MANIFEST", "INCOMPLETE_MANIFEST", "SLATE_INPUT")
LAX = ("STALE_MANIFEST", "INCOMPLETE_MANIFEST")


@dataclass
class Air:
    """A CMAF channel on air with a feed for each of its flows; two endpoints that differ in SLATE_INPUT."""

    cloud: RunningCloud
    flows: list[str]
    strict: str
    lax: str

    @property
    def plane(self) -> MediaPlane:
        return self.cloud.server.part(MediaPlane)

    def feed(self, name: str) -> None:
        self.plane.start_feed(name, [self.flows["ab".index(name)]], Fraction(25), 0)

    def player(self, manifest: str) -> Player:
        parts = urlsplit(manifest)
        return Player(f"{self.cloud.server.endpoint}{parts.path}", over_http({"Host": parts.netloc}))

    def newest(self, manifest: str) -> int:
        """The newest segment of the first rendition, 0 when the endpoint answers with an error."""
        parts = urlsplit(manifest)
        url = f"{self.cloud.server.endpoint}{re.sub('index.m3u8$', 'index_1.m3u8', parts.path)}"
        answer = over_http({"Host": parts.netloc})(url)
        assert answer.status in (200, 404)
        return hls.media(answer.body.decode(), url).segments[-1].number if answer.status == 200 else 0


@pytest.fixture(scope="module")
def air(cloud: RunningCloud) -> Iterator[Air]:
    package = cloud.client("mediapackagev2")
    named: dict[str, Any] = {"ChannelGroupName": f"g-{uuid.uuid4().hex[:6]}"}
    package.create_channel_group(**named)
    named["ChannelName"] = "channel"
    urls = [one["Url"] for one in package.create_channel(**named, InputType="CMAF")["IngestEndpoints"]]
    manifests = {}
    for name, errors in (("strict", STRICT), ("lax", LAX)):
        endpoint = package.create_origin_endpoint(
            **named,
            OriginEndpointName=name,
            ContainerType="CMAF",
            Segment={"SegmentDurationSeconds": 2},
            HlsManifests=[{"ManifestName": "index", "ManifestWindowSeconds": 30}],
            ForceEndpointErrorConfiguration={"EndpointErrorConditions": list(errors)},
        )
        everybody = {"Effect": "Allow", "Principal": "*", "Action": "mediapackagev2:GetObject"}
        document = {"Version": "2012-10-17", "Statement": [{**everybody, "Resource": endpoint["Arn"]}]}
        package.put_origin_endpoint_policy(**named, OriginEndpointName=name, Policy=json.dumps(document))
        manifests[name] = endpoint["HlsManifests"][0]["Url"]
    flows = [live_channels.flow(cloud, zone) for zone in ("a", "b")]
    for flow in flows:
        cloud.client("mediaconnect").start_flow(FlowArn=flow)
    made = live_channels.created(
        cloud,
        kind="cmaf",
        input_id=live_channels.input_over(cloud, *flows),
        Destinations=[{"Id": "origin", "Settings": [{"Url": url} for url in urls]}],
    )
    live_channels.start(cloud, made)
    on_air = Air(cloud, flows, manifests["strict"], manifests["lax"])
    on_air.feed("a")
    on_air.feed("b")
    yield on_air
    on_air.plane.close()


@pytest.mark.contract(
    "A CMAF ingest output group fills an epoch-locked channel of MediaPackage V2 from both pipelines; one is enough",
    source="https://docs.aws.amazon.com/mediapackage/latest/userguide/cross-region-failover.html",
    limits="the sound is in the picture's track",
)
def test_cmaf_outputs_play_from_mediapackage_also_when_one_pipeline_is_gone(air: Air) -> None:
    player = air.player(air.strict).start()
    try:
        until(lambda: len(player.report.segments) >= 4, SECONDS)
        air.plane.end_feed("a")
        before = len(player.report.segments)
        until(lambda: len(player.report.segments) >= before + 4, SECONDS)
    finally:
        report = player.stop()
        air.feed("a")

    assert [one.pts for one in report.segments] == [one.number * 2 * TICKS for one in report.segments]
    numbers = [one.number for one in report.segments]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert report.skipped == []


@pytest.mark.contract(
    "While all inputs are lost a CMAF output goes on with slate: an endpoint with SLATE_INPUT answers with an error",
    source="https://docs.aws.amazon.com/medialive/latest/ug/feature-input-loss.html",
    limits="slate is the last segment's picture; AWS publishes neither the error's status nor when it comes",
)
def test_a_lost_input_becomes_slate_that_an_endpoint_may_refuse(air: Air) -> None:
    until(lambda: air.newest(air.strict) > 0, SECONDS)
    air.plane.end_feed("a")
    air.plane.end_feed("b")
    before = air.newest(air.lax)
    until(lambda: air.newest(air.strict) == 0, SECONDS)
    until(lambda: air.newest(air.lax) >= before + 4, SECONDS)

    air.feed("a")
    air.feed("b")
    until(lambda: air.newest(air.strict) > 0, SECONDS)
