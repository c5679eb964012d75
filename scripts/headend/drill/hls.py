"""Manifests as a player reads them.

Source: https://datatracker.ietf.org/doc/html/rfc8216
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin

import m3u8


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
    found = tuple(
        Variant(urljoin(url, one.uri), int(one.stream_info.bandwidth or 0), _size(one.stream_info.resolution))
        for one in _parsed(text, url).playlists
    )
    if not found:
        raise ManifestError(f"{url} names no rendition")
    return found


def media(text: str, url: str) -> MediaManifest:
    """A media manifest that was read at `url`. Raises ManifestError for anything else."""
    found = _parsed(text, url)
    if not found.target_duration:
        raise ManifestError(f"{url} has no target duration")
    segments = (
        MediaSegment(
            (found.media_sequence or 0) + index,
            urljoin(url, one.uri),
            float(one.duration or 0),
            urljoin(url, one.init_section.uri) if one.init_section else "",
        )
        for index, one in enumerate(found.segments)
    )
    return MediaManifest(tuple(segments), float(found.target_duration), bool(found.is_endlist))


def _parsed(text: str, url: str) -> m3u8.M3U8:
    if not text.startswith("#EXTM3U"):
        raise ManifestError(f"{url} does not begin with #EXTM3U")
    try:
        return m3u8.loads(text)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ManifestError(f"{url} cannot be read: {error}") from error


def _size(resolution: tuple[int, int] | None) -> str:
    return "x".join(str(one) for one in resolution) if resolution else ""
