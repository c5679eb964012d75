"""Distributions over buckets, and viewers of them."""

from __future__ import annotations

import copy
import hashlib
import http.client
import json
import ssl
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from headend.localcloud.cloudfront.edge import Edge
from headend.localcloud.origins.gates import Gates
from running_cloud import REGION, RunningCloud, until

Json = dict[str, Any]
REGIONS = ("eu-central-1", "eu-west-1")
PATIENT = 10
"""Seconds: the longest connection timeout that CloudFront has."""
FAILOVER = [403, 404, 429, 500, 502, 503, 504]
NONE: Json = {
    "EnableAcceptEncodingGzip": False,
    "EnableAcceptEncodingBrotli": False,
    "HeadersConfig": {"HeaderBehavior": "none"},
    "CookiesConfig": {"CookieBehavior": "none"},
    "QueryStringsConfig": {"QueryStringBehavior": "none"},
}


def listed(*values: Any) -> Json:
    """One of CloudFront's lists."""
    return {"Quantity": len(values), "Items": list(values)} if values else {"Quantity": 0}


def some_name(prefix: str = "n") -> str:
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


@cache
def s3_client(endpoint: str, region: str) -> Any:
    """A client of S3 in a Region."""
    return boto3.client(
        "s3",
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(s3={"addressing_style": "path"}),
    )


