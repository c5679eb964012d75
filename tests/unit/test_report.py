"""The demo's report page and its drawings."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

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


def test_each_workflow_drawing_shows_the_path_of_its_execution() -> None:
    for flow, ending in zip(
        report.workflows(burst.recording()), (["SendAlert", "AlertSent"], ["SendRecovery", "RecoverySent"]), strict=True
    ):
        root = ElementTree.fromstring(str(flow["svg"]))
        taken = {g.get("data-state") for g in root.iter(f"{SVG}g") if "taken" in g.get("class", "").split()}
        assert taken - {None} == {*burst.CHECKED, *ending}
        assert [visit.name for visit in flow["path"]] == [*burst.CHECKED, *ending]


def test_a_state_that_was_left_by_its_catch_is_a_failed_one() -> None:
    recording = burst.recording()
    states = recording.story.path("alert")
    states[2]["detail"].update(name="AlertMonitoringFailed")
    states[1]["detail"]["error"] = {"Error": "FlowGone", "Cause": "{}"}
    drawing = str(report.workflows(recording)[0]["svg"])
    assert drawing.count('class="way catch taken" data-from="MonitorStream" data-to="AlertMonitoringFailed"') == 1
    assert "failed: FlowGone" in drawing


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
