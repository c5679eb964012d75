"""Where moto's interpreter is more lenient than Step Functions, or names errors differently: corrected here.

- a Choice on a path that is not there fails the execution with States.Runtime, unless it asks IsPresent;
- a Choice without a match and without Default fails with States.NoChoiceMatched;
- States.ALL does not catch States.Runtime and States.DataLimitExceeded;
- results of SDK integrations hold no dates and streams, and their errors carry the service's name.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_operator_type import (
    ComparisonOperatorType,
)
from moto.stepfunctions.parser.asl.component.state.choice.comparison.variable import NoSuchVariable
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from headend.localcloud import moto_patches
from headend.localcloud.task_clients import Clients, error_prefix, plain

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

ASL = f"{moto_patches.PARSER}.asl"
CHOICE = f"{ASL}.component.state.choice"
COMPARISON = f"{CHOICE}.comparison.comparison_variable:ComparisonVariable"
STATE_CHOICE = f"{CHOICE}.state_choice:StateChoice"
ERROR_EQUALS = f"{ASL}.component.common.error_name.error_equals_decl:ErrorEqualsDecl"
SDK_TASK = f"{moto_patches.TASK}.service.state_task_service_aws_sdk:StateTaskServiceAwsSdk"
CLIENTS = f"{ASL}.utils.boto_client"
UNCATCHABLE = frozenset({"States.Runtime", "States.DataLimitExceeded"})


def _fail(env: Any, kind: StatesErrorNameType, cause: str) -> FailureEventException:
    details = TaskFailedEventDetails(error=kind.to_name(), cause=cause)
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=StatesErrorName(typ=kind),
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(taskFailedEventDetails=details),
        )
    )


def _where(env: Any) -> str:
    number = env.event_history_context.source_event_id
    return f"An error occurred while executing the state '{env.next_state_name}' (entered at the event id #{number}). "


def compare(self: Any, env: Any) -> None:
    """One comparison of a Choice rule; the variable has to exist."""
    self.variable.eval(env)
    asks_presence = self.comparison_function.operator_type is ComparisonOperatorType.IsPresent
    if isinstance(env.stack[-1], NoSuchVariable) and not asks_presence:
        path = self.variable.string_sampler.literal_value
        cause = f"Invalid path '{path}': The choice state's condition path references an invalid value."
        raise _fail(env, StatesErrorNameType.StatesRuntime, _where(env) + cause)
    self.comparison_function.eval(env)


def choose(self: Any, env: Any) -> None:
    """The first rule that matches, or the default, gives the next state."""
    for rule in self.choices_decl.rules:
        rule.eval(env)
        if env.stack.pop() is True:
            env.stack.append(rule.next_stmt.name)
            return
    if self.default_state is None:
        cause = f"{_where(env)}Failed to transition out of the state. The state does not point to a next state."
        raise _fail(env, StatesErrorNameType.StatesNoChoiceMatched, cause)
    env.stack.append(self.default_state.state_name)


def error_equals(self: Any, env: Any) -> None:
    """Whether a Retry or Catch is about the error on the stack."""
    name = env.stack[-1]
    if str(name.error_name) in UNCATCHABLE and name not in self.error_names:
        env.stack.pop()
        env.stack.append(False)
        return
    moto_patches.original(ERROR_EQUALS, "_eval_body")(self, env)


def call_service(self: Any, env: Any, *arguments: Any, **named: Any) -> None:
    """An SDK integration's call, with a result that is JSON."""
    moto_patches.original(SDK_TASK, "_eval_service_task")(self, env, *arguments, **named)
    env.stack.append(plain(env.stack.pop()))


def apply(cloud: LocalCloudServer) -> None:
    """Put the corrections in place."""
    moto_patches.replace(COMPARISON, "_eval_body", compare)
    moto_patches.replace(STATE_CHOICE, "_eval_state", choose)
    moto_patches.replace(ERROR_EQUALS, "_eval_body", error_equals)
    moto_patches.replace(SDK_TASK, "_eval_service_task", call_service)
    moto_patches.replace(SDK_TASK, "_normalise_service_error_name", staticmethod(error_prefix))
    moto_patches.replace(CLIENTS, "boto3", Clients(cloud.endpoint))
