"""`headend drill`: one path on a deployed workflow, once or several times, with a page for each run."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from platform import python_version
from typing import Any

import headend
from headend import live_outputs, prefer
from headend.drill import browser, report
from headend.drill.engine import Outcome, Stage, Watcher, run
from headend.drill.levers import DeployedLevers
from headend.drill.player import over_http
from headend.drill.readiness import await_whole
from headend.drill.scenarios import Scenario
from headend.drill.watchers import Address, address, browser_watcher, has_browser, python_watcher
from headend.live_outputs import LiveOutputs
from headend.local_access import state_file
from headend.local_feeds import fed
from headend.localcloud.launcher import LocalCloud
from headend.session import Session
from headend.verify.live import access, channels

PAGES = Path("build/drill")
BUSY = 2.0
"""A load for each core above which a stall may be the machine's."""


@dataclass(frozen=True)
class Rehearsal:
    """What a drill is played on. `cloud` is None on AWS."""

    live: LiveOutputs
    where: Address
    segment_seconds: float
    levers: DeployedLevers
    regions: Mapping[str, str]
    root: Path
    cloud: LocalCloud | None
    with_browser: bool
    weakened: tuple[str, ...] = ()

    def stage(self) -> Stage:
        """A stage with fresh players."""
        players: list[Watcher] = [python_watcher(self.where)]
        if self.with_browser:
            players.append(browser_watcher(self.where))
        kind = self.live.regions.primary.origin.kind
        return Stage(kind, self.segment_seconds, self.levers, players, dict(self.regions), self.weakened)


def prepare(session: Session, outputs: Mapping[str, Any], *, with_browser: bool) -> Rehearsal:
    """Find everything that a drill needs. Raises UsageError, HeadendError where something is not there.

    Without Chromium or hls.js the browser is left out, and said to be.
    """
    live = live_outputs.read(outputs)
    aws = session.aws
    cloud = LocalCloud.attach(state_file(session.environment.root)) if aws.is_local else None
    place = prefer.delivery(outputs, session.environment.name)
    regions = {"primary": place.regions[0], "secondary": place.regions[1]}

    def say(region: str) -> str | None:
        return prefer.Preference(prefer.store_client(aws), place).write(region)

    group = channels(live, access(aws))[0].groups[0]
    seconds = float(group.duration(group.outputs[0]))
    return Rehearsal(
        live,
        address(live, cloud),
        seconds,
        DeployedLevers(live, aws, cloud, say, seconds),
        regions,
        session.environment.root,
        cloud,
        with_browser and has_browser(session.tell),
        tuple(outputs.get("weakened_for_drill") or ()),
    )


def play(
    rehearsal: Rehearsal, scenario: Scenario, runs: int, tell: Callable[[str], None]
) -> Iterator[tuple[Outcome, Path]]:
    """Play a path so often; each outcome with its page. Raises HeadendError where the workflow is not whole before."""
    where = rehearsal.where
    with fed(rehearsal.live, rehearsal.cloud, tell):
        for number in range(1, runs + 1):
            await_whole(where.url, over_http(ca_file=where.ca_file), rehearsal.segment_seconds)
            outcome = run(scenario, rehearsal.stage(), tell)
            name = scenario.name if runs == 1 else f"{scenario.name}-{number}"
            page = rehearsal.root / PAGES / outcome.stage.kind / f"{name}.html"
            yield outcome, report.write(outcome, page, versions())


def lines(outcome: Outcome) -> Iterator[str]:
    """What a person reads of one run."""
    seconds = outcome.stage.segment_seconds
    for one in outcome.verdicts:
        over, back = one.ratios(seconds)
        told = [f"longest stall {one.longest_stall_ms:.0f} ms"]
        if one.over is not None and over is not None:
            told.append(f"somebody else after {one.over:.1f} s ({over:.2f} segments)")
        if one.back is not None and back is not None:
            told.append(f"back after {one.back:.1f} s ({back:.2f} segments)")
        yield f"{'ok    ' if one.ok else 'FAILED'} {one.player}: {', '.join(told)}"
        for fault in one.faults:
            yield f"       {fault}"
    if not outcome.ok and outcome.load > BUSY:
        yield f"       the machine had {outcome.load:.0f} times as much to do as it can: a stall may be its own"


def versions() -> dict[str, str]:
    """What made the page."""
    found = {"headend": headend.__version__, "Python": python_version()}
    if chromium := browser.chromium():
        told = subprocess.run([chromium, "--version"], capture_output=True, text=True, check=False).stdout.split()
        found["Chromium"] = next((word for word in told if word[:1].isdigit()), "unknown")
    return found
