"""An hour of a live channel in docs/cost.md: both kinds of origin side by side, without viewers and with a thousand."""

from __future__ import annotations

from pathlib import Path

from headend.config_live_ladder import load_ladder
from headend.live_cost import KINDS, Cost, Event, Item, arithmetic, cost
from headend.prices import Prices

LADDER = Path("modules/live_channel/ladder.yaml")
"""The ladder of a channel that is given none."""
VIEWERS = 1000

INTRODUCTION = f"""## A live channel in two Regions, an hour on air

US dollars, with the ladder of [modules/live_channel](../modules/live_channel) and feeds of up to 20 Mbit/s; below, what
{VIEWERS:,} viewers of the best rendition add. `headend cost --env prod` counts with what an environment has
([how](how-to/rehearse-a-failover.md#what-it-costs-and-whether-it-fits)).

| what | arithmetic | MediaPackage | S3 |
| --- | --- | ---: | ---: |"""


def rows(root: Path, prices: Prices) -> list[str]:
    """A section in Markdown; nothing where there is no ladder. Raises ConfigError where that has faults."""
    if not (root / LADDER).exists():
        return []
    ladder = load_ladder(root / LADDER)
    idle = [cost(Event(ladder, kind), prices) for kind in KINDS]
    watched = [cost(Event(ladder, kind, viewers=VIEWERS), prices) for kind in KINDS]
    there = {item for one in idle for item, _ in one.items}
    return [
        INTRODUCTION,
        *_lines(idle, prices, frozenset()),
        _sum("on air", idle),
        *_lines(watched, prices, there),
        _sum(f"with {VIEWERS:,} viewers", watched),
        "",
    ]


def _lines(costs: list[Cost], prices: Prices, without: set[Item] | frozenset[Item]) -> list[str]:
    """A row for each item of either kind that is not among `without`."""
    usd = [dict(one.items) for one in costs]
    items = dict.fromkeys(item for one in usd for item in one if item not in without)
    return [
        f"| {item.what} | {arithmetic(item, prices)} | {' | '.join(_usd(one.get(item)) for one in usd)} |"
        for item in items
    ]


def _sum(what: str, costs: list[Cost]) -> str:
    return f"| **{what}** | | {' | '.join(f'**{one.total:.2f}**' for one in costs)} |"


def _usd(amount: float | None) -> str:
    return "" if amount is None else f"{amount:.4f}"
