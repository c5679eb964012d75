"""`headend verify …`: checks of what is on air."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from headend import console
from headend.errors import HeadendError

app = typer.Typer(no_args_is_help=True, help="Check what is on air: epoch, manifest.")

Env = Annotated[str, typer.Option("--env", "-e", help="A folder under envs/, or a path to a root module.")]
AsJson = Annotated[bool, typer.Option("--json", help="For another program to read.")]


@app.command()
def epoch(env: Env, json_: AsJson = False) -> None:
    """Check that all pipelines of both Regions number their segments by the epoch, alike, and are locked."""
    _verify("epoch", env, json_=json_)


@app.command()
def manifest(env: Env, json_: AsJson = False) -> None:
    """Check that the manifest in each origin names what the channels make, and is the same in both Regions."""
    _verify("manifest", env, json_=json_)


def _verify(what: str, env: str, *, json_: bool) -> None:
    from headend.live_outputs import read
    from headend.session import session_of
    from headend.verify.live import verify

    session = session_of(env, console.tell)
    session.init()
    live = read(session.terraform.output())
    console.tell(f"reading {what} of {' and '.join(region.region for region in live.regions.both())}")
    findings = verify(what, live, session.aws)
    if json_:
        console.out.print(json.dumps([one.as_json() for one in findings], indent=2), markup=False)
    else:
        for one in findings:
            line = f"{'ok    ' if one.ok else 'FAILED'} {one.check}: {one.place}: {one.detail}"
            console.out.print(line, markup=False)
    failed = [one for one in findings if not one.ok]
    if failed:
        worst = f"{failed[0].place}: {failed[0].detail}"
        raise HeadendError(f"verify {what}: {len(failed)} of {len(findings)} checks failed: {worst}")
