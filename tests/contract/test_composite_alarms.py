"""Composite alarms: rules, dependencies, and the suppression of their actions."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloud_metrics import described, now, pass_time, put_alarm, set_state, state
from running_cloud import REGION, RunningCloud, until

PAGE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html"
API = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html"
DELETE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html"
DESCRIBE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"
EVENTS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"
NAMESPACE = "Contract/Composite"
ARN = f"arn:aws:cloudwatch:{REGION}:123456789012:alarm"
STATES = {"hot": "ALARM", "cool": "OK", "new": "INSUFFICIENT_DATA", "live/studio a/jitter": "ALARM"}


@pytest.fixture(scope="module", autouse=True)
def children(cloud: RunningCloud) -> None:
    """Alarms in the states of STATES; time stands still."""
    now(cloud)
    for name, value in STATES.items():
        put_alarm(cloud, name, NAMESPACE, name, TreatMissingData="ignore")
        set_state(cloud, name, value)


def put(cloud: RunningCloud, rule: str, **settings: Any) -> str:
    """A composite alarm with a name of its own."""
    name = settings.pop("AlarmName", None) or f"both-{uuid.uuid4().hex[:8]}"
    cloud.client("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=rule, **settings)
    return str(name)


def child(cloud: RunningCloud, value: str = "OK") -> str:
    name = f"child-{uuid.uuid4().hex[:8]}"
    put_alarm(cloud, name, NAMESPACE, name, TreatMissingData="ignore")
    set_state(cloud, name, value)
    return name


@pytest.mark.contract(
    "A rule joins states of alarms by AND, OR, NOT and parentheses; names may be quoted or be ARNs",
    source=API,
    limits="That AND binds tighter than OR is not in AWS's text.",
)
@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        pytest.param("ALARM(hot)", True, id="ALARM"),
        pytest.param("ALARM(cool)", False, id="not in ALARM"),
        pytest.param("OK(cool)", True, id="OK"),
        pytest.param("INSUFFICIENT_DATA(new)", True, id="INSUFFICIENT_DATA"),
        pytest.param('ALARM("hot") AND OK("cool")', True, id="AND of quoted names"),
        pytest.param("ALARM(cool) OR ALARM(hot)", True, id="OR"),
        pytest.param("NOT ALARM(hot)", False, id="NOT"),
        pytest.param("ALARM(hot) AND NOT ALARM(cool)", True, id="AND NOT"),
        pytest.param("(ALARM(cool) OR ALARM(new)) AND OK(cool)", False, id="parentheses"),
        pytest.param("ALARM(hot) OR ALARM(cool) AND FALSE", True, id="AND before OR"),
        pytest.param("NOT (ALARM(cool) OR FALSE)", True, id="NOT of parentheses"),
        pytest.param("TRUE", True, id="TRUE"),
        pytest.param("FALSE", False, id="FALSE"),
        pytest.param(f"ALARM({ARN}:hot)", True, id="ARN"),
        pytest.param(f'ALARM("{ARN}:hot") AND OK("{ARN}:cool")', True, id="quoted ARNs"),
        pytest.param('ALARM("live/studio a/jitter")', True, id="a name with spaces"),
        pytest.param("(ALARM(hot)\n OR ALARM(cool))\n AND OK(cool)", True, id="several lines"),
    ],
)
def test_rules(cloud: RunningCloud, rule: str, holds: bool) -> None:
    assert state(cloud, put(cloud, rule)) == ("ALARM" if holds else "OK")


@pytest.mark.contract("A rule that cannot be read, or is of alarms that do not exist, is refused", source=API)
@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("ALARM(hot", id="open parenthesis"),
        pytest.param("ALARM(hot) OK(cool)", id="no operator"),
        pytest.param("MAYBE(hot)", id="unknown function"),
        pytest.param("ALARM()", id="no name"),
        pytest.param("AND", id="an operator alone"),
        pytest.param("NOT", id="nothing to negate"),
        pytest.param("(TRUE", id="half a pair"),
        pytest.param("ALARM(hot) AND ALARM(nobody)", id="an alarm that does not exist"),
        pytest.param("ALARM(arn:aws:cloudwatch:us-west-2:123456789012:alarm:hot)", id="an alarm of another Region"),
        pytest.param(" OR ".join(f"ALARM(a{number})" for number in range(101)), id="101 alarms"),
    ],
)
def test_refused_rules(cloud: RunningCloud, rule: str) -> None:
    with pytest.raises(ClientError) as refused:
        put(cloud, rule)
    assert refused.value.response["Error"]["Code"] == "ValidationError"


@pytest.mark.contract("A composite alarm follows its children, through other composite alarms too", source=PAGE)
def test_nested(cloud: RunningCloud) -> None:
    one, other = child(cloud), child(cloud)
    inner = put(cloud, f"ALARM({one}) AND ALARM({other})")
    outer = put(cloud, f"NOT ALARM({inner})")
    assert (state(cloud, inner), state(cloud, outer)) == ("OK", "ALARM")
    set_state(cloud, one, "ALARM")
    assert (state(cloud, inner), state(cloud, outer)) == ("OK", "ALARM")
    set_state(cloud, other, "ALARM")
    assert (state(cloud, inner), state(cloud, outer)) == ("ALARM", "OK")


@pytest.mark.contract("A new rule is evaluated at once", source=API)
def test_updated_rule(cloud: RunningCloud) -> None:
    name = put(cloud, "ALARM(hot)")
    put(cloud, "ALARM(cool)", AlarmName=name)
    assert state(cloud, name) == "OK"


@pytest.mark.contract(
    "Composite alarms may depend on each other in a circle: they are not evaluated, nor deleted, until it is broken",
    source=DELETE,
)
def test_circles(cloud: RunningCloud) -> None:
    cloudwatch = cloud.client("cloudwatch")
    one = put(cloud, "ALARM(hot)")
    other = put(cloud, f"ALARM({one})")
    put(cloud, f"NOT ALARM({other})", AlarmName=one)
    assert (state(cloud, one), state(cloud, other)) == ("ALARM", "ALARM")
    for name in (one, other):
        with pytest.raises(ClientError, match="composite alarm"):
            cloudwatch.delete_alarms(AlarmNames=[name])
    put(cloud, "FALSE", AlarmName=one)
    assert (state(cloud, one), state(cloud, other)) == ("OK", "OK")
    cloudwatch.delete_alarms(AlarmNames=[other])
    cloudwatch.delete_alarms(AlarmNames=[one])


@pytest.mark.contract("An alarm that a composite alarm depends on cannot be deleted", source=DELETE)
def test_needed_children_stay(cloud: RunningCloud) -> None:
    cloudwatch = cloud.client("cloudwatch")
    one, other = child(cloud), child(cloud)
    parent = put(cloud, f"ALARM({one}) OR ALARM({other})")
    with pytest.raises(ClientError, match=f"Cannot delete {one} as there are composite"):
        cloudwatch.delete_alarms(AlarmNames=[one])
    with pytest.raises(ClientError, match=f"Cannot delete {one},{other} as there are composite"):
        cloudwatch.delete_alarms(AlarmNames=[one, other])
    cloudwatch.delete_alarms(AlarmNames=[parent])
    cloudwatch.delete_alarms(AlarmNames=[one, other])
    assert cloudwatch.describe_alarms(AlarmNames=[one, other])["MetricAlarms"] == []


@pytest.mark.contract(
    "One composite alarm is deleted in one request; names that do not exist are passed over", source=DELETE
)
def test_one_composite_at_a_time(cloud: RunningCloud) -> None:
    cloudwatch = cloud.client("cloudwatch")
    names = [put(cloud, "TRUE") for _ in range(2)]
    with pytest.raises(ClientError, match="ValidationError"):
        cloudwatch.delete_alarms(AlarmNames=names)
    for name in names:
        cloudwatch.delete_alarms(AlarmNames=[name, "nobody"])
    found = cloudwatch.describe_alarms(AlarmNames=names, AlarmTypes=["CompositeAlarm"])
    assert found["CompositeAlarms"] == []


@pytest.mark.contract(
    "DescribeAlarms tells children and parents, and composite alarms only when asked for", source=DESCRIBE
)
def test_describe(cloud: RunningCloud) -> None:
    cloudwatch = cloud.client("cloudwatch")
    one = child(cloud)
    parent = put(cloud, f"ALARM({one}) OR ALARM(hot)")
    [below, above] = [
        cloudwatch.describe_alarms(**{kind: name})
        for kind, name in (("ChildrenOfAlarmName", parent), ("ParentsOfAlarmName", one))
    ]
    assert sorted(alarm["AlarmName"] for alarm in below["MetricAlarms"]) == sorted([one, "hot"])
    assert [alarm["AlarmName"] for alarm in above["CompositeAlarms"]] == [parent]
    assert cloudwatch.describe_alarms(AlarmNames=[parent])["CompositeAlarms"] == []
    with pytest.raises(ClientError, match="ValidationError"):
        cloudwatch.describe_alarms(ChildrenOfAlarmName=parent, StateValue="OK")


@pytest.mark.contract("Composite alarms have no actions of EC2 or Auto Scaling", source=PAGE)
@pytest.mark.parametrize(
    "action",
    [
        pytest.param(f"arn:aws:automate:{REGION}:ec2:reboot", id="EC2"),
        pytest.param(
            f"arn:aws:autoscaling:{REGION}:123456789012:scalingPolicy:1:autoScalingGroupName/g:policyName/p",
            id="Auto Scaling",
        ),
    ],
)
def test_refused_actions(cloud: RunningCloud, action: str) -> None:
    with pytest.raises(ClientError, match="ValidationError"):
        put(cloud, "TRUE", AlarmActions=[action])


# Suppression: WaitPeriod 2 and ExtensionPeriod 3 units of time, as in AWS's examples.
UNIT = 20


class Suppressed:
    """A composite alarm with a suppressor, and the states that its actions told of."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.cloud = cloud
        name = f"calm-{uuid.uuid4().hex[:8]}"
        self.queue, queue_arn = cloud.queue(name)
        self.topic = cloud.topic(name)
        cloud.client("sns").subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=queue_arn)
        self.child, self.suppressor = child(cloud), child(cloud)
        self.name = put(
            cloud,
            f"ALARM({self.child})",
            AlarmActions=[self.topic],
            OKActions=[self.topic],
            ActionsSuppressor=self.suppressor,
            ActionsSuppressorWaitPeriod=2 * UNIT,
            ActionsSuppressorExtensionPeriod=3 * UNIT,
        )
        self.wait(3)
        self.told()

    def set(self, value: str) -> None:
        set_state(self.cloud, self.child, value)

    def suppress(self, value: str) -> None:
        set_state(self.cloud, self.suppressor, value)

    def wait(self, units: float) -> None:
        pass_time(self.cloud, units * UNIT)

    def by(self) -> str | None:
        return described(self.cloud, self.name).get("ActionsSuppressedBy")

    def told(self) -> list[str]:
        """What the actions told of since the last look."""
        pass_time(self.cloud, 0.01)
        got = []
        while True:
            answer = self.cloud.client("sqs").receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            if not messages:
                return got
            for one in messages:
                got.append(json.loads(json.loads(one["Body"])["Message"])["NewStateValue"])
                self.cloud.client("sqs").delete_message(QueueUrl=self.queue, ReceiptHandle=one["ReceiptHandle"])


