"""JSONata states: syntax, functions, what $states holds where, what is no expression although it looks like one.

Whether a variable has a value is for `dataflow`.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

from headend.asl import context_object, expressions, literals
from headend.asl.expressions import Call, Expression, ExpressionError, Function, Reference
from headend.asl.lint.finding import Finding, finding
from headend.asl.lint.rules import field_tables
from headend.asl.model import JSONPATH, PLACEHOLDER, Definition, State
from headend.asl.near_names import did_you_mean
from headend.asl.source import Pointer

OPEN, CLOSE = "{%", "%}"
_READS = re.compile(r"\$states\.(input|result|errorOutput|context)\b")
_CALLED = re.compile(r"\$(\w+)\(.*\)$", re.DOTALL)
_DEFINITION = re.compile(r"\"(StartAt|States|QueryLanguage)\"")
"""In a text that is a definition itself, for an API that takes one."""
_SPACED = re.compile(r"\{\s*%.*%\s*\}", re.DOTALL)
_CONSTANT = frozenset(
    {"Branches", "Comment", "Default", "ErrorEquals", "ItemProcessor", "Iterator", "Label", "Next", "QueryLanguage"}
    | {"Resource", "Retry", "Type"}
)
"""Fields of a state that hold states, names or prose: nothing in them is evaluated."""
_HAVE_RESULT = frozenset({"Task", "Parallel", "Map"})
_STATES = ("input", "result", "errorOutput", "context")
_STRINGS = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_ELSEWHERE = {
    "concat": "the operator & or $join",
    "format": "the operator &",
    "indexof": "$contains or $match",
    "includes": "$contains",
    "isempty": "$count(…) = 0",
    "jsonparse": "$parse",
    "len": "$length or $count",
    "parsejson": "$parse",
    "size": "$count",
    "stringify": "$string",
    "tojson": "$string",
    "tolower": "$lowercase",
    "tolowercase": "$lowercase",
    "tostring": "$string",
    "toupper": "$uppercase",
    "touppercase": "$uppercase",
}
"""What functions of other languages are called in JSONata."""
_HINTS = (
    (re.compile(r"===?|!=="), "JSONata compares with = and !="),
    (re.compile(r"&&"), 'write "and" instead of &&'),
    (re.compile(r"\|\|"), 'write "or" instead of ||'),
    (re.compile(r"\?\?|\?:"), "?? and ?: came with JSONata 2.1, Step Functions has 2.0.6: write $exists(a) ? a : b"),
    (re.compile(r"=>"), "a function is written function($x) { … }"),
    (re.compile(r"!(?!=)"), "write $not(…) instead of !"),
)


def check(definition: Definition) -> Iterator[Finding]:
    """Findings of all JSONata states."""
    variables = literals.assigned(definition)
    lines = _Lines(definition.document.text)
    for state in definition.states():
        if state.jsonata:
            part = field_tables.STATES.get(state.type)
            for name, value in state.fields.items():
                field = part.fields.get(name) if part else None
                if name not in _CONSTANT and field is not None and field.language != JSONPATH:
                    yield from _State(definition, state, variables, lines).value((*state.pointer, name), value)


class _Lines:
    """The lines of a text, split when the first is asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _all(self) -> list[str]:
        return self._text.split("\n")

    def get(self, number: int) -> str:
        """The line of that number, from 1; "" where there is none."""
        return self._all[number - 1] if number <= len(self._all) else ""


