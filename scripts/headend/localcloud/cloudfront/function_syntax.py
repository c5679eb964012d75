"""The language of CloudFront Functions: what runtime 2.0 does not list, though a newer engine takes it.

QuickJS knows more of ECMAScript than CloudFront's engine. A function that uses what AWS's page does not list would run
here and fail there, so it fails here too. Looked for by tokens: classes, generators, for-of, destructuring, spread,
default parameters, optional chaining, ??, logical assignment, BigInt, async arrows and closures, further imports.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<text>'(?:\\.|[^'\\\n])*'?|"(?:\\.|[^"\\\n])*"?)
    |(?P<number>(?:0[xXbBoO][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)n?)
    |(?P<name>[A-Za-z_$#][\w$]*)
    |(?P<sign>=>|\.\.\.|\?\.(?!\d)|\?\?=|\|\|=|&&=|\?\?|[=!]==?|[{}()\[\];,<>+\-*/%&|^!~?:=.@`\\])
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
REGEX = re.compile(r"/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*")
BEFORE_VALUE = frozenset(
    {"(", ",", "=", ":", "[", "!", "&", "|", "?", "{", "}", ";", "+", "-", "*", "%", "<", ">", "^", "~", "=>"}
    | {"==", "===", "!=", "!==", "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do"}
)
"""After these a slash begins a regular expression."""
OPENING, CLOSING = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}
BY_SIGN = {
    "?.": "optional chaining (?.)",
    "??": "the operator ??",
    "??=": "logical assignment",
    "||=": "logical assignment",
    "&&=": "logical assignment",
}


class Token(NamedTuple):
    """A token: `kind` is text, number, name, sign, regex or other."""

    kind: str
    text: str
    line: int


class Problem(NamedTuple):
    """Something that the runtime does not list, and the line in which it is."""

    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}, which AWS does not list for the runtime cloudfront-js-2.0"


@lru_cache(maxsize=256)
def problems(code: str) -> tuple[Problem, ...]:
    """What the runtime does not list, in the order of the code, each kind once."""
    tokens = list(_tokens(code))
    found: dict[str, Problem] = {}
    for line, what in sorted(_found(tokens, _partners(tokens)), key=lambda one: one[0]):
        found.setdefault(what, Problem(line, what))
    return tuple(found.values())


def _tokens(code: str) -> Iterator[Token]:
    """All tokens; what stands between the ${…} of a template counts as code."""
    at, line, before = 0, 1, ""
    templates: list[int] = []
    depth = 0
    while at < len(code):
        if code[at] == "`" or (templates and code[at] == "}" and depth == templates[-1]):
            if code[at] == "}":
                templates.pop()
                depth -= 1
            end, opened = _template_end(code, at + 1)
            line += code.count("\n", at, end)
            yield Token("text", "``", line)
            if opened:
                depth += 1
                templates.append(depth)
            at, before = end, "{" if opened else "``"
            continue
        regex = REGEX.match(code, at) if code[at] == "/" and (not before or before in BEFORE_VALUE) else None
        found = regex or TOKEN.match(code, at)
        if found is None:
            return
        text, kind = found.group(), "regex" if regex else str(found.lastgroup)
        if kind != "space":
            depth += (text == "{") - (text == "}")
            yield Token(kind, text, line)
            before = text if kind in ("sign", "name") else "value"
        line += text.count("\n")
        at = found.end()


def _template_end(code: str, at: int) -> tuple[int, bool]:
    """Where a template's text ends, and whether code follows (`${`)."""
    while at < len(code):
        if code[at] == "\\":
            at += 2
        elif code[at] == "`":
            return at + 1, False
        elif code.startswith("${", at):
            return at + 2, True
        else:
            at += 1
    return len(code), False


def _partners(tokens: list[Token]) -> dict[int, int]:
    """Index of each opening bracket → that of its closing one."""
    stack: list[int] = []
    found: dict[int, int] = {}
    for index, token in enumerate(tokens):
        if token.kind == "sign" and token.text in OPENING:
            stack.append(index)
        elif token.kind == "sign" and token.text in CLOSING:
            while stack:
                opening = stack.pop()
                if OPENING[tokens[opening].text] == token.text:
                    found[opening] = index
                    break
    return found


