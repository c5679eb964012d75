"""Operations on alarms: what is refused, what changes tell of, history, actions, and how metrics are taken and kept."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloud_metrics import ask, described, go_to, metric, now, pass_time, publish, put_alarm, query, set_state, state
from running_cloud import REGION, RunningCloud

API = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference"
PUT = f"{API}/API_PutMetricAlarm.html"
EVENTS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"
ACTIONS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html"
RETENTION = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention"
NAMESPACE = "Contract/Requests"
WORDS = "AWS's words differ where it does not publish them."
TOPIC = f"arn:aws:sns:{REGION}:123456789012:nobody"


def queries(count: int = 1, expression: str = "SUM(METRICS())", **stat: Any) -> list[dict[str, Any]]:
    metrics = [
        {
            "Id": f"m{number}",
            "MetricStat": {"Metric": metric(NAMESPACE, f"M{number}"), "Period": 60, "Stat": "Sum", **stat},
            "ReturnData": False,
        }
        for number in range(count)
    ]
    return [{"Id": "e1", "Expression": expression, "ReturnData": True}, *metrics]


@pytest.mark.contract(
    "PutMetricAlarm refuses settings that contradict each other or are out of range", source=PUT, limits=WORDS
)
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"Period": 15}, id="a period of 15 s"),
        pytest.param({"Period": 5}, id="a period of 5 s"),
        pytest.param({"Period": 90}, id="a period of 90 s"),
        pytest.param({"Period": 60, "EvaluationPeriods": 1441}, id="more than a day of minutes"),
        pytest.param({"Period": 3600, "EvaluationPeriods": 169}, id="more than a week of hours"),
        pytest.param({"EvaluationPeriods": 2, "DatapointsToAlarm": 3}, id="M above N"),
        pytest.param({"Statistic": "p90"}, id="a percentile as a plain statistic"),
        pytest.param({"ExtendedStatistic": "p90"}, id="both kinds of statistics"),
        pytest.param({"TreatMissingData": "zero"}, id="an unknown treatment"),
        pytest.param({"EvaluateLowSampleCountPercentile": "sometimes"}, id="an unknown option for percentiles"),
        pytest.param({"ComparisonOperator": "Above"}, id="an unknown operator"),
        pytest.param({"Unit": "Parsec"}, id="an unknown unit"),
        pytest.param({"AlarmActions": [TOPIC] * 6}, id="six actions"),
        pytest.param({"AlarmActions": ["topic"]}, id="an action that is no ARN"),
        pytest.param({"OKActions": [TOPIC.replace(REGION, "us-west-2")]}, id="an action in another Region"),
        pytest.param({"AlarmActions": [f"arn:aws:sqs:{REGION}:123456789012:queue"]}, id="a queue as an action"),
        pytest.param({"AlarmName": "a\tb"}, id="a control character in the name"),
        pytest.param({"AlarmDescription": "x" * 1025}, id="a long description"),
        pytest.param({"Metrics": queries()}, id="a metric and metric math"),
        pytest.param({"ThresholdMetricId": "ad1"}, id="a threshold and a band"),
        pytest.param({"EvaluationWindow": {"WallClockWindow": {"Timezone": "Mars/Base"}}}, id="an unknown time zone"),
        pytest.param({"Period": 120, "EvaluationWindow": {"WallClockWindow": {}}}, id="two minutes by the wall clock"),
        pytest.param({"Tags": [{"Key": f"k{n}", "Value": "v"} for n in range(51)]}, id="51 tags"),
    ],
)
def test_refused_alarms(cloud: RunningCloud, settings: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        put_alarm(cloud, settings.pop("AlarmName", "refused"), NAMESPACE, **settings)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert cloud.client("cloudwatch").describe_alarms(AlarmNames=["refused"])["MetricAlarms"] == []


@pytest.mark.contract("PutMetricAlarm refuses settings that are missing", source=PUT, limits=WORDS)
@pytest.mark.parametrize("missing", ["Threshold", "Period", "Namespace", "Statistic"])
def test_missing_settings(cloud: RunningCloud, missing: str) -> None:
    settings = {
        "AlarmName": "refused",
        "Namespace": NAMESPACE,
        "MetricName": "M",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    del settings[missing]
    with pytest.raises(ClientError, match="ValidationError"):
        cloud.client("cloudwatch").put_metric_alarm(**settings)


@pytest.mark.contract(
    "An unknown extended statistic is refused", source=PUT, limits="What AWS restricts to 10 % to 90 % is not."
)
@pytest.mark.parametrize("name", ["p101", "q90", "TM(5:)extra", "TM(10%:500)", "PR(10%:90%)", "Average"])
def test_refused_statistics(cloud: RunningCloud, name: str) -> None:
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        cloud.client("cloudwatch").put_metric_alarm(
            AlarmName="refused",
            Namespace=NAMESPACE,
            MetricName="M",
            ExtendedStatistic=name,
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )


@pytest.mark.contract(
    "An alarm on metric math needs one expression that gives one time series", source=PUT, limits=WORDS
)
@pytest.mark.parametrize(
    "metrics",
    [
        pytest.param(queries(11), id="eleven metrics"),
        pytest.param(queries(2, "METRICS()"), id="an array"),
        pytest.param(queries(1, "AVG(m0)"), id="a number"),
        pytest.param(queries(1, "m0 + m9"), id="an unknown id"),
        pytest.param(queries(1, "m0 +"), id="an unfinished expression"),
        pytest.param(queries(1, "SUM(SEARCH('{AWS/Lambda,FunctionName} Errors', 'Sum'))"), id="SEARCH"),
        pytest.param(queries(1, "INSIGHT_RULE_METRIC('r', 'Sum')"), id="Contributor Insights"),
        pytest.param(queries(1, Period=15), id="a period of 15 s"),
        pytest.param(queries(1, Stat="Median"), id="an unknown statistic"),
        pytest.param([*queries(1), *queries(1)], id="an id twice"),
        pytest.param([{**one, "ReturnData": True} for one in queries(1)], id="two that return data"),
        pytest.param([{**one, "ReturnData": False} for one in queries(1)], id="none that returns data"),
        pytest.param(queries(0, "TIME_SERIES(1)"), id="no metric"),
        pytest.param([{**queries(1)[0], "Id": "E1"}, queries(1)[1]], id="an id in capitals"),
        pytest.param(
            [*queries(2)[:2], {**queries(2)[2], "MetricStat": {**queries(2)[2]["MetricStat"], "Period": 300}}],
            id="two periods",
        ),
    ],
)
def test_refused_math(cloud: RunningCloud, metrics: list[dict[str, Any]]) -> None:
    with pytest.raises(ClientError):
        put_alarm(cloud, "refused", NAMESPACE, None, Metrics=metrics)
    assert cloud.client("cloudwatch").describe_alarms(AlarmNames=["refused"])["MetricAlarms"] == []


@pytest.fixture
def name() -> str:
    return f"a{uuid.uuid4().hex[:8]}"


@pytest.fixture
def events(cloud: RunningCloud, name: str) -> Callable[[], list[dict[str, Any]]]:
    """The details of the events on the alarm called `name` since the last call, with their detail types."""
    now(cloud)
    url, arn = cloud.queue(f"{name}-events")
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": [name]}}
    cloud.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    cloud.client("events").put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn}])

    def received() -> list[dict[str, Any]]:
        pass_time(cloud, 0.01)
        found = []
        while messages := cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for one in messages:
                found.append(json.loads(one["Body"]))
                cloud.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
        return found

    return received


@pytest.mark.contract("Creating, updating and deleting an alarm are events with its configuration", source=EVENTS)
def test_configuration_events(cloud: RunningCloud, name: str, events: Callable[[], list[dict[str, Any]]]) -> None:
    put_alarm(cloud, name, NAMESPACE, "M", Threshold=70, AlarmDescription="hot", TreatMissingData="ignore")
    put_alarm(cloud, name, NAMESPACE, "M", Threshold=80, AlarmDescription="hot", TreatMissingData="ignore")
    cloud.client("cloudwatch").delete_alarms(AlarmNames=[name])
    found = events()
    assert {event["detail-type"] for event in found} == {"CloudWatch Alarm Configuration Change"}
    assert [event["detail"]["operation"] for event in found] == ["create", "update", "delete"]
    created, updated, deleted = (event["detail"] for event in found)
    assert created["state"]["value"] == "INSUFFICIENT_DATA"
    configuration = dict(created["configuration"])
    assert configuration.pop("timestamp").endswith("+0000")
    [watched] = configuration.pop("metrics")
    assert watched["metricStat"]["metric"] == {"namespace": NAMESPACE, "name": "M", "dimensions": {}}
    assert configuration == {
        "evaluationPeriods": 1,
        "threshold": 70,
        "comparisonOperator": "GreaterThanThreshold",
        "treatMissingData": "ignore",
        "alarmName": name,
        "description": "hot",
        "actionsEnabled": True,
        "okActions": [],
        "alarmActions": [],
        "insufficientDataActions": [],
    }
    assert (updated["previousConfiguration"]["threshold"], updated["configuration"]["threshold"]) == (70, 80)
    assert "previousConfiguration" not in deleted


@pytest.mark.contract("A change of state of an alarm on metric math is an event with its metrics", source=EVENTS)
def test_math_events(cloud: RunningCloud, name: str, events: Callable[[], list[dict[str, Any]]]) -> None:
    put_alarm(cloud, name, NAMESPACE, None, Metrics=queries(1, "m0 * 2"), TreatMissingData="notBreaching")
    events()
    end = go_to(cloud, 60, beyond=-30)
    publish(cloud, NAMESPACE, "M0", end - 60, [3.0])
    pass_time(cloud, 40)
    changed = [event["detail"] for event in events() if event["detail-type"] == "CloudWatch Alarm State Change"][-1]
    assert changed["state"]["value"] == "ALARM"
    assert "datapoints [6.0 (" in changed["state"]["reason"]
    data = json.loads(changed["state"]["reasonData"])
    assert (data["recentDatapoints"], data["threshold"], data["period"]) == ([6.0], 0.0, 60)
    assert "statistic" not in data
    first, second = changed["configuration"]["metrics"]
    assert first == {"id": "e1", "expression": "m0 * 2", "returnData": True}
    assert (second["id"], second["metricStat"]["stat"], second["returnData"]) == ("m0", "Sum", False)


@pytest.mark.contract("An alarm that stays in its state says nothing more", source=ACTIONS)
def test_no_repetition(cloud: RunningCloud, name: str, events: Callable[[], list[dict[str, Any]]]) -> None:
    end = go_to(cloud, 60, beyond=-30)
    publish(cloud, NAMESPACE, name, end - 60, [9.0] * 12)
    put_alarm(cloud, name, NAMESPACE, name)
    pass_time(cloud, 600)
    changes = [event for event in events() if event["detail-type"] == "CloudWatch Alarm State Change"]
    assert [event["detail"]["state"]["value"] for event in changes] == ["ALARM"]


@pytest.mark.contract(
    "A state that is set by hand lasts until the next evaluation", source=f"{API}/API_SetAlarmState.html"
)
def test_set_state_is_corrected(cloud: RunningCloud, name: str) -> None:
    end = go_to(cloud, 60, beyond=-30)
    publish(cloud, NAMESPACE, name, end - 60, [9.0] * 5)
    put_alarm(cloud, name, NAMESPACE, name)
    pass_time(cloud, 40)
    set_state(cloud, name, "OK")
    assert state(cloud, name) == "OK"
    pass_time(cloud, 60)
    assert state(cloud, name) == "ALARM"


@pytest.mark.contract("An updated alarm keeps its state, a new one begins with INSUFFICIENT_DATA", source=PUT)
def test_updates_keep_the_state(cloud: RunningCloud, name: str) -> None:
    now(cloud)
    put_alarm(cloud, name, NAMESPACE, name)
    assert described(cloud, name)["StateReason"] == "Unchecked: Initial alarm creation"
    set_state(cloud, name, "ALARM")
    put_alarm(cloud, name, NAMESPACE, name, Threshold=9)
    assert (state(cloud, name), described(cloud, name)["Threshold"]) == ("ALARM", 9)


class Topic:
    """A topic and what it was told."""

    def __init__(self, cloud: RunningCloud) -> None:
        self._cloud = cloud
        name = f"topic-{uuid.uuid4().hex[:8]}"
        self.url, queue = cloud.queue(name)
        self.arn = cloud.topic(name)
        cloud.client("sns").subscribe(TopicArn=self.arn, Protocol="sqs", Endpoint=queue)

    def told(self) -> list[str]:
        pass_time(self._cloud, 0.01)
        answer = self._cloud.client("sqs").receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
        bodies = [json.loads(one["Body"]) for one in answer.get("Messages", [])]
        return [json.loads(body["Message"])["NewStateValue"] for body in bodies]


@pytest.mark.contract("Actions run for the state they are for, while actions are enabled", source=ACTIONS)
@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        pytest.param(["AlarmActions"], ["ALARM"], id="ALARM"),
        pytest.param(["OKActions"], ["OK"], id="OK"),
        pytest.param(["InsufficientDataActions"], ["INSUFFICIENT_DATA"], id="INSUFFICIENT_DATA"),
        pytest.param(["AlarmActions", "OKActions"], ["ALARM", "OK"], id="two"),
    ],
)
def test_actions(cloud: RunningCloud, name: str, settings: list[str], wanted: list[str]) -> None:
    now(cloud)
    topic = Topic(cloud)
    put_alarm(cloud, name, NAMESPACE, name, **{key: [topic.arn] for key in settings})
    for value in ("ALARM", "ALARM", "OK", "INSUFFICIENT_DATA"):
        set_state(cloud, name, value)
    assert sorted(topic.told()) == sorted(wanted)


@pytest.mark.contract(
    "DisableAlarmActions and EnableAlarmActions turn all actions off and on",
    source=f"{API}/API_DisableAlarmActions.html",
)
def test_disabled_actions(cloud: RunningCloud, name: str) -> None:
    now(cloud)
    topic = Topic(cloud)
    put_alarm(cloud, name, NAMESPACE, name, AlarmActions=[topic.arn], OKActions=[topic.arn])
    cloud.client("cloudwatch").disable_alarm_actions(AlarmNames=[name])
    assert described(cloud, name)["ActionsEnabled"] is False
    set_state(cloud, name, "ALARM")
    cloud.client("cloudwatch").enable_alarm_actions(AlarmNames=[name])
    set_state(cloud, name, "OK")
    assert topic.told() == ["OK"]


ECHO = """
import boto3, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=__import__("json").dumps(event))
"""


@pytest.mark.contract(
    "A function as an action gets the alarm's data",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html",
)
def test_functions(cloud: RunningCloud, name: str) -> None:
    now(cloud)
    url, _ = cloud.queue(f"{name}-echo")
    function = cloud.function(ECHO, Environment={"Variables": {"QUEUE": url}})
    cloud.permit_invoke(function, "lambda.alarms.cloudwatch.amazonaws.com")
    arn = cloud.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    put_alarm(cloud, name, NAMESPACE, name, AlarmActions=[arn], AlarmDescription="for a function")
    set_state(cloud, name, "ALARM", "a drill")
    event = json.loads(cloud.receive(url)["Body"])
    assert {key: event[key] for key in ("source", "alarmArn", "accountId", "region")} == {
        "source": "aws.cloudwatch",
        "alarmArn": f"arn:aws:cloudwatch:{REGION}:123456789012:alarm:{name}",
        "accountId": "123456789012",
        "region": REGION,
    }
    data = event["alarmData"]
    assert data["alarmName"] == name
    assert (data["state"]["value"], data["state"]["reason"]) == ("ALARM", "a drill")
    assert event["time"] == data["state"]["timestamp"]
    assert data["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert data["configuration"]["description"] == "for a function"
    assert data["configuration"]["metrics"][0]["metricStat"]["metric"]["name"] == name


HISTORY = f"{API}/API_DescribeAlarmHistory.html"


@pytest.mark.contract(
    "The history has configuration updates, state updates and actions, of deleted alarms too",
    source=HISTORY,
    limits="The members of HistoryData are those of AWS's examples; it documents no schema.",
)
def test_history(cloud: RunningCloud, name: str) -> None:
    now(cloud)
    topic = Topic(cloud)
    gone = f"arn:aws:sns:{REGION}:123456789012:gone"
    put_alarm(cloud, name, NAMESPACE, name, AlarmActions=[topic.arn, gone])
    set_state(cloud, name, "ALARM", "a drill")
    cloud.client("cloudwatch").delete_alarms(AlarmNames=[name])
    ask_for = cloud.client("cloudwatch").describe_alarm_history
    items = ask_for(AlarmName=name, ScanBy="TimestampAscending")["AlarmHistoryItems"]
    assert [(item["HistoryItemType"], item["HistorySummary"]) for item in items] == [
        ("ConfigurationUpdate", f'Alarm "{name}" created'),
        ("StateUpdate", "Alarm updated from INSUFFICIENT_DATA to ALARM"),
        ("Action", f"Successfully executed action {topic.arn}"),
        ("Action", f"Failed to execute action {gone}"),
        ("ConfigurationUpdate", f'Alarm "{name}" deleted'),
    ]
    assert {item["AlarmType"] for item in items} == {"MetricAlarm"}
    data = json.loads(items[1]["HistoryData"])
    assert (data["oldState"]["stateValue"], data["newState"]["stateReason"]) == ("INSUFFICIENT_DATA", "a drill")
    newest = ask_for(AlarmName=name, MaxRecords=1)
    assert newest["AlarmHistoryItems"][0]["HistorySummary"] == f'Alarm "{name}" deleted'
    following = ask_for(AlarmName=name, MaxRecords=2, NextToken=newest["NextToken"])["AlarmHistoryItems"]
    assert [item["HistoryItemType"] for item in following] == ["Action", "Action"]
    updates = ask_for(AlarmName=name, HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert len(updates) == 1
    assert ask_for(AlarmName=name, AlarmTypes=["CompositeAlarm"])["AlarmHistoryItems"] == []


@pytest.mark.contract(
    "DescribeAlarmsForMetric finds alarms by metric, dimensions, statistic and period",
    source=f"{API}/API_DescribeAlarmsForMetric.html",
)
@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param({"Dimensions": [{"Name": "Flow", "Value": "a"}]}, True, id="all dimensions"),
        pytest.param({}, False, id="no dimensions"),
        pytest.param({"Dimensions": [{"Name": "Flow", "Value": "b"}]}, False, id="other dimensions"),
        pytest.param({"Dimensions": [{"Name": "Flow", "Value": "a"}], "Statistic": "Maximum"}, True, id="statistic"),
        pytest.param(
            {"Dimensions": [{"Name": "Flow", "Value": "a"}], "Statistic": "Sum"}, False, id="another statistic"
        ),
        pytest.param({"Dimensions": [{"Name": "Flow", "Value": "a"}], "Period": 300}, False, id="another period"),
    ],
)
def test_alarms_of_a_metric(cloud: RunningCloud, name: str, wanted: dict[str, Any], found: bool) -> None:
    put_alarm(cloud, name, NAMESPACE, name, Dimensions=[{"Name": "Flow", "Value": "a"}])
    put_alarm(cloud, f"{name}-math", NAMESPACE, None, Metrics=queries())
    answer = cloud.client("cloudwatch").describe_alarms_for_metric(Namespace=NAMESPACE, MetricName=name, **wanted)
    assert [alarm["AlarmName"] for alarm in answer["MetricAlarms"]] == ([name] if found else [])


@pytest.mark.contract(
    "DescribeAlarms filters by prefix, state and action, and gives pages", source=f"{API}/API_DescribeAlarms.html"
)
def test_describe(cloud: RunningCloud, name: str) -> None:
    now(cloud)
    names = [f"{name}-{number}" for number in range(3)]
    for one in names:
        put_alarm(cloud, one, NAMESPACE, one, AlarmActions=[f"arn:aws:sns:{REGION}:123456789012:{one}"])
    set_state(cloud, names[1], "ALARM")
    cloudwatch = cloud.client("cloudwatch")

    def shown(**wanted: Any) -> list[str]:
        answer = cloudwatch.describe_alarms(AlarmNamePrefix=name, **wanted)
        return [alarm["AlarmName"] for alarm in answer["MetricAlarms"]]

    assert shown() == names
    assert shown(StateValue="ALARM") == names[1:2]
    assert shown(ActionPrefix=f"arn:aws:sns:{REGION}:123456789012:{names[2]}") == names[2:]
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=name, PaginationConfig={"PageSize": 2})
    assert [len(page["MetricAlarms"]) for page in pages] == [2, 1]


METRIC_DATA = f"{API}/API_PutMetricData.html"


@pytest.mark.contract(
    "PutMetricData refuses times that are too old or too far ahead, and values that are none", source=METRIC_DATA
)
@pytest.mark.parametrize(
    ("age", "datum"),
    [
        pytest.param(15 * 86400, {"Value": 1.0}, id="more than two weeks old"),
        pytest.param(-3 * 3600, {"Value": 1.0}, id="more than two hours ahead"),
        pytest.param(0, {"Value": float("nan")}, id="not a number"),
        pytest.param(0, {"Value": 2.0**361}, id="too large"),
        pytest.param(0, {"Values": [1.0, 2.0], "Counts": [1.0]}, id="fewer counts than values"),
        pytest.param(0, {"Values": [1.0], "Value": 1.0}, id="a value and values"),
        pytest.param(0, {"Values": [1.0] * 151}, id="151 values"),
        pytest.param(0, {"Value": 1.0, "StorageResolution": 5}, id="a resolution of 5 s"),
        pytest.param(
            0, {"Value": 1.0, "Dimensions": [{"Name": f"d{n}", "Value": "v"} for n in range(31)]}, id="31 dimensions"
        ),
    ],
)
def test_refused_data(cloud: RunningCloud, age: float, datum: dict[str, Any]) -> None:
    data = {"MetricName": "M", "Timestamp": now(cloud) - age, **datum}
    with pytest.raises(ClientError) as refused:
        cloud.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[data])
    assert refused.value.response["Error"]["Code"].startswith("InvalidParameter")


@pytest.mark.contract(
    "After three hours values are there by the minute only",
    source=RETENTION,
    limits="Percentiles of values that differ end with the single values, after three hours.",
)
def test_retention(cloud: RunningCloud, name: str) -> None:
    start = go_to(cloud, 60, beyond=1)
    publish(cloud, NAMESPACE, name, start, [float(value) for value in range(60)], 1)
    [fine] = ask(cloud, [query("m1", NAMESPACE, name, "Average", 1, ReturnData=True)], start, 60, 1)
    assert len(fine["Values"]) == 60
    pass_time(cloud, 3 * 3600 + 1200)
    [fine] = ask(cloud, [query("m1", NAMESPACE, name, "Average", 1, ReturnData=True)], start, 60, 1)
    assert len(fine["Values"]) <= 1
    for stat, wanted in (("Average", 29.5), ("Sum", 1770), ("SampleCount", 60), ("Maximum", 59)):
        [minute] = ask(cloud, [query("m1", NAMESPACE, name, stat, 60, ReturnData=True)], start, 1)
        assert minute["Values"] == [wanted]


@pytest.mark.contract(
    "A start is rounded down to the minute, or to the short period asked for", source=f"{API}/API_GetMetricData.html"
)
@pytest.mark.parametrize(("period", "offset", "wanted"), [(60, 34, 0), (300, 94, 60), (10, 23, 20), (5, 17, 15)])
def test_rounded_starts(cloud: RunningCloud, name: str, period: int, offset: int, wanted: int) -> None:
    start = go_to(cloud, 300, beyond=1)
    publish(cloud, NAMESPACE, name, start, [1.0] * 100, 1)
    asked = [query("m1", NAMESPACE, name, "Sum", period, ReturnData=True)]
    answer = cloud.client("cloudwatch").get_metric_data(
        MetricDataQueries=asked, StartTime=start + offset, EndTime=start + offset + 2 * period
    )
    assert min(moment.timestamp() for moment in answer["MetricDataResults"][0]["Timestamps"]) == start + wanted
