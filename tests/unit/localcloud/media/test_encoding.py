"""Real feeds, flows and encoders: what they make of the time of day."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from headend.localcloud.media.contribution import Contribution
from headend.localcloud.media.flow_relay import FlowRelay
from headend.localcloud.media.fmp4 import Splitter
from headend.localcloud.media.grid import TICKS, WRAP
from headend.localcloud.media.ladder import Ladder, Rendition
from headend.localcloud.media.mpegts import first_video_pts
from headend.localcloud.media.pipeline_encoder import PipelineEncoder, Segment
from headend.localcloud.media.ports import Ports
from headend.localcloud.media.supervisor import Supervisor

pytest.importorskip("imageio_ffmpeg")

SECONDS = 60.0
AHEAD = 20
"""Seconds that a test gives the processes to start before something happens."""
LADDER = Ladder((Rendition("_hd", 1280, 720, 3_000_000), Rendition("_sd", 640, 360, 800_000)))


class Plant:
    """Feeds, flows and encoders of one test; `segments[encoder]` is what an encoder has made."""

    def __init__(self, directory: Path) -> None:
        self.supervisor = Supervisor(directory)
        self.ports = Ports()
        self.segments: dict[str, list[Segment]] = {}
        self.changed = threading.Condition()

    def pipeline(self, name: str, ladder: Ladder = LADDER, now: Callable[[], float] = time.time) -> int:
        """A flow and an encoder; the port to which a feed has to send."""
        source, inside = (self.ports.lend(self.ports.take()) for _ in range(2))
        self.segments[name] = []
        encoder = PipelineEncoder(name, inside, ladder, self._taker(name), self.supervisor.directory / name, now)
        self.supervisor.run(name, encoder.start, kill=True)
        relay = FlowRelay(f"flow-{name}", source, [inside])
        self.supervisor.run(relay.name, relay.start)
        return source

    def feed(self, name: str, ports: list[int], **settings: object) -> Contribution:
        feed = Contribution(name, ports, **settings)  # type: ignore[arg-type]
        self.supervisor.run(name, feed.start)
        return feed

    def until(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, SECONDS), self.supervisor.usage()

    def made(self, name: str, modifier: str = "_hd") -> dict[int, Segment]:
        return {one.number: one for one in self.segments[name] if one.modifier == modifier}

    def _taker(self, name: str) -> Callable[[Segment], None]:
        def took(segment: Segment) -> None:
            with self.changed:
                self.segments[name].append(segment)
                self.changed.notify_all()

        return took


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    made = Plant(tmp_path / "media")
    yield made
    made.supervisor.close()
    made.ports.close()


def test_encoders_that_know_nothing_of_each_other_agree_also_after_a_restart(plant: Plant) -> None:
    ports = [plant.pipeline("east"), plant.pipeline("west")]
    plant.feed("feed-a", ports[:1])
    plant.feed("feed-b", ports[1:])
    plant.until(lambda: len(plant.made("east", "_sd").keys() & plant.made("west", "_sd").keys()) >= 2)
    before = max(plant.made("east"))
    plant.supervisor.restart("east")
    plant.until(lambda: len([one for one in plant.made("east", "_sd") if one > before + 1]) >= 2)

    for name in ("east", "west"):
        for segment in plant.segments[name]:
            assert segment.pts == segment.number * 2 * TICKS
            assert first_video_pts(segment.body) == segment.pts % WRAP
            assert segment.lockable
    both = plant.made("east").keys() & plant.made("west").keys()
    assert max(both) > before
    assert plant.supervisor.usage()["east"].restarts == 1


def test_a_lost_input_leaves_no_broken_segment_and_the_numbers_go_on_with_the_time(plant: Plant) -> None:
    port = plant.pipeline("east")
    feed = plant.feed("feed", [port])
    plant.until(lambda: len(plant.made("east")) >= 2)
    plant.supervisor.stop("feed")
    before = max(plant.made("east"))
    plant.supervisor.run("feed", feed.start)
    plant.until(lambda: max(plant.made("east")) > before + 1)

    assert all(one.pts == one.number * 2 * TICKS for one in plant.segments["east"])
    assert plant.supervisor.usage()["east"].restarts == 0


def test_time_stamps_that_begin_anew_after_26_hours_do_not_matter(plant: Plant) -> None:
    now = time.time()
    skew = (now * TICKS // WRAP + 1) * WRAP / TICKS - now - AHEAD
    port = plant.pipeline("east", now=lambda: time.time() + skew)
    plant.feed("feed", [port], skew_seconds=skew)
    wrap = round((now + skew + AHEAD) * TICKS)
    plant.until(lambda: any(one.pts > wrap for one in plant.segments["east"]))

    numbers = sorted(plant.made("east"))
    assert any(one.pts < wrap for one in plant.segments["east"])
    assert numbers == list(range(numbers[0], numbers[-1] + 1))


def test_an_encoder_that_expects_another_turn_of_the_time_stamps_finds_the_right_one(plant: Plant) -> None:
    now = time.time()
    skew = (now * TICKS // WRAP + 1) * WRAP / TICKS - now - 100
    ahead = 101.0
    port = plant.pipeline("east", now=lambda: time.time() + skew + ahead)
    plant.feed("feed", [port], skew_seconds=skew)
    plant.until(lambda: bool(plant.segments["east"]))

    assert all(one.pts == one.number * 2 * TICKS for one in plant.segments["east"])
    assert abs(plant.segments["east"][0].pts / TICKS - (now + skew)) < 60


def test_a_clock_that_is_wrong_by_three_minutes_cannot_be_locked_to(plant: Plant) -> None:
    port = plant.pipeline("east")
    plant.feed("feed", [port], skew_seconds=180)
    plant.until(lambda: bool(plant.segments["east"]))

    assert not plant.segments["east"][0].lockable


def test_fractional_frame_rates_have_their_own_grid(plant: Plant) -> None:
    rate = Fraction(30000, 1001)
    ladder = Ladder((replace(LADDER.renditions[0], frame_rate=rate),))
    port = plant.pipeline("east", ladder)
    plant.feed("feed", [port], frame_rate=rate)
    plant.until(lambda: len(plant.made("east")) >= 2)

    assert all(one.pts == one.number * 60 * 3003 for one in plant.segments["east"])


def test_half_of_the_frames_make_the_same_segments(plant: Plant) -> None:
    port = plant.pipeline("east")
    plant.feed("feed", [port], frame_rate=Fraction(50))
    plant.until(lambda: len(plant.made("east")) >= 2)

    assert all(one.pts == one.number * 2 * TICKS for one in plant.segments["east"])


def test_fragments_carry_the_time_since_the_epoch(plant: Plant) -> None:
    port = plant.pipeline("east", replace(LADDER, fragmented=True))
    plant.feed("feed", [port])
    plant.until(lambda: len(plant.made("east")) >= 2)

    for segment in plant.made("east").values():
        (fragment,) = Splitter().feed(segment.header + segment.body)
        assert fragment.pts == segment.number * 2 * fragment.timescale
        assert fragment.last - fragment.pts == fragment.timescale * 49 // 25


def test_one_feed_reaches_the_flows_that_are_there(plant: Plant) -> None:
    nobody = plant.ports.take()
    port = plant.pipeline("east")
    plant.feed("feed", [nobody, port])
    plant.until(lambda: bool(plant.segments["east"]))

    late = plant.pipeline("west")
    plant.supervisor.stop("feed")
    plant.feed("feed", [port, late])
    plant.until(lambda: bool(plant.segments["west"]))
