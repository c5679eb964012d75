"""HLS manifests as MediaLive writes them.

Sources: https://datatracker.ietf.org/doc/html/rfc8216 (format),
https://docs.aws.amazon.com/medialive/latest/ug/hls-manifests-how-work.html (names),
https://docs.aws.amazon.com/medialive/latest/ug/hls-rm-manifests-contents.html (redundant manifests)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from headend.localcloud.media.ladder import Ladder

CONTENT_TYPE = "application/vnd.apple.mpegurl"


@dataclass(frozen=True)
class Entry:
    """One segment of a media manifest: its number, its URI, and when it begins (seconds since the epoch)."""

    number: int
    uri: str
    begins: Fraction


def media(
    entries: Sequence[Entry], duration: Fraction, *, header_uri: str = "", ended: bool = False, dated: bool = True
) -> str:
    """The media manifest of consecutive segments, each `duration` seconds long."""
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{7 if header_uri else 3}",
        f"#EXT-X-TARGETDURATION:{math.ceil(duration)}",
        f"#EXT-X-MEDIA-SEQUENCE:{entries[0].number if entries else 0}",
    ]
    if header_uri:
        lines.append(f'#EXT-X-MAP:URI="{header_uri}"')
    for entry in entries:
        if dated:
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{_date(entry.begins)}")
        lines += [f"#EXTINF:{float(duration):.5f},", entry.uri]
    if ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def multivariant(ladder: Ladder, bases: Sequence[str]) -> str:
    """The multivariant manifest that names the renditions of one pipeline, or of several one after the other.

    `bases` are the pipelines' base file names, the own one first.
    """
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{7 if ladder.fragmented else 3}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for base in bases:
        for one in ladder.renditions:
            lines.append(
                f"#EXT-X-STREAM-INF:BANDWIDTH={one.bandwidth},AVERAGE-BANDWIDTH={one.bandwidth},"
                f'CODECS="{one.codecs}",RESOLUTION={one.width}x{one.height},FRAME-RATE={float(one.frame_rate):.3f}'
            )
            lines.append(f"{base}{one.modifier}.m3u8")
    return "\n".join(lines) + "\n"


def _date(seconds: Fraction) -> str:
    moment = datetime.fromtimestamp(int(seconds), UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{int(seconds % 1 * 1000):03d}Z"
