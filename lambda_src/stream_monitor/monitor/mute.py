"""When nobody is to be told of a flow: weekly windows in UTC, as MediaConnect's maintenance has them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class MuteWindow:
    """Begins at `start_hour` (0 to 23, UTC) of `day` (Monday to Sunday) and lasts `hours` (1 to 24)."""

    day: str
    start_hour: int
    hours: int

    def end_after(self, moment: datetime) -> datetime | None:
        """When the window ends that is open at this moment; None where it is not open."""
        midnight = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        since_day = timedelta(days=(moment.astimezone(UTC).weekday() - DAYS.index(self.day)) % 7)
        for start in (begins := midnight - since_day + timedelta(hours=self.start_hour), begins - _WEEK):
            if start <= moment < start + timedelta(hours=self.hours):
                return start + timedelta(hours=self.hours)
        return None


def muted_until(windows: Iterable[MuteWindow], now: datetime) -> datetime | None:
    """The end of the windows that are open now; one that begins before the last has ended goes on. None: none is."""
    known = list(windows)
    until: datetime | None = None
    for _ in range(len(known) + 1):
        ends = [end for window in known if (end := window.end_after(until or now)) is not None]
        if not ends:
            break
        until = max(ends)
    return until
