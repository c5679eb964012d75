"""Starting and stopping flows, and waiting until they have settled.

A flow passes through STARTING, UPDATING and STOPPING; nothing is decided on an in-between state, and every state passed
is told. States: https://docs.aws.amazon.com/mediaconnect/latest/api/API_Flow.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import botocore.exceptions

from headend.aws import Aws
from headend.errors import HeadendError, one_line

Tell = Callable[[str], None]
SETTLED = ("STANDBY", "ACTIVE", "ERROR")
ON_AIR = ("STARTING", "ACTIVE", "UPDATING")
GONE = "DELETED"
START_SECONDS = 300.0
STOP_SECONDS = 300.0


@dataclass
class Flows:
    """The flows of one account; each is asked in the Region that its ARN names.

    `tell` receives one line for each state that a flow passes. `deadline` is in seconds and applies to each wait.
    """

    aws: Aws
    tell: Tell
    deadline: float = START_SECONDS

    def status(self, arn: str) -> str:
        """What DescribeFlow says now, or DELETED for a flow that is not there."""
        client = self._client(arn)
        try:
            return str(client.describe_flow(FlowArn=arn)["Flow"]["Status"])
        except client.exceptions.NotFoundException:
            return GONE
        except botocore.exceptions.ClientError as error:
            raise HeadendError(f"{name_of(arn)}: {one_line(error)}") from None

    def on_air(self, arns: Sequence[str]) -> list[str]:
        """Those of `arns` that carry, or are about to carry, a picture."""
        return [arn for arn in arns if self.status(arn) in ON_AIR]

    def settle(self, arn: str) -> str:
        """Wait until the flow is in a state that lasts, and return it."""
        end = time.monotonic() + self.deadline
        seen = None
        while True:
            status = self.status(arn)
            if status != seen:
                self.tell(f"{name_of(arn)}: {status}")
                seen = status
            if status in SETTLED or status == GONE:
                return status
            if time.monotonic() > end:
                late = f"still {status} after {self.deadline:.0f} s"
                raise HeadendError(f"{name_of(arn)}: {late}; look at it in the MediaConnect console")
            time.sleep(0.2 if self.aws.is_local else 3.0)

    def start(self, arns: Sequence[str]) -> list[str]:
        """Start those that stand by, wait until all are ACTIVE; returns those that were started."""
        started = [arn for arn in arns if self._act(arn, "STANDBY", "start_flow")]
        for arn in arns:
            self._require(arn, "ACTIVE")
        return started

    def stop(self, arns: Sequence[str]) -> list[str]:
        """Stop those on air, wait until all stand by (or are gone); returns those that were stopped."""
        stopped = [arn for arn in arns if self._act(arn, "ACTIVE", "stop_flow")]
        for arn in arns:
            self._require(arn, "STANDBY", GONE, "ERROR")
        return stopped

    def _act(self, arn: str, when: str, operation: str) -> bool:
        if self.settle(arn) != when:
            return False
        try:
            getattr(self._client(arn), operation)(FlowArn=arn)
        except botocore.exceptions.ClientError as error:
            raise HeadendError(f"{name_of(arn)}: {operation.replace('_', ' ')}: {one_line(error)}") from None
        return True

    def _require(self, arn: str, *wanted: str) -> None:
        status = self.settle(arn)
        if status not in wanted:
            raise HeadendError(f"{name_of(arn)}: settled in {status}, wanted {wanted[0]}; look at its messages")

    def _client(self, arn: str) -> Any:
        return self.aws.client("mediaconnect", region_of(arn))


def region_of(arn: str) -> str:
    """The Region in an ARN."""
    return arn.split(":")[3]


def name_of(arn: str) -> str:
    """The flow's name: the last part of its ARN."""
    return arn.rsplit(":", 1)[1]
