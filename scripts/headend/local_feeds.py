"""Feeds of a live channel on the local cloud: a test picture for each pipeline, sent to both Regions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from headend.live_outputs import LiveOutputs

FEEDS = ("a", "b")
"""Their names, in the order of the pipelines."""


class Cloud(Protocol):
    """The part of headend.localcloud.launcher.LocalCloud that knows of feeds."""

    def feeds(self) -> dict[str, Any]:
        """`feeds`: name → flows."""

    def start_feed(self, name: str, flows: list[str]) -> dict[str, Any]:
        """Send pictures to flows."""

    def end_feed(self, name: str) -> dict[str, Any]:
        """Send no more."""


def start(live: LiveOutputs, cloud: Cloud, tell: Callable[[str], None]) -> list[str]:
    """Start the feed of each pipeline to which nobody sends; returns their names."""
    sent = {flow for flows in cloud.feeds()["feeds"].values() for flow in flows}
    started = []
    for pipeline, name in enumerate(FEEDS):
        flows = [one.flow_arns.of(pipeline) for one in live.regions.both()]
        if not sent & set(flows):
            tell(f"feed {name}: sends to pipeline {pipeline} of both Regions")
            cloud.start_feed(name, flows)
            started.append(name)
    return started


def end(cloud: Cloud) -> list[str]:
    """End those that `start` starts; returns their names."""
    ended = [name for name in FEEDS if name in cloud.feeds()["feeds"]]
    for name in ended:
        cloud.end_feed(name)
    return ended


@contextmanager
def fed(live: LiveOutputs, cloud: Cloud | None, tell: Callable[[str], None]) -> Iterator[None]:
    """Feeds while the block lasts, where nobody sends; nothing on AWS (`cloud` is None)."""
    started = start(live, cloud, tell) if cloud else []
    try:
        yield
    finally:
        for name in started:
            if cloud:
                cloud.end_feed(name)
