"""Requests and answers of services that speak REST with JSON, by botocore's models: names and errors.

Parameters and answers have the names of the API reference (`ChannelGroupName`) on this side, those of the wire on the
other.

Source: https://smithy.io/2.0/spec/http-bindings.html (bindings)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from werkzeug.wrappers import Request, Response

from headend.localcloud.aws_request import AwsRequest
from headend.localcloud.cloudcontrol.model_problems import operation_model

Json = dict[str, Any]
Call = Callable[[str, str, Json], Json]
"""(operation, Region, parameters) → answer. Raises ServiceError, or NotImplementedError for an unknown operation."""


class ServiceError(Exception):
    """An error that a service answers with. `members` are beside the message, by their names on the wire."""

    def __init__(self, code: str, message: str, status: int = 400, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.members = members


def respond(service: str, call: Call, request: Request, region: str) -> Response:
    """Answer one HTTP request."""
    asked = AwsRequest(request.environ)
    if not asked.operation:
        raise NotImplementedError(f"{service} has no operation {request.method} {request.path}")
    operation = operation_model(service, asked.operation)
    try:
        answer = call(operation.name, region, asked.parameters)
    except ServiceError as error:
        return refusal(error)
    status = int(operation.http.get("responseCode", 200))
    body = on_the_wire(operation.output_shape, answer) if operation.output_shape else {}
    return Response(json.dumps(body) if status != 204 else b"", status=status, mimetype="application/json")


def refusal(error: ServiceError) -> Response:
    """The error as the SDKs read it."""
    body = {"message": str(error), **error.members}
    response = Response(json.dumps(body), status=error.status, mimetype="application/json")
    response.headers["x-amzn-ErrorType"] = error.code
    return response


def on_the_wire(shape: Shape | None, value: Any) -> Any:
    """An answer with the wire's names, without what the model does not know and without what is None."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        named = {}
        for name, member in shape.members.items():
            if value.get(name) is not None:
                named[member.serialization.get("name", name)] = on_the_wire(member, value[name])
        return named
    if isinstance(shape, ListShape) and isinstance(value, (list, tuple)):
        return [on_the_wire(shape.member, item) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {str(key): on_the_wire(shape.value, item) for key, item in value.items()}
    if isinstance(value, datetime):
        if shape is not None and shape.serialization.get("timestampFormat") == "iso8601":
            return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return value.timestamp()
    return value
