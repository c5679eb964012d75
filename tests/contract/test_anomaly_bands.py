"""Anomaly detection: bands from the history of a metric, and alarms on them."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloud_metrics import described, go_to, metric, pass_time, put_alarm, query, state
from headend.localcloud.cloudwatch import anomaly_model
from running_cloud import RunningCloud

PAGE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Anomaly_Detection.html"
ALARM = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Anomaly_Detection_Alarm.html"
API = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAnomalyDetector.html"
EVENTS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"
MODEL = "AWS's model is its own; here it is the mean and deviation by hour of the week, of the day, or overall."
NAMESPACE = "Contract/Anomaly"
HOUR = 3600


@pytest.fixture(scope="module")
def present(cloud: RunningCloud) -> float:
    """A full hour, a little later than which the cloud's time stands still."""
    return go_to(cloud, HOUR, beyond=40)


def publish(cloud: RunningCloud, name: str, moments: list[float], values: list[float]) -> None:
    data = [{"MetricName": name, "Timestamp": m, "Value": v} for m, v in zip(moments, values, strict=True)]
    for start in range(0, len(data), 500):
        cloud.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data[start : start + 500])


@pytest.fixture
def steady(cloud: RunningCloud, present: float) -> str:
    """A metric that was 48 and 52 in turn for ten hours, every ten minutes."""
    name = f"steady_{uuid.uuid4().hex[:6]}"
    moments = [present - 600 * number for number in range(60, 0, -1)]
    publish(cloud, name, moments, [48.0, 52.0] * 30)
    return name


def band(cloud: RunningCloud, name: str, start: float, expression: str = "ANOMALY_DETECTION_BAND(m1, 2)") -> Any:
    """The limits of the minute at `start`: {label: values}."""
    answer = cloud.client("cloudwatch").get_metric_data(
        MetricDataQueries=[query("m1", NAMESPACE, name, "Average"), {"Id": "ad1", "Expression": expression}],
        StartTime=start,
        EndTime=start + 60,
    )
    return {result["Label"]: result["Values"] for result in answer["MetricDataResults"]}


def banded(cloud: RunningCloud, name: str, metric_name: str, comparison: str, **settings: Any) -> None:
    put_metric = {"Metric": metric(NAMESPACE, metric_name), "Period": 60, "Stat": "Average"}
    cloud.client("cloudwatch").put_metric_alarm(
        **{
            "AlarmName": name,
            "EvaluationPeriods": 1,
            "ComparisonOperator": comparison,
            "ThresholdMetricId": "ad1",
            "Metrics": [
                {"Id": "m1", "MetricStat": put_metric, "ReturnData": True},
                {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)", "Label": "Expected", "ReturnData": True},
            ],
            **settings,
        }
    )


@pytest.mark.contract(
    "A band has an upper and a lower limit, by default two deviations from what is expected", source=PAGE, limits=MODEL
)
@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        pytest.param("ANOMALY_DETECTION_BAND(m1)", {"High": [54], "Low": [46]}, id="by default"),
        pytest.param("ANOMALY_DETECTION_BAND(m1, 2)", {"High": [54], "Low": [46]}, id="two deviations"),
        pytest.param("ANOMALY_DETECTION_BAND(m1, 0.5)", {"High": [51], "Low": [49]}, id="half a deviation"),
        pytest.param("ANOMALY_DETECTION_BAND(m1, 50)", {"High": [150], "Low": [0]}, id="never below zero"),
    ],
)
def test_bands(
    cloud: RunningCloud, present: float, steady: str, expression: str, wanted: dict[str, list[float]]
) -> None:
    assert band(cloud, steady, present, expression) == wanted


@pytest.mark.contract("LAST of a band is its lower limit, FIRST its upper one", source=PAGE, limits=MODEL)
@pytest.mark.parametrize(("function", "wanted"), [("FIRST", 54), ("LAST", 46)])
def test_ends(cloud: RunningCloud, present: float, steady: str, function: str, wanted: float) -> None:
    found = band(cloud, steady, present, f"{function}(ANOMALY_DETECTION_BAND(m1, 2))")
    assert list(found.values()) == [[wanted]]


