"""Who may fetch content: by the transport, and by the service that signs for a distribution."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from werkzeug.test import EnvironBuilder, run_wsgi_app

import cmaf
from headend.localcloud import ACCOUNT_ID
from headend.localcloud.faults.faults import Faults
from headend.localcloud.iam.identity import Identity
from headend.localcloud.iam.identity_gate import SECURE_TRANSPORT
from headend.localcloud.mediapackage.ingest import IngestError
from headend.localcloud.mediapackage.origin_sites import MediaOrigin
from running_cloud import REGION, RunningCloud

EDGE = "cloudfront.amazonaws.com"
DISTRIBUTION = f"arn:aws:cloudfront::{ACCOUNT_ID}:distribution/EDFDVBD6EXAMPLE"
NAMES = {"ChannelGroupName": "doors", "ChannelName": "live"}
ENDPOINT = {**NAMES, "OriginEndpointName": "hls"}


class Doors:
    """An endpoint with one segment, asked as an origin's gate asks: in this process."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.cloud = cloud
        self.package = cloud.client("mediapackagev2")
        self.package.create_channel_group(ChannelGroupName="doors")
        channel = self.package.create_channel(**NAMES, InputType="CMAF")
        manifests = [{"ManifestName": "index"}]
        settings = {"ContainerType": "CMAF", "HlsManifests": manifests, "Segment": {"SegmentDurationSeconds": 2}}
        self.endpoint = self.package.create_origin_endpoint(**ENDPOINT, **settings)
        self.url: str = self.endpoint["HlsManifests"][0]["Url"]
        origin, identity = cloud.server.part(MediaOrigin), cloud.server.part(Identity)
        for name, body in (("init.mp4", cmaf.header()), ("884000000.m4s", cmaf.segment(884_000_000))):
            origin.put(f"{channel['IngestEndpoints'][0]['Url']}_high_{name}", body, identity.administrator)

    def admit(self, principal: Any, condition: dict[str, Any]) -> None:
        statement = {
            "Effect": "Allow",
            "Principal": principal,
            "Action": "mediapackagev2:GetObject",
            "Resource": self.endpoint["Arn"],
            "Condition": condition,
        }
        document = {"Version": "2012-10-17", "Statement": [statement]}
        self.package.put_origin_endpoint_policy(**ENDPOINT, Policy=json.dumps(document))

    def get(self, *, secure: bool | None = None, source: str = "") -> int:
        """The status of the manifest, over TLS or not, signed by the edge for a distribution or not at all."""
        request = AWSRequest(method="GET", url=self.url)
        if source:
            made = self.cloud.server.part(Identity).open_service(EDGE, source_arn=source)
            keys = Credentials(made.access_key_id, made.secret_access_key, made.session_token)
            SigV4Auth(keys, "mediapackagev2", REGION).add_auth(request)
        base, _, path = self.url.partition("/out/")
        environ = EnvironBuilder(f"/out/{path}", base, headers=dict(request.headers)).get_environ()
        if secure is not None:
            environ[SECURE_TRANSPORT] = secure
        _, status, _ = run_wsgi_app(self.cloud.server, environ)
        return int(status.split()[0])


@pytest.fixture(scope="module")
def doors(cloud: RunningCloud) -> Iterator[Doors]:
    made = Doors(cloud)
    yield made
    made.package.delete_origin_endpoint(**ENDPOINT)
    made.package.delete_channel(**NAMES)
    made.package.delete_channel_group(ChannelGroupName="doors")


def test_a_policy_may_ask_for_tls(doors: Doors) -> None:
    doors.admit("*", {"Bool": {"aws:SecureTransport": "true"}})
    assert doors.get(secure=True) == 200
    assert doors.get(secure=False) == 403


def test_a_policy_may_ask_for_one_distribution(doors: Doors) -> None:
    """Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/
    private-content-restricting-access-to-mediapackage.html"""
    doors.admit({"Service": EDGE}, {"StringEquals": {"aws:SourceArn": DISTRIBUTION}})
    assert doors.get(source=DISTRIBUTION) == 200
    assert doors.get(source=f"{DISTRIBUTION}2") == 403
    assert doors.get() == 403


def test_faults_hit_content_too(doors: Doors) -> None:
    doors.admit("*", {})
    faults = doors.cloud.server.part(Faults)
    with faults.during("region-gone", region=REGION):
        assert doors.get() == 503
    url = doors.package.get_channel(**NAMES)["IngestEndpoints"][0]["Url"]
    with faults.during("error", service="mediapackagev2"):
        assert doors.get() == 503
        who = doors.cloud.server.part(Identity).administrator
        with pytest.raises(IngestError) as raised:
            doors.cloud.server.part(MediaOrigin).put(f"{url}_high_init.mp4", cmaf.header(), who)
        assert raised.value.status == 503
    assert doors.get() == 200
