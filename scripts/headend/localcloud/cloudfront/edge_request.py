"""What the edge does with one request of a viewer, as the distribution's configuration says.

Sources: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HowCloudFrontWorks.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehavior.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
"""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

from headend.localcloud.cloudfront import cache_key, function_events, lifetimes, response_headers
from headend.localcloud.cloudfront.cache import Cache, Cached, Key
from headend.localcloud.cloudfront.cache_key import Viewed
from headend.localcloud.cloudfront.distribution_checks import behaviors
from headend.localcloud.cloudfront.function_requests import FunctionRequests
from headend.localcloud.cloudfront.function_runtime import FunctionError, Outcome, run
from headend.localcloud.cloudfront.lifetimes import Limits
from headend.localcloud.cloudfront.origin_requests import Asked, OriginAnswer, OriginClient
from headend.localcloud.cloudfront.path_patterns import fits
from headend.localcloud.cloudfront.policies import Policies
from headend.localcloud.cloudfront.records import Config, DistributionLive, items
from headend.localcloud.cloudfront.routes import INLINE_CONTROL, Route, chosen, configured
from headend.localcloud.iam.identity import Credentials
from headend.localcloud.origins.listener import Received, Reply

REQUEST_BYTES = 32768
URL_BYTES = 8192
"""Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"""
FAILOVER_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
VIEWER = "x-headend-viewer"
"""Where a viewer of the local cloud says where it is: `Country=DE; Latitude=52.5`, CloudFront-Viewer-… by its end."""
ORIGIN = "x-headend-origin"
"""Who served an answer: the origin's id, which CloudFront itself does not tell."""
NOT_FROM_ORIGIN = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade", "trailer"})
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
HIT, MISS, REFRESHED, ERROR = "Hit", "Miss", "RefreshHit", "Error"


