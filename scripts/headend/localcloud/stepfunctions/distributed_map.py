"""Map in Distributed mode: reads items, runs a child execution for each item or batch, writes results.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-asl-use-map-state-distributed.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType, MapRunFailedEventDetails, MapStateStartedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.inline_iteration_component import (
    InlineIterationComponentEvalInput,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.tolerated_failure import (
    ToleratedFailureCountInt,
    ToleratedFailurePercentage,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import StateCredentials
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from headend.localcloud import moto_patches
from headend.localcloud.iam import senders
from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.iam.senders import STATE_MACHINES, Sender
from headend.localcloud.stepfunctions import interpreter_threads, item_reading, result_writing
from headend.localcloud.stepfunctions.item_batches import Batch, batches
from headend.localcloud.stepfunctions.item_reading import ReadingError
from headend.localcloud.stepfunctions.map_fields import MapFields, Source
from headend.localcloud.stepfunctions.map_runs import MapRun
from headend.localcloud.stepfunctions.state_evaluation import query_failure

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.stepfunctions.state_machines import StateMachines

MAP = f"{moto_patches.PARSER}.asl.component.state.exec.state_map"
STATE_MAP = f"{MAP}.state_map:StateMap"
CLIENTS = f"{MAP}.result_writer.resource_eval.resource_eval_s3"
THRESHOLD = "The specified tolerated failure threshold was exceeded"


class DistributedMap:
    """Runs one Map state in Distributed mode."""

    def __init__(self, cloud: LocalCloudServer, machines: StateMachines, state: Any, env: Any) -> None:
        self._cloud = cloud
        self._machines = machines
        self._state = state
        self._env = env
        self._component = state.iteration_component
        self._fields: MapFields = getattr(self._component, "fields", MapFields())

    def evaluate(self, items: list[Any] | None, max_concurrency: int, limits: dict[str, Any]) -> None:
        """Put the state's result on the stack. Without `items` they are read from S3."""
        env = self._env
        parent = env.event_manager.execution
        label = self._state.label.label if self._state.label else None
        run = MapRun(parent, label, env.event_manager.now(), max_concurrency=max_concurrency, **limits)
        self._machines.map_runs[run.arn] = run
        interpreter_threads.when_it_ends(env, run.abort)
        self._event(HistoryEventType.MapRunStarted, mapRunStartedEventDetails={"mapRunArn": run.arn})
        try:
            self._permit()
            result = self._run(run, self._read() if items is None else items)
        except FailureEventException as error:
            reason, cause = error.extract_error_cause_pair() or (None, None)
            details = MapRunFailedEventDetails(error=reason, cause=cause)
            run.finish("FAILED", env.event_manager.now())
            self._event(HistoryEventType.MapRunFailed, mapRunFailedEventDetails=details)
            raise
        run.finish("ABORTED" if run.aborted else "SUCCEEDED", env.event_manager.now())
        self._event(HistoryEventType.MapRunSucceeded)
        env.stack.append(result)

    def _run(self, run: MapRun, items: list[Any]) -> Any:
        settings = self._fields.batcher.value(self._env) if self._fields.batcher else None
        chosen = [self._selected(index, item) for index, item in enumerate(items)]
        well = run.run(self._cloud, batches(chosen, settings), lambda batch: self._begin(run, batch))
        children = [run.children[number] for number in sorted(run.children)]
        result = self._result(run, children)
        if not well:
            raise self._failure(StatesErrorNameType.StatesExceedToleratedFailureThreshold, THRESHOLD)
        return result

    def _permit(self) -> None:
        """The role starts and follows the children.

        Source: https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
        """
        parent = self._env.event_manager.execution
        machine = ":".join(parent.state_machine_arn.split(":")[:7]).partition("/")[0]
        sender = Sender(STATE_MACHINES, machine, role_arn=self._env.aws_execution_details.role_arn)
        children = f"{machine.replace(':stateMachine:', ':execution:')}:{parent.name}"
        try:
            senders.authorise(self._cloud, sender, "states:StartExecution", machine)
            senders.authorise(self._cloud, sender, "states:DescribeExecution", children)
        except AccessDenied as error:
            raise self._failure(StatesErrorNameType.StatesPermissions, str(error)) from error

    def _selected(self, index: int, item: Any) -> Any:
        """What ItemSelector, or the older Parameters, makes of an item."""
        selector = self._state.item_selector or self._state.parameters
        if selector is None:
            return item
        frame = self._env.open_frame()
        try:
            data = self._env.states.get_input()
            frame.states.reset(data)
            frame.states.context_object.context_object_data["Map"] = {"Item": {"Index": index, "Value": item}}
            frame.stack = [data]
            selector.eval(frame)
            return frame.stack[-1]
        finally:
            self._env.delete_frame(frame)

    def _begin(self, run: MapRun, batch: Batch) -> Any:
        text = json.dumps(batch.input, separators=(",", ":"), ensure_ascii=False)
        program = self._component._get_iteration_program()
        return self._machines.begin_child(run, program, text, batch.items, express=self._fields.express)

    def _result(self, run: MapRun, children: list[Any]) -> Any:
        writer = self._fields.writer
        config = writer.config.value(self._env) if writer else {}
        if writer is None or not writer.action:
            good = [child for child in children if child.output_text is not None]
            return result_writing.transformed(good, config.get("Transformation", "COMPACT"))
        try:
            made = result_writing.write(self._client(), run.arn, children, writer.parameters.value(self._env), config)
        except ClientError as error:
            raise self._failure(StatesErrorNameType.StatesResultWriterFailed, str(error)) from error
        run.items["resultsWritten"] = sum(run.items[name] for name in ("succeeded", "failed", "timedOut", "aborted"))
        run.executions["resultsWritten"] = len(children)
        return made

    def _read(self) -> list[Any]:
        reader = self._fields.reader
        if not isinstance(reader, Source):
            raise self._failure(StatesErrorNameType.StatesItemReaderFailed, "There is no ItemReader")
        try:
            parameters, config = reader.parameters.value(self._env), reader.config.value(self._env)
            return item_reading.read(self._client(), reader.action, parameters, config)
        except (ReadingError, ClientError) as error:
            raise self._failure(StatesErrorNameType.StatesItemReaderFailed, str(error)) from error

    def _client(self) -> Any:
        role = StateCredentials(role_arn=self._env.aws_execution_details.role_arn)
        region = self._env.aws_execution_details.region
        return moto_patches.resolve(CLIENTS).boto_client_for(service="s3", region=region, state_credentials=role)

    def _event(self, kind: HistoryEventType, **details: Any) -> None:
        self._env.event_manager.add_event(self._env.event_history_context, kind, EventDetails(**details))

    def _failure(self, kind: StatesErrorNameType, cause: str) -> FailureEventException:
        details = EventDetails(mapRunFailedEventDetails=MapRunFailedEventDetails(error=kind.to_name(), cause=cause))
        return FailureEventException(
            FailureEvent(self._env, StatesErrorName(typ=kind), HistoryEventType.MapRunFailed, details)
        )


