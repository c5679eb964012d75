"""Drills in a time that the test makes pass: a stage whose player plays what a script says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from headend.drill.player import Played, Report, Stall
from headend.drill.scenarios import Undo, Where

SECONDS = 2.0
FIRST = 1000


@dataclass
class Clock:
    """Time passes by sleeping, a little at a time; `each` is called every time."""

    now: float = 100.0
    each: list[Callable[[], object]] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now = min(until, self.now + 0.05)
            for one in self.each:
                one()


@dataclass
class Levers:
    """What is broken now, by name, and all that was done, in order."""

    clock: Clock
    broken: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)

    def _break(self, name: str) -> Undo:
        self.broken.add(name)
        self.done.append(name)

        def mend() -> None:
            if name in self.broken:
                self.broken.discard(name)
                self.done.append(f"mended {name}")

        return mend

    def lose_source(self, where: Where, pipeline: int) -> Undo:
        return self._break(f"source {where} {pipeline}")

    def break_origin(self, where: Where, kind: str) -> Undo:
        return self._break(f"{kind} {where}")

    def lose_region(self, where: Where) -> Undo:
        return self._break(f"region {where}")

    def pause(self, where: Where, pipeline: int) -> Undo:
        return self._break(f"pause {where} {pipeline}")

    def prefer(self, where: Where) -> Undo:
        return self._break(f"prefer {where}")

    def stop(self, where: Where) -> Undo:
        return self._break(f"stop {where}")

    def wait(self, segments: float) -> None:
        self.clock.sleep(segments * SECONDS)


@dataclass
class Viewer:
    """A player that takes a segment every two seconds; `serves` says from whom: (origin, base name), or None."""

    clock: Clock
    serves: Callable[[], tuple[str, str] | None]
    name: str = "viewer"
    zero: float = 0.0
    seen: Report = field(default_factory=Report)
    playing: bool = False
    ended: bool = False
    skew: float = 0.0
    late: float = 0.0
    """Seconds until it begins, as a browser takes."""

    def start(self) -> None:
        self.zero, self.playing = self.clock.now + self.late, True
        self.clock.each.append(self.play)

    @property
    def report(self) -> Report:
        return self.seen

    @property
    def elapsed(self) -> float:
        return self.clock.now - self.zero

    def play(self) -> None:
        while self.playing and self.next_at <= self.clock.now - self.zero:
            at = self.next_at
            served = self.serves()
            if served is None:
                self.seen.stalls.append(Stall(at, SECONDS * 1000, FIRST + len(self.seen.segments)))
                self.skew += SECONDS
                continue
            number = FIRST + len(self.seen.segments)
            url = f"https://edge/live/{served[1]}_high_{number}.ts"
            self.seen.segments.append(Played(number, url, served[0], round(number * SECONDS * 90_000), at))

    @property
    def next_at(self) -> float:
        return len(self.seen.segments) * SECONDS + self.skew

    def stop(self) -> Report:
        found, self.ended, self.playing = self.report, True, False
        return found


def ideal(levers: Levers) -> tuple[str, str] | None:
    """Who serves where every protection works."""
    if "source secondary 0" in levers.broken:
        return "primary", "backup"
    if levers.broken and not {"refuse primary", "refuse secondary"} <= levers.broken:
        return "secondary", "primary"
    return "primary", "primary"
