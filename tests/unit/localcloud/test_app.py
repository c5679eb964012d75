"""The server: what it does not have is refused so that no client tries again, and errors are seen."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from headend.localcloud.app import aws_error
from headend.localcloud.aws_request import AwsRequest

from .requests_to import refused


def test_the_server_listens_on_the_loopback_address_only(cloud: Any) -> None:
    assert cloud.server.endpoint == f"http://127.0.0.1:{cloud.server.port}"


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("mediaconnect", "list_bridges", {}),  # REST
        ("cloudwatch", "list_metric_streams", {}),  # JSON
        ("sns", "list_sms_sandbox_phone_numbers", {}),  # query
        ("iam", "get_organizations_access_report", {"JobId": "a" * 36}),  # query
        ("ivschat", "list_rooms", {}),  # a service that moto does not have
    ],
)
def test_what_is_not_implemented_is_a_client_error_that_is_not_retried(
    cloud: Any, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    """Retryable: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html"""
    with pytest.raises(ClientError) as caught:
        getattr(cloud.client(service), operation)(**parameters)
    assert caught.value.response["Error"]["Code"] == "NotImplemented"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_an_error_of_the_local_cloud_itself_is_an_answer_and_an_entry_on_the_timeline(cloud: Any) -> None:
    def fail(*_: Any) -> Any:
        raise RuntimeError("on purpose")

    cloud.server.add_operation("monitoring", "Break", fail)
    request = urllib.request.Request(
        cloud.server.endpoint,
        data=b"{}",
        headers={
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "GraniteServiceVersion20100801.Break",
            "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/monitoring/aws4_request, x",
        },
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 400
    assert json.load(caught.value)["__type"] == "LocalCloudFailure"
    assert any("on purpose" in entry["summary"] for entry in cloud.timeline("error"))


def test_a_background_thread_that_fails_is_seen(cloud: Any) -> None:
    def fail() -> None:
        raise RuntimeError("a thread's last words")

    cloud.server.spawn("failing", fail).join()
    assert any("a thread's last words" in entry["summary"] for entry in cloud.timeline("error"))


def test_a_regular_task_goes_on_after_it_failed_once(cloud: Any) -> None:
    done = threading.Event()
    rounds: list[int] = []

    def work() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            raise RuntimeError("first round")
        done.set()

    cloud.server.every(0.01, "regular", work)
    assert done.wait(10)


def test_an_event_of_a_service_has_the_shape_of_eventbridge(cloud: Any) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html"""
    event = cloud.server.publish("eu-central-1", "aws.test", "Something Happened", ["arn:x"], {"a": 1})
    assert set(event) == {
        "version",
        "id",
        "detail-type",
        "source",
        "account",
        "time",
        "region",
        "resources",
        "detail",
    }
    assert (event["version"], event["account"], event["region"]) == ("0", "123456789012", "eu-central-1")


def test_the_region_and_service_are_read_from_the_signature() -> None:
    header = "AWS4-HMAC-SHA256 Credential=AK/20260101/eu-west-1/states/aws4_request, SignedHeaders=host, Signature=0"
    signed = AwsRequest({"HTTP_AUTHORIZATION": header})
    assert (signed.service, signed.region) == ("states", "eu-west-1")
    unsigned = AwsRequest({})
    assert (unsigned.service, unsigned.region) == ("", "us-east-1")


def test_an_error_in_xml_is_escaped() -> None:
    assert b"&lt;x&gt; &amp; y" in aws_error("Code", "<x> & y", "iam").data


def test_unknown_control_routes_name_the_known_ones(cloud: Any) -> None:
    status, message = refused(cloud, "GET", "inventry")
    assert status == 404
    assert "inventory" in message


def test_a_control_route_says_which_method_it_takes(cloud: Any) -> None:
    status, message = refused(cloud, "DELETE", "scenario")
    assert status == 405
    assert "GET or POST" in message


def test_bad_input_to_a_control_route_is_one_line(cloud: Any) -> None:
    status, message = refused(cloud, "POST", "scenario", b"not json")
    assert status == 400
    assert message.startswith("the request body is not JSON")
