"""Who may read an origin: the distribution that signs, over TLS, and nobody else."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator

import pytest

from contract.cloudfront_stage import Stage, behavior, cache_policy, control, listed, stage
from headend.localcloud.origins.gates import Gates
from running_cloud import RunningCloud

GUIDE = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide"
PAGE = f"{GUIDE}/private-content-restricting-access-to-s3.html"
S3 = "https://docs.aws.amazon.com/AmazonS3/latest"


@pytest.fixture
def one(cloud: RunningCloud) -> Iterator[Stage]:
    """A distribution with one origin: the first bucket."""
    made = stage(cloud, DefaultCacheBehavior=behavior(cache_policy(cloud, (0, 0, 60)), "first"))
    made.put("first", "a.ts", "body")
    yield made
    made.mend()


def direct(made: Stage, path: str, *, secure: bool = True) -> int:
    """The status with which the origin itself answers somebody who does not sign."""
    gates, host = made.cloud.server.part(Gates), made.host("first")
    place = gates.resolve(host)
    assert place
    connection = http.client.HTTPConnection(*place, timeout=10)
    connection.connect()
    if secure:
        trust = ssl.create_default_context(cafile=str(gates.authority.ca_file))
        connection.sock = trust.wrap_socket(connection.sock, server_hostname=host)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.contract("A bucket's policy admits CloudFront for one distribution", source=PAGE)
def test_the_distribution_may_read(one: Stage) -> None:
    assert one.get("/a.ts").text == "body"


@pytest.mark.contract("Without a signature nobody reads a private bucket", source=PAGE)
@pytest.mark.parametrize("secure", [True, False], ids=["https", "http"])
def test_a_direct_request_is_refused(one: Stage, secure: bool) -> None:
    assert direct(one, "/a.ts", secure=secure) == 403


@pytest.mark.contract("Another distribution is not admitted by AWS:SourceArn", source=PAGE)
def test_another_distribution_may_not_read(one: Stage) -> None:
    one.admit("first", source=f"{one.arn}X")
    assert one.get("/a.ts").status == 403


@pytest.mark.contract("A distribution without an origin access control does not sign", source=PAGE)
def test_without_a_control_nothing_is_signed(one: Stage) -> None:
    got = one.client.get_distribution_config(Id=one.identifier)["DistributionConfig"]
    one.update(Origins=listed(*({**each, "OriginAccessControlId": ""} for each in got["Origins"]["Items"])))
    assert one.get("/a.ts").status == 403


@pytest.mark.contract("Signing behavior `never` signs nothing", source=f"{PAGE}#oac-advanced-settings-s3")
def test_a_control_that_never_signs(one: Stage) -> None:
    got = one.client.get_distribution_config(Id=one.identifier)["DistributionConfig"]
    never = control(one.cloud, "never")
    one.update(Origins=listed(*({**each, "OriginAccessControlId": never} for each in got["Origins"]["Items"])))
    assert one.get("/a.ts").status == 403


@pytest.mark.contract(
    "S3 is asked over HTTPS when every request is signed, else by the viewer's protocol, which a policy can deny",
    source=f"{PAGE}#create-oac-overview-s3",
)
@pytest.mark.parametrize(("signing", "status"), [("always", 200), ("no-override", 403)])
def test_a_viewer_without_tls(one: Stage, signing: str, status: int) -> None:
    access = control(one.cloud, signing)
    got = one.client.get_distribution_config(Id=one.identifier)["DistributionConfig"]
    one.update(Origins=listed(*({**each, "OriginAccessControlId": access} for each in got["Origins"]["Items"])))
    assert one.get("/a.ts", secure=False).status == status
    assert one.get("/a.ts").status == 200


@pytest.mark.contract(
    "A missing object is 404 for who may list the bucket, 403 for others",
    source=f"{S3}/API/API_GetObject.html",
)
@pytest.mark.parametrize(("listing", "status"), [(True, 404), (False, 403)])
def test_a_missing_object(one: Stage, listing: bool, status: int) -> None:
    one.admit("first", listing=listing)
    assert one.get("/missing.ts").status == status


@pytest.mark.contract(
    "A viewer protocol policy redirects plain HTTP, or refuses it",
    source=f"{GUIDE}/using-https-viewers-to-cloudfront.html",
)
def test_viewer_protocol_policies(one: Stage) -> None:
    plain = behavior(cache_policy(one.cloud, (0, 0, 60)), "first")
    one.update(DefaultCacheBehavior={**plain, "ViewerProtocolPolicy": "redirect-to-https"})
    got = one.get("/a.ts", secure=False)
    assert (got.status, got.headers["location"]) == (301, f"https://{one.domain}/a.ts")
    one.update(DefaultCacheBehavior={**plain, "ViewerProtocolPolicy": "https-only"})
    assert one.get("/a.ts", secure=False).status == 403
    assert one.get("/a.ts").status == 200


@pytest.mark.contract(
    "A bucket's CORS rules answer its own pages, through CloudFront too, and nobody else",
    source=f"{S3}/userguide/cors.html",
)
def test_cors_of_a_bucket(one: Stage) -> None:
    rule = {"AllowedMethods": ["GET", "HEAD"], "AllowedOrigins": ["https://*.example"], "AllowedHeaders": ["*"]}
    one.s3("first").put_bucket_cors(Bucket=one.buckets["first"], CORSConfiguration={"CORSRules": [rule]})
    keyed = cache_policy(
        one.cloud, (0, 0, 60), HeadersConfig={"HeaderBehavior": "whitelist", "Headers": listed("Origin")}
    )
    one.update(DefaultCacheBehavior=behavior(keyed, "first"))
    allowed = one.get("/a.ts", Origin="https://player.example")
    assert allowed.headers["access-control-allow-origin"] == "https://player.example"
    for other in ({"Origin": "https://player.invalid"}, {}):
        assert "access-control-allow-origin" not in one.get("/a.ts", **other).headers


@pytest.mark.contract("A disabled distribution answers nobody", source=f"{GUIDE}/HowToDeleteDistribution.html")
def test_a_disabled_distribution_answers_nobody(one: Stage) -> None:
    one.update(Enabled=False)
    with pytest.raises((OSError, ValueError)):
        one.get("/a.ts")


@pytest.mark.contract(
    "Requests over the limits of CloudFront are refused with 413",
    source=f"{GUIDE}/RequestAndResponseBehaviorCustomOrigin.html",
)
@pytest.mark.parametrize(("path", "header"), [("/" + "x" * 8200, ""), ("/a.ts", "x" * 33000)], ids=["URL", "headers"])
def test_limits_of_a_request(one: Stage, path: str, header: str) -> None:
    assert one.get(path, X_Long=header).status == 413
