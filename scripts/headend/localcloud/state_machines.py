"""Step Functions: EXPRESS executions, aliases and versions, and the operations that moto lacks.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-express-synchronous.html
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html
"""

from __future__ import annotations

import copy
import json
import random
import threading
import uuid
from collections import OrderedDict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import AWSError
from moto.core.utils import unix_time
from moto.stepfunctions.exceptions import InvalidArn, InvalidExecutionInput, ResourceNotFound, StateMachineDoesNotExist
from moto.stepfunctions.parser import utils as parser_utils
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSeconds
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends
from werkzeug.wrappers import Request, Response

from headend.localcloud import asl_semantics, moto_patches
from headend.localcloud.clock import iso
from headend.localcloud.execution_logs import ExecutionRecorder

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

BACKEND = "moto.stepfunctions.parser.models:StepFunctionsParserBackend"
EXPRESS_SECONDS = 300
"""An EXPRESS execution takes at most five minutes."""
PROGRAMS = 64
"""Parsed definitions kept."""
SWEEP_SECONDS = 10.0


class TypeNotSupportedError(AWSError):  # type: ignore[misc]
    """The operation is not for state machines of this type."""

    TYPE = "StateMachineTypeNotSupported"
    STATUS = 400


class Programs:
    """Parsed definitions. A parsed definition holds no state of an execution unless it contains Map or Parallel."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parsed: OrderedDict[tuple[str, bool], Any] = OrderedDict()

    def get(self, definition: str, express: bool) -> Any:
        """The program of a definition; that of an EXPRESS one never runs longer than five minutes."""
        with self._lock:
            key = (definition, express)
            if key in self._parsed:
                self._parsed.move_to_end(key)
                return self._parsed[key]
            program = AmazonStateLanguageParser.parse(definition)[0]
            if express:
                wanted = program.timeout_seconds.timeout_seconds if program.timeout_seconds else EXPRESS_SECONDS
                program.timeout_seconds = TimeoutSeconds(timeout_seconds=min(wanted, EXPRESS_SECONDS))
            if '"Map"' not in definition and '"Parallel"' not in definition:
                self._parsed[key] = program
                while len(self._parsed) > PROGRAMS:
                    self._parsed.popitem(last=False)
            return program


class _Ending(BaseExecutionWorkerCommunication):  # type: ignore[misc]
    """Told by moto's worker that the program has ended."""

    def terminated(self) -> None:
        super().terminated()
        self.execution.recorder.finish(self.execution)
        self.execution.ended.set()

    def broken(self, error: Exception) -> None:
        """End an execution that the interpreter could not bring to an end."""
        execution = self.execution
        execution.exec_status = ExecutionStatus.FAILED
        execution.stop_date = datetime.now(tz=UTC)
        execution.error, execution.cause = "States.Runtime", f"{type(error).__name__}: {error}"
        execution.recorder.finish(execution)
        execution.ended.set()


class _Worker(ExecutionWorker):  # type: ignore[misc]
    """Runs a parsed program that may be shared, and always ends its execution."""

    program: Any = None

    def _get_evaluation_entrypoint(self) -> Any:
        return self.program

    def _execution_logic(self) -> None:
        try:
            super()._execution_logic()
        except Exception as error:  # noqa: BLE001 - an execution that nobody ends would run for ever
            self._execution_communication.broken(error)


class RunningExecution(Execution):  # type: ignore[misc]
    """One execution, recorded. `ended` is set when it has a final status."""

    def __init__(self, *, recorder: ExecutionRecorder, program: Any, **details: Any) -> None:
        super().__init__(cloud_watch_logging_session=recorder, activity_store={}, **details)
        self.recorder = recorder
        self.ended = threading.Event()
        self._program = program

    def get_start_execution_details(self) -> Any:
        """What the context object tells of the execution; moto would hand it a datetime."""
        details = super().get_start_execution_details()
        details.start_time = iso(self.start_date)
        return details

    def _get_start_execution_worker_comm(self) -> Any:
        return _Ending(self)

    def _get_start_execution_worker(self) -> Any:
        made = super()._get_start_execution_worker()
        made.__class__ = _Worker
        made.program = self._program
        return made


