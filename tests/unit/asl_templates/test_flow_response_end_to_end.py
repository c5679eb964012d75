"""A flow whose preferred source loses packets is moved to the other, by the real functions and the real workflow."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from headend import package
from headend.localcloud import ACCOUNT_ID
from headend.localcloud.mediaconnect.media_connect import MediaConnect
from headend.localcloud.mediaconnect.stream_simulator import StreamSimulator
from running_cloud import REGION, RunningCloud, cloud, until
from unit.asl_templates.test_flow_response import RENDERED, aliased, filled, policy_of

__all__ = ["cloud"]

REPOSITORY = Path(__file__).resolve().parents[3]
TABLE = "live-alert-state"
LOSS = {
    "metric": "SourcePacketLossPercent",
    "statistic": "Maximum",
    "comparison": "GreaterThanThreshold",
    "threshold": 0.1,
    "unit": "Percent",
    "severity": "HIGH",
}
RESPONSE = {
    "approval_timeout_seconds": 300,
    "cool_down_seconds": 300,
    "dead_seconds": 30,
    "degraded_severities": ["HIGH"],
    "escalate_after_seconds": 600,
    "hold_seconds": 60,
    "maximum_switches_per_hour": 3,
    "recheck_seconds": 20,
    "redundancy": True,
    "resolution_seconds": 10,
    "restart": True,
    "restart_cool_down_seconds": 1800,
    "rules": [
        {"name": "selected-dead", "selected": ["dead"], "other": ["healthy"], "bad_seconds": 20, "action": "switch"},
        {
            "name": "selected-degraded",
            "selected": ["degraded"],
            "other": ["healthy"],
            "bad_seconds": 30,
            "action": "switch",
        },
        {"name": "every-source-dead", "every": ["dead"], "bad_seconds": 30, "action": "restart"},
    ],
    "switch": True,
    "verify_seconds": 30,
    "window_seconds": 120,
}


@dataclass
class Deployment:
    """A flow, the functions, the workflow, and a queue that hears what people are told."""

    cloud: RunningCloud
    flow: str
    machine: str
    functions: dict[str, str]
    notices: str
    monitor_config: str

    def step(self, seconds: int) -> None:
        for _ in range(seconds // 10):
            self.cloud.step(10)

    def open_incident(self) -> dict[str, Any]:
        """What the stream monitor's workflow does: look, tell, start the response."""
        name = uuid.uuid4().hex
        execution = {"arn": f"arn:aws:states:{REGION}:{ACCOUNT_ID}:express:m:{name}", "name": name, "started": None}
        asked = {"event": {"flow_arn": self.flow}, "config": self.monitor_config, "execution": execution}
        result, _ = self.cloud.invoke(self.functions["stream_monitor"], asked)
        assert result["healthy"] is False, json.dumps(result)
        notice = {"kind": "alert", "result": result, "error": None, "event": asked["event"], "execution": execution}
        answer, _ = self.cloud.invoke(self.functions["alert_handler"], notice)
        assert answer["outcome"] == "alert", answer
        event = {
            "flow_arn": self.flow,
            "flow_key": "studio",
            "flow_name": result["flow_name"],
            "incident": answer["incident"],
        }
        states = self.cloud.client("stepfunctions")
        states.start_execution(stateMachineArn=self.machine, name=answer["incident"]["id"], input=json.dumps(event))
        return dict(answer["incident"])

    def told(self) -> list[dict[str, Any]]:
        """What people have been told since this was last asked."""
        sqs = self.cloud.client("sqs")
        found = []
        while got := sqs.receive_message(QueueUrl=self.notices, MaxNumberOfMessages=10).get("Messages"):
            for message in got:
                sqs.delete_message(QueueUrl=self.notices, ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"]))
        return found

    @property
    def primary(self) -> str:
        flow = self.cloud.client("mediaconnect").describe_flow(FlowArn=self.flow)["Flow"]
        return str(flow["SourceFailoverConfig"]["SourcePriority"]["PrimarySource"])


def function(cloud: RunningCloud, name: str, **environment: str) -> str:
    """A real function from its package; returns its ARN."""
    code = package.zip_path(REPOSITORY, name).read_bytes()
    variables = {"POWERTOOLS_SERVICE_NAME": name, "POWERTOOLS_METRICS_NAMESPACE": "Headend", **environment}
    made = cloud.client("lambda").create_function(
        FunctionName=f"live-{name}",
        Role=cloud.role(f"live-{name}-role"),
        Runtime="python3.13",
        Architectures=["arm64"],
        Handler="handler.handler",
        Timeout=30,
        Code={"ZipFile": code},
        Environment={"Variables": variables},
    )
    until(lambda: cloud.client("lambda").get_function_configuration(FunctionName=f"live-{name}")["State"] == "Active")
    return str(made["FunctionArn"])


@pytest.fixture(scope="module")
def deployment(cloud: RunningCloud) -> Iterator[Deployment]:
    package.build(REPOSITORY)
    media = cloud.client("mediaconnect")
    sources = [
        {"Name": name, "Protocol": "rtp", "IngestPort": port, "WhitelistCidr": "203.0.113.0/24"}
        for name, port in (("one", 5000), ("two", 5010))
    ]
    failover = {"State": "ENABLED", "FailoverMode": "FAILOVER", "SourcePriority": {"PrimarySource": "one"}}
    flow = media.create_flow(Name="live-studio", Sources=sources, SourceFailoverConfig=failover)["Flow"]["FlowArn"]
    media.start_flow(FlowArn=flow)
    until(lambda: media.describe_flow(FlowArn=flow)["Flow"]["Status"] == "ACTIVE")
    cloud.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    topic = cloud.topic("live-alerts")
    notices, queue_arn = cloud.queue("live-notices")
    raw = {"RawMessageDelivery": "true"}
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes=raw)
    functions = {
        "stream_monitor": function(cloud, "stream_monitor"),
        "alert_handler": function(
            cloud,
            "alert_handler",
            APPROVAL_URL="https://approve.example.com",
            DASHBOARD_NAME="live-flows",
            DEPLOYMENT_NAME="live",
            EVENT_CONDITION_SECONDS="300",
            FLAPPING_COUNT="3",
            IDEMPOTENCY_TTL_SECONDS="3600",
            INCIDENT_MODE="response",
            TABLE_NAME=TABLE,
            TOPIC_ARN=topic,
        ),
    }
    monitor_config = json.dumps({
        "composite_alarms": {},
        "flows": {
            "studio": {
                "arn": flow,
                "name": "live-studio",
                "window_seconds": 300,
                "resolution_seconds": 60,
                "no_data_seconds": 180,
                "datapoint_grace_seconds": 180,
                "thresholds": [LOSS],
            }
        },
    })  # fmt: skip
    values = {
        "account_id": ACCOUNT_ID,
        "alert_function_arn": functions["alert_handler"],
        "lifecycle_alias": "live",
        "lifecycle_name": "live-flow-lifecycle",
        "monitor_config": json.dumps(monitor_config)[1:-1],
        "monitor_function_arn": functions["stream_monitor"],
        "partition": "aws",
        "region": REGION,
        "response_config": json.dumps(json.dumps(RESPONSE))[1:-1],
        "state_machine_name": "live-flow-response",
        "stream_monitor_alias_arn": f"arn:aws:states:{REGION}:{ACCOUNT_ID}:stateMachine:live-stream-monitor:live",
        "stream_monitor_arn": f"arn:aws:states:{REGION}:{ACCOUNT_ID}:stateMachine:live-stream-monitor",
        "table_name": TABLE,
    }
    text = filled((RENDERED / "flow_response.asl.json").read_text(encoding="utf-8"), values)
    machine = aliased(cloud, "live-flow-response", text, cloud.role("live-response", policy=policy_of(values, flow)))
    cloud.server.clock.pause()
    yield Deployment(cloud, flow, machine, functions, notices, monitor_config)
    cloud.server.part(MediaConnect)._remove(cloud.server.part(MediaConnect).flow(REGION, flow))
    cloud.server.clock.resume()


