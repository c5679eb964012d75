"""Payload format 2.0: what a function is given for a request of an HTTP API, and what its answer becomes.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request, Response

TEXT = ("text/", "application/json", "application/javascript", "application/xml")
"""How the content types begin whose bodies are handed on as text; all others as Base64.

Source: https://aws.amazon.com/blogs/compute/handling-binary-data-using-amazon-api-gateway-http-apis/
"""
INFERRED = "application/json"
PLAIN = "text/plain;charset=UTF-8"


@dataclass(frozen=True)
class Call:
    """One request on its way through an API. `path` is as the client sent it, decoded; `time` in epoch seconds."""

    request: Request
    account: str
    api_id: str
    stage: str
    route_key: str
    path: str
    variables: Mapping[str, str]
    stage_variables: Mapping[str, str]
    request_id: str
    trace_id: str
    time: float

    @property
    def clock(self) -> str:
        """The request's time as in the Common Log Format, dd/MMM/yyyy:HH:mm:ss +-hhmm."""
        return datetime.fromtimestamp(self.time, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")

    @property
    def domain(self) -> str:
        """The name by which the API was called."""
        return self.request.host.partition(":")[0]


class MalformedResponse(Exception):  # noqa: N818 - no error of the local cloud's
    """The function's answer is no response."""


def event(call: Call) -> dict[str, Any]:
    """The event: names of headers in lower case, repeated ones and repeated query strings joined by commas."""
    request = call.request
    agent = request.headers.get("User-Agent", "")
    found: dict[str, Any] = {
        "version": "2.0",
        "routeKey": call.route_key,
        "rawPath": call.path,
        "rawQueryString": request.query_string.decode("latin-1"),
    }
    cookies = [one.strip() for one in request.headers.get("Cookie", "").split(";") if one.strip()]
    if cookies:
        found["cookies"] = cookies
    found["headers"] = _headers(call)
    query = _joined(parse_qsl(found["rawQueryString"], keep_blank_values=True))
    if query:
        found["queryStringParameters"] = query
    found["requestContext"] = {
        "accountId": call.account,
        "apiId": call.api_id,
        "domainName": call.domain,
        "domainPrefix": call.domain.partition(".")[0],
        "http": {
            "method": request.method,
            "path": call.path,
            "protocol": str(request.environ.get("SERVER_PROTOCOL", "HTTP/1.1")),
            "sourceIp": request.remote_addr or "",
            "userAgent": agent,
        },
        "requestId": call.request_id,
        "routeKey": call.route_key,
        "stage": call.stage,
        "time": call.clock,
        "timeEpoch": int(call.time * 1000),
    }
    body = request.get_data()
    is_text = request.mimetype.startswith(TEXT) if body else True
    if body:
        found["body"] = body.decode("utf-8", "replace") if is_text else base64.b64encode(body).decode()
    if call.variables:
        found["pathParameters"] = dict(call.variables)
    found["isBase64Encoded"] = not is_text
    if call.stage_variables:
        found["stageVariables"] = dict(call.stage_variables)
    return found


def _headers(call: Call) -> dict[str, str]:
    request = call.request
    sent = [(name.lower(), value) for name, value in request.headers.items() if name.lower() != "cookie"]
    return _joined(sent) | {
        "x-amzn-trace-id": call.trace_id,
        "x-forwarded-for": request.remote_addr or "",
        "x-forwarded-port": str(request.environ.get("SERVER_PORT", "")),
        "x-forwarded-proto": request.scheme,
    }


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def response(payload: str) -> Response:
    """The response that a function's answer (JSON text) stands for.

    Without a statusCode the answer is the body of a 200: a text as it is, all else as JSON.

    Raises:
        MalformedResponse: a statusCode, header or body of a wrong type.
    """
    answer = json.loads(payload) if payload else None
    if not isinstance(answer, dict) or "statusCode" not in answer:
        text = answer if isinstance(answer, str) else json.dumps(answer, separators=(",", ":"))
        return Response(text, status=200, content_type=INFERRED)
    status, body = answer["statusCode"], answer.get("body")
    headers, cookies = answer.get("headers") or {}, answer.get("cookies") or []
    try:
        code = int(status)
        content = b"" if body is None else body.encode()
        if answer.get("isBase64Encoded"):
            content = base64.b64decode(content, validate=True)
        made = Response(content, status=code)
        made.headers.remove("content-type")
        for name, value in headers.items():
            made.headers[name] = str(value)
        for cookie in cookies:
            made.headers.add("set-cookie", cookie)
    except (AttributeError, TypeError, ValueError, binascii.Error) as error:
        raise MalformedResponse(str(error)) from error
    if not 100 <= code <= 599:
        raise MalformedResponse(f"status code {code}")
    made.headers.setdefault("content-type", PLAIN)
    return made
