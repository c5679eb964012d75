"""The series that CloudWatch has of hosts and flows: one a query for each of them.

A series is named by all its dimensions. AWS's own metrics have one, InstanceId or FlowARN. What the CloudWatch agent
publishes has those of its configuration too (InstanceId, ImageId, InstanceType, AutoScalingGroupName; a disk's path,
device and fstype), and GetMetricData finds nothing when one is left out: those are looked up by ListMetrics.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/metrics-collected-by-CloudWatch-agent.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.aws import pages
from collector.settings import FLOW, Query

INSTANCE, FLOW_ARN = "InstanceId", "FlowARN"
_RECENT_SECONDS = 3 * 3600
"""What ListMetrics calls recently active: a datapoint within three hours."""
_FORGONE_SECONDS = 3600
"""What may be missed of a series that has ended, for leaving out those that ended long ago."""


@dataclass(frozen=True)
class Series:
    """A metric of one host (an instance's id or a flow's ARN)."""

    query: Query
    host: str
    dimensions: Mapping[str, str]


def of(cloudwatch: Any, query: Query, hosts: Sequence[str], flows: Sequence[str], reach: int) -> Iterator[Series]:
    """The series of a query, in the order of hosts or flows; for what an agent publishes, those that exist.

    Args:
        reach: how far back datapoints are wanted, in seconds. Up to four hours, series count that had a datapoint in
            the last three: one of an agent's earlier configuration is listed for two weeks, and has no data.

    Raises:
        Throttled, CollectorError.
    """
    name, owners = (FLOW_ARN, flows) if query.of == FLOW else (INSTANCE, hosts)
    if query.exact:
        for owner in owners:
            yield Series(query, owner, {**query.dimensions, name: owner})
    elif owners:
        known = _published(cloudwatch, query, name, frozenset(owners), reach)
        for owner in owners:
            if owner in known:
                yield Series(query, owner, known[owner])


def _published(
    cloudwatch: Any, query: Query, name: str, owners: frozenset[str], reach: int
) -> dict[str, dict[str, str]]:
    """The dimensions of each owner's series. Of several, an aggregate over the others has the fewest: that one."""
    request: dict[str, Any] = {
        "Namespace": query.namespace,
        "MetricName": query.metric,
        "Dimensions": [{"Name": key, "Value": value} for key, value in sorted(query.dimensions.items())],
    }
    if reach <= _RECENT_SECONDS + _FORGONE_SECONDS:
        request["RecentlyActive"] = "PT3H"
    found: dict[str, dict[str, str]] = {}
    for page in pages(cloudwatch.list_metrics, **request):
        for metric in page.get("Metrics") or []:
            dimensions = {one["Name"]: one["Value"] for one in metric.get("Dimensions") or []}
            owner = dimensions.get(name)
            if owner in owners and (owner not in found or _order(dimensions) < _order(found[owner])):
                found[owner] = dimensions
    return found


def _order(dimensions: Mapping[str, str]) -> tuple[int, list[tuple[str, str]]]:
    return len(dimensions), sorted(dimensions.items())