def test_a_lossy_source_is_left_and_the_incident_is_closed_when_it_is_well_again(deployment: Deployment) -> None:
    simulator = deployment.cloud.server.part(StreamSimulator)
    simulator.set_scenario(deployment.flow, "clean")
    deployment.step(180)
    simulator.set_scenario(deployment.flow, "primary-loss")
    deployment.step(30)
    incident = deployment.open_incident()
    [alert] = deployment.told()
    assert alert["kind"] == "alert"
    begun = deployment.cloud.server.clock.time()
    while deployment.primary == "one":
        deployment.step(10)
        assert deployment.cloud.server.clock.time() - begun < 120, "not switched in time"
    deployment.step(50)
    [action] = deployment.told()
    assert (action["kind"], action["action"]["kind"], action["action"]["outcome"]) == ("action", "switch", "helped")
    assert action["action"]["source"] == "two"
    deployment.step(400)
    [recovery] = deployment.told()
    assert (recovery["kind"], recovery["flow_name"]) == ("recovery", "live-studio")
    assert deployment.primary == "two", "nothing goes back by itself"
    arn = f"{deployment.machine.rpartition(':')[0].replace(':stateMachine:', ':execution:')}:{incident['id']}"
    described = deployment.cloud.client("stepfunctions").describe_execution(executionArn=arn)
    assert described["status"] == "SUCCEEDED"


def test_with_every_source_dead_people_are_asked_and_without_their_word_nothing_is_restarted(
    deployment: Deployment,
) -> None:
    simulator = deployment.cloud.server.part(StreamSimulator)
    simulator.set_scenario(deployment.flow, "clean")
    deployment.step(180)
    simulator.set_scenario(deployment.flow, "both-dead")
    deployment.step(250)
    deployment.open_incident()
    deployment.step(60)
    alert, approval = deployment.told()
    assert (alert["kind"], approval["kind"]) == ("alert", "approval")
    assert "https://approve.example.com/approvals/" in json.dumps(approval)
    items = deployment.cloud.client("dynamodb").scan(TableName=TABLE)["Items"]
    [asked] = [item for item in items if item["id"]["S"].startswith("approval#")]
    token = asked["token"]["S"]
    deployment.cloud.client("stepfunctions").send_task_success(taskToken=token, output='{"approved": false}')
    deployment.step(10)
    [action] = deployment.told()
    assert (action["action"]["kind"], action["action"]["outcome"]) == ("restart", "rejected")


def test_a_backup_that_is_worse_is_not_taken(deployment: Deployment) -> None:
    simulator = deployment.cloud.server.part(StreamSimulator)
    before = deployment.primary
    simulator.set_scenario(deployment.flow, "both-loss")
    deployment.step(120)
    assert deployment.primary == before
    assert "action" not in [notice["kind"] for notice in deployment.told()]