@dataclass(frozen=True)
class Served:
    """An answer on its way to the viewer. `result` is X-Cache's word; `age` in seconds for what the cache has."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    result: str
    origin: str = ""
    age: int | None = None


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


class EdgeRequests:
    """Answers viewers of one distribution after the other's rules. Thread-safe."""

    def __init__(
        self,
        policies: Policies,
        functions: FunctionRequests,
        client: OriginClient,
        keys: Callable[[DistributionLive], Credentials],
        note: Callable[[str, str], None],
    ) -> None:
        self._policies = policies
        self._functions = functions
        self._client = client
        self._keys = keys
        self._note = note
        self.cache = Cache()
        self.now: Callable[[], float] = time.time
        """The cache's clock: the wall's, as players and origins have it."""

    def answer(self, record: DistributionLive, received: Received) -> Reply:
        """The answer to a viewer."""
        config, request_id = record.config, uuid.uuid4().hex
        viewed = _viewed(received)
        if viewed.path == "/" and config["DefaultRootObject"]:
            viewed = replace(viewed, path=f"/{config['DefaultRootObject']}")
        behavior = self._behavior(config, viewed.path)
        refused = _refused(received, viewed, config, behavior)
        viewed = located(viewed, behavior)
        served = refused or self._through_functions(record, behavior, viewed, received, request_id)
        return _reply(served, behavior, viewed, received, request_id)

    # Functions

    def _through_functions(
        self, record: DistributionLive, behavior: Behavior, viewed: Viewed, received: Received, request_id: str
    ) -> Served:
        route = configured(record.config, behavior.config["TargetOriginId"])
        try:
            before = function_events.event(
                "viewer-request", viewed, record.domain_name, record.id, request_id, received.client
            )
            outcome = self._run(behavior, "viewer-request", before)
            if outcome and "statusCode" in outcome.value:
                status, headers, body = function_events.generated(outcome.value)
                return Served(status, headers, body or b"", "FunctionGeneratedResponse")
            if outcome:
                viewed = function_events.viewed_again(outcome.value, viewed)
                route = chosen(route, record.config, outcome.origin)
            served = self._served(record, behavior, route, viewed, received)
            if served.status >= 400:
                return served
            after = {
                **function_events.event(
                    "viewer-response", viewed, record.domain_name, record.id, request_id, received.client
                ),
                "response": function_events.response_part(served.status, served.headers),
            }
            outcome = self._run(behavior, "viewer-response", after)
            if not outcome:
                return served
            status, headers, body = function_events.generated(outcome.value)
            return replace(served, status=status, headers=headers, body=served.body if body is None else body)
        except FunctionError as error:
            self._note(record.arn, f"a function failed: {error}")
            return Served(503, {"content-type": "text/html"}, _page(503, "function error"), "FunctionExecutionError")

    def _run(self, behavior: Behavior, kind: str, event: dict[str, Any]) -> Outcome | None:
        for one in items(behavior.config["FunctionAssociations"]):
            function = self._functions.published(one["FunctionARN"])
            if one["EventType"] == kind and function and function.live:
                code, config = function.live[:2]
                outcome = run(code.decode(), event, self._functions.stores(config))
                for line in outcome.logs:
                    self._note(function.arn, line)
                return outcome
        return None

    # Cache and origins

    def _served(
        self, record: DistributionLive, behavior: Behavior, route: Route, viewed: Viewed, received: Received
    ) -> Served:
        if viewed.method not in behavior.cached_methods:
            answer = self._fetched(record, behavior, route, viewed, received, None)
            return self._error_page(record, _plain(answer, MISS if answer.status < 400 else ERROR), received)
        key = cache_key.cache_key(record.domain_name, viewed, behavior.cache)
        now = self.now()
        kept = self.cache.get(key)
        if kept and now < max(kept.fresh_until, kept.checked):
            return self._error_page(record, _from_cache(kept, HIT, now), received)
        if kept and kept.status < 400 and now < kept.fresh_until + _while(kept, behavior):
            background = threading.Thread(
                target=self._renewed, args=(record, behavior, route, viewed, received, key), daemon=True
            )
            background.start()
            return _from_cache(kept, HIT, now)
        return self._error_page(record, self._renewed(record, behavior, route, viewed, received, key), received)

    def _renewed(
        self, record: DistributionLive, behavior: Behavior, route: Route, viewed: Viewed, received: Received, key: Key
    ) -> Served:
        """Ask the origin, one request for a key at a time, and keep what it says."""
        with self.cache.alone(key):
            now = self.now()
            kept = self.cache.get(key)
            if kept and now < max(kept.fresh_until, kept.checked):
                return _from_cache(kept, HIT, now)
            answer = self._fetched(record, behavior, route, viewed, received, kept)
            now = self.now()
            if answer.status == 304 and kept:
                headers = {**kept.headers, **_kept_headers(answer.headers)}
                fresh = now + lifetimes.object_seconds(headers, behavior.limits, now)
                renewed = replace(kept, headers=headers, stored=now, fresh_until=fresh, origin=answer.origin, checked=0)
                self.cache.put(key, renewed)
                return _from_cache(renewed, REFRESHED, now)
            if answer.status >= 400:
                return self._failed(record, behavior, key, kept, answer, now)
            headers = _kept_headers(answer.headers)
            seconds = lifetimes.object_seconds(headers, behavior.limits, now)
            told = lifetimes.directives(headers.get("cache-control", ""))
            kept_at_all = behavior.limits.most > 0 and (
                seconds > 0 or not any(name in told for name in lifetimes.NEVER)
            )
            if kept_at_all and viewed.method != "HEAD":
                self.cache.put(key, Cached(answer.status, headers, answer.body, answer.origin, now, now + seconds))
            elif not kept_at_all:
                self.cache.remove(key)
            return _plain(answer, MISS)

    def _failed(
        self,
        record: DistributionLive,
        behavior: Behavior,
        key: Key,
        kept: Cached | None,
        answer: OriginAnswer,
        now: float,
    ) -> Served:
        """The origin has answered with an error, or not at all: what is in the cache may still be good enough."""
        responses = items(record.config["CustomErrorResponses"])
        if kept and kept.status < 400 and answer.status >= 500:
            window = lifetimes.stale_if_error(kept.headers, behavior.limits)
            if now < kept.fresh_until + window:
                again = now + lifetimes.least_error_seconds(answer.status, responses)
                self.cache.put(key, replace(kept, checked=min(again, kept.fresh_until + window)))
                return _from_cache(kept, REFRESHED, now)
        headers = _kept_headers(answer.headers)
        seconds = lifetimes.error_seconds(answer.status, headers, responses)
        served = _plain(answer, ERROR)
        if seconds > 0:
            self.cache.put(key, Cached(answer.status, served.headers, served.body, answer.origin, now, now + seconds))
        elif kept and (kept.status >= 400 or answer.status < 500):
            self.cache.remove(key)
        return served

    def _fetched(
        self,
        record: DistributionLive,
        behavior: Behavior,
        route: Route,
        viewed: Viewed,
        received: Received,
        kept: Cached | None,
    ) -> OriginAnswer:
        """Ask the first origin, and the second when the first fails."""
        target, headers = cache_key.forwarded(viewed, behavior.cache, behavior.request)
        headers.pop("range", None)
        if kept and kept.status < 400:
            if "etag" in kept.headers:
                headers["if-none-match"] = kept.headers["etag"]
            elif "last-modified" in kept.headers:
                headers["if-modified-since"] = kept.headers["last-modified"]
        headers["x-amz-cf-id"] = uuid.uuid4().hex
        asked = Asked(viewed.method, target, headers, received.body, received.secure)
        keys = self._keys(record)
        answer = OriginAnswer(502)
        for origin in route.origins:
            answer = self._client.ask(origin, self._control(origin), asked, keys)
            if answer.failure:
                self._note(record.arn, f"origin {origin['Id']}: {answer.failure}")
            failed = bool(answer.failure) or answer.status in route.codes
            if not failed or viewed.method not in FAILOVER_METHODS:
                return answer
        return answer

    def _control(self, origin: Config) -> Config | None:
        if INLINE_CONTROL in origin:
            given: Config = origin[INLINE_CONTROL]
            return given
        identifier = origin.get("OriginAccessControlId")
        return self._policies.config("OriginAccessControl", identifier) if identifier else None

    def _error_page(self, record: DistributionLive, served: Served, received: Received) -> Served:
        """The custom error page of a status code, where there is one.

        Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/creating-custom-error-pages.html
        """
        if served.status < 400:
            return served
        for one in items(record.config["CustomErrorResponses"]):
            if int(one["ErrorCode"]) == served.status and one["ResponsePagePath"]:
                viewed = Viewed("GET", str(one["ResponsePagePath"]))
                behavior = self._behavior(record.config, viewed.path)
                route = configured(record.config, behavior.config["TargetOriginId"])
                key = cache_key.cache_key(record.domain_name, viewed, behavior.cache)
                page = self._renewed(record, behavior, route, viewed, received, key)
                if page.status >= 400:
                    return served
                return replace(page, status=int(one["ResponseCode"]), result=ERROR, age=None)
        return served

    def _behavior(self, config: Config, path: str) -> Behavior:
        found = next(one for one in behaviors(config) if fits(one.get("PathPattern", "*"), path))
        identifier = found.get("CachePolicyId")
        cache = self._policies.config("CachePolicy", identifier) if identifier else _legacy(found)
        request, response = found.get("OriginRequestPolicyId"), found.get("ResponseHeadersPolicyId")
        return Behavior(
            found,
            cache,
            self._policies.config("OriginRequestPolicy", request) if request else None,
            self._policies.config("ResponseHeadersPolicy", response) if response else None,
            Limits(float(cache["MinTTL"]), float(cache["DefaultTTL"]), float(cache["MaxTTL"])),
        )


