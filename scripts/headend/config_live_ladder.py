"""The ladder of a live channel in config.yaml (`live.ladder`): what it may hold, and what only several values show.

The same keys stand in modules/live_channel/ladder.yaml, the ladder that a channel has when it is given none.

Two Regions can replace each other when all their encoders cut the same frames into the same segments, so everything
here leads to whole numbers of frames: a closed GOP that divides the segment, in every rendition.

Sources: https://docs.aws.amazon.com/medialive/latest/ug/pipeline-locking-verify-input.html (ratio of frame rates),
https://docs.aws.amazon.com/mediapackage/latest/userguide/cross-region-failover.html (no mix of frame rates)
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from headend.config_errors import ConfigError, explain
from headend.config_types import Key, Model
from headend.strict_yaml import Document, Place, load

MODIFIER = "_"
"""Between the base name of a pipeline's files and a rendition's name."""
MOST_FRAMES = 60
NTSC = 1001
"""The denominator of every fractional frame rate that there is."""

MIXED_RATES = "fractional and whole frame rates do not go together in two Regions"

Even = Annotated[int, Field(multiple_of=2)]


class FrameRate(Model):
    """Frames in a second, as a fraction: 25/1, 30000/1001."""

    numerator: Annotated[int, Field(ge=1, le=60000)]
    denominator: Annotated[int, Field(ge=1, le=NTSC)] = 1

    @property
    def frames(self) -> Fraction:
        """Frames in a second."""
        return Fraction(self.numerator, self.denominator)

    @property
    def nominal(self) -> int:
        """The whole number that it is called by: 30 for 30000/1001."""
        return -(-self.numerator // self.denominator)

    @property
    def fractional(self) -> bool:
        """Whether a second is no whole number of frames."""
        return self.frames.denominator > 1

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}" if self.fractional else str(self.frames)


class Rendition(Model):
    """One picture of the ladder: pixels, bits in a second, and its own frame rate where it has one."""

    width: Annotated[Even, Field(ge=64, le=4096)]
    height: Annotated[Even, Field(ge=64, le=2160)]
    bitrate: Annotated[int, Field(ge=100_000, le=50_000_000, description="bits in a second")]
    frame_rate: FrameRate | None = None


class Audio(Model):
    """The sound, AAC LC at 48 kHz in stereo, the same in all renditions."""

    bitrate: Literal[64_000, 80_000, 96_000, 112_000, 128_000, 160_000, 192_000, 224_000, 256_000, 288_000] = 128_000


class Ladder(Model):
    """What a channel makes of its feeds."""

    renditions: Annotated[dict[Key, Rendition], Field(min_length=1, max_length=10)]
    frame_rate: FrameRate = FrameRate(numerator=25)
    input_frame_rate: FrameRate | None = Field(default=None, description="of the feeds; default: frame_rate")
    segment_seconds: Annotated[int, Field(ge=1, le=10)] = 6
    gop_seconds: Annotated[float, Field(ge=0.1, le=10)] = 2
    manifest_segments: Annotated[int, Field(ge=3, le=60)] = 10
    audio: Audio = Audio()

    @property
    def ordered(self) -> list[tuple[str, Rendition]]:
        """Names and renditions, the highest bit rate first."""
        return sorted(self.renditions.items(), key=lambda item: (-item[1].bitrate, item[0]))

    def rate(self, rendition: Rendition) -> FrameRate:
        """The frame rate of a rendition."""
        return rendition.frame_rate or self.frame_rate

    def gop_frames(self, rendition: Rendition) -> int:
        """Frames in a GOP. A fractional rate counts as the whole one above: 2 s at 30000/1001 are 60 frames."""
        return int(Fraction(str(self.gop_seconds)) * self.rate(rendition).nominal)


def conversion_fault(rate: Fraction, shown: str, given: FrameRate) -> str | None:
    """Why pictures at `rate` (`shown` to a person) are not locked when the feeds have `given`; None where they are."""
    ratio = rate / given.frames
    if 1 in (ratio.numerator, ratio.denominator):
        return None
    text = f"must be a whole multiple or part of the {given} frames a second of the feeds, not {shown}"
    return f"{text}; MediaLive does not lock pipelines that convert so"


def faults(ladder: Ladder, at: Place = ("live", "ladder")) -> Iterator[tuple[Place, str]]:
    """The faults that no single field shows: (place, `field: what and remedy`). `at` is where the ladder stands."""
    for place, text in _faults(ladder):
        yield (*at, *place), f"{'.'.join(str(part) for part in (*at, *place))}: {text}"


def _faults(ladder: Ladder) -> Iterator[tuple[Place, str]]:
    yield from _frame_rates(ladder)
    yield from _pictures(ladder)
    gop = Fraction(str(ladder.gop_seconds))
    if (ladder.segment_seconds / gop).denominator != 1:
        yield (
            ("gop_seconds",),
            (
                f"a segment of {ladder.segment_seconds} s is no whole number of GOPs of {ladder.gop_seconds:g} s; "
                f"choose one that divides it, such as {_divisor(ladder.segment_seconds)}"
            ),
        )
    for name, rendition in ladder.renditions.items():
        rate = ladder.rate(rendition)
        frames = gop * rate.nominal
        if frames.denominator != 1:
            text = f"{ladder.gop_seconds:g} s of {name} are {float(frames):g} frames at {rate} frames a second"
            yield ("gop_seconds",), f"{text}; a GOP is a whole number of frames"
            break


def _divisor(seconds: int) -> int:
    return next(one for one in (2, 1) if seconds % one == 0)


def _frame_rates(ladder: Ladder) -> Iterator[tuple[Place, str]]:
    places: list[tuple[Place, FrameRate]] = [(("frame_rate",), ladder.frame_rate)]
    if ladder.input_frame_rate:
        places.append((("input_frame_rate",), ladder.input_frame_rate))
    places += [
        (("renditions", name, "frame_rate"), one.frame_rate)
        for name, one in ladder.renditions.items()
        if one.frame_rate
    ]
    odd = False
    for place, rate in places:
        if text := _odd(rate):
            odd = True
            yield place, text
    if odd:
        return
    used = {name: ladder.rate(one) for name, one in ladder.renditions.items()}
    names: dict[bool, str] = {}
    for name, rate in used.items():
        names.setdefault(rate.fractional, name)
    if len(names) > 1:
        yield (
            ("renditions", names[True]),
            (
                f"has {used[names[True]]} frames a second and renditions.{names[False]} has {used[names[False]]}; "
                f"choose whole or fractional rates; {MIXED_RATES}"
            ),
        )
        return
    given = ladder.input_frame_rate or ladder.frame_rate
    said: set[Place] = set()
    for name, rate in used.items():
        place = ("renditions", name, "frame_rate") if ladder.renditions[name].frame_rate else ("frame_rate",)
        if place not in said and (text := conversion_fault(rate.frames, str(rate), given)):
            said.add(place)
            yield place, text


def _odd(rate: FrameRate) -> str | None:
    if rate.frames > MOST_FRAMES:
        return f"{rate} is more than {MOST_FRAMES} frames a second"
    if rate.frames < 1:
        return f"{rate} is less than one frame a second"
    if rate.fractional and (rate.frames.denominator != NTSC or rate.frames.numerator % 1000):
        return f"{rate} is no frame rate; write a whole one such as 25/1, or 24000/1001, 30000/1001, 60000/1001"
    return None


def _pictures(ladder: Ladder) -> Iterator[tuple[Place, str]]:
    ordered = ladder.ordered
    for (above, high), (name, low) in pairwise(ordered):
        if high.bitrate == low.bitrate:
            yield (
                ("renditions", name, "bitrate"),
                f"must not be {low.bitrate} as {above} has; players choose by it",
            )
        elif low.width * low.height > high.width * high.height:
            yield (
                ("renditions", name),
                (
                    f"has more pixels than {above} ({low.width}x{low.height}, {high.width}x{high.height}) "
                    "and a lower bit rate; exchange the bit rates"
                ),
            )


def load_ladder(path: Path) -> Ladder:
    """Read and check a file that holds a ladder and nothing else. Raises ConfigError: one line for each fault."""
    return check_ladder(load(path))


def check_ladder(document: Document) -> Ladder:
    """The same for a document that is already read."""
    if not isinstance(document.value, dict):
        raise ConfigError([f"{document.path}:1: must hold keys such as renditions and segment_seconds"])
    try:
        ladder = Ladder.model_validate(document.value)
    except ValidationError as error:
        raise ConfigError(explain(error, document, Ladder)) from None
    if found := [f"{document.path}:{document.line(place)}: {text}" for place, text in faults(ladder, ())]:
        raise ConfigError(found)
    return ladder


def ladder_of(config: Any) -> Ladder | None:
    """The ladder that an environment's configuration asks for; None where it leaves that to the module."""
    found: Ladder | None = config.live.ladder if config.live else None
    return found
