"""`headend live …`: a channel in two Regions, on air and off it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from headend import console
from headend.errors import UsageError
from headend.live_operations import LiveOperations

if TYPE_CHECKING:
    from headend.session import Session

app = typer.Typer(
    no_args_is_help=True, help="Take a live channel on air and off it: start, switch, pause, resume, stop."
)

Env = Annotated[str, typer.Option("--env", "-e", help="A folder under envs/, or a path to a root module.")]
Region = Annotated[str, typer.Option(help="One of the channel's two Regions.")]
OneRegion = Annotated[str | None, typer.Option(help="One of the channel's two Regions. Default: both.")]
Pipelines = Annotated[list[int] | None, typer.Option("--pipeline", min=0, max=1, help="0 or 1. Repeatable.")]


@app.command()
def start(
    env: Env,
    region: OneRegion = None,
    feeds: Annotated[
        int | None, typer.Option(min=1, max=2, help="How many feeds of a Region must be seen. Default: both.")
    ] = None,
) -> None:
    """Flows, feeds, channel, checks: one Region, or both, and then viewers are served by location."""
    _open(env).start(region, feeds)
    console.out.print(f"on air: {region or 'both Regions'}", markup=False)


@app.command()
def switch(env: Env, region: Region) -> None:
    """Serve all viewers from a Region first, once it has said that it is ready. The other one stays on air."""
    _open(env).switch(region)


@app.command()
def pause(env: Env, region: Region, pipeline: Pipelines = None) -> None:
    """Pause pipelines of a Region. What is paused already stays so."""
    if not pipeline:
        raise UsageError("live pause: say --pipeline 0, --pipeline 1 or both")
    _open(env).pause(region, pipeline)
    console.out.print(f"paused: {region}, pipeline {' and '.join(map(str, sorted(set(pipeline))))}", markup=False)


@app.command()
def resume(env: Env, region: Region, pipeline: Pipelines = None) -> None:
    """Un-pause a Region, or one of its pipelines."""
    _open(env).resume(region, pipeline or ())
    console.out.print(f"resumed: {region}", markup=False)


@app.command()
def stop(
    env: Env,
    region: OneRegion = None,
    clean_up: Annotated[bool, typer.Option("--clean-up", help="Empty the channel's schedule too.")] = False,
) -> None:
    """Move viewers to the other Region and take this one off air; both, where the programme is over."""
    _open(env).stop(region, clean_up=clean_up)
    console.out.print(f"off air: {region or 'both Regions'}", markup=False)


def feeds(
    env: Env, json_: Annotated[bool, typer.Option("--json", help="For another program to read.")] = False
) -> None:
    """Say where each contribution site sends to: the addresses of the four flows, the nearer Region first."""
    from headend.feeds import feeds as of_sites
    from headend.feeds import places_of
    from headend.live_outputs import read

    session = _session(env)
    live = session.config.live
    found = of_sites(
        read(session.terraform.output()), live.sites if live else {}, places_of(session.environment.root), session.aws
    )
    if json_:
        console.out.print(json.dumps([one.as_json() for one in found], indent=2), markup=False)
        return
    for one in found:
        console.out.print(str(one), markup=False)


def _open(env: str) -> LiveOperations:
    from headend.live_outputs import read
    from headend.prefer import preference as of_env

    session = _session(env)
    outputs = session.terraform.output()
    live = read(outputs)
    preference = of_env(session.aws, outputs, env)
    return LiveOperations(session.aws, live, preference, console.tell)


def _session(env: str) -> Session:
    """The environment, connected to its state."""
    from headend.session import session_of

    session = session_of(env, console.tell)
    session.init()
    return session
