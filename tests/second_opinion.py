"""Runs the contract tests against another emulator of AWS, and says where it differs from the local cloud.

    .venv/bin/python tests/second_opinion.py .venv-second-opinion

The argument is the environment in which ministack is installed (`make second-opinion` makes it). Differences that have
been looked at stand in tests/contract/second_opinion.yaml, with the document that decides; a difference that is not
there, or that is gone, ends the run with 1. Writes docs/second-opinion.md.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

ROOT = Path(__file__).parent.parent
EXPLAINED = ROOT / "tests/contract/second_opinion.yaml"
PAGE = ROOT / "docs/second-opinion.md"
START_SECONDS = 60
TEST_SECONDS = 600
AREAS = ("asl_choice", "asl_intrinsics", "asl_paths", "event_patterns", "jsonata", "tables")
"""How the names of the files begin whose subject the other emulator has; the others ask for the clock."""


def main(environment: str) -> int:
    """0 when every difference is explained."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [
            str(Path(environment).absolute() / "bin" / "hypercorn"),
            "ministack.app:app",
            "--bind",
            f"127.0.0.1:{port}",
        ]
        with (Path(folder) / "server.log").open("wb") as log:
            server = subprocess.Popen(
                command,
                cwd=folder,
                stdout=log,
                stderr=log,
                env={**os.environ, "GATEWAY_PORT": str(port)},
                start_new_session=True,
            )
            try:
                await_answer(endpoint)
                run_tests(endpoint, report)
            finally:
                os.killpg(server.pid, signal.SIGKILL)  # it has a worker, and keeps nothing that it would have to write
                server.wait()
        outcomes = read(report)
    explained: dict[str, dict[str, str]] = yaml.safe_load(EXPLAINED.read_text(encoding="utf-8")) or {}
    PAGE.write_text(page(outcomes, explained), encoding="utf-8")
    differing = {test for test, outcome in outcomes.items() if outcome == "differs"}
    unexplained = sorted(test for test in differing if not explanation(test, explained))
    gone = sorted(known for known in explained if not any(explains(known, test) for test in differing))
    for test in unexplained:
        sys.stdout.write(f"differs, and {EXPLAINED.name} does not say why: {test}\n")
    for known in gone:
        sys.stdout.write(f"no longer differs: take it out of {EXPLAINED.name}: {known}\n")
    counts = Counter(outcomes.values())
    sys.stdout.write(f"{counts['agrees']} cases agree, {counts['differs']} differ, {counts['left out']} left out\n")
    return int(bool(unexplained or gone))


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_answer(endpoint: str) -> None:
    """Return when the server answers; SystemExit when it does not in time."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit(f"ministack did not answer at {endpoint} within {START_SECONDS} s")


def run_tests(endpoint: str, report: Path) -> None:
    """Run the contract tests against `endpoint`."""
    files = sorted(
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests/contract").glob("test_*.py")
        if path.stem.removeprefix("test_").startswith(AREAS)
    )
    command = [sys.executable, "-m", "pytest", "-q", "-m", "contract", f"--junitxml={report}", *files]
    environment = {**os.environ, "SECOND_OPINION": endpoint}
    subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=False, timeout=TEST_SECONDS)


def read(report: Path) -> dict[str, str]:
    """`<file>::<test>[<case>]` → agrees, differs or left out."""
    outcomes = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}"
        kinds = {child.tag for child in case}
        outcomes[name] = "differs" if kinds & {"failure", "error"} else "left out" if "skipped" in kinds else "agrees"
    return outcomes


def explains(known: str, test: str) -> bool:
    """Whether an entry is about a test: its whole name, the test without its case, or the file."""
    return test == known or test.startswith((f"{known}[", f"{known}::"))


def explanation(test: str, explained: dict[str, dict[str, str]]) -> dict[str, Any] | None:
    """What is known about a difference: {why, source}; the longest name that fits."""
    fitting = [known for known in explained if explains(known, test)]
    return explained[max(fitting, key=len)] if fitting else None


def page(outcomes: dict[str, str], explained: dict[str, dict[str, str]]) -> str:
    """docs/second-opinion.md."""
    files = sorted({test.partition("::")[0] for test in outcomes})
    lines = [
        "# A second opinion",
        "",
        "The contract tests that go over AWS's API alone, run against another emulator,",
        "ministack 1.5.33. Written by `make second-opinion`. A difference",
        "does not say who is right; the document does.",
        "",
        "| tests | agree | differ | left out |",
        "| --- | --- | --- | --- |",
    ]
    for file in files:
        counts = Counter(outcome for test, outcome in outcomes.items() if test.startswith(f"{file}::"))
        numbers = " | ".join(str(counts[outcome]) for outcome in ("agrees", "differs", "left out"))
        lines.append(f"| [{file}](../tests/contract/{file}.py) | {numbers} |")
    lines += ["", "## Differences", "", "| test | cases | why | document |", "| --- | --- | --- | --- |"]
    for known, entry in sorted(explained.items()):
        cases = sum(
            outcome == "differs" and explanation(test, explained) is entry for test, outcome in outcomes.items()
        )
        lines.append(f"| {known} | {cases} | {entry['why']} | [document]({entry['source']}) |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
