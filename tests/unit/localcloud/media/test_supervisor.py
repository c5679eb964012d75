"""Processes run until they are stopped, and none outlives the local cloud."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headend.localcloud.media.supervisor import Supervisor

SCRIPTS = Path(__file__).parents[4] / "scripts"


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come true within 20 s"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path / "media")
    yield made
    made.close()


def sleeper(name: str) -> Callable[[Supervisor], subprocess.Popen[bytes]]:
    return lambda supervisor: supervisor.popen(["/bin/sleep", "1000"], name)


def test_a_process_that_dies_is_started_again(supervisor: Supervisor) -> None:
    supervisor.run("flow", sleeper("flow"))
    first = supervisor.pid("flow")
    os.kill(first, signal.SIGKILL)
    until(lambda: supervisor.usage()["flow"].restarts == 1)

    assert supervisor.pid("flow") != first
    assert not gone(supervisor.pid("flow"))


def test_a_process_that_is_stopped_stays_stopped(supervisor: Supervisor) -> None:
    supervisor.run("flow", sleeper("flow"))
    pid = supervisor.pid("flow")
    supervisor.stop("flow")

    assert gone(pid)
    assert supervisor.names() == []
    supervisor.stop("flow")


def test_a_process_that_does_not_end_when_asked_is_ended(supervisor: Supervisor, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    deaf = ["/bin/sh", "-c", f"trap '' TERM; touch {ready}; while :; do sleep 1; done"]
    supervisor.run("deaf", lambda one: one.popen(deaf, "deaf"))
    until(ready.exists)
    pid = supervisor.pid("deaf")
    supervisor.stop("deaf")

    assert gone(pid)


def test_a_start_that_fails_is_reported_and_tried_again(tmp_path: Path) -> None:
    told: list[str] = []
    supervisor = Supervisor(tmp_path, lambda where, error: told.append(f"{where}: {error}"))
    broken = [False]

    def start(one: Supervisor) -> subprocess.Popen[bytes]:
        if broken[0]:
            broken[0] = False
            raise OSError("no room")
        return one.popen(["/bin/sleep", "1000"], "flow")

    supervisor.run("flow", start)
    broken[0] = True
    supervisor.restart("flow")
    until(lambda: supervisor.usage()["flow"].restarts == 1)
    supervisor.close()

    assert told == ["media flow: no room"]


def test_two_processes_with_one_name_are_refused(supervisor: Supervisor) -> None:
    supervisor.run("flow", sleeper("flow"))

    with pytest.raises(ValueError, match="flow runs already"):
        supervisor.run("flow", sleeper("flow"))


def test_cpu_and_memory_are_counted_over_restarts(supervisor: Supervisor, tmp_path: Path) -> None:
    busy = ["/bin/sh", "-c", "while :; do :; done"]
    supervisor.run("busy", lambda one: one.popen(busy, "busy"))
    if not Path("/proc/self/stat").exists():
        pytest.skip("this machine has no /proc")
    until(lambda: supervisor.usage()["busy"].cpu_seconds > 0.05)

    assert supervisor.usage()["busy"].memory_bytes > 0


def test_closing_ends_everything(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    for name in ("a", "b", "c"):
        supervisor.run(name, sleeper(name))
    pids = [supervisor.pid(name) for name in ("a", "b", "c")]
    supervisor.close()
    supervisor.close()

    assert all(gone(pid) for pid in pids)
    with pytest.raises(ValueError, match="closed"):
        supervisor.run("d", sleeper("d"))


PARENT = """
import sys, time
from pathlib import Path
from headend.localcloud.media.supervisor import Supervisor
supervisor = Supervisor(Path(sys.argv[1]))
for name in ("a", "b"):
    supervisor.run(name, lambda one, name=name: one.popen(["/bin/sleep", "1000"], name))
print(supervisor.pid("a"), supervisor.pid("b"), flush=True)
time.sleep(1000)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "terminated"])
def test_no_process_outlives_the_local_cloud_however_it_ends(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
    ) as parent:
        assert parent.stdout
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        parent.send_signal(number)
        parent.wait()

    until(lambda: all(gone(pid) for pid in pids))
