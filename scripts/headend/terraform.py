"""The one way Terraform is run.

python-terraform's `cmd()` builds the command line and starts the process; everything else of that library is out of
date (its apply, destroy and positional folders do not work with Terraform 1.x), so nothing else of it is used.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import python_terraform

from headend.errors import HeadendError
from headend.terraform_cli import cli_environment, find_terraform
from headend.terraform_errors import Diagnostic, condense, killed

Progress = Callable[[str], None]
QUIET_SECONDS = 2.0
_TOLD = ("apply_start", "apply_progress", "apply_complete", "refresh_start", "init_output", "log")
_FLAG = python_terraform.IsFlagged
# python-terraform forwards every option it does not know to Terraform, `synchronous` too, unless its value is None.
_ASYNCHRONOUS = None
# A process group of its own: Ctrl-C in a terminal would otherwise reach Terraform twice, which makes it drop its lock.
_OWN_GROUP = "import os, sys; os.setpgid(0, 0); os.execv(sys.argv[1], sys.argv[1:])"
_STOPPING = "stopping: Terraform finishes what it has begun and releases its lock (again: at once, lock kept)"
_ENVIRONMENT_LOCK = threading.Lock()


class InterruptedRunError(HeadendError):
    """Ctrl-C while Terraform ran; it has ended in order and holds no lock."""


@dataclass
class Result:
    """What one run of Terraform left: its exit code, what it printed, and its diagnostics."""

    code: int
    output: str = ""
    errors: str = ""
    diagnostics: list[Diagnostic] = field(default_factory=list)


def merged(environment: Mapping[str, str] | None) -> dict[str, str]:
    """The process environment with `environment` on top; where that names AWS access, no other AWS_* is inherited."""
    extra = dict(environment or {})
    kept = dict(os.environ)
    if any(name.startswith("AWS_") for name in extra):
        kept = {name: value for name, value in kept.items() if not name.startswith("AWS_") or name == "AWS_CA_BUNDLE"}
    return {**kept, **extra}


class Terraform:
    """Terraform in one root module.

    `env_dir` holds the *.tf files, `work_dir` receives TF_DATA_DIR, our CLI configuration and the last log.
    `environment` is put on top of the process environment (see `merged`). `progress` is told what happens once a run
    takes longer than two seconds. Every method raises HeadendError with the condensed reason, or InterruptedRunError.
    """

    def __init__(
        self,
        env_dir: Path,
        work_dir: Path,
        environment: Mapping[str, str] | None = None,
        progress: Progress | None = None,
        name: str | None = None,
    ) -> None:
        self.env_dir = env_dir.resolve()
        self.work_dir = work_dir.resolve()
        self.name = name or env_dir.name
        self._progress = progress
        base = merged(environment)
        self.binary, self.version = find_terraform(base)
        self.work_dir.mkdir(parents=True, exist_ok=True)
        self.environment = {
            **cli_environment(base, self.work_dir),
            "TF_DATA_DIR": str(self.work_dir / "data"),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
        }

    def init(self, backend_config: Mapping[str, str] | None = None, *, backend: bool = True) -> None:
        """Install modules and providers, and connect the backend unless told not to."""
        options: dict[str, Any] = {"backend_config": dict(backend_config)} if backend_config else {}
        self._checked("init", json=_FLAG, input=False, reconfigure=_FLAG, backend=backend, **options)

    def validate(self) -> None:
        """Check the configuration; raises HeadendError with file and line."""
        result = self._run("validate", json=_FLAG)
        report = _json(result, "validate")
        if not report.get("valid"):
            raise condense(report.get("diagnostics", []), "validate", self.name)

    def plan(self, out: Path, *, destroy: bool = False, refresh_only: bool = False, refresh: bool = True) -> bool:
        """Write a plan; True when it holds changes. Without `refresh` the state is taken as it stands."""
        out.parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = {"destroy": _FLAG} if destroy else {"refresh_only": _FLAG} if refresh_only else {}
        if not refresh:
            options["refresh"] = False
        result = self._run("plan", json=_FLAG, input=False, out=str(out.resolve()), detailed_exitcode=_FLAG, **options)
        if result.code < 0:
            raise killed("plan", -result.code, self.name)
        if result.code not in (0, 2):
            out.unlink(missing_ok=True)
            raise condense(result.diagnostics, "plan", self.name)
        return result.code == 2

    def apply(self, plan: Path) -> None:
        """Apply exactly this plan."""
        self._checked("apply", str(plan.resolve()), json=_FLAG, input=False)

    def destroy(self) -> None:
        """Destroy everything that the state holds."""
        self._checked("destroy", json=_FLAG, input=False, auto_approve=_FLAG)

    def output(self) -> dict[str, Any]:
        """The root module's outputs: name → value."""
        result = self._checked("output", json=_FLAG)
        return {name: item["value"] for name, item in _json(result, "output").items()}

    def show_json(self, plan: Path | None = None) -> dict[str, Any]:
        """A plan, or without one the state, in Terraform's JSON format."""
        result = self._checked("show", *([str(plan.resolve())] if plan else []), json=_FLAG)
        return _json(result, "show")

    def pull_state(self) -> str:
        """The state as it is stored; empty where there is none yet."""
        return self._checked("state pull").output

    def unlock(self, lock_id: str) -> None:
        """Release a lock that a dead run has left."""
        result = self._run("force-unlock", lock_id, force=_FLAG)
        if result.code:
            reason = _plain_error(result)["summary"] or "no reason given"
            raise HeadendError(f"lock {lock_id} is not released: {reason}")

    def format_check(self) -> list[str]:
        """The files below `env_dir` that `terraform fmt` would change."""
        result = self._run("fmt", check=_FLAG, recursive=_FLAG)
        return result.output.split()

    # Running

    def _checked(self, command: str, *arguments: str, **options: Any) -> Result:
        result = self._run(command, *arguments, **options)
        if result.code < 0:
            raise killed(command, -result.code, self.name)
        if result.code:
            diagnostics = result.diagnostics or [_plain_error(result)]
            raise condense(diagnostics, command, self.name)
        return result

    def _run(self, command: str, *arguments: str, **options: Any) -> Result:
        process = self._start(command, arguments, options)
        listener = _Listener(command, self._progress)
        assert process.stdout and process.stderr  # noqa: S101 - cmd() always makes pipes
        readers = [
            threading.Thread(target=listener.read_output, args=(process.stdout,), daemon=True),
            threading.Thread(target=listener.read_errors, args=(process.stderr,), daemon=True),
        ]
        for reader in readers:
            reader.start()
        interrupts = self._wait(process)
        for reader in readers:
            reader.join()
        result = Result(process.returncode, "".join(listener.output), "".join(listener.errors), listener.diagnostics)
        self._log(command, result)
        if interrupts:
            raise InterruptedRunError(self._how_to_go_on(command, interrupts))
        return result

    def _start(self, command: str, arguments: Sequence[str], options: dict[str, Any]) -> subprocess.Popen[bytes]:
        runner = _PythonTerraform(working_dir=str(self.env_dir), terraform_bin_path=self.binary)
        with _process_environment(self.environment):
            process, _, _ = runner.cmd(command, *arguments, synchronous=_ASYNCHRONOUS, **options)
        return process  # type: ignore[no-any-return]

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        interrupts = 0
        while True:
            try:
                process.wait()
            except KeyboardInterrupt:
                interrupts += 1
                process.send_signal(signal.SIGINT)
                if self._progress:
                    self._progress(_STOPPING if interrupts == 1 else "stopping at once")
            else:
                return interrupts

    def _how_to_go_on(self, command: str, interrupts: int) -> str:
        state = "its lock is released" if interrupts == 1 else "its lock may be left (headend unlock)"
        if command == "apply":
            return f"apply was stopped, {state}; go on with `headend plan --env {self.name}`, then `headend apply`"
        return f"{command} was stopped, {state}; run `headend {command} --env {self.name}` again"

    def _log(self, command: str, result: Result) -> None:
        text = f"terraform {command}: exit code {result.code}\n{result.errors}{result.output}"
        (self.work_dir / "last.log").write_text(text, encoding="utf-8")


