"""Paths and variables that no way to a state gives a value, or not every way.

What is known of the data comes from `headend.asl.flow`; where nothing is known, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from headend.asl.flow import analysis, reading, shapes, states
from headend.asl.flow.analysis import Analysis, Arrivals
from headend.asl.flow.reading import Found, Name
from headend.asl.flow.shapes import Array, Modelled, Object, Scalar, Shape
from headend.asl.flow.states import Misfit
from headend.asl.flow.ways import Case, Read
from headend.asl.lint.finding import Finding, finding
from headend.asl.model import Definition, Machine, State, Transition
from headend.asl.near_names import near
from headend.asl.source import Pointer

_SHOWN = 6
_FARTHEST = 60
"""States before a state in which what threw its data away is looked for."""


def check(definition: Definition) -> Iterator[Finding]:
    """All of the family's findings."""
    try:
        found = analysis.analyse(definition)
    except RecursionError:
        return
    rules = _Rules(definition, found)
    for read in found.reads.values():
        yield from rules.read(read)
    for misfit in found.misfits:
        yield rules.misfit(misfit)


class _Rules:
    def __init__(self, definition: Definition, found: Analysis) -> None:
        self._definition, self._found = definition, found
        self._incoming: dict[tuple[Pointer, str], list[Transition]] = {}
        self._readers: dict[tuple[Pointer, Name], set[str]] = {}
        self._assigned: dict[str, list[State]] = {}
        for state in definition.states():
            for way in state.transitions:
                self._incoming.setdefault((state.machine.pointer, way.target), []).append(way)
            for name in _assigned(state):
                self._assigned.setdefault(name, []).append(state)
        for read in found.reads.values():
            if read.steps and not read.root:
                key = (read.state.machine.pointer, read.steps[0])
                self._readers.setdefault(key, set()).add(read.state.name)

    def read(self, read: Read) -> Iterator[Finding]:
        """What is wrong with one read."""
        certain = [*read.missing, *read.vague]
        never = not read.found and (certain or (not read.doubted and not read.repeated and read.doubtful))
        if never:
            yield self._never(read, (certain or read.doubtful)[0])
        elif read.missing and read.missing[0].missing.definite:
            yield self._sometimes(read, read.missing[0])
        elif read.open and read.found and not certain and not read.state.jsonata:
            yield from self._elsewhere(read)

    # In the input, perhaps, but meant is a result

    def _elsewhere(self, read: Read) -> Iterator[Finding]:
        """The nearest state whose answer has what is read from the input, but puts it elsewhere."""
        name, machine = str(read.steps[0]), read.state.machine
        for state in self._earlier(machine, read.state):
            answer = states.answer(state) if state.type == "Task" and not state.jsonata else None
            place = state.fields.get("ResultPath", "$")
            if name not in shapes.names(answer) if answer is not None else True:
                continue
            before = {state.name, *(one.name for one in self._earlier(machine, state))}
            if (
                place == "$"
                or "ResultSelector" in state.fields
                or self._readers.get((machine.pointer, name), set()) & before
            ):
                return
            told = "throws it away (its ResultPath is null)" if place is None else f"puts it at {place}"
            remedy = "give it a ResultPath" if place is None else f"did you mean {place}.{name}?"
            message = (
                f"{read.text} is read from the input, but '{state.name}', whose answer has {name}, {told}; {remedy}"
            )
            yield self._finding(read, "dataflow-result-elsewhere", message)
            return

    def _into(self, machine: Machine, name: str) -> list[Transition]:
        return self._incoming.get((machine.pointer, name), [])

    def _earlier(self, machine: Machine, state: State) -> list[State]:
        """The states on the ways to one, the nearest first, up to a limit."""
        found: dict[str, State] = {}
        todo = list(self._into(machine, state.name))
        while todo and len(found) < _FARTHEST:
            name = todo.pop(0).source
            if name not in found:
                found[name] = machine.states[name]
                todo += self._into(machine, name)
        return list(found.values())

    # On no way

    def _never(self, read: Read, case: Case) -> Finding:
        missing = case.missing
        if read.root.startswith("$") and missing.step == 0:
            return self._unassigned(read, case)
        code, why = self._why(read, case)
        if not missing.definite:
            code = "dataflow-path-empty"
        return self._finding(read, code, f"{read.text} leads nowhere: {why}")

    def _why(self, read: Read, case: Case) -> tuple[str, str]:
        missing = case.missing
        within, name = missing.within, missing.name
        what = _before(read, missing.step)
        chosen = "Choices" in read.pointer and not read.state.jsonata
        if isinstance(within, Array) and isinstance(name, str):
            item = f"{what if missing.step else _root(read)}[0].{name}"
            told = f"{what} is an array{self._origin(read, case)}: take an item of it first, such as {item}"
            return "dataflow-array-as-object", told
        known = shapes.names(within)
        close = _close(name, known) if isinstance(name, str) else None
        answer = within if isinstance(within, Modelled) else within.base if isinstance(within, Object) else None
        told = f"{what} has {_listed(known)}" if known else f"{what} is {_kind(within)}"
        if close:
            told += f"; did you mean {close}?"
        deeper = _deeper(within, str(name)) if answer and not close else None
        if deeper:
            close, told = deeper, f"{told}; did you mean {deeper}?"
        gone = not (close or read.root or missing.step) and isinstance(name, str)
        lost = self._lost(read) if gone else None
        if lost:
            return ("dataflow-choice-missing" if chosen else "dataflow-result-dropped"), lost
        if answer:
            return "dataflow-service-field", f"{_service(answer)} has no {name} there; {told}"
        if missing.guessed:
            told = f"a Choice on the way here has found that {read.text} is not there"
        if chosen:
            told += "; ask IsPresent first, in an And, where it may be missing"
        return ("dataflow-choice-missing" if chosen else "dataflow-path-missing"), told

    def _origin(self, read: Read, case: Case) -> str:
        if read.root or case.missing.step:
            return ""
        for way in self._into(read.state.machine, read.state.name):
            before = read.state.machine.states.get(way.source)
            if before and before.type in ("Parallel", "Map") and before.fields.get("ResultPath", "$") == "$":
                kind = "its branches" if before.type == "Parallel" else "its items"
                return f" of the results of '{before.name}', one for each of {kind}"
        return ""

    def _lost(self, read: Read) -> str | None:
        """Which state threw away what a path in the input would lead to; the nearest."""
        names = read.steps[: read.steps.index("*")] if "*" in read.steps else read.steps
        machine = read.state.machine
        seen, todo = {read.state.name}, list(self._into(machine, read.state.name))
        while todo and len(seen) < _FARTHEST:
            way = todo.pop(0)
            state = machine.states[way.source]
            found = self._thrown(state, names, state.fields["Catch"][way.index] if way.kind == "catch" else None)
            if found:
                return found
            if state.name not in seen:
                seen.add(state.name)
                todo += self._into(machine, state.name)
        return None

    def _thrown(self, state: State, names: tuple[Name, ...], catcher: Mapping[str, Any] | None) -> str | None:
        """How a state threw it away as it went on, or as it caught an error."""
        if state.type not in ("Task", "Pass", "Parallel", "Map"):
            return None
        arrivals = self._found.arrivals.get(state.pointer, Arrivals())
        ways = [way for way in arrivals.ways if not way.doubtful]
        had = any(isinstance(reading.find_jsonata(way.data, names), Found) for way in ways)
        if catcher is not None:
            field, replaced = "a ResultPath such as $.error", catcher.get("ResultPath", "$") == "$"
            if state.jsonata:
                field, replaced = "an Output that has it", True
            remedy = f"the Catch of '{state.name}' replaces its whole input with the error; give it {field}"
            return remedy if had and replaced else None
        if state.jsonata:
            replaced = "Output" in state.fields or state.type != "Pass"
            remedy = "put it into its Output, or keep it in a variable with Assign"
        else:
            replaced = state.fields.get("ResultPath", "$") == "$" and (
                state.type != "Pass" or "Result" in state.fields or "Parameters" in state.fields
            )
            remedy = "give it a ResultPath such as $.result, which keeps its input"
            if not replaced and state.fields.get("OutputPath", "$") != "$":
                replaced, remedy = True, "its OutputPath leaves it out"
        if replaced and had:
            return f"'{state.name}' replaces its whole input; {remedy}"
        dropped = state.type == "Task" and not state.jsonata and state.fields.get("ResultPath", "$") is None
        if dropped and isinstance(reading.find_jsonata(states.answer(state), names), Found):
            return f"the result of '{state.name}' is thrown away (its ResultPath is null); give it a ResultPath"
        return None

    def _unassigned(self, read: Read, case: Case) -> Finding:
        name = str(read.steps[0])
        setters = self._assigned.get(name, [])
        outer = _around(read.state.machine)
        if any(state.machine in outer[cut:] for cut in _cuts(read.state.machine, outer) for state in setters):
            return self._finding(
                read,
                "dataflow-variable-distributed",
                f"the variable ${name} is not known here: the processor of a Distributed Map reads no variables from "
                "outside; give it to the items with ItemSelector (or BatchInput of ItemBatcher)",
            )
        close = near(
            name,
            [
                *shapes.names(case.variables),
                *self._assigned,
                *(["states"] if read.state.jsonata and name.lower() == "state" else []),
            ],
        )
        if any(state is read.state for state in setters):
            why = "Assign sets it as the state ends, and nothing in the state sees it before; read what it is made of"
        elif setters and all(state.machine not in (read.state.machine, *outer) for state in setters):
            why = f"'{setters[0].name}' sets it inside of a Map or Parallel state, for what is inside of it only"
        elif setters:
            why = f"'{setters[0].name}' sets it, but no way leads from there to here"
        elif close:
            why = f"no state assigns it; did you mean ${close}?"
        else:
            why = "no state assigns it; set it with Assign in a state before this one"
        return self._finding(read, "dataflow-variable-unassigned", f"the variable ${name} has no value here: {why}")

    # On some ways

    def _sometimes(self, read: Read, case: Case) -> Finding:
        missing = case.missing
        if read.root.startswith("$") and missing.step == 0:
            name = str(read.steps[0])
            return self._finding(
                read,
                "dataflow-variable-some-way",
                f"the variable ${name} has a value on some ways to this state, but not on all; assign it on every way",
            )
        what = _before(read, missing.step)
        known = shapes.names(missing.within)
        told = f"{what} has only {_listed(known)} there" if known else f"{what} is {_kind(missing.within)} there"
        return self._finding(
            read,
            "dataflow-path-some-way",
            f"{read.text} leads somewhere on some ways to this state, but not on all: {told}; "
            "give it a value on every way, or ask for it with a Choice first",
        )

    def misfit(self, misfit: Misfit) -> Finding:
        """A field that cannot do what it is for."""
        if misfit.kind == "items":
            code = "dataflow-not-an-array"
            told = (
                f"{misfit.text} is {_kind(misfit.shape)}, and a Map state repeats its steps for each item of an array"
            )
        else:
            code = "dataflow-result-path"
            told = (
                f"ResultPath {misfit.text} puts a field into an object, but the input is {_kind(misfit.shape)} there; "
                "give the state before an object as its output, or leave ResultPath out"
            )
        return finding(self._definition, code, misfit.pointer, told, misfit.state)

    def _finding(self, read: Read, code: str, message: str) -> Finding:
        return finding(self._definition, code, read.pointer, message, read.state)


