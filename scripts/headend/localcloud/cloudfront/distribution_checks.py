"""A distribution's configuration: CloudFront's defaults, and what it refuses.

Sources: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Origin.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from headend.localcloud.cloudfront.errors import CloudFrontError
from headend.localcloud.cloudfront.function_requests import FunctionRequests
from headend.localcloud.cloudfront.policies import BY_FIELD, Policies
from headend.localcloud.cloudfront.records import Config, items

NOTHING: Config = {"Quantity": 0}
FAILOVER_CODES = frozenset({400, 403, 404, 416, 429, 500, 502, 503, 504})
ERROR_CODES = frozenset({400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504})
"""The codes that a custom error response may name.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/creating-custom-error-pages.html
"""
S3_HOST = re.compile(r"[a-z0-9.\-]+\.s3(?:[.\-][a-z0-9\-]+)?\.amazonaws\.com(?:\.cn)?")
ORIGINS, ORIGIN_GROUPS, BEHAVIORS = 100, 10, 75
"""Quotas. Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"""
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def completed(given: Mapping[str, Any]) -> Config:
    """The configuration with CloudFront's defaults, as it is answered from then on."""
    config: Config = copy.deepcopy(dict(given))
    for name, default in {
        "Aliases": NOTHING,
        "OriginGroups": NOTHING,
        "CacheBehaviors": NOTHING,
        "CustomErrorResponses": NOTHING,
        "Comment": "",
        "DefaultRootObject": "",
        "HttpVersion": "http2",
        "IsIPV6Enabled": True,
        "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
        "PriceClass": "PriceClass_All",
        "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
        "Staging": False,
        "ViewerCertificate": {
            "CloudFrontDefaultCertificate": True,
            "SSLSupportMethod": "vip",
            "MinimumProtocolVersion": "TLSv1",
            "CertificateSource": "cloudfront",
        },
        "WebACLId": "",
    }.items():
        if config.get(name) is None:
            config[name] = copy.deepcopy(default)
    for origin in items(config["Origins"]):
        _complete_origin(origin)
    for behavior in behaviors(config):
        _complete_behavior(behavior)
    for error in items(config["CustomErrorResponses"]):
        error.setdefault("ErrorCachingMinTTL", 10)
        error.setdefault("ResponsePagePath", "")
        error.setdefault("ResponseCode", "")
    return config


def behaviors(config: Config) -> list[Config]:
    """All cache behaviors, the default one last: CloudFront looks at them in this order."""
    return [*items(config.get("CacheBehaviors")), config["DefaultCacheBehavior"]]


def _complete_origin(origin: Config) -> None:
    origin.setdefault("OriginPath", "")
    origin.setdefault("CustomHeaders", dict(NOTHING))
    origin.setdefault("ConnectionAttempts", 3)
    origin.setdefault("ConnectionTimeout", 10)
    origin.setdefault("OriginShield", {"Enabled": False})
    origin.setdefault("OriginAccessControlId", "")
    custom = origin.get("CustomOriginConfig")
    if custom is not None:
        custom.setdefault("OriginReadTimeout", 30)
        custom.setdefault("OriginKeepaliveTimeout", 5)
        custom.setdefault("OriginSslProtocols", {"Quantity": 2, "Items": ["TLSv1", "SSLv3"]})


def _complete_behavior(behavior: Config) -> None:
    behavior.setdefault("TrustedSigners", {"Enabled": False, "Quantity": 0})
    behavior.setdefault("TrustedKeyGroups", {"Enabled": False, "Quantity": 0})
    methods = behavior.setdefault("AllowedMethods", {"Quantity": 2, "Items": ["HEAD", "GET"]})
    methods.setdefault("CachedMethods", {"Quantity": 2, "Items": ["HEAD", "GET"]})
    behavior.setdefault("SmoothStreaming", False)
    behavior.setdefault("Compress", False)
    behavior.setdefault("LambdaFunctionAssociations", dict(NOTHING))
    behavior.setdefault("FunctionAssociations", dict(NOTHING))
    behavior.setdefault("FieldLevelEncryptionId", "")


