"""What a demo run leaves behind for its report: plain data, taken from the local cloud before it is destroyed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from headend.demonstration.story import Story, when

SHOWN_METRICS = {
    "SourcePacketLossPercent": ("Packet loss", "%"),
    "SourceJitter": ("Jitter", "ms"),
    "SourceBitRate": ("Bit rate", "bit/s"),
}
"""Metrics that get a plot: title and unit for people."""


Samples = list[tuple[datetime, float]]
"""(time, value) in time order."""


@dataclass(frozen=True)
class Alarm:
    """One alarm as CloudWatch knows it: the metric it looks at, its threshold, its period in seconds."""

    name: str
    metric: str
    comparison: str
    threshold: float
    period: int


@dataclass
class Recording:
    """One demo run. `durations` holds seconds by phase (`package`, `apply`, `story`, `destroy`, …), in order."""

    scenario: str
    story: Story
    region: str
    started: datetime
    metrics: dict[str, Samples] = field(default_factory=dict)
    alarms: list[Alarm] = field(default_factory=list)
    definition: dict[str, Any] = field(default_factory=dict)
    durations: dict[str, float] = field(default_factory=dict)
    resources: int = 0
    left: Sequence[str] | None = None
    versions: dict[str, str] = field(default_factory=dict)


def alarms_of(cloudwatch: Any, prefix: str) -> list[Alarm]:
    """The alarms whose names start with `prefix`, each with the metric that it, or its metric math, is about."""
    answer = cloudwatch.describe_alarms(AlarmNamePrefix=prefix)
    return [_alarm(found) for found in answer["MetricAlarms"]]


def _alarm(found: Mapping[str, Any]) -> Alarm:
    metric, period = found.get("MetricName", ""), int(found.get("Period") or 0)
    for query in found.get("Metrics", []):
        stat = query.get("MetricStat")
        if stat and stat["Metric"]["MetricName"] in SHOWN_METRICS:
            metric, period = stat["Metric"]["MetricName"], int(stat["Period"])
    return Alarm(found["AlarmName"], metric, found["ComparisonOperator"], float(found["Threshold"]), period)


def samples_of(cloudwatch: Any, flow_arn: str, start: datetime, end: datetime) -> dict[str, Samples]:
    """Every one-second sample of the shown metrics of a flow, in time order: metric → [(time, value)]."""
    queries = [
        {
            "Id": f"m{index}",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/MediaConnect",
                    "MetricName": metric,
                    "Dimensions": [{"Name": "FlowARN", "Value": flow_arn}],
                },
                "Period": 1,
                "Stat": "Average",
            },
        }
        for index, metric in enumerate(SHOWN_METRICS)
    ]
    second = timedelta(seconds=1)
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=queries,
        StartTime=start.replace(microsecond=0),
        EndTime=end.replace(microsecond=0) + second,
        ScanBy="TimestampAscending",
    )
    samples = {}
    for metric, result in zip(SHOWN_METRICS, answer["MetricDataResults"], strict=True):
        pairs = zip(result["Timestamps"], result["Values"], strict=True)
        samples[metric] = sorted((time.astimezone(UTC), float(value)) for time, value in pairs)
    return samples


def definition_of(stepfunctions: Any, arn: str) -> dict[str, Any]:
    """The definition behind a state machine's ARN; a version or alias at its end is left off."""
    plain = re.sub(r"(:stateMachine:[^:]+):[^:]+$", r"\1", arn)
    definition: dict[str, Any] = json.loads(stepfunctions.describe_state_machine(stateMachineArn=plain)["definition"])
    return definition


def alarm_bands(story: Story, end: datetime) -> dict[str, list[tuple[float, float]]]:
    """When each alarm was on, in seconds after the fault: name → [(start, end)]. One still on lasts until `end`."""
    zero = story.fault_at or end
    bands: dict[str, list[tuple[float, float]]] = {}
    on: dict[str, float] = {}
    for entry in story.entries:
        if entry["kind"] != "alarm":
            continue
        name, at = entry["detail"]["alarm"], (when(entry["time"]) - zero).total_seconds()
        if entry["detail"]["new"] == "ALARM":
            on.setdefault(name, at)
        elif name in on:
            bands.setdefault(name, []).append((on.pop(name), at))
    for name, at in on.items():
        bands.setdefault(name, []).append((at, (end - zero).total_seconds()))
    return bands