@pytest.fixture
def calm(cloud: RunningCloud) -> Suppressed:
    return Suppressed(cloud)


SUPPRESSION = f"{PAGE}#Create_Composite_Alarm_Suppression"


@pytest.mark.contract("Actions run after the WaitPeriod when the suppressor stays out of ALARM", source=SUPPRESSION)
def test_after_the_wait(calm: Suppressed) -> None:
    calm.set("ALARM")
    assert (calm.by(), calm.told()) == ("WaitPeriod", [])
    calm.wait(2)
    assert (calm.by(), calm.told()) == (None, ["ALARM"])


@pytest.mark.contract("A suppressor that goes into ALARM in the WaitPeriod suppresses the actions", source=SUPPRESSION)
def test_suppressed_in_the_wait(calm: Suppressed) -> None:
    calm.set("ALARM")
    calm.wait(1)
    calm.suppress("ALARM")
    assert calm.by() == "Alarm"
    calm.wait(4)
    assert (calm.by(), calm.told()) == ("Alarm", [])


@pytest.mark.contract("A change of state in the WaitPeriod starts another one", source=SUPPRESSION)
def test_a_new_wait(calm: Suppressed) -> None:
    calm.set("ALARM")
    calm.wait(1)
    calm.set("OK")
    calm.wait(1.5)
    assert (calm.by(), calm.told()) == ("WaitPeriod", [])
    calm.wait(0.5)
    assert (calm.by(), calm.told()) == (None, ["OK"])


