"""What MediaPackage V2's API does with groups, channels, endpoints and policies, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.rejection import unchecked
from running_cloud import RunningCloud

REFERENCE = "mediapackage/latest/APIReference/"
ENDPOINT = f"{REFERENCE}API_CreateOriginEndpoint.html"
CHANNEL = f"{REFERENCE}API_CreateChannel.html"
POLICIES = "mediapackage/latest/userguide/policies-permissions.html"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def group(cloud: RunningCloud) -> Iterator[str]:
    """A group with a CMAF channel, one that is not locked, and an HLS channel."""
    package = cloud.client("mediapackagev2")
    package.create_channel_group(ChannelGroupName="rules")
    package.create_channel(ChannelGroupName="rules", ChannelName="cmaf", InputType="CMAF")
    package.create_channel(
        ChannelGroupName="rules", ChannelName="free", InputType="CMAF", OutputLockingMode="NON_EPOCH_LOCKED"
    )
    package.create_channel(ChannelGroupName="rules", ChannelName="hls")
    yield "rules"
    for name in ("cmaf", "free", "hls"):
        package.delete_channel(ChannelGroupName="rules", ChannelName=name)
    package.delete_channel_group(ChannelGroupName="rules")


def marked(behaviour: str, source: str, *values: Any, limits: str = "") -> Any:
    mark = pytest.mark.contract(behaviour, source=f"https://docs.aws.amazon.com/{source}", limits=limits)
    return pytest.param(*values, marks=mark, id=behaviour.replace(" ", "-"))


@pytest.mark.contract(
    "A channel takes HLS unless it is told otherwise; a CMAF channel is locked to the epoch by default",
    source=f"https://docs.aws.amazon.com/{CHANNEL}",
)
def test_defaults_of_channels(cloud: RunningCloud, group: str) -> None:
    package = cloud.client("mediapackagev2")
    shown = {name: package.get_channel(ChannelGroupName=group, ChannelName=name) for name in ("cmaf", "free", "hls")}
    assert {name: one["InputType"] for name, one in shown.items()} == {"cmaf": "CMAF", "free": "CMAF", "hls": "HLS"}
    assert shown["cmaf"]["OutputLockingMode"] == "EPOCH_LOCKED"
    assert shown["free"]["OutputLockingMode"] == "NON_EPOCH_LOCKED"
    assert "OutputLockingMode" not in shown["hls"]
    assert [one["Id"] for one in shown["cmaf"]["IngestEndpoints"]] == ["1", "2"]


@pytest.mark.contract(
    "An endpoint's manifests are below the group's egress domain, by group, channel, endpoint and manifest name",
    source=f"https://docs.aws.amazon.com/{ENDPOINT}",
)
def test_urls_of_an_endpoint(cloud: RunningCloud, group: str) -> None:
    package = cloud.client("mediapackagev2")
    names = {"ChannelGroupName": group, "ChannelName": "cmaf", "OriginEndpointName": "urls"}
    made = package.create_origin_endpoint(**names, ContainerType="CMAF", HlsManifests=[{"ManifestName": "index"}])
    domain = package.get_channel_group(ChannelGroupName=group)["EgressDomain"]
    assert made["HlsManifests"][0]["Url"] == f"https://{domain}/out/v1/{group}/cmaf/urls/index.m3u8"
    assert made["Segment"]["SegmentDurationSeconds"] == 6
    listed = package.list_origin_endpoints(ChannelGroupName=group, ChannelName="cmaf")["Items"]
    assert [one["OriginEndpointName"] for one in listed] == ["urls"]
    with pytest.raises(ClientError) as raised:
        package.delete_channel(ChannelGroupName=group, ChannelName="cmaf")
    assert raised.value.response["ConflictExceptionType"] == "RESOURCE_IN_USE"
    package.delete_origin_endpoint(**names)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        package.get_origin_endpoint(**names)


@pytest.mark.contract(
    "An update that names an entity tag is refused when there was another one meanwhile",
    source=f"https://docs.aws.amazon.com/{REFERENCE}API_UpdateChannel.html",
)
def test_entity_tags(cloud: RunningCloud, group: str) -> None:
    package = cloud.client("mediapackagev2")
    names = {"ChannelGroupName": group, "ChannelName": "cmaf"}
    before = package.get_channel(**names)["ETag"]
    package.update_channel(**names, ETag=before, Description="first")
    with pytest.raises(ClientError, match="ConflictException"):
        package.update_channel(**names, ETag=before, Description="second")
    assert package.get_channel(**names)["Description"] == "first"


ERRORS = {"ForceEndpointErrorConfiguration": {"EndpointErrorConditions": ["STALE_MANIFEST"]}}
HLS = {"HlsManifests": [{"ManifestName": "index"}]}
DASH = {"DashManifests": [{"ManifestName": "index"}]}


@pytest.mark.parametrize(
    ("channel", "asked", "kind"),
    [
        marked(
            "Forced errors on an HLS channel",
            ENDPOINT,
            "hls",
            {"ContainerType": "TS", **HLS, **ERRORS},
            "ONLY_CMAF_INPUT_TYPE_ALLOW_FORCE_ENDPOINT_ERROR_CONFIGURATION",
        ),
        marked(
            "Forced errors on a channel that is not locked",
            ENDPOINT,
            "free",
            {"ContainerType": "CMAF", **HLS, **ERRORS},
            "NON_EPOCH_LOCKED_WITH_FORCE_ENDPOINT_ERROR_CONFIGURATION",
        ),
        marked(
            "A DASH manifest of TS segments",
            ENDPOINT,
            "cmaf",
            {"ContainerType": "TS", **DASH},
            "TS_CONTAINER_TYPE_WITH_DASH_MANIFEST",
        ),
        marked(
            "One name for two manifests",
            ENDPOINT,
            "cmaf",
            {"ContainerType": "CMAF", **HLS, "LowLatencyHlsManifests": [{"ManifestName": "index"}]},
            "MANIFEST_NAME_COLLISION",
        ),
        marked(
            "Stream names of HLS input on a CMAF channel",
            ENDPOINT,
            "cmaf",
            {"ContainerType": "CMAF", "StreamNameOutputMode": "PASSTHROUGH_NAME"},
            "ONLY_HLS_INPUT_TYPE_ALLOW_STREAM_NAME_OUTPUT_MODE",
        ),
        marked(
            "An error condition that there is not",
            ENDPOINT,
            "cmaf",
            {
                "ContainerType": "CMAF",
                "ForceEndpointErrorConfiguration": {"EndpointErrorConditions": ["OLD_MANIFEST"]},
            },
            "MEMBER_INVALID_ENUM_VALUE",
        ),
        marked(
            "Segments of no duration",
            ENDPOINT,
            "cmaf",
            {"ContainerType": "CMAF", "Segment": {"SegmentDurationSeconds": 0}},
            "MEMBER_MIN_VALUE",
        ),
    ],
)
def test_an_endpoint_is_refused(cloud: RunningCloud, group: str, channel: str, asked: Json, kind: str) -> None:
    names = {"ChannelGroupName": group, "ChannelName": channel, "OriginEndpointName": "bad"}
    with pytest.raises(ClientError) as raised:
        unchecked(cloud, "mediapackagev2").create_origin_endpoint(**names, **asked)
    assert raised.value.response["Error"]["Code"] == "ValidationException"
    assert raised.value.response["ValidationExceptionType"] == kind


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        marked(
            "A locking mode on an HLS channel",
            CHANNEL,
            {"OutputLockingMode": "EPOCH_LOCKED"},
            "ONLY_CMAF_INPUT_TYPE_ALLOW_OUTPUT_LOCKING_MODE",
        ),
        marked(
            "Switching by quality on an HLS channel",
            CHANNEL,
            {"InputSwitchConfiguration": {"MQCSInputSwitching": True}},
            "ONLY_CMAF_INPUT_TYPE_ALLOW_MQCS_INPUT_SWITCHING",
        ),
    ],
)
def test_a_channel_is_refused(cloud: RunningCloud, group: str, asked: Json, kind: str) -> None:
    with pytest.raises(ClientError) as raised:
        cloud.client("mediapackagev2").create_channel(ChannelGroupName=group, ChannelName="bad", **asked)
    assert raised.value.response["ValidationExceptionType"] == kind


def policy(resource: str, **more: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "mediapackagev2:PutObject",
        "Resource": resource,
        **more,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.contract(
    "A channel's policy is kept as it was given, and names that channel without wildcards",
    source=f"https://docs.aws.amazon.com/{POLICIES}",
)
def test_policies(cloud: RunningCloud, group: str) -> None:
    package = cloud.client("mediapackagev2")
    names = {"ChannelGroupName": group, "ChannelName": "cmaf"}
    arn = package.get_channel(**names)["Arn"]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        package.get_channel_policy(**names)
    package.put_channel_policy(**names, Policy=policy(arn))
    assert json.loads(package.get_channel_policy(**names)["Policy"]) == json.loads(policy(arn))
    for bad in (policy("*"), policy(f"{arn}*"), "{}"):
        with pytest.raises(ClientError) as raised:
            package.put_channel_policy(**names, Policy=bad)
        assert raised.value.response["ValidationExceptionType"] == "INVALID_POLICY"
    package.delete_channel_policy(**names)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        package.get_channel_policy(**names)


@pytest.mark.contract(
    "A name is used once, and quotas bound groups of a Region and channels of a group",
    source="https://docs.aws.amazon.com/mediapackage/latest/userguide/quotas.html",
    limits="with the quotas of a new account: 3 groups, 10 channels",
)
def test_names_and_quotas(cloud: RunningCloud, group: str) -> None:
    package = cloud.client("mediapackagev2")
    with pytest.raises(ClientError) as raised:
        package.create_channel_group(ChannelGroupName=group)
    assert raised.value.response["ConflictExceptionType"] == "RESOURCE_ALREADY_EXISTS"
    more = ["rules-2", "rules-3"]
    for name in more:
        package.create_channel_group(ChannelGroupName=name)
    with pytest.raises(ClientError, match="ServiceQuotaExceededException"):
        package.create_channel_group(ChannelGroupName="rules-4")
    for name in more:
        package.delete_channel_group(ChannelGroupName=name)
    package.delete_channel_group(ChannelGroupName="rules-2")  # deleting what is not there is no error
