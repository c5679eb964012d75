"""What is rehearsed: each way in which a part of a two-Region workflow dies, or is taken away on purpose.

Times are in segments. `takes_over` says who serves viewers meanwhile: another Region, the other pipeline, nobody else,
because it is not to be seen at all, or anybody, because there is nobody left to choose from. It depends on the origin:
MediaPackage joins the pipelines of its Region by itself, buckets have them side by side.

Source: https://aws.amazon.com/blogs/media/part1-how-to-set-up-a-resilient-end-to-end-live-workflow/ (failover paths)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from headend.errors import UsageError

Where = Literal["primary", "secondary"]
TakesOver = Literal["region", "pipeline", "nobody", "anybody"]
Undo = Callable[[], None]
HOLD_SEGMENTS = 8.0
BLIP_SECONDS = 2.0
DRAIN_SEGMENTS = 5.0
"""How long viewers of the primary Region have to leave it before it is stopped."""


class Levers(Protocol):
    """How things are broken. Each returns what mends it again; mending twice does no harm."""

    def lose_source(self, where: Where, pipeline: int) -> Undo:
        """Nothing comes any more to the flow that feeds a pipeline."""

    def break_origin(self, where: Where, kind: str) -> Undo:
        """The origin refuses connections (`refuse`), or takes requests and does not answer (`hang`)."""

    def lose_region(self, where: Where) -> Undo:
        """Nothing answers in a whole Region."""

    def pause(self, where: Where, pipeline: int) -> Undo:
        """Pause a pipeline by the channel's schedule."""

    def prefer(self, where: Where) -> Undo:
        """Let viewers be served from this Region first; mending leaves it to the edge again."""

    def stop(self, where: Where) -> Undo:
        """Stop a Region's channel; mending starts it and waits until it runs."""

    def wait(self, segments: float) -> None:
        """Let viewers play so many segments."""


@dataclass(frozen=True)
class Scenario:
    """One path. `hold` segments pass between breaking and mending, or `hold_seconds`."""

    name: str
    title: str
    what: str
    begin: Callable[[Levers], list[Undo]]
    takes_over: Mapping[str, TakesOver]
    fails_back: bool = True
    hold: float = HOLD_SEGMENTS
    hold_seconds: float = 0.0

    def seconds(self, segment_seconds: float) -> float:
        """How long it stays broken."""
        return self.hold_seconds or self.hold * segment_seconds


def _both(action: Callable[[Levers, Where], Undo]) -> Callable[[Levers], list[Undo]]:
    return lambda levers: [action(levers, "primary"), action(levers, "secondary")]


def _stop_prepared(levers: Levers) -> list[Undo]:
    back = levers.prefer("secondary")
    try:
        levers.wait(DRAIN_SEGMENTS)
        return [back, levers.stop("primary")]
    except BaseException:
        back()
        raise


SCENARIOS: Mapping[str, Scenario] = {
    one.name: one
    for one in (
        Scenario(
            "source",
            "A source is lost in one pipeline",
            "Nothing comes to the flow of pipeline 0 in the primary Region. Its output pauses, its manifests go, and "
            "the edge takes the same names from the other Region.",
            lambda levers: [levers.lose_source("primary", 0)],
            {"s3": "region", "mediapackage": "nobody"},
        ),
        Scenario(
            "source-everywhere",
            "A source is lost in the same pipeline of both Regions",
            "Nothing comes to the flows of pipeline 0 in either Region. Soon no origin has its manifests (one may "
            "go a moment before the other): players go to the renditions of pipeline 1, and stay there.",
            _both(lambda levers, where: levers.lose_source(where, 0)),
            {"s3": "pipeline", "mediapackage": "nobody"},
            fails_back=False,
        ),
        Scenario(
            "origin-refused",
            "The origin refuses",
            "The primary Region's origin refuses connections.",
            lambda levers: [levers.break_origin("primary", "refuse")],
            {"s3": "region", "mediapackage": "region"},
        ),
        Scenario(
            "origin-hanging",
            "The origin hangs",
            "The primary Region's origin takes requests and does not answer: the edge's read timeout decides.",
            lambda levers: [levers.break_origin("primary", "hang")],
            {"s3": "region", "mediapackage": "region"},
        ),
        Scenario(
            "region",
            "A Region is gone",
            "Nothing answers in the primary Region: the edge's connection timeout decides.",
            lambda levers: [levers.lose_region("primary")],
            {"s3": "region", "mediapackage": "region"},
        ),
        Scenario(
            "blip",
            "Both origins refuse for 2 s",
            "Both origins refuse connections for 2 s. Players try other renditions, and go on with what answers. "
            "Errors that are cached for longer would end the stream for good.",
            _both(lambda levers, where: levers.break_origin(where, "refuse")),
            {"s3": "anybody", "mediapackage": "anybody"},
            fails_back=False,
            hold_seconds=BLIP_SECONDS,
        ),
        Scenario(
            "switch",
            "A planned switch",
            "An operator prefers the secondary Region, and then leaves it to the edge again.",
            lambda levers: [levers.prefer("secondary")],
            {"s3": "region", "mediapackage": "region"},
        ),
        Scenario(
            "pause",
            "A pipeline is paused",
            "Pipeline 0 of the primary Region is paused by the channel's schedule.",
            lambda levers: [levers.pause("primary", 0)],
            {"s3": "region", "mediapackage": "nobody"},
        ),
        Scenario(
            "stop",
            "A Region is stopped after a planned switch",
            "Viewers are moved to the secondary Region, then the primary Region's channel is stopped, which ends its "
            "manifests. It is started again, and the edge is left to itself.",
            _stop_prepared,
            {"s3": "region", "mediapackage": "region"},
            hold=HOLD_SEGMENTS + DRAIN_SEGMENTS,
        ),
        Scenario(
            "stop-unprepared",
            "A Region is stopped while viewers are there",
            "The primary Region's channel is stopped and nobody was moved: its manifests end, and so do players. What "
            "a planned switch is for.",
            lambda levers: [levers.stop("primary")],
            {"s3": "region", "mediapackage": "region"},
        ),
    )
}


def find(name: str) -> Scenario:
    """A scenario by its name. Raises UsageError that lists them."""
    if name not in SCENARIOS:
        raise UsageError(f"{name}: no such path; there are: {', '.join(SCENARIOS)}")
    return SCENARIOS[name]
