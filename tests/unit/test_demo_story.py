"""The story that the demo tells from a timeline."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from headend.demonstration.messages import messages_of, variants
from headend.demonstration.recording import Alarm, alarm_bands, alarms_of, definition_of
from headend.demonstration.screen import Screen
from headend.demonstration.story import Story, when
from unit import demo_timeline as burst


def test_times_count_from_the_fault() -> None:
    assert burst.story().milestones() == {
        "datapoint": 1.0,
        "alarm": 12.0,
        "alert": 13.0,
        "clear": 21.0,
        "ok": 40.0,
        "recovery": 41.0,
    }


def test_other_flows_and_other_workflows_stay_out_of_the_story() -> None:
    told = burst.story()
    assert all(entry["detail"].get("flow_arn") != burst.OTHER_ARN for entry in told.entries)
    assert all(entry["summary"] != "other" for entry in told.entries)


def test_a_deployment_with_a_longer_name_stays_out_of_the_story() -> None:
    told = Story("live", "a", "live-a", burst.FLOW_ARN)
    told.add([burst.entry(0, "scenario", flow_arn=burst.FLOW_ARN, step="burst")])
    beats = told.add(
        [
            burst.entry(1, "alarm", alarm="live-2/a/jitter", old="OK", new="ALARM"),
            burst.entry(2, "execution", execution_arn="x", state_machine="live-2-stream-monitor", status="RUNNING"),
        ]
    )
    assert beats == []


def test_the_story_is_over_when_a_recovery_notice_was_delivered_and_not_before() -> None:
    told = Story(burst.NAME, "studio-a", burst.FLOW_NAME, burst.FLOW_ARN)
    for entry in burst.timeline():
        was_over = told.recovered
        told.add([entry])
        if told.recovered and not was_over:
            assert entry["detail"]["attributes"]["kind"]["Value"] == "recovery"
    assert told.recovered


def test_a_refused_delivery_does_not_end_the_story() -> None:
    told = Story(burst.NAME, "studio-a", burst.FLOW_NAME, burst.FLOW_ARN)
    told.add([burst.entry(0, "scenario", flow_arn=burst.FLOW_ARN, step="burst")])
    told.add(burst.message(5, "recovery", "RECOVERED", "text", outcome="failed"))
    assert not told.recovered
    assert "recovery" not in told.milestones()


def test_a_message_is_shown_once_however_many_receive_it() -> None:
    told = Story(burst.NAME, "studio-a", burst.FLOW_NAME, burst.FLOW_ARN)
    beats = told.add(burst.timeline())
    assert [beat.body for beat in beats if beat.label == "alert" and beat.body] == [burst.ALERT_TEXT]


def test_the_path_of_an_execution_is_its_states_in_order() -> None:
    names = [entry["detail"]["name"] for entry in burst.story().path("recovery")]
    assert names == [*burst.CHECKED, "SendRecovery", "RecoverySent"]
    assert burst.story().path("duplicate") == []


def test_one_publication_is_one_message_with_all_its_receivers() -> None:
    alert, notice = messages_of(burst.story())
    assert (alert.kind, notice.kind) == ("alert", "recovery")
    assert alert.text == burst.ALERT_TEXT
    assert [protocol for protocol, _, _ in alert.receivers] == ["email", "sqs"]
    assert alert.machine is not None
    assert alert.machine["schema_version"] == 1
    assert alert.attributes == {"kind": "alert", "severity": "HIGH"}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("plain", "plain"),
        ('{"text": "for people"}', "for people"),
        ('{"Type": "Notification", "Message": "plain"}', "plain"),
        ('{"Type": "Notification", "Message": "{\\"text\\": \\"for people\\"}"}', "for people"),
        ("[1]", "[1]"),
        ("", ""),
    ],
)
def test_the_text_is_found_in_every_shape_that_subscribers_receive(content: str, text: str) -> None:
    assert variants(content)[0] == text


def test_an_alarm_that_is_still_on_has_a_band_to_the_end() -> None:
    told = Story(burst.NAME, "studio-a", burst.FLOW_NAME, burst.FLOW_ARN)
    told.add(burst.timeline()[:5])
    told.add([burst.entry(12, "alarm", alarm="live-local/studio-a/jitter", old="OK", new="ALARM")])
    end = when(burst.entry(30, "alarm")["time"])
    assert alarm_bands(told, end)["live-local/studio-a/jitter"] == [(12.0, 30.0)]


def test_an_alarm_that_came_back_has_a_closed_band() -> None:
    end = when(burst.entry(50, "alarm")["time"])
    assert list(alarm_bands(burst.story(), end).values()) == [[(12.0, 40.0)]]


def test_a_metric_math_alarm_belongs_to_the_bit_rate_it_is_about() -> None:
    class CloudWatch:
        def describe_alarms(self, AlarmNamePrefix: str) -> dict[str, object]:  # noqa: N803 - boto3's name
            assert AlarmNamePrefix == "live-local/a/"
            stat = {"Metric": {"MetricName": "SourceBitRate"}, "Period": 10}
            active = {"Metric": {"MetricName": "FlowActive"}, "Period": 60}
            queries = [
                {"Id": "e", "Expression": "x"},
                {"Id": "a", "MetricStat": active},
                {"Id": "b", "MetricStat": stat},
            ]
            alarm = {"AlarmName": "live-local/a/bit-rate-low", "ComparisonOperator": "LessThanThreshold"}
            return {"MetricAlarms": [{**alarm, "Threshold": 14e6, "Metrics": queries}]}

    found = alarms_of(CloudWatch(), "live-local/a/")
    assert found == [Alarm("live-local/a/bit-rate-low", "SourceBitRate", "LessThanThreshold", 14e6, 10)]


def test_a_definition_is_read_without_the_alias() -> None:
    class StepFunctions:
        def describe_state_machine(self, stateMachineArn: str) -> dict[str, str]:  # noqa: N803 - boto3's name
            assert stateMachineArn == burst.MACHINE
            return {"definition": '{"StartAt": "A"}'}

    assert definition_of(StepFunctions(), f"{burst.MACHINE}:live") == {"StartAt": "A"}
    assert definition_of(StepFunctions(), burst.MACHINE) == {"StartAt": "A"}


def test_a_file_gets_the_whole_story_without_control_codes() -> None:
    output = io.StringIO()
    screen = Screen(Console(file=output, width=60, soft_wrap=True, highlight=False))
    told = Story(burst.NAME, "studio-a", burst.FLOW_NAME, burst.FLOW_ARN)
    with screen.phase("terraform apply") as tell:
        tell("63 to add")
    for beat in told.add(burst.timeline()):
        screen.beat(beat)
    text = output.getvalue()
    assert "\x1b" not in text
    assert "\r" not in text
    assert "+12.000 s  alarm      live-local/studio-a/packet-loss-trigger: OK → ALARM" in text
    assert "state      #1 SendAlert (80 ms)" in text
    assert "workflow   #2 ended: recovery: recovery" in text
    assert "│ What to do: check the sender <studio-a>." in text
    assert "63 to add" in text


def test_a_direct_message_of_an_alarm_is_a_line_without_its_text() -> None:
    told = Story(burst.NAME, "studio-a", burst.FLOW_NAME, burst.FLOW_ARN)
    (beat,) = told.add(
        [
            burst.entry(
                3, "notification", "told", subject="ALARM: live-local/studio-a/x", attributes={}, outcome="delivered"
            )
        ]
    )
    assert (beat.label, beat.body) == ("message", "")
    assert told.messages == []


def test_the_same_error_of_the_local_cloud_is_told_once() -> None:
    told = Story(burst.NAME, "studio-a", burst.FLOW_NAME, burst.FLOW_ARN)
    assert len(told.add([burst.entry(at, "error", "it broke") for at in (1, 2, 3)])) == 1


def test_direct_messages_about_other_alarms_stay_out_of_the_story() -> None:
    told = Story(burst.NAME, "studio-a", burst.FLOW_NAME, burst.FLOW_ARN)
    assert told.add([burst.entry(3, "notification", "told", subject='OK: "live-local-flow-state-failed"')]) == []
