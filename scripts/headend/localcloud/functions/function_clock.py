"""In a function's process: the process's time follows the local cloud's clock. Loaded only when that is not real.

Standard library only, like function_bootstrap; time-machine is loaded from where the local cloud has it and does not
become importable for the handler's own code.
"""

from __future__ import annotations

import importlib.util
import mmap
import struct
import sys
import time
from pathlib import Path
from typing import Any

LAYOUT = struct.Struct("<QqqdQ")
"""As in clock_file."""


def follow(clock_file: str, libraries: str) -> None:
    """Let time.time, datetime.now and their kin show the time of the clock that `clock_file` describes."""
    with Path(clock_file).open("rb") as file:
        setting = mmap.mmap(file.fileno(), LAYOUT.size, access=mmap.ACCESS_READ)

    def time_ns() -> int:
        while True:
            begun, since, shown, rate, done = LAYOUT.unpack(setting[: LAYOUT.size])
            if begun == done:
                return int(shown + int((time.monotonic_ns() - since) * rate) // 1000) * 1000

    _load("_time_machine", libraries)
    time_machine = _load("time_machine", libraries)

    class Following(time_machine.Traveller):  # type: ignore[misc, name-defined]
        def time_ns(self) -> int:
            return time_ns()

    time_machine.travel(0, tick=False).start()
    time_machine.traveller_stack[-1] = Following(0, None, tick=False)


def _load(name: str, libraries: str) -> Any:
    """A module or package of `libraries`, by its file: the directory itself stays out of sys.path."""
    [path] = [
        *Path(libraries).glob(f"{name}.*.so"),
        *Path(libraries).glob(f"{name}.so"),
        *Path(libraries).glob(f"{name}/__init__.py"),
    ]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
