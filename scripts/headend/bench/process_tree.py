"""What a process and all that it has started use of the machine, the ones that have ended included.

Source: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html,
https://man7.org/linux/man-pages/man5/proc_pid_smaps.5.html (Pss: what processes share is counted once)
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
PARENT, TIMES, PAGES = 1, slice(11, 15), 21
"""Fields of /proc/PID/stat after the name: the parent; utime, stime, and both of children that were waited for; rss."""


@dataclass(frozen=True)
class Use:
    """CPU seconds since the processes began, and bytes of memory now."""

    cpu_seconds: float
    memory_bytes: int


def used(pid: int) -> Use:
    """What a process and its descendants have used; 0 where it is gone, or the machine has no /proc."""
    stats = {int(one.name): found for one in PROC.glob("[0-9]*") if (found := _stat(one))}
    family = {pid} & stats.keys()
    while more := {one for one, fields in stats.items() if int(fields[PARENT]) in family} - family:
        family |= more
    ticks = sum(int(field) for one in family for field in stats[one][TIMES])
    return Use(ticks / os.sysconf("SC_CLK_TCK"), sum(_memory(one, stats[one]) for one in family))


def _stat(process: Path) -> list[str]:
    try:
        return (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _memory(pid: int, stat: list[str]) -> int:
    """Bytes: its proportional share, or all that is resident where the kernel tells no more."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    share = [1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:")]
    return sum(share) or int(stat[PAGES]) * os.sysconf("SC_PAGE_SIZE")
