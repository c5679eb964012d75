"""How many AWS requests one check of a flow makes, against asking for each metric by itself."""

from __future__ import annotations

from time import monotonic, sleep
from typing import Any

from headend.bench.measurement import Measurement, Ratio, middle
from headend.errors import HeadendError
from headend.localcloud.launcher import LocalCloud

CHECKS = 9
DEADLINE_SECONDS = 60.0
MACHINERY = ("states ", "lambda ", "logs ", "sts ", "unsigned ")
"""Requests that run the workflow and write its log are no part of the check."""


def measure(cloud: LocalCloud, region: str, outputs: dict[str, Any], checks: int = CHECKS) -> Measurement:
    """Check a healthy flow by hand `checks` times, and count what the check asks AWS."""
    states = cloud.client("stepfunctions", region)
    arn = sorted(outputs["flow_arns"].values())[-1]
    counted = [_one(cloud, states, outputs, arn) for _ in range(checks)]
    metrics = len({signal_metric(name) for name in next(iter(outputs["alarm_names"].values()))})
    calls = middle([sum(count.values()) for count in counted])
    ratio = Ratio(
        "requests of one check", calls, f"DescribeFlow and {metrics} single metrics", 1.0 + metrics, "requests"
    )
    return Measurement("calls", "AWS requests of one check, counted by the local cloud", [ratio], {"counted": counted})


def signal_metric(signal: str) -> str:
    """The metric behind an alarm's signal: the two packet-loss alarms share one."""
    return signal.removesuffix("-trigger")


def _one(cloud: LocalCloud, states: Any, outputs: dict[str, Any], arn: str) -> dict[str, int]:
    before, since = cloud.requests(), max((entry["seq"] for entry in cloud.timeline()), default=0)
    states.start_execution(stateMachineArn=outputs["state_machine_arn"], input=f'{{"flow_arn": "{arn}"}}')
    end = monotonic() + DEADLINE_SECONDS
    while not any(_is_end(entry, outputs["state_machine_name"]) for entry in cloud.timeline(since)):
        if monotonic() > end:
            raise HeadendError(f"the check of {arn} did not end within {DEADLINE_SECONDS:.0f} s")
        sleep(0.05)
    after = cloud.requests()
    return {
        name: after[name] - before.get(name, 0)
        for name in after
        if after[name] != before.get(name, 0) and not name.startswith(MACHINERY)
    }


def _is_end(entry: Any, name: str) -> bool:
    """Whether a timeline entry is the end of an execution of the workflow called `name`."""
    detail = entry["detail"]
    return bool(entry["kind"] == "execution" and detail["state_machine"] == name and detail["status"] != "RUNNING")
