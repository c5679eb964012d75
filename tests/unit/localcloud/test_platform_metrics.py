"""AWS's own services write the metrics that platform alarms watch."""

from __future__ import annotations

import time
import uuid

from headend.localcloud.cloudwatch.platform_metrics import PlatformMetrics

from .conftest import RunningCloud


def total(cloud: RunningCloud, namespace: str, metric: str, stat: str, **dimensions: str) -> float | None:
    now = time.time()
    query = {
        "Id": "m",
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            },
            "Period": 3600,
            "Stat": stat,
        },
    }
    got = cloud.client("cloudwatch").get_metric_data(MetricDataQueries=[query], StartTime=now - 3600, EndTime=now + 60)
    values = got["MetricDataResults"][0]["Values"]
    return max(values) if values else None


def test_a_queues_length_is_a_metric(cloud: RunningCloud) -> None:
    name = f"length-{uuid.uuid4().hex[:6]}"
    url, _ = cloud.queue(name)
    for number in range(3):
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody=str(number))
    PlatformMetrics(cloud.server).sample_queues()
    assert total(cloud, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", QueueName=name) == 3


def test_percentiles_are_interpolated(cloud: RunningCloud) -> None:
    name = f"Test/{uuid.uuid4().hex[:6]}"
    metrics = PlatformMetrics(cloud.server)
    for value in range(1, 101):
        metrics.put("eu-central-1", name, {"D": "x"}, Duration=value)
    assert total(cloud, name, "Duration", "p50", D="x") == 50.5
    assert total(cloud, name, "Duration", "p99", D="x") == 99.01
    assert total(cloud, name, "Duration", "SampleCount", D="x") == 100


def test_metric_statistics_have_aligned_periods(cloud: RunningCloud) -> None:
    name = f"Test/{uuid.uuid4().hex[:6]}"
    start = time.time() // 120 * 120 - 600
    data = [
        {"MetricName": "M", "Timestamp": start + offset, "Value": value}
        for offset, value in ((0, 1), (130, 3), (140, 5))
    ]
    cloud.client("cloudwatch").put_metric_data(Namespace=name, MetricData=data)
    got = cloud.client("cloudwatch").get_metric_statistics(
        Namespace=name,
        MetricName="M",
        StartTime=start,
        EndTime=start + 300,
        Period=120,
        Statistics=["Maximum", "SampleCount"],
    )
    points = sorted(got["Datapoints"], key=lambda point: point["Timestamp"])
    assert [(point["Timestamp"].timestamp() - start, point["Maximum"], point["SampleCount"]) for point in points] == [
        (0, 1, 1),
        (120, 5, 2),
    ]
