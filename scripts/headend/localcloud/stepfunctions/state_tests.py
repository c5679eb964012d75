"""TestState: one state runs by itself, with what it calls replaced by a mock, and shows what it makes of its data.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
"""

from __future__ import annotations

import json
import uuid
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from moto.core.utils import utcnow
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.catch.catcher_outcome import CatcherOutcomeCaught
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.retry.retry_outcome import RetryOutcome
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from headend.localcloud.stepfunctions import asl_definitions, mock_results
from headend.localcloud.stepfunctions.asl_waits import pause_before
from headend.localcloud.stepfunctions.executions import RunningExecution
from headend.localcloud.stepfunctions.states_requests import StatesError, present
from headend.localcloud.stepfunctions.task_tokens import TokenPool

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.stepfunctions.state_machines import StateMachines

NAME = "TestState"
NO_ROLE = "arn:aws:iam::123456789012:role/nobody"
ONLY_MOCKED = ("Map", "Parallel")


class Retriable(Exception):  # noqa: N818 - no error, an outcome
    """A retrier would run the state again."""

    def __init__(self, index: int, seconds: float) -> None:
        super().__init__(index)
        self.index = index
        self.seconds = seconds


class Probe:
    """One run of one state. `seen` is what DEBUG shows."""

    def __init__(self, state: Any, env: Any, asked: dict[str, Any]) -> None:
        self.state = state
        self.env = env
        self.mock: dict[str, Any] | None = asked.get("mock")
        self.retries = int((asked.get("stateConfiguration") or {}).get("retrierRetryCount", 0))
        self.seen: dict[str, Any] = {"input": env.states.get_input()}
        self.details: dict[str, Any] = {}
        self._watch_data()
        if self.mock is not None:
            state._eval_execution = self._mocked
        elif hasattr(state, "_eval_execution"):
            self._watch(state, "_eval_execution", "result")
        if hasattr(state, "wait_function"):
            state.wait_function._wait_interval = lambda **_: None
        if getattr(state, "retry", None):
            self._retriers = state.retry.retriers
            state.retry = SimpleNamespace(eval=self._retry)
        for index, catcher in enumerate(state.catch.catchers if getattr(state, "catch", None) else []):
            self._watch_catcher(catcher, index)

    def _watch_data(self) -> None:
        jsonata = not self.state._is_language_query_jsonpath()
        arguments = "afterArguments" if jsonata else "afterParameters"
        places = [("parargs", arguments), ("parameters", arguments), ("result_selector", "afterResultSelector")]
        if not jsonata:
            places += [("input_path", "afterInputPath"), ("result", "result"), ("result_path", "afterResultPath")]
        for field, name in places:
            component = getattr(self.state, field, None)
            if component is not None:
                self._watch(component, "_eval_body", name)

    def _watch(self, owner: Any, method: str, name: str) -> None:
        original = getattr(owner, method)

        def watched(env: Any) -> None:
            original(env)
            self.seen[name] = env.stack[-1]

        setattr(owner, method, watched)

    def _watch_catcher(self, catcher: Any, index: int) -> None:
        original = catcher._eval_body

        def watched(env: Any) -> None:
            original(env)
            if isinstance(env.stack[-1], CatcherOutcomeCaught):
                self.details["catchIndex"] = index

        catcher._eval_body = watched

    def _mocked(self, env: Any) -> None:
        """What the state calls, replaced."""
        if hasattr(self.state, "_eval_parameters"):
            self.state._eval_parameters(env=env)
        mock = self.mock or {}
        failing = mock.get("errorOutput")
        if failing is not None:
            error, cause = failing.get("error"), failing.get("cause")
            details = TaskFailedEventDetails(**present(error=error, cause=cause))
            raise FailureEventException(
                FailureEvent(
                    env,
                    ErrorName(error),
                    HistoryEventType.TaskFailed,
                    EventDetails(taskFailedEventDetails=details),
                )
            )
        result = json.loads(mock["result"])
        self.seen["result"] = result
        env.stack.append(result)

    def _retry(self, env: Any) -> None:
        error = env.stack.pop()
        for index, retrier in enumerate(self._retriers):
            env.stack.append(error)
            retrier.error_equals.eval(env)
            if env.stack.pop():
                if self.retries < retrier.max_attempts.attempts:
                    raise Retriable(index, pause_before(retrier, self.retries))
                break
        env.stack.append(RetryOutcome.CannotRetry)

    def run(self) -> dict[str, Any]:
        """Run the state: status, output, nextState, error and cause."""
        try:
            self.state.eval(self.env)
        except Retriable as retriable:
            self.details["retryIndex"] = retriable.index
            self.details["retryBackoffIntervalSeconds"] = int(retriable.seconds)
            error = self.env.states._states_data.get("errorOutput") or {}
            return {"status": "RETRIABLE", **_named(error.get("Error"), error.get("Cause"))}
        except FailureEventException as failed:
            details = failed.get_execution_failed_event_details() or {}
            return {"status": "FAILED", **_named(details.get("error"), details.get("cause"))}
        output = {"output": _text(self.env.states.get_input())}
        following = self.env.next_state_name
        goes_on = {"nextState": following} if following and following != self.state.name else {}
        if "catchIndex" in self.details:
            caught = self.seen.get("error", {})
            return {"status": "CAUGHT_ERROR", **output, **goes_on, **_named(caught.get("Error"), caught.get("Cause"))}
        return {"status": "SUCCEEDED", **output, **goes_on}


