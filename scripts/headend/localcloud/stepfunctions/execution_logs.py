"""What an execution leaves behind: log events, metrics, and the timeline's `execution` and `state` entries.

It is told of every event of an execution's history. Sources:
https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
https://docs.aws.amazon.com/step-functions/latest/dg/cloudwatch-log-level.html
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.eval.event.logging import is_logging_enabled_for

from headend.localcloud.clock import iso
from headend.localcloud.cloudwatch.platform_metrics import PlatformMetrics
from headend.localcloud.logs import log_writer
from headend.localcloud.stepfunctions.execution_history import DATA, details_of

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

STATUS_METRICS = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}
Details = dict[str, Any]


class ExecutionRecorder:
    """Records one execution."""

    def __init__(
        self, cloud: LocalCloudServer, region: str, machine: Any, execution_arn: str, alias: str | None
    ) -> None:
        self.execution_arn = execution_arn
        self._cloud = cloud
        self._region = region
        self._machine_arn = ":".join(machine.arn.split(":")[:7])
        self._name = machine.name
        self._alias = alias
        self._metrics = PlatformMetrics(cloud)
        logging = machine.loggingConfiguration or {}
        self._level = str(logging.get("level", "OFF"))
        self._with_data = bool(logging.get("includeExecutionData", False))
        self._group = _group_of(logging)
        stamp = cloud.clock.now().strftime("%Y-%m-%d-%H-%M")
        self._stream = f"states/{self._name}/{stamp}/{secrets.token_hex(4)}"
        self._open: dict[str, list[Details]] = {}
        self._finished = False
        self._redrives = 0

    def start(self, execution: Any) -> None:
        """Note that the execution begins."""
        self._count(ExecutionsStarted=1)
        self._entry("RUNNING", execution, None)

    def event(self, event: Details, moment: datetime) -> None:
        """Take one event of the history, in order."""
        if self._finished:
            return
        details = details_of(event)
        self._write(event["type"], details, moment, event["id"], event["previousEventId"])
        self._follow(event["type"], details, moment)

    def reopen(self, execution: Any) -> None:
        """The execution goes on: it is redriven."""
        self._finished = False
        self._redrives = execution.redrive_count
        self._open.clear()
        self._entry("RUNNING", execution, None)

    def finish(self, execution: Any) -> None:
        """Note how the execution ended. Safe to call twice."""
        if self._finished:
            return
        stop = execution.stop_date
        status = str(execution.status)
        self._finished = True
        for entered in [one for many in self._open.values() for one in many]:
            self._state(entered, None if status == "SUCCEEDED" else stop, execution.error)
        duration = (stop - execution.start_date).total_seconds() * 1000
        self._count(**{STATUS_METRICS[status]: 1}, ExecutionTime=duration)
        self._entry(status, execution, stop)

    def _write(self, kind: str, details: Details, moment: datetime, number: int, previous: int) -> None:
        """One log event, if the level lets it through."""
        if not self._group or not is_logging_enabled_for(log_level=self._level, history_event_type=kind):
            return
        shown = details
        if not self._with_data:
            shown = {name: value for name, value in details.items() if name not in DATA}
        event = {
            "id": str(number),
            "type": kind,
            "details": shown,
            "redrive_count": str(self._redrives),
            "previous_event_id": str(previous),
            "event_timestamp": str(int(moment.timestamp() * 1000)),
            "execution_arn": self.execution_arn,
        }
        line = json.dumps(event, default=str, separators=(",", ":"))
        written = [(moment.timestamp(), line)]
        log_writer.write(self._cloud.account_id, self._region, self._group, self._stream, written, create=False)

    def _follow(self, kind: str, details: Details, moment: datetime) -> None:
        """Pair entered and exited, and remember what failed in between."""
        name = str(details.get("name", ""))
        if kind.endswith("StateEntered"):
            entered = {"name": name, "type": kind.removesuffix("StateEntered"), "entered": moment, "error": None}
            self._open.setdefault(name, []).append(entered)
            if kind == "FailStateEntered":
                self._state(self._open[name].pop(), moment, None)
        elif kind.endswith("StateExited"):
            if self._open.get(name):
                self._state(self._open[name].pop(), moment, None)
        elif kind.endswith(("Failed", "TimedOut")) and not kind.startswith("Execution"):
            still_open = [many[-1] for many in self._open.values() if many]
            if still_open:
                still_open[-1]["error"] = {"Error": details.get("error"), "Cause": details.get("cause")}

    def _state(self, entered: Details, exited: datetime | None, error: Any) -> None:
        failure = entered["error"] or ({"Error": error} if error else None)
        took = "" if exited is None else f" ({(exited - entered['entered']).total_seconds():.2f} s)"
        self._cloud.timeline.record(
            "state",
            self._region,
            self._machine_arn,
            f"{self._name}: {entered['name']}{took}{' ' + str(failure['Error']) if failure else ''}",
            execution_arn=self.execution_arn,
            name=entered["name"],
            type=entered["type"],
            entered=iso(entered["entered"]),
            exited=None if exited is None else iso(exited),
            error=failure,
        )

    def _entry(self, status: str, execution: Any, stop: datetime | None) -> None:
        ending = f": {execution.error}" if execution.error else ""
        self._cloud.timeline.record(
            "execution",
            self._region,
            self._machine_arn,
            f"{self._name} {'started' if status == 'RUNNING' else status.lower().replace('_', ' ')}{ending}",
            execution_arn=self.execution_arn,
            state_machine=self._name,
            status=status,
            input=execution.input_data,
            output=execution.output if status == "SUCCEEDED" else None,
            error=execution.error,
            cause=execution.cause,
            start=iso(execution.start_date),
            stop=None if stop is None else iso(stop.astimezone(UTC)),
        )

    def _count(self, **values: float) -> None:
        self._metrics.put(self._region, "AWS/States", {"StateMachineArn": self._machine_arn}, **values)
        if self._alias:
            names = {"StateMachineArn": self._machine_arn, "Alias": self._alias}
            self._metrics.put(self._region, "AWS/States", names, **values)


def _group_of(logging: dict[str, Any]) -> str | None:
    """The log group of a logging configuration: its ARN ends in :*."""
    for destination in logging.get("destinations") or []:
        arn = str((destination.get("cloudWatchLogsLogGroup") or {}).get("logGroupArn", ""))
        if ":log-group:" in arn:
            return arn.partition(":log-group:")[2].removesuffix(":*")
    return None
