"""A Choice state's rule in words that people read.

Operators: https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from headend.asl.model import expression

_SIGNS = {"Equals": "=", "LessThan": "<", "GreaterThan": ">", "LessThanEquals": "≤", "GreaterThanEquals": "≥"}
_COMPARISON = re.compile(
    r"(?:String|Numeric|Boolean|Timestamp)(Equals|LessThanEquals|GreaterThanEquals|LessThan|GreaterThan)(Path)?"
)
_KINDS = {"IsString": "a string", "IsNumeric": "a number", "IsBoolean": "a boolean", "IsTimestamp": "a timestamp"}
_NOT_OPERATORS = frozenset(("Variable", "Next", "Comment", "Assign", "Output"))


def full(rule: Mapping[str, Any]) -> str:
    """All of it, such as `$.n > 3 and ($.a = "x" or $.a is absent)`; "?" where a part is no rule."""
    if "Condition" in rule:
        return _jsonata(rule["Condition"])
    return _text(rule, outer="", brief=False)


def brief(rule: Mapping[str, Any]) -> str:
    """The same without what only guards another part: that a variable is present which is compared beside it."""
    if "Condition" in rule:
        return _jsonata(rule["Condition"])
    return _text(rule, outer="", brief=True)


def _jsonata(condition: Any) -> str:
    text = expression(condition)
    if text is None:
        text = condition if isinstance(condition, str) else json.dumps(condition)
    return " ".join(text.split()) or "?"


def _text(rule: Any, outer: str, brief: bool) -> str:
    if not isinstance(rule, dict):
        return "?"
    for key, word in (("And", "and"), ("Or", "or")):
        if isinstance(rule.get(key), list):
            return _joined(rule[key], word, outer, brief)
    if "Not" in rule:
        return f"not ({_text(rule['Not'], '', brief)})"
    return _test(rule)


def _joined(rules: list[Any], word: str, outer: str, brief: bool) -> str:
    if brief:
        rules = _without_guards(rules) if word == "and" else rules
        if word == "or" and (same := _one_of(rules)):
            return same
    text = f" {word} ".join(_text(rule, word, brief) for rule in rules) or "?"
    return f"({text})" if outer and outer != word and len(rules) > 1 else text


def _without_guards(rules: list[Any]) -> list[Any]:
    """Without `IsPresent: true` of a variable that is tested beside it, and `IsString: true` of one compared there."""
    tested = {variable for rule in rules for variable in _variables(rule, compared=False)}
    compared = {variable for rule in rules for variable in _variables(rule, compared=True)}
    kept = []
    for rule in rules:
        variable = rule.get("Variable") if isinstance(rule, dict) else None
        present = variable in tested and rule.get("IsPresent") is True
        if not present and not (variable in compared and any(rule.get(kind) is True for kind in _KINDS)):
            kept.append(rule)
    return kept


def _variables(rule: Any, compared: bool) -> set[str]:
    """What a rule compares; or tests in any way, but for IsPresent."""
    if not isinstance(rule, dict):
        return set()
    parts = [part for key in ("And", "Or") if isinstance(rule.get(key), list) for part in rule[key]]
    if parts:
        return {variable for part in parts for variable in _variables(part, compared)}
    variable, guards = rule.get("Variable"), ("IsPresent", "IsNull", *_KINDS) if compared else ("IsPresent",)
    return {variable} if isinstance(variable, str) and not any(guard in rule for guard in guards) else set()


def _one_of(rules: list[Any]) -> str | None:
    """`$.a = "x" or "y"` where every rule compares the same variable in the same way."""
    tests = [_parts(rule) if isinstance(rule, dict) else None for rule in rules]
    if len(tests) < 2 or None in tests or len({test[:2] for test in tests if test}) != 1:
        return None
    first = tests[0]
    return f"{first[0]} {first[1]} {' or '.join(test[2] for test in tests if test)}" if first else None


def _parts(rule: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Variable, sign and value of a comparison."""
    for key, value in rule.items():
        if match := _COMPARISON.fullmatch(key):
            shown = str(value) if match[2] else json.dumps(value, ensure_ascii=False)
            return str(rule.get("Variable", "?")), _SIGNS[match[1]], shown
    return None


def _test(rule: Mapping[str, Any]) -> str:
    if parts := _parts(rule):
        return " ".join(parts)
    variable = str(rule.get("Variable", "?"))
    key = next((key for key in rule if key not in _NOT_OPERATORS), None)
    if key is None:
        return "?"
    value = rule[key]
    if key == "StringMatches":
        return f"{variable} matches {json.dumps(value, ensure_ascii=False)}"
    if key == "IsPresent":
        return f"{variable} is {'absent' if value is False else 'present'}"
    if key == "IsNull":
        return f"{variable} is {'not ' if value is False else ''}null"
    if key in _KINDS:
        return f"{variable} is {'not ' if value is False else ''}{_KINDS[key]}"
    return f"{variable} {key} {json.dumps(value, ensure_ascii=False)}"
