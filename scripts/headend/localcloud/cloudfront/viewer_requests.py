"""Viewers' requests: how they are read, where their senders are, and what the edge refuses by itself.

Sources: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
"""

from __future__ import annotations

from dataclasses import replace
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

from headend.localcloud.cloudfront import cache_key
from headend.localcloud.cloudfront.cache_behaviors import Behavior
from headend.localcloud.cloudfront.cache_key import Viewed
from headend.localcloud.cloudfront.edge_answers import Served, own, page
from headend.localcloud.cloudfront.records import Config, items
from headend.localcloud.origins.listener import Received

REQUEST_BYTES = 32768
URL_BYTES = 8192
"""Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"""
VIEWER = "x-headend-viewer"
"""Where a viewer of the local cloud says where it is: `Country=DE; Latitude=52.5`, CloudFront-Viewer-… by its end."""


def read(received: Received) -> Viewed:
    """A request as it came in."""
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


def refused(received: Received, viewed: Viewed, config: Config, behavior: Behavior) -> Served | None:
    """What the edge answers by itself, before functions and cache."""
    size = len(received.target) + sum(len(name) + len(value) + 4 for name, value in received.headers)
    if len(received.target) > URL_BYTES or size > REQUEST_BYTES:
        return own(413, "The request is too large.")
    policy = behavior.config["ViewerProtocolPolicy"]
    if not received.secure and policy == "https-only":
        return own(403, "This distribution takes HTTPS only.")
    if not received.secure and policy == "redirect-to-https":
        place = f"https://{received.header('host')}{received.target}"
        status = 301 if viewed.method in ("GET", "HEAD") else 307
        return Served(status, {"location": place, "content-type": "text/html"}, page(status, place), "Redirect")
    if viewed.method not in items(behavior.config["AllowedMethods"]):
        return own(403, "This distribution is not configured to allow the HTTP request method.")
    if viewed.method == "GET" and received.body:
        return own(403, "A GET request must not have a body.")
    geo = config["Restrictions"]["GeoRestriction"]
    told = dict(parse_qsl(viewed.headers.get(VIEWER, "").replace("; ", "&")))
    country = told.get("Country", "")
    listed = country in items(geo)
    if (geo["RestrictionType"] == "whitelist" and not listed) or (geo["RestrictionType"] == "blacklist" and listed):
        return own(403, "The distribution is configured to block access from your country.")
    return None
