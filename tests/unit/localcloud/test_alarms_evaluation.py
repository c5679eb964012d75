"""Alarms evaluate as AWS's published tables say."""

from __future__ import annotations

import pytest

from headend.localcloud import alarm_rule
from headend.localcloud.alarm_evaluation import next_state

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
# Datapoints (0 fine, X breaching, - missing; oldest first), then the state for each of TREATMENTS.
THREE_OF_THREE = [
    ("0-X-X", "OK", "OK", "OK", "OK"),
    ("0----", "OK", "OK", "OK", "OK"),
    ("-----", "INSUFFICIENT_DATA", "kept", "ALARM", "OK"),
    ("0XX-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("--X--", "ALARM", "kept", "ALARM", "OK"),
]
TWO_OF_THREE = [
    ("0-X-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("00X0X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0-X--", "OK", "OK", "ALARM", "OK"),
    ("----0", "OK", "OK", "ALARM", "OK"),
    ("---X-", "ALARM", "kept", "ALARM", "OK"),
]
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


@pytest.mark.parametrize(
    ("needed", "points", "treatment", "wanted"),
    [
        (needed, row[0], treatment, row[index])
        for needed, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
        for row in table
        for index, treatment in enumerate(TREATMENTS, start=1)
    ],
)
@pytest.mark.parametrize("state", ["OK", "ALARM", "INSUFFICIENT_DATA"])
def test_missing_data_is_treated_as_published(
    needed: int, points: str, treatment: str, wanted: str, state: str
) -> None:
    found = next_state(
        [None if point == "-" else point == "X" for point in points],
        evaluation_periods=3,
        datapoints_to_alarm=needed,
        missing=treatment,
        state=state,
    )
    assert found == (state if wanted == "kept" else wanted)


@pytest.mark.parametrize("points", ["----X", "---X-"])
def test_a_single_late_datapoint_does_not_raise_a_three_of_three_alarm(points: str) -> None:
    verdicts = [None if point == "-" else True for point in points]
    state = next_state(verdicts, evaluation_periods=3, datapoints_to_alarm=3, missing="missing", state="OK")
    assert state == "OK"


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("ALARM(a)", True),
        ("ALARM(b)", False),
        ('ALARM("a") AND OK(b)', True),
        ("NOT ALARM(a) OR INSUFFICIENT_DATA(c)", True),
        ("(ALARM(b) OR ALARM(c)) AND TRUE", False),
        ("ALARM(a) OR ALARM(b) AND FALSE", True),
        ("OK(arn:aws:cloudwatch:eu-central-1:123456789012:alarm:b)", True),
        ("ALARM(live/studio-a/jitter)", True),
    ],
)
def test_composite_rules(rule: str, holds: bool) -> None:
    states = {"a": "ALARM", "b": "OK", "c": "INSUFFICIENT_DATA", "live/studio-a/jitter": "ALARM"}
    assert alarm_rule.evaluate(rule, states.__getitem__) is holds


@pytest.mark.parametrize("rule", ["", "ALARM(a", "ALARM(a) OK(b)", "MAYBE(a)", "AND", "(TRUE"])
def test_malformed_composite_rules_are_refused(rule: str) -> None:
    with pytest.raises(alarm_rule.AlarmRuleError):
        alarm_rule.evaluate(rule, lambda _: "OK")
