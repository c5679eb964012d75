"""What a running channel writes into its origin, says in its log and measures of itself, with real pictures.

The feed is the test's: `POST /_headend/feeds` of the local cloud stands for the contribution site.
"""

from __future__ import annotations

import json
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

import live_channels
from headend.drill import hls
from headend.localcloud.media.grid import TICKS, WRAP
from headend.localcloud.media.media_plane import MediaPlane
from headend.localcloud.media.mpegts import first_video_pts
from running_cloud import REGION, RunningCloud, until

pytest.importorskip("imageio_ffmpeg")

GUIDE = "https://docs.aws.amazon.com/medialive/latest/ug/"
SECONDS = 60.0
SHORT = "with feeds of the local cloud"


@dataclass
class Air:
    """A channel on air: two flows, a feed for each of them, a bucket."""

    cloud: RunningCloud
    bucket: str
    channel: str
    flows: list[str]

    def names(self) -> list[str]:
        listed = self.cloud.client("s3").list_objects_v2(Bucket=self.bucket)
        return [one["Key"] for one in listed.get("Contents", [])]

    def read(self, key: str) -> bytes:
        try:
            found: bytes = self.cloud.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except ClientError:
            return b""
        return found

    def manifest(self, key: str) -> hls.MediaManifest:
        return hls.media(self.read(key).decode(), f"https://edge/{key}")

    def newest(self, key: str) -> int:
        """The newest segment that a manifest names, 0 when there is none."""
        body = self.read(key)
        return self.manifest(key).segments[-1].number if body else 0

    def stands_still(self, base: str, other: str) -> int:
        """Let three segments of the other pipeline pass while this one writes none; its newest one."""
        began = self.newest(f"event/{other}_high.m3u8")
        until(lambda: self.newest(f"event/{other}_high.m3u8") >= began + 2, SECONDS)
        last = self.newest(f"event/{base}_high.m3u8")
        until(lambda: self.newest(f"event/{other}_high.m3u8") >= began + 5, SECONDS)
        assert self.newest(f"event/{base}_high.m3u8") == last
        return last

    def metric(self, name: str, pipeline: str, **more: str) -> list[float]:
        """The last minute's values by second, the newest first."""
        dimensions = {"ChannelId": self.channel, "Pipeline": pipeline, **more}
        now = datetime.now(UTC)
        found = self.cloud.client("cloudwatch").get_metric_data(
            StartTime=now - timedelta(seconds=60),
            EndTime=now + timedelta(seconds=5),
            ScanBy="TimestampDescending",
            MetricDataQueries=[
                {
                    "Id": "m",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": "AWS/MediaLive",
                            "MetricName": name,
                            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                        },
                        "Period": 1,
                        "Stat": "Minimum",
                    },
                }
            ],
        )
        values: list[float] = found["MetricDataResults"][0]["Values"]
        return values


