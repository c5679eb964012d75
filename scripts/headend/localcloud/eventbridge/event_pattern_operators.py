"""The operators of event patterns as text has them: {"prefix": "a"} becomes the test that it asks for.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import ipaddress
import operator as comparing
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from headend.localcloud.eventbridge import event_pattern_tests as tests
from headend.localcloud.eventbridge.event_pattern_tests import ABSENT, BOUND, PRESENT, Check, Test
from headend.localcloud.eventbridge.event_pattern_tokens import InvalidPatternError, Token, Tokens
from headend.localcloud.eventbridge.event_wildcards import InvalidWildcardError, Wildcard

ONE_KEY = "Only one key allowed in match expression"
TOO_MANY = "Too many elements in numeric expression"
IGNORING = "equals-ignore-case"
NO_LIST = "Inside anything but list, start|null|boolean is not supported."
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": comparing.lt,
    "<=": comparing.le,
    "=": comparing.eq,
    ">": comparing.gt,
    ">=": comparing.ge,
}
MAKERS: dict[str, Callable[[str], Check]] = {"prefix": tests.prefix, "suffix": tests.suffix}
ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+|[0-9a-fA-F:]*:[0-9a-fA-F:]*")


def operator(tokens: Tokens) -> Test:
    """The test of one operator; its opening brace has been read. Raises InvalidPatternError."""
    token = tokens.next()
    if token.kind != "name":
        raise tokens.fail(token, "Match expression name not found")
    match token.value:
        case "exists":
            return _exists(tokens)
        case "anything-but":
            return _anything_but(tokens)
        case "numeric":
            return _numeric(tokens)
        case "wildcard":
            wildcard = _wildcard(tokens, _text(tokens, "wildcard match pattern must be a string"))
            _end(tokens)
            return tests.any_of([tests.fits(wildcard)], wildcard)
        case "prefix" | "suffix":
            return _end_of_text(tokens, str(token.value))
        case "exactly":
            wanted = _text(tokens, "exact match pattern must be a string").value
            _end(tokens)
            return tests.any_of([tests.same(wanted)])
        case "equals-ignore-case":
            wanted = _text(tokens, f"{IGNORING} match pattern must be a string").value
            _end(tokens)
            return tests.any_of([tests.ignoring_case(tests.same, wanted)])
        case "cidr":
            # The message speaks of a prefix on AWS too.
            wanted = _text(tokens, "prefix match pattern must be a string").value
            check = _network(wanted)
            _end(tokens)
            return tests.any_of([check])
    raise tokens.fail(token, f"Unrecognized match type {token.value}")


def _text(tokens: Tokens, message: str) -> Token:
    token = tokens.next()
    if token.kind != "string":
        raise tokens.fail(token, message)
    return token


def _end(tokens: Tokens, message: str = ONE_KEY) -> None:
    token = tokens.next()
    if token.kind != "}":
        raise tokens.fail(token, message)


def _exists(tokens: Tokens) -> Test:
    token = tokens.next()
    if token.kind != "literal" or token.value is None:
        raise tokens.fail(token, "exists match pattern must be either true or false.")
    _end(tokens)
    return PRESENT if token.value else ABSENT


def _end_of_text(tokens: Tokens, name: str) -> Test:
    """prefix and suffix, of a text or of {"equals-ignore-case": text}."""
    token = tokens.next()
    if token.kind == "string":
        _end(tokens)
        return tests.any_of([MAKERS[name](token.value)])
    if token.kind != "{":
        raise tokens.fail(token, f"{name} match pattern must be a string")
    token = tokens.next()
    if token.kind != "name":
        raise tokens.fail(token, f"{name.capitalize()} expression name not found")
    if token.value != IGNORING:
        raise tokens.fail(token, f"Unsupported {name} pattern: {token.value}")
    wanted = _text(tokens, f"{IGNORING} match pattern must be a string").value
    _end(tokens)
    _end(tokens)
    return tests.any_of([tests.ignoring_case(MAKERS[name], wanted)])


def _wildcard(tokens: Tokens, token: Token) -> Wildcard:
    try:
        return Wildcard(token.value)
    except InvalidWildcardError as error:
        raise tokens.fail(token, str(error), read=True) from error


def _anything_but(tokens: Tokens) -> Test:
    token = tokens.next()
    kind = ""
    if token.kind == "{":
        token = tokens.next()
        if token.kind != "name":
            raise tokens.fail(token, "Anything-But expression name not found")
        kind = str(token.value)
        if kind not in (IGNORING, "prefix", "suffix", "wildcard"):
            raise tokens.fail(token, f"Unsupported anything-but pattern: {kind}")
        token = tokens.next()
    if token.kind not in ("[", "string", "number"):
        raise tokens.fail(token, "Value of anything-but must be an array or single string/number value.")
    values = _values(tokens, token)
    in_list = token.kind == "["
    try:
        if not kind:
            found = [_plain(tokens, value) for value in values]
            if in_list and len({isinstance(value, str) for value in found}) != 1:
                raise tokens.fail(
                    values[-1] if values else token,
                    "Inside anything but list, either all values are number or string, mixed type is not supported",
                )
            test = tests.none_of([tests.same(value) for value in found])
        elif kind == "wildcard":
            texts = [_nested(tokens, value, kind) for value in values]
            wildcards = [_wildcard(tokens, text) for text in texts]
            test = tests.none_of([tests.fits(wildcard) for wildcard in wildcards], *wildcards)
        else:
            words = [str(_nested(tokens, value, kind).value) for value in values]
            make = MAKERS.get(kind) or partial(tests.ignoring_case, tests.same)
            test = tests.none_of([make(word) for word in words])
    except InvalidPatternError as error:
        place = str(error).partition("\n")[2]
        raise InvalidPatternError(f"{error}\n{place}" if in_list and place else str(error)) from error
    _end(tokens, TOO_MANY)
    if kind:
        _end(tokens, TOO_MANY)
    return test


def _values(tokens: Tokens, first: Token) -> list[Token]:
    """One value, or those of a list; what is in a list is looked at by the caller."""
    if first.kind != "[":
        return [first]
    found = []
    while (token := tokens.next()).kind != "]":
        found.append(token)
        if token.kind in ("{", "["):
            break
    return found


def _plain(tokens: Tokens, token: Token) -> Any:
    if token.kind not in ("string", "number"):
        raise tokens.fail(token, NO_LIST)
    return token.value


def _nested(tokens: Tokens, token: Token, kind: str) -> Token:
    """A text inside anything-but's prefix, suffix, equals-ignore-case or wildcard."""
    if token.kind != "string":
        message = {
            IGNORING: "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
            "wildcard": "wildcard match pattern must be a string",
        }
        raise tokens.fail(token, message.get(kind, "prefix/suffix match pattern must be a string"))
    if kind in MAKERS and not token.value:
        raise tokens.fail(token, "Null prefix/suffix not allowed", read=True)
    return token


