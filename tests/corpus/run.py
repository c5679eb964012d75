"""Runs public state machine definitions on the local cloud and compares how they end with what is expected.

    python tests/corpus/run.py CHECKOUTS [--only ID …] [--least 45] [--verbose]

CHECKOUTS is a folder with clones of the repositories that definitions.yaml names. Exit code 0 if at least --least of
the definitions end as expected, 1 if not, 2 if the folder has none of them.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests"), str(ROOT / "tests" / "corpus")]

from botocore.exceptions import ClientError  # noqa: E402 - the paths above come first
from doubles import Doubles  # noqa: E402
from manifest import Definition, NoCheckoutError, file_of, load, parsed, text_of  # noqa: E402

from headend.localcloud.app import LocalCloudServer  # noqa: E402
from running_cloud import RunningCloud, until  # noqa: E402

SPEED = 200.0
"""Seconds of the cloud's clock in a real second: a Wait state of ten minutes takes three."""
SECONDS = 60.0
"""Real seconds after which an execution is given up."""


@contextmanager
def cloud() -> Iterator[RunningCloud]:
    """A local cloud in this process, with a fast clock."""
    with tempfile.TemporaryDirectory() as directory:
        server = LocalCloudServer(0, Path(directory))
        threading.Thread(target=server.serve, daemon=True).start()
        running = RunningCloud(server)
        until(lambda: bool(server.endpoint))
        running.client("sts").get_caller_identity()
        server.clock.set_speed(SPEED)
        try:
            yield running
        finally:
            server.shutdown()


def holds(got: Any, wanted: Any) -> bool:
    """Whether `got` is `wanted`, or an object or list that has at least what `wanted` has."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        return all(name in got and holds(got[name], value) for name, value in wanted.items())
    if isinstance(wanted, list) and isinstance(got, list):
        return len(got) == len(wanted) and all(map(holds, got, wanted))
    return bool(got == wanted)


class Run:
    """One definition on the cloud."""

    def __init__(self, running: RunningCloud, doubles: Doubles, definition: Definition, checkouts: Path) -> None:
        self._cloud = running
        self._doubles = doubles
        self._what = definition
        self._checkouts = checkouts
        self._text = text_of(definition, checkouts)

    def problems(self) -> list[str]:
        """What is not as expected: empty if all is."""
        what = self._what
        for call in what.setup:
            getattr(self._cloud.client(call.service), call.operation)(**call.parameters)
        for name, other in what.machines.items():
            text = file_of(what.repository, what.commit, other["path"], self._checkouts)
            self._create(name, parsed(text, other.get("substitutions", {})))
        try:
            arn = self._create(what.id, parsed(self._text, what.substitutions))
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == what.expected.refused:
                return []
            return [f"refused with {code}: {error.response['Error']['Message'][:300]}"]
        if what.expected.refused:
            return [f"not refused with {what.expected.refused}"]
        self._doubles.expect(arn, what.mocks)
        return self._compare(arn)

    def _create(self, name: str, definition: dict[str, Any]) -> str:
        made = self._cloud.client("stepfunctions").create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=self._cloud.role(f"{name}-role")
        )
        return str(made["stateMachineArn"])

    def _compare(self, arn: str) -> list[str]:
        client = self._cloud.client("stepfunctions")
        execution = client.start_execution(stateMachineArn=arn, input=json.dumps(self._what.input))["executionArn"]

        def ended() -> Any:
            got = client.describe_execution(executionArn=execution)
            return got if got["status"] != "RUNNING" else None

        got = until(ended, SECONDS)
        history = client.get_execution_history(executionArn=execution, maxResults=1000)["events"]
        entered = [
            event["stateEnteredEventDetails"]["name"] for event in history if "stateEnteredEventDetails" in event
        ]
        found = list(self._differences(got, entered))
        for call in [] if found else self._what.verify:
            answer = getattr(self._cloud.client(call.service), call.operation)(**call.parameters)
            if not holds(answer, call.has):
                found.append(f"{call.service}.{call.operation} gives {answer}"[:300])
        return found

    def _differences(self, got: dict[str, Any], entered: list[str]) -> Iterator[str]:
        expected = self._what.expected
        if got["status"] != expected.status:
            yield f"status {got['status']} {got.get('error', '')}: {got.get('cause', '')}"[:400] + f" after {entered}"
            return
        output = json.loads(got["output"]) if "output" in got else None
        if expected.output is not None and output != expected.output:
            yield f"output {json.dumps(output)[:400]}"
        if expected.has is not None and not holds(output, expected.has):
            yield f"output {json.dumps(output)[:400]} lacks {json.dumps(expected.has)[:200]}"
        for name in ("error", "cause"):
            wanted = getattr(expected, name)
            if wanted is not None and got.get(name) != wanted:
                yield f"{name} {got.get(name)!r}"
        if expected.states is not None and entered != expected.states:
            yield f"states {entered}"
        if expected.visited is not None and Counter(entered) != Counter(expected.visited):
            yield f"visited {dict(Counter(entered))}"


def kinds(text: str) -> str:
    """The state types of a definition, in the order of the document, and its query language."""
    found: Counter[str] = Counter()
    languages = set()

    def look(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("Type"), str) and node["Type"] in TYPES:
                found[node["Type"]] += 1
            if isinstance(node.get("QueryLanguage"), str):
                languages.add(node["QueryLanguage"])
            for value in node.values():
                look(value)
        elif isinstance(node, list):
            for value in node:
                look(value)

    look(parsed(text, {}))
    return f"{'JSONata' if 'JSONata' in languages else 'JSONPath':8} {' '.join(kind for kind in TYPES if found[kind])}"


TYPES = ("Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")


def main() -> int:
    """Run what is asked and print the table."""
    options = argparse.ArgumentParser(description="Run public state machine definitions on the local cloud.")
    options.add_argument("checkouts", type=Path, help="folder with clones of the repositories")
    options.add_argument("--only", nargs="*", help="ids of definitions")
    options.add_argument("--least", type=int, default=45, help="definitions that have to end as expected (45)")
    given = options.parse_args()
    wanted = [one for one in load() if not given.only or one.id in given.only]
    passed = missing = 0
    with cloud() as running:
        doubles = Doubles()
        for one in wanted:
            try:
                run = Run(running, doubles, one, given.checkouts)
                problems = run.problems()
                shape = kinds(run._text)
            except NoCheckoutError as error:
                missing += 1
                problems, shape = [str(error)], ""
            except Exception as error:  # noqa: BLE001 - the table goes on with the next
                problems, shape = [f"{type(error).__name__}: {error}"[:400]], ""
            passed += not problems
            print(f"{'ran    ' if not problems else 'did not'} {one.id:38} {shape}")
            for problem in problems:
                print(f"        {problem}")
    print(f"{passed} of {len(wanted)} ran to the expected result")
    if missing == len(wanted):
        return 2
    return 0 if passed >= min(given.least, len(wanted)) else 1


if __name__ == "__main__":
    sys.exit(main())