@pytest.mark.contract("A metric with little history has no band yet", source=ALARM, limits=MODEL)
def test_no_history(cloud: RunningCloud, present: float) -> None:
    publish(cloud, "young", [present - 600, present], [50.0, 50.0])
    assert band(cloud, "young", present) == {"High": [], "Low": []}
    banded(cloud, "young", "young", "GreaterThanUpperThreshold")
    pass_time(cloud, 60)
    assert state(cloud, "young") == "INSUFFICIENT_DATA"


@pytest.mark.contract("Expected values follow the hours of the week", source=PAGE, limits=MODEL)
def test_seasons(cloud: RunningCloud, present: float) -> None:
    """Two weeks of 10, but 90 at this hour of this weekday."""
    name = f"season_{uuid.uuid4().hex[:6]}"
    week, first = 7 * 86400, present - 14 * 86400 + HOUR
    moments = [first + 900 * number for number in range(int((present - first) // 900))]
    busy = present % week // HOUR
    publish(cloud, name, moments, [90.0 if moment % week // HOUR == busy else 10.0 for moment in moments])
    quiet_hour = band(cloud, name, present - HOUR)
    assert (quiet_hour["High"][0], quiet_hour["Low"][0]) == (pytest.approx(10, 0.01), pytest.approx(10, 0.01))
    history = {
        moment: 90.0 if moment % week // HOUR == busy else 10.0
        for moment in [present - 14 * 86400 + 900 * number for number in range(14 * 96)]
    }
    model = anomaly_model.train(history)
    assert model is not None
    upper, lower = model.limits([present, present + HOUR], 2, None)
    assert upper[present] == pytest.approx(90, 0.01)
    assert lower[present + HOUR] == pytest.approx(10, 0.01)


@pytest.mark.contract("The three operators compare the metric with the limits of the band", source=ALARM, limits=MODEL)
@pytest.mark.parametrize(
    ("comparison", "wanted"),
    [
        ("GreaterThanUpperThreshold", ["OK", "OK", "ALARM"]),
        ("LessThanLowerThreshold", ["ALARM", "OK", "OK"]),
        ("LessThanLowerOrGreaterThanUpperThreshold", ["ALARM", "OK", "ALARM"]),
    ],
)
def test_operators(cloud: RunningCloud, steady: str, comparison: str, wanted: list[str]) -> None:
    names = [f"{steady}-{value}" for value in (20, 50, 80)]
    hour = go_to(cloud, HOUR, beyond=-30)
    for value, name in zip((20.0, 50.0, 80.0), names, strict=True):
        moments = [hour - 600 * number for number in range(30, 6, -1)]
        publish(cloud, name, [*moments, hour], [*[48.0, 52.0] * 12, value])
        banded(cloud, name, name, comparison)
    pass_time(cloud, 100)
    assert [state(cloud, name) for name in names] == wanted


@pytest.mark.contract("The reason and event of an alarm on a band name the limits", source=EVENTS, limits=MODEL)
def test_reasons(cloud: RunningCloud, steady: str) -> None:
    hour = go_to(cloud, HOUR, beyond=-30)
    moments = [hour - 600 * number for number in range(30, 6, -1)]
    name = f"{steady}-reason"
    publish(cloud, name, [*moments, hour], [*[48.0, 52.0] * 12, 80.0])
    banded(cloud, name, name, "LessThanLowerOrGreaterThanUpperThreshold")
    pass_time(cloud, 100)
    shown = described(cloud, name)
    assert shown["ThresholdMetricId"] == "ad1"
    assert shown["StateReason"].startswith("Thresholds Crossed: 1 out of the last 1 datapoints [80.0 (")
    assert (
        "was less than the lower thresholds [46.0] or greater than the upper thresholds [54.0]" in shown["StateReason"]
    )
    data = json.loads(shown["StateReasonData"])
    assert (data["recentDatapoints"], data["recentLowerThresholds"], data["recentUpperThresholds"]) == (
        [80.0],
        [46.0],
        [54.0],
    )


@pytest.mark.contract(
    "An alarm on a band is refused with a threshold, without a band, or with other operators", source=ALARM
)
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"Threshold": 5.0}, id="a threshold too"),
        pytest.param({"ComparisonOperator": "GreaterThanThreshold"}, id="a plain operator"),
        pytest.param({"ThresholdMetricId": "m1"}, id="the id of a metric"),
        pytest.param({"ThresholdMetricId": "nobody"}, id="an unknown id"),
    ],
)
def test_refused_alarms(cloud: RunningCloud, settings: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="ValidationError"):
        banded(cloud, "refused", "steady", "GreaterThanUpperThreshold", **settings)


@pytest.mark.contract("The operators of bands need a band", source=ALARM)
def test_operators_without_a_band(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError, match="ValidationError"):
        put_alarm(cloud, "refused", NAMESPACE, ComparisonOperator="GreaterThanUpperThreshold")


@pytest.mark.contract("Detectors are made, found by metric, and deleted", source=API)
def test_detectors(cloud: RunningCloud) -> None:
    cloudwatch = cloud.client("cloudwatch")
    detector = {**metric(NAMESPACE, f"d{uuid.uuid4().hex[:6]}", Flow="a"), "Stat": "Average"}
    where = {"Namespace": detector["Namespace"], "MetricName": detector["MetricName"]}
    cloudwatch.put_anomaly_detector(SingleMetricAnomalyDetector=detector, Configuration={"MetricTimezone": "UTC"})
    [found] = cloudwatch.describe_anomaly_detectors(**where)["AnomalyDetectors"]
    assert found["SingleMetricAnomalyDetector"] == detector
    assert found["StateValue"] == "PENDING_TRAINING"
    assert found["Configuration"]["MetricTimezone"] == "UTC"
    cloudwatch.delete_anomaly_detector(SingleMetricAnomalyDetector=detector)
    assert cloudwatch.describe_anomaly_detectors(**where)["AnomalyDetectors"] == []
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloudwatch.delete_anomaly_detector(SingleMetricAnomalyDetector=detector)


@pytest.mark.contract(
    "An alarm on a band makes the detector that is missing", source=f"{ALARM}#Delete_Anomaly_Detection_Model"
)
def test_detectors_of_alarms(cloud: RunningCloud) -> None:
    name = f"own{uuid.uuid4().hex[:6]}"
    banded(cloud, name, name, "GreaterThanUpperThreshold")
    pass_time(cloud, 70)
    found = cloud.client("cloudwatch").describe_anomaly_detectors(Namespace=NAMESPACE, MetricName=name)
    assert [one["Stat"] for one in found["AnomalyDetectors"]] == ["Average"]


@pytest.mark.contract("Excluded ranges are left out of the training", source=API, limits=MODEL)
def test_excluded_ranges(cloud: RunningCloud, present: float, steady: str) -> None:
    incident = present - 5400
    publish(cloud, steady, [incident], [5000.0])
    detector = {**metric(NAMESPACE, steady), "Stat": "Average"}
    excluded = [{"StartTime": incident - 60, "EndTime": incident + 60}]
    cloud.client("cloudwatch").put_anomaly_detector(
        SingleMetricAnomalyDetector=detector, Configuration={"ExcludedTimeRanges": excluded}
    )
    assert band(cloud, steady, present)["High"][0] < 60


@pytest.mark.contract("What is no detector is refused", source=API)
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"Namespace": NAMESPACE, "MetricName": "M"}, id="no statistic"),
        pytest.param({"Namespace": NAMESPACE, "MetricName": "M", "Stat": "Median"}, id="an unknown statistic"),
        pytest.param(
            {
                "Namespace": NAMESPACE,
                "MetricName": "M",
                "Stat": "Sum",
                "SingleMetricAnomalyDetector": {"Namespace": NAMESPACE, "MetricName": "M", "Stat": "Sum"},
            },
            id="two ways to say it",
        ),
        pytest.param(
            {
                "Namespace": NAMESPACE,
                "MetricName": "M",
                "Stat": "Sum",
                "Configuration": {"MetricTimezone": "Mars/Base"},
            },
            id="an unknown time zone",
        ),
    ],
)
def test_refused_detectors(cloud: RunningCloud, settings: dict[str, Any]) -> None:
    with pytest.raises(ClientError):
        cloud.client("cloudwatch").put_anomaly_detector(**settings)
