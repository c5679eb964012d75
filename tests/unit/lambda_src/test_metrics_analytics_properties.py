"""What holds whatever was collected."""

import json
import math
from datetime import timedelta

import pytest
from analytics.comparison import compare
from analytics.datapoints import Datapoint, End, read
from analytics.findings import RESULT_BYTES, TOP, Finding, counted, fitting, ranked
from analytics.series import Series, Window
from analytics.settings import COMPARISONS, Change, DaySettings, MetricType, Threshold, TrendSettings
from analytics.slope import fit_line
from analytics.trend import REACH, judge
from analytics.words import quantity
from hypothesis import assume, example, given
from hypothesis import strategies as st

from unit.lambda_src.analytics_cases import CPU, NOW, key, line

OVER = Window.before(NOW, 24 * 3600, 300)
START, LARGEST = OVER.start, 1e100
values = st.floats(-LARGEST, LARGEST)
readable = st.floats(-1e6, 1e6)
times = st.floats(START, OVER.end, exclude_max=True)
points = st.lists(st.tuples(times, values), max_size=60)
jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
)


def taken(given_points) -> Series:
    series = Series(OVER.slots, "Percent")
    for at, value in given_points:
        slot = OVER.slot(at)
        assert slot is not None
        series.add(slot, at, value)
    return series


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_line_is_read_or_refused(text) -> None:
    assert read(text) is None or isinstance(read(text), Datapoint | End)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(line("i", NOW, 1.0), jsons)))
@example({"dimensions": [None]})
@example({"host": "\ud800"})
def test_any_document_is_read_or_refused(changes) -> None:
    found = read(json.dumps({**line("i-1", NOW, 1.0), **changes}))
    if isinstance(found, Datapoint):
        assert math.isfinite(found.value)
        assert math.isfinite(found.timestamp)
        json.dumps(found.key, ensure_ascii=False).encode()


@given(values, st.datetimes(min_value=NOW.replace(tzinfo=None), timezones=st.just(NOW.tzinfo)))
def test_what_the_collector_writes_is_read_as_it_was(value, at) -> None:
    at = at.replace(microsecond=0)
    assert read(json.dumps(line("i-1", at, value))) == Datapoint(key(), "Percent", at.timestamp(), value)


@given(points, st.randoms(), st.integers(0, 5))
def test_neither_order_nor_repetition_changes_a_series(given_points, random, repeated) -> None:
    other = given_points + given_points[:repeated]
    random.shuffle(other)
    assert list(taken(other).points()) == list(taken(given_points).points())


@given(points)
def test_a_series_keeps_the_latest_of_each_slot_in_order(given_points) -> None:
    kept = list(taken(given_points).points())
    assert kept == sorted(kept)
    assert {OVER.slot(t) for t, _ in kept} == {OVER.slot(t) for t, _ in given_points}
    assert all((t, v) <= max(p for p in kept if OVER.slot(p[0]) == OVER.slot(t)) for t, v in given_points)


@given(st.lists(times, min_size=2, max_size=100, unique=True), readable, st.floats(-100, 100))
def test_points_on_a_line_give_that_line_however_they_are_spaced(at, level, slope) -> None:
    assume(max(at) - min(at) > 60)
    line = fit_line([(t, level + slope * (t - START)) for t in at])
    assert line is not None
    assert line.slope == pytest.approx(slope, rel=1e-4, abs=1e-4)
    assert line.value(START) == pytest.approx(level, rel=1e-4, abs=10)


@given(st.lists(st.tuples(times, readable), min_size=2, max_size=40), st.floats(-1e6, 1e6), st.floats(-0.1, 0.1))
def test_no_other_line_is_nearer_to_the_points(given_points, raised, turned) -> None:
    line = fit_line(given_points)
    assume(line is not None and line.span > 60)

    def distance(extra_level: float, extra_slope: float) -> float:
        return math.fsum((v - line.value(t) - extra_level - extra_slope * (t - line.at)) ** 2 for t, v in given_points)

    assert distance(0, 0) <= distance(raised, turned) * (1 + 1e-9) + 1e-3


@given(points, values)
def test_a_line_is_finite_and_so_is_when_it_arrives(given_points, target) -> None:
    line = fit_line(given_points)
    if line is not None:
        assert math.isfinite(line.slope)
        assert 0 <= line.fit <= 1
        seconds = line.seconds_until(target, OVER.end)
        assert seconds is None or (math.isfinite(seconds) and seconds >= 0)


