"""What CloudFront keeps, for how long, and under which key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from contract.cloudfront_stage import Stage, behavior, cache_policy, listed, stage
from running_cloud import RunningCloud, until

GUIDE = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide"
EXPIRATION = f"{GUIDE}/Expiration.html"
ERRORS = f"{GUIDE}/HTTPStatusCodes.html"


@pytest.fixture(scope="module")
def kept(cloud: RunningCloud) -> Iterator[Stage]:
    """Minimum 0, default 60, maximum 120."""
    made = stage(cloud, (0, 60, 120))
    yield made
    made.mend()


@pytest.fixture(autouse=True)
def mended(kept: Stage) -> Iterator[None]:
    kept.pass_time(0)
    yield
    kept.mend()


def kept_after(kept: Stage, key: str, **headers: str) -> bool:
    """Whether a second request is answered from the cache, without the origin."""
    kept.put("first", key, "body", **headers)
    assert kept.get(f"/{key}").cache == "Miss"
    before = kept.asked("first")
    kept.get(f"/{key}")
    return kept.asked("first") == before


@pytest.mark.contract("An object without Cache-Control stays for the default TTL", source=EXPIRATION)
def test_default_time(kept: Stage) -> None:
    assert kept_after(kept, "default.ts")


@pytest.mark.contract("With a minimum TTL of 0, max-age=0 is asked for again each time", source=EXPIRATION)
def test_max_age_of_nothing(kept: Stage) -> None:
    assert not kept_after(kept, "zero.ts", CacheControl="max-age=0")


@pytest.mark.contract("With a minimum TTL of 0, no-store, no-cache and private are respected", source=EXPIRATION)
@pytest.mark.parametrize("directive", ["no-store", "no-cache", "private"])
def test_directives_against_caching(kept: Stage, directive: str) -> None:
    assert not kept_after(kept, f"{directive}.ts", CacheControl=directive)


@pytest.mark.contract(
    "An object stays for the lesser of max-age and the maximum TTL, and for the default TTL without one",
    source=EXPIRATION,
)
@pytest.mark.parametrize(("header", "seconds"), [("max-age=30", 30), ("max-age=3600", 120), ("public", 60)])
def test_how_long_an_object_stays(kept: Stage, header: str, seconds: int) -> None:
    key = f"stays-{seconds}.ts"
    kept.put("first", key, "body", CacheControl=header)
    assert kept.get(f"/{key}").cache == "Miss"
    kept.pass_time(seconds - 1)
    got = kept.get(f"/{key}")
    assert (got.cache, got.headers["age"]) == ("Hit", str(seconds - 1))
    kept.pass_time(2)
    assert kept.get(f"/{key}").cache == "RefreshHit"


@pytest.mark.contract("s-maxage goes before max-age", source=EXPIRATION)
def test_s_maxage(kept: Stage) -> None:
    assert kept_after(kept, "s-maxage.ts", CacheControl="max-age=0, s-maxage=60")


@pytest.mark.contract("A minimum TTL above 0 holds against no-store and max-age=0", source=EXPIRATION)
@pytest.mark.parametrize("directive", ["no-store", "max-age=0"])
def test_minimum_time(cloud: RunningCloud, directive: str) -> None:
    least = stage(cloud, (60, 60, 60))
    assert kept_after(least, "least.ts", CacheControl=directive)


@pytest.mark.contract(
    "After its time an object is asked for again, and served from the cache when the origin says it is the same",
    source=EXPIRATION,
)
def test_an_object_is_renewed_when_its_time_is_over(kept: Stage) -> None:
    kept.put("first", "renewed.ts", "same", CacheControl="max-age=0")
    assert kept.get("/renewed.ts").cache == "Miss"
    assert kept.get("/renewed.ts").cache == "RefreshHit"
    kept.put("first", "renewed.ts", "other", CacheControl="max-age=0")
    got = kept.get("/renewed.ts")
    assert (got.cache, got.text) == ("Miss", "other")


@pytest.mark.contract(
    "A viewer's Cache-Control does not reach past the cache",
    source=EXPIRATION,
)
def test_a_viewer_cannot_ask_past_the_cache(kept: Stage) -> None:
    kept.put("first", "viewer.ts", "body", CacheControl="max-age=60")
    kept.get("/viewer.ts")
    assert kept.get("/viewer.ts", Cache_Control="no-cache", Pragma="no-cache").cache == "Hit"


@pytest.mark.contract("An object that is out of date is served in the place of an origin's 5xx", source=ERRORS)
@pytest.mark.parametrize("kind", ["status", "refuse", "hang"])
def test_what_is_out_of_date_is_better_than_an_error(kept: Stage, kind: str) -> None:
    key = f"stale-{kind}.m3u8"
    kept.put("first", key, "old", CacheControl="max-age=0")
    kept.get(f"/{key}")
    for origin in kept.buckets:
        kept.fault(kind, origin)
    got = kept.get(f"/{key}")
    assert (got.status, got.text) == (200, "old")


@pytest.mark.contract(
    "While an origin fails, it is asked again only when the error caching minimum TTL is over", source=ERRORS
)
def test_an_origin_that_fails_is_left_alone_for_a_while(cloud: RunningCloud) -> None:
    made = errors_kept(cloud, {"ErrorCode": 503, "ErrorCachingMinTTL": 5})
    made.put("first", "a.m3u8", "old", CacheControl="max-age=0")
    made.get("/a.m3u8")
    made.fault("status", "first", status=503)
    assert made.get("/a.m3u8").text == "old"
    made.mend()
    made.put("first", "a.m3u8", "new", CacheControl="max-age=0")
    made.pass_time(4)
    assert made.get("/a.m3u8").text == "old"
    made.pass_time(2)
    assert made.get("/a.m3u8").text == "new"


@pytest.mark.contract(
    "What is out of date is served up to the maximum TTL only",
    source=f"{EXPIRATION}#stale-content",
    limits="AWS does not say from when: here from when the object came.",
)
def test_what_is_out_of_date_is_served_up_to_the_maximum_time(kept: Stage) -> None:
    kept.put("first", "oldest.m3u8", "old", CacheControl="max-age=1")
    kept.get("/oldest.m3u8")
    for origin in kept.buckets:
        kept.fault("status", origin, status=500)
    kept.pass_time(119)
    assert kept.get("/oldest.m3u8").text == "old"
    kept.pass_time(2)
    assert kept.get("/oldest.m3u8").status == 500


@pytest.mark.contract("stale-if-error says for how long an old object is good enough", source=EXPIRATION)
def test_stale_if_error(kept: Stage) -> None:
    kept.put("first", "while-error.m3u8", "old", CacheControl="max-age=0, stale-if-error=30")
    kept.get("/while-error.m3u8")
    for origin in kept.buckets:
        kept.fault("status", origin, status=500)
    kept.pass_time(29)
    assert kept.get("/while-error.m3u8").text == "old"
    kept.pass_time(2)
    assert kept.get("/while-error.m3u8").status == 500


@pytest.mark.contract("With stale-if-error=0 an origin's error goes to the viewer", source=EXPIRATION)
def test_stale_if_error_of_nothing(kept: Stage) -> None:
    kept.put("first", "strict.m3u8", "old", CacheControl="max-age=0, stale-if-error=0")
    kept.get("/strict.m3u8")
    for origin in kept.buckets:
        kept.fault("status", origin, status=503)
    assert kept.get("/strict.m3u8").status == 503


@pytest.mark.contract("A 4xx of the origin goes to the viewer, whatever is in the cache", source=ERRORS)
def test_what_is_out_of_date_is_not_better_than_not_found(kept: Stage) -> None:
    kept.put("first", "gone.m3u8", "old", CacheControl="max-age=0")
    kept.get("/gone.m3u8")
    kept.remove("first", "gone.m3u8")
    assert kept.get("/gone.m3u8").status == 404


@pytest.mark.contract(
    "With stale-while-revalidate the object there is comes at once, and a newer one is fetched behind it",
    source=EXPIRATION,
)
def test_stale_while_revalidate(kept: Stage) -> None:
    kept.put("first", "while.m3u8", "old", CacheControl="max-age=0, stale-while-revalidate=60")
    kept.get("/while.m3u8")
    kept.put("first", "while.m3u8", "new", CacheControl="max-age=0, stale-while-revalidate=60")
    got = kept.get("/while.m3u8")
    assert (got.cache, got.text) == ("Hit", "old")
    until(lambda: kept.get("/while.m3u8").text == "new")


def errors_kept(cloud: RunningCloud, *responses: dict[str, int]) -> Stage:
    return stage(
        cloud,
        DefaultCacheBehavior=behavior(cache_policy(cloud, (0, 0, 60)), "first"),
        CustomErrorResponses=listed(*responses),
    )


@pytest.mark.contract(
    "Errors are kept for 10 seconds unless a custom error response says otherwise",
    source=f"{GUIDE}/custom-error-pages-expiration.html",
)
@pytest.mark.parametrize("status", [404, 500, 502, 503, 504])
def test_errors_are_kept_by_default(cloud: RunningCloud, status: int) -> None:
    made = errors_kept(cloud)
    made.put("first", "a.ts", "good", CacheControl="max-age=60")
    made.fault("status", "first", status=status)
    try:
        assert made.get("/a.ts").status == status
    finally:
        made.mend()
    made.pass_time(9.9)
    got = made.get("/a.ts")
    assert (got.status, got.cache, got.headers["age"]) == (status, "Error", "9")
    made.pass_time(0.2)
    assert made.get("/a.ts").text == "good"


@pytest.mark.contract(
    "With an error caching minimum TTL of 0 the origin is asked again at once",
    source=f"{GUIDE}/custom-error-pages-expiration.html",
)
def test_errors_that_are_not_kept(cloud: RunningCloud) -> None:
    made = errors_kept(cloud, {"ErrorCode": 404, "ErrorCachingMinTTL": 0})
    assert made.get("/late.ts").status == 404
    made.put("first", "late.ts", "there now")
    assert made.get("/late.ts").text == "there now"


@pytest.mark.contract(
    "A policy that disables caching keeps no errors either", source=f"{ERRORS}#HTTPStatusCodes-cached-errors"
)
def test_without_caching_errors_are_not_kept(cloud: RunningCloud) -> None:
    made = stage(
        cloud,
        DefaultCacheBehavior=behavior("4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "first"),
        CustomErrorResponses=listed(),
    )
    assert made.get("/late.ts").status == 404
    made.put("first", "late.ts", "there now")
    assert made.get("/late.ts").text == "there now"


@pytest.mark.contract("403 is kept only when the origin sends max-age or s-maxage", source=ERRORS)
def test_forbidden_is_not_kept(cloud: RunningCloud) -> None:
    made = errors_kept(cloud)
    made.put("first", "a.ts", "good")
    made.fault("status", "first", status=403)
    try:
        assert made.get("/a.ts").status == 403
    finally:
        made.mend()
    assert made.get("/a.ts").text == "good"


@pytest.mark.contract(
    "The cache key is domain and path by default: query strings, headers and cookies do not count",
    source=f"{GUIDE}/understanding-the-cache-key.html",
)
def test_the_default_cache_key(kept: Stage) -> None:
    kept.put("first", "key.ts", "body", CacheControl="max-age=60")
    kept.get("/key.ts?a=1")
    assert kept.get("/key.ts?a=2", Cookie="c=1", Accept_Language="de").cache == "Hit"


KEYED: list[tuple[str, dict[str, object], Callable[[Stage, str], object]]] = [
    (
        "query string",
        {"QueryStringsConfig": {"QueryStringBehavior": "whitelist", "QueryStrings": listed("v")}},
        lambda made, value: made.get(f"/a.ts?v={value}&other={value}").cache,
    ),
    (
        "header",
        {"HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": listed("Origin")}},
        lambda made, value: made.get("/a.ts", Origin=f"https://{value}.example").cache,
    ),
    (
        "cookie",
        {"CookiesConfig": {"CookieBehavior": "whitelist", "Cookies": listed("v")}},
        lambda made, value: made.get("/a.ts", Cookie=f"v={value}; other={value}").cache,
    ),
]


@pytest.mark.contract(
    "What a cache policy names is part of the cache key",
    source=f"{GUIDE}/cache-key-understand-cache-policy.html",
)
@pytest.mark.parametrize(("key", "ask"), [one[1:] for one in KEYED], ids=[one[0] for one in KEYED])
def test_a_wider_cache_key(cloud: RunningCloud, key: dict[str, object], ask: Callable[[Stage, str], object]) -> None:
    policy = cache_policy(cloud, (0, 60, 60), **key)  # type: ignore[arg-type]
    made = stage(cloud, DefaultCacheBehavior=behavior(policy, "first"))
    made.put("first", "a.ts", "body")
    assert [ask(made, value) for value in ("one", "two", "one")] == ["Miss", "Miss", "Hit"]


@pytest.mark.contract(
    "Requests for the same object at the same time become one request to the origin",
    source=f"{GUIDE}/RequestAndResponseBehaviorCustomOrigin.html#request-custom-traffic-spikes",
)
def test_requests_at_the_same_time_are_one_for_the_origin(kept: Stage) -> None:
    kept.put("first", "crowd.ts", "body", CacheControl="max-age=60")
    kept.fault("slow", "first", seconds=0.2)
    before = kept.asked("first")
    with ThreadPoolExecutor(8) as viewers:
        answers = list(viewers.map(lambda _: kept.get("/crowd.ts"), range(8)))
    assert [one.text for one in answers] == ["body"] * 8
    assert kept.asked("first") - before == 1
    assert sorted(one.cache for one in answers) == ["Hit"] * 7 + ["Miss"]


@pytest.mark.contract(
    "An invalidation removes what its paths name, whatever its time",
    source=f"{GUIDE}/invalidation-specifying-objects.html",
)
def test_an_invalidation(kept: Stage) -> None:
    for key in ("live/a.ts", "other/a.ts"):
        kept.put("first", key, "old", CacheControl="max-age=60")
        kept.get(f"/{key}")
    batch = {"Paths": listed("/live/*"), "CallerReference": "one"}
    kept.client.create_invalidation(DistributionId=kept.identifier, InvalidationBatch=batch)
    assert kept.get("/live/a.ts").cache == "Miss"
    assert kept.get("/other/a.ts").cache == "Hit"


@pytest.mark.contract(
    "An object's Date is when the origin answered, also when it comes from the cache, which says its Age",
    source="https://www.rfc-editor.org/rfc/rfc9111#section-5.1",
)
def test_the_date_of_an_object(kept: Stage) -> None:
    kept.put("first", "dated.ts", "body")
    first = kept.get("/dated.ts")
    kept.pass_time(30)
    again = kept.get("/dated.ts")
    assert (again.cache, again.headers["date"]) == ("Hit", first.headers["date"])
    assert int(again.headers["age"]) >= 30
