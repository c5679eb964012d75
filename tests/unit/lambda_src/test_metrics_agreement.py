"""What the three functions have to agree on, each with code of its own: windows, whole objects, names."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from analytics.collection import collect as collected
from analytics.datapoints import read, whole
from analytics.errors import InvalidEvent, NotWhole
from analytics.requests import parse as analytics_request
from analytics.series import Window
from analytics.settings import TrendSettings
from analytics.settings import parse as analytics_settings
from analytics.trend import judge
from collector.collect import window as collectors_window
from collector.errors import InvalidRequest
from collector.settings import STATISTICS
from collector.settings import parse as collector_settings
from hypothesis import assume, given
from hypothesis import strategies as st
from processing.contents import parse as processed
from processing.keys import parse as raw_key

from unit.lambda_src import analytics_cases, collector_cases
from unit.lambda_src.analytics_cases import content, line

KEY = raw_key("raw/metric_type=cpu/date=2026-01-02/run-1-0001.json")
assert KEY
starts = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
delays = st.integers(0, 86_400)
periods = st.sampled_from([60, 300, 600, 900, 1800, 3600])


def windows(started: datetime, delay: int, period: int) -> tuple[datetime, datetime, Window]:
    """Where the collector's window begins and ends, and what the trend looks at."""
    collector = collector_settings(
        collector_cases.config(delay_seconds=delay, period_seconds=period, window_seconds=3 * 3600)
    )
    config = analytics_cases.config(delay_seconds=delay, resolution_seconds=period)
    request = analytics_request(analytics_cases.event(started=started.isoformat(), config=config), started)
    return *collectors_window(started, collector), Window.before(request.until, 24 * 3600, period)


@given(starts, delays, periods)
def test_the_analysis_ends_where_the_collection_did_however_late_datapoints_are(started, delay, period) -> None:
    start, end, looked_at = windows(started, delay, period)
    assert looked_at.end == end.timestamp()
    slots = [looked_at.slot(start.timestamp() + at) for at in range(0, 3 * 3600, period)]
    assert slots == list(range(looked_at.slots - len(slots), looked_at.slots))


def test_the_first_and_the_last_delay_that_is_configured_keep_a_whole_window() -> None:
    for delay in (0, 86_400):
        start, end, looked_at = windows(collector_cases.STARTED, delay, 300)
        assert looked_at.start <= start.timestamp() < end.timestamp() <= looked_at.end


@given(starts, delays, periods, st.integers(0, 3600))
def test_whatever_the_delay_a_host_is_silent_when_it_stopped_and_not_before(started, delay, period, late) -> None:
    """All datapoints may be `late`: CloudWatch has none of the last of them yet."""
    start, end, looked_at = windows(started, delay, period)
    times = [start + timedelta(seconds=at) for at in range(0, 3 * 3600, period)]
    known = [at for at in times if at + timedelta(seconds=period) <= end - timedelta(seconds=late)]
    assume(known)
    settings = TrendSettings()
    stopped = [at for at in known if at < known[-1] - timedelta(seconds=settings.recent)]
    there = [line("i-runs", at, 20.0) for at in known] + [line("i-stopped", at, 20.0) for at in stopped]
    points = [read(json.dumps(one)) for one in there]
    kind = analytics_settings(analytics_cases.config()).of("cpu")
    found = judge("cpu", collected(points, looked_at), looked_at, kind, settings)  # type: ignore[arg-type]
    assert [(one.kind, one.host) for one in found] == ([("silent", "i-stopped")] if stopped else [])


def both(body: bytes) -> bool:
    """Whether an object is used; the processor and the analysis must say the same."""
    assert KEY
    taken = processed(body, KEY).failure is None
    try:
        whole(body)
    except NotWhole:
        assert not taken
        return False
    assert taken
    return True


bodies = st.integers(0, 4).map(
    lambda count: content([line("i-1", analytics_cases.NOW + timedelta(minutes=n), float(n)) for n in range(count)])
)


