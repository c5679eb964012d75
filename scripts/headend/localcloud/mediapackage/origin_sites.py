"""MediaPackage V2's two doors for content: `/in/v1/…`, where encoders put it, and `/out/v1/…`, where it is fetched.

The host names the channel group, as each has domains of its own; the paths are the same in every Region. A request is
its signer's, and needs `mediapackagev2:PutObject` on the channel or `mediapackagev2:GetObject` on the endpoint: by the
signer's own policies or by the policy of the channel or endpoint. What is not signed needs a policy for everybody.
Faults of the local cloud on the service, and a Region that is gone, are answered with 503.

Sources: https://docs.aws.amazon.com/mediapackage/latest/userguide/channel-auth.html
https://docs.aws.amazon.com/mediapackage/latest/userguide/endpoint-auth.html
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from headend.localcloud.app import LocalCloudServer
from headend.localcloud.aws_request import AwsRequest
from headend.localcloud.faults.faults import Faults
from headend.localcloud.iam.access_denied import AccessDenied, InvalidCredentials
from headend.localcloud.iam.identity import Identity
from headend.localcloud.iam.identity_gate import transport
from headend.localcloud.iam.policy_evaluation import Principal
from headend.localcloud.mediapackage.egress import Egress, EgressError
from headend.localcloud.mediapackage.ingest import Content, IngestError
from headend.localcloud.mediapackage.media_package import MediaPackage
from headend.localcloud.mediapackage.package_model import (
    HLS_KINDS,
    WINDOW_SECONDS,
    LiveEndpoint,
    LiveGroup,
    LivePackageChannel,
)
from headend.localcloud.service_calls import DeliveryError

INGEST = "/in/v1/"
EGRESS = "/out/v1/"
GET = "mediapackagev2:GetObject"
GET_HEAD = "mediapackagev2:GetHeadObject"
PUT = "mediapackagev2:PutObject"
SLATE = "x-headend-slate"
"""The header with which an encoder of the local cloud says that a segment is slate: `1`."""

Context = Mapping[str, str]


class MediaOrigin:
    """The content of all channels. `now` is its clock: the wall's, as that of the encoders is."""

    def __init__(self, cloud: LocalCloudServer, service: MediaPackage) -> None:
        self._cloud = cloud
        self._service = service
        self._lock = threading.Lock()
        self._contents: dict[str, Content] = {}
        self.now: Callable[[], float] = time.time
        service.reset = self._reset

    def put(
        self, url: str, body: bytes, who: Principal, context: Context | None = None, *, slate: bool = False
    ) -> None:
        """Take in one object by its URL, `https://…-1.ingest.…/in/v1/GROUP/1/CHANNEL/index_high_7.m4s`.

        Raises IngestError, with 403 when `who` may not.
        """
        host, _, path = url.partition("://")[2].partition("/")
        number, channel, name = self._ingest(host, f"/{path}")
        if fault := self._fault(PUT, channel.arn):
            raise IngestError(503, fault)
        try:
            self._cloud.part(Identity).authorise(who, PUT, channel.arn, dict(context or {}))
        except AccessDenied as error:
            raise IngestError(403, str(error)) from error
        self._content(channel).put(number, name, body, slate=slate)

    def content(self, channel: LivePackageChannel) -> Content:
        """What a channel has taken in."""
        return self._content(channel)

    def answer_ingest(self, request: Request) -> Response:
        """Answer a request of an encoder."""
        if request.method not in ("PUT", "POST"):
            return _said(405, "content is put here")
        try:
            who = self._cloud.part(Identity).caller(AwsRequest(request.environ))
            url = f"https://{_host(request)}{request.path}"
            self.put(url, request.get_data(), who, _context(request), slate=request.headers.get(SLATE) == "1")
        except InvalidCredentials as error:
            return _said(403, str(error))
        except IngestError as error:
            return _said(error.status, str(error))
        return Response(status=200)

    def answer_egress(self, request: Request) -> Response:
        """Answer a request for a manifest or a segment."""
        if request.method not in ("GET", "HEAD"):
            return _said(405, "content is fetched here")
        try:
            endpoint, name = self._egress(_host(request), request.path)
            who = self._cloud.part(Identity).caller(AwsRequest(request.environ))
            action = GET_HEAD if request.method == "HEAD" else GET
            if fault := self._fault(action, endpoint.arn):
                return _said(503, fault)
            self._cloud.part(Identity).authorise(who, action, endpoint.arn, _context(request))
            found = Egress(endpoint, self._content(endpoint.channel), self.now).get(name)
        except (AccessDenied, InvalidCredentials) as error:
            return _said(403, str(error))
        except EgressError as error:
            return _said(error.status, str(error))
        response = Response(found.body, content_type=found.content_type)
        response.headers["Cache-Control"] = f"max-age={found.max_age}"
        response.headers["CMSD-Static"] = f'n="{_origin(endpoint)}",st=l,sf=(d h),{found.told}'
        return response

    # Inside

    def _fault(self, action: str, arn: str) -> str:
        """What a fault on purpose says to a request, or nothing."""
        try:
            self._cloud.part(Faults).check_call(action, arn)
        except DeliveryError as error:
            return str(error)
        return ""

    def _ingest(self, host: str, path: str) -> tuple[str, LivePackageChannel, str]:
        parts = path.removeprefix(INGEST).split("/")
        if len(parts) < 4 or parts[1] not in ("1", "2"):
            raise IngestError(404, f"there is no ingest endpoint {path}")
        name, number, channel = parts[:3]
        group = self._group(
            host, name, lambda one: one.channels[channel].ingest_url(number) if channel in one.channels else ""
        )
        held = group.channels.get(channel) if group else None
        if held is None or not path.startswith(f"/{held.ingest_url(number).split('/', 3)[3]}"):
            raise IngestError(404, f"there is no ingest endpoint {path}")
        if held.input_type != "CMAF":
            raise IngestError(501, "the local cloud takes in CMAF only")
        return number, held, "/".join(parts[3:]).rpartition("/")[2]

    def _egress(self, host: str, path: str) -> tuple[LiveEndpoint, str]:
        parts = path.removeprefix(EGRESS).split("/")
        if len(parts) == 4:
            group = self._group(host, parts[0], lambda one: f"https://{one.domain}/")
            channel = group.channels.get(parts[1]) if group else None
            endpoint = channel.endpoints.get(parts[2]) if channel else None
            if endpoint:
                return endpoint, parts[3]
        raise EgressError(404, f"there is no origin endpoint {path}")

    def _group(self, host: str, name: str, url: Callable[[LiveGroup], str]) -> LiveGroup | None:
        """The group of a name whose domain is `host`."""
        for one in self._service.groups():
            if one.channel_group_name == name and url(one).startswith(f"https://{host}/"):
                return one
        return None

    def _content(self, channel: LivePackageChannel) -> Content:
        with self._lock:
            if channel.arn not in self._contents:
                locked = channel.locking == "EPOCH_LOCKED"
                self._contents[channel.arn] = Content(
                    locked=locked, now=lambda: self.now(), window=lambda: _longest_window(channel)
                )
            return self._contents[channel.arn]

    def _reset(self, held: LivePackageChannel | LiveEndpoint) -> None:
        """Forget a channel's content. An endpoint has none of its own: what is taken in stays."""
        if isinstance(held, LivePackageChannel):
            with self._lock:
                self._contents.pop(held.arn, None)


