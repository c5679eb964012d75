"""What docs/cost.md says a deployment costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from headend import cost_table
from headend.errors import HeadendError

REPOSITORY = Path(__file__).parents[2]
PRICES = """
hours_in_a_month: 730
prices:
  flow: {usd: 0.16, what: a flow, source: "https://example.com/", seen: "2026-01-01"}
  key: {usd: 1.0, what: a key, source: "https://example.com/", seen: "2026-01-01"}
tables:
  all:
    title: All
    lines:
      - {count: 2, price: flow, hours: true}
      - {count: 3, price: key, note: of three topics}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / cost_table.PRICES).write_text(PRICES, encoding="utf-8")
    (tmp_path / cost_table.DOCUMENT).write_text(
        "# Cost\n<!-- BEGIN generated -->\n<!-- END generated -->\nend\n", encoding="utf-8"
    )
    return tmp_path


def test_one_flow_with_its_input_tier_and_two_output_tiers_costs_about_241_dollars() -> None:
    assert round(cost_table.load(REPOSITORY).total("one_flow")) == 241


def test_the_committed_document_is_up_to_date() -> None:
    assert cost_table.check(REPOSITORY) == []


def test_every_line_shows_its_arithmetic_and_the_table_its_sum(root: Path) -> None:
    assert cost_table.write(root) == [root / cost_table.DOCUMENT]
    text = (root / cost_table.DOCUMENT).read_text(encoding="utf-8")
    assert "| a flow | 2 * 0.16 * 730 h | 233.60 |" in text
    assert "| a key: of three topics | 3 * 1.00 | 3.00 |" in text
    assert "| **together** | | **236.60** |" in text
    assert text.endswith("<!-- END generated -->\nend\n")


def test_a_changed_price_is_found_by_the_check_and_written_once(root: Path) -> None:
    cost_table.write(root)
    (root / cost_table.PRICES).write_text(PRICES.replace("usd: 1.0", "usd: 2.0"), encoding="utf-8")
    assert cost_table.check(root) == [cost_table.DOCUMENT]
    cost_table.write(root)
    assert cost_table.write(root) == []


def test_a_line_without_a_price_is_named(root: Path) -> None:
    (root / cost_table.PRICES).write_text(PRICES.replace("price: key", "price: kez"), encoding="utf-8")
    with pytest.raises(HeadendError, match="no price is called kez"):
        cost_table.load(root)
