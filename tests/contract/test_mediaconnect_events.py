"""The events that MediaConnect puts on the default bus, in the shapes that its documents show."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from headend.localcloud.mediaconnect.stream_simulator import StreamSimulator
from running_cloud import RunningCloud, until

GUIDE = "https://docs.aws.amazon.com/mediaconnect/latest/ug/"
PLAYED = "which scenario leads to it is the local cloud's own"
FLOW_ARN = re.compile(r"arn:aws:mediaconnect:eu-central-1:\d{12}:flow:1-[0-9A-Za-z]+-[0-9A-Za-z]+:[\w-]+")
TR_101 = {"ts_sync_loss", "continuity_count_error", "transport_error", "pcr_error"}
HEALTHY = dict.fromkeys(TR_101, False)
Json = dict[str, Any]


@dataclass
class OnAir:
    """A flow on air with two SRT sources, on a paused clock, and a queue that gets its events."""

    cloud: RunningCloud
    flow: Json
    queue: str

    @property
    def arn(self) -> str:
        return str(self.flow["FlowArn"])

    def play(self, scenario: str, seconds: float) -> list[Json]:
        """Play a scenario for so long; the events that came meanwhile."""
        self.cloud.server.part(StreamSimulator).set_scenario(self.arn, scenario)
        return self.after(seconds)

    def after(self, seconds: float) -> list[Json]:
        self.cloud.step(seconds)
        found: list[Json] = []
        while True:
            asked = self.cloud.client("sqs").receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
            messages = asked.get("Messages", [])
            if not messages:
                return sorted(found, key=lambda event: str(event["time"]))
            for message in messages:
                found.append(json.loads(message["Body"]))
                self.cloud.client("sqs").delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])

    def source(self, index: int) -> str:
        return str(self.flow["Sources"][index]["SourceArn"])

    @property
    def output(self) -> str:
        return str(self.flow["Outputs"][0]["OutputArn"])


@pytest.fixture
def on_air(cloud: RunningCloud) -> Iterator[OnAir]:
    media, name = cloud.client("mediaconnect"), f"ev-{uuid.uuid4().hex[:8]}"
    sources = [
        {
            "Name": source,
            "Description": "a source",
            "Protocol": "srt-listener",
            "IngestPort": port,
            "WhitelistCidr": "203.0.113.0/24",
        }
        for source, port in (("one", 5000), ("two", 5010))
    ]
    flow = media.create_flow(
        Name=name,
        Sources=sources,
        Outputs=[{"Name": "out", "Protocol": "srt-listener", "Port": 7000, "CidrAllowList": ["192.0.2.0/28"]}],
        SourceFailoverConfig={
            "State": "ENABLED",
            "FailoverMode": "FAILOVER",
            "SourcePriority": {"PrimarySource": "one"},
        },
        SourceMonitoringConfig={
            "ContentQualityAnalysisState": "ENABLED",
            "VideoMonitoringSettings": [
                {
                    "BlackFrames": {"State": "ENABLED", "ThresholdSeconds": 10},
                    "FrozenFrames": {"State": "ENABLED", "ThresholdSeconds": 10},
                }
            ],
            "AudioMonitoringSettings": [{"SilentAudio": {"State": "ENABLED", "ThresholdSeconds": 10}}],
        },
    )["Flow"]
    media.start_flow(FlowArn=flow["FlowArn"])
    until(lambda: media.describe_flow(FlowArn=flow["FlowArn"])["Flow"]["Status"] == "ACTIVE")
    cloud.server.clock.pause()
    cloud.step(5)
    queue, arn = cloud.queue(name)
    pattern = {"source": ["aws.mediaconnect"], "resources": [flow["FlowArn"]]}
    cloud.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    cloud.client("events").put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    yield OnAir(cloud, flow, queue)
    media.stop_flow(FlowArn=flow["FlowArn"])
    cloud.step(5)
    media.delete_flow(FlowArn=flow["FlowArn"])
    cloud.step(5)
    cloud.server.clock.resume()


def of(events: list[Json], kind: str) -> list[Json]:
    """The events of one kind; each has the envelope that all of AWS's events have."""
    chosen = [event for event in events if event["detail-type"] == f"MediaConnect {kind}"]
    for event in chosen:
        assert event["source"] == "aws.mediaconnect"
        assert (event["version"], event["region"], event["account"]) == ("0", "eu-central-1", "123456789012")
        assert FLOW_ARN.fullmatch(event["resources"][0])
    return chosen


