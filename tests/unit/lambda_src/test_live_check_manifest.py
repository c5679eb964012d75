"""The manifest check: does the multivariant manifest say what the channel makes?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livecheck import channel, static_manifest
from livecheck.playlists import NoManifest, joined, media, variants
from livecheck.service import Access, bucket_of, manifests, parse

from headend.localcloud.media import manifests as written
from headend.localcloud.media.ladder import Ladder, Rendition
from unit.lambda_src.live_cases import MANIFEST, REGIONS, World, asked, described

GROUP = channel.read(described()).groups[0]


def differences(text: str) -> list[str]:
    return sorted(static_manifest.differing(text, GROUP))


def test_a_manifest_that_names_all_renditions_of_both_pipelines_agrees() -> None:
    assert differences(MANIFEST) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("backup_low.m3u8", "backup_lower.m3u8", "names backup_lower.m3u8, which the channel does not make"),
        ("backup_low.m3u8", "backup_lower.m3u8", "does not name backup_low.m3u8, which the channel makes"),
        ("backup_low.m3u8", "primary_low.m3u8", "names primary_low.m3u8 more than once"),
        ("1280x720", "1920x1080", "says 1920x1080 of primary_high.m3u8, the channel makes 1280x720"),
        (
            "FRAME-RATE=25.000",
            "FRAME-RATE=30.000",
            "says 30 frames a second of primary_high.m3u8, the channel makes 25",
        ),
        ("BANDWIDTH=3440800", "BANDWIDTH=800000", "says BANDWIDTH=800000 of primary_high.m3u8"),
        ("BANDWIDTH=3440800", "BANDWIDTH=9000000", "says BANDWIDTH=9000000 of primary_high.m3u8"),
        ("#EXTM3U", "#EXTM3", "is no multivariant manifest: a manifest begins with #EXTM3U"),
    ],
)
def test_each_disagreement_is_named(old: str, new: str, says: str) -> None:
    assert any(one.startswith(says) for one in differences(MANIFEST.replace(old, new)))


def test_the_manifest_of_each_region_is_looked_at_and_both_are_compared() -> None:
    east, west = REGIONS
    world = World(static={west: MANIFEST.replace("1280x720", "1920x1080")})
    asked_for = parse({"operation": "manifest", "channels": [asked(region) for region in REGIONS]})[1]
    found = manifests(asked_for, Access(world.client, object))
    assert [(one.check, one.place, one.ok) for one in found] == [
        ("manifest", f"{east} index.m3u8", True),
        ("manifest", f"{west} index.m3u8", False),
        ("manifest", f"{west} index.m3u8", False),
        ("same manifest", f"{east} and {west}", False),
    ]


def test_a_manifest_that_is_missing_is_named() -> None:
    world = World(static={REGIONS[1]: None})
    asked_for = parse({"operation": "manifest", "channels": [asked(region) for region in REGIONS]})[1]
    failed = [one for one in manifests(asked_for, Access(world.client, object)) if not one.ok]
    assert [(one.place, one.detail) for one in failed] == [(f"{REGIONS[1]} index.m3u8", "is missing: apply again")]


def test_a_manifest_of_mediapackage_has_each_rendition_once_under_any_name() -> None:
    group = channel.read(described(kind="cmaf")).groups[0]
    ladder = Ladder((Rendition("_a", 1280, 720, 3_000_000), Rendition("_b", 640, 360, 800_000)), fragmented=True)
    text = written.multivariant(ladder, ["index_1"])
    assert [one.ok for one in static_manifest.packaged(text, group, "p")] == [True]
    other = Ladder((Rendition("_a", 1920, 1080, 3_000_000), ladder.renditions[1]), fragmented=True)
    found = static_manifest.packaged(written.multivariant(other, ["index_1"]), group, "p")
    assert [one.detail.partition(" (")[0] for one in found] == [
        "has no rendition of 1280x720 at 25 frames a second",
        "has index_1_a.m3u8",
    ]


names = st.text("abcdefghij", min_size=1, max_size=8)


@given(st.dictionaries(names, st.tuples(st.integers(64, 4096), st.integers(64, 2160)), min_size=1, max_size=6))
def test_what_the_media_plane_writes_is_read_as_it_was_meant(sizes: dict[str, tuple[int, int]]) -> None:
    ladder = Ladder(tuple(Rendition(f"_{name}", *size, 1_000_000) for name, size in sizes.items()))
    read = variants(written.multivariant(ladder, ["primary", "backup"]))
    assert [(one.uri, one.size) for one in read] == [
        (f"{base}_{name}.m3u8", size) for base in ("primary", "backup") for name, size in sizes.items()
    ]


def test_gaps_are_no_segments() -> None:
    text = (
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n"
        '#EXT-X-MAP:URI="init.mp4"\n#EXTINF:2,\na_7.m4s\n#EXT-X-GAP\n#EXTINF:2,\na_8.m4s\n#EXTINF:2,\na_9.m4s\n'
    )
    found = media(text, "https://edge/live/x.m3u8")
    assert [(one.number, one.name, one.named_number) for one in found.entries] == [(7, "a_7.m4s", 7), (9, "a_9.m4s", 9)]
    assert found.entries[0].header == "https://edge/live/init.mp4"


def test_a_media_manifest_is_no_multivariant_one_and_the_other_way_round() -> None:
    with pytest.raises(NoManifest):
        media(MANIFEST, "u")
    with pytest.raises(NoManifest):
        variants("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n")


TAGS = ("EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXTINF", "EXT-X-MAP", "EXT-X-STREAM-INF", "EXT-X-BYTERANGE")
MORE = ("EXT-X-PROGRAM-DATE-TIME", "EXT-X-KEY", "EXT-X-GAP", "EXT-X-ENDLIST", "EXT-X-MEDIA", "EXT-X-PART", "EXT-X-SKIP")
lines = st.builds(lambda tag, value: f"#{tag}:{value}", st.sampled_from(TAGS + MORE), st.text(max_size=30))


@given(st.lists(lines | st.text(max_size=20), max_size=8).map("\n".join))
def test_whatever_comes_is_a_manifest_or_said_to_be_none(text: str) -> None:
    for read in (variants, lambda given: media(given, "https://edge/x.m3u8")):
        try:
            read(f"#EXTM3U\n{text}")
        except NoManifest:
            continue


def test_uris_are_joined_in_a_bucket_too() -> None:
    assert joined("s3://bucket/live/primary.m3u8", "a/b.ts") == "s3://bucket/live/a/b.ts"
    assert joined("s3://bucket/live/primary.m3u8", "https://cdn/x.ts") == "https://cdn/x.ts"


@pytest.mark.parametrize("name", ["live-eu-west-1", "live.example.com"])
@pytest.mark.parametrize("rest", [".s3.eu-west-1.amazonaws.com", ".s3-eu-west-1.amazonaws.com", ".s3.amazonaws.com"])
def test_a_bucket_is_found_in_its_domain_name(name: str, rest: str) -> None:
    assert bucket_of(name + rest) == name
