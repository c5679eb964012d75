"""What tests of metrics and alarms do over the API of a running cloud."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from running_cloud import RunningCloud

Points = Sequence[float | None]
"""The values of periods one after the other; None is a missing datapoint."""


def metric(namespace: str, name: str, **dimensions: str) -> dict[str, Any]:
    """A Metric of the API."""
    pairs = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": pairs}


def query(
    name: str, namespace: str, metric_name: str, stat: str = "Sum", period: int = 60, **more: Any
) -> dict[str, Any]:
    """A MetricDataQuery for a metric without dimensions."""
    return {
        "Id": name,
        "MetricStat": {"Metric": metric(namespace, metric_name), "Period": period, "Stat": stat},
        "ReturnData": False,
        **more,
    }


def publish(cloud: RunningCloud, namespace: str, name: str, start: float, points: Points, period: int = 60) -> None:
    """One sample at the start of each period that has a value."""
    data = [
        {
            "MetricName": name,
            "Timestamp": start + number * period,
            "Value": value,
            "StorageResolution": 1 if period < 60 else 60,
        }
        for number, value in enumerate(points)
        if value is not None
    ]
    if data:
        cloud.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=data)


def shown(result: dict[str, Any], start: float, count: int, period: int = 60) -> list[float | None]:
    """The values of `count` periods from `start` in a MetricDataResult."""
    found = {moment.timestamp(): value for moment, value in zip(result["Timestamps"], result["Values"], strict=True)}
    return [found.get(start + number * period) for number in range(count)]


def ask(cloud: RunningCloud, queries: Sequence[dict[str, Any]], start: float, count: int, period: int = 60) -> Any:
    """The MetricDataResults of `count` periods from `start`."""
    answer = cloud.client("cloudwatch").get_metric_data(
        MetricDataQueries=list(queries), StartTime=start, EndTime=start + count * period
    )
    return answer["MetricDataResults"]


def pass_time(cloud: RunningCloud, seconds: float) -> None:
    """Let time pass at once; from then on it stands still."""
    clock = cloud.server.clock
    clock.pause()
    clock.step(seconds)
    clock.settle()


def now(cloud: RunningCloud) -> float:
    """The cloud's time, which stands still from now on."""
    cloud.server.clock.pause()
    return cloud.server.clock.time()


def go_to(cloud: RunningCloud, multiple: int, beyond: float) -> float:
    """Let time pass until `beyond` seconds after (or, negative, before) a full multiple. Returns that multiple."""
    present = now(cloud)
    target = (present - beyond) // multiple * multiple + multiple
    pass_time(cloud, target + beyond - present)
    return target


def put_alarm(cloud: RunningCloud, name: str, namespace: str, metric_name: str | None = "M", **settings: Any) -> None:
    """A metric alarm that is in ALARM above 0, unless told otherwise."""
    own = {"Namespace": namespace, "MetricName": metric_name, "Statistic": "Maximum", "Period": 60}
    cloud.client("cloudwatch").put_metric_alarm(
        **{
            "AlarmName": name,
            "EvaluationPeriods": 1,
            "Threshold": 0.0,
            "ComparisonOperator": "GreaterThanThreshold",
            **(own if metric_name else {}),
            **settings,
        }
    )


def described(cloud: RunningCloud, name: str) -> dict[str, Any]:
    """What DescribeAlarms says of a metric or composite alarm."""
    found = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return dict((found["MetricAlarms"] + found["CompositeAlarms"])[0])


def state(cloud: RunningCloud, name: str) -> str:
    """The state of an alarm."""
    return str(described(cloud, name)["StateValue"])


def set_state(cloud: RunningCloud, name: str, value: str, reason: str = "by hand") -> None:
    """Put an alarm into a state."""
    cloud.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=value, StateReason=reason)
