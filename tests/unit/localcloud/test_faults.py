"""Faults on purpose, as those see them whom they hit."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError

from headend.errors import HeadendError
from headend.localcloud.faults.fault_model import duration, read
from headend.localcloud.faults.faults import Faults
from running_cloud import RunningCloud, until

HANDLER = "def handler(event, context):\n    return {'ran': True}\n"


@pytest.mark.parametrize(
    ("service", "call", "code", "status"),
    [
        ("sqs", ("list_queues", {}), "RequestThrottled", 403),
        ("sns", ("list_topics", {}), "Throttling", 400),
        ("dynamodb", ("put_item", {"TableName": "t", "Item": {}}), "ProvisionedThroughputExceededException", 400),
        ("lambda", ("list_functions", {}), "TooManyRequestsException", 429),
        ("mediaconnect", ("list_flows", {}), "TooManyRequestsException", 429),
        ("stepfunctions", ("list_state_machines", {}), "ThrottlingException", 400),
        ("events", ("list_rules", {}), "ThrottlingException", 400),
        ("cloudwatch", ("list_metrics", {}), "Throttling", 400),
        ("kms", ("list_keys", {}), "ThrottlingException", 400),
        ("iam", ("list_roles", {}), "Throttling", 400),
        ("s3", ("list_buckets", {}), "SlowDown", 503),
        ("ec2", ("describe_vpcs", {}), "RequestLimitExceeded", 503),
        ("scheduler", ("list_schedules", {}), "ThrottlingException", 429),
    ],
)
def test_each_service_has_its_own_throttling_error(
    cloud: RunningCloud, fault: Any, service: str, call: tuple[str, dict[str, Any]], code: str, status: int
) -> None:
    fault("throttle", service=service)
    with pytest.raises(ClientError) as refused:
        getattr(cloud.client(service), call[0])(**call[1])
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_a_throttled_request_has_no_effect_and_the_next_after_the_fault_has(cloud: RunningCloud, fault: Any) -> None:
    fault("throttle", service="sqs", operation="CreateQueue", count=1)
    with pytest.raises(ClientError, match="Rate exceeded"):
        cloud.client("sqs").create_queue(QueueName="throttled")
    assert "QueueUrls" not in cloud.client("sqs").list_queues(QueueNamePrefix="throttled")
    cloud.client("sqs").create_queue(QueueName="throttled")


def test_a_rate_is_seeded(cloud: RunningCloud) -> None:
    def outcomes(seed: int) -> list[bool]:
        faults = cloud.server.part(Faults)
        with faults.during("throttle", service="sts", rate=0.5, seed=seed):
            return [_works(lambda: cloud.client("sts").get_caller_identity()) for _ in range(30)]

    first = outcomes(1)
    assert outcomes(1) == first != outcomes(2)
    assert 5 < sum(first) < 25


@pytest.mark.parametrize(
    ("service", "status", "code"),
    [
        ("mediaconnect", 503, "ServiceUnavailableException"),
        ("lambda", 500, "ServiceException"),
        ("sns", 500, "InternalError"),
        ("sqs", 503, "ServiceUnavailable"),
        ("s3", 500, "InternalError"),
    ],
)
def test_a_broken_service(cloud: RunningCloud, fault: Any, service: str, status: int, code: str) -> None:
    fault("error", service=service, status=status)
    calls = {"mediaconnect": "list_flows", "lambda": "list_functions", "sns": "list_topics"}
    with pytest.raises(ClientError) as refused:
        getattr(cloud.client(service), {**calls, "sqs": "list_queues", "s3": "list_buckets"}[service])()
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize(
    ("kind", "error_type", "message"),
    [
        ("function-crash", "Runtime.ExitError", "Runtime exited with error: exit status 1"),
        ("function-timeout", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
        ("function-out-of-memory", "Runtime.OutOfMemory", "Runtime exited with error: signal: killed"),
    ],
)
def test_a_function_fails_and_recovers(
    cloud: RunningCloud, fault: Any, kind: str, error_type: str, message: str
) -> None:
    name = cloud.function(HANDLER, Timeout=1)
    fault(kind, function=name, count=1)
    payload, response = cloud.invoke(name)
    assert response["FunctionError"] == "Unhandled"
    assert payload["errorType"] == error_type
    assert payload["errorMessage"].endswith(f"Error: {message}")
    assert cloud.invoke(name)[0] == {"ran": True}


def test_a_topic_refuses_messages(cloud: RunningCloud, fault: Any) -> None:
    sns = cloud.client("sns")
    arn = sns.create_topic(Name="refusing")["TopicArn"]
    other = sns.create_topic(Name="accepting")["TopicArn"]
    fault("topic-publish", topic=arn)
    with pytest.raises(ClientError) as refused:
        sns.publish(TopicArn=arn, Message="m")
    assert refused.value.response["Error"]["Code"] == "AuthorizationError"
    sns.publish(TopicArn=other, Message="m")


def test_a_delivery_that_is_refused_goes_to_the_dead_letter_queue(cloud: RunningCloud, fault: Any) -> None:
    sns = cloud.client("sns")
    topic = sns.create_topic(Name="undelivered")["TopicArn"]
    _, queue = cloud.queue("undelivered")
    dead_url, dead = cloud.queue("undelivered-dead")
    _allow(cloud, topic, queue, dead)
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    policy = json.dumps({"deadLetterTargetArn": dead})
    sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="RedrivePolicy", AttributeValue=policy)
    fault("topic-delivery", topic="undelivered")
    sns.publish(TopicArn=topic, Message="lost")
    assert json.loads(cloud.receive(dead_url)["Body"])["Message"] == "lost"


def test_what_services_hand_to_each_other_is_hit_and_tried_again(cloud: RunningCloud, fault: Any) -> None:
    url, queue = cloud.queue("throttled-target")
    events = cloud.client("events")
    rule = events.put_rule(Name="throttled-target", EventPattern=json.dumps({"source": ["faults.test"]}))["RuleArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_targets(Rule="throttled-target", Targets=[{"Id": "queue", "Arn": queue}])
    begun = fault("throttle", service="sqs", operation="SendMessage", count=1)
    events.put_events(Entries=[{"Source": "faults.test", "DetailType": "t", "Detail": "{}"}])
    assert json.loads(cloud.receive(url)["Body"])["source"] == "faults.test"
    assert begun.hits == 1


def test_a_region_that_is_gone_drops_connections_and_the_others_answer(cloud: RunningCloud, fault: Any) -> None:
    fault("region-gone", region="eu-central-1")
    with pytest.raises((ConnectionClosedError, EndpointConnectionError)):
        cloud.client("sqs").list_queues()
    assert cloud.server.part(Faults).region_gone("eu-central-1")
    assert not cloud.server.part(Faults).region_gone("eu-west-1")


def test_the_timeline_has_beginning_hits_and_end(cloud: RunningCloud) -> None:
    with cloud.server.part(Faults).during("throttle", service="kms") as made:
        for _ in range(3):
            assert not _works(lambda: cloud.client("kms").list_keys())
    whats = [entry["detail"]["what"] for entry in cloud.timeline("fault", id=made.id)]
    assert whats[0] == "begins"
    assert whats[-1] == "ends"
    assert 1 <= whats.count("hit") <= 3
    assert cloud.timeline("fault", id=made.id)[-1]["summary"] == "throttle kms ends after 3 hits"


def test_a_fault_ends_by_itself(cloud: RunningCloud) -> None:
    made = cloud.server.part(Faults).add({"kind": "throttle", "service": "kms", "for": "0.1s"})
    until(lambda: made.id not in [one["id"] for one in cloud.server.part(Faults).shown()])
    cloud.client("kms").list_keys()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"kind": "storm"}, "no kind of fault 'storm'; there are: throttle, latency"),
        ({"kind": "throttle", "service": "sqss"}, "no service 'sqss'; did you mean sqs"),
        ({"kind": "throttle", "service": "sqs", "operation": "SendMesage"}, "did you mean SendMessage"),
        ({"kind": "throttle", "operation": "SendMessage"}, "say whose operation"),
        ({"kind": "throttle", "rate": 1.5}, "--rate 1.5: a number from 0 to 1"),
        ({"kind": "throttle", "rate": "half"}, "--rate half"),
        ({"kind": "throttle", "topic": "t"}, "throttle takes no topic"),
        ({"kind": "latency"}, "needs --latency"),
        ({"kind": "error", "status": 404}, "500 to 599"),
        ({"kind": "region-gone"}, "needs --region"),
        ({"kind": "region-gone", "region": "europe"}, "is not a Region's name"),
        ({"kind": "throttle", "for": "soon"}, "--for soon: say how long"),
        ({"kind": "throttle", "count": 0}, "--count 0"),
    ],
)
def test_bad_input_is_one_clear_line(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(HeadendError) as refused:
        read(settings)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("text", "seconds"), [("30", 30), ("0.5s", 0.5), ("5m", 300), ("2h", 7200), (3, 3)])
def test_durations(text: Any, seconds: float) -> None:
    assert duration(text) == seconds


def test_services_go_by_both_names(cloud: RunningCloud) -> None:
    assert read({"kind": "throttle", "service": "stepfunctions"}).service == "states"
    assert read({"kind": "throttle", "service": "states"}).service == "states"
    assert read({"kind": "throttle", "service": "cloudwatch"}).service == "monitoring"


def _works(call: Any) -> bool:
    try:
        call()
    except ClientError:
        return False
    return True


def _allow(cloud: RunningCloud, topic: str, *queues: str) -> None:
    for queue in queues:
        url = cloud.client("sqs").get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
