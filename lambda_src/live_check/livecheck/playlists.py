"""Manifests as they are read: which segments a rendition has, which renditions a multivariant manifest names.

Source: https://datatracker.ietf.org/doc/html/rfc8216
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

import m3u8

_NUMBER = re.compile(r"(\d+)\.[a-z0-9]+$")


class NoManifest(ValueError):  # noqa: N818 - as the errors of this package
    """What came is not the manifest that was asked for."""


@dataclass(frozen=True)
class Entry:
    """One segment: media sequence number, URL, seconds, and the URL of its initialisation segment, empty for none."""

    number: int
    url: str
    seconds: float
    header: str

    @property
    def name(self) -> str:
        """Its file name."""
        return self.url.partition("?")[0].rpartition("/")[2]

    @property
    def named_number(self) -> int | None:
        """The number that its file name ends in."""
        found = _NUMBER.search(self.name)
        return int(found[1]) if found else None


@dataclass(frozen=True)
class Media:
    """A media manifest: the segments that can be fetched, and whether it has ended."""

    entries: tuple[Entry, ...]
    ended: bool


@dataclass(frozen=True)
class Variant:
    """One rendition of a multivariant manifest. `frame_rate` and `size` are None where nothing is said."""

    uri: str
    bandwidth: int
    size: tuple[int, int] | None
    frame_rate: float | None
    codecs: str


def joined(base: str, uri: str) -> str:
    """`uri` as it is meant in a manifest at `base`, of whatever scheme (`s3`, `https`)."""
    if "://" in uri:
        return uri
    scheme, _, rest = base.partition("://")
    return f"{scheme}://{urljoin(f'https://{rest}', uri).removeprefix('https://')}"


def media(text: str, url: str) -> Media:
    """A media manifest that was read at `url`. Gaps are left out. Raises NoManifest."""
    found = _parsed(text)
    if found.is_variant or found.target_duration is None:
        raise NoManifest(f"{url} is no media manifest")
    first = found.media_sequence or 0
    entries = [
        Entry(
            first + index,
            joined(url, one.uri or ""),
            float(one.duration or 0),
            joined(url, one.init_section.uri) if one.init_section else "",
        )
        for index, one in enumerate(found.segments)
        if not one.gap_tag
    ]
    return Media(tuple(entries), bool(found.is_endlist))


def variants(text: str) -> tuple[Variant, ...]:
    """The renditions of a multivariant manifest, in its order, their URIs as they stand there. Raises NoManifest."""
    found = _parsed(text)
    if not found.playlists:
        raise NoManifest("it names no rendition")
    return tuple(
        Variant(
            str(one.uri),
            int(one.stream_info.bandwidth or 0),
            tuple(one.stream_info.resolution) if one.stream_info.resolution else None,
            float(one.stream_info.frame_rate) if one.stream_info.frame_rate else None,
            str(one.stream_info.codecs or ""),
        )
        for one in found.playlists
    )


def _parsed(text: str) -> m3u8.M3U8:
    if not text.lstrip("\ufeff").startswith("#EXTM3U"):
        raise NoManifest("a manifest begins with #EXTM3U")
    try:
        return m3u8.loads(text)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise NoManifest(f"it cannot be read: {error}") from error