def _found(tokens: list[Token], partners: dict[int, int]) -> Iterator[tuple[int, str]]:
    parameters = {opening: closing for opening, closing in partners.items() if _is_parameters(tokens, opening, closing)}
    bodies = [(closing + 1, partners.get(closing + 1, -1)) for closing in parameters.values()]
    for index, token in enumerate(tokens):
        for what in _at(tokens, index, partners):
            yield token.line, what
        if token.text == "..." and not any(opening < index < closing for opening, closing in parameters.items()):
            yield token.line, "spread (...)"
        if _is_async_closure(tokens, index, bodies, parameters):
            yield token.line, "an async closure"
    for opening, closing in parameters.items():
        yield from _of_parameters(tokens, opening, closing, partners)


def _at(tokens: list[Token], index: int, partners: dict[int, int]) -> Iterator[str]:
    """What one token shows."""
    token = tokens[index]
    after = tokens[index + 1].text if index + 1 < len(tokens) else ""
    if token.kind == "sign" and token.text in BY_SIGN:
        yield BY_SIGN[token.text]
    if token.kind == "number" and token.text.endswith("n") and not token.text.startswith(("0x", "0X")):
        yield "BigInt"
    if token.kind != "name" or _is_property(tokens, index):
        return
    match token.text:
        case "class":
            yield "classes"
        case "yield":
            yield "generators"
        case "function" if after == "*":
            yield "generators"
        case "const" | "let" | "var" if after in ("{", "["):
            yield "destructuring"
        case "for" if after == "await":
            yield "for await"
        case "for" if after == "(" and _has_of(tokens, index + 1, partners):
            yield "for-of"
        case "import" | "export":
            yield f"{token.text}, other than of a whole module at the start"
    if token.text.startswith("#"):
        yield "private names"


def _is_property(tokens: list[Token], index: int) -> bool:
    """Whether a name is that of a property: after a dot, or before a colon."""
    before = tokens[index - 1].text if index else ""
    after = tokens[index + 1].text if index + 1 < len(tokens) else ""
    return before in (".", "?.") or (after == ":" and before in ("{", ","))


def _has_of(tokens: list[Token], opening: int, partners: dict[int, int]) -> bool:
    """Whether `for (… of …)`."""
    inside = tokens[opening + 1 : partners.get(opening, opening + 1)]
    return any(
        token.kind == "name"
        and token.text == "of"
        and position
        and inside[position - 1].text not in (".", "=", "(", ",")
        for position, token in enumerate(inside[:-1])
        if not any(one.text == ";" for one in inside[:position])
    )


def _is_parameters(tokens: list[Token], opening: int, closing: int) -> bool:
    """Whether a pair of parentheses holds a function's parameters."""
    if tokens[opening].text != "(":
        return False
    after = tokens[closing + 1].text if closing + 1 < len(tokens) else ""
    if after == "=>":
        return True
    before = [one.text for one in tokens[max(0, opening - 2) : opening]]
    return after == "{" and "function" in before


def _is_async_closure(
    tokens: list[Token], index: int, bodies: list[tuple[int, int]], parameters: dict[int, int]
) -> bool:
    """Whether an async arrow, or an async function inside another or as a value, begins here."""
    token = tokens[index]
    if token.kind != "name" or token.text != "async" or index + 1 >= len(tokens) or _is_property(tokens, index):
        return False
    after = tokens[index + 1]
    if after.text == "function":
        before = tokens[index - 1].text if index else ";"
        nested = any(start < index < end for start, end in bodies)
        return nested or before in ("=", "(", ",", ":", "=>", "return", "[")
    if after.text == "(":
        return index + 1 in parameters
    return after.kind == "name" and index + 2 < len(tokens) and tokens[index + 2].text == "=>"


def _of_parameters(
    tokens: list[Token], opening: int, closing: int, partners: dict[int, int]
) -> Iterator[tuple[int, str]]:
    """Patterns and defaults in a function's parameters."""
    index = opening + 1
    while index < closing:
        token = tokens[index]
        if token.text in ("{", "[") and tokens[index - 1].text in ("(", ",", "..."):
            yield token.line, "destructuring"
        if token.text == "=":
            yield token.line, "default parameters"
        index = partners.get(index, index) + 1
