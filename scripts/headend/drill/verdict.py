"""What viewers saw of a fault: who served which segment, how soon somebody else did, and whether it was seamless.

Times are seconds since the player began.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from headend.drill.findings import problems
from headend.drill.player import Played, Report
from headend.drill.scenarios import Scenario

ENOUGH_AFTER = 3
"""So many segments after the fault's end show that the stream goes on."""


@dataclass(frozen=True)
class Fault:
    """When something was broken, and mended, by a player's time."""

    began: float
    ended: float


@dataclass(frozen=True)
class Server:
    """Who served a segment: the edge's origin, and the pipeline that made it where names tell (`primary`, `backup`)."""

    origin: str
    pipeline: str

    def __str__(self) -> str:
        return f"{self.origin or 'unknown'}{f', {self.pipeline}' if self.pipeline else ''}"


@dataclass(frozen=True)
class Verdict:
    """What one player saw. Times in seconds, `None` where it did not happen; `faults` says what is not as it should be.

    `over`: from breaking to the first segment of another server (where the other pipeline is to take over: of that one,
    because one Region may notice a moment before the other). `back`: from mending to the first one of the server from
    before.
    """

    player: str
    longest_stall_ms: float
    skipped: tuple[int, ...]
    before: Server | None
    meanwhile: Server | None
    over: float | None
    back: float | None
    faults: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether viewers saw nothing, and all is as before."""
        return not self.faults

    def ratios(self, segment_seconds: float) -> tuple[float | None, float | None]:
        """`over` and `back` in segments."""
        return _ratio(self.over, segment_seconds), _ratio(self.back, segment_seconds)


def _ratio(seconds: float | None, segment_seconds: float) -> float | None:
    return None if seconds is None else seconds / segment_seconds


def server_of(one: Played) -> Server:
    """Who served a segment. The pipeline is the first part of the name, before `_`, where a bucket has both."""
    name = urlsplit(one.url).path.rpartition("/")[2]
    pipeline = name.partition("_")[0]
    return Server(one.origin, pipeline if pipeline in ("primary", "backup") else "")


def judge(player: str, report: Report, fault: Fault, scenario: Scenario, kind: str, segment_seconds: float) -> Verdict:
    """The verdict on what a player saw of a scenario with origins of that kind and segments of that duration."""
    # A page that begins to play may falter: what was over before anything was broken is no consequence.
    stalls = [one for one in report.stalls if one.at + one.milliseconds / 1000 > fault.began]
    report = dataclasses.replace(report, stalls=stalls)
    segments = sorted(report.segments, key=lambda one: one.at)
    before = [server_of(one) for one in segments if one.at < fault.began]
    usual = before[-1] if before else None
    others = [one for one in segments if one.at >= fault.began and server_of(one) != usual]
    if usual is not None and scenario.takes_over[kind] == "pipeline":
        others = [one for one in others if server_of(one).pipeline != usual.pipeline] or others
    changed = next(iter(others), None)
    again = next((one for one in segments if one.at >= fault.ended and server_of(one) == usual), None)
    if changed is None or (again is not None and again.at < changed.at):
        again = None
    verdict = Verdict(
        player,
        report.longest_stall,
        tuple(report.skipped),
        usual,
        server_of(changed) if changed else None,
        changed.at - fault.began if changed else None,
        again.at - fault.ended if again else None,
        (),
    )
    found = tuple(_faults(report, segments, fault, verdict, scenario, kind, segment_seconds))
    return Verdict(**{**verdict.__dict__, "faults": found})


def _faults(
    report: Report,
    segments: Sequence[Played],
    fault: Fault,
    seen: Verdict,
    scenario: Scenario,
    kind: str,
    segment_seconds: float,
) -> list[str]:
    if seen.before is None:
        return ["nothing was played before the fault"]
    found = problems(report, segment_seconds)
    if report.ended:
        found.append("the stream ended: a manifest has EXT-X-ENDLIST")
    after = [one for one in segments if one.at >= fault.ended]
    if len(after) < ENOUGH_AFTER:
        found.append(f"only {len(after)} segments were played after it was mended")
    if scenario.takes_over[kind] == "anybody":
        last = server_of(segments[-1])
        back = last.origin == seen.before.origin
        return found + ([] if back else [f"{last} serves at last, not {seen.before}: no automatic fail-back"])
    return found + _who(seen, scenario, kind)


def _who(seen: Verdict, scenario: Scenario, kind: str) -> list[str]:
    wanted = scenario.takes_over[kind]
    usual, now = seen.before, seen.meanwhile
    if usual is not None and not (usual.pipeline if wanted == "pipeline" else usual.origin):
        return []  # a browser is not told, where the edge does not let pages read who served
    if wanted == "nobody":
        return [] if now is None else [f"{now} served instead of {usual}: it was not to be seen"]
    if now is None or usual is None:
        return [f"{usual} went on serving: nothing took over"]
    if wanted == "region" and now.origin == usual.origin:
        return [f"{now} took over, not the other Region"]
    if wanted == "pipeline" and now.pipeline == usual.pipeline:
        return [f"{now} took over, not the other pipeline"]
    if scenario.fails_back and seen.back is None:
        return [f"{usual} does not serve again: no automatic fail-back"]
    return []