@pytest.mark.contract(
    "Source Health: the state and the TR 101 290 flags of one source, now and before, with flow and source",
    source=f"{GUIDE}monitoring-cloudwatch-events-source-health.html",
    limits=f"older documents have the key source_state; {PLAYED}",
)
def test_source_health(on_air: OnAir) -> None:
    [gone] = of(on_air.play("primary-silent", 10), "Source Health")
    assert gone["resources"] == [on_air.arn, on_air.source(0)]
    assert gone["detail"] == {
        "unhealthy": True,
        "current": {"state": "DISCONNECTED", "tr101": HEALTHY},
        "previous": {"state": "CONNECTED", "tr101": HEALTHY},
    }
    [back] = of(on_air.play("clean", 10), "Source Health")
    assert back["detail"]["unhealthy"] is False
    assert back["detail"]["current"]["state"] == "CONNECTED"


@pytest.mark.contract(
    "Source Health: a transport stream with errors is unhealthy while it is connected",
    source=f"{GUIDE}monitoring-cloudwatch-events-source-health.html",
    limits=PLAYED,
)
def test_source_health_of_a_broken_transport_stream(on_air: OnAir) -> None:
    [broken] = of(on_air.play("broken-stream", 10), "Source Health")
    assert broken["detail"]["unhealthy"] is True
    assert broken["detail"]["previous"] == {"state": "CONNECTED", "tr101": HEALTHY}
    now = broken["detail"]["current"]
    assert (now["state"], set(now["tr101"])) == ("CONNECTED", TR_101)
    assert (now["tr101"]["ts_sync_loss"], now["tr101"]["transport_error"]) == (True, False)


@pytest.mark.contract(
    "Flow Health: the state and flags of what the flow carries, and whether it has just switched its source",
    source=f"{GUIDE}monitoring-cloudwatch-events-flow-health.html",
    limits="how long failover_switch stays true is not documented: one second; a switch alone is not unhealthy",
)
def test_flow_health(on_air: OnAir) -> None:
    switched, after = of(on_air.play("primary-silent", 10), "Flow Health")
    assert switched["resources"] == [on_air.arn]
    carried = {"source_state": "CONNECTED", "tr101": HEALTHY}
    assert switched["detail"] == {
        "unhealthy": False,
        "current": {"failover_switch": True, **carried},
        "previous": {"failover_switch": False, **carried},
    }
    assert after["detail"]["current"]["failover_switch"] is False
    dead = of(on_air.play("silence", 10), "Flow Health")[-1]
    assert dead["detail"]["unhealthy"] is True
    assert dead["detail"]["current"]["source_state"] == "DISCONNECTED"


@pytest.mark.contract(
    "Flow Health: another primary source makes the flow switch, as silence does",
    source="https://docs.aws.amazon.com/mediaconnect/latest/ug/source-failover.html",
    limits=PLAYED,
)
def test_flow_health_of_another_primary_source(on_air: OnAir) -> None:
    config = dict(on_air.flow["SourceFailoverConfig"])
    two = on_air.flow["Sources"][1]["Name"]
    on_air.after(1)
    on_air.cloud.client("mediaconnect").update_flow(
        FlowArn=on_air.arn, SourceFailoverConfig={**config, "SourcePriority": {"PrimarySource": two}}
    )
    switched, after = of(on_air.after(5), "Flow Health")
    assert switched["detail"]["current"]["failover_switch"] is True
    assert switched["detail"]["unhealthy"] is False
    assert after["detail"]["current"]["failover_switch"] is False
    described = on_air.cloud.client("mediaconnect").describe_flow(FlowArn=on_air.arn)["Flow"]
    assert described["SourceFailoverConfig"]["SourcePriority"] == {"PrimarySource": two}


