"""What an encoder makes of its input: one rendition for each output of a channel."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from headend.localcloud.media.grid import Grid

VIDEO_CODEC = "avc1.42c01e"
"""H.264 constrained baseline, level 3: what the small pictures of the media plane are."""
AUDIO_CODEC = "mp4a.40.2"
PICTURE_HEIGHT = 90
"""No picture that is really encoded is higher: four encoders have to run on a part of one core."""
PICTURE_BIT_RATE = 60_000
SOUND_BIT_RATE = 24_000
"""Both together make 31 kB of a segment of 2 s in MPEG-TS: what is put into a bucket here stays in memory."""


@dataclass(frozen=True)
class Rendition:
    """One output as it is announced: `modifier` is its name modifier, `output` its name, bit rates in bits a second.

    What is really encoded is small, with the same frame rate, key frames and segments: see `picture`.
    """

    modifier: str
    width: int
    height: int
    bit_rate: int
    frame_rate: Fraction = Fraction(25)
    audio_bit_rate: int = 64_000
    output: str = ""

    @property
    def picture(self) -> tuple[int, int]:
        """Width and height of what is encoded: even numbers in about the announced proportion."""
        height = min(self.height, PICTURE_HEIGHT)
        return max(2, round(self.width * height / self.height / 2) * 2), max(2, height // 2 * 2)

    @property
    def codecs(self) -> str:
        """Its CODECS attribute (RFC 6381)."""
        return f"{VIDEO_CODEC},{AUDIO_CODEC}" if self.audio_bit_rate else VIDEO_CODEC

    @property
    def bandwidth(self) -> int:
        """Its BANDWIDTH attribute: bits a second with a tenth for the container."""
        return (self.bit_rate + self.audio_bit_rate) * 11 // 10

    def grid(self, segment_seconds: Fraction) -> Grid:
        """Where its segments begin."""
        return Grid.of(segment_seconds, self.frame_rate)


@dataclass(frozen=True)
class Ladder:
    """The renditions of one pipeline, and the seconds of their segments. `fragmented`: fMP4 instead of MPEG-TS."""

    renditions: tuple[Rendition, ...]
    segment_seconds: Fraction = Fraction(2)
    fragmented: bool = False

    def __post_init__(self) -> None:
        names = [one.modifier for one in self.renditions]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"a ladder has renditions with different name modifiers, not {names}")
