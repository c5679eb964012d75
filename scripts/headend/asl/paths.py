"""The JSONPaths of a definition: what a path consists of, and where a JSONPath state reads which.

The steps are read by the local cloud's parser: what lint accepts is what runs there. Where that parser knows less than
AWS's (Jayway JsonPath: unquoted words in filters, functions, escapes), a path is not `known`, and nobody judges it.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
https://github.com/json-path/JsonPath
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from headend.asl.model import PLACEHOLDER, State
from headend.asl.source import Pointer
from headend.localcloud.stepfunctions import asl_intrinsic_syntax, asl_path_syntax
from headend.localcloud.stepfunctions.asl_path_syntax import PathError as PathError
from headend.localcloud.stepfunctions.asl_path_syntax import Step

CONTEXT = "$$"
VARIABLE = re.compile(r"\$([^\W\d]\w*)")
"""A variable's name: a letter, then letters, digits and underscores (Unicode Standard Annex 31)."""
_FILTER = re.compile(r"\[\s*(\?\s*)?\(")
_FUNCTION = r"(min|max|avg|stddev|length|sum|keys|concat|append|size|first|last|index)"
_BEYOND = re.compile(rf"\[\s*(\?\s*)?\(|\\|\.{_FUNCTION}\(")
"""What the local cloud's parser may refuse or misread although AWS reads it: filters, escapes, functions."""
_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_ASSIGNS = re.compile(r"(?<![=!<>])=(?![=~])")
_LARGEST = 10_000
"""Characters of a path that is read; nobody writes longer ones."""

PATH_FIELDS = frozenset(
    {
        "InputPath",
        "OutputPath",
        "ItemsPath",
        "SecondsPath",
        "TimestampPath",
        "TimeoutSecondsPath",
        "HeartbeatSecondsPath",
        "MaxConcurrencyPath",
        "ToleratedFailureCountPath",
        "ToleratedFailurePercentagePath",
        "ErrorPath",
        "CausePath",
    }
)
"""Fields of a JSONPath state that hold a path which is read."""

TEMPLATE_FIELDS = ("Parameters", "ItemSelector", "ResultSelector", "Assign", "Credentials")
"""Fields of a JSONPath state that are payload templates."""

INNER_TEMPLATES = (("ItemReader", "Parameters"), ("ItemBatcher", "BatchInput"), ("ResultWriter", "Parameters"))
INNER_PATHS = (
    ("ItemReader", "ReaderConfig", "MaxItemsPath"),
    ("ItemBatcher", "MaxItemsPerBatchPath"),
    ("ItemBatcher", "MaxInputBytesPerBatchPath"),
)


@dataclass(frozen=True)
class Path:
    """A path.

    Attributes:
        text: as written.
        root: "" for the input, "$$" for the context object, else the name of a variable.
        steps: what follows the root.
        known: False where the steps could not be read, but AWS may well read them.
    """

    text: str
    root: str
    steps: tuple[Step, ...]
    known: bool = True

    @property
    def definite(self) -> bool:
        """Whether it can lead to one node only (a reference path); True where that is not known."""
        if not self.known:
            return not self.filtered
        return all(step.definite and step.kind != "length" for step in self.steps)

    @property
    def filtered(self) -> bool:
        """Whether it has a filter, `[?(…)]`."""
        return bool(_FILTER.search(self.text))

    @cached_property
    def names(self) -> tuple[str | int, ...]:
        """The names and indices up to the first step that may lead to several nodes."""
        found: list[str | int] = []
        for step in self.steps:
            if step.kind not in ("name", "index") or len(step.values) != 1:
                break
            found.append(step.values[0])
        return tuple(found)


@dataclass(frozen=True)
class Use:
    """A path that a state reads.

    Attributes:
        pointer: of the field that holds it.
        path: itself, or an argument of the intrinsic function that the field holds.
        field: the state's field it is in, such as "InputPath", "Parameters", "Choices", "Catch".
        inside: whether it is an argument of an intrinsic function.
    """

    pointer: Pointer
    path: Path
    field: str
    inside: bool = False


def parse(text: str) -> Path:
    """A path that begins with `$`, `$$` or `$variable`. Raises PathError, one line, for what is none."""
    return _parse(text.strip())


@lru_cache(maxsize=4096)
def _parse(text: str) -> Path:
    if len(text) > _LARGEST:
        return Path(text, "", (), known=False)
    root, rest = "", text
    variable = VARIABLE.match(text)
    if text.startswith(CONTEXT):
        root, rest = CONTEXT, text[1:]
    elif variable:
        root, rest = variable[1], "$" + text[variable.end() :]
    if not rest.startswith("$"):
        raise PathError(f"'{text}' does not begin with $")
    if "\\" in text and _balanced(text):
        return Path(text, root, (), known=False)
    try:
        return Path(text, root, asl_path_syntax.parse(rest))
    except PathError as error:
        if _ASSIGNS.search(_QUOTED.sub("''", text)):
            raise PathError(f"'{text}' cannot be read: a filter compares with ==, not =") from None
        beyond = _BEYOND.search(rest)
        if beyond is None or not _balanced(text) or not _readable(rest[: beyond.start()]):
            wrong = str(error).rpartition(" at '")[2].removesuffix("'")
            where = f"at '{wrong}'" if wrong else "where it ends"
            raise PathError(f"'{text}' cannot be read {where}") from None
    except (RecursionError, ValueError):
        pass
    return Path(text, root, (), known=False)


