"""Event patterns checked and made ready to match: the grammar, and EventBridge's words for what breaks it.

A pattern becomes a list of alternatives (one, unless it has $or), each of them {path: tests}: the path's steps are
joined by dots, and one of the tests has to accept a value there.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
https://github.com/aws/event-ruler#ruler-by-example
"""

from __future__ import annotations

from headend.localcloud.eventbridge.event_pattern_operators import operator
from headend.localcloud.eventbridge.event_pattern_tests import Test, exact
from headend.localcloud.eventbridge.event_pattern_tokens import InvalidPatternError, Token, Tokens
from headend.localcloud.eventbridge.event_wildcards import MAX_COMPLEXITY, complexity

OR = "$or"
MAX_COMBINATIONS = 1_000
OPERATORS = (
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
)
SIGNS = ("=", "<", "<=", ">", ">=")
KEPT = (
    *("regex", "not-wildcard", "not-equals-ignore-case", "ip-address-in-range", "ip-address-not-in-range"),
    *("date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range"),
)
RESERVED_IN_OR = frozenset((*OPERATORS, *SIGNS, *KEPT))
"""Names that no field may have inside $or, some of them kept for operators to come."""

Alternative = dict[str, list[Test]]


def compile_pattern(text: str) -> list[Alternative]:
    """The alternatives of a pattern. Raises InvalidPatternError."""
    tokens = Tokens(text)
    first = tokens.next()
    if first.kind != "{":
        raise tokens.fail(first, "Filter is not an object")
    alternatives = _Compiler(tokens).members([], (), inside_or=False)
    for alternative in alternatives:
        for tests in alternative.values():
            wildcards = [wildcard for test in tests for wildcard in test.wildcards]
            if wildcards and complexity(wildcards) >= MAX_COMPLEXITY:
                raise InvalidPatternError(
                    "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences "
                    "after a wildcard character"
                )
    return alternatives


class _Compiler:
    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def members(self, known: list[Alternative], path: tuple[str, ...], *, inside_or: bool) -> list[Alternative]:
        """The fields of an object, up to its end, added to each of the alternatives known so far."""
        token = self._tokens.next()
        if token.kind == "}":
            raise self._tokens.fail(token, "Empty objects are not allowed")
        while token.kind != "}":
            name = str(token.value)
            if name == OR:
                known = self._either(known, path)
            elif inside_or and name in RESERVED_IN_OR:
                raise self._tokens.fail(token, f"{name} is Ruler reserved fieldName which cannot be used inside {OR}.")
            else:
                known = self._field(known, (*path, name), inside_or=inside_or)
            token = self._tokens.next()
        return known

    def _field(self, known: list[Alternative], path: tuple[str, ...], *, inside_or: bool) -> list[Alternative]:
        token = self._tokens.next()
        if token.kind == "{":
            return self.members(known, path, inside_or=inside_or)
        if token.kind != "[":
            raise self._tokens.fail(token, f'"{path[-1]}" must be an object or an array')
        tests = self._tests()
        # A path given twice: the later one counts.
        return [{**alternative, ".".join(path): tests} for alternative in known or [{}]]

    def _either(self, known: list[Alternative], path: tuple[str, ...]) -> list[Alternative]:
        token = self._tokens.next()
        if token.kind != "[":
            raise self._tokens.fail(token, f"It must be an Array followed with {OR}.")
        found: list[Alternative] = []
        count = 0
        while (token := self._tokens.next()).kind != "]":
            if token.kind != "{":
                raise self._tokens.fail(token, f"Only JSON object is allowed in array of {OR} relationship.")
            count += 1
            found += self.members(known or [{}], path, inside_or=True)
            if len(found) > MAX_COMBINATIONS:
                raise InvalidPatternError(f"Rule has more than {MAX_COMBINATIONS} combinations of {OR} arguments")
        if count < 2:
            raise self._tokens.fail(token, f"There must have at least 2 Objects in {OR} relationship.")
        return found

    def _tests(self) -> list[Test]:
        """The items of a field's array."""
        tests: list[Test] = []
        while (token := self._tokens.next()).kind != "]":
            tests.append(self._test(token))
        if not tests:
            raise self._tokens.fail(token, "Empty arrays are not allowed")
        return tests

    def _test(self, token: Token) -> Test:
        if token.kind == "{":
            return operator(self._tokens)
        if token.kind == "[":
            raise self._tokens.fail(token, "Match value must be String, number, true, false, or null")
        return exact(token.value)
