"""One Region of a live channel is started, paused and stopped in order, whatever it is doing at that moment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from headend.localcloud.mediaconnect.media_connect import MediaConnect
from headend.localcloud.mediaconnect.stream_simulator import StreamSimulator
from running_cloud import REGION, RunningCloud, cloud
from unit.asl_templates import live_machines
from unit.asl_templates.live_machines import DRAIN_SECONDS, KEYS, SEGMENT, STATIC, Region

__all__ = ["cloud"]

ON_AIR = ["flows-start", "channel-start", "channel-settled", "pipelines"]
MOVED = ["channel-settled", "pipelines", "manifests-deleted", "channel-stop", "manifests-deleted", "flows-stop"]


@pytest.fixture
def region(cloud: RunningCloud) -> Iterator[Region]:
    yield from live_machines.region(cloud)


@pytest.fixture
def running(region: Region) -> Region:
    """The Region is on air, with manifests, and its clock stands still."""
    region.done("start")
    region.write_manifests()
    return region


def updating(region: Region) -> None:
    """Somebody changes a flow, which is UPDATING for a moment."""
    media = region.cloud.server.part(MediaConnect)
    media.call("UpdateFlow", REGION, {"FlowArn": region.flows[0], "sourceFailoverConfig": {"state": "DISABLED"}})


def a_check(cloud: RunningCloud, code: str) -> str:
    """The ARN of a function in the place of live_check."""
    found = cloud.client("lambda").get_function_configuration(FunctionName=cloud.function(code))
    return str(found["FunctionArn"])


def names(region: Region) -> list[str]:
    """The states that the channel has passed since it was made."""
    passed = region.cloud.timeline("channel-state", channel_id=region.channel)
    return [one["detail"]["to"] for one in passed if "to" in one["detail"]]


# Start


def test_a_region_comes_on_air_in_order(region: Region) -> None:
    ended = region.done("start")
    assert ended.steps == ON_AIR
    flows, channel = ended.output["steps"][0]["flows"], ended.output["steps"][1]
    assert [one["states_passed"] for one in flows] == [["STANDBY", "STARTING", "ACTIVE"]] * 2
    assert channel["states_passed"] == ["IDLE", "STARTING", "RUNNING"]
    assert (region.state, region.flow_states(), region.paused) == ("RUNNING", {"ACTIVE"}, set())


def test_starting_it_again_changes_nothing(running: Region) -> None:
    before = names(running)
    ended = running.done("start")
    assert ended.output["steps"][1]["states_passed"] == ["RUNNING"]
    assert (names(running), running.actions) == (before, [])


def test_the_channel_waits_until_both_feeds_are_seen(region: Region) -> None:
    simulator = region.cloud.server.part(StreamSimulator)
    simulator.set_scenario(region.flows[1], "both-dead")
    execution = region.start({"action": "start"})
    region.cloud.step(30)
    assert region.state == "IDLE"
    simulator.set_scenario(region.flows[1], "clean")
    assert region.end(execution).steps == ON_AIR


def test_without_a_feed_the_channel_is_not_started(region: Region) -> None:
    region.cloud.server.part(StreamSimulator).set_scenario(region.flows[1], "both-dead")
    ended = region.act("start")
    assert (ended.error, region.state) == ("FeedsMissing", "IDLE")
    assert ended.cause.startswith("1 of 2 feeds seen; the channel was not started. FeedNotSeen: ")
    assert f"{region.flows[1]} has seen no programme for 60 s" in ended.cause


def test_one_feed_is_enough_where_that_is_said(region: Region) -> None:
    region.cloud.server.part(StreamSimulator).set_scenario(region.flows[1], "both-dead")
    assert region.done("start", feeds=1).steps == ON_AIR
    assert region.state == "RUNNING"


def test_a_pause_of_the_last_time_on_air_does_not_last(running: Region) -> None:
    running.pause("PIPELINE_1")
    running.done("stop", viewers="ended")
    running.done("start")
    assert running.paused == set()
    assert [one["ScheduleActionSettings"] for one in running.actions][-1] == {"PauseStateSettings": {"Pipelines": []}}


def test_a_pipeline_that_somebody_paused_stays_paused_when_a_running_channel_is_started(running: Region) -> None:
    running.pause("PIPELINE_1")
    ended = running.act("start")
    assert (ended.error, running.paused) == ("NotReady", {"PIPELINE_1"})
    assert "has PIPELINE_1 paused" in ended.cause


def test_a_start_that_another_was_quicker_to_send_is_no_error(region: Region) -> None:
    asked = region.media._start_channel
    region.meanwhile("start_channel", lambda: asked(REGION, {"ChannelId": region.channel}))
    ended = region.done("start")
    assert ended.output["steps"][1]["status"] == "RUNNING"
    assert names(region).count("RUNNING") == 1


def test_a_channel_that_is_stopping_gets_there_first(running: Region) -> None:
    running.cloud.client("medialive").stop_channel(ChannelId=running.channel)
    ended = running.done("start")
    assert ended.output["steps"][1]["states_passed"] == ["STOPPING", "IDLE", "STARTING", "RUNNING"]


def test_two_starts_at_one_time_both_end_on_air(region: Region) -> None:
    first, second = region.start({"action": "start"}), region.start({"action": "start"})
    assert {region.end(one).status for one in (first, second)} == {"SUCCEEDED"}
    assert names(region).count("RUNNING") == 1


# Pause, resume


def test_pausing_one_pipeline_leaves_the_other_one_paused(running: Region) -> None:
    running.done("pause", pipelines=["PIPELINE_0"])
    ended = running.done("pause", pipelines=["PIPELINE_1"])
    assert running.paused == {"PIPELINE_0", "PIPELINE_1"}
    assert ended.output["paused"] == ["PIPELINE_0", "PIPELINE_1"]


def test_the_pause_of_somebody_else_stays(running: Region) -> None:
    running.pause("PIPELINE_0")
    running.done("pause", pipelines=["PIPELINE_1"])
    assert running.paused == {"PIPELINE_0", "PIPELINE_1"}


def test_pausing_twice_sends_one_request(running: Region) -> None:
    running.done("pause", pipelines=["PIPELINE_0"])
    running.done("pause", pipelines=["PIPELINE_0"])
    assert len(running.actions) == 1


def test_resuming_one_pipeline_leaves_the_other_one_paused(running: Region) -> None:
    running.done("pause", pipelines=["PIPELINE_0", "PIPELINE_1"])
    running.done("resume", pipelines=["PIPELINE_0"])
    assert running.paused == {"PIPELINE_1"}


def test_resuming_without_names_means_all(running: Region) -> None:
    running.done("pause", pipelines=["PIPELINE_0", "PIPELINE_1"])
    running.done("resume")
    assert running.paused == set()


def test_a_pause_of_the_future_counts_when_its_time_has_come(running: Region) -> None:
    soon = running.cloud.server.clock.now() + timedelta(seconds=60)
    running.pause("PIPELINE_0", at=soon.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    running.done("pause", pipelines=["PIPELINE_1"])
    assert running.paused == {"PIPELINE_1"}
    running.cloud.step(61)
    assert running.paused == {"PIPELINE_0"}
    running.done("pause", pipelines=["PIPELINE_1"])
    assert running.paused == {"PIPELINE_0", "PIPELINE_1"}


def test_two_that_pause_at_one_time_both_get_what_they_asked_for(running: Region) -> None:
    """The other one has read the schedule, too, before this one's request: its own takes the first one back."""
    asked = running.media._batch_update_schedule

    def and_then_another(region: str, request: dict[str, Any]) -> Any:
        answer = asked(region, request)
        if not other:
            other.append("sent")
            asked(region, {**request, "Creates": {"ScheduleActions": [another]}})
        return answer

    other: list[str] = []
    another = {
        "ActionName": "another",
        "ScheduleActionStartSettings": {"ImmediateModeScheduleActionStartSettings": {}},
        "ScheduleActionSettings": {"PauseStateSettings": {"Pipelines": [{"PipelineId": "PIPELINE_1"}]}},
    }
    running.told.append("batch_update_schedule")
    vars(running.media)["_batch_update_schedule"] = and_then_another
    running.done("pause", pipelines=["PIPELINE_0"])
    assert running.paused == {"PIPELINE_0", "PIPELINE_1"}


