"""An environment whose flows are looked after: it applies, plans empty, answers the smoke test and leaves nothing.

Without any one permission of the roles that come with the response something ends with AccessDenied; those of the
other roles are proven where `ELSEWHERE` says.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.permissions import Atom, Permissions
from local.test_approval_links import opened
from local.workspace import Workspace, eventually

pytestmark = [pytest.mark.local, pytest.mark.terraform]

MACHINES = ("flow-response", "flow-lifecycle", "settle-flow")
ELSEWHERE = {
    "test_permissions.py": (
        "*-alarm-state-change-rule-*",
        "*-alert-handler-function-*",
        "*-flow-state-check-rule-*",
        "*-flow-state-workflow-*",
        "*-flow-status-rule-*",
        "*-stream-monitor-function-*",
        "*-stream-monitor-workflow-* platform/*",
        "*-stream-monitor-workflow-* definition/*: lambda:InvokeFunction *",
        "*-stream-monitor-workflow-* definition/*: sqs:SendMessage *",
    ),
    "test_flow_lifecycle.py": ("*-flow-lifecycle-workflow-* definition/*", "*-settle-flow-workflow-* definition/*"),
    "test_flow_response_permissions.py": ("*-flow-response-workflow-* definition/*",),
}
"""File of tests → the permissions that it proves."""


@dataclass
class Live:
    """A deployment whose two flows are looked after, with a key of its own for the table.

    One schedule will start a flow in many years.
    """

    here: Workspace
    outputs: dict[str, Any]
    permissions: Permissions
    proven: set[Atom] = field(default_factory=set)

    @property
    def name(self) -> str:
        return str(self.outputs["name"])

    def flow(self, key: str) -> str:
        return str(self.outputs["flow_arns"][key])

    def machine(self, name: str) -> str:
        """The ARN of a state machine, by the end of its name."""
        some = self.outputs["response_state_machine_arn"].rpartition(":")[0]
        return f"{some.rpartition(':')[0]}:{self.name}-{name}"

    def executions(self, machine: str, since: int = 0, *, ended: bool = False) -> list[str]:
        """The executions of a machine that have started after an entry of the timeline, or ended."""
        return [
            entry["detail"]["execution_arn"]
            for entry in self.here.cloud.timeline(since)
            if entry["kind"] == "execution"
            and f":{self.name}-{machine}:" in entry["detail"]["execution_arn"]
            and (not ended or entry["detail"]["status"] != "RUNNING")
        ]

    def forget(self, flow: str) -> None:
        """Nobody knows of a flow's incident any more."""
        key = {"id": {"S": f"incident#{flow}"}}
        self.here.client("dynamodb").delete_item(TableName=self.outputs["table_name"], Key=key)

    def schedule(self, **target: Any) -> None:
        """Let the schedule be due in a moment; it aims at what it aimed at, but for what is given."""
        client = self.here.client("scheduler")
        [listed] = client.list_schedules()["Schedules"]
        known = client.get_schedule(Name=listed["Name"], GroupName=listed["GroupName"])
        kept = {name: known[name] for name in ("Name", "GroupName", "FlexibleTimeWindow")}
        now = datetime.fromisoformat(str(self.here.cloud.clock()["iso"]))
        due = (now + timedelta(seconds=2)).strftime("at(%Y-%m-%dT%H:%M:%S)")
        client.update_schedule(
            **kept, ScheduleExpression=due, ScheduleExpressionTimezone="UTC", Target={**known["Target"], **target}
        )


@pytest.fixture(scope="module")
def live(workspace: Callable[[str], Workspace]) -> Iterator[Live]:
    here = workspace("local")

    def respond(config: dict[str, Any]) -> None:
        flow = next(iter(config["flows"]))
        config["response"] = {"hold_seconds": 60}
        config["schedules"] = {
            "new-year": {"flow": flow, "action": "start", "schedule_expression": "at(2099-01-01T00:00:00)"}
        }

    here.configure(respond)
    kms, main = here.client("kms"), here.folder / "envs" / "local" / "main.tf"
    key = kms.create_key()["KeyMetadata"]
    text, variant = main.read_text(encoding="utf-8"), "  variant       = local.variant\n"
    assert variant in text
    main.write_text(text.replace(variant, f'  table_kms_key_arn = "{key["Arn"]}"\n{variant}'), encoding="utf-8")
    here.deploy()
    yield Live(here, here.outputs(), Permissions(here.cloud))
    here.headend("destroy", "--env", "local", "--yes", "--stop-flows")
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    assert here.cloud.inventory() == []


