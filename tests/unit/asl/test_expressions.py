"""JSONata expressions: what they call and read, and what is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.asl import expressions, model
from headend.localcloud.stepfunctions.jsonata_functions import FUNCTIONS as ADDED


def _read(text: str) -> list[str]:
    """Variables with their steps, sorted by where they stand."""
    return [".".join(map(str, (use.name, *use.steps))) for use in expressions.parse(text).references]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$states.input.order.id", ["states.input.order.id"]),
        ("$states.input.orders[0].id & $name", ["states.input.orders.0.id", "name"]),
        ("$states.result.Items[price > $limit].name", ["states.result.Items", "limit"]),
        ("$states.input.`two words`.x", ["states.input.two words.x"]),
        ("($a := 1; $a + $b)", ["b"]),
        ("($a := $a + 1)", ["a"]),
        ("$map($states.input.all, function($one, $i) { $one.id & $i & $else })", ["states.input.all", "else"]),
        ("($f := function($n) { $n > 0 ? $f($n - 1) : 0 }; $f(3))", []),
        ("($f := function($n) { $g($n) }; $g := function($n) { $n & $late }; $late := 1; $f($x))", ["x"]),
        ("($late & 1; $late := 1)", ["late"]),
        ("function($x)<s?:s>{ $x }('a')", []),
        ("$states.input.all@$one.{'id': $one.id}", ["states.input.all"]),
        ("$states.input.all#$i[$i > 1]", ["states.input.all"]),
        ("$states.input.all^(>total)", ["states.input.all"]),
        ("$states.input ~> |order|{'total': $total}|", ["states.input", "total"]),
        ("$states.input.all.$", ["states.input.all"]),
        ("$", [""]),
        ("$$.a", ["$.a"]),
        ("$map([1], $string)", []),
    ],
)
def test_an_expression_reads_the_variables_that_it_does_not_bind(text: str, found: list[str]) -> None:
    assert _read(text) == found


def test_a_reference_says_where_it_stands_and_whether_it_is_all() -> None:
    (use,) = expressions.parse("  $states.input.a").references
    assert (use.offset, use.whole, use.alone, use.tested) == (2, True, True, False)
    tested, used = expressions.parse("$exists($states.input.a) ? $states.input.a[b = 1] : 0").references
    assert (tested.offset, tested.tested, tested.whole) == (8, True, True)
    assert (used.offset, used.tested, used.whole, used.alone) == (27, False, False, False)


def test_the_workflows_own_variables_are_told_from_states() -> None:
    read = expressions.parse("$states.input.a & $b & $.c")
    assert [use.name for use in read.variables] == ["b"]
    assert [use.steps for use in read.states] == [("input", "a")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$sum([1, 2])", [("sum", 1)]),
        ("$states.input.a ~> $pad(5) ~> $uppercase", [("pad", 2), ("uppercase", 1)]),
        ("$nothing()", [("nothing", 0)]),
        ("($f := function($x) { $x }; $f(1))", []),
        ("$substring(?, 1)", [("substring", 2)]),
    ],
)
def test_an_expression_calls_the_functions_that_it_does_not_bind(text: str, found: list[tuple[str, int]]) -> None:
    assert sorted((call.name, call.arguments) for call in expressions.parse(text).calls) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("order.total", [("order", 0)]),
        ("{'a': total}", [("total", 6)]),
        ("$states.input.orders[total > 5].{'id': id}", []),
        ("$states.input.orders.(total * 2)", []),
        ("'order' & \"total\"", []),
    ],
)
def test_names_that_are_fields_of_nothing_are_found(text: str, found: list[tuple[str, int]]) -> None:
    assert list(expressions.parse(text).names) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a == b",
        "$a && $b",
        "!$a",
        "$a ?? 1",
        "$a ?: 1",
        "$sum(",
        "'open",
        "/* open",
        "1 2",
        "a := 1",
        "function($x)<s<n>:s>{ $x }(1)",
        "(" * 50,
    ],
)
def test_what_is_no_jsonata_2_0_6_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(expressions.ExpressionError) as raised:
        expressions.parse(text)
    assert "\n" not in str(raised.value)
    assert raised.value.offset is None or 0 <= raised.value.offset <= len(text)


def test_what_is_nested_too_deeply_is_not_judged() -> None:
    assert expressions.parse("(" * 5000 + "1" + ")" * 5000) == expressions.Expression("(" * 5000 + "1" + ")" * 5000)


def test_functions_are_jsonatas_with_those_of_step_functions_and_without_eval() -> None:
    assert {name for name, function in ADDED.items() if function} <= set(expressions.FUNCTIONS)
    assert "eval" not in expressions.FUNCTIONS
    takes = {name: (one.fewest, one.most, one.contextual) for name, one in expressions.FUNCTIONS.items()}
    assert takes["hash"] == (2, 2, False)
    assert takes["random"] == (0, 1, False)
    assert takes["contains"] == (2, 2, True)
    assert expressions.FUNCTIONS["zip"].most is None


def test_a_states_expressions_are_found_without_those_of_the_states_inside() -> None:
    inner = {"StartAt": "In", "States": {"In": {"Type": "Pass", "Output": "{% 1 %}", "End": True}}}
    state = {
        "Type": "Map",
        "Comment": "{% 2 %}",
        "Items": ["{% $a %}", 3],
        "ItemProcessor": inner,
        "Output": {"b": {"c": "{% $states.result %}"}},
        "Assign": {"wrong": "{% $( %}"},
    }
    written = json.dumps({"QueryLanguage": "JSONata", "StartAt": "All", "States": {"All": state}})
    found = model.parse(written).root.states["All"]
    assert [(pointer[2:], text) for pointer, text in expressions.state_expressions(found)] == [
        (("Items", 0), "$a"),
        (("Output", "b", "c"), "$states.result"),
        (("Assign", "wrong"), "$("),
    ]
    assert [read.text for _, read in expressions.read_all(found)] == ["$a", "$states.result"]


@given(st.text(alphabet="$abc.()[]{}'\"`:=?~>|@#^%*&,; 01/\\+-", max_size=50))
def test_any_text_is_an_expression_or_is_refused(text: str) -> None:
    try:
        assert expressions.parse(text).text == text
    except expressions.ExpressionError as error:
        assert str(error)
