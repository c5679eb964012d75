"""What a drill takes: recovery in durations of a segment, and what the two-Region picture takes of the machine.

Each path is played once with either kind of origin, side by side. What is counted as the picture: feeds, flows,
encoders, the local cloud with both origins and the edge. Its target is one core and 1.5 GB.
"""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Any

from headend.bench.measurement import Measurement, Ratio
from headend.bench.process_tree import used
from headend.bench.two_regions import SECONDS, TwoRegions
from headend.drill import command, report
from headend.drill.scenarios import SCENARIOS
from headend.localcloud.launcher import LocalCloud

KINDS = ("s3", "mediapackage")
UNPREPARED = "stop-unprepared"
CORE, MEMORY_BYTES = 1.0, 1.5e9


def measure(root: Path, work: Path) -> Measurement:
    """Play every path, both kinds at once. `root`: the repository, packages built; `work`: scratch space."""
    shutil.rmtree(work, ignore_errors=True)
    with ThreadPoolExecutor(len(KINDS)) as pool:
        found = list(pool.map(lambda kind: _of_kind(kind, root, work / kind), KINDS))
    says = f"drills with segments of {SECONDS} s, both kinds of origin; the picture against a core and 1.5 GB"
    ratios = [ratio for ratios, _figures in found for ratio in ratios]
    details: dict[str, object] = {kind: figures for kind, (_ratios, figures) in zip(KINDS, found, strict=True)}
    return Measurement("drills", says, ratios, details)


def _of_kind(kind: str, root: Path, work: Path) -> tuple[list[Ratio], list[dict[str, Any]]]:
    """Ratios, and the figures of each drill."""
    with LocalCloud(work / "cloud") as cloud:
        stage = TwoRegions(cloud, root, work / "stage", kind)
        try:
            stage.start()
            return _played(stage)
        finally:
            stage.stop()
            stage.terraform().destroy()


def _played(stage: TwoRegions) -> tuple[list[Ratio], list[dict[str, Any]]]:
    ratios: list[Ratio] = []
    figures: list[dict[str, Any]] = []
    before, began = used(stage.cloud.pid), perf_counter()
    highest = before.memory_bytes
    for scenario in SCENARIOS.values():
        if scenario.name == UNPREPARED:
            continue
        started = perf_counter()
        for outcome, _page in command.play(stage.rehearsal(), scenario, 1, lambda _line: None):
            figures.append(report.data(outcome))
            [seen] = outcome.verdicts
            times = (("failover", seen.over), ("fail-back", seen.back), ("the whole drill", perf_counter() - started))
            for what, seconds in times:
                if seconds is not None:
                    ratios.append(Ratio(f"{stage.kind}: {scenario.name}, {what}", seconds, "a segment", SECONDS, "s"))
        highest = max(highest, used(stage.cloud.pid).memory_bytes)
    cores = (used(stage.cloud.pid).cpu_seconds - before.cpu_seconds) / (perf_counter() - began)
    ratios.append(Ratio(f"{stage.kind}: the whole picture", cores, "a core", CORE, "cores"))
    ratios.append(Ratio(f"{stage.kind}: the whole picture", highest / 1e9, "its target", MEMORY_BYTES / 1e9, "GB"))
    return ratios, figures
