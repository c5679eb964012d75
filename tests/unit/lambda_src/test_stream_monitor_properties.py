"""Whatever arrives, the monitor says something true or raises one of its own errors."""

from datetime import timedelta
from typing import Any

from hypothesis import event as note_event
from hypothesis import given, settings
from hypothesis import strategies as st
from monitor.check import check
from monitor.errors import DatapointsPending, InvalidEvent, MonitorError, Throttled, UnknownFlow

from unit.lambda_src.monitor_cases import (
    ARN,
    BIT_RATE,
    CATALOGUE,
    FLOOR,
    NOW,
    FakeCloudWatch,
    FakeMediaConnect,
    config,
    event,
    measured,
    payload,
)

EXPECTED = (DatapointsPending, InvalidEvent, MonitorError, Throttled, UnknownFlow)

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=12), children, max_size=4),
    max_leaves=12,
)


@st.composite
def damaged_events(draw: st.DrawFn) -> Any:
    """A real event in which one place holds anything, or is missing."""
    whole: Any = event(draw(st.sampled_from(["ALARM", "OK"])))
    node = whole
    while True:
        if isinstance(node, dict) and node:
            key: Any = draw(st.sampled_from(sorted(node)))
        elif isinstance(node, list) and node:
            key = draw(st.integers(0, len(node) - 1))
        else:
            return whole
        if draw(st.booleans()):
            if draw(st.booleans()):
                del node[key]
            else:
                node[key] = draw(json_values)
            return whole
        node = node[key]


@given(what=json_values | damaged_events() | st.fixed_dictionaries({"flow_arn": st.just(ARN) | json_values}))
def test_events_of_any_shape_end_in_a_verdict_or_a_typed_error(what: Any) -> None:
    try:
        result = check(payload(what), FakeMediaConnect(), FakeCloudWatch(measured()), NOW)
    except EXPECTED:
        return
    assert result["flow_arn"] == ARN


@given(anything=json_values)
def test_payloads_of_any_shape_end_in_a_typed_error(anything: Any) -> None:
    for what in (anything, {"event": {"flow_arn": ARN}, "config": anything}):
        try:
            check(what, FakeMediaConnect(), FakeCloudWatch(measured()), NOW)
        except EXPECTED:
            continue
        raise AssertionError("neither has a configuration")


timestamps = st.datetimes().map(lambda at: at.isoformat() + "Z") | st.text(max_size=30)


@given(text=timestamps, state=st.sampled_from(["ALARM", "OK"]))
def test_transitions_at_any_time_end_in_a_verdict_or_a_typed_error(text: str, state: str) -> None:
    told = event(state)
    told["detail"]["state"]["timestamp"] = text
    try:
        check(payload(told), FakeMediaConnect(), FakeCloudWatch(measured()), NOW)
    except EXPECTED:
        return


ages = st.sampled_from([0, 60, 120, 180, 240, 300, 360, 600, 1200])
recent = st.sampled_from([0, 60, 120])


def series_around(good: float, *others: float) -> st.SearchStrategy[list[tuple[int, float]]]:
    """(age, value) pairs: good and recent ones, or any at all."""
    fine = st.lists(st.tuples(recent, st.just(good)), min_size=1, max_size=3)
    return fine | fine | fine | st.lists(st.tuples(ages, st.sampled_from([good, *others])), max_size=4)


low = series_around(0.0, 0.05, 0.1, 0.2, 60.0)
high = series_around(100.0, 50.0, 49.0, 0.0)
limits = [*CATALOGUE, FLOOR]


@settings(max_examples=200)
@given(
    data=st.fixed_dictionaries({(t["metric"], t["statistic"]): high if t is FLOOR else low for t in limits}),
    status=st.just("Complete") | st.sampled_from(["Complete", "PartialData", "InternalError"]),
    state=st.sampled_from([None, "ALARM", "OK"]),
    transition_age=st.integers(0, 400),
    page=st.integers(1, 3),
)
def test_a_running_flow_is_healthy_only_with_complete_good_and_recent_datapoints(
    data: dict[tuple[str, str], list[tuple[int, float]]],
    status: str,
    state: str | None,
    transition_age: int,
    page: int,
) -> None:
    floor = dict(FLOOR, threshold=50)
    series = {
        key: list({NOW - timedelta(seconds=age): value for age, value in values}.items())
        for key, values in data.items()
    }
    transition = NOW - timedelta(seconds=transition_age)
    what = event(state, at=transition) if state else {"flow_arn": ARN}
    cloudwatch = FakeCloudWatch(series, status=status, page=page)
    try:
        result = check(payload(what, config([*CATALOGUE, floor])), FakeMediaConnect(), cloudwatch, NOW)
    except (DatapointsPending, MonitorError):
        return
    note_event(str(result["healthy"]))
    if not result["healthy"]:
        assert result["issues"]
        return
    assert status == "Complete"
    since = transition if state == "OK" else NOW - timedelta(seconds=300)
    judged = {
        key: [v for at, v in values if max(since, NOW - timedelta(seconds=300)) <= at] for key, values in series.items()
    }
    assert judged[BIT_RATE, "Average"], "a floor needs evidence"
    for limit in [*CATALOGUE, floor]:
        for value in judged[limit["metric"], limit["statistic"]]:
            below = limit["comparison"].startswith("Less")
            assert not (value < limit["threshold"] if below else value > limit["threshold"])
