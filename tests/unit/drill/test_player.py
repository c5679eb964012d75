"""The player, in a time that the test makes pass."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from headend.drill.player import Answer, Player, Report
from headend.localcloud.media import manifests
from headend.localcloud.media.ladder import Ladder, Rendition
from headend.localcloud.media.manifests import Entry

LADDER = Ladder((Rendition("_hd", 1280, 720, 3_000_000), Rendition("_sd", 640, 360, 800_000)))
FIRST = 1000


class World:
    """A live stream of two pipelines behind an edge: segment N is there from second 2 (N - FIRST) on.

    `fails(name, now)` tells which names answer 404.
    """

    def __init__(self, fails: Callable[[str, float], bool] = lambda _name, _now: False, seconds: float = 60) -> None:
        self.now = 0.0
        self.fails = fails
        self.seconds = seconds
        self.last: float = 1e9
        self.slow: Callable[[str, float], float] = lambda _name, _now: 0.0

    def fetch(self, url: str) -> Answer:
        name = url.rpartition("/")[2]
        self.now += self.slow(name, self.now)
        headers = {"x-headend-origin": "west" if "backup" in name else "east"}
        if self.fails(name, self.now):
            return Answer(404, headers=headers)
        if name == "index.m3u8":
            return Answer(200, manifests.multivariant(LADDER, ["primary", "backup"]).encode())
        if not name.endswith(".m3u8"):
            return Answer(200, b"picture", headers)
        newest = FIRST + int(min(self.now, self.last) / 2)
        base = name.removesuffix(".m3u8")
        entries = [
            Entry(number, f"{base}_{number}.ts", Fraction(0)) for number in range(max(0, newest - 4), newest + 1)
        ]
        ended = self.now >= self.last
        return Answer(200, manifests.media(entries, Fraction(2), ended=ended).encode(), headers)

    def wait(self, seconds: float) -> bool:
        self.now += max(seconds, 0.001)
        return self.now >= self.seconds

    def play(self) -> Report:
        return Player("http://edge/index.m3u8", self.fetch, now=lambda: self.now, wait=self.wait).play()


def numbers(report: Report) -> list[int]:
    return [one.number for one in report.segments]


def test_a_healthy_stream_plays_without_a_stall() -> None:
    report = World().play()

    assert numbers(report) == list(range(numbers(report)[0], FIRST + 30))
    assert (report.stalls, report.skipped, report.switches, report.origins) == ([], [], [], ["east"])


def test_a_rendition_that_is_gone_is_left_for_its_redundant_one() -> None:
    report = World(lambda name, now: name.startswith("primary") and now > 20).play()

    assert report.stalls == []
    assert numbers(report) == list(range(numbers(report)[0], FIRST + 30))
    assert [(before[-15:], after[-14:]) for _, before, after in report.switches] == [
        ("primary_hd.m3u8", "backup_hd.m3u8")
    ]
    assert report.origins == ["east", "west"]


def test_the_next_bit_rate_is_tried_when_both_redundant_renditions_are_gone() -> None:
    report = World(lambda name, now: "_hd" in name and now > 20).play()

    assert report.stalls == []
    assert report.segments[-1].url.endswith(f"_sd_{FIRST + 29}.ts")


def test_an_outage_that_is_longer_than_what_was_fetched_is_one_stall_of_its_length() -> None:
    report = World(lambda _name, now: 20 < now < 30).play()

    assert len(report.stalls) == 1
    assert 3000 < report.longest_stall < 10_000
    assert report.stalls[0].before in numbers(report)
    assert report.segments[-1].number == FIRST + 29


def test_an_outage_that_is_shorter_than_what_was_fetched_is_not_seen() -> None:
    assert World(lambda _name, now: 20 < now < 22).play().stalls == []


def test_what_no_manifest_names_any_more_is_skipped() -> None:
    report = World(lambda _name, now: 20 < now < 40).play()

    assert report.skipped
    assert sorted(numbers(report) + report.skipped) == list(range(numbers(report)[0], FIRST + 30))


def test_a_picture_that_never_comes_back_counts_as_a_stall() -> None:
    report = World(lambda _name, now: now > 20).play()

    assert report.stalls[-1].milliseconds == pytest.approx(60_000 - report.stalls[-1].at * 1000, abs=500)


def test_a_slow_answer_is_seen_as_what_it_costs() -> None:
    world = World()
    world.slow = lambda name, now: 9.0 if name.endswith(f"_{FIRST + 10}.ts") else 0.0

    report = world.play()

    assert [stall.before for stall in report.stalls] == [FIRST + 10]
    assert report.requests[-1].at <= 60.5


def test_a_manifest_that_is_slow_to_come_does_not_slow_the_player_down() -> None:
    world = World()
    world.slow = lambda name, _now: 1.5 if name.endswith(".m3u8") else 0.0

    report = world.play()

    assert report.stalls == []
    assert report.segments[-1].number >= FIRST + 28


def test_the_end_of_a_stream_is_no_stall() -> None:
    world = World()
    world.last = 20

    report = world.play()

    assert report.ended
    assert report.stalls == []
    assert numbers(report)[-1] == FIRST + 10


def test_a_stream_that_is_not_there_yet_is_waited_for() -> None:
    report = World(lambda name, now: name == "index.m3u8" and now < 10).play()

    assert [one.status for one in report.requests][:3] == [404, 404, 404]
    assert report.segments
