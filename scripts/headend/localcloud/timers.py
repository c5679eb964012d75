"""Things to do at a moment of the cloud's time, and things to do now on a worker.

One thread waits for all moments, so that a thousand schedules cost one wait; the clock jumps from moment to moment when
it is stepped. What has been handed over counts as work of the cloud until it has been done.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from headend.localcloud.clock_work import Work
from headend.localcloud.workers import Workers

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

WORKERS = 16
IDLE_SECONDS = 86_400.0

Action = Callable[[], None]


class Timers:
    """The waits of events, schedules and sources."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._workers = Workers(cloud.clock, WORKERS, "timers")
        self._due: list[tuple[float, int, str, Action]] = []
        self._order = itertools.count()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._handed_over: list[Work] = []

    def soon(self, name: str, action: Action) -> None:
        """Do `action` on a worker. `name` is for the report of what it raises."""

        def run() -> None:
            try:
                action()
            except Exception as error:  # noqa: BLE001 - the end of a worker's task: nobody else would see it
                self._cloud.report(name, error)

        with suppress(RuntimeError):  # the server ends
            self._workers.submit(run)

    def at(self, moment: float, name: str, action: Action) -> None:
        """Do `action` on a worker when the clock shows `moment` (seconds since the epoch), or at once if it is past."""
        with self._lock:
            heapq.heappush(self._due, (moment, next(self._order), name, action))
            if self._due[0][0] < moment:
                return
            # The clock must not jump before the waiting thread has heard of this moment.
            self._handed_over.append(self._cloud.clock.begin(f"timer {name}"))
            self._wake.set()

    def after(self, seconds: float, name: str, action: Action) -> None:
        """Do `action` when so much of the clock's time has passed."""
        self.at(self._cloud.clock.time() + seconds, name, action)

    def run(self) -> None:
        """Wait and hand over until the server ends."""
        while not self._cloud.stopping.is_set():
            with self._lock:
                self._wake.clear()
                handed_over, self._handed_over = self._handed_over, []
                now = self._cloud.clock.time()
                while self._due and self._due[0][0] <= now:
                    _, _, name, action = heapq.heappop(self._due)
                    self.soon(name, action)
                seconds = self._due[0][0] - now if self._due else IDLE_SECONDS
            for work in handed_over:
                self._cloud.clock.end(work)
            self._cloud.clock.wait(self._wake, seconds)

    def close(self) -> None:
        """Wake the waiting thread and drop what has not been begun."""
        self._wake.set()
        self._workers.shutdown(wait=False, cancel_futures=True)


def install(cloud: LocalCloudServer) -> None:
    """Offer the timers to the other additions."""
    timers = Timers(cloud)
    cloud.provide(timers)
    cloud.spawn("timers", timers.run)

    cloud.at_the_end(timers.close)
