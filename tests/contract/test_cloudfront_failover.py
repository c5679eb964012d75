"""Origin failover: when CloudFront asks the second origin of a group, and what a viewer gets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract.cloudfront_stage import FAILOVER, Stage, behavior, cache_policy, listed, stage
from headend.localcloud.cloudfront.edge import Edge
from headend.localcloud.faults.faults import Faults
from running_cloud import RunningCloud

GUIDE = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide"
PAGE = f"{GUIDE}/high_availability_origin_failover.html"


@pytest.fixture
def two(cloud: RunningCloud) -> Iterator[Stage]:
    made = stage(cloud)
    made.put("first", "a.m3u8", "from the first", CacheControl="max-age=0")
    made.put("second", "a.m3u8", "from the second", CacheControl="max-age=0")
    yield made
    made.mend()


@pytest.mark.contract("A request goes to the primary origin of a group", source=PAGE)
def test_the_first_origin_answers_while_it_can(two: Stage) -> None:
    assert two.get("/a.m3u8").text == "from the first"
    assert two.asked("second") == 0


@pytest.mark.contract(
    "The second origin is asked when the first answers with one of the group's status codes",
    source=PAGE,
)
@pytest.mark.parametrize("status", [403, 404, 429, 500, 502, 503, 504])
def test_a_status_code_of_the_group_leads_to_the_second_origin(two: Stage, status: int) -> None:
    two.fault("status", "first", status=status)
    got = two.get("/a.m3u8")
    assert (got.status, got.text, got.origin) == (200, "from the second", "second")


@pytest.mark.contract("Another status code of the first origin goes to the viewer", source=PAGE)
def test_another_status_code_goes_to_the_viewer(two: Stage) -> None:
    two.fault("status", "first", status=410)
    assert two.get("/a.m3u8").status == 410
    assert two.asked("second") == 0


@pytest.mark.contract(
    "The second origin is asked when CloudFront cannot connect to the first (503), or gets no answer in time (504)",
    source=PAGE,
)
@pytest.mark.parametrize("kind", ["refuse", "unreachable", "hang"])
def test_an_origin_that_does_not_answer_leads_to_the_second(two: Stage, kind: str) -> None:
    two.fault(kind, "first")
    got = two.get("/a.m3u8")
    assert (got.status, got.text) == (200, "from the second")


@pytest.mark.contract("Each request is tried at the primary origin first, also after one that failed over", source=PAGE)
def test_the_first_origin_is_asked_again_at_once(two: Stage) -> None:
    two.fault("status", "first", status=503)
    assert two.get("/a.m3u8").origin == "second"
    two.mend()
    assert two.get("/a.m3u8").origin == "first"


def test_a_region_that_is_gone_takes_its_origins_with_it(two: Stage) -> None:
    two.wait_for("first", connect=1)
    with two.cloud.server.part(Faults).during("region-gone", region=two.region("first")):
        assert two.get("/a.m3u8").origin == "second"
    assert two.get("/a.m3u8").origin == "first"


def test_the_edge_tells_who_served_what(two: Stage) -> None:
    log = two.cloud.server.part(Edge).log
    before = max((one["seq"] for one in log.since()), default=0)
    two.get("/a.m3u8?x=1")
    two.fault("status", "first", status=503)
    two.get("/a.m3u8")
    seen = [(one["target"], one["status"], one["origin"], one["bytes"]) for one in log.since(before)]
    assert seen == [("/a.m3u8?x=1", 200, "first", 14), ("/a.m3u8", 200, "second", 15)]


@pytest.mark.contract("What is in the cache is served whatever happens to the origins", source=PAGE)
def test_a_cache_hit_asks_nobody(two: Stage) -> None:
    two.put("first", "b.ts", "segment", CacheControl="max-age=60")
    assert two.get("/b.ts").cache == "Miss"
    for origin in two.buckets:
        two.fault("refuse", origin)
    got = two.get("/b.ts")
    assert (got.cache, got.text, got.origin) == ("Hit", "segment", "first")


@pytest.mark.contract(
    "CloudFront does not fail over for methods other than GET, HEAD and OPTIONS: a behavior with a group refuses them",
    source=PAGE,
)
def test_writing_methods_do_not_reach_a_group(two: Stage) -> None:
    assert two.get("/a.m3u8", "POST", body=b"x").status == 403
    assert two.asked("first") == 0


@pytest.mark.contract(
    "A HEAD request fails over like a GET request",
    source=PAGE,
)
def test_head_fails_over(two: Stage) -> None:
    two.fault("status", "first", status=500)
    got = two.get("/a.m3u8", "HEAD")
    assert (got.status, got.origin, got.body) == (200, "second", b"")


@pytest.mark.contract(
    "An origin that cannot be connected to counts as 503, one that does not answer in time as 504", source=PAGE
)
@pytest.mark.parametrize(
    ("kind", "without", "status"), [("refuse", 503, 502), ("unreachable", 503, 504), ("hang", 504, 504)]
)
def test_without_their_codes_failures_do_not_fail_over(two: Stage, kind: str, without: int, status: int) -> None:
    (group,) = two.client.get_distribution_config(Id=two.identifier)["DistributionConfig"]["OriginGroups"]["Items"]
    codes = [code for code in FAILOVER if code != without]
    group["FailoverCriteria"]["StatusCodes"] = listed(*codes)
    two.update(OriginGroups=listed(group))
    two.fault(kind, "first")
    assert two.get("/a.m3u8").status == status
    assert two.asked("second") == 0


@pytest.mark.contract("OPTIONS fails over only where it is a cached method", source=PAGE)
@pytest.mark.parametrize(("cached", "status"), [(("GET", "HEAD"), 502), (("GET", "HEAD", "OPTIONS"), 403)])
def test_options_fails_over_where_it_is_cached(two: Stage, cached: tuple[str, ...], status: int) -> None:
    methods = {**listed("GET", "HEAD", "OPTIONS"), "CachedMethods": listed(*cached)}
    two.update(DefaultCacheBehavior=behavior(cache_policy(two.cloud, (0, 0, 3600)), AllowedMethods=methods))
    two.fault("refuse", "first")
    got = two.get("/a.m3u8", "OPTIONS")
    assert got.status == status, "403 is that of the second bucket, which has no CORS rules"


@pytest.mark.contract("When both origins fail, the viewer gets what the second one answered", source=PAGE)
def test_the_answer_of_the_second_origin_is_the_last(two: Stage) -> None:
    two.fault("status", "first", status=503)
    two.fault("status", "second", status=404)
    assert two.get("/a.m3u8").status == 404


@pytest.mark.contract(
    "An origin without a group that cannot be connected to is 502, one that does not answer in time 504",
    source=f"{GUIDE}/http-504-gateway-timeout.html",
)
@pytest.mark.parametrize(("kind", "status"), [("refuse", 502), ("unreachable", 504), ("hang", 504)])
def test_a_single_origin_that_does_not_answer(cloud: RunningCloud, kind: str, status: int) -> None:
    alone = stage(cloud, DefaultCacheBehavior=behavior(cache_policy(cloud, (0, 0, 60)), "first"))
    alone.fault(kind, "first")
    try:
        got = alone.get("/a.m3u8")
        assert (got.status, got.cache) == (status, "Error")
    finally:
        alone.mend()


@pytest.mark.contract(
    "A bucket that does not answer in time is asked once: connection attempts count answers of custom origins only",
    source=f"{PAGE}#controlling-attempts-and-timeouts",
)
def test_a_bucket_is_asked_once(two: Stage) -> None:
    got = two.client.get_distribution_config(Id=two.identifier)["DistributionConfig"]
    origins = [{**one, "ConnectionAttempts": 3} for one in got["Origins"]["Items"]]
    two.update(Origins=listed(*origins))
    two.fault("hang", "first")
    before = two.asked("first")
    assert two.get("/a.m3u8").origin == "second"
    assert two.asked("first") - before == 1
