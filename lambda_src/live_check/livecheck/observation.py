"""What was seen of channels on air: plain data, to be judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from livecheck.as_run import Timecode
from livecheck.first_picture import Stamp

BOTH = "both"
"""In place of a pipeline: the origin has joined them, as MediaPackage does."""


@dataclass(frozen=True)
class Place:
    """Where something was seen: Region, pipeline (`0`, `1` or `both`), output."""

    region: str
    pipeline: str
    output: str = ""

    def __str__(self) -> str:
        who = "both pipelines" if self.pipeline == BOTH else f"pipeline {self.pipeline}"
        return " ".join(part for part in (self.region, who, self.output) if part)


@dataclass(frozen=True)
class Track:
    """One rendition as one manifest has it.

    `names`: number → file name of the segments; `named`: number → the number in that name. `duration` in seconds.
    `first`: number → first picture of the segments that were read. `seen_at`: when the manifest was written (or, where
    the origin does not say so, read), seconds since the epoch. `problem` says why there is nothing.
    """

    place: Place
    duration: Fraction
    names: Mapping[int, str] = field(default_factory=dict)
    named: Mapping[int, int | None] = field(default_factory=dict)
    first: Mapping[int, Stamp] = field(default_factory=dict)
    seen_at: float = 0.0
    ended: bool = False
    problem: str = ""

    @property
    def newest(self) -> int | None:
        """The newest number, None for none."""
        return max(self.names, default=None)


@dataclass(frozen=True)
class Pipeline:
    """What MediaLive says of a pipeline. `locked`: the newest minimum of PipelinesLocked, None for no data."""

    place: Place
    outputs: tuple[str, ...]
    timecodes: Mapping[str, Timecode]
    locked: float | None


@dataclass(frozen=True)
class Observation:
    """All that was seen. `settings`: place → what is wrong with a channel's own settings."""

    tracks: tuple[Track, ...]
    pipelines: tuple[Pipeline, ...]
    settings: Mapping[Place, str] = field(default_factory=dict)
