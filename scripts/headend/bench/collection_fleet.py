"""Hosts to collect from, on a local cloud: instances with a tag, and datapoints as EC2 and its agent name them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from headend.localcloud.launcher import LocalCloud

BUCKET = "bench-metrics-pipeline"
TAG = "Bench"
WINDOW, PERIOD, DELAY = 10800, 300, 600
"""Seconds; the pipeline's defaults."""
_DATA = 1000
"""Datapoints of a PutMetricData request, the most that it takes."""
_PERCENT = {"statistic": "Average", "unit": "Percent"}
TYPES: dict[str, list[dict[str, Any]]] = {
    "cpu": [{"namespace": "AWS/EC2", "metric": "CPUUtilization", **_PERCENT}],
    "memory": [{"namespace": "CWAgent", "metric": "mem_used_percent", **_PERCENT}],
    "disk": [{"namespace": "CWAgent", "metric": "disk_used_percent", **_PERCENT, "dimensions": {"path": "/"}}],
    "network": [
        {"namespace": "AWS/EC2", "metric": metric, "statistic": "Sum", "unit": "Bytes"}
        for metric in ("NetworkIn", "NetworkOut")
    ],
}


class HostFleet:
    """So many hosts with all metrics of a window, made over AWS's API; `started` is when the run begins."""

    def __init__(self, cloud: LocalCloud, hosts: int) -> None:
        self.cloud, self.hosts = cloud, hosts
        self.tag = f"fleet-of-{hosts}"
        self.started = datetime.now(UTC)

    def make(self) -> None:
        """Start the instances and put their datapoints."""
        s3, ec2, cloudwatch = (self.cloud.client(name) for name in ("s3", "ec2", "cloudwatch"))
        if BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
            s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": self.cloud.region})
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        tags = [{"ResourceType": "instance", "Tags": [{"Key": TAG, "Value": self.tag}]}]
        answer = ec2.run_instances(
            ImageId=image, MinCount=self.hosts, MaxCount=self.hosts, InstanceType="c7g.large", TagSpecifications=tags
        )
        ids = [instance["InstanceId"] for instance in answer["Instances"]]
        for namespace in ("AWS/EC2", "CWAgent"):
            data = self._data(namespace, ids)
            while part := list(islice(data, _DATA)):
                cloudwatch.put_metric_data(Namespace=namespace, MetricData=part)

    def payload(self, metric_type: str, run_id: str, names: Sequence[str] = ()) -> dict[str, Any]:
        """What the workflow would send for one of `types(n)`, or for all of `names`."""
        config = {
            "hosts": {TAG: [self.tag]},
            "window_seconds": WINDOW,
            "period_seconds": PERIOD,
            "delay_seconds": DELAY,
            "metric_types": {name: {"queries": TYPES[name.split("_")[0]]} for name in names or (metric_type,)},
        }
        return {
            "run_id": run_id,
            "metric_type": metric_type,
            "config": json.dumps(config),
            "started": self.started.isoformat(),
        }

    def _data(self, namespace: str, ids: list[str]) -> Iterator[dict[str, Any]]:
        end = (int(self.started.timestamp()) - DELAY) // PERIOD * PERIOD
        for moment in range(end - WINDOW, end, PERIOD):
            at = datetime.fromtimestamp(moment, UTC) + timedelta(seconds=1)
            for number, host in enumerate(ids):
                for query in (query for queries in TYPES.values() for query in queries):
                    if query["namespace"] != namespace:
                        continue
                    named = {"InstanceId": host}
                    named |= query.get("dimensions", {})  # as aggregation_dimensions of the agent name them
                    yield {
                        "MetricName": query["metric"],
                        "Dimensions": [{"Name": name, "Value": value} for name, value in named.items()],
                        "Timestamp": at,
                        "Value": float((number * 7 + moment // PERIOD) % 100),
                        "Unit": query["unit"],
                    }


def types(count: int) -> list[str]:
    """The names of so many metric types: the four, and again with a number."""
    names = list(TYPES)
    return [names[i % len(names)] + (f"_{i // len(names) + 1}" if i >= len(names) else "") for i in range(count)]
