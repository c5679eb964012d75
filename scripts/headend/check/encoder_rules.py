"""What the encoder settings of two Regions must hold so that one can take the place of the other.

MediaLive accepts much of what is refused here, and then does not lock its pipelines, or writes what the other Region
does not write. Each rule is a function that yields faults; `RULES` has them all.

Sources: https://docs.aws.amazon.com/medialive/latest/ug/pipeline-locking-requirements.html (SCTE-35, kinds of outputs),
https://docs.aws.amazon.com/medialive/latest/ug/pipeline-locking-verify-input.html (timecode, ratio of frame rates),
https://docs.aws.amazon.com/medialive/latest/ug/pipeline-locking-set-up.html (specified frame rate),
https://docs.aws.amazon.com/mediapackage/latest/userguide/cross-region-failover.html (no mix of frame rates, CMAF only),
https://docs.aws.amazon.com/medialive/latest/ug/hls-redundant-manifests.html (redundant manifests)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from headend.check.shapes import Fault
from headend.check.shapes import where as written
from headend.config_live_ladder import MIXED_RATES, NTSC, FrameRate, conversion_fault
from headend.live_ladder_files import DESTINATION
from headend.strict_yaml import Place

Json = dict[str, Any]
Kind = Literal["hls", "cmaf"]
GROUPS: dict[Kind, str] = {"hls": "HlsGroupSettings", "cmaf": "CmafIngestGroupSettings"}
OUTPUTS: dict[Kind, str] = {"hls": "HlsOutputSettings", "cmaf": "CmafIngestOutputSettings"}
CODECS = ("H264Settings", "H265Settings")
LARGEST_TEMPLATE = 51_200
"""Bytes of a CloudFormation template: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
KEPT, LISTED = 21, 10
"""MediaLive's defaults for KeepSegments and IndexNSegments."""
AROUND = 4_096
"""Bytes that a channel's template has around the encoder settings."""


@dataclass(frozen=True)
class Settings:
    """Encoder settings to look at: `kind` of the origin, `input_rate` of the feeds where it is known."""

    encoder: Json
    kind: Kind
    input_rate: FrameRate | None = None

    def groups(self) -> Iterator[tuple[Place, Json, Json]]:
        """(place, settings, group) of each output group of the kind."""
        for number, group in enumerate(self.encoder["OutputGroups"]):
            settings = group["OutputGroupSettings"].get(GROUPS[self.kind])
            if settings is not None:
                yield ("OutputGroups", number), settings, group

    def videos(self) -> Iterator[tuple[Place, Json]]:
        """(place, codec settings) of each video description with H.264 or H.265."""
        for number, video in enumerate(self.encoder["VideoDescriptions"]):
            for codec, settings in video.get("CodecSettings", {}).items():
                if codec in CODECS:
                    yield ("VideoDescriptions", number, "CodecSettings", codec), settings

    def segment(self) -> Fraction | None:
        """Seconds of a segment; None where they are not said."""
        for _, settings, _ in self.groups():
            if length := settings.get("SegmentLength"):
                return Fraction(length, 1000 if settings.get("SegmentLengthUnits") == "MILLISECONDS" else 1)
        return None


Rule = Callable[[Settings], Iterator[Fault]]


def locking(given: Settings) -> Iterator[Fault]:
    """Pipelines lock to the epoch, by the timecode in the feeds."""
    held = given.encoder.get("GlobalConfiguration", {}).get("OutputLockingMode")
    if held != "EPOCH_LOCKING":
        mode = ("GlobalConfiguration", "OutputLockingMode")
        yield Fault(mode, f"must be EPOCH_LOCKING, not {held}; Regions do not know each other, only the epoch")
    epoch = (
        given.encoder.get("GlobalConfiguration", {}).get("OutputLockingSettings", {}).get("EpochLockingSettings", {})
    )
    if "CustomEpoch" in epoch:
        place = ("GlobalConfiguration", "OutputLockingSettings", "EpochLockingSettings", "CustomEpoch")
        yield Fault(place, "segments are counted from 1970-01-01T00:00:00Z; delete it")
    source = given.encoder.get("TimecodeConfig", {}).get("Source")
    if source != "EMBEDDED":
        yield Fault(("TimecodeConfig", "Source"), f"must be EMBEDDED, not {source}; the feeds say which frame is which")


