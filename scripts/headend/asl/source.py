"""A definition file: its value, and where in the file each part of it is written.

JSON is read by `json` (which says what is wrong with it) and located by tree-sitter; YAML is read and located by
PyYAML. Nothing here knows what the parts mean.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_left
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
DEEPEST = 100
"""Levels of nesting that are read; what people write has at most about 40."""
LONGEST_NUMBER = 1000
"""Digits of a number."""
MERGE = "tag:yaml.org,2002:merge"
TIMESTAMP = "tag:yaml.org,2002:timestamp"
BOOLEAN = "tag:yaml.org,2002:bool"
SCALARS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null"))
_LANGUAGE = Language(tree_sitter_json.language())
_BARE = re.compile(r'("(?:\\.|[^"\\])*")|(\$\{[^{}"\n]*\})')
"""A JSON text, or a `${name}` outside of any."""
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
        if path.is_dir():
            raise SourceError(path, "is a directory: name the definition file in it")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            size = max(path.stat().st_size, len(data))
            raise SourceError(path, f"has {size:,} bytes: a definition may have {LARGEST:,} (1 MiB)")
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        raise SourceError(path, "there is no such file") from None
    except UnicodeDecodeError as error:
        raise SourceError(path, f"is no UTF-8 text (byte {error.start:,}): save it as UTF-8") from None
    except (OSError, ValueError) as error:
        raise SourceError(path, f"cannot be read ({getattr(error, 'strerror', None) or error})") from None
    return parse(text, path)


def parse(text: str, path: Path) -> Document:
    """The same from text; `path` names the file in messages and, by its suffix, the syntax."""
    text = text.removeprefix("\ufeff")
    try:
        document = _yaml(text, path) if path.suffix in YAML_SUFFIXES else _json(text, path)
        _check_text(document)
    except RecursionError:
        raise SourceError(path, _too_deep()) from None
    if not isinstance(document.value, dict):
        raise SourceError(path, "holds no object: a definition is one, with StartAt and States", 1, 1)
    return document


def _check_text(document: Document) -> None:
    """Refuse halves of a character, which only an escape such as `\\ud800` can make: nothing could print them."""
    if not re.search(r"\\[uU](?:0000)?[dD][89a-fA-F]", document.text):
        return
    for pointer, value in walk(document.value):
        for text in (value, pointer[-1] if pointer else None):
            if isinstance(text, str) and re.search("[\ud800-\udfff]", text):
                place = document.position(pointer, value=text is value)
                message = r"holds half a character (an escape such as \ud800 without the other half): write it whole"
                raise SourceError(document.path, message, place.line, place.column)


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
    if any(
        match[2] for match in _BARE.finditer(text)
    ):  # a template: `"Seconds": ${seconds}` without quotes is filled in later
        located = _BARE.sub(lambda match: match[1] or f'"{match[2][1:-1]}"', text)
        text = _BARE.sub(lambda match: match[1] or f'"{match[2]}"', text)
    else:
        located = text
    try:
        value = json.loads(text, parse_constant=_no_number, parse_float=_number, parse_int=_integer)
    except json.JSONDecodeError as error:
        reason = _first_lower(error.msg).removesuffix(" starting at").removesuffix(" at")
        raise SourceError(path, f"is no JSON: {reason}", error.lineno, error.colno) from None
    except _NumberError as error:
        before = text[: text.find(error.text)]
        place = before.count("\n") + 1, len(before) - before.rfind("\n")
        shown = error.text if len(error.text) < 20 else f"{error.text[:17]}..."
        raise SourceError(path, f"is no JSON: {shown} is a number that JSON cannot hold", *place) from None
    data = located.encode("utf-8", "surrogatepass")
    root = Parser(_LANGUAGE).parse(data).root_node
    found = _Places(data.split(b"\n"))
    for node in root.named_children:
        found.value(node, (), 0, path)
    return Document(path, value, found.keys, found.values, tuple(found.duplicates), text)


class _NumberError(ValueError):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def _no_number(text: str) -> Any:
    raise _NumberError(text)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _NumberError(text)
    return value


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise _NumberError(text)
    return int(text)


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]


class _Places:
    """Walks tree-sitter's tree and notes where everything stands."""

    def __init__(self, lines: list[bytes]) -> None:
        self._lines = lines
        self._inner_bytes: dict[int, list[int]] = {}
        self.keys: dict[Pointer, Position] = {}
        self.values: dict[Pointer, Position] = {}
        self.duplicates: list[Pointer] = []

    def value(self, node: Node, pointer: Pointer, depth: int, path: Path) -> None:
        """Note a value and all in it. Of keys that are there twice, the last is the one that counts."""
        if depth > DEEPEST:
            raise SourceError(path, _too_deep(), *self._place(node))
        self.values[pointer] = Position(*self._place(node))
        if node.type == "object":
            last: dict[Pointer, tuple[Node, Node]] = {}
            for pair in node.named_children:
                key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
                if key is None or value is None or key.text is None:
                    continue
                inner = (*pointer, json.loads(key.text))
                if inner in last:
                    self.duplicates.append(inner)
                last[inner] = key, value
            for inner, (key, value) in last.items():
                self.keys[inner] = Position(*self._place(key))
                self.value(value, inner, depth + 1, path)
        elif node.type == "array":
            for index, item in enumerate(child for child in node.named_children if child.type != "comment"):
                self.keys[(*pointer, index)] = Position(*self._place(item))
                self.value(item, (*pointer, index), depth + 1, path)

    def _place(self, node: Node) -> tuple[int, int]:
        """Line and column in characters; tree-sitter counts bytes from 0."""
        row, byte = node.start_point
        inner = self._inner_bytes.get(row)
        if inner is None:  # a long line holds many nodes, so it is looked at once
            line = self._lines[row]
            inner = [] if line.isascii() else [i for i, value in enumerate(line) if value & 0xC0 == 0x80]
            self._inner_bytes[row] = inner
        return row + 1, 1 + byte - bisect_left(inner, byte)


