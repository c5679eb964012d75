"""The monitor's verdict on a flow."""

import json
from datetime import timedelta
from typing import Any

import pytest
from monitor.check import check
from monitor.errors import DatapointsPending, InvalidEvent, MonitorError, Throttled, UnknownFlow

from unit.lambda_src.monitor_cases import (
    ARN,
    BIT_RATE,
    CATALOGUE,
    FLOOR,
    JITTER,
    LOSS,
    NOW,
    FakeCloudWatch,
    FakeMediaConnect,
    config,
    event,
    every,
    measured,
    metric_stat,
    payload,
    threshold,
)

NO_DATA = {"metric": "NoData", "value": 0, "unit": "Count", "threshold": 1, "severity": "HIGH"}


def verdict(
    what: Any,
    points: Any = None,
    status: str = "ACTIVE",
    settings: str | None = None,
    cloudwatch: FakeCloudWatch | None = None,
) -> dict[str, Any]:
    return check(payload(what, settings), FakeMediaConnect(status), cloudwatch or FakeCloudWatch(points), NOW)


def test_loss_above_its_threshold_is_an_issue_with_value_unit_threshold_and_severity() -> None:
    result = verdict(event(), measured(loss=2.5))
    assert result["healthy"] is False
    assert result["issues"] == [{"metric": LOSS, "value": 2.5, "unit": "Percent", "threshold": 0.1, "severity": "HIGH"}]


def test_the_result_names_the_flow_the_time_the_values_and_the_alarm() -> None:
    result = verdict(event(), measured())
    assert result == {
        "flow_name": "live-dev-studio-a",
        "flow_arn": ARN,
        "flow_key": "studio-a",
        "flow_status": "ACTIVE",
        "time": "2026-01-01T12:00:00.000Z",
        "healthy": True,
        "issues": [],
        "values": {LOSS: 0.0, JITTER: 5.0},
        "alarm": {
            "name": "live-dev/studio-a/packet-loss",
            "state": "ALARM",
            "previous_state": "OK",
            "transition_time": "2026-01-01T12:00:00.000Z",
            "reason": "Threshold Crossed",
        },
        "transition_id": "live-dev/studio-a/packet-loss@2026-01-01T12:00:00.000+00:00",
    }
    assert json.loads(json.dumps(result)) == result


def test_two_breaching_metrics_are_two_issues_the_severest_first() -> None:
    result = verdict(event(), measured(loss=1, jitter=80))
    assert [(i["metric"], i["severity"]) for i in result["issues"]] == [(LOSS, "HIGH"), (JITTER, "MEDIUM")]


def test_two_thresholds_on_one_metric_are_one_issue() -> None:
    assert len(verdict(event(), measured(loss=3))["issues"]) == 1


def test_average_loss_alone_is_an_issue() -> None:
    points = measured() | every(LOSS, ("Average",), 0.08, 60)
    [issue] = verdict(event(), points)["issues"]
    assert (issue["value"], issue["threshold"]) == (0.08, 0.05)


def test_the_worst_period_of_the_window_counts() -> None:
    points = measured()
    points[LOSS, "Maximum"] = [(NOW - timedelta(seconds=240), 9.0), (NOW - timedelta(seconds=60), 0.0)]
    assert verdict(event(), points)["issues"][0]["value"] == 9.0


def test_what_lies_before_the_window_does_not_count() -> None:
    points = measured()
    points[LOSS, "Maximum"] += [(NOW - timedelta(seconds=1200), 9.0)]
    assert verdict(event(), points)["healthy"] is True


def test_what_made_a_slow_alarm_fire_is_found_although_it_lies_before_the_window() -> None:
    points = measured()
    points[JITTER, "Maximum"] += [(NOW - timedelta(seconds=590), 90.0)]
    slow = event(metrics=[metric_stat(JITTER, period=300)])
    assert [i["metric"] for i in verdict(slow, points)["issues"]] == [JITTER]


def test_the_event_says_from_when_cloudwatch_evaluated() -> None:
    points = measured()
    points[LOSS, "Maximum"] += [(NOW - timedelta(seconds=840), 9.0)]
    told = event()
    told["detail"]["state"]["reasonData"] = json.dumps({"startDate": "2026-01-01T11:45:00.000+0000"})
    assert verdict(told, points)["healthy"] is False


def test_a_value_at_the_threshold_is_no_issue_for_greater_than() -> None:
    assert verdict(event(), measured(loss=0.05))["healthy"] is True


@pytest.mark.parametrize("comparison", ["GreaterThanOrEqualToThreshold", "LessThanOrEqualToThreshold"])
def test_a_value_at_the_threshold_is_an_issue_for_or_equal(comparison: str) -> None:
    settings = config([threshold(JITTER, "Maximum", comparison, 5.0, "Milliseconds", "LOW")])
    assert verdict(event(), measured(), settings=settings)["healthy"] is False