class StateMachines:
    """Starts executions."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._programs = Programs()

    def backend(self, region: str) -> Any:
        """moto's Step Functions of one Region."""
        return stepfunctions_parser_backends[self._cloud.account_id][region]

    def start(self, region: str, arn: str, name: str | None, text: str | None) -> RunningExecution:
        """Start an execution by the ARN of a state machine, version or alias. Raises StartExecution's errors."""
        backend = self.backend(region)
        machine, alias = self._resolve(backend, arn)
        express = machine.type == "EXPRESS"
        try:
            json.loads(text or "{}")
        except ValueError as error:
            raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from error
        if name:
            backend._validate_name(name)
        name = name or str(uuid.uuid4())
        source = self._source(backend, machine)
        prefix = f"arn:{backend.partition}:states:{region}:{self._cloud.account_id}"
        if express:
            execution_arn = f"{prefix}:express:{machine.name}:{name}:{uuid.uuid4()}"
        else:
            existing = source._handle_name_input_idempotency(name, text or "{}")
            if existing is not None:
                known: RunningExecution = existing
                return known
            execution_arn = f"{prefix}:execution:{machine.name}:{name}"
        snapshot = copy.copy(machine)
        snapshot.executions = []
        snapshot.arn = source.arn
        snapshot.sm_type = machine.type
        execution = RunningExecution(
            recorder=ExecutionRecorder(self._cloud, region, snapshot, execution_arn, alias),
            program=self._programs.get(machine.definition, express),
            name=name,
            sm_type=machine.type,
            role_arn=machine.roleArn,
            exec_arn=execution_arn,
            account_id=self._cloud.account_id,
            region_name=region,
            state_machine=snapshot,
            start_date=self._cloud.clock.now(),
            input_data=text or "{}",
        )
        if not express:  # the history of EXPRESS executions is in their log only
            source.executions.append(execution)
        execution.recorder.start(execution)
        execution.start()
        return execution

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
            weights = [int(route["weight"]) for route in routes]
            [route] = random.choices(routes, weights=weights)  # noqa: S311 - traffic shifting
            return backend.describe_state_machine(route["stateMachineVersionArn"]), parts[7]
        return backend.describe_state_machine(arn), None

    def _source(self, backend: Any, machine: Any) -> Any:
        arn = ":".join(machine.arn.split(":")[:7])
        return next((known for known in backend.state_machines if known.arn == arn), machine)


def _json(status: int, value: Any) -> Response:
    response = Response(json.dumps(value), status=status)
    response.mimetype = "application/x-amz-json-1.0"
    return response


