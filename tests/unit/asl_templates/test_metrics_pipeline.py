"""A run of the metrics pipeline, by a role that may nothing but what was derived, and what people are told of it.

The functions are stubs that answer what a test wants.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from headend.render import render_template, templates
from running_cloud import REGION, RunningCloud, cloud
from unit.asl_templates.derived_roles import granted, refused, take_away

__all__ = ["cloud"]

ROOT = Path(__file__).resolve().parents[3]
RENDERED = ROOT / "modules/metrics_pipeline/rendered"
TABLE = "metrics-script"
TYPES = ("cpu", "disk", "memory", "network")

# A call is written down; a script says what is answered to a key, once for each call, the last one again and again.
STUB = """
import boto3, json
dynamodb = boto3.client("dynamodb")
class CloudWatchError(Exception): ...
def answer(run, key, event):
    item = dynamodb.update_item(
        TableName="metrics-script", Key={"id": {"S": "calls#%s#%s" % (run, key)}},
        UpdateExpression="ADD calls :one SET payload = :payload", ReturnValues="ALL_NEW",
        ExpressionAttributeValues={":one": {"N": "1"}, ":payload": {"S": json.dumps(event)}},
    )["Attributes"]
    script = dynamodb.get_item(TableName="metrics-script", Key={"id": {"S": "script"}})["Item"]["answers"]["S"]
    answers = json.loads(script)[key]
    found = answers[min(int(item["calls"]["N"]), len(answers)) - 1]
    if isinstance(found, str):
        raise CloudWatchError(found)
    return found
"""
COLLECTOR = (
    STUB
    + """
def handler(event, context):
    return answer(event["run_id"], event["metric_type"], event)
"""
)
PROCESSOR = (
    STUB
    + """
states = boto3.client("stepfunctions")
def handler(event, context):
    found = answer(event["run_id"], "processor", event)
    if found is not None:
        states.send_task_success(taskToken=event["task_token"], output=json.dumps(found))
"""
)
ANALYTICS = (
    STUB
    + """
def handler(event, context):
    return answer(event["run_id"], event["analysis"], event)
