"""A definition file: its value, and where in the file each part of it is written.

JSON is read by `json` (which says what is wrong with it) and located by tree-sitter; YAML is read and located by
PyYAML. Nothing here knows what the parts mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tree_sitter_json
import yaml
from tree_sitter import Language, Node, Parser

from headend.errors import UsageError

Pointer = tuple[str | int, ...]
"""Where a part is: ("States", "Check", "Retry", 0). () is the whole."""

YAML_SUFFIXES = (".yaml", ".yml")
LARGEST = 1 << 20
"""Bytes of a definition: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
DEEPEST = 200
"""Levels of nesting that are read; what people write has at most about 40."""
_LANGUAGE = Language(tree_sitter_json.language())
_TERRAFORM_ESCAPE = re.compile(r"(\$\$|%%)\{")


class SourceError(UsageError):
    """A file that is no definition at all: `file:line:column: what, and what to do`."""

    def __init__(self, path: Path, message: str, line: int | None = None, column: int | None = None) -> None:
        where = f"{path}" if line is None else f"{path}:{line}:{column}"
        super().__init__(f"{where}: {message}")
        self.path, self.line, self.column, self.problem = path, line or 1, column or 1, message


@dataclass(frozen=True, order=True)
class Position:
    """A place in a file, counted from 1, in characters."""

    line: int
    column: int


@dataclass(frozen=True)
class Document:
    """What a file holds.

    Attributes:
        path: the file.
        value: dicts, lists, str, int, float, bool and None.
        keys: where a key (or a list's element) is written, by the pointer to its value.
        values: where a value is written.
        duplicates: pointers of keys that their object holds twice; `value` has the last.
        text: the file's text.
    """

    path: Path
    value: Any
    keys: dict[Pointer, Position] = field(default_factory=dict)
    values: dict[Pointer, Position] = field(default_factory=dict)
    duplicates: tuple[Pointer, ...] = ()
    text: str = ""

    def position(self, pointer: Pointer, *, value: bool = False) -> Position:
        """Where `pointer`'s key is written (its value, if asked), or the nearest part around it that is."""
        places = self.values if value else self.keys
        while pointer and pointer not in places:
            pointer = pointer[:-1]
        return places.get(pointer, Position(1, 1))

    def at(self, pointer: Pointer) -> Any:
        """The value at `pointer`. Raises KeyError, IndexError or TypeError where there is none."""
        value = self.value
        for part in pointer:
            value = value[part]
        return value


def load(path: Path) -> Document:
    """Read a JSON or YAML file (by its suffix; YAML for .yaml and .yml).

    Raises SourceError, one line: no file, a directory, not UTF-8, too large, malformed, too deep, not an object.
    """
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise SourceError(path, "is a directory: name the definition file in it")
        if size > LARGEST:
            raise SourceError(path, f"has {size:,} bytes: a definition may have {LARGEST:,} (1 MiB)")
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise SourceError(path, "there is no such file") from None
    except UnicodeDecodeError as error:
        raise SourceError(path, f"is no UTF-8 text (byte {error.start:,}): save it as UTF-8") from None
    except (OSError, ValueError) as error:
        raise SourceError(path, f"cannot be read ({getattr(error, 'strerror', None) or error})") from None
    return parse(text, path)


def parse(text: str, path: Path) -> Document:
    """The same from text; `path` names the file in messages and, by its suffix, the syntax."""
    try:
        document = _yaml(text, path) if path.suffix in YAML_SUFFIXES else _json(text, path)
    except RecursionError:
        raise SourceError(path, _too_deep()) from None
    if not isinstance(document.value, dict):
        raise SourceError(path, "holds no object: a definition is one, with StartAt and States", 1, 1)
    return document


def unescaped(value: Any) -> Any:
    """`value` as Terraform's templatefile() leaves it: `$${` becomes `${` and `%%{` becomes `%{`, in texts and keys."""
    if isinstance(value, str):
        return _TERRAFORM_ESCAPE.sub(lambda match: match[1][0] + "{", value)
    if isinstance(value, dict):
        return {unescaped(key): unescaped(item) for key, item in value.items()}
    return [unescaped(item) for item in value] if isinstance(value, list) else value


def _too_deep() -> str:
    return f"is nested deeper than {DEEPEST} levels: nobody can read that, and this does not either"


# JSON


