"""What the fields of config.yaml are made of: names, networks, ports, ARNs, each with its limits.

Limits and names come from AWS's service models and documentation, cited where they are used.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

NAME = r"^[A-Za-z0-9_-]{1,64}$"
KEY = r"^[a-z][a-z0-9-]{0,23}$"

Severity = Literal["HIGH", "MEDIUM", "LOW"]
Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def _network(value: str) -> str:
    try:
        ip_network(value)
    except ValueError:
        raise ValueError("is not a CIDR block; write one such as 203.0.113.0/24") from None
    return value


def _period(value: int) -> int:
    if value not in (10, 30) and (value < 60 or value % 60):
        raise ValueError("an alarm's period is 10, 30 or a multiple of 60 seconds")
    return value


# https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
_REPEATED = re.compile(r"rate\([1-9]\d* (minute|hour|day)s?\)|cron\([^\s()]+( [^\s()]+){5}\)")
_ONCE = re.compile(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)")


def _repeated(value: str) -> str:
    if not _REPEATED.fullmatch(value):
        raise ValueError("is no repeated schedule; write one such as rate(3 hours) or cron(0 */3 * * ? *)")
    return value


def _schedule(value: str) -> str:
    if not (_REPEATED.fullmatch(value) or _ONCE.fullmatch(value)):
        raise ValueError("is no schedule; write one such as cron(30 17 ? * SAT *) or at(2030-01-05T17:30:00)")
    return value


Name = Annotated[str, Field(pattern=NAME)]
Key = Annotated[str, Field(pattern=KEY)]
Text = Annotated[str, Field(min_length=1)]
Account = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
Network = Annotated[str, AfterValidator(_network)]
Port = Annotated[int, Field(ge=1024, le=65535)]
Latency = Annotated[int | None, Field(ge=0, le=15000, description="milliseconds")]
Period = Annotated[int, AfterValidator(_period), Field(ge=10, le=86400)]
Positive = Annotated[int, Field(ge=1)]
RepeatedSchedule = Annotated[str, AfterValidator(_repeated)]
ScheduleExpression = Annotated[str, AfterValidator(_schedule)]
Hour = Annotated[int, Field(ge=0, le=23, description="UTC")]

SecretArn = Annotated[str, Field(pattern=r"^arn:[\w-]+:secretsmanager:[\w-]+:[0-9]{12}:secret:.+$")]
RoleArn = Annotated[str, Field(pattern=r"^arn:[\w-]+:iam::[0-9]{12}:role/.+$")]
KeyArn = Annotated[str, Field(pattern=r"^arn:[\w-]+:kms:[\w-]+:[0-9]{12}:key/.+$")]
SubnetId = Annotated[str, Field(pattern=r"^subnet-[0-9a-f]+$")]
SecurityGroupId = Annotated[str, Field(pattern=r"^sg-[0-9a-f]+$")]


class Model(BaseModel):
    """One mapping of the file: no unknown keys, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
