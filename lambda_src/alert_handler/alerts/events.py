"""What can be read of an event that nobody could check: it may have any shape."""

import json
from collections.abc import Mapping
from typing import Any

UNKNOWN = "unknown"


def cause_of(text: str | None) -> str | None:
    """The message of a function's error, which Step Functions wraps in JSON; any other cause as it is."""
    try:
        message = mapping(json.loads(text or "")).get("errorMessage")
    except (ValueError, RecursionError):
        return text
    return message if isinstance(message, str) else text


def flow_arn_of(event: Mapping[str, Any]) -> str | None:
    """The first FlowARN that the event names, wherever an alarm's event or a manual check has it."""
    if isinstance(event.get("flow_arn"), str):
        return str(event["flow_arn"])
    metrics = mapping(mapping(event.get("detail")).get("configuration")).get("metrics")
    for entry in metrics if isinstance(metrics, list) else []:
        dimensions = mapping(mapping(mapping(entry).get("metricStat")).get("metric")).get("dimensions")
        arn = mapping(dimensions).get("FlowARN")
        if isinstance(arn, str):
            return arn
    return None


def flow_name_of(flow_arn: str | None, alarm_name: object) -> str:
    """The flow's name from its ARN, else from the alarm's name, `<deployment>/<flow>/<signal>`."""
    if flow_arn and flow_arn.count(":") >= 7:
        return flow_arn.rsplit(":", 1)[-1] or UNKNOWN
    parts = alarm_name.split("/") if isinstance(alarm_name, str) else []
    return f"{parts[0]}-{parts[1]}" if len(parts) == 3 else UNKNOWN


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}