def one_group(given: Settings) -> Iterator[Fault]:
    """One output group, of the origin's kind, that writes to its destination."""
    groups = given.encoder["OutputGroups"]
    if len(groups) != 1:
        yield Fault(("OutputGroups",), f"must be one output group, not {len(groups)}; a channel writes to one origin")
        return
    kinds = list(groups[0]["OutputGroupSettings"])
    place: Place = ("OutputGroups", 0, "OutputGroupSettings")
    if kinds != [GROUPS[given.kind]]:
        reason = {
            "hls": "the origin is a bucket",
            "cmaf": "AWS documents failover between Regions for CMAF ingest only",
        }[given.kind]
        yield Fault(place, f"must hold {GROUPS[given.kind]}, not {', '.join(kinds) or 'nothing'}; {reason}")
        return
    reference = groups[0]["OutputGroupSettings"][GROUPS[given.kind]]["Destination"].get("DestinationRefId")
    if reference != DESTINATION:
        place = (*place, GROUPS[given.kind], "Destination", "DestinationRefId")
        yield Fault(place, f"must be {DESTINATION!r}, the channel's only destination, not {reference!r}")


def frame_rates(given: Settings) -> Iterator[Fault]:
    """Frame rates are said, all whole or all fractional, and a whole multiple or part of the feeds'."""
    seen: dict[bool, Place] = {}
    for place, codec in given.videos():
        if place[-1] == "H264Settings" and codec.get("FramerateControl") != "SPECIFIED":
            held = codec.get("FramerateControl")
            text = f"must be SPECIFIED, not {held}; a rate taken from the source does not lock well"
            yield Fault((*place, "FramerateControl"), text)
            continue
        rate = _rate(codec)
        if rate is None:
            continue
        fractional = rate.denominator > 1
        other = seen.get(not fractional)
        if other is not None:
            wanted = f"must be {'whole' if fractional else 'fractional'} as in {written(other[:2])}"
            yield Fault((*place, "FramerateDenominator"), f"{wanted}, not {_named(rate)} a second; {MIXED_RATES}")
            return
        seen[fractional] = place
        if given.input_rate and (unlocked := conversion_fault(rate, _named(rate), given.input_rate)):
            yield Fault((*place, "FramerateNumerator"), unlocked)


def pictures(given: Settings) -> Iterator[Fault]:
    """Pictures are H.264 or H.265, of a size and a bit rate that are said."""
    for number, video in enumerate(given.encoder["VideoDescriptions"]):
        place: Place = ("VideoDescriptions", number)
        if not any(codec in video.get("CodecSettings", {}) for codec in CODECS):
            yield Fault((*place, "CodecSettings"), f"must hold {' or '.join(CODECS)}, with the frame rate and the GOPs")
        for key in ("Height", "Width"):
            if not video.get(key):
                yield Fault((*place, key), "missing; the source may change its own")
    for place, codec in given.videos():
        needed = "MaxBitrate" if codec.get("RateControlMode") == "QVBR" else "Bitrate"
        if not codec.get(needed):
            mode = codec.get("RateControlMode", "CBR")
            yield Fault((*place, needed), f"missing; {mode} needs it, and players choose by the bit rate")


