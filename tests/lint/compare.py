"""Our linter beside three others on one set of broken files: writes docs/lint-compared.md.

    python tests/lint/compare.py TOOLS [--checkouts CHECKOUTS] [--write]

The set is the bad and good examples of every code in docs/lint.md, and, with --checkouts, the definitions with which
asl-validator and statelint test themselves (git clones, in the layout that tests/corpus/manifest.py describes).
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "scripts")]

from corpus.manifest import NoCheckoutError, file_of, files_of  # noqa: E402
from headend.asl.lint.codes import CODES  # noqa: E402
from lint.others import linters  # noqa: E402

DOCUMENT = ROOT / "docs" / "lint-compared.md"
THEIRS = {
    "asl-validator": (
        "ChristopheBougere/asl-validator",
        "49c1aaf00dae29e460de0be905ec459dd5c025ae",
        r"src/__tests__/definitions/(in)?valid-[^/]*\.(json|ya?ml)",
    ),
    "statelint": ("awslabs/statelint", "44c35c7a46abb93f84e6d880aa197f1cf064c804", r"test/[^/]*\.json"),
}
_VALIDATOR, _STATELINT = "ChristopheBougere/asl-validator", "awslabs/statelint"
EXPLAINED: dict[str, str] = {
    f"{_VALIDATOR}: invalid-json-surround-syntax-extra-spaces.json": "AWS asks for no blanks outside {% and %}; inside "
    "there may be any",
    f"{_VALIDATOR}: invalid-jsonata-surround-syntax-no-spaces.json": "AWS does not ask for blanks inside {% and %}",
    f"{_STATELINT}: map-with-parameters.json": "statelint, which is AWS's, accepts a text as Parameters",
    f"{_STATELINT}: pass-with-parameters.json": "statelint, which is AWS's, accepts a text as Parameters",
    f"{_STATELINT}: pass-with-intrinsic-function-inputpath.json": "statelint, which is AWS's, accepts an intrinsic "
    "function as InputPath",
}
"""What another linter refuses and ours does not, by `<repository>: <file>`: why ours is right."""


@dataclass(frozen=True)
class Case:
    """One file. `broken` is None where nobody has said."""

    name: str
    group: str
    path: Path
    broken: bool | None


def ours(folder: Path) -> Iterator[Case]:
    """The examples of docs/lint.md, written to `folder`."""
    for code in CODES.values():
        for broken, examples in ((True, code.bad), (False, code.good)):
            for index, example in enumerate(examples):
                suffix = "json" if example.lstrip().startswith(("{", "[")) else "yaml"
                path = folder / f"{code.name}-{'bad' if broken else 'good'}-{index}.asl.{suffix}"
                path.write_text(example, encoding="utf-8")
                yield Case(code.name, "headend", path, broken)


def theirs(folder: Path, checkouts: Path) -> Iterator[Case]:
    """The definitions with which the others test themselves."""
    for tool, (repository, commit, pattern) in THEIRS.items():
        for name in files_of(repository, commit, checkouts):
            if not re.fullmatch(pattern, name):
                continue
            path = folder / tool / Path(name).name
            path.parent.mkdir(exist_ok=True)
            path.write_text(file_of(repository, commit, name, checkouts), encoding="utf-8")
            broken = path.name.startswith("invalid-") if tool == "asl-validator" else None
            yield Case(f"{repository}: {path.name}", tool, path, broken)


def main() -> int:
    """Ask all linters about all files; 1 when another finds what ours does not."""
    options = argparse.ArgumentParser(description="Compare linters of the Amazon States Language.")
    options.add_argument("tools", type=Path, help="where asl-validator and statelint are installed")
    options.add_argument("--checkouts", type=Path, help="folder with clones of the linters' repositories")
    options.add_argument("--write", action="store_true", help="write docs/lint-compared.md")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cases = list(ours(folder))
        try:
            cases += theirs(folder, given.checkouts) if given.checkouts else ()
        except NoCheckoutError as error:
            print(error, file=sys.stderr)
            return 2
        asked = linters(given.tools.resolve())
        verdicts = {case: {name: verdict(case.path) for name, verdict in asked.items()} for case in cases}
    text = document(verdicts, list(asked))
    if given.write:
        DOCUMENT.write_text(text, encoding="utf-8")
    missed = [case for case, found in verdicts.items() if _missed(case, found)]
    for case in missed:
        print(f"not found by headend: {case.name} ({', '.join(n for n, yes in verdicts[case].items() if yes)})")
    for case, found in verdicts.items():
        if case.broken is False and found["headend"]:
            print(f"found by headend in a good file: {case.name}")
    print(text.partition("## Each code")[0])
    return 1 if missed else 0


def _missed(case: Case, found: dict[str, bool]) -> bool:
    others = [name for name in found if not name.startswith("headend")]
    return (
        case.broken is not False
        and any(found[name] for name in others)
        and not found["headend --strict"]
        and case.name not in EXPLAINED
    )


Verdicts = dict[Case, dict[str, bool]]


def document(verdicts: Verdicts, names: list[str]) -> str:
    """docs/lint-compared.md."""
    shown = [name for name in names if name != "headend --strict"]
    head = (
        "# `headend asl lint` beside other linters\n\n"
        "Written by `make lint-compared`: each linter is asked about the same files, and answers whether it finds an "
        "error (`headend` as `--strict` where the fault is a warning). asl-validator 4.0.0, statelint 3.1.0, cfn-lint "
        "as locked in requirements/dev.txt (rule E3601 and its kin, inside a template).\n\n"
    )
    return head + _totals(verdicts, shown) + _explained() + _codes(verdicts, shown)


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |\n"


def _totals(verdicts: Verdicts, names: list[str]) -> str:
    lines = ["## Sums\n\n", _row("files", *names), _row(*["---"] * (len(names) + 1))]
    groups = (
        ("broken examples of docs/lint.md: found", "headend", True),
        ("good examples of docs/lint.md: found fault with", "headend", False),
        ("asl-validator's own broken files: found", "asl-validator", True),
        ("asl-validator's own good files: found fault with", "asl-validator", False),
        ("statelint's own files, good and broken: found fault with", "statelint", None),
    )
    for title, group, broken in groups:
        cases = [case for case in verdicts if case.group == group and case.broken is broken]
        if cases:
            counts = [sum(_finds(verdicts[case], name) for case in cases) for name in names]
            lines.append(_row(f"{title} (of {len(cases)})", *counts))
    return "".join(lines)


def _finds(found: dict[str, bool], name: str) -> bool:
    return found["headend --strict"] if name == "headend" else found[name]


def _explained() -> str:
    if not EXPLAINED:
        return "\n"
    rows = "".join(_row(name, why) for name, why in EXPLAINED.items())
    return f"\n## Refused by another, and rightly not by us\n\n{_row('file', 'why')}{_row('---', '---')}{rows}\n"


def _codes(verdicts: Verdicts, names: list[str]) -> str:
    lines = ["## Each code\n\n", _row("code", *names), _row(*["---"] * (len(names) + 1))]
    for code in CODES:
        cases = [case for case in verdicts if case.name == code and case.broken]
        cells = []
        for name in names:
            number = sum(_finds(verdicts[case], name) for case in cases)
            cells.append("yes" if number == len(cases) else "no" if number == 0 else f"{number} of {len(cases)}")
        lines.append(_row(f"[`{code}`](lint.md#{code})", *cells))
    return "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
