"""One Region of a live channel while services refuse, a Region is gone or somebody changes it; what its log tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from headend.errors import HeadendError
from headend.live_operations import LiveOperations
from headend.live_outputs import LiveOutputs
from headend.localcloud.faults.faults import Faults
from headend.localcloud.mediaconnect.media_connect import MediaConnect
from running_cloud import REGION, RunningCloud, cloud
from unit.asl_templates import live_machines
from unit.asl_templates.live_machines import DRAIN_SECONDS, SEGMENT, STATIC, Region

__all__ = ["cloud"]

OTHER = "eu-west-1"
ACTS = {
    *("StartFlows", "StartChannel", "SendPause", "LetViewersGo", "DeleteManifests", "StopChannel"),
    *("LetViewersSeeTheEnd", "DeleteLastManifests", "StopFlows", "DeleteSchedule"),
}
"""States in which something is done or waited for, but for those of one flow."""


@pytest.fixture
def region(cloud: RunningCloud) -> Iterator[Region]:
    yield from live_machines.region(cloud)


@pytest.fixture
def running(region: Region) -> Region:
    """The Region is on air, with manifests, and its clock stands still."""
    region.done("start")
    region.write_manifests()
    return region


def logged(region: Region, **event: Any) -> list[str]:
    """What was done in which order, as the log of the execution tells."""
    execution = region.start(event)
    assert region.end(execution).status == "SUCCEEDED"
    return [name for name in region.entered(execution) if name in ACTS]


def passed(region: Region) -> list[str]:
    """The states that the channel has passed since it was made."""
    seen = region.cloud.timeline("channel-state", channel_id=region.channel)
    return [one["detail"]["to"] for one in seen if "to" in one["detail"]]


def is_off_air(region: Region) -> bool:
    return (region.state, region.flow_states(), region.objects) == ("IDLE", {"STANDBY"}, {STATIC, SEGMENT})


# The order, from the log


def test_the_log_shows_the_order_of_a_start_and_in_which_states_all_was_found(region: Region) -> None:
    assert logged(region, action="start") == ["StartFlows", "StartChannel"]
    assert region.settled("live_settle_channel") == ["IDLE", "RUNNING", "RUNNING"]
    assert sorted(region.settled("settle_flow")) == ["ACTIVE", "ACTIVE", "STANDBY", "STANDBY"]


@pytest.mark.parametrize(
    ("viewers", "order"),
    [
        (
            "moved",
            [
                *("SendPause", "LetViewersGo", "DeleteManifests", "StopChannel", "DeleteLastManifests", "StopFlows"),
                "DeleteSchedule",
            ],
        ),
        ("ended", ["StopChannel", "LetViewersSeeTheEnd", "DeleteLastManifests", "StopFlows", "DeleteSchedule"]),
    ],
)
def test_the_log_shows_the_order_of_a_clean_up(running: Region, viewers: str, order: list[str]) -> None:
    assert logged(running, action="clean-up", viewers=viewers) == order
    assert set(running.settled("settle_flow")) == {"ACTIVE", "STANDBY"}


def test_the_log_of_what_is_repeated_shows_that_nothing_was_sent(running: Region) -> None:
    power = "live_channel_power"
    sent = len([one for one in running.log(power) if one["type"] == "TaskScheduled"])
    logged(running, action="start")
    added = [one for one in running.log(power) if one["type"] == "TaskScheduled"][sent:]
    assert [one["details"]["resource"] for one in added] == ["startExecution.sync:2"]  # the look at the channel


# Something else changes it


def test_a_flow_that_is_updating_is_waited_for_before_the_channel_starts(region: Region) -> None:
    media = region.cloud.server.part(MediaConnect)
    for flow in region.flows:
        region.cloud.client("mediaconnect").start_flow(FlowArn=flow)
    region.cloud.step(60)
    media.call("UpdateFlow", REGION, {"FlowArn": region.flows[0], "sourceFailoverConfig": {"state": "DISABLED"}})
    assert region.flow_states() == {"ACTIVE", "UPDATING"}
    flows = region.done("start").output["steps"][0]["flows"]
    assert sorted(one["states_passed"] for one in flows) == [["ACTIVE"], ["UPDATING", "ACTIVE"]]
    assert (region.state, region.flow_states()) == ("RUNNING", {"ACTIVE"})


def test_a_channel_that_somebody_is_starting_is_stopped_once_it_runs(region: Region) -> None:
    region.write_manifests()
    region.cloud.client("medialive").start_channel(ChannelId=region.channel)
    ended = region.done("stop", viewers="ended")
    assert ended.steps[:2] == ["channel-settled", "channel-stop"]
    assert ended.output["steps"][0]["states_passed"] == ["STARTING", "RUNNING"]
    assert is_off_air(region)


def test_a_channel_that_somebody_stops_at_the_moment_it_is_to_be_stopped_is_off_air_once(running: Region) -> None:
    asked = running.media._stop_channel
    running.meanwhile("stop_channel", lambda: asked(REGION, {"ChannelId": running.channel}))
    running.done("stop", viewers="ended")
    assert passed(running).count("STOPPING") == 1
    assert is_off_air(running)


# Again and again


def test_started_and_stopped_again_and_again_it_ends_as_the_last_action_says(region: Region) -> None:
    for _ in range(2):
        region.done("start")
        region.done("start")
        region.write_manifests()
        assert (region.state, region.paused) == ("RUNNING", set())
        region.done("stop", viewers="moved")
        region.done("stop", viewers="moved")
        assert is_off_air(region)
    assert passed(region).count("STARTING") == passed(region).count("STOPPING") == 2


def test_two_stops_at_one_time_both_end_off_air(running: Region) -> None:
    first, second = (running.start({"action": "stop", "viewers": "moved"}) for _ in range(2))
    assert {running.end(one).status for one in (first, second)} == {"SUCCEEDED"}
    assert passed(running).count("STOPPING") == 1
    assert is_off_air(running)


# Services that refuse


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("mediaconnect", "DescribeFlow"),
        ("mediaconnect", "DescribeFlowSourceMetadata"),
        ("mediaconnect", "StartFlow"),
        ("mediaconnect", "StopFlow"),
        ("medialive", "BatchUpdateSchedule"),
        ("medialive", "DescribeChannel"),
        ("medialive", "DescribeSchedule"),
        ("medialive", "StartChannel"),
        ("medialive", "StopChannel"),
        ("s3", "DeleteObjects"),
    ],
)
def test_each_request_that_is_throttled_is_sent_again(
    region: Region, fault: Callable[..., Any], service: str, operation: str
) -> None:
    begun = fault("throttle", service=service, operation=operation, count=2)
    region.done("start")
    region.write_manifests()
    region.done("stop", viewers="moved")
    assert begun.hits == 2
    assert is_off_air(region)


def test_a_nested_workflow_whose_start_is_throttled_is_started_again(
    running: Region, fault: Callable[..., Any]
) -> None:
    execution = running.start({"action": "stop", "viewers": "moved"})
    running.cloud.step(5)
    begun = fault("throttle", service="stepfunctions", operation="StartExecution", count=2)
    ended = running.end(execution)
    assert ended.status == "SUCCEEDED", (ended.error, ended.cause)
    assert begun.hits == 2
    assert is_off_air(running)


# A Region that is gone


@pytest.mark.parametrize("seconds", [5, 45, 600])
def test_a_region_that_is_gone_during_a_start_is_on_air_after_the_next_one(region: Region, seconds: int) -> None:
    execution = region.start({"action": "start"})
    region.cloud.step(3)
    with region.cloud.server.part(Faults).during("region-gone", region=REGION) as gone:
        region.cloud.step(seconds)
    assert gone.hits
    region.end(execution)
    region.done("start")
    assert (region.state, region.flow_states(), region.paused) == ("RUNNING", {"ACTIVE"}, set())
    assert passed(region).count("STARTING") == 1


@pytest.mark.parametrize("seconds", [5, 600])
def test_a_region_that_is_gone_during_a_stop_is_off_air_after_the_next_one(running: Region, seconds: int) -> None:
    execution = running.start({"action": "stop", "viewers": "moved"})
    running.cloud.step(DRAIN_SECONDS - 2)
    with running.cloud.server.part(Faults).during("region-gone", region=REGION) as gone:
        running.cloud.step(seconds)
    assert gone.hits
    running.end(execution)
    running.done("stop", viewers="moved")
    assert is_off_air(running)
    assert passed(running).count("STOPPING") == 1


class Access:
    """Clients of both Regions that ask once."""

    is_local = True

    def __init__(self, cloud: RunningCloud) -> None:
        self.endpoint = cloud.server.endpoint

    def client(self, service: str, region: str) -> Any:
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}),
        )


class Viewers:
    """Where viewers are served first: the key-value store, which is in no Region."""

    preferred: str | None = None

    def read(self) -> str | None:
        return self.preferred

    def write(self, region: str) -> str | None:
        before, self.preferred = self.preferred, region
        return before


def operations(region: Region, told: list[str]) -> LiveOperations:
    """Of a channel in this Region and in another one, which has nothing and is not asked for anything."""
    lifecycle = region.machines["live_lifecycle"]
    one = {
        "channel_id": region.channel,
        "flow_arns": dict(zip(("primary", "backup"), region.flows, strict=True)),
        "origin": {"kind": "s3", "domain_name": "live.example", "manifest_path": f"/{STATIC}"},
    }
    regions = {
        "primary": {**one, "region": REGION, "lifecycle_arn": lifecycle},
        "secondary": {**one, "region": OTHER, "lifecycle_arn": lifecycle.replace(REGION, OTHER)},
    }
    outputs = {"regions": regions, "distribution_id": "E1", "play_url": "https://x/live/index.m3u8"}
    live = LiveOutputs.model_validate(outputs)
    return LiveOperations(Access(region.cloud), live, Viewers(), told.append)  # type: ignore[arg-type]


def test_with_the_other_region_gone_this_one_is_taken_on_air_and_off_it(region: Region) -> None:
    told: list[str] = []
    both, clock = operations(region, told), region.cloud.server.clock
    clock.set_speed(20)
    clock.resume()
    try:
        with region.cloud.server.part(Faults).during("region-gone", region=OTHER):
            with pytest.raises(HeadendError, match=f"^{OTHER}: start: .*--region {REGION}$"):
                both.start()
            assert region.state == "IDLE"
            both.start(REGION)
            assert region.state == "RUNNING"
            with pytest.raises(HeadendError, match=f"^{OTHER}: stop: "):
                both.stop()
        assert (region.state, region.flow_states()) == ("IDLE", {"STANDBY"})
        assert [one for one in told if one.startswith(f"{REGION}: St")] == [
            f"{REGION}: {name}" for name in ("StartFlows", "StartFlow", "StartFlow", "StartChannel")
        ] + [f"{REGION}: {name}" for name in ("StopChannel", "StopFlows", "StopFlow", "StopFlow")]
    finally:
        clock.set_speed(1)
        clock.pause()
