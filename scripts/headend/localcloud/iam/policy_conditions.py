"""Conditions of IAM policies: every operator, …IfExists, ForAllValues and ForAnyValue, Null, and policy variables.

A pure function of a statement's `Condition` block and a request's context: `first_failure(block, context)`.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

Values = str | Sequence[str]
VARIABLE = re.compile(r"\$\{\s*([^}\s,]+)\s*(?:,\s*'([^']*)'\s*)?\}")
LITERALS = {"*": "\ue000", "?": "\ue001", "$": "$"}
"""`${*}`, `${?}` and `${$}` stand for the characters themselves: wildcards become characters no name has."""
STAR, QUESTION = LITERALS["*"], LITERALS["?"]


class Context(Mapping[str, tuple[str, ...]]):
    """What is known about a request: condition key → values. Keys are found in any case; a key has one or more values.

    A key with no value at all is one that is not there.
    """

    def __init__(self, values: Mapping[str, Values | bool | int | float | None]) -> None:
        self._values: dict[str, tuple[str, ...]] = {}
        self._names: dict[str, str] = {}
        for key, value in values.items():
            if value is None:
                continue
            several = [value] if isinstance(value, str | bool | int | float) else list(value)
            self._values[key.lower()] = tuple(_text(one) for one in several)
            self._names[key.lower()] = key

    def __getitem__(self, key: str) -> tuple[str, ...]:
        return self._values[key.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.values())

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self._values

    def plus(self, more: Mapping[str, Values]) -> Context:
        """This context with further keys, which win."""
        return Context({**{self._names[key]: value for key, value in self._values.items()}, **more})


@dataclass(frozen=True)
class Failure:
    """A condition that a request does not meet. `actual` is None when the request has no such key."""

    operator: str
    key: str
    wanted: tuple[str, ...]
    actual: tuple[str, ...] | None

    def __str__(self) -> str:
        wanted = " or ".join(self.wanted) or "(nothing)"
        actual = "not in the request" if self.actual is None else ", ".join(self.actual) or "(empty)"
        return f"{self.operator} {self.key}: {wanted}; it is {actual}"


def first_failure(
    block: Mapping[str, Mapping[str, object]], context: Context, *, variables: bool = True
) -> Failure | None:
    """The first condition of `block` that `context` does not meet, None when it meets all of them.

    `variables` says whether `${…}` is replaced (policy version 2012-10-17). An operator that IAM does not have fails.
    """
    for operator, keys in block.items():
        for key, value in keys.items():
            wanted = tuple(_text(one) for one in (value if isinstance(value, list | tuple) else [value]))
            actual = context.get(key)
            if not _holds(operator, wanted, actual, context if variables else None):
                return Failure(operator, key, wanted, actual)
    return None


def _holds(operator: str, wanted: tuple[str, ...], actual: tuple[str, ...] | None, names: Context | None) -> bool:
    quantifier, _, plain = operator.rpartition(":")
    lowered = plain.lower()
    if lowered == "null":
        return all((one.strip().lower() == "true") == (actual is None) for one in wanted)
    if_exists = lowered.endswith("ifexists")
    compare = OPERATORS.get(lowered.removesuffix("ifexists"))
    if compare is None:
        return False
    if actual is None and if_exists:
        return True
    known = [value for one in wanted if (value := resolve(one, names)) is not None]
    if quantifier.lower() == "forallvalues":
        return all(compare(one, known) for one in actual or ())
    if quantifier.lower() == "foranyvalue":
        return any(compare(one, known) for one in actual or ())
    if actual is None:
        return lowered.removesuffix("ifexists") in NEGATED
    if lowered.removesuffix("ifexists") in NEGATED:
        return all(compare(one, known) for one in actual)
    return any(compare(one, known) for one in actual)


# Variables and wildcards


def resolve(text: str, context: Context | None) -> str | None:
    """`text` with its policy variables replaced; None when one has neither a value nor a default.

    What a variable stands for never acts as a wildcard. Without a context (policies of 2008) the text stays as it is.
    """
    if context is None or "${" not in text:
        return text
    missing = False

    def value(found: re.Match[str]) -> str:
        nonlocal missing
        name, default = found.groups()
        if name in LITERALS:
            return LITERALS[name]
        values = context.get(name)
        if values is not None and len(values) == 1:
            return values[0].replace("*", STAR).replace("?", QUESTION)
        if default is not None:
            return default.replace("*", STAR).replace("?", QUESTION)
        missing = True
        return ""

    replaced = VARIABLE.sub(value, text)
    return None if missing else replaced


def literal(text: str) -> str:
    """The text with the characters that `resolve` has protected as they are."""
    return text.replace(STAR, "*").replace(QUESTION, "?")


def glob(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether `text` fits a pattern with `*` (any characters, also none) and `?` (one character)."""
    return _compiled(pattern, ignore_case).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    parts = re.split(r"(\*+|\?)", pattern)
    body = "".join(
        ".*" if part.startswith("*") else "." if part == "?" else re.escape(literal(part)) for part in parts if part
    )
    return re.compile(body, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


@lru_cache(maxsize=4096)
def _compiled_arn(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*+(?=:|$)|\*+|\?)", pattern)
    body = ""
    for number, part in enumerate(parts):
        if part.startswith("*"):
            ends = number + 1 == len(parts) or parts[number + 1].startswith(":") or not "".join(parts[number + 1 :])
            body += ".*" if ends else "[^:]*"
        else:
            body += "[^:]" if part == "?" else re.escape(literal(part))
    return re.compile(body, re.DOTALL)


def arn_glob(pattern: str, arn: str) -> bool:
    """Whether an ARN fits a Resource element: wildcards stay within a part, but a `*` at a part's end goes beyond it.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    return _compiled_arn(pattern).fullmatch(arn) is not None


def arn_like(pattern: str, arn: str) -> bool:
    """Whether `arn` fits: the six parts between colons one by one, each with wildcards. ArnEquals and ArnLike alike."""
    wanted, actual = pattern.split(":", 5), arn.split(":", 5)
    if len(wanted) != 6 or len(actual) != 6:
        return pattern == "*"
    return all(glob(one, other) for one, other in zip(wanted, actual, strict=True))


# Operators: (one value of the request, the values of the policy) → whether the request's value is as wanted


def _any(test: Callable[[str, str], bool]) -> Callable[[str, Sequence[str]], bool]:
    def compare(actual: str, wanted: Sequence[str]) -> bool:
        return any(test(one, actual) for one in wanted)

    return compare


def _none(test: Callable[[str, str], bool]) -> Callable[[str, Sequence[str]], bool]:
    def compare(actual: str, wanted: Sequence[str]) -> bool:
        return not any(test(one, actual) for one in wanted)

    return compare


def _numeric(test: Callable[[Decimal, Decimal], bool]) -> Callable[[str, str], bool]:
    def compare(wanted: str, actual: str) -> bool:
        try:
            return test(Decimal(actual), Decimal(wanted))
        except InvalidOperation:
            return False

    return compare


def _date(test: Callable[[datetime, datetime], bool]) -> Callable[[str, str], bool]:
    def compare(wanted: str, actual: str) -> bool:
        one, other = moment(actual), moment(wanted)
        return one is not None and other is not None and test(one, other)

    return compare


def moment(text: str) -> datetime | None:
    """A date of a policy: ISO 8601 (a date, or date and time) or seconds since 1970. None when it is neither."""
    try:
        if re.fullmatch(r"\d+(\.\d+)?", text) and len(text) > 4:
            return datetime.fromtimestamp(float(text), UTC)
        if re.fullmatch(r"\d{4}(-\d{2})?", text):
            text = f"{text}-01-01"[:10]
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _bool(wanted: str, actual: str) -> bool:
    return wanted.strip().lower() == actual.strip().lower()


def _binary(wanted: str, actual: str) -> bool:
    try:
        return base64.b64decode(wanted, validate=True) == base64.b64decode(actual, validate=True)
    except (binascii.Error, ValueError):
        return False


def _ip(wanted: str, actual: str) -> bool:
    try:
        return ipaddress.ip_address(actual) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _equals(wanted: str, actual: str) -> bool:
    return literal(wanted) == actual


def _equals_ignoring_case(wanted: str, actual: str) -> bool:
    return literal(wanted).casefold() == actual.casefold()


POSITIVE: dict[str, Callable[[str, str], bool]] = {
    "stringequals": _equals,
    "stringequalsignorecase": _equals_ignoring_case,
    "stringlike": glob,
    "numericequals": _numeric(lambda actual, wanted: actual == wanted),
    "numericlessthan": _numeric(lambda actual, wanted: actual < wanted),
    "numericlessthanequals": _numeric(lambda actual, wanted: actual <= wanted),
    "numericgreaterthan": _numeric(lambda actual, wanted: actual > wanted),
    "numericgreaterthanequals": _numeric(lambda actual, wanted: actual >= wanted),
    "dateequals": _date(lambda actual, wanted: actual == wanted),
    "datelessthan": _date(lambda actual, wanted: actual < wanted),
    "datelessthanequals": _date(lambda actual, wanted: actual <= wanted),
    "dategreaterthan": _date(lambda actual, wanted: actual > wanted),
    "dategreaterthanequals": _date(lambda actual, wanted: actual >= wanted),
    "bool": _bool,
    "binaryequals": _binary,
    "ipaddress": _ip,
    "arnequals": arn_like,
    "arnlike": arn_like,
}
NEGATIVE: dict[str, Callable[[str, str], bool]] = {
    "stringnotequals": _equals,
    "stringnotequalsignorecase": _equals_ignoring_case,
    "stringnotlike": glob,
    "numericnotequals": POSITIVE["numericequals"],
    "datenotequals": POSITIVE["dateequals"],
    "notipaddress": _ip,
    "arnnotequals": arn_like,
    "arnnotlike": arn_like,
}
NEGATED = frozenset(NEGATIVE)
"""Operators that hold when the request has no such key, and when no value of the policy fits."""
OPERATORS: dict[str, Callable[[str, Sequence[str]], bool]] = {
    **{name: _any(test) for name, test in POSITIVE.items()},
    **{name: _none(test) for name, test in NEGATIVE.items()},
}


def _text(value: object) -> str:
    """A value as IAM compares it: booleans and numbers of a JSON document as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
