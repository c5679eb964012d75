"""The fidelity table says what the contract tests say."""

from __future__ import annotations

from headend.fidelity import Behaviour, document

SOURCE = "https://docs.aws.amazon.com/x"


def test_a_behaviour_has_its_source_its_test_its_cases_and_its_limits() -> None:
    page = document([Behaviour("events", "A | B", SOURCE, "tests/contract/test_events.py::test_a", 3, "not C")])
    assert "## Events" in page
    assert "1 behaviours, 3 cases" in page
    assert f"| A \\| B | [document]({SOURCE}) | [test_a](../tests/contract/test_events.py) | 3 | not C |" in page


def test_areas_are_apart() -> None:
    rows = [Behaviour(area, "x", SOURCE, f"tests/contract/test_{area}.py::test_x", 1, "") for area in ("alarms", "sns")]
    page = document(rows)
    assert page.index("## Alarms") < page.index("## Sns")
