"""MediaPackage V2 behind CloudFront: one origin endpoint and a distribution over it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from contract.cloudfront_stage import Stage, behavior, cache_policy, listed, some_name
from headend.localcloud.origins.gates import Gates
from running_cloud import RunningCloud


class Live:
    """A distribution over one origin endpoint, which has taken in nothing yet: its manifest is 404.

    `more` are settings of its cache behavior.
    """

    def __init__(self, cloud: RunningCloud, **more: Any) -> None:
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
        self.host, self.path = url.netloc, url.path
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
            "DefaultCacheBehavior": behavior(cache_policy(cloud, (0, 0, 1)), "package", **more),
            "CustomErrorResponses": listed(*({"ErrorCode": code, "ErrorCachingMinTTL": 0} for code in (404, 504))),
        }
        got = client.create_distribution(DistributionConfig=config)["Distribution"]
        stage = Stage(cloud, {})
        self.stage = replace(stage, identifier=got["Id"], arn=got["ARN"], domain=got["DomainName"])

    def admit(self, source: str) -> None:
        """Let CloudFront, for one distribution, read the endpoint, and nobody without TLS."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": ["mediapackagev2:GetObject", "mediapackagev2:GetHeadObject"],
            "Resource": self.arn,
            "Condition": {"StringEquals": {"AWS:SourceArn": source}},
        }
        plain = {"Bool": {"aws:SecureTransport": "false"}}
        deny = {"Effect": "Deny", "Principal": "*", "Action": "mediapackagev2:GetObject", "Condition": plain}
        statements = [statement, {**deny, "Resource": self.arn}]
        document = {"Version": "2012-10-17", "Statement": statements}
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
