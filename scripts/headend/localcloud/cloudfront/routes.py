"""Where a request goes: one origin, or two with the status codes on which the second is asked.

A cache behavior names an origin or an origin group; a function may choose otherwise.

Sources: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/helper-functions-origin-modification.html
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from headend.localcloud.cloudfront.function_runtime import FunctionError
from headend.localcloud.cloudfront.records import Config, items

OVERRIDES = frozenset({"hostHeader", "sni", "allowedCertificateNames"})
"""What selectRequestOriginById and createRequestOriginGroup take beside an origin's id: no timeouts, for one."""
HOST_HEADER = "headend:host"
"""Where an origin keeps the Host header that a function has given it."""
INLINE_CONTROL = "headend:control"
"""Where an origin keeps the access control that a function has given it."""


@dataclass(frozen=True)
class Route:
    """The origins to ask, in this order. `codes` are those of the first on which the second is asked."""

    origins: tuple[Config, ...]
    codes: frozenset[int] = field(default_factory=frozenset)


def configured(config: Config, target: str) -> Route:
    """The route of a cache behavior's target."""
    origins = {origin["Id"]: origin for origin in items(config["Origins"])}
    for group in items(config.get("OriginGroups")):
        if group["Id"] == target:
            members = tuple(origins[member["OriginId"]] for member in items(group["Members"]))
            codes = frozenset(int(code) for code in items(group["FailoverCriteria"]["StatusCodes"]))
            return Route(members, codes)
    return Route((origins[target],))


def chosen(route: Route, config: Config, calls: list[dict[str, Any]]) -> Route:
    """The route after a function's calls. Raises FunctionError for what CloudFront would not take."""
    origins = {origin["Id"]: origin for origin in items(config["Origins"])}

    def find(name: object) -> Config:
        if str(name) not in origins:
            raise FunctionError(f"The distribution has no origin {name}")
        found: Config = origins[str(name)]
        return found

    for call in calls:
        if "select" in call:
            route = Route((_overridden(find(call["select"]), call["overrides"]),))
        elif "update" in call:
            first, *others = route.origins
            route = replace(route, origins=(_updated(first, call["update"]), *others))
        else:
            route = _group(call["group"], find)
    return route


def _group(given: Any, find: Callable[[object], Config]) -> Route:
    if not isinstance(given, dict) or len(given.get("originIds") or []) != 2:
        raise FunctionError("createRequestOriginGroup needs two originIds")
    codes = (given.get("failoverCriteria") or {}).get("statusCodes")
    if not codes:
        raise FunctionError("createRequestOriginGroup needs failoverCriteria.statusCodes")
    if given.get("selectionCriteria", "default") not in ("default", "media-quality-score"):
        raise FunctionError("selectionCriteria is default or media-quality-score")
    members = []
    for one in given["originIds"]:
        name = one.get("originId") if isinstance(one, dict) else one
        overrides = (one.get("originOverrides") or {}) if isinstance(one, dict) else {}
        members.append(_overridden(find(name), overrides))
    return Route(tuple(members), frozenset(int(code) for code in codes))


def _overridden(origin: Config, given: dict[str, Any]) -> Config:
    unknown = sorted(set(given) - OVERRIDES)
    if unknown:
        raise FunctionError(f"origin overrides are {', '.join(sorted(OVERRIDES))}; not {unknown[0]}")
    return _updated(origin, given)


def _updated(origin: Config, given: dict[str, Any]) -> Config:
    """An origin with a function's changes; what is not given stays as it is configured."""
    after = copy.deepcopy(origin)
    if "domainName" in given:
        after["DomainName"] = str(given["domainName"])
    if "hostHeader" in given:
        after[HOST_HEADER] = str(given["hostHeader"])
    if "originPath" in given:
        after["OriginPath"] = str(given["originPath"])
    if "connectionAttempts" in given:
        after["ConnectionAttempts"] = _within("connectionAttempts", given["connectionAttempts"], 1, 3)
    if "customHeaders" in given:
        pairs = [{"HeaderName": name, "HeaderValue": value} for name, value in given["customHeaders"].items()]
        after["CustomHeaders"] = {"Quantity": len(pairs), "Items": pairs}
    _update_kind(after, given)
    timeouts = given.get("timeouts") or {}
    if "connectionTimeout" in timeouts:
        after["ConnectionTimeout"] = _within("connectionTimeout", timeouts["connectionTimeout"], 1, 10)
    if "responseCompletionTimeout" in timeouts:
        after["ResponseCompletionTimeout"] = timeouts["responseCompletionTimeout"]
    if "readTimeout" in timeouts:
        kind = "CustomOriginConfig" if after.get("CustomOriginConfig") else "S3OriginConfig"
        after.setdefault(kind, {})["OriginReadTimeout"] = _within("readTimeout", timeouts["readTimeout"], 1, 120)
    control = given.get("originAccessControlConfig")
    if control is not None:
        after[INLINE_CONTROL] = (
            {
                "SigningBehavior": control.get("signingBehavior", "always"),
                "SigningProtocol": "sigv4",
                "OriginAccessControlOriginType": control.get("originType", "s3"),
            }
            if control.get("enabled")
            else {"SigningBehavior": "never", "OriginAccessControlOriginType": "s3"}
        )
    return after


def _update_kind(origin: Config, given: dict[str, Any]) -> None:
    custom = given.get("customOriginConfig")
    if custom:
        origin.pop("S3OriginConfig", None)
        origin["CustomOriginConfig"] = {
            **(origin.get("CustomOriginConfig") or {}),
            "HTTPPort": custom["port"],
            "HTTPSPort": custom["port"],
            "OriginProtocolPolicy": "https-only" if custom["protocol"] == "https" else "http-only",
        }


def _within(what: str, value: Any, least: int, most: int) -> int:
    if not isinstance(value, int) or not least <= value <= most:
        raise FunctionError(f"{what} must be {least} to {most}")
    return value
