"""Two Regions on air in memory: four pipelines, their manifests, segments, as-run lines and metrics."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from botocore.exceptions import ClientError

REGIONS = ("eu-central-1", "eu-west-1")
BASES = ("primary", "backup")
NOW = datetime(2026, 11, 21, 20, 0, 3, tzinfo=UTC)
SECONDS = 2
NEWEST = int(NOW.timestamp()) // SECONDS - 2
WINDOW = 5
TICKS = 90_000
Json = dict[str, Any]


def transport_stream(pts: int, *, audio_first: bool = True) -> bytes:
    """A small MPEG-TS segment: a sound, then a picture with this time stamp (33 bits)."""
    pictures = [(0x100, 0xE0, pts % (1 << 33))]
    sounds = [(0x101, 0xC0, (pts + 1234) % (1 << 33))]
    units = [*sounds, *pictures] if audio_first else [*pictures, *sounds]
    return b"".join([_tables(), *(_packet(pid, _pes(stream, stamp)) for pid, stream, stamp in units)])


def _pes(stream: int, pts: int) -> bytes:
    stamp = bytes([0x21 | (pts >> 30 & 7) << 1])
    stamp += struct.pack(">HH", (pts >> 15 & 0x7FFF) << 1 | 1, (pts & 0x7FFF) << 1 | 1)
    return b"\0\0\x01" + bytes([stream]) + b"\0\0" + b"\x80\x80\x05" + stamp + b"picture"


def _tables() -> bytes:
    programmes = b"\0\x01" + struct.pack(">H", 0xE000 | 0x1000)
    pat = b"\0" + struct.pack(">H", 0xB000 | 5 + len(programmes) + 4) + b"\0\x01\xc1\0\0" + programmes + bytes(4)
    streams = b"\x0f" + struct.pack(">HH", 0xE000 | 0x101, 0xF000) + b"\x1b" + struct.pack(">HH", 0xE100, 0xF000)
    body = b"\0\x01\xc1\0\0" + struct.pack(">HH", 0xE100, 0xF000) + streams
    pmt = b"\x02" + struct.pack(">H", 0xB000 | len(body) + 4) + body + bytes(4)
    return _packet(0, b"\0" + pat) + _packet(0x1000, b"\0" + pmt)


def _packet(pid: int, payload: bytes) -> bytes:
    head = struct.pack(">BH", 0x47, 0x4000 | pid)
    room = 184 - len(payload)
    if room == 0:
        return head + b"\x10" + payload
    adaptation = bytes([room - 1]) + (b"\0" + b"\xff" * (room - 2) if room > 1 else b"")
    return head + b"\x30" + adaptation + payload


def described(region: str = REGIONS[0], *, kind: str = "hls", **changes: Any) -> Json:
    """A STANDARD channel as DescribeChannel answers: two renditions, locked to the epoch."""
    urls = [f"s3ssl://live-{region}/live/{base}" for base in BASES]
    if kind == "cmaf":
        urls = [f"https://{number}.ingest.{region}.example/in/v1/g/{number}/c/index" for number in (1, 2)]
    key, output = {
        "hls": ("HlsGroupSettings", "HlsOutputSettings"),
        "cmaf": ("CmafIngestGroupSettings", "CmafIngestOutputSettings"),
    }[kind]
    group: Json = {"Destination": {"DestinationRefId": "origin"}, "SegmentLength": SECONDS}
    group |= {"RedundantManifest": "ENABLED"} if kind == "hls" else {"SegmentLengthUnits": "SECONDS"}
    videos = (("high", 1280, 720, 3_000_000), ("low", 640, 360, 800_000))
    return {
        "Arn": f"arn:aws:medialive:{region}:123456789012:channel:77",
        "Id": "77",
        "State": "RUNNING",
        "ChannelClass": "STANDARD",
        "Destinations": [{"Id": "origin", "Settings": [{"Url": url} for url in urls]}],
        "EncoderSettings": {
            "GlobalConfiguration": {"OutputLockingMode": changes.get("locking", "EPOCH_LOCKING")},
            "AudioDescriptions": [{"Name": "sound", "CodecSettings": {"AacSettings": {"Bitrate": 128_000.0}}}],
            "VideoDescriptions": [
                {
                    "Name": name,
                    "Width": width,
                    "Height": height,
                    "CodecSettings": {
                        "H264Settings": {"Bitrate": bits, "FramerateNumerator": 25, "FramerateDenominator": 1}
                    },
                }
                for name, width, height, bits in videos
            ],
            "OutputGroups": [
                {
                    "Name": "origin",
                    "OutputGroupSettings": {key: group},
                    "Outputs": [
                        {
                            "OutputName": name,
                            "VideoDescriptionName": name,
                            "AudioDescriptionNames": ["sound"],
                            "OutputSettings": {output: {"NameModifier": f"_{name}"}},
                        }
                        for name, *_ in videos
                    ],
                }
            ],
        },
    }


def asked(region: str, kind: str = "s3") -> Json:
    """One channel of an event."""
    domain, path = f"live-{region}.s3.{region}.amazonaws.com", "/live/index.m3u8"
    if kind == "mediapackage":
        domain, path = f"x.egress.y.mediapackagev2.{region}.amazonaws.com", "/out/v1/g/c/e/index.m3u8"
    return {
        "region": region,
        "channel_id": "77",
        "origin": {"kind": kind, "domain_name": domain, "manifest_path": path},
    }


@dataclass
class World:
    """What AWS answers. Change it before asking; `skew` moves a Region's feeds by seconds, `(region, base)` → value."""

    newest: dict[tuple[str, str], int] = field(default_factory=dict)
    off_grid: dict[tuple[str, str], int] = field(default_factory=dict)
    prefix: dict[tuple[str, str], str] = field(default_factory=dict)
    clock_ahead: dict[tuple[str, str], float] = field(default_factory=dict)
    locked: dict[tuple[str, str], float | None] = field(default_factory=dict)
    ended: set[tuple[str, str]] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    described: Callable[[str], Json] = described
    static: dict[str, str | None] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    error: str = ""

    def client(self, service: str, region: str) -> Any:
        return {"s3": _S3, "logs": _Logs, "cloudwatch": _CloudWatch, "medialive": _MediaLive}[service](self, region)

    def object(self, bucket: str, key: str) -> bytes | None:
        """The body of an object."""
        region, name = bucket.removeprefix("live-"), key.removeprefix("live/")
        if name in self.gone or f"{region}/{name}" in self.gone:
            return None
        if name == "index.m3u8":
            text = self.static.get(region, MANIFEST)
            return text.encode() if text is not None else None
        base = name.partition("_")[0]
        own = (region, base)
        newest = self.newest.get(own, NEWEST)
        if name.endswith(".m3u8"):
            stem = self.prefix.get(own, "") + name.removesuffix(".m3u8")
            return media(stem, range(newest - WINDOW + 1, newest + 1), ended=own in self.ended).encode()
        number = int(name.removesuffix(".ts").rpartition("_")[2])
        return transport_stream(number * SECONDS * TICKS + self.off_grid.get(own, 0))


