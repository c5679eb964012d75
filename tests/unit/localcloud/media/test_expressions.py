"""The expressions by which ffmpeg cuts, evaluated as ffmpeg does: in double precision, at times since the epoch."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.localcloud.media.grid import TICKS, Grid
from headend.localcloud.media.pipeline_encoder import _first_on_grid, _frames, _key_frames

RATES = [Fraction(25), Fraction(50), Fraction(30), Fraction(30000, 1001), Fraction(60000, 1001), Fraction(24000, 1001)]
FUNCTIONS = {
    "floor": math.floor,
    "gt": lambda one, other: one > other,
    "lt": lambda one, other: one < other,
    "mod": math.fmod,
    "isnan": math.isnan,
}
EPOCH_FRAMES = st.integers(20_000_000_000, 120_000_000_000)


def value(expression: str, **names: float) -> float:
    return float(eval(expression, {"__builtins__": {}}, {**FUNCTIONS, **names}))


def moment(frame: int, rate: Fraction) -> float:
    """When a frame is shown, as ffmpeg knows it: whole ticks, then a double."""
    return round(frame / rate * TICKS) * (1 / TICKS)


@pytest.mark.parametrize("rate", RATES, ids=str)
@given(frame=EPOCH_FRAMES)
def test_an_encoder_begins_with_the_first_frame_of_a_segment_and_with_no_other(rate: Fraction, frame: int) -> None:
    grid = Grid.of(Fraction(2), rate)
    begins = re.search(r"st\(0,(.*)\)\)'", _first_on_grid(grid))
    assert begins

    assert bool(value(begins[1], t=moment(frame, rate))) == (frame % grid.frames == 0)
    assert value(begins[1], t=moment(frame - frame % grid.frames, rate))
    assert not value(begins[1], t=moment(frame * 2 + 1, rate * 2))


@pytest.mark.parametrize("rate", RATES, ids=str)
@given(frame=EPOCH_FRAMES)
def test_every_frame_is_taken_once_and_of_twice_as_many_every_second_one(rate: Fraction, frame: int) -> None:
    taken = _frames(Grid.of(Fraction(2), rate)).removeprefix("select='").removesuffix("'")
    now, after = moment(frame, rate), moment(frame + 1, rate)

    assert value(taken, t=after, prev_selected_t=now)
    assert not value(taken, t=moment(2 * frame + 1, 2 * rate), prev_selected_t=now)
    assert value(taken, t=after, prev_selected_t=now) == 1


@pytest.mark.parametrize("rate", RATES, ids=str)
@given(segment=st.integers(0, 100_000), into=st.integers(1, 200))
def test_a_key_frame_begins_each_segment_and_no_other_frame(rate: Fraction, segment: int, into: int) -> None:
    grid = Grid.of(Fraction(2), rate)
    inner = re.fullmatch(r"expr:if\(isnan\(prev_forced_t\),1,(.*)\)", _key_frames(grid))
    assert inner
    begin = moment(segment * grid.frames, rate)
    inside = moment(segment * grid.frames + into % (grid.frames - 1) + 1, rate)

    assert value(inner[1], t=moment((segment + 1) * grid.frames, rate), prev_forced_t=begin)
    assert value(inner[1], t=moment((segment + 7) * grid.frames, rate), prev_forced_t=begin)
    assert (into % (grid.frames - 1) + 1 == grid.frames) == bool(value(inner[1], t=inside, prev_forced_t=begin))
