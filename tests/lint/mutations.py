"""Faults put into public definitions, one at a time: does the linter find each?

    python tests/lint/mutations.py CHECKOUTS [--each 200] [--seed 1] [--show KIND]

Every kind of fault is put into definitions drawn at random, at a place drawn at random. A fault counts as found when
the linter says something of its families that it did not say before.
"""

from __future__ import annotations

import argparse
import copy
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "scripts")]

from headend.asl import integrations, model, source  # noqa: E402
from headend.asl.lint.finding import Finding  # noqa: E402
from headend.asl.lint.linter import lint, lint_text  # noqa: E402
from headend.asl.model import Definition, State  # noqa: E402
from headend.asl.source import Pointer  # noqa: E402
from lint.public import definitions  # noqa: E402

Places = Callable[[Definition], Iterator[Pointer]]
Change = Callable[[Any, Pointer, Random], None]
"""Changes the document (its outermost object) at a place."""


@dataclass(frozen=True)
class Kind:
    """One kind of fault: families of codes that name it, where it can be put, and how."""

    families: tuple[str, ...]
    places: Places
    change: Change


def _at(document: Any, pointer: Pointer) -> Any:
    for part in pointer:
        document = document[part]
    return document


def _states(*types: str, having: str | None = None) -> Places:
    def places(definition: Definition) -> Iterator[Pointer]:
        for machine in definition.machines():
            alive = machine.reachable()
            for state in machine.states.values():
                wanted = not types or state.type in types
                if wanted and state.name in alive and (having is None or having in state.fields):
                    yield state.pointer

    return places


def _misspelt(text: str, random: Random) -> str:
    """The text with two neighbouring letters exchanged, so that it is another."""
    spots = [i for i in range(1, len(text) - 1) if text[i] != text[i + 1] and (text[i] + text[i + 1]).isalpha()]
    if not spots:
        return text + "x"
    spot = random.choice(spots)
    return text[:spot] + text[spot + 1] + text[spot] + text[spot + 2 :]


def _rename(holder: dict[str, Any], old: str, new: str) -> None:
    items = [(new if key == old else key, value) for key, value in holder.items()]
    holder.clear()
    holder.update(items)


def _set(name: str, value: Any) -> Change:
    return lambda document, pointer, _: _at(document, pointer).__setitem__(name, copy.deepcopy(value))


# Graph and fields


def _targets(definition: Definition) -> Iterator[Pointer]:
    for state in definition.states():
        if state.name in state.machine.reachable():
            yield from (way.pointer for way in state.transitions)


def _dangle(document: Any, pointer: Pointer, random: Random) -> None:
    holder = _at(document, pointer[:-1])
    holder[pointer[-1]] = _misspelt(holder[pointer[-1]], random)


def _no_way_on(document: Any, pointer: Pointer, _: Random) -> None:
    state = _at(document, pointer)
    state.pop("Next", None)
    state.pop("End", None)


def _unreachable(document: Any, pointer: Pointer, _: Random) -> None:
    _at(document, pointer[:-1])["Forgotten step of nobody"] = {"Type": "Succeed"}


def _misspell_field(document: Any, pointer: Pointer, random: Random) -> None:
    state = _at(document, pointer)
    field = random.choice([key for key in state if len(key) > 3])
    _rename(state, field, _misspelt(field, random))


def _across(definition: Definition) -> Iterator[Pointer]:
    for state in definition.states():
        if state.machine.role != "root" and state.fields.get("Next"):
            yield state.pointer


def _cross(document: Any, pointer: Pointer, _: Random) -> None:
    _at(document, pointer)["Next"] = document["StartAt"]


def _endless(definition: Definition) -> Iterator[Pointer]:
    """The only end of a machine whose last state comes from others."""
    for machine in definition.machines():
        ends = [state for state in machine.states.values() if state.ends or state.type == "Fail"]
        caught = any(state.type == "Fail" for state in machine.states.values())
        if len(ends) == 1 and not caught and ends[0].fields.get("End") is True and machine.start:
            yield ends[0].pointer


