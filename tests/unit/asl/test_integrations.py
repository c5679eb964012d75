"""What a Resource calls, what that answers, and what both are named in Step Functions."""

from __future__ import annotations

import pytest

from headend.asl import integrations, java_names, optimized
from headend.asl.integrations import Integration
from headend.asl.result_shapes import ANY, ResultShape

SDK = "arn:aws:states:::aws-sdk:"
OPTIMIZED = "arn:aws:states:::"


def _at(resource: str, *path: str | int) -> ResultShape | None:
    shape = integrations.result_shape(integrations.parse(resource))
    for step in path:
        shape = shape and (shape.item if isinstance(step, int) else shape.member(step))
    return shape


def _kind(resource: str, *path: str | int) -> str | None:
    shape = _at(resource, *path)
    return shape.kind if shape else None


# Names


@pytest.mark.parametrize(
    ("api", "java"),
    [
        ("flowArn", "FlowArn"),
        ("DBInstanceIdentifier", "DbInstanceIdentifier"),
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("SSECustomerKeyMD5", "SseCustomerKeyMD5"),
        ("ETag", "ETag"),
        ("ACL", "Acl"),
        ("VpcId", "VpcId"),
        ("StreamARN", "StreamARN"),
        ("S", "S"),
    ],
)
def test_members_have_the_java_sdks_names(api: str, java: str) -> None:
    assert java_names.member_name(api) == java


def test_a_member_whose_name_nobody_is_sure_of_may_be_spelled_in_both_ways() -> None:
    assert java_names.spellings("ETag") == {"ETag", "Etag"}
    assert "EqualsValue" in java_names.spellings("Equals")


@pytest.mark.parametrize(
    ("service_id", "prefix"),
    [
        ("MediaConnect", "MediaConnect"),
        ("DynamoDB", "DynamoDb"),
        ("CloudWatch Logs", "CloudWatchLogs"),
        ("SFN", "Sfn"),
        ("S3", "S3"),
        ("Config Service", "Config"),
        ("FSx", "FSx"),
        ("SESv2", "SesV2"),
    ],
)
def test_errors_begin_with_the_services_name(service_id: str, prefix: str) -> None:
    assert java_names.service_prefix(service_id) == prefix


@pytest.mark.parametrize(
    ("shape", "error"),
    [
        ("NoSuchKey", "NoSuchKeyException"),
        ("NotFoundException", "NotFoundException"),
        ("DBInstanceAlreadyExistsFault", "DbInstanceAlreadyExistsException"),
        ("KMSDisabledException", "KmsDisabledException"),
    ],
)
def test_errors_end_in_exception(shape: str, error: str) -> None:
    assert java_names.exception_name(shape) == error


@pytest.mark.parametrize(
    ("sdk", "api"),
    [
        ("mediaconnect", "mediaconnect"),
        ("cloudwatchlogs", "logs"),
        ("sfn", "stepfunctions"),
        ("eventbridge", "events"),
        ("bedrockruntime", "bedrock-runtime"),
        ("databasemigration", "dms"),
        ("elasticloadbalancingv2", "elbv2"),
        ("config", "config"),
        ("directory", "ds"),
    ],
)
def test_services_have_the_java_sdks_names(sdk: str, api: str) -> None:
    assert integrations.sdk_services()[sdk] == api


# Calls


@pytest.mark.parametrize(
    ("resource", "called"),
    [
        (f"{SDK}mediaconnect:startFlow", ("mediaconnect", "StartFlow", "mediaconnect", "MediaConnect")),
        (f"{SDK}sfn:startExecution", ("stepfunctions", "StartExecution", "states", "Sfn")),
        (f"{SDK}rds:stopDBInstance", ("rds", "StopDBInstance", "rds", "Rds")),
        (f"{OPTIMIZED}states:startExecution.sync:2", ("stepfunctions", "StartExecution", "states", "StepFunctions")),
        (f"{OPTIMIZED}lambda:invoke", ("lambda", "Invoke", "lambda", "Lambda")),
        (f"{OPTIMIZED}elasticmapreduce:addStep", ("emr", "AddJobFlowSteps", "elasticmapreduce", None)),
        (f"{OPTIMIZED}bedrock:invokeModel", ("bedrock-runtime", "InvokeModel", "bedrock", "Bedrock")),
    ],
)
def test_a_resource_calls_an_operation(resource: str, called: tuple[str, str, str, str | None]) -> None:
    call = integrations.call(integrations.parse(resource))
    assert call is not None
    assert (call.service, call.operation, call.signing_name, call.error_prefix) == called
    assert call.model.name == called[1]


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:lambda:eu-central-1:111122223333:function:check",
        "arn:aws:states:eu-central-1:111122223333:activity:check",
        "${function}",
        f"{OPTIMIZED}http:invoke",
        f"{OPTIMIZED}eks:call",
        f"{SDK}mediaconnect:noSuchAction",
        f"{SDK}nosuchservice:startFlow",
        f"{OPTIMIZED}dynamodb:query",
        "check",
    ],
)
def test_what_is_no_operation_of_aws_calls_none(resource: str) -> None:
    assert integrations.call(integrations.parse(resource)) is None


