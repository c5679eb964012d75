"""YAML that PyYAML and Terraform's yamldecode() read alike, with the line of every value.

PyYAML reads YAML 1.1 and Terraform (go-cty-yaml) something between 1.1 and 1.2, so `0123`, `1_000`, `1e3`, `yes`,
`12:30` and `2026-01-01` are different values to each. This loader refuses whatever is not certain to be one value, says
on which line, and what to write instead. Terraform's rules:
https://developer.hashicorp.com/terraform/language/functions/yamldecode
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from headend.errors import UsageError

Place = tuple[str | int, ...]

_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?")
_LOOKS_LIKE_A_NUMBER = re.compile(r"[-+.]?[0-9]|[-+]?\.(?:inf|nan)$", re.IGNORECASE)
_SWITCH = re.compile(r"y|yes|n|no|on|off|true|false", re.IGNORECASE)
_NOTHING = re.compile(r"~|null", re.IGNORECASE)


class YamlError(UsageError):
    """One fault in one file: `file:line: what and remedy`."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")


@dataclass
class Document:
    """A file's value (dicts, lists, str, int, float, bool, None) and the line on which each place in it is written."""

    path: Path
    value: Any
    lines: dict[Place, int] = field(default_factory=dict)

    def line(self, place: Place) -> int:
        """The line of `place`, or of the nearest place around it that is written down."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def load(path: Path) -> Document:
    """Read a file. Raises YamlError (exit code 2) for a file that is missing, malformed, or not certain."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise YamlError(path, 1, "there is no such file") from None
    except (UnicodeDecodeError, OSError) as error:
        raise YamlError(path, 1, f"cannot be read as UTF-8 text ({_one_line(error)})") from None
    return parse(text, path)


def parse(text: str, path: Path) -> Document:
    """The same from text; `path` only names the file in messages."""
    if text.startswith("\ufeff"):
        raise YamlError(path, 1, "starts with a byte order mark; save it as UTF-8 without one")
    try:
        _refuse_decoration(text, path)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        reader = _Reader(path)
        return Document(path, None if node is None else reader.read(node, ()), reader.lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = _one_line(error.problem or error.context or "not YAML")
        raise YamlError(path, mark.line + 1 if mark else 1, f"not valid YAML: {problem}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise YamlError(path, 1, f"not valid YAML: {_one_line(error)}") from None
    except RecursionError:
        raise YamlError(path, 1, "is nested too deeply") from None


def _refuse_decoration(text: str, path: Path) -> None:
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        tag = getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise YamlError(path, _line(event), "anchors and aliases are not allowed; write the value out")
        if tag:
            raise YamlError(path, _line(event), f"the tag {tag} is not allowed; leave it out")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[Place, int] = {}

    def read(self, node: yaml.Node, place: Place) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return {key: self.read(value, (*place, key)) for key, value in self._pairs(node, place)}
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*place, index)) for index, item in enumerate(node.value)]
        if not isinstance(node, yaml.ScalarNode):
            raise YamlError(self.path, node.start_mark.line + 1, "is neither a mapping, a list nor a value")
        return self._scalar(node, place)

    def _pairs(self, node: yaml.MappingNode, place: Place) -> Iterator[tuple[str, yaml.Node]]:
        seen: dict[str, int] = {}
        for key_node, value in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise YamlError(self.path, line, "a key must be a word, not a list or a mapping")
            if key_node.value == "<<" and key_node.style is None:
                raise YamlError(self.path, line, "merge keys (<<) are not allowed; write the values out")
            key = self._scalar(key_node, place)
            if not isinstance(key, str):
                raise YamlError(self.path, line, f'{key_node.value}: a key must be a string; write "{key_node.value}"')
            if key in seen:
                where = ".".join(str(part) for part in (*place, key))
                raise YamlError(
                    self.path, line, f"{where}: this key is already on line {seen[key]}; rename or delete one"
                )
            seen[key] = line
            self.lines[(*place, key)] = line
            yield key, value

    def _scalar(self, node: yaml.ScalarNode, place: Place) -> str | int | float | bool | None:
        line, text = node.start_mark.line + 1, str(node.value)
        if node.style is not None:
            return text
        if text in ("", "null"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if _INTEGER.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
        doubt = None
        if _SWITCH.fullmatch(text):
            doubt = "write true or false, or quote it"
        elif _NOTHING.fullmatch(text):
            doubt = "write null, or quote it"
        elif text == "=" or (_LOOKS_LIKE_A_NUMBER.match(text) and not _ADDRESS.fullmatch(text)):
            doubt = "Python and Terraform may read this differently; write it in digits, or quote it"
        elif node.tag != "tag:yaml.org,2002:str":
            doubt = "not certain to be a string; quote it"
        if doubt:
            field = "".join(f"{part}." for part in place)[:-1]
            raise YamlError(self.path, line, f'{field + ": " if field else ""}{text} is ambiguous: {doubt}: "{text}"')
        return text


def _one_line(value: object) -> str:
    return " ".join(str(value).split())
