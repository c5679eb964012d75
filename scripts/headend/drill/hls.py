"""Reading HLS manifests as a player does.

Source: https://datatracker.ietf.org/doc/html/rfc8216
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^",]*)')


class ManifestError(ValueError):
    """What came is not the manifest that was asked for."""


@dataclass(frozen=True)
class Variant:
    """One rendition of a multivariant manifest."""

    url: str
    bandwidth: int
    resolution: str


@dataclass(frozen=True)
class MediaSegment:
    """One segment of a media manifest; `header` is the URL of its EXT-X-MAP, empty for MPEG-TS."""

    number: int
    url: str
    seconds: float
    header: str


@dataclass(frozen=True)
class MediaManifest:
    """A media manifest: the segments that it names, its target duration in seconds, and whether it has ended."""

    segments: tuple[MediaSegment, ...]
    target_seconds: float
    ended: bool

    def segment(self, number: int) -> MediaSegment | None:
        """The segment with this media sequence number, if it is named."""
        return next((one for one in self.segments if one.number == number), None)


def variants(text: str, url: str) -> tuple[Variant, ...]:
    """The renditions of a multivariant manifest that was read at `url`. Raises ManifestError when it names none."""
    found: list[Variant] = []
    attributes: dict[str, str] | None = None
    for line in _lines(text):
        if line.startswith("#EXT-X-STREAM-INF:"):
            attributes = {name: value.strip('"') for name, value in _ATTRIBUTE.findall(line)}
        elif not line.startswith("#") and attributes is not None:
            bandwidth = int(attributes.get("BANDWIDTH", 0))
            found.append(Variant(urljoin(url, line), bandwidth, attributes.get("RESOLUTION", "")))
            attributes = None
    if not found:
        raise ManifestError(f"{url} names no rendition")
    return tuple(found)


def media(text: str, url: str) -> MediaManifest:
    """A media manifest that was read at `url`. Raises ManifestError for anything else."""
    number, target, seconds, ended, header = 0, 0.0, 0.0, False, ""
    found: list[MediaSegment] = []
    for line in _lines(text):
        tag, _, value = line.partition(":")
        if tag == "#EXT-X-TARGETDURATION":
            target = float(value)
        elif tag == "#EXT-X-MEDIA-SEQUENCE":
            number = int(value)
        elif tag == "#EXTINF":
            seconds = float(value.partition(",")[0])
        elif tag == "#EXT-X-MAP":
            header = urljoin(url, dict(_ATTRIBUTE.findall(value)).get("URI", "").strip('"'))
        elif tag == "#EXT-X-ENDLIST":
            ended = True
        elif not line.startswith("#"):
            found.append(MediaSegment(number + len(found), urljoin(url, line), seconds, header))
    if not target:
        raise ManifestError(f"{url} has no target duration")
    return MediaManifest(tuple(found), target, ended)


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or lines[0] != "#EXTM3U":
        raise ManifestError("a manifest begins with #EXTM3U")
    return lines[1:]
