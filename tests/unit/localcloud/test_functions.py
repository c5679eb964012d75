"""Functions run as on Lambda: isolated, warm, limited in time, logged, versioned, retried."""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError

from .conftest import RunningCloud, package, until


def log_of(cloud: RunningCloud, name: str) -> list[str]:
    got = cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")
    return [event["message"] for event in got["events"]]


def test_a_function_answers_with_what_its_handler_returns(cloud: RunningCloud) -> None:
    name = cloud.function("def handler(event, context):\n    return {'twice': event['n'] * 2}")
    payload, response = cloud.invoke(name, {"n": 21})
    assert payload == {"twice": 42}
    assert response["StatusCode"] == 200
    assert response["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in response


def test_a_process_is_reused_while_warm(cloud: RunningCloud) -> None:
    name = cloud.function("import os\ndef handler(event, context):\n    return os.getpid()")
    assert len({cloud.invoke(name)[0] for _ in range(3)}) == 1


def test_a_function_sees_its_package_the_standard_library_and_boto3_only(cloud: RunningCloud) -> None:
    code = """
import importlib.util
def handler(event, context):
    return {name: importlib.util.find_spec(name) is not None for name in event}
"""
    name = cloud.function(code)
    wanted = ["boto3", "botocore", "json", "handler", "moto", "headend", "pydantic", "aws_lambda_powertools", "pytest"]
    seen, _ = cloud.invoke(name, wanted)
    assert [module for module, found in seen.items() if found] == ["boto3", "botocore", "json", "handler"]


def test_the_environment_and_context_are_lambdas(cloud: RunningCloud) -> None:
    code = """
import os
def handler(event, context):
    return {
        "environment": {name: os.environ.get(name) for name in event},
        "context": [context.function_name, context.function_version, context.invoked_function_arn,
                    context.memory_limit_in_mb, context.log_group_name, len(context.aws_request_id),
                    context.get_remaining_time_in_millis() > 5000],
    }
"""
    name = cloud.function(code, MemorySize=256, Environment={"Variables": {"OWN": "value"}})
    names = [
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_REGION",
        "AWS_ENDPOINT_URL",
        "_HANDLER",
        "TZ",
        "OWN",
    ]
    got, _ = cloud.invoke(name, names)
    group = f"/aws/lambda/{name}"
    assert list(got["environment"].values()) == [
        name,
        group,
        "eu-central-1",
        cloud.server.endpoint,
        "handler.handler",
        ":UTC",
        "value",
    ]
    arn = f"arn:aws:lambda:eu-central-1:123456789012:function:{name}"
    assert got["context"] == [name, "$LATEST", arn, "256", group, 36, True]


def test_an_unhandled_error_names_its_type_message_and_place(cloud: RunningCloud) -> None:
    code = "class NoFlow(Exception): ...\ndef handler(event, context):\n    raise NoFlow('no such flow')"
    name = cloud.function(code)
    payload, response = cloud.invoke(name)
    assert response["FunctionError"] == "Unhandled"
    assert (payload["errorType"], payload["errorMessage"]) == ("NoFlow", "no such flow")
    assert "/var/task/handler.py" in payload["stackTrace"][0]
    assert any("[ERROR] NoFlow: no such flow" in line for line in log_of(cloud, name))


def test_a_slow_function_times_out_and_the_next_call_gets_a_new_process(cloud: RunningCloud) -> None:
    name = cloud.function(
        "import time\ndef handler(event, context):\n    time.sleep(event or 0)\n    return 1", Timeout=1
    )
    payload, response = cloud.invoke(name, 30)
    assert response["FunctionError"] == "Unhandled"
    assert "Task timed out after 1.00 seconds" in payload["errorMessage"]
    assert payload["errorType"] == "Sandbox.Timedout"
    assert cloud.invoke(name, 0)[0] == 1
    assert any("Task timed out after 1.00 seconds" in line for line in log_of(cloud, name))


def test_a_crash_is_an_exit_error(cloud: RunningCloud) -> None:
    name = cloud.function("import os\ndef handler(event, context):\n    os._exit(3)")
    payload, response = cloud.invoke(name)
    assert response["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in payload["errorMessage"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("import nowhere", "Runtime.ImportModuleError"),
        ("def other(): ...", "Runtime.HandlerNotFound"),
        ("def handler(event, context):\n    return object()", "Runtime.MarshalError"),
        ("def broken(:", "Runtime.UserCodeSyntaxError"),
    ],
)
def test_a_function_that_cannot_start_or_answer_says_why(cloud: RunningCloud, code: str, kind: str) -> None:
    payload, response = cloud.invoke(cloud.function(code))
    assert response["FunctionError"] == "Unhandled"
    assert payload["errorType"] == kind


