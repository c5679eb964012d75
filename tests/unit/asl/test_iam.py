"""The least policy of a definition: actions, ARNs, conditions, wildcards with their reasons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from asl_machines import machine_of
from headend.asl import model
from headend.asl.iam.derive import derive
from headend.asl.iam.policy import Policy
from headend.asl.iam.settings import Settings

HERE = "${region}:${account_id}"
Allowed = set[tuple[str, str]]


def task(resource: str, arguments: Any = None, **fields: Any) -> dict[str, Any]:
    given = {} if arguments is None else {"Parameters": arguments}
    return {"Type": "Task", "Resource": resource, "End": True, **given, **fields}


def sdk(resource: str, arguments: Any = None, **fields: Any) -> dict[str, Any]:
    return task(f"arn:aws:states:::aws-sdk:{resource}", arguments, **fields)


def optimized(resource: str, arguments: Any = None, **fields: Any) -> dict[str, Any]:
    return task(f"arn:aws:states:::{resource}", arguments, **fields)


def policy_of(*states: dict[str, Any], settings: Settings | None = None, **fields: Any) -> Policy:
    names = {f"S{number}": state for number, state in enumerate(states, 1)}
    return derive(model.parse(json.dumps(machine_of(names, **fields))), settings)


def allowed(policy: Policy) -> Allowed:
    return {(action, arn) for one in policy.statements for action in one.actions for arn in one.resources}


def allows(*states: dict[str, Any], settings: Settings | None = None, **fields: Any) -> Allowed:
    return allowed(policy_of(*states, settings=settings, **fields))


def whys(policy: Policy) -> list[str]:
    return [need.grant.why for one in policy.statements for need in one.needs if need.grant.why]


# Actions


@pytest.mark.parametrize(
    ("resource", "action"),
    [
        ("lambda:invoke", "lambda:InvokeFunction"),
        ("s3:listObjectsV2", "s3:ListBucket"),
        ("s3:headBucket", "s3:ListBucket"),
        ("s3:listBuckets", "s3:ListAllMyBuckets"),
        ("cloudwatch:putDashboard", "cloudwatch:PutDashboard"),
        ("cloudwatchlogs:putLogEvents", "logs:PutLogEvents"),
        ("sesv2:sendEmail", "ses:SendEmail"),
        ("sfn:startExecution", "states:StartExecution"),
        ("eventbridge:putEvents", "events:PutEvents"),
        ("apigateway:getRestApis", "apigateway:GET"),
        ("iotdataplane:publish", "iot:Publish"),
        ("mediaconnect:addFlowMediaStreams", "mediaconnect:AddFlowMediaStreams"),
        ("mediaconnect:createRouterInput", "mediaconnect:CreateRouterInput"),
        ("resourcegroupstaggingapi:getResources", "tag:GetResources"),
    ],
)
def test_an_action_has_its_service_s_prefix_and_its_own_name(resource: str, action: str) -> None:
    assert action in {one for one, _ in allows(sdk(resource, {}))}


def test_every_operation_of_the_services_that_the_reference_knows_has_an_action() -> None:
    from headend.asl import integrations
    from headend.asl.iam import actions

    for service in ("dynamodb", "mediaconnect", "s3", "sns", "sqs", "medialive", "sfn"):
        for name in integrations.operations(service).values():
            operation = integrations.operation(service, integrations.camel_case(name))
            assert operation is not None
            assert all(":" in one for one in actions.of(operation))


# Resources


@pytest.mark.parametrize(
    ("state", "resource"),
    [
        (optimized("dynamodb:getItem", {"TableName": "t"}), f"arn:${{partition}}:dynamodb:{HERE}:table/t"),
        (
            optimized("dynamodb:getItem", {"TableName": "${table}"}),
            f"arn:${{partition}}:dynamodb:{HERE}:table/${{table}}",
        ),
        (optimized("dynamodb:getItem", {"TableName": "${table_arn}"}), "${table_arn}"),
        (optimized("dynamodb:getItem", {"TableName": "${TableArn}"}), "${TableArn}"),
        (optimized("dynamodb:getItem", {"TableName.$": "$.t"}), f"arn:${{partition}}:dynamodb:{HERE}:table/*"),
        (optimized("sns:publish", {"TopicArn": "${topic}"}), "${topic}"),
        (optimized("sns:publish", {"PhoneNumber.$": "$.n"}), "*"),
        (sdk("s3:getObject", {"Bucket": "b", "Key": "k/x"}), "arn:${partition}:s3:::b/k/x"),
        (sdk("s3:getObject", {"Bucket": "${b}", "Key.$": "$.k"}), "arn:${partition}:s3:::${b}/*"),
        (sdk("s3:getObject", {"Bucket.$": "$.b", "Key.$": "$.k"}), "arn:${partition}:s3:::*/*"),
        (sdk("mediaconnect:startFlow", {"FlowArn": "${flow_arn}"}), "${flow_arn}"),
        (sdk("mediaconnect:startFlow", {"FlowArn.$": "$.f"}), f"arn:${{partition}}:mediaconnect:{HERE}:flow:*:*"),
        (sdk("mediaconnect:startFlow"), f"arn:${{partition}}:mediaconnect:{HERE}:flow:*:*"),
        (sdk("medialive:startChannel", {"ChannelId": "7"}), f"arn:${{partition}}:medialive:{HERE}:channel:7"),
        (sdk("ssm:getParameter", {"Name": "/a/b"}), f"arn:${{partition}}:ssm:{HERE}:parameter/a/b"),
        (sdk("ssm:getParametersByPath", {"Path": "/a/"}), f"arn:${{partition}}:ssm:{HERE}:parameter/a*"),
        (
            sdk("secretsmanager:getSecretValue", {"SecretId": "s"}),
            f"arn:${{partition}}:secretsmanager:{HERE}:secret:s-??????",
        ),
        (optimized("ecs:runTask", {"TaskDefinition": "web:3"}), f"arn:${{partition}}:ecs:{HERE}:task-definition/web:3"),
        (optimized("ecs:runTask", {"TaskDefinition": "web"}), f"arn:${{partition}}:ecs:{HERE}:task-definition/web:*"),
        (
            optimized("events:putEvents", {"Entries": [{"Source": "s"}]}),
            f"arn:${{partition}}:events:{HERE}:event-bus/default",
        ),
        (sdk("rekognition:detectText", {}), "*"),
    ],
)
def test_a_resource_is_named_by_its_service_s_format(state: dict[str, Any], resource: str) -> None:
    assert resource in {arn for _, arn in allows(state)}


@pytest.mark.parametrize(
    ("url", "resource"),
    [
        ("https://sqs.eu-west-1.amazonaws.com/123456789012/q", "arn:${partition}:sqs:eu-west-1:123456789012:q"),
        (
            "https://sqs.${AWS::Region}.amazonaws.com/${AWS::AccountId}/q",
            "arn:${partition}:sqs:${AWS::Region}:${AWS::AccountId}:q",
        ),
        ("${queue_url}", f"arn:${{partition}}:sqs:{HERE}:*"),
    ],
)
def test_a_queue_s_arn_comes_from_its_url_where_the_url_shows_it(url: str, resource: str) -> None:
    assert allows(optimized("sqs:sendMessage", {"QueueUrl": url})) == {("sqs:SendMessage", resource)}


def test_a_told_arn_stands_for_a_placeholder_an_expression_or_an_action() -> None:
    settings = Settings(arns={"url": "queue_arn", "$.flow": "flow_arns", "iam:PassRole": "arn:aws:iam::1:role/task"})
    states = (
        optimized("sqs:sendMessage", {"QueueUrl": "${url}"}),
        sdk("mediaconnect:describeFlow", {"FlowArn.$": "$.flow"}),
        optimized("ecs:runTask", {"TaskDefinition": "web:1"}),
    )
    assert {
        ("sqs:SendMessage", "${queue_arn}"),
        ("mediaconnect:DescribeFlow", "${flow_arns}"),
        ("iam:PassRole", "arn:aws:iam::1:role/task"),
    } < allows(*states, settings=settings)


def test_a_jsonata_expression_decides_at_run_time_and_text_does_not() -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:getItem",
        "Arguments": {"TableName": "{% $table %}"},
        "End": True,
    }
    policy = policy_of(state, QueryLanguage="JSONata")
    assert allowed(policy) == {("dynamodb:GetItem", f"arn:${{partition}}:dynamodb:{HERE}:table/*")}
    assert whys(policy) == ["`TableName` is decided at run time (`$table`)"]
    state["Arguments"]["TableName"] = "t"
    assert whys(policy_of(state, QueryLanguage="JSONata")) == []


# Functions


@pytest.mark.parametrize(
    ("state", "resource"),
    [
        (task("${fn}"), "${fn}"),
        (task("arn:aws:lambda:eu-west-1:1:function:f:live"), "arn:aws:lambda:eu-west-1:1:function:f:live"),
        (optimized("lambda:invoke", {"FunctionName": "f"}), f"arn:${{partition}}:lambda:{HERE}:function:f"),
        (optimized("lambda:invoke", {"FunctionName": "f:live"}), f"arn:${{partition}}:lambda:{HERE}:function:f:live"),
        (optimized("lambda:invoke", {"FunctionName": "${f_arn}", "Qualifier": "2"}), "${f_arn}:2"),
        (optimized("lambda:invoke", {"FunctionName": "${f_arn}", "Qualifier.$": "$.v"}), "${f_arn}:*"),
        (optimized("lambda:invoke", {"FunctionName.$": "$.f"}), f"arn:${{partition}}:lambda:{HERE}:function:*"),
    ],
)
def test_a_version_or_an_alias_is_a_resource_of_its_own(state: dict[str, Any], resource: str) -> None:
    assert allows(state) == {("lambda:InvokeFunction", resource)}


def test_an_activity_needs_nothing() -> None:
    states = (task("arn:aws:states:eu-west-1:1:activity:a"), task("${activity_arn}"))
    assert policy_of(*states).statements == ()


# Patterns


@pytest.mark.parametrize(
    ("resource", "rule"),
    [
        ("batch:submitJob", "StepFunctionsGetEventsForBatchJobsRule"),
        ("codebuild:startBuild", "StepFunctionsGetEventForCodeBuildStartBuildRule"),
        ("ecs:runTask", "StepFunctionsGetEventsForECSTaskRule"),
        ("mediaconvert:createJob", "StepFunctionsGetEventsForMediaConvertJobRule"),
        ("sagemaker:createTrainingJob", "StepFunctionsGetEventsForSageMakerTrainingJobsRule"),
        ("states:startExecution", "StepFunctionsGetEventsForStepFunctionsExecutionRule"),
    ],
)
def test_sync_needs_its_rule_and_the_other_patterns_do_not(resource: str, rule: str) -> None:
    arn = f"arn:${{partition}}:events:{HERE}:rule/{rule}"
    wanted = {("events:DescribeRule", arn), ("events:PutRule", arn), ("events:PutTargets", arn)}
    assert wanted <= allows(optimized(f"{resource}.sync", {}))
    assert not wanted & allows(optimized(resource, {}))


def test_sync_of_glue_asks_for_the_job_run_and_stops_it() -> None:
    job = f"arn:${{partition}}:glue:{HERE}:job/etl"
    names = ("BatchStopJobRun", "GetJobRun", "GetJobRuns", "StartJobRun")
    assert allows(optimized("glue:startJobRun.sync", {"JobName": "etl"})) == {(f"glue:{name}", job) for name in names}


def test_a_nested_execution_is_followed_and_stopped_and_redriven_where_somebody_redrives() -> None:
    child = "arn:aws:states:eu-west-1:1:stateMachine:child"
    state = optimized("states:startExecution.sync:2", {"StateMachineArn": f"{child}:live"})
    found = allows(state)
    executions = "arn:aws:states:eu-west-1:1:execution:child:*"
    assert {("states:StartExecution", child), ("states:DescribeExecution", executions)} < found
    assert ("states:StopExecution", executions) in found
    assert ("states:RedriveExecution", executions) not in found
    assert ("states:RedriveExecution", executions) in allows(state, settings=Settings(redrive=True))


def test_a_passed_role_is_handed_to_its_service_only() -> None:
    state = sdk("scheduler:createSchedule", {"Name": "n", "Target": {"Arn": "${q}", "RoleArn": "${role_arn}"}})
    [passing] = [one for one in policy_of(state).statements if one.actions == ("iam:PassRole",)]
    assert passing.resources == ("${role_arn}",)
    assert passing.conditions == (("StringEquals", "iam:PassedToService", ("scheduler.amazonaws.com",)),)


def test_a_call_in_another_role_needs_that_role_only() -> None:
    state = sdk("s3:listBuckets", {}, Credentials={"RoleArn": "arn:aws:iam::2:role/other"})
    policy = policy_of(state)
    assert allowed(policy) == {("sts:AssumeRole", "arn:aws:iam::2:role/other")}
    assert policy.elsewhere == (("S1", "arn:aws:iam::2:role/other"),)


def test_an_endpoint_is_called_by_method_and_address_with_its_connection() -> None:
    arguments = {
        "ApiEndpoint": "https://api.example.com/v1",
        "Method": "POST",
        "Authentication": {"ConnectionArn": "${connection_arn}"},
    }
    policy = policy_of(optimized("http:invoke", arguments))
    called = policy.statements[0]
    assert called.resources == (Settings().machine,)
    assert {key: values for _, key, values in called.conditions} == {
        "states:HTTPEndpoint": ("https://api.example.com/v1",),
        "states:HTTPMethod": ("POST",),
    }
    assert ("events:RetrieveConnectionCredentials", "${connection_arn}") in allowed(policy)


# Maps


def distributed(**fields: Any) -> dict[str, Any]:
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}
    return {
        "Type": "Map",
        "ItemProcessor": {**machine_of({"P": {"Type": "Pass", "End": True}}), **config},
        "End": True,
        **fields,
    }


def test_a_distributed_map_starts_its_own_machine_and_an_inline_one_nothing() -> None:
    found = allows(distributed())
    assert ("states:StartExecution", Settings().machine) in found
    inline = {**distributed(), "ItemProcessor": machine_of({"P": {"Type": "Pass", "End": True}})}
    assert allows(inline) == set()


def test_a_reader_and_a_writer_need_their_objects() -> None:
    listed = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "${b}", "Prefix": "in/"}}
    written = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "out"}}
    policy = policy_of(distributed(ItemReader=listed, ResultWriter=written))
    [listing] = [one for one in policy.statements if one.actions == ("s3:ListBucket",)]
    assert (listing.resources, listing.conditions) == (
        ("arn:${partition}:s3:::${b}",),
        (("StringEquals", "s3:prefix", ("in/",)),),
    )
    assert ("s3:PutObject", "arn:${partition}:s3:::b/out/*") in allowed(policy)


# Keys, logs, traces


def test_a_topic_s_key_may_be_used_through_the_topic_s_service_only() -> None:
    settings = Settings(keys={"topic_arn": "topic_key_arn"})
    policy = policy_of(optimized("sns:publish", {"TopicArn": "${topic_arn}"}), settings=settings)
    key = policy.statements[1]
    assert (key.actions, key.resources) == (("kms:Decrypt", "kms:GenerateDataKey"), ("${topic_key_arn}",))
    assert key.conditions == (("StringEquals", "kms:ViaService", ("sns.${region}.amazonaws.com",)),)


def test_logs_traces_and_the_machine_s_key_are_statements_of_their_own() -> None:
    settings = Settings(logging=True, tracing=True, kms_key="key_arn")
    policy = policy_of({"Type": "Pass", "End": True}, settings=settings)
    assert [one.sid for one in policy.statements] == ["DeliverLogs", "Trace", "Encrypt"]


def test_the_namespace_limits_what_has_no_resources() -> None:
    metric = {"Namespace": "Mine", "MetricData": []}
    [statement] = policy_of(sdk("cloudwatch:putMetricData", metric)).statements
    assert statement.document()["Condition"] == {"StringEquals": {"cloudwatch:namespace": ["Mine"]}}


# Statements


def test_a_statement_says_who_needs_it() -> None:
    state = optimized("sns:publish", {"TopicArn": "${topic}"})
    [statement] = policy_of(state, state, state).statements
    assert statement.sid == "S1And2MorePublish"
    assert statement.needs[0].states == ("S1", "S2", "S3")


def test_what_a_wider_resource_allows_is_not_said_again() -> None:
    one = optimized("dynamodb:getItem", {"TableName": "t"})
    other = optimized("dynamodb:getItem", {"TableName.$": "$.t"})
    [statement] = policy_of(one, other).statements
    assert statement.resources == (f"arn:${{partition}}:dynamodb:{HERE}:table/*",)
    assert statement.needs[0].states == ("S2", "S1")


def test_the_policy_is_the_same_each_time() -> None:
    path = Path(__file__).resolve().parents[3] / "modules" / "stream_monitor" / "rendered" / "flow_state.asl.json"
    assert len({derive(model.load(path)).text() for _ in range(3)}) == 1


def test_statement_ids_are_letters_and_digits_and_unique() -> None:
    states = {
        "Ünï - 1": optimized("sns:publish", {"TopicArn": "${a}"}),
        "n 1": optimized("sns:publish", {"TopicArn": "${b}"}),
    }
    policy = derive(model.parse(json.dumps(machine_of(states))))
    sids = [one.sid for one in policy.statements]
    assert len(set(sids)) == 2
    assert all(sid.isascii() and sid.isalnum() for sid in sids)


def test_what_cannot_be_told_is_listed_and_never_guessed() -> None:
    policy = policy_of(sdk("nothing:doIt", {}), task("not a resource"))
    assert policy.statements == ()
    assert [state for state, _ in policy.underived] == ["S1", "S2"]


# What a service does with its caller's permissions


def test_a_picture_in_s3_is_read_with_the_caller_s_permission() -> None:
    state = sdk("rekognition:detectLabels", {"Image": {"S3Object": {"Bucket": "${b}", "Name.$": "$.key"}}})
    assert allows(state) == {("rekognition:DetectLabels", "*"), ("s3:GetObject", "arn:${partition}:s3:::${b}/*")}


def test_a_recording_is_read_and_its_transcript_written_with_the_caller_s_permission() -> None:
    arguments = {
        "TranscriptionJobName": "job",
        "Media": {"MediaFileUri": "s3://in/${file}"},
        "OutputBucketName": "out",
    }
    assert {
        ("s3:GetObject", "arn:${partition}:s3:::in/${file}"),
        ("s3:PutObject", "arn:${partition}:s3:::out/*"),
    } < allows(sdk("transcribe:startTranscriptionJob", arguments))


def test_a_function_of_another_account_is_named_by_it() -> None:
    state = optimized("lambda:invoke", {"FunctionName": "210987654321:function:f:live"})
    assert {arn for _, arn in allows(state)} == {"arn:${partition}:lambda:${region}:210987654321:function:f:live"}


def test_a_query_that_only_reads_changes_no_table() -> None:
    reading = allows(optimized("athena:startQueryExecution.sync", {"QueryString": "select 1", "WorkGroup": "w"}))
    writing = allows(optimized("athena:startQueryExecution.sync", {"QueryString.$": "$.query", "WorkGroup": "w"}))
    assert not [action for action, _ in reading if action.startswith(("glue:Create", "glue:Delete", "glue:Update"))]
    assert ("athena:StartQueryExecution", f"arn:${{partition}}:athena:{HERE}:workgroup/w") in reading
    assert reading < writing