@dataclass
class Answer:
    """What a viewer got; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def cache(self) -> str:
        """The first word of X-Cache."""
        return self.headers["x-cache"].split()[0]

    @property
    def origin(self) -> str:
        """The id of the origin that served it."""
        return self.headers.get("x-headend-origin", "")


@dataclass
class Stage:
    """Two buckets in two Regions and a distribution over them. `first` and `second` are the origins' ids too."""

    cloud: RunningCloud
    buckets: dict[str, str]
    identifier: str = ""
    arn: str = ""
    domain: str = ""
    config: Json = field(default_factory=dict)
    hurried: set[str] = field(default_factory=set)

    @property
    def client(self) -> Any:
        return self.cloud.client("cloudfront")

    def region(self, origin: str) -> str:
        """The Region of an origin."""
        return REGIONS[list(self.buckets).index(origin)]

    def s3(self, origin: str) -> Any:
        """S3's client in the Region of an origin."""
        return s3_client(self.cloud.client("cloudfront").meta.endpoint_url, self.region(origin))

    def host(self, origin: str) -> str:
        """The host name of an origin."""
        return f"{self.buckets[origin]}.s3.{self.region(origin)}.amazonaws.com"

    def put(self, origin: str, key: str, body: str, **more: str) -> None:
        self.s3(origin).put_object(Bucket=self.buckets[origin], Key=key, Body=body.encode(), **more)

    def remove(self, origin: str, key: str) -> None:
        self.s3(origin).delete_object(Bucket=self.buckets[origin], Key=key)

    def admit(self, *origins: str, listing: bool = True, source: str = "") -> None:
        """Let the distribution, over TLS only, read the buckets, as AWS's page on origin access control has it."""
        for origin in origins or tuple(self.buckets):
            bucket = f"arn:aws:s3:::{self.buckets[origin]}"
            only = {"StringEquals": {"AWS:SourceArn": source or self.arn}}
            edge = {"Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}, "Condition": only}
            statements = [{**edge, "Action": "s3:GetObject", "Resource": f"{bucket}/*"}]
            if listing:
                statements.append({**edge, "Action": "s3:ListBucket", "Resource": bucket})
            plain = {"Bool": {"aws:SecureTransport": "false"}}
            deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Condition": plain}
            statements.append({**deny, "Resource": [bucket, f"{bucket}/*"]})
            document = {"Version": "2012-10-17", "Statement": statements}
            self.s3(origin).put_bucket_policy(Bucket=self.buckets[origin], Policy=json.dumps(document))

    def update(self, **changes: Any) -> None:
        """Change the distribution's configuration."""
        got = self.client.get_distribution_config(Id=self.identifier)
        self.config = {**got["DistributionConfig"], **changes}
        self.client.update_distribution(Id=self.identifier, IfMatch=got["ETag"], DistributionConfig=self.config)

    def get(
        self, path: str, method: str = "GET", *, secure: bool = True, body: bytes | None = None, **headers: str
    ) -> Answer:
        """Ask the edge as a viewer; `_` in a header's name stands for `-`."""
        (place,) = [one for one in self.cloud.server.part(Edge).described() if one["id"] == self.identifier]
        connection: http.client.HTTPConnection
        if secure:
            trust = ssl.create_default_context(cafile=place["ca_file"])
            connection = http.client.HTTPSConnection("127.0.0.1", place["port"], timeout=60, context=trust)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", place["port"], timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body=body, headers={"Host": self.domain, **named})
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def fault(self, kind: str, origin: str, **more: Any) -> None:
        """Begin a fault of an origin; `mend` ends all.

        Only an origin that does not answer is waited for as short as CloudFront allows: a busy machine is no fault.
        """
        if kind == "hang":
            self.wait_for(origin, read=1)
        if kind == "unreachable":
            self.wait_for(origin, connect=1)
        self.cloud.server.part(Gates).faults.add({"kind": kind, "host": self.host(origin), **more})

    def pass_time(self, seconds: float) -> None:
        """Let `seconds` pass for the edge's cache, whose clock stands still from then on but for this."""
        requests = self.cloud.server.part(Edge).requests
        after = requests.now() + seconds
        requests.now = lambda: after

    def mend(self) -> None:
        self.cloud.server.part(Gates).faults.end()
        for origin in list(self.hurried):
            self.wait_for(origin)
        self.hurried.clear()

    def wait_for(self, origin: str, connect: int = PATIENT, read: int = PATIENT) -> None:
        """How long the edge waits for an origin, in seconds."""
        got = self.client.get_distribution_config(Id=self.identifier)["DistributionConfig"]
        for one in got["Origins"]["Items"]:
            if one["Id"] == origin:
                one["ConnectionTimeout"] = connect
                one["S3OriginConfig"]["OriginReadTimeout"] = read
        self.update(Origins=got["Origins"])
        self.hurried.add(origin)

    def asked(self, origin: str) -> int:
        """How many requests an origin has been sent."""
        gates = {one["host"]: one["requests"] for one in self.cloud.server.part(Gates).described()}
        return int(gates.get(self.host(origin), 0))


def cache_policy(cloud: RunningCloud, times: tuple[int, int, int], **key: Json) -> str:
    """The id of a cache policy: one for all that ask for the same; `times` are minimum, default and maximum."""
    least, usual, most = times
    wanted = {**NONE, **key}
    name = f"cache-{hashlib.sha256(json.dumps([times, wanted]).encode()).hexdigest()[:12]}"
    client = cloud.client("cloudfront")
    try:
        made = client.create_cache_policy(
            CachePolicyConfig={
                "Name": name,
                "MinTTL": least,
                "DefaultTTL": usual,
                "MaxTTL": most,
                "ParametersInCacheKeyAndForwardedToOrigin": wanted,
            }
        )
        return str(made["CachePolicy"]["Id"])
    except client.exceptions.CachePolicyAlreadyExists:
        known = client.list_cache_policies(Type="custom")["CachePolicyList"]["Items"]
        found = [one["CachePolicy"] for one in known]
        return next(str(one["Id"]) for one in found if one["CachePolicyConfig"]["Name"] == name)


def behavior(policy: str, target: str = "both", **more: Any) -> Json:
    """A cache behavior."""
    methods = {**listed("GET", "HEAD", "OPTIONS"), "CachedMethods": listed("GET", "HEAD")}
    return {
        "TargetOriginId": target,
        "ViewerProtocolPolicy": "allow-all",
        "AllowedMethods": methods,
        "Compress": False,
        "CachePolicyId": policy,
        **more,
    }


def control(cloud: RunningCloud, behavior: str = "always") -> str:
    """A new origin access control's id."""
    made = cloud.client("cloudfront").create_origin_access_control(
        OriginAccessControlConfig={
            "Name": some_name("oac"),
            "SigningProtocol": "sigv4",
            "SigningBehavior": behavior,
            "OriginAccessControlOriginType": "s3",
        }
    )
    return str(made["OriginAccessControl"]["Id"])


def configuration(stage: Stage, access: str, policy: str, **changes: Any) -> Json:
    """A distribution's configuration: two origins, a group, errors that are not kept."""
    origins = [
        {
            "Id": name,
            "DomainName": stage.host(name),
            "ConnectionAttempts": 1,
            "ConnectionTimeout": PATIENT,
            "OriginAccessControlId": access,
            "S3OriginConfig": {"OriginAccessIdentity": "", "OriginReadTimeout": PATIENT},
        }
        for name in stage.buckets
    ]
    members = [{"OriginId": name} for name in stage.buckets]
    group = {
        "Id": "both",
        "FailoverCriteria": {"StatusCodes": listed(*FAILOVER)},
        "Members": listed(*members),
    }
    errors = [{"ErrorCode": code, "ErrorCachingMinTTL": 0} for code in (403, 404, 500, 502, 503, 504)]
    return copy.deepcopy(
        {
            "CallerReference": some_name(),
            "Comment": "",
            "Enabled": True,
            "Origins": listed(*origins),
            "OriginGroups": listed(group),
            "DefaultCacheBehavior": behavior(policy),
            "CustomErrorResponses": listed(*errors),
            **changes,
        }
    )


def buckets(cloud: RunningCloud) -> Stage:
    """Two buckets, and nothing in front of them yet."""
    made = Stage(cloud, {"first": some_name("b"), "second": some_name("b")})
    for origin, name in made.buckets.items():
        place = {"LocationConstraint": made.region(origin)}
        made.s3(origin).create_bucket(Bucket=name, CreateBucketConfiguration=place)
    return made


def stage(cloud: RunningCloud, times: tuple[int, int, int] = (0, 0, 3600), **changes: Any) -> Stage:
    """Two buckets that a new distribution may read, over TLS."""
    made = buckets(cloud)
    made.config = configuration(made, control(cloud), cache_policy(cloud, times), **changes)
    got = cloud.client("cloudfront").create_distribution(DistributionConfig=made.config)["Distribution"]
    made.identifier, made.arn, made.domain = got["Id"], got["ARN"], got["DomainName"]
    made.admit()
    return made


def function(cloud: RunningCloud, code: str, *stores: str, publish: bool = True) -> str:
    """A new function's ARN."""
    client, config = cloud.client("cloudfront"), {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    if stores:
        config["KeyValueStoreAssociations"] = listed(*({"KeyValueStoreARN": one} for one in stores))
    name = some_name("f")
    got = client.create_function(Name=name, FunctionConfig=config, FunctionCode=code.encode())
    if publish:
        client.publish_function(Name=name, IfMatch=got["ETag"])
    return str(got["FunctionSummary"]["FunctionMetadata"]["FunctionARN"])


def store_client(cloud: RunningCloud, credentials: Json | None = None) -> Any:
    """A client of the data API. Its host begins with the account's number, so it goes by way of a proxy: the cloud."""
    endpoint = cloud.client("cloudfront").meta.endpoint_url
    return boto3.client(
        "cloudfront-keyvaluestore",
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id=(credentials or {}).get("AccessKeyId", "local"),
        aws_secret_access_key=(credentials or {}).get("SecretAccessKey", "local"),
        aws_session_token=(credentials or {}).get("SessionToken"),
        config=Config(signature_version="v4", proxies={"http": endpoint}, retries={"total_max_attempts": 1}),
    )


def new_store(cloud: RunningCloud) -> str:
    """A new store's ARN."""
    client, name = cloud.client("cloudfront"), some_name("kvs")
    arn = str(client.create_key_value_store(Name=name)["KeyValueStore"]["ARN"])
    until(lambda: client.describe_key_value_store(Name=name)["KeyValueStore"]["Status"] == "READY")
    return arn


def store_version(client: Any, arn: str) -> str:
    """The version of a store that a write has to name."""
    return str(client.describe_key_value_store(KvsARN=arn)["ETag"])
