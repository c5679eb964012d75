"""The timeline: in order, without gaps, readable while it grows."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headend.localcloud.clock import Clock
from headend.localcloud.timeline import KEPT, Timeline


@pytest.fixture
def timeline(tmp_path: Path) -> Timeline:
    return Timeline(tmp_path / "new" / "timeline.jsonl", Clock())


def test_every_entry_is_one_line_of_the_file_as_soon_as_it_is_recorded(timeline: Timeline) -> None:
    first = timeline.record("alarm", "eu-central-1", "live/a/jitter", "OK → ALARM", old="OK", new="ALARM")
    lines = timeline.path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [first]
    assert first["detail"] == {"old": "OK", "new": "ALARM"}
    assert first["time"].endswith("Z") and len(first["time"]) == len("2026-01-01T00:00:00.000Z")


def test_a_reader_gets_what_is_newer_than_what_it_has_seen(timeline: Timeline) -> None:
    for number in range(5):
        timeline.record("event", "", "bus", str(number))
    assert [entry["summary"] for entry in timeline.since(3)] == ["3", "4"]
    assert timeline.since(5) == []


def test_numbers_have_no_gaps_when_many_threads_record_at_once(timeline: Timeline) -> None:
    def work() -> None:
        for _ in range(50):
            timeline.record("state", "", "machine", "entered")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry["seq"] for entry in timeline.since()] == list(range(1, 401))
    assert len(timeline.path.read_text(encoding="utf-8").splitlines()) == 400


def test_what_json_cannot_hold_becomes_text(timeline: Timeline) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    entry = timeline.record("execution", "", "x", "started", start=moment)
    assert entry["detail"]["start"] == str(moment)


def test_a_kind_that_readers_do_not_know_is_refused(timeline: Timeline) -> None:
    with pytest.raises(ValueError, match="is not one of alarm, "):
        timeline.record("alarms", "", "x", "y")


def test_memory_is_bounded_and_the_file_keeps_everything(timeline: Timeline) -> None:
    for _ in range(KEPT + 10):
        timeline.record("state", "", "m", "s")
    assert len(timeline.since()) == KEPT
    assert timeline.since()[-1]["seq"] == KEPT + 10