def test_a_second_plan_is_empty(live: Live) -> None:
    again = live.here.headend("plan", "--env", "local")
    assert "No changes" in again.out, again.text


def test_it_answers_the_smoke_test(live: Live) -> None:
    live.here.headend("smoke", "--env", "local")


# What uses the permissions


def an_answer(live: Live) -> None:
    """Somebody opens the page of an approval and presses a button, when the workflow no longer waits."""
    name, key = uuid.uuid4().hex, "key"
    item = {
        "id": {"S": f"approval#{name}"},
        "token": {"S": "no-token"},
        "key_hash": {"S": hashlib.sha256(key.encode()).hexdigest()},
        "title": {"S": "Restart the flow?"},
        "text": {"S": "Both sources are dead."},
        "flow_name": {"S": "studio-a"},
        "expires": {"N": "9999999999"},
        "expiration": {"N": "9999999999"},
    }
    live.here.client("dynamodb").put_item(TableName=live.outputs["table_name"], Item=item)
    page = f"{live.outputs['approval_url']}/approvals/{name}"
    opened(f"{page}?key={key}")
    opened(page, {"key": key, "answer": "approve"})


def a_cold_start(live: Live) -> None:
    """The page in a new process: a log stream of its own."""
    client, name = live.here.client("lambda"), f"{live.name}-approvals"
    known = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    changed = {**known, "RUN": uuid.uuid4().hex}
    client.update_function_configuration(FunctionName=name, Environment={"Variables": changed})
    client.invoke(FunctionName=name, Payload=b"{}")
    client.update_function_configuration(FunctionName=name, Environment={"Variables": known})


def a_destination_that_is_set(live: Live) -> None:
    """Lambda looks whether the page's role can send to the queue for what fails."""
    client, name = live.here.client("lambda"), f"{live.name}-approvals"
    [alias] = client.list_aliases(FunctionName=name)["Aliases"]
    known = client.get_function_event_invoke_config(FunctionName=name, Qualifier=alias["Name"])
    _tried(
        lambda: client.put_function_event_invoke_config(
            FunctionName=name,
            Qualifier=alias["Name"],
            DestinationConfig=known["DestinationConfig"],
            MaximumRetryAttempts=known["MaximumRetryAttempts"],
        )
    )


def state_machines_that_are_updated(live: Live) -> None:
    """Step Functions arranges the delivery of logs with the machine's role."""
    states = live.here.client("stepfunctions")
    for name in MACHINES:
        arn = live.machine(name)
        known = states.describe_state_machine(stateMachineArn=arn)["loggingConfiguration"]
        _tried(
            lambda arn=arn, known=known: states.update_state_machine(stateMachineArn=arn, loggingConfiguration=known)
        )


def _tried(call: Callable[[], Any]) -> None:
    """A call that AWS refuses when a permission is missing: the timeline tells why."""
    try:
        call()
    except ClientError as error:
        assert "permission" in str(error) or "authorized" in str(error), error


def executions_that_are_traced(live: Live) -> None:
    """Each workflow, by hand: it cannot work with what it gets, and that is traced, too."""
    since = live.permissions.seq()
    for name in MACHINES:
        live.here.client("stepfunctions").start_execution(stateMachineArn=live.machine(name), input="{}")
    live.permissions.settled(
        "their ends", since, lambda: all(live.executions(name, since, ended=True) for name in MACHINES)
    )


def a_flow_that_stops_or_starts(live: Live) -> None:
    """MediaConnect says so, and the rule for its events starts the workflow."""
    since = live.permissions.seq()
    client, flow = live.here.client("mediaconnect"), live.flow("studio-b")

    def settled() -> str | None:
        status = str(client.describe_flow(FlowArn=flow)["Flow"]["Status"])
        return status if status in ("ACTIVE", "STANDBY") else None

    status = eventually("a settled flow", settled)
    (client.stop_flow if status == "ACTIVE" else client.start_flow)(FlowArn=flow)
    eventually("the other state", lambda: settled() not in (None, status))
    live.permissions.settled("the rule's execution", since, lambda: live.executions("stream-monitor", since))


def a_schedule_that_is_due(live: Live) -> None:
    """Scheduler starts the workflow, which finds the flow on air."""
    since = live.permissions.seq()
    live.schedule()
    live.permissions.settled("its execution", since, lambda: live.executions("flow-lifecycle", since, ended=True))


