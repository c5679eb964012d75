"""One execution from its start to its end, on moto's interpreter.

Sources: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.api import ExecutionStatus, HistoryEventType
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution import Execution

from headend.localcloud.clock import iso
from headend.localcloud.deadlines import Deadline, Deadlines
from headend.localcloud.stepfunctions import interpreter_threads, jsonata_fields
from headend.localcloud.stepfunctions.execution_history import MAX_EVENTS, History, HistoryFullError, Writer
from headend.localcloud.stepfunctions.execution_logs import ExecutionRecorder
from headend.localcloud.stepfunctions.task_tokens import TokenPool

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

EXPRESS_SECONDS = 300
"""An EXPRESS execution takes at most five minutes."""
STANDARD_SECONDS = 365 * 86_400
PROGRAMS = 64
"""Parsed definitions kept."""
STATUSES = {
    "ExecutionSucceeded": ExecutionStatus.SUCCEEDED,
    "ExecutionFailed": ExecutionStatus.FAILED,
    "ExecutionTimedOut": ExecutionStatus.TIMED_OUT,
    "ExecutionAborted": ExecutionStatus.ABORTED,
}


class Programs:
    """Parsed definitions. A parsed definition holds no state of an execution, so that executions share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parsed: OrderedDict[str, Any] = OrderedDict()

    def get(self, definition: str) -> Any:
        """The program of a definition."""
        with self._lock:
            if definition in self._parsed:
                self._parsed.move_to_end(definition)
                return self._parsed[definition]
        program = AmazonStateLanguageParser.parse(definition)[0]
        jsonata_fields.mark(program)
        with self._lock:
            self._parsed[definition] = program
            while len(self._parsed) > PROGRAMS:
                self._parsed.popitem(last=False)
        return program


