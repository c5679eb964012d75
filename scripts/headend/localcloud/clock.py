"""The local cloud's time: every addition asks this clock, so that time has one home.

It shows the machine's own time until it is told otherwise. Then it runs at a speed of its own, or stands still and is
stepped: it jumps from one moment for which somebody waits to the next, and after each jump it lets everything happen
that happens at that moment. It never goes back. Moments are counted in whole microseconds.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from headend.errors import UsageError
from headend.localcloud.clock_work import Work, WorkCount

MICRO = 1_000_000
LONGEST_WAIT = 3600.0
"""Real seconds after which a waiting thread looks at the clock again."""
ROUND_SECONDS = 0.05
"""Real seconds between two rounds of what is done again and again, whatever the speed."""
MAX_SPEED = 100_000.0


@dataclass(frozen=True)
class Setting:
    """How the clock runs: it showed `shown` (µs) when the machine's monotonic clock showed `since` (ns)."""

    since: int
    shown: int
    rate: float

    def micros(self) -> int:
        """What it shows now."""
        return self.shown + int((time.monotonic_ns() - self.since) * self.rate) // 1000


@dataclass(eq=False)
class _Waiter:
    """A thread that waits. `due` in µs; `hint` gives it anew while the clock is stepped; `released` ends the wait."""

    condition: Any
    ready: Callable[[], bool]
    due: float
    since: int
    works: tuple[Work, ...]
    hint: Callable[[], float] | None
    released: bool = False