def _viewed(received: Received) -> Viewed:
    path, _, query = received.target.partition("?")
    headers: dict[str, str] = {}
    for name, value in received.headers:
        key = name.lower()
        if key != "cookie":
            headers[key] = f"{headers[key]},{value}" if key in headers else value
    pairs = tuple((name, value) for name, _, value in (part.partition("=") for part in query.split("&")) if name)
    return Viewed(received.method, path or "/", pairs, headers, _cookies(received.header("cookie")))


def _cookies(text: str) -> tuple[tuple[str, str], ...]:
    try:
        return tuple((name, one.coded_value) for name, one in SimpleCookie(text).items())
    except CookieError:
        return ()


def located(viewed: Viewed, behavior: Behavior) -> Viewed:
    """The request with the location headers that the policies ask for, and without any the viewer has sent.

    Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
    """
    plain = {
        name: value for name, value in viewed.headers.items() if not name.startswith("cloudfront-") and name != VIEWER
    }
    told = parse_qsl(viewed.headers.get(VIEWER, "").replace("; ", "&").replace(";", "&"))
    asked = cache_key.location_headers(behavior.cache, behavior.request)
    for name, value in told:
        header = f"cloudfront-viewer-{name.lower()}"
        if header in asked:
            plain[header] = value
    return replace(viewed, headers=plain)