def test_the_schedule_is_read_to_its_end(running: Region) -> None:
    for number in range(25):
        running.pause("PIPELINE_0" if number == 24 else "PIPELINE_1", name=f"by-hand-{number}")
    running.done("pause", pipelines=["PIPELINE_1"])
    assert running.paused == {"PIPELINE_0", "PIPELINE_1"}


def test_a_channel_off_air_cannot_be_paused(region: Region) -> None:
    ended = region.act("pause", pipelines=["PIPELINE_0"])
    assert (ended.error, region.state) == ("ChannelNotRunning", "IDLE")


# Ready


def test_a_region_on_air_is_ready(running: Region) -> None:
    assert running.done("ready").steps == ["channel-settled"]


def test_a_region_off_air_is_not_ready(region: Region) -> None:
    assert region.act("ready").error == "ChannelNotRunning"


def test_a_region_with_a_paused_pipeline_is_not_ready(running: Region) -> None:
    running.done("pause", pipelines=["PIPELINE_0"])
    assert running.act("ready").error == "NotReady"


@pytest.mark.parametrize("ok", [True, False])
def test_what_the_check_says_decides(cloud: RunningCloud, ok: bool) -> None:
    answer = {"ok": ok, "findings": [] if ok else ["segment 7 is not at 14 s"]}
    arn = a_check(cloud, f"def handler(event, context):\n    return {answer!r}\n")
    for region in live_machines.region(cloud, check_function_arn=arn):
        ended = region.act("start")
        assert region.state == "RUNNING"
        if ok:
            assert (ended.steps, ended.output["check"]) == ([*ON_AIR, "check-epoch", "check-manifest"], answer)
        else:
            assert ended.error == "NotReady"
            assert "segment 7 is not at 14 s" in ended.cause


