"""The grammar of CloudWatch metric math: an expression as a tree.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<text>"[^"]*"|'[^']*')"""
    r"""|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^<>(),\[\]]))"""
)
LEVELS: tuple[tuple[str, ...], ...] = (
    ("OR", "||"),
    ("AND", "&&"),
    ("==", "!="),
    ("<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "/"),
)
"""Binary operators, loosest first; AWS documents their kinds but not their precedence, which is that of C."""

SYNONYMS = {"&&": "AND", "||": "OR"}
WORDS = frozenset({"REPEAT", "LINEAR", "ASC", "DESC", "AVG", "MIN", "MAX", "SUM", "TRUE", "FALSE"})
"""Words that stand for themselves when no parenthesis follows."""


class MetricMathError(ValueError):
    """The expression is malformed or uses something that is not supported; the message says what."""


@dataclass(frozen=True)
class Number:
    """A scalar."""

    value: float


@dataclass(frozen=True)
class Text:
    """A quoted text."""

    value: str


@dataclass(frozen=True)
class Word:
    """A word of WORDS."""

    value: str


@dataclass(frozen=True)
class Name:
    """The id of a metric or of another expression."""

    id: str


@dataclass(frozen=True)
class Array:
    """[a, b, …]"""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Negation:
    """Unary minus."""

    operand: Node


@dataclass(frozen=True)
class Operation:
    """A binary operator: one of LEVELS or ^."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Call:
    """FUNCTION(arguments)"""

    function: str
    arguments: tuple[Node, ...]


Node = Number | Text | Word | Name | Array | Negation | Operation | Call


@functools.lru_cache(maxsize=2048)
def parse(expression: str) -> Node:
    """The tree of an expression. Raises MetricMathError."""
    parser = _Parser(expression)
    node = parser.level(0)
    parser.finish()
    return node


def nodes(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    match node:
        case Array(items):
            below: tuple[Node, ...] = items
        case Negation(operand):
            below = (operand,)
        case Operation(_, left, right):
            below = (left, right)
        case Call(_, arguments):
            below = arguments
        case _:
            below = ()
    for one in below:
        yield from nodes(one)


def references(expression: str) -> set[str]:
    """The ids in an expression. Raises MetricMathError."""
    return {node.id for node in nodes(parse(expression)) if isinstance(node, Name)}


def functions(expression: str) -> set[str]:
    """The functions that an expression calls. Raises MetricMathError."""
    return {node.function for node in nodes(parse(expression)) if isinstance(node, Call)}


class _Parser:
    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = self._read(expression)
        self._position = 0

    def level(self, depth: int) -> Node:
        if depth == len(LEVELS):
            return self._unary()
        left = self.level(depth + 1)
        while self._peek() in LEVELS[depth]:
            sign = self._next()
            left = Operation(SYNONYMS.get(sign, sign), left, self.level(depth + 1))
        return left

    def finish(self) -> None:
        if self._position < len(self._tokens):
            raise MetricMathError(f"unexpected {self._peek()!r} in the expression {self._expression!r}")

    def _unary(self) -> Node:
        if self._peek() == "-":
            self._next()
            return Negation(self._unary())
        base = self._atom()
        if self._peek() == "^":
            self._next()
            return Operation("^", base, self._unary())
        return base

    def _atom(self) -> Node:
        word = self._next()
        if word == "(":
            node = self.level(0)
            self._expect(")")
            return node
        if word == "[":
            return Array(self._arguments("]"))
        if word[0] in "\"'":
            return Text(word[1:-1])
        if word[0].isdigit() or word[0] == ".":
            return Number(float(word))
        if not (word[0].isalpha() or word[0] == "_"):
            raise MetricMathError(f"unexpected {word!r} in the expression {self._expression!r}")
        if self._peek() == "(":
            self._next()
            return Call(word, self._arguments(")"))
        if word in ("TRUE", "FALSE"):
            return Number(float(word == "TRUE"))
        if word in WORDS:
            return Word(word)
        if not word[0].islower():
            raise MetricMathError(f"{word!r} in the expression {self._expression!r} is neither an id nor a function")
        return Name(word)

    def _arguments(self, closing: str) -> tuple[Node, ...]:
        arguments: list[Node] = []
        if self._peek() != closing:
            arguments.append(self.level(0))
            while self._peek() == ",":
                self._next()
                arguments.append(self.level(0))
        self._expect(closing)
        return tuple(arguments)

    def _peek(self) -> str:
        return self._tokens[self._position] if self._position < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise MetricMathError(f"the expression {self._expression!r} ends too early")
        self._position += 1
        return token

    def _expect(self, sign: str) -> None:
        if self._next() != sign:
            raise MetricMathError(f"{sign!r} expected in the expression {self._expression!r}")

    @staticmethod
    def _read(expression: str) -> list[str]:
        tokens: list[str] = []
        position = 0
        text = expression.rstrip()
        while position < len(text):
            matched = TOKEN.match(text, position)
            if not matched:
                raise MetricMathError(f"cannot read {text[position:]!r} in the expression {expression!r}")
            tokens.append(matched[0].strip())
            position = matched.end()
        return tokens
