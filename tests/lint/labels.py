"""The linter on public definitions, against verdicts given by hand in labels.yaml.

    python tests/lint/labels.py CHECKOUTS [--new] [--sample 100 --seed 1]

Says how many definitions were linted, how many findings of the labelled ones are true, false, or no longer there, and,
with --new, lists what has no label yet in the form of labels.yaml (all of it, or a random sample).
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "scripts")]

from corpus.manifest import NoCheckoutError  # noqa: E402
from headend.asl.lint.finding import Finding  # noqa: E402
from headend.asl.lint.linter import lint_text  # noqa: E402
from lint.public import REPOSITORIES, definitions  # noqa: E402

LABELS = Path(__file__).with_name("labels.yaml")
MOST_FALSE = 0.02
Key = tuple[str, str, str, str]
"""(repository, path, code, place), place being "line:column"."""


def load() -> dict[Key, dict[str, Any]]:
    """The labels: `verdict` (true or false) and `reason` by finding."""
    labels: dict[Key, dict[str, Any]] = {}
    for one in yaml.safe_load(LABELS.read_text(encoding="utf-8"))["findings"]:
        labels[one["repository"], one["path"], one["code"], one["at"]] = one
    return labels


def found(checkouts: Path) -> tuple[int, dict[Key, Finding]]:
    """How many definitions there are, and every finding in them."""
    findings: dict[Key, Finding] = {}
    count = 0
    for definition in definitions(checkouts):
        count += 1
        for finding in lint_text(definition.text, definition.name):
            place = f"{finding.line}:{finding.column}"
            findings[definition.repository, definition.path, finding.code, place] = finding
    return count, findings


def main() -> int:
    """1 when over 2 % of the labelled findings are false, or a label's finding is gone; 2 without the checkouts."""
    options = argparse.ArgumentParser(description="Lint public definitions and compare with verdicts given by hand.")
    options.add_argument("checkouts", type=Path, help="folder with clones of the repositories")
    options.add_argument("--new", action="store_true", help="list findings without a label")
    options.add_argument("--sample", type=int, help="at most so many of them, drawn at random")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    try:
        count, findings = found(given.checkouts)
    except NoCheckoutError as error:
        print(error, file=sys.stderr)
        return 2
    labels = load()
    if given.new:
        _list([key for key in findings if key not in labels], findings, given.sample, given.seed)
        return 0
    verdicts = Counter(bool(labels[key]["verdict"]) for key in findings if key in labels)
    gone = [key for key, label in labels.items() if key not in findings and label["verdict"]]
    by_severity = Counter(finding.severity for finding in findings.values())
    print(f"{count} definitions of {len(REPOSITORIES)} repositories")
    print(f"{len(findings)} findings: {by_severity['error']} errors, {by_severity['warning']} warnings")
    labelled = verdicts.total()
    share = verdicts[False] / labelled if labelled else 0.0
    print(f"{labelled} of them labelled: {verdicts[True]} true, {verdicts[False]} false ({share:.1%})")
    for key in gone:
        print(f"gone: {' '.join(key)}")
    for code, number in sorted(Counter(key[2] for key in findings).items()):
        print(f"  {number:4} {code}")
    return 1 if gone or share >= MOST_FALSE else 0


def _list(keys: list[Key], findings: dict[Key, Finding], sample: int | None, seed: int) -> None:
    chosen = keys if sample is None else Random(seed).sample(sorted(keys), min(sample, len(keys)))
    for repository, path, code, place in sorted(chosen):
        finding = findings[repository, path, code, place]
        row = {"repository": repository, "path": path, "code": code, "at": place, "verdict": None, "reason": ""}
        print(yaml.safe_dump([row], sort_keys=False, width=200, allow_unicode=True), end="")
        print(f"  # {finding.severity} {finding.state}: {finding.message}")


if __name__ == "__main__":
    sys.exit(main())