def check(config: Config, policies: Policies, functions: FunctionRequests) -> None:
    """Refuse what CloudFront refuses. Raises CloudFrontError, and NotImplementedError for what the edge here lacks."""
    _check_known(config)
    origins = [origin["Id"] for origin in items(config["Origins"])]
    if not origins:
        raise CloudFrontError("InvalidArgument", "A distribution needs at least one origin.")
    groups = [group["Id"] for group in items(config["OriginGroups"])]
    names = origins + groups
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise CloudFrontError("InvalidArgument", f"Origin and origin group ids must be unique: {doubled[0]}")
    _check_quotas(len(origins), len(groups), len(items(config["CacheBehaviors"])))
    for origin in items(config["Origins"]):
        _check_origin(origin, policies)
    for group in items(config["OriginGroups"]):
        _check_group(group, origins)
    for behavior in behaviors(config):
        _check_behavior(behavior, origins, groups, policies, functions)
    for error in items(config["CustomErrorResponses"]):
        if int(error["ErrorCode"]) not in ERROR_CODES:
            raise CloudFrontError("InvalidErrorCode", f"CloudFront has no error response for {error['ErrorCode']}.")
        if bool(error["ResponsePagePath"]) != bool(error["ResponseCode"]):
            raise CloudFrontError("InvalidArgument", "ResponseCode and ResponsePagePath go together.")


def _check_known(config: Config) -> None:
    """Refuse what the edge would pass over in silence, though it guards or changes what viewers get."""
    for behavior in behaviors(config):
        if items(behavior["LambdaFunctionAssociations"]):
            raise NotImplementedError("the edge runs CloudFront Functions, not Lambda@Edge")
        if behavior["TrustedSigners"]["Enabled"] or behavior["TrustedKeyGroups"]["Enabled"]:
            raise NotImplementedError("the edge does not check signed URLs and cookies")
        if behavior["FieldLevelEncryptionId"]:
            raise NotImplementedError("the edge does not encrypt fields")
    if config["WebACLId"]:
        raise NotImplementedError("the edge has no web ACL")
    if any(origin.get("VpcOriginConfig") for origin in items(config["Origins"])):
        raise NotImplementedError("the edge does not reach VPC origins")


def _check_quotas(origins: int, groups: int, listed: int) -> None:
    if origins > ORIGINS:
        raise CloudFrontError("TooManyOrigins", f"A distribution has at most {ORIGINS} origins.")
    if groups > ORIGIN_GROUPS:
        raise CloudFrontError(
            "TooManyOriginGroupsPerDistribution", f"A distribution has at most {ORIGIN_GROUPS} origin groups."
        )
    if listed > BEHAVIORS:
        raise CloudFrontError("TooManyCacheBehaviors", f"A distribution has at most {BEHAVIORS} cache behaviors.")


def _check_origin(origin: Config, policies: Policies) -> None:
    name = origin["Id"]
    kinds = [kind for kind in ("S3OriginConfig", "CustomOriginConfig", "VpcOriginConfig") if origin.get(kind)]
    if len(kinds) != 1:
        raise CloudFrontError("InvalidOrigin", f"Origin {name} needs S3OriginConfig or CustomOriginConfig, not both.")
    if kinds == ["S3OriginConfig"] and not S3_HOST.fullmatch(origin["DomainName"]):
        raise CloudFrontError(
            "InvalidArgument",
            "The parameter Origin DomainName does not refer to a valid S3 bucket.",
        )
    _within(f"ConnectionAttempts of origin {name}", origin["ConnectionAttempts"], 1, 3)
    _within(f"ConnectionTimeout of origin {name}", origin["ConnectionTimeout"], 1, 10)
    custom = origin.get("CustomOriginConfig") or {}
    read = custom.get("OriginReadTimeout") or (origin.get("S3OriginConfig") or {}).get("OriginReadTimeout")
    if read is not None and not 1 <= int(read) <= 120:
        raise CloudFrontError("InvalidOriginReadTimeout", f"The read timeout of origin {name} must be 1 to 120 s.")
    if custom and not 1 <= int(custom["OriginKeepaliveTimeout"]) <= 120:
        raise CloudFrontError(
            "InvalidOriginKeepaliveTimeout", f"The keep-alive timeout of origin {name} must be 1 to 120 s."
        )
    complete = origin.get("ResponseCompletionTimeout")
    if complete is not None and read is not None and int(complete) < int(read):
        raise CloudFrontError("InvalidArgument", f"Origin {name}: ResponseCompletionTimeout is below the read timeout.")
    path = origin["OriginPath"]
    if path and (not path.startswith("/") or path.endswith("/")):
        raise CloudFrontError("InvalidArgument", f"The path of origin {name} must begin and must not end with a slash.")
    control = origin["OriginAccessControlId"]
    if control and not policies.exists(BY_FIELD["OriginAccessControlId"], control):
        raise CloudFrontError("InvalidOriginAccessControl", f"The origin access control does not exist: {control}")
    if control and (origin.get("S3OriginConfig") or {}).get("OriginAccessIdentity"):
        raise CloudFrontError(
            "IllegalOriginAccessConfiguration", f"Origin {name} has an access control and an access identity."
        )


