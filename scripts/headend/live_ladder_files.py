"""What a ladder becomes: a channel's encoder settings for HLS to S3 and for CMAF ingest, and the multivariant manifest.

Both kinds are made of the same pictures, so that a Region can be changed from one to the other. All three are plain
JSON or text, committed, and the same in both Regions: nothing in them names one.

Sources: https://docs.aws.amazon.com/medialive/latest/ug/pipeline-locking-set-up.html (locking),
https://docs.aws.amazon.com/medialive/latest/ug/hls-redundant-manifests.html (two pipelines in one manifest),
https://docs.aws.amazon.com/medialive/latest/ug/creating-cmafi-output-group.html (CMAF ingest),
https://datatracker.ietf.org/doc/html/rfc8216#section-4.3.4.2 (attributes of a variant),
https://www.itu.int/rec/T-REC-H.264 (table A-1: levels)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headend.config_live_ladder import MODIFIER, Ladder, Rendition, load_ladder

Json = dict[str, Any]
MODULE = Path("modules/live_channel")
LADDER = MODULE / "ladder.yaml"
RENDERED = MODULE / "rendered"
CMAF, HLS, MANIFEST = "encoder_settings.cmaf.json", "encoder_settings.hls.json", "index.m3u8"
PIPELINES = ("primary", "backup")
"""The base names of the files of pipelines 0 and 1."""
DESTINATION = "origin"
"""The id of the channel's destination; modules/live_channel gives it the origin's URLs."""
AUDIO, SELECTOR = "audio", "default"
AAC_CODEC = "mp4a.40.2"
HIGH_PROFILE = "6400"
OVERHEAD = (11, 10)
"""What the container adds to the bit rate, as a fraction."""
REPEATED_MILLISECONDS = 500
"""The last picture stands so long before the slate: as long as MediaConnect needs to switch its source."""

_LEVELS = (
    # level, macroblocks in a second, macroblocks in a frame, kbit/s in the High profile
    ("3", 40_500, 1_620, 12_500),
    ("3_1", 108_000, 3_600, 17_500),
    ("3_2", 216_000, 5_120, 25_000),
    ("4", 245_760, 8_192, 25_000),
    ("4_1", 245_760, 8_192, 62_500),
    ("4_2", 522_240, 8_704, 62_500),
    ("5", 589_824, 22_080, 168_750),
    ("5_1", 983_040, 36_864, 300_000),
    ("5_2", 2_073_600, 36_864, 300_000),
)


def level(ladder: Ladder, rendition: Rendition) -> str:
    """The lowest H.264 level that holds a rendition, as MediaLive writes it: `3_1`."""
    blocks = -(-rendition.width // 16) * -(-rendition.height // 16)
    in_a_second = blocks * ladder.rate(rendition).frames
    fitting = (
        name
        for name, most_in_a_second, most, kilobits in _LEVELS
        if in_a_second <= most_in_a_second and blocks <= most and rendition.bitrate <= kilobits * 1000
    )
    return next(fitting, _LEVELS[-1][0])


def codecs(ladder: Ladder, rendition: Rendition) -> str:
    """The CODECS attribute (RFC 6381) of a rendition with its sound."""
    major, _, minor = level(ladder, rendition).partition("_")
    return f"avc1.{HIGH_PROFILE}{int(major) * 10 + int(minor or 0):02x},{AAC_CODEC}"


def hls(ladder: Ladder) -> Json:
    """Encoder settings for HLS in S3: MPEG-TS with the sound in every rendition."""
    group = {
        "CodecSpecification": "RFC_6381",
        "Destination": {"DestinationRefId": DESTINATION},
        "DirectoryStructure": "SINGLE_DIRECTORY",
        "DiscontinuityTags": "NEVER_INSERT",  # the edge fails over, and time stamps go on by the epoch
        "HlsCdnSettings": {"HlsS3Settings": {}},
        "IncompleteSegmentBehavior": "SUPPRESS",  # the other Region has the whole one, by the same number
        "IndexNSegments": ladder.manifest_segments,
        "InputLossAction": "PAUSE_OUTPUT",
        "KeepSegments": 2 * ladder.manifest_segments + 1,
        "ManifestCompression": "NONE",
        "ManifestDurationFormat": "FLOATING_POINT",
        "Mode": "LIVE",
        "OutputSelection": "MANIFESTS_AND_SEGMENTS",
        "ProgramDateTime": "INCLUDE",
        "ProgramDateTimeClock": "INITIALIZE_FROM_OUTPUT_TIMECODE",
        "ProgramDateTimePeriod": ladder.segment_seconds,
        "RedundantManifest": "ENABLED",
        "SegmentLength": ladder.segment_seconds,
        "SegmentationMode": "USE_SEGMENT_DURATION",
        "StreamInfResolution": "INCLUDE",
        "TsFileMode": "SEGMENTED_FILES",
    }
    packets = {"Scte35Behavior": "NO_PASSTHROUGH", "TimedMetadataBehavior": "NO_PASSTHROUGH"}
    outputs = [
        {
            "AudioDescriptionNames": [AUDIO],
            "OutputName": name,
            "OutputSettings": {
                "HlsOutputSettings": {
                    "HlsSettings": {"StandardHlsSettings": {"M3u8Settings": packets}},
                    "NameModifier": MODIFIER + name,
                }
            },
            "VideoDescriptionName": name,
        }
        for name, _ in ladder.ordered
    ]
    return _settings(ladder, {"HlsGroupSettings": group}, outputs)


def cmaf(ladder: Ladder) -> Json:
    """Encoder settings for CMAF ingest: every rendition and the sound in an output of its own."""
    group = {
        "Destination": {"DestinationRefId": DESTINATION},
        "Scte35Type": "NONE",
        "SegmentLength": ladder.segment_seconds,
        "SegmentLengthUnits": "SECONDS",
    }
    outputs: list[Json] = [
        {
            "OutputName": name,
            "OutputSettings": {"CmafIngestOutputSettings": {"NameModifier": MODIFIER + name}},
            "VideoDescriptionName": name,
        }
        for name, _ in ladder.ordered
    ]
    outputs.append(
        {
            "AudioDescriptionNames": [AUDIO],
            "OutputName": AUDIO,
            "OutputSettings": {"CmafIngestOutputSettings": {"NameModifier": MODIFIER + AUDIO}},
        }
    )
    settings = _settings(ladder, {"CmafIngestGroupSettings": group}, outputs)
    # CMAF groups have no PAUSE_OUTPUT: MediaPackage is told of the slate, and its endpoint answers with an error.
    settings["GlobalConfiguration"]["InputLossBehavior"] = {
        "BlackFrameMsec": 0,
        "InputLossImageColor": "000000",
        "InputLossImageType": "COLOR",
        "RepeatFrameMsec": REPEATED_MILLISECONDS,
    }
    return settings


def _settings(ladder: Ladder, group: Json, outputs: list[Json]) -> Json:
    return {
        "AudioDescriptions": [
            {
                "AudioSelectorName": SELECTOR,
                "CodecSettings": {
                    "AacSettings": {
                        "Bitrate": ladder.audio.bitrate,
                        "CodingMode": "CODING_MODE_2_0",
                        "InputType": "NORMAL",
                        "Profile": "LC",
                        "RateControlMode": "CBR",
                        "RawFormat": "NONE",
                        "SampleRate": 48000,
                        "Spec": "MPEG4",
                    }
                },
                "Name": AUDIO,
            }
        ],
        "GlobalConfiguration": {"OutputLockingMode": "EPOCH_LOCKING"},
        "OutputGroups": [{"Name": DESTINATION, "OutputGroupSettings": group, "Outputs": outputs}],
        "TimecodeConfig": {"Source": "EMBEDDED"},
        "VideoDescriptions": [_video(ladder, name, rendition) for name, rendition in ladder.ordered],
    }


def _video(ladder: Ladder, name: str, rendition: Rendition) -> Json:
    rate = ladder.rate(rendition)
    return {
        "CodecSettings": {
            "H264Settings": {
                "Bitrate": rendition.bitrate,
                "FramerateControl": "SPECIFIED",
                "FramerateDenominator": rate.denominator,
                "FramerateNumerator": rate.numerator,
                "GopClosedCadence": 1,
                "GopSize": ladder.gop_frames(rendition),
                "GopSizeUnits": "FRAMES",
                "Level": f"H264_LEVEL_{level(ladder, rendition)}",
                "ParControl": "SPECIFIED",
                "ParDenominator": 1,
                "ParNumerator": 1,
                "Profile": "HIGH",
                "RateControlMode": "CBR",
                "ScanType": "PROGRESSIVE",
                "SceneChangeDetect": "DISABLED",
            }
        },
        "Height": rendition.height,
        "Name": name,
        "RespondToAfd": "NONE",
        "ScalingBehavior": "DEFAULT",
        "Width": rendition.width,
    }


def manifest(ladder: Ladder) -> str:
    """The multivariant manifest: each rendition of pipeline 0, then, for when it is gone, those of pipeline 1."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-INDEPENDENT-SEGMENTS"]
    over, under = OVERHEAD
    for base in PIPELINES:
        for name, rendition in ladder.ordered:
            bandwidth = (rendition.bitrate + ladder.audio.bitrate) * over // under
            attributes = {
                "BANDWIDTH": bandwidth,
                "AVERAGE-BANDWIDTH": bandwidth,
                "CODECS": f'"{codecs(ladder, rendition)}"',
                "RESOLUTION": f"{rendition.width}x{rendition.height}",
                "FRAME-RATE": f"{float(ladder.rate(rendition).frames):.3f}",
            }
            said = ",".join(f"{key}={value}" for key, value in attributes.items())
            lines += [f"#EXT-X-STREAM-INF:{said}", f"{base}{MODIFIER}{name}.m3u8"]
    return "\n".join(lines) + "\n"


def files(ladder: Ladder) -> dict[str, str]:
    """Names and texts of all that a ladder becomes."""
    return {CMAF: _text(cmaf(ladder)), HLS: _text(hls(ladder)), MANIFEST: manifest(ladder)}


def default_files(root: Path) -> dict[Path, str]:
    """What the module's ladder and those of its examples become, by absolute path; nothing without the module."""
    ladders = [root / LADDER, *sorted((root / MODULE / "examples").glob(f"*/{LADDER.name}"))]
    return {
        path.parent / RENDERED.name / name: text
        for path in ladders
        if path.is_file()
        for name, text in files(load_ladder(path)).items()
    }


def environment_files(root: Path, env: str, ladder: Ladder | None) -> dict[Path, str]:
    """What an environment's own ladder becomes, by absolute path; nothing where it has none."""
    folder = root / "envs" / env / "rendered"
    return {} if ladder is None else {folder / name: text for name, text in files(ladder).items()}


def _text(settings: Mapping[str, Any]) -> str:
    return json.dumps(settings, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
