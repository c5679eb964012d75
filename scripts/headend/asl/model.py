"""A state machine's definition as lint, iam, diagram and cost see it.

The reader never refuses: it is made for definitions with faults in them, so that `lint` can say what they are. Where a
part has the wrong type, it reads as if it were not there.

Source: https://states-language.net/ and https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from headend.asl import source
from headend.asl.source import Document, Pointer, Position

QueryLanguage = Literal["JSONPath", "JSONata"]
JSONPATH: QueryLanguage = "JSONPath"
JSONATA: QueryLanguage = "JSONata"
TYPES = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
PLACEHOLDER = re.compile(r"\$\{([^{}]*)\}")
"""`${name}`: what SAM, CloudFormation and Terraform fill in before Step Functions sees the definition."""
_EXPRESSION = re.compile(r"\{%(.*)%\}", re.DOTALL)


@dataclass(frozen=True)
class Transition:
    """A way from one state to the next.

    Attributes:
        source, target: names of states of the same machine; the target may not exist.
        kind: "next" (Next), "choice" (a rule's Next), "default" (Default), "catch" (a catcher's Next).
        pointer: of the field that names the target.
        index: of the rule or catcher; None for next and default.
    """

    source: str
    target: str
    kind: Literal["next", "choice", "default", "catch"]
    pointer: Pointer
    index: int | None = None


@dataclass(eq=False)
class Machine:
    """A StartAt with its States: the whole definition, a branch of a Parallel state, or what a Map state repeats.

    Attributes:
        pointer: where it stands.
        fields: as written.
        parent: the Parallel or Map state around it.
        role: "root", "branch", "processor".
        query_language: what its states use that say nothing else.
        mode, execution_type: of a processor: INLINE or DISTRIBUTED; STANDARD or EXPRESS (DISTRIBUTED only).
    """

    pointer: Pointer
    fields: Mapping[str, Any]
    parent: State | None
    role: Literal["root", "branch", "processor"]
    query_language: QueryLanguage
    mode: str = "INLINE"
    execution_type: str | None = None
    states: dict[str, State] = field(default_factory=dict)

    @property
    def start_at(self) -> str | None:
        """The name in StartAt."""
        return _text(self.fields.get("StartAt"))

    @property
    def start(self) -> State | None:
        """The state that StartAt names, if there is one."""
        return self.states.get(self.start_at or "")

    def reachable(self) -> set[str]:
        """Names of the states that some way from StartAt reaches."""
        found: set[str] = set()
        todo = [self.start_at] if self.start else []
        while todo:
            name = todo.pop()
            if name is None or name in found or name not in self.states:
                continue
            found.add(name)
            todo += [way.target for way in self.states[name].transitions]
        return found

    def incoming(self, name: str) -> list[Transition]:
        """The ways that lead to a state."""
        return [way for state in self.states.values() for way in state.transitions if way.target == name]


@dataclass(eq=False)
class State:
    """One state.

    Attributes:
        name, pointer, fields: as written; `fields` is {} where the state is no object.
        machine: the Machine that it is a state of.
        query_language: JSONPath or JSONata: its own, or its machine's.
        machines: what is inside a Parallel (its branches) or Map (its processor) state.
    """

    name: str
    pointer: Pointer
    fields: Mapping[str, Any]
    machine: Machine
    query_language: QueryLanguage
    machines: list[Machine] = field(default_factory=list)

    @property
    def type(self) -> str:
        """Its Type, "" where it has none."""
        return _text(self.fields.get("Type")) or ""

    @property
    def jsonata(self) -> bool:
        """Whether its query language is JSONata."""
        return self.query_language == JSONATA

    @property
    def resource(self) -> str | None:
        """A Task state's Resource."""
        return _text(self.fields.get("Resource")) if self.type == "Task" else None

    @property
    def arguments_pointer(self) -> Pointer:
        """Where a Task state's arguments are: Arguments (JSONata) or Parameters (JSONPath)."""
        return (*self.pointer, "Arguments" if self.jsonata else "Parameters")

    @property
    def arguments(self) -> Any:
        """What a Task state gives to what it calls, as written; None where it gives its whole input (JSONPath)."""
        return self.fields.get("Arguments" if self.jsonata else "Parameters")

    @property
    def ends(self) -> bool:
        """Whether the machine may end here without an error."""
        return self.fields.get("End") is True or self.type == "Succeed"

    @cached_property
    def transitions(self) -> list[Transition]:
        """The ways out, in the order in which Step Functions looks at them; only those that name a state as text."""
        found: list[Transition] = []

        def add(target: Any, kind: Literal["next", "choice", "default", "catch"], *where: str | int) -> None:
            index = next((part for part in where if isinstance(part, int)), None)
            if isinstance(target, str):
                found.append(Transition(self.name, target, kind, (*self.pointer, *where), index))

        if self.type == "Choice":
            for index, rule in self.objects("Choices"):
                add(rule.get("Next"), "choice", "Choices", index, "Next")
            add(self.fields.get("Default"), "default", "Default")
        elif self.type not in ("Succeed", "Fail"):
            add(self.fields.get("Next"), "next", "Next")
        for index, catcher in self.objects("Catch"):
            add(catcher.get("Next"), "catch", "Catch", index, "Next")
        return found

    def objects(self, name: str) -> list[tuple[int, Mapping[str, Any]]]:
        """The objects in the list `name` (Choices, Retry, Catch, Branches) with their indices."""
        items = self.fields.get(name)
        return [(i, item) for i, item in enumerate(items) if isinstance(item, dict)] if isinstance(items, list) else []


