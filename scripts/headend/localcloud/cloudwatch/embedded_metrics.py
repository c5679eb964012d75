"""Metrics embedded in log lines, which CloudWatch Logs extracts.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple


class EmbeddedMetrics(NamedTuple):
    """Metric data of one namespace, in the shape that PutMetricData takes."""

    namespace: str
    data: list[dict[str, Any]]


def extract(line: str) -> list[EmbeddedMetrics]:
    """The metrics of one log line; none for a line that is not in the embedded metric format."""
    if '"_aws"' not in line:
        return []
    try:
        document = json.loads(line)
        directive = document["_aws"]
        found = [_one(document, directive["Timestamp"], part) for part in directive["CloudWatchMetrics"]]
    except (ValueError, KeyError, TypeError):
        return []
    return [metrics for metrics in found if metrics.data]


def _one(document: dict[str, Any], timestamp: int, part: dict[str, Any]) -> EmbeddedMetrics:
    moment = datetime.fromtimestamp(timestamp / 1000, tz=UTC).replace(tzinfo=None)
    data: list[dict[str, Any]] = []
    for names in part.get("Dimensions") or [[]]:
        dimensions = [{"Name": name, "Value": str(document[name])} for name in names if name in document]
        for metric in part["Metrics"]:
            value = document.get(metric["Name"])
            entry = {
                "MetricName": metric["Name"],
                "Unit": metric.get("Unit", "None"),
                "Dimensions": dimensions,
                "Timestamp": moment,
                "StorageResolution": metric.get("StorageResolution", 60),
            }
            if isinstance(value, list) and value:
                data.append({**entry, "Values": [float(number) for number in value]})
            elif isinstance(value, int | float):
                data.append({**entry, "Value": float(value)})
    return EmbeddedMetrics(str(part["Namespace"]), data)
