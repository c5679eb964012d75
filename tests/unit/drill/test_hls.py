"""What a player reads in manifests, and what it refuses."""

from __future__ import annotations

import pytest

from headend.drill import hls

URL = "https://edge/event/index.m3u8"


def test_renditions_have_absolute_urls_and_keep_their_order() -> None:
    text = (
        '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=640x360,CODECS="avc1.42c01e,mp4a.40.2"\nb.m3u8\n'
        "#EXT-X-STREAM-INF:BANDWIDTH=400000\nhttps://other/a.m3u8\n"
    )

    assert hls.variants(text, URL) == (
        hls.Variant("https://edge/event/b.m3u8", 900_000, "640x360"),
        hls.Variant("https://other/a.m3u8", 400_000, ""),
    )


@pytest.mark.parametrize(
    "text", ["", "<html>", "#EXTM3U\n", "#EXTM3U\n#EXT-X-TARGETDURATION:many\n#EXTINF:2,\na.ts\n", "#EXTINF:2\na.ts"]
)
def test_what_is_no_manifest_is_refused(text: str) -> None:
    with pytest.raises(hls.ManifestError):
        hls.variants(text, URL)
    with pytest.raises(hls.ManifestError):
        hls.media(text, URL)


def test_a_manifest_without_segments_is_one() -> None:
    found = hls.media("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n", URL)

    assert (found.segments, found.target_seconds, found.ended) == ((), 2, False)
