"""A state machine that starts another and waits for it: startExecution.sync and startExecution.sync:2.

The child is stopped when the task that waits for it is: by StopExecution, a time limit, a failing branch or item.
Sources: https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from headend.localcloud import moto_patches
from headend.localcloud.stepfunctions import interpreter_threads

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.stepfunctions.executions import RunningExecution
    from headend.localcloud.stepfunctions.state_machines import StateMachines

SERVICE = f"{moto_patches.TASK}.service.state_task_service_sfn:StateTaskServiceSfn"
USERS = f"{moto_patches.TASK}.service.state_task_service_sfn"
WAITING = frozenset({ResourceCondition.Sync, ResourceCondition.Sync2})
FIELDS = (
    "executionArn",
    "stateMachineArn",
    "name",
    "status",
    "startDate",
    "stopDate",
    "input",
    "inputDetails",
    "output",
    "outputDetails",
    "error",
    "cause",
)

logger = logging.getLogger(__name__)


class Child:
    """A started execution, as its parent's task asks for it."""

    def __init__(self, task: Any, env: Any, client: Any, execution: RunningExecution | None, arn: str) -> None:
        self._task = task
        self._env = env
        self._client = client
        self._execution = execution
        self._arn = arn
        self.as_json = False

    def __call__(self) -> dict[str, Any] | None:
        """The child's description once it has succeeded; None while it runs. Raises States.TaskFailed."""
        if self._execution is not None and not self._execution.ended.is_set():
            return None
        got = self._client.describe_execution(executionArn=self._arn)
        if got["status"] == "RUNNING":
            return None
        if self.as_json:
            for name in ("input", "output"):
                if name in got:
                    got[name] = json.loads(got[name])
        described = {_pascal(name): _shown(got[name]) for name in FIELDS if name in got}
        if got["status"] == "SUCCEEDED":
            return described
        details = TaskFailedEventDetails(
            resource=self._task._get_sfn_resource(),
            resourceType=self._task._get_sfn_resource_type(),
            error=StatesErrorNameType.StatesTaskFailed.to_name(),
            cause=json.dumps(dict(sorted(described.items())), separators=(",", ":"), ensure_ascii=False),
        )
        raise FailureEventException(
            FailureEvent(
                env=self._env,
                error_name=StatesErrorName(typ=StatesErrorNameType.StatesTaskFailed),
                event_type=HistoryEventType.TaskFailed,
                event_details=EventDetails(taskFailedEventDetails=details),
            )
        )

    def when_done(self, action: Callable[[], None]) -> None:
        """Do `action` when the child has ended."""
        if self._execution is not None:
            self._execution.when_ended(lambda _: action())


def _stop(client: Any, arn: str) -> None:
    """The parent no longer waits: stop the child, if the parent's role may."""
    try:
        client.stop_execution(executionArn=arn)
    except ClientError as error:
        logger.warning("%s runs on: %s", arn, error)


def _pascal(name: str) -> str:
    return name[0].upper() + name[1:]


def _shown(value: Any) -> Any:
    """Moments are milliseconds since the epoch."""
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, dict) and "included" in value:
        return {"Included": value["included"]}
    return value


def apply(cloud: LocalCloudServer, machines: StateMachines) -> None:
    """Put the replacements in place."""

    def client_for(resource_runtime_part: Any, state_credentials: Any) -> Any:
        return moto_patches.resolve(USERS).boto_client_for(
            region=resource_runtime_part.region, service="stepfunctions", state_credentials=state_credentials
        )

    call = vars(moto_patches.resolve(SERVICE))["_eval_service_task"]  # with the SDK's metadata: asl_tasks

    def eval_service_task(
        self: Any, env: Any, resource_runtime_part: Any, normalised_parameters: Any, state_credentials: Any
    ) -> None:
        call(self, env, resource_runtime_part, normalised_parameters, state_credentials)
        if self.resource.condition not in WAITING:
            return
        arn = env.stack[-1]["executionArn"]
        child = machines.execution(arn)
        client = client_for(resource_runtime_part, state_credentials)

        def stop_child() -> None:
            if child is not None and not child.ended.is_set():
                interpreter_threads.start(cloud, "stop a child", lambda: _stop(client, arn))

        interpreter_threads.when_it_ends(env, stop_child)

    def resolver(as_json: bool) -> Any:
        def build(
            self: Any,
            env: Any,
            resource_runtime_part: Any,
            normalised_parameters: Any,  # noqa: ARG001 - moto's signature
            state_credentials: Any,
        ) -> Child:
            arn = env.stack.pop()["ExecutionArn"]
            client = client_for(resource_runtime_part, state_credentials)
            child = Child(self, env, client, machines.execution(arn), arn)
            child.as_json = as_json
            return child

        return build

    moto_patches.replace(SERVICE, "_eval_service_task", eval_service_task)
    moto_patches.replace(SERVICE, "_build_sync_resolver", resolver(as_json=False))
    moto_patches.replace(SERVICE, "_build_sync2_resolver", resolver(as_json=True))
