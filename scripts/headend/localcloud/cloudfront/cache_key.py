"""The cache key, and what of a viewer's request goes to the origin.

Sources: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-the-cache-key.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/origin-request-understand-origin-request-policy.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from headend.localcloud.cloudfront.records import Config, items

Pairs = tuple[tuple[str, str], ...]
REMOVED = frozenset(
    {"authorization", "connection", "content-length", "cookie", "expect", "host", "proxy-authorization", "te"}
    | {"trailer", "transfer-encoding", "upgrade", "user-agent", "x-forwarded-proto", "x-real-ip", "accept-encoding"}
    | {"if-none-match", "if-modified-since", "x-headend-viewer"}
)
"""Headers of a viewer that never reach an origin as they are."""


@dataclass(frozen=True)
class Viewed:
    """A viewer's request as functions leave it. Header names are in lower case; query and cookies keep their order."""

    method: str
    path: str
    query: Pairs = ()
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    cookies: Pairs = ()

    def text(self, query: Iterable[tuple[str, str]] | None = None) -> str:
        """Path and query as in a request's first line."""
        pairs = list(self.query if query is None else query)
        joined = "&".join(f"{name}={value}" for name, value in pairs)
        return f"{self.path}?{joined}" if joined else self.path


def cache_key(domain: str, viewed: Viewed, policy: Config) -> tuple[Any, ...]:
    """The key: domain name, path, and what the cache policy names. OPTIONS has keys of its own."""
    wanted = policy.get("ParametersInCacheKeyAndForwardedToOrigin") or {}
    return (
        domain,
        "OPTIONS" if viewed.method == "OPTIONS" else "",
        viewed.path,
        _chosen(viewed.query, wanted.get("QueryStringsConfig"), "QueryString", "QueryStrings"),
        _headers(viewed.headers, wanted.get("HeadersConfig")),
        _chosen(viewed.cookies, wanted.get("CookiesConfig"), "Cookie", "Cookies"),
        _encodings(viewed.headers, wanted),
    )


def forwarded(viewed: Viewed, policy: Config, request_policy: Config | None) -> tuple[str, dict[str, str]]:
    """(path and query, headers) for the origin: what is in the cache key, and what the origin request policy adds."""
    wanted = policy.get("ParametersInCacheKeyAndForwardedToOrigin") or {}
    more = request_policy or {}
    query = {
        *_chosen(viewed.query, wanted.get("QueryStringsConfig"), "QueryString", "QueryStrings"),
        *_chosen(viewed.query, more.get("QueryStringsConfig"), "QueryString", "QueryStrings"),
    }
    cookies = {
        *_chosen(viewed.cookies, wanted.get("CookiesConfig"), "Cookie", "Cookies"),
        *_chosen(viewed.cookies, more.get("CookiesConfig"), "Cookie", "Cookies"),
    }
    headers = {"user-agent": "Amazon CloudFront"}
    headers.update(_headers(viewed.headers, wanted.get("HeadersConfig")))
    headers.update(_added(viewed.headers, more.get("HeadersConfig")))
    encodings = _encodings(viewed.headers, wanted)
    if encodings:
        headers["accept-encoding"] = encodings
    if cookies:
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in viewed.cookies if (name, value) in cookies)
    for name in ("range", "content-type"):
        if name in viewed.headers:
            headers.setdefault(name, viewed.headers[name])
    return viewed.text(pair for pair in viewed.query if pair in query), headers


def location_headers(policy: Config, request_policy: Config | None) -> set[str]:
    """The CloudFront-… headers that the policies ask for, in lower case: CloudFront adds no others."""
    asked = set()
    for one in (policy.get("ParametersInCacheKeyAndForwardedToOrigin") or {}, request_policy or {}):
        config = one.get("HeadersConfig") or {}
        asked |= {str(name).lower() for name in items(config.get("Headers"))}
    return {name for name in asked if name.startswith("cloudfront-")}


def _chosen(pairs: Pairs, config: Config | None, prefix: str, name: str) -> Pairs:
    behavior = (config or {}).get(f"{prefix}Behavior", "none")
    names = set(items((config or {}).get(name)))
    if behavior == "all":
        return pairs
    if behavior == "whitelist":
        return tuple(pair for pair in pairs if pair[0] in names)
    if behavior == "allExcept":
        return tuple(pair for pair in pairs if pair[0] not in names)
    return ()


def _headers(headers: Mapping[str, str], config: Config | None) -> Pairs:
    if (config or {}).get("HeaderBehavior", "none") != "whitelist":
        return ()
    names = {str(name).lower() for name in items((config or {}).get("Headers"))}
    return tuple(sorted((name, value) for name, value in headers.items() if name in names))


def _added(headers: Mapping[str, str], config: Config | None) -> Pairs:
    """What an origin request policy forwards."""
    behavior = (config or {}).get("HeaderBehavior", "none")
    names = {str(name).lower() for name in items((config or {}).get("Headers"))}
    plain = {name for name in headers if not name.startswith("cloudfront-")}
    kept: set[str] = set()
    if behavior == "whitelist":
        kept = names
    elif behavior == "allViewer":
        kept = plain | {"host"}
    elif behavior == "allViewerAndWhitelistCloudFront":
        kept = plain | names | {"host"}
    elif behavior == "allExcept":
        kept = plain - names
    allowed = kept - (REMOVED - ({"host", "authorization"} if behavior != "none" else set()))
    return tuple((name, value) for name, value in headers.items() if name in allowed)


def _encodings(headers: Mapping[str, str], wanted: Config) -> str:
    """Accept-Encoding in its normal form, empty when the policy leaves it out.

    Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cache-key-understand-cache-policy.html
    """
    given = headers.get("accept-encoding", "").lower()
    known = []
    if wanted.get("EnableAcceptEncodingBrotli") and "br" in given:
        known.append("br")
    if wanted.get("EnableAcceptEncodingGzip") and "gzip" in given:
        known.append("gzip")
    return ",".join(known)
