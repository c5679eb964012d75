"""What happened in the local cloud, in order: one JSON object per line, readable while it runs."""

from __future__ import annotations

import json
import threading
from collections import deque
from pathlib import Path
from typing import Any, TypedDict

from headend.localcloud.clock import Clock, iso

KINDS = frozenset(
    {
        "alarm",
        "channel-state",
        "datapoint",
        "denied",
        "edge",
        "error",
        "event",
        "execution",
        "fault",
        "flow-status",
        "function",
        "host",
        "http",
        "mapping",
        "media",
        "notification",
        "object",
        "scenario",
        "schedule",
        "source-switch",
        "stack",
        "state",
    }
)
KEPT = 20_000
"""Entries kept in memory for readers; the file keeps all of them."""


class Entry(TypedDict):
    """One line of the timeline. `time` is ISO 8601 in UTC with milliseconds, `detail` depends on `kind`."""

    seq: int
    time: str
    kind: str
    region: str
    resource: str
    summary: str
    detail: dict[str, Any]


class Timeline:
    """A thread-safe, append-only record. Sequence numbers start at 1 and have no gaps."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._seq = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", encoding="utf-8")

    def record(self, kind: str, region: str, resource: str, summary: str, **detail: Any) -> Entry:
        """Add one entry. Raises ValueError for a kind that readers do not know. Values JSON cannot hold become text."""
        if kind not in KINDS:
            raise ValueError(f"timeline kind {kind!r} is not one of {', '.join(sorted(KINDS))}")
        plain: dict[str, Any] = json.loads(json.dumps(detail, default=str))
        with self._lock:
            self._seq += 1
            entry: Entry = {
                "seq": self._seq,
                "time": iso(self._clock.now()),
                "kind": kind,
                "region": region,
                "resource": resource,
                "summary": summary,
                "detail": plain,
            }
            self._entries.append(entry)
            if not self._file.closed:
                self._file.write(json.dumps(entry, separators=(",", ":")) + "\n")
                self._file.flush()
        return entry

    def since(self, seq: int = 0) -> list[Entry]:
        """The entries after `seq`, oldest first."""
        with self._lock:
            newer: list[Entry] = []
            for entry in reversed(self._entries):
                if entry["seq"] <= seq:
                    break
                newer.append(entry)
        newer.reverse()
        return newer

    def close(self) -> None:
        """Close the file; later entries stay in memory only."""
        with self._lock:
            self._file.close()