def test_a_check_without_segments_yet_is_asked_again(cloud: RunningCloud) -> None:
    code = (
        "asked = []\n"
        "def handler(event, context):\n"
        "    asked.append(event)\n"
        "    return {'pending': True} if len(asked) < 3 else {'ok': True, 'asked': asked}\n"
    )
    for region in live_machines.region(cloud, check_function_arn=a_check(cloud, code)):
        asked = region.done("start").output["check"]["asked"]
        assert [one["operation"] for one in asked] == ["epoch", "epoch", "epoch", "manifest"]
        origin = {
            "kind": "s3",
            "domain_name": f"{region.bucket}.s3.{REGION}.amazonaws.com",
            "manifest_path": f"/{STATIC}",
        }
        assert asked[0]["channels"] == [{"region": REGION, "channel_id": region.channel, "origin": origin}]


# Stop, clean up


def test_viewers_are_let_go_before_anything_ends(running: Region) -> None:
    execution = running.start({"action": "stop", "viewers": "moved"})
    running.cloud.step(DRAIN_SECONDS - 1)
    assert (running.state, running.paused) == ("RUNNING", {"PIPELINE_0", "PIPELINE_1"})
    ended = running.end(execution)
    assert ended.steps == MOVED
    assert (running.state, running.flow_states()) == ("IDLE", {"STANDBY"})


def test_manifests_go_and_segments_stay(running: Region) -> None:
    running.done("stop", viewers="moved")
    assert running.objects == {STATIC, SEGMENT}


def test_what_the_stop_writes_is_deleted_too(running: Region) -> None:
    bucket = running.cloud.client("s3")
    end = b"#EXTM3U\n#EXT-X-ENDLIST\n"
    running.meanwhile("stop_channel", lambda: bucket.put_object(Bucket=running.bucket, Key=KEYS[0], Body=end))
    running.done("stop", viewers="moved")
    assert running.objects == {STATIC, SEGMENT}


def test_where_the_programme_is_over_players_see_its_end(running: Region) -> None:
    execution = running.start({"action": "stop", "viewers": "ended"})
    running.cloud.step(DRAIN_SECONDS - 5)
    assert running.state == "IDLE"
    assert set(KEYS) < running.objects
    ended = running.end(execution)
    assert ended.steps == ["channel-settled", "channel-stop", "manifests-deleted", "flows-stop"]
    assert running.objects == {STATIC, SEGMENT}
    assert running.flow_states() == {"STANDBY"}


def test_stopping_it_again_changes_nothing(running: Region) -> None:
    running.done("stop", viewers="moved")
    before = names(running)
    running.done("stop", viewers="moved")
    assert (names(running), running.flow_states()) == (before, {"STANDBY"})