"""
)


@dataclass(frozen=True)
class Around:
    """What the workflow needs: functions, by their ARNs."""

    analytics: str
    collector: str
    processor: str


@pytest.fixture(scope="module")
def around(cloud: RunningCloud) -> Around:
    cloud.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    functions = [cloud.function(code, Timeout=30) for code in (ANALYTICS, COLLECTOR, PROCESSOR)]
    arns = [cloud.client("lambda").get_function_configuration(FunctionName=name)["FunctionArn"] for name in functions]
    return Around(*arns)


def collected(objects: int = 2, hosts: int = 3, silent: int = 0) -> dict[str, Any]:
    """What the collector answers."""
    return {
        "metric_type": "unused",
        "status": "collected",
        "hosts": hosts,
        "datapoints": objects * 10,
        "objects": objects,
        "manifest": "runs/one/some.json",
        "silent": silent,
        "silent_hosts": [f"i-{number:04}" for number in range(min(silent, 50))],
    }


def finding(text: str) -> dict[str, Any]:
    return {"host": "i-1", "metric": "mem_used_percent", "value": 93, "threshold": 90, "kind": "above", "text": text}


def analysis(*texts: str) -> dict[str, Any]:
    """What the analytics answer."""
    return {"analysis": "unused", "findings": [finding(text) for text in texts], "counts": {"findings": len(texts)}}


GOOD: dict[str, list[Any]] = {
    **{metric_type: [collected()] for metric_type in TYPES},
    "processor": [{"objects": 8, "datapoints": 80, "failed": [], "failed_objects": 0}],
    "trend": [analysis()],
    "day-over-day": [analysis()],
}


@dataclass
class Pipeline:
    """The workflow, the functions' script, and a queue that hears the topic."""

    cloud: RunningCloud
    machine: str
    queue: str
    execution: str = ""

    def run(self, **script: list[Any]) -> dict[str, Any]:
        """One run to its end, answered by what is GOOD, and by the script instead; names with '_' for '-'."""
        self.start(**script)
        return self.run_on()

    def run_on(self, most: float = 900) -> dict[str, Any]:
        """The run that was started, to its end."""
        for _ in range(int(most / 5)):
            described = self.describe()
            if described["status"] != "RUNNING":
                return described
            self.cloud.step(5)
        raise AssertionError(f"still running: {self.entered()}")

    def start(self, **script: list[Any]) -> None:
        answers = {**GOOD, **{key.replace("_", "-"): value for key, value in script.items()}}
        item = {"id": {"S": "script"}, "answers": {"S": json.dumps(answers)}}
        self.cloud.client("dynamodb").put_item(TableName=TABLE, Item=item)
        begun = self.cloud.client("stepfunctions").start_execution(
            stateMachineArn=self.machine, name=f"run-{uuid.uuid4().hex[:8]}"
        )
        self.execution = str(begun["executionArn"])

    @property
    def run_id(self) -> str:
        return self.execution.rpartition(":")[2]

    def describe(self) -> dict[str, Any]:
        return dict(self.cloud.client("stepfunctions").describe_execution(executionArn=self.execution))

    def history(self) -> list[dict[str, Any]]:
        pages = self.cloud.client("stepfunctions").get_paginator("get_execution_history")
        return [one for page in pages.paginate(executionArn=self.execution) for one in page["events"]]

    def entered(self) -> list[str]:
        """The states that the run entered."""
        return [one["stateEnteredEventDetails"]["name"] for one in self.history() if "stateEnteredEventDetails" in one]

    def calls(self, key: str) -> int:
        return int(self._call(key).get("calls", {"N": "0"})["N"])

    def payload(self, key: str) -> dict[str, Any]:
        """What a stub was called with last."""
        return dict(json.loads(self._call(key)["payload"]["S"]))

    def _call(self, key: str) -> dict[str, Any]:
        asked = {"id": {"S": f"calls#{self.run_id}#{key}"}}
        return dict(self.cloud.client("dynamodb").get_item(TableName=TABLE, Key=asked).get("Item", {}))

    def call_times(self, metric_type: str) -> list[float]:
        """Seconds after the first at which the type's function was called."""
        times = [
            one["timestamp"].timestamp()
            for one in self.history()
            if (details := one.get("taskScheduledEventDetails"))
            and json.loads(details["parameters"]).get("Payload", {}).get("metric_type") == metric_type
        ]
        return [round(time - times[0]) for time in times]

    def notice(self) -> dict[str, Any]:
        """The one notice: kind, severity, subject, text."""
        body = json.loads(self.cloud.receive(self.queue)["Body"])
        attributes = {name: one["Value"] for name, one in body["MessageAttributes"].items()}
        return {**attributes, "subject": body["Subject"], "text": body["Message"]}


def filled(text: str, values: dict[str, str]) -> str:
    for placeholder, value in values.items():
        text = text.replace(f"${{{placeholder}}}", value)
    assert "${" not in text, "a placeholder has no value"
    return text


@pytest.fixture
def pipeline(cloud: RunningCloud, around: Around) -> Iterator[Pipeline]:
    cloud.server.clock.pause()
    name = f"metrics-{uuid.uuid4().hex[:8]}"
    topic = cloud.topic(name)
    queue, queue_arn = cloud.queue(name)
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    values = {
        "analytics_config": json.dumps(json.dumps({"thresholds": {}}))[1:-1],
        "analytics_function_arn": around.analytics,
        "collector_config": json.dumps(json.dumps({"metric_types": {}}))[1:-1],
        "collector_function_arn": around.collector,
        "deployment_name": "live",
        "processor_function_arn": around.processor,
        "region": REGION,
        "topic_arn": topic,
    }
    definition = filled((RENDERED / "metrics_pipeline.asl.json").read_text(encoding="utf-8"), values)
    policy = json.loads((RENDERED / "metrics_pipeline.policy.json").read_text(encoding="utf-8"))
    policy["Statement"] = [one for one in policy["Statement"] if one["Resource"] != ["${topic_key_arns}"]]
    role = cloud.role(f"{name}-role", policy=json.loads(filled(json.dumps(policy), values)))
    made = cloud.client("stepfunctions").create_state_machine(name=name, definition=definition, roleArn=role)
    yield Pipeline(cloud, made["stateMachineArn"], queue)
    cloud.server.clock.resume()