def test_the_log_frames_what_the_function_prints(cloud: RunningCloud) -> None:
    code = "import logging\ndef handler(event, context):\n    print('printed')\n    logging.getLogger().error('logged')"
    name = cloud.function(code)
    cloud.invoke(name)
    lines = log_of(cloud, name)
    kinds = [line.split(" ")[0].split("\t")[0] for line in lines]
    assert kinds == ["INIT_START", "START", "printed", "[ERROR]", "END", "REPORT"]
    assert "Memory Size: 128 MB" in lines[-1]
    tail, response = cloud.invoke(name, LogType="Tail")
    assert tail is None
    assert "LogResult" in response


def test_embedded_metrics_become_metrics(cloud: RunningCloud) -> None:
    code = """
import json, time
def handler(event, context):
    print(json.dumps({"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [
        {"Namespace": event, "Dimensions": [["service"]], "Metrics": [{"Name": "Alerts", "Unit": "Count"}]}]},
        "service": "monitor", "Alerts": 3}))
"""
    name = cloud.function(code)
    cloud.invoke(name, f"Test/{name}")
    [metric] = cloud.client("cloudwatch").list_metrics(Namespace=f"Test/{name}")["Metrics"]
    assert (metric["MetricName"], metric["Dimensions"]) == ("Alerts", [{"Name": "service", "Value": "monitor"}])


def test_an_alias_runs_the_version_it_points_to(cloud: RunningCloud) -> None:
    name = cloud.function("def handler(event, context):\n    return [1, context.invoked_function_arn]")
    functions = cloud.client("lambda")
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    functions.update_function_code(
        FunctionName=name, ZipFile=package({"handler.py": "def handler(event, context):\n    return 2"})
    )
    arn = f"arn:aws:lambda:eu-central-1:123456789012:function:{name}:live"
    answer, response = cloud.invoke(arn)
    assert answer == [1, arn]
    assert response["ExecutedVersion"] == version
    assert cloud.invoke(name)[0] == 2


def test_an_unknown_function_is_not_found(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError) as failed:
        cloud.invoke("nobody")
    assert failed.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_an_asynchronous_failure_goes_to_the_destination(cloud: RunningCloud) -> None:
    name = cloud.function("def handler(event, context):\n    raise RuntimeError('always')")
    url, arn = cloud.queue(f"{name}-failed")
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    payload, response = cloud.invoke(name, {"a": 1}, InvocationType="Event")
    assert (payload, response["StatusCode"]) == (None, 202)
    record = json.loads(cloud.receive(url)["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert record["requestPayload"] == {"a": 1}
    assert record["responsePayload"]["errorType"] == "RuntimeError"


def test_no_reserved_concurrency_throttles(cloud: RunningCloud) -> None:
    name = cloud.function("def handler(event, context): ...")
    cloud.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError) as failed:
        cloud.invoke(name)
    assert failed.value.response["Error"]["Code"] == "TooManyRequestsException"


def test_invocations_and_errors_are_counted(cloud: RunningCloud) -> None:
    name = cloud.function("def handler(event, context):\n    assert event")
    cloud.invoke(name, 1)
    cloud.invoke(name, 0)
    queries = [
        {
            "Id": metric.lower(),
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda",
                    "MetricName": metric,
                    "Dimensions": [{"Name": "FunctionName", "Value": name}],
                },
                "Period": 3600,
                "Stat": "Sum",
            },
        }
        for metric in ("Invocations", "Errors")
    ]
    now = time.time()
    got = cloud.client("cloudwatch").get_metric_data(MetricDataQueries=queries, StartTime=now - 3600, EndTime=now + 60)
    assert [sum(result["Values"]) for result in got["MetricDataResults"]] == [2, 1]


def test_a_deleted_functions_process_ends(cloud: RunningCloud) -> None:
    name = cloud.function("import os\ndef handler(event, context):\n    return os.getpid()")
    pid, _ = cloud.invoke(name)
    cloud.client("lambda").delete_function(FunctionName=name)

    def gone() -> bool:
        import os

        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False

    assert until(gone)
