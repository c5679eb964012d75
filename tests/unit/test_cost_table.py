"""What docs/cost.md says a deployment costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from headend import cost_table, prices
from headend.errors import HeadendError

REPOSITORY = Path(__file__).parents[2]
PRICES = """
region: us-east-1
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
    (tmp_path / cost_table.DOCUMENT).write_text(
        "# Cost\n<!-- BEGIN generated -->\n<!-- END generated -->\nend\n", encoding="utf-8"
    )
    return tmp_path


def priced(folder: Path, text: str = PRICES) -> prices.Prices:
    """The prices in `text`."""
    path = folder / "prices.yaml"
    path.write_text(text, encoding="utf-8")
    return prices.load(path)


def test_one_flow_with_its_input_tier_and_two_output_tiers_costs_about_241_dollars() -> None:
    assert round(prices.load().total("one_flow")) == 241


def test_each_flow_s_state_is_published_once_a_minute() -> None:
    found = prices.load()
    for table, flows, usd in (("watching", 1, 0.44), ("twenty_flows", 20, 8.76)):
        [line] = [line for line in found.tables[table].lines if line.price == "cloudwatch_request"]
        assert line.count == flows * 60 * found.hours_in_a_month
        assert round(found.cost(line), 2) == usd


def test_the_text_says_what_twenty_flows_add_up_to() -> None:
    text = (REPOSITORY / cost_table.DOCUMENT).read_text(encoding="utf-8")
    found = prices.load()
    assert f"about ${found.total('twenty_flows'):.0f} for 20 flows" in text
    assert f"beside ${20 * found.total('one_flow'):,.0f} for the flows" in text


def test_the_committed_document_is_up_to_date() -> None:
    assert cost_table.check(REPOSITORY) == []


def test_every_line_shows_its_arithmetic_and_the_table_its_sum(root: Path) -> None:
    assert cost_table.write(root, priced(root)) == [root / cost_table.DOCUMENT]
    text = (root / cost_table.DOCUMENT).read_text(encoding="utf-8")
    assert "| a flow | 2 * 0.16 * 730 h | 233.60 |" in text
    assert "| a key: of three topics | 3 * 1.00 | 3.00 |" in text
    assert "| **together** | | **236.60** |" in text
    assert text.endswith("<!-- END generated -->\nend\n")


def test_a_changed_price_is_found_by_the_check_and_written_once(root: Path) -> None:
    cost_table.write(root, priced(root))
    dearer = priced(root, PRICES.replace("usd: 1.0", "usd: 2.0"))
    assert cost_table.check(root, dearer) == [cost_table.DOCUMENT]
    cost_table.write(root, dearer)
    assert cost_table.write(root, dearer) == []


def test_a_line_without_a_price_is_named(root: Path) -> None:
    with pytest.raises(HeadendError, match="no price is called kez"):
        priced(root, PRICES.replace("price: key", "price: kez"))


def test_a_price_for_many_units_shows_for_how_many(root: Path) -> None:
    text = PRICES.replace("usd: 1.0,", "usd: 25.0, per: 1000000,").replace("count: 3", "count: 4000000")
    cost_table.write(root, priced(root, text))
    document = (root / cost_table.DOCUMENT).read_text(encoding="utf-8")
    assert "| a key: of three topics | 4,000,000 * 25.00 / 1,000,000 | 100.00 |" in document


def test_each_workflow_of_the_repository_has_a_row() -> None:
    document = (REPOSITORY / cost_table.DOCUMENT).read_text(encoding="utf-8")
    for path in REPOSITORY.glob("modules/*/rendered/*.asl.json"):
        assert f"| {path.name.removesuffix('.asl.json')} | " in document
