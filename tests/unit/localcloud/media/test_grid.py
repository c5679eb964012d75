"""Segments begin on the epoch's grid, whatever the frame rate."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.localcloud.media.grid import TICKS, WRAP, Grid, unwrapped

RATES = [Fraction(25), Fraction(50), Fraction(30), Fraction(30000, 1001), Fraction(60000, 1001), Fraction(24000, 1001)]
NOW = 1_795_293_440


@pytest.mark.parametrize("rate", RATES, ids=str)
@given(number=st.integers(0, 2_000_000_000))
def test_a_segments_first_time_stamp_tells_its_number(rate: Fraction, number: int) -> None:
    grid = Grid.of(Fraction(2), rate)

    assert grid.number(grid.pts(number)) == number


def test_a_segment_is_a_whole_number_of_frames() -> None:
    grid = Grid.of(Fraction(2), Fraction(30000, 1001))

    assert (grid.frames, grid.duration) == (60, Fraction(60060, 30000))


def test_two_seconds_at_25_frames_begin_at_even_seconds() -> None:
    grid = Grid.of(Fraction(2), Fraction(25))

    assert grid.number(NOW * TICKS) == NOW // 2
    assert grid.number((NOW + 1) * TICKS) is None
    assert grid.number(NOW * TICKS + 3600) is None


def test_a_segment_that_was_cut_off_is_not_complete() -> None:
    grid = Grid.of(Fraction(2), Fraction(25))
    begin = NOW * TICKS

    assert grid.complete(begin, begin + 2 * TICKS)
    assert grid.complete(begin, begin + 2 * TICKS - 3600)
    assert not grid.complete(begin, begin + TICKS)
    assert not grid.complete(begin, begin + 12 * TICKS)
    assert not grid.complete(begin + 3600, begin + 2 * TICKS)


@given(st.integers(0, 4_000_000_000 * TICKS), st.floats(-40_000, 40_000))
def test_a_time_stamp_of_33_bits_is_the_moment_next_to_now(moment: int, error: float) -> None:
    assert unwrapped(moment % WRAP, moment / TICKS + error) == moment
