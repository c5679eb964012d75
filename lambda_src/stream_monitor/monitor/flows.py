"""A flow's state, from MediaConnect."""

from typing import Any

from monitor.aws import call
from monitor.errors import MonitorError

RUNNING = frozenset({"ACTIVE", "UPDATING"})
ERROR = "ERROR"


def status(mediaconnect: Any, flow_arn: str) -> str:
    """The flow's status: STANDBY, ACTIVE, UPDATING, DELETING, STARTING, STOPPING or ERROR.

    Raises:
        Throttled, UnknownFlow, MonitorError.
    """
    answer = call(mediaconnect.describe_flow, FlowArn=flow_arn)
    value = answer.get("Flow", {}).get("Status")
    if not isinstance(value, str) or not value:
        raise MonitorError(f"describe_flow: the answer has no status for {flow_arn}")
    return value