def media(stem: str, numbers: range, *, ended: bool = False) -> str:
    """A media manifest."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:2", f"#EXT-X-MEDIA-SEQUENCE:{numbers[0]}"]
    for number in numbers:
        lines += [f"#EXTINF:{SECONDS:.5f},", f"{stem}_{number:05d}.ts"]
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if ended else [])]) + "\n"


def multivariant() -> Iterator[str]:
    """The lines of the static manifest."""
    yield "#EXTM3U"
    yield "#EXT-X-VERSION:3"
    for base in BASES:
        for name, size, bits in (("high", "1280x720", 3_440_800), ("low", "640x360", 1_020_800)):
            codecs = 'CODECS="avc1.4d401f,mp4a.40.2"'
            yield f"#EXT-X-STREAM-INF:BANDWIDTH={bits},RESOLUTION={size},FRAME-RATE=25.000,{codecs}"
            yield f"{base}_{name}.m3u8"


MANIFEST = "\n".join(multivariant()) + "\n"


@dataclass
class _S3:
    world: World
    region: str

    def get_object(self, **asked: Any) -> Json:
        self.world.requests.append(f"{asked['Bucket']}/{asked['Key']}")
        body = self.world.object(asked["Bucket"], asked["Key"])
        if self.world.error or body is None:
            raise refused(self.world.error or "NoSuchKey", "GetObject")
        return {"Body": BytesIO(body), "LastModified": NOW - timedelta(seconds=1)}


@dataclass
class _Logs:
    world: World
    region: str

    def get_paginator(self, _name: str) -> _Logs:
        return self

    def paginate(self, *, logStreamNames: list[str], **_: Any) -> Iterator[Json]:  # noqa: N803 - as boto3 has it
        pipeline = int(logStreamNames[0].split("_")[-3])
        ahead = self.world.clock_ahead.get((self.region, BASES[pipeline]), 0.0)
        logged = NOW - timedelta(minutes=10)
        told = logged + timedelta(seconds=ahead)
        lines = [
            {
                "timestamp": f"{logged:%Y-%m-%dT%H:%M:%S.%f}",
                "as_run_type": "initial_timecode",
                "timecode": f"{told:%H:%M:%S}:07",
                "input_id": "feeds",
                "date": f"{told:%Y-%m-%d} (tz=0)",
                "output_name": name,
            }
            for name in ("high", "low")
        ]
        yield {"events": [{"message": json.dumps(line)} for line in lines]}


@dataclass
class _CloudWatch:
    world: World
    region: str

    def get_metric_data(self, **asked: Any) -> Json:
        dimensions = asked["MetricDataQueries"][0]["MetricStat"]["Metric"]["Dimensions"]
        pipeline = int(next(one["Value"] for one in dimensions if one["Name"] == "Pipeline"))
        value = self.world.locked.get((self.region, BASES[pipeline]), 1.0)
        return {"MetricDataResults": [{"Values": [] if value is None else [value, 0.0]}]}


@dataclass
class _MediaLive:
    world: World
    region: str

    def describe_channel(self, **_: Any) -> Json:
        return self.world.described(self.region)


def refused(code: str, operation: str) -> ClientError:
    """An error as boto3 raises it."""
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)
