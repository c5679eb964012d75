"""How long an answer stays in the cache: an object, an error, and an object that is out of date.

Sources: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

ALWAYS_CACHED_ERRORS = frozenset({404, 414, 500, 501, 502, 503, 504})
CACHED_WHEN_TOLD = frozenset({400, 403, 405, 412, 415})
"""Errors that are cached when the origin sends max-age or s-maxage."""
ERROR_SECONDS = 10.0
"""The error caching minimum TTL of a code that no custom error response names."""
NEVER = ("no-cache", "no-store", "private")


@dataclass(frozen=True)
class Limits:
    """The minimum, default and maximum time to live of a cache policy, in seconds."""

    least: float
    usual: float
    most: float


def directives(cache_control: str) -> dict[str, str]:
    """Cache-Control's directives, name → value (empty for none), in lower case."""
    found = {}
    for part in cache_control.split(","):
        name, _, value = part.strip().partition("=")
        if name:
            found[name.lower()] = value.strip().strip('"')
    return found


def object_seconds(headers: Mapping[str, str], limits: Limits, now: float) -> float:
    """How long an object is fresh. `headers` by lower-case name; `now` in seconds since the epoch."""
    told = directives(headers.get("cache-control", ""))
    if any(name in told for name in NEVER):
        return limits.least
    wanted = _seconds(told.get("s-maxage")) if "s-maxage" in told else _seconds(told.get("max-age"))
    if wanted is None:
        wanted = _until(headers.get("expires"), now)
    if wanted is None:
        return max(limits.least, limits.usual)
    return max(limits.least, min(wanted, limits.most))


def error_seconds(status: int, headers: Mapping[str, str], responses: Iterable[Mapping[str, Any]]) -> float:
    """How long an error is answered again without asking the origin; 0 for not at all.

    `responses` are the distribution's custom error responses.
    """
    told = directives(headers.get("cache-control", ""))
    if any(name in told for name in NEVER):
        return 0.0
    aged = _seconds(told.get("s-maxage")) if "s-maxage" in told else _seconds(told.get("max-age"))
    if status not in ALWAYS_CACHED_ERRORS and not (status in CACHED_WHEN_TOLD and aged is not None):
        return 0.0
    return max(least_error_seconds(status, responses), aged or 0.0)


def least_error_seconds(status: int, responses: Iterable[Mapping[str, Any]]) -> float:
    """The error caching minimum TTL of a status code."""
    for one in responses:
        if int(one["ErrorCode"]) == status:
            given = one.get("ErrorCachingMinTTL")
            return ERROR_SECONDS if given is None else float(given)
    return ERROR_SECONDS


def stale_while_revalidating(headers: Mapping[str, str], limits: Limits, fresh: float) -> float:
    """For how long after its time an object is still answered at once, while a newer one is fetched behind it.

    `fresh` is for how long it was fresh. What is older than the maximum TTL is not in the cache any more, whatever the
    directive says; AWS does not say from when that is reckoned: here it is from when the object came.
    """
    told = directives(headers.get("cache-control", ""))
    return max(0.0, min(_seconds(told.get("stale-while-revalidate")) or 0.0, limits.most - fresh))


def stale_if_error(headers: Mapping[str, str], limits: Limits, fresh: float) -> float:
    """For how long after its time an object is answered in the place of an origin's error.

    Without the directive as long as it is in the cache, up to the maximum TTL; with 0 not at all.
    """
    told = directives(headers.get("cache-control", ""))
    given = _seconds(told.get("stale-if-error")) if "stale-if-error" in told else None
    return max(0.0, min(float("inf") if given is None else given, limits.most - fresh))


def _seconds(value: str | None) -> float | None:
    if value is None:
        return None
    return float(value) if value.isdigit() else None


def _until(expires: str | None, now: float) -> float | None:
    if expires is None:
        return None
    try:
        return max(0.0, parsedate_to_datetime(expires).timestamp() - now)
    except (TypeError, ValueError):
        return 0.0