def test_a_good_run_tells_that_nothing_is_missing(pipeline: Pipeline) -> None:
    ended = pipeline.run()
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    assert (output["run_id"], output["outcome"], output["collected"]) == (pipeline.run_id, "success", list(TYPES))
    notice = pipeline.notice()
    assert (notice["kind"], notice["severity"]) == ("success", "LOW")
    assert notice["subject"] == "live: host metrics, nothing to report"
    assert notice["text"].startswith("cpu, disk, memory, network of 3 hosts, 80 datapoints.\n")
    assert "Missing" not in notice["text"]
    assert pipeline.run_id in notice["text"]


def test_a_good_run_of_four_types_enters_fourteen_states(pipeline: Pipeline) -> None:
    pipeline.run()
    assert len(pipeline.entered()) == 14
    assert 14 * 248 <= 4000, "a month of 31 days, every three hours, is free"


def test_each_branch_is_told_its_type_the_run_and_the_configuration(pipeline: Pipeline) -> None:
    pipeline.run()
    started = pipeline.describe()["startDate"]
    for metric_type in TYPES:
        payload = pipeline.payload(metric_type)
        assert payload.keys() == {"run_id", "metric_type", "config", "started"}
        assert (payload["run_id"], payload["metric_type"]) == (pipeline.run_id, metric_type)
        assert json.loads(payload["config"]) == {"metric_types": {}}
        assert payload["started"].startswith(started.strftime("%Y-%m-%d"))


def test_the_processor_is_told_what_to_expect_and_the_analytics_which_types_there_are(pipeline: Pipeline) -> None:
    pipeline.run(disk=["no"])
    asked = pipeline.payload("processor")
    assert asked.keys() == {"operation", "run_id", "expected", "task_token"}
    assert (asked["operation"], asked["run_id"]) == ("expect", pipeline.run_id)
    assert asked["expected"] == [
        {"metric_type": one, "manifest": "runs/one/some.json", "objects": 2} for one in ("cpu", "memory", "network")
    ]
    for one in ("trend", "day-over-day"):
        asked = pipeline.payload(one)
        assert asked.pop("started").endswith("Z")
        assert asked == {
            "analysis": one,
            "run_id": pipeline.run_id,
            "metric_types": ["cpu", "memory", "network"],
            "config": '{"thresholds": {}}',
        }


@pytest.mark.parametrize("failing", TYPES)
def test_one_branch_that_fails_leaves_the_others_data(pipeline: Pipeline, failing: str) -> None:
    ended = pipeline.run(**{failing: ['access to "this" was denied']})
    assert ended["status"] == "SUCCEEDED", ended
    others = [one for one in TYPES if one != failing]
    assert json.loads(ended["output"])["collected"] == others
    notice = pipeline.notice()
    assert (notice["kind"], notice["severity"]) == ("partial", "MEDIUM")
    assert notice["subject"] == "live: host metrics incomplete, nothing to report"
    assert f"\nMissing:\n- {failing} was not collected: CloudWatchError: access to " in notice["text"]
    assert notice["text"].startswith(f"{', '.join(others)} of 3 hosts, 60 datapoints.\n")
    assert notice["text"].count("was not collected") == 1


def test_two_branches_that_fail_are_both_named(pipeline: Pipeline) -> None:
    ended = pipeline.run(cpu=["throttled"], network=["denied"])
    assert json.loads(ended["output"])["collected"] == ["disk", "memory"]
    text = pipeline.notice()["text"]
    assert (
        "- cpu was not collected: CloudWatchError: throttled\n- network was not collected: CloudWatchError: denied"
        in text
    )


