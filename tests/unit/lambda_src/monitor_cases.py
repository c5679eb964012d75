"""What the tests of the monitor share: a flow, its settings, events, and clients that answer from memory."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

ARN = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbC:live-dev-studio-a"
NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
LOSS, JITTER, BIT_RATE = "SourcePacketLossPercent", "SourceJitter", "SourceBitRate"


def threshold(metric: str, statistic: str, comparison: str, limit: float, unit: str, severity: str) -> dict[str, Any]:
    return {
        "metric": metric,
        "statistic": statistic,
        "comparison": comparison,
        "threshold": limit,
        "unit": unit,
        "severity": severity,
    }


CATALOGUE = [
    threshold(LOSS, "Maximum", "GreaterThanThreshold", 0.1, "Percent", "HIGH"),
    threshold(LOSS, "Average", "GreaterThanThreshold", 0.05, "Percent", "HIGH"),
    threshold(JITTER, "Maximum", "GreaterThanThreshold", 50, "Milliseconds", "MEDIUM"),
]
FLOOR = threshold(BIT_RATE, "Average", "LessThanThreshold", 14e6, "Bits/Second", "HIGH")


def config(thresholds: list[dict[str, Any]] | None = None, **changes: Any) -> str:
    flow = {
        "arn": ARN,
        "name": "live-dev-studio-a",
        "window_seconds": 300,
        "resolution_seconds": 60,
        "no_data_seconds": 180,
        "datapoint_grace_seconds": 180,
        "thresholds": thresholds or CATALOGUE,
    }
    return json.dumps({"flows": {"studio-a": {**flow, **changes}}, "composite_alarms": {"any-trouble": "studio-a"}})


def metric_stat(metric: str, arn: str = ARN, period: int = 60, namespace: str = "AWS/MediaConnect") -> dict[str, Any]:
    return {
        "id": "m1",
        "metricStat": {
            "metric": {"namespace": namespace, "name": metric, "dimensions": {"FlowARN": arn}},
            "period": period,
            "stat": "Maximum",
        },
        "returnData": True,
    }


def event(
    state: str = "ALARM",
    at: datetime = NOW,
    name: str = "live-dev/studio-a/packet-loss",
    metrics: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """A state change as CloudWatch sends it."""
    return {
        "version": "0",
        "id": "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": "123456789012",
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "eu-central-1",
        "resources": [f"arn:aws:cloudwatch:eu-central-1:123456789012:alarm:{name}"],
        "detail": {
            "alarmName": name,
            "configuration": {"metrics": [metric_stat(LOSS)] if metrics is None else metrics},
            "previousState": {
                "timestamp": "2026-01-01T11:00:00.000+0000",
                "value": "OK" if state == "ALARM" else "ALARM",
            },
            "state": {
                "reason": "Threshold Crossed",
                "reasonData": json.dumps({"version": "1.0", "period": 60, "threshold": 0.1}),
                "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000",
                "value": state,
            },
        },
    }


def payload(what: Any, settings: str | None = None) -> dict[str, Any]:
    execution = {"arn": "arn:aws:states:eu-central-1:123456789012:express:m:e:1", "name": "e", "started": None}
    return {"event": what, "config": config() if settings is None else settings, "execution": execution}


class FakeMediaConnect:
    """Answers describe_flow with one status, or raises."""

    def __init__(self, status: str = "ACTIVE", error: str | None = None) -> None:
        self.status, self.error = status, error

    def describe_flow(self, FlowArn: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        if self.error:
            raise ClientError({"Error": {"Code": self.error, "Message": "no"}}, "DescribeFlow")
        return {"Flow": {"FlowArn": FlowArn, "Status": self.status}}


class FakeCloudWatch:
    """Answers get_metric_data from (metric, statistic) → [(start, value)], as CloudWatch bounds it by time.

    `status` is each metric's StatusCode on its last page, `page` how many datapoints fit on one.
    """

    def __init__(
        self,
        points: dict[tuple[str, str], list[tuple[datetime, float]]] | None = None,
        status: str = "Complete",
        page: int = 1000,
        messages: list[dict[str, str]] | None = None,
        error: str | None = None,
    ) -> None:
        self.points, self.status, self.page = points or {}, status, page
        self.messages, self.error = messages or [], error
        self.requests: list[dict[str, Any]] = []

    def get_metric_data(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        if self.error:
            raise ClientError({"Error": {"Code": self.error, "Message": "no"}}, "GetMetricData")
        number = int(request.get("NextToken") or 0)
        results, more = [], False
        for query in request["MetricDataQueries"]:
            stat = query["MetricStat"]
            wanted = self.points.get((stat["Metric"]["MetricName"], stat["Stat"]), [])
            found = sorted(p for p in wanted if request["StartTime"] <= p[0] < request["EndTime"])
            mine = found[number * self.page : (number + 1) * self.page]
            last = len(found) <= (number + 1) * self.page
            more = more or not last
            results.append({
                "Id": query["Id"],
                "Timestamps": [at for at, _ in mine],
                "Values": [value for _, value in mine],
                "StatusCode": self.status if last else "PartialData",
            })  # fmt: skip
        answer: dict[str, Any] = {"MetricDataResults": results, "Messages": self.messages}
        return {**answer, "NextToken": str(number + 1)} if more else answer


def every(metric: str, statistics: tuple[str, ...], value: float, *ages: int) -> dict[Any, Any]:
    """Datapoints of one value, at ages in seconds before NOW."""
    return {(metric, s): [(NOW - timedelta(seconds=age), value) for age in ages] for s in statistics}


def measured(loss: float = 0.0, jitter: float = 5.0, bit_rate: float = 20e6, ages: tuple[int, ...] = (60, 120)) -> Any:
    """A flow's datapoints, good unless told otherwise."""
    return {
        **every(LOSS, ("Maximum", "Average"), loss, *ages),
        **every(JITTER, ("Maximum",), jitter, *ages),
        **every(BIT_RATE, ("Average",), bit_rate, *ages),
    }
