"""Task states: which services are known, what their results hold, how errors inside them are handed on.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import botocore.session
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType, LambdaFunctionFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_unsupported import (
    StateTaskServiceUnsupported,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from headend.localcloud import moto_patches
from headend.localcloud.service_clients import last_metadata
from headend.localcloud.stepfunctions.asl_failures import failure
from headend.localcloud.stepfunctions.service_results import plain

ASL = f"{moto_patches.PARSER}.asl"
CUSTOM = f"{ASL}.component.common.error_name.custom_error_name:CustomErrorName"
FACTORY = f"{moto_patches.TASK}.state_task_factory"
DYNAMODB = f"{moto_patches.TASK}.service.state_task_service_dynamodb:StateTaskServiceDynamoDB"
FUNCTION = f"{moto_patches.TASK}.state_task_lambda:StateTaskLambda"
NESTED = f"{moto_patches.TASK}.service.state_task_service_sfn:StateTaskServiceSfn"
ITEM_READER = f"{moto_patches.MAP}.item_reader.item_reader_decl:ItemReader"
SDK_RESULTS = tuple(
    f"{moto_patches.TASK}.service.state_task_service_{module}:StateTaskService{name}"
    for module, name in (
        ("dynamodb", "DynamoDB"),
        ("events", "Events"),
        ("lambda", "Lambda"),
        ("sfn", "Sfn"),
        ("sns", "Sns"),
        ("sqs", "Sqs"),
    )
)
"""Optimised integrations whose results carry the metadata of the SDK."""
NOT_HERE = frozenset({"http"})
"""Integrations of AWS that neither moto nor the local cloud has: their definitions are good, their calls fail."""


def service_for(service_name: str) -> Any:
    """The state of an optimised integration."""
    if service_name in NOT_HERE:
        return StateTaskServiceUnsupported()
    return moto_patches.original(FACTORY, "state_task_service_for")(service_name=service_name)


def custom_name(self: Any, error_name: str | None) -> None:
    """The name of an error; a Fail state may use any, and branches hand on those of States."""
    ErrorName.__init__(self, error_name)


def database_error(self: Any, env: Any, ex: Exception) -> Any:
    """What went wrong in a task on DynamoDB; moto takes errors of paths for the service's."""
    if isinstance(ex, FailureEventException):
        return ex.failure_event
    return moto_patches.original(DYNAMODB, "_from_error")(self, env, ex)


def function_error(self: Any, env: Any, ex: Exception) -> Any:
    """What went wrong in a task whose Resource is a function; moto calls every error of Lambda itself "Exception"."""
    if not isinstance(ex, ClientError):
        return moto_patches.original(FUNCTION, "_from_error")(self, env, ex)
    service = moto_patches.resolve(f"{moto_patches.TASK}.service.state_task_service_lambda:StateTaskServiceLambda")
    error, cause = service._error_cause_from_client_error(ex)
    details = LambdaFunctionFailedEventDetails(error=error, cause=cause)
    return FailureEvent(
        env=env,
        error_name=CustomErrorName(error),
        event_type=HistoryEventType.LambdaFunctionFailed,
        event_details=EventDetails(lambdaFunctionFailedEventDetails=details),
    )


def nested_error(self: Any, env: Any, ex: Exception) -> Any:
    """What went wrong in a task that starts an execution; what the service's model does not name is its base exception.

    Source: https://docs.aws.amazon.com/AWSJavaSDK/latest/javadoc/com/amazonaws/services/stepfunctions/model/AWSStepFunctionsException.html
    """
    found = moto_patches.original(NESTED, "_from_error")(self, env, ex)
    if not isinstance(ex, ClientError):
        return found
    code = str(ex.response["Error"]["Code"])
    name = f"{code.removesuffix('Exception')}Exception" if code in _nested_errors() else "AWSStepFunctionsException"
    details = found.event_details["taskFailedEventDetails"]
    details["error"] = f"StepFunctions.{name}"
    return FailureEvent(
        env=env,
        error_name=CustomErrorName(details["error"]),
        event_type=found.event_type,
        event_details=found.event_details,
    )


@cache
def _nested_errors() -> frozenset[str]:
    """The codes of errors that Step Functions' model names."""
    model = botocore.session.get_session().get_service_model("stepfunctions")
    return frozenset(str(shape.metadata.get("error", {}).get("code", shape.name)) for shape in model.error_shapes)


def with_metadata(owner: str) -> Any:
    """The call of an optimised integration, its answer's metadata in the result."""

    def call(self: Any, env: Any, *arguments: Any, **named: Any) -> None:
        moto_patches.original(owner, "_eval_service_task")(self, env, *arguments, **named)
        env.stack[-1] = {**plain(env.stack[-1]), **metadata(last_metadata())}

    return call


def metadata(answer: dict[str, Any]) -> dict[str, Any]:
    """SdkHttpMetadata and SdkResponseMetadata of botocore's ResponseMetadata."""
    headers = {str(name): str(value) for name, value in answer.get("HTTPHeaders", {}).items()}
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": answer.get("HTTPStatusCode", 200),
        },
        "SdkResponseMetadata": {"RequestId": answer.get("RequestId", "")},
    }


def read_items(self: Any, env: Any) -> None:
    """The items of a Distributed Map; what cannot be read is States.ItemReaderFailed."""
    try:
        moto_patches.original(ITEM_READER, "_eval_body")(self, env)
    except ClientError as error:
        raise failure(env, StatesErrorNameType.StatesItemReaderFailed, str(error)) from error


def json_bodies(parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters of an SDK call; a Body that is no text is sent as JSON."""
    body = parameters.get("Body")
    if body is None or isinstance(body, (str, bytes)):
        return parameters
    return {**parameters, "Body": json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()}


def apply() -> None:
    """Put the corrections in place."""
    moto_patches.replace(CUSTOM, "__init__", custom_name)
    moto_patches.replace(FACTORY, "state_task_service_for", service_for)
    moto_patches.replace(DYNAMODB, "_from_error", database_error)
    moto_patches.replace(FUNCTION, "_from_error", function_error)
    moto_patches.replace(NESTED, "_from_error", nested_error)
    moto_patches.replace(ITEM_READER, "_eval_body", read_items)
    for owner in SDK_RESULTS:
        moto_patches.replace(owner, "_eval_service_task", with_metadata(owner))
