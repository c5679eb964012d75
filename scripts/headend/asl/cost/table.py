"""The workflows of this repository in docs/cost.md: one row each, for a million executions."""

from __future__ import annotations

from pathlib import Path

from headend.asl import model
from headend.asl.cost.sums import Cost, Question, cost
from headend.prices import Prices

RENDERED = "modules/*/rendered/*.asl.json"
MILLION = 1_000_000
SECOND = 1000
"""Milliseconds of an execution in the column EXPRESS."""


INTRODUCTION = """## Workflows

US dollars for a million executions on the usual path, without free tiers; each loop goes round once more, each Map
state has 10 items. `headend asl cost` shows what that is, and counts with your numbers ([how](how-to/asl-cost.md)).

| workflow | fewest | usual | most, every retry | STANDARD | EXPRESS, 1 s | equal at | calls |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""
EXPLANATION = """
*equal at*: how long an execution takes when both types cost the same. *calls*: requests of functions, queues, topics
and metrics; the duration of functions is not in it, nor is what has no price here.
"""


def rows(root: Path, prices: Prices) -> list[str]:
    """A section in Markdown; nothing where there is no workflow."""
    costs = [cost(model.load(path), Question(milliseconds=SECOND), prices) for path in sorted(root.glob(RENDERED))]
    return [INTRODUCTION, *map(_row, costs), EXPLANATION] if costs else []


def _row(cost: Cost) -> str:
    shortest, usual, _, longest = (path.transitions for path in cost.paths)
    standard = cost.standard[0].usd * MILLION
    express = sum(item.usd for item in cost.express_items if item.price.startswith("express")) * MILLION
    calls = sum(item.usd for item in cost.standard[1:]) * MILLION
    equal = cost.express.equal_milliseconds / 1000
    name = cost.definition.path.name.removesuffix(".asl.json")
    money = f"{standard:,.2f} | {express:,.2f} | {equal:,.0f} s | {calls:,.2f}"
    return f"| {name} | {shortest} | {usual} | {longest} | {money} |"
