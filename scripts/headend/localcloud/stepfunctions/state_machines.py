"""Step Functions: state machines start executions, by their own ARN, a version's or an alias's.

Sources: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-express-synchronous.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html
"""

from __future__ import annotations

import copy
import random
import threading
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.exceptions import ExecutionAlreadyExists, InvalidArn, ResourceNotFound, StateMachineDoesNotExist
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends

from headend.localcloud import moto_patches
from headend.localcloud.deadlines import Deadlines
from headend.localcloud.stepfunctions import (
    asl_semantics,
    distributed_map,
    execution_events,
    execution_keys,
    execution_traces,
    interpreter_threads,
    map_fields,
    nested_executions,
    parallel_work,
    sdk_names,
    state_evaluation,
    state_machine_limits,
    task_callbacks,
)
from headend.localcloud.stepfunctions.execution_logs import ExecutionRecorder
from headend.localcloud.stepfunctions.execution_operations import ExecutionOperations, check_input
from headend.localcloud.stepfunctions.executions import Programs, RunningExecution
from headend.localcloud.stepfunctions.map_runs import MapRun, MapRunOperations
from headend.localcloud.stepfunctions.redrive import Redrives
from headend.localcloud.stepfunctions.state_machine_versions import VersionOperations
from headend.localcloud.stepfunctions.state_tests import StateTests
from headend.localcloud.stepfunctions.states_requests import add_operations
from headend.localcloud.stepfunctions.task_tokens import TokenOperations, TokenPool, Tokens

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

BACKEND = "moto.stepfunctions.parser.models:StepFunctionsParserBackend"

KEPT = timedelta(days=90)
"""After its end an execution is kept for so long; then its name is free again."""
FORGETTING = 1000
"""After so many new executions old ones are looked for."""


class StateMachines:
    """Starts executions, and keeps those of STANDARD state machines."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._programs = Programs()
        self._lock = threading.Lock()
        self._executions: dict[str, RunningExecution] = {}
        self._look_again = FORGETTING
        self._random = random.Random()  # noqa: S311 - traffic shifting
        self.tokens = Tokens(cloud.clock)
        self.map_runs: dict[str, MapRun] = {}

    def backend(self, region: str) -> Any:
        """moto's Step Functions of one Region."""
        return stepfunctions_parser_backends[self._cloud.account_id][region]

    def seed(self, number: int) -> None:
        """Make the choice between the versions of an alias repeatable."""
        self._random.seed(number)

    def activity_exists(self, region: str, arn: str) -> bool:
        """Whether there is an activity of that ARN."""
        return arn in self.backend(region).activities

    def type_of(self, region: str, arn: str) -> str:
        """STANDARD or EXPRESS. Raises InvalidArn and StateMachineDoesNotExist."""
        machine, _ = self._resolve(self.backend(region), arn)
        return str(machine.type)

    def start(
        self, region: str, arn: str, name: str | None, text: str | None, trace: str | None = None
    ) -> RunningExecution:
        """Start an execution by the ARN of a state machine, version or alias. Raises StartExecution's errors."""
        backend = self.backend(region)
        machine, alias = self._resolve(backend, arn)
        check_input(text)
        if name:
            backend._validate_name(name)
        name = name or str(uuid.uuid4())
        source = self._source(backend, machine)
        prefix = f"arn:{backend.partition}:states:{region}:{self._cloud.account_id}"
        express = machine.type == "EXPRESS"
        middle = "express" if express else "execution"
        execution_arn = f"{prefix}:{middle}:{machine.name}:{name}" + (f":{uuid.uuid4()}" if express else "")
        snapshot = copy.copy(machine)
        snapshot.executions = []
        snapshot.arn = source.arn
        snapshot.sm_type = machine.type
        execution = RunningExecution(
            self._cloud,
            recorder=ExecutionRecorder(self._cloud, region, snapshot, execution_arn, alias),
            program=self._programs.get(machine.definition),
            tokens=TokenPool(self.tokens, lambda arn: self.activity_exists(region, arn)),
            version_arn=machine.arn if machine.arn != source.arn else None,
            alias_arn=arn if alias else None,
            name=name,
            sm_type=machine.type,
            role_arn=machine.roleArn,
            exec_arn=execution_arn,
            account_id=self._cloud.account_id,
            region_name=region,
            state_machine=snapshot,
            start_date=self._cloud.clock.now(),
            input_data=text or "{}",
            trace_header=trace,
        )
        execution_keys.use(self._cloud, snapshot)
        begun = self.begin(execution)
        execution_traces.trace(self._cloud, snapshot)
        return begun

    def begin(self, execution: RunningExecution) -> RunningExecution:
        """Start an execution that has been made, and keep it if it is STANDARD.

        The name of one that runs with the same input stands for that one; other names are taken once only.
        """
        if execution.express:
            execution.start()
            return execution
        execution.tell = self._tell
        with self._lock:
            known = self._executions.setdefault(execution.exec_arn, execution)
            if len(self._executions) >= self._look_again:
                self._forget()
        if known is execution:
            execution.start()
        elif known.ended.is_set() or known.execution_input != execution.execution_input:
            raise ExecutionAlreadyExists(f"Execution Already Exists: '{execution.exec_arn}'")
        return known

    def _forget(self) -> None:
        """Forget the executions that ended before the period for which they are kept."""
        oldest = self._cloud.clock.now() - KEPT
        for arn, execution in list(self._executions.items()):
            if execution.ended.is_set() and execution.stop_date < oldest:
                del self._executions[arn]
        self._look_again = len(self._executions) + FORGETTING

    def begin_child(self, run: MapRun, program: Any, text: str, items: int, *, express: bool) -> RunningExecution:
        """Start a child execution of a Map Run."""
        parent = run.parent
        name = str(uuid.uuid4())
        snapshot = copy.copy(parent.state_machine)
        snapshot.arn, snapshot.name = run.machine_arn, f"{parent.state_machine.name}/{run.label}"
        snapshot.sm_type = snapshot.type = "EXPRESS" if express else "STANDARD"
        start = ":".join(parent.exec_arn.split(":")[:5])
        arn = f"{start}:{'express' if express else 'execution'}:{snapshot.name}:{name}"
        arn += f":{uuid.uuid4()}" if express else ""
        child = RunningExecution(
            self._cloud,
            recorder=ExecutionRecorder(self._cloud, parent.region_name, snapshot, arn, None),
            program=program,
            tokens=TokenPool(self.tokens, lambda activity: self.activity_exists(parent.region_name, activity)),
            map_run_arn=run.arn,
            name=name,
            sm_type=snapshot.type,
            role_arn=parent.role_arn,
            exec_arn=arn,
            account_id=parent.account_id,
            region_name=parent.region_name,
            state_machine=snapshot,
            start_date=self._cloud.clock.now(),
            input_data=text,
        )
        child.item_count, child.label = items, run.label
        return self.begin(child)

    def wait(self, execution: RunningExecution) -> None:
        """Return when the execution has ended."""
        interpreter_threads.wait(self._cloud, execution.ended)

    def parse(self, definition: str) -> Any:
        """A definition's program of the caller's own, to be changed at will."""
        return Programs().get(definition)

    def execution(self, arn: str) -> RunningExecution | None:
        """A STANDARD execution by its ARN."""
        return self._executions.get(arn)

    def all_executions(self) -> list[RunningExecution]:
        """The STANDARD executions, the oldest first."""
        with self._lock:
            return list(self._executions.values())

    def executions_of(self, arn: str) -> list[RunningExecution]:
        """Executions of a state machine, or those that a version or an alias started; the newest first."""
        found = [
            execution
            for execution in self.all_executions()
            if arn in (execution.state_machine.arn, execution.version_arn, execution.alias_arn)
            and execution.map_run_arn is None
        ]
        return sorted(found, key=lambda execution: execution.start_date, reverse=True)

    def executions_of_run(self, arn: str) -> list[RunningExecution]:
        """The child executions of a Map Run, the newest first."""
        return [execution for execution in reversed(self.all_executions()) if execution.map_run_arn == arn]

    def _tell(self, execution: RunningExecution) -> None:
        execution_events.publish(self._cloud, execution.region_name, execution)

    def _resolve(self, backend: Any, arn: str) -> tuple[Any, str | None]:
        """The state machine or version to run, and the alias it was addressed by."""
        parts = arn.split(":")
        if len(parts) < 7 or parts[5] != "stateMachine":
            raise InvalidArn(f"Invalid Arn: 'Invalid ARN: {arn}'")
        if len(parts) == 8 and not parts[7].isnumeric():
            try:
                alias = backend.describe_state_machine_alias(arn)
            except ResourceNotFound as error:
                raise StateMachineDoesNotExist(f"State Machine Does Not Exist: '{arn}'") from error
            routes = alias.routing_configuration
            [route] = self._random.choices(routes, weights=[int(route["weight"]) for route in routes])
            return backend.describe_state_machine(route["stateMachineVersionArn"]), parts[7]
        return backend.describe_state_machine(arn), None

    def _source(self, backend: Any, machine: Any) -> Any:
        arn = ":".join(machine.arn.split(":")[:7])
        return next((known for known in backend.state_machines if known.arn == arn), machine)


