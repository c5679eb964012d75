"""What the media plane is told of channels, in which order, and what becomes of its errors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import live_channels
from headend.localcloud.medialive.channel_model import LiveChannel
from headend.localcloud.medialive.channel_plane import ChannelPlane
from headend.localcloud.medialive.media_live import MediaLive
from running_cloud import REGION, RunningCloud, until


class Watching(ChannelPlane):
    """Notes what it is told, and the channel's state at that moment."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def channel_started(self, channel: LiveChannel) -> None:
        self.told.append(("started", channel.state))

    def channel_stopped(self, channel: LiveChannel) -> None:
        self.told.append(("stopped", channel.state))

    def pipelines_paused(self, channel: LiveChannel, paused: frozenset[str]) -> None:
        self.told.append((f"paused {', '.join(sorted(paused))}", channel.state))


class Failing(ChannelPlane):
    """Fails whatever it is told."""

    def channel_started(self, channel: LiveChannel) -> None:
        raise RuntimeError("no encoder")

    def channel_stopped(self, channel: LiveChannel) -> None:
        raise RuntimeError("no encoder to stop")


@pytest.fixture(scope="module", autouse=True)
def quickly(cloud: RunningCloud) -> None:
    live_channels.hurry(cloud)


@pytest.fixture(scope="module")
def channel(cloud: RunningCloud) -> str:
    return live_channels.created(cloud)


@pytest.fixture(autouse=True)
def plane_of_before(cloud: RunningCloud) -> Iterator[None]:
    service = cloud.server.part(MediaLive)
    before = service.plane
    yield
    service.plane = before


def test_the_plane_is_told_in_order_with_the_states_that_the_api_shows(cloud: RunningCloud, channel: str) -> None:
    plane = cloud.server.part(MediaLive).plane = Watching()
    live_channels.start(cloud, channel)
    action = {
        "ActionName": "pause",
        "ScheduleActionStartSettings": {"ImmediateModeScheduleActionStartSettings": {}},
        "ScheduleActionSettings": {"PauseStateSettings": {"Pipelines": [{"PipelineId": "PIPELINE_1"}]}},
    }
    cloud.client("medialive").batch_update_schedule(ChannelId=channel, Creates={"ScheduleActions": [action]})
    live_channels.stop(cloud, channel)
    assert plane.told == [("started", "RUNNING"), ("paused PIPELINE_1", "RUNNING"), ("stopped", "STOPPING")]
    assert not cloud.server.part(MediaLive).channel(REGION, channel).paused, "a new start begins unpaused"


def test_a_plane_that_fails_is_reported_and_changes_no_state(cloud: RunningCloud, channel: str) -> None:
    cloud.server.part(MediaLive).plane = Failing()
    live_channels.start(cloud, channel)
    live_channels.stop(cloud, channel)
    errors = " ".join(entry["summary"] for entry in cloud.timeline("error"))
    assert "no encoder" in errors
    assert "no encoder to stop" in errors


def test_flows_on_air_pass_through_updating_when_the_channel_starts_and_stops(cloud: RunningCloud) -> None:
    media = cloud.client("mediaconnect")
    flows = [live_channels.flow(cloud, zone) for zone in "ab"]
    identifier = live_channels.created(cloud, input_id=live_channels.input_over(cloud, *flows))
    media.start_flow(FlowArn=flows[0])
    until(lambda: media.describe_flow(FlowArn=flows[0])["Flow"]["Status"] == "ACTIVE")
    live_channels.start(cloud, identifier)
    until(lambda: media.describe_flow(FlowArn=flows[0])["Flow"]["Status"] == "ACTIVE")
    live_channels.stop(cloud, identifier)
    until(lambda: media.describe_flow(FlowArn=flows[0])["Flow"]["Status"] == "ACTIVE")
    passed = [entry["detail"]["to"] for entry in cloud.timeline("flow-status", flow_arn=flows[0])]
    assert passed == ["STARTING", "ACTIVE", "UPDATING", "ACTIVE", "UPDATING", "ACTIVE"]
    assert cloud.timeline("flow-status", flow_arn=flows[1]) == [], "a flow in STANDBY does not"


def test_an_input_has_an_output_on_each_of_its_flows_as_long_as_it_is_there(cloud: RunningCloud) -> None:
    connect, media = cloud.client("mediaconnect"), cloud.client("medialive")
    flows = [live_channels.flow(cloud, zone) for zone in "abc"]

    def inputs() -> list[list[str]]:
        found = [connect.describe_flow(FlowArn=flow)["Flow"]["Outputs"] for flow in flows]
        return [[str(output["MediaLiveInputArn"]) for output in outputs] for outputs in found]

    identifier = live_channels.input_over(cloud, *flows[:2])
    arn = media.describe_input(InputId=identifier)["Arn"]
    assert inputs() == [[arn], [arn], []]
    media.update_input(InputId=identifier, MediaConnectFlows=[{"FlowArn": flow} for flow in flows[1:]])
    assert inputs() == [[], [arn], [arn]]
    media.delete_input(InputId=identifier)
    until(lambda: media.describe_input(InputId=identifier)["State"] == "DELETED")
    assert inputs() == [[], [], []]


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_pipeline_0_takes_the_first_flow_whatever_its_name(cloud: RunningCloud, order: str) -> None:
    flows = [live_channels.flow(cloud, zone) for zone in order]
    service = cloud.server.part(MediaLive)
    identifier = live_channels.created(cloud, input_id=live_channels.input_over(cloud, *flows))
    assert service.feeds(service.channel(REGION, identifier)) == flows


def test_alerts_are_set_and_cleared_once(cloud: RunningCloud, channel: str) -> None:
    service = cloud.server.part(MediaLive)
    held = service.channel(REGION, channel)
    for is_set in (True, True, False, False, True):
        service.alert(held, "Video Not Detected", "0", "no picture", is_set=is_set)
    alerts = cloud.client("medialive").list_alerts(ChannelId=channel)["Alerts"]
    assert [(one["State"], one["PipelineId"]) for one in alerts] == [("SET", "0")]
