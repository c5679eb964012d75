"""A flow's state, from MediaConnect."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.aws import call
from monitor.errors import MonitorError

RUNNING = frozenset({"ACTIVE", "UPDATING"})
ERROR = "ERROR"
DELETING = "DELETING"


@dataclass(frozen=True)
class Flow:
    """What MediaConnect says of a flow.

    Attributes:
        status: STANDBY, ACTIVE, UPDATING, DELETING, STARTING, STOPPING or ERROR.
        sources: how many it has.
        disabled_outputs: the ARNs of outputs that are switched off.
    """

    status: str
    sources: int = 1
    disabled_outputs: frozenset[str] = field(default_factory=frozenset)


def described(mediaconnect: Any, flow_arn: str) -> Mapping[str, Any]:
    """What DescribeFlow says of a flow; its Status is there.

    Raises:
        Throttled, UnknownFlow, MonitorError.
    """
    answer: Mapping[str, Any] = call(mediaconnect.describe_flow, FlowArn=flow_arn).get("Flow", {})
    status = answer.get("Status")
    if not isinstance(status, str) or not status:
        raise MonitorError(f"describe_flow: the answer has no status for {flow_arn}")
    return answer


def describe(mediaconnect: Any, flow_arn: str) -> Flow:
    """Ask MediaConnect.

    Raises:
        Throttled, UnknownFlow, MonitorError.
    """
    answer = described(mediaconnect, flow_arn)
    outputs: list[Mapping[str, Any]] = answer.get("Outputs") or []
    return Flow(
        status=answer["Status"],
        sources=len(answer.get("Sources") or [answer.get("Source")]),
        disabled_outputs=frozenset(
            str(one.get("OutputArn")) for one in outputs if one.get("OutputStatus") == "DISABLED"
        ),
    )
