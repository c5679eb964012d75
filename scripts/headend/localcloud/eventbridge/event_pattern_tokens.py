"""JSON as EventBridge reads an event pattern: token by token, with the places that its error messages name.

EventBridge reports where in the text an invalid pattern was noticed. That place is not where the wrong thing begins: a
string has been read up to its opening quote only, and a field's name together with the start of its value.

Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

SPACE = re.compile(r"[ \t\r\n]*")
STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
WORD = re.compile(r"[^\s\[\]{}:,\"]+")
LITERALS: dict[str, Any] = {"true": True, "false": False, "null": None}
EXPECTED = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


class InvalidPatternError(ValueError):
    """The pattern cannot be used. The text is the reason as EventBridge words it."""


class Token(NamedTuple):
    """`kind`: one of {}[] or name, string, number, literal, end. `seen` and `end` are offsets into the text."""

    kind: str
    value: Any
    text: str
    seen: int
    end: int


class Tokens:
    """The tokens of one JSON text, in order."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = _read(text)
        self._position = 0

    def next(self) -> Token:
        """The next token; at the end of the text an `end` token, again and again."""
        token = self._tokens[min(self._position, len(self._tokens) - 1)]
        self._position += 1
        return token

    def fail(self, token: Token, message: str, *, read: bool = False) -> InvalidPatternError:
        """The error for something noticed at `token`; `read` when its whole text had been looked at."""
        return InvalidPatternError(message + _place(self.text, token.end if read else token.seen))


def _place(text: str, offset: int) -> str:
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    return f'\n at [Source: (String)"{text}"; line: {line}, column: {column}]'


def _read(text: str) -> list[Token]:
    """All tokens. Raises InvalidPatternError for text that is not JSON."""
    reader = _Reader(text)
    reader.value()
    tokens = [*reader.tokens, Token("end", None, "", len(text), len(text))]
    # A name is noticed when its value has begun.
    return [
        token._replace(seen=tokens[index + 1].seen) if token.kind == "name" else token
        for index, token in enumerate(tokens)
    ]


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.offset = 0
        self.tokens: list[Token] = []

    def value(self) -> None:
        character = self._peek()
        if character == "{":
            self._members()
        elif character == "[":
            self._items()
        elif character == '"':
            self._string("string")
        else:
            self._scalar()

    def _members(self) -> None:
        self._mark("{")
        if self._peek() == "}":
            self._mark("}")
            return
        while True:
            if self._peek() != '"':
                raise self._unexpected("was expecting double-quote to start field name")
            self._string("name")
            if self._peek() != ":":
                raise self._unexpected("was expecting a colon to separate field name and value")
            self.offset += 1
            self.value()
            if self._peek() == "}":
                self._mark("}")
                return
            self._comma("Object")

    def _items(self) -> None:
        self._mark("[")
        if self._peek() == "]":
            self._mark("]")
            return
        while True:
            self.value()
            if self._peek() == "]":
                self._mark("]")
                return
            self._comma("Array")

    def _comma(self, kind: str) -> None:
        if self._peek() != ",":
            raise self._unexpected(f"was expecting comma to separate {kind} entries")
        self.offset += 1

    def _string(self, kind: str) -> None:
        matched = STRING.match(self.text, self.offset)
        if not matched:
            raise self._ended("closing quote for a string value")
        try:
            value = json.loads(matched[0])
        except ValueError as error:
            raise InvalidPatternError(f"Unrecognized character escape{_place(self.text, self.offset)}") from error
        start, self.offset = self.offset, matched.end()
        self.tokens.append(Token(kind, value, value, start + 1, self.offset))

    def _scalar(self) -> None:
        matched = NUMBER.match(self.text, self.offset)
        word = WORD.match(self.text, self.offset)
        if matched and word and matched[0] == word[0]:
            value, kind = json.loads(matched[0]), "number"
        elif word and word[0] in LITERALS:
            value, kind = LITERALS[word[0]], "literal"
        elif word and re.match(r"[A-Za-z_$]", word[0]):
            message = f"Unrecognized token '{word[0]}': {EXPECTED}"
            raise InvalidPatternError(message + _place(self.text, word.end()))
        else:
            raise self._unexpected("expected a valid value " + EXPECTED.removeprefix("was expecting "))
        self.offset = word.end()
        self.tokens.append(Token(kind, value, word[0], self.offset, self.offset))

    def _mark(self, kind: str) -> None:
        self.offset += 1
        self.tokens.append(Token(kind, None, kind, self.offset, self.offset))

    def _peek(self) -> str:
        matched = SPACE.match(self.text, self.offset)
        self.offset = matched.end() if matched else self.offset
        if self.offset >= len(self.text):
            raise self._ended("more of the pattern")
        return self.text[self.offset]

    def _unexpected(self, wanted: str) -> InvalidPatternError:
        character = self.text[self.offset]
        message = f"Unexpected character ('{character}' (code {ord(character)})): {wanted}"
        return InvalidPatternError(message + _place(self.text, self.offset + 1))

    def _ended(self, wanted: str) -> InvalidPatternError:
        return InvalidPatternError(f"Unexpected end-of-input: expected {wanted}{_place(self.text, len(self.text))}")
