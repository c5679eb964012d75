"""What happens on a way through a definition: how often each state is entered, and what of that AWS counts.

A Tally is made of smaller ones and never changed, so that the ways to thousands of states share what they have in
common. Only `occurrences` takes one apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from headend.asl.model import State

Kind = Literal["entered", "retried", "child"]
"""A state is entered; tried again by its Retry; or starts a child execution (a Distributed Map)."""
_orders = count()


@dataclass(frozen=True, eq=False, slots=True)
class Tally:
    """A sum. `transitions` is what AWS counts of it; a leaf has a state, the others have parts with their factors."""

    transitions: int
    parts: tuple[tuple[Tally, int], ...] = ()
    state: State | None = None
    kind: Kind = "entered"
    order: int = field(default_factory=lambda: next(_orders))

    def __add__(self, other: Tally) -> Tally:
        if not other.parts and other.state is None:
            return self
        if not self.parts and self.state is None:
            return other
        return Tally(self.transitions + other.transitions, ((self, 1), (other, 1)))

    def times(self, factor: int) -> Tally:
        """So many of it."""
        if factor == 1:
            return self
        return Tally(self.transitions * factor, ((self, factor),)) if factor else NOTHING

    def uncounted(self) -> Tally:
        """The same states, but none of them a transition: what runs in an EXPRESS execution."""
        return Tally(0, ((self, 1),))

    def occurrences(self) -> dict[tuple[State, Kind], int]:
        """How often each state is entered, retried or starts a child; in the order in which that first happens."""
        nodes, todo = {self.order: self}, [self]
        while todo:
            for part, _ in todo.pop().parts:
                if part.order not in nodes:
                    nodes[part.order] = part
                    todo.append(part)
        factors: defaultdict[int, int] = defaultdict(int, {self.order: 1})
        for order in sorted(nodes, reverse=True):  # a part is always older than what it is a part of
            for part, factor in nodes[order].parts:
                factors[part.order] += factor * factors[order]
        found: dict[tuple[State, Kind], int] = {}
        for leaf in self._leaves():
            if leaf.state is not None:
                key = leaf.state, leaf.kind
                found[key] = found.get(key, 0) + factors[leaf.order]
        return found

    def _leaves(self) -> Iterable[Tally]:
        """Each leaf once, the first first."""
        seen, todo = set(), [self]
        while todo:
            node = todo.pop()
            if node.order in seen:
                continue
            seen.add(node.order)
            if node.state is not None:
                yield node
            todo += [part for part, _ in reversed(node.parts)]


NOTHING = Tally(0)


def leaf(state: State, kind: Kind = "entered") -> Tally:
    """One transition."""
    return Tally(1, (), state, kind)


def total(parts: Iterable[Tally]) -> Tally:
    """All of them."""
    result = NOTHING
    for part in parts:
        result += part
    return result


Better = Callable[[Tally, Tally], bool]


def fewer(one: Tally, other: Tally) -> bool:
    """Whether `one` has fewer transitions."""
    return one.transitions < other.transitions


def more(one: Tally, other: Tally) -> bool:
    """Whether `one` has more transitions."""
    return one.transitions > other.transitions


def best(tallies: Iterable[Tally], better: Better) -> Tally | None:
    """The best of them, the first among equals; None of none."""
    chosen: Tally | None = None
    for tally in tallies:
        if chosen is None or better(tally, chosen):
            chosen = tally
    return chosen
