"""How metric alarms are evaluated: M of N, resolution, windows, late data, percentiles, units, metric math."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from cloud_metrics import described, go_to, metric, pass_time, publish, put_alarm, query, set_state, state
from running_cloud import RunningCloud

PAGE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html"
WINDOW = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html"
API = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
STATISTICS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html"
LOW_SAMPLES = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html"
MATH = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html"
NAMESPACE = "Contract/Evaluation"


@pytest.fixture
def name() -> str:
    """The name of an alarm and of its metric."""
    return f"m_{uuid.uuid4().hex[:8]}"


@pytest.mark.contract("M breaching datapoints out of the last N raise the alarm, in a row or not", source=PAGE)
@pytest.mark.parametrize(
    ("needed", "points", "wanted"),
    [
        pytest.param(3, [9, 9, 9], "ALARM", id="3 of 3"),
        pytest.param(3, [9, 9, 1], "OK", id="one within the threshold"),
        pytest.param(2, [9, 1, 9], "ALARM", id="2 of 3 with a gap"),
        pytest.param(2, [9, 1, 1], "OK", id="1 of 3 where 2 are needed"),
        pytest.param(1, [9, 1, 1], "ALARM", id="1 of 3, the oldest"),
        pytest.param(1, [9, 9, 1, 1, 1], "OK", id="breaching before the last 3"),
        pytest.param(3, [5, 5, 5], "OK", id="at the threshold is not above it"),
    ],
)
def test_m_of_n(cloud: RunningCloud, name: str, needed: int, points: list[float], wanted: str) -> None:
    end = go_to(cloud, 60, beyond=-30)
    publish(cloud, NAMESPACE, name, end - 60 * len(points), points)
    put_alarm(cloud, name, NAMESPACE, name, Threshold=5, EvaluationPeriods=3, DatapointsToAlarm=needed)
    pass_time(cloud, 40)
    assert state(cloud, name) == wanted


@pytest.mark.contract("The four operators compare the statistic with the threshold", source=API)
@pytest.mark.parametrize(
    ("comparison", "wanted"),
    [
        ("GreaterThanThreshold", ["OK", "OK", "ALARM"]),
        ("GreaterThanOrEqualToThreshold", ["OK", "ALARM", "ALARM"]),
        ("LessThanThreshold", ["ALARM", "OK", "OK"]),
        ("LessThanOrEqualToThreshold", ["ALARM", "ALARM", "OK"]),
    ],
)
def test_comparisons(cloud: RunningCloud, name: str, comparison: str, wanted: list[str]) -> None:
    end = go_to(cloud, 60, beyond=-30)
    names = [f"{name}_{value}" for value in (4, 5, 6)]
    for value, one in zip((4, 5, 6), names, strict=True):
        publish(cloud, NAMESPACE, one, end - 60, [value])
        put_alarm(cloud, one, NAMESPACE, one, Threshold=5, ComparisonOperator=comparison)
    pass_time(cloud, 40)
    assert [state(cloud, one) for one in names] == wanted


@pytest.mark.contract(
    "An alarm with a period of minutes is evaluated every minute, over windows that slide", source=PAGE
)
def test_sliding_windows(cloud: RunningCloud, name: str) -> None:
    end = go_to(cloud, 300, beyond=30)
    publish(cloud, NAMESPACE, name, end - 240, [0, 0, 0, 0, 50, 0, 0, 0, 0, 0])
    put_alarm(cloud, name, NAMESPACE, name, Threshold=5, Period=300, Statistic="Sum")
    seen = []
    for _ in range(7):
        pass_time(cloud, 60)
        seen.append(state(cloud, name))
    assert seen == ["ALARM"] * 5 + ["OK"] * 2


@pytest.mark.contract("High-resolution alarms are evaluated every ten seconds", source=PAGE)
@pytest.mark.parametrize("period", [10, 20, 30])
def test_high_resolution(cloud: RunningCloud, name: str, period: int) -> None:
    end = go_to(cloud, 60, beyond=-5)
    publish(cloud, NAMESPACE, name, end - 1, [9.0, *[1.0] * 60], 1)
    put_alarm(cloud, name, NAMESPACE, name, Threshold=5, Period=period)
    seen = []
    for _ in range(4):
        pass_time(cloud, 10)
        seen.append(state(cloud, name))
    breaching = period // 10
    assert seen == ["ALARM"] * breaching + ["OK"] * (4 - breaching)


@pytest.mark.contract(
    "Without StorageResolution 1 datapoints are stored by the minute, and a period of ten seconds misses them",
    source=API,
)
def test_standard_resolution(cloud: RunningCloud, name: str) -> None:
    end = go_to(cloud, 60, beyond=25)
    data = {"MetricName": name, "Timestamp": end + 22, "Value": 9.0}
    cloud.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[data])
    put_alarm(cloud, name, NAMESPACE, name, Threshold=5, Period=10)
    pass_time(cloud, 10)
    assert state(cloud, name) == "ALARM"  # found as a late datapoint of the minute's first ten seconds
    pass_time(cloud, 20)
    assert state(cloud, name) == "INSUFFICIENT_DATA"


@pytest.mark.contract(
    "A datapoint that arrives late is counted at the next evaluation that looks back that far", source=PAGE
)
def test_late_datapoints(cloud: RunningCloud, name: str) -> None:
    end = go_to(cloud, 60, beyond=-30)
    publish(cloud, NAMESPACE, name, end - 120, [1.0])
    put_alarm(cloud, name, NAMESPACE, name, Threshold=5, EvaluationPeriods=1)
    pass_time(cloud, 60)
    assert state(cloud, name) == "OK"
    publish(cloud, NAMESPACE, name, end - 60, [9.0])
    assert state(cloud, name) == "OK"
    pass_time(cloud, 60)
    assert state(cloud, name) == "ALARM"


@pytest.mark.contract("A wall clock window is evaluated when a period of the clock ends", source=WINDOW)
def test_wall_clock(cloud: RunningCloud, name: str) -> None:
    end = go_to(cloud, 300, beyond=30)
    publish(cloud, NAMESPACE, name, end, [50.0])
    window = {"WallClockWindow": {"Timezone": "UTC"}}
    put_alarm(cloud, name, NAMESPACE, name, Threshold=5, Period=300, Statistic="Sum", EvaluationWindow=window)
    pass_time(cloud, 240)
    assert state(cloud, name) == "INSUFFICIENT_DATA"
    pass_time(cloud, 60)
    assert state(cloud, name) == "ALARM"
    assert described(cloud, name)["EvaluationWindow"] == window


@pytest.mark.contract(
    "A wall clock hour ends at the full hour of the window's time zone",
    source=WINDOW,
    limits="A change to or from daylight saving time within the evaluation range shifts the older windows.",
)
@pytest.mark.parametrize(
    ("zone", "minutes"), [("UTC", 60), ("-03:30", 30), ("UTC+05:45", 15), ("Asia/Kathmandu", 15), (None, 60)]
)
def test_wall_clock_zones(cloud: RunningCloud, name: str, zone: str | None, minutes: int) -> None:
    hour = go_to(cloud, 3600, beyond=30)
    publish(cloud, NAMESPACE, name, hour, [50.0])
    put_alarm(
        cloud,
        name,
        NAMESPACE,
        name,
        Threshold=5,
        Period=3600,
        Statistic="Sum",
        EvaluationWindow={"WallClockWindow": {"Timezone": zone} if zone else {}},
    )
    pass_time(cloud, 60 * minutes - 60)
    assert state(cloud, name) == "INSUFFICIENT_DATA"
    pass_time(cloud, 60)
    assert state(cloud, name) == "ALARM"


@pytest.mark.contract("An alarm that looks back over more than a day is evaluated once an hour", source=PAGE)
def test_days(cloud: RunningCloud, name: str) -> None:
    end = go_to(cloud, 3600, beyond=30)
    publish(cloud, NAMESPACE, name, end, [9.0])
    put_alarm(cloud, name, NAMESPACE, name, Threshold=5, Period=3600, EvaluationPeriods=25, DatapointsToAlarm=1)
    pass_time(cloud, 3500)
    assert state(cloud, name) == "INSUFFICIENT_DATA"
    pass_time(cloud, 100)
    assert state(cloud, name) == "ALARM"


def publish_values(cloud: RunningCloud, name: str, moment: float, values: list[float], counts: list[float]) -> None:
    datum = {"MetricName": name, "Timestamp": moment, "Values": values, "Counts": counts}
    cloud.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[datum])


@pytest.mark.contract(
    "With EvaluateLowSampleCountPercentile ignore, a percentile of too few samples leaves the state as it is",
    source=LOW_SAMPLES,
    limits="The samples are counted over all evaluation periods together.",
)
@pytest.mark.parametrize(
    ("percentile", "samples", "option", "wanted"),
    [
        pytest.param("p99", 999, "ignore", "OK", id="p99 of 999"),
        pytest.param("p99", 1000, "ignore", "ALARM", id="p99 of 1000"),
        pytest.param("p99", 10, "evaluate", "ALARM", id="p99 of 10, evaluated"),
        pytest.param("p99", 10, None, "ALARM", id="p99 of 10, by default"),
        pytest.param("p50", 19, "ignore", "OK", id="p50 of 19"),
        pytest.param("p50", 20, "ignore", "ALARM", id="p50 of 20"),
        pytest.param("p10", 99, "ignore", "OK", id="p10 of 99"),
        pytest.param("p10", 100, "ignore", "ALARM", id="p10 of 100"),
    ],
)
def test_low_samples(
    cloud: RunningCloud, name: str, percentile: str, samples: int, option: str | None, wanted: str
) -> None:
    end = go_to(cloud, 60, beyond=-30)
    publish_values(cloud, name, end - 60, [9.0], [samples])
    chosen = {"EvaluateLowSampleCountPercentile": option} if option else {}
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace=NAMESPACE,
        MetricName=name,
        ExtendedStatistic=percentile,
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        **chosen,
    )
    set_state(cloud, name, "OK")
    pass_time(cloud, 40)
    assert state(cloud, name) == wanted


def statistic(cloud: RunningCloud, name: str, stat: str, moment: float) -> list[float]:
    asked = [query("m1", NAMESPACE, name, stat, ReturnData=True)]
    answer = cloud.client("cloudwatch").get_metric_data(MetricDataQueries=asked, StartTime=moment, EndTime=moment + 60)
    return list(answer["MetricDataResults"][0]["Values"])


@pytest.mark.contract(
    "Statistics of a period: plain, percentiles, trimmed and winsorized means, counts, sums and ranks",
    source=STATISTICS,
    limits="Percentiles are interpolated between neighbours; AWS does not say how it computes them.",
)
@pytest.mark.parametrize(
    ("stat", "wanted"),
    [
        ("SampleCount", 10),
        ("Sum", 55),
        ("Average", 5.5),
        ("Minimum", 1),
        ("Maximum", 10),
        ("p0", 1),
        ("p50", 5.5),
        ("p90", 9.1),
        ("p100", 10),
        ("tm90", 5),
        ("TM(10%:90%)", 5.5),
        ("TM(:80%)", 4.5),
        ("TM(20%:)", 6.5),
        ("TM(2:8)", 5.5),
        ("IQM", 5.5),
        ("wm90", 5.41),
        ("WM(10%:90%)", 5.5),
        ("WM(3:8)", 5.5),
        ("tc90", 9),
        ("TC(2:8)", 6),
        ("TC(:5)", 5),
        ("ts90", 45),
        ("TS(80%:)", 19),
        ("PR(:3)", 30),
        ("PR(3:8)", 50),
        ("PR(8:)", 20),
    ],
)
def test_statistics(cloud: RunningCloud, name: str, stat: str, wanted: float) -> None:
    moment = go_to(cloud, 60, beyond=1)
    publish_values(cloud, name, moment, [float(value) for value in range(1, 11)], [1] * 10)
    assert statistic(cloud, name, stat, moment) == [pytest.approx(wanted)]


@pytest.mark.contract("Statistic sets have no percentiles, unless all their values are the same", source=STATISTICS)
@pytest.mark.parametrize(
    ("lowest", "highest", "total", "wanted"),
    [
        pytest.param(1, 9, 20, [], id="different values"),
        pytest.param(4, 4, 16, [4], id="equal values"),
    ],
)
def test_statistic_sets(
    cloud: RunningCloud, name: str, lowest: float, highest: float, total: float, wanted: list[float]
) -> None:
    moment = go_to(cloud, 60, beyond=1)
    values = {"SampleCount": 4, "Sum": total, "Minimum": lowest, "Maximum": highest}
    datum = {"MetricName": name, "Timestamp": moment, "StatisticValues": values}
    cloud.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[datum])
    assert statistic(cloud, name, "p90", moment) == wanted
    assert statistic(cloud, name, "Average", moment) == [total / 4]


@pytest.mark.contract("There are no percentiles where a value is negative", source=STATISTICS)
def test_negative_values(cloud: RunningCloud, name: str) -> None:
    moment = go_to(cloud, 60, beyond=1)
    publish_values(cloud, name, moment, [-1.0, 2.0], [1, 1])
    assert statistic(cloud, name, "p50", moment) == []
    assert statistic(cloud, name, "Average", moment) == [0.5]


@pytest.mark.contract("An alarm with a unit looks at samples of that unit only", source=API)
@pytest.mark.parametrize(("unit", "wanted"), [("Percent", "ALARM"), ("Count", "INSUFFICIENT_DATA")])
def test_units(cloud: RunningCloud, name: str, unit: str, wanted: str) -> None:
    end = go_to(cloud, 60, beyond=-30)
    datum = {"MetricName": name, "Timestamp": end - 60, "Value": 9.0, "Unit": "Percent"}
    cloud.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[datum])
    put_alarm(cloud, name, NAMESPACE, name, Threshold=5, Unit=unit)
    pass_time(cloud, 40)
    assert state(cloud, name) == wanted


def math_alarm(cloud: RunningCloud, name: str, expression: str, *metrics: str, **settings: Any) -> None:
    queries = [
        {
            "Id": one,
            "MetricStat": {"Metric": metric(NAMESPACE, f"{name}{one}"), "Period": 60, "Stat": "Sum"},
            "ReturnData": False,
        }
        for one in metrics
    ]
    watched = {"Id": "e1", "Expression": expression, "ReturnData": True}
    put_alarm(cloud, name, NAMESPACE, None, Metrics=[watched, *queries], **settings)


@pytest.mark.contract("An alarm on metric math compares the expression with the threshold", source=MATH)
@pytest.mark.parametrize(
    ("expression", "a", "b", "wanted"),
    [
        pytest.param("100 * a / b", [1.0], [10.0], "ALARM", id="a rate"),
        pytest.param("100 * a / b", [0.0], [10.0], "OK", id="a rate of nothing"),
        pytest.param("100 * a / b", [1.0], [None], "INSUFFICIENT_DATA", id="a rate of no requests"),
        pytest.param("SUM(METRICS())", [4.0], [4.0], "ALARM", id="all metrics"),
        pytest.param("IF(a > 2, b, 0)", [1.0], [9.0], "OK", id="a gate that is closed"),
        pytest.param("IF(a > 2, b, 0)", [3.0], [9.0], "ALARM", id="a gate that is open"),
        pytest.param("FILL(b, 9)", [1.0], [None], "ALARM", id="a filled gap"),
        pytest.param("FIRST(SORT([a, b], AVG, DESC))", [1.0], [9.0], "ALARM", id="the highest"),
        pytest.param("TIME_SERIES(6)", [1.0], [1.0], "ALARM", id="a constant"),
    ],
)
def test_math(
    cloud: RunningCloud, name: str, expression: str, a: list[float | None], b: list[float | None], wanted: str
) -> None:
    end = go_to(cloud, 60, beyond=-30)
    publish(cloud, NAMESPACE, f"{name}a", end - 60, a)
    publish(cloud, NAMESPACE, f"{name}b", end - 60, b)
    math_alarm(cloud, name, expression, "a", "b", Threshold=5)
    pass_time(cloud, 40)
    assert state(cloud, name) == wanted


@pytest.mark.contract(
    "A gate on a state that repeats: silent while off, breaching while on without data",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#using-IF-expressions",
    limits="How far back an alarm's FILL(…, REPEAT) looks is not in AWS's text: here five minutes or its range.",
)
@pytest.mark.parametrize(
    ("on", "rate", "wanted"),
    [
        pytest.param([1.0, None, None], [90.0, 90.0, 90.0], "OK", id="on, with data"),
        pytest.param([1.0, None, None], [90.0, 90.0, 20.0], "ALARM", id="on, with too little"),
        pytest.param([1.0, None, None], [90.0, 90.0, None], "ALARM", id="on, without data"),
        pytest.param([0.0, None, None], [None, None, None], "OK", id="off"),
        pytest.param([None, None, None], [None, None, None], "OK", id="never on"),
    ],
)
def test_a_gate(cloud: RunningCloud, name: str, on: list[float | None], rate: list[float | None], wanted: str) -> None:
    end = go_to(cloud, 60, beyond=-30)
    publish(cloud, NAMESPACE, f"{name}on", end - 180, on)
    publish(cloud, NAMESPACE, f"{name}rate", end - 180, rate)
    math_alarm(
        cloud,
        name,
        "IF(FILL(FILL(on, REPEAT), 0) > 0, rate, 70)",
        "on",
        "rate",
        Threshold=70,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
    )
    pass_time(cloud, 40)
    assert state(cloud, name) == wanted
