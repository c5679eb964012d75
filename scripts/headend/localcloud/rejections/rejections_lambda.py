"""What Lambda rejects and moto lets pass: packages, variables, concurrency, and changes at the wrong moment.

Sources: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from moto.awslambda.models import lambda_backends
from moto.core.exceptions import JsonRESTError
from moto.core.utils import get_service_model

from headend.localcloud.rejections.in_between import InBetween, Key
from headend.localcloud.rejections.rejection import Rejected

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.aws_request import AwsRequest

BAD = "InvalidParameterValueException"
BUSY = "The operation cannot be performed at this time."
RESERVED = frozenset(
    {
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
    }
)
MOST = {"Timeout": 900, "MemorySize": 10_240}
VARIABLES_SIZE = 4_096
UNPACKED_SIZE = 262_144_000
ZIPPED_SIZE = 50 * 1024 * 1024
NAME_LENGTH = 64
CONCURRENCY, UNRESERVED = 1_000, 100


def create_function(_cloud: LocalCloudServer, request: AwsRequest) -> None:
    """Name, runtime, variables and package."""
    given = request.parameters
    name = str(given.get("FunctionName", "")).rpartition(":")[2]
    if len(name) > NAME_LENGTH:
        raise Rejected(BAD, f"1 validation error: the function's name has more than {NAME_LENGTH} characters")
    _check_configuration(given)
    _check_package((given.get("Code") or {}).get("ZipFile"))


def update_configuration(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """Runtime and variables, and no update meanwhile."""
    _check_configuration(request.parameters)
    settled(cloud, request)


def update_code(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """The package, and no update meanwhile."""
    _check_package(request.parameters.get("ZipFile"))
    settled(cloud, request)


def settled(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """No change while the function is made or changed."""
    key = _key(request)
    state = cloud.part(InBetween).state(key)
    if state == "Pending":
        text = f"{BUSY} The function is currently in the following state: {state}"
        raise Rejected("ResourceConflictException", text, 409)
    if state:
        arn = f"arn:aws:lambda:{request.region}:{cloud.account_id}:function:{key[2]}"
        raise Rejected("ResourceConflictException", f"{BUSY} An update is in progress for resource: {arn}", 409)


def invoke(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """No call before the function is there; while it is updated it can be called."""
    if cloud.part(InBetween).state(_key(request)) == "Pending":
        settled(cloud, request)


def put_concurrency(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """A hundred of the account's concurrency stay for functions without a reservation."""
    wanted = int(request.parameters["ReservedConcurrentExecutions"])
    name = _key(request)[2]
    functions = lambda_backends[cloud.account_id][request.region].list_functions()
    others = [one for one in functions if one.function_name != name and str(one.version) == "$LATEST"]
    taken = sum(int(one.reserved_concurrency or 0) for one in others)
    if CONCURRENCY - taken - wanted < UNRESERVED:
        text = (
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            f"below its minimum value of [{UNRESERVED}]."
        )
        raise Rejected(BAD, text)


def add_permission(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """A statement id is used once."""
    given = request.parameters
    try:
        function = lambda_backends[cloud.account_id][request.region].get_function(
            given["FunctionName"], given.get("Qualifier")
        )
    except JsonRESTError:
        return
    policy = function.policy
    if policy and any(one.get("Sid") == given.get("StatementId") for one in policy.statements):
        text = f"The statement id ({given['StatementId']}) provided already exists. Please provide a new statement id"
        raise Rejected("ResourceConflictException", f"{text}, or remove the existing statement.", 409)


def _check_configuration(given: dict[str, Any]) -> None:
    for name, most in MOST.items():
        if int(given.get(name) or 0) > most:
            place = name[0].lower() + name[1:]
            text = f"Value '{given[name]}' at '{place}' failed to satisfy constraint: Member must have value less than"
            raise Rejected("ValidationException", f"1 validation error detected: {text} or equal to {most}")
    runtime = given.get("Runtime")
    known: list[str] = get_service_model("lambda").shape_for("Runtime").enum
    if runtime is not None and runtime not in known:
        text = f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set:"
        raise Rejected(BAD, f"{text} [{', '.join(known)}] or be a valid ARN")
    variables = (given.get("Environment") or {}).get("Variables") or {}
    if taken := sorted(RESERVED & variables.keys()):
        text = (
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. Reserved keys used in "
            f"this request: {', '.join(taken)}"
        )
        raise Rejected(BAD, text)
    if len(json.dumps(variables, separators=(",", ":")).encode()) > VARIABLES_SIZE:
        text = "Lambda was unable to configure your environment variables because they exceeded the 4KB limit."
        raise Rejected(BAD, text)


def _check_package(content: bytes | None) -> None:
    if content is None:
        return
    if len(content) > ZIPPED_SIZE:
        text = f"Request must be smaller than {ZIPPED_SIZE} bytes for the UpdateFunctionCode operation"
        raise Rejected("RequestEntityTooLargeException", text, 413)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile as error:
        text = "Could not unzip uploaded file. Please check your file, then try to upload again."
        raise Rejected(BAD, text) from error
    if size > UNPACKED_SIZE:
        raise Rejected(BAD, f"Unzipped size must be smaller than {UNPACKED_SIZE} bytes")


def _key(request: AwsRequest) -> Key:
    name = str(request.parameters.get("FunctionName", ""))
    bare = name.partition(":function:")[2].split(":")[0] if ":function:" in name else name.split(":")[0]
    return "lambda", request.region, bare


CHECKS = {
    "AddPermission": add_permission,
    "CreateFunction": create_function,
    "Invoke": invoke,
    "PublishVersion": settled,
    "PutFunctionConcurrency": put_concurrency,
    "UpdateFunctionCode": update_code,
    "UpdateFunctionConfiguration": update_configuration,
}
