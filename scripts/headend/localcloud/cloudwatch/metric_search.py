"""Search expressions: which metrics SEARCH(' {Namespace, Dimension} terms ', 'Statistic') finds.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
Omitted: `:aws.AccountId`, for there is one account.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from headend.localcloud.cloudwatch.metric_math_syntax import MetricMathError
from headend.localcloud.cloudwatch.metric_store import MetricKey

LONGEST = 1024
SCHEMA = re.compile(r"\s*\{([^}]*)\}\s*,?")
TOKEN = re.compile(
    r"""\s*(?:(?P<paren>[()])|(?P<name>:?[A-Za-z][\w.]*\s*=\s*)?(?:"(?P<exact>(?:\\.|[^"\\])*)"|(?P<part>[^\s()"=]+)))"""
)
PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")

Matches = Callable[[MetricKey], bool]


def find(expression: str, keys: Sequence[MetricKey]) -> list[MetricKey]:
    """The metrics that the search expression matches, in the order of their names. Raises MetricMathError."""
    if len(expression) > LONGEST:
        raise MetricMathError(f"a search expression has at most {LONGEST} characters")
    schema = SCHEMA.match(expression)
    rest = expression[schema.end() :] if schema else expression
    if not schema and not rest.strip():
        raise MetricMathError("a search expression needs a metric schema, a search term, or both")
    tests: list[Matches] = []
    if schema:
        names = [name.strip().strip('"') for name in schema[1].split(",")]
        tests.append(lambda key: key.namespace == names[0] and _has_dimensions(key, names[1:]))
    if rest.strip():
        tests.append(_Terms(rest).parse())
    return sorted(key for key in keys if all(test(key) for test in tests))


def _has_dimensions(key: MetricKey, names: Sequence[str]) -> bool:
    """A schema with dimensions names all that the metric has; one without leaves them open."""
    return not names or sorted(name for name, _ in key.dimensions) == sorted(names)


class _Terms:
    """Terms joined by AND (or nothing), OR and NOT, with parentheses; NOT binds tightest, then AND."""

    def __init__(self, text: str) -> None:
        self._tokens: list[re.Match[str]] = []
        position = 0
        text = text.strip()
        while position < len(text):
            matched = TOKEN.match(text, position)
            if not matched or matched.end() == position:
                raise MetricMathError(f"cannot read {text[position:]!r} in the search expression")
            self._tokens.append(matched)
            position = matched.end()
        self._position = 0

    def parse(self) -> Matches:
        result = self._or()
        if self._position < len(self._tokens):
            raise MetricMathError("a parenthesis too many in the search expression")
        return result

    def _word(self) -> str:
        return self._tokens[self._position][0].strip() if self._position < len(self._tokens) else ""

    def _or(self) -> Matches:
        choices = [self._and()]
        while self._word() == "OR":
            self._position += 1
            choices.append(self._and())
        return lambda key: any(choice(key) for choice in choices)

    def _and(self) -> Matches:
        parts = [self._not()]
        while self._word() not in ("", ")", "OR"):
            if self._word() == "AND":
                self._position += 1
            parts.append(self._not())
        return lambda key: all(part(key) for part in parts)

    def _not(self) -> Matches:
        if self._position >= len(self._tokens):
            raise MetricMathError("the search expression ends too early")
        word = self._word()
        if word == "NOT":
            self._position += 1
            inner = self._not()
            return lambda key: not inner(key)
        if word == "(":
            self._position += 1
            inside = self._or()
            if self._word() != ")":
                raise MetricMathError("a parenthesis is not closed in the search expression")
            self._position += 1
            return inside
        token = self._tokens[self._position]
        self._position += 1
        return _term(token)


def _term(token: re.Match[str]) -> Matches:
    name = (token["name"] or "").rstrip("= \t")
    if token["exact"] is not None:
        exact = re.sub(r"\\(.)", r"\1", token["exact"])
        return lambda key: exact in _texts(key, name)
    part = token["part"]
    if not pieces(part):
        raise MetricMathError(f"nothing to search for in {part!r}")
    return lambda key: any(_contains(text, part) for text in _texts(key, name))


def _texts(key: MetricKey, name: str) -> list[str]:
    """What a term is compared with: everything, or the property or dimension that it names."""
    match name:
        case "":
            return [key.namespace, key.name, *(text for pair in key.dimensions for text in pair)]
        case "MetricName":
            return [key.name]
        case "Namespace":
            return [key.namespace]
    return [value for dimension, value in key.dimensions if dimension == name]


def pieces(text: str) -> list[str]:
    """The parts that a name is cut into: by capitals, digits and other characters."""
    return PIECES.findall(text)


def _contains(text: str, part: str) -> bool:
    """The whole name and a single piece match in any case; several pieces in a row only in their own case, unless the
    term itself tells them apart by other characters, as in network/errors."""
    wanted, known = pieces(part), pieces(text)
    if "".join(wanted).lower() == "".join(known).lower():
        return True
    if len(wanted) > 1 and part.isalnum():
        return _has_run(known, wanted)
    return _has_run([piece.lower() for piece in known], [piece.lower() for piece in wanted])


def _has_run(known: Sequence[str], wanted: Sequence[str]) -> bool:
    return any(list(known[start : start + len(wanted)]) == list(wanted) for start in range(len(known)))
