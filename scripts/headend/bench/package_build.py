"""How long a rebuild takes when nothing has changed, against building all packages from nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from headend.bench.measurement import Measurement, Ratio, middle

TURNS = 3


def measure(build: Callable[[Path], object], output: Path, root: Path, turns: int = TURNS) -> Measurement:
    """Run `build(root)`, which writes to `output`, from nothing and then again, `turns` times each."""
    full, unchanged = [], []
    for _ in range(turns):
        shutil.rmtree(output, ignore_errors=True)
        full.append(_seconds(build, root))
        unchanged.append(_seconds(build, root))
    ratio = Ratio("rebuild without a change", middle(unchanged), "a full build", middle(full), "s")
    return Measurement(
        "package",
        "packaging the functions again, against building them",
        [ratio],
        {"full": full, "unchanged": unchanged},
    )


def _seconds(build: Callable[[Path], object], root: Path) -> float:
    begun = perf_counter()
    build(root)
    return perf_counter() - begun
