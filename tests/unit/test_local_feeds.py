"""Feeds of a live channel on the local cloud."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from headend import local_feeds
from headend.live_outputs import read
from unit.drill.test_levers import OUTPUTS

LIVE = read(OUTPUTS)
PRIMARIES, BACKUPS = ([one.flow_arns.of(pipeline) for one in LIVE.regions.both()] for pipeline in (0, 1))


@dataclass
class Cloud:
    """What sends to which flows."""

    sent: dict[str, list[str]] = field(default_factory=dict)

    def feeds(self) -> dict[str, Any]:
        return {"feeds": self.sent}

    def start_feed(self, name: str, flows: list[str]) -> dict[str, Any]:
        self.sent[name] = flows
        return self.feeds()

    def end_feed(self, name: str) -> dict[str, Any]:
        del self.sent[name]
        return self.feeds()


def silent(_: str) -> None:
    """Nobody reads it."""


def test_each_pipeline_has_a_feed_that_goes_to_both_regions() -> None:
    cloud = Cloud()
    assert local_feeds.start(LIVE, cloud, silent) == ["a", "b"]
    assert cloud.sent == {"a": PRIMARIES, "b": BACKUPS}


def test_nobody_is_disturbed_who_sends_already() -> None:
    cloud = Cloud({"stadium": PRIMARIES[:1]})
    with local_feeds.fed(LIVE, cloud, silent):
        assert cloud.sent == {"stadium": PRIMARIES[:1], "b": BACKUPS}
    assert cloud.sent == {"stadium": PRIMARIES[:1]}


def test_only_these_feeds_are_ended() -> None:
    cloud = Cloud({"stadium": PRIMARIES, "b": BACKUPS})
    assert local_feeds.end(cloud) == ["b"]
    assert list(cloud.sent) == ["stadium"]


def test_on_aws_nothing_is_sent() -> None:
    with local_feeds.fed(LIVE, None, silent):
        pass
