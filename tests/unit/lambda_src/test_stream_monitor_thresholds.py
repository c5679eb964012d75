"""What a threshold can say besides its limit: whether missing data is an issue, and over how long a sum is meant."""

from datetime import timedelta
from typing import Any

import pytest
from monitor.check import check
from monitor.errors import MonitorError

from unit.lambda_src.monitor_cases import (
    CATALOGUE,
    NOW,
    FakeCloudWatch,
    FakeMediaConnect,
    config,
    event,
    measured,
    metric_stat,
    payload,
    threshold,
)

MERGE = threshold("MergeActive", "Minimum", "LessThanThreshold", 1, "None", "LOW")
SWITCH = threshold("FailoverSwitches", "Sum", "GreaterThanOrEqualToThreshold", 1, "Count", "MEDIUM")
FLAPPING = threshold("FailoverSwitches", "Sum", "GreaterThanOrEqualToThreshold", 3, "Count", "HIGH")


def verdict(what: Any, points: Any, thresholds: list[dict[str, Any]]) -> dict[str, Any]:
    return check(payload(what, config([*CATALOGUE, *thresholds])), FakeMediaConnect(), FakeCloudWatch(points), NOW)


def switches(*counts: float) -> dict[tuple[str, str], Any]:
    """Failover switches in each of the last minutes, the newest last, beside a healthy stream."""
    minutes = [NOW - timedelta(seconds=60 * ago) for ago in range(len(counts))]
    return measured() | {("FailoverSwitches", "Sum"): list(zip(reversed(minutes), counts, strict=True))}


def test_a_floor_whose_silence_is_to_be_ignored_is_no_issue_without_data() -> None:
    assert verdict(event(), measured(), [{**MERGE, "missing": "ignore"}])["healthy"] is True


def test_a_floor_that_says_nothing_needs_its_data() -> None:
    assert [issue["metric"] for issue in verdict(event(), measured(), [MERGE])["issues"]] == ["NoData"]


def test_a_floor_whose_silence_is_to_be_ignored_still_holds_where_there_is_data() -> None:
    points = measured() | {("MergeActive", "Minimum"): [(NOW - timedelta(seconds=60), 0.0)]}
    assert [i["metric"] for i in verdict(event(), points, [{**MERGE, "missing": "ignore"}])["issues"]] == [
        "MergeActive"
    ]


def test_a_limit_above_can_need_its_data_too() -> None:
    assert [i["metric"] for i in verdict(event(), measured(), [{**SWITCH, "missing": "issue"}])["issues"]] == ["NoData"]


def test_a_recovery_does_not_fail_for_data_that_is_to_be_ignored() -> None:
    told = event("OK", at=NOW - timedelta(seconds=250), metrics=[metric_stat("MergeActive")])
    assert verdict(told, measured(), [{**MERGE, "missing": "ignore"}])["healthy"] is True


def test_switches_of_five_minutes_together_are_flapping() -> None:
    [issue] = verdict(event(), switches(1, 0, 1, 1), [SWITCH, {**FLAPPING, "period_seconds": 300}])["issues"]
    assert (issue["metric"], issue["severity"], issue["value"]) == ("FailoverSwitches", "HIGH", 3)


def test_switches_in_other_five_minutes_do_not_count_together() -> None:
    told = event(metrics=[metric_stat("FailoverSwitches", period=300)])
    points = switches(1, 0, 0, 0, 1, 0, 0, 0, 0)
    [issue] = verdict(told, points, [SWITCH, {**FLAPPING, "threshold": 2, "period_seconds": 240}])["issues"]
    assert (issue["severity"], issue["value"]) == ("MEDIUM", 1)


def test_a_sum_without_a_period_is_that_of_one_datapoint() -> None:
    [issue] = verdict(event(), switches(1, 1, 1), [SWITCH, FLAPPING])["issues"]
    assert (issue["severity"], issue["value"]) == ("MEDIUM", 1)


@pytest.mark.parametrize("more", [{"missing": "maybe"}, {"period_seconds": 0}])
def test_what_hcl_does_not_write_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(MonitorError):
        verdict(event(), measured(), [{**SWITCH, **more}])
