"""Cache, origin request and response headers policies, and origin access controls: one set of rules for all four.

Adds to moto: the three kinds of policies, ETags and If-Match, names that are taken, policies in use, and the managed
policies that live delivery needs.

Sources: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/working-with-policies.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from headend.localcloud.cloudfront.errors import CloudFrontError
from headend.localcloud.cloudfront.records import (
    Config,
    LiveCachePolicy,
    LiveOriginAccessControl,
    LiveOriginRequestPolicy,
    LiveResponseHeadersPolicy,
    Record,
    check_match,
    collection,
    distributions,
    items,
    new_id,
)

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

Parameters = Mapping[str, Any]
BORN = datetime(2020, 7, 22, tzinfo=UTC)


@dataclass(frozen=True)
class Kind:
    """One kind: `name` as in CreateCachePolicy, its plural, where it is kept, its path, its quota in an account.

    Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
    """

    name: str
    plural: str
    kept_as: str
    path: str
    quota: int
    too_many: str
    field: str
    """The field of a cache behavior or an origin that names one."""
    record: type[Record]


KINDS = (
    Kind(
        "CachePolicy",
        "CachePolicies",
        "cache_policies",
        "cache-policy",
        20,
        "TooManyCachePolicies",
        "CachePolicyId",
        LiveCachePolicy,
    ),
    Kind(
        "OriginRequestPolicy",
        "OriginRequestPolicies",
        "origin_request_policies",
        "origin-request-policy",
        20,
        "TooManyOriginRequestPolicies",
        "OriginRequestPolicyId",
        LiveOriginRequestPolicy,
    ),
    Kind(
        "ResponseHeadersPolicy",
        "ResponseHeadersPolicies",
        "response_headers_policies",
        "response-headers-policy",
        20,
        "TooManyResponseHeadersPolicies",
        "ResponseHeadersPolicyId",
        LiveResponseHeadersPolicy,
    ),
    Kind(
        "OriginAccessControl",
        "OriginAccessControls",
        "origin_access_controls",
        "origin-access-control",
        100,
        "TooManyOriginAccessControls",
        "OriginAccessControlId",
        LiveOriginAccessControl,
    ),
)
BY_FIELD = {kind.field: kind for kind in KINDS}


def _none(name: str) -> Config:
    return {f"{name}Behavior": "none"}


def _cache(name: str, ttl: tuple[int, int, int], *, compress: bool, **more: Any) -> Config:
    least, usual, most = ttl
    return {
        "Name": name,
        "Comment": "",
        "MinTTL": least,
        "DefaultTTL": usual,
        "MaxTTL": most,
        "ParametersInCacheKeyAndForwardedToOrigin": {
            "EnableAcceptEncodingGzip": compress,
            "EnableAcceptEncodingBrotli": compress,
            "HeadersConfig": _none("Header"),
            "CookiesConfig": _none("Cookie"),
            "QueryStringsConfig": _none("QueryString"),
            **more,
        },
    }


MANAGED: Mapping[str, Mapping[str, Config]] = {
    "CachePolicy": {
        "658327ea-f89d-4fab-a63d-7e88639e58f6": _cache("Managed-CachingOptimized", (1, 86400, 31536000), compress=True),
        "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": _cache("Managed-CachingDisabled", (0, 0, 0), compress=False),
        "08627262-05a9-4f76-9ded-b50ca2e3a84f": _cache(
            "Managed-Elemental-MediaPackage",
            (0, 86400, 31536000),
            compress=True,
            EnableAcceptEncodingBrotli=False,
            HeadersConfig={"HeaderBehavior": "whitelist", "Headers": {"Quantity": 1, "Items": ["origin"]}},
            QueryStringsConfig={
                "QueryStringBehavior": "whitelist",
                "QueryStrings": {"Quantity": 4, "Items": ["aws.manifestfilter", "start", "end", "m"]},
            },
        ),
    },
    "OriginRequestPolicy": {
        "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": {
            "Name": "Managed-CORS-S3Origin",
            "Comment": "",
            "HeadersConfig": {
                "HeaderBehavior": "whitelist",
                "Headers": {
                    "Quantity": 3,
                    "Items": ["origin", "access-control-request-headers", "access-control-request-method"],
                },
            },
            "CookiesConfig": _none("Cookie"),
            "QueryStringsConfig": _none("QueryString"),
        },
    },
    "ResponseHeadersPolicy": {
        "60669652-455b-4ae9-85a4-c4c02393f86c": {
            "Name": "Managed-SimpleCORS",
            "Comment": "",
            "CorsConfig": {
                "AccessControlAllowOrigins": {"Quantity": 1, "Items": ["*"]},
                "AccessControlAllowHeaders": {"Quantity": 1, "Items": ["*"]},
                "AccessControlAllowMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]},
                "AccessControlAllowCredentials": False,
                "OriginOverride": False,
            },
        },
    },
    "OriginAccessControl": {},
}
"""The managed policies that are known here, by kind and id."""


class Policies:
    """The operations of all four kinds."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud

    def operations(self) -> Iterator[tuple[str, Callable[[Parameters], Config]]]:
        """(operation, handler) of each."""
        for kind in KINDS:
            yield f"Create{kind.name}", partial(self.create, kind)
            yield f"Get{kind.name}", partial(self.get, kind)
            yield f"Get{kind.name}Config", partial(self.get_config, kind)
            yield f"Update{kind.name}", partial(self.update, kind)
            yield f"Delete{kind.name}", partial(self.delete, kind)
            yield f"List{kind.plural}", partial(self.list_all, kind)

    def config(self, kind_name: str, identifier: str) -> Config:
        """The configuration of a policy or control by id, for the edge. Raises CloudFrontError for none."""
        kind = next(one for one in KINDS if one.name == kind_name)
        return self._found(kind, identifier).config

    def exists(self, kind: Kind, identifier: str) -> bool:
        """Whether there is one with this id, managed or custom."""
        return identifier in MANAGED[kind.name] or identifier in self._kept(kind)

    def create(self, kind: Kind, given: Parameters) -> Config:
        """Create one; its name must be new."""
        config = _completed(kind, given[f"{kind.name}Config"])
        kept = self._kept(kind)
        self._check(kind, config)
        if len(kept) >= kind.quota:
            raise CloudFrontError(kind.too_many, f"You have exceeded the maximum of {kind.quota} {kind.plural}.")
        identifier = new_id() if kind.name == "OriginAccessControl" else str(uuid.uuid4())
        record = kept[identifier] = kind.record(identifier, config["Name"], config, self._cloud.clock.now())
        location = f"https://cloudfront.amazonaws.com/2020-05-31/{kind.path}/{identifier}"
        return {kind.name: self._described(kind, record), "ETag": record.etag, "Location": location}

    def get(self, kind: Kind, given: Parameters) -> Config:
        """One of them with its id."""
        record = self._found(kind, given["Id"])
        return {kind.name: self._described(kind, record), "ETag": record.etag}

    def get_config(self, kind: Kind, given: Parameters) -> Config:
        """The configuration alone."""
        record = self._found(kind, given["Id"])
        return {f"{kind.name}Config": record.config, "ETag": record.etag}

    def update(self, kind: Kind, given: Parameters) -> Config:
        """Replace the configuration as a whole."""
        record = self._custom(kind, given["Id"])
        check_match(record.etag, given.get("IfMatch"))
        config = _completed(kind, given[f"{kind.name}Config"])
        self._check(kind, config, besides=record.id)
        record.name = config["Name"]
        record.change(config, self._cloud.clock.now())
        return {kind.name: self._described(kind, record), "ETag": record.etag}

    def delete(self, kind: Kind, given: Parameters) -> Config:
        """Delete one that no distribution uses."""
        record = self._custom(kind, given["Id"])
        check_match(record.etag, given.get("IfMatch"))
        if self._users(kind, record.id):
            raise CloudFrontError(
                f"{kind.name}InUse", f"The {kind.name} is attached to one or more distributions and cannot be deleted."
            )
        del self._kept(kind)[record.id]
        return {}

    def list_all(self, kind: Kind, given: Parameters) -> Config:
        """All of them, or those of one type: managed, custom."""
        records = [(one, "custom") for one in self._kept(kind).values()]
        managed = [(self._managed(kind, identifier), "managed") for identifier in MANAGED[kind.name]]
        wanted = [(one, type_) for one, type_ in managed + records if given.get("Type") in (None, "", type_)]
        if kind.name == "OriginAccessControl":
            found = [{"Id": one.id, **one.config} for one, _ in wanted]
            block = {"Marker": "", "IsTruncated": False, "MaxItems": 100, "Quantity": len(found), "Items": found}
        else:
            found = [{"Type": type_, kind.name: self._described(kind, one)} for one, type_ in wanted]
            block = {"MaxItems": 100, "Quantity": len(found), "Items": found}
        return {f"{kind.name}List": block}

    # Inside

    def _kept(self, kind: Kind) -> dict[str, Record]:
        return collection(self._cloud.account_id, kind.kept_as)

    def _managed(self, kind: Kind, identifier: str) -> Record:
        config = MANAGED[kind.name][identifier]
        record = Record(identifier, config["Name"], config, BORN)
        record.etag = "E23ZP02F085DFQ"
        return record

    def _found(self, kind: Kind, identifier: str) -> Record:
        if identifier in MANAGED[kind.name]:
            return self._managed(kind, identifier)
        record = self._kept(kind).get(identifier)
        if record is None:
            raise CloudFrontError(f"NoSuch{kind.name}", f"The {kind.name} does not exist: {identifier}")
        return record

    def _custom(self, kind: Kind, identifier: str) -> Record:
        if identifier in MANAGED[kind.name]:
            raise CloudFrontError("AccessDenied", "Managed policies cannot be changed or deleted.")
        return self._found(kind, identifier)

    def _described(self, kind: Kind, record: Record) -> Config:
        return {"Id": record.id, "LastModifiedTime": record.modified, f"{kind.name}Config": record.config}

    def _users(self, kind: Kind, identifier: str) -> list[str]:
        found = []
        for one in distributions(self._cloud.account_id).values():
            places = [one.config["DefaultCacheBehavior"], *items(one.config.get("CacheBehaviors"))]
            places += items(one.config["Origins"])
            if any(place.get(kind.field) == identifier for place in places):
                found.append(one.id)
        return found

    def _check(self, kind: Kind, config: Config, besides: str = "") -> None:
        names = {one.name: one.id for one in self._kept(kind).values()}
        if names.get(config["Name"], besides) != besides:
            raise CloudFrontError(
                f"{kind.name}AlreadyExists", f"A {kind.name} with the name {config['Name']} already exists."
            )
        if kind.name == "CachePolicy":
            _check_times(config)


