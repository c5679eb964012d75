"""Names in service integrations: parameters and results are in Pascal case, whatever case the service's API has.

Those of SDK integrations are the names of the AWS SDK for Java: `DBInstances` is `DbInstances`.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from headend.asl import java_names
from headend.localcloud import moto_patches
from headend.localcloud.stepfunctions.service_results import pascal_case

SERVICE = f"{moto_patches.TASK}.service.state_task_service:StateTaskService"
SDK = f"{moto_patches.TASK}.service.state_task_service_aws_sdk:StateTaskServiceAwsSdk"
OWN_NAMES = frozenset({"dynamodb"})
"""Services whose results keep the API's names: the members of DynamoDB's values are part of the data."""


@functools.cache
def operation_model(service: str, operation: str) -> Any:
    """botocore's model of `send_message` of `sqs`. None when there is no such operation."""
    try:
        model = ServiceModel(Loader(include_default_search_paths=True).load_service_model(service, "service-2"))
    except Exception:  # noqa: BLE001 - botocore's errors for unknown services share no base class
        return None
    for name in model.operation_names:
        if name.lower() == operation.replace("_", "").lower():
            return model.operation_model(name)
    return None


def to_api(shape: Any, value: Any) -> Any:
    """A task's parameters as the API wants them: its names, and texts where it wants texts."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        members = {name.lower(): name for name in shape.members}
        renamed = {members.get(name.lower(), name): member for name, member in value.items()}
        return {
            name: to_api(shape.members[name], member) if name in shape.members else member
            for name, member in renamed.items()
        }
    if kind == "list" and isinstance(value, list):
        return [to_api(shape.member, member) for member in value]
    if kind == "map" and isinstance(value, dict):
        return {name: to_api(shape.value, member) for name, member in value.items()}
    if kind == "string" and not isinstance(value, str) and value is not None:
        return _text(value)
    if kind == "blob" and not isinstance(value, bytes):
        return value.encode() if isinstance(value, str) else _text(value).encode()
    return value


def from_api(shape: Any, value: Any, named: Callable[[str], str] = pascal_case) -> Any:
    """A result with the names that Step Functions gives it: `named` makes them of the API's."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return {
            named(name) if name in shape.members else name: from_api(shape.members[name], member, named)
            if name in shape.members
            else member
            for name, member in value.items()
        }
    if kind == "list" and isinstance(value, list):
        return [from_api(shape.member, member, named) for member in value]
    if kind == "map" and isinstance(value, dict):
        return {name: from_api(shape.value, member, named) for name, member in value.items()}
    return value


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def normalise_parameters(
    self: Any, parameters: dict[str, Any], boto_service_name: str | None = None, service_action_name: str | None = None
) -> None:
    """Change `parameters` to the API's names, in place."""
    model = _model(self, boto_service_name, service_action_name)
    if model is not None and model.input_shape is not None:
        made = to_api(model.input_shape, parameters)
        parameters.clear()
        parameters.update(made)


def normalise_response(
    self: Any, response: Any, boto_service_name: str | None = None, service_action_name: str | None = None
) -> None:
    """Change a result to Step Functions' names, in place."""
    model = _model(self, boto_service_name, service_action_name)
    if model is None or model.output_shape is None or not isinstance(response, dict):
        return
    if model.service_model.signing_name not in OWN_NAMES:
        sdk = isinstance(self, moto_patches.resolve(SDK))
        made = from_api(model.output_shape, response, java_names.member_name if sdk else pascal_case)
        response.clear()
        response.update(made)


def _model(task: Any, service: str | None, action: str | None) -> Any:
    return operation_model(task._get_boto_service_name(service), task._get_boto_service_action(action))


def apply() -> None:
    """Put the conversion where moto has none."""
    moto_patches.replace(SERVICE, "_normalise_parameters", normalise_parameters)
    moto_patches.replace(SERVICE, "_normalise_response", normalise_response)
