"""How a state runs in moto's interpreter: entering, the task with its time limit, output, variables, leaving.

- variables that a state assigns are set when it is left: nothing else in the state sees them;
- errors of Output and Assign are the state's own, so that Retry and Catch handle them;
- JSONata runs behind jsonata_bridge, and its errors are States.QueryEvaluationError with the field's name;
- a task without a time limit needs no thread of its own.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import copy
import json
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from moto.stepfunctions.parser.api import EvaluationFailedEventDetails, HistoryEventType
from moto.stepfunctions.parser.asl.component.common.catch.catch_outcome import CatchOutcome
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError, TimeoutSeconds
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStoreError
from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

from headend.localcloud import moto_patches
from headend.localcloud.clock import iso
from headend.localcloud.stepfunctions import asl_paths, interpreter_threads, jsonata_bridge
from headend.localcloud.stepfunctions.asl_failures import failure
from headend.localcloud.stepfunctions.execution_history import AlreadyInHistory, FirstTime
from headend.localcloud.stepfunctions.jsonata_bridge import JsonataError

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

ASL = f"{moto_patches.PARSER}.asl"
STATE = f"{ASL}.component.state.state:CommonStateField"
EXECUTION_STATE = f"{ASL}.component.state.exec.execute_state:ExecutionState"
STRINGS = f"{ASL}.component.common.string.string_expression"
ASSIGN = f"{ASL}.component.common.assign.assign_decl:AssignDecl"
STATES_DATA = f"{ASL}.eval.states:States"
FAILURE_EVENT = f"{ASL}.component.common.error_name.failure_event"
SOMEWHERE = "An error occurred while executing the state"
QUERY_ERROR = StatesErrorNameType.StatesQueryEvaluationError

EXPECTED = {
    "Condition": (bool, "boolean"),
    "HeartbeatSeconds": (int, "number"),
    "Items": (list, "array"),
    "MaxConcurrency": (int, "number"),
    "Seconds": (int, "number"),
    "TimeoutSeconds": (int, "number"),
    "Timestamp": (str, "string"),
    "ToleratedFailureCount": (int, "number"),
    "ToleratedFailurePercentage": ((int, float), "number"),
}
"""What an expression in a field has to give: Python's types and JSONata's name."""


class Matched(str):
    """The next state that a rule of a Choice names, not its Default."""

    __slots__ = ()


class LastEntered(NamedTuple):
    """The state in which an execution is, with its input and the ids as in Entered."""

    name: str
    input: Any
    number: int
    previous: int


class Entered(NamedTuple):
    """The event of entering the present state: its id, the id before it."""

    number: int
    previous: int


# Entering and leaving


def eval_state(self: Any, env: Any) -> None:
    """Run the state: enter it, do its work, set its variables, leave it."""
    scope = env.variable_store
    scope.entered, scope.assigned = _enter(self, env), {}
    moment = env.event_manager.now()
    env.states.context_object.context_object_data["State"] = {"EnteredTime": iso(moment), "Name": self.name}
    self._eval_state_input(env=env)
    try:
        self._eval_state(env)
    except NoSuchJsonPathError as error:
        shown = json.dumps(error.data, separators=(",", ":"), default=str)
        cause = (
            f"The JSONPath '{error.json_path}' specified for the field '{env.next_field_name}' "
            f"could not be found in the input '{shown}'"
        )
        raise failure(env, StatesErrorNameType.StatesRuntime, cause) from error
    if not env.is_running():
        return
    self._eval_state_output(env=env)
    self._verify_size_quota(env=env, value=env.states.get_input())
    _set_assigned(env)
    self._set_next(env)
    if self.state_exited_event_type is not None:
        env.event_manager.add_event(
            context=env.event_history_context,
            event_type=self.state_exited_event_type,
            event_details=EventDetails(stateExitedEventDetails=self._get_state_exited_event_details(env=env)),
        )


def _enter(self: Any, env: Any) -> Entered:
    """Write that the state is entered; one that is redriven has been entered before."""
    resumed = vars(env).pop("resume", None)
    if resumed is not None:
        env.last_entered = resumed
        return Entered(resumed.number, resumed.previous)
    previous = env.event_history_context.source_event_id
    number = env.event_manager.add_event(
        context=env.event_history_context,
        event_type=self.state_entered_event_type,
        event_details=EventDetails(stateEnteredEventDetails=self._get_state_entered_event_details(env=env)),
    )
    if not env.is_frame():
        env.last_entered = LastEntered(self.name, env.states._states_data["input"], number, previous)
    return Entered(number, previous)


def assign(self: Any, env: Any) -> None:
    """Evaluate the variables of an Assign; they are set when the state is left."""
    declared: dict[str, Any] = {}
    for binding in self.declaration_bindings:
        binding.eval(env=env)
        declared.update(env.stack.pop())
    env.variable_store.assigned = declared


def _set_assigned(env: Any) -> None:
    scope = env.variable_store
    for name, value in getattr(scope, "assigned", {}).items():
        scope.set(variable_identifier=name, variable_value=value)
    scope.assigned = {}


def eval_choice_output(self: Any, env: Any) -> None:
    """Go to the chosen state. Assign and Output of the Choice itself belong to its Default."""
    following = env.stack.pop()
    if not isinstance(following, Matched):
        if self.assign_decl:
            self.assign_decl.eval(env=env)
        if self.output:
            self.output.eval(env=env)
    if self._is_language_query_jsonpath():
        self.output_path.eval(env=env)
    env.next_state_name = str(following)


# The work of Task, Map and Parallel


def evaluate_with_timeout(cloud: LocalCloudServer) -> Any:
    """The replacement for moto's method of that name, on the cloud's clock."""

    def evaluate(self: Any, env: Any) -> None:
        env.variable_store.assigned = {}
        self.timeout.eval(env=env)
        seconds = env.stack.pop()
        frame = env.open_frame()
        frame.states.reset(input_value=env.states.get_input())
        frame.stack = copy.deepcopy(env.stack)
        try:
            if isinstance(self.timeout, TimeoutSeconds) and seconds >= TimeoutSeconds.DEFAULT_TIMEOUT_SECONDS:
                self._eval_execution(frame)
            else:
                _within(cloud, seconds, lambda: self._eval_execution(frame))
        finally:
            frame.set_ended()
            env.close_frame(frame)
        env.stack.append(frame.stack[-1])
        _finish(self, env)

    return evaluate


def _within(cloud: LocalCloudServer, seconds: float, work: Any) -> None:
    """Do `work` in at most so many seconds of the clock. Raises EvalTimeoutError, or what it raises."""
    ended = threading.Event()
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - handed to the waiting thread
            raised.append(error)
        finally:
            ended.set()

    interpreter_threads.start(cloud, "task", run)
    if not cloud.clock.wait(ended, seconds):
        raise EvalTimeoutError
    if raised:
        raise raised[0]


def _finish(self: Any, env: Any) -> None:
    """Make the state's output of the task's result on the stack."""
    if not self._is_language_query_jsonpath():
        env.states.set_result(env.stack[-1])
        if self.output:
            self.output.jsonata_template_value.eval(env=env)
        output = env.stack.pop()
        if self.assign_decl:
            self.assign_decl.eval(env=env)
        env.stack.append(output)
        return
    if self.assign_decl:
        self.assign_decl.eval(env=env)
    if self.result_selector:
        self.result_selector.eval(env=env)
    self.result_path.eval(env)


def eval_task_output(self: Any, env: Any) -> None:
    """Hand the state's output on; what a Catch has made is handed on as it is."""
    if isinstance(env.stack[-1], CatchOutcome):
        return
    if self._is_language_query_jsonpath():
        moto_patches.original(STATE, "_eval_state_output")(self, env)
    else:
        env.states.reset(env.stack.pop())