def control(cloud: RunningCloud, method: str, path: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
    data = json.dumps(content).encode() if content else None
    request = urllib.request.Request(f"{cloud.server.endpoint}/_headend/{path}", data, method=method)
    with urllib.request.urlopen(request, timeout=20) as response:
        answer: dict[str, Any] = json.load(response)
        return answer


@pytest.fixture(scope="module")
def air(cloud: RunningCloud) -> Iterator[Air]:
    bucket = f"live-{uuid.uuid4().hex[:8]}"
    cloud.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    flows = [live_channels.flow(cloud, "a"), live_channels.flow(cloud, "b")]
    for flow in flows:
        cloud.client("mediaconnect").start_flow(FlowArn=flow)
    urls = [f"s3ssl://{bucket}/event/{base}" for base in ("primary", "backup")]
    made = live_channels.created(
        cloud,
        input_id=live_channels.input_over(cloud, *flows),
        Destinations=[{"Id": "origin", "Settings": [{"Url": url} for url in urls]}],
    )
    live_channels.start(cloud, made)
    for name, flow in zip("ab", flows, strict=True):
        control(cloud, "POST", "feeds", {"name": name, "flows": [flow]})
    on_air = Air(cloud, bucket, made, flows)
    keys = [f"event/{base}_{size}.m3u8" for base in ("primary", "backup") for size in ("high", "low")]
    until(lambda: all(on_air.newest(key) for key in keys), SECONDS)
    yield on_air
    cloud.server.part(MediaPlane).close()


@pytest.mark.contract(
    "With epoch locking a segment's number is its time since 1970 divided by its duration, equal in both pipelines",
    source=f"{GUIDE}pipeline-lock.html",
    limits=SHORT,
)
def test_segments_are_numbered_by_the_epoch_in_both_pipelines(air: Air) -> None:
    for base in ("primary", "backup"):
        for one in air.manifest(f"event/{base}_high.m3u8").segments:
            body = air.read(f"event/{base}_high_{one.number:05d}.ts")
            assert first_video_pts(body) == one.number * 2 * TICKS % WRAP
            assert abs(one.number * 2 - time.time()) < 120


@pytest.mark.contract(
    "With redundant manifests the main manifest of a pipeline names its own child manifests, then the other's",
    source=f"{GUIDE}hls-rm-manifests-contents.html",
)
def test_redundant_main_manifests_name_both_pipelines(air: Air) -> None:
    for own, other in (("primary", "backup"), ("backup", "primary")):
        text = air.read(f"event/{own}.m3u8").decode()
        assert [one.url for one in hls.variants(text, "https://edge/event/x")] == [
            f"https://edge/event/{base}_{size}.m3u8" for base in (own, other) for size in ("high", "low")
        ]


@pytest.mark.contract(
    "The as-run log of each pipeline tells the first timecode of each output, close to the time of day",
    source=f"{GUIDE}working-with-logs.html",
    limits="the line's form is that of an example in AWS's blog",
)
def test_the_as_run_log_tells_the_initial_timecode(air: Air) -> None:
    logs = air.cloud.client("logs")
    for pipeline in ("0", "1"):
        stream = f"arn_aws_medialive_{REGION}_{air.cloud.server.account_id}_channel_{air.channel}_{pipeline}_as_run"
        events = logs.get_log_events(logGroupName="ElementalMediaLive", logStreamName=stream)["events"]
        lines = [json.loads(one["message"]) for one in events]
        assert {one["output_name"] for one in lines} == {"high", "low"}
        for line in lines:
            assert line["as_run_type"] == "initial_timecode"
            day, clock = line["date"].split()[0], line["timecode"].rpartition(":")[0]
            told = datetime.fromisoformat(f"{day}T{clock}+00:00")
            written = datetime.fromisoformat(f"{line['timestamp']}+00:00")
            assert abs((written - told).total_seconds()) < 120


@pytest.mark.contract(
    "While both pipelines are locked and written, PipelinesLocked is 1, InputLossSeconds 0, and all outputs are active",
    source=f"{GUIDE}eml-metrics-output-lock.html",
)
def test_a_healthy_channel_measures_itself_as_locked(air: Air) -> None:
    for pipeline in ("0", "1"):
        expected = {"PipelinesLocked": 1.0, "InputLossSeconds": 0.0, "InputVideoFrameRate": 25.0, "ActiveAlerts": 0.0}
        for name, value in expected.items():
            until(lambda: air.metric(name, pipeline)[:1] == [value], SECONDS)  # noqa: B023 - asked at once
        until(lambda: air.metric("ActiveOutputs", pipeline, OutputGroupName="origin")[:1] == [2.0])  # noqa: B023


@pytest.mark.contract(
    "A paused pipeline writes nothing while the other goes on; un-paused it goes on with the numbers of the time",
    source=f"{GUIDE}schedule-fields-for-pause.html",
)
def test_a_paused_pipeline_writes_nothing(air: Air) -> None:
    schedule(air, "pause", "PIPELINE_0")
    last = air.stands_still("primary", "backup")

    schedule(air, "go-on")
    until(lambda: air.newest("event/primary_high.m3u8") > last + 2, SECONDS)
    until(lambda: air.newest("event/primary_high.m3u8") == air.newest("event/backup_high.m3u8"), SECONDS)


@pytest.mark.contract(
    "With PAUSE_OUTPUT an input loss stops a pipeline's output and sets an alert; it comes back by itself",
    source="https://docs.aws.amazon.com/medialive/latest/apireference/channels.html",
    limits="when an input counts as lost is the local cloud's own",
)
def test_an_input_loss_pauses_the_output(air: Air) -> None:
    control(air.cloud, "DELETE", "feeds?name=a")
    last = air.stands_still("primary", "backup")
    until(lambda: air.metric("InputLossSeconds", "0")[:1] == [1.0], SECONDS)
    until(lambda: air.metric("ActiveAlerts", "0")[:1] == [1.0], SECONDS)
    until(lambda: air.metric("PipelinesLocked", "0")[:1] == [0.0], SECONDS)

    control(air.cloud, "POST", "feeds", {"name": "a", "flows": air.flows[:1]})
    until(lambda: air.newest("event/primary_high.m3u8") > last, SECONDS)
    until(lambda: air.metric("ActiveAlerts", "0")[:1] == [0.0], SECONDS)


@pytest.mark.contract(
    "A flow whose source is gone feeds its pipeline nothing, while the other pipeline goes on",
    source=f"{GUIDE}channel-class.html",
    limits=SHORT,
)
def test_a_cut_way_to_one_flow_takes_its_pipeline_only(air: Air) -> None:
    control(air.cloud, "POST", "cuts", {"flow": air.flows[1]})
    last = air.stands_still("backup", "primary")

    control(air.cloud, "DELETE", f"cuts?flow={air.flows[1]}")
    until(lambda: air.newest("event/backup_high.m3u8") > last, SECONDS)


@pytest.mark.contract(
    "Stopping a channel writes EXT-X-ENDLIST into its manifests, and nothing after it",
    source="https://aws.amazon.com/blogs/media/part1-how-to-set-up-a-resilient-end-to-end-live-workflow/",
)
def test_stopping_ends_the_manifests(air: Air) -> None:
    live_channels.stop(air.cloud, air.channel)

    names = air.names()
    assert air.manifest("event/primary_high.m3u8").ended
    assert air.manifest("event/backup_low.m3u8").ended
    assert not [one for one in control(air.cloud, "GET", "feeds")["processes"] if one.startswith("channel")]
    assert air.names() == names


def schedule(air: Air, name: str, *pipelines: str) -> None:
    """Pause exactly these pipelines now."""
    settings = {"Pipelines": [{"PipelineId": one} for one in pipelines]} if pipelines else {}
    action = {
        "ActionName": f"{name}-{uuid.uuid4().hex[:6]}",
        "ScheduleActionSettings": {"PauseStateSettings": settings},
        "ScheduleActionStartSettings": {"ImmediateModeScheduleActionStartSettings": {}},
    }
    air.cloud.client("medialive").batch_update_schedule(ChannelId=air.channel, Creates={"ScheduleActions": [action]})