class _State:
    """Checks what is in the fields of one state."""

    def __init__(self, definition: Definition, state: State, variables: frozenset[str], lines: _Lines) -> None:
        self._definition, self._state, self._variables, self._lines = definition, state, variables, lines

    def value(self, pointer: Pointer, value: Any) -> Iterator[Finding]:
        """Findings about a value at any depth."""
        todo = [(pointer, value)]
        while todo:
            where, part = todo.pop()
            if isinstance(part, dict):
                known = self._known(where)
                for key in part:
                    if known is None and key.endswith(".$"):
                        yield self._dollar_key((*where, key), part[key])
                todo += [
                    ((*where, key), item)
                    for key, item in reversed(part.items())
                    if (key in known if known is not None else not key.endswith(".$"))
                ]
            elif isinstance(part, list):
                todo += [((*where, index), part[index]) for index in reversed(range(len(part)))]
            elif isinstance(part, str):
                yield from self._text(where, part)

    def _known(self, pointer: Pointer) -> frozenset[str] | None:
        """The fields of a rule, catcher, reader or writer that JSONata evaluates; None for other objects."""
        inside = pointer[len(self._state.pointer) :]
        part = None
        if len(inside) == 2:
            part = {"Catch": field_tables.CATCHER, "Choices": field_tables.RULE}.get(str(inside[0]))
        elif len(inside) == 1 and inside[0] in field_tables.INSIDE:
            part = field_tables.INSIDE[str(inside[0])][0]
        if part is None:
            return None
        return frozenset(name for name, field in part.fields.items() if field.language != JSONPATH) - _CONSTANT

    def _finding(self, code: str, pointer: Pointer, message: str) -> Finding:
        return finding(self._definition, code, pointer, message, self._state, value=True)

    def _dollar_key(self, pointer: Pointer, value: Any) -> Finding:
        name = str(pointer[-1])
        message = (
            f'"{name}" is a field of this very name in JSONata: drop the .$ and write its value as {OPEN} … {CLOSE}'
            + (f", {_as_jsonata(value)}" if isinstance(value, str) and _as_jsonata(value) else "")
        )
        return finding(self._definition, "jsonata-dollar", pointer, message, self._state)

    def _text(self, pointer: Pointer, text: str) -> Iterator[Finding]:
        opens, closes = text.startswith(OPEN), text.endswith(CLOSE)
        if opens and closes and len(text) >= len(OPEN) + len(CLOSE):
            yield from self._expression(pointer, text)
        elif opens or closes:
            inner = text.strip()
            if opens:
                wrong = (
                    f"there are blanks behind the {CLOSE}" if inner.endswith(CLOSE) else f"it does not end with {CLOSE}"
                )
            else:
                wrong = "there are blanks before it" if inner.startswith(OPEN) else f"it does not begin with {OPEN}"
            message = f"an expression begins with {OPEN} and ends with {CLOSE}, with nothing around: {wrong}"
            yield self._finding("jsonata-delimiters", pointer, message)
        elif _DEFINITION.search(text):
            return
        elif (OPEN in text and CLOSE in text[text.index(OPEN) :]) or _SPACED.fullmatch(text):
            message = (
                f"the text is taken as it is, {OPEN} … {CLOSE} with it: make all of it one expression, "
                f"{OPEN} 'text ' & $states.input.name {CLOSE}, without blanks around it"
            )
            yield self._finding("jsonata-embedded", pointer, message)
        elif pointer[-1] == "Condition":
            if not PLACEHOLDER.search(text):
                message = f"Condition is the text '{_short(text)}': write it as {OPEN} … {CLOSE}"
                yield self._finding("jsonata-text", pointer, message)
        else:
            yield from self._suspect(pointer, text)

    def _suspect(self, pointer: Pointer, text: str) -> Iterator[Finding]:
        """A path, an intrinsic function or a variable without `{% %}`."""
        called = _CALLED.match(text.strip())
        evaluated = _READS.search(text) or (called and called[1] in expressions.FUNCTIONS)
        if evaluated and not PLACEHOLDER.search(text) and not _DEFINITION.search(text):
            message = f"'{_short(text)}' is taken as text: write {OPEN} {_short(text)} {CLOSE}"
            yield self._finding("jsonata-text", pointer, message)
            return
        kind = literals.kind_of(text, pointer[len(self._state.pointer) + 1 :], self._variables)
        if kind:
            meant = _as_jsonata(text)
            message = f"'{_short(text)}' looks like {kind} but is taken as text"
            yield self._finding("jsonata-text", pointer, message + (f": write {meant}" if meant else ""))

    def _expression(self, pointer: Pointer, text: str) -> Iterator[Finding]:
        inner = text[len(OPEN) : -len(CLOSE)]
        source = inner.strip()
        before = len(OPEN) + len(inner) - len(inner.lstrip())
        filled_in = PLACEHOLDER.search(text) is not None
        try:
            read = expressions.parse(source)
        except ExpressionError as error:
            if not filled_in:
                offset = before + min(error.offset, len(source)) if error.offset is not None else None
                message = f"no JSONata: {error}{_hint(source)}" if source else "the expression is empty"
                yield self._at(self._finding("jsonata-syntax", pointer, message), text, offset)
            return
        for found, offset in self._faults(pointer, read):
            yield self._at(found, text, before + offset)

    def _faults(self, pointer: Pointer, read: Expression) -> Iterator[tuple[Finding, int]]:
        for call in read.calls:
            wrong = _call(call)
            if wrong:
                yield self._finding(wrong[0], pointer, wrong[1]), call.offset
        for use in read.references:
            wrong = self._reference(pointer, use)
            if wrong:
                yield self._finding(wrong[0], pointer, wrong[1]), use.offset
        for message, offset in read.faults:
            yield self._finding("jsonata-operands", pointer, message), offset
        for name, offset in read.names:
            yield self._finding("jsonata-input", pointer, _no_field(name)), offset

    def _reference(self, pointer: Pointer, use: Reference) -> tuple[str, str] | None:
        path = ".".join(str(step) for step in use.steps)
        if use.name in ("", "$"):
            meant = "$states.context" if use.name else "$states.input"
            dollar = f"${use.name}"
            write = f"{meant}.{path}" if path else meant
            return "jsonata-input", f"{dollar} has no value here, because a state has no input document: write {write}"
        if use.name != "states" or not use.steps:
            return None
        first = str(use.steps[0])
        if first not in _STATES:
            hint = did_you_mean(first, _STATES) or f": it has {', '.join(_STATES)}"
            return "jsonata-states", f"$states has no {first}{hint}"
        absent = self._absent(first, pointer)
        if absent:
            return "jsonata-states", absent
        if first == "context":
            names = use.steps[1:]
            why = context_object.unknown(names) or context_object.absent(names, self._state, pointer)
            return ("jsonata-context", f"$states.{path}: {why}") if why else None
        return None

    def _absent(self, name: str, pointer: Pointer) -> str | None:
        """Why $states.result or $states.errorOutput is not there."""
        inside = pointer[len(self._state.pointer) :]
        if name == "result":
            if self._state.type not in _HAVE_RESULT:
                return f"$states.result is not there in a {self._state.type} state: nothing gives it a result"
            if inside[0] not in ("Output", "Assign"):
                return f"$states.result is there in Output and Assign only, not in {inside[0]}"
        if name == "errorOutput" and not (inside[0] == "Catch" and inside[2:3] in (("Output",), ("Assign",))):
            return "$states.errorOutput is there only in the Output and Assign of a catcher (Catch)"
        return None

    def _at(self, found: Finding, text: str, offset: int | None) -> Finding:
        """The finding at a character of the text, if that is written in one line (JSON, or YAML quoted or not)."""
        if offset is None:
            return found
        line = self._lines.get(found.line)
        begin = text[:offset]
        for written in (json.dumps(begin, ensure_ascii=False)[:-1], f"'{begin}", begin):
            if "\n" not in written and line.startswith(written, found.column - 1):
                return replace(found, column=found.column + len(written))
        return found


