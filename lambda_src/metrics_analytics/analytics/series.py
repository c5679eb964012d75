"""Values over time in a fixed number of slots, so that a series takes the same memory whatever is collected for it."""

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

_NONE = math.nan


@dataclass(frozen=True)
class Window:
    """The time from `start` to before `end` (seconds since the epoch), in slots of `resolution` seconds."""

    start: float
    end: float
    resolution: int

    @classmethod
    def before(cls, end: datetime, seconds: int, resolution: int) -> "Window":
        """The window of so many seconds that ends then; the first slot may begin before it."""
        last = end.timestamp()
        return cls(last - math.ceil(seconds / resolution) * resolution, last, resolution)

    def earlier(self, by: timedelta) -> "Window":
        """The same window, so much earlier: slots of both with the same number are that far apart."""
        return Window(self.start - by.total_seconds(), self.end - by.total_seconds(), self.resolution)

    @property
    def slots(self) -> int:
        """How many there are."""
        return round((self.end - self.start) / self.resolution)

    def slot(self, timestamp: float) -> int | None:
        """The number of the slot that a time lies in; None outside the window."""
        if not self.start <= timestamp < self.end:
            return None
        return min(int((timestamp - self.start) // self.resolution), self.slots - 1)


class Series:
    """The latest value of each slot, of whatever order and however often the values are given.

    Of two values with the same time the higher counts, so that the order cannot matter.
    """

    __slots__ = ("_times", "_values", "unit")

    def __init__(self, slots: int, unit: str) -> None:
        self.unit = unit
        self._times = array("d", [_NONE]) * slots
        self._values = array("d", [_NONE]) * slots

    def add(self, slot: int, timestamp: float, value: float) -> None:
        """Take a value of that slot."""
        known = self._times[slot]
        if math.isnan(known) or (known, self._values[slot]) < (timestamp, value):
            self._times[slot], self._values[slot] = timestamp, value

    def points(self) -> Iterator[tuple[float, float]]:
        """Times and values in order, without the slots that have none."""
        return ((t, v) for t, v in zip(self._times, self._values, strict=True) if not math.isnan(t))

    def slots(self) -> dict[int, float]:
        """The values by slot."""
        return {i: v for i, v in enumerate(self._values) if not math.isnan(v)}

    def since(self, timestamp: float) -> list[float]:
        """The values from a time on."""
        return [v for t, v in self.points() if t >= timestamp]
