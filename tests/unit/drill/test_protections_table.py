"""What docs/how-to/rehearse-a-failover.md says of each protection: the paths and the tests that it names are there."""

from __future__ import annotations

import re
from pathlib import Path

from headend.drill.scenarios import SCENARIOS

REPOSITORY = Path(__file__).parents[3]
PAGE = REPOSITORY / "docs" / "how-to" / "rehearse-a-failover.md"


def rows() -> list[list[str]]:
    """The cells of each protection."""
    text = PAGE.read_text(encoding="utf-8").partition("| taken away |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]


def test_every_protection_names_a_test_that_there_is() -> None:
    there = {
        name
        for file in (REPOSITORY / "tests" / "contract").glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    for row in rows():
        named = set(re.findall(r"`(test_\w+)`", row[3]))
        assert named, row[0]
        assert named <= there, row[0]


def test_drills_that_are_named_can_be_played() -> None:
    begun = [re.match(r"`([a-z-]+)`", row[2]) for row in rows()]
    named = {one[1] for one in begun if one}
    assert {"blip", "source", "stop-unprepared", "switch"} <= named <= set(SCENARIOS)