# YAML


class _Loader(yaml.SafeLoader):
    """YAML whose only types are JSON's: a date stays text, and CloudFormation's short functions become placeholders."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (TIMESTAMP, BOOLEAN)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
# YAML 1.1 takes yes, no, on and off for truth values, YAML 1.2 for text: people mean names of states.
_Loader.add_implicit_resolver(BOOLEAN, re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def _cloudformation(_: _Loader, suffix: str, node: yaml.Node) -> str:
    """`!Ref Topic`, `!GetAtt Topic.Arn` and `!Sub …`: a name that somebody fills in, or text that holds such names."""
    if isinstance(node, yaml.ScalarNode):
        text = str(node.value)
        return text if suffix == "Sub" else f"${{{text}}}"
    return f"${{{suffix}}}"


_Loader.add_multi_constructor("!", _cloudformation)


def _yaml(text: str, path: Path) -> Document:
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        raise SourceError(path, _forbidden(error), *_line(text, error)) from None
    try:
        root = loader.get_single_node()
        if root is None:
            raise SourceError(path, "is empty: a definition is an object with StartAt and States")
        reader = _YamlReader(loader, path, len(text))
        value = reader.value(root, (), 0)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise SourceError(path, f"is no YAML: {error.problem or error.context}", *place) from None
    except yaml.reader.ReaderError as error:
        raise SourceError(path, _forbidden(error), *_line(text, error)) from None
    except yaml.YAMLError as error:
        raise SourceError(path, f"is no YAML: {' '.join(str(error).split())}") from None
    finally:
        loader.dispose()
    return Document(path, value, reader.keys, reader.values, tuple(reader.duplicates), text)


def _forbidden(error: yaml.reader.ReaderError) -> str:
    return f"is no YAML: the character U+{int(error.character):04X} is not allowed in it"


def _line(text: str, error: yaml.reader.ReaderError) -> tuple[int, int]:
    before = text[: error.position]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


class _YamlReader:
    """Makes a value of PyYAML's nodes and notes where everything stands. Aliases are written out, within reason."""

    def __init__(self, loader: _Loader, path: Path, size: int) -> None:
        self._loader, self._path = loader, path
        self._most = 10 * size + 1000  # parts; without aliases there are fewer than characters
        self._pairs: dict[int, dict[str, tuple[yaml.Node, yaml.Node]]] = {}
        self.keys: dict[Pointer, Position] = {}
        self.values: dict[Pointer, Position] = {}
        self.duplicates: list[Pointer] = []

    def value(self, node: yaml.Node, pointer: Pointer, depth: int) -> Any:
        """The value of a node at a pointer."""
        if depth > DEEPEST:
            raise self._error(node, _too_deep())
        if len(self.values) > self._most:
            raise self._error(node, "has too many parts (aliases of aliases): write it out")
        self.values[pointer] = _position(node)
        if node.tag.startswith("!"):
            return self._loader.construct_object(node, deep=True)
        if isinstance(node, yaml.MappingNode):
            result: dict[str, Any] = {}
            pairs, again = self._mapping(node, 0)
            self.duplicates += [(*pointer, key) for key in again]
            for key, (key_node, value_node) in pairs.items():
                self.keys[(*pointer, key)] = _position(key_node)
                result[key] = self.value(value_node, (*pointer, key), depth + 1)
            return result
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, item in enumerate(node.value):
                self.keys[(*pointer, index)] = _position(item)
                items.append(self.value(item, (*pointer, index), depth + 1))
            return items
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> tuple[dict[str, tuple[yaml.Node, yaml.Node]], list[str]]:
        """A mapping's pairs, those of its merge key "<<" first, and the keys that it has twice itself."""
        if depth > DEEPEST:
            raise self._error(node, _too_deep())
        merged: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        own: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        again: list[str] = []
        for key_node, value_node in node.value:
            if key_node.tag == MERGE:
                several = value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
                for other in several:
                    if not isinstance(other, yaml.MappingNode):
                        raise self._error(other, "<< takes a mapping or a list of mappings")
                    if id(other) not in self._pairs:
                        self._pairs[id(other)] = {}  # one that merges itself adds nothing
                        self._pairs[id(other)] = self._mapping(other, depth + 1)[0]
                    merged = {**self._pairs[id(other)], **merged}
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(key_node, "a key must be text")
            key = str(key_node.value)
            if key in own:
                again.append(key)
            own[key] = key_node, value_node
        return {**merged, **own}, again

    def _scalar(self, node: yaml.Node) -> Any:
        """Text, a number, true, false or null; whatever else YAML has stays text."""
        text = str(node.value)
        if node.tag not in SCALARS or len(text) > LONGEST_NUMBER:
            return text
        try:
            value = self._loader.construct_object(node, deep=True)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError):
            raise self._error(node, f"is no YAML: {text!r} is no {node.tag.rpartition(':')[2]}") from None
        return text if isinstance(value, float) and not math.isfinite(value) else value

    def _error(self, node: yaml.Node, message: str) -> SourceError:
        place = _position(node)
        return SourceError(self._path, message, place.line, place.column)


def _position(node: yaml.Node) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


def walk(value: Any, pointer: Pointer = ()) -> Iterator[tuple[Pointer, Any]]:
    """Every part of a value, itself first."""
    yield pointer, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, (*pointer, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, (*pointer, index))
