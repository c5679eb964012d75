"""What the local cloud is busy with, so that a stepped clock can wait until everything at a moment has happened.

A piece of work is counted from `begin` to its end. It does not count while every thread that does it waits for
simulated time, or while a request that it made itself is being answered: then that request counts.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from headend.errors import HeadendError

QUIET_SECONDS = 60.0
"""Real seconds after which work that does not end is an error."""
SETTLE_SECONDS = 0.003
"""Real seconds that a thread may need to go on after what it was parked for has happened."""

_numbers = itertools.count(1)


class Work:
    """One piece of work. `held` counts the reasons for which it does not count at present; `caller` waits for it."""

    def __init__(self, name: str, caller: Work | None) -> None:
        self.name = name
        self.caller = caller
        self.number = next(_numbers)
        self.held = 0


class WorkCount:
    """All work in progress. Thread-safe; `changed` guards everything, also what the clock adds to it."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self._works: dict[int, Work] = {}
        self._active: set[Work] = set()
        self._own = threading.local()
        self._unseen = 0
        self._parked: list[Callable[[], bool]] = []
        self._steps = 0

    def begin(self, name: str, caller: int | None = None) -> Work:
        """Count `name` as work from now on, whoever does it; `end` it, or do it `with doing(...)`.

        `caller` is the number of the work that waits for it, if known, and does not count until the end of this one.
        One of the two counts at every moment: otherwise a step could end in between.
        """
        with self.changed:
            work = Work(name, self._works.get(caller or 0))
            self._works[work.number] = work
            self._count(work)
            if work.caller:
                self.hold((work.caller,))
        return work

    def end(self, work: Work) -> None:
        """The work is done. Ending it twice does no harm."""
        with self.changed:
            if self._works.pop(work.number, None) and work.caller:
                self.release((work.caller,))
            self._count(work)

    @contextmanager
    def doing(self, work: Work) -> Iterator[None]:
        """This thread does the work, which ends with the block; while the thread waits, the work does not count."""
        stack = self._stack()
        stack.append(work)
        try:
            yield
        finally:
            stack.remove(work)
            self.end(work)

    @contextmanager
    def busy(self, name: str = "", caller: int | None = None) -> Iterator[None]:
        """This thread works on behalf of the cloud; `caller` is the number of the work that waits for it, if known."""
        with self.doing(self.begin(name or threading.current_thread().name, caller)):
            yield

    @contextmanager
    def parked(self, ready: Callable[[], bool] | None = None) -> Iterator[None]:
        """This thread waits for something that may itself wait for simulated time: its work does not count meanwhile.

        `ready` tells, without taking a lock, whether that has happened; it saves the settling time.
        """
        mine = self.own()
        with self.changed:
            self._unseen += ready is None
            if ready:
                self._parked.append(ready)
            self.hold(mine)
        try:
            yield
        finally:
            with self.changed:
                self._unseen -= ready is None
                if ready:
                    self._parked.remove(ready)
                self.release(mine)

    def own(self) -> tuple[Work, ...]:
        """What this thread is doing."""
        return tuple(self._stack())

    def number(self) -> int | None:
        """The number of what this thread is doing, to be sent along with its requests."""
        stack = self._stack()
        return stack[-1].number if stack else None

    def hold(self, works: tuple[Work, ...]) -> None:
        """These do not count for one more reason. Call it with `changed` held."""
        for work in works:
            work.held += 1
            self._count(work)

    def release(self, works: tuple[Work, ...]) -> None:
        """These do not count for one reason fewer. Call it with `changed` held."""
        for work in works:
            work.held -= 1
            self._count(work)

    def names(self) -> list[str]:
        """What is counted at present."""
        with self.changed:
            return sorted(work.name for work in self._active)

    def settle(self, wake: Callable[[], None] = lambda: None, limit: float | None = None) -> None:
        """Wait until no work counts. `wake` is called with `changed` held and lets threads go on that may.

        Raises HeadendError, which names the work, when that takes longer than `limit` real seconds.
        """
        seconds = QUIET_SECONDS if limit is None else limit
        deadline = time.monotonic() + seconds
        with self.changed:
            while True:
                wake()
                steps = self._steps
                if self._active:
                    self.changed.wait(0.05)
                elif any(ready() for ready in self._parked):
                    self.changed.wait(SETTLE_SECONDS)
                elif not self._unseen:
                    return
                else:
                    self.changed.wait(SETTLE_SECONDS)
                    if not self._active and steps == self._steps:
                        return
                if time.monotonic() > deadline:
                    names = ", ".join(sorted({work.name for work in self._active})) or "threads that begin and end"
                    raise HeadendError(
                        f"the local cloud is still busy after {seconds:g} s: {names}. Look at `headend local status` "
                        "and the server's log, or step again when it has ended"
                    )

    def _stack(self) -> list[Work]:
        stack: list[Work] | None = getattr(self._own, "stack", None)
        if stack is None:
            stack = self._own.stack = []
        return stack

    def _count(self, work: Work) -> None:
        counts = not work.held and work.number in self._works
        if counts == (work in self._active):
            return
        self._steps += 1
        (self._active.add if counts else self._active.discard)(work)
        if not self._active:
            self.changed.notify_all()
