"""Who was served what: one entry for each answer to a viewer, with fields that CloudFront's own access logs have.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TypedDict

KEPT = 20_000
"""Entries that are kept: a player asks about once in a second."""


class EdgeEntry(TypedDict):
    """One answer. `time` is when it was ready and `seconds` how long it took; `origin` is an origin's id, or empty.

    `result` is X-Cache's first word: Hit, RefreshHit, Miss, Error, Redirect, FunctionGeneratedResponse, ….
    """

    seq: int
    time: float
    distribution: str
    method: str
    target: str
    status: int
    result: str
    origin: str
    bytes: int
    seconds: float
    viewer: str


class EdgeLog:
    """The latest entries. Thread-safe."""

    def __init__(self, kept: int = KEPT) -> None:
        self._lock = threading.Lock()
        self._entries: deque[EdgeEntry] = deque(maxlen=kept)
        self._seq = 0

    def add(self, entry: EdgeEntry) -> None:
        """Keep an entry; its `seq` is given here."""
        with self._lock:
            self._seq += 1
            self._entries.append({**entry, "seq": self._seq})

    def since(self, seq: int = 0) -> list[EdgeEntry]:
        """The entries after a sequence number, oldest first."""
        with self._lock:
            return [entry for entry in self._entries if entry["seq"] > seq]
