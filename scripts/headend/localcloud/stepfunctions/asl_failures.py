"""Errors of a state, in the form that moto's interpreter raises and hands to Retry and Catch."""

from __future__ import annotations

from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails


def failure(env: Any, kind: StatesErrorNameType, cause: str, *, located: bool = False) -> FailureEventException:
    """An error of the present state. moto says where States.Runtime happened; `located` says it for other errors."""
    details = TaskFailedEventDetails(error=kind.to_name(), cause=where(env) + cause if located else cause)
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=StatesErrorName(typ=kind),
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(taskFailedEventDetails=details),
        )
    )


def where(env: Any) -> str:
    """How a cause says in which state it happened."""
    number = env.event_history_context.source_event_id
    return f"An error occurred while executing the state '{env.next_state_name}' (entered at the event id #{number}). "
