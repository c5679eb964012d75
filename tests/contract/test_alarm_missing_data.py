"""Alarms treat missing data as AWS's published tables say, with values of our own, through the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cloud_metrics import go_to, pass_time, publish, put_alarm, set_state, state
from running_cloud import RunningCloud

PAGE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"
NAMESPACE = "Contract/Missing"
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
PERIOD = 300
KEPT = "kept"

# Datapoints (0 within the threshold, X beyond it, - missing; oldest first), then the state for each of TREATMENTS.
THREE_OF_THREE = [
    ("0-X-X", "OK", "OK", "OK", "OK"),
    ("0----", "OK", "OK", "OK", "OK"),
    ("-----", "INSUFFICIENT_DATA", KEPT, "ALARM", "OK"),
    ("0XX-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("--X--", "ALARM", KEPT, "ALARM", "OK"),
]
TWO_OF_THREE = [
    ("0-X-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("00X0X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0-X--", "OK", "OK", "ALARM", "OK"),
    ("----0", "OK", "OK", "ALARM", "OK"),
    ("---X-", "ALARM", KEPT, "ALARM", "OK"),
]
CASES = [
    (needed, row[0], treatment, row[index])
    for needed, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for row in table
    for index, treatment in enumerate(TREATMENTS, start=1)
]
PREMATURE = [("----X", 3), ("---X-", 3), ("----X", 2)]
BEFORE = {"ALARM": "OK", "OK": "ALARM", "INSUFFICIENT_DATA": "OK", KEPT: "ALARM"}
"""The state that an alarm is put into before, so that it has to change, or must not."""


def name_of(needed: int, points: str, treatment: str) -> str:
    return f"{needed}-of-3-{points.replace('-', '_')}-{treatment}"


@pytest.fixture(scope="module")
def states(cloud: RunningCloud) -> Mapping[str, str]:
    """The states of an alarm for each case, after one evaluation."""
    end = go_to(cloud, PERIOD, beyond=-30)  # the evaluation at `end` is the first one
    for needed, points, treatment, wanted in [*CASES, *[(m, points, "missing", KEPT) for points, m in PREMATURE]]:
        name = name_of(needed, points, treatment)
        values = [None if point == "-" else 5.0 + 5 * (point == "X") for point in points]
        publish(cloud, NAMESPACE, name, end - len(points) * PERIOD, values, PERIOD)
        put_alarm(
            cloud,
            name,
            NAMESPACE,
            name,
            Period=PERIOD,
            Threshold=7.5,
            EvaluationPeriods=3,
            DatapointsToAlarm=needed,
            TreatMissingData=treatment,
        )
        set_state(cloud, name, BEFORE[wanted])
    pass_time(cloud, 40)
    return {name: state(cloud, name) for name in _names(cloud)}


def _names(cloud: RunningCloud) -> list[str]:
    pages = cloud.client("cloudwatch").get_paginator("describe_alarms").paginate()
    return [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]]


@pytest.mark.contract(
    "Missing datapoints count as TreatMissingData says, and only as few of them as are needed",
    source=PAGE,
    limits="The evaluation range is two periods longer than the evaluation periods; AWS says so of its example only.",
)
@pytest.mark.parametrize(
    ("needed", "points", "treatment", "wanted"),
    [pytest.param(*case, id=f"{case[0]} of 3, {case[1]}, {case[2]}") for case in CASES],
)
def test_missing_data(states: Mapping[str, str], needed: int, points: str, treatment: str, wanted: str) -> None:
    assert states[name_of(needed, points, treatment)] == (BEFORE[KEPT] if wanted == KEPT else wanted)


@pytest.mark.contract("A breaching datapoint that may be the first of more does not raise an alarm yet", source=PAGE)
@pytest.mark.parametrize(
    ("points", "needed"), [pytest.param("----X", 3, id="newest"), pytest.param("---X-", 3, id="second newest")]
)
def test_no_premature_alarm(states: Mapping[str, str], points: str, needed: int) -> None:
    assert states[name_of(needed, points, "missing")] == BEFORE[KEPT]


@pytest.mark.contract("An M out of N alarm waits with one breaching datapoint until it is M periods old", source=PAGE)
def test_no_premature_alarm_of_two_of_three(states: Mapping[str, str]) -> None:
    assert states[name_of(2, "----X", "missing")] == BEFORE[KEPT]


def run(cloud: RunningCloud, name: str, **settings: Any) -> list[str]:
    """The states of an alarm minute by minute after one breaching datapoint, until the data is out of its range."""
    end = go_to(cloud, 60, beyond=-30)
    publish(cloud, NAMESPACE, name, end - 60, [1.0])
    put_alarm(cloud, name, NAMESPACE, name, EvaluationPeriods=3, **settings)
    seen = []
    for _ in range(7):
        pass_time(cloud, 60)
        seen.append(state(cloud, name))
    return seen


@pytest.mark.contract(
    "When a metric falls silent its last datapoints are evaluated as long as they are in range", source=PAGE
)
@pytest.mark.parametrize(
    ("treatment", "wanted"),
    [
        ("missing", ["INSUFFICIENT_DATA"] * 2 + ["ALARM"] * 3 + ["INSUFFICIENT_DATA"] * 2),
        ("ignore", ["INSUFFICIENT_DATA"] * 7),
        ("breaching", ["ALARM"] * 7),
        ("notBreaching", ["OK"] * 7),
    ],
)
def test_a_metric_falls_silent(cloud: RunningCloud, treatment: str, wanted: list[str]) -> None:
    assert run(cloud, f"silent-{treatment}", TreatMissingData=treatment) == wanted


@pytest.mark.contract(
    "Alarms on AWS/DynamoDB keep their state while data is missing, whatever they say",
    source=PAGE,
)
@pytest.mark.parametrize("treatment", ["missing", "breaching", "notBreaching"])
def test_dynamodb_ignores_missing_data(cloud: RunningCloud, treatment: str) -> None:
    name = f"dynamodb-{treatment}"
    put_alarm(cloud, name, "AWS/DynamoDB", name, EvaluationPeriods=2, TreatMissingData=treatment)
    set_state(cloud, name, "ALARM" if treatment == "notBreaching" else "OK")
    pass_time(cloud, 180)
    assert state(cloud, name) == ("ALARM" if treatment == "notBreaching" else "OK")


@pytest.mark.contract("A new alarm on a metric that had data before is evaluated on that data", source=PAGE)
def test_data_from_before_the_alarm(cloud: RunningCloud) -> None:
    end = go_to(cloud, 60, beyond=-30)
    publish(cloud, NAMESPACE, "older", end - 180, [1.0, 1.0, 1.0])
    put_alarm(cloud, "older", NAMESPACE, "older", EvaluationPeriods=3)
    assert state(cloud, "older") == "INSUFFICIENT_DATA"
    pass_time(cloud, 40)
    assert state(cloud, "older") == "ALARM"
