"""The demo's report page and its drawings."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.asl import diagram
from headend.demonstration import plots, report
from headend.demonstration.recording import Recording
from headend.demonstration.story import Story
from unit import demo_timeline as burst

SVG = "{http://www.w3.org/2000/svg}"


def test_the_report_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    page = report.write(burst.recording(), tmp_path / "demo" / "report.html").read_text(encoding="utf-8")
    without_names = page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"""(src|href)\s*=|url\(|@import|https?://""", without_names)


def test_the_report_says_how_long_it_took_and_what_was_left() -> None:
    page = report.html(burst.recording())
    assert "People were told after 13 s, and told that it was over after 41 s." in page
    assert "41.2 s" in page
    assert "20.5 s" in page
    assert "Nothing was left after destroy" in page


def test_the_report_names_what_was_left_behind() -> None:
    recording = burst.recording()
    recording.left = ["sqs queue forgotten in eu-central-1"]
    page = report.html(recording)
    assert "forgotten" in page
    assert "Nothing was left" not in page


def test_a_message_is_text_in_the_report_and_never_markup() -> None:
    page = report.html(burst.recording())
    assert "check the sender &lt;studio-a&gt;" in page
    assert "<studio-a>" not in page


def test_every_line_of_the_story_is_in_the_report() -> None:
    page = report.html(burst.recording())
    rows = re.findall(r'<td class="at">[+-][\d.]+ s</td>', page)
    assert len(rows) == len(burst.story().entries)


def test_a_run_without_an_alert_still_has_a_report() -> None:
    empty = Recording(
        "loss-burst", Story("live-local", "studio-a", burst.FLOW_NAME, burst.FLOW_ARN), "eu-central-1", burst.ZERO
    )
    page = report.html(empty)
    assert "no alert arrived in time" in page
    assert "No message was sent." in page


def test_a_run_without_a_recovery_notice_says_so() -> None:
    assert "The recovery notice did not arrive" in report.headline({"alert": 13.0})


def test_thresholds_and_alarm_times_are_in_the_plots() -> None:
    loss, jitter, _ = report.drawings(burst.recording())
    assert "packet-loss-trigger &gt; 0.05 %, 10 s" in loss
    assert "packet-loss-trigger in ALARM, 28 s" in loss
    assert 'class="band"' not in jitter


def test_missing_samples_are_a_gap_and_not_a_line() -> None:
    points = [(0.0, 1.0), (1.0, 1.0), (9.0, 1.0), (10.0, 1.0)]
    drawing = plots.svg(plots.Plot("Bit rate", "bit/s", points), 0, 10)
    line = next(e for e in ElementTree.fromstring(drawing).iter(f"{SVG}path") if e.get("class") == "line")
    assert line.get("d", "").count("M") == 2


def test_a_plot_without_samples_is_an_empty_plot() -> None:
    drawing = plots.svg(plots.Plot("Jitter", "ms", []), 0, 10)
    assert ElementTree.fromstring(drawing).tag == f"{SVG}svg"


@given(low=st.floats(-1e6, 1e6), span=st.floats(1e-3, 1e9))
def test_axis_numbers_are_inside_the_axis_and_few(low: float, span: float) -> None:
    found = plots.ticks(low, low + span)
    slack = span * 1e-6 + abs(low) * 1e-9
    assert all(low - slack <= value <= low + span + slack for value in found)
    assert 1 <= len(found) <= 11


def test_the_path_taken_is_marked_and_only_that() -> None:
    visits = [diagram.Visit(name) for name in (*burst.CHECKED, "SendAlert", "AlertSent")]
    root = ElementTree.fromstring(diagram.svg(burst.DEFINITION, visits))
    taken = {g.findtext(f"{SVG}text") for g in root.iter(f"{SVG}g") if g.get("class") == "taken"}
    assert taken == {*burst.CHECKED, "SendAlert", "AlertSent"}
    lines = [p for p in root.iter(f"{SVG}path") if p.get("class") == "edge next taken"]
    assert len(lines) == 4


def test_a_state_entered_again_says_how_often() -> None:
    visits = [diagram.Visit(name) for name in ("CheckInput", "MonitorStream", "MonitorStream")]
    assert "Task · 2 times" in diagram.svg(burst.DEFINITION, visits)


def test_a_failed_state_is_left_by_its_catch() -> None:
    visits = [diagram.Visit("CheckInput"), diagram.Visit("MonitorStream", failed=True)]
    visits += [diagram.Visit("SendToDeadLetterQueue"), diagram.Visit("DeadLettered")]
    drawing = diagram.svg(burst.DEFINITION, visits)
    assert drawing.count('class="edge catch taken"') == 1
    assert drawing.count('class="failed"') == 1


def test_boxes_of_a_row_do_not_overlap() -> None:
    root = ElementTree.fromstring(diagram.svg(burst.DEFINITION))
    boxes = [(float(r.get("y", 0)), float(r.get("x", 0)), float(r.get("width", 0))) for r in root.iter(f"{SVG}rect")]
    boxes.sort()
    assert len(boxes) == len(burst.DEFINITION["States"])
    for (y, x, width), (next_y, next_x, _) in pairwise(boxes):
        assert y != next_y or x + width <= next_x


@pytest.mark.parametrize("names", [["A"], ["A", "B", "C"], [f"State{n}" for n in range(30)]])
def test_a_circle_of_states_is_drawn_too(names: list[str]) -> None:
    following = [*names[1:], names[0]]
    states = {a: {"Type": "Wait", "Next": b} for a, b in zip(names, following, strict=True)}
    root = ElementTree.fromstring(diagram.svg({"StartAt": names[0], "States": states}))
    assert len(list(root.iter(f"{SVG}rect"))) == len(names)


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, object]:
    """Any graph of Choice states, circles and unreachable states included."""
    names = [f"S{n}" for n in range(draw(st.integers(1, 9)))]
    target = st.sampled_from(names)
    states = {
        name: {
            "Type": "Choice",
            "Choices": [{"Next": n} for n in draw(st.lists(target, max_size=3))],
            "Default": draw(target),
        }
        for name in names
    }
    return {"StartAt": draw(target), "States": states}


@given(definitions())
def test_every_graph_can_be_drawn(definition: dict[str, dict[str, object]]) -> None:
    root = ElementTree.fromstring(diagram.svg(definition))
    assert len(list(root.iter(f"{SVG}rect"))) == len(definition["States"])
    lines = [p for p in root.iter(f"{SVG}path") if p.get("class", "").startswith("edge")]
    assert len(lines) == len(diagram.edges(definition))


def test_a_state_that_was_retried_and_then_went_well_is_not_a_failed_one() -> None:
    recording = burst.recording()
    for entry in recording.story.entries:
        if entry["kind"] == "state" and entry["detail"]["name"] == "MonitorStream":
            entry["detail"]["error"] = {"Error": "DatapointsPending", "Cause": "{}"}
    assert [any(visit.failed for visit in flow["path"]) for flow in report.workflows(recording)] == [False, False]
    assert (
        "MonitorStream (80 ms, after DatapointsPending)"
        in recording.story.beat(
            next(e for e in recording.story.entries if e["detail"].get("name") == "MonitorStream")
        ).text
    )
