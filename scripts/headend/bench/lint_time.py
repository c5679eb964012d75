"""How long `headend asl lint` takes for a set of definitions, against other linters, and how it grows with the states.

Each linter is one process that is given all files, so its start counts. asl-validator is on npm, statelint (a port of
the Ruby gem of that name) on PyPI. They are installed into a scratch folder, or taken from where `make lint-compared`
has them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

from headend.asl.lint.linter import lint_file
from headend.bench.definitions import definition, write
from headend.bench.measurement import Measurement, Ratio, middle
from headend.errors import HeadendError, one_line

FILES = 300
TURNS = 3
ENOUGH = 10
"""Seconds after which a linter is not timed once more: chance has evened out."""
SIZES = (100, 1000, 4000)
"""States of the definitions that show how the time grows."""
VALIDATOR = "asl-validator@4.0.0"
REQUIREMENTS = Path("requirements/lint-compared.txt")
Command = Callable[[Sequence[Path]], list[str]]


def measure(
    root: Path, work: Path, files: int = FILES, sizes: Sequence[int] = SIZES, turns: int = TURNS
) -> Measurement:
    """Lint `files` definitions with each linter in turn, `turns` times; then one of each of `sizes` in this process.

    `work` is a scratch folder. What cannot be installed is left out; details["skipped"] says what and why.
    """
    paths = write(work / "definitions", files)
    others, skipped = _others(root, work)
    linters = {"headend asl lint": _headend, **others}
    seconds: dict[str, list[float]] = {name: [] for name in linters}
    for _ in range(turns):
        for name, command in linters.items():
            if sum(seconds[name]) < ENOUGH:
                seconds[name].append(_run(name, command(paths)))
    ours = middle(seconds["headend asl lint"])
    ratios = [Ratio(f"lint of {len(paths)} definitions", ours, name, middle(seconds[name]), "s") for name in others]
    growth = {size: _seconds_a_state(work, size, turns) for size in sizes}
    first = sizes[0]
    ratios += [
        Ratio(f"a state of {size:,}", growth[size] * 1000, f"a state of {first:,}", growth[first] * 1000, "ms")
        for size in sizes[1:]
    ]
    return Measurement(
        "lint",
        "lint of one set of definitions against other linters, and the time per state of small and large ones",
        ratios,
        {"s": seconds, "s_per_state": growth, "definitions": len(paths), "skipped": skipped},
    )


def _headend(paths: Sequence[Path]) -> list[str]:
    return [sys.executable, "-c", "from headend.cli import main; main()", "asl", "lint", *map(str, paths)]


def _others(root: Path, work: Path) -> tuple[dict[str, Command], list[str]]:
    """The other linters, by name, and a line for each that cannot be had."""
    found: dict[str, Command] = {}
    skipped = []
    for name, install, command in (
        ("asl-validator", _validator, _of_validator),
        ("statelint", _statelint, _of_statelint),
    ):
        try:
            program = install(root, work)
        except (OSError, subprocess.SubprocessError, HeadendError) as error:
            skipped.append(f"{name} is left out: {one_line(error)[:200]}")
            continue
        found[name] = command(program)
    return found, skipped


def _validator(root: Path, work: Path) -> Path:
    known, own = root / ".venv-lint", work / "asl-validator"
    program = Path("node_modules") / ".bin" / "asl-validator"
    if (known / program).exists():
        return known / program
    if not (own / program).exists():
        if shutil.which("npm") is None or shutil.which("node") is None:
            raise HeadendError("there is no npm and node here")
        own.mkdir(parents=True, exist_ok=True)
        options = ["--no-package-lock", "--no-audit", "--no-fund", "--silent"]
        _call(["npm", "install", "--prefix", str(own), *options, VALIDATOR])
    return own / program


def _statelint(root: Path, work: Path) -> Path:
    known, own = root / ".venv-lint", work / "statelint"
    program = Path("bin") / "statelint"
    if (known / program).exists():
        return known / program
    if not (own / program).exists():
        venv.create(own, with_pip=True)
        locked = ["--require-hashes", "--no-deps", "-r", str(root / REQUIREMENTS)]
        _call([str(own / "bin" / "python"), "-m", "pip", "install", "--quiet", *locked])
    return own / program


def _of_validator(program: Path) -> Command:
    return lambda paths: [str(program), "--silent", *(part for path in paths for part in ("--json-path", str(path)))]


def _of_statelint(program: Path) -> Command:
    return lambda paths: [str(program), *map(str, paths)]


def _call(command: list[str]) -> None:
    """Run something that must work. Raises HeadendError with the last line of what it said."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise HeadendError(f"{command[0]} failed: {lines[-1]}")


def _run(name: str, command: list[str]) -> float:
    """Seconds. Raises HeadendError where the linter finds a fault in files that have none."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH" or name.startswith("headend")}
    begun = perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env=kept, check=False)
    seconds = perf_counter() - begun
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines() or ["no output"]
        raise HeadendError(f"{name} finds fault with a definition that was made without: {lines[0]}")
    return seconds


def _seconds_a_state(work: Path, states: int, turns: int) -> float:
    path = work / f"states-{states}.asl.json"
    path.write_text(json.dumps(definition(states), separators=(",", ":")), encoding="utf-8")
    taken = []
    for _ in range(turns):
        begun = perf_counter()
        findings = [finding for finding in lint_file(path) if finding.severity == "error"]
        taken.append(perf_counter() - begun)
        if findings:
            raise HeadendError(f"{path.name}: {findings[0].message}")
    return min(taken) / states
