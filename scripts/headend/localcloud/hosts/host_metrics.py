"""What a host measures in a minute: a load curve of the day with noise, the same for the same instance and minute.

The day's load is lowest at 08:00 UTC and highest at 20:00 UTC, as around live channels. A scenario changes it:
`cpu-high` (CPU 91 % to 97 %), `disk-filling` (the disk grows by 4 percentage points an hour), `memory-leak` (memory
grows by 6 percentage points an hour), `agent-silent` (the CloudWatch agent sends nothing), `silent` (nobody sends
anything).
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass

MINUTE = 60
DAY = 86_400
PEAK = 20 * 3600
"""The second of the UTC day with the highest load."""

CLEAN = "clean"
SCENARIOS = {
    "agent-silent": "the CloudWatch agent sends nothing; EC2's own metrics go on",
    CLEAN: "the load of the day",
    "cpu-high": "CPU between 91 % and 97 %",
    "disk-filling": "the disk fills by 4 percentage points an hour",
    "memory-leak": "memory in use grows by 6 percentage points an hour",
    "silent": "no datapoints at all",
}
DISK_AN_HOUR = 4.0
MEMORY_AN_HOUR = 6.0
MOST_MEMORY = 98.0


@dataclass(frozen=True)
class Minute:
    """One minute of a host: percentages, and bytes received and sent."""

    cpu: float
    memory: float
    disk: float
    bytes_in: float
    bytes_out: float


def measure(host: str, minute: int, scenario: str = CLEAN, since: float = 0.0) -> Minute:
    """The minute `minute` (minutes since 1970) of the instance `host`, whose scenario began at `since` (epoch s)."""
    moment = minute * MINUTE
    load = 0.5 + 0.5 * math.cos(2 * math.pi * (moment - PEAK) / DAY)
    hours = max(0.0, moment - since) / 3600

    def own(what: str, low: float, high: float) -> float:
        return low + (high - low) * _share(f"{host}|{what}")

    def noise(what: str, spread: float) -> float:
        return spread * (2 * _share(f"{host}|{what}|{minute}") - 1)

    cpu = own("cpu", 12, 28) + own("swing", 18, 32) * load + noise("cpu", 2)
    memory = own("memory", 35, 50) + 8 * load + noise("memory", 0.4)
    disk = own("disk", 25, 45) + 0.2 * (moment % DAY) / DAY
    bytes_in = own("in", 2e6, 6e6) * (0.5 + load) * MINUTE * (1 + noise("in", 0.05))
    if scenario == "cpu-high":
        cpu = 94 + noise("cpu", 3)
    if scenario == "memory-leak":
        memory = min(max(memory, MOST_MEMORY), memory + MEMORY_AN_HOUR * hours)
    if scenario == "disk-filling":
        disk = min(100.0, disk + DISK_AN_HOUR * hours)
    bytes_out = bytes_in * own("ratio", 0.8, 1.4)
    return Minute(round(cpu, 3), round(memory, 3), round(disk, 3), float(round(bytes_in)), float(round(bytes_out)))


def _share(text: str) -> float:
    """A number of 0 to 1 that a text always has."""
    return zlib.crc32(text.encode()) / 0xFFFFFFFF
