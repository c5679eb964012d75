"""What people and programs read."""

import json
from typing import Any

import pytest
from alerts import links, message
from alerts.errors import InvalidRequest
from alerts.incidents import Claim, Incident
from alerts.message import duration, quantity
from alerts.requests import parse
from hypothesis import given
from hypothesis import strategies as st

from unit.lambda_src.alert_cases import ARN, EXECUTION, JITTER, LOSS, START, failed, iso, issue, payload

SNS_LIMIT = 256 * 1024
CLAIM = Claim(transition_id="t", alarm="a", severity="HIGH", at=0)


def alert(*issues: dict[str, Any]) -> message.Message:
    request = parse(payload("alert", 0, *issues), START)
    return message.alert(request, request.issues, (), "live-dev-flows")


def recovery(at: float = 60) -> message.Message:
    request = parse(payload("recovery", at), START)
    opened = round(START.timestamp() * 1000)
    incident = Incident(flow_arn=ARN, opened_at=opened, version=1, claims={LOSS: CLAIM}, closing=None)
    return message.recovery(request, incident, "live-dev-flows")


def test_an_alert_says_flow_time_value_threshold_severity_meaning_and_what_to_do() -> None:
    text = alert(issue()).text
    for expected in (
        "live-dev-studio-a",
        iso(2),
        "Packet loss (SourcePacketLossPercent): 2.5 %, above the threshold of 0.1 % [HIGH]",
        "viewers may see blocks",
        "1. Check the network",
        "Threshold Crossed",
    ):
        assert expected in text


def test_the_subject_names_severity_flow_and_the_first_issue() -> None:
    assert alert(issue()).subject == "[HIGH] live-dev-studio-a: Packet loss 2.5 %"
    assert alert(issue(), issue(JITTER, 90, "MEDIUM")).subject.endswith("(+1 more)")


def test_links_lead_to_flow_dashboard_and_execution() -> None:
    found = alert(issue()).document["links"]
    home = "https://eu-central-1.console.aws.amazon.com"
    assert found == {
        "flow": f"{home}/mediaconnect/home?region=eu-central-1#/flows/{ARN}",
        "dashboard": f"{home}/cloudwatch/home?region=eu-central-1#dashboards/dashboard/live-dev-flows",
        "execution": f"{home}/states/home?region=eu-central-1#/express-executions/details/{EXECUTION}"
        "?startDate=1767268800000",
    }


@pytest.mark.parametrize(
    ("partition", "host"),
    [("aws-us-gov", "us-gov-west-1.console.amazonaws-us-gov.com"), ("aws-cn", "us-gov-west-1.console.amazonaws.cn")],
)
def test_links_follow_the_partition(partition: str, host: str) -> None:
    arn = f"arn:{partition}:mediaconnect:us-gov-west-1:123456789012:flow:1-A:x"
    assert (links.flow(arn) or "").startswith(f"https://{host}/mediaconnect/")


def test_what_is_no_arn_has_no_link() -> None:
    assert (links.flow("flow"), links.flow(None), links.execution("x", None)) == (None, None, None)


def test_a_recovery_says_what_recovered_and_for_how_long() -> None:
    told = recovery(3725)
    assert "has recovered after 1 h 2 min" in told.text
    assert "- Packet loss (SourcePacketLossPercent) [HIGH]" in told.text
    assert told.subject == "[RECOVERED] live-dev-studio-a after 1 h 2 min"


def test_a_failed_check_says_its_cause_and_what_to_check() -> None:
    cause = json.dumps({"errorMessage": "DescribeFlow: access denied", "errorType": "MonitorError"})
    told = message.monitoring_failed(parse(failed({"flow_arn": ARN}, "MonitorError", cause), START), "live-dev-flows")
    assert "Cause: DescribeFlow: access denied" in told.text
    assert "What to check:" in told.text
    assert told.subject == "[HIGH] live-dev-studio-a: monitoring failed (MonitorError)"
    assert told.document["error"] == {"Error": "MonitorError", "Cause": "DescribeFlow: access denied"}


def test_the_flow_of_a_failed_check_is_read_from_the_alarms_name_when_the_event_has_no_arn() -> None:
    event = {"detail": {"alarmName": "live-dev/studio-a/jitter", "state": {"value": "ALARM", "timestamp": iso(0)}}}
    request = parse(failed(event), START)
    assert request.flow_name == "live-dev-studio-a"
    assert request.idempotency_key == f"live-dev/studio-a/jitter@{iso(0)}#monitoring-failed"


def test_programs_get_json_and_people_get_text() -> None:
    told = alert(issue())
    body = json.loads(told.body())
    assert body["default"] == body["email"] == told.text
    assert json.loads(body["sqs"]) == told.document
    assert body["sqs"] == body["http"] == body["https"] == body["lambda"]
    assert set(told.document) == {
        *("schema_version", "kind", "subject", "severity", "flow_name", "flow_arn", "time", "issues", "recovered"),
        *("duration_seconds", "alarm", "links", "error", "text"),
    }


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (2.5, "Percent", "2.5 %"),
        (51.234567, "Milliseconds", "51.23 ms"),
        (14_200_000, "Bits/Second", "14.2 Mbit/s"),
        (0, "Bits/Second", "0 bit/s"),
        (12345, "Count", "12,345"),
        (3, "Bytes", "3 Bytes"),
    ],
)
def test_values_have_their_units(value: float, unit: str, expected: str) -> None:
    assert quantity(value, unit) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "0 s"), (65, "1 min 5 s"), (7260, "2 h 1 min"), (90000, "1 d 1 h")]
)
def test_durations_are_for_people(seconds: int, expected: str) -> None:
    assert duration(seconds) == expected


words = st.text(min_size=1, max_size=400)


@given(
    flow=words,
    metric=st.text(min_size=1, max_size=255),
    value=st.floats(allow_nan=False, allow_infinity=False),
    count=st.integers(1, 90),
)
def test_subjects_and_sizes_stay_within_what_sns_takes(flow: str, metric: str, value: float, count: int) -> None:
    what = payload("alert", 0, *({**issue(), "metric": f"{metric}{i}"[:255], "value": value} for i in range(count)))
    what["result"]["flow_name"] = flow
    what["result"]["alarm"]["reason"] = flow * 50
    request = parse(what, START)
    told = message.alert(request, request.issues, request.issues, "live-dev-flows")
    assert 0 < len(told.subject) <= 100
    assert told.subject.isascii()
    assert told.subject.isprintable()
    assert len(told.body().encode()) <= SNS_LIMIT


anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=10), children, max_size=3),
    max_leaves=8,
)


@given(what=anything, kind=st.sampled_from(["alert", "recovery", "monitoring-failed"]))
def test_payloads_of_any_shape_are_understood_or_refused_by_name(what: Any, kind: str) -> None:
    execution = {"arn": EXECUTION}
    for guess in (what, {"kind": kind, "execution": execution, "result": what, "error": what, "event": what}):
        try:
            assert parse(guess, START).kind == kind
        except InvalidRequest as error:
            assert str(error)


@given(event=anything)
def test_a_failed_check_is_told_whatever_the_event_was(event: Any) -> None:
    told = message.monitoring_failed(parse(failed(event), START), "live-dev-flows")
    assert told.flow_name
