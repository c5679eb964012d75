"""A real player: hls.js in Chromium without a screen, watched by the page itself.

The page is served on loopback and tells what it sees; the names of edges lead to this machine. It has the same
interface as `Player`. Its stalls are what the picture's position tells, seen every LOOK_MS; it says an origin only
where the edge exposes the header to scripts.

Sources: https://github.com/video-dev/hls.js/blob/master/docs/API.md,
https://peter.sh/experiments/chromium-command-line-switches/
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2

from headend.drill import hls_js
from headend.drill.player import Played, Report, Request, Stall
from headend.errors import HeadendError
from headend.localcloud.media.supervisor import Supervisor

NAMES = ("chromium", "chromium-browser", "chrome-headless-shell", "google-chrome", "google-chrome-stable")
LOOK_MS = 50
REPORT_MS = 250
END_SECONDS = 5.0
PAGE = Path(__file__).with_name("browser.html.j2")


def chromium() -> str | None:
    """The path of a Chromium that is installed."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def command(browser: str, folder: Path, url: str, hosts: Mapping[str, str], *, trusting: bool) -> list[str]:
    """The command line of a browser that opens a URL without a screen, with a profile of its own in `folder`.

    `hosts` leads names to `address:port`. `trusting`: certificates are not checked.
    """
    rules = ",".join(f"MAP {name} {place}" for name, place in hosts.items())
    return [
        browser,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--no-first-run",
        "--autoplay-policy=no-user-gesture-required",
        *(["--ignore-certificate-errors"] if trusting else []),
        *([f"--host-resolver-rules={rules}"] if rules else []),
        f"--user-data-dir={folder / 'profile'}",
        url,
    ]


class BrowserPlayer:
    """Plays one URL in a browser. `hosts` leads names to `address:port`; certificates are not checked on loopback."""

    def __init__(self, url: str, hosts: Mapping[str, str] | None = None, library: bytes | None = None) -> None:
        """Raises HeadendError where there is no Chromium or no hls.js."""
        found = chromium()
        if found is None:
            raise HeadendError(f"no Chromium is installed: one of {', '.join(NAMES)} has to be on PATH")
        self._browser = found
        self._hosts = dict(hosts or {})
        name = urlsplit(url).hostname or ""
        self._here = name in self._hosts or name == "127.0.0.1" or name.rpartition(".")[2] == "localhost"
        self._library = library or hls_js.script()
        self._page = page(url)
        self._lock = threading.Lock()
        self._told: dict[str, Any] = {}
        self._told_at = time.monotonic()
        self._folder = tempfile.TemporaryDirectory(prefix="headend-drill-", ignore_cleanup_errors=True)
        self._supervisor = Supervisor(Path(self._folder.name) / "log")
        self._server = _server(self)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def report(self) -> Report:
        """What the page has told last."""
        with self._lock:
            return read(self._told)

    @property
    def elapsed(self) -> float:
        """Seconds since the page began, as in its report."""
        with self._lock:
            return float(self._told.get("elapsed", 0.0)) + time.monotonic() - self._told_at

    def start(self) -> BrowserPlayer:
        """Open the page."""
        threading.Thread(target=self._server.serve_forever, name="drill-page", daemon=True).start()
        own = f"http://127.0.0.1:{self._server.server_port}/"
        self._process = self._supervisor.popen(
            command(self._browser, Path(self._folder.name), own, self._hosts, trusting=self._here),
            "browser",
        )
        return self

    def stop(self) -> Report:
        """Close the browser; what has happened."""
        report = self.report
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._supervisor.close()
        self._server.shutdown()
        self._server.server_close()
        self._folder.cleanup()
        return report

    def answer(self, path: str) -> tuple[str, bytes] | None:
        """What the page's server gives: (type, content)."""
        if path == "/":
            return "text/html; charset=utf-8", self._page
        if path == "/hls.js":
            return "text/javascript", self._library
        return None

    def told(self, content: bytes) -> None:
        """The page has told what it has seen."""
        with self._lock:
            self._told, self._told_at = json.loads(content), time.monotonic()


def page(url: str) -> bytes:
    """The page that plays a URL."""
    environment = jinja2.Environment(
        variable_start_string="<<",
        variable_end_string=">>",
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - what is put in is JSON, made safe for a script below
    )
    quoted = json.dumps(url).replace("<", "\\u003c")
    template = environment.from_string(PAGE.read_text(encoding="utf-8"))
    return template.render(url=quoted, look_ms=LOOK_MS, report_ms=REPORT_MS).encode()


def read(told: Mapping[str, Any]) -> Report:
    """A report of what the page has told. A segment that was loaded twice counts once; a number left out is skipped."""
    report = Report(errors=list(told.get("errors", [])))
    last: int | None = None
    for one in told.get("segments", []):
        number = int(one["number"])
        if last is not None and number <= last:
            continue
        if last is not None:
            report.skipped += range(last + 1, number)
        last = number
        report.segments.append(Played(number, one["url"], one["origin"], -1, one["at"]))
    report.stalls = [Stall(one["at"], one["milliseconds"], -1) for one in told.get("stalls", [])]
    urls = [""] + [one["url"] for one in told.get("switches", [])]
    report.switches = [
        (one["at"], before, one["url"]) for one, before in zip(told.get("switches", []), urls, strict=False) if before
    ]
    report.requests = [Request(one["at"], one["url"], one["status"], "", 0.0) for one in told.get("requests", [])]
    return report


def _server(player: BrowserPlayer) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = player.answer(self.path)
            self.send_response(200 if found else 404)
            if found:
                self.send_header("Content-Type", found[0])
            self.end_headers()
            self.wfile.write(found[1] if found else b"")

        def do_POST(self) -> None:
            player.told(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: what matters is in the report."""

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)
