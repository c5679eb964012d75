"""One way through a machine at a time: the usual one, and the first few by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import networkx as nx

from headend.asl.cost.assumptions import Assumptions
from headend.asl.cost.paths import LONGEST, SHORTEST, SHORTEST_ERROR, Edge, Loop, Paths, edges_of, is_end
from headend.asl.cost.tally import Tally, leaf, total
from headend.asl.model import Machine, State
from headend.errors import UsageError

LONGEST_WALK = 100_000
"""States of a usual path that are gone through one by one. An execution's history ends at 25,000 events:
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""


class Usual:
    """The usual way through each machine: no error, no retry; each loop is gone round as often as was said.

    At a Choice it takes the first rule that leads to a good end, in a loop the first that stays in it until the rounds
    are done, and then the first that leaves it.
    """

    def __init__(self, paths: Paths, assumptions: Assumptions) -> None:
        self._paths, self._assumed = paths, assumptions
        self._tallies: dict[int, Tally] = {}

    def tally(self, machine: Machine) -> Tally:
        """What happens on the usual way."""
        if id(machine) not in self._tallies:
            visits = Counter(self.walk(machine))
            parts = (self._state(machine.states[name]).times(number) for name, number in visits.items())
            self._tallies[id(machine)] = total(parts)
        return self._tallies[id(machine)]

    def walk(self, machine: Machine) -> list[str]:
        """The states in the order in which they are entered. Raises UsageError for a walk of too many states."""
        view = _View(machine, self._paths)
        name = view.start
        walked, seen = [name], Counter([name])
        while not is_end(machine.states[name]) and view.edges[name]:
            chosen = self._choose(view, name, [target for target, _ in view.edges[name]], seen)
            if (loop := view.loops.get(chosen)) and name not in loop.members:
                seen[chosen] = 0  # an inner loop begins anew
            seen[chosen] += 1
            walked.append(chosen)
            name = chosen
            if len(walked) > LONGEST_WALK:
                raise UsageError(
                    f"the usual path goes through more than {LONGEST_WALK:,} states, around {name}: give fewer --rounds"
                    ", or say with --take CHOICE=STATE where it leaves"
                )
        return walked

    def _choose(self, view: _View, name: str, targets: list[str], seen: Counter[str]) -> str:
        loops = [loop for loop in view.loops.values() if name in loop.members] if len(targets) > 1 else []
        taken = self._assumed.take.get(name)

        def rank(target: str) -> tuple[int, bool, bool, int]:
            stuck = sum(seen[loop.head] > loop.rounds and not view.leaves(loop, target) for loop in loops)
            early = sum(seen[loop.head] <= loop.rounds and target not in loop.members for loop in loops)
            return stuck, taken is not None and target != taken, target not in view.good, early

        return min(targets, key=rank)

    def _state(self, state: State) -> Tally:
        inside = [self.tally(machine) for machine in state.machines]
        if state.type != "Map" or not inside:
            return leaf(state) + total(inside)
        children = self._paths.children(state)
        if state.machines[0].mode != "DISTRIBUTED":
            return leaf(state) + inside[0].times(children)
        express = state.machines[0].execution_type == "EXPRESS"
        return leaf(state) + (leaf(state, "child") + (inside[0].uncounted() if express else inside[0])).times(children)


class _View:
    """A machine without its errors, for walking through it."""

    def __init__(self, machine: Machine, paths: Paths) -> None:
        ways = paths.ways(machine, SHORTEST)  # there is a start, and a way to an end
        self.start = machine.start_at or ""
        self.loops = ways.loops
        self.edges: dict[str, list[Edge]] = edges_of(machine, errors=False)
        if not any(is_end(machine.states[name]) for name in _reached(self.edges, [self.start])):
            self.edges = edges_of(machine, errors=True)
        self._machine = machine
        self._leaving: dict[str, set[str]] = {}

    @cached_property
    def good(self) -> set[str]:
        """States from which an end without an error can be reached."""
        return _reached(_turned(self.edges), [name for name, state in self._machine.states.items() if state.ends])

    def leaves(self, loop: Loop, target: str) -> bool:
        """Whether the loop can be left from there without going round once more."""
        if loop.head not in self._leaving:
            inner = {name: self.edges[name] for name in loop.members if name != loop.head}
            out = [name for name, edges in inner.items() if any(to not in loop.members for to, _ in edges)]
            out += [name for name in inner if is_end(self._machine.states[name])]
            back = _turned({name: [edge for edge in edges if edge[0] in inner] for name, edges in inner.items()})
            self._leaving[loop.head] = _reached(back, out)
        return target not in loop.members or target in self._leaving[loop.head]