def _assigned(state: State) -> Iterator[str]:
    """The names that a state assigns."""
    rules = [rule for name in ("Choices", "Catch") for _, rule in state.objects(name)]
    for fields in (state.fields, *rules):
        written = fields.get("Assign")
        if isinstance(written, dict):
            yield from (name if state.jsonata else name.removesuffix(".$") for name in written)


def _around(machine: Machine) -> list[Machine]:
    """The machines around one, the nearest first."""
    found = []
    while machine.parent is not None:
        machine = machine.parent.machine
        found.append(machine)
    return found


def _cuts(machine: Machine, outer: list[Machine]) -> list[int]:
    """From which of `outer` on nothing is read, because a Distributed Map stands between."""
    return [index for index, inner in enumerate([machine, *outer]) if inner.mode == "DISTRIBUTED"]


def _close(name: str, known: list[str]) -> str | None:
    """The nearest name, or the only one that ends alike: Arn for FlowArn."""
    longer = [other for other in known if other.lower().endswith(name.lower()) or name.lower().endswith(other.lower())]
    alike = longer[0] if len(longer) == 1 and min(len(name), len(longer[0])) > 2 else None
    return near(name, known) or alike


def _root(read: Read) -> str:
    """What stands for the input of the path."""
    return {"result": "$states.result"}.get(read.root, "$states.input") if read.state.jsonata else "$"