def _readable(path: str) -> bool:
    try:
        asl_path_syntax.parse(path)
    except PathError:
        return path.endswith("..") and _readable(path[:-2])
    return True


def _balanced(text: str) -> bool:
    """Whether every bracket outside of quotes is closed."""
    depth, quote = 0, ""
    for mark in text:
        if quote:
            quote = "" if mark == quote else quote
        elif depth and mark in "'\"":
            quote = mark
        elif mark in "[(":
            depth += 1
        elif mark in "])":
            depth -= 1
        if depth < 0:
            return False
    return depth == 0 and not quote


def paths_in(text: str) -> list[Path]:
    """The paths in a field's text: itself, or those of an intrinsic function; [] where it cannot be read."""
    text = text.strip()
    if PLACEHOLDER.search(text):
        return []
    try:
        return list(_paths_of(asl_intrinsic_syntax.parse(text))) if text.startswith("States.") else [parse(text)]
    except (ValueError, RecursionError):
        return []


def _paths_of(call: asl_intrinsic_syntax.Call) -> Iterator[Path]:
    for argument in call.arguments:
        if isinstance(argument, asl_intrinsic_syntax.Call):
            yield from _paths_of(argument)
        elif isinstance(argument, asl_intrinsic_syntax.Path):
            yield parse(argument.text)


def template_fields(template: Any, pointer: Pointer) -> Iterator[tuple[Pointer, Any]]:
    """The fields of a payload template whose names end in `.$`: (pointer, what they hold)."""
    todo = [(pointer, template)]
    while todo:
        where, value = todo.pop()
        if isinstance(value, dict):
            for key, item in value.items():
                if key.endswith(".$"):
                    yield (*where, key), item
                else:
                    todo.append(((*where, key), item))
        elif isinstance(value, list):
            todo += [((*where, index), item) for index, item in enumerate(value)]


def templates(state: State) -> Iterator[tuple[Pointer, Any]]:
    """A state's payload templates: (pointer, template)."""
    for name in TEMPLATE_FIELDS:
        if name in state.fields:
            yield (*state.pointer, name), state.fields[name]
    for where in INNER_TEMPLATES:
        yield from _inside(state, where)
    for name in ("Choices", "Catch"):
        for index, item in state.objects(name):
            if "Assign" in item:
                yield (*state.pointer, name, index, "Assign"), item["Assign"]


def _inside(state: State, where: tuple[str, ...]) -> Iterator[tuple[Pointer, Any]]:
    value: Any = state.fields
    for name in where:
        if not isinstance(value, dict) or name not in value:
            return
        value = value[name]
    yield (*state.pointer, *where), value


def path_fields(state: State) -> Iterator[tuple[Pointer, Any]]:
    """A state's fields that hold a path to read, outside of templates: (pointer, what they hold)."""
    for name in state.fields:
        if name in PATH_FIELDS:
            yield (*state.pointer, name), state.fields[name]
    for where in INNER_PATHS:
        yield from _inside(state, where)
    for index, rule in state.objects("Choices") if state.type == "Choice" else ():
        yield from _rule_paths(rule, (*state.pointer, "Choices", index))


def _rule_paths(rule: Any, pointer: Pointer) -> Iterator[tuple[Pointer, Any]]:
    todo = [(pointer, rule)]
    while todo:
        where, value = todo.pop(0)
        if not isinstance(value, dict):
            continue
        for key, item in value.items():
            if key == "Variable" or (key.endswith("Path") and key not in ("InputPath", "OutputPath")):
                yield (*where, key), item
        todo += [
            ((*where, key, index), inner)
            for key in ("And", "Or")
            if isinstance(value.get(key), list)
            for index, inner in enumerate(value[key])
        ]
        if "Not" in value:
            todo.append(((*where, "Not"), value["Not"]))


def uses(state: State) -> list[Use]:
    """All paths that a JSONPath state reads; what cannot be read, or has a placeholder, is not among them."""
    if state.jsonata:
        return []
    found = []
    for pointer, text in [
        *path_fields(state),
        *(field for each in templates(state) for field in template_fields(*each[::-1])),
    ]:
        if isinstance(text, str):
            field = str(pointer[len(state.pointer)])
            inside = text.strip().startswith("States.")
            found += [Use(pointer, path, field, inside) for path in paths_in(text)]
    return found
