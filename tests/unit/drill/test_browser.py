"""What the page in the browser tells, and what is made of it."""

from __future__ import annotations

import io
import json
import tarfile
import urllib.request
from pathlib import Path

import pytest

from headend.drill import browser, findings, hls_js
from headend.drill.browser import BrowserPlayer
from headend.errors import HeadendError


def segment(number: int, at: float, origin: str = "east") -> dict[str, object]:
    return {"number": number, "url": f"https://edge/{number}.ts", "origin": origin, "at": at}


def test_a_report_of_the_page_reads_like_one_of_the_other_player() -> None:
    report = browser.read(
        {
            "segments": [segment(7, 0.5), segment(8, 2.5), segment(8, 2.6), segment(9, 4.5, "west")],
            "stalls": [{"at": 3.0, "milliseconds": 120.0}],
            "switches": [{"at": 0.4, "url": "a.m3u8"}, {"at": 2.4, "url": "b.m3u8"}],
            "requests": [{"at": 2.0, "url": "https://edge/a.m3u8", "status": 404, "details": "levelLoadError"}],
            "errors": [],
            "elapsed": 5.0,
        }
    )

    assert [one.number for one in report.segments] == [7, 8, 9]
    assert report.origins == ["east", "west"]
    assert (report.longest_stall, report.skipped) == (120, [])
    assert report.switches == [(2.4, "a.m3u8", "b.m3u8")]
    assert [one.status for one in report.requests] == [404]
    assert findings.problems(report, 2) == []


def test_numbers_that_were_left_out_are_skipped_and_a_fatal_error_is_a_problem() -> None:
    report = browser.read({"segments": [segment(7, 0.5), segment(10, 2.5)], "errors": ["manifestLoadError at 9.0 s"]})

    assert findings.problems(report, 2) == [
        "the player gave up: manifestLoadError at 9.0 s",
        "segment 8 was skipped",
        "segment 9 was skipped",
    ]


def test_before_the_page_has_told_anything_the_report_is_empty() -> None:
    assert browser.read({}).segments == []


def test_a_url_cannot_leave_its_string_in_the_page() -> None:
    text = browser.page('https://edge/"</script><script>alert(1)</script>').decode()

    assert '"https://edge/\\"\\u003c/script>\\u003cscript>alert(1)\\u003c/script>"' in text
    assert text.count("</script>") == 2


def test_the_library_is_known_by_its_hash(tmp_path: Path) -> None:
    package = tmp_path / f"hls.js-{hls_js.VERSION}.tgz"
    with tarfile.open(package, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo(hls_js.MEMBER), io.BytesIO())

    assert hls_js.there(tmp_path)
    with pytest.raises(HeadendError, match=r"is not hls\.js"):
        hls_js.script(tmp_path)


def test_without_npm_one_line_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(HeadendError, match=r"install npm, or put hls\.js"):
        hls_js.script(tmp_path)


def test_without_a_browser_one_line_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(HeadendError, match="no Chromium is installed: one of chromium"):
        BrowserPlayer("https://edge/index.m3u8", library=b"")


def test_the_page_is_served_and_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "chromium"
    fake.write_text("#!/bin/sh\nexec /bin/sleep 1000\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    player = BrowserPlayer("https://edge/index.m3u8", {"edge": "127.0.0.1:1"}, library=b"library").start()
    try:
        address = f"http://127.0.0.1:{player._server.server_port}"
        with urllib.request.urlopen(f"{address}/hls.js", timeout=10) as answer:
            assert answer.read() == b"library"
        told = json.dumps({"segments": [segment(7, 0.5)], "elapsed": 3.0}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{address}/report", told, method="POST"), timeout=10).close()
        assert player.elapsed >= 3
    finally:
        report = player.stop()

    assert [one.number for one in report.segments] == [7]
