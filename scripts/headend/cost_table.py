"""The tables of docs/cost.md: what a deployment costs a month, with the arithmetic. Prices: docs/prices.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

from headend.errors import HeadendError
from headend.module_docs import BEGIN, END

PRICES = Path("docs/prices.yaml")
DOCUMENT = Path("docs/cost.md")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Price(_Model):
    """What one unit costs in US dollars, where that stands, and when it was looked up (ISO date)."""

    usd: Annotated[float, Field(gt=0)]
    what: str
    source: str
    seen: str


class Line(_Model):
    """So many units of a price; with `hours`, for every hour of the month."""

    count: Annotated[float, Field(gt=0)]
    price: str
    hours: bool = False
    note: str = ""


class Table(_Model):
    """Lines that are added up."""

    title: str
    lines: list[Line]


class Prices(_Model):
    """The whole file."""

    hours_in_a_month: Annotated[int, Field(gt=0)]
    prices: dict[str, Price]
    tables: dict[str, Table]

    def cost(self, line: Line) -> float:
        """US dollars a month."""
        return line.count * self.prices[line.price].usd * (self.hours_in_a_month if line.hours else 1)

    def total(self, table: str) -> float:
        """US dollars a month of all lines of a table."""
        return sum(self.cost(line) for line in self.tables[table].lines)


def load(root: Path) -> Prices:
    """Read the prices. Raises HeadendError for a line without a price, pydantic's error for any other fault."""
    prices = Prices.model_validate(yaml.safe_load((root / PRICES).read_text(encoding="utf-8")))
    for name, table in prices.tables.items():
        for line in table.lines:
            if line.price not in prices.prices:
                raise HeadendError(f"{PRICES}: tables.{name}: no price is called {line.price}; add it under prices")
    return prices


def write(root: Path) -> list[Path]:
    """Bring the document up to date; returns it if it changed."""
    document = root / DOCUMENT
    text = updated(root)
    if text == document.read_text(encoding="utf-8"):
        return []
    document.write_text(text, encoding="utf-8")
    return [document]


def check(root: Path) -> list[Path]:
    """The document if it is not up to date, relative to `root`; nothing is written."""
    return [] if updated(root) == (root / DOCUMENT).read_text(encoding="utf-8") else [DOCUMENT]


def updated(root: Path) -> str:
    """The document's text with fresh tables."""
    head, begin, rest = (root / DOCUMENT).read_text(encoding="utf-8").partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise HeadendError(f"{DOCUMENT}: has no place for the tables; write the lines `{BEGIN}` and `{END}`")
    return f"{head}{BEGIN}\n{tables(load(root))}{END}{tail}"


def tables(prices: Prices) -> str:
    """All tables, and the prices with their sources, in Markdown."""
    parts = []
    for name, table in prices.tables.items():
        rows = [_row(prices, line) for line in table.lines]
        parts += [f"## {table.title}", "", "| what | arithmetic | USD a month |", "| --- | --- | ---: |", *rows]
        parts += [f"| **together** | | **{prices.total(name):.2f}** |", ""]
    parts += ["## Prices", "", "| what | USD | seen on | source |", "| --- | ---: | --- | --- |"]
    parts += [
        f"| {price.what} | {price.usd:.2f} | {price.seen} | <{price.source}> |" for price in prices.prices.values()
    ]
    return "\n".join([*parts, "", ""])


def _row(prices: Prices, line: Line) -> str:
    price = prices.prices[line.price]
    hours = f" * {prices.hours_in_a_month} h" if line.hours else ""
    note = f": {line.note}" if line.note else ""
    return f"| {price.what}{note} | {line.count:g} * {price.usd:.2f}{hours} | {prices.cost(line):.2f} |"