def apply(cloud: LocalCloudServer, machines: StateMachines) -> None:
    """Put the evaluation of Map states in place."""

    def eval_execution(self: Any, env: Any) -> None:
        self.max_concurrency_decl.eval(env=env)
        max_concurrency = env.stack.pop()
        distributed = isinstance(self.iteration_component, DistributedIterationComponent)
        fields = getattr(self.iteration_component, "fields", None)
        items = None if distributed and fields and fields.reader else _items(self, env, distributed)
        _event(env, len(items or []))
        limits = _limits(self, env)
        if distributed:
            DistributedMap(cloud, machines, self, env).evaluate(items, max_concurrency, limits)
        else:
            env.stack.append(
                InlineIterationComponentEvalInput(
                    state_name=self.name,
                    max_concurrency=max_concurrency,
                    input_items=items or [],
                    parameters=self.parameters,
                    item_selector=self.item_selector,
                )
            )
            self.iteration_component.eval(env)
        context = env.event_history_context
        env.event_manager.add_event(context, HistoryEventType.MapStateSucceeded, update_source_event_id=False)

    moto_patches.replace(STATE_MAP, "_eval_execution", eval_execution)


def _items(state: Any, env: Any, distributed: bool) -> list[Any]:
    """The items of a Map state's input."""
    if state.items_path and distributed:
        state.items_path.string_sampler.eval(env=env)
        if isinstance(env.stack[-1], dict):
            return item_reading.pairs(env.stack.pop())
        env.stack.pop()
    if state.items_path:
        state.items_path.eval(env=env)
    elif state.items:
        state.items.eval(env=env)
    items = env.stack.pop()
    if distributed and isinstance(items, dict):
        return item_reading.pairs(items)
    if not isinstance(items, list):
        shown = json.dumps(items, separators=(",", ":"), ensure_ascii=False)
        raise query_failure(env, f"Map state input must be an array but was: {shown}")
    return items


def _limits(state: Any, env: Any) -> dict[str, Any]:
    """How many items may fail; a limit of 0 stands for none given."""
    count, percentage = state.tolerated_failure_count_decl, state.tolerated_failure_percentage_decl
    given: list[Any] = []
    for declared, default in ((count, ToleratedFailureCountInt), (percentage, ToleratedFailurePercentage)):
        declared.eval(env=env)
        value = env.stack.pop()
        given.append(None if isinstance(declared, default) and not value else value)
    return {"tolerated_count": given[0], "tolerated_percentage": given[1]}


def _event(env: Any, length: int) -> None:
    details = EventDetails(mapStateStartedEventDetails=MapStateStartedEventDetails(length=length))
    env.event_manager.add_event(env.event_history_context, HistoryEventType.MapStateStarted, details)