def validate(region: str, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - one shape for all operations
    """Whether a definition can be parsed."""
    try:
        StepFunctionsParserBackend._validate_definition(asked["definition"])
    except Exception as error:  # noqa: BLE001 - the parser raises many kinds
        text = str(getattr(error, "message", None) or error)[:400]
        finding = {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": text, "location": "/"}
        return {"result": "FAIL", "diagnostics": [finding], "truncated": False}
    return {"result": "OK", "diagnostics": [], "truncated": False}


def install(cloud: LocalCloudServer) -> None:
    """Put executions under this module's control."""
    machines = StateMachines(cloud)
    deadlines = Deadlines(cloud)
    executions = ExecutionOperations(machines)
    cloud.provide(machines)
    cloud.provide(deadlines)
    add_operations(
        cloud,
        {
            **executions.operations,
            **Redrives(executions).operations,
            **VersionOperations(machines).operations,
            **MapRunOperations(machines).operations,
            **StateTests(cloud, machines).operations,
            **TokenOperations(cloud, machines).operations,
            "ValidateStateMachineDefinition": validate,
        },
    )
    asl_semantics.apply(cloud)
    state_evaluation.apply(cloud)
    interpreter_threads.apply()
    parallel_work.apply(cloud)
    task_callbacks.apply(cloud)
    nested_executions.apply(cloud, machines)
    sdk_names.apply()
    map_fields.apply()
    state_machine_limits.apply()
    distributed_map.apply(cloud, machines)

    def start_execution(
        self: Any,
        state_machine_arn: str,
        name: str | None = None,
        execution_input: str | None = None,
        *_: Any,
        **__: Any,
    ) -> Any:
        return machines.start(self.region_name, state_machine_arn, name, execution_input)

    moto_patches.replace(BACKEND, "start_execution", start_execution)
    cloud.spawn("deadlines", deadlines.run)
    cloud.at_the_end(deadlines.close)
