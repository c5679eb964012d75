"""Processes that run a function's package: started cold, reused while warm, one invocation at a time each.

A process sees its package, the standard library, and boto3 with its dependencies in the versions of this environment;
nothing else. Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from headend.localcloud.functions import function_faults
from headend.localcloud.functions.function_bootstrap import END_OF_LOG

BOOTSTRAP = Path(__file__).with_name("function_bootstrap.py")
MAX_PROCESSES = 4
"""Processes of one function version; further calls wait for a free one."""
INIT_SECONDS = 60.0
"""A cold start may take this long here; on AWS it is 10 s, but nothing else runs on the machine there."""
WARM_SECONDS = 600.0


@dataclass(frozen=True)
class Package:
    """What is needed to start a process of one function version."""

    name: str
    version: str
    handler: str
    code: bytes
    code_sha: str
    region: str
    memory_mb: int
    timeout: float
    role: str
    variables: Mapping[str, str] = field(default_factory=dict)
    traced: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        """Processes are shared by invocations with equal keys: code, configuration, version."""
        variables = tuple(sorted(self.variables.items()))
        return (self.region, self.name, self.version, self.handler, self.code_sha, self.memory_mb, self.role, variables)

    @property
    def log_group(self) -> str:
        """The log group of the function."""
        return f"/aws/lambda/{self.name}"


@dataclass
class Outcome:
    """One finished invocation. `payload` is JSON text; `error` tells whether it is an unhandled error's."""

    request_id: str
    payload: str
    error: bool
    duration_ms: float
    init_ms: float | None
    log: list[str]
    log_stream: str
    max_memory_mb: int


class Runtime:
    """The processes of all functions. Thread-safe."""

    def __init__(
        self,
        directory: Path,
        endpoint: str,
        on_thread: Callable[[str, Callable[[], None]], Any],
        session: Callable[[str, str], Any],
        calling: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext(),
        clock_file: Callable[[], str] = str,
    ) -> None:
        """`session(role ARN, session name)` gives access_key_id, secret_access_key and session_token.

        While the thread waits for a handler, it is in `calling(trace id)`. `clock_file()` is where function processes
        read the cloud's time; empty while that is the machine's.
        """
        self._calling = calling
        self._clock_file = clock_file
        self._directory = directory
        self._session = session
        self._endpoint = endpoint
        self._spawn = on_thread
        self._lock = threading.Lock()
        self._pools: dict[tuple[Any, ...], _Pool] = {}
        self._libraries: Path | None = None

    def invoke(
        self,
        package: Package,
        event: Any,
        invoked_arn: str,
        limit: int = MAX_PROCESSES,
        failure: function_faults.Failure | None = None,
    ) -> Outcome:
        """Run the handler once and wait for the outcome; never raises for what the function does.

        `failure` happens instead of the handler, and ends the process.
        """
        pool = self._pool(package, limit)
        request_id = str(uuid.uuid4())
        with pool.slots:
            process = pool.take() or self._start(package)
            call = {"event": event, "request_id": request_id, "invoked_function_arn": invoked_arn}
            call["trace_id"] = f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Sampled=0"
            call["clock"] = self._clock()
            with self._calling(call["trace_id"]):
                outcome = process.invoke(call, package.timeout, failure)
            if process.alive:
                pool.give_back(process)
            return outcome

    def retire(self, name: str, region: str) -> None:
        """End the processes of a function, whose code or settings changed or which is gone."""
        with self._lock:
            stale = [key for key in self._pools if key[0] == region and key[1] == name]
            pools = [self._pools.pop(key) for key in stale]
        for pool in pools:
            pool.close()

    def sweep(self) -> None:
        """End processes that have been idle for long."""
        with self._lock:
            pools = list(self._pools.values())
        for pool in pools:
            pool.close(idle_since=time.monotonic() - WARM_SECONDS)

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            pools = list(self._pools.values())
            self._pools.clear()
        for pool in pools:
            pool.close()

    def _pool(self, package: Package, limit: int) -> _Pool:
        with self._lock:
            return self._pools.setdefault(package.key, _Pool(max(1, min(limit, MAX_PROCESSES))))

    def _start(self, package: Package) -> _Process:
        task_root = self._unpack(package)
        environment = {**self._environment(package, task_root), "HEADEND_CLOCK": json.dumps(self._clock())}
        process = _Process(environment, [str(task_root), str(self._libraries_directory())], task_root)
        self._spawn(f"log-{package.name}", process.read_log)
        return process

    def _clock(self) -> list[str]:
        """What function_clock.follow takes, or nothing while the cloud's time is the machine's."""
        path = self._clock_file()
        if not path:
            return []
        found = find_spec("time_machine")
        return [path, str(Path(str(found and found.origin)).parents[1])]

    def _unpack(self, package: Package) -> Path:
        """The package's files, unpacked once per content."""
        digest = re.sub(r"[^A-Za-z0-9]", "", package.code_sha)[:32]
        target = self._directory / "packages" / f"{package.name}-{digest}"
        with self._lock:
            if not target.is_dir():
                partial = target.with_name(f"{target.name}.partial")
                shutil.rmtree(partial, ignore_errors=True)
                with zipfile.ZipFile(io.BytesIO(package.code)) as archive:
                    archive.extractall(partial)
                partial.rename(target)
        return target.resolve()

    def _libraries_directory(self) -> Path:
        """A directory with links to boto3 and what it needs, and nothing else of this environment."""
        with self._lock:
            if self._libraries is None:
                directory = self._directory / "libraries"
                shutil.rmtree(directory, ignore_errors=True)
                directory.mkdir(parents=True)
                for name, path in sorted(importable_files("boto3").items()):
                    (directory / name).symlink_to(path)
                self._libraries = directory.resolve()
            return self._libraries

    def _environment(self, package: Package, task_root: Path) -> dict[str, str]:
        """The environment variables of a function.

        Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
        """
        held = self._session(package.role, package.name)
        stream = time.strftime("%Y/%m/%d", time.gmtime()) + f"/[{package.version}]{uuid.uuid4().hex}"
        return {
            **package.variables,
            "AWS_ACCESS_KEY_ID": held.access_key_id,
            "AWS_DEFAULT_REGION": package.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self._endpoint,
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(package.memory_mb),
            "AWS_LAMBDA_FUNCTION_NAME": package.name,
            "AWS_LAMBDA_FUNCTION_VERSION": package.version,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": package.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "AWS_REGION": package.region,
            "AWS_SECRET_ACCESS_KEY": held.secret_access_key,
            "AWS_SESSION_TOKEN": held.session_token,
            "LAMBDA_RUNTIME_DIR": str(BOOTSTRAP.parent),
            "LAMBDA_TASK_ROOT": str(task_root),
            "LANG": "en_US.UTF-8",
            "PATH": os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin"),
            "TZ": ":UTC",
            "_HANDLER": package.handler,
        }


