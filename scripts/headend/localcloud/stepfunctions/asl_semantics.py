"""Where moto's interpreter is more lenient than Step Functions, or names errors differently: corrected here.

- paths, intrinsic functions and comparisons are the local cloud's own: asl_expressions;
- a Choice without a match and without Default fails with States.NoChoiceMatched;
- nothing catches States.Runtime, and States.ALL does not catch States.DataLimitExceeded;
- States.TaskFailed catches every error but States.Timeout;
- results of SDK integrations hold no dates and streams, and their errors carry the service's name.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.eval.callback.callback import HeartbeatTimeoutError

from headend.localcloud import moto_patches
from headend.localcloud.service_clients import Clients
from headend.localcloud.stepfunctions import asl_definitions, asl_expressions, asl_tasks, asl_waits, state_evaluation
from headend.localcloud.stepfunctions.asl_failures import failure
from headend.localcloud.stepfunctions.service_results import error_prefix, plain

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

ASL = f"{moto_patches.PARSER}.asl"
CHOICE = f"{ASL}.component.state.choice"
STATE_CHOICE = f"{CHOICE}.state_choice:StateChoice"
BRANCHES = f"{ASL}.component.state.exec.state_parallel.branches_decl:BranchesDecl"
ERROR_EQUALS = f"{ASL}.component.common.error_name.error_equals_decl:ErrorEqualsDecl"
SDK_TASK = f"{moto_patches.TASK}.service.state_task_service_aws_sdk:StateTaskServiceAwsSdk"
CLIENTS = f"{ASL}.utils.boto_client"
NEVER_CAUGHT = "States.Runtime"
NOT_CAUGHT_BY_ALL = "States.DataLimitExceeded"
TIMEOUTS = frozenset({"States.Timeout", "States.HeartbeatTimeout"})


def choose(self: Any, env: Any) -> None:
    """The first rule that matches, or the default, gives the next state."""
    for rule in self.choices_decl.rules:
        rule.eval(env)
        if env.stack.pop() is True:
            env.stack.append(state_evaluation.Matched(rule.next_stmt.name))
            return
    if self.default_state is None:
        cause = "Failed to transition out of the state. The state does not point to a next state."
        raise failure(env, StatesErrorNameType.StatesNoChoiceMatched, cause, located=True)
    env.stack.append(self.default_state.state_name)


def error_equals(self: Any, env: Any) -> None:
    """Whether a Retry or Catch is about the error on the stack."""
    error = str(env.stack.pop().error_name)
    listed = {str(name.error_name) for name in self.error_names}
    env.stack.append(_is_about(error, listed) or bool(listed & _other_names(error)))


def _other_names(error: str) -> set[str]:
    """Names by which Retry and Catch may also mean the error that is being handled.

    moto asks them where it handles the exception of the state.
    """
    names = set()
    raised = sys.exception()
    while raised is not None:
        if isinstance(raised, HeartbeatTimeoutError) and error == "States.Timeout":
            names.add("States.HeartbeatTimeout")
        if isinstance(raised, FailureEventException) and getattr(raised, "of_a_branch", False):
            names.add("States.BranchFailed")
        raised = raised.__context__
    return names - ({"States.BranchFailed"} if error == NEVER_CAUGHT else set())


def run_branches(self: Any, env: Any) -> None:
    """The branches of a Parallel state; the failure of one of them is marked."""
    try:
        moto_patches.original(BRANCHES, "_eval_body")(self, env)
    except FailureEventException as error:
        error.of_a_branch = True
        raise


def _is_about(error: str, listed: set[str]) -> bool:
    if error == NEVER_CAUGHT:
        return False
    if error in listed:
        return True
    if error == NOT_CAUGHT_BY_ALL:
        return False
    return "States.ALL" in listed or ("States.TaskFailed" in listed and error not in TIMEOUTS)


def call_service(self: Any, env: Any, *arguments: Any, **named: Any) -> None:
    """An SDK integration's call, with a result that is JSON."""
    if "normalised_parameters" in named:
        named["normalised_parameters"] = asl_tasks.json_bodies(named["normalised_parameters"])
    moto_patches.original(SDK_TASK, "_eval_service_task")(self, env, *arguments, **named)
    env.stack.append(plain(env.stack.pop()))


def apply(cloud: LocalCloudServer) -> None:
    """Put the corrections in place."""
    asl_definitions.apply()
    asl_expressions.apply()
    asl_tasks.apply()
    asl_waits.apply(cloud)
    moto_patches.replace(STATE_CHOICE, "_eval_state", choose)
    moto_patches.replace(ERROR_EQUALS, "_eval_body", error_equals)
    moto_patches.replace(BRANCHES, "_eval_body", run_branches)
    moto_patches.replace(SDK_TASK, "_eval_service_task", call_service)
    moto_patches.replace(SDK_TASK, "_normalise_service_error_name", staticmethod(error_prefix))
    moto_patches.replace(CLIENTS, "boto3", Clients(cloud.endpoint))
