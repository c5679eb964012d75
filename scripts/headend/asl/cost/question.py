"""The command's options as a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from headend.asl.cost import assumptions, calls, rates
from headend.asl.cost.sums import Question
from headend.errors import UsageError


@dataclass(frozen=True)
class Options:
    """As given on the command line."""

    rate: str | None = None
    schedule: str | None = None
    rounds: Sequence[str] = ()
    items: Sequence[str] = ()
    take: Sequence[str] = ()
    functions: Sequence[str] = ()
    durations: Sequence[str] = ()
    memory: int | None = None
    start_end: int = 0
    paths: int = 10


def asked(hours_in_a_month: float, options: Options) -> Question:
    """Read the options. Raises UsageError, one line, for one that cannot be read."""
    if options.rate and options.schedule:
        raise UsageError("--rate and --schedule: give one of them")
    executions = None
    if options.rate:
        executions = rates.from_rate(options.rate, hours_in_a_month)
    if options.schedule:
        executions = rates.from_schedule(options.schedule, hours_in_a_month)
    rounds, rounds_else = assumptions.numbers("--rounds", options.rounds, assumptions.ROUNDS)
    items, items_else = assumptions.numbers("--items", options.items, assumptions.ITEMS)
    whole, children = _durations(options.durations)
    return Question(
        assumptions.Assumptions(
            rounds, rounds_else, items, items_else, assumptions.ways(options.take), options.start_end
        ),
        executions,
        whole,
        options.memory,
        children,
        calls.functions(options.functions),
        options.paths,
    )


def _durations(given: Sequence[str]) -> tuple[float | None, dict[str, float]]:
    """Milliseconds of the execution, and of children by the name of their Map state."""
    whole: float | None = None
    children: dict[str, float] = {}
    for text in given:
        name, _, number = text.rpartition("=")
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:ms)?", number.strip())
        if match is None or not float(match[1]):
            raise UsageError(f"--duration {text}: write milliseconds, or STATE=milliseconds, more than 0")
        if name:
            children[name] = float(match[1])
        else:
            whole = float(match[1])
    return whole, children
