"""What Lambda rejects, and the states that functions pass through."""

from __future__ import annotations

import io
import uuid
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.rejection import Ask, check, refused, unchecked
from running_cloud import RunningCloud, package, until

CREATE = "lambda/latest/api/API_CreateFunction.html"
VARIABLES = "lambda/latest/dg/configuration-envvars.html"
QUOTAS = "lambda/latest/dg/gettingstarted-limits.html"
STATES = "lambda/latest/dg/functions-states.html"
HANDLER = {"handler.py": "def handler(event, context): return 1"}


def create(**settings: Any) -> Ask:
    def ask(cloud: RunningCloud) -> Any:
        name = f"f-{uuid.uuid4().hex[:8]}"
        given = {
            "FunctionName": name,
            "Role": cloud.role(f"{name}-role"),
            "Runtime": "python3.13",
            "Handler": "handler.handler",
            "Code": {"ZipFile": package(HANDLER)},
            **settings,
        }
        return unchecked(cloud, "lambda").create_function(**given)

    return ask


def unpacked(megabytes: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("handler.py", HANDLER["handler.py"])
        for number in range(megabytes // 16):
            archive.writestr(f"zeros-{number}", bytes(16 * 1024 * 1024))
    return buffer.getvalue()


def twice(cloud: RunningCloud) -> object:
    return create(FunctionName=cloud.function(HANDLER["handler.py"]))(cloud)


def reserve(cloud: RunningCloud) -> object:
    name = cloud.function(HANDLER["handler.py"])
    return cloud.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=901)


def permit_twice(cloud: RunningCloud) -> object:
    name = cloud.function(HANDLER["handler.py"])
    cloud.permit_invoke(name, "sns.amazonaws.com")
    return cloud.permit_invoke(name, "sns.amazonaws.com")


def alias_of_nothing(cloud: RunningCloud) -> object:
    name = cloud.function(HANDLER["handler.py"])
    return cloud.client("lambda").create_alias(FunctionName=name, Name="live", FunctionVersion="9")


def retry_thrice(cloud: RunningCloud) -> object:
    name = cloud.function(HANDLER["handler.py"])
    return unchecked(cloud, "lambda").put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=3)


BAD = "InvalidParameterValueException"
CASES = [
    refused(
        "A function's name with a space", create(FunctionName="a b"), "ValidationException", "functionName", CREATE
    ),
    refused("A function's name of 65 letters", create(FunctionName="f" * 65), BAD, "64", CREATE),
    refused("A function that is there", twice, "ResourceConflictException", "already exist", CREATE),
    refused(
        "A timeout over 900 seconds", create(Timeout=901), "ValidationException", "less than or equal to 900", CREATE
    ),
    refused(
        "Memory under 128 MB", create(MemorySize=127), "ValidationException", "greater than or equal to 128", CREATE
    ),
    refused("Memory over 10,240 MB", create(MemorySize=10_241), "ValidationException", "10240", CREATE),
    refused("A handler with a space", create(Handler="handler handler"), "ValidationException", "handler", CREATE),
    refused("A runtime that is none", create(Runtime="python2.6"), BAD, "enum value set", CREATE),
    refused("A description of 257 characters", create(Description="d" * 257), "ValidationException", "256", CREATE),
    refused(
        "A reserved environment variable",
        create(Environment={"Variables": {"AWS_REGION": "eu-west-1"}}),
        BAD,
        "AWS_REGION",
        VARIABLES,
    ),
    refused(
        "An environment variable of one letter",
        create(Environment={"Variables": {"A": "1"}}),
        "ValidationException",
        "environment",
        VARIABLES,
    ),
    refused(
        "Environment variables of over 4 KB",
        create(Environment={"Variables": {"LONG": "x" * 4096}}),
        BAD,
        "4KB",
        VARIABLES,
    ),
    refused("A package that is no zip", create(Code={"ZipFile": b"no zip"}), BAD, "Could not unzip", CREATE),
    refused(
        "A package of over 250 MB when unpacked",
        create(Code={"ZipFile": unpacked(272)}),
        BAD,
        "smaller than 262144000 bytes",
        QUOTAS,
    ),
    refused(
        "Concurrency that leaves under 100 unreserved",
        reserve,
        BAD,
        "below its minimum value of [100]",
        "lambda/latest/dg/configuration-concurrency.html",
    ),
    refused(
        "Two permissions with the same statement id",
        permit_twice,
        "ResourceConflictException",
        "already exists",
        "lambda/latest/api/API_AddPermission.html",
    ),
    refused(
        "An alias of a version that is not there",
        alias_of_nothing,
        "ResourceNotFoundException",
        "9",
        "lambda/latest/api/API_CreateAlias.html",
    ),
    refused(
        "Three retries of an asynchronous call",
        retry_thrice,
        "ValidationException",
        "less than or equal to 2",
        "lambda/latest/api/API_PutFunctionEventInvokeConfig.html",
    ),
]


@pytest.mark.parametrize(("ask", "code", "says"), CASES)
def test_lambda_rejects(cloud: RunningCloud, ask: Ask, code: str, says: str) -> None:
    check(cloud, ask, code, says)


@pytest.mark.contract(
    "A new function is Pending, cannot be called yet, and then is Active",
    source=f"https://docs.aws.amazon.com/{STATES}",
)
def test_a_new_function_is_pending(cloud: RunningCloud) -> None:
    made = create()(cloud)
    name = made["FunctionName"]
    assert made["State"] == "Pending"
    with pytest.raises(ClientError, match="Pending") as early:
        cloud.client("lambda").invoke(FunctionName=name)
    assert early.value.response["Error"]["Code"] == "ResourceConflictException"
    until(lambda: cloud.client("lambda").get_function_configuration(FunctionName=name)["State"] == "Active")
    assert cloud.invoke(name)[0] == 1


@pytest.mark.contract(
    "While a function is updated another update is refused, and the old code runs",
    source=f"https://docs.aws.amazon.com/{STATES}",
    limits="the new code runs at once",
)
def test_an_update_in_progress_refuses_another(cloud: RunningCloud) -> None:
    functions, name = cloud.client("lambda"), cloud.function(HANDLER["handler.py"])
    changed = functions.update_function_configuration(FunctionName=name, Timeout=5)
    assert (changed["State"], changed["LastUpdateStatus"]) == ("Active", "InProgress")
    with pytest.raises(ClientError, match="update is in progress") as refusal:
        functions.update_function_configuration(FunctionName=name, Timeout=6)
    assert refusal.value.response["Error"]["Code"] == "ResourceConflictException"
    until(lambda: functions.get_function_configuration(FunctionName=name)["LastUpdateStatus"] == "Successful")
    functions.update_function_configuration(FunctionName=name, Timeout=6)
