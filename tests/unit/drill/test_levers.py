"""How a deployed workflow is broken and mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from headend.drill.levers import DeployedLevers
from headend.drill.watchers import Address, address
from headend.errors import HeadendError, UsageError
from headend.live_outputs import read

OUTPUTS: dict[str, Any] = {
    "live": {
        "distribution_id": "E1",
        "play_url": "https://d1.cloudfront.net/live/index.m3u8",
        "regions": {
            where: {
                "region": region,
                "channel_id": number,
                "flow_arns": {"primary": f"{region}-flow-0", "backup": f"{region}-flow-1"},
                "origin": {
                    "kind": "s3",
                    "domain_name": f"b.s3.{region}.amazonaws.com",
                    "manifest_path": "/live/index.m3u8",
                },
            }
            for where, region, number in (("primary", "eu-central-1", "11"), ("secondary", "eu-west-1", "22"))
        },
    }
}


@dataclass
class Cloud:
    """Notes what it is told."""

    told: list[tuple[Any, ...]] = field(default_factory=list)

    def cut_flow(self, flow: str) -> dict[str, Any]:
        self.told.append(("cut", flow))
        return {}

    def mend_flow(self, flow: str) -> dict[str, Any]:
        self.told.append(("mend", flow))
        return {}

    def add_origin_fault(self, kind: str, **settings: Any) -> dict[str, Any]:
        self.told.append((kind, *settings.values()))
        return {"id": f"origin-{len(self.told)}"}

    def clear_origin_faults(self, identifier: str = "") -> list[str]:
        self.told.append(("clear", identifier))
        return [identifier]

    def add_fault(self, kind: str, **settings: Any) -> dict[str, Any]:
        self.told.append((kind, *settings.values()))
        return {"id": f"fault-{len(self.told)}"}

    def clear_faults(self, identifier: str | None = None) -> list[str]:
        self.told.append(("clear", identifier))
        return []

    def edges(self) -> list[dict[str, Any]]:
        return [{"id": "E1", "https": "https://127.0.0.1:4433", "ca_file": "ca.pem"}]


@dataclass
class Aws:
    """Stands for headend.aws.Aws, and for MediaLive's client: schedules by channel, in the order of actions."""

    schedule: list[dict[str, Any]] = field(default_factory=list)
    state: str = "RUNNING"
    regions: list[str] = field(default_factory=list)

    def client(self, _service: str, region: str) -> Aws:
        self.regions.append(region)
        return self

    def describe_channel(self, **_: str) -> dict[str, Any]:
        self.state = {"STOPPING": "IDLE", "STARTING": "RUNNING"}.get(self.state, self.state)
        return {"State": self.state}

    def stop_channel(self, **_: str) -> None:
        self.state = "STOPPING"

    def start_channel(self, **_: str) -> None:
        self.state = "STARTING"

    def get_paginator(self, _operation: str) -> Aws:
        return self

    def paginate(self, **_: str) -> Iterator[dict[str, Any]]:
        yield {"ScheduleActions": list(self.schedule)}

    def batch_update_schedule(self, **asked: Any) -> None:
        self.schedule += asked["Creates"]["ScheduleActions"]

    def paused(self) -> list[list[str]]:
        settings = [one["ScheduleActionSettings"]["PauseStateSettings"] for one in self.schedule]
        return [[pipeline["PipelineId"] for pipeline in one.get("Pipelines", [])] for one in settings]


def levers(cloud: Cloud | None, aws: Aws | None = None, said: list[str] | None = None) -> DeployedLevers:
    spoken = said if said is not None else []

    def prefer(region: str) -> str | None:
        before = spoken[-1] if spoken else None
        spoken.append(region)
        return before

    return DeployedLevers(read(OUTPUTS), aws or Aws(), cloud, prefer, 2.0, lambda _seconds: None)  # type: ignore[arg-type]


def test_each_fault_of_the_local_cloud_is_mended_once() -> None:
    cloud = Cloud()
    hand = levers(cloud)
    for broken in (
        lambda: hand.lose_source("secondary", 1),
        lambda: hand.break_origin("primary", "hang"),
        lambda: hand.lose_region("primary"),
    ):
        undo = broken()
        undo()
        undo()
    assert cloud.told == [
        ("cut", "eu-west-1-flow-1"),
        ("mend", "eu-west-1-flow-1"),
        ("hang", "b.s3.eu-central-1.amazonaws.com"),
        ("clear", "origin-3"),
        ("unreachable", "eu-central-1"),
        ("region-gone", "eu-central-1"),
        ("clear", "fault-6"),
        ("clear", "origin-5"),
    ]


def test_a_pause_keeps_what_is_paused_already() -> None:
    aws = Aws()
    hand = levers(None, aws)
    outer = hand.pause("secondary", 1)
    inner = hand.pause("secondary", 0)
    inner()
    outer()
    assert aws.paused() == [["PIPELINE_1"], ["PIPELINE_0", "PIPELINE_1"], ["PIPELINE_1"], []]
    assert set(aws.regions) == {"eu-west-1"}
    assert len({one["ActionName"] for one in aws.schedule}) == 4


def test_a_channel_that_is_not_on_air_is_not_paused() -> None:
    with pytest.raises(HeadendError, match="channel 11 is IDLE"):
        levers(None, Aws(state="IDLE")).pause("primary", 0)


def test_a_channel_that_is_stopped_is_started_again_and_waited_for() -> None:
    aws = Aws()
    start = levers(None, aws).stop("primary")
    assert aws.state == "IDLE"
    start()
    start()
    assert aws.state == "RUNNING"


def test_a_channel_that_does_not_settle_is_named() -> None:
    class Stuck(Aws):
        def describe_channel(self, **_: str) -> dict[str, Any]:
            return {"State": "STOPPING"}

    with pytest.raises(HeadendError, match="channel 22 in eu-west-1 is STOPPING, not IDLE"):
        levers(None, Stuck()).stop("secondary")


def test_a_planned_switch_goes_back_to_what_was_preferred() -> None:
    said: list[str] = []
    levers(None, said=said).prefer("secondary")()
    assert said == ["eu-west-1", "auto"]
    said = ["eu-central-1"]
    levers(None, said=said).prefer("secondary")()
    assert said == ["eu-central-1", "eu-west-1", "eu-central-1"]


def test_on_aws_nothing_is_broken_that_aws_does_not_offer() -> None:
    hand = levers(None)
    for broken in (lambda: hand.lose_source("primary", 0), lambda: hand.lose_region("primary")):
        with pytest.raises(
            UsageError, match="only on the local cloud; on AWS there are the drills pause, stop and switch"
        ):
            broken()


def test_players_find_the_edge_of_the_local_cloud_and_that_of_aws() -> None:
    live = read(OUTPUTS)
    assert address(live, None) == Address("https://d1.cloudfront.net/live/index.m3u8")
    assert address(live, Cloud()) == Address("https://127.0.0.1:4433/live/index.m3u8", "ca.pem")
    other = read({"live": {**OUTPUTS["live"], "distribution_id": "E2"}})
    with pytest.raises(HeadendError, match="serves no distribution E2"):
        address(other, Cloud())


@pytest.mark.parametrize(
    ("outputs", "says"),
    [
        ({}, "no live; set `live` in config.yaml"),
        ({"live": {**OUTPUTS["live"], "regions": {}}}, "live.regions.primary: Field required"),
    ],
)
def test_outputs_of_another_form_are_refused_with_what_to_do(outputs: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(outputs)
    assert says in str(refused.value)
