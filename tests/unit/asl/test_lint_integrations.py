"""Lint's rules about what Task states call. The catalogue's examples are tested in test_catalogue.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headend.asl import model
from headend.asl.lint.finding import Finding
from headend.asl.lint.rules import integrations

SDK = "arn:aws:states:::aws-sdk:"
OPTIMIZED = "arn:aws:states:::"
FLOW = {"FlowArn.$": "$.flow"}


def _task(resource: str, arguments: Any = None, **fields: Any) -> dict[str, Any]:
    name = "Arguments" if fields.get("QueryLanguage") == "JSONata" else "Parameters"
    written = {} if arguments is None else {name: arguments}
    return {"Type": "Task", "Resource": resource, **written, **fields, "End": True}


def _lint(state: dict[str, Any], execution_type: str | None = None) -> list[Finding]:
    text = json.dumps({"StartAt": "Call", "States": {"Call": state}}, indent=1)
    return list(integrations.check(model.parse(text, execution_type=execution_type)))


def _said(state: dict[str, Any], execution_type: str | None = None) -> list[tuple[str, str]]:
    return [(item.code.removeprefix("integrations-"), item.message) for item in _lint(state, execution_type)]


def _codes(state: dict[str, Any], execution_type: str | None = None) -> list[str]:
    return [code for code, _ in _said(state, execution_type)]


# Resources


@pytest.mark.parametrize(
    ("resource", "code", "hint"),
    [
        (f"{SDK}mediaconect:startFlow", "service", 'did you mean "mediaconnect"?'),
        (f"{SDK}logs:createLogStream", "service", 'did you mean "cloudwatchlogs"?'),
        (f"{SDK}stepfunctions:startExecution", "service", 'did you mean "sfn"?'),
        (f"{SDK}S3:getObject", "service", 'did you mean "s3"?'),
        (f"{OPTIMIZED}s3:getObject", "service", "write arn:aws:states:::aws-sdk:s3:getObject"),
        (f"{OPTIMIZED}lamda:invoke", "service", 'did you mean "lambda"?'),
        (f"{SDK}mediaconnect:StartFlow", "action", 'did you mean "startFlow"?'),
        (f"{SDK}mediaconnect:startflow", "action", 'did you mean "startFlow"?'),
        (f"{SDK}lookoutvision:StartModel", "action", '"startModel"'),
        (f"{OPTIMIZED}dynamodb:query", "action", "write arn:aws:states:::aws-sdk:dynamodb:query"),
        (f"{OPTIMIZED}states:stopExecution", "action", "write arn:aws:states:::aws-sdk:sfn:stopExecution"),
        (f"{SDK}sts:assumeRole", "unsupported", "call it from a function"),
        (f"{SDK}lambda:invokeWithResponseStream", "unsupported", "call it from a function"),
        (f"{SDK}bedrockagentcore:invokeHarness", "unsupported", "arn:aws:states:::bedrockagentcore:invokeHarness"),
        (f"{OPTIMIZED}bedrockagentcore:invokeHarness.sync", "pattern", "no pattern but the plain call"),
        (f"{SDK}ecs:runTask.sync", "pattern", "arn:aws:states:::ecs:runTask.sync"),
        (f"{SDK}mediaconnect:startFlow.sync", "pattern", "poll with a Wait state"),
        (f"{OPTIMIZED}lambda:invoke.sync", "pattern", '".waitForTaskToken"'),
        (f"{OPTIMIZED}glue:startJobRun.sync:2", "pattern", '".sync"'),
        (f"{OPTIMIZED}lambda:invoke.waitForToken", "pattern", 'did you mean "waitForTaskToken"?'),
        ("check-flow", "resource", "lambda:invoke"),
        ("arn:aws:lambda:eu-central-1:111122223333:layer:tools", "resource", ":function:"),
    ],
)
def test_a_wrong_resource_is_told_once_with_what_to_write(resource: str, code: str, hint: str) -> None:
    found = _said(_task(resource))
    assert [name for name, _ in found if name not in ("required", "token")] == [code]
    assert hint in dict(found)[code]


@pytest.mark.parametrize(
    "resource",
    [
        "${function}",
        "${prefix}-check",
        "arn:${AWS::Partition}:states:::lambda:invoke",
        "arn:aws-cn:states:::aws-sdk:mediaconnect:listFlows",
        f"{SDK}${{service}}:listFlows",
        f"{SDK}lookoutvision:startModel",
        "arn:aws:lambda:eu-central-1:111122223333:function:check:live",
        "arn:aws:states:eu-central-1:111122223333:activity:ask",
        "#{CheckFunction}",
    ],
)
def test_a_resource_that_may_be_right_is_left_alone(resource: str) -> None:
    assert _codes(_task(resource)) == []


# EXPRESS


@pytest.mark.parametrize(
    ("resource", "codes"),
    [
        (f"{OPTIMIZED}glue:startJobRun.sync", ["express"]),
        ("arn:aws:states:eu-central-1:111122223333:activity:ask", ["express"]),
        (f"{OPTIMIZED}glue:startJobRun", []),
        (f"{SDK}glue:startJobRun.sync", ["pattern"]),
    ],
)
def test_an_express_workflow_cannot_wait(resource: str, codes: list[str]) -> None:
    state = _task(resource, {"JobName": "index"})
    assert _codes(state, "EXPRESS") == codes
    assert "express" not in _codes(state, "STANDARD")


def test_an_express_workflow_has_no_distributed_map() -> None:
    inner = {"StartAt": "Each", "States": {"Each": {"Type": "Pass", "End": True}}}
    state = {
        "Type": "Map",
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **inner},
        "End": True,
    }
    assert _codes(state, "EXPRESS") == ["express"]
    assert _codes(state) == []


def test_a_branch_inside_express_children_is_express() -> None:
    job = _task(f"{OPTIMIZED}glue:startJobRun.sync", {"JobName": "index"})
    branch = {"StartAt": "Job", "States": {"Job": job}}
    inner = {"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "Branches": [branch], "End": True}}}
    state = {
        "Type": "Map",
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, **inner},
        "End": True,
    }
    assert _codes(state) == ["express"]


# Task tokens


@pytest.mark.parametrize(
    ("body", "language", "codes"),
    [
        ({"token.$": "$$.Task.Token"}, "JSONPath", []),
        ({"task.$": "$$.Task"}, "JSONPath", []),
        ({"all.$": "$$"}, "JSONPath", []),
        ({"text.$": "States.Format('{}', $$.Task.Token)"}, "JSONPath", []),
        ({"token": "$$.Task.Token"}, "JSONPath", ["token"]),
        ({"id.$": "$$.Execution.Id"}, "JSONPath", ["token"]),
        ({"token": "{% $states.context.Task.Token %}"}, "JSONata", []),
        ("{% {'token': $states.context.Task.Token} %}", "JSONata", []),
        ({"id": "{% $states.context.Execution.Id %}"}, "JSONata", ["token"]),
    ],
)
def test_who_waits_for_a_token_hands_it_out(body: Any, language: str, codes: list[str]) -> None:
    arguments = {"FunctionName": "ask", "Payload": body}
    assert _codes(_task(f"{OPTIMIZED}lambda:invoke.waitForTaskToken", arguments, QueryLanguage=language)) == codes


# Parameters


@pytest.mark.parametrize(
    ("resource", "arguments", "code", "hint"),
    [
        (f"{SDK}mediaconnect:startFlow", {"FlowArm.$": "$.flow"}, "parameter", 'did you mean "FlowArn"?'),
        (f"{SDK}mediaconnect:startFlow", {"flowArn.$": "$.flow"}, "parameter-case", '"FlowArn"'),
        (f"{SDK}rds:stopDBInstance", {"DBInstanceIdentifier": "a"}, "parameter-case", '"DbInstanceIdentifier"'),
        (f"{SDK}s3:getObject", {"Bucket": "clips"}, "required", '"Key"'),
        (f"{SDK}cloudwatch:getMetricData", {"StartTime.$": "$.a", "EndTime.$": "$.b"}, "required", "MetricDataQueries"),
        (f"{SDK}mediaconnect:listFlows", {"MaxResults": "ten"}, "type", "a whole number"),
        (f"{SDK}mediaconnect:listFlows", {"MaxResults": 1.5}, "type", "a whole number"),
        (f"{SDK}mediaconnect:listFlows", {"MaxResults": True}, "type", "a whole number"),
        (f"{SDK}ec2:stopInstances", {"InstanceIds": "i-1"}, "type", "a list"),
        (f"{SDK}ec2:stopInstances", {"InstanceIds": ["i-1"], "Force": "yes"}, "type", "true or false"),
        (f"{SDK}s3:getObject", {"Bucket": ["clips"], "Key": "a"}, "type", "a text"),
        (f"{OPTIMIZED}lambda:invoke", {"FunctionName": "f", "Payload": 1}, "type", "an object or a text"),
        (f"{OPTIMIZED}lambda:invoke", {"FunctionName": "f", "InvocationType": "Evnt"}, "enum", 'did you mean "Event"?'),
        (f"{OPTIMIZED}apigateway:invoke", {"ApiEndpoint": "a", "Method": "get"}, "enum", 'did you mean "GET"?'),
        (f"{OPTIMIZED}apigateway:invoke", {"ApiEndpoint": 1, "Method": "GET"}, "type", "a text"),
        (f"{OPTIMIZED}apigateway:invoke", {"ApiEndpoint": "a", "Method": "GET", "Headers": "b"}, "type", "an object"),
        (f"{OPTIMIZED}http:invoke", {"ApiEndpoint": "a", "Method": ["GET"]}, "type", "a text"),
        (f"{OPTIMIZED}elasticmapreduce:addStep", {"ClusterID": "j", "Step": {}}, "parameter-case", '"ClusterId"'),
        (f"{OPTIMIZED}sns:publish", {"Message": "Down"}, "required", "TopicArn"),
        (f"{OPTIMIZED}states:startExecution", {"StateMachineARN": "a"}, "parameter-case", '"StateMachineArn"'),
        (f"{SDK}mediaconnect:listFlows", {"MaxResults": 0}, "range", "1 to"),
    ],
)
def test_a_wrong_argument_is_told_with_what_to_write(resource: str, arguments: Any, code: str, hint: str) -> None:
    found = _said(_task(resource, arguments))
    assert code in dict(found), found
    assert hint in dict(found)[code]


def test_a_misspelt_required_parameter_is_one_fault_not_two() -> None:
    assert _codes(_task(f"{SDK}mediaconnect:startFlow", {"FlowArm.$": "$.flow"})) == ["parameter"]
    assert _codes(_task(f"{OPTIMIZED}elasticmapreduce:terminateCluster", {"ClusterIdd": "j"})) == ["parameter"]


def test_a_message_is_one_line_however_long_the_text() -> None:
    for state in (_task("no\narn " * 1000), _task(f"{SDK}mediaconnect:startFlow", {"a\nb" * 1000: 1, **FLOW})):
        (found,) = _lint(state)
        assert "\n" not in found.message and len(found.message) < 600


def test_arguments_are_read_at_any_depth() -> None:
    arguments = {
        "Namespace": "Flows",
        "MetricData": [{"MetricName": "Up", "Dimensions": [{"Nam": "flow", "Value": 1}]}],
    }
    found = _lint(_task(f"{SDK}cloudwatch:putMetricData", arguments))
    assert [item.code for item in found] == ["integrations-parameter", "integrations-type"]
    assert found[1].pointer[-5:] == ("MetricData", 0, "Dimensions", 0, "Value")


def test_a_value_that_a_long_list_lacks_may_be_new_and_is_a_warning() -> None:
    found = _lint(_task(f"{SDK}ec2:runInstances", {"InstanceType": "x99.large", "MinCount": 1, "MaxCount": 1}))
    assert [(item.code, item.severity) for item in found] == [("integrations-enum-new", "warning")]


@pytest.mark.parametrize(
    ("resource", "arguments"),
    [
        (f"{SDK}mediaconnect:startFlow", None),
        (f"{SDK}mediaconnect:startFlow", "{% $states.input %}"),
        (f"{SDK}mediaconnect:startFlow", {"FlowArn": "${flow_arn}"}),
        (f"{SDK}mediaconnect:listFlows", {"MaxResults.$": "$.many"}),
        (f"{SDK}mediaconnect:listFlows", {"MaxResults": "${many}"}),
        (f"{SDK}mediaconnect:listFlows", {"MaxResults": None}),
        (f"{SDK}s3:putObject", {"Bucket": "clips", "Key": "a", "Body": {"any": ["json"]}, "ACL": "private"}),
        (f"{SDK}s3:putObject", {"Bucket": "clips", "Key": "a", "Acl": "private", "SsekmsKeyId": "a"}),
        (f"{SDK}sns:publish", {"TopicArn": {"Ref": "Topic"}, "Message": "Down"}),
        (f"{SDK}ec2:modifyInstanceAttribute", {"InstanceId": "i-1", "DisableApiTermination": {"Value": "true"}}),
        (f"{OPTIMIZED}dynamodb:putItem", {"TableName": "flows", "Item": {"id": "plain", "on": {"BOOL": "true"}}}),
        (f"{SDK}dynamodb:putItem", {"TableName": "flows", "Item": {"on": {"BOOL": True}, "no": {"Null": True}}}),
        (f"{OPTIMIZED}sqs:sendMessage", {"QueueUrl": "a", "MessageBody": {"any": "json"}}),
        (f"{OPTIMIZED}events:putEvents", {"Entries": [{"Detail": {"a": 1}, "DetailType": "b", "Source": "c"}]}),
        (f"{OPTIMIZED}athena:startQueryExecution", {"QueryString": "SELECT 1"}),
        (f"{OPTIMIZED}http:invoke", {"ApiEndpoint": "a", "Method": "GET", "Authentication": {"ConnectionArn": "b"}}),
        (f"{SDK}lookoutvision:startModel", {"anything": 1}),
    ],
)
def test_what_may_be_right_is_left_alone(resource: str, arguments: Any) -> None:
    language = "JSONata" if isinstance(arguments, str) else "JSONPath"
    assert _said(_task(resource, arguments, QueryLanguage=language)) == []


# Names of errors


@pytest.mark.parametrize(
    ("resource", "name", "right"),
    [
        (f"{SDK}mediaconnect:startFlow", "MediaConnect.NotFound", "MediaConnect.NotFoundException"),
        (f"{SDK}mediaconnect:startFlow", "Mediaconnect.NotFoundException", "MediaConnect.NotFoundException"),
        (
            f"{SDK}mediaconnect:startFlow",
            "MediaConnect.TooManyRequestException",
            "MediaConnect.TooManyRequestsException",
        ),
        (f"{SDK}s3:getObject", "S3.NoSuchKey", "S3.NoSuchKeyException"),
        (f"{SDK}s3:getObject", "S3.SlowDown", "S3.S3Exception"),
        (f"{SDK}dynamodb:putItem", "DynamoDB.ResourceNotFoundException", "DynamoDb.ResourceNotFoundException"),
        (f"{OPTIMIZED}dynamodb:putItem", "DynamoDb.ResourceNotFoundException", "DynamoDB.ResourceNotFoundException"),
        (
            f"{OPTIMIZED}states:startExecution",
            "Sfn.StateMachineDoesNotExistException",
            "StepFunctions.StateMachineDoes",
        ),
        (f"{OPTIMIZED}lambda:invoke", "Lambda.TooManyRequestException", "Lambda.TooManyRequestsException"),
        (f"{SDK}sfn:startExecution", "Sfn.ExecutionAlreadyExists", "Sfn.ExecutionAlreadyExistsException"),
        (f"{SDK}rds:stopDBInstance", "Rds.InvalidDbInstanceState", "Rds.InvalidDbInstanceStateException"),
    ],
)
@pytest.mark.parametrize("field", ["Retry", "Catch"])
def test_an_error_name_that_never_comes_is_told(resource: str, name: str, right: str, field: str) -> None:
    found = _lint(_task(resource, **{field: [{"ErrorEquals": ["States.Timeout", name], "Next": "Call"}]}))
    assert [item.code for item in found] == ["integrations-error-name"]
    assert right in found[0].message
    assert found[0].pointer[-4:] == (field, 0, "ErrorEquals", 1)


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        (f"{SDK}mediaconnect:startFlow", "MediaConnect.MediaConnectException"),
        (f"{SDK}mediaconnect:startFlow", "MediaConnect.SdkClientException"),
        (f"{SDK}mediaconnect:startFlow", "MediaConnect.ThrottlingException"),
        (f"{SDK}mediaconnect:startFlow", "States.TaskFailed"),
        (f"{SDK}mediaconnect:startFlow", "Lambda.TooManyRequests"),
        (f"{SDK}s3:getObject", "S3.S3Exception"),
        (f"{SDK}rds:stopDBInstance", "Rds.DbInstanceNotFoundException"),
        (f"{OPTIMIZED}lambda:invoke", "Lambda.AWSLambdaException"),
        (f"{OPTIMIZED}lambda:invoke", "Lambda.Unknown"),
        (f"{OPTIMIZED}lambda:invoke", "FlowIsDown"),
        (f"{OPTIMIZED}dynamodb:putItem", "DynamoDB.AmazonDynamoDBException"),
        (f"{OPTIMIZED}events:putEvents", "EventBridge.FailedEntry"),
        (f"{OPTIMIZED}ecs:runTask", "ECS.AmazonECSException"),
        (f"{OPTIMIZED}ecs:runTask", "ECS.ServiceException"),
        (f"{OPTIMIZED}apigateway:invoke", "ApiGateway.403"),
        ("arn:aws:lambda:eu-central-1:111122223333:function:check", "Lambda.Anything"),
    ],
)
def test_an_error_name_that_may_come_is_left_alone(resource: str, name: str) -> None:
    assert _codes(_task(resource, Retry=[{"ErrorEquals": [name]}])) == []


# Functions


def test_a_functions_arn_does_not_take_what_lambda_invoke_takes() -> None:
    function = "arn:aws:lambda:eu-central-1:111122223333:function:check"
    assert _codes(_task(function, {"FunctionName": "check", "Payload.$": "$"})) == ["function"]
    assert _codes(_task(function, {"flow.$": "$.flow"})) == []


# Items of Distributed Maps


def _map(field: str, resource: str, arguments: Any) -> dict[str, Any]:
    inner = {"StartAt": "Each", "States": {"Each": {"Type": "Succeed"}}}
    return {
        "Type": "Map",
        field: {"Resource": resource, "Parameters": arguments},
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **inner},
        "End": True,
    }


@pytest.mark.parametrize(
    ("field", "resource", "arguments", "codes"),
    [
        ("ItemReader", f"{OPTIMIZED}s3:getObject", {"Bucket": "clips", "Key.$": "$.key"}, []),
        ("ItemReader", f"{OPTIMIZED}s3:listObjectsV2", {"Bucket": "clips", "Prefix": "a/"}, []),
        ("ResultWriter", f"{OPTIMIZED}s3:putObject", {"Bucket": "clips", "Prefix": "a/"}, []),
        ("ItemReader", "${reader}", {"Anything": 1}, []),
        ("ItemReader", f"{SDK}s3:getObject", {"Bucket": "clips", "Key": "a"}, ["items"]),
        ("ItemReader", f"{OPTIMIZED}s3:listObjects", {"Bucket": "clips"}, ["items"]),
        ("ResultWriter", f"{OPTIMIZED}s3:getObject", {"Bucket": "clips"}, ["items"]),
        ("ItemReader", f"{OPTIMIZED}dynamodb:getItem", {}, ["items"]),
        ("ItemReader", f"{OPTIMIZED}s3:getObject", {"Bucket": "clips"}, ["required"]),
        ("ItemReader", f"{OPTIMIZED}s3:getObject", {"Bucket": "clips", "key": "a"}, ["parameter-case"]),
        ("ResultWriter", f"{OPTIMIZED}s3:putObject", {"Buket": "clips"}, ["parameter"]),
    ],
)
def test_a_distributed_map_reads_and_writes_s3(field: str, resource: str, arguments: Any, codes: list[str]) -> None:
    assert _codes(_map(field, resource, arguments)) == codes
