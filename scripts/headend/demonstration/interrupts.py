"""Ctrl-C while the demo cleans up ends the clean-up at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

AGAIN_SECONDS = 0.5


@contextmanager
def ended_at_once(act: Callable[[], None]) -> Iterator[None]:
    """Within this context Ctrl-C calls `act`, then raises KeyboardInterrupt until the context is left.

    Once is not enough: Terraform takes the first as a wish to stop in order, the second as one to stop at once.
    """
    acted = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal acted
        del number, frame
        if not acted:
            acted = True
            act()
        signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
