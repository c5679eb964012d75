"""What a MediaLive channel asks its encoders for: its HLS and CMAF output groups, in the media plane's terms.

Other groups, renditions without a picture (audio or captions of their own) and codecs other than H.264 are left out:
every picture is H.264 at the announced frame rate, and carries a sound. An input loss always pauses an HLS
output, and always fills a CMAF output with slate.

Sources: https://docs.aws.amazon.com/medialive/latest/apireference/channels.html (encoderSettings),
https://docs.aws.amazon.com/medialive/latest/ug/hls-destinations-s3-design.html (destinations)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from headend.localcloud.media.ladder import Ladder, Rendition

Json = dict[str, Any]
DEFAULT_RATE = Fraction(25)
HLS_SECONDS = 10
CMAF_SECONDS = 6
SHOWN_SEGMENTS = 10
KEPT_SEGMENTS = 21
SOUND = 192_000
"""Bits a second of an audio encode that does not say them."""


@dataclass(frozen=True)
class GroupPlan:
    """One output group. `urls` are its destinations by pipeline; `locks`: its segments are numbered by the epoch,
    otherwise from 1 on."""

    name: str
    ladder: Ladder
    urls: tuple[str, ...]
    redundant: bool
    locks: bool
    window: int = SHOWN_SEGMENTS
    keep: int = KEPT_SEGMENTS

    def base(self, pipeline: int) -> str:
        """The base file name of a pipeline."""
        return self.urls[pipeline].rpartition("/")[2]

    def other_base(self, pipeline: int) -> str | None:
        """The base file name of the other pipeline, when manifests are redundant."""
        return self.base(1 - pipeline) if self.redundant and len(self.urls) > 1 else None


def plans(settings: Json) -> Iterator[GroupPlan]:
    """The output groups of a channel by its settings, as CreateChannel takes them."""
    encoder = settings.get("EncoderSettings") or {}
    locking = (encoder.get("GlobalConfiguration") or {}).get("OutputLockingMode") == "EPOCH_LOCKING"
    for index, group in enumerate(encoder.get("OutputGroups") or []):
        named = group.get("Name") or f"group-{index}"
        kinds = group.get("OutputGroupSettings") or {}
        hls, cmaf = kinds.get("HlsGroupSettings"), kinds.get("CmafIngestGroupSettings")
        asked = hls if hls is not None else cmaf
        if asked is None:
            continue
        renditions = tuple(
            _renditions(encoder, group, "HlsOutputSettings" if hls is not None else "CmafIngestOutputSettings")
        )
        urls = _urls(settings, (asked.get("Destination") or {}).get("DestinationRefId"))
        if not renditions or not urls:
            continue
        seconds = Fraction(asked.get("SegmentLength") or (HLS_SECONDS if hls is not None else CMAF_SECONDS))
        if asked.get("SegmentLengthUnits") == "MILLISECONDS":
            seconds /= 1000
        yield GroupPlan(
            named,
            Ladder(renditions, seconds, fragmented=cmaf is not None),
            urls,
            redundant=asked.get("RedundantManifest") == "ENABLED",
            locks=locking,
            window=int(asked.get("IndexNSegments") or SHOWN_SEGMENTS),
            keep=int(asked.get("KeepSegments") or KEPT_SEGMENTS),
        )


def _renditions(encoder: Json, group: Json, kind: str) -> Iterator[Rendition]:
    videos = {one["Name"]: one for one in encoder.get("VideoDescriptions") or []}
    sounds = {one["Name"]: one for one in encoder.get("AudioDescriptions") or []}
    for output in group.get("Outputs") or []:
        video = videos.get(output.get("VideoDescriptionName") or "")
        if video is None:
            continue
        modifier = ((output.get("OutputSettings") or {}).get(kind) or {}).get("NameModifier") or ""
        codec: Json = next(iter((video.get("CodecSettings") or {}).values()), {}) or {}
        number, parts = codec.get("FramerateNumerator"), codec.get("FramerateDenominator")
        yield Rendition(
            modifier,
            int(video.get("Width") or 1280),
            int(video.get("Height") or 720),
            int(codec.get("Bitrate") or codec.get("MaxBitrate") or 5_000_000),
            Fraction(int(number), int(parts)) if number and parts else DEFAULT_RATE,
            sum(_bit_rate(sounds[one]) for one in output.get("AudioDescriptionNames") or [] if one in sounds),
            output.get("OutputName") or modifier,
        )


def _bit_rate(sound: Json) -> int:
    codec: Json = next(iter((sound.get("CodecSettings") or {}).values()), {}) or {}
    return int(codec.get("Bitrate") or SOUND)


def _urls(settings: Json, identifier: str | None) -> tuple[str, ...]:
    for one in settings.get("Destinations") or []:
        if one.get("Id") == identifier:
            return tuple(where["Url"] for where in one.get("Settings") or [] if where.get("Url"))
    return ()
