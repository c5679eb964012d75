"""Task tokens: who waits for which, and what SendTaskSuccess and its like do with them.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.exceptions import ActivityDoesNotExist as NoSuchActivityError
from moto.stepfunctions.parser.api import ActivityDoesNotExist
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    ActivityCallbackEndpoint,
    CallbackEndpoint,
    CallbackOutcome,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
    CallbackPoolManager,
    HeartbeatEndpoint,
)

from headend.localcloud.stepfunctions.states_requests import StatesError

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.clock import Clock
    from headend.localcloud.stepfunctions.state_machines import StateMachines

REMEMBERED = 10_000
"""Tokens of tasks that have ended: they are told apart from those that never were."""
POLL_SECONDS = 60
"""How long GetActivityTask waits for a task."""
MAX_BYTES = 262_144


class Heartbeats(HeartbeatEndpoint):  # type: ignore[misc]
    """The heartbeats of one task, on the cloud's clock."""

    def __init__(self, clock: Clock, heartbeat_seconds: int) -> None:
        super().__init__(heartbeat_seconds)
        self._clock = clock

    def clear_and_wait(self) -> bool:
        """Wait for the next heartbeat. False when it does not come in time."""
        came = self._clock.wait(self._next_heartbeat_event, self._heartbeat_seconds)
        self._next_heartbeat_event.clear()
        return came


class _Waiting:
    """What both kinds of endpoint share: waits on the cloud's clock, and knowing whether the task has ended."""

    clock: Clock
    closed = False
    _outcome: CallbackOutcome | None
    _notify_event: threading.Event
    _heartbeat_endpoint: HeartbeatEndpoint | None

    def wait(self, timeout: float | None = None) -> CallbackOutcome | None:
        """The outcome, or None when there is none in time or the task has ended otherwise."""
        self.clock.wait(self._notify_event, 99_999_999 if timeout is None else timeout)
        return self._outcome

    def setup_heartbeat_endpoint(self, heartbeat_seconds: int) -> Heartbeats:
        """The task's heartbeats. An answer that came while the task's request was under way ends the wait at once."""
        self._heartbeat_endpoint = heartbeats = Heartbeats(self.clock, heartbeat_seconds)
        if self._notify_event.is_set():
            heartbeats.notify()
        return heartbeats

    def interrupt_all(self) -> None:
        """The task has ended."""
        self.closed = True
        self._notify_event.set()
        if self._heartbeat_endpoint is not None:
            self._heartbeat_endpoint.notify()


class TokenEndpoint(_Waiting, CallbackEndpoint):  # type: ignore[misc]
    """A task that waits for its token to come back."""

    def __init__(self, clock: Clock, callback_id: str) -> None:
        super().__init__(callback_id=callback_id)
        self.clock = clock


class ActivityStart:
    """The moment when a worker takes an activity's task."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._taken = threading.Event()
        self._outcome: Any = None

    def wait(self, timeout_seconds: float) -> Any:
        """Who has taken it; None when nobody does in time."""
        self._clock.wait(self._taken, timeout_seconds)
        return self._outcome

    def notify(self, activity_task: Any) -> None:
        """Somebody has."""
        self._outcome = activity_task
        self._taken.set()


class ActivityEndpoint(_Waiting, ActivityCallbackEndpoint):  # type: ignore[misc]
    """A task of an activity."""

    def __init__(self, clock: Clock, callback_id: str, activity_input: str) -> None:
        super().__init__(callback_id=callback_id, activity_input=activity_input)
        self.clock = clock
        self._activity_task_start_endpoint = ActivityStart(clock)


class ActivityQueue:
    """Tasks of one activity that no worker has taken yet."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.tasks: deque[ActivityEndpoint] = deque()

    def add(self, endpoint: ActivityEndpoint) -> None:
        """Offer a task to the workers."""
        with self.changed:
            self.tasks.append(endpoint)
            self.changed.notify()

    def take(self, clock: Clock) -> ActivityEndpoint | None:
        """The next task; None when there is none within a minute."""
        due = clock.time() + POLL_SECONDS
        while True:
            with self.changed:
                while self.tasks:
                    endpoint = self.tasks.popleft()
                    if not endpoint.closed:
                        return endpoint
            if not clock.wait_on(self.changed, lambda: bool(self.tasks), due - clock.time()):
                return None