def _close_loop(document: Any, pointer: Pointer, _: Random) -> None:
    state, machine = _at(document, pointer), _at(document, pointer[:-2])
    state.pop("End")
    state["Next"] = machine["StartAt"]


# Integrations


def _calls(kind: str | None = None) -> Places:
    def places(definition: Definition) -> Iterator[Pointer]:
        for state in definition.states():
            parsed = integrations.parse(state.resource or "")
            if (parsed.kind == kind if kind else parsed.kind in ("sdk", "optimized")) and _known(state):
                yield state.pointer

    return places


def _known(state: State) -> bool:
    return integrations.call(integrations.parse(state.resource or "")) is not None


def _literal_arguments(definition: Definition) -> Iterator[Pointer]:
    for pointer in _calls()(definition):
        state = _state(definition, pointer)
        if isinstance(state.arguments, dict) and [key for key in state.arguments if key not in ("Payload", "Input")]:
            yield state.arguments_pointer


def _state(definition: Definition, pointer: Pointer) -> State:
    return next(state for state in definition.states() if state.pointer == pointer)


def _misspell_action(document: Any, pointer: Pointer, random: Random) -> None:
    state = _at(document, pointer)
    head, _, action = state["Resource"].rpartition(":" if ".sync:2" not in state["Resource"] else ":::")
    name, dot, pattern = action.partition(".")
    if ":" in name:
        service, _, name = name.partition(":")
        head = f"{head}:::{service}"
        state["Resource"] = f"{head}:{_misspelt(name, random)}{dot}{pattern}"
    else:
        state["Resource"] = f"{head}:{_misspelt(name, random)}{dot}{pattern}"


def _misspell_service(document: Any, pointer: Pointer, random: Random) -> None:
    state = _at(document, pointer)
    found = re.search(r"(:::(?:aws-sdk:)?)([^:]+)(:.*)", state["Resource"])
    if found:
        start = state["Resource"][: found.start()]
        state["Resource"] = start + found[1] + _misspelt(found[2], random) + found[3]


def _misspell_parameter(document: Any, pointer: Pointer, random: Random) -> None:
    arguments = _at(document, pointer)
    name = random.choice([key for key in arguments if key not in ("Payload", "Input")])
    base, dollar, _ = name.partition(".$")
    _rename(arguments, name, _misspelt(base, random) + dollar)


def _lower_parameter(document: Any, pointer: Pointer, random: Random) -> None:
    arguments = _at(document, pointer)
    name = random.choice([key for key in arguments if key[:1].isupper() and key not in ("Payload", "Input")] or [""])
    if name:
        _rename(arguments, name, name[:1].lower() + name[1:])


def _required(definition: Definition) -> Iterator[Pointer]:
    for pointer in _calls()(definition):
        state = _state(definition, pointer)
        call = integrations.call(integrations.parse(state.resource or ""))
        shape = call.model.input_shape if call else None
        if isinstance(state.arguments, dict) and shape is not None:
            for name in shape.required_members:
                for key in (integrations.pascal_case(name), f"{integrations.pascal_case(name)}.$"):
                    if key in state.arguments and not shape.members[name].metadata.get("idempotencyToken"):
                        yield (*state.arguments_pointer, key)


def _drop(document: Any, pointer: Pointer, _: Random) -> None:
    _at(document, pointer[:-1]).pop(pointer[-1])


def _typed(definition: Definition) -> Iterator[Pointer]:
    """Arguments whose shape is a text, an enumeration or a number, written literally."""
    for pointer in _calls("sdk")(definition):
        state = _state(definition, pointer)
        call = integrations.call(integrations.parse(state.resource or ""))
        shape = call.model.input_shape if call else None
        if isinstance(state.arguments, dict) and shape is not None:
            for name, member in shape.members.items():
                key = integrations.pascal_case(name)
                if key in state.arguments and member.type_name in ("integer", "long", "boolean", "list", "structure"):
                    yield (*state.arguments_pointer, key)


