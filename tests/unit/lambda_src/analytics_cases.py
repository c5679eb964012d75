"""What the tests of the analytics share: configuration, datapoints as the collector writes them, a bucket."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from analytics.bucket import Bucket
from analytics.datapoints import SeriesKey
from analytics.requests import Request, parse
from analytics.series import Series, Window

BUCKET = "live-dev-metrics-pipeline"
NOW = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CPU, DISK = "CPUUtilization", "disk_used_percent"


def threshold(metric: str, limit: float, severity: str = "HIGH", comparison: str = "") -> dict[str, Any]:
    return {
        "metric": metric,
        "comparison": comparison or "GreaterThanOrEqualToThreshold",
        "threshold": limit,
        "severity": severity,
    }


TYPES: dict[str, Any] = {
    "cpu": {"thresholds": [threshold(CPU, 80, "MEDIUM"), threshold(CPU, 95)], "change": {"percent": 50, "minimum": 10}},
    "disk": {"thresholds": [threshold(DISK, 90)]},
}


def config(**changes: Any) -> str:
    return json.dumps({"metric_types": TYPES, **changes})


def event(analysis: str = "trend", types: Iterable[str] = ("cpu",), **changes: Any) -> dict[str, Any]:
    return {
        "analysis": analysis,
        "run_id": "run-1",
        "metric_types": list(types),
        "config": config(),
        "started": NOW.isoformat(),
        **changes,
    }


def request(*args: Any, **changes: Any) -> Request:
    return parse(event(*args, **changes), NOW)


def line(host: str, at: datetime, value: float, metric: str = CPU, **changes: Any) -> dict[str, Any]:
    return {
        "run_id": "run-1",
        "metric_type": "cpu",
        "metric": metric,
        "namespace": "AWS/EC2",
        "host": host,
        "statistic": "Average",
        "unit": "Percent",
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "value": value,
        "dimensions": {"InstanceId": host},
        **changes,
    }


def lines(host: str, values: Iterable[float | None], until: datetime = NOW, **changes: Any) -> list[dict[str, Any]]:
    """A value every five minutes, the last one five minutes before `until`; None is a gap."""
    values = list(values)
    first = until - timedelta(minutes=5 * len(values))
    return [
        line(host, first + timedelta(minutes=5 * number), value, **changes)
        for number, value in enumerate(values)
        if value is not None
    ]


def content(datapoints: list[dict[str, Any]]) -> bytes:
    """An object that is whole."""
    documents = [*datapoints, {"end": True, "lines": len(datapoints)}]
    return b"".join(json.dumps(one).encode() + b"\n" for one in documents)


def objects(datapoints: Iterable[dict[str, Any]], metric_type: str = "cpu", run: str = "run-1") -> dict[str, bytes]:
    """The objects of a run: one for each day."""
    days: dict[str, list[dict[str, Any]]] = {}
    for one in datapoints:
        days.setdefault(one["timestamp"][:10], []).append(one)
    return {
        f"raw/metric_type={metric_type}/date={day}/{run}-{number:04d}.json": content(points)
        for number, (day, points) in enumerate(sorted(days.items()), 1)
    }


def bucket(*kept: dict[str, bytes]) -> Bucket:
    """A bucket with these objects, in moto."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for one in kept:
        for key, body in one.items():
            s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    return Bucket(s3, BUCKET)


def written(analysis: str = "trend") -> dict[str, Any]:
    """The whole result, as it lies in the bucket."""
    body = boto3.client("s3").get_object(Bucket=BUCKET, Key=f"analysis/run-1/{analysis}.json")["Body"].read()
    return dict(json.loads(body))


def told(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The kind, host and severity of each finding."""
    return [(one["kind"], one["host"], one["severity"]) for one in result["findings"]]


def window(hours: int = 24) -> Window:
    return Window.before(NOW, hours * 3600, 300)


def key(host: str = "i-1", metric: str = CPU) -> SeriesKey:
    return SeriesKey(host, metric, "Average", (("InstanceId", host),))


def series(points: Iterable[tuple[datetime, float]], over: Window) -> Series:
    found = Series(over.slots, "Percent")
    for at, value in points:
        slot = over.slot(at.timestamp())
        assert slot is not None
        found.add(slot, at.timestamp(), value)
    return found