@pytest.mark.contract(
    "Output Health: the state of one output, now and before; the resources are flow and output",
    source=f"{GUIDE}monitoring-cloudwatch-events-output-health.html",
    limits=PLAYED,
)
def test_output_health(on_air: OnAir) -> None:
    [gone] = of(on_air.play("receivers-gone", 10), "Output Health")
    assert gone["resources"] == [on_air.arn, on_air.output]
    assert gone["detail"] == {"current": {"state": "DISCONNECTED"}, "previous": {"state": "CONNECTED"}}


@pytest.mark.contract(
    "Output Status Change: an output was disabled or enabled",
    source=f"{GUIDE}monitoring-cloudwatch-events-output-status-change.html",
)
def test_output_status_change(on_air: OnAir) -> None:
    media = on_air.cloud.client("mediaconnect")
    media.update_flow_output(FlowArn=on_air.arn, OutputArn=on_air.output, OutputStatus="DISABLED")
    [changed] = of(on_air.after(3), "Output Status Change")
    assert changed["resources"] == [on_air.arn, on_air.output]
    assert changed["detail"] == {"currentStatus": "DISABLED", "previousStatus": "ENABLED"}


@pytest.mark.contract(
    "Flow Status Change: a change on air passes through UPDATING",
    source=f"{GUIDE}monitoring-cloudwatch-events-flow-state-change.html",
)
def test_flow_status_change(on_air: OnAir) -> None:
    media = on_air.cloud.client("mediaconnect")
    media.update_flow_output(FlowArn=on_air.arn, OutputArn=on_air.output, Port=7100)
    changes = [event["detail"] for event in of(on_air.after(3), "Flow Status Change")]
    assert {(one["previousStatus"], one["currentStatus"]) for one in changes} == {
        ("ACTIVE", "UPDATING"),
        ("UPDATING", "ACTIVE"),
    }


@pytest.mark.contract(
    "Flow Content Quality: what is wrong per stream once its threshold is passed, and again when it is over",
    source=f"{GUIDE}monitoring-eventbridge-events-content-quality.html",
    limits="the document shows true values only: what is over is shown as false",
)
@pytest.mark.parametrize(
    ("scenario", "key"),
    [
        ("black", "black_frames_duration_breaching"),
        ("frozen", "frozen_frames_duration_breaching"),
        ("no-sound", "silent_audio_duration_breaching"),
    ],
)
def test_flow_content_quality(on_air: OnAir, scenario: str, key: str) -> None:
    assert of(on_air.play(scenario, 8), "Flow Content Quality") == [], "not yet"
    [wrong] = of(on_air.after(5), "Flow Content Quality")
    assert wrong["resources"] == [on_air.arn]
    assert wrong["detail"] == {"impacted": True, "streams": [{key: True}]}
    [over] = of(on_air.play("clean", 5), "Flow Content Quality")
    assert over["detail"] == {"impacted": False, "streams": [{key: False}]}


@pytest.mark.contract(
    "MediaConnect Alert: the code and the message of an error, and again when it is over",
    source=f"{GUIDE}monitoring-cloudwatch-events-alert.html",
    limits=f"that an alert ends with errored false is not documented but seen; {PLAYED}",
)
def test_alert(on_air: OnAir) -> None:
    [raised] = of(on_air.play("alert", 5), "Alert")
    assert raised["resources"] == [on_air.arn]
    assert raised["detail"]["errored"] is True
    assert raised["detail"]["error-code"] == "AccessDeniedException"
    assert raised["detail"]["error-message"].startswith("Permission denied accessing encryption key for output")
    [cleared] = of(on_air.play("clean", 5), "Alert")
    assert cleared["detail"] == {**raised["detail"], "errored": False}


@pytest.mark.contract(
    "Flow Maintenance: each status that maintenance comes to",
    source=f"{GUIDE}monitoring-cloudwatch-events-flow-maintenance.html",
    limits=PLAYED,
)
def test_flow_maintenance(on_air: OnAir) -> None:
    events = of(on_air.play("maintenance", 100), "Flow Maintenance")
    assert [event["resources"] for event in events] == [[on_air.arn]] * 3
    assert [event["detail"] for event in events] == [
        {"currentStatus": "SCHEDULED"},
        {"currentStatus": "INPROGRESS"},
        {"currentStatus": "FINISHED"},
    ]
