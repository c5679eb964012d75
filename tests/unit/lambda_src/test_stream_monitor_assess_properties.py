"""Whatever CloudWatch shows and whatever arrives, an assessment is true or a typed error."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from monitor.assess import assess
from monitor.errors import InvalidEvent, MonitorError, Throttled, UnknownFlow

from unit.lambda_src.monitor_cases import BIT_RATE, LOSS, NOW
from unit.lambda_src.test_stream_monitor_assess import CONNECTED, LOST, SELECTED, Course, Flow, Metrics, asked

values = {
    BIT_RATE: st.sampled_from([0.0, 5e6, 20e6]),
    CONNECTED: st.sampled_from([0.0, 1.0]),
    LOSS: st.sampled_from([0.0, 0.05, 10.0]),
    LOST: st.sampled_from([0.0, 1.0, 500.0]),
    SELECTED: st.sampled_from([0.0, 1.0]),
}


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """A source with any of its metrics, each in stretches of one value and with gaps."""
    course: Course = {}
    for metric, value in values.items():
        edges = sorted(draw(st.lists(st.integers(0, 400), max_size=6)), reverse=True)
        points = course.setdefault(metric, [])
        for oldest, newest in zip(edges[::2], edges[1::2], strict=False):
            level = draw(value)
            points += [(age, level) for age in range(oldest, newest, -1)]
    return course


def flows() -> st.SearchStrategy[Flow]:
    return st.builds(
        Flow,
        status=st.sampled_from(["ACTIVE", "ACTIVE", "UPDATING", "STANDBY", "ERROR"]),
        mode=st.sampled_from(["FAILOVER", "FAILOVER", "MERGE", None]),
    )


@given(first=courses(), second=courses(), flow=flows(), age=st.none() | st.integers(0, 300))
def test_an_assessment_holds_together(first: Course, second: Course, flow: Flow, age: int | None) -> None:
    at = int(NOW.timestamp() * 1000) - (age or 0) * 1000
    action = None if age is None else {"kind": "switch", "source": "second", "at": at}
    found = assess(asked(memory={"action": action}), flow, Metrics(first=first, second=second), NOW)
    assert json.loads(json.dumps(found)) == found
    sources = {one["name"]: one for one in found["sources"]}
    assert found["healthy"] == (not found["issues"])
    for one in sources.values():
        assert one["state"] in ("healthy", "degraded", "dead", "unknown")
        assert one["reasons"]
        assert one["bad_seconds"] >= 0
        if one["state"] == "healthy":
            assert not [issue for issue in one["issues"] if issue["severity"] == "HIGH"]
            assert one["bad_seconds"] == 0
        if one["state"] == "degraded":
            assert one["bad_seconds"] > 0
    if found["decision"]["action"] == "switch":
        assert sources[found["decision"]["source"]]["state"] == "healthy"
    if found["decision"]["action"] == "restart":
        assert {one["state"] for one in sources.values()} == {"dead"}
    if found["helped"]:
        assert sources["second"]["state"] == "healthy"


@given(first=courses())
def test_a_source_that_sends_is_never_dead_beside_one_that_is_silent(first: Course) -> None:
    for metric, level in ((BIT_RATE, 20e6), (LOSS, 0.0), (LOST, 0.0), (SELECTED, 0.0)):
        first[metric] = [(age, level) for age in range(300, 0, -1)]
    first.pop(CONNECTED, None)
    found = assess(asked(), Flow(), Metrics(first=first), NOW)
    assert [one["state"] for one in found["sources"]] == ["healthy", "dead"]


anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=12), children, max_size=4),
    max_leaves=10,
)


@given(field=st.sampled_from(["flow_arn", "config", "response", "incident", "memory", "execution"]), value=anything)
def test_a_payload_with_anything_in_any_place_is_assessed_or_refused_with_a_typed_error(field: str, value: Any) -> None:
    try:
        found = assess({**asked(), field: value}, Flow(), Metrics(), NOW)
    except (InvalidEvent, MonitorError, Throttled, UnknownFlow):
        return
    assert found["decision"]["action"] in ("none", "switch", "restart")


FIELDS = ("switches", "restarts", "restart_approved", "maintenance", "action")


@given(memory=st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, anything)))
def test_a_memory_of_any_shape_is_read(memory: dict[str, Any]) -> None:
    found = assess(asked(memory=memory), Flow(), Metrics(), NOW)
    assert found["decision"]["reason"]


@given(at=st.integers() | st.floats())
def test_an_action_at_any_time_is_read(at: float) -> None:
    found = assess(asked(memory={"action": {"kind": "switch", "source": "second", "at": at}}), Flow(), Metrics(), NOW)
    assert found["helped"] is not True
