"""Runs the media plane's processes, and runs them again when they end, as the services do with theirs.

All are in the process group of a guard, a shell that waits for its standard input to close and then ends the group:
when the local cloud is gone, however it went, none of them is left.

Source: https://docs.aws.amazon.com/medialive/latest/ug/plan-redundancy-mode.html (a failed pipeline is started again)
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

AGAIN_SECONDS = 0.25
"""Between a process's end and its next start; twice as long after each that ended soon, up to SLOWEST_SECONDS."""
SLOWEST_SECONDS = 4.0
SOON_SECONDS = 1.0
END_SECONDS = 2.0
"""For a process to end by itself when it is asked to."""
GUARD = ("/bin/sh", "-c", "read _; kill -KILL 0")


@dataclass(frozen=True)
class Usage:
    """What a process has used: CPU seconds since it was started first, resident bytes now, and how often it was started
    again. Both figures are 0 where the machine has no /proc; `pid` is 0 between an end and the next start."""

    cpu_seconds: float
    memory_bytes: int
    restarts: int
    pid: int


Start = Callable[["Supervisor"], "subprocess.Popen[bytes]"]
"""Starts the process, by `Supervisor.popen`."""


@dataclass
class _Job:
    name: str
    start: Start
    kill: bool
    process: subprocess.Popen[bytes] | None = None
    stopping: bool = False
    restarts: int = 0
    cpu_before: float = 0.0
    wake: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None


class Supervisor:
    """The processes by name. Thread-safe. `directory` takes what they say (<name>.log)."""

    def __init__(self, directory: Path, report: Callable[[str, BaseException], None] | None = None) -> None:
        """`report(where, error)` is told when a process cannot be started, or what it gives cannot be used; it goes on
        all the same."""
        self.directory = directory
        self.report = report or (lambda _where, _error: None)
        self._lock = threading.RLock()
        self._jobs: dict[str, _Job] = {}
        self._guard: subprocess.Popen[bytes] | None = None
        self._closed = False
        directory.mkdir(parents=True, exist_ok=True)

    def run(self, name: str, start: Start, *, kill: bool = False) -> None:
        """Start a process now and whenever it has ended; `kill` ends it without asking. ValueError for a used name."""
        with self._lock:
            if self._closed:
                raise ValueError("the supervisor is closed")
            if name in self._jobs:
                raise ValueError(f"{name} runs already")
            job = _Job(name, start, kill)
            self._jobs[name] = job
            job.process = start(self)
            job.thread = threading.Thread(target=self._watch, args=(job,), name=f"media-{name}", daemon=True)
            job.thread.start()

    def popen(self, arguments: Sequence[str], log: str, pass_fds: Sequence[int] = ()) -> subprocess.Popen[bytes]:
        """A process in the guarded group, its errors appended to `<log>.log`."""
        with self._lock:
            guard = self._guarded()
            with (self.directory / f"{log}.log").open("ab") as errors:
                return subprocess.Popen(
                    arguments,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    pass_fds=pass_fds,
                    process_group=guard,
                )

    def stop(self, name: str) -> None:
        """End a process for good. Nothing happens when there is none of this name."""
        with self._lock:
            job = self._jobs.pop(name, None)
        if job:
            self._end(job)

    def restart(self, name: str) -> None:
        """End a process now; it is started again as after any other end. KeyError when there is none."""
        process = self._jobs[name].process
        if process:
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    def names(self) -> list[str]:
        """The names of what runs."""
        with self._lock:
            return sorted(self._jobs)

    def pid(self, name: str) -> int:
        """The id of the process that runs now. KeyError when there is none."""
        process = self._jobs[name].process
        if process is None:
            raise KeyError(name)
        return process.pid

    def usage(self) -> dict[str, Usage]:
        """What each process has used."""
        with self._lock:
            jobs = list(self._jobs.values())
        used = {}
        for job in jobs:
            process = job.process
            cpu, memory = _used(process.pid) if process else (0.0, 0)
            used[job.name] = Usage(job.cpu_before + cpu, memory, job.restarts, process.pid if process else 0)
        return used

    def close(self) -> None:
        """End everything. Safe to call twice."""
        with self._lock:
            self._closed = True
            jobs, self._jobs = list(self._jobs.values()), {}
        for job in jobs:
            job.stopping = True
            job.wake.set()
            _signal(job, signal.SIGKILL)
        for job in jobs:
            self._end(job)
        with self._lock:
            guard, self._guard = self._guard, None
        if guard:
            if guard.stdin:
                guard.stdin.close()
            guard.wait()

    def _watch(self, job: _Job) -> None:
        """Start the job again whenever it ends."""
        pause = AGAIN_SECONDS
        while not job.stopping:
            process, began = job.process, time.monotonic()
            if process:
                job.cpu_before += _wait(process)
            soon = time.monotonic() - began < SOON_SECONDS
            pause = min(2 * pause, SLOWEST_SECONDS) if soon else AGAIN_SECONDS
            job.process = None
            if job.stopping or job.wake.wait(pause):
                return
            with self._lock:
                if job.stopping:
                    return
                try:
                    job.process = job.start(self)
                    job.restarts += 1
                except Exception as error:  # noqa: BLE001 - it is tried again, and whoever looks has to see why
                    self.report(f"media {job.name}", error)

    def _end(self, job: _Job) -> None:
        job.stopping = True
        job.wake.set()
        with self._lock:  # no start is under way
            pass
        _signal(job, signal.SIGKILL if job.kill else signal.SIGTERM)
        if job.thread and job.thread is not threading.current_thread():
            job.thread.join(END_SECONDS)
            if job.thread.is_alive():
                _signal(job, signal.SIGKILL)
                job.thread.join()

    def _guarded(self) -> int:
        """The group of the guard, which is started when it is not there."""
        if self._guard is None or self._guard.poll() is not None:
            self._guard = subprocess.Popen(
                GUARD, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0
            )
        return self._guard.pid


def _signal(job: _Job, number: signal.Signals) -> None:
    if job.process:
        with contextlib.suppress(ProcessLookupError):
            job.process.send_signal(number)


def _wait(process: subprocess.Popen[bytes]) -> float:
    """Wait for a process's end; the CPU seconds that it has used."""
    while True:
        before = _used(process.pid)[0]
        try:
            process.wait(1.0)
        except subprocess.TimeoutExpired:
            continue
        return before


def _used(pid: int) -> tuple[float, int]:
    """CPU seconds and resident bytes of a process; zeros when it is gone, or where there is no /proc.

    Source: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0, 0
    ticks = os.sysconf("SC_CLK_TCK")
    return (int(fields[11]) + int(fields[12])) / ticks, int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
