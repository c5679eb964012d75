"""How each source of a flow is, and what is made of it."""

import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from monitor.assess import assess
from monitor.errors import InvalidEvent, MonitorError, UnknownFlow

from unit.lambda_src.monitor_cases import ARN, BIT_RATE, CATALOGUE, FLOOR, JITTER, LOSS, NOW, config, threshold

LOST, SELECTED, CONNECTED = "SourceNotRecoveredPackets", "SourceSelected", "SourceConnected"
LOST_HIGH = threshold(LOST, "Sum", "GreaterThanThreshold", 100, "Count", "HIGH")
SOURCES = {name: ARN.replace(":flow:", ":source:").replace("live-dev-studio-a", name) for name in ("first", "second")}
SETTINGS: dict[str, Any] = {
    "cool_down_seconds": 300,
    "dead_seconds": 30,
    "degraded_severities": ["HIGH"],
    "maximum_switches_per_hour": 3,
    "redundancy": True,
    "resolution_seconds": 10,
    "restart": True,
    "restart_cool_down_seconds": 1800,
    "switch": True,
    "window_seconds": 120,
    "rules": [
        {"name": "selected-dead", "selected": ["dead"], "other": ["healthy"], "bad_seconds": 20, "action": "switch"},
        {"name": "degraded", "selected": ["degraded"], "other": ["healthy"], "bad_seconds": 30, "action": "switch"},
        {"name": "all-dead", "every": ["dead"], "bad_seconds": 30, "action": "restart", "selected": None},
    ],
}

Course = dict[str, list[tuple[int, float]]]
"""A source's seconds: metric → (age in seconds before NOW, value)."""


def lasting(value: float, oldest: int = 300, newest: int = 1) -> list[tuple[int, float]]:
    """A value in each second between two ages."""
    return [(age, value) for age in range(oldest, newest - 1, -1)]


def good(selected: bool, oldest: int = 300, newest: int = 1) -> Course:
    """A source that is well in each second between two ages."""
    values = {BIT_RATE: 20e6, LOSS: 0.0, JITTER: 5.0, LOST: 0.0, SELECTED: float(selected)}
    return {metric: lasting(value, oldest, newest) for metric, value in values.items()}


def losing(selected: bool, seconds: int, percent: float = 10.0, lost: float = 190.0) -> Course:
    """A source that loses packets since so many seconds."""
    course = good(selected)
    course[LOSS] = [(age, percent if age <= seconds else value) for age, value in course[LOSS]]
    course[LOST] = [(age, lost if age <= seconds else value) for age, value in course[LOST]]
    return course