def _within(what: str, value: object, least: int, most: int) -> None:
    if not least <= int(str(value)) <= most:
        raise CloudFrontError("InvalidArgument", f"{what} must be {least} to {most}; it is {value}.")


def _check_group(group: Config, origins: list[str]) -> None:
    name, members = group["Id"], [member["OriginId"] for member in items(group["Members"])]
    if len(members) != 2 or len(set(members)) != 2:
        raise CloudFrontError("InvalidArgument", f"Origin group {name} needs two different origins.")
    missing = [member for member in members if member not in origins]
    if missing:
        raise CloudFrontError("NoSuchOrigin", f"Origin group {name} names an origin that is not there: {missing[0]}")
    codes = [int(code) for code in items(group["FailoverCriteria"]["StatusCodes"])]
    wrong = sorted(set(codes) - FAILOVER_CODES)
    if wrong or not codes:
        raise CloudFrontError(
            "InvalidArgument",
            f"Origin group {name}: failover status codes are {', '.join(map(str, sorted(FAILOVER_CODES)))}"
            + (f"; not {wrong[0]}." if wrong else "."),
        )


def _check_behavior(
    behavior: Config, origins: list[str], groups: list[str], policies: Policies, functions: FunctionRequests
) -> None:
    target = behavior["TargetOriginId"]
    if target not in origins and target not in groups:
        raise CloudFrontError("NoSuchOrigin", f"One or more of your origins or origin groups do not exist: {target}")
    writing = WRITING & set(items(behavior["AllowedMethods"]))
    if target in groups and writing:
        raise CloudFrontError(
            "InvalidArgument",
            "The parameter AllowedMethods cannot include POST, PUT, PATCH, or DELETE for a cached behavior associated "
            "with an origin group.",
        )
    for field, kind in BY_FIELD.items():
        identifier = behavior.get(field)
        if identifier and not policies.exists(kind, identifier):
            raise CloudFrontError(f"NoSuch{kind.name}", f"The {kind.name} does not exist: {identifier}")
    if not behavior.get("CachePolicyId") and not behavior.get("ForwardedValues"):
        raise CloudFrontError("InvalidArgument", "A cache behavior needs a cache policy, or forwarded values.")
    if behavior.get("CachePolicyId") and behavior.get("ForwardedValues"):
        raise CloudFrontError("InvalidArgument", "A cache behavior has a cache policy or forwarded values, not both.")
    events = []
    for one in items(behavior["FunctionAssociations"]):
        events.append(one["EventType"])
        if not one["EventType"].startswith("viewer-"):
            raise CloudFrontError("InvalidFunctionAssociation", f"Functions do not run on {one['EventType']}.")
        if functions.published(one["FunctionARN"]) is None:
            raise CloudFrontError(
                "InvalidFunctionAssociation", f"The function must be published before it is used: {one['FunctionARN']}"
            )
    if len(set(events)) != len(events):
        raise CloudFrontError("InvalidFunctionAssociation", "A cache behavior runs one function for each event type.")