@pytest.mark.contract("A suppressor in ALARM suppresses the actions of a change at once", source=SUPPRESSION)
def test_suppressed_by_the_alarm(calm: Suppressed) -> None:
    calm.suppress("ALARM")
    calm.set("ALARM")
    calm.wait(5)
    assert (state(calm.cloud, calm.name), calm.by(), calm.told()) == ("ALARM", "Alarm", [])


@pytest.mark.contract("Actions run after the ExtensionPeriod that follows the suppressor's ALARM", source=SUPPRESSION)
def test_after_the_extension(calm: Suppressed) -> None:
    calm.set("ALARM")
    calm.wait(1)
    calm.suppress("ALARM")
    calm.wait(3)
    calm.suppress("OK")
    assert calm.by() == "ExtensionPeriod"
    calm.wait(2.5)
    assert (calm.by(), calm.told()) == ("ExtensionPeriod", [])
    calm.wait(0.5)
    assert (calm.by(), calm.told()) == (None, ["ALARM"])


@pytest.mark.contract("A change of state in the ExtensionPeriod ends it and starts a WaitPeriod", source=SUPPRESSION)
def test_a_change_in_the_extension(calm: Suppressed) -> None:
    calm.set("ALARM")
    calm.wait(1)
    calm.suppress("ALARM")
    calm.wait(3)
    calm.suppress("OK")
    calm.wait(1)
    calm.set("OK")
    assert calm.by() == "WaitPeriod"
    calm.wait(2)
    assert (calm.by(), calm.told()) == (None, ["OK"])


