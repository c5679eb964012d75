"""What a channel of MediaPackage V2 has taken in: CMAF tracks of two pipelines, merged by their numbers.

A pipeline puts a header (`index_high_init.mp4`), segments (`index_high_884736000.m4s`) and, optionally, manifests, of
which the multivariant one says what the tracks are. With EPOCH_LOCKED a segment's number is its time divided by the
duration of segments, so that copies of two pipelines, and of two Regions, are the same segment: the first one that
comes is kept. A number that goes backward, or that does not fit its time, is answered with 409.

Sources: https://docs.aws.amazon.com/mediapackage/latest/userguide/cross-region-failover.html
https://docs.aws.amazon.com/mediapackage/latest/userguide/resetting.html (409)
https://docs.aws.amazon.com/mediapackage/latest/userguide/what-is-flow-ir.html (two pipelines)
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from headend.localcloud.media.fmp4 import Splitter

SPARE_SECONDS = 60
"""Seconds of content that are kept of each track beyond the longest manifest."""
LONGEST = 30
"""Seconds of the longest segment."""
FINEST = 60_000
"""A segment's duration is a whole number of frames: of 1001 ticks at most, of which 60,000 make a second."""
NAME = re.compile(r"(?P<track>.+?)[_-](?:(?P<number>\d+)\.(?:m4s|cmfv|cmfa|mp4)|init\.(?:mp4|m4s|cmfv|cmfa))")
STREAM = re.compile(r"#EXT-X-STREAM-INF:(?P<attributes>[^\n]+)\n(?P<uri>[^#\s]\S*)\.m3u8")


class IngestError(Exception):
    """A put that is refused: `status` of HTTP, and why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Piece:
    """One segment: its content, when it came (seconds of the content's clock), from which pipeline, whether slate."""

    body: bytes
    at: float
    source: str
    slate: bool


@dataclass
class Track:
    """One rendition."""

    name: str
    header: bytes = b""
    duration: Fraction | None = None
    pieces: dict[int, Piece] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)

    @property
    def plays(self) -> bool:
        """Whether there is something to be played."""
        return bool(self.header and self.duration and self.pieces)

    def has(self, number: int, *, slate_counts: bool) -> bool:
        """Whether the segment is there; slate may count as none."""
        piece = self.pieces.get(number)
        return piece is not None and (slate_counts or not piece.slate)


class Content:
    """What one channel has. Thread-safe.

    `locked` is whether it is EPOCH_LOCKED, `now` its clock (the wall's), `window` tells the seconds of the longest
    manifest.
    """

    def __init__(self, *, locked: bool, now: Callable[[], float], window: Callable[[], float]) -> None:
        self._locked = locked
        self._now = now
        self._window = window
        self._lock = threading.Lock()
        self._tracks: dict[str, Track] = {}
        self._announced: dict[str, dict[str, str]] = {}

    def tracks(self) -> list[Track]:
        """The tracks that can be played, in the order of their names: the same in every Region.

        None before all play that the encoder has announced: what a track is called does not change with the next one.
        """
        with self._lock:
            names = {name for one in self._announced.values() for name in one} or set(self._tracks)
            found = [self._tracks.get(name) for name in sorted(names)]
            if self._announced and not all(one and one.plays for one in found):
                return []
            return [one for one in found if one and one.plays]

    def attributes(self, track: Track) -> str:
        """Its EXT-X-STREAM-INF, as the encoder announced it; empty where it did not."""
        with self._lock:
            return next((one[track.name] for one in self._announced.values() if track.name in one), "")

    def clear(self) -> None:
        """Forget all content, though not what the encoders have announced: they say it once."""
        with self._lock:
            self._tracks.clear()

    def put(self, source: str, name: str, body: bytes, *, slate: bool = False) -> None:
        """Take in one object of a pipeline (`1`, `2`); `name` is its file name. Raises IngestError."""
        if name.endswith(".m3u8"):
            self._read_manifest(source, body.decode(errors="replace"))
            return
        found = NAME.fullmatch(name)
        if not found:
            raise IngestError(400, f"{name} is neither a header nor a numbered segment")
        with self._lock:
            track = self._tracks.setdefault(found["track"], Track(found["track"]))
            if found["number"] is None:
                track.header = body
            else:
                self._add(track, source, int(found["number"]), body, slate=slate)

    def _add(self, track: Track, source: str, number: int, body: bytes, *, slate: bool) -> None:
        if not track.header:
            raise IngestError(409, f"{track.name} has no header yet")
        begins = _begin(track.header, body)
        duration = self._duration(track, number, begins)
        if number < track.newest.get(source, 0):
            raise IngestError(409, f"segment {number} comes after {track.newest[source]}: reset the channel first")
        track.newest[source] = number
        track.duration = duration
        known = track.pieces.get(number)
        if known is None or (known.slate and not slate):
            track.pieces[number] = Piece(body, self._now(), source, slate)
        oldest = max(track.pieces) - int((self._window() + SPARE_SECONDS) / duration)
        for gone in [one for one in track.pieces if one < oldest]:
            del track.pieces[gone]

    def _duration(self, track: Track, number: int, begins: Fraction) -> Fraction:
        """The seconds of the track's segments, by the number and the time of one. Raises IngestError 409."""
        if track.duration and abs(begins - number * track.duration) <= track.duration / 2:
            return track.duration
        if track.duration and track.pieces:
            raise IngestError(409, f"segment {number} begins at {float(begins)} s: it does not fit those before it")
        found = (begins / number).limit_denominator(FINEST) if number else Fraction(0)
        if self._locked and not 0 < found <= LONGEST:
            raise IngestError(409, f"segment {number} begins at {float(begins)} s: it is not locked to the epoch")
        return found if 0 < found <= LONGEST else Fraction(2)

    def _read_manifest(self, source: str, text: str) -> None:
        announced = {found["uri"].rpartition("/")[2]: found["attributes"] for found in STREAM.finditer(text)}
        if announced:
            with self._lock:
                self._announced[source] = announced


def _begin(header: bytes, body: bytes) -> Fraction:
    """When a segment's first picture is due, in seconds. Raises IngestError for what is no fragmented MP4."""
    splitter = Splitter()
    try:
        list(splitter.feed(header))
        first = next(iter(splitter.feed(body)), None)
    except (ValueError, IndexError) as error:
        raise IngestError(400, f"no fragmented MP4: {error}") from error
    if first is None:
        raise IngestError(400, "no complete fragment")
    return Fraction(first.pts, first.timescale)
