"""A flow's datapoints, by one GetMetricData request.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.aws import call
from monitor.events import NAMESPACE

_MAX_PAGES = 50
_HIGH_RESOLUTION_KEPT = timedelta(hours=3)

Series = tuple[str, str]  # metric, statistic


@dataclass(frozen=True)
class Datapoint:
    """One period's statistic; `start` is when the period began (UTC)."""

    start: datetime
    value: float


@dataclass
class Datapoints:
    """What CloudWatch answered.

    Attributes:
        period: seconds of each datapoint.
        series: datapoints by metric and statistic, oldest first.
        problems: why something may be missing; empty when the answer was complete.
    """

    period: int
    series: dict[Series, list[Datapoint]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def of(self, metric: str) -> list[Datapoint]:
        """The datapoints of all statistics of a metric."""
        return [point for (name, _), points in self.series.items() if name == metric for point in points]


def align(moment: datetime, period: int, *, up: bool = False) -> datetime:
    """The boundary of a period at or before a moment, or at or after it."""
    seconds = moment.timestamp() / period
    return datetime.fromtimestamp((math.ceil(seconds) if up else math.floor(seconds)) * period, UTC)


def period_for(resolution: int, start: datetime, now: datetime) -> int:
    """The period to ask for, in seconds: CloudWatch keeps shorter ones than a minute for three hours only."""
    if resolution >= 60 or now - start > _HIGH_RESOLUTION_KEPT:
        return math.ceil(resolution / 60) * 60
    return next(period for period in (1, 5, 10, 20, 30, 60) if period >= resolution)


def fetch(
    cloudwatch: Any,
    arn: str,
    wanted: Iterable[Series],
    period: int,
    start: datetime,
    end: datetime,
    dimension: str = "FlowARN",
) -> Datapoints:
    """The datapoints whose periods begin at or after `start` and before `end` (both on period boundaries).

    `arn` is the flow's, or what `dimension` says.

    Raises:
        Throttled, MonitorError.
    """
    series = {f"m{i}": pair for i, pair in enumerate(dict.fromkeys(wanted))}
    request: dict[str, Any] = {
        "MetricDataQueries": [_query(key, pair, (dimension, arn), period) for key, pair in series.items()],
        "StartTime": start,
        "EndTime": end,
        "ScanBy": "TimestampAscending",
    }
    found: dict[str, dict[datetime, float]] = {key: {} for key in series}
    status = dict.fromkeys(series, "missing from the answer")
    result = Datapoints(period=period)
    for _ in range(_MAX_PAGES):
        page = call(cloudwatch.get_metric_data, **request)
        result.problems += [_message(message) for message in page.get("Messages") or []]
        for answer in page.get("MetricDataResults") or []:
            key = answer.get("Id")
            if key not in found:
                continue
            # Every page but a metric's last says PartialData; the last word counts.
            status[key] = str(answer.get("StatusCode", "without a status"))
            result.problems += [_message(message) for message in answer.get("Messages") or []]
            result.problems += _collect(found[key], answer)
        request["NextToken"] = page.get("NextToken")
        if not request["NextToken"]:
            break
    else:
        result.problems.append(f"more than {_MAX_PAGES} pages")
    for key, pair in series.items():
        result.series[pair] = [Datapoint(at, value) for at, value in sorted(found[key].items()) if at >= start]
        if status[key] != "Complete":
            result.problems.append(f"{pair[0]} {pair[1]}: {status[key]}")
    return result


def _query(key: str, series: Series, of: tuple[str, str], period: int) -> dict[str, Any]:
    metric, statistic = series
    return {
        "Id": key,
        "MetricStat": {
            "Metric": {
                "Namespace": NAMESPACE,
                "MetricName": metric,
                "Dimensions": [{"Name": of[0], "Value": of[1]}],
            },
            "Period": period,
            "Stat": statistic,
        },
    }


def _collect(into: dict[datetime, float], answer: Mapping[str, Any]) -> list[str]:
    times, values = answer.get("Timestamps") or [], answer.get("Values") or []
    problems = [] if len(times) == len(values) else ["as many times as values were expected"]
    for at, value in zip(times, values, strict=False):
        if math.isfinite(value):
            into[at if at.tzinfo else at.replace(tzinfo=UTC)] = float(value)
        else:
            problems.append("a value is no number")
    return problems


def _message(message: Mapping[str, Any]) -> str:
    return f"{message.get('Code', 'message')}: {message.get('Value', '')}"
