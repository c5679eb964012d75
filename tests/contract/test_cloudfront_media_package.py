"""MediaPackage V2 behind CloudFront: its endpoint is read by the distribution that signs, and by nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract.cloudfront_stage import listed
from contract.package_stage import Live
from headend.localcloud.origins.gates import Gates
from running_cloud import RunningCloud

GUIDE = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide"
PAGE = f"{GUIDE}/private-content-restricting-access-to-mediapackage.html"


@pytest.fixture(scope="module")
def live(cloud: RunningCloud) -> Iterator[Live]:
    made = Live(cloud)
    yield made
    made.close()


@pytest.mark.contract("An endpoint without a policy for CloudFront refuses it", source=PAGE)
def test_without_a_policy_the_endpoint_refuses(live: Live) -> None:
    live.admit(f"{live.stage.arn}X")
    assert live.status() == 403


@pytest.mark.contract("An endpoint's policy admits CloudFront for one distribution, over TLS", source=PAGE)
def test_the_distribution_may_read_the_endpoint(live: Live) -> None:
    live.admit(live.stage.arn)
    assert live.status() == 404, "it may ask, and there is nothing yet"


@pytest.mark.contract(
    "A custom origin that does not answer in time is asked as often as its connection attempts say, then it is 504",
    source=f"{GUIDE}/high_availability_origin_failover.html#controlling-attempts-and-timeouts",
)
@pytest.mark.parametrize("attempts", [1, 2])
def test_connection_attempts(live: Live, attempts: int) -> None:
    [origin] = live.stage.client.get_distribution_config(Id=live.stage.identifier)["DistributionConfig"]["Origins"][
        "Items"
    ]
    origin["ConnectionAttempts"] = attempts
    origin["CustomOriginConfig"]["OriginReadTimeout"] = 1
    live.stage.update(Origins=listed(origin))
    before = live.asked()
    live.stage.cloud.server.part(Gates).faults.add({"kind": "hang", "host": live.host})
    try:
        assert live.status() == 504
    finally:
        live.stage.mend()
    assert live.asked() - before == attempts