class Operations:
    """Answers the operations that moto does not have, or gets wrong."""

    def __init__(self, cloud: LocalCloudServer, machines: StateMachines) -> None:
        self._machines = machines
        for name, operation in (
            ("DescribeStateMachineAlias", self.describe_alias),
            ("ListStateMachineVersions", self.list_versions),
            ("PublishStateMachineVersion", self.publish),
            ("DeleteStateMachineVersion", self.delete_version),
            ("StartExecution", self.start),
            ("StartSyncExecution", self.start_sync),
            ("ValidateStateMachineDefinition", self.validate),
        ):
            cloud.add_operation("states", name, _answering(operation))

    def validate(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - one shape for all
        """Whether the definition can be parsed."""
        try:
            StepFunctionsParserBackend._validate_definition(asked["definition"])
        except Exception as error:  # noqa: BLE001 - the parser raises many kinds
            text = str(getattr(error, "message", None) or error)[:400]
            finding = {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": text, "location": "/"}
            return {"result": "FAIL", "diagnostics": [finding], "truncated": False}
        return {"result": "OK", "diagnostics": [], "truncated": False}

    def describe_alias(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """An alias. One that is not there is ResourceNotFound, also when its state machine is not there either.

        Errors: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineAlias.html
        """
        try:
            alias = self._machines.backend(region).describe_state_machine_alias(asked["stateMachineAliasArn"])
        except StateMachineDoesNotExist as error:
            raise ResourceNotFound(f"State Machine Alias Does Not Exist: '{asked['stateMachineAliasArn']}'") from error
        return {
            "stateMachineAliasArn": alias.arn,
            "name": alias.name,
            "routingConfiguration": alias.routing_configuration,
            "creationDate": unix_time(alias.creation_date),
            "updateDate": unix_time(alias.update_date),
            **({"description": alias.description} if alias.description else {}),
        }

    def list_versions(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """The versions of a state machine, newest first."""
        machine = self._machines.backend(region).describe_state_machine(asked["stateMachineArn"])
        newest_first = sorted(machine.versions.items(), reverse=True)
        listed = [
            {"stateMachineVersionArn": version.arn, "creationDate": version.creation_date.timestamp()}
            for _, version in newest_first
        ]
        return {"stateMachineVersions": listed}

    def publish(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Publish the present definition; the same one again gives the same version."""
        machine = self._machines.backend(region).describe_state_machine(asked["stateMachineArn"])
        latest = machine.latest_version
        if latest is None or (latest.definition, latest.roleArn) != (machine.definition, machine.roleArn):
            machine.publish(asked.get("description"))
            latest = machine.latest_version
        return {"stateMachineVersionArn": latest.arn, "creationDate": latest.creation_date.timestamp()}

    def delete_version(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Forget a version."""
        source, _, number = asked["stateMachineVersionArn"].rpartition(":")
        machine = self._machines.backend(region).describe_state_machine(source)
        machine.versions.pop(int(number), None)
        return {}

    def start(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Start and return at once."""
        execution = self._machines.start(region, asked["stateMachineArn"], asked.get("name"), asked.get("input"))
        return {"executionArn": execution.exec_arn, "startDate": execution.start_date.timestamp()}

    def start_sync(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Start an EXPRESS execution and wait until it has ended."""
        machine, _ = self._machines._resolve(self._machines.backend(region), asked["stateMachineArn"])
        if machine.type != "EXPRESS":
            raise TypeNotSupportedError("This operation is not supported by this type of state machine")
        execution = self._machines.start(region, asked["stateMachineArn"], asked.get("name"), asked.get("input"))
        execution.ended.wait(EXPRESS_SECONDS + 5)
        taken = (execution.stop_date - execution.start_date).total_seconds() * 1000
        answer = {
            "executionArn": execution.exec_arn,
            "stateMachineArn": asked["stateMachineArn"],
            "name": execution.name,
            "startDate": execution.start_date.timestamp(),
            "stopDate": execution.stop_date.timestamp(),
            "status": str(execution.status),
            "input": execution.execution_input,
            "inputDetails": {"included": True},
            "billingDetails": {
                "billedMemoryUsedInMB": 64,
                "billedDurationInMilliseconds": int(-(-taken // 100) * 100),
            },
        }
        if answer["status"] == "SUCCEEDED":
            answer["output"] = json.dumps(execution.output, default=str)
            answer["outputDetails"] = {"included": True}
        if execution.error is not None:
            answer["error"] = execution.error
        if execution.cause is not None:
            answer["cause"] = execution.cause
        return answer


def _answering(operation: Any) -> Any:
    """A handler of (request, region) around an operation of (region, parameters)."""

    def handle(request: Request, region: str) -> Response:
        try:
            return _json(200, operation(region, json.loads(request.get_data() or b"{}")))
        except AWSError as error:
            return _json(400, {"__type": error.TYPE, "message": error.message})

    return handle


def install(cloud: LocalCloudServer) -> None:
    """Put executions under this module's control."""
    machines = StateMachines(cloud)
    cloud.provide(machines)
    Operations(cloud, machines)
    asl_semantics.apply(cloud)

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

    def forget_ended_threads() -> None:
        """moto keeps every thread it ever started."""
        parser_utils.TMP_THREADS[:] = [thread for thread in parser_utils.TMP_THREADS if thread.is_alive()]

    cloud.every(SWEEP_SECONDS, "execution-threads", forget_ended_threads)
