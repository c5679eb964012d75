"""One drill: players watch, something breaks, is mended, and what they saw is judged."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from headend.drill.player import Report
from headend.drill.scenarios import Levers, Scenario, Undo
from headend.drill.verdict import Fault, Server, Verdict, judge, server_of
from headend.errors import HeadendError

BEFORE = 5
"""Segments that every player takes before anything is broken."""
AFTER = 5
"""And after it was mended and the usual server is back."""
PATIENCE = 20.0
"""Segments for which is waited for either."""
LOOK_SECONDS = 0.05


class Watcher(Protocol):
    """A player. `report` is what it has seen so far; its times count from when it began."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def report(self) -> Report:
        """What it has seen so far."""

    @property
    def elapsed(self) -> float:
        """Seconds since it began, as in its report."""

    def start(self) -> object:
        """Begin to play."""

    def stop(self) -> Report:
        """End, and tell all that was seen."""


@dataclass(frozen=True)
class Stage:
    """What is played on. `kind` of the origins, seconds of a segment, and who serves: origin id → Region.

    `weakened`: protections that were taken away for this drill, to see what they are for.
    """

    kind: str
    segment_seconds: float
    levers: Levers
    watchers: Sequence[Watcher]
    regions: dict[str, str] = field(default_factory=dict)
    weakened: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of a drill: per player its report, the fault by its time, and the verdict.

    `load`: processes that ran or waited in the last minute, for each core of this machine. Far above 1 the machine
    itself lets players wait.
    """

    scenario: Scenario
    stage: Stage
    started: datetime
    reports: dict[str, Report]
    faults: dict[str, Fault]
    verdicts: tuple[Verdict, ...]
    load: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether no player saw anything."""
        return all(one.ok for one in self.verdicts)


def run(
    scenario: Scenario,
    stage: Stage,
    tell: Callable[[str], None],
    *,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Play one scenario. Whatever happens, what was broken is mended, and the players are ended.

    Raises HeadendError where nothing plays before the fault.
    """
    started = datetime.now(UTC)
    watch = _Watch(stage, now, sleep)
    undo: list[Undo] = []
    try:
        watch.begin()
        tell(f"{len(stage.watchers)} players: waiting for {BEFORE} segments")
        watch.until(lambda report: len(report.segments) >= BEFORE, PATIENCE)
        watch.require_played()
        usual = {one.name: server_of(one.report.segments[-1]) for one in stage.watchers}
        tell(f"breaking: {scenario.title}")
        began, broke = watch.elapsed(), now()
        undo = scenario.begin(stage.levers)
        sleep(max(0.0, scenario.seconds(stage.segment_seconds) - (now() - broke)))
        _mend(undo)
        ended = watch.elapsed()
        tell(f"mended after {now() - broke:.1f} s: waiting for the usual server")
        watch.settled(ended, usual if scenario.fails_back else {})
    finally:
        try:
            _mend(undo)
        finally:
            reports = watch.end()
    faults = {name: Fault(began[name], ended[name]) for name in reports}
    seconds = stage.segment_seconds
    verdicts = [judge(name, reports[name], faults[name], scenario, stage.kind, seconds) for name in reports]
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    return Outcome(scenario, stage, started, reports, faults, tuple(verdicts), load)


def _mend(undo: list[Undo]) -> None:
    """Mend all, the last first, even when one cannot be mended; the first error is raised at the end."""
    failed: Exception | None = None
    while undo:
        try:
            undo.pop()()
        except (HeadendError, BotoCoreError, ClientError) as error:
            failed = failed or error
    if failed:
        raise failed


class _Watch:
    """The players of a stage, and waiting for what they see."""

    def __init__(self, stage: Stage, now: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._stage = stage
        self._now = now
        self._sleep = sleep
        self._begun: list[Watcher] = []

    def begin(self) -> None:
        for one in self._stage.watchers:
            self._begun.append(one)
            one.start()

    def end(self) -> dict[str, Report]:
        return {one.name: one.stop() for one in self._begun}

    def elapsed(self) -> dict[str, float]:
        """By each player's own time: a browser takes a while to begin."""
        return {one.name: one.elapsed for one in self._begun}

    def until(self, condition: Callable[[Report], bool], segments: float) -> None:
        """Wait until the condition holds for every player, or so many segments long."""
        deadline = self._now() + segments * self._stage.segment_seconds
        while self._now() < deadline and not all(condition(one.report) for one in self._stage.watchers):
            self._sleep(LOOK_SECONDS)

    def require_played(self) -> None:
        for one in self._stage.watchers:
            if len(one.report.segments) < BEFORE:
                told = one.report.requests[-1] if one.report.requests else None
                last = f"; its last request: {told.status} for {told.url}" if told else ""
                raise HeadendError(
                    f"{one.name} has played {len(one.report.segments)} segments: nothing is on air{last}; "
                    "`headend live start` starts the workflow, `headend verify epoch` says what is wrong"
                )

    def settled(self, ended: Mapping[str, float], usual: Mapping[str, Server]) -> None:
        """Wait until every player has taken enough since, from who usually serves where that is given."""
        deadline = self._now() + PATIENCE * self._stage.segment_seconds
        while self._now() < deadline:
            if all(self._calm(one, ended[one.name], usual.get(one.name)) for one in self._stage.watchers):
                return
            self._sleep(LOOK_SECONDS)

    def _calm(self, one: Watcher, ended: float, usual: Server | None) -> bool:
        since = [segment for segment in list(one.report.segments) if segment.at >= ended]
        if usual is not None:
            since = [segment for segment in since if server_of(segment) == usual]
        return len(since) >= AFTER
