"""The manifests and segments that an origin endpoint of MediaPackage V2 offers, and the errors that it is told to give.

HLS of CMAF content: `index.m3u8` names a media manifest for each track (`index_1.m3u8`), which names the segments of
its window (`segment_1_884736000.mp4`). The endpoint's segments may be several of the channel's.

STALE_MANIFEST, INCOMPLETE_MANIFEST and SLATE_INPUT make manifests answer 404. AWS publishes neither the status nor how
long a manifest has to stand still: here it is 1.8 times the duration of a segment.

Sources: https://docs.aws.amazon.com/mediapackage/latest/APIReference/API_ForceEndpointErrorConfiguration.html
https://docs.aws.amazon.com/mediapackage/latest/APIReference/API_CreateHlsManifestConfiguration.html
https://datatracker.ietf.org/doc/html/rfc8216 (HLS)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from headend.localcloud.mediapackage.ingest import Content, Track
from headend.localcloud.mediapackage.package_model import HLS_KINDS, WINDOW_SECONDS, LiveEndpoint

STALE = 1.8
"""Durations of a segment after which a manifest without a new one is stale."""
MANIFEST_TYPE = "application/vnd.apple.mpegurl"
SEGMENT_TYPE = "video/mp4"
SEPARATORS = {"HYPHEN": "-", "UNDERSCORE": "_"}


class EgressError(Exception):
    """What is answered instead of content: `status` of HTTP, and why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Found:
    """One object: content, type, seconds for which caches may keep it, and what CMSD says of it (`ot=m`)."""

    body: bytes
    content_type: str
    max_age: int
    told: str = "ot=m"


class Egress:
    """One endpoint over the content of its channel; `now` is the clock of the content."""

    def __init__(self, endpoint: LiveEndpoint, content: Content, now: Callable[[], float]) -> None:
        self._endpoint = endpoint
        self._content = content
        self._now = now
        self._segment = endpoint.settings["Segment"]
        self._separator = SEPARATORS[endpoint.settings["UriSeparator"]]

    def get(self, name: str) -> Found:
        """The object of a name below the endpoint's URL. Raises EgressError."""
        tracks = self._content.tracks()
        for one in self._manifests():
            if name == f"{one['ManifestName']}.m3u8":
                for track in tracks:
                    self._check(track, one)
                return Found(self._multivariant(tracks, one).encode(), MANIFEST_TYPE, 1)
            for index, track in enumerate(tracks, start=1):
                if name == f"{self._child(one, index)}.m3u8":
                    self._check(track, one)
                    return Found(self._media(track, index, one).encode(), MANIFEST_TYPE, 1)
        for index, track in enumerate(tracks, start=1):
            stem = f"{self._segment['SegmentName']}{self._separator}{index}{self._separator}"
            if name == f"{stem}init.mp4":
                return Found(track.header, SEGMENT_TYPE, 86_400, "ot=i")
            number = name.removeprefix(stem).removesuffix(".mp4")
            if name == f"{stem}{number}.mp4" and number.isdigit():
                body = self._body(track, int(number))
                if body:
                    told = f"d={round(self._duration(track) * 1000)},ot=av"
                    return Found(body, SEGMENT_TYPE, 86_400, told)
        raise EgressError(404, f"there is no {name}")

    def _manifests(self) -> list[dict[str, Any]]:
        return [one for kind in HLS_KINDS for one in self._endpoint.settings.get(kind) or []]

    def _child(self, manifest: dict[str, Any], index: int) -> str:
        name = manifest.get("ChildManifestName") or manifest["ManifestName"]
        return f"{name}{self._separator}{index}"

    def _parts(self, track: Track) -> int:
        """How many segments of the channel make one of the endpoint."""
        wanted = Fraction(self._segment["SegmentDurationSeconds"])
        return max(1, round(wanted / (track.duration or wanted)))

    def _duration(self, track: Track) -> Fraction:
        return self._parts(track) * (track.duration or Fraction(0))

    def _complete(self, track: Track, number: int) -> bool:
        parts = self._parts(track)
        counts = "SLATE_INPUT" not in self._endpoint.errors
        return all(track.has(number * parts + part, slate_counts=counts) for part in range(parts))

    def _window(self, track: Track, manifest: dict[str, Any]) -> range:
        """The numbers of the segments in the window, the last one being the newest that is complete; empty for none."""
        parts = self._parts(track)
        there = sorted({number // parts for number in list(track.pieces)})
        complete = [number for number in there if self._complete(track, number)]
        if not complete:
            return range(0)
        seconds = manifest.get("ManifestWindowSeconds") or WINDOW_SECONDS
        count = max(1, int(seconds / self._duration(track)))
        return range(max(complete[0], complete[-1] - count + 1), complete[-1] + 1)

    def _check(self, track: Track, manifest: dict[str, Any]) -> None:
        errors = self._endpoint.errors
        window = self._window(track, manifest)
        if not window:
            raise EgressError(404, f"{track.name} has no segments")
        parts = self._parts(track)
        last = track.pieces.get(window[-1] * parts + parts - 1)
        age = self._now() - last.at if last else math.inf
        if "STALE_MANIFEST" in errors and age > STALE * self._duration(track):
            raise EgressError(404, f"STALE_MANIFEST: the newest segment of {track.name} came {age:.1f} s ago")
        missing = [number for number in window if not self._complete(track, number)]
        if "INCOMPLETE_MANIFEST" in errors and missing:
            raise EgressError(404, f"INCOMPLETE_MANIFEST: {track.name} has no segment {missing[0]}")

    def _multivariant(self, tracks: list[Track], manifest: dict[str, Any]) -> str:
        if not tracks:
            raise EgressError(404, "the channel has no content")
        lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
        for index, track in enumerate(tracks, start=1):
            lines += [
                f"#EXT-X-STREAM-INF:{self._content.attributes(track) or _measured(track)}",
                f"{self._child(manifest, index)}.m3u8",
            ]
        return "\n".join(lines) + "\n"

    def _media(self, track: Track, index: int, manifest: dict[str, Any]) -> str:
        window = self._window(track, manifest)
        duration = self._duration(track)
        stem = f"{self._segment['SegmentName']}{self._separator}{index}{self._separator}"
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:7",
            f"#EXT-X-TARGETDURATION:{math.ceil(duration)}",
            f"#EXT-X-MEDIA-SEQUENCE:{window[0]}",
            f'#EXT-X-MAP:URI="{stem}init.mp4"',
        ]
        every = manifest.get("ProgramDateTimeIntervalSeconds")
        dated = -math.inf
        for number in window:
            begins = number * duration
            if every is not None and begins - dated >= every:
                lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{_date(begins)}")
                dated = float(begins)
            if not self._complete(track, number):
                lines.append("#EXT-X-GAP")
            lines += [f"#EXTINF:{float(duration):.5f},", f"{stem}{number}.mp4"]
        return "\n".join(lines) + "\n"

    def _body(self, track: Track, number: int) -> bytes:
        if not self._complete(track, number):
            return b""
        parts = self._parts(track)
        return b"".join(track.pieces[number * parts + part].body for part in range(parts))


def _measured(track: Track) -> str:
    """What can be said of a track that the encoder has not announced."""
    biggest = max(len(piece.body) for piece in list(track.pieces.values()))
    bits = biggest * 8 / float(track.duration or 1)
    return f"BANDWIDTH={math.ceil(bits / 10_000) * 10_000}"


def _date(seconds: Fraction) -> str:
    moment = datetime.fromtimestamp(int(seconds), UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{int(seconds % 1 * 1000):03d}Z"
