"""The one file of prices."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from headend import prices
from headend.errors import HeadendError


def test_every_price_says_where_and_when_it_was_read() -> None:
    for price in prices.load().prices.values():
        assert re.match(r"https://\S+$", price.source)
        assert date.fromisoformat(price.seen)


def test_free_units_name_their_source() -> None:
    assert all(bool(price.free) == bool(price.free_source) for price in prices.load().prices.values())


def test_gb_hours_of_express_workflows_become_cheaper_as_in_the_example_of_aws() -> None:
    price = prices.load().prices["express_gb_second"]
    # 62.5 million GB-seconds: 1,000 GB-hours at 0.06, 4,000 at 0.03, the other 12,361.11 at 0.01642.
    assert price.cost(62_500_000) == pytest.approx(60.00 + 120.00 + 202.97, abs=0.01)
    assert price.unit == pytest.approx(0.00001667, rel=1e-3)


def test_free_units_are_taken_off_once() -> None:
    price = prices.load().prices["state_transition"]
    assert price.billed(2_880) == 0
    assert price.cost(2_880) == pytest.approx(0.072)
    assert price.billed(400_000) == pytest.approx(9.90)


def test_a_file_that_does_not_fit_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text("region: x\nhours_in_a_month: 0\nprices: {}\n", encoding="utf-8")
    with pytest.raises(HeadendError, match=r"^prices\.yaml: .*hours_in_a_month") as failure:
        prices.load(path)
    assert "\n" not in str(failure.value)
