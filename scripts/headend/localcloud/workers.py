"""A pool of threads whose tasks count as work of the cloud from the moment they are handed over."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from headend.localcloud.clock import Clock


class Workers(ThreadPoolExecutor):
    """A ThreadPoolExecutor for which a stepped clock waits. A task that is dropped counts no longer."""

    def __init__(self, clock: Clock, threads: int, name: str) -> None:
        super().__init__(threads, thread_name_prefix=name)
        self._clock = clock
        self._name = name

    def submit(self, task: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Run `task(*arguments, **named)` on a thread of the pool. Raises RuntimeError after `shutdown`."""
        work = self._clock.begin(self._name)

        def run() -> Any:
            with self._clock.doing(work):
                return task(*arguments, **named)

        try:
            future = super().submit(run)
        except RuntimeError:
            self._clock.end(work)
            raise
        future.add_done_callback(lambda _: self._clock.end(work))
        return future