def test_a_bit_rate_below_its_floor_is_an_issue() -> None:
    result = verdict(event(), measured(bit_rate=3e6), settings=config([*CATALOGUE, FLOOR]))
    assert [(i["metric"], i["value"], i["unit"]) for i in result["issues"]] == [(BIT_RATE, 3e6, "Bits/Second")]


def test_a_sum_that_still_grows_is_not_held_against_a_floor() -> None:
    settings = config([threshold("SourceTotalPackets", "Sum", "LessThanThreshold", 1000, "Count", "LOW")])
    points = {("SourceTotalPackets", "Sum"): [(NOW - timedelta(seconds=60), 5000.0), (NOW, 10.0)]}
    assert verdict(event(), points, settings=settings)["healthy"] is True


def test_an_active_flow_without_datapoints_is_an_issue() -> None:
    assert verdict(event(), {})["issues"] == [NO_DATA]


def test_an_active_flow_whose_datapoints_ended_is_an_issue() -> None:
    assert verdict(event(), measured(ages=(300, 360)))["issues"] == [NO_DATA]


def test_a_silent_source_is_an_issue_although_other_metrics_arrive() -> None:
    points = measured()
    del points[BIT_RATE, "Average"]
    assert verdict(event(), points, settings=config([*CATALOGUE, FLOOR]))["issues"] == [NO_DATA]


def test_an_alarm_on_missing_bit_rate_is_an_issue_before_no_data_seconds_have_passed() -> None:
    points = measured() | every(BIT_RATE, ("Average",), 20e6, 180)
    told = event(metrics=[{"id": "e1", "expression": "m1"}, metric_stat(BIT_RATE)])
    assert verdict(told, points, settings=config([*CATALOGUE, FLOOR], no_data_seconds=300))["issues"] == [NO_DATA]


@pytest.mark.parametrize("status", ["STANDBY", "STARTING", "STOPPING", "DELETING"])
def test_a_flow_that_does_not_run_raises_no_alert(status: str) -> None:
    cloudwatch = FakeCloudWatch()
    result = verdict(event(), status=status, cloudwatch=cloudwatch)
    assert (result["healthy"], result["flow_status"], cloudwatch.requests) == (True, status, [])


def test_a_flow_being_updated_is_judged_like_an_active_one() -> None:
    assert verdict(event(), {}, status="UPDATING")["issues"] == [NO_DATA]


def test_a_flow_in_error_is_not_healthy() -> None:
    assert [i["metric"] for i in verdict(event(), status="ERROR")["issues"]] == ["FlowError"]


# The return to OK


def test_on_ok_only_datapoints_after_the_transition_count() -> None:
    points = measured(loss=5, ages=(240, 180)) | {}
    for key, values in measured(ages=(60, 0)).items():
        points[key] = points[key] + values
    result = verdict(event("OK", at=NOW - timedelta(seconds=90)), points)
    assert (result["healthy"], result["values"][LOSS]) == (True, 0.0)


def test_on_ok_a_period_that_began_before_the_transition_does_not_count() -> None:
    points = measured(loss=5, ages=(120,))
    with pytest.raises(DatapointsPending, match=LOSS):
        verdict(event("OK", at=NOW - timedelta(seconds=100)), points)


def test_on_ok_with_a_new_breach_the_flow_is_not_healthy() -> None:
    assert verdict(event("OK", at=NOW - timedelta(seconds=150)), measured(loss=5))["healthy"] is False


def test_on_ok_the_alarms_own_metric_is_waited_for() -> None:
    points = measured()
    del points[LOSS, "Maximum"], points[LOSS, "Average"]
    with pytest.raises(DatapointsPending):
        verdict(event("OK", at=NOW - timedelta(seconds=150)), points)


def test_on_ok_without_datapoints_the_wait_ends_as_no_data() -> None:
    assert verdict(event("OK", at=NOW - timedelta(seconds=181)), {})["issues"] == [NO_DATA]


def test_the_wait_ends_although_the_transition_seems_to_lie_ahead() -> None:
    told = payload(event("OK", at=NOW + timedelta(minutes=30)))
    told["execution"]["started"] = (NOW - timedelta(seconds=181)).isoformat()
    assert check(told, FakeMediaConnect(), FakeCloudWatch(), NOW)["issues"] == [NO_DATA]


def test_on_ok_of_a_stopped_flow_nothing_is_waited_for() -> None:
    assert verdict(event("OK"), {}, status="STANDBY")["healthy"] is True


def test_a_late_ok_looks_at_the_window_only() -> None:
    points = measured()
    points[LOSS, "Maximum"] += [(NOW - timedelta(hours=2), 9.0)]
    assert verdict(event("OK", at=NOW - timedelta(hours=5)), points)["healthy"] is True


# Which flow


def test_the_flow_of_metric_math_is_found_behind_the_expression() -> None:
    told = event(metrics=[{"id": "e1", "expression": "IF(m1, m2)"}, metric_stat(BIT_RATE)])
    assert verdict(told, measured())["flow_arn"] == ARN


