"""Plays scenes in front of a player, one after the other, and says what the viewers saw.

A scene begins when the player plays steadily, and the next one when the first origin serves again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from headend.drill import findings
from headend.drill.player import Player, Report
from headend.drill.scenes import OTHER_PIPELINE, OTHER_REGION, Scene, Stage
from headend.errors import HeadendError

STEADY_SEGMENTS = 4
SETTLED_SEGMENTS = 2
LONGEST = 15
"""Durations of a segment that a player has to begin, and the first origin to come back."""
LOOK_SECONDS = 0.1

Wait = Callable[[float], None]


@dataclass(frozen=True)
class Result:
    """What one scene was like. Times in seconds; `failover` and `failback` are None when there was none."""

    scene: str
    segment_seconds: float
    problems: tuple[str, ...]
    longest_stall_ms: float
    failover: float | None
    failback: float | None
    origins: tuple[str, ...]
    report: Report = field(repr=False, compare=False)

    @property
    def passed(self) -> bool:
        """Whether the viewers noticed nothing, and everything came as expected."""
        return not self.problems

    @property
    def failover_segments(self) -> float | None:
        """Time to failover in durations of a segment."""
        return None if self.failover is None else self.failover / self.segment_seconds

    @property
    def failback_segments(self) -> float | None:
        """Time to fail-back in durations of a segment."""
        return None if self.failback is None else self.failback / self.segment_seconds


class Runner:
    """Plays scenes on one stage. `player` makes a new player of the workflow's URL."""

    def __init__(
        self, stage: Stage, player: Callable[[], Player], segment_seconds: float, wait: Wait = time.sleep
    ) -> None:
        self._stage = stage
        self._player = player
        self._seconds = segment_seconds
        self._wait = wait

    def play(self, scene: Scene) -> Result:
        """Play a scene. Raises HeadendError when the player does not begin to play."""
        player = self._player().start()
        try:
            self._until(lambda: len(player.report.segments) >= STEADY_SEGMENTS, player)
            if len(player.report.segments) < STEADY_SEGMENTS:
                raise HeadendError(f"{scene.name}: nothing is played before it begins: see the timeline")
            began = player.elapsed
            undo = scene.begin(self._stage)
            try:
                self._wait(scene.segments * self._seconds)
            finally:
                mended = player.elapsed
                undo()
            first = player.report.segments[0].origin
            self._until(lambda: _settled(player.report, first, mended), player)
        finally:
            report = player.stop()
        return self._result(scene, report, began, mended)

    def _until(self, condition: Callable[[], bool], player: Player) -> None:
        limit = player.elapsed + LONGEST * self._seconds
        while not condition() and player.elapsed < limit:
            self._wait(LOOK_SECONDS)

    def _result(self, scene: Scene, report: Report, began: float, mended: float) -> Result:
        over = findings.failover_seconds(report, began)
        back = findings.failback_seconds(report, mended)
        problems = findings.problems(report, self._seconds)
        expected = scene.expected(self._stage)
        if expected == OTHER_REGION and over is None:
            problems.append("no other origin took over: was there a fault?")
        if expected == OTHER_PIPELINE and not [at for at, _, _ in report.switches if at >= began]:
            problems.append("the player stayed with its rendition: was there a fault?")
        if back is None:
            problems.append("the first origin did not come back")
        return Result(
            scene.name,
            self._seconds,
            tuple(problems),
            report.longest_stall,
            over,
            back,
            tuple(report.origins),
            report,
        )


def _settled(report: Report, first: str, since: float) -> bool:
    """Whether the first origin has served the last segments, all after `since`."""
    last = report.segments[-SETTLED_SEGMENTS:]
    return len(last) == SETTLED_SEGMENTS and all(one.origin == first and one.at >= since for one in last)