def gops(given: Settings) -> Iterator[Fault]:
    """GOPs are closed, of one length in time, and divide the segment; nothing begins one in between."""
    segment = given.segment()
    lengths: dict[Fraction, Place] = {}
    for place, codec in given.videos():
        if codec.get("GopClosedCadence") != 1:
            held = codec.get("GopClosedCadence")
            yield Fault(
                (*place, "GopClosedCadence"), f"must be 1, every GOP closed, not {held}; segments begin with one"
            )
        if codec.get("SceneChangeDetect") != "DISABLED":
            text = "must be DISABLED; a change of scene would begin a GOP off the grid"
            yield Fault((*place, "SceneChangeDetect"), text)
        rate, size = _rate(codec), codec.get("GopSize")
        if size is None:
            yield Fault((*place, "GopSize"), "missing; the default of 90 frames divides few segments")
            continue
        if rate is None or segment is None:
            continue
        nominal = -(-rate.numerator // rate.denominator)
        frames = Fraction(str(size)) * (nominal if codec.get("GopSizeUnits") == "SECONDS" else 1)
        if frames <= 0:
            continue  # MediaLive's own rules say it
        if frames.denominator != 1:
            yield Fault((*place, "GopSize"), f"{float(frames):g} frames; a GOP is a whole number of frames")
        elif (segment * nominal / frames).denominator != 1:
            text = f"a segment of {float(segment):g} s is no whole number of GOPs of {frames} frames"
            yield Fault((*place, "GopSize"), f"{text}; choose one that divides {float(segment * nominal):g}")
        else:
            lengths.setdefault(frames / nominal, place)
    if len(lengths) > 1:
        (first, there), (length, place), *_ = lengths.items()
        text = f"must be {float(first):g} s as in {written(there[:2])}, not {float(length):g} s"
        yield Fault((*place, "GopSize"), f"{text}; players change renditions where all begin a GOP")


def segments(given: Settings) -> Iterator[Fault]:
    """Segments are of a length that is said."""
    for place, settings, _ in given.groups():
        if not settings.get("SegmentLength"):
            where = (*place, "OutputGroupSettings", GROUPS[given.kind], "SegmentLength")
            yield Fault(where, "missing; the segment's number is the time divided by it")
        elif given.kind == "cmaf" and not settings.get("SegmentLengthUnits"):
            where = (*place, "OutputGroupSettings", GROUPS[given.kind], "SegmentLengthUnits")
            yield Fault(where, "missing; write SECONDS or MILLISECONDS")


def outputs(given: Settings) -> Iterator[Fault]:
    """Outputs have names and plain name modifiers; every picture is used once, and every sound."""
    used: list[str] = []
    heard: set[str] = set()
    for place, _, group in given.groups():
        for number, output in enumerate(group["Outputs"]):
            where: Place = (*place, "Outputs", number)
            if not output.get("OutputName"):
                yield Fault((*where, "OutputName"), "missing; the other Region's must be the same")
            modifier = (output["OutputSettings"].get(OUTPUTS[given.kind]) or {}).get("NameModifier") or ""
            if not modifier:
                text = "missing; files are told apart by it"
                yield Fault((*where, "OutputSettings", OUTPUTS[given.kind], "NameModifier"), text)
            if any(sign in modifier for sign in "$/%"):
                text = f"{modifier!r} must be plain text, without $, / and %: the other Region has to repeat it"
                yield Fault((*where, "OutputSettings", OUTPUTS[given.kind], "NameModifier"), text)
            if (picture := output.get("VideoDescriptionName")) in used:
                yield Fault((*where, "VideoDescriptionName"), f"{picture} is in another output; make one for each")
            elif picture:
                used.append(picture)
            heard.update(output.get("AudioDescriptionNames") or [])
    if not any(given.groups()):
        return  # one_group says it
    for kind, names in (("VideoDescriptions", set(used)), ("AudioDescriptions", heard)):
        for number, one in enumerate(given.encoder[kind]):
            if one["Name"] not in names:
                yield Fault((kind, number), f"{one['Name']} is in no output; use it or delete it")


_HLS: dict[str, tuple[str, str]] = {
    "InputLossAction": ("PAUSE_OUTPUT", "a Region without a feed must fall silent, so that viewers get the other one"),
    "RedundantManifest": ("ENABLED", "players must find the other pipeline's renditions"),
}
_HLS_DEFAULTS: dict[str, tuple[str, str]] = {
    "DirectoryStructure": ("SINGLE_DIRECTORY", "the static manifest names files beside it"),
    "Mode": ("LIVE", "a recording keeps every segment in its manifest"),
    "OutputSelection": ("MANIFESTS_AND_SEGMENTS", "the manifests of both pipelines are written"),
    "SegmentationMode": ("USE_SEGMENT_DURATION", "segments of the input are not those of the grid"),
    "TsFileMode": ("SEGMENTED_FILES", "segments are numbered files"),
}


def hls_group(given: Settings) -> Iterator[Fault]:
    """HLS to S3 stops when its feed does, names both pipelines, and carries no SCTE-35."""
    if given.kind != "hls":
        return
    for place, settings, group in given.groups():
        at: Place = (*place, "OutputGroupSettings", "HlsGroupSettings")
        for key, (wanted, reason) in _HLS.items():
            if settings.get(key) != wanted:
                yield Fault((*at, key), f"must be {wanted}, not {settings.get(key)}; {reason}")
        for key, (wanted, reason) in _HLS_DEFAULTS.items():
            if settings.get(key, wanted) != wanted:
                yield Fault((*at, key), f"must be {wanted}, not {settings[key]}; {reason}")
        if "HlsS3Settings" not in settings.get("HlsCdnSettings", {}):
            yield Fault((*at, "HlsCdnSettings"), "must hold HlsS3Settings; the origin is a bucket")
        kept, listed = settings.get("KeepSegments", KEPT), settings.get("IndexNSegments", LISTED)
        if kept <= listed:
            yield Fault(
                (*at, "KeepSegments"), f"{kept} must be more than the {listed} in a manifest, best {2 * listed + 1}"
            )
        if settings.get("MinSegmentLength"):
            yield Fault(
                (*at, "MinSegmentLength"), "must be 0; a segment that is joined to the one before has no number"
            )
        sound = sorted(group["Outputs"][0].get("AudioDescriptionNames") or [])
        for number, output in enumerate(group["Outputs"]):
            where: Place = (*place, "Outputs", number, "OutputSettings", "HlsOutputSettings")
            held = (output["OutputSettings"].get("HlsOutputSettings") or {}).get("HlsSettings", {})
            if not {"Fmp4HlsSettings", "StandardHlsSettings"} & set(held) and output.get("VideoDescriptionName"):
                text = "must hold StandardHlsSettings or Fmp4HlsSettings, for a picture"
                yield Fault((*where, "HlsSettings"), text)
            if sorted(output.get("AudioDescriptionNames") or []) != sound:
                place_of_sound = (*place, "Outputs", number, "AudioDescriptionNames")
                text = (
                    f"must be {', '.join(sound) or 'none'}, as in the first output; a player that changes would hear it"
                )
                yield Fault(place_of_sound, text)
            packets = held.get("StandardHlsSettings", {}).get("M3u8Settings", {})
            if packets.get("Scte35Behavior") == "PASSTHROUGH":
                inside = ("HlsSettings", "StandardHlsSettings", "M3u8Settings", "Scte35Behavior")
                text = "SCTE-35 does not pass through HLS with EPOCH_LOCKING; write NO_PASSTHROUGH"
                yield Fault((*where, *inside), text)


def size(given: Settings) -> Iterator[Fault]:
    """The settings fit into a CloudFormation template."""
    length = len(json.dumps(given.encoder, separators=(",", ":")).encode())
    if length + AROUND > LARGEST_TEMPLATE:
        text = f"{length} bytes; a channel's template takes {LARGEST_TEMPLATE - AROUND}, leave renditions out"
        yield Fault((), text)


RULES: tuple[Rule, ...] = (locking, one_group, segments, frame_rates, pictures, gops, outputs, hls_group, size)


def _rate(codec: Json) -> Fraction | None:
    numerator, denominator = codec.get("FramerateNumerator"), codec.get("FramerateDenominator")
    return Fraction(numerator, denominator) if numerator and denominator else None


def _named(rate: Fraction) -> str:
    return str(rate) if rate.denominator in (1, NTSC) else f"{float(rate):g}"