def test_the_flow_is_found_in_a_metric_of_any_namespace() -> None:
    told = event(metrics=[metric_stat("FlowActive", namespace="Headend/MediaConnect")])
    assert verdict(told, measured())["flow_key"] == "studio-a"


def test_the_flow_of_a_composite_alarm_comes_from_the_configuration() -> None:
    assert verdict(event(name="any-trouble", metrics=[]), measured())["flow_key"] == "studio-a"


def test_a_manual_check_names_the_flow_itself() -> None:
    result = verdict({"flow_arn": ARN}, measured())
    assert (result["healthy"], result["alarm"]) == (True, None)
    assert result["transition_id"].startswith("manual@arn:aws:states:")


@pytest.mark.parametrize(
    "what",
    [
        None,
        [],
        "text",
        {},
        {"detail": None},
        {"flow_arn": 3},
        {"flow_arn": "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbC"},
        {"flow_arn": "arn:aws:mediaconnect:eu-central-1:1:flow:1-AbC:x"},
        {"flow_arn": f"{ARN}\n"},
        event(metrics=[], name="someone-elses"),
        event(metrics=[metric_stat(LOSS, arn="flow")]),
        event(metrics=[metric_stat(LOSS), metric_stat(LOSS, arn=ARN.replace("AbC", "DeF"))]),
        event(at=NOW + timedelta(days=400)),
        event() | {"time": None, "detail": {**event()["detail"], "state": {"value": "ALARM", "timestamp": "soon"}}},
        event("INSUFFICIENT_DATA"),
    ],
)
def test_what_names_no_flow_is_an_invalid_event(what: Any) -> None:
    with pytest.raises(InvalidEvent):
        verdict(what, measured())


def test_a_flow_that_is_not_watched_is_unknown() -> None:
    with pytest.raises(UnknownFlow):
        verdict({"flow_arn": ARN.replace("AbC", "DeF")})


def test_a_flow_that_is_gone_is_unknown() -> None:
    with pytest.raises(UnknownFlow):
        check(payload(event()), FakeMediaConnect(error="NotFoundException"), FakeCloudWatch(), NOW)


# What AWS may answer


def test_all_metrics_are_asked_for_in_one_request() -> None:
    cloudwatch = FakeCloudWatch(measured())
    verdict(event(), cloudwatch=cloudwatch, settings=config([*CATALOGUE, FLOOR]))
    [request] = cloudwatch.requests
    assert len(request["MetricDataQueries"]) == 4


def test_further_pages_are_read() -> None:
    points = measured()
    points[LOSS, "Maximum"] = [(NOW - timedelta(seconds=240), 0.0), (NOW - timedelta(seconds=60), 7.0)]
    cloudwatch = FakeCloudWatch(points, page=1)
    assert verdict(event(), cloudwatch=cloudwatch)["issues"][0]["value"] == 7.0
    assert len(cloudwatch.requests) == 2


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_an_incomplete_answer_is_never_healthy(status: str) -> None:
    with pytest.raises(MonitorError, match=status):
        verdict(event(), cloudwatch=FakeCloudWatch(measured(), status=status))


def test_an_incomplete_answer_is_not_taken_for_silence() -> None:
    with pytest.raises(MonitorError, match="InternalError"):
        verdict(event(), cloudwatch=FakeCloudWatch({}, status="InternalError"))


def test_a_message_in_the_answer_is_never_healthy() -> None:
    messages = [{"Code": "MaxMetricsExceeded", "Value": "too many"}]
    with pytest.raises(MonitorError, match="MaxMetricsExceeded"):
        verdict(event(), cloudwatch=FakeCloudWatch(measured(), messages=messages))


def test_a_breach_in_an_incomplete_answer_is_a_breach() -> None:
    assert verdict(event(), cloudwatch=FakeCloudWatch(measured(loss=4), status="PartialData"))["healthy"] is False


@pytest.mark.parametrize("code", ["Throttling", "ThrottlingException", "TooManyRequestsException"])
def test_throttling_has_its_own_error(code: str) -> None:
    with pytest.raises(Throttled):
        verdict(event(), cloudwatch=FakeCloudWatch(error=code))
    with pytest.raises(Throttled):
        check(payload(event()), FakeMediaConnect(error=code), FakeCloudWatch(), NOW)


def test_any_other_refusal_is_a_monitor_error_that_says_why() -> None:
    with pytest.raises(MonitorError, match="AccessDenied"):
        verdict(event(), cloudwatch=FakeCloudWatch(error="AccessDenied"))


@pytest.mark.parametrize("settings", ["", "{", "[]", "{}", config([]).replace('"HIGH"', '"URGENT"'), config(arn="")])
def test_a_broken_configuration_is_a_monitor_error(settings: str) -> None:
    with pytest.raises(MonitorError, match="monitor_config"):
        verdict(event(), settings=settings)
