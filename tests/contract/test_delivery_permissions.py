"""A delivery from one service to another happens when the policies allow it to its sender, and only then."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from running_cloud import REGION, RunningCloud, package, until

ACCOUNT, OTHER_ACCOUNT = "123456789012", "210987654321"
HERE = f"{REGION}:{ACCOUNT}"
EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html"
TARGET_ROLE = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html"
DEAD_LETTERS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html"
TOPIC_TO_QUEUE = "https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html"
TOPIC_TO_FUNCTION = "https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"
TOPIC_KEY = "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"
QUEUE_KEY = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"
ALARMS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html"
ASYNC = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"
LOGS = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"

ADMIN = {"Sid": "Owner", "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
USE_KEY = ["kms:GenerateDataKey*", "kms:Decrypt"]


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document; one without statements cannot be set, so it allows something else."""
    nothing = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sqs:GetQueueUrl", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": list(statements) or [nothing]}


def admit(service: str, *actions: str, **condition: Any) -> dict[str, Any]:
    given = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions), "Resource": "*", **given}


def deny(*actions: str) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": list(actions), "Resource": "*"}


def may(*actions: str, resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def named(kind: str) -> str:
    return f"{kind}-{uuid.uuid4().hex[:8]}"


def denied(cloud: RunningCloud, action: str, resource: str) -> dict[str, Any]:
    """The refusal of `action` on the resource, from the timeline."""
    found = until(lambda: [one for one in cloud.timeline("denied", action=action) if one["resource"] == resource])
    return dict(found[-1]["detail"])


CASES = {
    "allowed": True,
    "allowed for its account": True,
    "no policy": False,
    "another service": False,
    "wrong source": False,
    "wrong Region": False,
    "wrong account": False,
    "explicit deny": False,
}
"""What a resource's policy says about a sender, and whether the delivery happens."""


def policy_of(case: str, service: str, action: str, source: str) -> dict[str, Any]:
    """The policy of a case, for a sender that acts for `source`."""
    region = source.replace(f":{REGION}:", ":us-east-1:")
    statements = {
        "allowed": [admit(service, action, ArnEquals={"aws:SourceArn": source})],
        "allowed for its account": [admit(service, action, StringEquals={"aws:SourceAccount": ACCOUNT})],
        "no policy": [],
        "another service": [admit("s3.amazonaws.com", action)],
        "wrong source": [admit(service, action, ArnEquals={"aws:SourceArn": f"{source}-other"})],
        "wrong Region": [admit(service, action, ArnLike={"aws:SourceArn": region})],
        "wrong account": [admit(service, action, StringEquals={"aws:SourceAccount": OTHER_ACCOUNT})],
        "explicit deny": [admit(service, action), deny(action)],
    }
    return document(*statements[case])


every_case = pytest.mark.parametrize(("case", "arrives"), CASES.items(), ids=list(CASES))


# EventBridge


@dataclass
class Rule:
    """A rule for events of a source of its own, and the queue for what it could not deliver."""

    cloud: RunningCloud
    name: str
    arn: str
    dead_url: str
    dead_arn: str

    def target(self, arn: str, **settings: Any) -> None:
        target = {"Id": "1", "Arn": arn, "DeadLetterConfig": {"Arn": self.dead_arn}, **settings}
        answer = self.cloud.client("events").put_targets(Rule=self.name, Targets=[target])
        assert answer["FailedEntryCount"] == 0

    def fire(self) -> None:
        entry = {"Source": self.name, "DetailType": "Test", "Detail": "{}"}
        self.cloud.client("events").put_events(Entries=[entry])

    def outcome(self) -> str:
        [first, *_] = until(lambda: self.cloud.timeline("event", rule=self.name))
        return str(first["detail"]["outcome"])

    def dead_letter(self) -> dict[str, str]:
        """The attributes of the dead letter."""
        message = self.cloud.receive(self.dead_url)
        return {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}


@pytest.fixture
def rule(cloud: RunningCloud) -> Rule:
    name = named("rule")
    arn = cloud.client("events").put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
    return Rule(cloud, name, arn, *cloud.queue(f"{name}-dead"))


def check(rule: Rule, arrives: bool, code: str = "NO_PERMISSIONS") -> None:
    """Fire the rule: the event arrives, or lies in the dead-letter queue after one attempt."""
    rule.fire()
    if arrives:
        assert rule.outcome() == "delivered"
        return
    letter = rule.dead_letter()
    assert (letter["ERROR_CODE"], letter["RETRY_ATTEMPTS"]) == (code, "0")
    assert "EXHAUSTED_RETRY_CONDITION" not in letter
    assert "is not authorized to perform" in letter["ERROR_MESSAGE"]
    assert rule.outcome() == "failed"


@pytest.mark.contract("A rule sends to a queue when the queue's policy admits EventBridge", source=EVENTS)
@every_case
def test_a_rule_to_a_queue(cloud: RunningCloud, rule: Rule, case: str, arrives: bool) -> None:
    url, arn = cloud.queue(named("queue"), policy_of(case, "events.amazonaws.com", "sqs:SendMessage", rule.arn))
    rule.target(arn)
    check(rule, arrives)
    if arrives:
        assert json.loads(cloud.receive(url)["Body"])["source"] == rule.name
    else:
        assert denied(cloud, "sqs:SendMessage", arn)["principal"] == "events.amazonaws.com"


@pytest.mark.contract(
    "A rule publishes to a topic when the topic's policy admits EventBridge without a source", source=EVENTS
)
@pytest.mark.parametrize("case", ["admitted", *CASES])
def test_a_rule_to_a_topic(cloud: RunningCloud, rule: Rule, case: str) -> None:
    if case == "admitted":
        policy = document(admit("events.amazonaws.com", "sns:Publish"))
    else:  # EventBridge does not tell a topic for which rule or account it publishes
        policy = policy_of(case, "events.amazonaws.com", "sns:Publish", rule.arn)
    rule.target(cloud.topic(named("topic"), policy))
    check(rule, arrives=case == "admitted")


@pytest.mark.contract("A topic's default policy does not admit EventBridge", source=EVENTS)
def test_a_rule_to_a_topic_with_the_default_policy(cloud: RunningCloud, rule: Rule) -> None:
    rule.target(cloud.client("sns").create_topic(Name=named("topic"))["TopicArn"])
    check(rule, arrives=False)


PERMISSIONS: dict[str, tuple[dict[str, str], bool]] = {
    "allowed": ({"SourceArn": "{source}"}, True),
    "allowed for its account": ({"SourceAccount": ACCOUNT}, True),
    "no policy": ({}, False),
    "wrong source": ({"SourceArn": "{source}-other"}, False),
    "wrong account": ({"SourceArn": "{source}", "SourceAccount": OTHER_ACCOUNT}, False),
    "another qualifier": ({"SourceArn": "{source}", "Qualifier": "live"}, False),
}


@pytest.fixture(scope="module")
def quick_function(cloud: RunningCloud) -> str:
    name = cloud.function("def handler(event, context): return 1")
    cloud.client("lambda").publish_version(FunctionName=name)
    cloud.client("lambda").create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    return name


def function_arn(name: str, qualifier: str = "") -> str:
    return f"arn:aws:lambda:{HERE}:function:{name}{f':{qualifier}' if qualifier else ''}"


def add_permission(cloud: RunningCloud, function: str, service: str, settings: dict[str, str], source: str) -> None:
    given = {name: value.format(source=source) for name, value in settings.items()}
    cloud.client("lambda").add_permission(
        FunctionName=function,
        StatementId=named("permission"),
        Action="lambda:InvokeFunction",
        Principal=service,
        **given,
    )


@pytest.mark.contract("A rule invokes a function when one of its permissions admits EventBridge", source=EVENTS)
@pytest.mark.parametrize("case", PERMISSIONS)
def test_a_rule_to_a_function(cloud: RunningCloud, rule: Rule, case: str) -> None:
    function = cloud.function("def handler(event, context): return 1")
    cloud.client("lambda").publish_version(FunctionName=function)
    cloud.client("lambda").create_alias(FunctionName=function, Name="live", FunctionVersion="1")
    settings, arrives = PERMISSIONS[case]
    if settings:
        add_permission(cloud, function, "events.amazonaws.com", settings, rule.arn)
    rule.target(function_arn(function))
    check(rule, arrives)


@pytest.mark.contract("A permission for an alias is for calls by that alias", source=EVENTS)
def test_a_rule_to_an_alias(cloud: RunningCloud, rule: Rule, quick_function: str) -> None:
    add_permission(cloud, quick_function, "events.amazonaws.com", {"SourceArn": rule.arn, "Qualifier": "live"}, "")
    rule.target(function_arn(quick_function, "live"))
    check(rule, arrives=True)


ROLE_CASES = {
    "allowed": True,
    "another machine": False,
    "another action": False,
    "explicit deny": False,
    "role of another service": False,
    "role for another rule": False,
    "role for another account": False,
}


@pytest.mark.contract("A rule starts an execution in the target's role", source=TARGET_ROLE)
@pytest.mark.parametrize(("case", "arrives"), ROLE_CASES.items(), ids=list(ROLE_CASES))
def test_a_rule_to_a_state_machine(cloud: RunningCloud, rule: Rule, case: str, arrives: bool) -> None:
    machine = cloud.machine({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    condition = {
        "role for another rule": {"ArnEquals": {"aws:SourceArn": f"{rule.arn}-other"}},
        "role for another account": {"StringEquals": {"aws:SourceAccount": OTHER_ACCOUNT}},
    }.get(case, {"ArnEquals": {"aws:SourceArn": rule.arn}, "StringEquals": {"aws:SourceAccount": ACCOUNT}})
    service = "scheduler.amazonaws.com" if case == "role of another service" else "events.amazonaws.com"
    trusted = {key: value for key, value in admit(service, "sts:AssumeRole", **condition).items() if key != "Resource"}
    policy = {
        "another machine": document(may("states:StartExecution", resource=f"{machine}-other")),
        "another action": document(may("states:StartSyncExecution", resource=machine)),
        "explicit deny": document(may("states:*"), {"Effect": "Deny", "Action": "states:*", "Resource": "*"}),
    }.get(case, document(may("states:StartExecution", resource=machine)))
    rule.target(machine, RoleArn=cloud.role(named("role"), policy=policy, trust=document(trusted)))
    check(rule, arrives, "FAILED_TO_ASSUME_ROLE" if case.startswith("role") else "NO_PERMISSIONS")
    assert bool(cloud.timeline("execution", state_machine=machine.rpartition(":")[2])) is arrives


@pytest.mark.contract(
    "An alias of a state machine is started by a permission on the state machine",
    source="https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html",
)
@pytest.mark.parametrize("qualifier", ["live", "other"])
def test_a_rule_to_an_alias_of_a_state_machine(cloud: RunningCloud, rule: Rule, qualifier: str) -> None:
    machine = cloud.machine({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    machines = cloud.client("stepfunctions")
    version = machines.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    route = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = machines.create_state_machine_alias(name="live", routingConfiguration=route)["stateMachineAliasArn"]
    condition = {"StringEquals": {"states:StateMachineQualifier": qualifier}}
    policy = document({**may("states:StartExecution", resource=machine), "Condition": condition})
    rule.target(alias, RoleArn=cloud.role(named("role"), policy=policy))
    check(rule, arrives=qualifier == "live")


@pytest.mark.contract("A target's role stands for the queue's policy", source=EVENTS)
@pytest.mark.parametrize("allowed", [True, False])
def test_a_rule_to_a_queue_in_a_role(cloud: RunningCloud, rule: Rule, allowed: bool) -> None:
    _, arn = cloud.queue(named("queue"), document())
    policy = document(may("sqs:SendMessage", resource=arn if allowed else f"{arn}-other"))
    rule.target(arn, RoleArn=cloud.role(named("role"), policy=policy))
    check(rule, allowed)


@pytest.mark.contract("A rule sends to another bus in the target's role", source=TARGET_ROLE)
@pytest.mark.parametrize("allowed", [True, False])
def test_a_rule_to_a_bus(cloud: RunningCloud, rule: Rule, allowed: bool) -> None:
    bus = cloud.client("events").create_event_bus(Name=named("bus"))["EventBusArn"]
    policy = document(may("events:PutEvents", resource=bus if allowed else f"{bus}-other"))
    rule.target(bus, RoleArn=cloud.role(named("role"), policy=policy))
    check(rule, allowed)


@pytest.mark.contract("A dead-letter queue's policy has to admit the rule", source=DEAD_LETTERS)
@every_case
def test_a_rules_dead_letters(cloud: RunningCloud, rule: Rule, case: str, arrives: bool) -> None:
    url, dead = cloud.queue(named("dead"), policy_of(case, "events.amazonaws.com", "sqs:SendMessage", rule.arn))
    rule.target(f"arn:aws:sqs:{HERE}:{named('gone')}", DeadLetterConfig={"Arn": dead})
    rule.fire()
    if arrives:
        assert cloud.receive(url)["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_RESOURCE"
    else:
        assert until(lambda: cloud.timeline("event", rule=rule.name, outcome="lost"))


# Keys


def new_key(cloud: RunningCloud, *statements: dict[str, Any]) -> str:
    made = cloud.client("kms").create_key(Policy=json.dumps(document(ADMIN, *statements)))
    return str(made["KeyMetadata"]["Arn"])


KEY_CASES: dict[str, tuple[list[dict[str, Any]], bool]] = {
    "allowed": ([admit("{service}", *USE_KEY)], True),
    "no permission": ([], False),
    "no data key": ([admit("{service}", "kms:Decrypt")], False),
    "no decryption": ([admit("{service}", "kms:GenerateDataKey*")], False),
    "wrong account": ([admit("{service}", *USE_KEY, StringEquals={"aws:SourceAccount": OTHER_ACCOUNT})], False),
    "explicit deny": (
        [admit("{service}", *USE_KEY), {**deny("kms:Decrypt"), "Condition": {"Bool": {"aws:SecureTransport": "true"}}}],
        False,
    ),
}
every_key = pytest.mark.parametrize("case", KEY_CASES)


def key_for(cloud: RunningCloud, case: str, service: str) -> tuple[str, bool]:
    statements, arrives = KEY_CASES[case]
    return new_key(cloud, *json.loads(json.dumps(statements).replace("{service}", service))), arrives


@pytest.mark.contract("A rule sends to an encrypted queue when the key's policy admits EventBridge", source=QUEUE_KEY)
@every_key
def test_a_rule_to_an_encrypted_queue(cloud: RunningCloud, rule: Rule, case: str) -> None:
    key, arrives = key_for(cloud, case, "events.amazonaws.com")
    _, arn = cloud.queue(named("queue"), KmsMasterKeyId=key)
    rule.target(arn)
    check(rule, arrives)


@pytest.mark.contract(
    "A rule publishes to an encrypted topic when the key's policy admits EventBridge without a source", source=TOPIC_KEY
)
@pytest.mark.parametrize("case", [*KEY_CASES, "for its account"])
def test_a_rule_to_an_encrypted_topic(cloud: RunningCloud, rule: Rule, case: str) -> None:
    if case == "for its account":  # which EventBridge does not tell
        condition = {"aws:SourceAccount": ACCOUNT}
        key, arrives = new_key(cloud, admit("events.amazonaws.com", *USE_KEY, StringEquals=condition)), False
    else:
        key, arrives = key_for(cloud, case, "events.amazonaws.com")
    rule.target(cloud.topic(named("topic"), KmsMasterKeyId=key))
    check(rule, arrives)


@pytest.mark.contract("A key may be for one topic", source=TOPIC_KEY)
@pytest.mark.parametrize("which", ["its", "another"])
def test_the_encryption_context_names_the_topic(cloud: RunningCloud, rule: Rule, which: str) -> None:
    name = named("topic")
    arn = f"arn:aws:sns:{HERE}:{name if which == 'its' else 'another'}"
    context = {"kms:EncryptionContext:aws:sns:topicArn": arn}
    key = new_key(cloud, admit("events.amazonaws.com", *USE_KEY, StringEquals=context))
    rule.target(cloud.topic(name, KmsMasterKeyId=key))
    check(rule, arrives=which == "its")


# SNS


def subscribed(cloud: RunningCloud, topic: str, queue: str, dead: str) -> None:
    redrive = json.dumps({"deadLetterTargetArn": dead})
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RedrivePolicy": redrive})


def told(cloud: RunningCloud, topic: str) -> str:
    [first, *_] = until(lambda: cloud.timeline("notification", topic_arn=topic))
    return str(first["detail"]["outcome"])


def check_message(cloud: RunningCloud, topic: str, url: str, dead_url: str, arrives: bool) -> None:
    """Publish: the message arrives, or lies in the subscription's dead-letter queue."""
    cloud.client("sns").publish(TopicArn=topic, Message="text")
    if arrives:
        assert json.loads(cloud.receive(url)["Body"])["Message"] == "text"
        assert told(cloud, topic) == "delivered"
        return
    letter = cloud.receive(dead_url)
    assert json.loads(letter["Body"])["Message"] == "text"
    assert told(cloud, topic).startswith("failed")


@pytest.mark.contract("A topic sends to a queue when the queue's policy admits SNS", source=TOPIC_TO_QUEUE)
@every_case
def test_a_topic_to_a_queue(cloud: RunningCloud, case: str, arrives: bool) -> None:
    topic = cloud.topic(named("topic"))
    url, arn = cloud.queue(named("queue"), policy_of(case, "sns.amazonaws.com", "sqs:SendMessage", topic))
    dead_url, dead = cloud.queue(named("dead"))
    subscribed(cloud, topic, arn, dead)
    check_message(cloud, topic, url, dead_url, arrives)


@pytest.mark.contract("A topic sends to an encrypted queue when the key's policy admits SNS", source=TOPIC_KEY)
@every_key
def test_a_topic_to_an_encrypted_queue(cloud: RunningCloud, case: str) -> None:
    key, arrives = key_for(cloud, case, "sns.amazonaws.com")
    topic = cloud.topic(named("topic"))
    url, arn = cloud.queue(named("queue"), KmsMasterKeyId=key)
    dead_url, dead = cloud.queue(named("dead"))
    subscribed(cloud, topic, arn, dead)
    check_message(cloud, topic, url, dead_url, arrives)


@pytest.mark.contract("The key alias/aws/sqs admits no service", source=TOPIC_KEY)
def test_a_topic_to_a_queue_under_the_key_that_aws_manages(cloud: RunningCloud) -> None:
    topic = cloud.topic(named("topic"))
    url, arn = cloud.queue(named("queue"), KmsMasterKeyId="alias/aws/sqs")
    dead_url, dead = cloud.queue(named("dead"))
    subscribed(cloud, topic, arn, dead)
    check_message(cloud, topic, url, dead_url, arrives=False)


@pytest.mark.contract(
    "A subscription's dead-letter queue has to admit the topic",
    source="https://docs.aws.amazon.com/sns/latest/dg/sns-configure-dead-letter-queue.html",
)
@every_case
def test_a_subscriptions_dead_letters(cloud: RunningCloud, case: str, arrives: bool) -> None:
    topic = cloud.topic(named("topic"))
    dead_url, dead = cloud.queue(named("dead"), policy_of(case, "sns.amazonaws.com", "sqs:SendMessage", topic))
    subscribed(cloud, topic, f"arn:aws:sqs:{HERE}:{named('gone')}", dead)
    cloud.client("sns").publish(TopicArn=topic, Message="text")
    if arrives:
        assert json.loads(cloud.receive(dead_url)["Body"])["Message"] == "text"
    else:
        entries = until(lambda: cloud.timeline("notification", topic_arn=topic)[1:])
        assert entries[0]["detail"]["outcome"].startswith("lost")


@pytest.mark.contract("A topic invokes a function when one of its permissions admits SNS", source=TOPIC_TO_FUNCTION)
@pytest.mark.parametrize("case", PERMISSIONS)
def test_a_topic_to_a_function(cloud: RunningCloud, case: str) -> None:
    function = cloud.function("def handler(event, context): return 1")
    cloud.client("lambda").publish_version(FunctionName=function)
    cloud.client("lambda").create_alias(FunctionName=function, Name="live", FunctionVersion="1")
    topic = cloud.topic(named("topic"))
    settings, arrives = PERMISSIONS[case]
    if settings:
        add_permission(cloud, function, "sns.amazonaws.com", settings, topic)
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function_arn(function))
    cloud.client("sns").publish(TopicArn=topic, Message="text")
    assert told(cloud, topic).partition(":")[0] == ("delivered" if arrives else "failed")


# CloudWatch alarms


class Alarm:
    """An alarm that is put into ALARM by hand."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.cloud, self.name = cloud, named("alarm")
        self.arn = f"arn:aws:cloudwatch:{HERE}:alarm:{self.name}"

    def act_on(self, arn: str) -> None:
        """Make the alarm with this action and set it off."""
        metrics = self.cloud.client("cloudwatch")
        metrics.put_metric_alarm(
            AlarmName=self.name,
            AlarmActions=[arn],
            Namespace="Test",
            MetricName="Any",
            Statistic="Sum",
            Period=3600,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        metrics.set_alarm_state(AlarmName=self.name, StateValue="ALARM", StateReason="by hand")

    def action(self) -> dict[str, Any]:
        """The action's entry in the alarm's history."""

        def look() -> list[dict[str, Any]]:
            asked = self.cloud.client("cloudwatch").describe_alarm_history
            return list(asked(AlarmName=self.name, HistoryItemType="Action")["AlarmHistoryItems"])

        return until(look)[0]


def check_action(alarm: Alarm, topic: str, arrives: bool) -> None:
    alarm.act_on(topic)
    entry = alarm.action()
    if arrives:
        assert entry["HistorySummary"] == f"Successfully executed action {topic}"
    else:
        assert entry["HistorySummary"] == f"Failed to execute action {topic}"
        assert json.loads(entry["HistoryData"])["actionState"] == "Failed"


@pytest.mark.contract("An alarm publishes to a topic when the topic's policy admits CloudWatch", source=ALARMS)
@every_case
def test_an_alarm_to_a_topic(cloud: RunningCloud, case: str, arrives: bool) -> None:
    alarm = Alarm(cloud)
    topic = cloud.topic(named("topic"), policy_of(case, "cloudwatch.amazonaws.com", "sns:Publish", alarm.arn))
    check_action(alarm, topic, arrives)


@pytest.mark.contract("A topic's default policy admits alarms of its account", source=ALARMS)
def test_an_alarm_to_a_topic_with_the_default_policy(cloud: RunningCloud) -> None:
    check_action(Alarm(cloud), cloud.client("sns").create_topic(Name=named("topic"))["TopicArn"], arrives=True)


@pytest.mark.contract("An alarm publishes to an encrypted topic when the key admits CloudWatch", source=TOPIC_KEY)
@pytest.mark.parametrize("case", [*KEY_CASES, "for its account"])
def test_an_alarm_to_an_encrypted_topic(cloud: RunningCloud, case: str) -> None:
    if case == "for its account":
        condition = {"aws:SourceAccount": ACCOUNT}
        key, arrives = new_key(cloud, admit("cloudwatch.amazonaws.com", *USE_KEY, StringEquals=condition)), True
    else:
        key, arrives = key_for(cloud, case, "cloudwatch.amazonaws.com")
    check_action(Alarm(cloud), cloud.topic(named("topic"), KmsMasterKeyId=key), arrives)


@pytest.mark.contract("The key alias/aws/sns does not admit CloudWatch", source=TOPIC_KEY)
def test_an_alarm_to_a_topic_under_the_key_that_aws_manages(cloud: RunningCloud) -> None:
    check_action(Alarm(cloud), cloud.topic(named("topic"), KmsMasterKeyId="alias/aws/sns"), arrives=False)


@pytest.mark.contract(
    "An alarm invokes a function when one of its permissions admits alarms",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html",
)
@pytest.mark.parametrize("case", [*PERMISSIONS, "of the service that publishes"])
def test_an_alarm_to_a_function(cloud: RunningCloud, case: str) -> None:
    function, alarm = cloud.function("def handler(event, context): return 1"), Alarm(cloud)
    cloud.client("lambda").publish_version(FunctionName=function)
    cloud.client("lambda").create_alias(FunctionName=function, Name="live", FunctionVersion="1")
    settings, arrives = PERMISSIONS.get(case, ({"SourceArn": "{source}"}, False))
    service = "lambda.alarms.cloudwatch.amazonaws.com" if case in PERMISSIONS else "cloudwatch.amazonaws.com"
    if settings:
        add_permission(cloud, function, service, settings, alarm.arn)
    check_action(alarm, function_arn(function), arrives)


# Lambda


def function_in(cloud: RunningCloud, role: str, code: str = "return 1", **settings: Any) -> str:
    name = named("function")
    cloud.client("lambda").create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.13",
        Architectures=["arm64"],
        Handler="handler.handler",
        Code={"ZipFile": package({"handler.py": f"def handler(event, context): {code}"})},
        **settings,
    )
    until(lambda: cloud.client("lambda").get_function_configuration(FunctionName=name)["State"] == "Active")
    return name


def set_policy(cloud: RunningCloud, role: str, *statements: dict[str, Any]) -> None:
    cloud.client("iam").put_role_policy(
        RoleName=role.rpartition("/")[2], PolicyName="inline", PolicyDocument=json.dumps(document(*statements))
    )


@pytest.mark.contract("What fails goes to a function's destination in the function's role", source=ASYNC)
@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.parametrize("kind", ["OnSuccess", "OnFailure", "DeadLetterConfig"])
def test_a_functions_destination(cloud: RunningCloud, kind: str, allowed: bool) -> None:
    url, queue = cloud.queue(named("queue"), document())
    role = cloud.role(named("role"), policy=document(may("sqs:SendMessage", resource=queue)))
    code = "return 1" if kind == "OnSuccess" else "raise ValueError('no')"
    settings = {"DeadLetterConfig": {"TargetArn": queue}} if kind == "DeadLetterConfig" else {}
    function = function_in(cloud, role, code, **settings)
    destinations = {} if settings else {"DestinationConfig": {kind: {"Destination": queue}}}
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName=function, MaximumRetryAttempts=0, **destinations
    )
    if not allowed:
        set_policy(cloud, role, may("sqs:SendMessage", resource=f"{queue}-other"))
    cloud.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=b'{"a": 1}')
    if not allowed:
        who = denied(cloud, "sqs:SendMessage", queue)["principal"]
        assert who == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rpartition('/')[2]}/{function}"
        assert not cloud.client("sqs").receive_message(QueueUrl=url).get("Messages")
        return
    message = cloud.receive(url)
    if kind == "DeadLetterConfig":
        assert json.loads(message["Body"]) == {"a": 1}
        assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"
    else:
        assert json.loads(message["Body"])["requestPayload"] == {"a": 1}


WRITE_LOG = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]


@pytest.mark.contract(
    "A function's log is written in the function's role; without permission it is not there", source=LOGS
)
@pytest.mark.parametrize("missing", ["", *WRITE_LOG])
def test_a_functions_log(cloud: RunningCloud, missing: str) -> None:
    role = cloud.role(named("role"), policy=document(may(*[one for one in WRITE_LOG if one != missing])))
    function = function_in(cloud, role)
    assert cloud.invoke(function)[0] == 1
    group = f"/aws/lambda/{function}"
    found = cloud.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert bool(found) is not bool(missing)
    if missing:
        assert [one for one in cloud.timeline("denied", action=missing) if group in one["resource"]]


@pytest.mark.contract(
    "A function's traces are sent in the function's role",
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
    limits="traces are not kept",
)
@pytest.mark.parametrize("action", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"])
def test_a_functions_traces(cloud: RunningCloud, action: str) -> None:
    role = cloud.role(named("role"), policy=document(may("logs:*")))
    function = function_in(cloud, role, TracingConfig={"Mode": "Active"})
    set_policy(cloud, role, may("logs:*", *{"xray:PutTraceSegments", "xray:PutTelemetryRecords"} - {action}))
    cloud.invoke(function)
    role_name = role.rpartition("/")[2]
    assert until(lambda: [one for one in cloud.timeline("denied", action=action) if role_name in one["summary"]])