def _refused(received: Received, viewed: Viewed, config: Config, behavior: Behavior) -> Served | None:
    """What the edge answers by itself, before functions and cache."""
    size = len(received.target) + sum(len(name) + len(value) + 4 for name, value in received.headers)
    if len(received.target) > URL_BYTES or size > REQUEST_BYTES:
        return _own(413, "The request is too large.")
    policy = behavior.config["ViewerProtocolPolicy"]
    if not received.secure and policy == "https-only":
        return _own(403, "This distribution takes HTTPS only.")
    if not received.secure and policy == "redirect-to-https":
        place = f"https://{received.header('host')}{received.target}"
        status = 301 if viewed.method in ("GET", "HEAD") else 307
        return Served(status, {"location": place, "content-type": "text/html"}, _page(status, place), "Redirect")
    if viewed.method not in items(behavior.config["AllowedMethods"]):
        return _own(403, "This distribution is not configured to allow the HTTP request method.")
    if viewed.method == "GET" and received.body:
        return _own(403, "A GET request must not have a body.")
    geo = config["Restrictions"]["GeoRestriction"]
    told = dict(parse_qsl(viewed.headers.get(VIEWER, "").replace("; ", "&")))
    country = told.get("Country", "")
    listed = country in items(geo)
    if (geo["RestrictionType"] == "whitelist" and not listed) or (geo["RestrictionType"] == "blacklist" and listed):
        return _own(403, "The distribution is configured to block access from your country.")
    return None


def _own(status: int, message: str) -> Served:
    return Served(status, {"content-type": "text/html"}, _page(status, message), ERROR)


def _page(status: int, message: str) -> bytes:
    return f"<html><body><h1>{status}</h1><p>{message}</p></body></html>\n".encode()


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


def _while(kept: Cached, behavior: Behavior) -> float:
    return lifetimes.stale_while_revalidating(kept.headers, behavior.limits)


def _kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in NOT_FROM_ORIGIN}


def _plain(answer: OriginAnswer, result: str) -> Served:
    if answer.failure:
        return Served(
            answer.status, {"content-type": "text/html"}, _page(answer.status, "origin"), ERROR, answer.origin
        )
    return Served(answer.status, _kept_headers(answer.headers), answer.body, result, answer.origin)


def _from_cache(kept: Cached, result: str, now: float) -> Served:
    word = ERROR if kept.status >= 400 else result
    return Served(kept.status, kept.headers, kept.body, word, kept.origin, max(0, int(now - kept.stored)))


def _reply(served: Served, behavior: Behavior, viewed: Viewed, received: Received, request_id: str) -> Reply:
    """The answer as it is sent: conditions, ranges, CloudFront's own headers, the response headers policy."""
    status, headers, body = served.status, dict(served.headers), served.body
    etag = headers.get("etag", "")
    if status == 200 and etag and received.header("if-none-match") in (etag, "*"):
        status, body = 304, b""
    elif status == 200 and viewed.method == "GET" and received.header("range"):
        status, headers, body = _part(headers, body, received.header("range"))
    if served.age is not None:
        headers["age"] = str(served.age)
    headers["via"] = "1.1 localcloud.cloudfront.net (CloudFront)"
    headers["x-amz-cf-id"] = request_id
    headers["x-amz-cf-pop"] = "LOC50-P1"
    headers["x-cache"] = f"{served.result} from cloudfront"
    if served.origin:
        headers[ORIGIN] = served.origin
    preflight = viewed.method == "OPTIONS" and bool(received.header("access-control-request-method"))
    headers = response_headers.changed(headers, behavior.response, received.header("origin"), preflight=preflight)
    return Reply(status, [(name.title(), value) for name, value in headers.items()], body)


def _part(headers: dict[str, str], body: bytes, wanted: str) -> tuple[int, dict[str, str], bytes]:
    """One range of an object; all of it for what is no single range."""
    found = RANGE.fullmatch(wanted.strip())
    if not found or found.groups() == ("", ""):
        return 200, headers, body
    first, last = found.groups()
    start = int(first) if first else max(0, len(body) - int(last))
    end = min(int(last), len(body) - 1) if first and last else len(body) - 1
    if start >= len(body) or start > end:
        return 416, {**headers, "content-range": f"bytes */{len(body)}"}, b""
    return 206, {**headers, "content-range": f"bytes {start}-{end}/{len(body)}"}, body[start : end + 1]
