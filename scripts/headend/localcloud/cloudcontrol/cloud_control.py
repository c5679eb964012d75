"""Cloud Control API: asynchronous requests on resources, validated against the registry's schemas.

Sources: https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/Welcome.html (operations, errors),
https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations-manage-requests.html (progress events).
"""

from __future__ import annotations

import copy
import json
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jsonpatch
import jsonpointer
from werkzeug.wrappers import Request, Response

from headend.localcloud.app import LocalCloudServer, aws_error
from headend.localcloud.cloudcontrol import caller
from headend.localcloud.cloudcontrol.cloud_control_handler import Handler, HandlerError, Json
from headend.localcloud.cloudcontrol.registry import paths, problems, schema_of
from headend.localcloud.iam.identity_gate import CALLER
from headend.localcloud.mediaconnect.cloud_control_media_connect import handlers

CONTENT_TYPE = "application/x-amz-json-1.0"


class ApiError(Exception):
    """An error that an operation answers with at once."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class _Request:
    """One asynchronous request and its progress event."""

    event: Json
    region: str
    client_token: str | None
    content: str
    done: threading.Event = field(default_factory=threading.Event)


class CloudControl:
    """The API of all Regions, over one handler per resource type."""

    def __init__(self, cloud: LocalCloudServer, handlers: dict[str, Handler]) -> None:
        self._cloud = cloud
        self.handlers = dict(handlers)
        self._lock = threading.Lock()
        self._requests: dict[str, _Request] = {}

    def add(self, handlers: dict[str, Handler]) -> None:
        """Take the handlers of further resource types, by type name."""
        self.handlers |= handlers

    def respond(self, request: Request, region: str) -> Response:
        """Answer one HTTP request."""
        operation = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        operations: dict[str, Callable[[str, Json], Json]] = {
            "CancelResourceRequest": self._cancel,
            "CreateResource": self._create,
            "DeleteResource": self._delete,
            "GetResource": self._get,
            "GetResourceRequestStatus": self._status,
            "ListResourceRequests": self._list_requests,
            "ListResources": self._list,
            "UpdateResource": self._update,
        }
        if operation not in operations:
            raise NotImplementedError(f"Cloud Control has no operation {operation}")
        try:
            with caller.acting_for(request.environ.get(CALLER)):
                answer = operations[operation](region, json.loads(request.get_data() or b"{}"))
        except ApiError as error:
            return aws_error(error.code, str(error))
        return Response(json.dumps(answer), content_type=CONTENT_TYPE)

    # Operations

    def _create(self, region: str, request: Json) -> Json:
        type_name, schema, handler = self._type(region, request, "CREATE")
        model = _parsed(request, "DesiredState")
        if not isinstance(model, dict):
            raise ApiError("ValidationException", "DesiredState is not a JSON object")
        read_only = [pointer for pointer in paths(schema, "readOnlyProperties") if _has(model, pointer)]
        if read_only:
            raise ApiError("ValidationException", f"Invalid desired state: {_named('readOnly', read_only)}")
        _validate(schema, model)

        def work(event: Json) -> None:
            event["Identifier"] = handler.create(region, model)

        return self._start(region, "CREATE", type_name, None, request, work)

    def _get(self, region: str, request: Json) -> Json:
        type_name, _, handler = self._type(region, request, "READ")
        identifier = _required(request, "Identifier")
        return {"TypeName": type_name, "ResourceDescription": _description(handler, region, identifier)}

    def _update(self, region: str, request: Json) -> Json:
        type_name, schema, handler = self._type(region, request, "UPDATE")
        identifier = _required(request, "Identifier")
        patch = _parsed(request, "PatchDocument")
        before = _read(handler, region, identifier)
        try:
            after = jsonpatch.apply_patch(before, patch)
        except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError) as error:
            raise ApiError("ValidationException", f"Invalid patch update: {error}") from error
        for kind in ("readOnly", "createOnly"):
            touched = [pointer for pointer in paths(schema, f"{kind}Properties") if _differ(before, after, pointer)]
            if touched:
                raise ApiError("ValidationException", f"Invalid patch update: {_named(kind, touched)}")
        _validate(schema, after)
        return self._start(
            region,
            "UPDATE",
            type_name,
            identifier,
            request,
            lambda _: handler.update(region, identifier, before, after),
        )

    def _delete(self, region: str, request: Json) -> Json:
        type_name, _, handler = self._type(region, request, "DELETE")
        identifier = _required(request, "Identifier")
        return self._start(
            region, "DELETE", type_name, identifier, request, lambda _: handler.delete(region, identifier)
        )

    def _list(self, region: str, request: Json) -> Json:
        type_name, schema, handler = self._type(region, request, "LIST")
        model = json.loads(request.get("ResourceModel") or "{}")
        needed = schema["handlers"].get("list", {}).get("handlerSchema", {}).get("required", [])
        missing = [key for key in needed if key not in model]
        if missing:
            message = f"Missing or invalid ResourceModel property. Required property: [{', '.join(missing)}]"
            raise ApiError("InvalidRequestException", message)
        described = []
        for identifier in handler.identifiers(region, model):
            try:
                described.append(_description(handler, region, identifier))
            except ApiError as error:
                if error.code != "ResourceNotFoundException":
                    raise
        page, token = _page(described, request)
        return {"TypeName": type_name, "ResourceDescriptions": page, **token}

    def _status(self, _: str, request: Json) -> Json:
        return {"ProgressEvent": copy.deepcopy(self._found(request).event)}

    def _cancel(self, _: str, request: Json) -> Json:
        known = self._found(request)
        if known.event["OperationStatus"] not in ("PENDING", "IN_PROGRESS"):
            raise ApiError("ConcurrentModificationException", f"Request {request['RequestToken']} is already complete.")
        raise NotImplementedError("Cloud Control requests end too soon here to be cancelled")

    def _list_requests(self, region: str, request: Json) -> Json:
        wanted = request.get("ResourceRequestStatusFilter", {})
        with self._lock:
            events = [copy.deepcopy(known.event) for known in self._requests.values() if known.region == region]
        chosen = [
            event
            for event in reversed(events)
            if event["Operation"] in wanted.get("Operations", [event["Operation"]])
            and event["OperationStatus"] in wanted.get("OperationStatuses", [event["OperationStatus"]])
        ]
        page, token = _page(chosen, request)
        return {"ResourceRequestStatusSummaries": page, **token}

    # Inside

    def _type(self, region: str, request: Json, action: str) -> tuple[str, Json, Handler]:
        name = _required(request, "TypeName")
        schema = schema_of(name, region)
        if schema is None:
            raise ApiError("TypeNotFoundException", f"The type '{name}' cannot be found.")
        handler = self.handlers.get(name)
        if handler is None or action.lower() not in schema.get("handlers", {}):
            raise ApiError("UnsupportedActionException", f"Resource type {name} does not support {action} action")
        return name, schema, handler

    def _found(self, request: Json) -> _Request:
        token = _required(request, "RequestToken")
        with self._lock:
            known = self._requests.get(token)
        if known is None:
            raise ApiError("RequestTokenNotFoundException", f"Request token {token} not found.")
        return known

    def _start(
        self,
        region: str,
        operation: str,
        type_name: str,
        identifier: str | None,
        request: Json,
        work: Callable[[Json], None],
    ) -> Json:
        client_token = request.get("ClientToken")
        content = json.dumps([operation, request], sort_keys=True)
        event: Json = {
            "TypeName": type_name,
            "RequestToken": str(uuid.uuid4()),
            "Operation": operation,
            "OperationStatus": "IN_PROGRESS",
            "EventTime": self._cloud.clock.time(),
        }
        if identifier:
            event["Identifier"] = identifier
        with self._lock:
            for known in self._requests.values():
                if client_token and known.client_token == client_token and known.region == region:
                    if known.content == content:
                        return {"ProgressEvent": copy.deepcopy(known.event)}
                    raise ApiError("ClientTokenConflictException", f"Client token {client_token} is in use.")
                same = identifier and known.region == region and known.event.get("Identifier") == identifier
                if same and not known.done.is_set():
                    message = f"Resource {identifier} is already being operated on by another operation."
                    raise ApiError("ConcurrentOperationException", message)
            accepted = _Request(event, region, client_token, content)
            self._requests[event["RequestToken"]] = accepted
        first = copy.deepcopy(event)
        who = caller.current()

        def run() -> None:
            with caller.acting_for(who):
                self._run(accepted, work)

        self._cloud.spawn(f"cloud-control {operation} {type_name}", run)
        return {"ProgressEvent": first}

    def _run(self, request: _Request, work: Callable[[Json], None]) -> None:
        outcome: Json = {}
        try:
            work(outcome)
            outcome["OperationStatus"] = "SUCCESS"
        except HandlerError as error:
            outcome |= {"OperationStatus": "FAILED", "ErrorCode": error.code, "StatusMessage": str(error)}
        except Exception as error:
            outcome |= {"OperationStatus": "FAILED", "ErrorCode": "InternalFailure", "StatusMessage": str(error)}
            raise
        finally:
            with self._lock:
                request.event |= {**outcome, "EventTime": self._cloud.clock.time()}
            request.done.set()


def _required(request: Json, name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str) or not value:
        member = name[0].lower() + name[1:]
        raise ApiError(
            "ValidationException",
            f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: "
            "Member must not be null",
        )
    return value


def _parsed(request: Json, name: str) -> Any:
    try:
        return json.loads(_required(request, name))
    except ValueError as error:
        raise ApiError("ValidationException", f"{name} is not JSON: {error}") from error


def _validate(schema: Json, model: Json) -> None:
    read_only = paths(schema, "readOnlyProperties")
    given = copy.deepcopy(model)
    for pointer in read_only:
        _drop(given, pointer)
    found = problems(schema, given)
    if found:
        raise ApiError("ValidationException", f"Model validation failed ({', '.join(found)})")


def _read(handler: Handler, region: str, identifier: str) -> Json:
    try:
        return handler.read(region, identifier)
    except HandlerError as error:
        code = "ResourceNotFoundException" if error.code == "NotFound" else f"{error.code}Exception"
        raise ApiError(code, str(error)) from error


def _description(handler: Handler, region: str, identifier: str) -> Json:
    return {"Identifier": identifier, "Properties": json.dumps(_read(handler, region, identifier))}


def _page(items: list[Json], request: Json) -> tuple[list[Json], Json]:
    start = int(request.get("NextToken") or 0)
    size = int(request.get("MaxResults") or 20)
    token = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return items[start : start + size], token


def _named(kind: str, pointers: list[str]) -> str:
    full = ", ".join(f"/properties{pointer}" for pointer in pointers)
    return f"{kind}Properties [{full}] cannot be updated"


def _at(model: Json, pointer: str) -> Any:
    return jsonpointer.resolve_pointer(model, pointer, None)


def _has(model: Json, pointer: str) -> bool:
    return _at(model, pointer) is not None


def _differ(before: Json, after: Json, pointer: str) -> bool:
    return bool(_at(before, pointer) != _at(after, pointer))


def _drop(model: Json, pointer: str) -> None:
    parent, _, key = pointer.rpartition("/")
    holder = jsonpointer.resolve_pointer(model, parent, None)
    if isinstance(holder, dict):
        holder.pop(key, None)


def install(cloud: LocalCloudServer) -> None:
    """Answer Cloud Control, for the resource types of MediaConnect; other services `add` theirs."""
    from headend.localcloud.mediaconnect.media_connect import MediaConnect

    control = CloudControl(cloud, handlers(cloud, cloud.part(MediaConnect)))
    cloud.provide(control)
    cloud.add_service("cloudcontrolapi", control.respond)
