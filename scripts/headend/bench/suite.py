"""Which benchmarks there are, what each needs, and how their results are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.table import Table

from headend.bench import (
    alert_latency,
    api_calls,
    cold_import,
    collection,
    drills,
    fleet,
    lint_time,
    moto_ratio,
    package_build,
    plan_time,
    stress,
    variants,
)
from headend.bench.measurement import Measurement, save
from headend.bench.watched_flow import WatchedFlow
from headend.demonstration.screen import Screen
from headend.demonstration.stage import Stage
from headend.environments import repository_root
from headend.errors import UsageError
from headend.localcloud.launcher import LocalCloud
from headend.package import build, functions, zip_path

NAMES = (
    "package",
    "import",
    "lint",
    "moto",
    "stress",
    "collection",
    "fleet",
    "drills",
    "plan",
    "calls",
    "alert",
    "variants",
)
ALONE = frozenset({"package", "import", "lint", "moto", "stress", "collection", "fleet", "drills"})
"""What needs no local cloud, or one of its own."""
ON_A_STAGE = ("calls", "alert", "variants")


def run(only: list[str] | None = None, runs: int = 50, seconds: float = stress.SECONDS) -> int:
    """Run the benchmarks named in `only` (default: all), print their ratios, and write build/bench/<name>.json.

    `runs` is how often an alert is timed, `seconds` how long the stress lasts. Returns 0. Raises UsageError for an
    unknown name, fewer than one run or second, HeadendError when something that is measured does not work.
    """
    wanted = _wanted(only)
    if runs < 1:
        raise UsageError(f"--runs {runs}: at least 1")
    if seconds < 1:
        raise UsageError(f"--seconds {seconds:g}: at least 1")
    screen = Screen()
    root = repository_root()
    results = [_measured(screen, name, _without_stage(name, root, seconds)) for name in wanted if name in ALONE]
    if any(name not in ALONE for name in wanted):
        results += _staged(screen, wanted, runs)
    for result in results:
        save(result, root / "build" / "bench")
    _show(screen, results)
    return 0


def _wanted(only: Sequence[str] | None) -> list[str]:
    for name in only or ():
        if name not in NAMES:
            raise UsageError(f"{name}: no such benchmark; there are: {', '.join(NAMES)}")
    return [name for name in NAMES if not only or name in only]


def _measured(screen: Screen, name: str, measure: Callable[[], Measurement]) -> Measurement:
    """Measure one thing and show that it is going on."""
    with screen.phase(f"measure {name}"):
        return measure()


def _without_stage(name: str, root: Path, seconds: float) -> Callable[[], Measurement]:
    if name == "moto":
        return lambda: moto_ratio.measure(root / "build" / "bench" / "moto")
    if name == "lint":
        return lambda: lint_time.measure(root, root / "build" / "bench" / "lint")
    if name == "stress":
        return lambda: _under_stress(root / "build" / "bench" / "stress", seconds)
    if name == "collection":
        return lambda: _of_collection(root)
    if name == "fleet":
        return lambda: _of_fleets(root)
    if name == "drills":
        return lambda: _of_drills(root)
    if name == "package":
        return lambda: package_build.measure(build, root, root / "build" / "bench" / "package")

    def imports() -> Measurement:
        build(root)
        return cold_import.measure({name: zip_path(root, name) for name in functions(root)})

    return imports


def _of_collection(root: Path) -> Measurement:
    build(root)
    return collection.measure(zip_path(root, "metrics_collector"), root / "build" / "bench" / "collection")


def _of_fleets(root: Path) -> Measurement:
    build(root)
    return fleet.measure(root, root / "build" / "bench" / "fleet")


def _of_drills(root: Path) -> Measurement:
    build(root)
    return drills.measure(root, root / "build" / "bench" / "drills")


def _under_stress(folder: Path, seconds: float) -> Measurement:
    with LocalCloud(folder) as cloud:
        return stress.measure(cloud, seconds)


def _staged(screen: Screen, wanted: Sequence[str], runs: int) -> list[Measurement]:
    """The benchmarks that need a local cloud: planning on an empty one, the others with envs/local applied."""
    results = []
    stage = Stage(screen)
    try:
        stage.start()
        if "plan" in wanted:
            build(stage.root)
            work = stage.root / "build" / "bench" / "plan"
            environment = stage.cloud.environment(stage.region)
            results.append(_measured(screen, "plan", lambda: plan_time.measure(stage.root, work, environment)))
        if any(name in wanted for name in ON_A_STAGE):
            stage.apply()
            for key, arn in stage.outputs["flow_arns"].items():
                stage.settle(arn, f"{stage.outputs['name']}/{key}/")
        if "calls" in wanted:
            results.append(
                _measured(screen, "calls", lambda: api_calls.measure(stage.cloud, stage.region, stage.outputs))
            )
        if "alert" in wanted:
            flow = WatchedFlow(stage.cloud, stage.region, stage.outputs)
            results.append(_measured(screen, f"alert, {runs} runs", lambda: alert_latency.measure(flow, runs)))
        if "variants" in wanted:
            watched = WatchedFlow(stage.cloud, stage.region, stage.outputs)
            results.append(_measured(screen, f"variants, {runs} runs", lambda: variants.measure(stage, watched, runs)))
    finally:
        try:
            if stage.applied:
                stage.destroy()
        finally:
            stage.stop()
    return results


def _show(screen: Screen, results: Sequence[Measurement]) -> None:
    table = Table(show_edge=False, pad_edge=False)
    for heading in ("benchmark", "measured", "against", "ratio"):
        table.add_column(heading, justify="right" if heading == "ratio" else "left")
    for result in results:
        for index, item in enumerate(result.ratios):
            table.add_row(
                result.name if index == 0 else "",
                f"{item.what}: {item.value:.3g} {item.unit}",
                f"{item.against}: {item.base:.3g} {item.unit}",
                f"{item.ratio:.3g}",
            )
    screen.title("Ratios (each pair measured in one run)")
    screen.console.print(table)
    for result in results:
        skipped = result.details.get("skipped")
        for line in skipped if isinstance(skipped, list) else ():
            screen.line(f"{result.name}: {line}")
    screen.line("Written to build/bench/.", "dim")
