"""Pages that play: those of the allowed web origins read through the edge, pages of others do not.

What the edge says is asked for by its headers, always; what a browser makes of that, in Chromium,
where one is installed.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from contract.cloudfront_stage import NONE, Json, Stage, behavior, cache_policy, listed, some_name, stage
from contract.package_stage import Live
from headend.drill import browser
from headend.localcloud.cloudfront.edge import Edge
from headend.localcloud.media.supervisor import Supervisor
from running_cloud import RunningCloud

GUIDE = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide"
POLICY = f"{GUIDE}/understanding-response-headers-policies.html"
PREFLIGHT = f"{GUIDE}/using-managed-origin-request-policies.html#managed-origin-request-policy-cors-s3"
OURS, OTHER = "http://player.example", "http://elsewhere.example"
ASKS = {"Access_Control_Request_Method": "GET", "Access_Control_Request_Headers": "x-player"}
PATIENCE = 120
"""Seconds that a browser may take to begin on a busy machine."""
FETCHES = """<!doctype html><script>
const asked = JSON.parse('__ASKED__');
async function ask({url, options}) {
  try {
    const answer = await fetch(url, options);
    const text = await answer.text();
    return {status: answer.status, text, date: answer.headers.has('date'), server: answer.headers.has('server')};
  } catch (error) {
    return {refused: error.name};
  }
}
(async () => {
  const seen = {};
  for (const name in asked) seen[name] = await ask(asked[name]);
  await fetch('/seen', {method: 'POST', body: JSON.stringify(seen)});
})();
</script>"""


def policies(cloud: RunningCloud) -> Json:
    """What live_delivery's cache behaviors have for pages: CORS for OURS, and what S3 has to be told of a preflight."""
    client, name = cloud.client("cloudfront"), some_name("players")
    answers = client.create_response_headers_policy(
        ResponseHeadersPolicyConfig={
            "Name": name,
            "CorsConfig": {
                "AccessControlAllowOrigins": listed(OURS),
                "AccessControlAllowHeaders": listed("*"),
                "AccessControlAllowMethods": listed("GET", "HEAD", "OPTIONS"),
                "AccessControlAllowCredentials": False,
                "AccessControlExposeHeaders": listed("Age", "Content-Length", "Content-Range", "Date", "ETag"),
                "AccessControlMaxAgeSec": 600,
                "OriginOverride": True,
            },
        }
    )["ResponseHeadersPolicy"]["Id"]
    names = listed("Access-Control-Request-Headers", "Access-Control-Request-Method", "Origin")
    settings = {key: NONE[key] for key in ("CookiesConfig", "QueryStringsConfig")}
    requests = client.create_origin_request_policy(
        OriginRequestPolicyConfig={
            **settings,
            "Name": name,
            "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": names},
        }
    )["OriginRequestPolicy"]["Id"]
    return {"OriginRequestPolicyId": requests, "ResponseHeadersPolicyId": answers}


@pytest.fixture(scope="module")
def buckets(cloud: RunningCloud) -> Stage:
    """Two buckets with CORS rules, as live_origin has them."""
    made = stage(cloud, DefaultCacheBehavior=behavior(cache_policy(cloud, (0, 0, 60)), **policies(cloud)))
    rule = {"AllowedMethods": ["GET", "HEAD"], "AllowedOrigins": [OURS], "AllowedHeaders": ["*"]}
    for origin in made.buckets:
        made.put(origin, "live/index.m3u8", "#EXTM3U\n", CacheControl="max-age=1")
        made.s3(origin).put_bucket_cors(Bucket=made.buckets[origin], CORSConfiguration={"CORSRules": [rule]})
    return made


@pytest.fixture(scope="module")
def package(cloud: RunningCloud) -> Iterator[Live]:
    """An endpoint that has taken in nothing: what it answers is 404, which a page may read, or may not."""
    made = Live(cloud, **policies(cloud))
    made.admit(made.stage.arn)
    yield made
    made.close()


@pytest.fixture(params=["s3", "mediapackage"])
def played(request: pytest.FixtureRequest, buckets: Stage, package: Live) -> tuple[Stage, str, int]:
    """A distribution, a path, and the status of its answer."""
    return {"s3": (buckets, "/live/index.m3u8", 200), "mediapackage": (package.stage, package.path, 404)}[request.param]


@pytest.mark.contract(
    "A response headers policy lets pages of its web origins read all answers, errors too", source=POLICY
)
def test_our_pages_may_read(played: tuple[Stage, str, int]) -> None:
    edge, path, status = played
    for asked in (path, path.replace("index", "missing")):
        answer = edge.get(asked, Origin=OURS)
        assert answer.status == (status if asked == path else 404)
        assert answer.headers["access-control-allow-origin"] == OURS
        assert "Date" in answer.headers["access-control-expose-headers"]


