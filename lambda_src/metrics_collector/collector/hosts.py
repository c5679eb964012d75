"""The hosts of a deployment: EC2 instances that run and carry its tags.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from collector.aws import pages

_PAGE = 1000
"""Instances of a page, the most that DescribeInstances takes."""


def running(ec2: Any, tags: Mapping[str, Sequence[str]]) -> list[str]:
    """The ids, sorted, of instances that run and carry one of the values of each tag; none where no tag is named.

    Raises:
        Throttled, CollectorError.
    """
    if not tags:
        return []
    filters = [{"Name": "instance-state-name", "Values": ["running"]}]
    filters += [{"Name": f"tag:{tag}", "Values": list(values)} for tag, values in sorted(tags.items())]
    return sorted(
        instance["InstanceId"]
        for page in pages(ec2.describe_instances, Filters=filters, MaxResults=_PAGE)
        for reservation in page.get("Reservations") or []
        for instance in reservation.get("Instances") or []
    )
