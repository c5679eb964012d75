"""Metric math gives what CloudWatch documents."""

from __future__ import annotations

import pytest

from headend.localcloud.metric_math import MetricMathError, Request, evaluate

A = {0.0: 1.0, 10.0: 2.0, 30.0: 4.0}
B = {0.0: 10.0, 10.0: 0.0, 20.0: 5.0}
REQUEST = Request(values={"a": A, "b": B}, moments=[0.0, 10.0, 20.0, 30.0], metrics=["a", "b"])


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("a", A),
        ("a + b", {0.0: 11.0, 10.0: 2.0}),
        ("a * 2 - 1", {0.0: 1.0, 10.0: 3.0, 30.0: 7.0}),
        ("-a", {0.0: -1.0, 10.0: -2.0, 30.0: -4.0}),
        ("a / b", {0.0: 0.1}),
        ("a ^ 2", {0.0: 1.0, 10.0: 4.0, 30.0: 16.0}),
        ("2 + 3 * 4", 14.0),
        ("(2 + 3) * 4", 20.0),
        ("a > 1", {0.0: 0.0, 10.0: 1.0, 30.0: 1.0}),
        ("a >= 2 AND b < 1", {0.0: 0.0, 10.0: 1.0}),
        ("a > 1 || b > 1", {0.0: 1.0, 10.0: 1.0}),
        ("NOT (a > 1)", {0.0: 1.0, 10.0: 0.0, 30.0: 0.0}),
        ("IF(a > 1, b, 7)", {0.0: 7.0, 10.0: 0.0}),
        ("FILL(a, 0)", {0.0: 1.0, 10.0: 2.0, 20.0: 0.0, 30.0: 4.0}),
        ("FILL(a, REPEAT)", {0.0: 1.0, 10.0: 2.0, 20.0: 2.0, 30.0: 4.0}),
        ("FILL(a, b)", {0.0: 1.0, 10.0: 2.0, 20.0: 5.0, 30.0: 4.0}),
        ("MAX(a)", 4.0),
        ("SUM(METRICS())", {0.0: 11.0, 10.0: 2.0, 20.0: 5.0, 30.0: 4.0}),
        ("AVG([a, b])", {0.0: 5.5, 10.0: 1.0, 20.0: 5.0, 30.0: 4.0}),
        ("MIN([a, b])", {0.0: 1.0, 10.0: 0.0, 20.0: 5.0, 30.0: 4.0}),
        ("RATE(a)", {10.0: 0.1, 30.0: 0.1}),
        ("ABS(-3)", 3.0),
        ("1e3", 1000.0),
    ],
)
def test_expressions(expression: str, wanted: object) -> None:
    assert evaluate(expression, REQUEST) == (pytest.approx(wanted) if wanted else wanted)


@pytest.mark.parametrize(
    "expression", ["", "a +", "a b", "IF(a)", "nobody", "SEARCH('x')", "(a", "a $ b", "1 / 0", "FILL(a, LINEAR)"]
)
def test_what_cannot_be_computed_is_refused(expression: str) -> None:
    with pytest.raises(MetricMathError):
        evaluate(expression, REQUEST)


@pytest.mark.parametrize(
    ("active", "bit_rate", "wanted"),
    [
        ({0.0: 0.0}, {}, {0.0: 70.0, 10.0: 70.0, 20.0: 70.0, 30.0: 70.0}),
        ({0.0: 1.0}, {0.0: 100.0, 10.0: 60.0}, {0.0: 100.0, 10.0: 60.0}),
        ({}, {}, {}),
    ],
    ids=[
        "a flow in STANDBY is at the floor",
        "an active flow shows its bit rate and its gaps",
        "an unknown state is missing",
    ],
)
def test_the_gated_bit_rate(
    active: dict[float, float], bit_rate: dict[float, float], wanted: dict[float, float]
) -> None:
    request = Request({"active": active, "bit_rate": bit_rate}, [0.0, 10.0, 20.0, 30.0], ["active", "bit_rate"])
    assert evaluate("IF(FILL(active, REPEAT) > 0, bit_rate, 70)", request) == wanted


@pytest.mark.parametrize(
    ("active", "wanted"),
    [({}, {0.0: 70.0, 10.0: 70.0, 20.0: 70.0, 30.0: 70.0}), ({10.0: 1.0}, {0.0: 70.0})],
    ids=["never written", "written as active later"],
)
def test_a_state_that_nobody_has_written_yet_counts_as_not_active(
    active: dict[float, float], wanted: dict[float, float]
) -> None:
    request = Request({"active": active, "bit_rate": {}}, [0.0, 10.0, 20.0, 30.0], ["active", "bit_rate"])
    assert evaluate("IF(FILL(FILL(active, REPEAT), 0) > 0, bit_rate, 70)", request) == wanted