def _check_times(config: Config) -> None:
    """Refuse times to live in the wrong order.

    Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CachePolicyConfig.html
    """
    least, usual, most = config["MinTTL"], config["DefaultTTL"], config["MaxTTL"]
    if not least <= usual <= most:
        raise CloudFrontError(
            "InvalidArgument",
            f"MinTTL ({least}) must not exceed DefaultTTL ({usual}), and DefaultTTL must not exceed MaxTTL ({most}).",
        )
    key = config.get("ParametersInCacheKeyAndForwardedToOrigin") or {}
    plain = {"HeadersConfig": "Header", "CookiesConfig": "Cookie", "QueryStringsConfig": "QueryString"}
    chosen = any((key.get(name) or {}).get(f"{prefix}Behavior", "none") != "none" for name, prefix in plain.items())
    if most == 0 and (chosen or key.get("EnableAcceptEncodingGzip") or key.get("EnableAcceptEncodingBrotli")):
        raise CloudFrontError(
            "InvalidArgument",
            "The parameters of the cache key must be none or false when caching is disabled (MaxTTL is 0).",
        )


def _completed(kind: Kind, given: Parameters) -> Config:
    """A configuration with CloudFront's defaults.

    Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CachePolicyConfig.html
    """
    config: Config = dict(given)
    if kind.name == "OriginAccessControl":
        return {"Description": "", **config}
    config.setdefault("Comment", "")
    if kind.name == "CachePolicy":
        least = config["MinTTL"] = int(config["MinTTL"])
        usual = config.get("DefaultTTL")
        config["DefaultTTL"] = max(86400, least) if usual is None else int(usual)
        most = config.get("MaxTTL")
        config["MaxTTL"] = max(31536000, config["DefaultTTL"]) if most is None else int(most)
    return config
