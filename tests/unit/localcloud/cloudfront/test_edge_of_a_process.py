"""The edge of a local cloud in a process of its own: found, broken, looked into, and gone with the process."""

from __future__ import annotations

import http.client
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headend.errors import HeadendError
from headend.localcloud.launcher import LocalCloud
from running_cloud import until

PAGE = "function handler() { return { statusCode: 200, body: 'here' } }"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


def distribution(cloud: LocalCloud) -> dict[str, Any]:
    """A distribution that answers by itself; where it is."""
    client = cloud.client("cloudfront")
    config = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    made = client.create_function(Name="here", FunctionConfig=config, FunctionCode=PAGE.encode())
    client.publish_function(Name="here", IfMatch=made["ETag"])
    arn = made["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
    origin = {"Id": "a", "DomainName": "a.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    behavior = {
        "TargetOriginId": "a",
        "ViewerProtocolPolicy": "allow-all",
        "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        "FunctionAssociations": {"Quantity": 1, "Items": [{"EventType": "viewer-request", "FunctionARN": arn}]},
    }
    asked = {
        "CallerReference": "here",
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": behavior,
    }
    identifier = client.create_distribution(DistributionConfig=asked)["Distribution"]["Id"]
    (place,) = [one for one in cloud.edges() if one["id"] == identifier]
    return place


def test_an_edge_is_found_and_tells_whom_it_served(running: LocalCloud) -> None:
    place = distribution(running)
    connection = http.client.HTTPConnection("127.0.0.1", place["port"], timeout=30)
    connection.request("GET", "/any", headers={"User-Agent": "player"})
    assert connection.getresponse().read() == b"here"
    connection.close()
    (entry,) = running.edge_log()
    assert (entry["target"], entry["result"], entry["viewer"]) == ("/any", "FunctionGeneratedResponse", "player")
    assert running.edge_log(entry["seq"]) == []


def test_faults_of_origins_begin_and_end(running: LocalCloud) -> None:
    fault = running.add_origin_fault("refuse", region="eu-west-1")
    assert running.origins()["faults"] == [fault]
    with pytest.raises(HeadendError, match="kind is one of"):
        running.add_origin_fault("explode", host="*")
    assert running.clear_origin_faults(fault["id"]) == [fault["id"]]
    assert running.clear_origin_faults() == []


def test_an_origin_is_found_by_its_host_name(running: LocalCloud) -> None:
    bucket = running.client("s3")
    bucket.create_bucket(Bucket="private", CreateBucketConfiguration={"LocationConstraint": running.region})
    bucket.put_object(Bucket="private", Key="a", Body=b"a")
    connection = http.client.HTTPConnection(
        *running.origin_address("private.s3.eu-central-1.amazonaws.com"), timeout=30
    )
    connection.request("GET", "/a")
    assert connection.getresponse().status == 403, "nobody has signed"
    connection.close()
    with pytest.raises(HeadendError, match="nobody stands for www"):
        running.origin_address("www.example.com")


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_no_edge_outlives_its_local_cloud(tmp_path: Path, by: signal.Signals) -> None:
    with LocalCloud(tmp_path) as cloud:
        port = distribution(cloud)["port"]
        os.kill(cloud.pid, by)

        def refused() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) != 0

        until(refused)


def test_what_cloudfront_holds_is_in_the_inventory(tmp_path: Path) -> None:
    with LocalCloud(tmp_path) as cloud:
        client = cloud.client("cloudfront")
        assert cloud.inventory() == []
        client.create_key_value_store(Name="one")
        place = distribution(cloud)
        assert {(one["type"], one["id"]) for one in cloud.inventory()} >= {("Distribution", _arn(client, place["id"]))}
        assert {one["type"] for one in cloud.inventory()} == {"Distribution", "Function", "KeyValueStore"}


def _arn(client: Any, identifier: str) -> str:
    return str(client.get_distribution(Id=identifier)["Distribution"]["ARN"])
