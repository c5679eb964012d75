"""The local cloud's time: every addition asks this clock, so that time has one home."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class Clock:
    """Time as the local cloud sees it. For now it is the machine's own."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.fromtimestamp(self.time(), tz=UTC)

    def time(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Let `seconds` of this clock's time pass."""
        if seconds > 0:
            time.sleep(seconds)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Sleep, but wake at once when `event` is set. True if it was set."""
        return event.wait(max(0.0, seconds))


def iso(moment: datetime) -> str:
    """A moment as `2026-01-01T00:00:00.000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