def _wrong_type(document: Any, pointer: Pointer, _: Random) -> None:
    _at(document, pointer[:-1])[pointer[-1]] = "certainly not that"


def _enumerations(definition: Definition) -> Iterator[Pointer]:
    for pointer in _calls("sdk")(definition):
        state = _state(definition, pointer)
        call = integrations.call(integrations.parse(state.resource or ""))
        shape = call.model.input_shape if call else None
        if isinstance(state.arguments, dict) and shape is not None:
            for name, member in shape.members.items():
                if getattr(member, "enum", None):
                    yield (*state.arguments_pointer, integrations.pascal_case(name))


def _wrong_enum(document: Any, pointer: Pointer, _: Random) -> None:
    arguments = _at(document, pointer[:-1])
    arguments.pop(f"{pointer[-1]}.$", None)
    arguments[pointer[-1]] = "NOT_ONE_OF_THEM"


def _sync_on_sdk(document: Any, pointer: Pointer, _: Random) -> None:
    state = _at(document, pointer)
    state["Resource"] = state["Resource"].partition(".")[0] + ".sync"


def _untokened(definition: Definition) -> Iterator[Pointer]:
    for state in definition.states():
        parsed = integrations.parse(state.resource or "")
        able = parsed.service in ("sqs", "sns", "lambda") and parsed.kind == "optimized" and not parsed.pattern
        if able and not re.search(r'Task.Token|"\$\$"', json.dumps(state.fields)) and state.arguments is not None:
            yield state.pointer


def _wait_for_nothing(document: Any, pointer: Pointer, _: Random) -> None:
    _at(document, pointer)["Resource"] += ".waitForTaskToken"


# Paths and expressions


def _paths(definition: Definition) -> Iterator[Pointer]:
    for state in definition.states():
        if not state.jsonata:
            for name in ("Parameters", "ResultSelector"):
                for pointer, value in source.walk(state.fields.get(name), (*state.pointer, name)):
                    if isinstance(value, str) and str(pointer[-1]).endswith(".$") and value.startswith("$."):
                        yield pointer


def _break_path(document: Any, pointer: Pointer, _: Random) -> None:
    _at(document, pointer[:-1])[pointer[-1]] += "["


def _forget_dollar(document: Any, pointer: Pointer, _: Random) -> None:
    _rename(_at(document, pointer[:-1]), str(pointer[-1]), str(pointer[-1])[:-2])


def _intrinsics(definition: Definition) -> Iterator[Pointer]:
    for pointer, value in source.walk(definition.document.value):
        if isinstance(value, str) and re.match(r"States\.[A-Z]\w+\(", value) and str(pointer[-1]).endswith(".$"):
            yield pointer


def _misspell_intrinsic(document: Any, pointer: Pointer, random: Random) -> None:
    holder = _at(document, pointer[:-1])
    name, _, rest = holder[pointer[-1]].partition("(")
    holder[pointer[-1]] = f"States.{_misspelt(name.removeprefix('States.'), random)}({rest}"


def _unclosed(document: Any, pointer: Pointer, _: Random) -> None:
    holder = _at(document, pointer[:-1])
    holder[pointer[-1]] = holder[pointer[-1]].rstrip()[:-1]


def _expressions(definition: Definition) -> Iterator[Pointer]:
    for state in definition.states():
        if state.jsonata:
            for name in ("Arguments", "Output", "Assign"):
                for pointer, value in source.walk(state.fields.get(name), (*state.pointer, name)):
                    if model.expression(value) is not None:
                        yield pointer


def _calls_of_functions(definition: Definition) -> Iterator[Pointer]:
    for pointer in _expressions(definition):
        if re.search(r"\$[a-z][A-Za-z]+\(", definition.document.at(pointer)):
            yield pointer


def _break_expression(document: Any, pointer: Pointer, _: Random) -> None:
    holder = _at(document, pointer[:-1])
    holder[pointer[-1]] = holder[pointer[-1]].replace("%}", "+ %}")


