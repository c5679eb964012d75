"""docs/fidelity.md: how true the local cloud is to AWS, read off the tests that carry the `contract` marker."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from headend.errors import HeadendError

DOCUMENT = Path("docs/fidelity.md")
TESTS = ("tests/contract", "tests/unit/localcloud")
COLLECT_SECONDS = 300
HEAD = """# How true the local cloud is to AWS

Written by `headend docs` from the tests that carry the `contract` marker; the tests run in `make test`. A behaviour
that is not in a table is not claimed. Each line cites the document that the test was written from.

"""


@dataclass(frozen=True)
class Behaviour:
    """One tested behaviour. `area` is the test file's subject, `cases` how many cases of it are run."""

    area: str
    text: str
    source: str
    test: str
    cases: int
    limits: str


def behaviours(root: Path) -> list[Behaviour]:
    """All behaviours, by area, in the order of the tests. Raises HeadendError when the tests cannot be collected."""
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder) / "contracts.json"
        command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-m", "contract", f"--contracts={listing}"]
        done = subprocess.run(
            [*command, "-p", "no:cacheprovider", *TESTS],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=COLLECT_SECONDS,
            check=False,
        )
        if not listing.exists():
            lines = (done.stdout + done.stderr).strip().splitlines()
            raise HeadendError(f"the tests cannot be collected: {lines[-1] if lines else 'pytest said nothing'}")
        rows: list[dict[str, Any]] = json.loads(listing.read_text(encoding="utf-8"))
    found = []
    for test, alike in groupby(rows, key=lambda row: row["test"]):
        cases = list(alike)
        row = cases[0]
        found.append(Behaviour(_area(test), row["behaviour"], row["source"], test, len(cases), row["limits"]))
    return sorted(found, key=lambda behaviour: behaviour.area)


def write(root: Path) -> list[Path]:
    """Bring the document up to date; returns it when it changed."""
    text = document(behaviours(root))
    path = root / DOCUMENT
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return []
    path.write_text(text, encoding="utf-8")
    return [path]


def check(root: Path) -> list[Path]:
    """The document, relative to `root`, when it is not up to date; nothing is written."""
    path = root / DOCUMENT
    fresh = path.is_file() and path.read_text(encoding="utf-8") == document(behaviours(root))
    return [] if fresh else [DOCUMENT]


def document(found: list[Behaviour]) -> str:
    """The whole page."""
    cases = sum(behaviour.cases for behaviour in found)
    parts = [HEAD, f"{len(found)} behaviours, {cases} cases.\n"]
    for area, members in groupby(found, key=lambda behaviour: behaviour.area):
        parts.append(f"\n## {area[0].upper()}{area[1:]}\n\n")
        parts.append("| behaviour | AWS | test | cases | known limits |\n| --- | --- | --- | --- | --- |\n")
        parts.extend(_row(behaviour) for behaviour in members)
    return "".join(parts)


def _row(behaviour: Behaviour) -> str:
    file, _, name = behaviour.test.partition("::")
    cells = [_cell(behaviour.text), f"[document]({behaviour.source})", f"[{name}](../{file})"]
    return f"| {' | '.join([*cells, str(behaviour.cases), _cell(behaviour.limits)])} |\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _area(test: str) -> str:
    return Path(test.partition("::")[0]).stem.removeprefix("test_").replace("_", " ")
