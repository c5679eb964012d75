"""Intrinsic functions: what is wrong with a call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.asl import intrinsics


def _problems(text: str) -> list[tuple[str, str]]:
    return [(problem.kind, problem.message) for problem in intrinsics.problems(text)]


@pytest.mark.parametrize(
    "text",
    [
        "States.UUID()",
        "States.Format('{} of {}', $.a, $$.Execution.Id)",
        r"States.Format('it\'s \{so\} {}', $name.b)",
        "States.Format($.template, 1, null, true, -2.5)",
        "States.Array()",
        "States.MathRandom(1, $.most)",
        "States.MathRandom(1, 5, 3)",
        "States.ArrayGetItem(States.StringSplit($.text, ','), 0)",
        "States.ArrayPartition($.all, 4)",
        "States.ArrayContains($.all, 'one')",
        "States.ArrayRange(1, 9, 2)",
        "States.JsonMerge($.a, $.b, false)",
        "States.StringToJson($.text)",
        "States.Hash($.text, 'SHA-512')",
        "States.Array($.a[?(@.kind==WORD)])",
        "States.Array( $.a ,\r\n 'ü' )",
    ],
)
def test_a_right_call_has_no_problem(text: str) -> None:
    assert _problems(text) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "States.ArrayLenght($.a)",
            "there is no intrinsic function States.ArrayLenght: did you mean States.ArrayLength?",
        ),
        ("States.format('{}', 1)", "there is no intrinsic function States.format: did you mean States.Format?"),
        ("States.Zzzzzz($.a)", "there is no intrinsic function States.Zzzzzz"),
        ("States.Array(States.Uuid())", "there is no intrinsic function States.Uuid: did you mean States.UUID?"),
    ],
)
def test_an_unknown_name_is_said_with_the_near_one(text: str, message: str) -> None:
    assert _problems(text) == [("name", message)]


def test_a_name_in_quotes_is_text() -> None:
    assert _problems("States.Array('States.Nothing()')") == []


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("States.Array($.a", "cannot be read"),
        ("States.Array('a)", "a quote is not closed"),
        ('States.Array("a")', "cannot be read at '\"a\")'"),
        ("States.Array($.a) $.b", "cannot be read at"),
        ("States.Array($.a..)", "path"),
        ("States.", "cannot be read"),
        ("States.Array(" * 12 + ")" * 12, "more than 10 intrinsic functions are nested"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, part: str) -> None:
    ((kind, message),) = _problems(text)
    assert kind == "syntax"
    assert part in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("States.MathAdd(1)", "States.MathAdd takes 2 arguments, not 1"),
        ("States.UUID(1)", "States.UUID takes no argument, not 1"),
        ("States.MathRandom(1)", "States.MathRandom takes 2 to 3 arguments, not 1"),
        ("States.Format()", "States.Format takes at least 1, not 0"),
    ],
)
def test_the_number_of_arguments_is_checked(text: str, message: str) -> None:
    assert _problems(text) == [("count", message)]


@pytest.mark.parametrize(
    "text",
    [
        "States.Format('{} {}', $.a)",
        "States.Format('{}', $.a, $.b)",
        "States.MathAdd($.a, '1')",
        "States.MathRandom(5, 1)",
        "States.ArrayLength('a,b')",
        "States.ArrayLength(States.Format('{}', 1))",
        "States.ArrayPartition($.a, 0)",
        "States.ArrayGetItem($.a, -1)",
        "States.ArrayRange(0, $.a, 0)",
        "States.ArrayRange(0, 5000, 1)",
        "States.JsonMerge($.a, $.b, true)",
        "States.Hash($.a, 'SHA256')",
        "States.StringSplit(States.Array(1), ',')",
        "States.Base64Decode('%%')",
        "States.Array(States.Array(States.MathAdd(1, null)))",
    ],
)
def test_arguments_that_can_never_do_are_said_once(text: str) -> None:
    ((kind, _),) = _problems(text)
    assert kind == "argument"


def test_a_huge_text_is_not_read() -> None:
    assert _problems("States.Array(" * 100_000) == []


@given(st.text(alphabet="States.Array(),'$\\{} \"01x[]?", max_size=60))
def test_any_text_is_judged_without_a_crash(text: str) -> None:
    assert all("\n" not in message for _, message in _problems("States." + text))
