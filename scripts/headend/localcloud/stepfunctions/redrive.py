"""Redriving executions: an execution that ended without success goes on with the state in which it ended.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from headend.localcloud.stepfunctions.execution_history import MAX_EVENTS
from headend.localcloud.stepfunctions.executions import RunningExecution
from headend.localcloud.stepfunctions.states_requests import StatesError

if TYPE_CHECKING:
    from headend.localcloud.stepfunctions.execution_operations import ExecutionOperations

PERIOD = timedelta(days=14)
"""After its end an execution can be redriven for so long."""


def redrive_status(execution: RunningExecution) -> dict[str, Any]:
    """redriveStatus, and the reason if it may not."""
    reason = _reason(execution)
    if reason:
        return {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}
    if execution.map_run_arn:
        return {"redriveStatus": "REDRIVABLE_BY_MAP_RUN"}
    return {"redriveStatus": "REDRIVABLE"}


def _reason(execution: RunningExecution) -> str | None:
    status = str(execution.status)
    if status in {"RUNNING", "SUCCEEDED"}:
        return f"Execution is {status} and cannot be redriven"
    if execution.history.now() - execution.stop_date > PERIOD:
        return "Execution exceeds the redrivable period"
    if len(execution.history.get_event_history()) >= MAX_EVENTS:
        return "Execution history event limit exceeded"
    return None


class Redrives:
    """Answers RedriveExecution."""

    def __init__(self, executions: ExecutionOperations) -> None:
        self._executions = executions
        self.operations = {"RedriveExecution": self.redrive}

    def redrive(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Go on with the state that failed. Raises ExecutionNotRedrivable."""
        execution = self._executions.find(region, asked["executionArn"])
        reason = _reason(execution)
        if reason or execution.map_run_arn:
            text = f"{reason or 'Redrive the parent execution'}: '{execution.exec_arn}'"
            raise StatesError("ExecutionNotRedrivable", text)
        execution.resume()
        return {"redriveDate": execution.redrive_date.timestamp() if execution.redrive_date else None}
