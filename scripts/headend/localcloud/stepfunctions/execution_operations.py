"""Operations on executions: starting, stopping, describing, listing, their history.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.exceptions import ExecutionDoesNotExist, InvalidArn

from headend.localcloud.stepfunctions.executions import EXPRESS_SECONDS, RunningExecution
from headend.localcloud.stepfunctions.redrive import redrive_status
from headend.localcloud.stepfunctions.state_machine_versions import describe_instance
from headend.localcloud.stepfunctions.states_requests import (
    StatesError,
    bounds,
    not_for_this_type,
    page,
    present,
    token,
    violation,
)

if TYPE_CHECKING:
    from headend.localcloud.stepfunctions.state_machines import StateMachines

FILTERS = ("SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING")
BILLED_MILLISECONDS = 100
BILLED_MEGABYTES = 64


class ExecutionOperations:
    """Answers the operations."""

    def __init__(self, machines: StateMachines) -> None:
        self._machines = machines
        self.operations = {
            "DescribeExecution": self.describe,
            "DescribeStateMachineForExecution": self.describe_machine,
            "GetExecutionHistory": self.history,
            "ListExecutions": self.list_executions,
            "StartExecution": self.start,
            "StartSyncExecution": self.start_sync,
            "StopExecution": self.stop,
        }

    def start(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Start and return at once."""
        execution = self._machines.start(
            region, asked["stateMachineArn"], asked.get("name"), asked.get("input"), asked.get("traceHeader")
        )
        return {"executionArn": execution.exec_arn, "startDate": execution.start_date.timestamp()}

    def start_sync(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Start an EXPRESS execution and wait until it has ended."""
        arn = asked["stateMachineArn"]
        if self._machines.type_of(region, arn) != "EXPRESS":
            raise not_for_this_type()
        execution = self._machines.start(region, arn, asked.get("name"), asked.get("input"), asked.get("traceHeader"))
        self._machines.wait(execution)
        taken = (execution.stop_date - execution.start_date).total_seconds() * 1000
        billed = int(-(-min(taken, EXPRESS_SECONDS * 1000) // BILLED_MILLISECONDS) * BILLED_MILLISECONDS)
        status = str(execution.status)
        return {
            "billingDetails": {
                "billedDurationInMilliseconds": billed,
                "billedMemoryUsedInMB": BILLED_MEGABYTES,
            },
            "executionArn": execution.exec_arn,
            "input": execution.execution_input,
            "inputDetails": {"included": True},
            "name": execution.name,
            "startDate": execution.start_date.timestamp(),
            "stateMachineArn": arn,
            "status": status,
            "stopDate": execution.stop_date.timestamp(),
            **_result(execution),
        }

    def describe(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """An execution of a STANDARD state machine."""
        execution = self.find(region, asked["executionArn"])
        return {**describe(execution), **redrive_status(execution)}

    def describe_machine(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """The state machine as it was when the execution began."""
        execution = self.find(region, asked["executionArn"])
        machine = execution.state_machine
        return {
            "stateMachineArn": machine.arn,
            "updateDate": machine.update_date.timestamp(),
            **present(mapRunArn=execution.map_run_arn, label=execution.label),
            **describe_instance(machine),
        }

    def stop(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """End an execution now."""
        execution = self.find(region, asked["executionArn"])
        if not execution.ended.is_set():
            execution.stop(execution.history.now(), asked.get("error"), asked.get("cause"))
        return {"stopDate": execution.stop_date.timestamp()}

    def history(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """A page of an execution's events."""
        execution = self.find(region, asked["executionArn"])
        start, count = bounds(asked)
        events, following = execution.history.page(
            reverse=bool(asked.get("reverseOrder")),
            data=asked.get("includeExecutionData") is not False,
            start=start,
            count=count,
        )
        return {"events": events, **({} if following is None else token(following))}

    def list_executions(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Executions of a state machine, version, alias or Map Run, the newest first."""
        wanted, arn, run = asked.get("statusFilter"), asked.get("stateMachineArn"), asked.get("mapRunArn")
        if wanted is not None and wanted not in FILTERS:
            raise violation(wanted, "statusFilter", f"Member must satisfy enum value set: [{', '.join(FILTERS)}]")
        if (arn is None) == (run is None):
            raise StatesError("ValidationException", "Must provide a state machine ARN or a map run ARN")
        if arn is not None and self._machines.type_of(region, arn) == "EXPRESS":
            raise not_for_this_type()
        found = self._machines.executions_of(arn) if arn else self._machines.executions_of_run(run or "")
        asked_redriven = {"REDRIVEN": True, "NOT_REDRIVEN": False}.get(asked.get("redriveFilter", ""))
        listed = [
            _item(execution)
            for execution in found
            if wanted in (None, execution.status)
            and (asked_redriven is None or bool(execution.redrive_count) is asked_redriven)
        ]
        shown, following = page(listed, asked)
        return {"executions": shown, **following}

    def find(self, region: str, arn: str) -> RunningExecution:
        """A STANDARD execution. Raises InvalidArn and ExecutionDoesNotExist."""
        parts = arn.split(":")
        if len(parts) < 8 or parts[2] != "states" or parts[5] not in {"execution", "express"}:
            raise InvalidArn(f"Invalid Arn: 'Invalid ARN: {arn}'")
        if parts[5] == "express":
            raise not_for_this_type()
        execution = self._machines.execution(arn)
        if execution is None or parts[3] != region:
            raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{arn}'")
        return execution


def describe(execution: RunningExecution) -> dict[str, Any]:
    """An execution as DescribeExecution answers it, without its redrive status."""
    return {
        "executionArn": execution.exec_arn,
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "name": execution.name,
        "redriveCount": execution.redrive_count,
        "startDate": execution.start_date.timestamp(),
        "stateMachineArn": execution.state_machine.arn,
        "status": str(execution.status),
        **present(
            mapRunArn=execution.map_run_arn,
            redriveDate=execution.redrive_date and execution.redrive_date.timestamp(),
            stateMachineAliasArn=execution.alias_arn,
            stateMachineVersionArn=execution.version_arn,
            stopDate=execution.stop_date and execution.stop_date.timestamp(),
            traceHeader=execution.trace_header,
        ),
        **_result(execution),
    }


def _result(execution: RunningExecution) -> dict[str, Any]:
    details = None if execution.output_text is None else {"included": True}
    return present(output=execution.output_text, outputDetails=details, error=execution.error, cause=execution.cause)


def _item(execution: RunningExecution) -> dict[str, Any]:
    described = describe(execution)
    names = (
        "executionArn",
        "mapRunArn",
        "name",
        "redriveCount",
        "redriveDate",
        "startDate",
        "stateMachineAliasArn",
        "stateMachineArn",
        "stateMachineVersionArn",
        "status",
        "stopDate",
    )
    shown = {name: described[name] for name in names if name in described}
    return {**shown, **present(itemCount=execution.item_count)}


def check_input(text: str | None) -> Any:
    """The input of an execution as JSON. Raises InvalidExecutionInput."""
    try:
        return json.loads(text or "{}", parse_constant=_refuse_constant)
    except ValueError as error:
        raise StatesError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"Non-standard token '{name}'")