def _turned(edges: Mapping[str, Iterable[Edge]]) -> dict[str, list[Edge]]:
    found: dict[str, list[Edge]] = {}
    for name, targets in edges.items():
        for target, how in targets:
            found.setdefault(target, []).append((name, how))
    return found


def _reached(edges: Mapping[str, Iterable[Edge]], names: Iterable[str]) -> set[str]:
    """The states to which some way leads from one of `names`, and these."""
    found, todo = set(names), list(names)
    while todo:
        for target, _ in edges.get(todo.pop(), ()):
            if target not in found:
                found.add(target)
                todo.append(target)
    return found


@dataclass(frozen=True)
class Named:
    """A way by the names of its states; how many transitions it has at least and at most, without retries."""

    states: tuple[str, ...]
    caught: frozenset[str]
    fails: bool
    fewest: int
    most: int


def count(machine: Machine, paths: Paths) -> int:
    """How many ways there are from the start to an end, through Catch too, when each loop is left as it is entered."""
    edges, _ = _forward(machine, paths)
    order = nx.topological_sort(nx.DiGraph((target, name) for name, targets in edges.items() for target, _ in targets))
    numbers: dict[str, int] = {}
    for name in [*order, *edges]:  # those after `order` are linked to none
        if name not in numbers:
            numbers[name] = int(is_end(machine.states[name])) + sum(numbers[target] for target, _ in edges[name])
    return numbers.get(machine.start_at or "", 0)


def named(machine: Machine, paths: Paths, limit: int) -> list[Named]:
    """The first `limit` of them in the order of the file; the others are only counted."""
    edges, loops = _forward(machine, paths)
    found: list[Named] = []
    for way in islice(_depth_first(machine, edges), limit):
        sums = []
        for rule in (SHORTEST, LONGEST):
            parts = [paths.state(machine.states[name], how, rule) for name, how in way]
            parts += [loops[name].once.times(loops[name].rounds) for name, _ in way if name in loops]
            sums.append(total(parts).transitions)
        caught = frozenset(name for name, how in way if how == "catch")
        states = tuple(name for name, _ in way)
        found.append(Named(states, caught, machine.states[states[-1]].type == "Fail", *sums))
    return found


def _forward(machine: Machine, paths: Paths) -> tuple[dict[str, list[Edge]], dict[str, Loop]]:
    """The ways that lead on, to an end: those back to the head of a loop are left out, so nothing goes round."""
    loops = paths.ways(machine, SHORTEST_ERROR).loops
    edges = {
        name: [edge for edge in targets if edge[0] not in loops or name not in loops[edge[0]].members]
        for name, targets in edges_of(machine, errors=True).items()
    }
    ends = [name for name, state in machine.states.items() if is_end(state)]
    kept = _reached(_turned(edges), ends) & _reached(edges, [machine.start_at or ""])
    return {name: [edge for edge in edges[name] if edge[0] in kept] for name in edges if name in kept}, loops


@dataclass(frozen=True, slots=True)
class _Step:
    """A state on a way, how the one before it was left, and what came before: ways share their beginnings."""

    name: str
    how: str = "next"
    before: _Step | None = None

    def way(self) -> list[Edge]:
        """The states from the start to this one, each with how it was left."""
        found, how, step = [], "next", self
        while True:
            found.append((step.name, how))
            if step.before is None:
                return found[::-1]
            how, step = step.how, step.before


def _depth_first(machine: Machine, edges: Mapping[str, list[Edge]]) -> Iterator[list[Edge]]:
    """Each way as states and how each was left."""
    start = machine.start_at or ""
    todo = [_Step(start)] if start in edges else []
    while todo:
        step = todo.pop()
        todo += [_Step(target, how, step) for target, how in reversed(edges[step.name])]
        if is_end(machine.states[step.name]):
            yield step.way()
