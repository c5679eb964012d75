"""The shortest and longest ways through a machine, counted in state transitions, without listing them.

Their number grows exponentially with the Choice states. So ways are compared where they meet: the graph is condensed
to its strongly connected components and gone through once in topological order. A component with more than one state
is a loop: it is entered at its head, gone round so many times, and left; without the ways back to its head it is a
graph of its own, in which other loops may be found.

What AWS counts, https://aws.amazon.com/step-functions/pricing/: a transition each time a step is executed, and one more
for each retry. A Parallel or Map state is a step, and so is each state in its branches or iterations; that a branch
ends, or that an iteration begins, is none. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-transitions.html:
each child execution that a Distributed Map starts is one, besides the child's own states where it is STANDARD.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import networkx as nx

from headend.asl.cost.assumptions import Assumptions
from headend.asl.cost.tally import NOTHING, Better, Tally, best, fewer, leaf, more, total
from headend.asl.model import Machine, State
from headend.errors import HeadendError

DEEPEST = 12
"""Loops within loops that are told apart."""
RETRIES = 3
"""MaxAttempts where it is not written: https://states-language.net/#errors"""

Edge = tuple[str, str]
"""To which state, and how: "next" or "catch"."""
Edges = Mapping[str, list[Edge]]


@dataclass(frozen=True)
class Rule:
    """Which ways are compared, and how.

    Attributes:
        better: `fewer` or `more`.
        errors: with the ways through Catch, ends in Fail states, and every retry used.
    """

    better: Better
    errors: bool


SHORTEST, LONGEST = Rule(fewer, False), Rule(more, False)
SHORTEST_ERROR, LONGEST_ERROR = Rule(fewer, True), Rule(more, True)


@dataclass(eq=False)
class Loop:
    """A loop: its head, all its states, how often it is gone round, and one round."""

    head: str
    members: frozenset[str]
    rounds: int
    once: Tally


@dataclass(eq=False)
class Ways:
    """The best way of a rule to each state and each end of a machine.

    Attributes:
        arrivals: what has happened when a state is reached, without the state itself.
        ends: what has happened when the machine has ended there; by the state's name.
        loops: in the order in which they are found, outer ones first; by the head.
    """

    machine: Machine
    rule: Rule
    arrivals: dict[str, Tally] = field(default_factory=dict)
    ends: dict[str, Tally] = field(default_factory=dict)
    loops: dict[str, Loop] = field(default_factory=dict)

    @property
    def best(self) -> Tally | None:
        """The best of all ends: of those without an error, where there are any and the rule does not ask for errors."""
        good = [self.ends[name] for name in self.ends if self.machine.states[name].type != "Fail"]
        return best(good if good and not self.rule.errors else self.ends.values(), self.rule.better)


