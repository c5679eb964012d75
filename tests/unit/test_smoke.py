"""The post-deploy checks: what each tells, and that nothing of them stays behind."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import botocore.exceptions
import pytest
from moto import mock_aws

from headend import smoke
from headend.aws import Aws
from headend.config import Config
from headend.errors import UsageError
from headend.smoke import Check, Smoke, as_json
from headend.temporary_queue import TemporaryQueue

ARN = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-abc:live-studio-a"
CONFIG = Config.model_validate(
    {
        "name": "live",
        "region": "eu-central-1",
        "flows": {"studio-a": {"start": True, "source": {"protocol": "rtp"}}, "spare": {"source": {"protocol": "rtp"}}},
    }
)
OUTPUTS = {
    "alarm_names": {"studio-a": {"packet-loss": "live/studio-a/packet-loss"}},
    "alert_topic_arn": "arn:aws:sns:eu-central-1:123456789012:live-alerts",
    "direct_topic_arn": "arn:aws:sns:eu-central-1:123456789012:live-direct",
    "flow_arns": {"studio-a": ARN},
    "functions": {"stream_monitor": "monitor", "alert_handler": "alert"},
    "log_group_names": {"stream_monitor_workflow": "/workflow"},
    "state_machine_arn": "arn:aws:states:eu-central-1:123456789012:stateMachine:live-stream-monitor:live",
}


class Fake:
    """One client for all services: each operation answers what it was given, and is remembered."""

    is_local = True
    region = "eu-central-1"
    endpoint = "http://127.0.0.1:5000"

    class exceptions:  # noqa: N801 - the name that boto3 clients have
        class NotFoundException(Exception):  # noqa: N818
            pass

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.called: list[tuple[str, dict[str, Any]]] = []

    def client(self, service: str, region: str | None = None) -> Fake:
        return self

    def __getattr__(self, operation: str) -> Any:
        if operation not in self.answers:
            raise AttributeError(operation)

        def call(**arguments: Any) -> Any:
            self.called.append((operation, arguments))
            answer = self.answers[operation]
            if isinstance(answer, Exception):
                raise answer
            return answer(**arguments) if callable(answer) else answer

        return call


def run(fake: Fake, outputs: dict[str, Any] | None = None) -> dict[str, Check]:
    checks = Smoke(CONFIG, fake, outputs or OUTPUTS, lambda line: None).run()  # type: ignore[arg-type]
    return {check.name: check for check in checks}


def lambda_answer(body: object, **more: str) -> Any:
    return lambda **arguments: {"Payload": io.BytesIO(json.dumps(body).encode()), **more}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "METRIC_SECONDS", 0)
    monkeypatch.setattr(smoke, "LOCAL_METRIC_SECONDS", 0)
    monkeypatch.setattr(smoke, "ALERT_SECONDS", 0)


def test_an_environment_that_is_not_applied_is_one_line() -> None:
    with pytest.raises(UsageError, match=r"outputs: no alarm_names, alert_topic_arn, .*; apply the environment first"):
        list(Smoke(CONFIG, Fake(), {}, print).run())  # type: ignore[arg-type]


def test_without_functions_none_is_asked() -> None:
    refused = botocore.exceptions.ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Any")
    answers = dict.fromkeys(("get_metric_data", "start_sync_execution", "describe_alarms"), refused)
    fake = Fake(describe_flow={"Flow": {"Status": "STANDBY"}}, **answers)
    assert list(run(fake, {**OUTPUTS, "functions": {}})) == [
        "flow studio-a is ACTIVE",
        "metrics of studio-a arrive",
        "the workflow checks studio-a",
        "an alarm starts the workflow",
    ]


def test_one_failing_check_does_not_keep_the_others_from_being_run() -> None:
    refused = botocore.exceptions.ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeAlarms")
    fake = Fake(
        describe_flow={"Flow": {"Status": "STANDBY"}},
        get_metric_data={"MetricDataResults": [{"Values": [2e7]}]},
        start_sync_execution={"status": "SUCCEEDED", "output": '{"outcome": "healthy"}'},
        invoke=lambda_answer({"errorType": "InvalidEvent"}),
        describe_alarms=refused,
        create_queue=refused,
    )
    found = run(fake)
    assert {name: check.ok for name, check in found.items()} == {
        "flow studio-a is ACTIVE": False,
        "metrics of studio-a arrive": True,
        "the workflow checks studio-a": True,
        "the monitor function answers": True,
        "an alarm starts the workflow": False,
        "a test alert arrives": False,
    }
    assert "live-studio-a is STANDBY; `headend apply` starts it" in found["flow studio-a is ACTIVE"].detail
    assert found["metrics of studio-a arrive"].detail == "SourceBitRate 20.0 Mb/s"
    assert "AccessDenied" in found["an alarm starts the workflow"].detail


def test_a_flow_that_shall_not_be_on_air_need_not_be() -> None:
    checks = Smoke(CONFIG, Fake(describe_flow={"Flow": {"Status": "STANDBY"}}), OUTPUTS, print)  # type: ignore[arg-type]
    assert checks.flow("spare", ARN) == "live-studio-a is STANDBY"


def test_missing_metrics_ask_for_the_sender() -> None:
    fake = Fake(get_metric_data={"MetricDataResults": [{"Values": []}]})
    with pytest.raises(smoke.CheckFailedError, match="no SourceBitRate; is the sender connected"):
        Smoke(CONFIG, fake, OUTPUTS, print).metrics(ARN)  # type: ignore[arg-type]


def test_a_workflow_that_fails_says_why() -> None:
    fake = Fake(start_sync_execution={"status": "FAILED", "error": "DeadLettered", "cause": "no such flow"})
    with pytest.raises(smoke.CheckFailedError, match=r"is FAILED \(DeadLettered: no such flow\)"):
        Smoke(CONFIG, fake, OUTPUTS, print).workflow(ARN)  # type: ignore[arg-type]


def test_a_function_that_cannot_start_is_seen() -> None:
    fake = Fake(invoke=lambda_answer({"errorType": "Runtime.ImportModuleError"}))
    with pytest.raises(smoke.CheckFailedError, match="wanted InvalidEvent"):
        Smoke(CONFIG, fake, OUTPUTS, print).function()  # type: ignore[arg-type]


def test_an_alarm_that_is_in_alarm_by_itself_is_not_touched() -> None:
    fake = Fake(describe_alarms={"MetricAlarms": [{"StateValue": "ALARM"}]})
    assert "was not touched" in Smoke(CONFIG, fake, OUTPUTS, print).alarm()  # type: ignore[arg-type]
    assert [operation for operation, _ in fake.called] == ["describe_alarms"]


def test_an_alarm_is_set_back_and_the_queue_removed_when_nothing_arrives() -> None:
    fake = Fake(
        describe_alarms={"MetricAlarms": [{"StateValue": "OK"}]},
        create_queue={"QueueUrl": "url"},
        get_queue_attributes={"Attributes": {"QueueArn": "arn:queue"}},
        set_queue_attributes={},
        subscribe={"SubscriptionArn": "arn:subscription"},
        set_alarm_state={},
        receive_message={},
        unsubscribe={},
        delete_queue={},
    )
    with pytest.raises(smoke.CheckFailedError, match="nothing came through the direct topic"):
        Smoke(CONFIG, fake, OUTPUTS, print).alarm()  # type: ignore[arg-type]
    states = [arguments["StateValue"] for operation, arguments in fake.called if operation == "set_alarm_state"]
    assert states == ["ALARM", "OK"]
    assert [operation for operation, _ in fake.called][-2:] == ["unsubscribe", "delete_queue"]


def test_the_json_is_for_programs() -> None:
    found = json.loads(as_json([Check("a", True, "fine", 0.1), Check("b", False, "not", 1.0)]))
    assert found["ok"] is False
    assert found["checks"][0] == {"name": "a", "ok": True, "detail": "fine", "seconds": 0.1}


# The queue


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield Aws("eu-central-1")


def test_a_temporary_queue_hears_its_topics_and_goes(aws: Aws) -> None:
    sns, sqs = aws.client("sns"), aws.client("sqs")
    topic = sns.create_topic(Name="live-alerts")["TopicArn"]
    with TemporaryQueue(aws, "live", [topic]) as queue:
        policy = sqs.get_queue_attributes(QueueUrl=sqs.list_queues()["QueueUrls"][0], AttributeNames=["Policy"])
        assert json.loads(policy["Attributes"]["Policy"])["Statement"][0]["Condition"]["ArnEquals"][
            "aws:SourceArn"
        ] == [topic]
        sns.publish(TopicArn=topic, Message="one")
        sns.publish(TopicArn=topic, Message="two")
        found = queue.wait_for(lambda message: message["Message"] == "two", 10)
        assert found is not None
        assert found["TopicArn"] == topic
        assert queue.arrived() == [], "nothing has come since"
        sns.publish(TopicArn=topic, Message="three")
        assert [message["Message"] for message in queue.arrived()] == ["three"]
    assert sqs.list_queues().get("QueueUrls", []) == []
    assert sns.list_subscriptions()["Subscriptions"] == []


def test_a_temporary_queue_goes_when_its_topic_cannot_be_subscribed_to(aws: Aws) -> None:
    missing = "arn:aws:sns:eu-central-1:123456789012:nowhere"
    with pytest.raises(botocore.exceptions.ClientError), TemporaryQueue(aws, "live", [missing]):
        raise AssertionError("not reached")
    assert aws.client("sqs").list_queues().get("QueueUrls", []) == []
