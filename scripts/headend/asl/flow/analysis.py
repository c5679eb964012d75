"""Follows a definition on all ways at once, until nothing new comes to any state.

A state keeps a few ways apart (`MOST`); what else comes to it is joined. So a definition is followed in a time that
grows with its states, however many ways there are through them.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field, replace

from headend.asl.flow import shapes
from headend.asl.flow.shapes import UNKNOWN, Object, Shape
from headend.asl.flow.states import END, Flow, Misfit
from headend.asl.flow.ways import Notes, Read, Way
from headend.asl.model import Definition, Machine, State
from headend.asl.source import Pointer

MOST = 6
"""Ways to a state that are kept apart. Above half of them, without what conditions have found."""
MOST_DOUBTFUL = 1
MOST_JOINS = 6
"""Joined ways that a state is looked at with; then nothing is known of what else comes there."""
_TOP = Way(UNKNOWN, Object(open=True), vague=True)


@dataclass
class Arrivals:
    """The ways on which an execution comes to a state.

    Attributes:
        ways: those that are kept apart; `doubtful` of them are.
        joined: what is true of the others; `pending`: it has not been followed yet; `joins`: how often it has been.
    """

    ways: dict[Way, None] = field(default_factory=dict)
    doubtful: int = 0
    joined: Way | None = None
    pending: bool = False
    joins: int = 0

    def add(self, way: Way) -> Way | None:
        """One more; gives it if it is to be followed by itself."""
        if way in self.ways or (way.doubtful and replace(way, doubtful=False) in self.ways):
            return None
        certain = len(self.ways) - self.doubtful
        if certain >= MOST // 2 or way.doubtful:
            way = way.plain()
            if way in self.ways:
                return None
        if (self.doubtful < MOST_DOUBTFUL) if way.doubtful else (certain < MOST):
            self.ways[way] = None
            self.doubtful += way.doubtful
            return way
        if not way.doubtful and self.joins <= MOST_JOINS:
            joined = way if self.joined is None else self.joined.joined(way)
            self.pending = self.pending or joined != self.joined
            self.joined = joined
        return None

    def take(self) -> Way | None:
        """The joined ways, if they are to be followed (again)."""
        if not self.pending:
            return None
        self.pending = False
        self.joins += 1
        if self.joins > MOST_JOINS:
            self.joined = _TOP
        return self.joined


@dataclass
class Ends:
    """What a machine ends with: on ways that are certain, on those that are doubtful."""

    certain: Shape | None = None
    doubtful: Shape | None = None


@dataclass
class Analysis:
    """What was found.

    Attributes:
        arrivals: the ways to each state that an execution may come to, by the state's pointer.
        reads: every read of a path or variable, by pointer and text.
        misfits: fields that surely cannot do what they are for.
    """

    arrivals: dict[Pointer, Arrivals] = field(default_factory=dict)
    reads: dict[tuple[Pointer, str], Read] = field(default_factory=dict)
    misfits: list[Misfit] = field(default_factory=list)


def analyse(definition: Definition) -> Analysis:
    """Follow a definition from its input, of which nothing is known.

    Twice where a read finds nothing on some ways, and ways come to a Choice that differ: its condition may be about
    what they differ in, and part them.
    """
    first = _Follower(Notes())
    first.run(definition.root, Way(UNKNOWN))
    mixed = frozenset(pointer for pointer, ways in first.notes.choices.items() if len(ways) > 1)
    if not mixed or not any(read.found and read.missing for read in first.notes.reads.values()):
        return first.done()
    second = _Follower(Notes(mixed=mixed))
    second.run(definition.root, Way(UNKNOWN))
    return second.done()


class _Follower:
    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.flow = Flow(notes, self.run, {}, set())
        self.arrivals: dict[Pointer, Arrivals] = {}
        self._ends: dict[Pointer, Ends] = {}
        self._orders: dict[Pointer, dict[str, int]] = {}

    def done(self) -> Analysis:
        """What was found."""
        misfits = [misfit for pointer, misfit in self.flow.misfits.items() if pointer not in self.flow.fits]
        return Analysis(self.arrivals, self.notes.reads, misfits)

    def run(self, machine: Machine, way: Way) -> Shape | None:
        """Follow a machine on one way more; gives what it ends with on the ways so far, None where it never does."""
        ends = self._ends.setdefault(machine.pointer, Ends())
        order = self._orders.get(machine.pointer)
        if order is None:
            order = self._orders[machine.pointer] = _order(machine)
        # What is followed next: the first state in the machine's order; its joined ways (None) last.
        waiting: list[tuple[int, int, State, Way | None]] = []
        count = 0
        todo = [(machine.start_at or END, way)]
        while True:
            for target, out in todo:
                if target == END:
                    _end(ends, out)
                state = machine.states.get(target)
                if state is None:
                    continue
                arrivals = self.arrivals.setdefault(state.pointer, Arrivals())
                before = arrivals.pending
                new = arrivals.add(out)
                if new or (arrivals.pending and not before):
                    count += 1
                    heapq.heappush(waiting, (order.get(target, 0), count, state, new))
            if not waiting:
                break
            _, _, state, new = heapq.heappop(waiting)
            followed = new or self.arrivals[state.pointer].take()
            todo = list(self.flow.follow(state, followed)) if followed else []
        return ends.certain if ends.certain is not None or not way.doubtful else ends.doubtful


def _end(ends: Ends, way: Way) -> None:
    known = ends.doubtful if way.doubtful else ends.certain
    joined = way.data if known is None else shapes.join(known, way.data)
    if way.doubtful:
        ends.doubtful = joined
    else:
        ends.certain = joined


def _order(machine: Machine) -> dict[str, int]:
    """The states numbered so that a state comes after those before it, but for loops."""
    numbers: dict[str, int] = {}
    seen: set[str] = set()
    stack: list[tuple[str, list[str]]] = []
    begin = machine.start_at
    if begin in machine.states:
        seen.add(str(begin))
        stack.append((str(begin), [way.target for way in machine.states[str(begin)].transitions]))
    while stack:
        name, targets = stack[-1]
        if targets:
            target = targets.pop()
            if target in machine.states and target not in seen:
                seen.add(target)
                stack.append((target, [way.target for way in machine.states[target].transitions]))
        else:
            numbers[name] = -len(numbers)
            stack.pop()
    return numbers
