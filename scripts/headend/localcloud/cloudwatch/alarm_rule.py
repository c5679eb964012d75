"""The rule language of composite alarms: ALARM(x), OK(x), INSUFFICIENT_DATA(x), AND, OR, NOT, TRUE, FALSE, parentheses.

NOT binds tightest, then AND. Source:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping

STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
TOKEN = re.compile(
    r"""\s*(?:(?P<call>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?P<name>"[^"]*"|[^\s()"]+)\s*\)"""
    r"""|(?P<word>(?:AND|OR|NOT|(?i:TRUE|FALSE))(?!\w)|\(|\)))"""
)

Token = tuple[str, str]
"""(word or state name, alarm name or "")."""

StateOf = Callable[[str], str]


class AlarmRuleError(ValueError):
    """The rule cannot be read; the message says where."""


def evaluate(rule: str, state_of: StateOf) -> bool:
    """Whether the rule holds. `state_of` gives the state of an alarm by name. Raises AlarmRuleError."""
    tokens = _tokens(rule)
    value, position = _or(tokens, 0, state_of)
    if position != len(tokens):
        raise AlarmRuleError(f"unexpected {tokens[position][0]!r} in the alarm rule {rule!r}")
    return value


def check(rule: str) -> None:
    """Raises AlarmRuleError for a rule that cannot be read."""
    evaluate(rule, lambda _: "OK")


def alarms_in(rule: str) -> list[str]:
    """The names of the alarms that the rule looks at, in order, each once. Raises AlarmRuleError."""
    return list(dict.fromkeys(name for _, name in _tokens(rule) if name))


def arns_in(rule: str) -> list[str]:
    """The ARNs in the rule as they are written."""
    return [
        matched["name"].strip('"')
        for matched in TOKEN.finditer(rule)
        if (matched["name"] or "").strip('"')[:4] == "arn:"
    ]


def in_a_circle(name: str, rules: Mapping[str, str]) -> bool:
    """Whether a composite alarm depends on itself; `rules` has the rule of every composite alarm by its name."""
    seen: set[str] = set()
    pending = alarms_in(rules[name]) if name in rules else []
    while pending:
        other = pending.pop()
        if other == name:
            return True
        if other not in seen:
            seen.add(other)
            pending.extend(alarms_in(rules[other]) if other in rules else [])
    return False


def name_in(reference: str) -> str:
    """The alarm's name in its name or ARN."""
    return reference.partition(":alarm:")[2] if reference.startswith("arn:") else reference


@functools.lru_cache(maxsize=1024)
def _tokens(rule: str) -> tuple[Token, ...]:
    tokens: list[Token] = []
    position = 0
    text = rule.strip()
    while position < len(text):
        matched = TOKEN.match(text, position)
        if not matched:
            raise AlarmRuleError(f"cannot read {text[position:]!r} in the alarm rule {rule!r}")
        if matched["call"]:
            tokens.append((matched["call"], name_in(matched["name"].strip('"'))))
        else:
            tokens.append((matched["word"].upper(), ""))
        position = matched.end()
    return tuple(tokens)


def _or(tokens: tuple[Token, ...], position: int, state_of: StateOf) -> tuple[bool, int]:
    value, position = _and(tokens, position, state_of)
    while position < len(tokens) and tokens[position][0] == "OR":
        right, position = _and(tokens, position + 1, state_of)
        value = value or right
    return value, position


def _and(tokens: tuple[Token, ...], position: int, state_of: StateOf) -> tuple[bool, int]:
    value, position = _not(tokens, position, state_of)
    while position < len(tokens) and tokens[position][0] == "AND":
        right, position = _not(tokens, position + 1, state_of)
        value = value and right
    return value, position


def _not(tokens: tuple[Token, ...], position: int, state_of: StateOf) -> tuple[bool, int]:
    if position >= len(tokens):
        raise AlarmRuleError("the alarm rule ends too early")
    word, name = tokens[position]
    if word == "NOT":
        value, position = _not(tokens, position + 1, state_of)
        return not value, position
    if word == "(":
        value, position = _or(tokens, position + 1, state_of)
        if position >= len(tokens) or tokens[position][0] != ")":
            raise AlarmRuleError("a parenthesis is not closed in the alarm rule")
        return value, position + 1
    if word in STATES and name:
        return state_of(name) == word, position + 1
    if word in ("TRUE", "FALSE"):
        return word == "TRUE", position + 1
    raise AlarmRuleError(f"unexpected {word!r} in the alarm rule")
