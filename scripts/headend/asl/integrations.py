"""What a Task state's Resource names: an API action, an optimized integration, a function, an activity.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html,
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import botocore.session
from botocore.model import OperationModel, ServiceModel

from headend.asl import java_names, optimized, result_shapes
from headend.asl.result_shapes import ANY, ResultShape

Kind = Literal["sdk", "optimized", "function", "activity", "placeholder", "unknown"]
PATTERNS = ("sync", "sync:2", "waitForTaskToken")
"""What may follow an action after a dot; without any, a state waits for the answer only."""

_PART = r"(?:[^:${}]|\$\{[^{}]*\})*"
_STATES = re.compile(
    rf"arn:{_PART}:states:{_PART}:{_PART}:(?:(?P<sdk>aws-sdk):)?(?P<service>[A-Za-z0-9-]+):(?P<action>[A-Za-z0-9]+)"
    r"(?:\.(?P<pattern>.+))?"
)
_ACTIVITY = re.compile(rf"arn:{_PART}:states:{_PART}:{_PART}:activity:.+")
_FUNCTION = re.compile(
    rf"arn:{_PART}:lambda:{_PART}:{_PART}:function:(?!:){_PART}(?::(?:\$LATEST|(?:[\w<>-]|\$\{{[^{{}}]*\}})+))?"
)
_ONLY_PLACEHOLDER = re.compile(r"\$\{[^{}]*\}")


@dataclass(frozen=True)
class Integration:
    """A Resource, taken apart.

    Attributes:
        resource: as written.
        kind: "placeholder" is a Resource that is nothing but `${name}`: a function or an activity.
        service, action: as written, for "sdk" and "optimized" (`mediaconnect`, `startFlow`).
        pattern: "", "sync", "sync:2", "waitForTaskToken", or whatever else follows the dot.
    """

    resource: str
    kind: Kind
    service: str | None = None
    action: str | None = None
    pattern: str = ""


def parse(resource: str) -> Integration:
    """Take a Resource apart. Never raises: what is none of the forms is "unknown"."""
    if _ONLY_PLACEHOLDER.fullmatch(resource):
        return Integration(resource, "placeholder")
    if _ACTIVITY.fullmatch(resource):
        return Integration(resource, "activity")
    if _FUNCTION.fullmatch(resource):
        return Integration(resource, "function")
    match = _STATES.fullmatch(resource)
    if match is None:
        return Integration(resource, "unknown")
    kind: Kind = "sdk" if match["sdk"] else "optimized"
    return Integration(resource, kind, match["service"], match["action"], match["pattern"] or "")


# The service models


@cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()


@cache
def sdk_services() -> dict[str, str]:
    """botocore's name of each service by the name that Step Functions gives it (that of the AWS SDK for Java 2.x)."""
    return {java_names.service_name(service_id): name for name, service_id in _service_ids().items()}


@cache
def _service_ids() -> dict[str, str]:
    """The serviceId of each service by botocore's name, from the head of its model: whole models take seconds."""
    session = _session()
    folders = [Path(folder) for folder in session.get_component("data_loader").search_paths]
    return {name: _service_id(name, folders) for name in session.get_available_services()}


def _service_id(name: str, folders: list[Path]) -> str:
    for model in (
        found for folder in folders for found in sorted(folder.glob(f"{name}/*/service-2.json*"), reverse=True)
    ):
        with gzip.open(model) if model.suffix == ".gz" else model.open("rb") as file:
            match = re.search(rb'"serviceId"\s*:\s*"([^"]+)"', file.read(4096))
        if match:
            return match[1].decode()
    return str(_model(name).metadata.get("serviceId", name))


@cache
def _model(botocore_name: str) -> ServiceModel:
    return _session().get_service_model(botocore_name)


@cache
def service_model(sdk_name: str) -> ServiceModel | None:
    """The model of a service by Step Functions' name for it; None where there is none."""
    name = sdk_services().get(sdk_name)
    return _model(name) if name else None


@cache
def operations(sdk_name: str) -> dict[str, str]:
    """A service's operations by the name that Step Functions gives them: `startFlow` → `StartFlow`."""
    model = service_model(sdk_name)
    return {camel_case(name): name for name in model.operation_names} if model else {}


def camel_case(name: str) -> str:
    """`StartFlow` → `startFlow`."""
    return name[:1].lower() + name[1:]


