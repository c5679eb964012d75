"""Either kind of origin answers the distribution that signs, over TLS, and nobody else; and says what is missing."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from contract.cloudfront_stage import Stage, behavior, cache_policy, listed, some_name, stage
from contract.package_stage import Live
from headend.localcloud.origins.gates import Gates
from running_cloud import REGION, RunningCloud

S3 = "https://docs.aws.amazon.com/AmazonS3/latest"
GUIDE = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide"
PAGES = f"{GUIDE}/private-content-restricting-access-to-s3.html"


@dataclass
class Origin:
    """One origin behind a distribution. `admit` lets the distribution with an ARN read it; `there` is in it,
    `missing` is not."""

    stage: Stage
    service: str
    region: str
    host: str
    there: str
    missing: str
    admit: Callable[[str], object]

    def asked(self, *, secure: bool = True, signed_by: Credentials | None = None) -> int:
        """The status with which the origin itself answers."""
        gates = self.stage.cloud.server.part(Gates)
        place = gates.resolve(self.host)
        assert place
        scheme = "https" if secure else "http"
        request = AWSRequest(method="GET", url=f"{scheme}://{self.host}{self.there}", headers={"Host": self.host})
        if signed_by:
            SigV4Auth(signed_by, self.service, self.region).add_auth(request)
        connection = http.client.HTTPConnection(*place, timeout=60)
        connection.connect()
        if secure:
            trust = ssl.create_default_context(cafile=str(gates.authority.ca_file))
            connection.sock = trust.wrap_socket(connection.sock, server_hostname=self.host)
        try:
            connection.request("GET", self.there, headers=dict(request.headers.items()))
            return connection.getresponse().status
        finally:
            connection.close()


@pytest.fixture(scope="module", params=["s3", "mediapackage"])
def origin(request: pytest.FixtureRequest, cloud: RunningCloud) -> Iterator[Origin]:
    if request.param == "s3":
        made = stage(cloud, DefaultCacheBehavior=behavior(cache_policy(cloud, (0, 0, 60)), "first"))
        made.put("first", "live/index.m3u8", "#EXTM3U\n")
        yield Origin(
            made,
            "s3",
            made.region("first"),
            made.host("first"),
            "/live/index.m3u8",
            "/live/missing.m3u8",
            lambda arn: made.admit("first", source=arn),
        )
    else:
        live = Live(cloud)
        yield Origin(
            live.stage,
            "mediapackagev2",
            REGION,
            live.host,
            live.path,
            live.path,
            lambda arn: live.admit(arn),
        )
        live.close()


@pytest.fixture
def admitted(origin: Origin) -> Origin:
    """The origin, with a policy for its own distribution."""
    origin.admit(origin.stage.arn)
    return origin


def somebody(cloud: RunningCloud) -> Credentials:
    """A user of the account who may do nothing."""
    iam, name = cloud.client("iam"), some_name("user")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


@pytest.mark.contract("Without a signature an origin with a policy for CloudFront answers nobody", source=PAGES)
@pytest.mark.parametrize("secure", [True, False], ids=["https", "http"])
def test_an_unsigned_request_is_refused(admitted: Origin, secure: bool) -> None:
    assert admitted.asked(secure=secure) == 403


@pytest.mark.contract("Nor whom the policy does not name", source=PAGES)
@pytest.mark.parametrize("secure", [True, False], ids=["https", "http"])
def test_a_request_that_somebody_else_has_signed_is_refused(admitted: Origin, secure: bool) -> None:
    assert admitted.asked(secure=secure, signed_by=somebody(admitted.stage.cloud)) == 403


@pytest.mark.contract(
    "Nor who signs with keys that AWS does not know",
    source=f"{S3}/API/ErrorResponses.html",
)
def test_a_request_with_unknown_keys_is_refused(admitted: Origin) -> None:
    assert admitted.asked(signed_by=Credentials("AKIAIOSFODNN7EXAMPLE", "secret")) == 403


@pytest.mark.contract(
    "A policy that denies what is not sent over TLS denies it to everybody, the account's own administrators too",
    source=f"{S3}/userguide/security-best-practices.html#transit",
)
def test_nobody_is_answered_without_tls(admitted: Origin) -> None:
    own = Credentials("local", "local")
    assert admitted.asked(signed_by=own) in (200, 404)
    assert admitted.asked(signed_by=own, secure=False) == 403


@pytest.mark.contract("What is missing is told to the distribution that may read, as missing", source=PAGES)
def test_missing_is_404_for_the_distribution(admitted: Origin) -> None:
    assert admitted.stage.get(admitted.missing).status == 404


@pytest.mark.contract("To a distribution that may not read, what is missing is forbidden like all else", source=PAGES)
def test_missing_is_403_for_another_distribution(origin: Origin) -> None:
    origin.admit(f"{origin.stage.arn}X")
    assert {origin.stage.get(path).status for path in (origin.there, origin.missing)} == {403}


@pytest.mark.contract("A policy may demand TLS of CloudFront too", source=PAGES)
def test_the_distribution_itself_is_refused_without_tls(cloud: RunningCloud) -> None:
    live = Live(cloud)
    try:
        live.admit(live.stage.arn)
        assert live.status() == 404
        config = live.stage.client.get_distribution_config(Id=live.stage.identifier)["DistributionConfig"]
        [asked] = config["Origins"]["Items"]
        plain = {**asked["CustomOriginConfig"], "OriginProtocolPolicy": "http-only"}
        live.stage.update(Origins=listed({**asked, "CustomOriginConfig": plain}))
        assert live.status() == 403
    finally:
        live.close()
