"""State machines run as on AWS: types, versions, aliases, paths, errors, retries, time limits."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from headend.localcloud.stepfunctions.service_results import error_prefix, pascal_case

from .conftest import RunningCloud, until


def one(state: dict[str, Any], **others: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "One", "States": {"One": state, **others}}


def lambda_task(function: str, **fields: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function, "Payload.$": "$"},
        "OutputPath": "$.Payload",
        **fields,
    }


def test_a_synchronous_execution_returns_its_output(cloud: RunningCloud) -> None:
    got = cloud.run(cloud.machine(one({"Type": "Pass", "Result": {"a": 1}, "End": True})))
    assert (got["status"], json.loads(got["output"])) == ("SUCCEEDED", {"a": 1})
    assert ":express:" in got["executionArn"]
    assert got["billingDetails"]["billedDurationInMilliseconds"] >= 0


def test_a_standard_machine_has_no_synchronous_executions(cloud: RunningCloud) -> None:
    machine = cloud.machine(one({"Type": "Succeed"}), kind="STANDARD")
    with pytest.raises(ClientError) as failed:
        cloud.run(machine)
    assert failed.value.response["Error"]["Code"] == "StateMachineTypeNotSupported"


def test_executions_need_no_name(cloud: RunningCloud) -> None:
    states = cloud.client("stepfunctions")
    for kind in ("STANDARD", "EXPRESS"):
        machine = cloud.machine(one({"Type": "Succeed"}), kind=kind)
        arns = {states.start_execution(stateMachineArn=machine)["executionArn"] for _ in range(3)}
        assert len(arns) == 3


def test_a_standard_execution_can_be_described(cloud: RunningCloud) -> None:
    states = cloud.client("stepfunctions")
    machine = cloud.machine(one({"Type": "Pass", "End": True}), kind="STANDARD")
    arn = states.start_execution(stateMachineArn=machine, name="first", input='{"b": 2}')["executionArn"]
    got = until(lambda: (found := states.describe_execution(executionArn=arn))["status"] == "SUCCEEDED" and found)
    assert json.loads(got["output"]) == {"b": 2}
    with pytest.raises(ClientError, match="Already"):
        states.start_execution(stateMachineArn=machine, name="first", input='{"b": 3}')


def test_express_executions_are_not_kept(cloud: RunningCloud) -> None:
    machine = cloud.machine(one({"Type": "Succeed"}))
    arn = cloud.run(machine)["executionArn"]
    with pytest.raises(ClientError):
        cloud.client("stepfunctions").describe_execution(executionArn=arn)


def test_an_alias_runs_its_version(cloud: RunningCloud) -> None:
    states = cloud.client("stepfunctions")
    machine = cloud.machine(one({"Type": "Pass", "Result": 1, "End": True}))
    version = states.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    again = states.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    routing = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = states.create_state_machine_alias(name="live", routingConfiguration=routing)["stateMachineAliasArn"]
    definition = json.dumps(one({"Type": "Pass", "Result": 2, "End": True}))
    states.update_state_machine(stateMachineArn=machine, definition=definition)
    assert again == version
    assert json.loads(cloud.run(alias)["output"]) == 1
    assert json.loads(cloud.run(machine)["output"]) == 2
    listed = states.list_state_machine_versions(stateMachineArn=machine)["stateMachineVersions"]
    assert [entry["stateMachineVersionArn"] for entry in listed] == [version]


def test_an_alias_can_be_described_and_one_of_a_deleted_machine_is_not_found(cloud: RunningCloud) -> None:
    states = cloud.client("stepfunctions")
    machine = cloud.machine(one({"Type": "Succeed"}))
    version = states.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    routing = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = states.create_state_machine_alias(name="live", routingConfiguration=routing)["stateMachineAliasArn"]
    found = states.describe_state_machine_alias(stateMachineAliasArn=alias)
    assert (found["name"], found["routingConfiguration"]) == ("live", routing)
    states.delete_state_machine(stateMachineArn=machine)
    with pytest.raises(states.exceptions.ResourceNotFound):
        states.describe_state_machine_alias(stateMachineAliasArn=alias)


def test_a_definition_is_validated(cloud: RunningCloud) -> None:
    validate = cloud.client("stepfunctions").validate_state_machine_definition
    assert validate(definition=json.dumps(one({"Type": "Succeed"})))["result"] == "OK"
    bad = validate(definition='{"StartAt": "Nowhere"}')
    assert bad["result"] == "FAIL"
    assert bad["diagnostics"][0]["severity"] == "ERROR"


def test_definitions_of_both_query_languages_are_read_at_the_same_time(cloud: RunningCloud) -> None:
    choice = {"Type": "Choice", "Default": "End"}
    paths = choice | {
        "Choices": [
            {
                "And": [{"Variable": "$.a", "IsPresent": True}, {"Not": {"Variable": "$.b", "IsNull": True}}],
                "Next": "End",
            }
        ]
    }
    expressions = choice | {"Choices": [{"Condition": "{% $exists($states.input.a) %}", "Next": "End"}]}
    definitions = [
        json.dumps({"QueryLanguage": language, "StartAt": "S0", "States": states})
        for language, rule in (("JSONPath", paths), ("JSONata", expressions))
        for states in [
            {f"S{n}": rule | {"Default": f"S{n + 1}"} for n in range(30)}
            | {"S30": {"Type": "Pass", "Next": "End"}, "End": {"Type": "Succeed"}}
        ]
    ]

    def problems(definition: str) -> list[Any]:
        return list(
            cloud.client("stepfunctions").validate_state_machine_definition(definition=definition)["diagnostics"]
        )

    with ThreadPoolExecutor(4) as readers:
        assert [found for found in readers.map(problems, definitions * 6) if found] == []


def test_bad_input_is_refused(cloud: RunningCloud) -> None:
    machine = cloud.machine(one({"Type": "Succeed"}))
    with pytest.raises(ClientError) as failed:
        cloud.client("stepfunctions").start_execution(stateMachineArn=machine, input="{")
    assert failed.value.response["Error"]["Code"] == "InvalidExecutionInput"


CHOICE = {
    "Type": "Choice",
    "Choices": [{"Variable": "$.healthy", "BooleanEquals": True, "Next": "Done"}],
    "Default": "Done",
}
DONE = {"Type": "Succeed"}


def test_a_choice_on_a_missing_path_fails_the_execution(cloud: RunningCloud) -> None:
    machine = cloud.machine(one(CHOICE, Done=DONE))
    assert cloud.run(machine, {"healthy": False})["status"] == "SUCCEEDED"
    got = cloud.run(machine, {"other": 1})
    assert (got["status"], got["error"]) == ("FAILED", "States.Runtime")
    assert "Invalid path '$.healthy'" in got["cause"]


def test_a_choice_may_ask_whether_a_path_is_there(cloud: RunningCloud) -> None:
    guard = {"And": [{"Variable": "$.x", "IsPresent": True}, {"Variable": "$.x", "NumericEquals": 1}], "Next": "Done"}
    machine = cloud.machine(one({"Type": "Choice", "Choices": [guard], "Default": "Done"}, Done=DONE))
    assert cloud.run(machine, {})["status"] == "SUCCEEDED"


def test_a_choice_without_a_match_names_its_error(cloud: RunningCloud) -> None:
    without_default = {name: value for name, value in CHOICE.items() if name != "Default"}
    got = cloud.run(cloud.machine(one(without_default, Done=DONE)), {"healthy": False})
    assert (got["status"], got["error"]) == ("FAILED", "States.NoChoiceMatched")


def test_a_functions_error_type_is_the_errors_name(cloud: RunningCloud) -> None:
    function = cloud.function(
        "class UnknownFlow(Exception): ...\ndef handler(event, context):\n    raise UnknownFlow('x')"
    )
    catch = [{"ErrorEquals": ["UnknownFlow"], "ResultPath": "$.error", "Next": "Done"}]
    got = cloud.run(cloud.machine(one(lambda_task(function, Catch=catch, Next="Done"), Done=DONE)))
    assert got["status"] == "SUCCEEDED"
    error = json.loads(got["output"])["error"]
    assert error["Error"] == "UnknownFlow"
    assert json.loads(error["Cause"])["errorMessage"] == "x"


def test_catching_all_does_not_catch_runtime_errors(cloud: RunningCloud) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]
    task = lambda_task("any", Catch=catch, Next="Done", Parameters={"FunctionName.$": "$.missing"})
    got = cloud.run(cloud.machine(one(task, Done=DONE)))
    assert got["status"] == "FAILED"
    assert got["error"] in ("States.Runtime", "States.ParameterPathFailure")


def test_a_task_is_retried_with_jitter_and_a_maximum_delay(cloud: RunningCloud) -> None:
    url, _ = cloud.queue(f"retries-{uuid.uuid4().hex[:6]}")
    function = cloud.function(
        "import boto3\ndef handler(event, context):\n"
        "    boto3.client('sqs').send_message(QueueUrl=event['url'], MessageBody='tried')\n    raise RuntimeError"
    )
    retry = {
        "ErrorEquals": ["RuntimeError"],
        "IntervalSeconds": 1,
        "BackoffRate": 10,
        "MaxAttempts": 2,
        "MaxDelaySeconds": 2,
        "JitterStrategy": "FULL",
    }
    got = cloud.run(cloud.machine(one(lambda_task(function, Retry=[retry], End=True))), {"url": url})
    assert (got["status"], got["error"]) == ("FAILED", "RuntimeError")
    assert [cloud.receive(url)["Body"] for _ in range(3)] == ["tried"] * 3


def test_an_execution_times_out(cloud: RunningCloud) -> None:
    definition = {"TimeoutSeconds": 1, **one({"Type": "Wait", "Seconds": 20, "End": True})}
    got = cloud.run(cloud.machine(definition))
    assert (got["status"], got["error"]) == ("TIMED_OUT", "States.Timeout")


def test_a_message_and_a_notification_are_sent(cloud: RunningCloud) -> None:
    url, arn = cloud.queue(f"sent-{uuid.uuid4().hex[:6]}")
    topic = cloud.client("sns").create_topic(Name=arn.rpartition(":")[2])["TopicArn"]
    cloud.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    definition = one(
        {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": url, "MessageBody": {"event.$": "$$.Execution.Input"}},
            "ResultPath": None,
            "Next": "Two",
        },
        Two={
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {"TopicArn": topic, "Message": "told"},
            "End": True,
        },
    )
    assert cloud.run(cloud.machine(definition), {"a": 1})["status"] == "SUCCEEDED"
    bodies = sorted(cloud.receive(url)["Body"] for _ in range(2))
    assert bodies[0] == "told"
    assert json.loads(bodies[1]) == {"event": {"a": 1}}


def test_an_sdk_integrations_error_carries_the_services_name(cloud: RunningCloud) -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:mediaconnect:describeFlow",
        "Parameters": {"FlowArn": "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-a:gone"},
        "End": True,
    }
    got = cloud.run(cloud.machine(one(task)))
    assert (got["status"], got["error"]) == ("FAILED", "MediaConnect.NotFoundException")


def test_an_sdk_integration_writes_a_metric(cloud: RunningCloud) -> None:
    namespace = f"Test/{uuid.uuid4().hex[:6]}"
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:cloudwatch:putMetricData",
        "Parameters": {"Namespace": namespace, "MetricData": [{"MetricName": "FlowActive", "Value": 1}]},
        "End": True,
    }
    assert cloud.run(cloud.machine(one(task)))["status"] == "SUCCEEDED"
    [metric] = cloud.client("cloudwatch").list_metrics(Namespace=namespace)["Metrics"]
    assert metric["MetricName"] == "FlowActive"


def test_dates_in_an_sdk_result_are_text(cloud: RunningCloud) -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:iam:getRole",
        "Parameters": {"RoleName.$": "$.role"},
        "OutputPath": "$.Role.CreateDate",
        "End": True,
    }
    name = f"dated-{uuid.uuid4().hex[:6]}"
    cloud.role(name)
    got = cloud.run(cloud.machine(one(task)), {"role": name})
    assert got["status"] == "SUCCEEDED", got.get("cause")
    assert json.loads(got["output"]).endswith("Z")


@pytest.mark.parametrize(
    ("service_id", "wanted"),
    [
        ("MediaConnect", "MediaConnect"),
        ("DynamoDB", "DynamoDb"),
        ("SFN", "Sfn"),
        ("S3", "S3"),
        ("Auto Scaling", "AutoScaling"),
        ("CloudWatch Logs", "CloudWatchLogs"),
        ("MediaPackageV2", "MediaPackageV2"),
        ("EC2", "Ec2"),
    ],
)
def test_service_names_in_errors(service_id: str, wanted: str) -> None:
    assert pascal_case(service_id) == wanted


def test_service_names_come_from_the_service_models() -> None:
    assert [error_prefix(name) for name in ("mediaconnect", "cloudwatch", "sfn", "unheardof")] == [
        "MediaConnect",
        "CloudWatch",
        "Sfn",
        "unheardof",
    ]


def test_a_map_runs_each_item(cloud: RunningCloud) -> None:
    processor = {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "Each",
        "States": {"Each": {"Type": "Pass", "End": True}},
    }
    machine = cloud.machine(one({"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "End": True}))
    for items in ([1, 2, 3], [4]):
        assert json.loads(cloud.run(machine, {"items": items})["output"]) == items
