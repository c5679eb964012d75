"""States that a resource is in for a moment after it was made or changed: on the cloud's clock, and short.

Here they last a tenth of a second, so that an apply stays quick. While the clock is paused there are none: whoever
waits in real time for what the clock would have to bring would wait for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

SECONDS = 0.1

Key = tuple[str, str, str]
"""(service, Region, name)."""


class InBetween:
    """Which resource is in which in-between state, and until when."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._states: dict[Key, tuple[str, float]] = {}

    def enter(self, key: Key, state: str, seconds: float = SECONDS) -> None:
        """Let a resource be in `state` for a moment; nothing while the clock is paused."""
        if not self._cloud.clock.paused:
            self._states[key] = (state, self._cloud.clock.time() + seconds)

    def state(self, key: Key) -> str | None:
        """The state that a resource is in; None once it is through."""
        found = self._states.get(key)
        if found is None:
            return None
        if self._cloud.clock.time() < found[1] and not self._cloud.clock.paused:
            return found[0]
        self._states.pop(key, None)
        return None


def install(cloud: LocalCloudServer) -> None:
    """Offer it to the services that have such states."""
    cloud.provide(InBetween(cloud))