@given(bodies)
def test_an_object_as_it_was_written_is_used(body) -> None:
    assert both(body)


@given(bodies, st.data())
def test_an_object_that_was_cut_off_is_left_out_by_both(body, data) -> None:
    kept = data.draw(st.integers(0, len(body) - 1))
    assert both(body[:kept]) is (kept == len(body) - 1)  # the end's own line break may be missing


@given(bodies, st.data())
def test_a_damaged_object_is_used_by_both_or_by_neither(body, data) -> None:
    lines = body.splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines)))
        new = data.draw(
            st.sampled_from([b"", b"\n", b"{}\n", b"[]\n", b"null\n", b"{\n", b'{"end":true}\n', b"\xff\n"])
            | st.integers(0, 5).map(lambda n: json.dumps({"end": True, "lines": n}).encode() + b"\n")
            | st.sampled_from(lines)
        )
        lines[at : at + data.draw(st.integers(0, 1))] = [new]
    both(b"".join(lines))


@pytest.mark.parametrize(
    "changes",
    [
        {"value": True},
        {"value": "1"},
        {"value": None},
        {"value": float("nan")},
        {"value": float("inf")},
        {"value": 1e101},
        {"value": 10**400},
        {"timestamp": "2026-01-02T12:00:00"},
        {"timestamp": "noon"},
        {"timestamp": 5},
        {"unit": None},
        {"unit": ""},
        {"host": ""},
        {"host": 5},
        {"metric": None},
        {"end": False},
        {"value": 1e100},
        {"value": 0},
    ],
    ids=str,
)
def test_a_line_is_a_datapoint_to_both_or_to_neither(changes: dict[str, Any]) -> None:
    good = line("i-1", analytics_cases.NOW, 1.0)
    assert both(content([good, {**good, **changes}])) is (changes in ({"end": False}, {"value": 1e100}, {"value": 0}))


NAMES = {
    "cpu": True,
    "gpu_2": True,
    "a" * 40: True,
    "a" * 41: False,
    "": False,
    "all": False,
    "cpu-2": False,
    "Cpu": False,
    "2cpu": False,
    "_cpu": False,
    "cpu/x": False,
    "cpu ": False,
    "cpu\n": False,
    "cpü": False,
}


@pytest.mark.parametrize(("name", "allowed"), NAMES.items())
def test_a_metric_type_has_one_rule_for_its_name(name: str, allowed: bool) -> None:
    """The rule of the module's variable `metric_types`; a run of `all` has no type of that name."""

    def collects() -> bool:
        try:
            collector_settings(collector_cases.config(metric_types={name: {"queries": [collector_cases.CPU]}}))
        except InvalidRequest:
            return False
        return True

    def analyses() -> bool:
        try:
            analytics_settings(analytics_cases.config(metric_types={name: {}}))
            analytics_request(analytics_cases.event(types=[name]), analytics_cases.NOW)
        except InvalidEvent:
            return False
        return True

    assert collects() is analyses() is allowed
    if allowed:
        assert raw_key(f"raw/metric_type={name}/date=2026-01-02/run-1-0001.json")


VARIABLES = Path(__file__).resolve().parents[3] / "modules" / "metrics_pipeline" / "variables.tf"


def test_the_module_has_the_same_rule_for_names() -> None:
    [rule] = set(re.findall(r'can\(regex\("([^"]+)", name\)\) && name != "all"', VARIABLES.read_text(encoding="utf-8")))
    for name, allowed in NAMES.items():
        assert (bool(re.fullmatch(rule, name)) and name != "all") is allowed


def test_the_module_has_the_same_statistics() -> None:
    [allowed] = re.findall(r"contains\((\[[^]]+\]), query\.statistic\)", VARIABLES.read_text(encoding="utf-8"))
    assert json.loads(allowed) == list(STATISTICS)
