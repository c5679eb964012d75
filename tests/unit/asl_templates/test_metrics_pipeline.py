"""A run of the metrics pipeline, by a role that may nothing but what was derived, and what people are told of it.

The functions are stubs that answer what a test wants.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from headend import prices
from headend.asl import model
from headend.asl.cost.sums import Question, cost
from headend.render import render_template, templates
from running_cloud import REGION, RunningCloud, cloud, until
from unit.asl_templates.derived_roles import granted, refused, take_away

__all__ = ["cloud"]

ROOT = Path(__file__).resolve().parents[3]
RENDERED = ROOT / "modules/metrics_pipeline/rendered"
TABLE = "metrics-script"
TYPES = ("cpu", "disk", "memory", "network")
FREE_TRANSITIONS, RUNS_A_MONTH = 4000, 31 * 8
# What ends or turns round a line, and what JSON or XML may not hold.
UNTOLD = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]+")

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
# Works on a queue's messages: dies in the midst of one where the script says so, and otherwise returns its token.
WORKER = (
    STUB
    + """
import os
states = boto3.client("stepfunctions")
def handler(event, context):
    said = json.loads(event["Records"][0]["body"])
    found = answer(said["run_id"], "worker", event)
    if found is None:
        os._exit(1)
    states.send_task_success(taskToken=said["task_token"], output=json.dumps(found))
"""
)
ANALYTICS = (
    STUB
    + """
def handler(event, context):
    return answer(event["run_id"], event["analysis"], event)
"""
)


HOSTILE = {
    "a line of its own": "i-1\r\nMissing:\r\n- nothing",
    "no text": "\x00\x1b[2J\x7f\x9b",
    "turned round": "\u202egnp.exe\u2066",
    "neither XML's nor JSON's": "\ufffe\uffff\u2028",
    "private": "\ue000\ue001$\uf8ff",
    "beyond the first plane": "\U0001f4fa\U0010ffff",
    "code": "{% $states.input %} ${topic_arn} $$.Execution %{ if } \\u0000",
    "quotation marks": "\"'`\\",
}


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


SILENCE = "States.HeartbeatTimeout: no sign of life from the processor for 600 s"
NOTHING = "Nothing to tell of 3 hosts"


def analysis(*texts: str, text: str = NOTHING, left_out: int = 0, **counts: int) -> dict[str, Any]:
    """What the analytics answer."""
    return {
        "analysis": "unused",
        "text": text,
        "findings": [finding(one) for one in texts],
        "truncated": False,
        "counts": {"findings": len(texts), "left_out_objects": left_out, **counts},
        "left_out": [{"object": object_key(number), "why": "1 lines of 2"} for number in range(min(left_out, 10))],
        "result": "analysis/one/some.json",
    }


def object_key(number: int = 0) -> str:
    return f"raw/metric_type=cpu/date=2026-11-21/one-{number:04}.json"


PROCESSED = {"objects": 8, "datapoints": 80, "failed": [], "failed_objects": 0}


GOOD: dict[str, list[Any]] = {
    **{metric_type: [collected()] for metric_type in TYPES},
    "processor": [PROCESSED],
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
    """The text with its placeholders' values, once: a placeholder in a value stays what it is, as in `templatefile`."""
    return re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], text)


def counted(definition: Path) -> dict[str, int]:
    """The transitions of each path, by the cost tool."""
    found = cost(model.load(definition), Question(), prices.load())
    return {path.name: path.transitions for path in found.paths}


@pytest.fixture
def worker(cloud: RunningCloud, around: Around) -> Iterator[str]:
    """A queue whose messages a function works on: its URL."""
    url, arn = cloud.queue(f"objects-{uuid.uuid4().hex[:8]}", VisibilityTimeout="360")
    made = cloud.client("lambda").create_event_source_mapping(
        FunctionName=cloud.function(WORKER, Timeout=60), EventSourceArn=arn, BatchSize=10
    )
    yield url
    cloud.client("lambda").delete_event_source_mapping(UUID=made["UUID"])


