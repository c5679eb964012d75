"""MediaPackage V2 behind CloudFront: its endpoint is read by the distribution that signs, and by nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from contract.cloudfront_stage import Stage, behavior, cache_policy, listed, some_name
from headend.localcloud.origins.gates import Gates
from running_cloud import RunningCloud

GUIDE = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide"
PAGE = f"{GUIDE}/private-content-restricting-access-to-mediapackage.html"


class Live:
    """A distribution over one origin endpoint, which has taken in nothing yet: its manifest is 404."""

    def __init__(self, cloud: RunningCloud) -> None:
        package, client, name = cloud.client("mediapackagev2"), cloud.client("cloudfront"), some_name("live")
        self._package, self._name = package, name
        package.create_channel_group(ChannelGroupName=name)
        channel = {"ChannelGroupName": name, "ChannelName": "main"}
        package.create_channel(**channel, InputType="CMAF")
        self.endpoint = {**channel, "OriginEndpointName": "hls"}
        made = package.create_origin_endpoint(
            **self.endpoint,
            ContainerType="CMAF",
            Segment={"SegmentDurationSeconds": 2},
            HlsManifests=[{"ManifestName": "index", "ManifestWindowSeconds": 30}],
        )
        self.arn, url = made["Arn"], urlsplit(made["HlsManifests"][0]["Url"])
        self.path, self.host = url.path, url.netloc
        access = client.create_origin_access_control(
            OriginAccessControlConfig={
                "Name": name,
                "SigningProtocol": "sigv4",
                "SigningBehavior": "always",
                "OriginAccessControlOriginType": "mediapackagev2",
            }
        )
        origin = {
            "Id": "package",
            "DomainName": url.netloc,
            "ConnectionAttempts": 1,
            "ConnectionTimeout": 10,
            "OriginAccessControlId": access["OriginAccessControl"]["Id"],
            "CustomOriginConfig": {
                "HTTPPort": 80,
                "HTTPSPort": 443,
                "OriginProtocolPolicy": "https-only",
                "OriginSslProtocols": listed("TLSv1.2"),
                "OriginReadTimeout": 10,
                "OriginKeepaliveTimeout": 5,
            },
        }
        config = {
            "CallerReference": name,
            "Comment": "",
            "Enabled": True,
            "Origins": listed(origin),
            "DefaultCacheBehavior": behavior(cache_policy(cloud, (0, 0, 1)), "package"),
            "CustomErrorResponses": listed(*({"ErrorCode": code, "ErrorCachingMinTTL": 0} for code in (404, 504))),
        }
        got = client.create_distribution(DistributionConfig=config)["Distribution"]
        stage = Stage(cloud, {})
        self.stage = replace(stage, identifier=got["Id"], arn=got["ARN"], domain=got["DomainName"])

    def admit(self, source: str, **condition: object) -> None:
        """Let the endpoint's policy admit CloudFront for one distribution."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": ["mediapackagev2:GetObject", "mediapackagev2:GetHeadObject"],
            "Resource": self.arn,
            "Condition": {"StringEquals": {"AWS:SourceArn": source}, **condition},
        }
        document = {"Version": "2012-10-17", "Statement": [statement]}
        self._package.put_origin_endpoint_policy(**self.endpoint, Policy=json.dumps(document))

    def status(self) -> int:
        return self.stage.get(self.path).status

    def asked(self) -> int:
        """How many requests the endpoint has been sent."""
        gates = {one["host"]: one["requests"] for one in self.stage.cloud.server.part(Gates).described()}
        return int(gates.get(self.host, 0))

    def close(self) -> None:
        channel = {name: self.endpoint[name] for name in ("ChannelGroupName", "ChannelName")}
        self._package.delete_origin_endpoint(**self.endpoint)
        self._package.delete_channel(**channel)
        self._package.delete_channel_group(ChannelGroupName=self._name)


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
    live.admit(live.stage.arn, Bool={"aws:SecureTransport": "true"})
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