class Clock:
    """Time as the local cloud sees it. Thread-safe."""

    def __init__(self) -> None:
        self._work = WorkCount()
        self._setting: Setting | None = None
        self._speed = 1.0
        self._waiters: list[_Waiter] = []
        self._stepping = threading.Lock()
        self._followers: list[Callable[[Setting], None]] = []
        self._before_wakes: list[Callable[[], None]] = []
        self.begin = self._work.begin
        self.end = self._work.end
        self.doing = self._work.doing
        self.number = self._work.number
        self.busy_with = self._work.names

    # Reading it

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.fromtimestamp(self.time(), tz=UTC)

    def time(self) -> float:
        """Seconds since the epoch."""
        setting = self._setting
        return time.time() if setting is None else setting.micros() / MICRO

    @property
    def real(self) -> bool:
        """Whether it has always shown the machine's own time."""
        return self._setting is None

    @property
    def speed(self) -> float:
        """Seconds of this clock in one real second while it runs."""
        return self._speed

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._setting is not None and self._setting.rate == 0

    @property
    def shortest_round(self) -> float:
        """Seconds of this clock that a round of what is done again and again lasts at least, so that none spins."""
        setting = self._setting
        return 0.0 if setting is None or setting.rate <= 1 else setting.rate * ROUND_SECONDS / 10

    @property
    def setting(self) -> Setting | None:
        """How it runs; None while it shows the machine's own time."""
        return self._setting

    # Waiting

    def sleep(self, seconds: float) -> None:
        """Let `seconds` of this clock's time pass."""
        self.wait(threading.Event(), seconds)

    def wait(self, event: threading.Event, seconds: float, hint: Callable[[], float] | None = None) -> bool:
        """Sleep, but wake at once when `event` is set. True if it was set.

        `hint` is for rounds that look whether something is due: it tells, in seconds since the epoch, when they will
        have something to do (math.inf: not before something else happens). A stepped clock then jumps to that moment
        instead of to the end of `seconds`, and a fast one does not make more rounds than are useful.
        """
        return self.wait_on(event._cond, event.is_set, seconds, hint)  # type: ignore[attr-defined]

    def wait_on(
        self,
        condition: threading.Condition,
        ready: Callable[[], bool],
        seconds: float,
        hint: Callable[[], float] | None = None,
    ) -> bool:
        """Wait until `ready()`, of which `condition` is notified, or for `seconds`. True if it was ready.

        `ready` must not take a lock: it is also called when the clock looks whether everything is quiet.
        """
        if ready():
            return True
        if seconds <= 0:
            return False
        waiter = self._add(condition, ready, seconds, hint)
        try:
            with condition:
                while not ready() and not waiter.released:
                    left = self._real_seconds(waiter.due)
                    if left <= 0:
                        break
                    condition.wait(min(left, LONGEST_WAIT))
                return ready()
        finally:
            with self._work.changed:
                if not waiter.released:
                    self._release(waiter)

    def busy(self, name: str = "", caller: int | None = None) -> AbstractContextManager[None]:
        """This thread works on behalf of the cloud: a stepped clock waits for it, except while it waits itself."""
        return self._work.busy(name, caller)

    def parked(self, ready: Callable[[], bool] | None = None) -> AbstractContextManager[None]:
        """This thread waits, without this clock, for something that may itself need the clock to go on."""
        return self._work.parked(ready)

    # Controlling it

    def set_speed(self, speed: float) -> None:
        """Run at this speed from the present moment on; a clock that stands still does so when it is resumed.

        Raises UsageError for anything but a number above 0 and up to MAX_SPEED.
        """
        checked_speed(speed)
        with self._work.changed:
            self._speed = speed
            if self._setting is None and speed == 1:
                return
        if not self.paused:
            self._set(speed)

    def pause(self) -> None:
        """Stand still."""
        if not self.paused:
            self._set(0.0)

    def resume(self) -> None:
        """Run on at the speed that was set."""
        if self.paused:
            self._set(self._speed)

    def step(self, seconds: float) -> None:
        """Let `seconds` pass at once, from one moment for which somebody waits to the next.

        Returns when everything that happens meanwhile has happened. A running clock stands still meanwhile and runs on
        afterwards. Raises UsageError for less than 0 and HeadendError when work does not end (it names the work).
        """
        if not 0 <= seconds < math.inf:
            raise UsageError(f"the clock goes forward by a number of seconds, not by {seconds:g}")
        with self._stepping, self.parked(ready=lambda: False):
            ran = not self.paused
            self.pause()
            try:
                self._step(self._micros() + round(seconds * MICRO))
            finally:
                if ran:
                    self.resume()

    def settle(self, limit: float | None = None) -> None:
        """Wait until nothing happens any more before the clock goes on. Raises HeadendError as `step` does."""
        self._work.settle(self._wake_ready, limit)

    def follow(self, follower: Callable[[Setting], None]) -> None:
        """Tell `follower` of every change to how the clock runs, under a lock: it must not wait."""
        self._followers.append(follower)

    def before_wakes(self, action: Callable[[], None]) -> None:
        """Call `action` after each jump before anybody wakes, to make up for what would have happened on the way."""
        self._before_wakes.append(action)

    # Inside

    def _micros(self) -> int:
        setting = self._setting
        return time.time_ns() // 1000 if setting is None else setting.micros()

    def _real_seconds(self, due: float) -> float:
        setting = self._setting
        rate = 1.0 if setting is None else setting.rate
        return math.inf if rate == 0 else (due - self._micros()) / MICRO / rate

    def _add(
        self, condition: Any, ready: Callable[[], bool], seconds: float, hint: Callable[[], float] | None
    ) -> _Waiter:
        setting = self._setting
        if hint and setting is not None and setting.rate > 1:
            longest = max(seconds, setting.rate * ROUND_SECONDS)
            seconds = max(self.shortest_round, min(hint() - self.time(), longest))
        works = self._work.own()
        with self._work.changed:
            since = self._micros()
            due = seconds if seconds == math.inf else since + max(1, round(seconds * MICRO))
            waiter = _Waiter(condition, ready, due, since, works, hint)
            self._waiters.append(waiter)
            self._work.hold(works)
        return waiter

    def _release(self, waiter: _Waiter) -> None:
        """The thread goes on: what it does counts again from now on. Called with `changed` held."""
        waiter.released = True
        self._waiters.remove(waiter)
        self._work.release(waiter.works)

    def _wake_ready(self) -> None:
        for waiter in list(self._waiters):
            if waiter.ready():
                self._release(waiter)

    def _set(self, rate: float) -> None:
        with self._work.changed:
            self._change(Setting(time.monotonic_ns(), self._micros(), rate))
            waiting = list(self._waiters)
        _notify(waiting)

    def _change(self, setting: Setting) -> None:
        self._setting = setting
        for follower in self._followers:
            follower(setting)

    def _step(self, target: int) -> None:
        while True:
            self.settle()
            due = self._next_due()
            if due > target:
                break
            self._jump(max(math.ceil(due), self._micros()))
        if self._micros() < target:
            self._jump(target)
            self.settle()

    def _next_due(self) -> float:
        with self._work.changed:
            waiting = list(self._waiters)
        return min((_due(waiter) for waiter in waiting), default=math.inf)

    def _jump(self, moment: int) -> None:
        with self._work.changed:
            self._change(Setting(time.monotonic_ns(), moment, 0.0))
            waiting = list(self._waiters)
        for action in self._before_wakes:
            action()
        due = [waiter for waiter in waiting if _due(waiter) <= moment]
        with self._work.changed:
            woken = [waiter for waiter in due if not waiter.released]
            for waiter in woken:
                self._release(waiter)
        _notify(woken)


def checked_speed(speed: float) -> float:
    """The speed, if a clock can run at it. Raises UsageError."""
    if not 0 < speed <= MAX_SPEED:
        raise UsageError(f"the speed of the clock is a number above 0 and up to {MAX_SPEED:g}, not {speed:g}")
    return speed


def _due(waiter: _Waiter) -> float:
    """When a stepped clock wakes it. Rounds that found something due and left it have their next one a second later."""
    if waiter.hint is None:
        return waiter.due
    hint = waiter.hint() * MICRO
    return hint if hint >= waiter.since + 1 else waiter.since + MICRO


def _notify(waiters: list[_Waiter]) -> None:
    for waiter in waiters:
        with waiter.condition:
            waiter.condition.notify_all()


def iso(moment: datetime) -> str:
    """A moment as `2026-01-01T00:00:00.000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
