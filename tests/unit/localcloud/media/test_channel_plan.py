"""What a channel's settings ask the encoders for."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from headend.errors import HeadendError
from headend.localcloud.media.channel_plan import plans
from headend.localcloud.media.destinations import put_for
from headend.localcloud.media.uploader import SLATE_TYPE

HLS = {"Destination": {"DestinationRefId": "s3"}, "SegmentLength": 2}
CMAF = {"Destination": {"DestinationRefId": "s3"}, "SegmentLength": 2000, "SegmentLengthUnits": "MILLISECONDS"}


def settings(group: dict[str, Any], kind: str = "Hls", **codec: Any) -> dict[str, Any]:
    group_key, output_key = {
        "Hls": ("HlsGroupSettings", "HlsOutputSettings"),
        "Cmaf": ("CmafIngestGroupSettings", "CmafIngestOutputSettings"),
    }[kind]
    h264 = {"Bitrate": 3_000_000, "FramerateNumerator": 30000, "FramerateDenominator": 1001, **codec}
    return {
        "Destinations": [
            {"Id": "s3", "Settings": [{"Url": "s3ssl://bucket/event/primary"}, {"Url": "s3ssl://bucket/event/backup"}]}
        ],
        "EncoderSettings": {
            "AudioDescriptions": [{"Name": "sound", "CodecSettings": {"AacSettings": {"Bitrate": 96000.0}}}],
            "GlobalConfiguration": {"OutputLockingMode": "EPOCH_LOCKING"},
            "VideoDescriptions": [
                {"Name": "hd", "Width": 1280, "Height": 720, "CodecSettings": {"H264Settings": h264}}
            ],
            "OutputGroups": [
                {
                    "Name": "tv",
                    "OutputGroupSettings": {group_key: group},
                    "Outputs": [
                        {
                            "OutputName": "high",
                            "VideoDescriptionName": "hd",
                            "AudioDescriptionNames": ["sound"],
                            "OutputSettings": {output_key: {"NameModifier": "_hd"}},
                        },
                        {"OutputName": "sound", "OutputSettings": {output_key: {"NameModifier": "_sound"}}},
                    ],
                }
            ],
        },
    }


def test_an_hls_group_becomes_one_rendition_for_each_picture() -> None:
    asked = {**HLS, "RedundantManifest": "ENABLED", "IndexNSegments": 7}
    (plan,) = plans(settings(asked))

    (rendition,) = plan.ladder.renditions
    assert (rendition.modifier, rendition.output) == ("_hd", "high")
    assert (rendition.width, rendition.height, rendition.bit_rate) == (1280, 720, 3_000_000)
    assert (rendition.frame_rate, rendition.audio_bit_rate) == (Fraction(30000, 1001), 96_000)
    assert not plan.ladder.fragmented
    assert (plan.window, plan.locks) == (7, True)
    assert (plan.base(0), plan.base(1)) == ("primary", "backup")
    assert (plan.other_base(0), plan.other_base(1)) == ("backup", "primary")


def test_manifests_are_not_redundant_unless_asked() -> None:
    (plan,) = plans(settings(HLS))

    assert plan.other_base(0) is None


def test_a_cmaf_group_is_fragmented_and_its_length_may_be_in_milliseconds() -> None:
    (plan,) = plans(settings(CMAF, "Cmaf"))

    assert plan.ladder.fragmented
    assert plan.ladder.segment_seconds == 2


def test_groups_of_other_kinds_and_groups_without_a_destination_are_left_out() -> None:
    other = settings(HLS)
    other["EncoderSettings"]["OutputGroups"][0]["OutputGroupSettings"] = {"UdpGroupSettings": {}}
    nowhere = settings(HLS)
    nowhere["Destinations"] = []

    assert list(plans(other)) == []
    assert list(plans(nowhere)) == []
    assert list(plans({})) == []


def test_a_bucket_is_written_by_key_and_an_ingest_endpoint_by_url() -> None:
    written: list[Any] = []

    class Client:
        def put_object(self, **asked: Any) -> None:
            written.append(asked)

        def delete_object(self, **asked: Any) -> None:
            written.append(asked)

    put, base, remove = put_for("s3ssl://bucket/event/primary", Client, lambda url, body, slate: None)
    put(f"{base}_hd.m3u8", b"x", "text/plain")
    assert remove is not None
    remove(f"{base}_hd_1.ts")
    put, base, nothing = put_for("https://in.example/in/v1/g/1/c/index", Client, lambda *given: written.append(given))
    assert nothing is None
    put(f"{base}_hd_7.m4s", b"y", "video/mp4")
    put(f"{base}_hd_8.m4s", b"z", SLATE_TYPE)

    assert written == [
        {"Bucket": "bucket", "Key": "event/primary_hd.m3u8", "Body": b"x", "ContentType": "text/plain"},
        {"Bucket": "bucket", "Key": "event/primary_hd_1.ts"},
        ("https://in.example/in/v1/g/1/c/index_hd_7.m4s", b"y", False),
        ("https://in.example/in/v1/g/1/c/index_hd_8.m4s", b"z", True),
    ]


def test_a_destination_of_another_protocol_is_refused_by_name() -> None:
    with pytest.raises(HeadendError, match=r"rtmp://x/y: the local cloud writes to s3://, s3ssl:// and https://"):
        put_for("rtmp://x/y", lambda: None, lambda url, body, slate: None)