class Metrics:
    """CloudWatch with a second's resolution, by the ARN of a source; the flow's metrics are those of all of them."""

    def __init__(self, status: str = "Complete", **courses: Course) -> None:
        self.status = status
        self.courses = {SOURCES[name]: course for name, course in courses.items()}

    def get_metric_data(self, **request: Any) -> dict[str, Any]:
        return {"MetricDataResults": [self._answer(query, request) for query in request["MetricDataQueries"]]}

    def _answer(self, query: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
        stat = query["MetricStat"]
        metric, period = stat["Metric"]["MetricName"], stat["Period"]
        [dimension] = stat["Metric"]["Dimensions"]
        of_flow = dimension["Name"] == "FlowARN"
        chosen = self.courses.values() if of_flow else [self.courses.get(dimension["Value"], {})]
        points: dict[float, list[float]] = {}
        for course in chosen:
            for age, value in course.get(metric, []):
                at = (NOW - timedelta(seconds=age)).timestamp()
                points.setdefault(math.floor(at / period) * period, []).append(value)
        inside = {
            at: values
            for at, values in sorted(points.items())
            if request["StartTime"].timestamp() <= at < request["EndTime"].timestamp()
        }
        return {
            "Id": query["Id"],
            "Timestamps": [datetime.fromtimestamp(at, UTC) for at in inside],
            "Values": [_statistic(stat["Stat"], values) for values in inside.values()],
            "StatusCode": "Complete" if of_flow else self.status,
        }


def _statistic(name: str, values: list[float]) -> float:
    mean = sum(values) / len(values)
    return {"Maximum": max(values), "Minimum": min(values), "Sum": sum(values), "Average": mean}[name]


class Flow:
    """MediaConnect with one flow."""

    def __init__(
        self, *names: str, status: str = "ACTIVE", mode: str | None = "FAILOVER", primary: str = "first"
    ) -> None:
        sources = [{"Name": name, "SourceArn": SOURCES[name]} for name in names or SOURCES]
        self.flow: dict[str, Any] = {"FlowArn": ARN, "Status": status, "Source": sources[0]}
        if len(sources) > 1:
            self.flow["Sources"] = sources
        if mode:
            self.flow["SourceFailoverConfig"] = {
                "State": "ENABLED",
                "FailoverMode": mode,
                "SourcePriority": {"PrimarySource": primary},
            }

    def describe_flow(self, FlowArn: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        if FlowArn != ARN:
            raise ClientError({"Error": {"Code": "NotFoundException", "Message": "no"}}, "DescribeFlow")
        return {"Flow": self.flow}


def asked(
    settings: dict[str, Any] | None = None, memory: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    return {
        "operation": "assess",
        "flow_arn": ARN,
        "config": config([*CATALOGUE, LOST_HIGH, FLOOR]),
        "response": json.dumps({**SETTINGS, **(settings or {})}),
        "incident": {"id": "studio-a-1", "opened_at": 1, "muted_until": None},
        "memory": {"version": 0, "switches": [], "restarts": [], **(memory or {})},
        "execution": {"arn": "arn:aws:states:eu-central-1:123456789012:execution:m:e"},
        **changes,
    }


def look(metrics: Metrics, flow: Flow | None = None, **changes: Any) -> dict[str, Any]:
    return assess(asked(**changes), flow or Flow(), metrics, NOW)


def states(found: dict[str, Any]) -> list[str]:
    return [source["state"] for source in found["sources"]]


def test_two_good_sources_are_healthy_and_nothing_is_done() -> None:
    found = look(Metrics(first=good(True), second=good(False)))
    assert [(one["name"], one["role"], one["selected"], one["state"]) for one in found["sources"]] == [
        ("first", "primary", True, "healthy"),
        ("second", "backup", False, "healthy"),
    ]
    assert (found["healthy"], found["issues"], found["helped"], found["muted_until"]) == (True, [], None, None)
    assert found["decision"]["action"] == "none"
    assert found["sources"][0]["values"][BIT_RATE] == 20e6


def test_the_answer_is_what_the_stream_monitor_answers_and_more() -> None:
    found = look(Metrics(first=good(True), second=good(False)))
    assert (found["flow_arn"], found["flow_key"], found["flow_status"], found["alarm"]) == (
        ARN,
        "studio-a",
        "ACTIVE",
        None,
    )
    assert found["transition_id"] == "studio-a-1@2026-01-01T12:00:00.000Z"
    assert json.loads(json.dumps(found)) == found


def test_a_source_that_loses_packets_is_left_for_the_other() -> None:
    found = look(Metrics(first=losing(True, 40), second=good(False)))
    assert states(found) == ["degraded", "healthy"]
    assert found["sources"][0]["bad_seconds"] == 40
    assert LOST in found["sources"][0]["reasons"][0]
    assert found["decision"] == {
        "action": "switch",
        "source": "second",
        "rule": "degraded",
        "reason": "first is degraded (selected), second is healthy",
    }
    assert not found["healthy"]


def test_a_source_that_has_lost_packets_for_a_moment_is_kept() -> None:
    found = look(Metrics(first=losing(True, 15), second=good(False)))
    assert (states(found), found["decision"]["action"]) == (["degraded", "healthy"], "none")


def test_loss_that_was_recovered_is_no_harm() -> None:
    found = look(Metrics(first=losing(True, 60, percent=10, lost=0), second=good(False)))
    assert states(found) == ["healthy", "healthy"]
    assert LOSS in {issue["metric"] for issue in found["issues"]}, "the flow as a whole is judged as ever"


def test_loss_counts_where_nothing_says_that_it_was_recovered() -> None:
    first = losing(True, 60)
    del first[LOST]
    assert states(look(Metrics(first=first, second=good(False)))) == ["degraded", "healthy"]


def test_a_sum_counts_by_its_rate_in_a_shorter_period() -> None:
    # 100 packets in a minute are allowed: 16.7 in 10 s. The percentage is below its own threshold.
    few, many = (losing(True, 60, percent=0.01, lost=lost) for lost in (1.6, 1.7))
    assert states(look(Metrics(first=few, second=good(False)))) == ["healthy", "healthy"]
    assert states(look(Metrics(first=many, second=good(False)))) == ["degraded", "healthy"]


def test_a_sum_that_has_a_period_of_its_own_counts_by_that() -> None:
    thresholds = [*CATALOGUE, {**LOST_HIGH, "period_seconds": 300}]
    few, many = (losing(True, 60, percent=0.01, lost=lost) for lost in (0.3, 0.4))
    for course, state in ((few, "healthy"), (many, "degraded")):
        assert states(look(Metrics(first=course, second=good(False)), config=config(thresholds)))[0] == state


def test_a_medium_issue_degrades_only_where_that_is_asked_for() -> None:
    first = good(True)
    first[JITTER] = lasting(80)
    courses = Metrics(first=first, second=good(False))
    assert states(look(courses)) == ["healthy", "healthy"]
    assert states(look(courses, settings={"degraded_severities": ["HIGH", "MEDIUM"]})) == ["degraded", "healthy"]


@pytest.mark.parametrize("since", [30, 60, 200])
def test_a_source_that_sends_nothing_while_the_other_does_is_dead(since: int) -> None:
    found = look(Metrics(first=good(True, newest=since + 1), second=good(False)))
    assert states(found) == ["dead", "healthy"]
    assert found["decision"]["action"] == "switch"
    assert ("SourceHealth", "LOW") in {(issue["metric"], issue["severity"]) for issue in found["issues"]}


def test_a_source_that_is_silent_for_a_moment_is_not_dead() -> None:
    assert states(look(Metrics(first=good(True, newest=11), second=good(False)))) == ["healthy", "healthy"]


@pytest.mark.parametrize("metric", [BIT_RATE, CONNECTED])
def test_a_source_whose_bit_rate_or_connection_is_zero_is_dead(metric: str) -> None:
    first = good(True)
    first[metric] = [(age, 0.0 if age <= 40 else 20e6) for age in range(300, 0, -1)]
    assert states(look(Metrics(first=first, second=good(False)))) == ["dead", "healthy"]


def test_metrics_that_come_late_for_both_sources_alike_kill_neither() -> None:
    late = Metrics(first=good(True, newest=120), second=good(False, newest=120))
    assert states(look(late)) == ["healthy", "healthy"]
    assert states(look(Metrics(first=losing(True, 200), second=good(False)))) == ["degraded", "healthy"]


def test_when_nothing_comes_from_any_source_for_long_enough_all_are_dead() -> None:
    for metrics in (Metrics(), Metrics(first=good(True, newest=181), second=good(False, newest=190))):
        found = look(metrics)
        assert states(found) == ["dead", "dead"]
        assert found["decision"]["action"] == "restart"
        assert {issue["severity"] for issue in found["issues"]} == {"HIGH"}


def test_an_answer_in_part_says_nothing() -> None:
    found = look(Metrics(status="InternalError", first=good(True), second=good(False)))
    assert states(found) == ["unknown", "unknown"]
    assert found["decision"]["action"] == "none"


def test_what_happened_before_an_action_does_not_count_after_it() -> None:
    first, second = losing(False, 300), good(True, newest=1)
    second[SELECTED] = [(age, float(age <= 60)) for age in range(300, 0, -1)]
    first[SELECTED] = [(age, float(age > 60)) for age in range(300, 0, -1)]
    second[LOSS] = [(age, 10.0 if 70 <= age <= 80 else 0.0) for age in range(300, 0, -1)]
    second[LOST] = [(age, 190.0 if 70 <= age <= 80 else 0.0) for age in range(300, 0, -1)]
    at = int((NOW - timedelta(seconds=62)).timestamp() * 1000)
    action = {"kind": "switch", "source": "second", "at": at}
    found = look(Metrics(first=first, second=second), memory={"switches": [at], "action": action})
    assert (states(found), found["helped"]) == (["degraded", "healthy"], True)
    assert states(look(Metrics(first=first, second=second))) == ["degraded", "degraded"]


def test_right_after_an_action_nobody_can_tell() -> None:
    at = int((NOW - timedelta(seconds=5)).timestamp() * 1000)
    action = {"kind": "switch", "source": "second", "at": at}
    found = look(Metrics(first=losing(True, 300), second=good(False)), memory={"action": action})
    assert (states(found), found["helped"]) == (["unknown", "unknown"], None)


def test_the_cool_down_comes_from_the_memory() -> None:
    at = int(NOW.timestamp() * 1000) - 60_000
    found = look(Metrics(first=losing(True, 60), second=good(False)), memory={"switches": [at]})
    assert (found["decision"]["action"], found["decision"]["rule"]) == ("none", "degraded")


def test_a_flow_under_maintenance_is_left_alone() -> None:
    found = look(Metrics(first=losing(True, 60), second=good(False)), memory={"maintenance": True})
    assert found["decision"]["action"] == "none"
    assert "maintains" in found["decision"]["reason"]


def test_a_flow_that_merges_is_never_switched() -> None:
    found = look(Metrics(first=losing(True, 60), second=good(True)), Flow(mode="MERGE"))
    assert [one["selected"] for one in found["sources"]] == [None, None]
    assert found["decision"]["action"] == "none"


def test_a_flow_with_one_source() -> None:
    found = look(Metrics(first=losing(True, 60)), Flow("first", mode=None))
    assert [(one["role"], one["selected"], one["state"]) for one in found["sources"]] == [("only", True, "degraded")]
    assert found["decision"]["action"] == "none"


def test_the_preferred_source_is_the_primary_and_without_one_the_first() -> None:
    courses = Metrics(first=good(True), second=good(False))
    assert [one["role"] for one in look(courses, Flow(primary="second"))["sources"]] == ["backup", "primary"]
    assert [one["role"] for one in look(courses, Flow(primary="gone"))["sources"]] == ["primary", "backup"]


@pytest.mark.parametrize("status", ["STANDBY", "STARTING", "STOPPING"])
def test_a_flow_that_is_off_has_no_trouble_and_unknown_sources(status: str) -> None:
    found = look(Metrics(), Flow(status=status))
    assert (found["healthy"], states(found), found["decision"]["action"]) == (True, ["unknown", "unknown"], "none")


def test_a_flow_in_error_is_not_healthy() -> None:
    assert not look(Metrics(), Flow(status="ERROR"))["healthy"]


def test_a_flow_that_is_updating_is_left_alone() -> None:
    found = look(Metrics(first=losing(True, 60), second=good(False)), Flow(status="UPDATING"))
    assert (states(found), found["decision"]["action"]) == (["degraded", "healthy"], "none")


def test_without_redundancy_only_the_flow_counts() -> None:
    courses = Metrics(first=good(True), second=good(False, newest=100))
    assert look(courses)["healthy"] is False
    assert look(courses, settings={"redundancy": False})["healthy"] is True


def test_the_flow_is_judged_on_the_shorter_window() -> None:
    old = good(True)
    old[LOSS] = [(age, 10.0 if age > 200 else 0.0) for age in range(300, 0, -1)]
    assert look(Metrics(first=old, second=good(False)))["healthy"] is True


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"flow_arn": "x"}, InvalidEvent),
        ({"flow_arn": ARN + "b"}, UnknownFlow),
        ({"flow_arn": None}, InvalidEvent),
        ({"config": None}, MonitorError),
        ({"response": None}, MonitorError),
        ({"response": "{"}, MonitorError),
        ({"response": "{}"}, MonitorError),
        ({"response": json.dumps({**SETTINGS, "rules": [{"name": "x", "action": "pray"}]})}, MonitorError),
    ],
)
def test_what_it_cannot_work_with_is_refused(changes: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        assess(asked(**changes), Flow(), Metrics(), NOW)


@pytest.mark.parametrize(
    "memory", [None, [], {"switches": "x", "restarts": [None], "action": 7}, {"action": {"at": "x"}}]
)
def test_a_memory_that_holds_anything_is_read_with_care(memory: Any) -> None:
    payload = {**asked(), "memory": memory}
    found = assess(payload, Flow(), Metrics(first=losing(True, 60), second=good(False)), NOW)
    assert found["decision"]["action"] == "switch"


def test_names_of_metrics_in_the_rules_are_those_of_issues() -> None:
    rules: Iterable[dict[str, Any]] = [{"name": "low", "flow_issues": [BIT_RATE], "action": "none"}]
    first = good(True)
    first[BIT_RATE] = lasting(5e6)
    found = look(Metrics(first=first, second=good(False)), settings={"rules": rules})
    assert found["decision"]["rule"] == "low"
