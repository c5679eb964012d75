"""Every permission of every role of the deployment is needed: without it something ends with AccessDenied.

Each exercise is run with all permissions first: what it used is what it proves. Then it is run once without each of
them. A permission that no exercise uses fails the last test, unless it is listed there with its reason.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.permissions import Atom, Permissions
from local.workspace import Workspace, eventually

pytestmark = [pytest.mark.local, pytest.mark.terraform]

UNUSED: dict[str, str] = {}
"""Action → why nothing here can use it."""
COUNT = itertools.count(1)


@dataclass
class Live:
    """A deployment with one healthy flow and one that loses packets."""

    here: Workspace
    outputs: dict[str, Any]
    permissions: Permissions
    proven: set[Atom] = field(default_factory=set)

    def flow(self, key: str) -> str:
        return str(self.outputs["flow_arns"][key])

    def machine(self, output: str) -> str:
        """A state machine's own ARN, from its alias's."""
        return str(self.outputs[output]).rpartition(":")[0]

    def executed(self, machine: str, since: int, *, ended: bool = True) -> bool:
        """Whether an execution of the machine has started after an entry, and ended."""
        name = machine.split(":")[6]
        return any(
            entry["kind"] == "execution"
            and f":{name}:" in entry["detail"]["execution_arn"]
            and (not ended or entry["detail"]["status"] != "RUNNING")
            for entry in self.here.cloud.timeline(since)
        )


@pytest.fixture(scope="module")
def live(workspace: Callable[[str], Workspace]) -> Iterator[Live]:
    here = workspace("local")
    here.deploy()
    outputs = here.outputs()
    running = Live(here, outputs, Permissions(here.cloud))
    here.cloud.set_scenario(running.flow("studio-b"), "loss-burst")
    eventually("the first alert", lambda: any(e["kind"] == "notification" for e in here.cloud.timeline()))
    yield running
    here.headend("destroy", "--env", "local", "--yes", "--stop-flows")


# What uses the permissions


def a_check_of_a_healthy_flow(live: Live) -> None:
    """The workflow by hand: the monitor function looks at the flow and its metrics."""
    _check(live, "studio-a")


def a_check_of_a_lossy_flow(live: Live) -> None:
    """The workflow by hand: the monitor finds something, the alert handler is called."""
    _check(live, "studio-b")


def _check(live: Live, key: str) -> None:
    since = live.permissions.seq()
    states = live.here.client("stepfunctions")
    given = json.dumps({"flow_arn": live.flow(key)})
    arn = states.start_execution(stateMachineArn=live.outputs["state_machine_arn"], input=given)["executionArn"]

    def ended() -> bool:
        return any(
            entry["kind"] == "execution"
            and entry["detail"]["execution_arn"] == arn
            and entry["detail"]["status"] != "RUNNING"
            for entry in live.here.cloud.timeline(since)
        )

    live.permissions.settled("the end of the check", since, ended)


def an_alert_and_a_recovery(live: Live) -> None:
    """The alert handler is told of trouble and of its end: it remembers the incident, tells people, and forgets."""
    alarm = f"{live.outputs['name']}/studio-a/packet-loss"
    moment = datetime.now(UTC) + timedelta(seconds=next(COUNT))
    for kind, state in (("alert", "ALARM"), ("recovery", "OK")):
        moment += timedelta(milliseconds=250)
        at = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        issue = {
            "metric": "SourcePacketLossPercent",
            "value": 3.5,
            "unit": "Percent",
            "threshold": 0.1,
            "severity": "HIGH",
        }
        result = {
            "flow_name": live.outputs["flow_names"]["studio-a"],
            "flow_arn": live.flow("studio-a"),
            "flow_key": "studio-a",
            "flow_status": "ACTIVE",
            "time": at,
            "healthy": kind == "recovery",
            "issues": [issue] if kind == "alert" else [],
            "values": {},
            "alarm": {"name": alarm, "state": state, "previous_state": None, "transition_time": at, "reason": "test"},
            "transition_id": f"{alarm}@{at}",
        }
        payload = {
            "kind": kind,
            "result": result,
            "error": None,
            "event": {},
            "execution": {"arn": _EXECUTION, "started": at},
        }
        _invoke(live, live.outputs["functions"]["alert_handler"], payload)
        if kind == "alert":  # the same transition again, which it has to recognise
            _invoke(live, live.outputs["functions"]["alert_handler"], payload)


_EXECUTION = "arn:aws:states:us-east-1:123456789012:express:live-local-stream-monitor:by-hand:1"


def _invoke(live: Live, function: str, payload: dict[str, Any]) -> None:
    live.here.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload))


def cold_starts(live: Live) -> None:
    """Each function in a new process: a log stream of its own."""
    client = live.here.client("lambda")
    for alias in live.outputs["functions"].values():
        name = alias.split(":")[6]
        known = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        client.update_function_configuration(
            FunctionName=name, Environment={"Variables": {**known, "RUN": str(next(COUNT))}}
        )
        _invoke(live, name, {})
        client.update_function_configuration(FunctionName=name, Environment={"Variables": known})


def an_alarm_that_changes(live: Live) -> None:
    """The rule for alarms starts the workflow."""
    since = live.permissions.seq()
    cloudwatch = live.here.client("cloudwatch")
    name = live.outputs["alarm_names"]["studio-a"]["jitter"]
    was = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]
    now = "OK" if was == "ALARM" else "ALARM"
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=now, StateReason=f"exercise {next(COUNT)}")
    machine = live.machine("state_machine_arn")
    live.permissions.settled("the execution of the rule", since, lambda: live.executed(machine, since))


def a_flow_that_stops_or_starts(live: Live) -> None:
    """The rule for the status of flows starts the other workflow."""
    since = live.permissions.seq()
    client, flow = live.here.client("mediaconnect"), live.flow("studio-b")
    status = eventually("a settled flow", lambda: _settled(client, flow))
    (client.stop_flow if status == "ACTIVE" else client.start_flow)(FlowArn=flow)
    eventually("the other state", lambda: _settled(client, flow) not in (None, status))
    machine = live.machine("flow_state_machine_arn")
    live.permissions.settled("the execution of the rule", since, lambda: live.executed(machine, since))


def _settled(client: Any, flow: str) -> str | None:
    status = str(client.describe_flow(FlowArn=flow)["Flow"]["Status"])
    return status if status in ("ACTIVE", "STANDBY") else None


def the_states_of_the_flows(live: Live) -> None:
    """The second workflow by hand: it looks at both flows and writes a metric."""
    since = live.permissions.seq()
    machine = live.outputs["flow_state_machine_arn"]
    given = json.dumps({"flow_arns": [live.flow("studio-a"), live.flow("studio-b")]})
    live.here.client("stepfunctions").start_execution(stateMachineArn=machine, input=given)
    live.permissions.settled(
        "the end of the check", since, lambda: live.executed(live.machine("flow_state_machine_arn"), since)
    )


def a_minute(live: Live) -> None:
    """The rule that runs once a minute."""
    since = live.permissions.seq()
    live.here.cloud.pause()
    try:
        live.here.cloud.step(61)
    finally:
        live.here.cloud.resume()
    machine = live.machine("flow_state_machine_arn")
    live.permissions.settled("the execution of the rule", since, lambda: live.executed(machine, since))


def an_event_that_cannot_be_parsed(live: Live) -> None:
    """The workflow saves what it cannot handle."""
    since = live.permissions.seq()
    arn = live.outputs["state_machine_arn"]
    live.here.client("stepfunctions").start_execution(stateMachineArn=arn, input='{"neither": "event nor check"}')
    machine = live.machine("state_machine_arn")
    live.permissions.settled("the dead letter", since, lambda: live.executed(machine, since))


def state_machines_that_are_updated(live: Live) -> None:
    """Step Functions arranges the delivery of logs with the machine's role."""
    states = live.here.client("stepfunctions")
    for output in ("state_machine_arn", "flow_state_machine_arn"):
        arn = live.machine(output)
        known = states.describe_state_machine(stateMachineArn=arn)
        _tried(
            lambda arn=arn, known=known: states.update_state_machine(
                stateMachineArn=arn, loggingConfiguration=known["loggingConfiguration"]
            )
        )


