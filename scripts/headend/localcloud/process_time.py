"""The process's own time follows the clock once that is not the machine's: moto and botocore ask the process.

time-machine replaces what time.time, datetime.now and their kin do, for all threads; time.monotonic, time.perf_counter
and the time-outs of locks and sockets stay real. Nothing is replaced while the clock shows the machine's time.

Source: https://time-machine.readthedocs.io/en/latest/usage.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from headend.localcloud.clock import MICRO, Clock, Setting


class ProcessTime:
    """Installed by the clock's first change, removed by `close`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._travel: Any = None
        self._traveller: Any = None
        self._open = True
        clock.follow(self._changed)

    def close(self) -> None:
        """Give the process the machine's time back, for good."""
        self._open = False
        if self._travel is not None:
            import time_machine

            stack = time_machine.traveller_stack
            stack.remove(self._traveller)
            stack.append(self._traveller)  # the one that `stop` takes away
            self._travel.stop()
            self._travel = None

    def _changed(self, _: Setting) -> None:
        if self._travel is None and self._open:
            import time_machine  # it costs a tenth of a second, and most clocks stay real

            self._travel = time_machine.travel(0, tick=False)
            self._travel.start()
            self._traveller = following(time_machine, self._micros)
            time_machine.traveller_stack[-1] = self._traveller

    def _micros(self) -> int:
        setting = self._clock.setting
        return setting.micros() if setting else round(self._clock.time() * MICRO)


def following(time_machine: Any, micros: Callable[[], int]) -> Any:
    """A traveller of time-machine that is wherever `micros` says (µs since the epoch)."""

    class Following(time_machine.Traveller):  # type: ignore[misc]
        def time_ns(self) -> int:
            return micros() * 1000

    return Following(0, None, tick=False)
