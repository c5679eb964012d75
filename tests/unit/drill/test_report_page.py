"""The page that a drill leaves behind."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from headend.drill import report, strip
from headend.drill.player import Request
from headend.drill.scenarios import SCENARIOS
from unit.drill.test_drill import play

VERSIONS = {"headend": "1.0"}


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_path_has_a_page_that_loads_nothing_from_elsewhere(name: str) -> None:
    page = report.html(play(name)[0], VERSIONS)
    assert SCENARIOS[name].title in page
    assert not re.search(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", page)
    assert "seamless" in page


def test_the_page_says_who_served_which_segments() -> None:
    outcome, _, _ = play("region")
    runs = report.served(outcome.reports["viewer"], outcome)
    assert [one["server"] for one in runs] == [
        "primary, pipeline primary",
        "secondary, pipeline primary",
        "primary, pipeline primary",
    ]
    assert [one["first"] for one in runs[1:]] == [one["last"] + 1 for one in runs[:-1]]
    assert str(runs[1]["first"]) in report.html(outcome, VERSIONS)


def test_what_viewers_noticed_is_the_headline() -> None:
    outcome, _, _ = play("region", serves=lambda _levers: ("primary", "primary"))
    assert report.headline(outcome).startswith("A Region is gone, and viewer noticed: primary, primary went on serving")
    assert "Not as it should be" in report.html(outcome, VERSIONS)


def test_failed_requests_are_listed_and_escaped() -> None:
    outcome, _, _ = play("region")
    outcome.reports["viewer"].requests.append(Request(21.0, "https://edge/<b>.ts", 404, "", 0.1))
    page = report.html(outcome, VERSIONS)
    assert "1 requests that failed" in page
    assert "<b>.ts" not in page


def test_the_strip_is_a_drawing_with_a_box_for_each_segment() -> None:
    outcome, _, _ = play("pause")
    seen = outcome.reports["viewer"]
    drawing = strip.svg("title & all", seen, outcome.faults["viewer"], strip.colours([seen]))
    boxes = [
        one
        for one in ElementTree.fromstring(drawing).iter("{http://www.w3.org/2000/svg}rect")
        if one.get("class", "").startswith("s") and one.get("class") != "stall"
    ]
    assert len(boxes) == len(seen.segments)


def test_the_figures_are_written_beside_it(tmp_path: Path) -> None:
    outcome, _, _ = play("region")
    page = report.write(outcome, tmp_path / "drill" / "region.html", VERSIONS)
    figures = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    assert figures["ok"] is True
    assert figures["players"][0]["over_segments"] == figures["players"][0]["over"] / figures["segment_seconds"]