def test_every_optimized_integration_has_its_operations_in_botocore() -> None:
    for actions in optimized.services().values():
        for action in actions.values():
            resource = Integration("", "optimized", action.service, action.name)
            assert (integrations.call(resource) is not None) == (action.model is not None), action
            if action.sync:
                assert integrations.result_shape(Integration("", "optimized", action.service, action.name, "sync"))


# Results


def test_an_sdk_integration_answers_with_the_java_sdks_names() -> None:
    assert _kind(f"{SDK}mediaconnect:describeFlow", "Flow", "Status") == "string"
    assert _kind(f"{SDK}rds:describeDBInstances", "DbInstances", 0, "DbInstanceStatus") == "string"
    assert _kind(f"{SDK}s3:listObjectsV2", "Contents", 0, "ETag") == "string"
    assert _kind(f"{SDK}s3:listObjectsV2", "Contents", 0, "Etag") == "string"
    assert _at(f"{SDK}mediaconnect:describeFlow", "flow") is None
    assert _at(f"{SDK}mediaconnect:describeFlow", "SdkHttpMetadata") is None


def test_an_optimized_integration_answers_with_the_apis_names_and_metadata() -> None:
    assert _kind(f"{OPTIMIZED}sqs:sendMessage", "MD5OfMessageBody") == "string"
    assert _kind(f"{OPTIMIZED}ecs:runTask", "Tasks", 0, "TaskArn") == "string"
    assert _at(f"{OPTIMIZED}sqs:sendMessage", "SdkHttpMetadata", "HttpStatusCode") is ANY


def test_a_functions_payload_is_whatever_it_returns() -> None:
    assert _at(f"{OPTIMIZED}lambda:invoke", "Payload", "anything") is ANY
    assert _kind(f"{OPTIMIZED}lambda:invoke", "StatusCode") == "integer"
    assert _at(f"{OPTIMIZED}lambda:invoke", "Result") is None
    assert _kind(f"{SDK}lambda:invoke", "Payload") == "string"


def test_a_job_that_is_waited_for_answers_what_describes_it() -> None:
    assert _kind(f"{OPTIMIZED}ecs:runTask.sync", "LastStatus") == "string"
    assert _kind(f"{OPTIMIZED}glue:startJobRun.sync", "JobRunState") == "string"
    assert _kind(f"{OPTIMIZED}athena:startQueryExecution.sync", "QueryExecution", "QueryExecutionId") == "string"


def test_the_output_of_a_nested_execution_is_text_or_json() -> None:
    assert _kind(f"{OPTIMIZED}states:startExecution.sync", "Output") == "string"
    assert _at(f"{OPTIMIZED}states:startExecution.sync:2", "Output", "anything") is ANY
    assert _at(f"{OPTIMIZED}states:startExecution", "Output") is None


def test_values_of_a_map_are_found_by_any_name_and_recursive_shapes_end() -> None:
    item = f"{SDK}dynamodb:getItem"
    assert _kind(item, "Item", "flow", "S") == "string"
    assert _kind(item, "Item", "flow", "M", "deeper", "M", "deeper still", "N") == "string"


@pytest.mark.parametrize(
    "resource",
    [
        f"{OPTIMIZED}sqs:sendMessage.waitForTaskToken",
        f"{OPTIMIZED}eks:runJob.sync",
        f"{OPTIMIZED}lambda:invoke.sync",
        "arn:aws:lambda:eu-central-1:111122223333:function:check",
        f"{SDK}mediaconnect:noSuchAction",
    ],
)
def test_what_nobody_can_know_has_no_shape(resource: str) -> None:
    assert integrations.result_shape(integrations.parse(resource)) is None


def test_an_action_that_answers_nothing_has_an_empty_result() -> None:
    shape = integrations.result_shape(integrations.parse(f"{SDK}s3:putBucketPolicy"))
    assert shape is not None and shape.kind == "structure" and shape.members == {}
