"""A request and an answer as CloudFront functions see them, and back.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any

from headend.localcloud.cloudfront.cache_key import Pairs, Viewed
from headend.localcloud.cloudfront.function_runtime import FunctionError

Json = dict[str, Any]
READ_ONLY = frozenset({"content-length", "host", "transfer-encoding", "via"})
"""Request headers that a viewer request function cannot change.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
"""


def event(kind: str, viewed: Viewed, domain: str, identifier: str, request_id: str, ip: str) -> Json:
    """The event of a viewer request; `kind` is viewer-request or viewer-response."""
    return {
        "version": "1.0",
        "context": {
            "distributionDomainName": domain,
            "distributionId": identifier,
            "eventType": kind,
            "requestId": request_id,
        },
        "viewer": {"ip": ip},
        "request": {
            "method": viewed.method,
            "uri": viewed.path,
            "querystring": _named(viewed.query),
            "headers": _named(viewed.headers.items()),
            "cookies": _named(viewed.cookies),
        },
    }


def response_part(status: int, headers: Mapping[str, str]) -> Json:
    """The `response` of a viewer response event: no body."""
    kept = {name: value for name, value in headers.items() if name != "set-cookie"}
    return {"statusCode": status, "statusDescription": "", "headers": _named(kept.items()), "cookies": {}}


def viewed_again(value: Json, before: Viewed) -> Viewed:
    """The request that a function returned. Raises FunctionError for what CloudFront does not take."""
    path = value.get("uri")
    if not isinstance(path, str) or not path.startswith("/"):
        raise FunctionError("The uri that the function returned must begin with a slash")
    if value.get("method", before.method) != before.method:
        raise FunctionError("A function cannot change the method of a request")
    headers = dict(_pairs(value.get("headers")))
    for name in READ_ONLY:
        if name in before.headers:
            headers[name] = before.headers[name]
        else:
            headers.pop(name, None)
    if any(name != name.lower() for name in headers):
        raise FunctionError("Header names that a function returns must be in lower case")
    return Viewed(before.method, path, _pairs(value.get("querystring")), headers, _pairs(value.get("cookies")))


def generated(value: Json) -> tuple[int, dict[str, str], bytes | None]:
    """(status, headers, body or None for the body there was) of a response that a function returned."""
    status = value.get("statusCode")
    if not isinstance(status, int) or not 100 <= status <= 599:
        raise FunctionError("The statusCode that the function returned is no status code")
    headers = dict(_pairs(value.get("headers")))
    body = value.get("body")
    if body is None:
        return status, headers, None
    if isinstance(body, str):
        return status, headers, body.encode()
    data = str(body.get("data", ""))
    if body.get("encoding") == "base64":
        try:
            return status, headers, base64.b64decode(data, validate=True)
        except binascii.Error as error:
            raise FunctionError("The body that the function returned is not base64") from error
    return status, headers, data.encode()


def _named(pairs: Iterable[tuple[str, str]]) -> Json:
    found: Json = {}
    for name, value in pairs:
        if name not in found:
            found[name] = {"value": value}
        else:
            found[name].setdefault("multiValue", [{"value": found[name]["value"]}]).append({"value": value})
    return found


def _pairs(block: Json | None) -> Pairs:
    found: list[tuple[str, str]] = []
    for name, one in (block or {}).items():
        several = one.get("multiValue")
        found += [(name, str(each["value"])) for each in several] if several else [(name, str(one.get("value", "")))]
    return tuple(found)
