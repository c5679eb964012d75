"""What a module declares, in its own words: variables and outputs with the text of their arguments.

python-hcl2 parses; the text comes from the file as `terraform fmt` has laid it out, so types read as they were written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import hcl2
from lark import Token, Tree
from lark.exceptions import LarkError

from headend.errors import UsageError

Node = Tree[Token]


@dataclass(frozen=True)
class Declaration:
    """A `variable` or an `output`. `arguments` holds HCL text by argument name, e.g. {"type": "map(string)"}."""

    kind: str
    name: str
    arguments: dict[str, str]

    @property
    def description(self) -> str:
        """The description, empty where there is none."""
        text = self.arguments.get("description", '""')
        return str(json.loads(text)).replace("$${", "${").replace("%%{", "%{")

    @property
    def required(self) -> bool:
        """Whether a caller has to give the variable."""
        return self.kind == "variable" and "default" not in self.arguments


def declarations(module: Path, kind: str) -> list[Declaration]:
    """The variables or the outputs of a module (`kind`: variable or output), by name."""
    found = [
        declaration
        for path in sorted(module.glob("*.tf"))
        for declaration in _declarations(path)
        if declaration.kind == kind
    ]
    return sorted(found, key=lambda declaration: declaration.name)


def _declarations(path: Path) -> Iterator[Declaration]:
    text = path.read_text(encoding="utf-8")
    try:
        tree: Node = hcl2.parses_to_tree(text)
    except LarkError as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"{path}: {reason}; `terraform validate` says more") from None
    for body in _named(tree, "body"):
        for block in _named(body, "block"):
            labels = [_text(text, child) for child in block.children if _is(child, "identifier", "string")]
            if labels[0] in ("variable", "output"):
                yield Declaration(labels[0], labels[1].strip('"'), _arguments(text, block))


def _arguments(text: str, block: Node) -> dict[str, str]:
    return {
        _text(text, attribute.children[0]): _dedent(_text(text, attribute.children[-1]))
        for body in _named(block, "body")
        for attribute in _named(body, "attribute")
    }


def _named(node: Node, name: str) -> Iterator[Node]:
    for child in node.children:
        if isinstance(child, Tree) and child.data == name:
            yield child


def _is(node: Node | Token, *names: str) -> bool:
    return isinstance(node, Tree) and node.data in names


def _text(text: str, node: Node | Token) -> str:
    if isinstance(node, Token):
        return str(node)
    return text[node.meta.start_pos : node.meta.end_pos].strip()


def _dedent(text: str) -> str:
    """Lines after the first, two columns to the left: an argument stands two columns inside its block."""
    return re.sub(r"\n  ", "\n", text)
