"""How the clock runs, in a file that function processes read: their handlers see the cloud's time at every moment.

40 bytes, little-endian: a counter, `since` (ns of the machine's monotonic clock), `shown` (µs), `rate` (double) and the
counter again, with which a reader sees that it read while it was written.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

from headend.localcloud.clock import Setting

LAYOUT = struct.Struct("<QqqdQ")


class ClockFile:
    """The writer's end. Written under the clock's lock, so by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._count = 0
        self._map: mmap.mmap | None = None

    def write(self, setting: Setting) -> None:
        """Tell the readers; the file is made when the clock leaves the machine's time for the first time."""
        if self._map is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(bytes(LAYOUT.size))
            with self.path.open("r+b") as file:
                self._map = mmap.mmap(file.fileno(), LAYOUT.size)
        self._count += 1
        self._map[:8] = struct.pack("<Q", self._count)
        self._map[8:32] = struct.pack("<qqd", setting.since, setting.shown, setting.rate)
        self._map[32:40] = struct.pack("<Q", self._count)

    def close(self) -> None:
        """Write no more."""
        if self._map is not None:
            self._map.close()
            self._map = None
