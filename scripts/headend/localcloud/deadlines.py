"""Time limits of executions: one thread waits for all of them, and a limit that is no longer needed costs nothing."""

from __future__ import annotations

import heapq
import itertools
import math
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

LONGEST = 86_400.0


class Deadline:
    """Something to do at a moment, unless it is cancelled before."""

    def __init__(self, moment: float, action: Callable[[], None]) -> None:
        self.moment = moment
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Do nothing at that moment."""
        self.action = None


class Deadlines:
    """Deadlines by moment."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._order = itertools.count()
        self._due: list[tuple[float, int, Deadline]] = []

    def after(self, seconds: float, action: Callable[[], None]) -> Deadline:
        """Do `action`, which must be quick, when so many seconds of the clock have passed."""
        deadline = Deadline(self._cloud.clock.time() + seconds, action)
        with self._lock:
            first = not self._due or deadline.moment < self._due[0][0]
            heapq.heappush(self._due, (deadline.moment, next(self._order), deadline))
            if first:
                self._wake.set()
        return deadline

    def next_moment(self) -> float:
        """When the first deadline that still counts is; infinity when there is none."""
        with self._lock:
            while self._due and self._due[0][2].action is None:
                heapq.heappop(self._due)
            return self._due[0][0] if self._due else math.inf

    def run(self) -> None:
        """Wait and act until the server ends."""
        while not self._cloud.stopping.is_set():
            self._wake.clear()
            moment = self.next_moment()
            left = moment - self._cloud.clock.time()
            if left > 0:
                self._cloud.clock.wait_on(self._wake._cond, self._wake.is_set, min(left, LONGEST))  # type: ignore[attr-defined]
                continue
            with self._lock:
                _, _, deadline = heapq.heappop(self._due)
            if deadline.action:
                try:
                    deadline.action()
                except Exception as error:  # noqa: BLE001 - the other deadlines have to be kept
                    self._cloud.report("deadline", error)

    def close(self) -> None:
        """Wake the thread so that it sees that the server ends."""
        self._wake.set()
