"""What runtime 2.0 of CloudFront Functions does not list is found, and what it does is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.localcloud.cloudfront.function_runtime import FunctionError, run
from headend.localcloud.cloudfront.function_syntax import problems

CHOOSE = Path(__file__).parents[3] / "local/roots/cloudfront/choose.js"


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("class A {}", "classes"),
        ("function* g() {}", "generators"),
        ("for (const a of b) {}", "for-of"),
        ("for (const [a] of b) {}", "destructuring"),
        ("const { a } = b;", "destructuring"),
        ("function f({ a }) {}", "destructuring"),
        ("const f = ([a]) => a", "destructuring"),
        ("f(...a)", "spread (...)"),
        ("const a = [...b]", "spread (...)"),
        ("const a = { ...b }", "spread (...)"),
        ("function f(a = 1) {}", "default parameters"),
        ("a?.b", "optional chaining (?.)"),
        ("`text ${ a?.b } text`", "optional chaining (?.)"),
        ("`outer ${ `inner ${ a ?? b }` }`", "the operator ??"),
        ("a ||= b", "logical assignment"),
        ("10n", "BigInt"),
        ("const f = async () => 1", "an async closure"),
        ("const f = async a => a", "an async closure"),
        ("const f = async function () {}", "an async closure"),
        ("function f() { async function g() {} }", "an async closure"),
        ("import('x')", "import, other than of a whole module at the start"),
    ],
)
def test_what_is_not_listed_is_found(code: str, what: str) -> None:
    assert what in [problem.what for problem in problems(code)]


@pytest.mark.parametrize(
    "code",
    [
        "async function handler(event) { return await other(event) }",
        "function f(...rest) { return rest }",
        "const f = (...rest) => rest",
        "a ? .5 : b",
        "a ? b : c ? d : e",
        "const pattern = /a?.b ?? [/] ...c/g",
        "const text = 'class ?? ...a'; // a?.b\n/* class */",
        "const text = `class ${ a } ?? ...b`",
        "a.class + a.async() + { class: 1, of: 2 }.of",
        "for (let i = 0, of = 2; i < of; i++) {}",
        "for (const name in names) {}",
        "if (a / b / c) {}",
        "x = a ** 2",
        "const object = { get a() { return 1 } }",
        CHOOSE.read_text().partition("\n")[2],
    ],
)
def test_what_is_listed_is_left_alone(code: str) -> None:
    assert problems(code) == ()


def test_a_problem_names_its_line_once() -> None:
    assert [str(one) for one in problems("\n/* two\nlines */ a?.b; c?.d;")] == [
        "line 3: optional chaining (?.), which AWS does not list for the runtime cloudfront-js-2.0"
    ]


@given(st.text("`${}()[]'\"/\\=>.?*nof async class function\n", max_size=60))
def test_whatever_is_written_is_read_to_its_end(code: str) -> None:
    assert isinstance(problems(code), tuple)


def test_such_a_function_does_not_run() -> None:
    with pytest.raises(FunctionError, match="line 1: destructuring"):
        run("function handler({ request }) { return request }", {"request": {"uri": "/"}}, {})
