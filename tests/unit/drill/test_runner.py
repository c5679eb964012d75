"""Scenes in front of a player that does what the test says, in a time that the test makes pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from headend.drill.player import Played, Report, Stall
from headend.drill.runner import Result, Runner
from headend.drill.scenes import SCENES, Stage, named, start_feeds
from headend.errors import HeadendError
from headend.live_outputs import LiveOutputs

EAST, WEST = "eu-central-1", "eu-west-1"


def live(kind: str = "s3") -> LiveOutputs:
    def region(name: str, channel: str) -> dict[str, Any]:
        return {
            "region": name,
            "channel_id": channel,
            "flow_arns": {"primary": f"{name}-0", "backup": f"{name}-1"},
            "origin": {"kind": kind, "domain_name": f"origin.{name}.example", "manifest_path": "/event/index.m3u8"},
        }

    return LiveOutputs.model_validate(
        {
            "regions": {"primary": region(EAST, "1"), "secondary": region(WEST, "2")},
            "distribution_id": "D",
            "play_url": "https://edge/event/index.m3u8",
        }
    )


class Cloud:
    """Notes what it is told to do."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self._numbers = iter(range(1, 100))

    def start_feed(self, name: str, flows: list[str], **_: Any) -> dict[str, Any]:
        self.told.append(("start_feed", name, flows))
        return {}

    def end_feed(self, name: str) -> dict[str, Any]:
        self.told.append(("end_feed", name))
        return {}

    def cut_flow(self, flow: str) -> dict[str, Any]:
        self.told.append(("cut", flow))
        return {}

    def mend_flow(self, flow: str) -> dict[str, Any]:
        self.told.append(("mend", flow))
        return {}

    def add_origin_fault(self, kind: str, **settings: Any) -> dict[str, Any]:
        self.told.append((kind, settings["host"]))
        return {"id": f"origin-{next(self._numbers)}"}

    def clear_origin_faults(self, identifier: str = "") -> list[str]:
        self.told.append(("clear", identifier))
        return [identifier]

    def add_fault(self, kind: str, **settings: Any) -> dict[str, Any]:
        self.told.append((kind, settings["region"]))
        return {"id": "fault-1"}

    def clear_faults(self, identifier: str | None = None) -> list[str]:
        self.told.append(("clear", identifier))
        return []

    def client(self, service: str, region: str | None = None) -> Any:
        told = self.told

        class Client:
            def batch_update_schedule(self, ChannelId: str, **asked: Any) -> None:  # noqa: N803 - as boto3 has it
                for action in asked.get("Creates", {}).get("ScheduleActions", []):
                    paused = action["ScheduleActionSettings"]["PauseStateSettings"].get("Pipelines", [])
                    told.append(("pause", region, ChannelId, [one["PipelineId"] for one in paused]))
                for name in asked.get("Deletes", {}).get("ActionNames", []):
                    told.append(("delete", name))

        return Client()


