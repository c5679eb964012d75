"""What CreateStateMachine refuses in a definition, with the error and the words of AWS.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from moto.core.exceptions import AWSError
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

from headend.localcloud import moto_patches
from headend.localcloud.stepfunctions import asl_intrinsic_syntax, asl_path_syntax, jsonata_fields

BACKEND = f"{moto_patches.PARSER}.models:StepFunctionsParserBackend"
TEMPLATES = ("Parameters", "ItemSelector", "ResultSelector", "Assign")
MEANT = "must be a valid JSONPath or a valid intrinsic function call"


class InvalidDefinition(AWSError):  # type: ignore[misc] # noqa: N818 - AWS's name
    """The definition is not one."""

    TYPE = "InvalidDefinition"
    STATUS = 400


def check(definition: str) -> None:
    """Raise InvalidDefinition for what AWS refuses."""
    try:
        read = json.loads(definition)
    except ValueError as error:
        raise InvalidDefinition(f"Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: {error}'") from error
    problems = [*_machine(read, "", "JSONPath")] if isinstance(read, dict) else ["The definition is not an object at /"]
    if not problems:
        try:
            AmazonStateLanguageParser.parse(definition)
        except Exception as error:  # noqa: BLE001 - the parser raises many kinds
            problems = [str(error)]
    if problems:
        listed = ", ".join(f"SCHEMA_VALIDATION_FAILED: {problem}" for problem in problems)
        raise InvalidDefinition(f"Invalid State Machine Definition: '{listed}'")


def _machine(machine: dict[str, Any], at: str, language: str) -> Iterator[str]:
    """Problems of a state machine, a branch or an item processor."""
    states = machine.get("States")
    if not isinstance(states, dict) or not states:
        yield f"The field 'States' must contain at least one state at {at or '/'}"
        return
    if machine.get("StartAt") not in states:
        yield f"StartAt '{machine.get('StartAt')}' does not reference a valid state at {at}/StartAt"
    language = machine.get("QueryLanguage", language)
    for name, state in states.items():
        if isinstance(state, dict):
            yield from _state(state, f"{at}/States/{name}", states, state.get("QueryLanguage", language))


def _state(state: dict[str, Any], at: str, states: dict[str, Any], language: str) -> Iterator[str]:
    for place, target in _targets(state):
        if target not in states:
            yield f"Next state '{target}' does not reference a valid state at {at}{place}"
    kind = state.get("Type")
    if kind in {"Pass", "Task", "Wait", "Parallel", "Map"} and ("Next" in state) == bool(state.get("End")):
        yield f"A state has either Next or End at {at}"
    if language == "JSONPath":
        for field in TEMPLATES:
            yield from _template(state.get(field), f"{at}/{field}")
        yield from _reference_path(state.get("ResultPath"), f"{at}/ResultPath")
        for index, rule in enumerate(state.get("Catch") or []):
            yield from _reference_path(rule.get("ResultPath"), f"{at}/Catch[{index}]/ResultPath")
    else:
        yield from jsonata_fields.syntax_problems(state, at)
    for field in ("Retry", "Catch"):
        for index, rule in enumerate((state.get(field) or [])[:-1]):
            if "States.ALL" in rule.get("ErrorEquals", []):
                yield f"States.ALL is only for the last of {field} at {at}/{field}[{index}]"
    for index, rule in enumerate(state.get("Choices") or []):
        if any("Next" in inner for inner in _inner_rules(rule)):
            yield f"Next is only for the outermost rule at {at}/Choices[{index}]"
    for index, branch in enumerate(state.get("Branches") or []):
        yield from _machine(branch, f"{at}/Branches[{index}]", language)
    for field in ("ItemProcessor", "Iterator"):
        if isinstance(state.get(field), dict):
            yield from _machine(state[field], f"{at}/{field}", language)


def _targets(state: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if "Next" in state:
        yield "/Next", state["Next"]
    if "Default" in state:
        yield "/Default", state["Default"]
    for field in ("Choices", "Catch"):
        for index, rule in enumerate(state.get(field) or []):
            if isinstance(rule, dict) and "Next" in rule:
                yield f"/{field}[{index}]/Next", rule["Next"]


def _inner_rules(rule: Any) -> Iterator[dict[str, Any]]:
    """The rules inside And, Or and Not."""
    if isinstance(rule, dict):
        for inner in [*(rule.get("And") or []), *(rule.get("Or") or []), rule.get("Not")]:
            if isinstance(inner, dict):
                yield inner
                yield from _inner_rules(inner)


def _reference_path(path: Any, at: str) -> Iterator[str]:
    if path is None:
        return
    try:
        definite = isinstance(path, str) and all(step.definite for step in asl_path_syntax.parse(path))
    except asl_path_syntax.PathError:
        definite = False
    if not definite:
        yield f"Value is not a Reference Path: '{path}' at {at}"


def _template(value: Any, at: str) -> Iterator[str]:
    """Fields whose name ends in .$ hold a path or an intrinsic function."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _template(item, f"{at}[{index}]")
    if not isinstance(value, dict):
        return
    for name, item in value.items():
        if name.endswith(".$"):
            problem = _expression(item)
            if problem:
                yield f"The value for the field '{name}' {MEANT}: {problem} at {at}/{name}"
        else:
            yield from _template(item, f"{at}/{name}")


def _expression(text: Any) -> str | None:
    """What is wrong with a path or an intrinsic function."""
    try:
        if not isinstance(text, str):
            return "it is no string"
        if text.startswith("$"):
            asl_intrinsic_syntax.parse(f"States.Array({text})")
        else:
            asl_intrinsic_syntax.parse(text)
    except (asl_intrinsic_syntax.IntrinsicSyntaxError, asl_path_syntax.PathError) as error:
        return str(error)
    return None


def apply() -> None:
    """Put the check in place of moto's."""
    moto_patches.replace(BACKEND, "_validate_definition", staticmethod(check))
