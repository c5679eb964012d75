"""Cache behaviors: which of them a path has, with its policies.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
"""

from __future__ import annotations

from dataclasses import dataclass

from headend.localcloud.cloudfront.distribution_checks import behaviors
from headend.localcloud.cloudfront.lifetimes import Limits
from headend.localcloud.cloudfront.path_patterns import fits
from headend.localcloud.cloudfront.policies import Policies
from headend.localcloud.cloudfront.records import Config, items


@dataclass(frozen=True)
class Behavior:
    """A cache behavior with its policies."""

    config: Config
    cache: Config
    request: Config | None
    response: Config | None
    limits: Limits

    @property
    def cached_methods(self) -> set[str]:
        """The methods whose answers are kept."""
        return {"GET", "HEAD"} | set(items(self.config["AllowedMethods"].get("CachedMethods")))


def behavior_of(config: Config, path: str, policies: Policies) -> Behavior:
    """The first behavior of a distribution whose path pattern fits; the default one fits always."""
    found = next(one for one in behaviors(config) if fits(one.get("PathPattern", "*"), path))
    identifier = found.get("CachePolicyId")
    cache = policies.config("CachePolicy", identifier) if identifier else _legacy(found)
    request, response = found.get("OriginRequestPolicyId"), found.get("ResponseHeadersPolicyId")
    return Behavior(
        found,
        cache,
        policies.config("OriginRequestPolicy", request) if request else None,
        policies.config("ResponseHeadersPolicy", response) if response else None,
        Limits(float(cache["MinTTL"]), float(cache["DefaultTTL"]), float(cache["MaxTTL"])),
    )


def _legacy(behavior: Config) -> Config:
    """A cache behavior's forwarded values, as the cache policy that would do the same."""
    forwarded = behavior["ForwardedValues"]
    cookies = forwarded.get("Cookies") or {}
    names = forwarded.get("Headers") or {}
    return {
        "MinTTL": behavior.get("MinTTL") or 0,
        "DefaultTTL": 86400 if behavior.get("DefaultTTL") is None else behavior["DefaultTTL"],
        "MaxTTL": 31536000 if behavior.get("MaxTTL") is None else behavior["MaxTTL"],
        "ParametersInCacheKeyAndForwardedToOrigin": {
            "HeadersConfig": {"HeaderBehavior": "whitelist" if items(names) else "none", "Headers": names},
            "CookiesConfig": {
                "CookieBehavior": cookies.get("Forward", "none"),
                "Cookies": cookies.get("WhitelistedNames") or {},
            },
            "QueryStringsConfig": {"QueryStringBehavior": "all" if forwarded.get("QueryString") else "none"},
        },
    }
