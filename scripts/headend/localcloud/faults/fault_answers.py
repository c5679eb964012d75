"""How a service says that it is throttled or broken: error code and status of each, in the service's protocol.

Codes come from botocore's service models; where a model names none, from the table of exceptions below.
Sources: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html (what SDKs take as throttling)
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import UnknownServiceError
from moto.core.utils import get_service_model
from werkzeug.wrappers import Response

from headend.localcloud.app import aws_error

if TYPE_CHECKING:
    from headend.localcloud.aws_request import AwsRequest

THROTTLING = (
    "ProvisionedThroughputExceededException",
    "TooManyRequestsException",
    "ThrottlingException",
    "ThrottledException",
)
"""Names of modelled errors that mean throttling; the first of them that an operation has is its own."""

NOT_MODELLED: dict[str, tuple[str, int]] = {
    "ec2": ("RequestLimitExceeded", 503),
    "s3": ("SlowDown", 503),
    "sns": ("Throttling", 400),
    "sqs": ("RequestThrottled", 403),
}
"""Signing name → (code, status) where the model says nothing or something else."""

PLAIN_THROTTLING = "Throttling"
"""The code of services of the query and REST-XML protocols, as in their lists of common errors."""

BROKEN: dict[int, str] = {500: "InternalFailure", 503: "ServiceUnavailable"}
BROKEN_S3: dict[int, str] = {500: "InternalError", 503: "ServiceUnavailable"}


def throttling(model: str, signing_name: str, operation: str) -> tuple[str, int]:
    """(code, status) with which a service refuses an operation that is called too often."""
    if signing_name in NOT_MODELLED:
        return NOT_MODELLED[signing_name]
    errors = _modelled(model, operation)
    for name in THROTTLING:
        for code, status in errors:
            if code == name:
                return code, status or 400
    return ("ThrottlingException" if _is_json(model) else PLAIN_THROTTLING), 400


def broken(model: str, signing_name: str, operation: str, status: int) -> str:
    """The code of a service's 5xx error."""
    if signing_name == "s3":
        return BROKEN_S3.get(status, "InternalError")
    # Lambda's model has a dozen 502s that tell of something else, such as a key that it cannot use.
    named = [code for code, known in _modelled(model, operation) if known == status and code.startswith(OWN)]
    return named[0] if named else BROKEN.get(status, "InternalFailure")


OWN = ("BadGateway", "Gateway", "Internal", "Service")
"""How the names of errors begin that tell of the service itself."""


@cache
def _modelled(model: str, operation: str) -> tuple[tuple[str, int], ...]:
    """The errors that an operation's model names: (code on the wire, status or 0)."""
    try:
        known = get_service_model(model)
    except UnknownServiceError:
        return ()
    names = [operation] if operation in known.operation_names else []
    found = []
    for name in names:
        for shape in known.operation_model(name).error_shapes:
            told: dict[str, Any] = shape.metadata.get("error", {})
            found.append((str(told.get("code", shape.name)), int(told.get("httpStatusCode", 0))))
    return tuple(found)


@cache
def _is_json(model: str) -> bool:
    try:
        return "json" in str(get_service_model(model).metadata["protocol"])
    except UnknownServiceError:
        return True


def answer(request: AwsRequest, code: str, message: str, status: int) -> Response:
    """An error in the request's protocol. The body is read first: a client that still sends would miss the answer."""
    _ = request.body
    if request.environ.get("PATH_INFO", "").startswith("/service/"):
        return _cbor(code, message, status)
    if request.service == "ec2":
        text = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        return Response(f"{text}<RequestID>local</RequestID></Response>", status=status, mimetype="text/xml")
    return aws_error(code, message, request.service, status=status, xml=request.is_form)


def _cbor(code: str, message: str, status: int) -> Response:
    """An error of Smithy's RPC over CBOR: a map of two texts.

    Source: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
    """
    content = b"\xa2" + b"".join(_cbor_text(text) for text in ("__type", code, "message", message))
    response = Response(content, status=status, mimetype="application/cbor")
    response.headers["smithy-protocol"] = "rpc-v2-cbor"
    return response


def _cbor_text(text: str) -> bytes:
    raw = text.encode()
    return b"\x79" + len(raw).to_bytes(2, "big") + raw


class Dropped(Response):
    """No answer at all: the connection ends, as when the other side is gone."""

    def __call__(self, environ: Any, _start_response: Any) -> Iterator[bytes]:
        """WSGI: a body that cannot be had, which werkzeug takes for a client that went away."""
        connection = environ.get("werkzeug.socket")
        if isinstance(connection, socket.socket):
            with contextlib.suppress(OSError):  # the client may have given up by itself
                connection.shutdown(socket.SHUT_RDWR)
        return _nothing()


def _nothing() -> Iterator[bytes]:
    raise ConnectionResetError("nobody answers")
    yield b""
