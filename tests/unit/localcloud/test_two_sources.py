"""Flows with two sources: which is taken, what is made of both, and what a fault of one does.

https://docs.aws.amazon.com/mediaconnect/latest/ug/source-failover.html
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from headend.errors import UsageError
from headend.localcloud.mediaconnect.scenario_model import load
from headend.localcloud.mediaconnect.source_failover import chosen, mode_of

from .stream_stage import Stage, a_flow, a_pair, preferring, told

BOTH = {"first": True, "second": True}


@pytest.mark.parametrize(
    ("sends", "primary", "selected", "next_one"),
    [
        (BOTH, None, None, "first"),
        (BOTH, None, "second", "second"),
        (BOTH, "first", "second", "first"),
        ({"first": False, "second": True}, "first", "first", "second"),
        ({"first": False, "second": False}, "first", "second", "second"),
        ({"first": False, "second": False}, "second", None, "second"),
        ({"first": True}, "gone", "gone", "first"),
        ({}, None, "gone", None),
    ],
)
def test_a_primary_source_is_taken_whenever_it_sends_and_otherwise_the_flow_stays_where_it_is(
    sends: dict[str, bool], primary: str | None, selected: str | None, next_one: str | None
) -> None:
    assert chosen(sends, primary, selected) == next_one


@pytest.mark.parametrize(
    ("config", "mode"),
    [
        (None, None),
        ({"state": "DISABLED", "failoverMode": "MERGE"}, None),
        ({"state": "ENABLED"}, "FAILOVER"),
        ({"failoverMode": "MERGE"}, "MERGE"),
        ({"recoveryWindow": 200}, "MERGE"),
    ],
)
def test_the_failover_mode_is_the_one_that_is_configured(config: dict[str, Any] | None, mode: str | None) -> None:
    assert mode_of(config) == mode


def test_silence_of_the_taken_source_switches_within_the_second_and_back_to_a_primary_source(tmp_path: Path) -> None:
    flow = a_pair(**preferring("first"))
    stage = Stage(tmp_path, flow)
    stage.play(5)
    stage.simulator.set_scenario("*", "primary-silent")
    stage.play(70)
    switches = stage.values(flow, "FailoverSwitches")
    assert [second for second, count in enumerate(switches) if count] == [5, 65]
    assert stage.values(flow, "SourceSelected", "second") == [0.0] * 5 + [1.0] * 60 + [0.0] * 10
    assert len(stage.values(flow, "SourceBitRate", "first")) == 15, "a silent source writes nothing"
    assert min(stage.values(flow, "OutputBitrate")) > 10_000_000, "what goes out goes on"
    assert stage.simulator.state()["flows"][flow.flow_arn]["selected"] == "first"


def test_without_a_primary_source_the_flow_stays_with_the_one_that_it_took(tmp_path: Path) -> None:
    flow = a_pair()
    stage = Stage(tmp_path, flow)
    stage.play(1)
    stage.simulator.set_scenario("*", "primary-silent")
    stage.play(90)
    assert sum(stage.values(flow, "FailoverSwitches")) == 1
    assert stage.values(flow, "SourceSelected", "second")[-1] == 1


@pytest.mark.parametrize("scenario", ["primary-loss", "black", "frozen", "broken-stream", "backup-silent"])
def test_neither_loss_nor_a_black_picture_moves_a_flow(tmp_path: Path, scenario: str) -> None:
    flow = a_pair(**preferring("first"))
    stage = Stage(tmp_path, flow)
    stage.simulator.set_scenario("*", scenario)
    stage.play(60)
    assert sum(stage.values(flow, "FailoverSwitches")) == 0
    assert set(stage.values(flow, "SourceSelected", "first")) == {1.0}


def test_silence_of_less_than_half_a_second_moves_nothing(tmp_path: Path) -> None:
    flow = a_pair()
    stage = Stage(tmp_path, flow)
    stage.play(1)
    stage.plays(flow, seconds=0.4, sources={"primary": {"silent": True}})
    stage.play(2)
    assert sum(stage.values(flow, "FailoverSwitches")) == 0


def test_another_primary_source_moves_a_flow_on_air(tmp_path: Path) -> None:
    flow = a_pair(**preferring("first"))
    stage = Stage(tmp_path, flow)
    stage.simulator.set_scenario("*", "primary-loss")
    stage.play(3)
    flow.settings["sourceFailoverConfig"] |= preferring("second")
    stage.play(3)
    assert stage.values(flow, "FailoverSwitches") == [0, 0, 0, 1, 0, 0]
    assert stage.values(flow, "PacketLossPercent")[2] > 5, "the flow carries the lossy source"
    assert max(stage.values(flow, "PacketLossPercent")[3:]) < 0.1, "and now the other"
    assert min(stage.values(flow, "SourcePacketLossPercent", "first")) > 5, "the scenario is of the first all the same"


def test_merged_sources_recover_what_one_of_them_lost(tmp_path: Path) -> None:
    flow = a_pair(failoverMode="MERGE", recoveryWindow=200)
    stage = Stage(tmp_path, flow)
    stage.simulator.set_scenario("*", "primary-loss")
    stage.play(60)
    assert set(stage.values(flow, "MergeActive")) == {1.0}
    assert set(stage.values(flow, "SourceMergeActive", "first")) == {1.0}
    assert min(stage.values(flow, "SourceNotRecoveredPackets", "first")) > 50
    assert max(stage.values(flow, "NotRecoveredPackets")) <= 1
    assert max(stage.values(flow, "ContinuityCounter")) <= 1
    assert max(stage.values(flow, "SourceMergeLatency", "first")) == 0
    assert stage.values(flow, "MergeLatency") == stage.values(flow, "SourceMergeLatency", "second")
    assert stage.values(flow, "FailoverSwitches") == [], "there is nothing to switch"


def test_what_both_merged_sources_lose_is_lost(tmp_path: Path) -> None:
    flow = a_pair(failoverMode="MERGE")
    stage = Stage(tmp_path, flow)
    stage.plays(flow, metrics={"SourcePacketLossPercent": 50})
    stage.play(5)
    total, lost = stage.values(flow, "TotalPackets"), stage.values(flow, "NotRecoveredPackets")
    assert [share / whole for share, whole in zip(lost, total, strict=True)] == pytest.approx([0.25] * 5, abs=0.01)


def test_a_merge_without_its_second_source_goes_on_and_says_so(tmp_path: Path) -> None:
    flow = a_pair(failoverMode="MERGE")
    stage = Stage(tmp_path, flow)
    stage.simulator.set_scenario("*", "backup-silent")
    stage.play(62)
    assert stage.values(flow, "MergeActive") == [0.0] * 60 + [1.0] * 2
    assert len(stage.values(flow, "OutputBitrate")) == 62


def test_both_silent_sources_write_nothing(tmp_path: Path) -> None:
    flow = a_pair()
    stage = Stage(tmp_path, flow)
    stage.simulator.set_scenario("*", "silence")
    stage.play(10)
    assert stage.written == []


def test_every_source_metric_is_there_by_its_own_arn_and_by_the_flows(tmp_path: Path) -> None:
    flow = a_pair("rist")
    stage = Stage(tmp_path, flow)
    stage.play(1)
    for metric in ("SourceBitRate", "SourceConnected", "SourceSelected", "SourceTSSyncLoss", "SourceRoundTripTime"):
        own = [*stage.values(flow, metric, "first"), *stage.values(flow, metric, "second")]
        assert len(own) == 2, metric
        assert sorted(stage.values(flow, metric)) == sorted(own), metric


def test_errors_of_the_transport_stream_are_counted_for_the_source_and_the_flow(tmp_path: Path) -> None:
    flow = a_flow()
    stage = Stage(tmp_path, flow)
    stage.play(1)
    stage.simulator.set_scenario("*", "broken-stream")
    stage.play(2)
    assert stage.values(flow, "SourceTSSyncLoss", "studio") == [0, 1, 1]
    assert stage.values(flow, "TSSyncLoss") == [0, 1, 1]
    assert stage.values(flow, "PATError") == [0, 2, 2]
    assert stage.values(flow, "CATError") == [0, 0, 0]


def test_a_packet_that_is_not_recovered_is_a_continuity_error(tmp_path: Path) -> None:
    flow = a_flow()
    stage = Stage(tmp_path, flow)
    stage.simulator.set_scenario("*", "loss-burst")
    stage.play(5)
    assert stage.values(flow, "ContinuityCounter") == stage.values(flow, "SourceNotRecoveredPackets")


def test_uncompressed_video_has_no_transport_stream(tmp_path: Path) -> None:
    flow = a_flow(protocol="cdi")
    stage = Stage(tmp_path, flow)
    stage.play(1)
    assert stage.values(flow, "TSSyncLoss") == []
    assert "tr101" not in told(stage, "Source Health")[0]["current"]


def test_a_fault_of_the_content_counts_after_its_threshold_and_only_where_it_is_looked_for(tmp_path: Path) -> None:
    flow, other = a_flow(), a_flow("live-b")
    flow.settings["sourceMonitoringConfig"] = {
        "contentQualityAnalysisState": "ENABLED",
        "videoMonitoringSettings": [{"blackFrames": {"state": "ENABLED", "thresholdSeconds": 10}}],
    }
    stage = Stage(tmp_path, flow, other)
    stage.simulator.set_scenario("*", "black")
    stage.play(92)
    assert stage.values(flow, "BlackFramesBreaching") == [0.0] * 9 + [1.0] * 81 + [0.0] * 2
    assert set(stage.values(flow, "VideoStreamMissing")) == {0.0}
    assert stage.values(flow, "FrozenFramesBreaching") == []
    assert stage.values(other, "BlackFramesBreaching") == []


def test_a_receiver_that_hangs_up_is_disconnected_once(tmp_path: Path) -> None:
    flow = a_pair()
    stage = Stage(tmp_path, flow)
    stage.play(1)
    stage.simulator.set_scenario("*", "receivers-gone")
    stage.play(61)
    assert stage.values(flow, "OutputConnected") == [1.0] + [0.0] * 60 + [1.0]
    assert sum(stage.values(flow, "OutputDisconnections")) == 1
    assert stage.values(flow, "ConnectedOutputs")[:2] == [1, 0]
    assert set(stage.values(flow, "OutputBitrate")[1:-1]) == {0.0}


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{name: a, sources: {third: {silent: true}}}", "steps.0.sources.third"),
        ("{name: a, sources: {primary: {silent: true, metrics: {SourceJitter: 1}}}}", "has no metrics"),
        ("{name: a, content: [blue]}", "steps.0.content.0"),
        ("{name: a, maintenance: SOON}", "steps.0.maintenance"),
        ("{name: a, outputs: slow}", "steps.0.outputs"),
    ],
)
def test_a_bad_step_is_named(tmp_path: Path, step: str, message: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"description: x\nsteps: [{step}]")
    with pytest.raises(UsageError, match=message):
        load(path)


# What is told


def test_a_flow_that_goes_on_air_tells_that_its_source_came_and_then_nothing_more(tmp_path: Path) -> None:
    flow = a_flow()
    stage = Stage(tmp_path, flow)
    stage.play(30)
    kinds = [kind for kind, _, _ in stage.events]
    assert kinds == ["MediaConnect Source Health", "MediaConnect Flow Health", "MediaConnect Output Health"]
    assert [detail["unhealthy"] for detail in told(stage, "Source Health")] == [False]


def test_nothing_is_told_of_a_flow_off_the_air_and_everything_again_when_it_is_back(tmp_path: Path) -> None:
    flow = a_flow()
    stage = Stage(tmp_path, flow)
    stage.play(3)
    flow.status = "STANDBY"
    stage.play(3)
    assert len(stage.events) == 3
    flow.status = "ACTIVE"
    stage.play(3)
    assert len(stage.events) == 6


def test_a_switch_is_told_by_the_flow_and_the_silence_by_the_source(tmp_path: Path) -> None:
    flow = a_pair("srt-listener", **preferring("first"))
    stage = Stage(tmp_path, flow)
    stage.play(2)
    stage.events.clear()
    stage.simulator.set_scenario("*", "primary-silent")
    stage.play(5)
    assert [(one["previous"]["state"], one["current"]["state"]) for one in told(stage, "Source Health")] == [
        ("CONNECTED", "DISCONNECTED")
    ]
    assert [one["current"]["failover_switch"] for one in told(stage, "Flow Health")] == [True, False]
    assert {one["current"]["source_state"] for one in told(stage, "Flow Health")} == {"CONNECTED"}
    assert told(stage, "Output Health") == [], "the receivers see nothing of it"


def test_a_clock_that_is_stepped_stops_at_every_second_in_which_something_can_be_told(tmp_path: Path) -> None:
    flow = a_flow()
    stage = Stage(tmp_path, flow)
    assert stage.simulator.next_change() == stage.clock.seconds + 1, "the source has not come yet"
    stage.play(3)
    assert stage.simulator.next_change() == float("inf")
    stage.simulator.set_scenario("*", "black")
    assert stage.simulator.next_change() == stage.clock.seconds + 1


def test_a_switch_is_in_the_timeline_with_both_sources(tmp_path: Path) -> None:
    flow = a_pair(**preferring("first"))
    stage = Stage(tmp_path, flow)
    stage.play(3)
    stage.simulator.set_scenario("*", "primary-silent")
    stage.play(70)
    switches = [entry["detail"] for entry in stage.timeline.since() if entry["kind"] == "source-switch"]
    assert [(one["from"], one["to"]) for one in switches] == [("first", "second"), ("second", "first")]
    assert {one["flow_arn"] for one in switches} == {flow.flow_arn}


def test_loss_that_error_correction_brings_back_leaves_the_stream_whole(tmp_path: Path) -> None:
    flow = a_pair("srt-listener", **preferring("first"))
    stage = Stage(tmp_path, flow)
    stage.simulator.set_scenario("*", "primary-loss-recovered")
    stage.play(30)
    assert min(stage.values(flow, "SourcePacketLossPercent", "first")) > 1
    assert min(stage.values(flow, "SourceRecoveredPackets", "first")) > 0
    assert max(stage.values(flow, "SourceNotRecoveredPackets", "first")) == 0
    assert max(stage.values(flow, "SourceContinuityCounter", "first")) == 0


def test_a_step_that_ends_off_air_is_over_after_a_restart(tmp_path: Path) -> None:
    flow = a_pair(**preferring("first"))
    stage = Stage(tmp_path, flow)
    stage.simulator.set_scenario("*", "both-dead")
    stage.play(20)
    assert stage.values(flow, "SourceBitRate") == []
    flow.status = "STOPPING"
    stage.play(2)
    flow.status = "ACTIVE"
    stage.play(5)
    assert min(stage.values(flow, "SourceBitRate")) > 0


def test_a_restart_between_two_rounds_of_a_fast_clock_is_one_too(tmp_path: Path) -> None:
    flow = a_pair(**preferring("first"))
    stage = Stage(tmp_path, flow)
    stage.simulator.set_scenario("*", "both-dead")
    stage.play(20)
    stage.simulator.leave(flow)
    stage.play(5)
    assert min(stage.values(flow, "SourceBitRate")) > 0


def test_a_step_that_ends_off_air_begins_with_a_flow_that_starts(tmp_path: Path) -> None:
    flow = a_pair(**preferring("first"))
    stage = Stage(tmp_path, flow)
    flow.status = "STANDBY"
    stage.simulator.set_scenario("*", "both-dead")
    stage.play(3)
    flow.status = "ACTIVE"
    stage.play(5)
    assert stage.values(flow, "SourceBitRate") == []


def test_a_step_that_ends_off_air_says_how_long_it_lasts_at_most(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("description: x\nsteps:\n  - {name: dead, ends: off-air, silent: true}\n")
    with pytest.raises(UsageError, match="step dead needs seconds"):
        load(path)


def test_a_steady_step_that_follows_begins_at_its_second(tmp_path: Path) -> None:
    flow = a_pair(**preferring("first"))
    stage = Stage(tmp_path, flow)
    stage.play(3)
    stage.simulator.set_scenario("*", "primary-flapping")
    for _ in range(100):
        stage.clock.seconds = stage.simulator.next_change()
        stage.simulator.tick()
        if len([entry for entry in stage.timeline.since() if entry["kind"] == "source-switch"]) == 2:
            break
    away, back = (entry["time"] for entry in stage.timeline.since() if entry["kind"] == "source-switch")
    assert (datetime.fromisoformat(back) - datetime.fromisoformat(away)).total_seconds() == 5
