"""Reads the call of an intrinsic function into a tree, and checks what can be checked without input.

Reserved characters: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from headend.localcloud.stepfunctions.asl_intrinsics import INTRINSICS
from headend.localcloud.stepfunctions.asl_path_syntax import parse as parse_path

DEEPEST = 10
"""Intrinsic functions that may be nested in one field."""
FUNCTION = re.compile(r"States\.\w+")
NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")
WORD = re.compile(r"true|false|null")
VARIABLE = re.compile(r"\$(\w+)")


class IntrinsicSyntaxError(ValueError):
    """The text is not the call of an intrinsic function."""


class ArgumentCountError(IntrinsicSyntaxError):
    """The function is there, but takes another number of arguments."""


class Call(NamedTuple):
    """An intrinsic function and its arguments: a Call, a Path, or a Literal."""

    name: str
    arguments: tuple[Any, ...]


class Path(NamedTuple):
    """A path into the input (""), the context object ("$$"), or a variable (its name)."""

    root: str
    path: str
    text: str


class Literal(NamedTuple):
    """A string, number, boolean or null. A string of States.Format keeps its backslashes: they say what is no place."""

    value: Any


def parse(text: str) -> Call:
    """The tree of a call such as `States.Format('{}', $.a)`."""
    reader = _Reader(text)
    call = reader.call(1)
    if reader.text[reader.at :].strip():
        raise reader.problem()
    return call


class _Reader:
    """Reads one call from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def problem(self, why: str = "cannot be read") -> IntrinsicSyntaxError:
        return IntrinsicSyntaxError(f"The intrinsic function '{self.text}' {why} at '{self.text[self.at :]}'")

    def blank(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def take(self, mark: str) -> bool:
        self.blank()
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
            return True
        return False

    def match(self, pattern: re.Pattern[str]) -> str | None:
        self.blank()
        found = pattern.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found.group()

    def call(self, depth: int) -> Call:
        name = self.match(FUNCTION)
        known = INTRINSICS.get(name or "")
        if name is None or known is None:
            raise self.problem("names no intrinsic function")
        if depth > DEEPEST:
            raise self.problem(f"nests more than {DEEPEST} functions")
        if not self.take("("):
            raise self.problem()
        arguments: list[Any] = []
        if not self.take(")"):
            arguments.append(self.argument(name, depth))
            while self.take(","):
                arguments.append(self.argument(name, depth))
            if not self.take(")"):
                raise self.problem()
        if len(arguments) < known.fewest or (known.most is not None and len(arguments) > known.most):
            raise ArgumentCountError(f"{name} does not take {len(arguments)} arguments: '{self.text}'")
        return Call(name, tuple(arguments))

    def argument(self, function: str, depth: int) -> Any:
        self.blank()
        if self.take("'"):
            return Literal(self.string(keep=function == "States.Format"))
        if self.text.startswith("$", self.at):
            return self.path()
        if self.text.startswith("States.", self.at):
            return self.call(depth + 1)
        literal = self.match(NUMBER) or self.match(WORD)
        if literal is None:
            raise self.problem()
        return Literal(json.loads(literal))

    def string(self, keep: bool) -> str:
        """Up to the closing quote; `keep` leaves escapes of braces and backslashes to States.Format."""
        made: list[str] = []
        while True:
            if self.at >= len(self.text):
                raise self.problem("has an open quote")
            mark = self.text[self.at]
            self.at += 1
            if mark == "'":
                return "".join(made)
            if mark == "\\":
                if self.at >= len(self.text):
                    raise self.problem("has an open escape")
                following = self.text[self.at]
                self.at += 1
                known = following in "'{}\\"
                made.append(mark + following if keep or not known else following)
            else:
                made.append(mark)

    def path(self) -> Path:
        """A path ends where its brackets and quotes are closed and a comma, a parenthesis or a blank comes."""
        begin = self.at
        depth, quote = 0, ""
        while self.at < len(self.text):
            mark = self.text[self.at]
            if quote:
                quote = "" if mark == quote else quote
            elif depth and mark in "'\"":
                quote = mark
            elif mark in "[(":
                depth += 1
            elif mark in "])" and depth:
                depth -= 1
            elif mark in ",) \t\n" and not depth:
                break
            self.at += 1
        text = self.text[begin : self.at]
        if text.startswith("$$"):
            root, path = "$$", text[1:]
        else:
            variable = VARIABLE.match(text)
            root, path = (variable.group(1), "$" + text[variable.end() :]) if variable else ("", text)
        parse_path(path)
        return Path(root, path, text)
