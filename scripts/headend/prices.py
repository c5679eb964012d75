"""What AWS asks: the one file of prices (prices.yaml), its model and its loader.

Prices are those of one Region, in US dollars, without tax; each says where it was read and when.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from headend.errors import HeadendError, one_line

FILE = Path(__file__).with_name("prices.yaml")
Positive = Annotated[float, Field(gt=0)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tier(_Model):
    """What a unit costs once `above` units were used in a month. Both in the price's own counting (see `per`)."""

    above: Positive
    usd: Positive


class Price(_Model):
    """What `per` units cost in US dollars, where that stands, and when it was looked up (ISO date).

    `free` units a month cost nothing, for every account and without end. `tiers` are the lower prices of more use.
    """

    usd: Positive
    per: Positive = 1
    what: str
    source: str
    seen: str
    free: Annotated[float, Field(ge=0)] = 0
    free_source: str = ""
    tiers: tuple[Tier, ...] = ()

    @property
    def unit(self) -> float:
        """US dollars for one unit, before tiers and free units."""
        return self.usd / self.per

    def cost(self, units: float) -> float:
        """US dollars for so many units in a month, without the free ones taken off."""
        left, total = units / self.per, 0.0
        for tier in sorted(self.tiers, key=lambda tier: -tier.above):
            total += max(0.0, left - tier.above) * tier.usd
            left = min(left, tier.above)
        return total + left * self.usd

    def billed(self, units: float) -> float:
        """The same with the free units taken off."""
        return self.cost(max(0.0, units - self.free))


class Call(_Model):
    """What one call of an API action is charged as: units of a price, one where `count` says nothing else.

    `count` names a parameter that is a list: one unit for each of its elements ("metrics": for each distinct metric).
    """

    price: str
    count: str = ""


class Line(_Model):
    """So many units of a price; with `hours`, for every hour of the month."""

    count: Positive
    price: str
    hours: bool = False
    note: str = ""


class Table(_Model):
    """Lines that are added up."""

    title: str
    lines: list[Line]


class Prices(_Model):
    """The whole file."""

    region: str
    hours_in_a_month: Annotated[int, Field(gt=0)]
    prices: dict[str, Price]
    calls: dict[str, Call] = {}
    tables: dict[str, Table] = {}

    def cost(self, line: Line) -> float:
        """US dollars a month."""
        return self.prices[line.price].cost(line.count * (self.hours_in_a_month if line.hours else 1))

    def total(self, table: str) -> float:
        """US dollars a month of all lines of a table."""
        return sum(self.cost(line) for line in self.tables[table].lines)

    @cached_property
    def seen(self) -> tuple[str, str]:
        """The oldest and the newest day on which a price was looked up."""
        days = sorted(price.seen for price in self.prices.values())
        return days[0], days[-1]


def load(path: Path = FILE) -> Prices:
    """Read the prices. Raises HeadendError where the file does not fit the model or names a price that is not there."""
    try:
        prices = Prices.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise HeadendError(f"{path.name}: {one_line(error)}") from None
    named = [(f"tables.{name}", line.price) for name, table in prices.tables.items() for line in table.lines]
    named += [(f"calls.{name}", call.price) for name, call in prices.calls.items()]
    for place, price in named:
        if price not in prices.prices:
            raise HeadendError(f"{path.name}: {place}: no price is called {price}; add it under prices")
    return prices