def _numeric(tokens: Tokens) -> Test:
    token = tokens.next()
    if token.kind != "[":
        raise tokens.fail(token, "Value of numeric must be an array.")
    sign = tokens.next()
    if sign.kind != "string":
        raise tokens.fail(sign, f"Invalid member in numeric match: {sign.text}")
    if sign.value not in COMPARISONS:
        raise tokens.fail(sign, f"Unrecognized numeric range operator: {sign.value}", read=True)
    bottom = _number(tokens, f"Value of {'equals' if sign.value == '=' else sign.value} must be numeric")
    checks = [_compare(sign.value, bottom)]
    token = tokens.next()
    if token.kind != "]":
        if not sign.value.startswith(">"):
            raise tokens.fail(token, TOO_MANY)
        checks.append(_upper(tokens, token, bottom))
    _end(tokens, TOO_MANY)
    return tests.any_of([tests.numeric(checks)])


def _upper(tokens: Tokens, sign: Token, bottom: float) -> Callable[[float], bool]:
    """The second comparison of a range."""
    if sign.kind != "string":
        raise tokens.fail(sign, f"Bad value in numeric range: {sign.text}")
    if sign.value not in ("<", "<="):
        raise tokens.fail(sign, f"Bad numeric range operator: {sign.value}", read=True)
    top = _number(tokens, f"Value of {sign.value} must be numeric")
    end = tokens.next()
    if end.kind != "]":
        raise tokens.fail(end, "Too many terms in numeric range expression")
    if bottom >= top:
        raise tokens.fail(end, "Bottom must be less than top")
    return _compare(sign.value, top)


def _number(tokens: Tokens, message: str) -> float:
    token = tokens.next()
    if token.kind != "number":
        raise tokens.fail(token, message)
    if abs(token.value) > BOUND:
        raise tokens.fail(token, "Value must be between -5.0E9 and 5.0E9, inclusive")
    return float(token.value)


def _compare(sign: str, wanted: float) -> Callable[[float], bool]:
    return lambda value: COMPARISONS[sign](value, wanted)


def _network(text: str) -> Check:
    """A block of addresses. The messages have no place in them."""
    address, slash, bits = text.partition("/")
    if not slash or "/" in bits:
        raise InvalidPatternError("Malformed CIDR, one '/' required")
    if not re.fullmatch(r"[+-]?\d+", bits):
        raise InvalidPatternError("Malformed CIDR, mask bits must be an integer")
    if int(bits) < 0:
        raise InvalidPatternError("Malformed CIDR, mask bits must not be negative")
    if not ADDRESS.fullmatch(address):
        raise InvalidPatternError(f"Nonstandard IP address: {address}")
    try:
        version = ipaddress.ip_address(address).version
    except ValueError as error:
        raise InvalidPatternError(f"Invalid IP address: {address}") from error
    limit = 31 if version == 4 else 127
    if int(bits) > limit:
        raise InvalidPatternError(f"IPv{version} mask bits must be < {limit + 1}")
    return tests.in_network(f"{address}/{int(bits)}")
