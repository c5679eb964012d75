"""CloudFront's API: versions, states, what is in use, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from contract.cloudfront_stage import (
    Json,
    Stage,
    behavior,
    buckets,
    cache_policy,
    configuration,
    control,
    listed,
    some_name,
    stage,
)
from headend.localcloud import ACCOUNT_ID
from running_cloud import REGION, RunningCloud, until

REFERENCE = "https://docs.aws.amazon.com/cloudfront/latest/APIReference"
GUIDE = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide"
Change = Callable[[Json], object]


@pytest.fixture(scope="module")
def made(cloud: RunningCloud) -> Stage:
    return stage(cloud)


def code_of(refused: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = refused.value.response
    return response["Error"]["Code"], int(response["ResponseMetadata"]["HTTPStatusCode"])


@pytest.mark.contract(
    "A change names the version it changes: none is InvalidIfMatchVersion, an old one PreconditionFailed",
    source=f"{REFERENCE}/API_UpdateDistribution.html",
)
def test_a_change_names_its_version(made: Stage) -> None:
    got = made.client.get_distribution_config(Id=made.identifier)
    change = {"Id": made.identifier, "DistributionConfig": got["DistributionConfig"]}
    with pytest.raises(ClientError) as refused:
        made.client.update_distribution(**change)
    assert code_of(refused) == ("InvalidIfMatchVersion", 400)
    new = made.client.update_distribution(IfMatch=got["ETag"], **change)
    assert new["ETag"] != got["ETag"]
    with pytest.raises(ClientError) as refused:
        made.client.update_distribution(IfMatch=got["ETag"], **change)
    assert code_of(refused) == ("PreconditionFailed", 412)


@pytest.mark.contract("A configuration is answered as it was given", source=f"{REFERENCE}/API_GetDistribution.html")
def test_a_configuration_is_kept(made: Stage) -> None:
    kept = made.client.get_distribution_config(Id=made.identifier)["DistributionConfig"]
    assert kept["OriginGroups"] == made.config["OriginGroups"]
    assert kept["DefaultCacheBehavior"]["TargetOriginId"] == "both"
    assert [one["ConnectionAttempts"] for one in kept["Origins"]["Items"]] == [1, 1]
    assert kept["CustomErrorResponses"]["Quantity"] == 6


@pytest.mark.contract(
    "A change is InProgress, then Deployed", source=f"{GUIDE}/HowToUpdateDistribution.html", limits="In a second."
)
def test_a_change_is_deployed(made: Stage) -> None:
    def status() -> str:
        return str(made.client.get_distribution(Id=made.identifier)["Distribution"]["Status"])

    made.cloud.server.clock.pause()
    try:
        made.update(Comment="changed")
        assert status() == "InProgress"
        made.cloud.step(2)
        assert status() == "Deployed"
    finally:
        made.cloud.server.clock.resume()


@pytest.mark.contract(
    "Only a disabled and deployed distribution can be deleted", source=f"{REFERENCE}/API_DeleteDistribution.html"
)
def test_deletion_needs_a_disabled_distribution(cloud: RunningCloud) -> None:
    one = stage(cloud)
    client, identifier = one.client, one.identifier
    with pytest.raises(ClientError) as refused:
        client.delete_distribution(Id=identifier, IfMatch=client.get_distribution(Id=identifier)["ETag"])
    assert code_of(refused) == ("DistributionNotDisabled", 409)
    one.update(Enabled=False)
    client.get_waiter("distribution_deployed").wait(Id=identifier, WaiterConfig={"Delay": 1})
    client.delete_distribution(Id=identifier, IfMatch=client.get_distribution(Id=identifier)["ETag"])
    with pytest.raises(ClientError) as refused:
        client.get_distribution(Id=identifier)
    assert code_of(refused) == ("NoSuchDistribution", 404)


def origin(config: Json, **changes: Any) -> Json:
    config["Origins"]["Items"][0].update(changes)
    return config


def default(config: Json, **changes: Any) -> Json:
    config["DefaultCacheBehavior"].update(changes)
    return config


def group(config: Json) -> Json:
    found: Json = config["OriginGroups"]["Items"][0]
    return found


WRITING = {**listed("GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"), "CachedMethods": listed("GET", "HEAD")}
NO_FUNCTION = listed({"EventType": "viewer-request", "FunctionARN": f"arn:aws:cloudfront::{ACCOUNT_ID}:function/none"})
REFUSED: dict[str, tuple[Change, str, str]] = {
    "a target that is not there": (lambda c: default(c, TargetOriginId="x"), "NoSuchOrigin", "API_CacheBehavior.html"),
    "a member that is not there": (
        lambda c: group(c)["Members"]["Items"][1].update(OriginId="x"),
        "NoSuchOrigin",
        "API_OriginGroupMembers.html",
    ),
    "a group of one origin twice": (
        lambda c: group(c).update(Members=listed({"OriginId": "first"}, {"OriginId": "first"})),
        "InvalidArgument",
        "API_OriginGroupMembers.html",
    ),
    "a status code without failover": (
        lambda c: group(c)["FailoverCriteria"].update(StatusCodes=listed(401)),
        "InvalidArgument",
        "API_StatusCodes.html",
    ),
    "writing to a group": (lambda c: default(c, AllowedMethods=WRITING), "InvalidArgument", "API_AllowedMethods.html"),
    "no connection attempts": (lambda c: origin(c, ConnectionAttempts=0), "InvalidArgument", "API_Origin.html"),
    "four connection attempts": (lambda c: origin(c, ConnectionAttempts=4), "InvalidArgument", "API_Origin.html"),
    "a connection timeout of 11": (lambda c: origin(c, ConnectionTimeout=11), "InvalidArgument", "API_Origin.html"),
    "a read timeout of 0": (
        lambda c: origin(c, S3OriginConfig={"OriginAccessIdentity": "", "OriginReadTimeout": 0}),
        "InvalidOriginReadTimeout",
        "API_S3OriginConfig.html",
    ),
    "a bucket that is none": (lambda c: origin(c, DomainName="example.com"), "InvalidArgument", "API_Origin.html"),
    "an unknown access control": (
        lambda c: origin(c, OriginAccessControlId="E00000000000"),
        "InvalidOriginAccessControl",
        "API_Origin.html",
    ),
    "an unknown cache policy": (lambda c: default(c, CachePolicyId="x"), "NoSuchCachePolicy", "API_CacheBehavior.html"),
    "an unknown response headers policy": (
        lambda c: default(c, ResponseHeadersPolicyId="x"),
        "NoSuchResponseHeadersPolicy",
        "API_CacheBehavior.html",
    ),
    "a function that is not there": (
        lambda c: default(c, FunctionAssociations=NO_FUNCTION),
        "InvalidFunctionAssociation",
        "API_FunctionAssociation.html",
    ),
    "an error response for 418": (
        lambda c: c.update(CustomErrorResponses=listed({"ErrorCode": 418, "ErrorCachingMinTTL": 0})),
        "InvalidErrorCode",
        "API_CustomErrorResponse.html",
    ),
}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(
            change,
            code,
            id=name.replace(" ", "-"),
            marks=pytest.mark.contract(f"A distribution with {name} is refused", source=f"{REFERENCE}/{page}"),
        )
        for name, (change, code, page) in REFUSED.items()
    ],
)
def test_what_a_distribution_cannot_have(cloud: RunningCloud, change: Change, code: str) -> None:
    config = configuration(buckets(cloud), control(cloud), cache_policy(cloud, (0, 0, 60)))
    change(config)
    with pytest.raises(ClientError) as refused:
        cloud.client("cloudfront").create_distribution(DistributionConfig=config)
    assert code_of(refused)[0] == code


def test_what_the_edge_lacks_is_refused_and_not_passed_over(cloud: RunningCloud) -> None:
    config = configuration(buckets(cloud), control(cloud), cache_policy(cloud, (0, 0, 60)), WebACLId="some")
    with pytest.raises(ClientError, match="no web ACL"):
        cloud.client("cloudfront").create_distribution(DistributionConfig=config)


@pytest.mark.contract(
    "Policies and access controls that a distribution uses cannot be deleted",
    source=f"{REFERENCE}/API_DeleteCachePolicy.html",
)
def test_what_is_in_use_stays(made: Stage) -> None:
    client = made.client
    used = made.config["DefaultCacheBehavior"]["CachePolicyId"]
    with pytest.raises(ClientError) as refused:
        client.delete_cache_policy(Id=used, IfMatch=client.get_cache_policy(Id=used)["ETag"])
    assert code_of(refused) == ("CachePolicyInUse", 409)
    access = made.config["Origins"]["Items"][0]["OriginAccessControlId"]
    with pytest.raises(ClientError) as refused:
        client.delete_origin_access_control(Id=access, IfMatch=client.get_origin_access_control(Id=access)["ETag"])
    assert code_of(refused) == ("OriginAccessControlInUse", 409)


@pytest.mark.contract("The times of a cache policy are in order", source=f"{REFERENCE}/API_CachePolicyConfig.html")
def test_times_of_a_cache_policy(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError) as refused:
        cache_policy(cloud, (10, 5, 20))
    assert code_of(refused)[0] == "InvalidArgument"


@pytest.mark.contract(
    "Managed policies are there and cannot be changed", source=f"{GUIDE}/using-managed-cache-policies.html"
)
def test_managed_policies(cloud: RunningCloud) -> None:
    client, disabled = cloud.client("cloudfront"), "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    names = {one["CachePolicy"]["Id"] for one in client.list_cache_policies(Type="managed")["CachePolicyList"]["Items"]}
    assert disabled in names
    got = client.get_cache_policy(Id=disabled)
    assert got["CachePolicy"]["CachePolicyConfig"]["MaxTTL"] == 0
    with pytest.raises(ClientError) as refused:
        client.delete_cache_policy(Id=disabled, IfMatch=got["ETag"])
    assert code_of(refused)[0] == "AccessDenied"


CODE = b"function handler(event) { return event.request }"


@pytest.mark.contract(
    "A function is changed in development, and live is what was published last",
    source=f"{REFERENCE}/API_PublishFunction.html",
)
def test_stages_of_a_function(cloud: RunningCloud) -> None:
    client, name = cloud.client("cloudfront"), some_name("f")
    config = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    made = client.create_function(Name=name, FunctionConfig=config, FunctionCode=CODE)
    with pytest.raises(ClientError) as refused:
        client.describe_function(Name=name, Stage="LIVE")
    assert code_of(refused)[0] == "NoSuchFunctionExists"
    client.publish_function(Name=name, IfMatch=made["ETag"])
    client.update_function(Name=name, IfMatch=made["ETag"], FunctionConfig=config, FunctionCode=CODE + b" ")
    assert client.get_function(Name=name, Stage="LIVE")["FunctionCode"].read() == CODE
    assert client.get_function(Name=name)["FunctionCode"].read() == CODE + b" "


@pytest.mark.contract("A function is tested on an event", source=f"{GUIDE}/test-function.html")
def test_a_function_is_tested(cloud: RunningCloud) -> None:
    client, name = cloud.client("cloudfront"), some_name("f")
    code = b"function handler(event) { console.log('seen'); event.request.uri = '/b'; return event.request }"
    config = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    made = client.create_function(Name=name, FunctionConfig=config, FunctionCode=code)
    empty: Json = {"headers": {}, "cookies": {}, "querystring": {}}
    event = {"version": "1.0", "context": {"eventType": "viewer-request"}, "request": {"method": "GET", "uri": "/a"}}
    event["request"] |= empty  # type: ignore[operator]
    got = client.test_function(Name=name, IfMatch=made["ETag"], EventObject=json.dumps(event).encode())["TestResult"]
    assert json.loads(got["FunctionOutput"])["request"]["uri"] == "/b"
    assert (got["FunctionExecutionLogs"], got["FunctionErrorMessage"]) == (["seen"], "")


@pytest.mark.contract("A function has at most 10 KB", source=f"{GUIDE}/cloudfront-limits.html#limits-functions")
def test_the_size_of_a_function(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError) as refused:
        cloud.client("cloudfront").create_function(
            Name=some_name("f"),
            FunctionConfig={"Comment": "", "Runtime": "cloudfront-js-2.0"},
            FunctionCode=CODE + b" " * 10240,
        )
    assert code_of(refused) == ("FunctionSizeLimitExceeded", 413)


@pytest.mark.contract(
    "A function in use by a distribution, and a store in use by a function, cannot be deleted",
    source=f"{REFERENCE}/API_DeleteKeyValueStore.html",
)
def test_functions_and_stores_in_use(made: Stage) -> None:
    client, name = made.client, some_name("f")
    store = client.create_key_value_store(Name=name)
    until(lambda: client.describe_key_value_store(Name=name)["KeyValueStore"]["Status"] == "READY")
    associated = listed({"KeyValueStoreARN": store["KeyValueStore"]["ARN"]})
    config = {"Comment": "", "Runtime": "cloudfront-js-2.0", "KeyValueStoreAssociations": associated}
    got = client.create_function(Name=name, FunctionConfig=config, FunctionCode=CODE)
    client.publish_function(Name=name, IfMatch=got["ETag"])
    with pytest.raises(ClientError) as refused:
        client.delete_key_value_store(Name=name, IfMatch=store["ETag"])
    assert code_of(refused)[0] == "CannotDeleteEntityWhileInUse"
    arn = got["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
    runs = listed({"EventType": "viewer-request", "FunctionARN": arn})
    made.update(DefaultCacheBehavior=behavior(cache_policy(made.cloud, (0, 0, 3600)), FunctionAssociations=runs))
    with pytest.raises(ClientError) as refused:
        client.delete_function(Name=name, IfMatch=got["ETag"])
    assert code_of(refused) == ("FunctionInUse", 409)
    made.update(DefaultCacheBehavior=behavior(cache_policy(made.cloud, (0, 0, 3600))))
    client.delete_function(Name=name, IfMatch=got["ETag"])
    client.delete_key_value_store(Name=name, IfMatch=store["ETag"])


@pytest.mark.contract("Distributions have tags", source=f"{REFERENCE}/API_TagResource.html")
def test_tags(made: Stage) -> None:
    client = made.client
    client.tag_resource(Resource=made.arn, Tags={"Items": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]})
    client.untag_resource(Resource=made.arn, TagKeys={"Items": ["a"]})
    assert client.list_tags_for_resource(Resource=made.arn)["Tags"]["Items"] == [{"Key": "b", "Value": "2"}]


@pytest.mark.contract(
    "Requests to CloudFront need its permissions",
    source="https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfront.html",
)
def test_permissions(cloud: RunningCloud) -> None:
    allow = {"Effect": "Allow", "Action": "cloudfront:ListDistributions", "Resource": "*"}
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, "Action": "sts:AssumeRole"}
    documents = [{"Version": "2012-10-17", "Statement": [statement]} for statement in (allow, trust)]
    role = cloud.role(some_name("r"), *documents)
    got = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="edge")["Credentials"]
    client = boto3.client(
        "cloudfront",
        region_name=REGION,
        endpoint_url=cloud.server.endpoint,
        aws_access_key_id=got["AccessKeyId"],
        aws_secret_access_key=got["SecretAccessKey"],
        aws_session_token=got["SessionToken"],
    )
    assert "DistributionList" in client.list_distributions()
    with pytest.raises(ClientError) as refused:
        client.list_functions()
    assert code_of(refused) == ("AccessDenied", 403)
