"""A channel's CMAF output into MediaPackage V2, with real pictures, and out of it to a player."""

from __future__ import annotations

import json
import uuid
from fractions import Fraction
from typing import Any
from urllib.parse import urlsplit

import pytest

import live_channels
from headend.drill.player import Player, over_http
from headend.localcloud.media.grid import TICKS
from headend.localcloud.media.media_plane import MediaPlane
from running_cloud import RunningCloud, until

pytest.importorskip("imageio_ffmpeg")

SECONDS = 60.0


def origin(cloud: RunningCloud) -> tuple[list[str], str]:
    """A new CMAF channel, locked to the epoch: its two ingest URLs, and the URL of its endpoint's manifest."""
    package = cloud.client("mediapackagev2")
    named: dict[str, Any] = {"ChannelGroupName": f"g-{uuid.uuid4().hex[:6]}"}
    package.create_channel_group(**named)
    named["ChannelName"] = "channel"
    urls = [one["Url"] for one in package.create_channel(**named, InputType="CMAF")["IngestEndpoints"]]
    endpoint = package.create_origin_endpoint(
        **named,
        OriginEndpointName="hls",
        ContainerType="CMAF",
        Segment={"SegmentDurationSeconds": 2},
        HlsManifests=[{"ManifestName": "index", "ManifestWindowSeconds": 30}],
    )
    admitting = {"Effect": "Allow", "Principal": "*", "Action": "mediapackagev2:GetObject", "Resource": endpoint["Arn"]}
    document = json.dumps({"Version": "2012-10-17", "Statement": [admitting]})
    package.put_origin_endpoint_policy(**named, OriginEndpointName="hls", Policy=document)
    return urls, endpoint["HlsManifests"][0]["Url"]


@pytest.mark.contract(
    "A CMAF ingest output group fills an epoch-locked channel of MediaPackage V2 from both pipelines; one is enough",
    source="https://docs.aws.amazon.com/mediapackage/latest/userguide/cross-region-failover.html",
    limits="the sound is in the picture's track",
)
def test_cmaf_outputs_play_from_mediapackage_also_when_one_pipeline_is_gone(cloud: RunningCloud) -> None:
    urls, manifest = origin(cloud)
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
    plane = cloud.server.part(MediaPlane)
    for name, flow in zip("ab", flows, strict=True):
        plane.start_feed(name, [flow], Fraction(25), 0)
    parts = urlsplit(manifest)
    player = Player(f"{cloud.server.endpoint}{parts.path}", over_http({"Host": parts.netloc})).start()
    try:
        until(lambda: len(player.report.segments) >= 4, SECONDS)
        plane.end_feed("a")
        before = len(player.report.segments)
        until(lambda: len(player.report.segments) >= before + 4, SECONDS)
    finally:
        report = player.stop()
        plane.close()

    assert [one.pts for one in report.segments] == [one.number * 2 * TICKS for one in report.segments]
    numbers = [one.number for one in report.segments]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert report.skipped == []
