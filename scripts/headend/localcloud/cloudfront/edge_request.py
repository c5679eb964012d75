"""What the edge does with one request of a viewer, as the distribution's configuration says.

Sources: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HowCloudFrontWorks.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehavior.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from headend.localcloud.cloudfront import cache_key, function_events, lifetimes
from headend.localcloud.cloudfront.cache import Cache, Cached, Key
from headend.localcloud.cloudfront.cache_behaviors import Behavior, behavior_of
from headend.localcloud.cloudfront.cache_key import Viewed
from headend.localcloud.cloudfront.edge_answers import ERROR, HIT, MISS, REFRESHED, Served, page, reply
from headend.localcloud.cloudfront.function_requests import FunctionRequests
from headend.localcloud.cloudfront.function_runtime import FunctionError, Outcome, run
from headend.localcloud.cloudfront.origin_requests import Asked, OriginAnswer, OriginClient
from headend.localcloud.cloudfront.policies import Policies
from headend.localcloud.cloudfront.records import Config, LiveDistribution, items
from headend.localcloud.cloudfront.routes import INLINE_CONTROL, Route, chosen, configured
from headend.localcloud.cloudfront.viewer_requests import located, read, refused
from headend.localcloud.iam.identity import Credentials
from headend.localcloud.origins.listener import Received, Reply

FAILOVER_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""OPTIONS only where the cache behavior caches it."""
NOT_FROM_ORIGIN = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade", "trailer"})


class EdgeRequests:
    """Answers viewers of one distribution after the other's rules. Thread-safe."""

    def __init__(
        self,
        policies: Policies,
        functions: FunctionRequests,
        client: OriginClient,
        keys: Callable[[LiveDistribution], Credentials],
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

    def answer(self, record: LiveDistribution, received: Received) -> Reply:
        """The answer to a viewer."""
        config, request_id = record.config, uuid.uuid4().hex
        viewed = read(received)
        if viewed.path == "/" and config["DefaultRootObject"]:
            viewed = replace(viewed, path=f"/{config['DefaultRootObject']}")
        behavior = behavior_of(config, viewed.path, self._policies)
        refusal = refused(received, viewed, config, behavior)
        viewed = located(viewed, behavior)
        served = refusal or self._through_functions(record, behavior, viewed, received, request_id)
        return reply(served, behavior.response, viewed, received, request_id)

    # Functions

    def _through_functions(
        self, record: LiveDistribution, behavior: Behavior, viewed: Viewed, received: Received, request_id: str
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
            return Served(503, {"content-type": "text/html"}, page(503, "function error"), "FunctionExecutionError")

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
        self, record: LiveDistribution, behavior: Behavior, route: Route, viewed: Viewed, received: Received
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
        self, record: LiveDistribution, behavior: Behavior, route: Route, viewed: Viewed, received: Received, key: Key
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
            length = {"content-length": answer.headers["content-length"]} if _has_only_length(viewed, answer) else {}
            served = _plain(answer, MISS)
            return replace(served, headers={**served.headers, **length})

    def _failed(
        self,
        record: LiveDistribution,
        behavior: Behavior,
        key: Key,
        kept: Cached | None,
        answer: OriginAnswer,
        now: float,
    ) -> Served:
        """The origin has answered with an error, or not at all: what is in the cache may still be good enough."""
        responses = items(record.config["CustomErrorResponses"])
        if kept and kept.status < 400 and answer.status >= 500:
            window = lifetimes.stale_if_error(kept.headers, behavior.limits, kept.fresh_until - kept.stored)
            if now < kept.fresh_until + window:
                again = now + lifetimes.least_error_seconds(answer.status, responses)
                self.cache.put(key, replace(kept, checked=min(again, kept.fresh_until + window)))
                return _from_cache(kept, REFRESHED, now)
        headers = _kept_headers(answer.headers)
        seconds = lifetimes.error_seconds(answer.status, headers, responses)
        served = _plain(answer, ERROR)
        if seconds > 0 and behavior.limits.most > 0:
            self.cache.put(key, Cached(answer.status, served.headers, served.body, answer.origin, now, now + seconds))
        elif kept and (kept.status >= 400 or answer.status < 500):
            self.cache.remove(key)
        return served

    def _fetched(
        self,
        record: LiveDistribution,
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
            failed = answer.counts_as in route.codes
            if not failed or viewed.method not in FAILOVER_METHODS & behavior.cached_methods:
                return answer
        return answer

    def _control(self, origin: Config) -> Config | None:
        if INLINE_CONTROL in origin:
            given: Config = origin[INLINE_CONTROL]
            return given
        identifier = origin.get("OriginAccessControlId")
        return self._policies.config("OriginAccessControl", identifier) if identifier else None

    def _error_page(self, record: LiveDistribution, served: Served, received: Received) -> Served:
        """The custom error page of a status code, where there is one.

        Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/creating-custom-error-pages.html
        """
        if served.status < 400:
            return served
        for one in items(record.config["CustomErrorResponses"]):
            if int(one["ErrorCode"]) == served.status and one["ResponsePagePath"]:
                viewed = Viewed("GET", str(one["ResponsePagePath"]))
                behavior = behavior_of(record.config, viewed.path, self._policies)
                route = configured(record.config, behavior.config["TargetOriginId"])
                key = cache_key.cache_key(record.domain_name, viewed, behavior.cache)
                shown = self._renewed(record, behavior, route, viewed, received, key)
                if shown.status >= 400:
                    return served
                return replace(shown, status=int(one["ResponseCode"]), result=ERROR, age=None)
        return served


def _while(kept: Cached, behavior: Behavior) -> float:
    return lifetimes.stale_while_revalidating(kept.headers, behavior.limits, kept.fresh_until - kept.stored)


def _has_only_length(viewed: Viewed, answer: OriginAnswer) -> bool:
    """Whether it is an answer without the body whose length it tells."""
    return viewed.method == "HEAD" and "content-length" in answer.headers


def _kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in NOT_FROM_ORIGIN}


def _plain(answer: OriginAnswer, result: str) -> Served:
    if answer.failure:
        return Served(answer.status, {"content-type": "text/html"}, page(answer.status, "origin"), ERROR, answer.origin)
    return Served(answer.status, _kept_headers(answer.headers), answer.body, result, answer.origin)


def _from_cache(kept: Cached, result: str, now: float) -> Served:
    word = ERROR if kept.status >= 400 else result
    return Served(kept.status, kept.headers, kept.body, word, kept.origin, max(0, int(now - kept.stored)))
