"""A player without a screen: it asks for what a player asks for, and keeps the time that a viewer would see.

It reads the multivariant manifest, then one rendition's manifest again and again, and fetches the segments in order. A
rendition that fails is left for another one, of the same bit rate if there is one (a redundant stream), as hls.js
does. What it has fetched is played in real time from the first segment on; when the next segment comes after the last
one has been played, that is a stall.

Sources: https://datatracker.ietf.org/doc/html/rfc8216#section-6.3.4 (reloading),
https://github.com/video-dev/hls.js/blob/master/docs/API.md (redundant streams, error recovery)
"""

from __future__ import annotations

import http.client
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import urlsplit

from headend.drill import hls
from headend.drill.hls import ManifestError, MediaManifest, MediaSegment, Variant
from headend.localcloud.media.fmp4 import Splitter
from headend.localcloud.media.mpegts import first_video_pts

ORIGIN_HEADER = "x-headend-origin"
"""Says which origin an answer of the edge has come from."""
TIMEOUT_SECONDS = 10.0
RETRY_SECONDS = 0.25
"""After every rendition has failed, before the next round."""
BEHIND_SEGMENTS = 3
"""How far behind the newest segment it begins (RFC 8216, 6.3.3)."""
AHEAD_SECONDS = 30.0
"""It fetches nothing when so much is fetched and not yet played."""
SHORTEST_STALL_MS = 1.0


