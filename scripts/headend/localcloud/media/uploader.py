"""Carries a pipeline's segments to an origin, each manifest after the segments that it names.

Input loss needs nothing here: without input there are no segments, nothing is written, and what is in the origin grows
old (PAUSE_OUTPUT). A pause drops what comes meanwhile. A gap begins the media manifest anew, so that the media sequence
number is always the segment number. Segments that are old enough are removed again, where the origin is a bucket.

Sources: https://docs.aws.amazon.com/medialive/latest/ug/hls-manifests-how-work.html (names),
https://docs.aws.amazon.com/medialive/latest/ug/schedule-fields-for-pause.html (pause),
https://docs.aws.amazon.com/medialive/latest/apireference/channels.html (indexNSegments, keepSegments, numRetries,
filecacheDuration),
https://datatracker.ietf.org/doc/html/rfc8216#section-6.2.2 (no manifest shorter than three target durations)
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from headend.localcloud.media import manifests
from headend.localcloud.media.grid import TICKS
from headend.localcloud.media.ladder import Ladder, Rendition
from headend.localcloud.media.manifests import CONTENT_TYPE, Entry
from headend.localcloud.media.pipeline_encoder import Segment

Put = Callable[[str, bytes, str], None]
"""(key, content, content type): writes one object whole, or raises."""
Remove = Callable[[str], None]
"""(key): removes one object, or raises."""
SLATE_TYPE = "video/iso.segment; slate=1"
"""Of a segment whose picture stands because the input is lost."""
SEGMENT_TYPES = {False: ("ts", "video/MP2T"), True: ("m4s", "video/iso.segment")}
RETRY_SECONDS = 0.5
LEAST_SEGMENTS = 3
"""What a live manifest names at least. After a gap it comes back when players that are so far behind find in it the
segment that is their next one."""
END_SECONDS = 5.0
"""For a write that is under way when the output ends."""
KEPT_SEGMENTS = 5
"""So many segments wait for an origin that does not take them; older ones are given up."""


@dataclass
class _Track:
    """What has been written of one rendition."""

    rendition: Rendition
    duration: Fraction
    entries: deque[Entry]
    header: bytes = b""
    kept: deque[str] = field(default_factory=deque)
    waiting: queue.Queue[Segment | None] = field(default_factory=queue.Queue)


class Uploader:
    """Writes to one destination. `base` is its base file name, with the path before it: `event/primary`.

    `redundant` is the other pipeline's base file name, which the multivariant manifest then names too. `window` is how
    many segments a media manifest names at most, `least` at least. With `remove`, `keep` segments stay in the origin;
    what cannot be removed stays as well. `failed(key, error)` is told of each write that did
    not succeed, `wrote(key)` of the others.
    """

    def __init__(
        self,
        put: Put,
        base: str,
        ladder: Ladder,
        *,
        redundant: str | None = None,
        window: int = 10,
        least: int = LEAST_SEGMENTS,
        remove: Remove | None = None,
        keep: int = 21,
        failed: Callable[[str, Exception], None] | None = None,
        wrote: Callable[[str], None] | None = None,
    ) -> None:
        self._put = put
        self._base = base
        self._ladder = ladder
        self._redundant = redundant
        self._least = least
        self._remove = remove
        self._keep = keep
        self._failed = failed or (lambda _key, _error: None)
        self._wrote = wrote or (lambda _key: None)
        self._lock = threading.Lock()
        self._paused = False
        self._ended = threading.Event()
        self._announced = False
        self._tracks = {
            one.modifier: _Track(one, one.grid(ladder.segment_seconds).duration, deque(maxlen=window))
            for one in ladder.renditions
        }
        self._threads = [
            threading.Thread(target=self._carry, args=(track,), name=f"upload-{base}{name}", daemon=True)
            for name, track in self._tracks.items()
        ]
        for thread in self._threads:
            thread.start()

    def take(self, segment: Segment) -> None:
        """Carry a segment away, unless the pipeline is paused. Returns at once."""
        if not self._paused and not self._ended.is_set():
            self._tracks[segment.modifier].waiting.put(segment)

    def pause(self) -> None:
        """Write nothing from now on: what has been written stays as it is."""
        self._paused = True

    def resume(self) -> None:
        """Write what comes from now on."""
        self._paused = False

    @property
    def paused(self) -> bool:
        """Whether it writes nothing."""
        return self._paused

    def end(self, *, ending: bool = True) -> None:
        """Write nothing more; with `ending`, EXT-X-ENDLIST into each media manifest first: players stop there."""
        self._ended.set()
        for track in self._tracks.values():
            track.waiting.put(None)
        for thread in self._threads:
            thread.join(END_SECONDS)
        if ending:
            for track in self._tracks.values():
                if len(track.entries) >= self._least:
                    self._try(self._manifest_key(track), self._manifest(track, ended=True), CONTENT_TYPE)

    def _carry(self, track: _Track) -> None:
        while not self._ended.is_set():
            segment = track.waiting.get()
            if segment is None:
                return
            self._write(track, segment)

    def _write(self, track: _Track, segment: Segment) -> None:
        if track.entries and segment.number <= track.entries[-1].number:
            return
        if self._ladder.fragmented:
            self._announce(track)
        suffix, kind = SEGMENT_TYPES[self._ladder.fragmented]
        name = f"{self._base}{segment.modifier}_{segment.number:05d}.{suffix}"
        if segment.header and segment.header != track.header:
            if not self._insist(track, f"{self._base}{segment.modifier}_init.mp4", segment.header, "video/mp4"):
                return
            track.header = segment.header
        if not self._insist(track, name, segment.body, SLATE_TYPE if segment.slate else kind):
            return
        if track.entries and segment.number != track.entries[-1].number + 1:
            track.entries.clear()
        track.entries.append(Entry(segment.number, _file(name), Fraction(segment.pts, TICKS)))
        if not self._paused and len(track.entries) >= self._least:
            self._announce(track)
            self._insist(track, self._manifest_key(track), self._manifest(track), CONTENT_TYPE)
        self._tidy(track, name)

    def _tidy(self, track: _Track, name: str) -> None:
        """Remove the segments that are no longer to be kept; `name` is the newest."""
        if self._remove is None:
            return
        track.kept.append(name)
        while len(track.kept) > self._keep:
            with contextlib.suppress(Exception):
                self._remove(track.kept.popleft())

    def _announce(self, track: _Track) -> None:
        """Write the multivariant manifest, once: before the first segment of CMAF, which says what is to come."""
        with self._lock:
            if self._announced:
                return
            bases = [_file(self._base), *([self._redundant] if self._redundant else [])]
            content = manifests.multivariant(self._ladder, bases).encode()
            self._announced = self._insist(track, f"{self._base}.m3u8", content, CONTENT_TYPE)

    def _insist(self, track: _Track, key: str, content: bytes, kind: str) -> bool:
        """Write until it succeeds or too much waits behind it."""
        while not self._try(key, content, kind):
            if track.waiting.qsize() >= KEPT_SEGMENTS or self._ended.wait(RETRY_SECONDS):
                return False
        return True

    def _try(self, key: str, content: bytes, kind: str) -> bool:
        try:
            self._put(key, content, kind)
        except Exception as error:  # noqa: BLE001 - an origin may fail in any way, and the picture goes on
            self._failed(key, error)
            return False
        self._wrote(key)
        return True

    def _manifest_key(self, track: _Track) -> str:
        return f"{self._base}{track.rendition.modifier}.m3u8"

    def _manifest(self, track: _Track, *, ended: bool = False) -> bytes:
        header = f"{_file(self._base)}{track.rendition.modifier}_init.mp4" if track.header else ""
        text = manifests.media(list(track.entries), track.duration, header_uri=header, ended=ended)
        return text.encode()


def _file(name: str) -> str:
    return name.rpartition("/")[2]
