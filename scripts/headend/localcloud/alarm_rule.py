"""The rule language of composite alarms: ALARM(x), OK(x), INSUFFICIENT_DATA(x), AND, OR, NOT, TRUE, FALSE, parentheses.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
TOKEN = re.compile(
    r"""\s*(?:(?P<call>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?P<name>"[^"]*"|'[^']*'|[^\s()]+)\s*\)|(?P<word>AND|OR|NOT|TRUE|FALSE|\(|\)))"""
)

Token = tuple[str, str]
"""(word or state name, alarm name or "")."""


class AlarmRuleError(ValueError):
    """The rule cannot be read; the message says where."""


def evaluate(rule: str, state_of: Callable[[str], str]) -> bool:
    """Whether the rule holds. `state_of` gives the state of an alarm by name. Raises AlarmRuleError."""
    tokens = _tokens(rule)
    value, position = _or(tokens, 0, state_of)
    if position != len(tokens):
        raise AlarmRuleError(f"unexpected {tokens[position][0]!r} in the alarm rule {rule!r}")
    return value


def alarms_in(rule: str) -> list[str]:
    """The names of the alarms that the rule looks at, in order, each once."""
    return list(dict.fromkeys(name for _, name in _tokens(rule) if name))


def _tokens(rule: str) -> list[Token]:
    tokens: list[Token] = []
    position = 0
    text = rule.strip()
    while position < len(text):
        matched = TOKEN.match(text, position)
        if not matched:
            raise AlarmRuleError(f"cannot read {text[position:]!r} in the alarm rule {rule!r}")
        if matched["call"]:
            name = matched["name"].strip("\"'")
            tokens.append((matched["call"], name.rpartition(":alarm:")[2]))
        else:
            tokens.append((matched["word"], ""))
        position = matched.end()
    return tokens


def _or(tokens: list[Token], position: int, state_of: Callable[[str], str]) -> tuple[bool, int]:
    value, position = _and(tokens, position, state_of)
    while position < len(tokens) and tokens[position][0] == "OR":
        right, position = _and(tokens, position + 1, state_of)
        value = value or right
    return value, position


def _and(tokens: list[Token], position: int, state_of: Callable[[str], str]) -> tuple[bool, int]:
    value, position = _not(tokens, position, state_of)
    while position < len(tokens) and tokens[position][0] == "AND":
        right, position = _not(tokens, position + 1, state_of)
        value = value and right
    return value, position


def _not(tokens: list[Token], position: int, state_of: Callable[[str], str]) -> tuple[bool, int]:
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
    if word in STATES:
        return state_of(name) == word, position + 1
    if word in ("TRUE", "FALSE"):
        return word == "TRUE", position + 1
    raise AlarmRuleError(f"unexpected {word!r} in the alarm rule")
