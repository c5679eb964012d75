"""Streams: scenarios as they are written, and the metrics that they make."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from headend.errors import HeadendError, UsageError
from headend.localcloud.cloudwatch.metric_statistics import statistic
from headend.localcloud.cloudwatch.metric_store import RAW_SECONDS, MetricStore, Sample, key_of
from headend.localcloud.mediaconnect.scenario_model import HEALTHY, Level, Playing, Scenario, load, load_all
from headend.localcloud.mediaconnect.stream_metrics import UNITS, Second, source_metrics

from .conftest import RunningCloud, until
from .requests_to import control, flow_request, refused
from .stream_stage import Stage, a_flow

SCENARIOS = load_all()


# Scenarios


def test_the_scenarios_that_the_documentation_names_are_there() -> None:
    assert set(SCENARIOS) >= {"clean", "loss-burst", "jitter", "silence", "flapping", "recovery"}


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_every_scenario_ends_healthy(name: str) -> None:
    assert SCENARIOS[name].step_at(86_400 * 1000).metrics == HEALTHY.metrics
    assert not SCENARIOS[name].step_at(86_400 * 1000).silent


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a list", "a scenario is a mapping"),
        ("a: [", "not YAML"),
        ("description: x", "steps: Field required"),
        ("description: x\nsteps: []", "steps: List should have at least 1 item"),
        ("description: x\nsteps: [{name: a, seconds: 0}]", "steps.0.seconds: Input should be greater than 0"),
        ("description: x\nsteps: [{name: a, second: 5}]", "steps.0.second: Extra inputs are not permitted"),
        ("description: x\nsteps: [{name: A B}]", "steps.0.name: String should match"),
        ("description: x\nsteps: [{name: a, metrics: {Loss: 1}}]", "steps.0.metrics: unknown metric Loss; a step can"),
        (
            "description: x\nsteps: [{name: a, metrics: {SourceJitter: -1}}]",
            "steps.0.metrics.SourceJitter.mean: Input should be greater than or equal to 0",
        ),
        (
            "description: x\nsteps: [{name: a, silent: true, metrics: {SourceJitter: 1}}]",
            "a silent step has no metrics",
        ),
        ("description: x\nsteps: [{name: a}, {name: b}]", "step a needs seconds: only the last step can last"),
        ("description: x\nrepeat: 2\nsteps: [{name: a}]", "step a needs seconds, because the scenario repeats"),
    ],
)
def test_a_bad_scenario_file_is_one_line_with_file_field_and_reason(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        load(path)
    said = str(caught.value)
    assert said.startswith("mine.yaml: ")
    assert message in said
    assert "\n" not in said


def test_a_scenario_repeats_its_steps_and_then_is_over() -> None:
    steps = [{"name": "loss", "seconds": 5}, {"name": "calm", "seconds": 15}]
    scenario = Scenario.model_validate({"description": "x", "repeat": 2, "steps": steps})
    names = [scenario.step_at(second).name for second in (0, 4.9, 5, 19.9, 20, 25, 39.9, 40)]
    assert names == ["loss", "loss", "calm", "calm", "loss", "calm", "calm", "clean"]


# Samples


def a_second(protocol: str = "rtp", seed: int = 1, **levels: float) -> Second:
    chosen = {name: Level(mean=value) for name, value in levels.items()}
    return Second(protocol, 20_000_000, 5.0, chosen, Random(seed))


@pytest.mark.parametrize(
    ("protocol", "known"), [("rtp", False), ("rtp-fec", False), ("srt-listener", True), ("rist", True)]
)
def test_only_protocols_with_a_connection_say_whether_they_are_connected(protocol: str, known: bool) -> None:
    metrics = source_metrics(a_second(protocol))
    assert ("SourceConnected" in metrics) is known
    assert ("SourceRoundTripTime" in metrics) is known


def test_lost_packets_are_recovered_as_far_as_the_protocol_can() -> None:
    counts = {protocol: source_metrics(a_second(protocol, SourcePacketLossPercent=2)) for protocol in ("rtp", "rist")}
    for metrics in counts.values():
        assert metrics["SourceDroppedPackets"] == pytest.approx(metrics["SourceTotalPackets"] * 0.02, abs=1)
        lost = metrics["SourceRecoveredPackets"] + metrics["SourceNotRecoveredPackets"]
        assert lost == metrics["SourceDroppedPackets"]
    assert counts["rtp"]["SourceRecoveredPackets"] == 0
    assert counts["rist"]["SourceNotRecoveredPackets"] < counts["rtp"]["SourceNotRecoveredPackets"]


def test_a_source_that_sends_nothing_has_no_bit_rate_and_no_uptime() -> None:
    metrics = source_metrics(a_second("srt-listener", SourceBitRate=0))
    assert (metrics["SourceBitRate"], metrics["SourceUptime"], metrics["SourceConnected"]) == (0, 0, 0)


def test_every_metric_has_a_unit() -> None:
    for protocol in ("rtp", "rtp-fec", "rist"):
        assert set(source_metrics(a_second(protocol))) <= set(UNITS)


# The simulator


def test_a_flow_on_air_has_one_sample_a_second_and_one_in_standby_none(tmp_path: Path) -> None:
    on_air, resting = a_flow(), a_flow("live-b", status="STANDBY")
    stage = Stage(tmp_path, on_air, resting)
    stage.play(10)
    assert len(stage.values(on_air, "SourceBitRate")) == 10
    assert len(stage.values(on_air, "ConnectedOutputs")) == 10
    assert stage.values(resting, "SourceBitRate") == []


def test_samples_lie_on_whole_seconds_without_gaps_when_the_machine_was_busy(tmp_path: Path) -> None:
    flow = a_flow()
    stage = Stage(tmp_path, flow)
    stage.clock.seconds += 7.6
    stage.simulator.tick()
    stage.simulator.tick()
    key = key_of("AWS/MediaConnect", "SourceJitter", [("FlowARN", flow.flow_arn)])
    assert [sample.time - 1_800_000_000 for _, known, sample in stage.written if known == key] == [1, 2, 3, 4, 5, 6, 7]


def test_source_and_output_metrics_are_under_their_own_arn_and_the_flows(tmp_path: Path) -> None:
    flow = a_flow()
    stage = Stage(tmp_path, flow)
    stage.play(1)
    keys = {key for _, key, _ in stage.written}
    assert key_of("AWS/MediaConnect", "SourceJitter", [("SourceARN", flow.sources[0]["sourceArn"])]) in keys
    assert key_of("AWS/MediaConnect", "OutputBitrate", [("OutputARN", flow.outputs[0]["outputArn"])]) in keys
    assert key_of("AWS/MediaConnect", "OutputBitrate", [("FlowARN", flow.flow_arn)]) in keys


def test_the_noise_of_a_flow_is_the_same_every_time_and_not_another_flows(tmp_path: Path) -> None:
    def jitter(folder: str, name: str) -> list[float]:
        flow = a_flow(name)
        stage = Stage(tmp_path / folder, flow)
        stage.play(20)
        return stage.values(flow, "SourceJitter")

    assert jitter("one", "live-a") == jitter("two", "live-a")
    assert jitter("three", "live-a") != jitter("four", "live-b")
    assert len(set(jitter("five", "live-a"))) > 10


def test_a_loss_burst_loses_packets_for_its_time_on_its_flow_only(tmp_path: Path) -> None:
    flow, other = a_flow(), a_flow("live-b")
    stage = Stage(tmp_path, flow, other)
    stage.play(5)
    assert stage.simulator.set_scenario("live-a", "loss-burst") == [flow.flow_arn]
    stage.play(30)
    breaching = [value > 0.1 for value in stage.values(flow, "SourcePacketLossPercent")]
    assert breaching == [False] * 5 + [True] * 15 + [False] * 15
    assert not any(value > 0.05 for value in stage.values(other, "SourcePacketLossPercent"))
    assert stage.steps() == ["loss", "clean"]


def test_silence_writes_nothing_and_uptime_begins_again_after_it(tmp_path: Path) -> None:
    flow = a_flow()
    stage = Stage(tmp_path, flow)
    stage.play(10)
    stage.simulator.set_scenario(flow.flow_arn, "silence")
    before = len(stage.written)
    stage.play(90)
    assert len(stage.written) == before
    stage.play(3)
    assert stage.values(flow, "SourceUptime")[-4:] == [9, 0, 1, 2]


def test_the_time_of_a_scenario_stands_still_off_the_air(tmp_path: Path) -> None:
    flow = a_flow(status="STANDBY")
    stage = Stage(tmp_path, flow)
    stage.simulator.set_scenario("*", "silence")
    stage.play(200)
    flow.status = "ACTIVE"
    stage.play(89)
    assert stage.written == [], "started with a dead source"
    stage.play(2)
    assert stage.values(flow, "SourceBitRate")


def test_a_healthy_stream_breaches_no_default_threshold(tmp_path: Path) -> None:
    flow = a_flow(maxBitrate=25_000_000)
    stage = Stage(tmp_path, flow)
    stage.play(600)
    assert max(stage.values(flow, "SourcePacketLossPercent")) < 0.05
    assert max(stage.values(flow, "SourceJitter")) < 50
    assert min(stage.values(flow, "SourceBitRate")) > 0.7 * 25_000_000


def test_an_unknown_flow_or_scenario_is_named_with_what_there_is(tmp_path: Path) -> None:
    stage = Stage(tmp_path, a_flow())
    with pytest.raises(HeadendError, match=r"no flow 'live-x'; there are: live-a"):
        stage.simulator.set_scenario("live-x", "clean")
    with pytest.raises(HeadendError, match=r"no scenario 'rain'; there are: alert, backup-silent, .*clean, flapping"):
        stage.simulator.set_scenario("live-a", "rain")


def test_a_deleted_flow_is_forgotten(tmp_path: Path) -> None:
    flow = a_flow()
    stage = Stage(tmp_path, flow)
    stage.simulator.set_scenario("*", "silence")
    stage.flows.clear()
    stage.play(1)
    assert stage.simulator.state()["flows"] == {}


def test_what_plays_now_is_told(tmp_path: Path) -> None:
    flow = a_flow()
    stage = Stage(tmp_path, flow)
    stage.simulator.set_scenario("*", "flapping")
    stage.play(6)
    assert stage.simulator.state()["flows"][flow.flow_arn] == {
        "flow_name": "live-a",
        "scenario": "flapping",
        "step": "calm",
    }
    assert Playing("x", SCENARIOS["jitter"], 41).step is HEALTHY


def test_memory_stays_flat() -> None:
    store, key = MetricStore(), key_of("AWS/MediaConnect", "SourceJitter", [("FlowARN", "arn")])
    for second in range(3 * RAW_SECONDS):
        store.put(key, Sample(float(second), 1, 1, 1, 1, None))
        if second % 600 == 0:
            store.expire(float(second))
    minutes = 2 * RAW_SECONDS / 60
    assert store.size() < RAW_SECONDS + minutes + 2000
    assert statistic("SampleCount", store.columns(key, 0, float("inf"))) == 3 * RAW_SECONDS


# With the real server


@pytest.fixture
def live(cloud: RunningCloud) -> Iterator[dict[str, Any]]:
    media = cloud.client("mediaconnect")
    flow: dict[str, Any] = media.create_flow(**flow_request(f"live-{uuid.uuid4().hex[:8]}"))["Flow"]
    arn = flow["FlowArn"]
    media.start_flow(FlowArn=arn)
    until(lambda: media.describe_flow(FlowArn=arn)["Flow"]["Status"] == "ACTIVE")
    yield flow
    media.stop_flow(FlowArn=arn)
    until(lambda: media.describe_flow(FlowArn=arn)["Flow"]["Status"] == "STANDBY")
    media.delete_flow(FlowArn=arn)


def test_metrics_of_a_flow_on_air_are_read_at_every_period_in_aligned_buckets(
    cloud: RunningCloud, live: dict[str, Any]
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""
    cloudwatch = cloud.client("cloudwatch")
    metric = {
        "Namespace": "AWS/MediaConnect",
        "MetricName": "SourceBitRate",
        "Dimensions": [{"Name": "FlowARN", "Value": live["FlowArn"]}],
    }

    def read(period: int) -> dict[datetime, float]:
        now = datetime.now(UTC)
        query = {"Id": "q", "MetricStat": {"Metric": metric, "Period": period, "Stat": "SampleCount"}}
        answer = cloudwatch.get_metric_data(
            MetricDataQueries=[query], StartTime=now - timedelta(minutes=5), EndTime=now + timedelta(minutes=1)
        )["MetricDataResults"][0]
        return dict(zip(answer["Timestamps"], answer["Values"], strict=True))

    cloud.step(90)
    assert len(read(1)) >= 90
    for period in (1, 5, 10, 60):
        counts = read(period)
        assert all(moment.timestamp() % period == 0 for moment in counts)
        assert all(count <= period for count in counts.values())
    assert set(read(1).values()) == {1.0}

    now = datetime.now(UTC)
    statistics = cloudwatch.get_metric_statistics(
        **metric,
        StartTime=now - timedelta(minutes=5),
        EndTime=now,
        Period=10,
        Statistics=["Average", "SampleCount"],
    )["Datapoints"]
    assert statistics
    for point in statistics:
        assert point["Timestamp"].timestamp() % 10 == 0
        assert point["Unit"] == "Bits/Second"
        assert point["Average"] == pytest.approx(20_000_000, rel=0.05)


def test_a_scenario_is_set_and_asked_for_by_route(cloud: RunningCloud, live: dict[str, Any]) -> None:
    chosen = json.dumps({"flow": live["Name"], "scenario": "jitter"}).encode()
    assert control(cloud, "POST", "scenario", chosen) == {"flows": [live["FlowArn"]]}
    assert control(cloud, "GET", "scenario")["flows"][live["FlowArn"]]["scenario"] == "jitter"
    assert cloud.timeline("scenario", flow_arn=live["FlowArn"], step="jitter")
    assert refused(cloud, "POST", "scenario", b"{}")[0] == 400
    assert refused(cloud, "POST", "scenario", b'{"flow": "none", "scenario": "clean"}')[0] == 400


def test_samples_come_from_several_threads_without_loss() -> None:
    store, key = MetricStore(), key_of("n", "m", [])

    def write(start: int) -> None:
        for second in range(100):
            store.put(key, Sample(float(start + second), 1, 1, 1, 1, None))

    threads = [threading.Thread(target=write, args=(number * 50,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = [sample.time for sample in store.samples(key, 0, float("inf"))]
    assert len(times) == 400
    assert times == sorted(times)
