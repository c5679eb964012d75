"""What CloudWatch shows of a flow with two sources."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headend.localcloud.mediaconnect.stream_simulator import StreamSimulator
from running_cloud import RunningCloud, until

PAGE = "https://docs.aws.amazon.com/mediaconnect/latest/ug/source-failover.html"
METRICS = "https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-cloudwatch-metrics-flow-health.html"


class Pair:
    """A flow on air with two RTP sources, on a paused clock."""

    def __init__(self, cloud: RunningCloud, **failover: Any) -> None:
        self.cloud = cloud
        media = cloud.client("mediaconnect")
        sources = [
            {
                "Name": name,
                "Description": "a source",
                "Protocol": "rtp",
                "IngestPort": port,
                "WhitelistCidr": "203.0.113.0/24",
            }
            for name, port in (("one", 5000), ("two", 5010))
        ]
        self.flow = media.create_flow(
            Name=f"pair-{uuid.uuid4().hex[:8]}", Sources=sources, SourceFailoverConfig={"State": "ENABLED", **failover}
        )["Flow"]
        self.arn = str(self.flow["FlowArn"])
        media.start_flow(FlowArn=self.arn)
        until(lambda: media.describe_flow(FlowArn=self.arn)["Flow"]["Status"] == "ACTIVE")
        cloud.server.clock.pause()
        cloud.step(3)

    def play(self, scenario: str, seconds: float) -> datetime:
        """Play a scenario for so long; returns when it began."""
        began = self.cloud.server.clock.now()
        self.cloud.server.part(StreamSimulator).set_scenario(self.arn, scenario)
        self.cloud.step(seconds)
        return began

    def read(self, metric: str, statistic: str, since: datetime, source: int | None = None) -> float | None:
        """A statistic of all that was written after `since`; None where nothing was."""
        dimension = {"Name": "FlowARN", "Value": self.arn}
        if source is not None:
            dimension = {"Name": "SourceARN", "Value": self.flow["Sources"][source]["SourceArn"]}
        begin = since.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        points = self.cloud.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/MediaConnect",
            MetricName=metric,
            Dimensions=[dimension],
            StartTime=begin,
            EndTime=self.cloud.server.clock.now() + timedelta(seconds=1),
            Period=1,
            Statistics=[statistic],
        )["Datapoints"]
        values = [float(point[statistic]) for point in points]
        return {"Minimum": min, "Maximum": max, "Sum": sum}[statistic](values) if values else None

    def close(self) -> None:
        media = self.cloud.client("mediaconnect")
        media.stop_flow(FlowArn=self.arn)
        self.cloud.step(3)
        media.delete_flow(FlowArn=self.arn)
        self.cloud.step(3)
        self.cloud.server.clock.resume()


@pytest.fixture
def preferring(cloud: RunningCloud) -> Iterator[Pair]:
    pair = Pair(cloud, FailoverMode="FAILOVER", SourcePriority={"PrimarySource": "one"})
    yield pair
    pair.close()


@pytest.fixture
def merging(cloud: RunningCloud) -> Iterator[Pair]:
    pair = Pair(cloud, FailoverMode="MERGE", RecoveryWindow=200)
    yield pair
    pair.close()


@pytest.mark.contract(
    "FAILOVER: silence of the primary source switches to the other, and back when it is there again",
    source=PAGE,
    limits="a second is the finest step; how soon AWS goes back is not documented: at once",
)
def test_silence_switches_and_the_primary_source_is_taken_again(preferring: Pair) -> None:
    began = preferring.play("primary-silent", 30)
    assert preferring.read("FailoverSwitches", "Sum", began) == 1
    assert preferring.read("SourceSelected", "Minimum", began, source=1) == 1
    assert preferring.read("SourceBitRate", "Sum", began, source=0) is None
    began = preferring.play("clean", 30)
    assert preferring.read("FailoverSwitches", "Sum", began) == 1
    assert preferring.read("SourceSelected", "Minimum", began, source=0) == 1


@pytest.mark.contract("FAILOVER: packet loss does not switch; another primary source does", source=PAGE)
def test_loss_does_not_switch_and_another_primary_source_does(preferring: Pair) -> None:
    began = preferring.play("primary-loss", 20)
    assert preferring.read("FailoverSwitches", "Sum", began) == 0
    assert (preferring.read("PacketLossPercent", "Minimum", began) or 0) > 1
    changed = preferring.cloud.server.clock.now()
    preferring.cloud.client("mediaconnect").update_flow(
        FlowArn=preferring.arn,
        SourceFailoverConfig={
            "State": "ENABLED",
            "FailoverMode": "FAILOVER",
            "SourcePriority": {"PrimarySource": "two"},
        },
    )
    preferring.cloud.step(20)
    assert preferring.read("FailoverSwitches", "Sum", changed) == 1
    assert preferring.read("SourceSelected", "Minimum", changed, source=1) == 1
    assert (preferring.read("PacketLossPercent", "Maximum", changed) or 0) < 0.1


@pytest.mark.contract(
    "MERGE: what one source lost is taken from the other; MergeActive falls when one is gone",
    source=METRICS,
    limits="losses of the two sources are independent of each other",
)
def test_merged_sources_recover_and_a_lost_one_is_seen(merging: Pair) -> None:
    began = merging.play("primary-loss", 20)
    assert (merging.read("SourceNotRecoveredPackets", "Minimum", began, source=0) or 0) > 0
    assert (merging.read("NotRecoveredPackets", "Maximum", began) or 0) <= 1
    assert merging.read("MergeActive", "Minimum", began) == 1
    assert (merging.read("MergeLatency", "Minimum", began) or 0) > 0
    began = merging.play("backup-silent", 20)
    assert merging.read("MergeActive", "Maximum", began) == 0
    assert (merging.read("BitRate", "Minimum", began) or 0) > 10_000_000


@pytest.mark.contract(
    "Metrics of a source are posted under the flow's ARN too: with two sources, both",
    source="https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-cloudwatch-metrics-media-health.html",
)
def test_metrics_of_both_sources_are_under_the_flow(preferring: Pair) -> None:
    began = preferring.play("backup-worse", 10)
    assert preferring.read("SourcePacketLossPercent", "Maximum", began) == preferring.read(
        "SourcePacketLossPercent", "Maximum", began, source=1
    )
    assert preferring.read("SourcePacketLossPercent", "Minimum", began) == preferring.read(
        "SourcePacketLossPercent", "Minimum", began, source=0
    )
