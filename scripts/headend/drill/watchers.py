"""The players of a drill, and where they find the stream: AWS's edge, or the local cloud's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from headend.drill import hls_js
from headend.drill.browser import NAMES, BrowserPlayer, chromium
from headend.drill.player import Player, Report, over_http
from headend.errors import HeadendError
from headend.live_outputs import LiveOutputs


@dataclass(frozen=True)
class Address:
    """What a player opens, and whose certificates it believes besides those that this machine knows."""

    url: str
    ca_file: str | None = None


class Edges(Protocol):
    """The part of headend.localcloud.launcher.LocalCloud that knows its edges."""

    def edges(self) -> list[dict[str, Any]]:
        """Where viewers reach its distributions."""


def address(live: LiveOutputs, cloud: Edges | None) -> Address:
    """Where the workflow is played. Raises HeadendError where the local cloud does not serve its distribution."""
    if cloud is None:
        return Address(live.play_url)
    for edge in cloud.edges():
        if edge["id"] == live.distribution_id:
            return Address(edge["https"] + urlsplit(live.play_url).path, edge["ca_file"])
    raise HeadendError(f"the local cloud serves no distribution {live.distribution_id}; apply, and try again")


class _Player(Protocol):
    @property
    def report(self) -> Report:
        """What it has seen so far."""

    @property
    def elapsed(self) -> float:
        """Seconds since it began, as in its report."""

    def start(self) -> object:
        """Begin to play."""

    def stop(self) -> Report:
        """End, and tell all that was seen."""


@dataclass(frozen=True)
class NamedPlayer:
    """A player with a name."""

    name: str
    player: _Player

    @property
    def report(self) -> Report:
        """What it has seen so far."""
        return self.player.report

    @property
    def elapsed(self) -> float:
        """Seconds since it began, as in its report."""
        return self.player.elapsed

    def start(self) -> object:
        """Begin to play."""
        return self.player.start()

    def stop(self) -> Report:
        """End, and tell all that was seen."""
        return self.player.stop()


def python_watcher(where: Address) -> NamedPlayer:
    """The player without a screen."""
    return NamedPlayer("the Python player", Player(where.url, over_http(ca_file=where.ca_file)))


def browser_watcher(where: Address) -> NamedPlayer:
    """hls.js in Chromium. Raises HeadendError where either is not installed."""
    return NamedPlayer("hls.js in Chromium", BrowserPlayer(where.url))


def has_browser(tell: Callable[[str], None]) -> bool:
    """Whether there are Chromium and hls.js; what is missing is told."""
    try:
        if chromium() is None:
            tell(f"without a browser: none of {', '.join(NAMES)} is on PATH")
            return False
        hls_js.script()
    except HeadendError as error:
        tell(f"without a browser: {error}")
        return False
    return True
