"""How long a rebuild takes when nothing has changed, against building all packages from nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from headend.bench.measurement import Measurement, Ratio, middle
from headend.package import ZIPS

TURNS = 3


def measure(build: Callable[[Path], object], root: Path, work: Path, turns: int = TURNS) -> Measurement:
    """Run `build` without packages and then again, `turns` times each, in `work`: a scratch copy of `root`'s sources.

    What has to be downloaded is downloaded before.
    """
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(root / "lambda_src", work / "lambda_src")
    build(work)
    full, unchanged = [], []
    for _ in range(turns):
        shutil.rmtree(work / ZIPS)
        full.append(_seconds(build, work))
        unchanged.append(_seconds(build, work))
    ratio = Ratio("rebuild without a change", middle(unchanged), "a full build", middle(full), "s")
    samples = {"full": full, "unchanged": unchanged}
    return Measurement("package", "packaging the functions again, against building them", [ratio], {"s": samples})


def _seconds(build: Callable[[Path], object], root: Path) -> float:
    begun = perf_counter()
    build(root)
    return perf_counter() - begun