class Tokens:
    """All tokens of the cloud."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._endpoints: OrderedDict[str, Any] = OrderedDict()
        self._activities: dict[str, ActivityQueue] = {}

    def add(self, token: str, endpoint: Any) -> None:
        """Remember who waits for a token."""
        with self._lock:
            self._endpoints[token] = endpoint
            while len(self._endpoints) > REMEMBERED and next(iter(self._endpoints.values())).closed:
                self._endpoints.popitem(last=False)

    def waiting(self, token: str) -> Any:
        """Who waits for a token. Raises InvalidToken and TaskTimedOut."""
        endpoint = self._endpoints.get(token)
        if endpoint is None:
            raise StatesError("InvalidToken", "Invalid Token: 'Invalid token'")
        if endpoint.closed or endpoint.get_outcome() is not None:
            raise StatesError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        return endpoint

    def queue(self, activity: str) -> ActivityQueue:
        """The tasks of an activity."""
        with self._lock:
            return self._activities.setdefault(activity, ActivityQueue())


class TokenPool(CallbackPoolManager):  # type: ignore[misc]
    """The tokens of one execution."""

    def __init__(self, tokens: Tokens, activity_exists: Any) -> None:
        super().__init__(activity_store={})
        self._tokens = tokens
        self._activity_exists = activity_exists

    def add(self, callback_id: str) -> TokenEndpoint:
        """A task waits for this token."""
        endpoint = TokenEndpoint(self._tokens.clock, callback_id)
        self._pool[callback_id] = endpoint
        self._tokens.add(callback_id, endpoint)
        return endpoint

    def add_activity_task(self, callback_id: str, activity_arn: str, activity_input: str) -> ActivityEndpoint:
        """A task waits for a worker of the activity. Raises ActivityDoesNotExist."""
        if not self._activity_exists(activity_arn):
            raise ActivityDoesNotExist
        endpoint = ActivityEndpoint(self._tokens.clock, callback_id, activity_input)
        self._pool[callback_id] = endpoint
        self._tokens.add(callback_id, endpoint)
        self._tokens.queue(activity_arn).add(endpoint)
        return endpoint

    def forget(self, callback_id: str) -> None:
        """The task has ended."""
        endpoint = self._pool.pop(callback_id, None)
        if endpoint is not None:
            endpoint.interrupt_all()

    def close(self) -> None:
        """The execution has ended."""
        for token in list(self._pool):
            self.forget(token)


class TokenOperations:
    """Answers the operations of who works on tasks."""

    def __init__(self, cloud: LocalCloudServer, machines: StateMachines) -> None:
        self._cloud = cloud
        self._machines = machines
        self._tokens = machines.tokens
        self.operations = {
            "GetActivityTask": self.get_activity_task,
            "SendTaskFailure": self.failure,
            "SendTaskHeartbeat": self.heartbeat,
            "SendTaskSuccess": self.success,
        }

    def success(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - one shape for all
        """The task has succeeded with this output."""
        output = asked["output"]
        try:
            json.loads(output)
        except ValueError as error:
            raise StatesError("InvalidOutput", f"Invalid Output: '{error}'") from error
        if len(output.encode()) > MAX_BYTES:
            raise StatesError("InvalidOutput", "Invalid Output: 'The output is larger than 262144 bytes'")
        token = asked["taskToken"]
        self._tokens.waiting(token).notify(CallbackOutcomeSuccess(callback_id=token, output=output))
        return {}

    def failure(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - one shape for all
        """The task has failed."""
        token = asked["taskToken"]
        outcome = CallbackOutcomeFailure(callback_id=token, error=asked.get("error"), cause=asked.get("cause"))
        self._tokens.waiting(token).notify(outcome)
        return {}

    def heartbeat(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - one shape for all
        """The task is still being worked on."""
        self._tokens.waiting(asked["taskToken"]).notify_heartbeat()
        return {}

    def get_activity_task(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """The next task of an activity, or nothing after a minute."""
        arn = asked["activityArn"]
        if not self._machines.activity_exists(region, arn):
            raise NoSuchActivityError(f"Activity Does Not Exist: '{arn}'")
        endpoint = self._tokens.queue(arn).take(self._cloud.clock)
        if endpoint is None:
            return {}
        endpoint.notify_activity_task_start(asked.get("workerName"))
        return {"taskToken": endpoint.callback_id, "input": endpoint.get_activity_input()}