def a_schedule_that_finds_nothing(live: Live) -> None:
    """Scheduler keeps what it could not deliver."""
    since = live.permissions.seq()
    client, sqs = live.here.client("scheduler"), live.here.client("sqs")
    [listed] = client.list_schedules()["Schedules"]
    known = client.get_schedule(Name=listed["Name"], GroupName=listed["GroupName"])["Target"]
    url = sqs.get_queue_url(QueueName=known["DeadLetterConfig"]["Arn"].split(":")[5])["QueueUrl"]

    def kept() -> bool:
        got = sqs.receive_message(QueueUrl=url).get("Messages", [])
        for message in got:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bool(got)

    while kept():  # what another exercise has left
        pass
    live.schedule(Arn=f"{live.machine('flow-lifecycle')}:gone", RetryPolicy={"MaximumRetryAttempts": 0})
    live.permissions.settled("the letter", since, kept)
    live.schedule(**known)


def an_incident(live: Live) -> None:
    """The workflow, by hand, finds packets lost where nobody knows of it: somebody has to look after that."""
    since = live.permissions.seq()
    flow = live.flow("studio-a")
    live.forget(flow)
    lost = {
        "MetricName": "SourcePacketLossPercent",
        "Dimensions": [{"Name": "FlowARN", "Value": flow}],
        "Value": 50.0,
        "StorageResolution": 1,
    }
    live.here.client("cloudwatch").put_metric_data(Namespace="AWS/MediaConnect", MetricData=[lost])
    states = live.here.client("stepfunctions")
    given = json.dumps({"flow_arn": flow})
    states.start_execution(stateMachineArn=live.outputs["state_machine_arn"], input=given)
    live.permissions.settled("the response", since, lambda: live.executions("flow-response", since))
    for one in states.list_executions(stateMachineArn=live.machine("flow-response"), statusFilter="RUNNING")[
        "executions"
    ]:
        states.stop_execution(executionArn=one["executionArn"])


EXERCISES: dict[Callable[[Live], None], tuple[str, ...]] = {
    an_answer: (
        "*-approvals-function-* function/Answer:*",
        "*-approvals-function-* function/ReadAndAnswerApprovals:*",
        "*-approvals-function-* function/Trace:*",
        "*-approvals-function-* function/UseTableKey:*",
        "*-approvals-function-* function/WriteOwnLogGroup: logs:PutLogEvents *",
    ),
    a_cold_start: ("*-approvals-function-* function/WriteOwnLogGroup: logs:CreateLogStream *",),
    a_destination_that_is_set: ("*-approvals-function-* function/SaveAsyncFailures:*",),
    state_machines_that_are_updated: tuple(f"*-{name}-workflow-* platform/DeliverLogs:*" for name in MACHINES),
    executions_that_are_traced: tuple(f"*-{name}-workflow-* platform/Trace:*" for name in MACHINES),
    a_schedule_that_is_due: ("*-schedules-* start-execution/StartFlowLifecycle:*",),
    a_schedule_that_finds_nothing: ("*-schedules-* start-execution/KeepWhatCouldNotBeDelivered:*",),
    a_flow_that_stops_or_starts: ("*-media-events-rule-*",),
    an_incident: (
        "*-alert-handler-function-* function/UseTableKey:*",
        "*-stream-monitor-workflow-* definition/StartResponseStartExecution:*",
    ),
}
"""What uses permissions → those that it uses."""


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.__name__)
def test_it_ends_with_access_denied_without_any_one_permission_that_it_uses(
    live: Live, exercise: Callable[[Live], None]
) -> None:
    live.permissions.prove(lambda: exercise(live), live.proven, *EXERCISES[exercise])


def test_no_permission_is_without_an_exercise(live: Live) -> None:
    everything = [str(atom) for atom in live.permissions.used()]
    patterns = [pattern for some in ELSEWHERE.values() for pattern in some]
    idle = [pattern for pattern in patterns if not any(fnmatchcase(one, pattern) for one in everything)]
    assert idle == [], "no role has such a permission"
    unproven = live.permissions.left(live.proven, {})
    left = [one for one in unproven if not any(fnmatchcase(one, pattern) for pattern in patterns)]
    assert left == [], "\n".join(["no exercise uses:", *left])


def test_a_flow_that_goes_silent_is_looked_after(live: Live) -> None:
    since = live.permissions.seq()
    live.forget(live.flow("studio-a"))
    live.here.cloud.set_scenario(live.flow("studio-a"), "silence")
    eventually("a response", lambda: live.executions("flow-response", since))