@pytest.mark.contract("To pages of others it says nothing, nor to who is no page", source=POLICY)
@pytest.mark.parametrize("page", [{"Origin": OTHER}, {"Origin": "null"}, {}], ids=["another", "a file", "no page"])
def test_other_pages_may_not(played: tuple[Stage, str, int], page: dict[str, str]) -> None:
    edge, path, status = played
    edge.get(path, Origin=OURS)
    answer = edge.get(path, **page)
    assert answer.status == status
    assert answer.headers.get("access-control-allow-origin", OURS) == OURS, "not what another page is, nor *"


@pytest.mark.contract("S3 answers a preflight request by what the edge hands on of it", source=PREFLIGHT)
@pytest.mark.parametrize(("page", "status"), [(OURS, 200), (OTHER, 403)], ids=["ours", "another"])
def test_a_preflight_request(buckets: Stage, page: str, status: int) -> None:
    answer = buckets.get("/live/index.m3u8", "OPTIONS", Origin=page, **ASKS)
    assert answer.status == status
    assert answer.headers.get("access-control-allow-origin") == (OURS if page == OURS else None)


class Pages:
    """A server on loopback for pages of every name, which tell what they have seen."""

    def __init__(self) -> None:
        self.page = b""
        self.seen: queue.Queue[dict[str, Any]] = queue.Queue()
        pages = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(pages.page)

            def do_POST(self) -> None:
                pages.seen.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def pages() -> Iterator[Pages]:
    made = Pages()
    yield made
    made.server.shutdown()
    made.server.server_close()


def fetched(edge: Stage, pages: Pages, page: str, folder: Path, path: str) -> dict[str, Any]:
    """What a page of a web origin sees in Chromium, by how it asks."""
    chromium = browser.chromium()
    if chromium is None:
        pytest.skip(f"no Chromium is installed (one of {', '.join(browser.NAMES)}): the tests of headers stand alone")
    [place] = [one for one in edge.cloud.server.part(Edge).described() if one["id"] == edge.identifier]
    url = f"https://{edge.domain}{path}"
    asked = {
        "simple": {"url": url, "options": {}},
        "with a header": {"url": url, "options": {"headers": {"x-player": "1"}}},
        "missing": {"url": url.replace("index", "missing"), "options": {}},
        "without asking": {"url": url, "options": {"mode": "no-cors"}},
        "writing": {"url": url, "options": {"method": "PUT", "body": "x"}},
    }
    pages.page = FETCHES.replace("__ASKED__", json.dumps(asked)).encode()
    hosts = {
        edge.domain: f"127.0.0.1:{place['port']}",
        page.removeprefix("http://"): f"127.0.0.1:{pages.server.server_port}",
    }
    supervisor = Supervisor(folder / "log")
    process = supervisor.popen(browser.command(chromium, folder, f"{page}/", hosts, trusting=True), "browser")
    try:
        return pages.seen.get(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
        supervisor.close()


def test_in_a_browser_our_page_reads(buckets: Stage, pages: Pages, tmp_path: Path) -> None:
    seen = fetched(buckets, pages, OURS, tmp_path, "/live/index.m3u8")
    whole = {"status": 200, "text": "#EXTM3U\n", "date": True, "server": False}
    assert seen["simple"] == whole, "with the headers that are exposed"
    assert seen["with a header"] == whole, "after a preflight request"
    assert seen["missing"]["status"] == 404
    assert seen["writing"] == {"refused": "TypeError"}


def test_in_a_browser_another_page_does_not(buckets: Stage, pages: Pages, tmp_path: Path) -> None:
    seen = fetched(buckets, pages, OTHER, tmp_path, "/live/index.m3u8")
    refused = {"refused": "TypeError"}
    opaque = seen.pop("without asking")
    assert (opaque["status"], opaque["text"]) == (0, ""), "what a page may always do: it asks, and learns nothing"
    assert seen == dict.fromkeys(("simple", "with a header", "missing", "writing"), refused)


def test_in_a_browser_an_endpoint_of_mediapackage_is_read_by_our_page_only(
    package: Live, pages: Pages, tmp_path: Path
) -> None:
    ours = fetched(package.stage, pages, OURS, tmp_path, package.path)
    assert ours["simple"]["status"] == 404, "it may read that there is nothing yet"
    assert fetched(package.stage, pages, OTHER, tmp_path / "other", package.path)["simple"] == {"refused": "TypeError"}