@pytest.fixture
def pipeline(cloud: RunningCloud, around: Around, request: pytest.FixtureRequest) -> Iterator[Pipeline]:
    """With the parameter as the collector's configuration, where there is one."""
    collector_config = getattr(request, "param", {"metric_types": {}})
    cloud.server.clock.pause()
    name = f"metrics-{uuid.uuid4().hex[:8]}"
    topic = cloud.topic(name)
    queue, queue_arn = cloud.queue(name)
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    values = {
        "analytics_config": json.dumps(json.dumps({"thresholds": {}}))[1:-1],
        "analytics_function_arn": around.analytics,
        "collector_config": json.dumps(json.dumps(collector_config))[1:-1],
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
    assert f"\ntrend: {NOTHING}\n\nday-over-day: {NOTHING}\n" in notice["text"]
    assert pipeline.run_id in notice["text"]


def test_a_good_run_of_four_types_enters_the_twelve_states_that_the_cost_tool_counts(pipeline: Pipeline) -> None:
    pipeline.run()
    assert len(pipeline.entered()) == counted(RENDERED / "metrics_pipeline.asl.json")["usual"] == 12
    assert 12 * RUNS_A_MONTH <= FREE_TRANSITIONS


def test_each_branch_is_told_its_type_the_run_and_the_configuration(pipeline: Pipeline) -> None:
    pipeline.run()
    started = pipeline.describe()["startDate"].astimezone(UTC)
    for metric_type in TYPES:
        payload = pipeline.payload(metric_type)
        assert payload.keys() == {"run_id", "metric_type", "config", "started"}
        assert (payload["run_id"], payload["metric_type"]) == (pipeline.run_id, metric_type)
        assert json.loads(payload["config"]) == {"metric_types": {}}
        assert payload["started"].startswith(started.strftime("%Y-%m-%d"))


@pytest.mark.parametrize(
    "pipeline", [{"hosts": {name: [name]}} for name in HOSTILE.values()], indirect=True, ids=HOSTILE
)
def test_tags_of_any_characters_reach_the_collector_as_they_are(
    pipeline: Pipeline, request: pytest.FixtureRequest
) -> None:
    assert pipeline.run()["status"] == "SUCCEEDED"
    assert json.loads(pipeline.payload("cpu")["config"]) == request.node.callspec.params["pipeline"]


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
    assert [pipeline.call_times(one) for one in (failing, *others)] == [[0, 10, 30, 70], [0], [0], [0]]


@pytest.mark.parametrize("failing", list(combinations(TYPES, 2)), ids="-".join)
def test_two_branches_that_fail_are_both_named_and_leave_the_others_data(
    pipeline: Pipeline, failing: tuple[str, str]
) -> None:
    ended = pipeline.run(**{one: [f"{one} denied"] for one in failing})
    others = [one for one in TYPES if one not in failing]
    assert json.loads(ended["output"])["collected"] == others
    assert [pipeline.call_times(one) for one in (*failing, *others)] == [[0, 10, 30, 70]] * 2 + [[0]] * 2
    assert [one["metric_type"] for one in pipeline.payload("processor")["expected"]] == others
    assert [pipeline.payload(one)["metric_types"] for one in ("trend", "day-over-day")] == [others, others]
    text = pipeline.notice()["text"]
    named = "\n".join(f"- {one} was not collected: CloudWatchError: {one} denied" for one in failing)
    assert f"\nMissing:\n{named}\n\n" in text
    assert text.startswith(f"{', '.join(others)} of 3 hosts, 40 datapoints.\n")


def test_when_all_branches_fail_people_are_told_and_the_run_fails(pipeline: Pipeline) -> None:
    ended = pipeline.run(**{one: [f"{one} denied"] for one in TYPES})
    assert (ended["status"], ended["error"]) == ("FAILED", "NothingCollected")
    assert all(f"- {one} was not collected: CloudWatchError: {one} denied" in ended["cause"] for one in TYPES)
    assert not {"WaitForProcessing", "Analyze"} & set(pipeline.entered())
    assert all(pipeline.call_times(one) == [0, 10, 30, 70] for one in TYPES)
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


def test_no_host_at_all_is_said_and_processed_as_no_host_that_reports(pipeline: Pipeline) -> None:
    nothing = {"objects": 0, "datapoints": 0, "failed": [], "failed_objects": 0}
    ended = pipeline.run(**{one: [collected(objects=0, hosts=0)] for one in TYPES}, processor=[nothing])
    assert ended["status"] == "SUCCEEDED"
    expected = pipeline.payload("processor")["expected"]
    assert [(one["metric_type"], one["objects"]) for one in expected] == [(one, 0) for one in TYPES]
    notice = pipeline.notice()
    assert notice["kind"] == "partial"
    assert all(f"- {one}: there is no host\n" in notice["text"] for one in TYPES)


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


def test_a_processor_that_shows_no_sign_of_life_is_not_waited_for_beyond_600_seconds(pipeline: Pipeline) -> None:
    pipeline.start(processor=[None])
    pipeline.cloud.step(595)
    assert pipeline.describe()["status"] == "RUNNING"
    pipeline.cloud.step(5)
    ended = pipeline.run_on()
    assert ended["status"] == "SUCCEEDED"
    notice = pipeline.notice()
    assert (notice["kind"], notice["severity"]) == ("partial", "MEDIUM")
    assert f"- the objects were not all processed: {SILENCE}\n" in notice["text"]
    assert pipeline.calls("trend") == 1, "what is there is analysed all the same"


def test_heartbeats_keep_the_wait_alive_for_1800_seconds(pipeline: Pipeline) -> None:
    pipeline.start(processor=[None])
    pipeline.cloud.step(1)
    token = pipeline.payload("processor")["task_token"]
    for _ in range(3):
        pipeline.cloud.step(590)
        pipeline.cloud.client("stepfunctions").send_task_heartbeat(taskToken=token)
    assert pipeline.describe()["status"] == "RUNNING"
    pipeline.cloud.step(40)
    assert pipeline.run_on()["status"] == "SUCCEEDED"
    late = "States.Timeout: not done after 1800 s"
    assert f"- the objects were not all processed: {late}\n" in pipeline.notice()["text"]


@pytest.mark.parametrize("crashes", [1, 2])
def test_a_processor_that_dies_is_waited_for_until_the_queue_brings_its_objects_again(
    pipeline: Pipeline, worker: str, crashes: int
) -> None:
    """Six times the function's timeout of 60 s, as Lambda asks of a queue: a second crash is too long a silence."""
    pipeline.start(processor=[None], worker=[None] * crashes + [PROCESSED])
    pipeline.cloud.step(1)
    said = {"run_id": pipeline.run_id, "task_token": pipeline.payload("processor")["task_token"]}
    pipeline.cloud.client("sqs").send_message(QueueUrl=worker, MessageBody=json.dumps(said))
    until(lambda: pipeline.cloud.step(1) or pipeline.calls("worker") == 1)
    pipeline.cloud.step(345)
    assert (pipeline.calls("worker"), pipeline.describe()["status"]) == (1, "RUNNING")
    ended = pipeline.run_on()
    assert ended["status"] == "SUCCEEDED"
    assert pipeline.calls("worker") == 2
    notice = pipeline.notice()
    if crashes == 1:
        assert notice["kind"] == "success"
    else:
        assert notice["kind"] == "partial"
        assert f"- the objects were not all processed: {SILENCE}\n" in notice["text"]


@pytest.mark.parametrize("reason", ["truncated", "gone", "malformed", "too large"])
def test_an_object_that_is_left_out_is_named_with_the_reason(pipeline: Pipeline, reason: str) -> None:
    failed = [{"key": object_key(), "reason": reason}]
    pipeline.run(processor=[{"objects": 7, "datapoints": 70, "failed": failed, "failed_objects": 1}])
    notice = pipeline.notice()
    assert notice["kind"] == "partial"
    assert f"\nMissing:\n- {reason}, left out: {object_key()}\n\n" in notice["text"]


@pytest.mark.parametrize("truncated", [10, 11, 60])
def test_of_many_objects_that_are_left_out_ten_are_named_and_the_others_counted(
    pipeline: Pipeline, truncated: int
) -> None:
    failed = [{"key": object_key(number), "reason": "truncated"} for number in range(truncated)]
    pipeline.run(processor=[{"objects": 8, "datapoints": 70, "failed": failed[:50], "failed_objects": truncated}])
    text = pipeline.notice()["text"]
    assert [one["key"] in text for one in failed] == [number < 10 for number in range(truncated)]
    assert (f"- {truncated - 10} more objects are left out\n" in text) == (truncated > 10)


def test_an_object_that_an_analysis_leaves_out_is_named_once(pipeline: Pipeline) -> None:
    failed = [{"key": object_key(0), "reason": "truncated"}]
    pipeline.run(
        processor=[{"objects": 7, "datapoints": 70, "failed": failed, "failed_objects": 1}],
        trend=[analysis(left_out=2)],
        day_over_day=[analysis(left_out=12)],
    )
    notice = pipeline.notice()
    assert notice["kind"] == "partial"
    assert notice["text"].count(object_key(0)) == 1
    assert f"- trend leaves out: {object_key(1)}: 1 lines of 2\n" in notice["text"]
    assert "- day-over-day leaves out 2 more objects\n" in notice["text"]
    assert "trend leaves out 2" not in notice["text"]


def test_a_processor_that_fails_for_a_moment_is_asked_again_with_a_new_token(pipeline: Pipeline) -> None:
    pipeline.run(processor=["no table", PROCESSED])
    assert (pipeline.calls("processor"), pipeline.notice()["kind"]) == (2, "success")


def test_what_was_found_is_told_analysis_by_analysis_in_its_own_words(pipeline: Pipeline) -> None:
    pipeline.run(
        trend=[analysis("i-1 memory 93 % is above 90 %", text="1 finding (1 HIGH) of 3 hosts")],
        day_over_day=[analysis("i-2 network is half", text="1 finding (1 LOW) of 3 hosts")],
    )
    notice = pipeline.notice()
    assert (notice["kind"], notice["severity"]) == ("success", "MEDIUM")
    assert notice["subject"] == "live: host metrics, 2 findings"
    assert "\ntrend: 1 finding (1 HIGH) of 3 hosts\n- i-1 memory 93 % is above 90 %\n\n" in notice["text"]
    assert "\nday-over-day: 1 finding (1 LOW) of 3 hosts\n- i-2 network is half\n" in notice["text"]


@pytest.mark.parametrize("given", [50, 4], ids=["more than are told", "more than there was room for"])
def test_of_many_findings_the_first_ten_are_told_and_where_the_others_are(pipeline: Pipeline, given: int) -> None:
    texts = [f"finding {number:02}" for number in range(given)]
    pipeline.run(trend=[analysis(*texts, text="75 findings (75 HIGH) of 3 hosts", findings=75)])
    notice = pipeline.notice()
    told = min(given, 10)
    assert notice["subject"] == "live: host metrics, 75 findings"
    assert notice["text"].count("- finding") == told
    assert f"\n- finding {told - 1:02}\n- {75 - told} more, all in analysis/one/some.json\n" in notice["text"]


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_name_of_any_characters_is_told_on_a_line_of_its_own(pipeline: Pipeline, name: str) -> None:
    pipeline.run(
        cpu=[f"no {name}"],
        memory=[{**collected(hosts=40, silent=1), "silent_hosts": [name]}],
        trend=[analysis(f"x of {name} is y", text=f"1 finding of {name}")],
    )
    notice = pipeline.notice()
    shown = UNTOLD.sub(" ", name)
    assert f"\n- memory: 1 of 40 say nothing: {shown}\n" in notice["text"]
    assert f"\ntrend: 1 finding of {shown}\n- x of {shown} is y\n" in notice["text"]
    assert not UNTOLD.search(notice["text"].replace("\n", ""))


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
    assert ended["cause"].count("AuthorizationError") >= 1
    assert "; nobody was told: " in ended["cause"]


@pytest.mark.parametrize("hosts", ["many", {}], ids=["text for a number", "an object for a number"])
def test_what_nobody_thought_of_is_told_and_fails_the_run(pipeline: Pipeline, hosts: Any) -> None:
    ended = pipeline.run(disk=[{**collected(), "hosts": hosts}])
    assert (ended["status"], ended["error"]) == ("FAILED", "States.QueryEvaluationError")
    assert pipeline.entered()[-2:] == ["TellFailure", "Failed"]
    notice = pipeline.notice()
    assert (notice["kind"], notice["severity"]) == ("failure", "HIGH")
    assert notice["subject"] == "live: the run of host metrics failed"
    assert notice["text"].startswith("States.QueryEvaluationError: ")
    assert notice["text"].endswith(f"\n\nRun {pipeline.run_id}: {pipeline.execution}")


def outermost() -> dict[str, dict[str, Any]]:
    document = json.loads((RENDERED / "metrics_pipeline.asl.json").read_text(encoding="utf-8"))
    return dict(document["States"])


@pytest.mark.parametrize("name", [name for name, one in outermost().items() if one["Type"] in ("Parallel", "Task")])
def test_whatever_can_fail_is_caught(name: str) -> None:
    catchers = outermost()[name]["Catch"]
    assert [one["ErrorEquals"] for one in catchers[-2:]] == [["States.DataLimitExceeded"], ["States.ALL"]]
    [follower] = {one["Next"] for one in catchers}
    assert follower == {"TellFailure": "NotTold", "WaitForProcessing": "Analyze"}.get(name, "TellFailure")


def test_every_failure_comes_after_a_notice_or_the_attempt_at_one() -> None:
    states = outermost()
    for failure in (name for name, one in states.items() if one["Type"] == "Fail"):
        before = {name for name, one in states.items() if failure in json.dumps([one.get("Next"), one.get("Catch")])}
        assert before == {"TellFailure"}


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


@pytest.mark.parametrize(("types", "transitions"), [(1, 9), (4, 12), (8, 16)])
def test_a_month_of_up_to_eight_types_is_free(tmp_path: Path, types: int, transitions: int) -> None:
    [template] = [one for one in templates(ROOT) if one.name == "metrics_pipeline.asl.json.j2"]
    names = [f"type_{number}" for number in range(types)]
    definition = tmp_path / "metrics_pipeline.asl.json"
    definition.write_text(render_template(ROOT, template, {"metric_types": names}), encoding="utf-8")
    assert counted(definition)["usual"] == transitions <= 16
    assert transitions * RUNS_A_MONTH <= FREE_TRANSITIONS


def test_an_environment_s_own_types_are_branches_by_configuration_alone() -> None:
    [template] = [one for one in templates(ROOT) if one.name == "metrics_pipeline.asl.json.j2"]
    states = json.loads(render_template(ROOT, template, {"metric_types": ["cpu", "gpu_memory"]}))["States"]
    assert [list(one["States"]) for one in states["Collect"]["Branches"]] == [
        ["CollectCpu", "CpuFailed"],
        ["CollectGpuMemory", "GpuMemoryFailed"],
    ]
