"""Path patterns of cache behaviors."""

from __future__ import annotations

import pytest

from headend.localcloud.cloudfront.path_patterns import fits


@pytest.mark.parametrize(
    ("pattern", "path", "fit"),
    [
        ("*", "/", True),
        ("*.m3u8", "/live/a.m3u8", True),
        ("*.m3u8", "/live/a.m3u8x", False),
        ("/live/*", "/live/", True),
        ("live/*", "/live/deep/a.ts", True),
        ("live/*", "/other/live/a.ts", False),
        ("a??.jpg", "/abc.jpg", True),
        ("a??.jpg", "/ab.jpg", False),
        ("*.JPG", "/a.jpg", False),
        ("/a+b.ts", "/a+b.ts", True),
        ("/a.b", "/axb", False),
    ],
)
def test_what_fits(pattern: str, path: str, fit: bool) -> None:
    assert fits(pattern, path) is fit
