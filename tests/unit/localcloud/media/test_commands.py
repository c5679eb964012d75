"""What ffmpeg is told."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.localcloud.media.contribution import AUDIO_FRAME, SAMPLE_RATE, Contribution
from headend.localcloud.media.flow_relay import FlowRelay
from headend.localcloud.media.grid import TICKS, WRAP
from headend.localcloud.media.ladder import Ladder, Rendition
from headend.localcloud.media.pipeline_encoder import PipelineEncoder

pytest.importorskip("imageio_ffmpeg")

MOMENTS = st.floats(1_700_000_000, 2_000_000_000)
RATES = st.sampled_from([Fraction(25), Fraction(50), Fraction(30000, 1001), Fraction(60000, 1001)])


def after(arguments: list[str], option: str) -> str:
    return arguments[arguments.index(option) + 1]


@given(MOMENTS, RATES, st.floats(-200, 200))
def test_a_feed_begins_with_the_next_frames_of_the_time_of_day(now: float, rate: Fraction, skew: float) -> None:
    arguments = Contribution("feed", [5000], rate, skew_seconds=skew).arguments(now)
    frame = Fraction(after(arguments, "-vf").removeprefix("setpts=PTS+"))
    sample = Fraction(after(arguments, "-af").removeprefix("asetpts=PTS+"))
    moment = Fraction(now) + Fraction(skew)

    assert frame.denominator == 1
    assert 0 <= frame / rate - moment < 1 / rate
    assert sample % AUDIO_FRAME == 0
    assert 0 <= sample / SAMPLE_RATE - moment < Fraction(AUDIO_FRAME, SAMPLE_RATE)


def test_a_feed_sends_to_every_flow_and_waits_for_none() -> None:
    arguments = Contribution("feed", [5000, 5001]).arguments(1_795_293_440.0)

    assert re.findall(r"srt://127\.0\.0\.1:(\d+)\?mode=caller", arguments[-1]) == ["5000", "5001"]
    assert "attempt_recovery=1" in after(arguments, "-fifo_options")


def test_a_relay_copies_bytes_to_all_receivers() -> None:
    arguments = FlowRelay("flow", 5000, [6000, 6001]).arguments()

    assert after(arguments, "-i").startswith("srt://127.0.0.1:5000?mode=listener")
    assert [one for one in arguments if one.startswith("udp://")] == [
        "udp://127.0.0.1:6000?pkt_size=1316",
        "udp://127.0.0.1:6001?pkt_size=1316",
    ]
    assert set(re.findall(r"-f (\w+)", " ".join(arguments))) == {"data"}


@given(MOMENTS)
def test_an_encoder_counts_whole_turns_of_the_time_stamps(now: float) -> None:
    ladder = Ladder((Rendition("_hd", 1280, 720, 3_000_000),))
    encoder = PipelineEncoder("encoder", 6000, ladder, lambda _: None, Path("nowhere"))
    wraps = int(now * TICKS // WRAP)
    offset = int(after(encoder.arguments(wraps, [7]), "-itsoffset").removesuffix("us"))

    assert round(offset * TICKS / 1_000_000) == wraps * WRAP


def test_one_process_makes_all_renditions_each_into_its_own_pipe() -> None:
    ladder = Ladder((Rendition("_hd", 1280, 720, 3_000_000), Rendition("_sd", 640, 360, 800_000, audio_bit_rate=0)))
    encoder = PipelineEncoder("encoder", 6000, ladder, lambda _: None, Path("nowhere"))
    text = " ".join(encoder.arguments(0, [7, 8]))

    assert re.findall(r"-segment_list pipe:(\d)", text) == ["7", "8"]
    assert text.count("-c:v libx264") == 2
    assert text.count("-c:a aac") == 1
