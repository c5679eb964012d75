"""A short stress run: transitions with faults that come and go, and every one is found again at each of its ends."""

from __future__ import annotations

import pytest

from headend.bench import stress
from headend.localcloud.launcher import LocalCloud


@pytest.mark.local
def test_the_outcomes_add_up_while_faults_come_and_go(cloud: LocalCloud) -> None:
    found = stress.measure(cloud, 6.0, flows=5, seed=3)  # raises with every sum that is wrong
    seen = found.details["seen"]
    assert isinstance(seen, dict)
    assert seen["alarm"] >= 30
    assert seen["faults"] >= 3
    assert seen["told"] + seen.get("not told", 0) + seen.get("refused", 0) == seen["alarm"]
