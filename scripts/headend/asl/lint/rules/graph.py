"""The graph of states: ways that lead nowhere, states that no way leads to, loops without an exit.

AWS refuses a definition with a target that is not there or a state that cannot be reached (MISSING_TRANSITION_TARGET),
and one without a last state (MISSING_END_STATE):
https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from headend.asl.lint.finding import Finding, finding
from headend.asl.lint.rules.cycles import loops, reached, turned
from headend.asl.lint.rules.field_tables import STATES
from headend.asl.model import PLACEHOLDER, TYPES, Definition, Machine, State
from headend.asl.near_names import near
from headend.asl.source import Pointer

CHANGING = re.compile(r"\$\$|\$(?:now|millis|random|uuid)\b|\$states\.context")
"""What is different each time that it is read."""
MOST_GUESSES = 100
"""Names without a near one, after which no more is searched for: it takes long among thousands of states."""
WAYS = ("Next", "Default", "Choices", "Catch")
_IDLE_FIELDS = {"Type", "Comment", "QueryLanguage", "Next", "Choices", "Default", "Seconds"}


@dataclass
class _Ways:
    """What the ways of a machine come to.

    Attributes:
        graph: targets by state; a misspelt target counts as the state that was probably meant.
        start: the first state, or the one that was probably meant.
        lost: how many ways lead to nobody knows which state.
        anywhere: whether a way may lead to any state (a placeholder).
    """

    graph: dict[str, list[str]] = field(default_factory=dict)
    start: str | None = None
    lost: int = 0
    anywhere: bool = False
    open_ends: set[str] = field(default_factory=set)


def check(definition: Definition) -> Iterator[Finding]:
    """Findings about the graph of each machine of the definition."""
    homes: dict[str, Machine] = {}
    for machine in definition.machines():
        for name in machine.states:
            homes.setdefault(name, machine)
    for machine in definition.machines():
        ways = _Ways({name: [] for name in machine.states})
        yield from _targets(definition, machine, homes, ways)
        if machine.states and ways.start is not None and not ways.anywhere:
            yield from _reach(definition, machine, ways)
    for state in definition.states():
        if state.type == "Choice":
            yield from _one_rule(definition, state)
            yield from _same_rules(definition, state)


def _one_rule(definition: Definition, state: State) -> Iterator[Finding]:
    """A Choice of one rule and no Default. With several rules nobody can know whether they leave something out."""
    rules = state.fields.get("Choices")
    if "Default" not in state.fields and isinstance(rules, list) and len(rules) == 1:
        message = "the only rule has no counterpart: where it is not true the execution fails; add a Default"
        yield finding(definition, "graph-no-default", state.pointer, message, state)


def _same_rules(definition: Definition, state: State) -> Iterator[Finding]:
    """A rule that tests what an earlier one has tested."""
    first: dict[str, int] = {}
    for index, rule in state.objects("Choices"):
        test = {name: value for name, value in rule.items() if name not in ("Next", "Comment", "Assign", "Output")}
        text = json.dumps(test, sort_keys=True)
        if test and text in first:
            message = f"rule {first[text] + 1} makes the same test and is asked before: this one never applies"
            yield finding(definition, "graph-same-rule", (*state.pointer, "Choices", index), message, state)
        first.setdefault(text, index)


def _targets(definition: Definition, machine: Machine, homes: dict[str, Machine], ways: _Ways) -> Iterator[Finding]:
    """Targets that are not there; fills `ways`."""
    start = machine.start_at
    if start is not None and machine.states:
        if start in machine.states:
            ways.start = start
        elif PLACEHOLDER.search(start):
            ways.anywhere = True
        else:
            ways.start = None if start in homes else near(start, machine.states)
            yield _dangling(definition, machine, homes, None, start, (*machine.pointer, "StartAt"), ways.start)
    for state in machine.states.values():
        if _unclear(state):
            rules = state.fields.get("Choices")
            ways.lost += (
                len(machine.states) if state.type == "Choice" and not (isinstance(rules, list) and rules) else 1
            )
            ways.open_ends.add(state.name)
        for way in state.transitions:
            if way.target in machine.states:
                ways.graph[state.name].append(way.target)
            elif PLACEHOLDER.search(way.target):
                ways.anywhere = True
            else:
                guess = way.target not in homes and ways.lost < MOST_GUESSES
                meant = near(way.target, machine.states) if guess else None
                if meant is None:
                    ways.lost += 1
                    ways.open_ends.add(state.name)
                else:
                    ways.graph[state.name].append(meant)
                yield _dangling(definition, machine, homes, state, way.target, way.pointer, meant)


def _unclear(state: State) -> bool:
    """Whether a fault in the state's fields hides where it leads."""
    if state.type not in TYPES:
        return True
    if state.type in ("Succeed", "Fail"):
        return False
    known = STATES[state.type].fields
    if any(name not in known and near(name, WAYS) for name in state.fields):
        return True
    if state.type == "Choice":
        rules = state.fields.get("Choices")
        return (
            not isinstance(rules, list)
            or not rules
            or any(not isinstance(rule, dict) or not isinstance(rule.get("Next"), str) for rule in rules)
        )
    catchers = [catcher for _, catcher in state.objects("Catch") if not isinstance(catcher.get("Next"), str)]
    return bool(catchers) or not (state.ends or isinstance(state.fields.get("Next"), str))


