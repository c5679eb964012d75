"""What a Task state's Resource names: an API action, an optimized integration, a function, an activity.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html,
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, ServiceModel

Kind = Literal["sdk", "optimized", "function", "activity", "placeholder", "unknown"]
PATTERNS = ("sync", "sync:2", "waitForTaskToken")
"""What may follow an action after a dot; without any, a state waits for the answer only."""

_PART = r"(?:[^:${}]|\$\{[^{}]*\})*"
_STATES = re.compile(
    rf"arn:{_PART}:states:{_PART}:{_PART}:(?:(?P<sdk>aws-sdk):)?(?P<service>[A-Za-z0-9-]+):(?P<action>[A-Za-z0-9]+)"
    r"(?:\.(?P<pattern>.+))?"
)
_ACTIVITY = re.compile(rf"arn:{_PART}:states:{_PART}:{_PART}:activity:.+")
_FUNCTION = re.compile(rf"arn:{_PART}:lambda:{_PART}:{_PART}:function:.+")
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
    found: dict[str, str] = {}
    for name in _session().get_available_services():
        found[_java_name(_service_id(name))] = name
    return found


@cache
def _service_id(name: str) -> str:
    return str(_model(name).metadata.get("serviceId", name))


def _java_name(service_id: str) -> str:
    return re.sub(r"[^a-z0-9]", "", service_id.lower())


@cache
def _model(botocore_name: str) -> ServiceModel:
    return _session().get_service_model(botocore_name)


@cache
def service_model(sdk_name: str) -> ServiceModel | None:
    """The model of a service by Step Functions' name for it; None where there is none."""
    try:
        name = _quickly(sdk_name) or sdk_services().get(sdk_name)
        return _model(name) if name else None
    except UnknownServiceError:
        return None


def _quickly(sdk_name: str) -> str | None:
    """The same without reading all models, where botocore's name is the same."""
    if sdk_name not in _session().get_available_services():
        return None
    return sdk_name if _java_name(_service_id(sdk_name)) == sdk_name else None


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
    """A member's name as Step Functions wants it: `flowArn` → `FlowArn`."""
    return member[:1].upper() + member[1:]
