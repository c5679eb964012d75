"""Slate takes the place of what does not come, and real time goes on."""

from __future__ import annotations

import threading
from fractions import Fraction

from cmaf import header
from cmaf import segment as fragment
from headend.localcloud.media.fmp4 import Splitter
from headend.localcloud.media.grid import TICKS
from headend.localcloud.media.pipeline_encoder import Segment
from headend.localcloud.media.slate import Filler

FIRST = 897_646_720


class Clock:
    def __init__(self) -> None:
        self.seconds = 2.0 * FIRST

    def __call__(self) -> float:
        return self.seconds


def segment(number: int, modifier: str = "_hd") -> Segment:
    """The segment of a number, come 0.2 s after its end."""
    count = FIRST + number
    return Segment(modifier, count, count * 2 * TICKS, fragment(count), header(), 2.0 * count + 2.2)


def filler(clock: Clock) -> Filler:
    return Filler(Fraction(2), lambda _: None, clock)


def test_nothing_is_filled_while_segments_come_in_time() -> None:
    clock = Clock()
    made = filler(clock)
    for number in range(3):
        clock.seconds = segment(number).arrived
        assert made.came(segment(number))
        clock.seconds += 2.9
        assert made.due() == []


def test_slate_follows_the_last_segment_in_real_time() -> None:
    clock = Clock()
    made = filler(clock)
    made.came(segment(0))
    found = []
    for _ in range(80):
        clock.seconds = round(clock.seconds + 0.25, 2)
        found += [(one.number - FIRST, clock.seconds - segment(0).arrived) for one in made.due()]

    assert [number for number, _ in found] == list(range(1, len(found) + 1))
    assert len(found) == 8
    for number, moment in found:
        assert 0 <= moment - (2 * number + 1) < 0.5


def test_slate_is_the_last_picture_at_its_own_time_and_marked() -> None:
    clock = Clock()
    made = filler(clock)
    made.came(segment(0))
    clock.seconds = segment(0).arrived + 3
    (slate,) = made.due()

    assert slate.slate
    assert slate.pts == segment(1).pts
    (one,) = Splitter().feed(slate.header + slate.body)
    assert one.pts == (FIRST + 1) * 2 * one.timescale


def test_a_segment_that_comes_after_its_slate_is_left_out_and_the_next_one_is_taken() -> None:
    clock = Clock()
    made = filler(clock)
    made.came(segment(0))
    clock.seconds = segment(0).arrived + 3
    made.due()

    assert not made.came(segment(1))
    assert made.came(segment(2))
    clock.seconds = segment(2).arrived + 2.9
    assert made.due() == []


def test_a_timecode_that_is_put_right_is_followed() -> None:
    clock = Clock()
    made = filler(clock)
    made.came(segment(90))
    clock.seconds = segment(90).arrived + 3
    made.due()

    assert made.came(segment(2))
    clock.seconds = segment(2).arrived + 3
    assert [one.number - FIRST for one in made.due()] == [3]


def test_each_rendition_is_filled_by_itself() -> None:
    clock = Clock()
    made = filler(clock)
    made.came(segment(0))
    made.came(segment(0, "_sd"))
    made.came(segment(1))
    clock.seconds = segment(0).arrived + 3

    assert [one.modifier for one in made.due()] == ["_sd"]


def test_a_thread_fills_until_it_is_ended() -> None:
    filled = threading.Event()
    clock = Clock()
    made = Filler(Fraction(2), lambda _: filled.set(), clock)
    clock.seconds = segment(0).arrived + 3
    made.start("test")
    made.came(segment(0))

    assert filled.wait(10)
    made.end()
