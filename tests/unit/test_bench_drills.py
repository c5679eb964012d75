"""What the two-Region picture takes of the machine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from headend.bench import process_tree, suite
from headend.bench.two_regions import SECONDS, ladder

SPENDS = """
import os, sys
if len(sys.argv) > 1:  # a grandchild that ends
    while os.times().user < 0.3: pass
else:
    import subprocess
    subprocess.run([sys.executable, "-c", sys.orig_argv[2], "x"], check=True)
    held = bytearray(50_000_000)
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(not process_tree.PROC.is_dir(), reason="the machine has no /proc")
def test_what_is_used_counts_those_that_a_process_has_started_and_those_of_them_that_have_ended() -> None:
    before = process_tree.used(os.getpid())
    with subprocess.Popen(
        [sys.executable, "-c", SPENDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        alone, together = process_tree.used(child.pid), process_tree.used(os.getpid())
        child.communicate("")
    assert alone.cpu_seconds >= 0.3
    assert alone.memory_bytes > 50_000_000
    assert together.cpu_seconds >= before.cpu_seconds + 0.3
    assert process_tree.used(os.getpid()).cpu_seconds >= together.cpu_seconds


def test_a_process_that_is_gone_uses_nothing() -> None:
    assert process_tree.used(-1) == process_tree.Use(0.0, 0)


def test_drills_have_short_segments_and_are_measured_by_name() -> None:
    assert ladder().segment_seconds == SECONDS == 2
    assert "drills" in suite.NAMES
