"""What MediaConnect shows of a flow's source: the programmes in it, and its picture."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from headend.localcloud.mediaconnect.stream_simulator import StreamSimulator
from running_cloud import RunningCloud, until

METADATA = "https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-source-stream-monitoring.html"
THUMBNAIL = "https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-thumbnails.html"
CODES = "the codes and texts of messages are not documented: the local cloud's own"
Json = dict[str, Any]


@dataclass
class Shown:
    """A flow with two SRT sources, on a paused clock."""

    cloud: RunningCloud
    arn: str

    def metadata(self) -> Json:
        answer: Json = self.cloud.client("mediaconnect").describe_flow_source_metadata(FlowArn=self.arn)
        return answer

    def thumbnail(self) -> Json:
        answer = self.cloud.client("mediaconnect").describe_flow_source_thumbnail(FlowArn=self.arn)
        details: Json = answer["ThumbnailDetails"]
        return details

    def play(self, scenario: str, seconds: float) -> None:
        self.cloud.server.part(StreamSimulator).set_scenario(self.arn, scenario)
        self.cloud.step(seconds)


def source(name: str, port: int) -> Json:
    whitelist = "203.0.113.0/24"
    return {
        "Name": name,
        "Description": "a source",
        "Protocol": "srt-listener",
        "IngestPort": port,
        "WhitelistCidr": whitelist,
    }


@pytest.fixture
def shown(cloud: RunningCloud) -> Iterator[Shown]:
    media = cloud.client("mediaconnect")
    flow = media.create_flow(
        Name=f"shown-{uuid.uuid4().hex[:8]}",
        Sources=[source("one", 5000), source("two", 5010)],
        SourceFailoverConfig={
            "State": "ENABLED",
            "FailoverMode": "FAILOVER",
            "SourcePriority": {"PrimarySource": "one"},
        },
        SourceMonitoringConfig={"ThumbnailState": "ENABLED"},
    )["Flow"]
    media.start_flow(FlowArn=flow["FlowArn"])
    until(lambda: media.describe_flow(FlowArn=flow["FlowArn"])["Flow"]["Status"] == "ACTIVE")
    cloud.server.clock.pause()
    cloud.step(3)
    yield Shown(cloud, flow["FlowArn"])
    media.stop_flow(FlowArn=flow["FlowArn"])
    cloud.step(5)
    media.delete_flow(FlowArn=flow["FlowArn"])
    cloud.step(5)
    cloud.server.clock.resume()


@pytest.mark.contract(
    "DescribeFlowSourceMetadata: programmes with their streams, and since when they are as they are",
    source=METADATA,
    limits="every stream is 1080p25 AVC with stereo AAC",
)
def test_metadata_names_the_programmes_and_their_streams(shown: Shown) -> None:
    before = shown.metadata()
    assert before["FlowArn"] == shown.arn
    assert before["Messages"] == []
    [program] = before["TransportMediaInfo"]["Programs"]
    video, audio = program["Streams"]
    assert (video["StreamType"], audio["StreamType"]) == ("Video", "Audio")
    assert video["FrameResolution"] == {"FrameHeight": 1080, "FrameWidth": 1920}
    assert (audio["Channels"], audio["SampleRate"]) == (2, 48_000)
    shown.cloud.step(10)
    assert shown.metadata() | {"ResponseMetadata": 0} == before | {"ResponseMetadata": 0}, "nothing has changed"


@pytest.mark.contract(
    "DescribeFlowSourceMetadata and DescribeFlowSourceThumbnail show the source that the flow takes", source=METADATA
)
def test_what_is_shown_is_of_the_source_that_the_flow_takes(shown: Shown) -> None:
    before = shown.metadata()["Timestamp"]
    shown.play("primary-silent", 10)
    assert shown.metadata()["Messages"] == []
    assert shown.metadata()["Timestamp"] > before
    assert shown.thumbnail()["Thumbnail"]


@pytest.mark.contract(
    "Where nothing arrives, metadata and thumbnail say so in messages, and show nothing", source=METADATA, limits=CODES
)
def test_without_a_source_there_are_messages_only(shown: Shown) -> None:
    shown.play("both-dead", 5)
    [message] = shown.metadata()["Messages"]
    assert set(message) >= {"Code", "Message"}
    assert "TransportMediaInfo" not in shown.metadata()
    assert shown.thumbnail()["ThumbnailMessages"]
    assert "Thumbnail" not in shown.thumbnail()


@pytest.mark.contract(
    "DescribeFlowSourceThumbnail: a JPEG of 480 by 270 in Base64, a new one every second",
    source=THUMBNAIL,
    limits="a test card, or black",
)
def test_a_thumbnail_is_a_jpeg_of_what_is_seen(shown: Shown) -> None:
    first = shown.thumbnail()
    picture = base64.b64decode(first["Thumbnail"])
    assert picture.startswith(b"\xff\xd8\xff")
    assert picture.endswith(b"\xff\xd9")
    frame = picture.index(b"\xff\xc0")
    assert picture[frame + 5 : frame + 9] == (270).to_bytes(2, "big") + (480).to_bytes(2, "big")
    shown.cloud.step(1)
    assert shown.thumbnail()["Thumbnail"] != first["Thumbnail"]
    shown.play("black", 3)
    black = shown.thumbnail()["Thumbnail"]
    shown.cloud.step(1)
    assert shown.thumbnail()["Thumbnail"] == black != first["Thumbnail"]


@pytest.mark.contract(
    "DescribeFlowSourceThumbnail without thumbnails enabled, or off air: messages only", source=THUMBNAIL, limits=CODES
)
def test_no_thumbnail_where_none_is_made(shown: Shown) -> None:
    media = shown.cloud.client("mediaconnect")
    media.update_flow(FlowArn=shown.arn, SourceMonitoringConfig={"ThumbnailState": "DISABLED"})
    shown.cloud.step(3)
    assert "Thumbnail" not in shown.thumbnail()
    assert shown.thumbnail()["ThumbnailMessages"]
    media.stop_flow(FlowArn=shown.arn)
    shown.cloud.step(3)
    assert shown.metadata()["Messages"]
    media.start_flow(FlowArn=shown.arn)
    shown.cloud.step(3)


@pytest.mark.contract("A flow that is not there: NotFoundException", source=METADATA)
@pytest.mark.parametrize("operation", ["describe_flow_source_metadata", "describe_flow_source_thumbnail"])
def test_of_an_unknown_flow_nothing_is_shown(cloud: RunningCloud, operation: str) -> None:
    with pytest.raises(ClientError, match="NotFoundException"):
        getattr(cloud.client("mediaconnect"), operation)(
            FlowArn="arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-0000000000000000-000000000000:gone"
        )