def _json(text: str, path: Path) -> Document:
    if not text.strip():
        raise SourceError(path, "is empty: a definition is an object with StartAt and States")
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise SourceError(path, f"is no JSON: {_first_lower(error.msg)}", error.lineno, error.colno) from None
    except ValueError as error:
        raise SourceError(path, f"is no JSON: {error}") from None
    root = Parser(_LANGUAGE).parse(text.encode("utf-8", "surrogatepass")).root_node
    lines = text.encode("utf-8", "surrogatepass").split(b"\n")
    found = _Places(lines)
    for node in root.named_children:
        found.value(node, (), 0, path)
    return Document(path, value, found.keys, found.values, tuple(found.duplicates), text)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]


class _Places:
    """Walks tree-sitter's tree and notes where everything stands."""

    def __init__(self, lines: list[bytes]) -> None:
        self._lines = lines
        self.keys: dict[Pointer, Position] = {}
        self.values: dict[Pointer, Position] = {}
        self.duplicates: list[Pointer] = []

    def value(self, node: Node, pointer: Pointer, depth: int, path: Path) -> None:
        """Note a value and all in it."""
        if depth > DEEPEST:
            raise SourceError(path, _too_deep(), *self._place(node))
        self.values[pointer] = Position(*self._place(node))
        if node.type == "object":
            for pair in node.named_children:
                key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
                if key is None or value is None or key.text is None:
                    continue
                inner = (*pointer, json.loads(key.text))
                if inner in self.keys:
                    self.duplicates.append(inner)
                self.keys[inner] = Position(*self._place(key))
                self.value(value, inner, depth + 1, path)
        elif node.type == "array":
            for index, item in enumerate(child for child in node.named_children if child.type != "comment"):
                self.keys[(*pointer, index)] = Position(*self._place(item))
                self.value(item, (*pointer, index), depth + 1, path)

    def _place(self, node: Node) -> tuple[int, int]:
        """Line and column in characters; tree-sitter counts bytes from 0."""
        row, byte = node.start_point
        line = self._lines[row]
        ascii_only = len(line) == len(line.decode("utf-8", "replace"))
        return row + 1, 1 + (byte if ascii_only else len(line[:byte].decode("utf-8", "replace")))


# YAML


class _Loader(yaml.SafeLoader):
    """YAML whose only types are JSON's: a date stays text, and CloudFormation's short functions become placeholders."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _cloudformation(_: _Loader, suffix: str, node: yaml.Node) -> str:
    """`!Ref Topic`, `!GetAtt Topic.Arn` and `!Sub …`: a name that somebody fills in, or text that holds such names."""
    if isinstance(node, yaml.ScalarNode):
        text = str(node.value)
        return text if suffix == "Sub" else f"${{{text}}}"
    return f"${{{suffix}}}"


_Loader.add_multi_constructor("!", _cloudformation)


def _yaml(text: str, path: Path) -> Document:
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            raise SourceError(path, "is empty: a definition is an object with StartAt and States")
        keys: dict[Pointer, Position] = {}
        values: dict[Pointer, Position] = {}
        duplicates: list[Pointer] = []
        value = _construct(loader, root, (), 0, path, (keys, values, duplicates))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise SourceError(path, f"is no YAML: {error.problem or error.context}", *place) from None
    except (yaml.YAMLError, ValueError) as error:
        raise SourceError(path, f"is no YAML: {' '.join(str(error).split())}") from None
    finally:
        loader.dispose()
    return Document(path, value, keys, values, tuple(duplicates), text)


def _construct(
    loader: _Loader,
    node: yaml.Node,
    pointer: Pointer,
    depth: int,
    path: Path,
    found: tuple[dict[Pointer, Position], dict[Pointer, Position], list[Pointer]],
) -> Any:
    keys, values, duplicates = found
    here = Position(node.start_mark.line + 1, node.start_mark.column + 1)
    if depth > DEEPEST:
        raise SourceError(path, _too_deep(), here.line, here.column)
    if len(values) > LARGEST:  # aliases of aliases
        raise SourceError(path, "has too many parts (aliases that repeat each other?): write it out", here.line, 1)
    values[pointer] = here
    if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
        loader.flatten_mapping(node)  # the merge key "<<"
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else str(key)
            inner = (*pointer, key)
            if inner in keys:
                duplicates.append(inner)
            keys[inner] = Position(key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            result[key] = _construct(loader, value_node, inner, depth + 1, path, found)
        return result
    if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
        items = []
        for index, item in enumerate(node.value):
            keys[(*pointer, index)] = Position(item.start_mark.line + 1, item.start_mark.column + 1)
            items.append(_construct(loader, item, (*pointer, index), depth + 1, path, found))
        return items
    value = loader.construct_object(node, deep=True)
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(node.value)


def walk(value: Any, pointer: Pointer = ()) -> Iterator[tuple[Pointer, Any]]:
    """Every part of a value, itself first."""
    yield pointer, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, (*pointer, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, (*pointer, index))