class Paths:
    """The ways through all machines of a definition, each looked at once for each rule."""

    def __init__(self, assumptions: Assumptions) -> None:
        self._assumed = assumptions
        self._known: dict[tuple[int, Rule], Ways] = {}

    def ways(self, machine: Machine, rule: Rule) -> Ways:
        """The best ways through a machine. Raises HeadendError where no way leads to an end."""
        key = id(machine), rule
        if key not in self._known:
            self._known[key] = self._ways(machine, rule)
        return self._known[key]

    def _ways(self, machine: Machine, rule: Rule) -> Ways:
        ways = Ways(machine, rule)
        if machine.start is None:
            raise HeadendError(f"{_place(machine)}: StartAt names no state; see headend asl lint")
        for errors in (True,) if rule.errors else (False, True):  # some machines end only by an error
            ways.loops.clear()
            arrivals = _Search(self, ways).arrive(edges_of(machine, errors=errors), {machine.start.name: NOTHING}, 0)
            ways.arrivals = {name: arrivals[name] for name in machine.states if name in arrivals}
            for name, tally in ways.arrivals.items():
                if is_end(machine.states[name]):
                    ways.ends[name] = tally + self.state(machine.states[name], "next", rule)
            if ways.ends:
                return ways
        raise HeadendError(f"{_place(machine)}: no way leads to an end; see headend asl lint")

    def state(self, state: State, how: str, rule: Rule) -> Tally:
        """What a state is counted as, with all that is in it, when it is left by "next" (or ends) or by "catch"."""
        once = leaf(state)
        if how == "catch" and rule.better is fewer:  # one state inside failed at once
            first = next((machine.start for machine in state.machines if machine.start), None)
            return once + (leaf(first) if first else NOTHING)
        inside = self._inside(state, rule)
        retries = attempts(state) if rule.errors and rule.better is more else 0
        return once + inside + (leaf(state, "retried") + inside).times(retries)

    def _inside(self, state: State, rule: Rule) -> Tally:
        rule = SHORTEST if rule is SHORTEST_ERROR else rule  # the error was elsewhere
        ended = [self.ways(machine, rule).best or NOTHING for machine in state.machines]
        if state.type != "Map" or not ended:
            return total(ended)
        children = self.children(state)
        if state.machines[0].mode != "DISTRIBUTED":
            return ended[0].times(children)
        express = state.machines[0].execution_type == "EXPRESS"
        return (leaf(state, "child") + (ended[0].uncounted() if express else ended[0])).times(children)

    def children(self, state: State) -> int:
        """Iterations of a Map state: its items, or batches of them."""
        items = self._assumed.items.get(state.name, self._assumed.items_else)
        batcher = state.fields.get("ItemBatcher")
        size = batcher.get("MaxItemsPerBatch") if isinstance(batcher, dict) else None
        return -(-items // size) if isinstance(size, int) and size > 0 else items

    def rounds(self, head: str, own: Iterable[str]) -> int:
        """How often a loop is gone round: by its head, else by any state that is in no loop inside it."""
        named = self._assumed.rounds
        return next((named[name] for name in [head, *own] if name in named), self._assumed.rounds_else)

    def prefers(self, name: str) -> bool:
        """Whether a state was named as one of a loop."""
        return name in self._assumed.rounds


def edges_of(machine: Machine, *, errors: bool) -> dict[str, list[Edge]]:
    """The ways between the states that are there, each once; those through Catch only with `errors`."""
    found: dict[str, list[Edge]] = {}
    for name, state in machine.states.items():
        ways = [(way.target, "catch" if way.kind == "catch" else "next") for way in state.transitions]
        found[name] = list(dict.fromkeys(w for w in ways if w[0] in machine.states and (errors or w[1] != "catch")))
    return found


def is_end(state: State) -> bool:
    """Whether a machine ends here."""
    return state.ends or state.type == "Fail"


def attempts(state: State) -> int:
    """The retries that a state may make: each retrier counts its own."""
    if state.type not in ("Task", "Parallel", "Map"):
        return 0
    given = [retrier.get("MaxAttempts", RETRIES) for _, retrier in state.objects("Retry")]
    return sum(number if isinstance(number, int) and number >= 0 else RETRIES for number in given)


def _place(machine: Machine) -> str:
    return machine.parent.name if machine.parent else "the definition"


class _Search:
    """One search through one machine."""

    def __init__(self, paths: Paths, ways: Ways) -> None:
        self._paths, self._ways, self._better = paths, ways, ways.rule.better
        self._order = {name: index for index, name in enumerate(ways.machine.states)}

    def arrive(self, edges: Edges, sources: dict[str, Tally], depth: int) -> dict[str, Tally]:
        """The best way to each state that can be reached from the sources, which have a way behind them already."""
        graph = nx.DiGraph()
        graph.add_nodes_from(sources)
        graph.add_edges_from((name, target) for name, targets in edges.items() for target, _ in targets)
        condensed = nx.condensation(graph)
        arrivals = dict(sources)
        for number in nx.topological_sort(condensed):
            members = sorted(condensed.nodes[number]["members"], key=self._order.__getitem__)
            if not any(name in arrivals for name in members):
                continue
            inside = set(members)
            if any(target in inside for name in members for target, _ in edges.get(name, ())):
                self._go_round(edges, members, arrivals, depth)
            for name in members:
                for target, how in edges.get(name, ()):
                    if target not in inside and name in arrivals:
                        self._offer(arrivals, target, arrivals[name] + self._leave(name, how))
        return arrivals

    def _go_round(self, edges: Edges, members: list[str], arrivals: dict[str, Tally], depth: int) -> None:
        """Replace what is known of the ways into a loop by the ways to each of its states."""
        if depth >= DEEPEST:
            raise HeadendError(
                f"{_place(self._ways.machine)}: loops are nested more than {DEEPEST} deep around {members[0]}:"
                " nobody can say what that costs; make machines of their own of the inner ones"
            )
        entries = {name: arrivals.pop(name) for name in members if name in arrivals}
        head = next((name for name in entries if self._paths.prefers(name)), next(iter(entries)))
        inside = {n: [e for e in edges.get(n, ()) if e[0] in set(members) and e[0] != head] for n in members}
        back = [(n, how) for n in members for target, how in edges.get(n, ()) if target == head]
        from_head = self.arrive(inside, {head: NOTHING}, depth + 1)
        once = best((from_head[n] + self._leave(n, how) for n, how in back if n in from_head), self._better)
        elsewhere = {name: tally for name, tally in entries.items() if name != head}
        past = self.arrive(inside, elsewhere, depth + 1) if elsewhere else {}
        starts = [entries[head]] if head in entries else []
        start = best(starts + [past[n] + self._leave(n, how) for n, how in back if n in past], self._better)
        if once is None or start is None:
            raise AssertionError(head)  # a strongly connected component has a way back to each of its states
        loop = Loop(head, frozenset(members), self._paths.rounds(head, self._own(inside, members)), once)
        self._ways.loops.setdefault(head, loop)
        around = start + once.times(loop.rounds)
        for name in members:
            ways = [past[name]] if name in past else []
            if name in from_head:
                ways.append(around + from_head[name])
            if (chosen := best(ways, self._better)) is not None:
                arrivals[name] = chosen

    def _own(self, inside: Edges, members: list[str]) -> list[str]:
        """The states of a loop that are in no loop inside it."""
        graph = nx.DiGraph((name, target) for name, targets in inside.items() for target, _ in targets)
        nested = {n for part in nx.strongly_connected_components(graph) if len(part) > 1 for n in part}
        return [name for name in members if name not in nested]

    def _leave(self, name: str, how: str) -> Tally:
        return self._paths.state(self._ways.machine.states[name], how, self._ways.rule)

    def _offer(self, arrivals: dict[str, Tally], name: str, tally: Tally) -> None:
        if name not in arrivals or self._better(tally, arrivals[name]):
            arrivals[name] = tally