class RunningExecution(Execution):  # type: ignore[misc]
    """One execution, recorded. `ended` is set when it has a final status.

    `tell` is called with it when it begins and when it has ended; `version_arn` and `alias_arn` are what it was started
    by, if not by the state machine itself; `map_run_arn` is the Map Run that it belongs to.
    """

    stop_date: Any
    redrive_date: Any
    error: str | None
    cause: str | None

    def __init__(
        self,
        cloud: LocalCloudServer,
        *,
        recorder: ExecutionRecorder,
        program: Any,
        tokens: TokenPool,
        version_arn: str | None = None,
        alias_arn: str | None = None,
        map_run_arn: str | None = None,
        **details: Any,
    ) -> None:
        super().__init__(cloud_watch_logging_session=None, activity_store={}, **details)
        self.recorder = recorder
        self.tokens = tokens
        self.ended = threading.Event()
        self.version_arn, self.alias_arn, self.map_run_arn = version_arn, alias_arn, map_run_arn
        self.redrive_count, self.redrive_date = 0, None
        self.item_count: int | None = None
        self.label: str | None = None
        self.output_text: str | None = None
        self.tell: Callable[[RunningExecution], None] | None = None
        self.prepare: Callable[[Any], None] | None = None
        self._at_the_end: list[Callable[[RunningExecution], None]] = []
        self._cloud = cloud
        self._program = program
        self._settling = threading.Lock()
        self._deadline: Deadline | None = None
        express = self.sm_type == "EXPRESS"
        self.history = History(cloud.clock, recorder.event, None if express else MAX_EVENTS)
        self.history.execution = self

    @property
    def express(self) -> bool:
        """Whether it is of an EXPRESS state machine."""
        return bool(self.sm_type == "EXPRESS")

    @property
    def env(self) -> Any:
        """moto's environment of the whole execution."""
        return self.exec_worker.env

    def start(self) -> None:
        """Begin. The state machine runs on a thread of its own."""
        self.exec_worker = self._get_start_execution_worker()
        self.exec_worker.env = self._environment()
        self.exec_status = ExecutionStatus.RUNNING
        self.recorder.start(self)
        if self.tell:
            self.tell(self)
        started = {
            "input": self.execution_input,
            "inputDetails": {"truncated": False},
            "roleArn": self.role_arn,
            "stateMachineAliasArn": self.alias_arn,
            "stateMachineVersionArn": self.version_arn,
        }
        kept = {name: value for name, value in started.items() if value is not None}
        self.history.add_event(
            context=self.env.event_history_context,
            event_type=HistoryEventType.ExecutionStarted,
            event_details=EventDetails(executionStartedEventDetails=kept),
            update_source_event_id=False,
        )
        self.run()

    def alone(self) -> Any:
        """The environment for a state that runs by itself, without an execution that anybody hears of."""
        self.exec_worker = self._get_start_execution_worker()
        self.exec_worker.env = self._environment()
        return self.env

    def run(self) -> None:
        """Run the state machine on a thread of its own, for as long as it may take."""
        limit = self._program.timeout_seconds
        seconds = min(limit.timeout_seconds if limit else STANDARD_SECONDS, self._longest())
        self._deadline = self._cloud.part(Deadlines).after(seconds, self._time_out)
        interpreter_threads.start(self._cloud, f"execution {self.name}", self._interpret)

    def resume(self) -> None:
        """Run again from the state in which the execution ended without success, with that state's input."""
        before = self.env
        before.event_manager.live = False
        with self._settling:
            self.ended.clear()
            self.redrive_count += 1
            self.redrive_date = self.history.now()
            self.exec_status, self.stop_date = ExecutionStatus.RUNNING, None
            self.error = self.cause = None
        self.history.reopen()
        env = self._environment()
        env.event_history_context = EventHistoryContext(len(self.history.get_event_history()))
        env.resume = before.last_entered
        env.variable_store = before.variable_store
        env.states.reset(before.last_entered.input)
        self.exec_worker.env = env
        self.recorder.reopen(self)
        if self.tell:
            self.tell(self)
        details = EventDetails(executionRedrivenEventDetails={"redriveCount": self.redrive_count})
        self.history.add_event(env.event_history_context, "ExecutionRedriven", details)
        self.run()

    def when_ended(self, action: Callable[[RunningExecution], None]) -> None:
        """Do `action`, which must be quick, when the execution has ended; at once if it has."""
        with self._settling:
            if not self.ended.is_set():
                self._at_the_end.append(action)
                return
        action(self)

    def _longest(self) -> int:
        return EXPRESS_SECONDS if self.express else STANDARD_SECONDS

    def _environment(self) -> Any:
        env = self.exec_worker._get_evaluation_environment()
        env.event_manager = Writer(self.history)
        env.callback_pool_manager = self.tokens
        context = env.states.context_object.context_object_data
        context["Execution"]["StartTime"] = iso(self.start_date)
        if not self.express:
            context["Execution"]["RedriveCount"] = self.redrive_count
        if self.prepare:
            self.prepare(env)
        return env

    def _interpret(self) -> None:
        try:
            self._program.eval(self.env)
        except HistoryFullError:
            pass
        except Exception as error:  # noqa: BLE001 - an execution that nobody ends would run for ever
            self._cloud.report(f"execution {self.exec_arn}", error)
            self._fail("States.Runtime", f"{type(error).__name__}: {error}")
        if self.history.ending is None:
            self._fail("States.Runtime", "The execution ended without a result.")
        self._settle()

    def _fail(self, error: str, cause: str) -> None:
        details = EventDetails(executionFailedEventDetails={"error": error, "cause": cause})
        self.history.add_event(self.env.event_history_context, HistoryEventType.ExecutionFailed, details)

    def _time_out(self) -> None:
        context = EventHistoryContext(self.env.event_history_context.last_published_event_id)
        details = EventDetails(executionTimedOutEventDetails={})
        self.history.add_event(context, HistoryEventType.ExecutionTimedOut, details)
        self._settle()
        self.env.set_timed_out()

    def stop(self, stop_date: datetime, error: str | None, cause: str | None) -> None:  # noqa: ARG002 - moto's signature
        """End it now, as StopExecution does. An execution that has ended stays as it is."""
        given = {name: value for name, value in (("error", error), ("cause", cause)) if value is not None}
        details = EventDetails(executionAbortedEventDetails=given)
        self.history.add_event(EventHistoryContext(0), HistoryEventType.ExecutionAborted, details)
        self._settle()
        self.env.set_stop(stop_date=self.stop_date, error=error, cause=cause)

    def _settle(self) -> None:
        """Take over how the history ends. Safe to call from several threads."""
        ending = self.history.ending
        with self._settling:
            if self.ended.is_set() or ending is None:
                return
            if self._deadline:
                self._deadline.cancel()
            status = STATUSES[ending.kind]
            self.error, self.cause = ending.details.get("error"), ending.details.get("cause")
            if status is ExecutionStatus.SUCCEEDED:
                self.output_text = ending.details["output"]
                self.output = json.loads(ending.details["output"])
            if status is ExecutionStatus.TIMED_OUT:
                self.error = "States.Timeout"
            self.stop_date = ending.moment
            self.exec_status = status
            self.recorder.finish(self)
            self.ended.set()
        self.tokens.close()
        for action in ((self.tell,) if self.tell else ()) + tuple(self._at_the_end):
            action(self)
