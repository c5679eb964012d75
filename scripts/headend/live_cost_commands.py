"""`headend cost`: what an hour on air costs, and whether it fits into the account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headend import console
from headend.environments import find
from headend.errors import HeadendError, UsageError

if TYPE_CHECKING:
    from headend.config import Config
    from headend.live_cost import Event
    from headend.live_quotas import Use


def cost(
    env: Annotated[str, typer.Option("--env", "-e", help="A folder under envs/, or a path to a root module.")],
    viewers: Annotated[int, typer.Option(min=0, help="At the same time, all hour.")] = 0,
    viewer_bitrate: Annotated[int, typer.Option(min=0, help="Bits a second. Default: the best rendition.")] = 0,
    caches: Annotated[int, typer.Option(min=1, help="Caches of CloudFront that ask an origin for everything.")] = 1,
    contribution_bitrate: Annotated[
        int | None,
        typer.Option(min=1, help="Bits a second of each feed at most. Default: as configured, else 20 Mbit/s."),
    ] = None,
    kind: Annotated[str | None, typer.Option(help="mediapackage or s3. Default: as configured.")] = None,
    secondary_region: Annotated[str | None, typer.Option(help="Default: as configured.")] = None,
    quotas: Annotated[
        bool, typer.Option("--quotas/--no-quotas", help="Compare AWS's quotas with what is used.")
    ] = True,
    deployed: Annotated[bool, typer.Option("--deployed", help="It is there already: what is in use has it.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="For another program to read.")] = False,
) -> None:
    """Price an hour of both Regions before they are deployed, and compare quotas with what is in use."""
    from headend import live_cost, live_quotas, prices
    from headend.session import session_of

    environment = find(env)
    config = environment.config()
    event = _event(config, environment.root, kind, contribution_bitrate, viewers, viewer_bitrate, caches)
    known = prices.load()
    found = live_cost.cost(event, known)
    other = secondary_region or (config.live.secondary_region if config.live else None)
    assumed = list(_assumed(env, config, event, other))
    if not json_:
        for line in (*assumed, *live_cost.lines(found, known)):
            console.out.print(line, markup=False)
    uses: list[Use] = []
    if quotas:
        regions = [config.region, *([other] if other else [])]
        uses = live_quotas.against_use(regions, event.kind, session_of(env, console.tell).aws, adding=not deployed)
    if json_:
        shown = {**live_cost.data(found, known), "assumed": assumed, "quotas": [one.as_json() for one in uses]}
        console.out.print(json.dumps(shown, indent=2), markup=False)
    else:
        for one in uses:
            console.out.print(f"{'ok    ' if one.fits else 'FAILED'} {one}", markup=False)
    if full := [one for one in uses if not one.fits]:
        raise HeadendError("\n".join(f"quota: {one}" for one in full))


def _event(
    config: Config, root: Path, kind: str | None, bits: int | None, viewers: int, viewer_bits: int, caches: int
) -> Event:
    """What is priced: as configured, where no option says otherwise. Raises UsageError for a kind that there is not."""
    from headend.config_live import InputSpecification
    from headend.config_live_ladder import ladder_of, load_ladder
    from headend.live_cost import KINDS, TIER, Event
    from headend.live_cost_table import LADDER

    live = config.live
    wanted = kind or (live and live.kind) or KINDS[0]
    of_kind = next((one for one in KINDS if one == wanted), None)
    if of_kind is None:
        raise UsageError(f"--kind {wanted}: use {' or '.join(KINDS)}")
    ladder = ladder_of(config) or load_ladder(root / LADDER)
    feed = bits or (live and live.contribution.max_bitrate) or TIER
    told = (live and live.input_specification) or InputSpecification()
    days = (live and live.s3 and live.s3.retention_days) or 1
    return Event(ladder, of_kind, feed, told, viewers, viewer_bits, caches, days)


def _assumed(env: str, config: Config, event: Event, other: str | None) -> Iterator[str]:
    """What nobody has said, where the environment has no live channel."""
    if config.live:
        return
    regions = f"{config.region} and {other}" if other else f"{config.region} and a second Region (--secondary-region)"
    yield (
        f"{env} has no live channel (`live` in config.yaml): what one would cost in {regions}, with an origin of kind "
        f"{event.kind} and the ladder of modules/live_channel"
    )