@cache
def operation(sdk_name: str, action: str) -> OperationModel | None:
    """The model of an action; None where the service or the action is unknown."""
    model, name = service_model(sdk_name), operations(sdk_name).get(action)
    return model.operation_model(name) if model and name else None


def pascal_case(member: str) -> str:
    """A member's name as Step Functions wants it: `flowArn` → `FlowArn`, `DBInstances` → `DbInstances`."""
    return java_names.member_name(member)


# What is called, and what it answers


@dataclass(frozen=True)
class Call:
    """The API operation behind a Resource.

    Attributes:
        service, operation: botocore's names (`stepfunctions`, `StartExecution`).
        model: botocore's model of the operation.
        signing_name: that of the service, with which its IAM actions begin (with exceptions: see policy-sentry).
        error_prefix: with which the names of its errors begin (`Sfn`, or `StepFunctions` where it is optimized); None
            where that is not known.
    """

    service: str
    operation: str
    model: OperationModel
    signing_name: str
    error_prefix: str | None


@cache
def call(integration: Integration) -> Call | None:
    """The operation that a Resource calls.

    None for functions, activities, unknown actions, and for what is no API of AWS: `http:invoke`, `apigateway:invoke`,
    `eks:call` and `eks:runJob` (see `headend.asl.optimized`).
    """
    if integration.kind == "sdk":
        name = sdk_services().get(integration.service or "")
        model = operation(integration.service or "", integration.action or "")
        if name and model:
            prefix = java_names.service_prefix(_service_ids()[name])
            return Call(name, model.name, model, model.service_model.signing_name, prefix)
    if integration.kind == "optimized":
        action = optimized.action(integration.service, integration.action)
        model = _operation_behind(action, action.operation) if action else None
        if action and action.model and model:
            return Call(action.model, model.name, model, model.service_model.signing_name, action.errors)
    return None


def _operation_behind(action: optimized.Action, name: str | None) -> OperationModel | None:
    if action.model is None or name is None:
        return None
    model = _model(action.model)
    return model.operation_model(name) if name in model.operation_names else None


_OPTIMIZED_EXTRA = {"SdkHttpMetadata": ANY, "SdkResponseMetadata": ANY}


@cache
def result_shape(integration: Integration) -> ResultShape | None:
    """What a Task state with this Resource gets, before its ResultSelector; None where that cannot be known.

    That is so for functions, activities and every .waitForTaskToken (whoever has the token decides), and for what
    AWS does not document. `ANY` is a part that may be any JSON, such as the Payload of `lambda:invoke`.
    """
    if integration.pattern == "waitForTaskToken":
        return None
    found = call(integration)
    if integration.kind == "sdk":
        return result_shapes.of(found.model.output_shape) if found else None
    action = optimized.action(integration.service, integration.action)
    if integration.kind != "optimized" or action is None:
        return None
    if integration.pattern:
        return _sync_result(action, integration.pattern)
    if action.own_result:
        return None if action.result is None else ResultShape("structure", None, _named(action, found))
    return result_shapes.of(found.model.output_shape, java=False, own=_OPTIMIZED_EXTRA) if found else None


def _named(action: optimized.Action, found: Call | None) -> dict[str, ResultShape]:
    """The parts of an answer that Step Functions makes: with the types of the operation's where it has such a part."""
    known = result_shapes.of(found.model.output_shape, java=False) if found else None
    made = {name: (known.member(name) if known else None) or ANY for name in action.result or ()}
    free = {"Payload": ANY, "Body": ANY}
    return {name: free.get(name, shape) for name, shape in made.items()}


def _sync_result(action: optimized.Action, pattern: str) -> ResultShape | None:
    model = _operation_behind(action, action.sync.operation) if action.sync else None
    if action.sync is None or model is None or pattern not in action.patterns:
        return None
    own = dict(_OPTIMIZED_EXTRA)
    if pattern == "sync:2":  # the other .sync gives them as texts
        own |= {"Input": ANY, "Output": ANY}
    if not action.sync.member:
        return result_shapes.of(model.output_shape, java=False, own=own)
    part: ResultShape | None = result_shapes.of(model.output_shape, java=False)
    for step in action.sync.member:
        part = part and (part.item if isinstance(step, int) else part.member(step))
    return part
