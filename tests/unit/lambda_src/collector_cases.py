"""What the tests of the collector share: configurations, and a CloudWatch, an EC2 and a bucket in memory."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from collector import collect

BUCKET = "live-dev-metrics-pipeline"
STARTED = datetime(2026, 11, 21, 12, 3, 20, tzinfo=UTC)
CPU = {"namespace": "AWS/EC2", "metric": "CPUUtilization", "statistic": "Average", "unit": "Percent"}
MEMORY = {"namespace": "CWAgent", "metric": "mem_used_percent", "statistic": "Average", "unit": "Percent"}
DISK = {**MEMORY, "metric": "disk_used_percent", "dimensions": {"path": "/"}}
NETWORK = [{**CPU, "metric": name, "unit": "Bytes"} for name in ("NetworkIn", "NetworkOut")]
FLOW = {
    "namespace": "AWS/MediaConnect",
    "metric": "SourceBitRate",
    "statistic": "Average",
    "unit": "Bits/Second",
    "of": "flow",
}
FLOW_ARN = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbC:studio-a"
TYPES = {
    "cpu": {"queries": [CPU]},
    "memory": {"queries": [MEMORY]},
    "disk": {"queries": [DISK]},
    "network": {"queries": NETWORK},
    "flows": {"queries": [FLOW]},
}


@dataclass(frozen=True)
class Clients(collect.Clients):
    """At the time of these runs."""

    clock: Callable[[], datetime] = lambda: STARTED


def config(**changes: Any) -> str:
    """A configuration as HCL writes it."""
    return json.dumps(
        {
            "hosts": {"Role": ["encoder", "gateway"]},
            "flow_arns": [FLOW_ARN],
            "window_seconds": 10800,
            "period_seconds": 300,
            "delay_seconds": 600,
            "metric_types": TYPES,
            **changes,
        }
    )


def payload(metric_type: str = "cpu", **changes: Any) -> dict[str, Any]:
    """What the workflow sends."""
    started = STARTED.isoformat().replace("+00:00", "Z")
    return {"run_id": "run-1", "metric_type": metric_type, "config": config(), "started": started, **changes}


class CloudWatch:
    """Has a datapoint in each period of every series that is in `published`; refuses what CloudWatch refuses."""

    def __init__(self, published: Mapping[tuple[str, str], list[dict[str, str]]], page: int | None = None) -> None:
        self.published = published
        self.page = page
        self.calls: list[str] = []
        self.queries: list[int] = []
        self.recently: str | None = None
        self.status = "Complete"
        self.messages: list[dict[str, str]] = []

    def list_metrics(self, **request: Any) -> dict[str, Any]:
        self.calls.append("ListMetrics")
        self.recently = request.get("RecentlyActive")
        wanted = {(one["Name"], one["Value"]) for one in request["Dimensions"]}
        found = [
            one
            for one in self.published.get((request["Namespace"], request["MetricName"]), [])
            if wanted <= one.items()
        ]
        begin = int(request.get("NextToken", 0))
        metrics = [
            {"Dimensions": [{"Name": n, "Value": v} for n, v in one.items()]} for one in found[begin : begin + 500]
        ]
        return {"Metrics": metrics, **({"NextToken": str(begin + 500)} if begin + 500 < len(found) else {})}

    def get_metric_data(self, **request: Any) -> dict[str, Any]:
        self.calls.append("GetMetricData")
        queries = request["MetricDataQueries"]
        assert len(queries) <= 500
        assert len({query["Id"] for query in queries}) == len(queries)
        self.queries.append(len(queries))
        points = [(query["Id"], at, value) for query in queries for at, value in self._points(query, request)]
        size = min(self.page or 100_800, request["MaxDatapoints"])
        begin = int(request.get("NextToken", 0))
        here, more = points[begin : begin + size], begin + size < len(points)
        last = here[-1][0] if here and more else None  # PartialData, though its last datapoint may be here
        results = []
        for query in queries:
            own = [(at, value) for key, at, value in here if key == query["Id"]]
            split = query["Id"] == last
            if own or not begin:
                results.append(
                    {
                        "Id": query["Id"],
                        "Timestamps": [at for at, _ in own],
                        "Values": [value for _, value in own],
                        "StatusCode": "PartialData" if split else self.status,
                    }
                )
        answer = {"MetricDataResults": results, "Messages": self.messages}
        return {**answer, **({"NextToken": str(begin + size)} if more else {})}

    def _points(self, query: dict[str, Any], request: dict[str, Any]) -> list[tuple[datetime, float]]:
        metric = query["MetricStat"]["Metric"]
        named = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
        if named not in self.published.get((metric["Namespace"], metric["MetricName"]), []):
            return []
        step, at, found = timedelta(seconds=query["MetricStat"]["Period"]), request["StartTime"], []
        while at < request["EndTime"]:
            found.append((at, float(len(found))))
            at += step
        return found


class Hosts:
    """EC2 with so many instances, in pages of 1,000."""

    def __init__(self, count: int) -> None:
        self.ids = host_ids(count)
        self.filters: list[dict[str, Any]] = []
        self.calls = 0

    def describe_instances(self, **request: Any) -> dict[str, Any]:
        assert request["MaxResults"] <= 1000
        self.calls += 1
        self.filters = request["Filters"]
        begin = int(request.get("NextToken", 0))
        end = begin + request["MaxResults"]
        found = [{"Instances": [{"InstanceId": one}]} for one in self.ids[begin:end]]
        return {"Reservations": found, **({"NextToken": str(end)} if end < len(self.ids) else {})}


class Bucket:
    """S3, as much of it as the collector uses."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(self, **request: Any) -> dict[str, Any]:
        assert request["Bucket"] == BUCKET
        self.objects[request["Key"]] = bytes(request["Body"])
        return {}

    def lines(self, key: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in io.BytesIO(self.objects[key])]


def host_ids(count: int) -> list[str]:
    return [f"i-{number:017x}" for number in range(count)]


def clients(cloudwatch: CloudWatch, count: int = 3) -> Clients:
    return Clients(cloudwatch, Hosts(count), Bucket())


def published(count: int, *kinds: str) -> dict[tuple[str, str], list[dict[str, str]]]:
    """The series of so many hosts, as AWS and the agent publish them."""
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    ids = [{"InstanceId": one} for one in host_ids(count)]
    agent = [{**one, "ImageId": "ami-1", "InstanceType": "c7g.large"} for one in ids]
    for metric in ("CPUUtilization", "NetworkIn", "NetworkOut"):
        found["AWS/EC2", metric] = ids
    found["CWAgent", "mem_used_percent"] = agent
    found["CWAgent", "disk_used_percent"] = [
        {**one, "path": path, "device": "nvme0n1p1", "fstype": "xfs"} for one in agent for path in ("/", "/boot")
    ]
    found["AWS/MediaConnect", "SourceBitRate"] = [{"FlowARN": FLOW_ARN}]
    return {key: value for key, value in found.items() if not kinds or key[1] in kinds}
