"""What a MediaLive channel makes, read from DescribeChannel: the output groups that are locked to the epoch.

Source: https://docs.aws.amazon.com/medialive/latest/apireference/channels-channelid.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from livecheck.errors import InvalidEvent

Json = Mapping[str, Any]
HLS_SECONDS = 10
CMAF_SECONDS = 6
"""What MediaLive takes where SegmentLength is left out."""


@dataclass(frozen=True)
class Output:
    """One rendition: pixels, frames a second, bits a second of picture and sound, and the pieces of its name."""

    name: str
    modifier: str
    width: int
    height: int
    frame_rate: Fraction
    video_bits: int
    audio_bits: int


@dataclass(frozen=True)
class Group:
    """One output group. `destinations` are its URLs by pipeline; `redundant`: the manifests name both pipelines."""

    name: str
    kind: str
    segment_seconds: Fraction
    destinations: tuple[str, ...]
    redundant: bool
    outputs: tuple[Output, ...]

    def base(self, pipeline: int) -> str:
        """The base file name of a pipeline, such as `primary`."""
        return self.destinations[pipeline].rpartition("/")[2]

    def duration(self, output: Output) -> Fraction:
        """A segment's seconds: the nearest whole number of frames."""
        frames = max(1, round(self.segment_seconds * output.frame_rate))
        return Fraction(frames) / output.frame_rate


@dataclass(frozen=True)
class Channel:
    """A channel: its ARN, id, state, class, locking mode and groups."""

    arn: str
    id: str
    state: str
    pipelines: tuple[str, ...]
    locking: str
    groups: tuple[Group, ...]


def read(described: Json) -> Channel:
    """A channel as DescribeChannel answers. Raises InvalidEvent for one without an HLS or CMAF group."""
    encoder: Json = described.get("EncoderSettings") or {}
    groups = tuple(_groups(described, encoder))
    if not groups:
        raise InvalidEvent(f"channel {described.get('Id')} has no HLS or CMAF output group: there is nothing to check")
    return Channel(
        str(described.get("Arn", "")),
        str(described.get("Id", "")),
        str(described.get("State", "")),
        ("0",) if described.get("ChannelClass") == "SINGLE_PIPELINE" else ("0", "1"),
        str((encoder.get("GlobalConfiguration") or {}).get("OutputLockingMode") or "PIPELINE_LOCKING"),
        groups,
    )


def _groups(described: Json, encoder: Json) -> Iterator[Group]:
    for group in encoder.get("OutputGroups") or []:
        kinds: Json = group.get("OutputGroupSettings") or {}
        for kind, key, default in (
            ("hls", "HlsGroupSettings", HLS_SECONDS),
            ("cmaf", "CmafIngestGroupSettings", CMAF_SECONDS),
        ):
            asked = kinds.get(key)
            if asked is None:
                continue
            seconds = Fraction(asked.get("SegmentLength") or default)
            if asked.get("SegmentLengthUnits") == "MILLISECONDS":
                seconds /= 1000
            reference = (asked.get("Destination") or {}).get("DestinationRefId")
            yield Group(
                str(group.get("Name") or ""),
                kind,
                seconds,
                _urls(described, reference),
                asked.get("RedundantManifest") == "ENABLED",
                tuple(_outputs(encoder, group, kind)),
            )


def _outputs(encoder: Json, group: Json, kind: str) -> Iterator[Output]:
    videos = {one["Name"]: one for one in encoder.get("VideoDescriptions") or []}
    sounds = {one["Name"]: one for one in encoder.get("AudioDescriptions") or []}
    key = "HlsOutputSettings" if kind == "hls" else "CmafIngestOutputSettings"
    for output in group.get("Outputs") or []:
        video = videos.get(output.get("VideoDescriptionName") or "")
        if video is None:
            continue
        codec = _settings(video)
        number, parts = codec.get("FramerateNumerator"), codec.get("FramerateDenominator")
        if not number or not parts:
            raise InvalidEvent(f"{video['Name']} has no specified frame rate: its segments cannot be counted")
        names = output.get("AudioDescriptionNames") or []
        modifier = ((output.get("OutputSettings") or {}).get(key) or {}).get("NameModifier") or ""
        yield Output(
            str(output.get("OutputName") or modifier),
            modifier,
            int(video.get("Width") or 0),
            int(video.get("Height") or 0),
            Fraction(int(number), int(parts)),
            int(codec.get("Bitrate") or codec.get("MaxBitrate") or 0),
            sum(int(_settings(sounds[name]).get("Bitrate") or 0) for name in names if name in sounds),
        )


def _settings(description: Json) -> Json:
    """The settings of whichever codec there is."""
    return next((one for one in (description.get("CodecSettings") or {}).values() if one), {})


def _urls(described: Json, reference: str | None) -> tuple[str, ...]:
    for one in described.get("Destinations") or []:
        if one.get("Id") == reference:
            return tuple(str(where["Url"]) for where in one.get("Settings") or [] if where.get("Url"))
    return ()
