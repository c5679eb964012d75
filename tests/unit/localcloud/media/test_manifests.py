"""What players and origins read."""

from __future__ import annotations

from fractions import Fraction

import pytest

from headend.drill import hls
from headend.localcloud.media import manifests
from headend.localcloud.media.ladder import Ladder, Rendition
from headend.localcloud.media.manifests import Entry

LADDER = Ladder((Rendition("_hd", 1280, 720, 3_000_000), Rendition("_sd", 640, 360, 800_000)))


def test_a_media_manifest_counts_by_segment_number() -> None:
    entries = [Entry(number, f"primary_hd_{number}.ts", Fraction(2 * number)) for number in (897646720, 897646721)]

    text = manifests.media(entries, Fraction(2))

    assert text.splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        "#EXT-X-TARGETDURATION:2",
        "#EXT-X-MEDIA-SEQUENCE:897646720",
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T20:37:20.000Z",
        "#EXTINF:2.00000,",
        "primary_hd_897646720.ts",
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T20:37:22.000Z",
        "#EXTINF:2.00000,",
        "primary_hd_897646721.ts",
    ]


def test_a_player_reads_what_was_written() -> None:
    entries = [Entry(number, f"p_{number}.m4s", Fraction(number * 2002, 1000)) for number in (7, 8, 9)]

    manifest = hls.media(
        manifests.media(entries, Fraction(2002, 1000), header_uri="p_init.mp4", ended=True), "http://edge/x/p.m3u8"
    )

    assert [one.number for one in manifest.segments] == [7, 8, 9]
    assert manifest.segments[1].url == "http://edge/x/p_8.m4s"
    assert manifest.segments[1].seconds == 2.002
    assert {one.header for one in manifest.segments} == {"http://edge/x/p_init.mp4"}
    assert (manifest.target_seconds, manifest.ended) == (3, True)


def test_a_redundant_manifest_names_the_own_pipeline_first() -> None:
    text = manifests.multivariant(LADDER, ["backup", "primary"])

    assert [one.url for one in hls.variants(text, "http://edge/event/backup.m3u8")] == [
        "http://edge/event/backup_hd.m3u8",
        "http://edge/event/backup_sd.m3u8",
        "http://edge/event/primary_hd.m3u8",
        "http://edge/event/primary_sd.m3u8",
    ]


def test_a_rendition_is_announced_as_it_was_configured_though_its_picture_is_small() -> None:
    variant = hls.variants(manifests.multivariant(LADDER, ["primary"]), "http://edge/")[0]

    assert variant.resolution == "1280x720"
    assert variant.bandwidth > 3_000_000
    assert LADDER.renditions[0].picture == (160, 90)


def test_two_outputs_with_one_name_modifier_are_refused() -> None:
    with pytest.raises(ValueError, match="different name modifiers"):
        Ladder((LADDER.renditions[0], LADDER.renditions[0]))
