"""One edge's cache: objects and errors by cache key, and requests for the same key that wait for each other.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#request-custom-traffic-spikes
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from headend.localcloud.cloudfront.path_patterns import fits

Key = tuple[Any, ...]
MOST_BYTES = 64 * 1024 * 1024
"""What an edge keeps; what has not been asked for the longest goes first."""


@dataclass(frozen=True)
class Cached:
    """An answer that is kept. Times are seconds since the epoch; `checked` is when the origin is asked again at the

    earliest, after it failed to renew an object that is out of date.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    origin: str
    stored: float
    fresh_until: float
    checked: float = 0.0


class Cache:
    """The answers that are kept. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Cached] = OrderedDict()
        self._bytes = 0
        self._under_way: dict[Key, threading.Lock] = {}
        self._waiting: dict[Key, int] = {}

    def get(self, key: Key) -> Cached | None:
        """What is kept for a key, fresh or not."""
        with self._lock:
            found = self._kept.get(key)
            if found:
                self._kept.move_to_end(key)
            return found

    def put(self, key: Key, answer: Cached) -> None:
        """Keep an answer in the place of what was kept."""
        with self._lock:
            self._drop(key)
            self._kept[key] = answer
            self._bytes += len(answer.body)
            while self._bytes > MOST_BYTES and len(self._kept) > 1:
                self._drop(next(iter(self._kept)))

    def remove(self, key: Key) -> None:
        """Forget one."""
        with self._lock:
            self._drop(key)

    def invalidate(self, domain: str, paths: list[str]) -> int:
        """Forget what an invalidation's paths name; how many that were.

        Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html
        """
        with self._lock:
            named = [
                key
                for key in self._kept
                if key[0] == domain and any(fits(path.partition("?")[0], key[2]) for path in paths)
            ]
            for key in named:
                self._drop(key)
            return len(named)

    @contextmanager
    def alone(self, key: Key) -> Iterator[None]:
        """One request for a key goes to the origin at a time; the others find its answer in the cache."""
        with self._lock:
            lock = self._under_way.setdefault(key, threading.Lock())
            self._waiting[key] = self._waiting.get(key, 0) + 1
        try:
            with lock:
                yield
        finally:
            with self._lock:
                self._waiting[key] -= 1
                if not self._waiting[key]:
                    del self._waiting[key], self._under_way[key]

    def _drop(self, key: Key) -> None:
        found = self._kept.pop(key, None)
        if found:
            self._bytes -= len(found.body)