class _PythonTerraform(python_terraform.Terraform):  # type: ignore[misc]
    """python-terraform, with the process in a group of its own and no guess at where the state is."""

    def generate_cmd_string(self, cmd: str, *args: str, **kwargs: Any) -> list[str]:
        command: list[str] = super().generate_cmd_string(cmd, *args, **kwargs)
        return [sys.executable, "-I", "-S", "-c", _OWN_GROUP, *command]

    def read_state_file(self, file_path: str | None = None) -> None:
        """The state is asked for with `state pull` where it is needed."""


class _Listener:
    """Collects what a run prints, and passes on what a person wants to see while it lasts."""

    def __init__(self, command: str, progress: Progress | None) -> None:
        self.output: list[str] = []
        self.errors: list[str] = []
        self.diagnostics: list[Diagnostic] = []
        self._command = command
        self._progress = progress
        self._started = time.monotonic()
        self._spoken = self._started
        self._done = 0

    def read_output(self, stream: IO[bytes]) -> None:
        for raw in stream:
            line = raw.decode("utf-8", errors="replace")
            self.output.append(line)
            event = _event(line)
            if event.get("type") == "diagnostic":
                self.diagnostics.append(event["diagnostic"])
            self._tell(event)

    def read_errors(self, stream: IO[bytes]) -> None:
        for raw in stream:
            self.errors.append(raw.decode("utf-8", errors="replace"))

    def _tell(self, event: dict[str, Any]) -> None:
        """Once the run lasts longer than two seconds: at most one line in two seconds, with what is done so far."""
        kind = event.get("type")
        if kind == "apply_complete" and event["hook"]["action"] != "read":
            self._done += 1
        now = time.monotonic()
        if not self._progress or kind not in _TOLD or now - self._spoken < QUIET_SECONDS:
            return
        self._spoken = now
        done = f"{self._done} done, " if self._done else ""
        message = " ".join(str(event.get("@message", "")).split())
        self._progress(f"{self._command} {now - self._started:3.0f} s  {done}{message}")


def _event(line: str) -> dict[str, Any]:
    if not line.startswith('{"@'):
        return {}
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _json(result: Result, command: str) -> dict[str, Any]:
    try:
        value = json.loads(result.output)
    except ValueError:
        reason = " ".join(result.errors.split())[:300] or "no output"
        raise HeadendError(f"terraform {command} did not answer in JSON: {reason}") from None
    if not isinstance(value, dict):
        raise HeadendError(f"terraform {command} answered with {type(value).__name__} where an object was expected")
    return value


def _plain_error(result: Result) -> Diagnostic:
    """A diagnostic from the text that commands without -json print."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", result.errors or result.output)
    lines = [line.strip("│╷╵ ") for line in text.splitlines()]
    lines = [line for line in lines if line]
    start = next((index for index, line in enumerate(lines) if line.startswith("Error")), 0)
    summary = lines[start].removeprefix("Error: ") if lines else ""
    return {"severity": "error", "summary": summary, "detail": "\n".join(lines[start + 1 :])}


@contextmanager
def _process_environment(environment: Mapping[str, str]) -> Iterator[None]:
    """python-terraform gives its process a copy of os.environ and takes no other; lend it ours while it starts."""
    with _ENVIRONMENT_LOCK:
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(environment)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
