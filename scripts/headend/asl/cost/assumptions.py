"""What the definition does not say and the user may: rounds of loops, items of Map states, ways at Choice states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from headend.asl.model import Definition, State
from headend.errors import UsageError

ROUNDS = 1
"""A loop is gone round once more after it was first gone through, where nothing else is said."""
ITEMS = 10
"""Items of a Map state, where nothing else is said."""


@dataclass(frozen=True)
class Assumptions:
    """Numbers by the name of a state, with a number for all others.

    Attributes:
        rounds: how often a loop goes back to where it began, by any state of the loop.
        items: how many items a Map state has.
        take: the state to which a Choice state goes on the usual path.
        start_end: transitions that the start and the end of an execution count as: 0, 1 or 2.
    """

    rounds: dict[str, int] = field(default_factory=dict)
    rounds_else: int = ROUNDS
    items: dict[str, int] = field(default_factory=dict)
    items_else: int = ITEMS
    take: dict[str, str] = field(default_factory=dict)
    start_end: int = 0


def numbers(option: str, given: Sequence[str], default: int) -> tuple[dict[str, int], int]:
    """`STATE=N` and `N` (for all others) as a dict and the default. Raises UsageError for anything else."""
    named: dict[str, int] = {}
    for text in given:
        name, _, number = text.rpartition("=")
        if not number.isdigit() or int(number) > 10**9:
            raise UsageError(f"{option} {text}: write STATE=N or N, a whole number up to 1,000,000,000")
        if name:
            named[name] = int(number)
        else:
            default = int(number)
    return named, default


def ways(given: Sequence[str]) -> dict[str, str]:
    """`CHOICE=STATE` as a dict. Raises UsageError for anything else."""
    found = {}
    for text in given:
        name, _, target = text.partition("=")
        if not name or not target:
            raise UsageError(f"--take {text}: write CHOICE=STATE")
        found[name] = target
    return found


def check(definition: Definition, assumptions: Assumptions) -> None:
    """Raise UsageError, one line, for a name that the definition does not have or that has another type."""
    states = {state.name: state for state in definition.states()}
    for name in assumptions.items:
        if name not in states or states[name].type != "Map":
            raise UsageError(f"--items {name}: there is no such Map state; there are: {_names(states, 'Map')}")
    for name in assumptions.rounds:
        if name not in states:
            raise UsageError(f"--rounds {name}: there is no such state")
    for name, target in assumptions.take.items():
        if name not in states or states[name].type != "Choice":
            raise UsageError(f"--take {name}: there is no such Choice state; there are: {_names(states, 'Choice')}")
        targets = {way.target for way in states[name].transitions}
        if target not in targets:
            raise UsageError(f"--take {name}={target}: {name} goes to {', '.join(sorted(targets))}")
    if assumptions.start_end not in (0, 1, 2):
        raise UsageError(f"--start-end {assumptions.start_end}: use 0, 1 or 2")


def _names(states: Mapping[str, State], kind: str) -> str:
    return ", ".join(name for name, state in states.items() if state.type == kind) or "none"