class StateTests:
    """Answers TestState."""

    def __init__(self, cloud: LocalCloudServer, machines: StateMachines) -> None:
        self._cloud = cloud
        self._machines = machines
        self.operations = {"TestState": self.test}

    def test(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Run one state of a definition."""
        definition, name = _definition(asked)
        body = definition["States"][name]
        mock_results.check(body, asked)
        kind = body.get("Type")
        if kind in ONLY_MOCKED and asked.get("mock") is None:
            text = "TestState API does not support Map or Parallel states. Supported state types include:"
            raise StatesError("ValidationException", f"{text} [Task, Wait, Pass, Succeed, Fail, Choice]")
        if kind == "Task" and asked.get("mock") is None and not asked.get("roleArn"):
            raise StatesError("ValidationException", "RoleArn must be specified when testing a Task state")
        text = json.dumps(definition)
        asl_definitions.check(text)
        env = self._environment(region, asked, text)
        state = self._machines.parse(text).states.states[name]
        env.next_state_name = name
        probe = Probe(state, env, asked)
        remember = env.states.set_error_output

        def set_error_output(error_output: Any) -> None:
            probe.seen["error"] = error_output
            remember(error_output)

        env.states.set_error_output = set_error_output
        answer = probe.run()
        if asked.get("inspectionLevel", "INFO") == "INFO":
            return answer
        shown: dict[str, Any] = {field: _text(value) for field, value in probe.seen.items() if field != "error"}
        scope = env.variable_store
        variables = {**scope._outer_scope, **scope._inner_scope}
        if variables:
            shown["variables"] = _text(variables)
        if probe.details:
            shown["errorDetails"] = probe.details
        return {**answer, "inspectionData": shown}

    def _environment(self, region: str, asked: dict[str, Any], definition: str) -> Any:
        """moto's environment of an execution that nobody hears of."""
        arn = f"arn:aws:states:{region}:{self._cloud.account_id}:stateMachine:{NAME}"
        machine = SimpleNamespace(arn=arn, name=NAME, sm_type="STANDARD", definition=definition, update_date=utcnow())
        execution = RunningExecution(
            self._cloud,
            recorder=SimpleNamespace(event=lambda *_: None),  # type: ignore[arg-type]
            program=None,
            tokens=TokenPool(self._machines.tokens, lambda _: False),
            name=str(uuid.uuid4()),
            sm_type="STANDARD",
            role_arn=asked.get("roleArn") or NO_ROLE,
            exec_arn=f"{arn.replace(':stateMachine:', ':execution:')}:{uuid.uuid4()}",
            account_id=self._cloud.account_id,
            region_name=region,
            state_machine=machine,
            start_date=self._cloud.clock.now(),
            input_data=asked.get("input") or "{}",
        )
        env = execution.alone()
        for key, value in _object(asked, "context").items():
            known = env.states.context_object.context_object_data.get(key)
            merged = {**known, **value} if isinstance(known, dict) and isinstance(value, dict) else value
            env.states.context_object.context_object_data[key] = merged
        for variable, value in _object(asked, "variables").items():
            env.variable_store._inner_scope[variable] = value
        return env


def _definition(asked: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """A state machine that holds the state, and the state's name."""
    try:
        given = json.loads(asked["definition"])
    except ValueError as error:
        text = f"Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: {error}'"
        raise StatesError("InvalidDefinition", text) from error
    if "States" in given:
        name = str(asked.get("stateName"))
        if name not in given["States"]:
            raise StatesError("ValidationException", f"State '{name}' is not in the definition")
        return given, name
    targets = {value for value in _targets(given) if isinstance(value, str)}
    others = {target: {"Type": "Succeed"} for target in targets}
    return {"StartAt": NAME, "States": {**others, NAME: given}}, NAME


def _targets(state: dict[str, Any]) -> list[Any]:
    rules = [*(state.get("Choices") or []), *(state.get("Catch") or [])]
    return [state.get("Next"), state.get("Default"), *(rule.get("Next") for rule in rules)]


def _object(asked: dict[str, Any], field: str) -> dict[str, Any]:
    found = json.loads(asked.get(field) or "{}")
    if not isinstance(found, dict):
        raise StatesError("ValidationException", f"The {field} must be a JSON object")
    return found


def _named(error: str | None, cause: str | None) -> dict[str, str]:
    return {**({"error": error} if error else {}), **({"cause": cause} if cause else {})}


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