def destinations_that_are_set(live: Live) -> None:
    """Lambda looks whether the function's role can send to the queue for what fails."""
    client = live.here.client("lambda")
    for alias in live.outputs["functions"].values():
        name, qualifier = alias.split(":")[6:]
        known = client.get_function_event_invoke_config(FunctionName=name, Qualifier=qualifier)
        _tried(
            lambda name=name, qualifier=qualifier, known=known: client.put_function_event_invoke_config(
                FunctionName=name,
                Qualifier=qualifier,
                DestinationConfig=known["DestinationConfig"],
                MaximumRetryAttempts=known["MaximumRetryAttempts"],
            )
        )


def _tried(call: Callable[[], Any]) -> None:
    """A call that AWS refuses when a permission is missing: the timeline tells why."""
    from botocore.exceptions import ClientError

    try:
        call()
    except ClientError as error:
        assert "permission" in str(error) or "authorized" in str(error), error


EXERCISES: dict[Callable[[Live], None], tuple[str, ...]] = {
    an_event_that_cannot_be_parsed: ("*-stream-monitor-workflow-* definition/SendToDeadLetterQueueSendMessage:*",),
    the_states_of_the_flows: ("*-flow-state-workflow-* definition/*", "*-flow-state-workflow-* platform/Trace:*"),
    a_check_of_a_healthy_flow: (
        "*-stream-monitor-workflow-* definition/MonitorStreamInvokeFunction:*-stream-monitor:live",
        "*-stream-monitor-workflow-* platform/Trace:*",
        "*-stream-monitor-function-* function/DescribeFlows:*studio-a",
        "*-stream-monitor-function-* function/ReadMetrics:*",
        "*-stream-monitor-function-* function/Trace:*",
        "*-stream-monitor-function-* function/WriteOwnLogGroup: logs:PutLogEvents *",
    ),
    a_check_of_a_lossy_flow: (
        "*-stream-monitor-workflow-* definition/SendAlertAnd2MoreInvokeFunction:*-alert-handler:live",
        "*-stream-monitor-function-* function/DescribeFlows:*studio-b",
    ),
    an_alert_and_a_recovery: (
        "*-alert-handler-function-* function/Publish:*",
        "*-alert-handler-function-* function/Remember:*",
        "*-alert-handler-function-* function/Trace:*",
        "*-alert-handler-function-* function/UseKeys:*",
        "*-alert-handler-function-* function/WriteOwnLogGroup: logs:PutLogEvents *",
    ),
    cold_starts: ("*-function-* function/WriteOwnLogGroup: logs:CreateLogStream *",),
    an_alarm_that_changes: ("*-alarm-state-change-rule-*",),
    state_machines_that_are_updated: ("*-workflow-* platform/DeliverLogs:*",),
    destinations_that_are_set: ("*-function-* function/SaveAsyncFailures:*",),
    a_flow_that_stops_or_starts: ("*-flow-status-rule-*",),
    a_minute: ("*-flow-state-check-rule-*",),
}
"""What uses permissions → those that it uses."""


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.__name__)
def test_it_ends_with_access_denied_without_any_one_permission_that_it_uses(
    live: Live, exercise: Callable[[Live], None]
) -> None:
    live.permissions.prove(lambda: exercise(live), live.proven, *EXERCISES[exercise])


def test_no_permission_is_without_an_exercise(live: Live) -> None:
    left = live.permissions.left(live.proven, UNUSED)
    assert left == [], "\n".join(["no exercise uses:", *left])
