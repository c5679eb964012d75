"""What an execution and a month of executions cost: the ways through the definition, times the prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from headend.asl.cost import calls, express, walks
from headend.asl.cost.assumptions import Assumptions, check
from headend.asl.cost.express import Express
from headend.asl.cost.paths import LONGEST, LONGEST_ERROR, SHORTEST, SHORTEST_ERROR, Loop, Paths, is_end
from headend.asl.cost.tally import Kind, Tally
from headend.asl.model import Definition, State
from headend.errors import UsageError
from headend.prices import Prices


@dataclass(frozen=True)
class Question:
    """What the user says.

    Attributes:
        executions: a month; None where nobody said.
        milliseconds, megabytes: of an execution, for EXPRESS; None where nobody said.
        children: milliseconds of one child execution, by the name of its Distributed Map state.
        functions: by the name of the function or of a state that calls it.
        listed: how many paths are named.
    """

    assumptions: Assumptions = field(default_factory=Assumptions)
    executions: float | None = None
    milliseconds: float | None = None
    megabytes: int | None = None
    children: Mapping[str, float] = field(default_factory=dict)
    functions: Mapping[str, calls.Function] = field(default_factory=dict)
    listed: int = 10


@dataclass(frozen=True)
class Path:
    """A way through the definition: what it is called, its transitions, and what those cost in US dollars."""

    name: str
    transitions: int
    usd: float
    month: Month | None


@dataclass(frozen=True)
class Month:
    """Units in a month, what they cost in US dollars, how many are free, and what is left to pay."""

    units: float
    usd: float
    free: float
    billed: float


@dataclass(frozen=True)
class End:
    """A state in which the execution ends, and the fewest and most transitions on the ways to it.

    `only_by_error`: no way leads there without Catch. `most` has every retry in it.
    """

    state: str
    fails: bool
    only_by_error: bool
    fewest: int
    most: int


@dataclass(frozen=True)
class Item:
    """One line of the bill of the usual path."""

    price: str
    what: str
    units: float
    usd: float
    month: Month | None


@dataclass(frozen=True)
class Cost:
    """All that `headend asl cost` says; `report` writes it."""

    definition: Definition
    question: Question
    prices: Prices
    paths: tuple[Path, ...]
    ends: tuple[End, ...]
    number_of_paths: int
    named: tuple[walks.Named, ...]
    loops: tuple[Loop, ...]
    maps: Mapping[str, int]
    usual: tuple[str, ...]
    counted: Mapping[tuple[State, Kind], int]
    standard: tuple[Item, ...]
    express: Express
    express_items: tuple[Item, ...]
    unpriced: tuple[str, ...]
    notes: tuple[str, ...]


def cost(definition: Definition, question: Question, prices: Prices) -> Cost:
    """Answer the question. Raises UsageError for a name that is not there, HeadendError where no path ends."""
    assumed = question.assumptions
    check(definition, assumed)
    calls.check(definition, question.functions)
    _check_children(definition, question.children)
    paths = Paths(assumed)
    root = definition.root
    rules = {rule: paths.ways(root, rule) for rule in (SHORTEST, LONGEST, SHORTEST_ERROR, LONGEST_ERROR)}
    usual = walks.Usual(paths, assumed)
    walked, tally = usual.walk(root), usual.tally(root)
    extra = assumed.start_end
    best = {rule: (ways.best.transitions if ways.best else 0) + extra for rule, ways in rules.items()}
    sums = _Sums(definition, question, prices)
    transitions = tally.transitions + extra
    rows = [
        ("shortest, without an error", best[SHORTEST]),
        ("usual", transitions),
        ("longest, without an error", best[LONGEST]),
        ("longest, with Catch and every retry", best[LONGEST_ERROR]),
    ]
    units, unpriced, notes = sums.units(tally)
    standard = sums.items({"state_transition": transitions, **units})
    compared = express.compared(definition, transitions, prices, question.milliseconds, question.megabytes)
    as_express = sums.items({"express_request": 1, "express_gb_second": compared.gb_seconds() or 0, **units})
    return Cost(
        definition,
        question,
        prices,
        tuple(sums.path(name, number) for name, number in rows),
        tuple(_ends(definition, rules[SHORTEST].ends, rules[SHORTEST_ERROR].ends, rules[LONGEST_ERROR].ends, extra)),
        walks.count(root, paths),
        tuple(walks.named(root, paths, question.listed)),
        tuple(_loops(definition, paths, assumed.rounds)),
        {state.name: paths.children(state) for state in definition.states() if state.type == "Map"},
        tuple(walked),
        tally.occurrences(),
        standard,
        compared,
        as_express if compared.milliseconds is not None else (),
        unpriced,
        notes,
    )


def _check_children(definition: Definition, named: Iterable[str]) -> None:
    known = [state.name for state in definition.states() if any(m.mode == "DISTRIBUTED" for m in state.machines)]
    for name in named:
        if name not in known:
            names = ", ".join(known) or "none"
            raise UsageError(f"--duration {name}: there is no Distributed Map state of that name; there are: {names}")


def _ends(
    definition: Definition,
    shortest: Mapping[str, Tally],
    with_errors: Mapping[str, Tally],
    longest: Mapping[str, Tally],
    extra: int,
) -> list[End]:
    found = []
    for name, state in definition.root.states.items():
        if is_end(state) and name in longest:
            fewest = (shortest.get(name) or with_errors[name]).transitions + extra
            most = longest[name].transitions + extra
            found.append(End(name, state.type == "Fail", name not in shortest, fewest, most))
    return found


def _loops(definition: Definition, paths: Paths, named: Iterable[str]) -> list[Loop]:
    """The loops of all machines that are gone round without an error, the larger ones first.

    Raises UsageError for a state in `named` that is in no loop at all.
    """
    machines = [machine for machine in definition.machines() if machine.start]
    found = [loop for machine in machines for loop in paths.ways(machine, SHORTEST).loops.values()]
    caught = [loop for machine in machines for loop in paths.ways(machine, SHORTEST_ERROR).loops.values()]
    for name in named:
        if not any(name in loop.members for loop in found + caught):
            heads = ", ".join(dict.fromkeys(loop.head for loop in found + caught)) or "none"
            raise UsageError(f"--rounds {name}: it is in no loop; loops begin at: {heads}")
    return sorted(found, key=lambda loop: -len(loop.members))


class _Sums:
    def __init__(self, definition: Definition, question: Question, prices: Prices) -> None:
        self._definition, self._question, self._prices = definition, question, prices

    def path(self, name: str, transitions: int) -> Path:
        """A path and what its transitions cost."""
        price = self._prices.prices["state_transition"]
        return Path(name, transitions, transitions * price.unit, self._month("state_transition", transitions))

    def units(self, tally: Tally) -> tuple[dict[str, float], tuple[str, ...], tuple[str, ...]]:
        """What is called on a way: units by price, what has no price, and what was assumed. Retries are not in it."""
        units: dict[str, float] = {}
        unpriced: dict[str, int] = {}
        notes: dict[str, None] = {}
        for (state, kind), times in tally.occurrences().items():
            if kind == "child":
                self._children(state, times, units, unpriced)
            if kind != "entered":
                continue
            charged = calls.charges(state, self._prices, self._question.functions)
            for price, number in charged.units.items():
                units[price] = units.get(price, 0) + number * times
            for text in charged.unpriced:
                unpriced[text] = unpriced.get(text, 0) + times
            notes.update(dict.fromkeys(charged.notes))
        return units, tuple(f"{text} ({_times(times)})" for text, times in unpriced.items()), tuple(notes)

    def _children(self, state: State, times: int, units: dict[str, float], unpriced: dict[str, int]) -> None:
        """The EXPRESS child executions of a Distributed Map."""
        if state.machines[0].execution_type != "EXPRESS":
            return
        units["express_request"] = units.get("express_request", 0) + times
        milliseconds = self._question.children.get(state.name)
        if milliseconds is None:
            text = f"{state.name}: GB-seconds of its EXPRESS child executions; give --duration {state.name}=ms"
            unpriced[text] = unpriced.get(text, 0) + times
            return
        child = express.compared(self._definition, 0, self._prices, milliseconds, self._question.megabytes)
        units["express_gb_second"] = units.get("express_gb_second", 0) + (child.gb_seconds() or 0) * times

    def items(self, units: Mapping[str, float]) -> tuple[Item, ...]:
        """The bill."""
        return tuple(
            Item(
                name, self._prices.prices[name].what, number, number * self._prices.prices[name].unit,
                self._month(name, number),
            )
            for name, number in units.items()
            if number
        )  # fmt: skip

    def _month(self, name: str, units: float) -> Month | None:
        if self._question.executions is None:
            return None
        price, number = self._prices.prices[name], units * self._question.executions
        return Month(number, price.cost(number), price.free, price.billed(number))


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