def _deeper(shape: Shape, name: str) -> str | None:
    """Where the parts of a service's answer have the name: SynthesisTask.TaskStatus."""
    for part in shapes.names(shape):
        inner = reading.child(shape, part).shape
        if inner is not None and name in shapes.names(inner):
            return f"{part}.{name}"
    return None


def _before(read: Read, step: int) -> str:
    """What the steps before a step lead to, as it would be written."""
    first = {"result": "the result", "errorOutput": "the error output", "item": "the item"}.get(read.root, "the input")
    steps = read.steps[:step]
    if read.root.startswith("$"):
        first, steps = read.root, read.steps[1:step]
    elif steps:
        first = {"": "$.", "result": "$."}.get(read.root, "$.").removesuffix(".")
    if read.state.jsonata and not read.root.startswith("$") and steps:
        first = {"result": "$states.result", "errorOutput": "$states.errorOutput"}.get(read.root, "$states.input")
    return first + "".join(
        "[*]" if name == "*" else f"[{name}]" if isinstance(name, int) else f".{name}" for name in steps
    )


def _listed(names: list[str]) -> str:
    shown = ", ".join(sorted(names)[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


def _kind(shape: Shape) -> str:
    if isinstance(shape, Modelled):
        shape = shapes.opened(shape)
    if isinstance(shape, Scalar):
        return {"null": "null", "scalar": "a single value", "string": "a text"}.get(shape.kind, f"a {shape.kind}")
    if isinstance(shape, Array):
        return "an array" if shape.members else "an empty array"
    if isinstance(shape, Object):
        return "an object" if shapes.names(shape) or shape.open else "an empty object"
    return "a value"


def _service(answer: Modelled) -> str:
    return f"the answer of {answer.source}"