@pytest.mark.contract("Another suppressor discards the periods of the one before", source=SUPPRESSION)
def test_another_suppressor(calm: Suppressed) -> None:
    calm.set("ALARM")
    put(
        calm.cloud,
        f"ALARM({calm.child})",
        AlarmName=calm.name,
        AlarmActions=[calm.topic],
        ActionsSuppressor="cool",
        ActionsSuppressorWaitPeriod=2 * UNIT,
        ActionsSuppressorExtensionPeriod=3 * UNIT,
    )
    assert calm.by() is None
    calm.wait(3)
    assert calm.told() == []


@pytest.mark.contract(
    "A suppressor that changes while nothing is held back makes no actions run again", source=SUPPRESSION
)
def test_no_action_without_a_change(calm: Suppressed) -> None:
    calm.suppress("ALARM")
    calm.wait(1)
    calm.suppress("OK")
    calm.wait(4)
    assert (calm.by(), calm.told()) == (None, [])


@pytest.mark.contract(
    "Events and history say what suppresses the actions",
    source=EVENTS,
    limits="The end of a suppression makes no event of its own.",
)
def test_suppression_in_events_and_history(cloud: RunningCloud, calm: Suppressed) -> None:
    url, arn = cloud.queue(f"{calm.name}-events")
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": [calm.name]}}
    cloud.client("events").put_rule(Name=calm.name, EventPattern=json.dumps(pattern))
    cloud.client("events").put_targets(Rule=calm.name, Targets=[{"Id": "q", "Arn": arn}])
    calm.set("ALARM")
    pass_time(cloud, 0.01)
    event = json.loads(cloud.receive(url)["Body"])
    changed = event["detail"]["state"]
    assert changed["actionsSuppressedBy"] == "WaitPeriod"
    assert changed["actionsSuppressedReason"] == "Actions suppressed by WaitPeriod"
    assert event["detail"]["configuration"] == {
        "alarmRule": f"ALARM({calm.child})",
        "actionsSuppressor": calm.suppressor,
        "actionsSuppressorWaitPeriod": 2 * UNIT,
        "actionsSuppressorExtensionPeriod": 3 * UNIT,
    }
    items = cloud.client("cloudwatch").describe_alarm_history(
        AlarmName=calm.name, AlarmTypes=["CompositeAlarm"], HistoryItemType="StateUpdate"
    )["AlarmHistoryItems"]
    assert json.loads(items[0]["HistoryData"])["newState"]["actionsSuppressedBy"] == "WaitPeriod"


@pytest.mark.contract("A suppressor has to exist and needs both periods", source=API)
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"ActionsSuppressor": "hot"}, id="no periods"),
        pytest.param({"ActionsSuppressor": "hot", "ActionsSuppressorWaitPeriod": 60}, id="no ExtensionPeriod"),
        pytest.param({"ActionsSuppressorWaitPeriod": 60}, id="a period without a suppressor"),
        pytest.param(
            {
                "ActionsSuppressor": "nobody",
                "ActionsSuppressorWaitPeriod": 60,
                "ActionsSuppressorExtensionPeriod": 60,
            },
            id="no such alarm",
        ),
    ],
)
def test_refused_suppressors(cloud: RunningCloud, settings: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="ValidationError"):
        put(cloud, "TRUE", **settings)


@pytest.mark.contract("A suppressor can be named by its ARN", source=API)
def test_a_suppressor_by_arn(cloud: RunningCloud) -> None:
    one = child(cloud)
    name = put(
        cloud,
        f"ALARM({one})",
        ActionsSuppressor=f"{ARN}:hot",
        ActionsSuppressorWaitPeriod=60,
        ActionsSuppressorExtensionPeriod=60,
    )
    set_state(cloud, one, "ALARM")
    shown = until(lambda: described(cloud, name))
    assert (shown["ActionsSuppressedBy"], shown["ActionsSuppressor"]) == ("Alarm", f"{ARN}:hot")
