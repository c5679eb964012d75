"""The response workflow needs every permission that was derived for it: without any one of them it is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta

import pytest
from botocore.exceptions import ClientError

from running_cloud import cloud
from unit.asl_templates.derived_roles import granted, refused, take_away
from unit.asl_templates.test_flow_response import (
    BAD,
    GOOD,
    RENDERED,
    RESTART,
    SWITCH,
    Response,
    around,
    assessed,
    response,
)

__all__ = ["around", "cloud", "response"]

Exercise = Callable[[Response], None]


def a_look(response: Response) -> None:
    response.script(GOOD)
    response.start()
    response.cloud.step(1)


def a_mute_that_ends(response: Response) -> None:
    response.script(BAD)
    now = response.cloud.server.clock.now().astimezone(UTC)
    response.start(muted_until=(now + timedelta(seconds=5)).isoformat(timespec="milliseconds").replace("+00:00", "Z"))
    response.cloud.step(6)


def an_incident_that_lasts(response: Response) -> None:
    response.script(BAD)
    response.start(opened_at=response.opened_at - 1_000_000)
    response.cloud.step(1)


def a_long_incident(response: Response) -> None:
    response.script(BAD)
    response.start()
    response.cloud.step(21)


def a_switch(response: Response) -> None:
    response.script(SWITCH, assessed(helped=True), GOOD)
    response.start()
    response.cloud.step(11)


def an_approved_restart(response: Response) -> str:
    response.script(RESTART)
    execution = response.start()
    response.let(execution, lambda: "approval" in response.kinds(), step=1)
    response.cloud.client("stepfunctions").send_task_success(taskToken=response.token(), output='{"approved": true}')
    return execution


def a_restart_that_is_cut_short(response: Response) -> None:
    execution = an_approved_restart(response)
    response.let(execution, lambda: "RestartFlow" in response.states(execution), step=1)
    response.cloud.client("stepfunctions").stop_execution(executionArn=execution)


def a_restart(response: Response) -> None:
    an_approved_restart(response)
    response.cloud.step(6)


def an_update_of_the_machine(response: Response) -> None:
    """Step Functions keeps a rule for nested executions, in the machine's role."""
    states, arn = response.cloud.client("stepfunctions"), response.machine.rpartition(":")[0]
    known = states.describe_state_machine(stateMachineArn=arn)
    with pytest.raises(ClientError, match="AccessDenied"):
        states.update_state_machine(stateMachineArn=arn, definition=known["definition"], roleArn=known["roleArn"])


EXERCISES: dict[tuple[str, str], Exercise] = {
    ("LookAgainStartExecution", "states:StartExecution"): a_mute_that_ends,
    ("ReadMemoryAnd1MoreGetItem", "dynamodb:GetItem"): a_look,
    ("ReadMemoryAnd3MoreDecrypt", "kms:Decrypt"): a_look,
    ("AssessAnd3MoreInvokeFunction", "lambda:InvokeFunction"): a_look,
    ("TellMonitoringFailedAnd4MoreInvokeFunction", "lambda:InvokeFunction"): an_incident_that_lasts,
    ("ReserveSwitchAnd1MoreUpdateItem", "dynamodb:UpdateItem"): a_switch,
    ("ReadFlowDescribeFlow", "mediaconnect:DescribeFlow"): a_switch,
    ("SwitchSourceUpdateFlow", "mediaconnect:UpdateFlow"): a_switch,
    ("RestartFlowStartExecution", "states:StartExecution"): a_restart,
    ("RestartFlowDescribeExecutionAnd1More", "states:DescribeExecution"): a_restart,
    ("RestartFlowDescribeExecutionAnd1More", "states:StopExecution"): a_restart_that_is_cut_short,
    ("RestartFlowDescribeRuleAnd2More", "events:DescribeRule"): an_update_of_the_machine,
    ("RestartFlowDescribeRuleAnd2More", "events:PutRule"): an_update_of_the_machine,
    ("RestartFlowDescribeRuleAnd2More", "events:PutTargets"): an_update_of_the_machine,
    ("HandOverStartExecution", "states:StartExecution"): a_long_incident,
    ("SourceMetadataDescribeFlowSourceMetadata", "mediaconnect:DescribeFlowSourceMetadata"): a_look,
    ("SourceThumbnailDescribeFlowSourceThumbnail", "mediaconnect:DescribeFlowSourceThumbnail"): a_look,
}
"""(statement, action) → what is refused without it."""


def test_no_permission_is_without_an_exercise() -> None:
    assert sorted(EXERCISES) == sorted(granted(RENDERED / "flow_response.policy.json"))


@pytest.mark.parametrize(
    ("sid", "action", "exercise", "response"),
    [
        pytest.param(
            sid, action, exercise, {"max_rounds": 1} if exercise is a_long_incident else {}, id=f"{sid}-{action}"
        )
        for (sid, action), exercise in EXERCISES.items()
    ],
    indirect=["response"],
)
def test_without_any_one_permission_it_is_refused_and_nothing_else_is_missing(
    response: Response, sid: str, action: str, exercise: Exercise
) -> None:
    role = f"{response.machine.split(':')[6]}-role"
    take_away(response.cloud, role, sid, action)
    exercise(response)
    assert refused(response.cloud, role) == {action}
