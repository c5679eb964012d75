"""The fleet's metrics in CloudWatch: namespace `Headend/Hosts`, dimensions `Deployment` and `MetricType`, no host.

- each metric by its own name: a statistic set of every host's latest value in the run, so that CloudWatch's Minimum,
  Maximum and Average are the fleet's; at the time of the newest;
- `HostsReporting` (Count): how many hosts have any datapoint in the run; 0 where none has.

PutMetricData cannot be told that a request is a repetition. Published twice, the same values leave Minimum, Maximum and
Average as they are: use those, also of HostsReporting, and neither Sum nor SampleCount. What all hosts have together,
of a metric that is collected as a Sum or a SampleCount, is Average * HostsReporting by metric math.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from collections.abc import Collection
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from processing.contents import Datapoint
from processing.errors import PublishFailed

NAMESPACE = "Headend/Hosts"
HOSTS_REPORTING = "HostsReporting"

_SIZES = ("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes")
_SIZES_IN_BITS = ("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits")
_AMOUNTS = (*_SIZES, *_SIZES_IN_BITS, "Count")
_UNITS = frozenset(
    ("Seconds", "Microseconds", "Milliseconds", "Percent", *_AMOUNTS, *(f"{one}/Second" for one in _AMOUNTS))
)


class Fleet:
    """Publishes a deployment's metrics of all its hosts."""

    def __init__(self, cloudwatch: Any, deployment: str) -> None:
        self._cloudwatch, self._deployment = cloudwatch, deployment

    def publish(self, metric_type: str, datapoints: Collection[Datapoint]) -> None:
        """Publish a metric type's metrics from each host's latest datapoints. PublishFailed: try again."""
        dimensions = [{"Name": "Deployment", "Value": self._deployment}, {"Name": "MetricType", "Value": metric_type}]
        data = [{**one, "Dimensions": dimensions} for one in aggregate(datapoints)]
        try:
            self._cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)
        except (BotoCoreError, ClientError) as error:
            raise PublishFailed(f"{metric_type}: {error}") from error


def aggregate(datapoints: Collection[Datapoint]) -> list[dict[str, Any]]:
    """PutMetricData's data, without dimensions. Without any datapoint: no host reports, now."""
    data: list[dict[str, Any]] = []
    for metric in sorted({one.metric for one in datapoints}):
        of_metric = [one for one in datapoints if one.metric == metric]
        values = [one.value for one in of_metric]
        newest = max(of_metric, key=lambda one: one.order)
        data.append(
            {
                "MetricName": metric,
                "Timestamp": newest.timestamp,
                "Unit": newest.unit if newest.unit in _UNITS else "None",
                "StatisticValues": {
                    "SampleCount": float(len(values)),
                    "Sum": float(sum(sorted(values))),
                    "Minimum": min(values),
                    "Maximum": max(values),
                },
            }
        )
    reporting: dict[str, Any] = {
        "MetricName": HOSTS_REPORTING,
        "Unit": "Count",
        "Value": float(len({one.host for one in datapoints})),
    }
    if datapoints:
        reporting["Timestamp"] = max(one.timestamp for one in datapoints)
    return [*data, reporting]