def _dangling(
    definition: Definition,
    machine: Machine,
    homes: dict[str, Machine],
    state: State | None,
    target: str,
    where: Pointer,
    meant: str | None,
) -> Finding:
    home = homes.get(target)
    if home is not None:
        if machine.pointer[: len(home.pointer)] == home.pointer:
            hint = "is outside of this branch or Map state: end here, and go on from the Parallel or Map state itself"
        else:
            hint = "is inside a branch or Map state: no way leads into it; go to the Parallel or Map state itself"
        return finding(definition, "graph-border", where, f'"{target}" {hint}', state or machine.parent, value=True)
    hint = f'did you mean "{meant}"?' if meant else f"the states here are {_some(list(machine.states))}"
    message = f'there is no state "{target}": {hint}'
    return finding(definition, "graph-dangling", where, message, state or machine.parent, value=True)


def _reach(definition: Definition, machine: Machine, ways: _Ways) -> Iterator[Finding]:
    """States that are not reached, and states from which no end is."""
    inside = reached(ways.graph, [ways.start or ""])
    outside = {name: targets for name, targets in ways.graph.items() if name not in inside}
    roots = _roots(outside)
    if len(roots) > ways.lost:
        for name in roots:
            message = f'no way leads to "{name}": name it in a Next, Default or Catch, or remove it'
            yield finding(definition, "graph-unreachable", machine.states[name].pointer, message, machine.states[name])
    states = machine.states
    ends = {name for name, state in states.items() if state.ends or state.type == "Fail"} | ways.open_ends
    if not ends:
        message = f"no state ends {_called(machine)}: give {_some(list(states))} an End, or add a Succeed or Fail state"
        yield finding(definition, "graph-no-end", (*machine.pointer, "StartAt"), message, machine.parent)
        return
    stuck = inside - reached(turned(ways.graph), ends)
    if stuck and ends & inside:
        names = [name for name in states if name in stuck]
        message = f"from {_some(names)} no way leads to an end: the loop goes on until a quota or timeout fails it"
        yield finding(definition, "graph-endless", states[names[0]].pointer, message, states[names[0]])
    idle = {
        name: [target for target in ways.graph[name] if target in inside and target not in stuck]
        for name, state in states.items()
        if name in inside and name not in stuck and _idle(state)
    }
    for group in loops(idle):
        message = (
            f"nothing changes in the loop of {_some(group)}: who goes round once goes round for ever; "
            "put the state that gets the new value into it"
        )
        yield finding(definition, "graph-same-again", states[group[0]].pointer, message, states[group[0]])


def _roots(outside: dict[str, list[str]]) -> list[str]:
    """Of states that are not reached the first of each chain: what comes after it is not a fault of its own."""
    back = turned(outside)
    roots = [name for name in outside if not any(other != name for other in back[name])]
    covered = reached(outside, roots)
    for name in outside:  # loops that lead only to themselves
        if name not in covered:
            roots.append(name)
            covered |= reached(outside, [name])
    return roots


def _idle(state: State) -> bool:
    """Whether the state hands on what it gets and decides alike each time."""
    if state.type not in ("Choice", "Pass", "Wait") or set(state.fields) - _IDLE_FIELDS:
        return False
    rules = [rule for _, rule in state.objects("Choices")]
    return not any({"Assign", "Output"} & set(rule) for rule in rules) and not CHANGING.search(json.dumps(rules))


def _called(machine: Machine) -> str:
    return {"root": "the workflow", "branch": "this branch", "processor": "what the Map state repeats"}[machine.role]


def _some(names: list[str], most: int = 4) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
