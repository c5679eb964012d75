"""What MediaLive's schedule does with pauses, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

import live_channels
from headend.localcloud.medialive.channel_model import LiveChannel
from headend.localcloud.medialive.channel_plane import ChannelPlane
from headend.localcloud.medialive.media_live import MediaLive
from running_cloud import REGION, RunningCloud

GUIDE = "https://docs.aws.amazon.com/medialive/latest/ug/"
PAUSE = f"{GUIDE}x-actions-in-schedule-pause.html"
BATCH = f"{GUIDE}about-batch-update-schedule.html"
MODIFY = f"{GUIDE}schedule-modify.html"
WORDS = "AWS's words are not published: the code is"
IMMEDIATE = {"ImmediateModeScheduleActionStartSettings": {}}


class Watching(ChannelPlane):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, frozenset[str]]] = []

    def pipelines_paused(self, channel: LiveChannel, paused: frozenset[str]) -> None:
        self.told.append((channel.id, paused))


@pytest.fixture(scope="module")
def running(cloud: RunningCloud) -> Iterator[str]:
    """A channel that runs."""
    identifier = live_channels.created(cloud)
    live_channels.start(cloud, identifier)
    yield identifier
    live_channels.stop(cloud, identifier)
    cloud.client("medialive").delete_channel(ChannelId=identifier)


@pytest.fixture
def plane(cloud: RunningCloud) -> Iterator[Watching]:
    watching = Watching()
    cloud.server.part(MediaLive).plane = watching
    yield watching
    cloud.server.part(MediaLive).plane = ChannelPlane()


@pytest.fixture(autouse=True)
def empty(cloud: RunningCloud, running: str) -> Iterator[None]:
    yield
    media = cloud.client("medialive")
    names = [one["ActionName"] for one in media.describe_schedule(ChannelId=running)["ScheduleActions"]]
    if names:
        media.batch_update_schedule(ChannelId=running, Deletes={"ActionNames": names})


def pause(name: str, *pipelines: str, start: dict[str, Any] | None = None) -> dict[str, Any]:
    """An action that pauses exactly these pipelines."""
    named = [{"PipelineId": pipeline} for pipeline in pipelines]
    return {
        "ActionName": name,
        "ScheduleActionStartSettings": start or IMMEDIATE,
        "ScheduleActionSettings": {"PauseStateSettings": {"Pipelines": named}},
    }


def fixed(cloud: RunningCloud, seconds: float) -> dict[str, Any]:
    """A start so many seconds ahead."""
    moment = cloud.server.clock.now() + timedelta(seconds=seconds)
    return {"FixedModeScheduleActionStartSettings": {"Time": moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"}}


def create(cloud: RunningCloud, channel: str, *actions: dict[str, Any], **more: Any) -> Any:
    asked = {"Creates": {"ScheduleActions": list(actions)}, **more}
    return cloud.client("medialive").batch_update_schedule(ChannelId=channel, **asked)


def paused(cloud: RunningCloud, channel: str) -> set[str]:
    return set(cloud.server.part(MediaLive).channel(REGION, channel).paused)


@pytest.mark.contract("A pause action pauses the pipelines that it names and un-pauses all others", source=PAUSE)
def test_a_pause_un_pauses_those_that_it_does_not_name(cloud: RunningCloud, running: str, plane: Watching) -> None:
    create(cloud, running, pause("first", "PIPELINE_0"))
    assert paused(cloud, running) == {"PIPELINE_0"}
    create(cloud, running, pause("second", "PIPELINE_1"))
    assert paused(cloud, running) == {"PIPELINE_1"}, "pipeline 0 sends again"
    create(cloud, running, pause("both", "PIPELINE_0", "PIPELINE_1"))
    assert paused(cloud, running) == {"PIPELINE_0", "PIPELINE_1"}
    create(cloud, running, pause("none"))
    assert paused(cloud, running) == set()
    cloud.server.clock.settle()
    told = [("PIPELINE_0",), ("PIPELINE_1",), ("PIPELINE_0", "PIPELINE_1"), ()]
    assert plane.told == [(running, frozenset(one)) for one in told], "the media plane is told in order"


@pytest.mark.contract("A pause with a fixed start happens at that time", source=PAUSE)
def test_a_fixed_pause_waits_for_its_time(cloud: RunningCloud, running: str) -> None:
    cloud.server.clock.pause()
    try:
        create(cloud, running, pause("later", "PIPELINE_1", start=fixed(cloud, 20)))
        cloud.step(19)
        assert paused(cloud, running) == set()
        cloud.step(2)
        assert paused(cloud, running) == {"PIPELINE_1"}
        create(cloud, running, pause("end"))
    finally:
        cloud.server.clock.resume()


@pytest.mark.contract("An action that is deleted before its time does not happen", source=MODIFY)
def test_a_deleted_action_does_not_happen(cloud: RunningCloud, running: str) -> None:
    create(cloud, running, pause("never", "PIPELINE_0", start=fixed(cloud, 60)))
    deleted = cloud.client("medialive").batch_update_schedule(ChannelId=running, Deletes={"ActionNames": ["never"]})
    assert [one["ActionName"] for one in deleted["Deletes"]["ScheduleActions"]] == ["never"]
    cloud.step(90)
    assert paused(cloud, running) == set()


@pytest.mark.contract("In one request deletions come before creations: a name may be used again", source=BATCH)
def test_deletions_come_first(cloud: RunningCloud, running: str) -> None:
    create(cloud, running, pause("same", "PIPELINE_0", start=fixed(cloud, 60)))
    create(cloud, running, pause("same", "PIPELINE_1", start=fixed(cloud, 60)), Deletes={"ActionNames": ["same"]})
    actions = cloud.client("medialive").describe_schedule(ChannelId=running)["ScheduleActions"]
    named = [one["ScheduleActionSettings"]["PauseStateSettings"]["Pipelines"] for one in actions]
    assert named == [[{"PipelineId": "PIPELINE_1"}]]


@pytest.mark.contract(
    "A pause starts at least 15 s and at most 14 days ahead, or immediately", source=PAUSE, limits=WORDS
)
@pytest.mark.parametrize(("seconds", "says"), [(5, "15 seconds"), (-60, "15 seconds"), (15 * 86_400, "14 days")])
def test_a_pause_too_near_or_too_far_is_refused(cloud: RunningCloud, running: str, seconds: float, says: str) -> None:
    problem = refusal(lambda: create(cloud, running, pause("bad", start=fixed(cloud, seconds))))
    assert says in problem


@pytest.mark.contract("A name is in the schedule once: an action cannot be changed", source=MODIFY, limits=WORDS)
def test_a_name_is_used_once(cloud: RunningCloud, running: str) -> None:
    create(cloud, running, pause("one", start=fixed(cloud, 60)))
    assert "one" in refusal(lambda: create(cloud, running, pause("one", start=fixed(cloud, 90))))


@pytest.mark.contract("An action less than 15 s ahead is not deleted any more", source=MODIFY, limits=WORDS)
def test_what_is_near_stays(cloud: RunningCloud, running: str) -> None:
    media = cloud.client("medialive")
    cloud.server.clock.pause()
    try:
        create(cloud, running, pause("near", start=fixed(cloud, 20)))
        cloud.step(10)
        delete = {"ChannelId": running, "Deletes": {"ActionNames": ["near"]}}
        assert "near" in refusal(lambda: media.batch_update_schedule(**delete))
        cloud.step(15)
    finally:
        cloud.server.clock.resume()


@pytest.mark.contract("The whole schedule is deleted of idle channels only", source=BATCH, limits=WORDS)
def test_the_schedule_of_a_running_channel_is_not_deleted(cloud: RunningCloud, running: str) -> None:
    with pytest.raises(ClientError):
        cloud.client("medialive").delete_schedule(ChannelId=running)


def refusal(ask: Any) -> str:
    """What is wrong with a request, with the places of it."""
    with pytest.raises(ClientError) as raised:
        ask()
    answer = raised.value.response
    assert answer["Error"]["Code"] == "UnprocessableEntityException", answer["Error"]
    assert all(one["ElementPath"].startswith("/") for one in answer["ValidationErrors"])
    return "; ".join(one["ErrorMessage"] for one in answer["ValidationErrors"])
