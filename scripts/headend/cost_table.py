"""The tables of docs/cost.md: what a deployment costs a month, with the arithmetic, from headend.prices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from headend import live_cost_table
from headend.asl.cost import table
from headend.errors import HeadendError
from headend.module_docs import BEGIN, END
from headend.prices import Line, Price, Prices, load

DOCUMENT = Path("docs/cost.md")


def write(root: Path, prices: Prices | None = None) -> list[Path]:
    """Bring the document up to date; returns it if it changed. `prices`: the package's where none are given."""
    document = root / DOCUMENT
    text = updated(root, prices)
    if text == document.read_text(encoding="utf-8"):
        return []
    document.write_text(text, encoding="utf-8")
    return [document]


def check(root: Path, prices: Prices | None = None) -> list[Path]:
    """The document if it is not up to date, relative to `root`; nothing is written."""
    return [] if updated(root, prices) == (root / DOCUMENT).read_text(encoding="utf-8") else [DOCUMENT]


def updated(root: Path, prices: Prices | None = None) -> str:
    """The document's text with fresh tables."""
    head, begin, rest = (root / DOCUMENT).read_text(encoding="utf-8").partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise HeadendError(f"{DOCUMENT}: has no place for the tables; write the lines `{BEGIN}` and `{END}`")
    prices = prices or load()
    sections = [*live_cost_table.rows(root, prices), *table.rows(root, prices)]
    return f"{head}{BEGIN}\n{tables(prices, sections)}{END}{tail}"


def tables(prices: Prices, sections: Sequence[str] = ()) -> str:
    """All tables, the other sections, and the prices with their sources, in Markdown."""
    parts: list[str] = []
    for name, lines in prices.tables.items():
        rows = [_row(prices, line) for line in lines.lines]
        parts += [f"## {lines.title}", "", "| what | arithmetic | USD a month |", "| --- | --- | ---: |", *rows]
        parts += [f"| **together** | | **{prices.total(name):.2f}** |", ""]
    parts += sections
    parts += ["## Prices", "", "| what | USD | seen on | source |", "| --- | ---: | --- | --- |"]
    parts += [
        f"| {price.what}{_each(price)} | {_money(price.usd)} | {price.seen} | <{price.source}> |"
        for price in prices.prices.values()
    ]
    return "\n".join([*parts, "", ""])


def _row(prices: Prices, line: Line) -> str:
    price = prices.prices[line.price]
    hours = f" * {prices.hours_in_a_month} h" if line.hours else ""
    per = f" / {price.per:,.0f}" if price.per != 1 else ""
    note = f": {line.note}" if line.note else ""
    return f"| {price.what}{note} | {_count(line.count)} * {_money(price.usd)}{per}{hours} | {prices.cost(line):.2f} |"


def _each(price: Price) -> str:
    return f" ({price.per:,.0f})" if price.per != 1 else ""


def _count(count: float) -> str:
    return f"{count:,.0f}" if count == int(count) else f"{count:g}"


def _money(usd: float) -> str:
    """Two digits after the point, more where the price has them."""
    return f"{usd:.2f}" if round(usd, 2) == usd else f"{usd:g}"
