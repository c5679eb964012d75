"""Traces of state machines: X-Ray keeps nothing here, but the machine's role has to let Step Functions send them.

Without the permission the execution runs and the trace is not there; the timeline says why.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html#xray-iam
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headend.localcloud.iam import senders
from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.iam.senders import STATE_MACHINES, Sender

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

ACTIONS = ("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTraceSegments", "xray:PutTelemetryRecords")


def trace(cloud: LocalCloudServer, machine: Any) -> None:
    """Send the trace of an execution of moto's state machine, if it is to be traced."""
    if not (machine.tracingConfiguration or {}).get("enabled"):
        return
    arn = ":".join(machine.arn.split(":")[:7])
    sender = Sender(STATE_MACHINES, arn, role_arn=machine.roleArn)
    try:
        for action in ACTIONS:
            senders.authorise(cloud, sender, action, "*")
    except AccessDenied:
        return