def test_a_region_that_was_never_on_air_is_stopped_at_once(region: Region) -> None:
    begun = region.cloud.server.clock.time()
    region.done("stop", viewers="moved")
    assert region.cloud.server.clock.time() - begun < DRAIN_SECONDS


def test_flows_that_the_stop_changes_are_waited_for(running: Region) -> None:
    """Stopping a channel puts its flows through ACTIVE → UPDATING → ACTIVE: a stop in that window was never sent."""
    ended = running.done("stop", viewers="moved")
    passed = [one["states_passed"] for one in ended.output["steps"][-1]["flows"]]
    assert all(one[-2:] == ["STOPPING", "STANDBY"] for one in passed)
    updating = running.cloud.timeline("flow-status", flow_arn=running.flows[0])
    assert "UPDATING" in [one["detail"]["to"] for one in updating]
    assert running.flow_states() == {"STANDBY"}


def test_a_flow_that_is_updating_is_waited_for(running: Region) -> None:
    running.meanwhile("stop_channel", lambda: updating(running))
    running.done("stop", viewers="ended")
    assert running.flow_states() == {"STANDBY"}


def test_a_mediapackage_region_has_no_manifests_to_delete(cloud: RunningCloud) -> None:
    for region in live_machines.region(cloud, kind="mediapackage"):
        region.done("start")
        region.write_manifests()
        ended = region.done("stop", viewers="moved")
        assert ended.steps == [one for one in MOVED if one != "manifests-deleted"]
        assert set(KEYS) < region.objects


def test_cleaning_up_stops_and_empties_the_schedule(running: Region) -> None:
    running.done("pause", pipelines=["PIPELINE_0"])
    ended = running.done("clean-up", viewers="ended")
    assert ended.steps[-1] == "schedule-deleted"
    assert (running.state, running.actions, running.flow_states()) == ("IDLE", [], {"STANDBY"})
    running.done("clean-up", viewers="ended")


# Faults


@pytest.mark.parametrize("fault_kind", [{"kind": "throttle"}, {"kind": "error", "status": 503}])
@pytest.mark.parametrize("service", ["medialive", "mediaconnect"])
def test_a_service_that_refuses_for_a_moment_is_asked_again(
    region: Region, fault: Callable[..., Any], service: str, fault_kind: dict[str, Any]
) -> None:
    fault(service=service, rate=0.4, count=12, seed=7, **fault_kind)
    region.done("start")
    region.done("stop", viewers="moved")
    assert (region.state, region.flow_states()) == ("IDLE", {"STANDBY"})


def test_what_failed_half_way_is_done_by_the_next_start(region: Region, fault: Callable[..., Any]) -> None:
    fault("throttle", service="medialive", count=30)
    failed = region.act("start")
    assert failed.status == "FAILED"
    assert region.flow_states() == {"ACTIVE"}
    region.cloud.step(120)
    while region.act("start").status == "FAILED":
        region.cloud.step(60)
    assert region.state == "RUNNING"


def test_a_pause_that_was_taken_without_an_answer_is_not_sent_twice(running: Region) -> None:
    asked = running.media._batch_update_schedule
    lost: list[Any] = []

    def taken(region: str, request: dict[str, Any]) -> Any:
        answer = asked(region, request)
        if not lost:
            lost.append(answer)
            return asked(region, request)  # as when the SDK sends it again: refused, for it is there
        return answer

    running.told.append("batch_update_schedule")
    vars(running.media)["_batch_update_schedule"] = taken
    running.done("pause", pipelines=["PIPELINE_0"])
    assert (len(running.actions), running.paused) == (1, {"PIPELINE_0"})


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        "start",
        {"action": "open"},
        {"action": "pause"},
        {"action": "pause", "pipelines": []},
        {"action": "pause", "pipelines": ["PIPELINE_2"]},
        {"action": "resume", "pipelines": ["0"]},
        {"action": "stop"},
        {"action": "stop", "viewers": "stay"},
        {"action": "clean-up"},
        {"action": "start", "feeds": 0},
        {"action": "start", "feeds": 3},
        {"action": "start", "feeds": "1"},
    ],
)
def test_what_it_cannot_do_is_refused(region: Region, event: Any) -> None:
    ended = region.end(region.start(json.loads(json.dumps(event))))
    assert (ended.status, ended.error) == ("FAILED", "InvalidInput")
    assert (region.state, region.flow_states()) == ("IDLE", {"STANDBY"})
