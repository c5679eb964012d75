"""Map Runs: the child executions of a Distributed Map, how many at once, how many may fail.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-examine-map-run.html
https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.exceptions import ResourceNotFound

from headend.localcloud.stepfunctions import interpreter_threads
from headend.localcloud.stepfunctions.item_batches import Batch
from headend.localcloud.stepfunctions.states_requests import page, present

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.stepfunctions.executions import RunningExecution
    from headend.localcloud.stepfunctions.state_machines import StateMachines

MOST_AT_ONCE = 1000
"""Child executions at the same time; 10,000 on AWS."""
COUNTED = {"SUCCEEDED": "succeeded", "FAILED": "failed", "TIMED_OUT": "timedOut", "ABORTED": "aborted"}
COUNTS = ("aborted", "failed", "pending", "resultsWritten", "running", "succeeded", "timedOut")


class MapRun:
    """One run of a Distributed Map. Counts are by name: pending, running, succeeded, failed, timedOut, aborted."""

    def __init__(self, parent: RunningExecution, label: str | None, now: Any, **limits: Any) -> None:
        """`limits`: max_concurrency (0: none), tolerated_count and tolerated_percentage (None: not given)."""
        self.label = label or str(uuid.uuid4())
        machine = parent.state_machine.arn
        self.arn = f"{machine.replace(':stateMachine:', ':mapRun:')}/{self.label}:{uuid.uuid4()}"
        self.machine_arn = f"{machine}/{self.label}"
        self.parent = parent
        self.max_concurrency: int = limits["max_concurrency"]
        self.tolerated_count: int | None = limits["tolerated_count"]
        self.tolerated_percentage: float | None = limits["tolerated_percentage"]
        self.status = "RUNNING"
        self.start_date, self.stop_date = now, None
        self.items: Counter[str] = Counter()
        self.executions: Counter[str] = Counter()
        self.children: dict[int, RunningExecution] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._aborted = False

    def run(self, cloud: LocalCloudServer, batches: list[Batch], begin: Callable[[Batch], RunningExecution]) -> bool:
        """Run a child execution for each batch. False when more have failed than may."""
        waiting = deque(enumerate(batches))
        running: dict[int, RunningExecution] = {}
        self.executions["pending"] = len(batches)
        self.items["pending"] = sum(batch.items for batch in batches)
        while True:
            self._wake.clear()
            if self._aborted or self.exceeded():
                self._stop(running)
                return not self.exceeded()
            while waiting and len(running) < min(self.max_concurrency or MOST_AT_ONCE, MOST_AT_ONCE):
                number, batch = waiting.popleft()
                self._count(batch, "pending", "running")
                child = begin(batch)
                running[number] = self.children[number] = child
                child.when_ended(self._watcher(batch, number, running))
            if not waiting and not running:
                return not self.exceeded()
            interpreter_threads.wait(cloud, self._wake)

    def _watcher(self, batch: Batch, number: int, running: dict[int, Any]) -> Callable[[RunningExecution], None]:
        def ended(child: RunningExecution) -> None:
            self._count(batch, "running", COUNTED[str(child.status)])
            running.pop(number, None)
            self._wake.set()

        return ended

    def _count(self, batch: Batch, before: str, after: str) -> None:
        with self._lock:
            for counter, amount in ((self.executions, 1), (self.items, batch.items)):
                counter[before] -= amount
                counter[after] += amount

    def _stop(self, running: dict[int, RunningExecution]) -> None:
        for child in list(running.values()):
            child.stop(child.history.now(), None, None)

    def abort(self) -> None:
        """Stop: the parent has ended."""
        self._aborted = True
        self._wake.set()

    @property
    def aborted(self) -> bool:
        """Whether the parent has ended before."""
        return self._aborted

    def exceeded(self) -> bool:
        """Whether more items have failed than are tolerated; without a limit none is."""
        failed = self.items["failed"] + self.items["timedOut"] + (0 if self._aborted else self.items["aborted"])
        if self.tolerated_count is None and self.tolerated_percentage is None:
            return failed > 0
        total = sum(self.items.values()) - self.items["resultsWritten"]
        too_many = self.tolerated_count is not None and failed > self.tolerated_count
        percentage = self.tolerated_percentage
        return too_many or (percentage is not None and failed * 100 > percentage * total)

    def change(self, asked: dict[str, Any]) -> None:
        """Take over new limits while the run goes on."""
        self.max_concurrency = asked.get("maxConcurrency", self.max_concurrency)
        self.tolerated_count = asked.get("toleratedFailureCount", self.tolerated_count)
        self.tolerated_percentage = asked.get("toleratedFailurePercentage", self.tolerated_percentage)
        self._wake.set()

    def finish(self, status: str, now: Any) -> None:
        """The run has ended."""
        self.status, self.stop_date = status, now

    def listed(self) -> dict[str, Any]:
        """As ListMapRuns shows it."""
        return {
            "executionArn": self.parent.exec_arn,
            "mapRunArn": self.arn,
            "startDate": self.start_date.timestamp(),
            "stateMachineArn": self.machine_arn,
            **present(stopDate=self.stop_date and self.stop_date.timestamp()),
        }

    def described(self) -> dict[str, Any]:
        """As DescribeMapRun shows it."""
        shown = {name: value for name, value in self.listed().items() if name != "stateMachineArn"}
        return {
            **shown,
            "executionCounts": _counts(self.executions),
            "itemCounts": _counts(self.items),
            "maxConcurrency": self.max_concurrency,
            "redriveCount": 0,
            "status": self.status,
            "toleratedFailureCount": self.tolerated_count or 0,
            "toleratedFailurePercentage": self.tolerated_percentage or 0.0,
        }


def _counts(counter: Counter[str]) -> dict[str, int]:
    made = {name: counter[name] for name in COUNTS}
    return {**made, "total": sum(made.values()) - made["resultsWritten"]}


class MapRunOperations:
    """Answers the operations."""

    def __init__(self, machines: StateMachines) -> None:
        self._machines = machines
        self.operations = {
            "DescribeMapRun": self.describe,
            "ListMapRuns": self.list_runs,
            "UpdateMapRun": self.update,
        }

    def describe(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - one shape for all
        """A Map Run and its counts."""
        return self._find(asked["mapRunArn"]).described()

    def list_runs(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - one shape for all
        """The Map Runs of an execution."""
        runs = [run for run in self._machines.map_runs.values() if run.parent.exec_arn == asked["executionArn"]]
        shown, following = page([run.listed() for run in runs], asked)
        return {"mapRuns": shown, **following}

    def update(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - one shape for all
        """Change how many child executions run at once, or how many may fail."""
        self._find(asked["mapRunArn"]).change(asked)
        return {}

    def _find(self, arn: str) -> MapRun:
        if arn not in self._machines.map_runs:
            raise ResourceNotFound(f"Resource not found: '{arn}'")
        return self._machines.map_runs[arn]
