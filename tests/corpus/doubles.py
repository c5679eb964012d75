"""Doubles for the services that Task states call: a state listed in `mocks` gets its results from there.

Parameters and Arguments are evaluated as ever; only the call itself is left out. A list of results is used up in the
order of the attempts, its last one for ever. Tasks that are not listed call the local cloud.
"""

from __future__ import annotations

import copy
import threading
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_activitiy import StateTaskActivity
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import StateTaskLambda
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails


class Doubles:
    """The results of Task states, by the ARN of their state machine."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for kind in (StateTaskService, StateTaskLambda, StateTaskActivity):
            _wrap(kind, self)
        _accept_any_pattern(self)

    def expect(self, machine: str, mocks: dict[str, list[dict[str, Any]]]) -> None:
        """Answer for the Task states of a state machine."""
        with self._lock:
            self._results[machine] = {state: list(results) for state, results in mocks.items()}

    def has(self, machine: str, state: str) -> bool:
        """Whether a state has results here."""
        with self._lock:
            return bool(self._results.get(machine, {}).get(state))

    def next(self, machine: str, state: str) -> dict[str, Any] | None:
        """The next result of a state, or None if the local cloud is to be called."""
        with self._lock:
            results = self._results.get(machine, {}).get(state)
            if not results:
                return None
            return results.pop(0) if len(results) > 1 else results[0]


def _wrap(kind: Any, doubles: Doubles) -> None:
    original = kind._eval_execution

    def evaluate(self: Any, env: Any) -> None:
        machine = _machine(env)
        result = doubles.next(machine, self.name)
        if result is None:
            original(self, env)
            return
        if self.parargs is not None:
            self.parargs.eval(env=env)
            env.stack.pop()
        if "timeout" in result:
            raise EvalTimeoutError
        if "throw" in result:
            raise _failure(env, **result["throw"])
        env.stack.append(copy.deepcopy(result["return"]))

    kind._eval_execution = evaluate


def _machine(env: Any) -> str:
    """The state machine of an execution; a Distributed Map's child execution names it as <machine>/<label>."""
    return str(env.states.context_object.context_object_data["StateMachine"]["Id"]).partition("/")[0]


def _accept_any_pattern(doubles: Doubles) -> None:
    """A service that the local cloud does not have may have a double for its .sync pattern too."""
    original = StateTaskServiceCallback._eval_body

    def evaluate(self: Any, env: Any) -> None:
        machine = _machine(env)
        if doubles.has(machine, self.name):
            self._assert_integration_pattern_is_supported = lambda: None
        original(self, env)

    StateTaskServiceCallback._eval_body = evaluate


def _failure(env: Any, error: str, cause: str = "") -> FailureEventException:
    details = TaskFailedEventDetails(error=error, cause=cause, resource="double", resourceType="double")
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=CustomErrorName(error),
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(taskFailedEventDetails=details),
        )
    )
