"""A request of the edge to one origin: connection attempts, timeouts, TLS, and the signature of origin access control.

Sources: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html#controlling-attempts-and-timeouts
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorS3Origin.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-502-bad-gateway.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-504-gateway-timeout.html
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Keys

from headend.localcloud.cloudfront.records import Config, items
from headend.localcloud.cloudfront.routes import HOST_HEADER
from headend.localcloud.iam.identity import Credentials
from headend.localcloud.origins.gates import Gates
from headend.localcloud.origins.origin_faults import region_of

READ_SECONDS = 30.0
LEAST_SECONDS = 0.01
"""What must be left of a response completion timeout for another attempt."""
RETRIED = frozenset({"GET", "HEAD"})
"""Methods with which a custom origin is asked again that has not answered in time."""
SERVICES = {"s3": "s3", "mediapackagev2": "mediapackagev2", "mediastore": "mediastore", "lambda": "lambda"}


@dataclass(frozen=True)
class Asked:
    """What the origin is asked: `target` is path and query; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""
    viewer_secure: bool = True


@dataclass(frozen=True)
class OriginAnswer:
    """What came back, or, with `failure` said, the status that stands for it. Header names are in lower case.

    `counts_as` is the status code by which an origin group fails over.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    origin: str = ""
    failure: str = ""
    failure_code: int = 0

    @property
    def counts_as(self) -> int:
        """A connection that is not made counts as 503, an answer that does not come as 504.

        Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html
        """
        return self.failure_code or self.status


class OriginClient:
    """Asks origins through their gates."""

    def __init__(self, gates: Gates) -> None:
        self._gates = gates

    def ask(self, origin: Config, control: Config | None, asked: Asked, keys: Credentials) -> OriginAnswer:
        """The origin's answer, or the 502 or 504 that stands for none. `keys` are the distribution's own."""
        name = str(origin["Id"])
        attempts = int(origin.get("ConnectionAttempts", 3))
        complete = origin.get("ResponseCompletionTimeout")
        until = None if complete is None else time.monotonic() + float(complete)
        failure = OriginAnswer(502, origin=name, failure="no attempt")
        for _ in range(attempts):
            failure = self._once(origin, control, asked, keys, until)
            if not failure.failure:
                return failure
            if failure.failure == "read" and (asked.method not in RETRIED or origin.get("S3OriginConfig") is not None):
                break
            if until is not None and time.monotonic() >= until - LEAST_SECONDS:
                break
        return failure

    def _once(
        self, origin: Config, control: Config | None, asked: Asked, keys: Credentials, until: float | None
    ) -> OriginAnswer:
        name, host = str(origin["Id"]), str(origin["DomainName"])
        place = self._gates.resolve(host)
        if place is None:
            return OriginAnswer(502, origin=name, failure=f"no address: {host}", failure_code=503)
        secure = _secure(origin, control, asked)
        limit = time.monotonic() + float(origin.get("ConnectionTimeout", 10))
        connection: socket.socket | None = None
        try:
            connection = socket.create_connection(place, timeout=float(origin.get("ConnectionTimeout", 10)))
            if secure:
                connection.settimeout(max(0.001, limit - time.monotonic()))
                connection = self._gates.client_tls().wrap_socket(connection, server_hostname=host)
        except TimeoutError:
            _closed(connection)
            return OriginAnswer(504, origin=name, failure="connect: timed out", failure_code=503)
        except ssl.SSLError as error:
            _closed(connection)
            return OriginAnswer(502, origin=name, failure=f"TLS: {error}")
        except OSError as error:
            _closed(connection)
            return OriginAnswer(502, origin=name, failure=f"connect: {error}", failure_code=503)
        try:
            return self._exchanged(connection, origin, control, asked, keys, host=host, secure=secure, until=until)
        except TimeoutError:
            return OriginAnswer(504, origin=name, failure="read")
        except (OSError, http.client.HTTPException) as error:
            return OriginAnswer(502, origin=name, failure=f"read: {error!r}")
        finally:
            _closed(connection)

    def _exchanged(
        self,
        connection: socket.socket,
        origin: Config,
        control: Config | None,
        asked: Asked,
        keys: Credentials,
        *,
        host: str,
        secure: bool,
        until: float | None,
    ) -> OriginAnswer:
        connection.settimeout(_within(read_seconds(origin), until))
        headers = {**asked.headers, "host": origin.get(HOST_HEADER) or asked.headers.get("host", host)}
        if control is not None or origin.get("S3OriginConfig") is not None:
            headers["host"] = host
        for one in items(origin.get("CustomHeaders")):
            headers[str(one["HeaderName"]).lower()] = str(one["HeaderValue"])
        target = f"{origin.get('OriginPath') or ''}{asked.target}"
        scheme = "https" if secure else "http"
        headers = signed(asked.method, f"{scheme}://{host}{target}", headers, asked.body, control, keys)
        lines = [f"{asked.method} {target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += ["connection: close"]
        if asked.body:
            lines.append(f"content-length: {len(asked.body)}")
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + asked.body)
        response = http.client.HTTPResponse(connection, method=asked.method)
        try:
            response.begin()
            body = _all(response, until)
        finally:
            response.close()
        found: dict[str, str] = {}
        for name, value in response.getheaders():
            key = name.lower()
            found[key] = f"{found[key]}, {value}" if key in found else value
        return OriginAnswer(response.status, found, body, str(origin["Id"]))


def read_seconds(origin: Config) -> float:
    """How long the edge waits for the first byte of an answer, and between two of its packets."""
    custom, s3 = origin.get("CustomOriginConfig") or {}, origin.get("S3OriginConfig") or {}
    return float(custom.get("OriginReadTimeout") or s3.get("OriginReadTimeout") or READ_SECONDS)


def signed(
    method: str, url: str, headers: Mapping[str, str], body: bytes, control: Config | None, keys: Credentials
) -> dict[str, str]:
    """The headers, signed as CloudFront when the access control says so.

    always: a viewer's Authorization is replaced. no-override: it is kept where there is one. never: nothing is signed.
    """
    plain = dict(headers)
    behavior = (control or {}).get("SigningBehavior", "never")
    if control is None or behavior == "never" or (behavior == "no-override" and "authorization" in plain):
        return plain
    plain.pop("authorization", None)
    service = SERVICES[control["OriginAccessControlOriginType"]]
    region = region_of(url) or "us-east-1"
    request = AWSRequest(method=method, url=url, data=body, headers={"host": plain["host"]})
    SigV4Auth(Keys(keys.access_key_id, keys.secret_access_key, keys.session_token), service, region).add_auth(request)
    return {**plain, **{str(name).lower(): str(value) for name, value in request.headers.items()}}


def _secure(origin: Config, control: Config | None, asked: Asked) -> bool:
    """Whether the origin is asked over TLS.

    S3 is, when an access control signs always, and is asked as the viewer asks otherwise; all others are asked as the
    origin's protocol policy says.

    Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
    """
    if origin.get("S3OriginConfig") is not None and (control or {}).get("SigningBehavior") == "always":
        return True
    policy = (origin.get("CustomOriginConfig") or {}).get("OriginProtocolPolicy", "match-viewer")
    return asked.viewer_secure if policy == "match-viewer" else policy == "https-only"


def _within(seconds: float, until: float | None) -> float:
    return seconds if until is None else max(0.001, min(seconds, until - time.monotonic()))


def _all(response: http.client.HTTPResponse, until: float | None) -> bytes:
    """The whole body. TimeoutError when the origin's response completion timeout is over, all attempts together.

    Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html
    """
    if until is None:
        return response.read()
    found = b""
    while part := response.read1(65536):
        found += part
        if time.monotonic() > until:
            raise TimeoutError
    return found


def _closed(connection: socket.socket | None) -> None:
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.close()
