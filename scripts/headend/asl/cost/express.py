"""The same workflow as EXPRESS: whether that is possible, what it costs, and from when on it is cheaper.

https://aws.amazon.com/step-functions/pricing/: a request for each execution, and its duration, rounded up to 100 ms,
with the memory, in chunks of 64 MB. Memory is 50 MB, the size of the definition, and the execution's data for each step
of Parallel and Map states; the last is not known here.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from headend.asl import integrations
from headend.asl.model import Definition
from headend.errors import UsageError
from headend.prices import Prices

CHUNK = 64
BASE = 50
LONGEST = 300_000
"""Milliseconds: https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html"""


@dataclass(frozen=True)
class Express:
    """What it is as EXPRESS.

    Attributes:
        hindrances: why AWS would refuse it, or why it could not do the same.
        megabytes: that are charged.
        milliseconds: that are charged; None where nobody said how long it takes.
        equal_milliseconds: how long an execution of either type costs the same, without free transitions;
            0 where STANDARD is never dearer.
        equal_executions: a month, from which on EXPRESS is cheaper although STANDARD has free transitions; None where
            it never is, or the duration is not known.
    """

    hindrances: tuple[str, ...]
    megabytes: int
    milliseconds: int | None
    equal_milliseconds: float
    equal_executions: float | None

    def gb_seconds(self) -> float | None:
        """Of one execution."""
        return None if self.milliseconds is None else self.milliseconds / 1000 * self.megabytes / 1024


def compared(
    definition: Definition, transitions: int, prices: Prices, milliseconds: float | None, megabytes: int | None
) -> Express:
    """Compare with `transitions` an execution. Raises UsageError for a duration or memory that cannot be."""
    if milliseconds is not None and milliseconds <= 0:
        raise UsageError(f"--duration {milliseconds:g}: milliseconds, more than 0")
    if megabytes is not None and megabytes <= 0:
        raise UsageError(f"--memory {megabytes}: MB, more than 0")
    size = len(json.dumps(definition.document.value, separators=(",", ":"), ensure_ascii=False).encode("utf-8")) / 2**20
    charged = math.ceil((megabytes or BASE + size) / CHUNK) * CHUNK
    billed = None if milliseconds is None else math.ceil(milliseconds / 100) * 100
    standard, request = prices.prices["state_transition"], prices.prices["express_request"]
    second = prices.prices["express_gb_second"].unit * charged / 1024
    equal = max(0.0, (transitions * standard.unit - request.unit) / second * 1000)
    executions = None
    if billed is not None:
        saved = transitions * standard.unit - request.unit - billed / 1000 * second
        executions = standard.free * standard.unit / saved if saved > 0 else None
    return Express(tuple(_hindrances(definition, milliseconds)), charged, billed, equal, executions)


def _hindrances(definition: Definition, milliseconds: float | None) -> list[str]:
    found = []
    for state in definition.states():
        called = integrations.parse(state.resource) if state.resource else None
        if called and called.kind == "activity":
            found.append(f"{state.name} is an activity")
        elif called and called.pattern:
            found.append(f"{state.name} uses .{called.pattern}")
        if any(machine.mode == "DISTRIBUTED" for machine in state.machines):
            found.append(f"{state.name} is a Distributed Map")
        seconds = state.fields.get("Seconds")
        if state.type == "Wait" and isinstance(seconds, (int, float)) and seconds * 1000 >= LONGEST:
            found.append(f"{state.name} waits for {seconds:g} s of the 5 minutes that an execution may take")
    if milliseconds is not None and milliseconds > LONGEST:
        found.append(f"it takes {milliseconds / 1000:g} s, and may take 300")
    return found