class Viewer:
    """A player that gets a segment every 2 s from whomever `origin(now)` names; None for nobody."""

    def __init__(self, origin: Callable[[float], str | None]) -> None:
        self.report = Report()
        self.elapsed = 0.0
        self.stopped = False
        self._origin = origin

    def start(self) -> Viewer:
        return self

    def stop(self) -> Report:
        self.stopped = True
        return self.report

    def wait(self, seconds: float) -> None:
        before, self.elapsed = self.elapsed, self.elapsed + seconds
        for number in range(int(before // 2) + 1, int(self.elapsed // 2) + 1):
            served = self._origin(2.0 * number)
            if served:
                pts = number * 180_000
                self.report.segments.append(Played(number, f"https://edge/{number}.ts", served, pts, 2.0 * number))


def play(
    name: str,
    origin: Callable[[float], str | None],
    kind: str = "s3",
    before: Callable[[Report], None] = lambda _: None,
) -> tuple[Result, Cloud]:
    cloud, viewer = Cloud(), Viewer(origin)
    before(viewer.report)
    stage = Stage(cloud, live(kind), lambda region: cloud.told.append(("prefer", region)))
    runner = Runner(stage, lambda: viewer, 2.0, viewer.wait)  # type: ignore[arg-type, return-value]
    result = runner.play(named(name))
    assert viewer.stopped
    return result, cloud


def test_an_origin_that_refuses_is_taken_over_for_and_comes_back() -> None:
    result, cloud = play("origin-refused", lambda now: "west" if 11 < now < 23 else "east")

    assert result.passed
    assert cloud.told == [("refuse", f"origin.{EAST}.example"), ("clear", "origin-1")]
    assert result.origins == ("east", "west", "east")
    assert result.failover_segments is not None
    assert 0 < result.failover_segments < 3
    assert result.failback_segments is not None
    assert 0 < result.failback_segments < 3


def test_a_fault_that_changes_nothing_is_no_passed_drill() -> None:
    result, _ = play("region-gone", lambda _: "east")

    assert result.problems == ("no other origin took over: was there a fault?",)


def test_with_mediapackage_one_pipeline_is_enough() -> None:
    assert play("source-lost", lambda _: "east", "mediapackage")[0].passed
    assert play("pause", lambda _: "east", "mediapackage")[0].passed
    assert not play("pause", lambda _: "east", "s3")[0].passed


def test_a_first_origin_that_does_not_come_back_is_a_problem() -> None:
    result, _ = play("planned-switch", lambda now: "west" if now > 11 else "east")

    assert result.problems == ("the first origin did not come back",)


def test_the_other_pipeline_is_another_rendition() -> None:
    def switched(report: Report) -> None:
        report.switches.append((12.0, "primary_hd.m3u8", "backup_hd.m3u8"))

    assert play("source-lost-twice", lambda _: "east", before=switched)[0].passed
    assert play("source-lost-twice", lambda _: "east")[0].problems == (
        "the player stayed with its rendition: was there a fault?",
    )


def test_a_stall_that_viewers_notice_is_a_problem() -> None:
    result, _ = play("both-refuse", lambda _: "east", before=lambda report: report.stalls.append(Stall(12.0, 300, 7)))

    assert result.problems == ("a stall of 300 ms at 12.0 s",)


def test_a_scene_is_undone_also_when_the_drill_is_broken_off() -> None:
    cloud, viewer = Cloud(), Viewer(lambda _: "east")
    stage = Stage(cloud, live(), lambda _: None)

    def wait(seconds: float) -> None:
        if cloud.told:
            raise KeyboardInterrupt
        viewer.wait(seconds)

    with pytest.raises(KeyboardInterrupt):
        Runner(stage, lambda: viewer, 2.0, wait).play(named("origin-hanging"))  # type: ignore[arg-type, return-value]

    assert cloud.told[-1] == ("clear", "origin-1")
    assert viewer.stopped


def test_a_drill_does_not_begin_where_nothing_is_played() -> None:
    with pytest.raises(HeadendError, match="pause: nothing is played before it begins"):
        play("pause", lambda _: None)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("source-lost", [("cut", f"{EAST}-0"), ("mend", f"{EAST}-0")]),
        ("source-lost-twice", [("end_feed", "a"), ("start_feed", "a", [f"{EAST}-0", f"{WEST}-0"])]),
        ("origin-hanging", [("hang", f"origin.{EAST}.example"), ("clear", "origin-1")]),
        ("region-gone", [("region-gone", EAST), ("clear", "fault-1")]),
        (
            "both-refuse",
            [
                ("refuse", f"origin.{EAST}.example"),
                ("refuse", f"origin.{WEST}.example"),
                ("clear", "origin-1"),
                ("clear", "origin-2"),
            ],
        ),
        ("planned-switch", [("prefer", WEST), ("prefer", "auto")]),
        (
            "pause",
            [
                ("pause", EAST, "1", ["PIPELINE_0"]),
                ("pause", EAST, "1", []),
                ("delete", "drill-pause"),
                ("delete", "drill-go-on"),
            ],
        ),
    ],
)
def test_each_scene_does_its_fault_and_undoes_it(name: str, told: list[tuple[Any, ...]]) -> None:
    assert play(name, lambda _: "east")[1].told == told


def test_every_scene_has_its_own_name_and_an_unknown_one_is_refused_with_all_of_them() -> None:
    assert len({scene.name for scene in SCENES}) == len(SCENES)
    with pytest.raises(KeyError, match="no scene flood; there are: source-lost, source-lost-twice"):
        named("flood")


def test_the_feeds_send_to_the_same_pipeline_in_both_regions() -> None:
    cloud = Cloud()
    start_feeds(Stage(cloud, live(), lambda _: None))

    assert cloud.told == [
        ("start_feed", "a", [f"{EAST}-0", f"{WEST}-0"]),
        ("start_feed", "b", [f"{EAST}-1", f"{WEST}-1"]),
    ]
