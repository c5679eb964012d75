"""Reads a path (`$.a['b'][0:2][?(@.c > 1)]..d`) into steps. No evaluation here.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

NAME = re.compile(r"[^\s.\[\]()'\"*?,=<>!&|]+")
NUMBER = re.compile(r"-?\d+")
LITERAL = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?|true|false|null")
OPERATOR = re.compile(r"==|!=|<=|>=|<|>|in\b")
BLANK = re.compile(r"\s*")


class PathError(ValueError):
    """The text is not a path."""


class Step(NamedTuple):
    """One step: kind name, index, slice, wildcard, descend, filter or length, and what it is about."""

    kind: str
    values: tuple[Any, ...] = ()

    @property
    def definite(self) -> bool:
        """Whether the step can lead to one node only."""
        return self.kind == "length" or (self.kind in {"name", "index"} and len(self.values) == 1)


def parse(path: str) -> tuple[Step, ...]:
    """The steps of a path that begins with `$` or, in a filter, with `@`."""
    reader = _Reader(path)
    if not reader.take("$") and not reader.take("@"):
        raise PathError(f"A path begins with $, not '{path}'")
    steps = reader.steps()
    if reader.rest():
        raise reader.error()
    return tuple(steps)


class _Reader:
    """Reads one path from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def rest(self) -> str:
        return self.text[self.at :]

    def error(self) -> PathError:
        return PathError(f"Cannot read the path '{self.text}' at '{self.rest()}'")

    def take(self, text: str) -> bool:
        """Move past `text` if it comes next."""
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def match(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found.group()

    def need(self, text: str) -> None:
        self.match(BLANK)
        if not self.take(text):
            raise self.error()

    def steps(self) -> list[Step]:
        """Steps up to what is no step any more."""
        found: list[Step] = []
        while True:
            if self.take(".."):
                found.append(Step("descend"))
                if not self.text.startswith("[", self.at):
                    found.append(self.after_dot())
            elif self.take("."):
                found.append(self.bracket() if self.take("[") else self.after_dot())
            elif self.take("["):
                found.append(self.bracket())
            else:
                return found

    def after_dot(self) -> Step:
        if self.take("*"):
            return Step("wildcard")
        if self.take("length()"):
            return Step("length")
        name = self.match(NAME)
        if name is None:
            raise self.error()
        return Step("name", (name,))

    def bracket(self) -> Step:
        self.match(BLANK)
        if self.take("*"):
            step = Step("wildcard")
        elif self.take("?("):
            step = Step("filter", (self.condition(),))
            self.need(")")
        elif self.text[self.at : self.at + 1] in {"'", '"'}:
            step = Step("name", tuple(self.listed(self.quoted)))
        else:
            step = self.numbers()
        self.need("]")
        return step

    def numbers(self) -> Step:
        """An index, several, or a slice."""
        first = self.match(NUMBER)
        if self.take(":"):
            last = self.match(NUMBER)
            every = self.match(NUMBER) if self.take(":") else None
            return Step("slice", tuple(None if part is None else int(part) for part in (first, last, every)))
        if first is None:
            raise self.error()
        indices = [int(first)]
        self.match(BLANK)
        if self.take(","):
            indices += self.listed(self.whole)
        return Step("index", tuple(indices))

    def whole(self) -> int:
        found = self.match(NUMBER)
        if found is None:
            raise self.error()
        return int(found)

    def listed(self, read: Any) -> list[Any]:
        values = []
        while True:
            self.match(BLANK)
            values.append(read())
            self.match(BLANK)
            if not self.take(","):
                return values

    def quoted(self) -> str:
        quote = self.text[self.at]
        self.at += 1
        characters = []
        while not self.take(quote):
            self.take("\\")
            if self.at >= len(self.text):
                raise self.error()
            characters.append(self.text[self.at])
            self.at += 1
        return "".join(characters)

    def condition(self) -> tuple[Any, ...]:
        """`a || b`, where a and b are `c && d`."""
        left = self.both()
        self.match(BLANK)
        while self.take("||"):
            left = ("or", left, self.both())
            self.match(BLANK)
        return left

    def both(self) -> tuple[Any, ...]:
        left = self.single()
        self.match(BLANK)
        while self.take("&&"):
            left = ("and", left, self.single())
            self.match(BLANK)
        return left

    def single(self) -> tuple[Any, ...]:
        self.match(BLANK)
        if self.take("!"):
            return ("not", self.single())
        if self.take("("):
            inner = self.condition()
            self.need(")")
            return inner
        left = self.operand()
        self.match(BLANK)
        operator = self.match(OPERATOR)
        if operator is None:
            return ("exists", left)
        self.match(BLANK)
        return ("compare", operator, left, self.operand())

    def operand(self) -> tuple[str, Any]:
        """(node | root, path) or (literal, value)."""
        begin = self.at
        if self.take("@") or self.take("$"):
            self.steps()
            path = self.text[begin : self.at]
            return ("node", path) if path.startswith("@") else ("root", path)
        if self.text[self.at : self.at + 1] in {"'", '"'}:
            return ("literal", self.quoted())
        if self.take("["):
            values = [value for _, value in self.listed(self.operand)]
            self.need("]")
            return ("literal", values)
        literal = self.match(LITERAL)
        if literal is None:
            raise self.error()
        return ("literal", json.loads(literal))