thresholds = st.builds(
    Threshold, st.just(CPU), st.sampled_from(COMPARISONS), values, st.sampled_from(["HIGH", "MEDIUM", "LOW"])
)
collections = st.dictionaries(
    st.integers(0, 5).map(lambda number: key(f"i-{number}")), points.filter(bool).map(taken), max_size=6
)


@given(collections, st.lists(thresholds, max_size=4))
def test_a_series_is_told_at_most_once_and_for_a_reason(collection, limits) -> None:
    settings = TrendSettings(points=3, fit=0.0)
    found = list(judge("cpu", collection, OVER, MetricType(tuple(limits)), settings))
    assert len({one.host for one in found}) == len(found) <= len(collection)
    for one in found:
        json.dumps(one.document(), allow_nan=False)
        if one.kind == "threshold":
            assert any(
                limit.threshold == one.threshold and limit.severity == one.severity and limit.is_breached_by(one.value)
                for limit in limits
            )
        if one.kind == "trend":
            assert 0 <= one.hours <= min(settings.horizon, REACH * 24 * 3600) / 3600
        if one.kind == "silent":
            assert (one.value, one.threshold) == (None, None)


@given(collections, collections)
def test_each_series_of_today_is_compared_partly_there_or_new(today, before) -> None:
    found, coverage = compare("cpu", today, before, Change(), DaySettings())
    new = len(today.keys() - before.keys())
    assert coverage.compared + coverage.partly + new == coverage.series == len(today)
    assert coverage.previous in ("complete", "partial", "other-hosts", "none")
    for one in found:
        json.dumps(one.document(), allow_nan=False)
        assert one.host in (coverage.hosts_gone if one.kind == "gone" else {k.host for k in today})


@given(collections)
def test_a_day_like_the_previous_one_has_nothing_to_tell(day) -> None:
    found, coverage = compare("cpu", day, day, Change(), DaySettings())
    assert (found, coverage.compared) == ([], len(day))


@given(collections, collections)
def test_a_rise_is_a_drop_the_other_way_round(today, before) -> None:
    settings, change = DaySettings(overlap=0.0), Change(percent=1e-9)
    there = {(one.host, one.kind) for one in compare("cpu", today, before, change, settings)[0] if one.kind != "gone"}
    back = {(one.host, one.kind) for one in compare("cpu", before, today, change, settings)[0] if one.kind != "gone"}
    assert {host for host, kind in there if kind == "rise"} == {host for host, kind in back if kind == "drop"}


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=2000)
findings = st.builds(
    Finding,
    kind=st.sampled_from(["threshold", "trend", "silent", "rise", "drop", "gone"]),
    severity=st.sampled_from(["HIGH", "MEDIUM", "LOW"]),
    metric_type=st.sampled_from(["cpu", "disk"]),
    host=words,
    metric=words,
    unit=words,
    value=st.none() | values,
    threshold=st.none() | values,
    text=words,
    urgency=st.floats(0, 1e300),
    dimensions=st.lists(st.tuples(words, words), max_size=3).map(tuple),
)


@given(st.lists(findings, max_size=8, unique_by=lambda one: one.text), st.integers(1, 12), st.randoms())
def test_a_result_fits_into_a_state_and_has_the_worst_first(some, times_over, random) -> None:
    everything = some * times_over
    shuffled = list(everything)
    random.shuffle(shuffled)
    assert ranked(shuffled) == ranked(everything)
    documents = [one.document() for one in ranked(everything)]
    result = fitting({"findings": documents, "counts": counted(everything)})
    assert len(json.dumps(result)) <= RESULT_BYTES
    assert len(result["findings"]) <= TOP
    assert result["counts"]["findings"] == len(everything)
    assert result["truncated"] is (len(result["findings"]) < len(everything))
    kept = iter(documents)
    assert all(one in kept for one in result["findings"])


@given(values, st.sampled_from(["Percent", "Bytes", "Bytes/Second", "Count", "None", "Other"]))
def test_a_quantity_is_short(value, unit) -> None:
    assert len(quantity(value, unit)) <= 40
    assert quantity(value, unit) == quantity(value, unit).strip()


@given(st.integers(1, 168), st.integers(60, 3600), st.timedeltas(timedelta(0), timedelta(hours=168)))
def test_a_time_is_in_one_slot_or_outside(hours, resolution, ago) -> None:
    over = Window.before(NOW, hours * 3600, resolution)
    slot = over.slot((NOW - ago).timestamp())
    inside = timedelta(0) < ago <= timedelta(seconds=over.slots * resolution)
    assert (slot is not None) is inside
    assert slot is None or 0 <= slot < over.slots
    assert over.slots * resolution >= hours * 3600
