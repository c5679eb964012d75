"""What the two-Region picture takes of the machine."""

from __future__ import annotations

import os
from typing import Any

from headend.bench import drills, suite
from headend.bench.two_regions import SECONDS, ladder


class Cloud:
    """A local cloud that is this process, with two encoders."""

    pid = os.getpid()

    def feeds(self) -> dict[str, Any]:
        used = {"cpu_seconds": 1000.0, "memory_bytes": 10_000_000_000, "restarts": 0, "pid": 1}
        return {"processes": {"channel-1-0": used, "channel-1-1": used}}


def test_the_picture_is_the_local_cloud_and_its_processes() -> None:
    found = drills.used(Cloud())  # type: ignore[arg-type]
    assert found.cpu_seconds > 2000
    assert found.memory_bytes > 20_000_000_000


def test_a_process_that_is_gone_uses_nothing() -> None:
    assert drills._of_process(-1) == (0.0, 0)


def test_drills_have_short_segments_and_are_measured_by_name() -> None:
    assert ladder().segment_seconds == SECONDS == 2
    assert "drills" in suite.NAMES
