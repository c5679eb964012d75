"""One AWS request as the local cloud's gates see it: service, Region, access key, operation and parameters.

Operation and parameters are found by moto's router and parser, which read them off botocore's service models.
"""

from __future__ import annotations

import io
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from botocore.exceptions import UnknownServiceError
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/(\d{8})/(?:([^/,\s]+)/)?([^/,\s]+)/aws4_request")
"""Key, date, Region and service. SigV4A, with which CloudFront's key-value stores are asked, names no Region.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
"""
MODELS = {
    "aws-marketplace": "marketplace-entitlement",
    "cloudcontrolapi": "cloudcontrol",
    "elasticloadbalancing": "elbv2",
    "execute-api": "apigatewaymanagementapi",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
"""Signing name → botocore's name of the model, where they differ."""

SERVICE = "headend.service"
"""Where a listener of the local cloud tells for which service an unsigned request is, by the host it was sent to."""


class AwsRequest:
    """A request as it came in. Without a signature `service` and `access_key` are empty.

    Attributes: `service` (signing name, as in `states`), `region`, `access_key`, `session_token`, `environ`.
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
    """

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.environ = environ
        presigned = unquote(environ.get("QUERY_STRING", ""))
        found = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", "")) or CREDENTIAL.search(presigned)
        self.access_key, _, region, service = found.groups() if found else ("", "", "", "")
        self.region: str = region or "us-east-1"
        self.service: str = service.lower() or environ.get(SERVICE, "")
        in_query = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Security-Token", [""])[0]
        self.session_token: str = environ.get("HTTP_X_AMZ_SECURITY_TOKEN", "") or in_query

    @property
    def is_form(self) -> bool:
        """Whether the body is a form, as in the query protocol."""
        return str(self.environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded")

    @cached_property
    def body(self) -> bytes:
        """The body; those who come after can still read it."""
        ends = self.environ.get("wsgi.input_terminated")  # as with a chunked body, which tells no length
        length = -1 if ends else int(self.environ.get("CONTENT_LENGTH") or 0)
        content = bytes(self.environ["wsgi.input"].read(length))
        self.environ["wsgi.input"] = io.BytesIO(content)
        return content

    @property
    def model(self) -> str:
        """botocore's name of the service; API Gateway's second API is signed like its first, and told by the path."""
        if self.service == "apigateway" and str(self.environ.get("PATH_INFO", "")).startswith("/v2/"):
            return "apigatewayv2"
        return MODELS.get(self.service, self.service)

    @property
    def operation(self) -> str:
        """The operation's name as in the API reference, empty when it cannot be told."""
        return self._parsed[0]

    @property
    def parameters(self) -> dict[str, Any]:
        """The operation's parameters by their names in the API reference; empty when they cannot be read."""
        return self._parsed[1]

    @cached_property
    def _parsed(self) -> tuple[str, dict[str, Any]]:
        target: str = self.environ.get("HTTP_X_AMZ_TARGET", "")
        path: str = self.environ.get("PATH_INFO", "")
        told = target.rpartition(".")[2]
        if path.startswith("/service/") and "/operation/" in path:  # Smithy's RPC over CBOR names it in the path
            told = path.rpartition("/")[2]
        try:
            service = get_service_model(self.model)
            request = self._request()
            operation, labels = get_service_router(self.model).match(request)
            parser = PROTOCOL_PARSERS[determine_request_protocol(service, request.content_type)](operation)
            parameters = parser.parse(
                {
                    "method": request.method,
                    "values": request.values,
                    "headers": request.headers,
                    "body": request.data,
                    "url_path": request.path,
                    "url_params": labels,
                }
            )
        except (UnknownServiceError, NotFound, NotImplementedError, KeyError):
            return told, {}
        return str(operation.name), dict(parameters)

    def _request(self) -> Request:
        """A request of its own, so that whoever answers can read the body from its start."""
        return Request({**self.environ, "wsgi.input": io.BytesIO(self.body)})