class _Pool:
    """The idle processes of one function version, and room for so many at once."""

    def __init__(self, limit: int) -> None:
        self.slots = threading.BoundedSemaphore(limit)
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        self._closed = False

    def take(self) -> _Process | None:
        with self._lock:
            while self._idle:
                process = self._idle.pop()
                if process.alive:
                    return process
        return None

    def give_back(self, process: _Process) -> None:
        with self._lock:
            if not self._closed:
                process.idle_since = time.monotonic()
                self._idle.append(process)
                return
        process.kill()

    def close(self, idle_since: float | None = None) -> None:
        """End the idle processes, all or those idle since before a moment (monotonic seconds)."""
        with self._lock:
            self._closed = self._closed or idle_since is None
            stale = [one for one in self._idle if idle_since is None or one.idle_since < idle_since]
            self._idle = [one for one in self._idle if one not in stale]
        for process in stale:
            process.kill()


class _Process:
    """One process of one function: a warm execution environment."""

    def __init__(self, environment: dict[str, str], path: list[str], directory: Path) -> None:
        self.log_stream = environment["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.idle_since = 0.0
        self._log: list[str] = []
        self._log_ends = threading.Condition()
        self._ended: set[str] = set()
        self._closed = False
        request_read, request_write = os.pipe()
        answer_read, answer_write = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-u", str(BOOTSTRAP)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=directory,
            pass_fds=(request_read, answer_write),
            env={
                **environment,
                "HEADEND_REQUESTS": str(request_read),
                "HEADEND_ANSWERS": str(answer_write),
                "HEADEND_PATH": json.dumps(path),
            },
        )
        os.close(request_read)
        os.close(answer_write)
        self._requests = os.fdopen(request_write, "w", encoding="utf-8")
        self._answers = os.fdopen(answer_read, "r", encoding="utf-8")
        self._cold = True
        self._memory_mb = 0

    @property
    def alive(self) -> bool:
        return not self._closed and self._process.poll() is None

    def invoke(
        self,
        call: dict[str, Any],
        timeout: float,
        failure: function_faults.Failure | None = None,
    ) -> Outcome:
        """`call` is what the bootstrap reads: `event`, `request_id`, `invoked_function_arn`, `trace_id`, `clock`."""
        request_id = call["request_id"]
        init_ms: float | None = None
        started = time.monotonic()
        message: dict[str, Any] | None
        if self._cold:
            self._cold = False
            message = self._receive(INIT_SECONDS)
            if message and "ready" in message:
                init_ms = float(message["init_ms"])
                message = None
            elif message is None:
                message = self._exit_error(request_id)
            else:
                message = {"error": {**message["init_error"], "requestId": request_id}, "ends": True}
        else:
            message = None
        if message is None:
            started = time.monotonic()
            message = failure(request_id, timeout) if failure else self._ask(call, timeout)
        duration = float(message.get("duration_ms", (time.monotonic() - started) * 1000))
        failed = "error" in message
        if message.get("ends"):
            self.kill()
        self._memory_mb = int(message.get("max_memory_mb", self._memory_mb))
        log = self._take_log(request_id)
        payload = json.dumps(message["error"]) if failed else str(message["result"])
        return Outcome(request_id, payload, failed, duration, init_ms, log, self.log_stream, self._memory_mb)

    def read_log(self) -> None:
        """Collect what the function prints, until it ends."""
        stream = self._process.stdout
        if stream is None:
            return
        for raw in stream:
            line = raw.decode("utf-8", "replace").rstrip("\n")
            with self._log_ends:
                if line.startswith(END_OF_LOG):
                    self._ended.add(line[1:])
                    self._log_ends.notify_all()
                else:
                    self._log.append(line)
        with self._log_ends:
            self._closed = True
            self._log_ends.notify_all()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._requests, self._answers):
            with contextlib.suppress(OSError):  # a request may still be in the buffer of a pipe nobody reads
                pipe.close()

    def _ask(self, call: dict[str, Any], timeout: float) -> dict[str, Any]:
        request_id = call["request_id"]
        request = {**call, "deadline": time.monotonic() + timeout}  # that clock is the whole machine's
        try:
            self._requests.write(json.dumps(request) + "\n")
            self._requests.flush()
        except OSError:
            return self._exit_error(request_id)
        timer = _Deadline(timeout, self._process)
        with timer:
            line = self._answers.readline()
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        if timer.passed:
            return function_faults.timed_out(request_id, timeout)
        return self._exit_error(request_id)

    def _receive(self, timeout: float) -> dict[str, Any] | None:
        with _Deadline(timeout, self._process):
            line = self._answers.readline()
        answer: dict[str, Any] | None = json.loads(line) if line else None
        return answer

    def _exit_error(self, request_id: str) -> dict[str, Any]:
        return function_faults.error("Runtime.ExitError", request_id, function_faults.exit_text(self._process.wait()))

    def _take_log(self, request_id: str) -> list[str]:
        """The lines printed since the last invocation, complete even when the process has died."""
        with self._log_ends:
            self._log_ends.wait_for(lambda: request_id in self._ended or self._closed, timeout=5)
            self._ended.discard(request_id)
            lines, self._log = self._log, []
        return lines


class _Deadline:
    """Kills a process that takes too long; `passed` tells whether it did."""

    def __init__(self, seconds: float, process: subprocess.Popen[bytes]) -> None:
        self.passed = False
        self._process = process
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _expire(self) -> None:
        self.passed = True
        self._process.kill()


def importable_files(distribution: str) -> dict[str, Path]:
    """Top-level modules and packages of an installed distribution and all it requires: name → path.

    Extras and dependencies that do not apply here are left out.
    """
    found: dict[str, Path] = {}
    pending, seen = [distribution], set[str]()
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        known = metadata.distribution(name)
        for file in known.files or []:
            top = file.parts[0]
            if top != ".." and not top.endswith(".dist-info") and top != "__pycache__":
                found[top] = Path(str(known.locate_file(top)))
        needed = [requirement for requirement in known.requires or [] if "extra ==" not in requirement]
        pending.extend(re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0] for requirement in needed)
    return found