def _unknown_function(document: Any, pointer: Pointer, random: Random) -> None:
    holder = _at(document, pointer[:-1])
    holder[pointer[-1]] = re.sub(
        r"\$([a-z][A-Za-z]+)\(", lambda match: f"${_misspelt(match[1], random)}(", holder[pointer[-1]], count=1
    )


def _unknown_variable(document: Any, pointer: Pointer, _: Random) -> None:
    _at(document, pointer[:-1])[pointer[-1]] = "{% $assignedByNobody.id %}"


# Errors


def _retries(definition: Definition) -> Iterator[Pointer]:
    for state in definition.states():
        for name in ("Retry", "Catch"):
            yield from ((*state.pointer, name, index) for index, _ in state.objects(name))


def _not_alone(document: Any, pointer: Pointer, _: Random) -> None:
    _at(document, pointer)["ErrorEquals"] = ["States.ALL", "States.Timeout"]


def _unknown_error(document: Any, pointer: Pointer, random: Random) -> None:
    _at(document, pointer)["ErrorEquals"] = ["States." + _misspelt("TaskFailed", random)]


def _not_last(document: Any, pointer: Pointer, _: Random) -> None:
    retriers = _at(document, pointer[:-1])
    retriers.insert(0, {**copy.deepcopy(retriers[0]), "ErrorEquals": ["States.ALL"]})
    if len(retriers) == 2:
        retriers[1]["ErrorEquals"] = ["States.Timeout"]


# Data flow


def _fixed_results(definition: Definition) -> Iterator[Pointer]:
    """States after a Pass or an SDK call whose whole output is known."""
    for state in definition.states():
        if state.jsonata or "ResultPath" in state.fields or "OutputPath" in state.fields:
            continue
        known = (state.type == "Pass" and isinstance(state.fields.get("Result"), dict)) or (
            integrations.parse(state.resource or "").kind == "sdk"
            and _known(state)
            and "Token" not in str(state.resource)
        )
        follower = state.machine.states.get(str(state.fields.get("Next")))
        if not known or follower is None or len(state.machine.incoming(follower.name)) != 1:
            continue
        if not follower.jsonata and follower.type in ("Task", "Pass") and "InputPath" not in follower.fields:
            yield follower.pointer


def _read_nothing(document: Any, pointer: Pointer, _: Random) -> None:
    state = _at(document, pointer)
    state["Parameters"] = {**(state.get("Parameters") or {}), "FunctionName.$": "$.produced_by_nobody"}


def _choice_on_nothing(definition: Definition) -> Iterator[Pointer]:
    yield from _fixed_results(definition)


def _choose(document: Any, pointer: Pointer, _: Random) -> None:
    state = _at(document, pointer)
    name = pointer[-1]
    machine = _at(document, pointer[:-2])
    machine["States"][name] = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.produced_by_nobody", "StringEquals": "x", "Next": "The old one"}],
        "Default": "The old one",
    }
    machine["States"]["The old one"] = state


def _unassigned(document: Any, pointer: Pointer, _: Random) -> None:
    _at(document, pointer[:-1])[pointer[-1]] = "$assignedByNobody.id"