def test_when_all_branches_fail_people_are_told_and_the_run_fails(pipeline: Pipeline) -> None:
    ended = pipeline.run(**{one: [f"{one} denied"] for one in TYPES})
    assert (ended["status"], ended["error"]) == ("FAILED", "NothingCollected")
    assert not {"WaitForProcessing", "Analyze"} & set(pipeline.entered())
    notice = pipeline.notice()
    assert (notice["kind"], notice["severity"], notice["subject"]) == ("failure", "HIGH", "live: no host metrics")
    assert all(f"- {one} was not collected: CloudWatchError: {one} denied" in notice["text"] for one in TYPES)


def test_a_branch_is_tried_again_after_10_20_and_40_seconds(pipeline: Pipeline) -> None:
    pipeline.run(memory=["throttled"])
    assert pipeline.call_times("memory") == [0, 10, 30, 70]
    assert pipeline.call_times("cpu") == [0]
    assert pipeline.calls("memory") == 4


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_a_branch_that_recovers_in_time_is_not_missing(pipeline: Pipeline, failures: int) -> None:
    ended = pipeline.run(disk=["throttled"] * failures + [collected()])
    assert json.loads(ended["output"])["collected"] == list(TYPES)
    assert pipeline.call_times("disk") == [0, 10, 30, 70][: failures + 1]
    assert pipeline.notice()["kind"] == "success"


def test_no_host_at_all_is_said_and_there_is_nothing_to_wait_for(pipeline: Pipeline) -> None:
    ended = pipeline.run(**{one: [collected(objects=0, hosts=0)] for one in TYPES})
    assert ended["status"] == "SUCCEEDED"
    assert not {"WaitForProcessing", "Analyze"} & set(pipeline.entered())
    notice = pipeline.notice()
    assert notice["kind"] == "partial"
    assert "- disk: there is no host\n" in notice["text"]
    assert "Found" not in notice["text"]


@pytest.mark.parametrize(
    ("silent", "told"),
    [
        (1, "memory: 1 of 40 say nothing: i-0000\n"),
        (12, "memory: 12 of 40 say nothing: " + ", ".join(f"i-{number:04}" for number in range(10)) + ", …\n"),
    ],
)
def test_hosts_that_say_nothing_are_named(pipeline: Pipeline, silent: int, told: str) -> None:
    pipeline.run(memory=[collected(hosts=40, silent=silent)])
    notice = pipeline.notice()
    assert (notice["kind"], notice["severity"]) == ("partial", "MEDIUM")
    assert f"- {told}" in notice["text"]


def test_a_processor_that_shows_no_sign_of_life_is_not_waited_for_beyond_120_seconds(pipeline: Pipeline) -> None:
    pipeline.start(processor=[None])
    pipeline.cloud.step(115)
    assert pipeline.describe()["status"] == "RUNNING"
    ended = pipeline.run_on()
    assert ended["status"] == "SUCCEEDED"
    notice = pipeline.notice()
    assert notice["kind"] == "partial"
    assert "- the objects were not all processed: States." in notice["text"]
    assert pipeline.calls("trend") == 1, "what is there is analysed all the same"


def test_heartbeats_keep_the_wait_alive_for_600_seconds(pipeline: Pipeline) -> None:
    pipeline.start(processor=[None])
    pipeline.cloud.step(1)
    token = pipeline.payload("processor")["task_token"]
    for _ in range(5):
        pipeline.cloud.step(100)
        pipeline.cloud.client("stepfunctions").send_task_heartbeat(taskToken=token)
    assert pipeline.describe()["status"] == "RUNNING"
    pipeline.cloud.step(105)
    assert pipeline.run_on()["status"] == "SUCCEEDED"
    assert "the objects were not all processed: States.Timeout" in pipeline.notice()["text"]


