"""docs/lint.md: every code with its examples, written from the catalogue."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from headend.asl.lint.codes import CODES, Code
from headend.asl.lint.formats import REFERENCE

HEAD = """# What `headend asl lint` finds

Written by `headend docs` from `scripts/headend/asl/lint/catalogue/`; the examples are the tests. An **error** is what
AWS refuses, or what is sure to fail when an execution comes there; everything else is a **warning**.

"""
TITLES = {
    "file": "The file",
    "fields": "Fields",
    "graph": "The graph",
    "errors": "Retry and Catch",
    "jsonpath": "Paths and intrinsic functions",
    "jsonata": "JSONata",
    "integrations": "Service integrations",
    "dataflow": "Data flow",
    "smells": "Quotas and cost",
}


def write(root: Path) -> list[Path]:
    """Bring the document up to date; returns it when it changed."""
    path = root / REFERENCE
    if not check(root):
        return []
    path.write_text(document(), encoding="utf-8")
    return [path]


def check(root: Path) -> list[Path]:
    """The document, if it is stale."""
    path = root / REFERENCE
    return [] if path.is_file() and path.read_text(encoding="utf-8") == document() else [Path(REFERENCE)]


def document() -> str:
    """The document's text."""
    order = list(TITLES)
    codes = sorted(CODES.values(), key=lambda code: (order.index(code.family), code.name))
    parts = [HEAD, *_contents(codes)]
    for family, members in groupby(codes, key=lambda code: code.family):
        parts.append(f"\n## {TITLES[family]}\n")
        parts += [_section(code) for code in members]
    return "".join(parts)


def _contents(codes: list[Code]) -> list[str]:
    rows = [f"| [`{code.name}`](#{code.name}) | {code.severity} | {code.title} |\n" for code in codes]
    return ["| code | severity | finds |\n| --- | --- | --- |\n", *rows]


def _section(code: Code) -> str:
    shown = [f"\n### {code.name}\n\n**{code.severity}**: {code.title}. {code.why} [Source]({code.source}).\n"]
    for title, examples in (("Found in", code.bad), ("Not in", code.good)):
        for example in examples[:1]:
            syntax = "json" if example.lstrip().startswith(("{", "[")) else "yaml"
            shown.append(f"\n{title}:\n\n```{syntax}\n{example.rstrip()}\n```\n")
    return "".join(shown)
