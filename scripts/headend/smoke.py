"""Post-deploy checks of a running deployment; the same for the local cloud and AWS.

They read the outputs and ask the running system. What they make is temporary and is removed again; what they send is
called a smoke test, has severity LOW, and is followed by its own recovery notice.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import botocore.exceptions

from headend.aws import Aws
from headend.config import Config
from headend.errors import HeadendError, UsageError
from headend.flows import Flows, name_of
from headend.temporary_queue import TemporaryQueue

METRIC_SECONDS = 300.0
LOCAL_METRIC_SECONDS = 60.0
ALERT_SECONDS = 120.0
METRIC_WINDOW = timedelta(minutes=15)
_NEEDED = (
    "alarm_names",
    "alert_topic_arn",
    "direct_topic_arn",
    "flow_arns",
    "functions",
    "log_group_names",
    "state_machine_arn",
)
_T = TypeVar("_T")


@dataclass(frozen=True)
class Check:
    """One thing that was checked."""

    name: str
    ok: bool
    detail: str
    seconds: float


class CheckFailedError(HeadendError):
    """What a check found wrong, with what to look at."""


@dataclass
class Smoke:
    """The checks of one deployment; `outputs` are its Terraform outputs. `tell` receives progress."""

    config: Config
    aws: Aws
    outputs: dict[str, Any]
    tell: Callable[[str], None]

    def run(self) -> Iterator[Check]:
        """Run all; one failing check does not keep the others from being run."""
        missing = [name for name in _NEEDED if name not in self.outputs]
        if missing:
            raise UsageError(f"outputs: no {', '.join(missing)}; apply the environment first")
        for name, action in self._plan():
            self.tell(f"checking: {name}")
            began = time.monotonic()
            try:
                detail, ok = action(), True
            except (HeadendError, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
                detail, ok = " ".join(str(error).split()), False
            yield Check(name, ok, detail, round(time.monotonic() - began, 1))

    def _plan(self) -> Iterator[tuple[str, Callable[[], str]]]:
        for key, arn in self.outputs["flow_arns"].items():
            on_air = self._on_air(key)
            yield f"flow {key} is {'ACTIVE' if on_air else 'settled'}", lambda key=key, arn=arn: self.flow(key, arn)  # type: ignore[misc]
            if on_air:
                yield f"metrics of {key} arrive", lambda arn=arn: self.metrics(arn)  # type: ignore[misc]
            yield f"the workflow checks {key}", lambda arn=arn: self.workflow(arn)  # type: ignore[misc]
        if self.outputs["functions"]:
            yield "the monitor function answers", self.function
        yield "an alarm starts the workflow", self.alarm
        if self.outputs["functions"]:  # nothing but the alert function can be handed an alert without a fault
            yield "a test alert arrives", self.alert
        if self.outputs.get("live"):
            yield from self._live()

    def _live(self) -> Iterator[tuple[str, Callable[[], str]]]:
        from headend.live_outputs import read
        from headend.prefer import preference as of_env
        from headend.smoke_live import LiveSmoke

        preference = of_env(self.aws, self.outputs, self.config.name)
        yield from LiveSmoke(self.aws, read(self.outputs), preference, self.tell).plan()

    def _on_air(self, key: str) -> bool:
        flow = self.config.flows.get(key)
        return bool(flow and flow.start)

    def flow(self, key: str, arn: str) -> str:
        """A flow with `start: true` is ACTIVE; another one is in any state that lasts, except ERROR."""
        status = Flows(self.aws, self.tell).settle(arn)
        wanted = ("ACTIVE",) if self._on_air(key) else ("ACTIVE", "STANDBY")
        if status not in wanted:
            raise CheckFailedError(f"{name_of(arn)} is {status}; `headend apply` starts it, its messages say why not")
        return f"{name_of(arn)} is {status}"

    def metrics(self, arn: str) -> str:
        """A bit rate of the flow arrived in the last minutes."""
        client = self.aws.client("cloudwatch")
        query = {
            "Id": "rate",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/MediaConnect",
                    "MetricName": "SourceBitRate",
                    "Dimensions": [{"Name": "FlowARN", "Value": arn}],
                },
                "Period": 10,
                "Stat": "Average",
            },
        }

        def look() -> str | None:
            now = datetime.now(UTC)
            found = client.get_metric_data(MetricDataQueries=[query], StartTime=now - METRIC_WINDOW, EndTime=now)
            values = found["MetricDataResults"][0]["Values"]
            return f"SourceBitRate {values[0] / 1e6:.1f} Mb/s" if values else None

        seconds = LOCAL_METRIC_SECONDS if self.aws.is_local else METRIC_SECONDS
        return self._await(look, seconds, "no SourceBitRate; is the sender connected?")

    def workflow(self, arn: str) -> str:
        """A check by hand runs through the workflow and ends in an outcome."""
        answer = self.aws.client("stepfunctions").start_sync_execution(
            stateMachineArn=self.outputs["state_machine_arn"], input=json.dumps({"flow_arn": arn})
        )
        if answer["status"] != "SUCCEEDED":
            reason = " ".join(f"{answer.get('error', '')}: {answer.get('cause', '')}".split())[:300]
            raise CheckFailedError(f"the execution is {answer['status']} ({reason}); see the workflow's log group")
        outcome = json.loads(answer["output"]).get("outcome")
        return f"outcome {outcome}"

    def function(self) -> str:
        """The monitor function starts, and refuses an empty event by name, as it should."""
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.outputs["functions"]["stream_monitor"], Payload=json.dumps({"event": {}}).encode()
        )
        payload = json.loads(answer["Payload"].read() or b"null")
        error = payload.get("errorType") if isinstance(payload, dict) else None
        if error != "InvalidEvent":
            raise CheckFailedError(f"an empty event gave {json.dumps(payload)[:200]}, wanted InvalidEvent; see its log")
        return "refuses an empty event (InvalidEvent)"

    def alarm(self) -> str:
        """A transition of an alarm reaches the direct topic, and an execution of the workflow."""
        key, alarms = next(iter(self.outputs["alarm_names"].items()))
        name = alarms.get("packet-loss") or next(iter(alarms.values()))
        client = self.aws.client("cloudwatch")
        before = client.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]
        if before == "ALARM":
            return f"{name} is in ALARM by itself and was not touched"
        token = f"headend smoke test {uuid.uuid4().hex}"
        with TemporaryQueue(self.aws, self.config.name, [self.outputs["direct_topic_arn"]]) as queue:
            since = datetime.now(UTC)
            client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason=token)
            try:
                if not queue.wait_for(lambda message: token in str(message.get("Message")), ALERT_SECONDS):
                    raise CheckFailedError(f"{name} went to ALARM but nothing came through the direct topic")
                outcome = self._await(
                    lambda: self._execution(token, since), ALERT_SECONDS, f"{name} started no execution; see the rule"
                )
            finally:
                client.set_alarm_state(AlarmName=name, StateValue="OK", StateReason=f"end of {token}")
        return f"{name} of {key}: {outcome}"

    def _execution(self, token: str, since: datetime) -> str | None:
        """How the execution ended whose input holds `token`, from the workflow's log; None while it has not."""
        client = self.aws.client("logs")
        group = self.outputs["log_group_names"]["stream_monitor_workflow"]
        start = int((since - timedelta(seconds=5)).timestamp() * 1000)

        def entries(pattern: str) -> list[dict[str, Any]]:
            pages = client.get_paginator("filter_log_events").paginate(
                logGroupName=group, startTime=start, filterPattern=f'"{pattern}"'
            )
            return [json.loads(event["message"]) for page in pages for event in page["events"]]

        started = [entry["execution_arn"] for entry in entries(token) if entry.get("type") == "ExecutionStarted"]
        if not started:
            return None
        ends = [entry for entry in entries(started[0]) if entry.get("type", "").startswith("Execution")]
        for entry in ends:
            if entry["type"] == "ExecutionSucceeded":
                return f"outcome {json.loads(entry['details']['output']).get('outcome')}"
            if entry["type"] != "ExecutionStarted":
                raise CheckFailedError(f"the execution it started ended as {entry['type']}; see log group {group}")
        return None

    def alert(self) -> str:
        """An alert and its recovery notice, named a smoke test, come through the alert topic."""
        name, marker = f"{self.config.name}-smoke-test", uuid.uuid4().hex
        topic = self.outputs["alert_topic_arn"]
        with TemporaryQueue(self.aws, self.config.name, [topic]) as queue:
            subjects = []
            incident = None
            for kind in ("alert", "recovery"):
                answer = self._tell_people(kind, name, marker, incident)
                if answer["outcome"] != kind:
                    raise CheckFailedError(
                        f"the alert function answered {answer['outcome']!r} to a test {kind}; see its log"
                    )
                incident = answer.get("incident")
                message = queue.wait_for(lambda got, kind=kind: _is_kind(got, kind, name), ALERT_SECONDS)  # type: ignore[misc]
                if not message:
                    raise CheckFailedError(f"the test {kind} was published but did not arrive; see {topic}")
                subjects.append(str(message.get("Subject")))
        return " / ".join(subjects)

    def _tell_people(self, kind: str, name: str, marker: str, incident: dict[str, Any] | None) -> dict[str, Any]:
        """What the alert function answers. `incident` is the one that it opened, where a response workflow ends it."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        account, region = self.outputs["alert_topic_arn"].split(":")[4], self.aws.region
        issue = {"metric": "SmokeTest", "value": 1, "unit": "Count", "threshold": 0, "severity": "LOW"}
        result = {
            "flow_name": name,
            "flow_arn": f"arn:aws:mediaconnect:{region}:{account}:flow:smoke-test-{marker}:{name}",
            "flow_key": "smoke-test",
            "flow_status": "ACTIVE",
            "time": now,
            "healthy": kind == "recovery",
            "issues": [issue] if kind == "alert" else [],
            "values": {"SmokeTest": 1 if kind == "alert" else 0},
            "alarm": None,
            "transition_id": f"{self.config.name}/smoke-test/{marker}/{kind}",
        }
        execution = {"arn": f"{self.outputs['state_machine_arn']}:smoke-test-{marker}", "name": marker, "started": now}
        payload = {"kind": kind, "result": result, "error": None, "event": {}, "execution": execution}
        if incident:
            payload["incident"] = {"id": incident["id"]}
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.outputs["functions"]["alert_handler"], Payload=json.dumps(payload).encode()
        )
        body = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError"):
            raise CheckFailedError(f"the alert function failed: {json.dumps(body)[:300]}")
        return dict(body)

    def _await(self, look: Callable[[], _T | None], seconds: float, otherwise: str) -> _T:
        end = time.monotonic() + seconds
        while True:
            found = look()
            if found is not None:
                return found
            if time.monotonic() > end:
                raise CheckFailedError(f"{otherwise} (waited {seconds:.0f} s)")
            time.sleep(0.5 if self.aws.is_local else 5)


def _is_kind(message: dict[str, Any], kind: str, flow: str) -> bool:
    attributes = {name: value.get("Value") for name, value in (message.get("MessageAttributes") or {}).items()}
    return attributes.get("kind") == kind and attributes.get("flow") == flow


def as_json(checks: list[Check]) -> str:
    """For another program: {ok, checks: [{name, ok, detail, seconds}]}."""
    return json.dumps(
        {"ok": all(check.ok for check in checks), "checks": [asdict(check) for check in checks]}, indent=2
    )
