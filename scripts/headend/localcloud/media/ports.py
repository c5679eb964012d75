"""UDP ports on loopback, below those that the kernel gives away by itself.

A port that is taken is bound here until it is lent to a process: what is sent to it before reaches nobody, and no other
local cloud on this machine gets it.
"""

from __future__ import annotations

import random
import socket
import threading
from contextlib import suppress

HOST = "127.0.0.1"
LOWEST, HIGHEST = 20_000, 32_000


class Ports:
    """Gives each port to one taker at a time. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: dict[int, socket.socket | None] = {}

    def take(self) -> int:
        """A port that nobody has. OSError when there is none left."""
        with self._lock:
            choice = [port for port in range(LOWEST, HIGHEST) if port not in self._taken]
            random.shuffle(choice)
            for port in choice:
                with suppress(OSError):
                    self._taken[port] = _bound(port)
                    return port
        raise OSError(f"no UDP port is free between {LOWEST} and {HIGHEST}")

    def lend(self, port: int) -> int:
        """Let a process bind the port, which is returned."""
        with self._lock:
            held = self._taken.get(port)
            if held:
                held.close()
                self._taken[port] = None
        return port

    def hold(self, port: int) -> None:
        """The process is gone: let nobody else have the port."""
        with self._lock:
            if port in self._taken and self._taken[port] is None:
                with suppress(OSError):  # somebody was faster
                    self._taken[port] = _bound(port)

    def give_back(self, port: int) -> None:
        """Let others have the port."""
        self.lend(port)
        with self._lock:
            self._taken.pop(port, None)

    def close(self) -> None:
        """Give back all of them."""
        for port in list(self._taken):
            self.give_back(port)


def _bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.bind((HOST, port))
    except OSError:
        made.close()
        raise
    return made