@dataclass(frozen=True)
class Definition:
    """A file with a state machine in it.

    Attributes:
        document: the file. Its `value` has no Terraform escapes left (`$${` and `%%{`).
        root: the outermost machine.
        execution_type: STANDARD or EXPRESS where the caller knows; the language does not say.
        placeholders: the names in `${…}`, in the order of their first use.
    """

    document: Document
    root: Machine
    execution_type: str | None = None
    placeholders: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The file."""
        return self.document.path

    def machines(self) -> Iterator[Machine]:
        """All machines, the outermost first, depth first."""
        todo = [self.root]
        while todo:
            machine = todo.pop(0)
            yield machine
            todo[:0] = [inner for state in machine.states.values() for inner in state.machines]

    def states(self) -> Iterator[State]:
        """All states of all machines: an outer machine's before those inside."""
        for machine in self.machines():
            yield from machine.states.values()

    def position(self, pointer: Pointer, *, value: bool = False) -> Position:
        """Where a part is written."""
        return self.document.position(pointer, value=value)


def load(path: Path, execution_type: str | None = None) -> Definition:
    """Read a definition file. Raises SourceError, one line, where it is no JSON or YAML object."""
    return read(source.load(path), execution_type)


def parse(text: str, path: Path = Path("definition.asl.json"), execution_type: str | None = None) -> Definition:
    """The same from text; the path's suffix says whether it is YAML."""
    return read(source.parse(text, path), execution_type)


def read(document: Document, execution_type: str | None = None) -> Definition:
    """The definition in a document."""
    if re.search(r"\$\$\{|%%\{", document.text):
        document = replace(document, value=source.unescaped(document.value))
    root = _machine((), document.value, None, "root", JSONPATH)
    names = {
        match[1]: None
        for _, value in source.walk(document.value)
        if isinstance(value, str)
        for match in PLACEHOLDER.finditer(value)
    }
    return Definition(document, root, execution_type, tuple(names))


def expression(value: Any) -> str | None:
    """The JSONata expression in `{% … %}`; None where the value is no such string."""
    match = _EXPRESSION.fullmatch(value.strip()) if isinstance(value, str) else None
    return match[1].strip() if match else None


def _machine(
    pointer: Pointer,
    fields: Mapping[str, Any],
    parent: State | None,
    role: Literal["root", "branch", "processor"],
    inherited: QueryLanguage,
) -> Machine:
    settings = fields.get("ProcessorConfig")
    settings = settings if isinstance(settings, dict) else {}
    machine = Machine(
        pointer,
        fields,
        parent,
        role,
        _language(fields, inherited),
        _text(settings.get("Mode")) or "INLINE",
        _text(settings.get("ExecutionType")),
    )
    states = fields.get("States")
    for name, written in states.items() if isinstance(states, dict) else ():
        own = written if isinstance(written, dict) else {}
        state = State(name, (*pointer, "States", name), own, machine, _language(own, machine.query_language))
        machine.states[name] = state
        # A branch that says nothing uses the definition's language, not that of the state around it.
        for index, branch in state.objects("Branches") if state.type == "Parallel" else ():
            where = (*state.pointer, "Branches", index)
            state.machines.append(_machine(where, branch, state, "branch", machine.query_language))
        for key in ("ItemProcessor", "Iterator") if state.type == "Map" else ():
            inside = own.get(key)
            if isinstance(inside, dict):
                where = (*state.pointer, key)
                state.machines.append(_machine(where, inside, state, "processor", machine.query_language))
                break
    return machine


def _language(fields: Mapping[str, Any], inherited: QueryLanguage) -> QueryLanguage:
    said = fields.get("QueryLanguage")
    if said is None or (isinstance(said, str) and PLACEHOLDER.search(said)):
        return inherited
    # AWS takes every other value for JSONata, and refuses it; in other letters it is likely to be meant all the same.
    return JSONPATH if isinstance(said, str) and said.lower() == JSONPATH.lower() else JSONATA


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
