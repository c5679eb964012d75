"""The metrics that AWS's own services write, as far as the local cloud runs those services.

AWS/Lambda, AWS/States, AWS/Events and AWS/SNS are written as things happen; AWS/SQS is sampled. Sources:
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.cloudwatch.models import cloudwatch_backends
from moto.sqs.models import sqs_backends

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

MINUTE = 60.0
QUEUE_SECONDS = 10.0
"""Queues are sampled this often; AWS does it once a minute."""


class PlatformMetrics:
    """Writes metrics in a service's name."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud

    def put(self, region: str, namespace: str, dimensions: dict[str, str], **values: float) -> None:
        """One sample each of `values` (metric name → value), now; those named …Duration or …Time are in ms."""
        pairs = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        data = [
            {
                "MetricName": name,
                "Value": float(value),
                "Unit": "Milliseconds" if name.endswith(("Duration", "Time")) else "Count",
                "Dimensions": pairs,
                "Timestamp": self._cloud.clock.now().replace(tzinfo=None),
            }
            for name, value in values.items()
        ]
        cloudwatch_backends[self._cloud.account_id][region].put_metric_data(namespace, data)

    def sample_queues(self) -> None:
        """Write the length of every queue of every Region."""
        for region, backend in list(sqs_backends[self._cloud.account_id].items()):
            for name, queue in list(backend.queues.items()):
                visible = float(queue.approximate_number_of_messages)
                hidden = float(queue.approximate_number_of_messages_not_visible)
                self.put(
                    region,
                    "AWS/SQS",
                    {"QueueName": name},
                    ApproximateNumberOfMessagesVisible=visible,
                    ApproximateNumberOfMessagesNotVisible=hidden,
                )


def install(cloud: LocalCloudServer) -> None:
    """Sample queues until the server stops."""
    metrics = PlatformMetrics(cloud)
    due = [0.0]

    def sample() -> None:
        metrics.sample_queues()
        due[0] = cloud.clock.time() // MINUTE * MINUTE + MINUTE

    cloud.every(QUEUE_SECONDS, "queue-metrics", sample, lambda: due[0])