# JSONata


def eval_jsonata(self: Any, env: Any) -> None:
    """Put the value of an expression on the stack."""
    location = getattr(self, "location", "") or str(env.next_field_name)
    try:
        value = jsonata_bridge.evaluate(self.expression, _variables(env))
        expected = EXPECTED.get(location) or EXPECTED.get(location.rpartition("/")[2])
        if location == "Items" and isinstance(value, dict) and getattr(self, "takes_objects", False):
            expected = None
        if expected:
            _expect(value, *expected)
    except JsonataError as error:
        text = f"The JSONata expression '{self.expression}' specified for the field '{location}' {error}"
        raise query_failure(env, text, location) from error
    env.stack.append(value)


def _variables(env: Any) -> dict[str, Any]:
    scope = env.variable_store
    return {**scope._outer_scope, **scope._inner_scope, "states": env.states._states_data}


def _expect(value: Any, types: Any, name: str) -> None:
    fits = isinstance(value, types) and (types is bool or not isinstance(value, bool))
    if not fits:
        shown = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        raise JsonataError(
            f"returned an unexpected result type. Expected '{name}', but was '{_kind(value)}' for value: {shown}"
        )


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    for kind, name in ((str, "string"), (list, "array"), (dict, "object")):
        if isinstance(value, kind):
            return name
    return "number"


