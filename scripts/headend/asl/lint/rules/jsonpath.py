"""JSONPath states: paths, reference paths, payload templates, intrinsic functions, the context object.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from headend.asl import context_object, intrinsics, literals, paths
from headend.asl.lint.finding import Finding, finding
from headend.asl.model import PLACEHOLDER, Definition, State, expression
from headend.asl.source import Pointer

_SEVERAL = frozenset({"InputPath", "OutputPath"})
"""Fields whose path may select several nodes; all others take a reference path."""
_INPUT_ONLY = frozenset(
    {"MaxConcurrencyPath", "MaxInputBytesPerBatchPath", "MaxItemsPath", "MaxItemsPerBatchPath"}
    | {"ToleratedFailureCountPath", "ToleratedFailurePercentagePath"}
)
"""Fields of Map states for which AWS refuses paths into the context object."""
_MAY_CALL = frozenset({"InputPath", "OutputPath", "ItemsPath"})
"""Fields in which AWS accepts the call of an intrinsic function, although it documents paths only."""
_TEXT_PATHS = {"ErrorPath": "Error", "CausePath": "Cause"}
_CODES = {
    "syntax": "jsonpath-intrinsic-syntax",
    "name": "jsonpath-intrinsic-name",
    "count": "jsonpath-intrinsic-arguments",
    "argument": "jsonpath-intrinsic-arguments",
}


def check(definition: Definition) -> Iterator[Finding]:
    """Findings of all JSONPath states."""
    variables = literals.assigned(definition)
    for state in definition.states():
        if state.jsonata:
            continue
        yield from _path_fields(definition, state)
        yield from _result_paths(definition, state)
        yield from _templates(definition, state, variables)
        yield from _literals(definition, state, variables)


def _path_fields(definition: Definition, state: State) -> Iterator[Finding]:
    for pointer, text in paths.path_fields(state):
        if not isinstance(text, str) or PLACEHOLDER.search(text):
            continue
        if intrinsics.is_call(text):
            yield from _call(definition, state, pointer, text)
            yield from _call_in_path(definition, state, pointer, text)
            continue
        path = _path(definition, state, pointer, text)
        if isinstance(path, Finding):
            yield path
            continue
        wrong = _several(definition, pointer, path)
        if wrong:
            yield finding(definition, wrong[0], pointer, wrong[1], state, value=True)
        elif not _asks_presence(definition, pointer):
            yield from _context(definition, state, pointer, path)


def _several(definition: Definition, pointer: Pointer, path: paths.Path) -> tuple[str, str] | None:
    """What is wrong with a path where AWS documents a reference path: (code, message)."""
    name = str(pointer[-1])
    if name in _SEVERAL:
        return None
    if path.root == paths.CONTEXT and name in _INPUT_ONLY:
        return "jsonpath-reference", f"{name} takes a path into the input: the context object ($$) is refused"
    if path.definite:
        return None
    if name != "ItemsPath" and "Choices" not in pointer:
        message = f"{name} takes a reference path, which selects one node: '{path.text}' can select several"
        return "jsonpath-reference", message
    # AWS shows a filter as a reference path, and refuses neither; what it does with other paths is not documented.
    if path.filtered and (name == "ItemsPath" or _asks_presence(definition, pointer)):
        return None
    does = "iterates over" if name == "ItemsPath" else "compares"
    message = f"{name} {does} what one path selects, and '{path.text}' can select several nodes: name one"
    return "jsonpath-several", message


def _path(definition: Definition, state: State, pointer: Pointer, text: str) -> paths.Path | Finding:
    """The path in a text, or the finding that there is none."""
    try:
        return paths.parse(text)
    except paths.PathError as error:
        message = f"{_name(pointer)} takes a path such as $.order.id: {error}"
        return finding(definition, "jsonpath-syntax", pointer, message, state, value=True)


def _name(pointer: Pointer) -> str:
    return next((part for part in reversed(pointer) if isinstance(part, str)), "")


def _asks_presence(definition: Definition, pointer: Pointer) -> bool:
    """Whether the path is the Variable of an IsPresent: it may well be missing."""
    if pointer[-1] != "Variable":
        return False
    rule = definition.document.at(pointer[:-1])
    return isinstance(rule, dict) and "IsPresent" in rule


def _call_in_path(definition: Definition, state: State, pointer: Pointer, text: str) -> Iterator[Finding]:
    """An intrinsic function where a path belongs."""
    name = str(pointer[-1])
    if name in _MAY_CALL:
        return
    function = text.strip()[len(intrinsics.PREFIX) :].partition("(")[0].strip()
    if name in _TEXT_PATHS:
        if f"{intrinsics.PREFIX}{function}" in intrinsics.NAMES and function not in intrinsics.TEXTS:
            message = f"{name} takes the intrinsic functions that give a text: not {intrinsics.PREFIX}{function}"
            yield finding(definition, "jsonpath-intrinsic-place", pointer, message, state, value=True)
        return
    message = (
        f"{name} takes a reference path, not an intrinsic function: "
        f"compute the value in a Pass state's Parameters before and name its path here"
    )
    yield finding(definition, "jsonpath-intrinsic-place", pointer, message, state, value=True)


def _call(definition: Definition, state: State, pointer: Pointer, text: str) -> Iterator[Finding]:
    """An intrinsic function: its syntax, name and arguments, and the paths in it."""
    found = False
    for problem in intrinsics.problems(text):
        found = True
        yield finding(definition, _CODES[problem.kind], pointer, problem.message, state, value=True)
    for path in paths.paths_in(text) if not found else ():
        yield from _context(definition, state, pointer, path)


def _context(definition: Definition, state: State, pointer: Pointer, path: paths.Path) -> Iterator[Finding]:
    """A path into the context object."""
    if path.root != paths.CONTEXT:
        return
    wrong = context_object.unknown(path.names)
    if wrong:
        yield finding(definition, "jsonpath-context", pointer, f"'{path.text}': {wrong}", state, value=True)
        return
    absent = context_object.absent(path.names, state, pointer)
    if absent:
        yield finding(definition, "jsonpath-context", pointer, f"'{path.text}': {absent}", state, value=True)


def _result_paths(definition: Definition, state: State) -> Iterator[Finding]:
    """ResultPath says where to put something: into the input, at one place."""
    holders: list[tuple[Pointer, Any]] = [((*state.pointer, "ResultPath"), state.fields.get("ResultPath"))]
    for index, catcher in state.objects("Catch"):
        holders.append(((*state.pointer, "Catch", index, "ResultPath"), catcher.get("ResultPath")))
    for pointer, text in holders:
        if not isinstance(text, str) or PLACEHOLDER.search(text):
            continue
        if intrinsics.is_call(text):
            yield from _call_in_path(definition, state, pointer, text)
            continue
        path = _path(definition, state, pointer, text)
        if isinstance(path, Finding):
            yield path
        elif path.root:
            what = "the context object" if path.root == paths.CONTEXT else "a variable: Assign does"
            message = f"ResultPath '{text}' cannot put the result into {what}; begin it with $."
            yield finding(definition, "jsonpath-reference", pointer, message, state, value=True)
        elif not path.definite:
            message = f"ResultPath takes a reference path, which names one place: '{text}' can name several"
            yield finding(definition, "jsonpath-reference", pointer, message, state, value=True)


def _templates(definition: Definition, state: State, variables: frozenset[str]) -> Iterator[Finding]:
    for pointer, template in paths.templates(state):
        for where, text in paths.template_fields(template, pointer):
            if pointer[-1] != "Credentials" or where[-1] == "RoleArn.$":
                yield from _template_field(definition, state, where, text)
        if isinstance(template, str) and (pointer[-1] != "Parameters" or state.type == "Map"):
            continue  # no object where one is needed: that is for `fields`
        for suspect in literals.suspects(template, pointer, variables):
            if isinstance(template, str):
                remedy = 'write InputPath for it, or an object with a field such as "order.$"'
            elif suspect.key is None:
                remedy = "a list has no .$, so build it with States.Array in a field whose name ends in .$"
            else:
                remedy = f'write "{suspect.key}.$" for it to be evaluated'
            message = f"'{_short(suspect.text)}' looks like {suspect.kind} but is taken as text: {remedy}"
            yield finding(definition, "jsonpath-missing-dollar", suspect.pointer, message, state)
        yield from _jsonata_texts(definition, state, template, pointer)


def _template_field(definition: Definition, state: State, pointer: Pointer, text: Any) -> Iterator[Finding]:
    """A field whose name ends in `.$`."""
    name = pointer[-1]
    if not isinstance(text, str):
        message = f'"{name}" has to be a text with a path or an intrinsic function: drop the .$ for a value as it is'
        yield finding(definition, "jsonpath-template-value", pointer, message, state)
    elif PLACEHOLDER.search(text):
        filled = intrinsics.filled_in(text)
        yield from _call(definition, state, pointer, filled) if filled else ()
    elif intrinsics.is_call(text):
        yield from _call(definition, state, pointer, text)
    elif not text.strip().startswith("$"):
        message = f"\"{name}\" has to be a path or an intrinsic function, not '{_short(text)}'"
        if expression(text) is not None:
            message += ": JSONata needs QueryLanguage JSONata, where the .$ is dropped"
        else:
            message += ": drop the .$ for a text as it is"
        yield finding(definition, "jsonpath-template-value", pointer, message, state)
    else:
        path = _path(definition, state, pointer, text)
        if isinstance(path, Finding):
            yield path
        else:
            yield from _context(definition, state, pointer, path)


def _literals(definition: Definition, state: State, variables: frozenset[str]) -> Iterator[Finding]:
    """Result, Error and Cause, which are taken as they are."""
    if state.type == "Pass" and "Result" in state.fields:
        pointer = (*state.pointer, "Result")
        result = state.fields["Result"]
        for where, _ in paths.template_fields(result, pointer):
            message = (
                f'Result is taken as it is, "{where[-1]}" with it: use Parameters instead of Result to evaluate it'
            )
            yield finding(definition, "jsonpath-not-a-template", where, message, state)
        for suspect in literals.suspects(result, pointer, variables):
            message = (
                f"Result is taken as it is, '{_short(suspect.text)}' too: use Parameters and a name that ends in .$"
            )
            yield finding(definition, "jsonpath-not-a-template", suspect.pointer, message, state)
        yield from _jsonata_texts(definition, state, result, pointer)
    for name, field in (("ErrorPath", "Error"), ("CausePath", "Cause")):
        if state.type != "Fail" or not isinstance(state.fields.get(field), str):
            continue
        pointer = (*state.pointer, field)
        for suspect in literals.suspects(state.fields[field], pointer, variables):
            message = f"{field} is taken as it is: write {name} for '{_short(suspect.text)}' to be evaluated"
            yield finding(definition, "jsonpath-missing-dollar", suspect.pointer, message, state)
        yield from _jsonata_texts(definition, state, state.fields[field], pointer)


def _jsonata_texts(definition: Definition, state: State, value: Any, pointer: Pointer) -> Iterator[Finding]:
    """JSONata where nothing evaluates it."""
    todo = [(pointer, value)]
    while todo:
        where, part = todo.pop()
        if isinstance(part, dict):
            todo += [((*where, key), item) for key, item in part.items() if not key.endswith(".$")]
        elif isinstance(part, list):
            todo += [((*where, index), item) for index, item in enumerate(part)]
        elif isinstance(part, str) and expression(part) is not None:
            message = (
                f"'{_short(part)}' is taken as text, because the state uses JSONPath: "
                'give the state "QueryLanguage": "JSONata"'
            )
            yield finding(definition, "jsonpath-jsonata", where, message, state)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
