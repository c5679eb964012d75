"""Threads of moto's interpreter: work of the cloud, so that a stepped clock waits for them."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer


def start(cloud: LocalCloudServer, name: str, work: Callable[[], object]) -> threading.Thread:
    """Run `work` on a thread of its own that counts as busy from now on."""

    def run() -> None:
        work()

    return cloud.spawn(name, run)


def wait(cloud: LocalCloudServer, event: threading.Event) -> None:
    """Wait for other threads of the interpreter, however long they take; meanwhile the clock may move."""
    cloud.clock.wait(event, math.inf)