def query_failure(env: Any, text: str, location: str = "") -> FailureEventException:
    """States.QueryEvaluationError of the present state, with its event in the history."""
    entered: Entered = env.variable_store.entered
    state = env.next_state_name
    cause = f"{SOMEWHERE} '{state}' (entered at the event id #{entered.number}). {text}"
    details = EvaluationFailedEventDetails(cause=cause, error=QUERY_ERROR.to_name(), state=state)
    if location:
        details["location"] = location
    env.event_history_context.source_event_id = entered.previous
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.EvaluationFailed,
        event_details=FirstTime(evaluationFailedEventDetails=details),
    )
    written = AlreadyInHistory(evaluationFailedEventDetails=details)
    return FailureEventException(
        FailureEvent(env, StatesErrorName(typ=QUERY_ERROR), HistoryEventType.EvaluationFailed, written)
    )


def eval_variable(self: Any, env: Any) -> None:
    """Put a variable, or a part of it, on the stack: `$name` or `$name.path` in a JSONPath state."""
    name, path = _split(self.expression)
    try:
        value = env.variable_store.get(name)
    except VariableStoreError as error:
        raise failure(env, StatesErrorNameType.StatesRuntime, f"The variable '${name}' is not set") from error
    found = asl_paths.find(f"${path}", value)
    if found is asl_paths.MISSING:
        raise NoSuchJsonPathError(self.expression, value)
    env.stack.append(copy.deepcopy(found))


def _split(expression: str) -> tuple[str, str]:
    """`$name.a[0]` → ("name", ".a[0]")."""
    text = expression.removeprefix("$")
    end = next((place for place, sign in enumerate(text) if not (sign.isalnum() or sign == "_")), len(text))
    return text[:end], text[end:]


def reset(self: Any, input_value: Any) -> None:
    """The data of the next state: no result and no error output yet."""
    self._states_data["input"] = copy.deepcopy(input_value)
    self._states_data.pop("result", None)
    self._states_data.pop("errorOutput", None)


# Errors


def init_failure(self: Any, env: Any, error_name: Any, event_type: Any, event_details: Any = None) -> None:
    """An error of the present state, which knows the event by which the state was entered."""
    moto_patches.original(f"{FAILURE_EVENT}:FailureEvent", "__init__")(self, env, error_name, event_type, event_details)
    entered = getattr(env.variable_store, "entered", None)
    if entered is not None:
        self.source_event_id = entered.number


def failed_details(self: Any) -> Any:
    """How an error ends an execution. Causes that say already where it happened, in a branch perhaps, stay so."""
    error, cause = self.extract_error_cause_pair() or (None, None)
    if cause and str(cause).startswith(SOMEWHERE):
        return {"error": error, "cause": cause}
    made = moto_patches.original(f"{FAILURE_EVENT}:FailureEventException", "get_execution_failed_event_details")
    return made(self)


def eval_component(self: Any, env: Any) -> None:
    """Evaluate a part of a definition while the execution runs. Errors are logged where they end, not on each level."""
    if env.is_running():
        field = self._field_name()
        if field is not None:
            env.next_field_name = field
        self._eval_body(env)


def eval_program(self: Any, env: Any) -> None:
    """Run a branch, an item or a whole definition on this thread; who starts a whole one watches its time."""
    resumed = getattr(env, "resume", None)
    env.next_state_name = resumed.name if resumed else self.start_at.start_at_name
    eval_component(self, env)


def apply(cloud: LocalCloudServer) -> None:
    """Put the replacements in place."""
    moto_patches.replace(f"{ASL}.component.eval_component:EvalComponent", "eval", eval_component)
    moto_patches.replace(STATE, "_eval_body", eval_state)
    moto_patches.replace(
        f"{ASL}.component.state.choice.state_choice:StateChoice", "_eval_state_output", eval_choice_output
    )
    moto_patches.replace(ASSIGN, "_eval_body", assign)
    moto_patches.replace(EXECUTION_STATE, "_evaluate_with_timeout", evaluate_with_timeout(cloud))
    moto_patches.replace(EXECUTION_STATE, "_eval_state_output", eval_task_output)
    moto_patches.replace(f"{STRINGS}:StringJSONata", "_eval_body", eval_jsonata)
    moto_patches.replace(f"{STRINGS}:StringVariableSample", "_eval_body", eval_variable)
    moto_patches.replace(STATES_DATA, "reset", reset)
    moto_patches.replace(f"{FAILURE_EVENT}:FailureEvent", "__init__", init_failure)
    moto_patches.replace(f"{FAILURE_EVENT}:FailureEventException", "get_execution_failed_event_details", failed_details)
    moto_patches.replace(f"{ASL}.component.program.program:Program", "eval", eval_program)
