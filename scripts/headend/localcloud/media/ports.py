"""Free UDP ports on loopback, below those that the kernel gives away by itself."""

from __future__ import annotations

import random
import socket
import threading

HOST = "127.0.0.1"
LOWEST, HIGHEST = 20_000, 32_000


class Ports:
    """Gives each port to one taker at a time. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: set[int] = set()

    def take(self) -> int:
        """A port on which nothing listens. OSError when there is none left."""
        with self._lock:
            choice = [port for port in range(LOWEST, HIGHEST) if port not in self._taken]
            random.shuffle(choice)
            for port in choice:
                if _free(port):
                    self._taken.add(port)
                    return port
        raise OSError(f"no UDP port is free between {LOWEST} and {HIGHEST}")

    def give_back(self, port: int) -> None:
        """Let others have the port."""
        with self._lock:
            self._taken.discard(port)


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
