"""A made-up timeline of one loss burst, as the local cloud writes it, for the tests of demo and report."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from headend.demonstration.recording import Alarm, Recording
from headend.demonstration.story import Story

NAME = "live-local"
FLOW_NAME = "live-local-studio-a"
FLOW_ARN = f"arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCd-1234:{FLOW_NAME}"
OTHER_ARN = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-EfGh-5678:live-local-studio-b"
MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-local-stream-monitor"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:live-local-alerts"
ZERO = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
ALERT_TEXT = (
    "Packet loss is 8.2 Percent, more than the 0.1 Percent allowed (HIGH).\n\nWhat to do: check the sender <studio-a>."
)

DEFINITION: dict[str, Any] = {
    "StartAt": "CheckInput",
    "States": {
        "CheckInput": {"Type": "Choice", "Choices": [{"Next": "MonitorStream"}], "Default": "SendToDeadLetterQueue"},
        "MonitorStream": {
            "Type": "Task",
            "Next": "EvaluateHealth",
            "Catch": [
                {"ErrorEquals": ["InvalidEvent"], "Next": "SendToDeadLetterQueue"},
                {"ErrorEquals": ["States.ALL"], "Next": "AlertMonitoringFailed"},
            ],
        },
        "AlertMonitoringFailed": {
            "Type": "Task",
            "Next": "AlertSent",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "SendToDeadLetterQueue"}],
        },
        "EvaluateHealth": {"Type": "Choice", "Choices": [{"Next": "SendRecovery"}], "Default": "SendAlert"},
        "SendAlert": {"Type": "Task", "Next": "AlertSent", "Catch": [{"Next": "SendToDeadLetterQueue"}]},
        "SendRecovery": {"Type": "Task", "Next": "RecoverySent", "Catch": [{"Next": "SendToDeadLetterQueue"}]},
        "AlertSent": {"Type": "Succeed"},
        "RecoverySent": {"Type": "Succeed"},
        "SendToDeadLetterQueue": {"Type": "Task", "Next": "DeadLettered"},
        "DeadLettered": {"Type": "Fail"},
    },
}

CHECKED = ("CheckInput", "MonitorStream", "EvaluateHealth")

_numbers = count(1)


def entry(at: float, kind: str, summary: str = "", **detail: Any) -> dict[str, Any]:
    """One timeline entry, `at` seconds after the fault."""
    return {
        "seq": next(_numbers),
        "time": (ZERO + timedelta(seconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "kind": kind,
        "region": "eu-central-1",
        "resource": FLOW_ARN,
        "summary": summary or f"{kind} at {at}",
        "detail": detail,
    }


def execution(at: float, number: int, outcome: str, *states: str) -> list[dict[str, Any]]:
    """An execution that enters `states` a tenth of a second apart and ends with `outcome`."""
    arn = f"{MACHINE.replace(':stateMachine:', ':express:')}:run-{number}:1"
    common = {"execution_arn": arn, "state_machine": f"{NAME}-stream-monitor"}
    found = [entry(at, "execution", "started", **common, status="RUNNING")]
    for index, name in enumerate(states):
        begin = ZERO + timedelta(seconds=at + index / 10)
        times = {"entered": begin.isoformat(), "exited": (begin + timedelta(seconds=0.08)).isoformat()}
        found.append(entry(at + index / 10 + 0.08, "state", name, execution_arn=arn, name=name, type="Task", **times))
    output = {"outcome": outcome}
    end = at + len(states) / 10
    return [*found, entry(end, "execution", f"ended: {outcome}", **common, status="SUCCEEDED", output=output)]


def message(at: float, kind: str, subject: str, text: str, outcome: str = "delivered") -> list[dict[str, Any]]:
    """One publication as an email and an SQS subscriber receive it."""
    attributes = {"kind": {"Type": "String", "Value": kind}, "severity": {"Type": "String", "Value": "HIGH"}}
    machine = json.dumps({"schema_version": 1, "kind": kind, "subject": subject, "text": text})
    common = {"topic_arn": TOPIC, "subject": subject, "attributes": attributes, "outcome": outcome}
    email = entry(at, "notification", subject, protocol="email", endpoint="noc@example.com", message=text, **common)
    queue = entry(at, "notification", subject, protocol="sqs", endpoint=TOPIC, message=machine, **common)
    return [email, queue]


def timeline() -> list[dict[str, Any]]:
    """The whole burst: fault at 0 s, alert at 13 s, recovery notice at 41 s, with another flow's noise in between."""
    alarm = f"{NAME}/studio-a/packet-loss-trigger"
    return [
        entry(-4, "flow-status", "STARTING → ACTIVE", flow_arn=FLOW_ARN),
        entry(0, "scenario", "loss-burst begins", flow_arn=FLOW_ARN, scenario="loss-burst", step="burst"),
        entry(0.2, "scenario", "another flow", flow_arn=OTHER_ARN, scenario="jitter", step="x"),
        entry(1, "datapoint", "loss 8.2", flow_arn=FLOW_ARN, metric="SourcePacketLossPercent", breaching=True),
        entry(12, "alarm", "OK → ALARM", alarm=alarm, old="OK", new="ALARM"),
        entry(12.05, "event", "matched", rule="live-local-alarm-state-change"),
        entry(12.06, "event", "other", rule="live-local-flow-state-check"),
        *execution(12.1, 1, "alert", *CHECKED, "SendAlert", "AlertSent"),
        *message(13, "alert", "HIGH: live-local-studio-a packet loss", ALERT_TEXT),
        entry(20, "scenario", "clean", flow_arn=FLOW_ARN, scenario="loss-burst", step="clean"),
        entry(21, "datapoint", "loss 0", flow_arn=FLOW_ARN, metric="SourcePacketLossPercent", breaching=False),
        entry(40, "alarm", "ALARM → OK", alarm=alarm, old="ALARM", new="OK"),
        *execution(40.1, 2, "recovery", *CHECKED, "SendRecovery", "RecoverySent"),
        *message(41, "recovery", "RECOVERED: live-local-studio-a", "Packet loss is normal again after 28 s."),
    ]


def story() -> Story:
    """The burst as a story that has taken every entry."""
    told = Story(NAME, "studio-a", FLOW_NAME, FLOW_ARN)
    told.add(timeline())
    return told


def recording() -> Recording:
    """The burst with its samples, ready for a report."""
    seconds = [ZERO + timedelta(seconds=s) for s in range(-12, 45)]
    lost = [8.0 if 0 <= (s - ZERO).total_seconds() < 20 else 0.0 for s in seconds]
    return Recording(
        scenario="loss-burst",
        story=story(),
        region="eu-central-1",
        started=ZERO,
        metrics={
            "SourcePacketLossPercent": list(zip(seconds, lost, strict=True)),
            "SourceJitter": [(s, 4.0 + (s.second % 3)) for s in seconds],
            "SourceBitRate": [(s, 20_000_000.0) for s in seconds],
        },
        alarms=[
            Alarm(f"{NAME}/studio-a/packet-loss-trigger", "SourcePacketLossPercent", "GreaterThanThreshold", 0.05, 10),
            Alarm(f"{NAME}/studio-a/packet-loss", "SourcePacketLossPercent", "GreaterThanThreshold", 0.1, 10),
            Alarm(f"{NAME}/studio-a/jitter", "SourceJitter", "GreaterThanThreshold", 50, 10),
        ],
        definition=DEFINITION,
        durations={"apply": 41.2, "story": 41.0, "destroy": 20.5},
        resources=63,
        left=[],
        versions={"headend": "0.1.0"},
    )