@pytest.mark.parametrize("truncated", [1, 10, 12])
def test_objects_that_were_truncated_are_named_or_counted(pipeline: Pipeline, truncated: int) -> None:
    keys = [f"raw/metric_type=cpu/date=2026-11-21/one-{number:04}.json" for number in range(truncated)]
    pipeline.run(processor=[{"objects": 8, "datapoints": 70, "failed": keys, "failed_objects": truncated}])
    notice = pipeline.notice()
    assert notice["kind"] == "partial"
    assert [key in notice["text"] for key in keys] == [number < 10 for number in range(truncated)]
    assert ("- 2 more objects are truncated and left out\n" in notice["text"]) == (truncated == 12)


def test_a_processor_that_fails_for_a_moment_is_asked_again_with_a_new_token(pipeline: Pipeline) -> None:
    pipeline.run(processor=["no table", {"objects": 8, "datapoints": 80, "failed": [], "failed_objects": 0}])
    assert (pipeline.calls("processor"), pipeline.notice()["kind"]) == (2, "success")


def test_what_was_found_is_told_first_things_first(pipeline: Pipeline) -> None:
    pipeline.run(trend=[analysis("i-1 memory 93 % is above 90 %")], day_over_day=[analysis("i-2 network is half")])
    notice = pipeline.notice()
    assert (notice["kind"], notice["severity"]) == ("success", "MEDIUM")
    assert notice["subject"] == "live: host metrics, 2 findings"
    assert "\nFound (2):\n- i-1 memory 93 % is above 90 %\n- i-2 network is half\n" in notice["text"]


def test_many_findings_are_counted_and_the_first_ten_told(pipeline: Pipeline) -> None:
    pipeline.run(trend=[analysis(*[f"finding {number:02}" for number in range(50)])])
    text = pipeline.notice()["text"]
    assert "Found (50):" in text
    assert text.count("- finding") == 10


@pytest.mark.parametrize("failing", ["trend", "day-over-day"])
def test_an_analysis_that_fails_leaves_the_other(pipeline: Pipeline, failing: str) -> None:
    [other] = {"trend", "day-over-day"} - {failing}
    script: dict[str, list[Any]] = {failing: ["out of memory"], other: [analysis("i-1 is full")]}
    ended = pipeline.run(**script)
    assert ended["status"] == "SUCCEEDED"
    notice = pipeline.notice()
    assert (notice["kind"], notice["severity"]) == ("partial", "MEDIUM")
    assert f"- the analysis {failing} failed: CloudWatchError: out of memory" in notice["text"]
    assert "- i-1 is full" in notice["text"]


def test_a_run_whose_notice_nobody_gets_fails(pipeline: Pipeline) -> None:
    pipeline.cloud.client("iam").put_role_policy(
        RoleName=f"{pipeline.machine.rpartition(':')[2]}-role",
        PolicyName="deny",
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sns:Publish", "Resource": "*"}]}
        ),
    )
    ended = pipeline.run()
    assert (ended["status"], ended["error"]) == ("FAILED", "NotTold")
    assert ended["cause"].startswith("live: host metrics, nothing to report; nobody was told: ")


@pytest.mark.parametrize(
    ("sid", "action"), [one for one in granted(RENDERED / "metrics_pipeline.policy.json") if one[1][:4] != "kms:"]
)
def test_without_any_one_permission_it_is_refused_and_nothing_else_is_missing(
    pipeline: Pipeline, sid: str, action: str
) -> None:
    role = f"{pipeline.machine.rpartition(':')[2]}-role"
    take_away(pipeline.cloud, role, sid, action)
    pipeline.run()
    assert refused(pipeline.cloud, role) == {action}


def test_an_environment_s_own_types_are_branches_by_configuration_alone() -> None:
    [template] = [one for one in templates(ROOT) if one.name == "metrics_pipeline.asl.json.j2"]
    states = json.loads(render_template(ROOT, template, {"metric_types": ["cpu", "gpu_memory"]}))["States"]
    assert [list(one["States"]) for one in states["Collect"]["Branches"]] == [
        ["CollectCpu", "CpuFailed"],
        ["CollectGpuMemory", "GpuMemoryFailed"],
    ]