def _call(call: Call) -> tuple[str, str] | None:
    """What is wrong with a call: (code, message)."""
    known = expressions.FUNCTIONS.get(call.name)
    if known is None:
        if call.name == "eval":
            return "jsonata-function", "Step Functions has no $eval: $parse reads a JSON text"
        return "jsonata-function", f"there is no function ${call.name}{_near_function(call.name)}"
    fewest = known.fewest - (known.contextual and call.contextual)
    few = call.arguments < fewest and not call.partial
    many = known.most is not None and call.arguments > known.most
    if not few and not many:
        return _types(call, known)
    if known.most is None:
        takes = f"at least {known.fewest}"
    elif known.fewest == known.most:
        takes = str(known.most) if known.most else "none"
    else:
        takes = f"{known.fewest} to {known.most}"
    return (
        "jsonata-arguments",
        f"${call.name} takes {takes} argument{'' if takes == '1' else 's'}, not {call.arguments}",
    )


def _types(call: Call, known: Function) -> tuple[str, str] | None:
    """A literal of the wrong type, where it is certain that no first argument was left out."""
    if call.contextual and call.arguments != len(known.types):
        return None
    for place, value in enumerate(call.literals):
        if value is not None and not known.accepts(place, value):
            message = (
                f"argument {place + 1} of ${call.name} cannot be {'text' if isinstance(value, str) else 'a number'}"
            )
            return "jsonata-arguments", message
    return None


def _near_function(name: str) -> str:
    if name.lower() in _ELSEWHERE:
        return f": did you mean {_ELSEWHERE[name.lower()]}?"
    return did_you_mean(f"${name}", [f"${known}" for known in expressions.FUNCTIONS])


def _no_field(name: str) -> str:
    if name == "states":
        return "states is a field of nothing here: write $states"
    if name in expressions.FUNCTIONS:
        return f"{name} is a field of nothing here: write ${name} for the function, $states.input.{name} for the field"
    if name == "States":
        return "intrinsic functions are for JSONPath: JSONata has functions of its own, such as $join, $hash and $uuid"
    if name in _STATES:
        return f"{name} is a field of nothing here: write $states.{name}"
    return (
        f"{name} is a field of nothing here: write $states.input.{name}, ${name} for a variable, or '{name}' for text"
    )


def _as_jsonata(text: str) -> str | None:
    """A JSONPath in JSONata, where that is the same but for its beginning."""
    for prefix, meant in (("$$.", "$states.context."), ("$.", "$states.input.")):
        if text.startswith(prefix) and re.fullmatch(r"[\w.\[\]]+", text[len(prefix) :]):
            return f"{OPEN} {meant}{text[len(prefix) :]} {CLOSE}"
    if text == "$":
        return f"{OPEN} $states.input {CLOSE}"
    if re.fullmatch(r"\$\w[\w.\[\]]*", text):
        return f"{OPEN} {text} {CLOSE}"
    return None


def _hint(source: str) -> str:
    """What people who write other languages meant."""
    bare = _STRINGS.sub("''", source)
    return next((f" ({hint})" for pattern, hint in _HINTS if pattern.search(bare)), "")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
