"""An environment with a live channel in two Regions: applied, on air and off it by the commands, and gone again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from headend import package
from headend.localcloud.launcher import LocalCloud
from local.workspace import REPOSITORY, Workspace

pytest.importorskip("imageio_ffmpeg")
pytestmark = [pytest.mark.local, pytest.mark.terraform]

PRIMARY, SECONDARY = "us-east-1", "eu-west-1"
LADDER = {
    "gop_seconds": 2,
    "renditions": {
        "high": {"width": 640, "height": 360, "bitrate": 800_000},
        "low": {"width": 320, "height": 180, "bitrate": 300_000},
    },
    "segment_seconds": 2,
}


class Event:
    """The environment, applied, with a feed for each pipeline. Nobody watches."""

    def __init__(self, workspace: Workspace, kind: str) -> None:
        self.workspace, self.cloud = workspace, workspace.cloud
        workspace.configure(lambda config: self._configure(config, kind))
        if (workspace.folder / "envs/local/rendered").is_dir():
            raise AssertionError("envs/local has renderings of its own")
        self.headend("render")
        workspace.deploy()
        self.live: dict[str, Any] = json.loads(self.headend("output", "live"))

    @staticmethod
    def _configure(config: dict[str, Any], kind: str) -> None:
        """Flows of the monitoring are not needed here; one has to be."""
        config["flows"] = {"studio-a": {**config["flows"]["studio-a"], "start": False}}
        config["live"] = {
            "kind": kind,
            "secondary_region": SECONDARY,
            "contribution": {"protocol": "srt-listener", "ingest_port": 7000, "whitelist_cidr": "203.0.113.0/28"},
            "ladder": LADDER,
            "lifecycle": {"drain_seconds": 5},
            "s3": {"force_destroy": True},
            "sites": {"stadium": {"latitude": 53.3, "longitude": -6.3}},
        }

    def headend(self, *arguments: str) -> str:
        return self.workspace.headend(*arguments, "--env", "local").out

    def refused(self, *arguments: str) -> str:
        run = self.workspace.headend(*arguments, "--env", "local", check=False)
        assert run.code != 0, run.text
        return run.err

    def feed(self) -> None:
        for pipeline in ("primary", "backup"):
            self.cloud.start_feed(pipeline, [one["flow_arns"][pipeline] for one in self.live["regions"].values()])

    def states(self) -> dict[str, str]:
        """Each Region's channel."""
        return {
            one["region"]: self.cloud.client("medialive", one["region"]).describe_channel(ChannelId=one["channel_id"])[
                "State"
            ]
            for one in self.live["regions"].values()
        }


@pytest.fixture(scope="module", params=["s3", "mediapackage"])
def event(request: pytest.FixtureRequest, cloud: LocalCloud, workspace: Callable[[str], Workspace]) -> Iterator[Event]:
    package.build(REPOSITORY)
    made = Event(workspace("local"), request.param)
    yield made
    for name in made.cloud.feeds()["feeds"]:
        made.cloud.end_feed(name)
    made.headend("live", "stop")
    made.headend("destroy", "--yes", "--stop-flows")
    assert cloud.inventory() == []
    assert cloud.feeds()["processes"] == {}


def test_a_second_plan_is_empty(event: Event) -> None:
    assert "No changes" in event.headend("plan")


def test_sites_are_told_the_nearer_region_first(event: Event) -> None:
    told = json.loads(event.headend("feeds", "--json"))
    assert [one["region"] for one in told] == [SECONDARY, SECONDARY, PRIMARY, PRIMARY]
    assert len({one["address"] for one in told}) == 4


def test_both_regions_come_on_air_are_left_one_by_one_and_cannot_be_changed_meanwhile(event: Event) -> None:
    event.feed()
    event.headend("live", "start")
    assert event.states() == {PRIMARY: "RUNNING", SECONDARY: "RUNNING"}

    event.workspace.configure(lambda config: config["live"]["ladder"]["renditions"].pop("low"))
    event.headend("render")
    event.headend("plan")
    assert f"headend live stop --env local --region {PRIMARY}" in event.refused("apply")
    event.workspace.configure(lambda config: config["live"].update(ladder=LADDER))
    event.headend("render")

    event.headend("live", "pause", "--region", SECONDARY, "--pipeline", "0")
    assert "PIPELINE_0 paused" in event.refused("live", "switch", "--region", SECONDARY)
    event.headend("live", "resume", "--region", SECONDARY)
    event.headend("live", "switch", "--region", SECONDARY)
    assert SECONDARY in event.headend("prefer")

    event.headend("live", "stop", "--region", PRIMARY)
    assert event.states() == {PRIMARY: "IDLE", SECONDARY: "RUNNING"}
    event.headend("live", "stop")
    assert event.states() == {PRIMARY: "IDLE", SECONDARY: "IDLE"}
