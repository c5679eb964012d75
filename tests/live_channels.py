"""Channels for tests: two flows in different zones, an input over both, and what a channel of either kind asks for."""

from __future__ import annotations

import uuid
from typing import Any

from running_cloud import RunningCloud, until

Json = dict[str, Any]


def hurry(cloud: RunningCloud) -> None:
    """Let the cloud's time pass ten times as fast: for tests that wait for states and have no pictures."""
    cloud.server.clock.set_speed(10)


def flow(cloud: RunningCloud, zone: str) -> str:
    """A new flow in a zone (`a`, `b`): its ARN."""
    made = cloud.client("mediaconnect").create_flow(
        Name=f"feed-{zone}-{uuid.uuid4().hex[:6]}",
        AvailabilityZone=f"eu-central-1{zone}",
        Source={
            "Name": "studio",
            "Description": "a feed",
            "Protocol": "srt-listener",
            "IngestPort": 5000,
            "WhitelistCidr": "203.0.113.0/24",
        },
    )
    return str(made["Flow"]["FlowArn"])


def role(cloud: RunningCloud, **settings: Any) -> str:
    """A new role that MediaLive may assume."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "medialive.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    return cloud.role(f"medialive-{uuid.uuid4().hex[:8]}", trust=trust, **settings)


def input_over(cloud: RunningCloud, *flows: str, **settings: Any) -> str:
    """A new input over flows: its id, once it has settled."""
    asked = {
        "Name": f"in-{uuid.uuid4().hex[:6]}",
        "Type": "MEDIACONNECT",
        "MediaConnectFlows": [{"FlowArn": one} for one in flows],
        "RoleArn": settings.pop("RoleArn", None) or role(cloud),
        **settings,
    }
    media = cloud.client("medialive")
    identifier = str(media.create_input(**asked)["Input"]["Id"])
    until(lambda: media.describe_input(InputId=identifier)["State"] == "DETACHED")
    return identifier


def two_flows(cloud: RunningCloud) -> str:
    """A new input over two new flows in different zones: its id."""
    return input_over(cloud, flow(cloud, "a"), flow(cloud, "b"))


def video(name: str, width: int, height: int, bit_rate: int) -> Json:
    """One rendition, 25 frames a second, a closed GOP of 2 s."""
    return {
        "Name": name,
        "Width": width,
        "Height": height,
        "CodecSettings": {
            "H264Settings": {
                "Bitrate": bit_rate,
                "FramerateControl": "SPECIFIED",
                "FramerateDenominator": 1,
                "FramerateNumerator": 25,
                "GopClosedCadence": 1,
                "GopSize": 2.0,
                "GopSizeUnits": "SECONDS",
                "RateControlMode": "CBR",
            }
        },
    }


def channel(cloud: RunningCloud, input_id: str, kind: str = "hls", **settings: Any) -> Json:
    """What CreateChannel asks for: STANDARD, locked to the epoch, HLS to S3 or CMAF ingest."""
    urls = {
        "hls": ("s3ssl://live-bucket/primary/index", "s3ssl://live-bucket/backup/index"),
        "cmaf": ("https://1.ingest.example/in/v1/g/1/c/index", "https://2.ingest.example/in/v1/g/2/c/index"),
    }[kind]
    group: Json = {"Destination": {"DestinationRefId": "origin"}, "SegmentLength": 2}
    if kind == "hls":
        group |= {
            "InputLossAction": "PAUSE_OUTPUT",
            "RedundantManifest": "ENABLED",
            "HlsCdnSettings": {"HlsS3Settings": {}},
        }
        made = {"HlsGroupSettings": group}
    else:
        group |= {"SegmentLengthUnits": "SECONDS"}
        made = {"CmafIngestGroupSettings": group}
    return {
        "Name": f"ch-{uuid.uuid4().hex[:6]}",
        "ChannelClass": "STANDARD",
        "Destinations": [{"Id": "origin", "Settings": [{"Url": url} for url in urls]}],
        "EncoderSettings": {
            "AudioDescriptions": [{"Name": "audio", "AudioSelectorName": "default"}],
            "GlobalConfiguration": {"OutputLockingMode": "EPOCH_LOCKING"},
            "OutputGroups": [
                {
                    "Name": "origin",
                    "OutputGroupSettings": made,
                    "Outputs": [output(kind, "high", "audio"), output(kind, "low", "audio")],
                }
            ],
            "TimecodeConfig": {"Source": "EMBEDDED"},
            "VideoDescriptions": [video("high", 640, 360, 800_000), video("low", 320, 180, 300_000)],
        },
        "InputAttachments": [{"InputAttachmentName": "feeds", "InputId": input_id}],
        "InputSpecification": {"Codec": "AVC", "MaximumBitrate": "MAX_10_MBPS", "Resolution": "HD"},
        "RoleArn": settings.pop("RoleArn", None) or role(cloud),
        **settings,
    }


def output(kind: str, name: str, audio: str) -> Json:
    """One output of a channel of that kind."""
    settings = {
        "HlsOutputSettings": {"NameModifier": f"_{name}", "HlsSettings": {"StandardHlsSettings": {"M3u8Settings": {}}}}
    }
    if kind == "cmaf":
        settings = {"CmafIngestOutputSettings": {"NameModifier": f"_{name}"}}
    return {
        "OutputName": name,
        "OutputSettings": settings,
        "VideoDescriptionName": name,
        "AudioDescriptionNames": [audio],
    }


def created(cloud: RunningCloud, **settings: Any) -> str:
    """A new channel of a new input: its id, once it is IDLE."""
    kind = settings.pop("kind", "hls")
    asked = channel(cloud, settings.pop("input_id", None) or two_flows(cloud), kind, **settings)
    identifier = str(cloud.client("medialive").create_channel(**asked)["Channel"]["Id"])
    until(lambda: state(cloud, identifier) == "IDLE")
    return identifier


def state(cloud: RunningCloud, identifier: str) -> str:
    """The state of a channel."""
    return str(cloud.client("medialive").describe_channel(ChannelId=identifier)["State"])


def start(cloud: RunningCloud, identifier: str) -> None:
    """Start a channel and wait until it runs."""
    cloud.client("medialive").start_channel(ChannelId=identifier)
    until(lambda: state(cloud, identifier) == "RUNNING")


def stop(cloud: RunningCloud, identifier: str) -> None:
    """Stop a channel and wait until it is idle."""
    cloud.client("medialive").stop_channel(ChannelId=identifier)
    until(lambda: state(cloud, identifier) == "IDLE")
