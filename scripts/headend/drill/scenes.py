"""What can happen to a two-Region workflow in a drill: how it begins, how it ends, and what is expected of the viewers'
side.

Sources: https://aws.amazon.com/blogs/media/part1-how-to-set-up-a-resilient-end-to-end-live-workflow/ (failover paths),
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from headend.live_outputs import LiveOutputs

FEEDS = ("a", "b")
"""The feeds: `a` sends to the flows of pipeline 0 in both Regions, `b` to those of pipeline 1."""

Undo = Callable[[], None]
Expected = Literal["nothing", "other-region", "other-pipeline"]
NOTHING: Final = "nothing"
OTHER_REGION: Final = "other-region"
OTHER_PIPELINE: Final = "other-pipeline"


class Controls(Protocol):
    """What of a local cloud is needed here; LocalCloud has it."""

    def start_feed(self, name: str, flows: list[str], **settings: Any) -> dict[str, Any]:
        """Let a feed send to flows."""

    def end_feed(self, name: str) -> dict[str, Any]:
        """Let it send no more."""

    def cut_flow(self, flow: str) -> dict[str, Any]:
        """Cut the way to one flow."""

    def mend_flow(self, flow: str) -> dict[str, Any]:
        """Mend it."""

    def add_origin_fault(self, kind: str, **settings: Any) -> dict[str, Any]:
        """Begin a fault of an origin."""

    def clear_origin_faults(self, identifier: str = "") -> list[str]:
        """End it."""

    def add_fault(self, kind: str, **settings: Any) -> dict[str, Any]:
        """Begin a fault of services."""

    def clear_faults(self, identifier: str | None = None) -> list[str]:
        """End it."""

    def client(self, service: str, region: str | None = None) -> Any:
        """A client of an AWS service."""


@dataclass(frozen=True)
class Stage:
    """Where a drill is played. `prefer(Region)` lets viewers be served from it first, `auto` from the usual one."""

    cloud: Controls
    live: LiveOutputs
    prefer: Callable[[str], None]

    def feed_flows(self, pipeline: int) -> list[str]:
        """The flows of a pipeline in both Regions."""
        return [one.flow_arns.of(pipeline) for one in self.live.regions.both()]


@dataclass(frozen=True)
class Scene:
    """One drill. `segments` is how long it lasts, in durations of a segment.

    `with_s3` and `with_mediapackage` say what takes over with either kind of origin: MediaPackage joins the pipelines
    of its Region, so that one is enough.
    """

    name: str
    text: str
    begin: Callable[[Stage], Undo]
    segments: float
    with_s3: Expected
    with_mediapackage: Expected

    def expected(self, stage: Stage) -> Expected:
        """What takes over on a stage."""
        return self.with_s3 if stage.live.regions.primary.origin.kind == "s3" else self.with_mediapackage


def start_feeds(stage: Stage) -> None:
    """Let both feeds send."""
    for pipeline, name in enumerate(FEEDS):
        stage.cloud.start_feed(name, stage.feed_flows(pipeline))


def _source_lost(stage: Stage) -> Undo:
    flow = stage.live.regions.primary.flow_arns.of(0)
    stage.cloud.cut_flow(flow)
    return lambda: _done(stage.cloud.mend_flow(flow))


def _source_lost_twice(stage: Stage) -> Undo:
    stage.cloud.end_feed(FEEDS[0])
    return lambda: _done(stage.cloud.start_feed(FEEDS[0], stage.feed_flows(0)))


def _origins(kind: str, *, both: bool = False) -> Callable[[Stage], Undo]:
    def begin(stage: Stage) -> Undo:
        regions = stage.live.regions.both() if both else (stage.live.regions.primary,)
        made = [stage.cloud.add_origin_fault(kind, host=one.origin.domain_name)["id"] for one in regions]
        return lambda: _done([stage.cloud.clear_origin_faults(one) for one in made])

    return begin


def _region_gone(stage: Stage) -> Undo:
    made = stage.cloud.add_fault("region-gone", region=stage.live.regions.primary.region)["id"]
    return lambda: _done(stage.cloud.clear_faults(made))


def _planned_switch(stage: Stage) -> Undo:
    stage.prefer(stage.live.regions.secondary.region)
    return lambda: stage.prefer("auto")


def _pause(stage: Stage) -> Undo:
    place = stage.live.regions.primary
    client = stage.cloud.client("medialive", place.region)

    def ask(name: str, pipelines: list[dict[str, str]]) -> None:
        action = {
            "ActionName": name,
            "ScheduleActionSettings": {"PauseStateSettings": {"Pipelines": pipelines} if pipelines else {}},
            "ScheduleActionStartSettings": {"ImmediateModeScheduleActionStartSettings": {}},
        }
        client.batch_update_schedule(ChannelId=place.channel_id, Creates={"ScheduleActions": [action]})

    def undo() -> None:
        ask("drill-go-on", [])
        client.batch_update_schedule(
            ChannelId=place.channel_id, Deletes={"ActionNames": ["drill-pause", "drill-go-on"]}
        )

    ask("drill-pause", [{"PipelineId": "PIPELINE_0"}])
    return undo


def _done(_: object) -> None:
    """What a call answers is of no interest."""


SCENES = (
    Scene("source-lost", "one pipeline's source is lost in the first Region", _source_lost, 6, OTHER_REGION, NOTHING),
    Scene(
        "source-lost-twice",
        "the same pipeline's source is lost in both Regions",
        _source_lost_twice,
        6,
        OTHER_PIPELINE,
        NOTHING,
    ),
    Scene(
        "origin-refused",
        "the first Region's origin refuses connections",
        _origins("refuse"),
        6,
        OTHER_REGION,
        OTHER_REGION,
    ),
    Scene(
        "origin-hanging", "the first Region's origin does not answer", _origins("hang"), 6, OTHER_REGION, OTHER_REGION
    ),
    Scene("region-gone", "the first Region is gone", _region_gone, 6, OTHER_REGION, OTHER_REGION),
    Scene(
        "both-refuse",
        "both origins refuse connections for the time of a segment",
        _origins("refuse", both=True),
        1,
        NOTHING,
        NOTHING,
    ),
    Scene("planned-switch", "viewers are moved to the second Region", _planned_switch, 6, OTHER_REGION, OTHER_REGION),
    Scene("pause", "a pipeline is paused in the first Region", _pause, 6, OTHER_REGION, NOTHING),
)
"""All of them, by the order in which they are played."""


def named(name: str) -> Scene:
    """The scene of a name. Raises KeyError with the names that there are."""
    for scene in SCENES:
        if scene.name == name:
            return scene
    raise KeyError(f"no scene {name}; there are: {', '.join(scene.name for scene in SCENES)}")