KINDS: dict[str, Kind] = {
    "a transition to a state that is not there": Kind(("graph",), _targets, _dangle),
    "StartAt that is not there": Kind(
        ("graph",), lambda _: iter([()]), lambda d, p, r: d.update(StartAt=_misspelt(d["StartAt"], r))
    ),
    "no way on": Kind(("fields", "graph"), _states("Task", "Pass", "Wait", "Parallel", "Map"), _no_way_on),
    "a state that nothing reaches": Kind(("graph",), _states(), _unreachable),
    "a way out of a branch": Kind(("graph",), _across, _cross),
    "a loop without an exit": Kind(("graph",), _endless, _close_loop),
    "a misspelt field": Kind(("fields",), _states(), _misspell_field),
    "an unknown type": Kind(("fields",), _states(), _set("Type", "Taks")),
    "Next and End": Kind(("fields",), _states("Task", "Pass", having="Next"), _set("End", True)),
    "Retry where there is none": Kind(
        ("fields", "errors"), _states("Pass", "Choice", "Wait"), _set("Retry", [{"ErrorEquals": ["States.ALL"]}])
    ),
    "a field of the wrong type": Kind(("fields",), _states("Task"), _set("TimeoutSeconds", -5)),
    "a misspelt action": Kind(("integrations",), _calls(), _misspell_action),
    "a misspelt service": Kind(("integrations",), _calls(), _misspell_service),
    "a misspelt parameter": Kind(("integrations",), _literal_arguments, _misspell_parameter),
    "a parameter in the wrong case": Kind(("integrations",), _literal_arguments, _lower_parameter),
    "a required parameter that is missing": Kind(("integrations",), _required, _drop),
    "a literal of the wrong type": Kind(("integrations",), _typed, _wrong_type),
    "a literal that the enumeration lacks": Kind(("integrations",), _enumerations, _wrong_enum),
    ".sync on an SDK action": Kind(("integrations",), _calls("sdk"), _sync_on_sdk),
    "waitForTaskToken without the token": Kind(("integrations",), _untokened, _wait_for_nothing),
    "a path that is none": Kind(("jsonpath",), _paths, _break_path),
    "a forgotten .$": Kind(("jsonpath",), _paths, _forget_dollar),
    "a misspelt intrinsic function": Kind(("jsonpath",), _intrinsics, _misspell_intrinsic),
    "an intrinsic function that is not closed": Kind(("jsonpath",), _intrinsics, _unclosed),
    "an expression that is none": Kind(("jsonata",), _expressions, _break_expression),
    "an unknown JSONata function": Kind(("jsonata",), _calls_of_functions, _unknown_function),
    "an unknown JSONata variable": Kind(("jsonata", "dataflow"), _expressions, _unknown_variable),
    "States.ALL with others": Kind(("errors",), _retries, _not_alone),
    "an unknown States. error": Kind(("errors",), _retries, _unknown_error),
    "States.ALL before others": Kind(("errors",), _retries, _not_last),
    "a path that nobody produces": Kind(("dataflow",), _fixed_results, _read_nothing),
    "a Choice on what nobody produces": Kind(("dataflow",), _choice_on_nothing, _choose),
    "a variable that nobody assigns": Kind(("dataflow", "jsonpath"), _paths, _unassigned),
}


def _said(findings: list[Finding]) -> set[tuple[str, str]]:
    return {(finding.code, finding.message) for finding in findings}


def main() -> int:
    """1 when a fault was missed."""
    options = argparse.ArgumentParser(description="Put faults into public definitions and lint them.")
    options.add_argument("checkouts", type=Path, help="folder with clones of the repositories")
    options.add_argument("--each", type=int, default=100, help="faults of each kind (100)")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--show", help="print what is missed of this kind")
    given = options.parse_args()
    texts = list(definitions(given.checkouts))
    read = [(found, model.parse(found.text, found.name)) for found in texts]
    before = {id(found): _said(lint(definition)) for found, definition in read}
    missed_in_all = 0
    for name, kind in KINDS.items():
        if given.show and given.show != name:
            continue
        random = Random(f"{given.seed} {name}")
        spots = [(found, definition, place) for found, definition in read for place in kind.places(definition)]
        chosen = random.sample(spots, min(given.each, len(spots)))
        done = missed = 0
        for found, definition, place in chosen:
            document = copy.deepcopy(definition.document.value)
            kind.change(document, place, random)
            if document == definition.document.value:
                continue
            done += 1
            said = _said(lint_text(json.dumps(document, indent=1), Path(f"{found.name}.json"))) - before[id(found)]
            if not any(code.partition("-")[0] in kind.families for code, _ in said):
                missed += 1
                if given.show:
                    print(f"missed: {found.name} {'/'.join(map(str, place))}; said: {sorted(said)}")
        missed_in_all += missed
        print(f"{done - missed:4} of {done:4} found: {name}")
    return 1 if missed_in_all else 0


if __name__ == "__main__":
    sys.exit(main())
