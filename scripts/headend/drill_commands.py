"""`headend drill`: rehearse a failure."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from headend import console
from headend.errors import HeadendError, UsageError


def drill(
    path: Annotated[str | None, typer.Argument(help="What breaks. Without it: say what there is.")] = None,
    env: Annotated[str | None, typer.Option("--env", "-e", help="A folder under envs/, or a path to one.")] = None,
    runs: Annotated[int, typer.Option(min=1, help="How often, one after the other.")] = 1,
    with_browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="hls.js in Chromium too, where both are installed.")
    ] = True,
    json_: Annotated[bool, typer.Option("--json", help="For another program to read.")] = False,
) -> None:
    """Break a part of a running two-Region workflow while players watch, mend it, and say what viewers saw.

    Which protection each drill shows, and how to take it away: docs/how-to/rehearse-a-failover.md.
    """
    from headend.drill import scenarios

    if path is None:
        width = max(map(len, scenarios.SCENARIOS))
        for known in scenarios.SCENARIOS.values():
            console.out.print(f"{known.name:<{width}}  {known.title}", markup=False)
        return
    scenarios.find(path)
    if env is None:
        raise UsageError(f"drill {path}: say --env, which environment")
    _play(path, env, runs, with_browser=with_browser, json_=json_)


def _play(path: str, env: str, runs: int, *, with_browser: bool, json_: bool) -> None:
    from headend.drill import command, report, scenarios
    from headend.session import session_of

    session = session_of(env, console.tell)
    session.init()
    rehearsal = command.prepare(session, session.terraform.output(), with_browser=with_browser)
    figures, failed = [], 0
    for outcome, page in command.play(rehearsal, scenarios.find(path), runs, console.tell):
        figures.append(report.data(outcome))
        failed += not outcome.ok
        if not json_:
            for line in command.lines(outcome):
                console.out.print(line, markup=False)
        console.tell(f"report: {page}")
    if json_:
        console.out.print(json.dumps(figures, indent=2), markup=False)
    if failed:
        raise HeadendError(f"drill {path}: viewers noticed in {failed} of {runs} runs; the reports say what")
