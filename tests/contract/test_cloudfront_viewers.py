"""What viewers get beside the object: path patterns, headers, functions, locations, error pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contract.cloudfront_stage import (
    Json,
    Stage,
    behavior,
    cache_policy,
    function,
    listed,
    new_store,
    some_name,
    stage,
    store_client,
    store_version,
)
from running_cloud import RunningCloud

GUIDE = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide"
EVENTS = f"{GUIDE}/functions-event-structure.html"
HELPERS = f"{GUIDE}/helper-functions-origin-modification.html"


@pytest.fixture(scope="module")
def made(cloud: RunningCloud) -> Stage:
    one = stage(cloud)
    for origin in one.buckets:
        for key in ("a.m3u8", "a.ts", "live/a.ts", "live/deep/a.ts"):
            one.put(origin, key, f"{key} of {origin}", CacheControl="no-store", ContentType="text/plain")
    return one


@pytest.fixture(autouse=True)
def as_it_was(made: Stage) -> Iterator[None]:
    yield
    made.mend()


def plain(made: Stage, target: str = "both", **more: Any) -> Json:
    return behavior(cache_policy(made.cloud, (0, 0, 3600)), target, **more)


def runs(made: Stage, code: str, *stores: str, on: str = "viewer-request", **more: Any) -> None:
    """Let the default cache behavior run a function."""
    arn = function(made.cloud, code, *stores)
    association = {"FunctionARN": arn, "EventType": on}
    made.update(DefaultCacheBehavior=plain(made, FunctionAssociations=listed(association), **more))


@pytest.mark.contract(
    "The first cache behavior whose path pattern fits counts, the default one last",
    source=f"{GUIDE}/DownloadDistValuesCacheBehavior.html",
)
def test_path_patterns(made: Stage) -> None:
    first, second = plain(made, "first"), plain(made, "second")
    made.update(
        CacheBehaviors=listed(
            {**second, "PathPattern": "live/?.ts"},
            {**first, "PathPattern": "/live/*"},
            {**second, "PathPattern": "*.m3u8"},
        ),
        DefaultCacheBehavior=first,
    )
    assert {path: made.get(path).origin for path in ("/live/a.ts", "/live/deep/a.ts", "/a.m3u8", "/a.ts")} == {
        "/live/a.ts": "second",
        "/live/deep/a.ts": "first",
        "/a.m3u8": "second",
        "/a.ts": "first",
    }
    made.update(CacheBehaviors=listed())


@pytest.mark.contract(
    "A function that generates a response ends the request", source=f"{GUIDE}/functions-tutorial.html"
)
def test_a_function_answers(made: Stage) -> None:
    runs(
        made,
        "function handler(event) {"
        "  return { statusCode: 302, headers: { location: { value: event.request.uri + '?' } } }"
        "}",
    )
    got = made.get("/a.ts")
    assert (got.status, got.headers["location"], got.cache) == (302, "/a.ts?", "FunctionGeneratedResponse")


@pytest.mark.contract("A function can ask for another object", source=EVENTS)
def test_a_function_changes_the_path(made: Stage) -> None:
    runs(made, "function handler(event) { event.request.uri = '/a.m3u8'; return event.request }")
    assert made.get("/a.ts").text == "a.m3u8 of first"


@pytest.mark.contract("A function that fails is 503", source=f"{GUIDE}/http-503-service-unavailable.html")
@pytest.mark.parametrize("code", ["function handler() { throw new Error('x') }", "function handler() { for (;;); }"])
def test_a_function_that_fails(made: Stage, code: str) -> None:
    runs(made, code)
    assert made.get("/a.ts").status == 503


@pytest.mark.contract("A viewer response function changes the answer, but not an error", source=EVENTS)
def test_a_viewer_response_function(made: Stage) -> None:
    runs(
        made,
        "function handler(event) { event.response.headers['x-seen'] = { value: 'yes' }; return event.response }",
        on="viewer-response",
    )
    assert made.get("/a.ts").headers["x-seen"] == "yes"
    assert "x-seen" not in made.get("/missing.ts").headers


@pytest.mark.contract("A function chooses an origin of the distribution by its id", source=HELPERS)
def test_a_function_selects_an_origin(made: Stage) -> None:
    runs(
        made,
        "import cf from 'cloudfront';\n"
        "function handler(event) { cf.selectRequestOriginById('second'); return event.request }",
    )
    assert made.get("/a.ts").origin == "second"


GROUP = """import cf from 'cloudfront';
function handler(event) {
  cf.createRequestOriginGroup({
    originIds: [{ originId: 'second' }, { originId: 'first' }],
    failoverCriteria: { statusCodes: [404, 503] },
  });
  return event.request;
}"""


@pytest.mark.contract("A function makes an origin group for one request, in its own order", source=HELPERS)
def test_a_function_makes_an_origin_group(made: Stage) -> None:
    runs(made, GROUP)
    assert made.get("/a.ts").origin == "second"
    made.fault("status", "second", status=503)
    assert made.get("/a.ts").origin == "first"
    made.mend()
    made.fault("refuse", "second")
    assert made.get("/a.ts").origin == "first"


@pytest.mark.contract("A function changes settings of the request's origin", source=HELPERS)
def test_a_function_changes_an_origin(made: Stage) -> None:
    runs(
        made,
        "import cf from 'cloudfront';\n"
        "function handler(event) { cf.updateRequestOrigin({ originPath: '/live' }); return event.request }",
    )
    assert made.get("/a.ts").text == "live/a.ts of first"


STORED = """import cf from 'cloudfront';
async function handler(event) {
  const store = cf.kvs();
  const known = await store.exists('preferred');
  cf.selectRequestOriginById(known ? await store.get('preferred') : 'first');
  return event.request;
}"""


@pytest.mark.contract(
    "A function reads its key-value store, and sees what is written to it without being published again",
    source=f"{GUIDE}/functions-custom-methods.html",
    limits="At once; on AWS within seconds.",
)
def test_a_function_reads_its_store(made: Stage) -> None:
    client, arn = store_client(made.cloud), new_store(made.cloud)
    runs(made, STORED, arn)
    assert made.get("/a.ts").origin == "first"
    client.put_key(KvsARN=arn, Key="preferred", Value="second", IfMatch=store_version(client, arn))
    assert made.get("/a.ts").origin == "second"


@pytest.mark.contract(
    "Location headers reach functions and origins when a policy asks for them, and a viewer cannot set them",
    source=f"{GUIDE}/adding-cloudfront-headers.html",
    limits="Where a viewer is, is told to the local cloud by a header of its own.",
)
def test_location_headers(made: Stage) -> None:
    names = listed("CloudFront-Viewer-Country", "CloudFront-Viewer-Latitude")
    policy = made.client.create_origin_request_policy(
        OriginRequestPolicyConfig={
            "Name": some_name("orp"),
            "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": names},
            "CookiesConfig": {"CookieBehavior": "none"},
            "QueryStringsConfig": {"QueryStringBehavior": "none"},
        }
    )["OriginRequestPolicy"]["Id"]
    code = """function handler(event) {
      const found = {};
      for (const name in event.request.headers) {
        if (name.startsWith('cloudfront-')) found[name] = event.request.headers[name].value;
      }
      return { statusCode: 200, body: JSON.stringify(found) };
    }"""
    runs(made, code, OriginRequestPolicyId=policy)
    told = "Country=DE; Latitude=52.5; City=Berlin"
    assert made.get("/a.ts", X_Headend_Viewer=told).text == (
        '{"cloudfront-viewer-country":"DE","cloudfront-viewer-latitude":"52.5"}'
    )
    assert made.get("/a.ts", CloudFront_Viewer_Country="US").text == "{}"


@pytest.mark.contract(
    "A response headers policy adds CORS and other headers, also to errors and preflight requests",
    source=f"{GUIDE}/understanding-response-headers-policies.html",
)
def test_response_headers(made: Stage) -> None:
    policy = made.client.create_response_headers_policy(
        ResponseHeadersPolicyConfig={
            "Name": some_name("rhp"),
            "CorsConfig": {
                "AccessControlAllowOrigins": listed("https://player.example"),
                "AccessControlAllowHeaders": listed("*"),
                "AccessControlAllowMethods": listed("GET", "HEAD"),
                "AccessControlAllowCredentials": False,
                "AccessControlExposeHeaders": listed("Date"),
                "AccessControlMaxAgeSec": 600,
                "OriginOverride": True,
            },
            "SecurityHeadersConfig": {"ContentTypeOptions": {"Override": True}},
            "CustomHeadersConfig": listed({"Header": "X-Event", "Value": "final", "Override": True}),
        }
    )["ResponseHeadersPolicy"]["Id"]
    made.update(DefaultCacheBehavior=plain(made, ResponseHeadersPolicyId=policy))
    ours = {"Origin": "https://player.example"}
    for path in ("/a.ts", "/missing.ts"):
        got = made.get(path, **ours)
        assert got.headers["access-control-allow-origin"] == "https://player.example"
        assert got.headers["access-control-expose-headers"] == "Date"
        assert got.headers["x-event"] == "final"
        assert got.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in made.get("/a.ts", Origin="https://other.example").headers
    preflight = made.get("/a.ts", "OPTIONS", Access_Control_Request_Method="GET", **ours)
    assert preflight.headers["access-control-allow-methods"] == "GET, HEAD"
    assert preflight.headers["access-control-max-age"] == "600"


@pytest.mark.contract(
    "A custom error response replaces an error by a page and a status of one's own",
    source=f"{GUIDE}/creating-custom-error-pages.html",
)
def test_custom_error_pages(made: Stage) -> None:
    made.put("first", "sorry.html", "sorry")
    page = {"ErrorCode": 404, "ResponsePagePath": "/sorry.html", "ResponseCode": "200", "ErrorCachingMinTTL": 0}
    made.update(CustomErrorResponses=listed(page), DefaultCacheBehavior=plain(made, "first"))
    got = made.get("/missing.ts")
    assert (got.status, got.text, got.cache) == (200, "sorry", "Error")


@pytest.mark.contract("Ranges and conditions of a viewer are answered", source=f"{GUIDE}/RangeGETs.html")
def test_ranges_and_conditions(made: Stage) -> None:
    made.update(DefaultCacheBehavior=plain(made, "first"))
    part = made.get("/a.ts", Range="bytes=2-3")
    assert (part.status, part.text, part.headers["content-range"]) == (206, "ts", "bytes 2-3/13")
    whole = made.get("/a.ts")
    assert made.get("/a.ts", If_None_Match=whole.headers["etag"]).status == 304
