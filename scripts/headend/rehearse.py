"""`headend local rehearse`: what happens when a source fails, played end to end on the local cloud."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from headend import console
from headend.demonstration.screen import Screen
from headend.environments import repository_root
from headend.errors import UsageError
from headend.rehearsal import report
from headend.rehearsal.deployment import EXAMPLE, deployed
from headend.rehearsal.plays import BY_NAME, PLAYS, Play
from headend.rehearsal.runner import Result
from headend.rehearsal.runner import run as run_play

FOLDER = Path("build") / "rehearsal"
TABLE_WIDTH = 150


def run(
    names: Sequence[str] | None = None, module: Path = EXAMPLE, speed: float | None = None, *, as_json: bool = False
) -> int:
    """Play the scenarios called `names` (default: all) on one deployment of `module`, and show what came of each.

    `speed`: the clock runs so many seconds in a real one; None: it is stepped, and what functions take costs no time.
    Writes build/rehearsal/result.json. Returns 0, or 1 where an expectation failed. Raises UsageError for an unknown
    name, HeadendError where the deployment fails.
    """
    plays = wanted(names)
    root = repository_root()
    screen = Screen()
    results: list[Result] = []
    with deployed(root, module, root / FOLDER, console.tell, speed) as venue:
        for play in plays:
            console.tell(f"{play.name}: {play.title}")
            results.append(run_play(play, venue))
    clock = "stepped" if speed is None else f"{speed:g} seconds in a second"
    (root / FOLDER / "result.json").write_text(report.as_json(results, clock) + "\n", encoding="utf-8")
    _show(screen, results, clock, as_json=as_json)
    return 0 if all(result.ok for result in results) else 1


def wanted(names: Sequence[str] | None) -> list[Play]:
    """The plays called so, in the order of PLAYS; all without names. Raises UsageError for an unknown one."""
    for name in names or ():
        if name not in BY_NAME:
            raise UsageError(f"{name}: no such scenario; there are: {', '.join(BY_NAME)}")
    return [play for play in PLAYS if not names or play.name in names]


def _show(screen: Screen, results: Sequence[Result], clock: str, *, as_json: bool) -> None:
    if as_json:
        screen.console.print(report.as_json(results, clock), markup=False)
        return
    screen.title("What happened (the local cloud's clock)")
    if not screen.console.is_terminal:
        screen.console.width = TABLE_WIDTH
    screen.console.print(report.table(results))
    for line in report.failures(results):
        screen.line(f"FAILED {line}", "red")
    screen.line(f"Written to {FOLDER / 'result.json'}.", "dim")