@dataclass(frozen=True)
class Answer:
    """An answer: status 0 when there was none. Header names in lower case."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Fetch = Callable[[str], Answer]
"""(URL) → answer; it raises nothing."""


@dataclass(frozen=True)
class Request:
    """One request that was made: when it was answered (seconds since the start), how, and by which origin."""

    at: float
    url: str
    status: int
    origin: str
    seconds: float


@dataclass(frozen=True)
class Played:
    """One segment that was fetched. `pts` is its first time stamp (90 kHz), -1 when it has none."""

    number: int
    url: str
    origin: str
    pts: int
    at: float


@dataclass(frozen=True)
class Stall:
    """When the picture stood still (seconds since the start), and for how long."""

    at: float
    milliseconds: float
    before: int


@dataclass
class Report:
    """What has happened. `skipped`: numbers that no manifest named any more; `switches`: (seconds, from, to);
    `errors`: what has ended the playback."""

    segments: list[Played] = field(default_factory=list)
    stalls: list[Stall] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    switches: list[tuple[float, str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    ended: bool = False

    @property
    def longest_stall(self) -> float:
        """Milliseconds."""
        return max((stall.milliseconds for stall in self.stalls), default=0.0)

    @property
    def origins(self) -> list[str]:
        """Who has served the segments, in order, each once in a row."""
        found: list[str] = []
        for one in self.segments:
            if not found or found[-1] != one.origin:
                found.append(one.origin)
        return found


class Player:
    """Plays one URL. `now` and `wait` (seconds → whether to stop) are the player's time."""

    def __init__(
        self,
        url: str,
        fetch: Fetch | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._url = url
        self._fetch = fetch or over_http()
        self._now = now
        self._stop = threading.Event()
        self._wait = wait or self._stop.wait
        self._thread: threading.Thread | None = None
        self._began = 0.0
        self._variants: tuple[Variant, ...] = ()
        self._current = 0
        self._failed: set[int] = set()
        self._manifest: MediaManifest | None = None
        self._due = 0.0
        self._next: int | None = None
        self._header: tuple[str, bytes] = ("", b"")
        self._clock: _Playhead | None = None
        self.report = Report()

    @property
    def elapsed(self) -> float:
        """Seconds since it began, as in its report."""
        return self._now() - self._began

    # In the background

    def start(self) -> Player:
        """Play on a thread until `stop`."""
        self._began = self._now()
        self._thread = threading.Thread(target=self.play, name="player", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> Report:
        """Stop playing; what has happened."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        return self.report

    # Playing

    def play(self) -> Report:
        """Play until the end of the stream, or until `stop` or `wait` says so."""
        self._began = self._began or self._now()
        while not self._open():
            if self._wait(RETRY_SECONDS):
                return self.report
        while not self._stop.is_set() and not self.report.ended:
            if self._step():
                self._failed.clear()
                pause = self._pause()
            else:
                pause = self._switch()
            if pause > 0 and self._wait(pause):
                break
        if self._clock:
            self._clock.close(self._now(), self.report, self._began)
        return self.report

    def _open(self) -> bool:
        answer = self._get(self._url)
        if answer.status != http.HTTPStatus.OK:
            return False
        try:
            self._variants = hls.variants(answer.body.decode(), self._url)
        except ManifestError:
            return False
        return True

    def _step(self) -> bool:
        """Reload the manifest when that is due, and fetch the next segment that it names. False when either fails."""
        if (self._manifest is None or self._now() >= self._due) and not self._reload():
            return False
        segment = self._wanted()
        if segment is None or (self._clock and self._clock.ahead(self._now()) > AHEAD_SECONDS):
            return True
        return self._take(segment)

    def _pause(self) -> float:
        """How long nothing is to be done."""
        wanted = self._wanted()
        if self._manifest is None or (wanted and not self._full()):
            return 0.0
        if self._manifest.ended and wanted is None:
            self.report.ended = True
            return 0.0
        return max(0.0, self._due - self._now())

    def _full(self) -> bool:
        return bool(self._clock and self._clock.ahead(self._now()) > AHEAD_SECONDS)

    def _reload(self) -> bool:
        began = self._now()
        answer = self._get(self._variants[self._current].url)
        if answer.status != http.HTTPStatus.OK:
            return False
        try:
            manifest = hls.media(answer.body.decode(), self._variants[self._current].url)
        except ManifestError:
            return False
        changed = self._manifest is None or manifest.segments[-1:] != self._manifest.segments[-1:]
        self._due = began + manifest.target_seconds / (1 if changed else 2)
        self._manifest = manifest
        return True

    def _wanted(self) -> MediaSegment | None:
        """The next segment, when the manifest names it; what it names no more is skipped."""
        segments = self._manifest.segments if self._manifest else ()
        if not segments:
            return None
        if self._next is None:
            self._next = segments[max(0, len(segments) - BEHIND_SEGMENTS)].number
        if segments[0].number > self._next:
            self.report.skipped += range(self._next, segments[0].number)
            self._next = segments[0].number
        return self._manifest.segment(self._next) if self._manifest else None

    def _take(self, segment: MediaSegment) -> bool:
        if segment.header and segment.header != self._header[0]:
            header = self._get(segment.header)
            if header.status != http.HTTPStatus.OK:
                return False
            self._header = (segment.header, header.body)
        answer = self._get(segment.url)
        if answer.status != http.HTTPStatus.OK:
            return False
        now = self._now()
        if self._clock is None:
            self._clock = _Playhead(now)
        self._clock.add(now, segment, self.report, self._began)
        pts = _first_pts(answer.body, self._header[1] if segment.header else b"")
        origin = answer.headers.get(ORIGIN_HEADER, "")
        self.report.segments.append(Played(segment.number, segment.url, origin, pts, now - self._began))
        self._next = segment.number + 1
        return True

    def _switch(self) -> float:
        """Go to a rendition that has not failed: one of the same bit rate first, else the next in the manifest.

        When all have failed they are tried again after the seconds that are returned.
        """
        self._manifest = None
        self._failed.add(self._current)
        left = [index for index in range(len(self._variants)) if index not in self._failed]
        pause = 0.0
        if not left:
            self._failed.clear()
            left, pause = list(range(len(self._variants))), RETRY_SECONDS
        current, previous = self._variants[self._current], self._current
        self._current = min(
            left,
            key=lambda index: (
                self._variants[index].bandwidth != current.bandwidth,
                (index - previous - 1) % len(self._variants),
            ),
        )
        if self._current != previous:
            now = self._now() - self._began
            self.report.switches.append((now, current.url, self._variants[self._current].url))
        return pause

    def _get(self, url: str) -> Answer:
        began = self._now()
        answer = self._fetch(url)
        now = self._now()
        origin = answer.headers.get(ORIGIN_HEADER, "")
        self.report.requests.append(Request(now - self._began, url, answer.status, origin, now - began))
        return answer


class _Playhead:
    """Where the picture is: it runs with the clock as long as something is fetched, and waits otherwise."""

    def __init__(self, now: float) -> None:
        self._ends = now
        """When what is fetched will have been played."""

    def ahead(self, now: float) -> float:
        return self._ends - now

    def add(self, now: float, segment: MediaSegment, report: Report, began: float) -> None:
        late = (now - self._ends) * 1000
        if late > SHORTEST_STALL_MS:
            report.stalls.append(Stall(self._ends - began, late, segment.number))
        self._ends = max(self._ends, now) + segment.seconds

    def close(self, now: float, report: Report, began: float) -> None:
        """A stall that has not ended counts as well, unless the stream has."""
        late = (now - self._ends) * 1000
        if late > SHORTEST_STALL_MS and not report.ended:
            report.stalls.append(Stall(self._ends - began, late, -1))


def over_http(
    headers: Mapping[str, str] | None = None, timeout: float = TIMEOUT_SECONDS, ca_file: str | None = None
) -> Fetch:
    """Fetches over HTTP with these request headers (`Host` for an edge that is found by its address).

    Over TLS whom `ca_file` vouches for is believed, as well as whom this machine knows.
    """
    trusted = ssl.create_default_context()
    if ca_file:
        trusted.load_verify_locations(ca_file)
    handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted))
    opener = urllib.request.build_opener(*handlers)

    def fetch(url: str) -> Answer:
        if urlsplit(url).scheme not in ("http", "https"):
            return Answer(0)
        request = urllib.request.Request(url, headers=dict(headers or {}))  # noqa: S310 - checked above
        try:
            with opener.open(request, timeout=timeout) as response:
                return Answer(response.status, response.read(), _lowered(response.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, b"", _lowered(error.headers))
        except (OSError, http.client.HTTPException):
            return Answer(0)

    return fetch


def _lowered(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _first_pts(body: bytes, header: bytes) -> int:
    try:
        if not header:
            return first_video_pts(body)
        return next(one.pts * 90_000 // one.timescale for one in Splitter().feed(header + body))
    except (ValueError, StopIteration):
        return -1