def _longest_window(channel: LivePackageChannel) -> float:
    """The seconds of the longest manifest of a channel's endpoints."""
    endpoints = list(channel.endpoints.values())
    manifests = [one for endpoint in endpoints for kind in HLS_KINDS for one in endpoint.settings.get(kind) or []]
    return max((one["ManifestWindowSeconds"] for one in manifests), default=WINDOW_SECONDS)


def _origin(endpoint: LiveEndpoint) -> str:
    """How an endpoint names itself in its answers, with its Region.

    Source: https://docs.aws.amazon.com/mediapackage/latest/userguide/cmsd.html
    """
    group = endpoint.channel.group
    names = (group.region, group.channel_group_name, endpoint.channel.channel_name, endpoint.name)
    return ":".join(("MediaPackage", *names))


def _host(request: Request) -> str:
    return str(request.environ.get("HTTP_HOST", "")).partition(":")[0]


def _context(request: Request) -> dict[str, Any]:
    source = str(request.environ.get("REMOTE_ADDR") or "127.0.0.1")
    return {"aws:SourceIp": source, **transport(request.environ)}


def _said(status: int, message: str) -> Response:
    return Response(f"{message}\n", status=status, mimetype="text/plain")


def install(cloud: LocalCloudServer) -> None:
    """Open both doors."""
    origin = MediaOrigin(cloud, cloud.part(MediaPackage))
    cloud.provide(origin)
    cloud.add_site(INGEST, origin.answer_ingest)
    cloud.add_site(EGRESS, origin.answer_egress)
