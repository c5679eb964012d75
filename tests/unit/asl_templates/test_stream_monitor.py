"""The fast path as it runs: MediaConnect's events by the rule to the workflow, with the functions' own packages."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from headend import package
from headend.localcloud.eventbridge.events import Events
from running_cloud import REGION, RunningCloud, cloud, until

__all__ = ["cloud"]

ROOT = Path(__file__).resolve().parents[3]
RENDERED = ROOT / "modules/stream_monitor/rendered/stream_monitor.asl.json"
SHAPES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "tests/unit/lambda_src/media_events.yaml").read_text())
DETAIL_TYPES = re.findall(r'"(MediaConnect [^"]+)"', (ROOT / "modules/stream_monitor/media_events.tf").read_text())
TABLE = "fast-path-state"


@dataclass
class FastPath:
    """A flow on air with one source and one output, the rule that hears of it, and what lies around the workflow."""

    cloud: RunningCloud
    name: str
    flow: dict[str, Any]
    machine: str
    response: str
    letters: str
    alerts: str

    @property
    def arn(self) -> str:
        return str(self.flow["FlowArn"])

    def event(self, shape: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """A shape of media_events.yaml, of this flow, with an id of its own."""
        real = {
            "FLOW": self.arn,
            "SOURCE": self.flow["Sources"][0]["SourceArn"],
            "OUTPUT": self.flow["Outputs"][0]["OutputArn"],
        }
        older = {f"OLD_{name}": arn.replace(":1-", ":1:", 1) for name, arn in real.items()}
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": shape["detail-type"],
            "source": "aws.mediaconnect",
            "account": "123456789012",
            "time": "2026-01-01T12:00:00Z",
            "region": REGION,
            "resources": [{**real, **older}[name] for name in shape["resources"]],
            "detail": shape["detail"],
            **changes,
        }

    def heard(self, event: dict[str, Any]) -> None:
        """MediaConnect puts the event on the default bus."""
        self.cloud.server.part(Events).carry(REGION, event)

    def outcome(self, event: dict[str, Any]) -> dict[str, Any]:
        """What the execution says that this event starts."""
        run = self.cloud.run(self.machine, event)
        assert run["status"] == "SUCCEEDED", run.get("cause")
        found: dict[str, Any] = json.loads(run["output"])
        return found

    def responses(self) -> list[dict[str, Any]]:
        """Name and input of each execution of the response workflow for this flow, in their order."""
        states = self.cloud.client("stepfunctions")
        found = states.list_executions(stateMachineArn=self.response)["executions"]
        mine = [one for one in found if one["name"].startswith(self.name)]
        described = [states.describe_execution(executionArn=one["executionArn"]) for one in mine]
        return [{"name": one["name"], "input": json.loads(one["input"])} for one in described]


@pytest.fixture(scope="module")
def around(cloud: RunningCloud) -> dict[str, str]:
    """Table, topic, functions in the mode of incidents, and a response workflow that does nothing."""
    package.build(ROOT)
    cloud.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    alerts, queue = cloud.queue("fast-path-alerts")
    topic = cloud.topic("fast-path-alerts")
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    names = {"POWERTOOLS_METRICS_NAMESPACE": "Headend", "POWERTOOLS_SERVICE_NAME": "fast-path"}
    handler = {
        "DASHBOARD_NAME": "live-flows",
        "DEPLOYMENT_NAME": "live",
        "EVENT_CONDITION_SECONDS": "300",
        "FLAPPING_COUNT": "3",
        "IDEMPOTENCY_TTL_SECONDS": "3600",
        "INCIDENT_MODE": "response",
        "TABLE_NAME": TABLE,
        "TOPIC_ARN": topic,
    }
    made = {"alerts": alerts}
    for function, environment in (("stream_monitor", names), ("alert_handler", {**names, **handler})):
        created = cloud.client("lambda").create_function(
            FunctionName=f"fast-path-{function}",
            Role=cloud.role(f"fast-path-{function}"),
            Runtime="python3.13",
            Architectures=["arm64"],
            Handler="handler.handler",
            Code={"ZipFile": (ROOT / f"build/lambda/{function}.zip").read_bytes()},
            Environment={"Variables": environment},
            Timeout=20,
        )
        made[function] = created["FunctionArn"]
    nothing = {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}}
    return {**made, "response": cloud.machine(nothing, "STANDARD")}


@pytest.fixture
def path(cloud: RunningCloud, around: dict[str, str]) -> Iterator[FastPath]:
    name = f"f{uuid.uuid4().hex[:8]}"
    media = cloud.client("mediaconnect")
    source = {"Name": "in", "Protocol": "srt-listener", "IngestPort": 5000, "WhitelistCidr": "203.0.113.0/24"}
    output = {"Name": "out", "Protocol": "srt-listener", "Port": 7000, "CidrAllowList": ["192.0.2.0/28"]}
    flow = media.create_flow(Name=f"live-{name}", Source=source, Outputs=[output])["Flow"]
    media.start_flow(FlowArn=flow["FlowArn"])
    until(lambda: media.describe_flow(FlowArn=flow["FlowArn"])["Flow"]["Status"] == "ACTIVE")
    flow = media.describe_flow(FlowArn=flow["FlowArn"])["Flow"]
    letters, letters_arn = cloud.queue(f"{name}-letters")
    machine = cloud.machine(_definition(around, name, flow, letters))
    rule = {
        "source": ["aws.mediaconnect"],
        "detail-type": DETAIL_TYPES,
        "resources": [{"suffix": f":live-{name}"}],
    }
    events = cloud.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps(rule), State="DISABLED")
    target = {"Id": "workflow", "Arn": machine, "RoleArn": cloud.role(name), "DeadLetterConfig": {"Arn": letters_arn}}
    events.put_targets(Rule=name, Targets=[target])
    yield FastPath(cloud, name, flow, machine, around["response"], letters, around["alerts"])
    events.disable_rule(Name=name)
    media.stop_flow(FlowArn=flow["FlowArn"])


def _definition(around: dict[str, str], name: str, flow: dict[str, Any], letters: str) -> dict[str, Any]:
    """The rendered definition with its placeholders filled in."""
    settings = {
        "arn": flow["FlowArn"],
        "name": flow["Name"],
        "window_seconds": 300,
        "resolution_seconds": 60,
        "no_data_seconds": 180,
        "datapoint_grace_seconds": 0,
        "mute_windows": [],
        "thresholds": [
            {
                "metric": "SourcePacketLossPercent",
                "statistic": "Maximum",
                "comparison": "GreaterThanThreshold",
                "threshold": 0.1,
                "unit": "Percent",
                "severity": "HIGH",
            }
        ],
    }
    values = {
        "alert_function_arn": around["alert_handler"],
        "dead_letter_queue_url": letters,
        "monitor_config": json.dumps(json.dumps({"flows": {name: settings}}))[1:-1],
        "monitor_function_arn": around["stream_monitor"],
        "response_state_machine_arn": around["response"],
    }
    text = RENDERED.read_text(encoding="utf-8")
    for placeholder, value in values.items():
        text = text.replace(f"${{{placeholder}}}", value)
    found: dict[str, Any] = json.loads(text)
    return found


def malformed(path: FastPath) -> dict[str, dict[str, Any]]:
    """Events that the rule hears and nobody can read."""
    health, maintenance = SHAPES["source_health"], SHAPES["maintenance_finished"]
    return {
        "a flag that is neither": path.event(health, detail={"unhealthy": "perhaps", "current": {}}),
        "an unknown status": path.event(maintenance, detail={"currentStatus": "LUNCH"}),
        "a detail that is text": path.event(health, detail="unhealthy"),
        "an ARN without an account": path.event(health, resources=[f"arn:aws:mediaconnect:::flow:1:live-{path.name}"]),
        "another flow of this name": path.event(health, resources=[path.arn.replace("flow:1-", "flow:9-")]),
    }


def test_malformed_events_reach_the_dead_letter_queue_and_tell_nobody(path: FastPath) -> None:
    path.cloud.client("events").enable_rule(Name=path.name)
    for event in malformed(path).values():
        path.heard(event)
        letter = json.loads(path.cloud.receive(path.letters)["Body"])
        assert letter["error"] == "InvalidEvent"
        assert letter["event"] == event
        assert letter["cause"]
    assert not path.cloud.client("sqs").receive_message(QueueUrl=path.alerts).get("Messages")
    assert path.responses() == []


def test_an_event_of_trouble_is_told_and_starts_one_response(path: FastPath) -> None:
    path.cloud.client("events").enable_rule(Name=path.name)
    gone = {"unhealthy": True, "current": {"source_state": "DISCONNECTED"}, "previous": {"source_state": "CONNECTED"}}
    path.heard(path.event(SHAPES["source_health_of_older_documents"], detail=gone))
    notice = json.loads(path.cloud.receive(path.alerts)["Body"])
    assert notice["MessageAttributes"]["kind"]["Value"] == "alert"
    [started] = until(path.responses)
    assert started["name"] == started["input"]["incident"]["id"]
    assert started["input"] | {"incident": None} == {
        "flow_arn": path.arn,
        "flow_key": path.name,
        "flow_name": f"live-{path.name}",
        "incident": None,
    }
    said_again = path.event(SHAPES["flow_health_transport_stream"])
    assert path.outcome(said_again)["outcome"] == "duplicate", "no worse than what people know"
    assert path.outcome(path.event(SHAPES["source_health_is_well_again"]))["outcome"] == "healthy"
    assert len(path.responses()) == 1


def test_an_event_delivered_twice_finds_the_response_under_way(path: FastPath) -> None:
    event = path.event(SHAPES["alert_errored"])
    first, again = (path.outcome(event)["outcome"] for _ in range(2))
    assert first == "alert"
    assert again in ("alert", "duplicate")
    assert len(path.responses()) == 1
    path.cloud.receive(path.alerts)


def test_during_maintenance_nobody_is_told_and_a_response_waits_for_its_end(path: FastPath) -> None:
    assert path.outcome(path.event(SHAPES["maintenance_in_progress"]))["outcome"] == "healthy"
    assert path.outcome(path.event(SHAPES["source_health"]))["outcome"] == "muted"
    [waiting] = path.responses()
    assert waiting["name"].startswith(f"{path.name}-muted-")
    assert waiting["input"]["incident"]["muted_until"]
    path.outcome(path.event(SHAPES["maintenance_finished"]))
    assert {one["name"].split("-muted-")[0] for one in path.responses()} == {path.name}, "each looks again by itself"
    assert path.outcome(path.event(SHAPES["source_health"]))["outcome"] == "alert"
    path.cloud.receive(path.alerts)


def test_a_flow_that_changes_its_status_is_looked_at(path: FastPath) -> None:
    assert path.outcome(path.event(SHAPES["status_change"]))["outcome"] == "healthy"
    assert path.responses() == []
