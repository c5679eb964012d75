"""Rules of Choice states in words."""

from __future__ import annotations

from typing import Any

import pytest

from headend.asl.diagram import conditions, text

A_IS_X = {"Variable": "$.a", "StringEquals": "x"}
B_OVER_3 = {"Variable": "$.b", "NumericGreaterThan": 3}
A_THERE = {"Variable": "$.a", "IsPresent": True}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (A_IS_X, '$.a = "x"'),
        (B_OVER_3, "$.b > 3"),
        ({"Variable": "$.b", "NumericLessThanEqualsPath": "$.limit"}, "$.b ≤ $.limit"),
        ({"Variable": "$.t", "TimestampGreaterThanEquals": "2030-01-01T00:00:00Z"}, '$.t ≥ "2030-01-01T00:00:00Z"'),
        ({"Variable": "$.on", "BooleanEquals": True}, "$.on = true"),
        ({"Variable": "$.a", "StringMatches": "log-*"}, '$.a matches "log-*"'),
        (A_THERE, "$.a is present"),
        ({"Variable": "$.a", "IsPresent": False}, "$.a is absent"),
        ({"Variable": "$.a", "IsNull": False}, "$.a is not null"),
        ({"Variable": "$.a", "IsNumeric": True}, "$.a is a number"),
        ({"Not": A_IS_X}, 'not ($.a = "x")'),
        ({"And": [A_IS_X, B_OVER_3]}, '$.a = "x" and $.b > 3'),
        ({"Or": [{"And": [A_IS_X, B_OVER_3]}, A_THERE]}, '($.a = "x" and $.b > 3) or $.a is present'),
        ({"And": [{"And": [A_IS_X]}, B_OVER_3]}, '$.a = "x" and $.b > 3'),
        ({"Condition": "{%\n  $states.input.n >\n  3 %}"}, "$states.input.n > 3"),
        ({"Condition": True}, "true"),
    ],
)
def test_a_rule_reads_as_a_sentence(rule: dict[str, Any], words: str) -> None:
    assert conditions.full(rule) == words


def test_the_brief_form_leaves_out_what_only_guards_a_comparison() -> None:
    rule = {"And": [A_THERE, {"Variable": "$.a", "IsString": True}, A_IS_X, {"Variable": "$.c", "IsPresent": True}]}
    assert conditions.brief(rule) == '$.a = "x" and $.c is present'
    assert conditions.full(rule).count("$.a") == 3


def test_the_brief_form_names_a_variable_once_that_is_compared_with_several_values() -> None:
    rule = {"Or": [A_IS_X, {"Variable": "$.a", "StringEquals": "y"}]}
    assert conditions.brief(rule) == '$.a = "x" or "y"'
    assert conditions.brief({"Or": [A_IS_X, B_OVER_3]}) == '$.a = "x" or $.b > 3'


@pytest.mark.parametrize("rule", [{}, {"And": []}, {"And": [3]}, {"Or": "no list"}, {"Not": None}, {"Variable": 3}])
def test_what_is_no_rule_is_a_question_mark(rule: dict[str, Any]) -> None:
    assert "?" in conditions.full(rule)
    assert "?" in conditions.brief(rule)


def test_lines_break_at_spaces_and_in_long_paths_at_dots() -> None:
    assert text.lines("one two three", 7, 3) == ("one two", "three")
    assert text.lines("$.answer.reservations[0].state", 16, 3) == ("$.answer.", "reservations[0].", "state")
    assert text.lines("x" * 25, 10, 3) == ("x" * 10, "x" * 10, "x" * 5)


def test_what_does_not_fit_ends_with_an_ellipsis() -> None:
    found = text.lines("several words that are far too long", 10, 2)
    assert len(found) == 2
    assert found[-1].endswith("…")
    assert all(len(line) <= 10 for line in found)


def test_placeholders_are_shown_by_name() -> None:
    assert text.plain('$.limit > ${the_limit} and "${name}"') == '$.limit > «the_limit» and "«name»"'
