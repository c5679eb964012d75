"""`headend local feed`: somebody who sends to a live channel on the local cloud."""

from __future__ import annotations

from typing import Annotated

import typer

from headend import console


def feed(
    env: Annotated[
        str, typer.Option("--env", "-e", help="A folder under envs/, or a path to a root module.")
    ] = "local",
    end: Annotated[bool, typer.Option("--end", help="Send no more.")] = False,
) -> None:
    """Send a test picture to both pipelines of a live channel, in both Regions; with --end, no more."""
    from headend import live_outputs, local_feeds
    from headend.local_access import running_cloud
    from headend.session import session_of

    session = session_of(env, console.tell)
    cloud = running_cloud(session.environment.root)
    if end:
        ended = local_feeds.end(cloud)
        console.tell(f"ended: {', '.join(ended)}" if ended else "nobody sent")
        return
    session.init()
    if not local_feeds.start(live_outputs.read(session.terraform.output()), cloud, console.tell):
        console.tell("somebody sends to each pipeline already")
